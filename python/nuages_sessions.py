"""
A session engine for Django sites that share their sessions with Nuages: what both sides write is merged, nothing is lost.

    SESSION_ENGINE = "nuages_sessions"

Stock Django saves a session as a whole and so erases what was stored since it loaded it. This engine uses the same table in the same form,
saves only the keys that this request changed, and only onto the text that it knows (compare-and-swap). Keys that nobody changed keep their
stored text byte for byte.
"""
from __future__ import annotations

import json
import logging
import random
import re
import time
from typing import Any, Callable, Iterable, NamedTuple

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core import signing
from django.core.exceptions import BadRequest, ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, connections, models, router, transaction
from django.utils import timezone

__all__ = ["SessionBusy", "SessionConflict", "SessionStore"]

logger = logging.getLogger("nuages.sessions")

# Each failed attempt means that another request succeeded. So many in a row is not bad luck any more.
MAX_ATTEMPTS = 64
# Longest wait before another attempt; the waits are random, so that two processes fall out of step.
MAX_WAIT_SECONDS = 0.02


class SessionConflict(BadRequest):
    """Two requests changed a key that this one had read. Nothing of this one's session is saved; Django answers 400."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__("Another request changed the same session data a moment ago: %s" % ", ".join(keys))
        self.keys = keys


class SessionBusy(DatabaseError):
    """So many others kept writing the same session that this request never got its turn. Nothing is saved."""


class Change(NamedTuple):
    """What a request wants to do to one key. Texts are JSON, None is "not there"."""

    text: str | None
    seen: str | None
    # Set or deleted without having been read: the last write wins.
    is_blind: bool
    # For a key changed by `change`: what computes the value anew.
    again: tuple[Callable[[Any], Any], ...]


class SessionStore(DatabaseSessionStore):
    """Django's database sessions, saved by key. The class's name is part of the signature: a subclass must have the same."""

    # The text of the row that this request stands on; None while it knows of none.
    _stored: str | None = None

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        if conflict_setting() not in ("error", "last-write-wins"):
            raise ImproperlyConfigured("NUAGES_SESSION_CONFLICT is 'error' or 'last-write-wins'.")

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()
        self._stored = row.session_data if row else None
        return TrackedDict(self._values(self._stored))

    def clear(self) -> None:
        before = getattr(self, "_session_cache", {})
        super().clear()
        self._session_cache = TrackedDict()
        self._session_cache.replace(before)

    def change(self, key: str, function: Callable[[Any], Any]) -> Any:
        """
        Sets a key to what the function makes of its value (of None when it is not there), and returns that.

        If another request changes the key before this one is saved, the function runs again on the other's value: it must do nothing but
        compute. A counter: `request.session.change("visits", lambda n: (n or 0) + 1)`.
        """
        value = self._tracked().change(key, function)
        self.modified = True
        return value

    def save(self, must_create: bool = False) -> None:
        """
        Stores what this request changed, merged with what others stored meanwhile.

        Raises UpdateError when the session was deleted meanwhile, SessionConflict, or SessionBusy; then nothing is stored.
        """
        if self.session_key is None:
            return self.create()
        if must_create:
            return self._insert()
        stored = self._base()
        if stored is None:
            raise UpdateError
        changes = self._changes(stored)
        for attempt in range(MAX_ATTEMPTS):
            texts = self._merge(stored, changes)
            row = self._row(texts)
            if self._replace(self.session_key, stored, row):
                return self._settle(row.session_data, texts if attempt > 0 else None)
            stored = self._read_again(self.session_key, attempt)
            if stored is None:
                raise UpdateError
        raise SessionBusy("Too many requests write this session at once.")

    def cycle_key(self) -> None:
        """
        Moves the session to a new key, with what others stored meanwhile.

        Raises SessionInterrupted when another request has ended a login meanwhile, or moved it: it is not brought back. What a visitor who was
        not logged in had is taken along, as Django does.
        """
        old, stored = self.session_key, self._base()
        if stored is None:
            return self.create()
        changes = self._changes(stored)
        # Nobody knows the new key before the old one is given up: it does no harm if the way ends here.
        self.create()
        try:
            for attempt in range(MAX_ATTEMPTS):
                texts = self._merge(stored, changes)
                row = self._row(texts)
                if not self._replace(self.session_key, self._stored, row):
                    raise SessionInterrupted("The session was ended by another request.")
                self._stored = row.session_data
                if self._give_up(old, stored):
                    break
                is_login = "_auth_user_id" in self._split(stored)
                stored = self._read_again(old, attempt)
                if stored is None and is_login:
                    raise SessionInterrupted("The session was ended by another request.")
                if stored is None:
                    break
            else:
                raise SessionBusy("Too many requests write this session at once.")
        except BaseException:
            self.delete()
            self._session_key = old
            raise
        self._settle(self._stored, texts)

    # Django 5.1 and later. What is not here ends in these.

    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    async def acycle_key(self) -> None:
        await sync_to_async(self.cycle_key)()

    async def achange(self, key: str, function: Callable[[Any], Any]) -> Any:
        return await sync_to_async(self.change)(key, function)

    # Rows.

    def _database(self) -> str:
        return router.db_for_write(self.model)

    def _rows(self, key: str | None) -> models.QuerySet:
        return self.model._base_manager.using(self._database()).filter(session_key=key)

    def _read(self, key: str | None) -> str | None:
        """The stored text as it is now, for all that this transaction has seen before."""
        rows = self._rows(key).filter(expire_date__gt=timezone.now())
        connection = connections[self._database()]
        if connection.in_atomic_block and connection.features.has_select_for_update:
            rows = rows.select_for_update()
        return rows.values_list("session_data", flat=True).first()

    def _read_again(self, key: str | None, attempt: int) -> str | None:
        if attempt > 0:
            time.sleep(random.random() * MAX_WAIT_SECONDS)
        return self._read(key)

    def _base(self) -> str | None:
        """The text that the data of this request stands on; None when there is no row."""
        self._tracked()
        if self._stored is None and self.session_key is not None:
            self._stored = self._read(self.session_key)  # cleared before it was loaded
        return self._stored if self.session_key is not None else None

    def _row(self, texts: dict[str, str]) -> models.Model:
        data = self._parse(texts)
        row = self.create_model_instance(data)  # a subclass may fill columns of its own
        row.session_data = signing.dumps(join_object(texts), salt=self.key_salt, serializer=Text, compress=True)
        row.expire_date = self.get_expiry_date(expiry=data.get("_session_expiry"))
        return row

    def _insert(self) -> None:
        cache = self._tracked(no_load=True)
        row = self.create_model_instance(cache.plain())
        try:
            with transaction.atomic(using=self._database()):
                row.save(force_insert=True, using=self._database())
        except IntegrityError:
            raise CreateError
        self._stored = row.session_data
        cache.settle()

    def _replace(self, key: str | None, seen: str | None, row: models.Model) -> bool:
        columns = {field.attname for field in row._meta.concrete_fields if not field.primary_key}
        return self._update(key, seen, {column: getattr(row, column) for column in columns})

    def _give_up(self, key: str, seen: str) -> bool:
        """Deletes a row that holds what was seen. It expires first, in one step; deleting as Django does takes two."""
        if not self._update(key, seen, {"session_data": "", "expire_date": timezone.now()}):
            return False
        self.delete(key)
        return True

    def _update(self, key: str | None, seen: str | None, columns: dict[str, Any]) -> bool:
        rows = self._rows(key)
        if connections[self._database()].vendor == "mysql":
            # Which compares text without case and without trailing spaces; two signed texts may differ in just that.
            rows = rows.annotate(bytes_now=Bytes("session_data")).filter(bytes_now=Bytes(models.Value(seen)))
        else:
            rows = rows.filter(session_data=seen)
        return rows.update(**columns) == 1

    # Data.

    def _tracked(self, no_load: bool = False) -> TrackedDict:
        cache = self._get_session(no_load=no_load)
        if not isinstance(cache, TrackedDict):
            cache = self._session_cache = TrackedDict(cache)
        return cache

    def _values(self, stored: str | None) -> dict[str, Any]:
        """What is stored; nothing for a damaged row."""
        try:
            data = self.decode(stored) if stored else {}
        except Exception:  # Django 3.2, which takes it for its older form
            logger.warning("a session is damaged and counts as empty")
            data = {}
        return data if isinstance(data, dict) else {}

    def _texts(self, data: dict[str, Any]) -> dict[str, str]:
        """The JSON text of each value, as this site writes it."""
        text = self.serializer().dumps(data).decode("latin-1")
        try:
            return split_object(text)
        except ValueError as error:
            raise ImproperlyConfigured("SESSION_SERIALIZER must write JSON: Nuages reads no other form.") from error

    def _parse(self, texts: dict[str, str]) -> dict[str, Any]:
        return self.serializer().loads(join_object(texts).encode("latin-1"))

    def _split(self, stored: str) -> dict[str, str]:
        """The JSON text of each value, as it is stored."""
        try:
            return split_object(signing.loads(stored, salt=self.key_salt, serializer=Text))
        except Exception:
            # Django's answer to a damaged row is an empty session; 3.2 reads an older form as well.
            return self._texts(self._values(stored))

    def _changes(self, stored: str) -> dict[str, Change]:
        cache = self._tracked()
        seen = self._split(stored)
        before = self._texts(self._values(stored))
        now = self._texts(cache.plain())
        return {
            key: Change(now.get(key), seen.get(key), key not in cache.read, tuple(cache.again.get(key, ())))
            for key in {**before, **now}
            if before.get(key) != now.get(key) or key in cache.again
        }

    def _merge(self, stored: str, changes: dict[str, Change]) -> dict[str, str]:
        """What is stored, with the changes of this request. Keys that it did not change keep their text and their place."""
        texts = self._split(stored)
        conflicts = []
        for key, change in changes.items():
            present, text = texts.get(key), change.text
            if present != change.seen and change.again:
                text = self._compute(key, present, change.again)
            elif present != change.seen and not (change.is_blind or is_djangos(key) or present is text is None):
                conflicts.append(key)
            if text is None:
                texts.pop(key, None)
            else:
                texts[key] = text
        if conflicts and conflict_setting() == "error":
            raise SessionConflict(conflicts)
        if conflicts:
            logger.warning("session conflict: last write wins for %s", ", ".join(conflicts))
        return texts

    def _compute(self, key: str, present: str | None, functions: Iterable[Callable[[Any], Any]]) -> str:
        value = None if present is None else self._parse({key: present})[key]
        for function in functions:
            value = function(value)
        return self._texts({key: value})[key]

    def _settle(self, text: str | None, texts: dict[str, str] | None) -> None:
        """
        After a save this request stands on what is stored now, with what others stored: `texts`; None when that is what it has. Values that
        are the same stay the same objects.
        """
        self._stored = text
        cache = self._tracked()
        if texts is None:
            return cache.settle()
        stored = self._parse(texts)
        mine = cache.plain()
        before, now = self._texts(mine), self._texts(stored)
        cache.settle({key: mine[key] if key in mine and before[key] == now[key] else stored[key] for key in stored})


class TrackedDict(dict):
    """The data of a session, which remembers the keys that were read before they were set."""

    def __init__(self, data: Iterable[tuple[str, Any]] | dict[str, Any] = ()) -> None:
        super().__init__(data)
        self.read: set[str] = set()
        # For each key changed by functions alone: those.
        self.again: dict[str, list[Callable[[Any], Any]]] = {}
        self._assigned: set[str] = set()
        self._is_replaced = False

    def plain(self) -> dict[str, Any]:
        """A copy that marks nothing."""
        return dict(dict.items(self))

    def replace(self, before: dict[str, Any]) -> None:
        """This dictionary takes the place of another: what was read there was read, nothing more can be."""
        self.read = set(getattr(before, "read", ()))
        self._is_replaced = True

    def settle(self, data: dict[str, Any] | None = None) -> None:
        """All of it is stored; `data`: as this."""
        self.again.clear()
        self._assigned.clear()
        self._is_replaced = False
        if data is not None:
            dict.clear(self)
            dict.update(self, data)

    def change(self, key: str, function: Callable[[Any], Any]) -> Any:
        value = function(dict.get(self, key))
        self._see(key)
        dict.__setitem__(self, key, value)
        if not self._is_replaced and key not in self._assigned:
            self.again.setdefault(key, []).append(function)
        return value

    def _see(self, *keys: str) -> None:
        if not self._is_replaced:
            self.read.update(key for key in keys if key not in self._assigned)

    def _assign(self, *keys: str) -> None:
        self._assigned.update(keys)
        for key in keys:
            self.again.pop(key, None)

    def __contains__(self, key: object) -> bool:
        self._see(key)
        return dict.__contains__(self, key)

    def __getitem__(self, key: str) -> Any:
        self._see(key)
        return dict.__getitem__(self, key)

    def get(self, key: str, default: Any = None) -> Any:
        self._see(key)
        return dict.get(self, key, default)

    def items(self) -> Any:
        self._see(*self)
        return dict.items(self)

    def values(self) -> Any:
        self._see(*self)
        return dict.values(self)

    def copy(self) -> dict[str, Any]:
        return dict(self.items())

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._assign(key)
        dict.__setitem__(self, key, value)

    def __delitem__(self, key: str) -> None:
        dict.__delitem__(self, key)
        self._assign(key)

    def pop(self, key: str, *default: Any) -> Any:
        self._see(key)
        value = dict.pop(self, key, *default)
        self._assign(key)
        return value

    def update(self, *args: Any, **kwargs: Any) -> None:
        for key, value in dict(*args, **kwargs).items():
            self[key] = value


class Text:
    """A serializer for what is JSON text already."""

    def dumps(self, text: str) -> bytes:
        return text.encode("latin-1")

    def loads(self, data: bytes) -> str:
        return data.decode("latin-1")


class Bytes(models.Func):
    template = "CAST(%(expressions)s AS BINARY)"
    output_field = models.BinaryField()


def conflict_setting() -> str:
    return getattr(settings, "NUAGES_SESSION_CONFLICT", "error")


def is_djangos(key: str) -> bool:
    """Keys of Django's own code, such as `_messages` and `_csrftoken`: it reads and sets them without care for others."""
    return key.startswith("_")


space = re.compile(r"[ \t\n\r]*")
decoder = json.JSONDecoder()


def split_object(text: str) -> dict[str, str]:
    """The keys of a JSON object and the texts of their values. The last of equal keys wins. ValueError for anything else."""
    fields: dict[str, str] = {}
    position = after(text, space.match(text).end(), "{")
    if text[position : position + 1] != "}":
        while True:
            if text[position : position + 1] != '"':
                raise ValueError("no key")
            key, position = json.decoder.scanstring(text, position + 1)
            start = after(text, space.match(text, position).end(), ":")
            _, end = decoder.raw_decode(text, start)
            fields[key] = text[start:end]
            position = space.match(text, end).end()
            if text[position : position + 1] == "}":
                break
            position = after(text, position, ",")
    if space.match(text, position + 1).end() != len(text):
        raise ValueError("text after the object")
    return fields


def after(text: str, position: int, expected: str) -> int:
    """The position after a character and the white space behind it."""
    if text[position : position + 1] != expected:
        raise ValueError("no %s" % expected)
    return space.match(text, position + 1).end()


def join_object(fields: dict[str, str]) -> str:
    return "{%s}" % ",".join("%s:%s" % (json.dumps(key), text) for key, text in fields.items())
