"""Run by `python3 -m unittest` in this folder; needs Django 3.2 or later. Uses SQLite."""
from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import unittest
from datetime import timedelta

import django
from django.conf import settings

folder = tempfile.TemporaryDirectory()
settings.configure(
    SECRET_KEY="the key of these tests",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder.name + "/db.sqlite3",
            "OPTIONS": {"timeout": 20},
            "ATOMIC_REQUESTS": True,
        }
    },
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    SESSION_ENGINE="nuages_sessions",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import SESSION_KEY, authenticate, login, logout, update_session_auth_hash  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends import db as stock  # noqa: E402
from django.contrib.sessions.backends.base import UpdateError  # noqa: E402
from django.contrib.sessions.exceptions import SessionInterrupted  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core import signing  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

import nuages_sessions  # noqa: E402
from nuages_sessions import SessionBusy, SessionConflict, SessionStore, join_object, split_object  # noqa: E402

call_command("migrate", verbosity=0)
salt = "django.contrib.sessions.SessionStore"


def tearDownModule() -> None:
    connection.close()
    folder.cleanup()


def made(**data: object) -> str:
    session = SessionStore()
    session.update(data)
    session.save()
    return session.session_key


def stored(key: str) -> dict[str, object]:
    return stock.SessionStore(key).load()


def json_of(key: str) -> str:
    return signing.loads(Session.objects.get(pk=key).session_data, salt=salt, serializer=nuages_sessions.Text)


def put_json(key: str, text: str) -> None:
    """What another program stores."""
    data = signing.dumps(text, salt=salt, serializer=nuages_sessions.Text)
    Session.objects.filter(pk=key).update(session_data=data)


def opened(key: str, count: int = 2) -> list[SessionStore]:
    """Requests that have all loaded the session."""
    sessions = [SessionStore(key) for _ in range(count)]
    for session in sessions:
        session.accessed or session._session
    return sessions


class Merging(unittest.TestCase):
    def test_keys_that_different_requests_change_do_not_disturb_each_other(self) -> None:
        key = made(kept=1, a=1, gone=1)
        one, two = opened(key)
        one["a"] = 2
        del one["gone"]
        two["b"] = [1]
        one.save()
        two.save()
        self.assertEqual(stored(key), {"kept": 1, "a": 2, "b": [1]})
        self.assertEqual(dict(two.items()), {"kept": 1, "a": 2, "b": [1]})

    def test_stock_django_loses_one_of_them(self) -> None:
        key = made(kept=1)
        one, two = stock.SessionStore(key), stock.SessionStore(key)
        one["a"], two["b"] = 1, 1
        one.save()
        two.save()
        self.assertEqual(stored(key), {"kept": 1, "b": 1})

    def test_a_change_inside_a_value_is_seen_when_the_session_is_saved(self) -> None:
        key = made(cart={"a": 1}, other=1)
        one, two = opened(key)
        one["cart"]["b"] = [2]
        one.modified = True
        two["other"] = 2
        two.save()
        one.save()
        self.assertEqual(stored(key), {"cart": {"a": 1, "b": [2]}, "other": 2})

    def test_what_was_read_and_both_changed_is_a_conflict_and_nothing_is_saved(self) -> None:
        key = made(n=1, a=1)
        one, two = opened(key)
        one["n"] = one["n"] + 1
        one.save()
        two["n"] = two["n"] + 1
        two["a"] = 2
        with self.assertRaises(SessionConflict) as raised:
            two.save()
        self.assertEqual(raised.exception.keys, ["n"])
        self.assertEqual(stored(key), {"n": 2, "a": 1})

    def test_that_a_key_was_not_there_is_read_in_many_ways(self) -> None:
        for look in (
            lambda s: s.get("n"),
            lambda s: "n" in s,
            lambda s: s.has_key("n"),
            lambda s: s.pop("n", None),
            lambda s: s.setdefault("n", 7),
            lambda s: s._session.copy(),
        ):
            key = made(a=1, n=1)
            one, two = opened(key)
            look(two)
            one["n"] = 2
            two["n"] = 3
            one.save()
            with self.assertRaises(SessionConflict):
                two.save()

    def test_what_was_set_without_having_been_read_is_last_write_wins(self) -> None:
        key = made(n=1)
        one, two = opened(key)
        one["n"] = 2
        two["n"] = 3
        two["n"] += 1  # its own
        one.save()
        two.save()
        self.assertEqual(stored(key), {"n": 4})

    def test_both_may_delete(self) -> None:
        key = made(n=1, a=1)
        one, two = opened(key)
        for session in (one, two):
            session.pop("n")
            session.save()
        self.assertEqual(stored(key), {"a": 1})

    def test_the_setting_makes_a_conflict_a_warning(self) -> None:
        key = made(n=1)
        one, two = opened(key)
        for session in (one, two):
            session["n"] = session["n"] + session["n"]
        two["n"] = 9
        one.save()
        with override_settings(NUAGES_SESSION_CONFLICT="last-write-wins"), self.assertLogs("nuages.sessions", "WARNING"):
            two.save()
        self.assertEqual(stored(key), {"n": 9})
        with override_settings(NUAGES_SESSION_CONFLICT="both"), self.assertRaises(ImproperlyConfigured):
            SessionStore()

    def test_keys_of_djangos_own_code_are_last_write_wins(self) -> None:
        key = made(_messages="[]")
        one, two = opened(key)
        for n, session in enumerate((one, two)):
            session["_messages"] = session["_messages"] + str(n)
            session.save()
        self.assertEqual(stored(key), {"_messages": "[]1"})

    def test_change_runs_again_on_what_the_other_stored(self) -> None:
        key = made(n=1)
        sessions = opened(key, 3)
        for session in sessions:
            session.change("n", lambda n: (n or 0) + 1)
            session.change("n", lambda n: n * 2)
            session.change("list", lambda l: (l or []) + [1])
        for session in sessions:
            session.save()
        self.assertEqual(stored(key), {"n": 22, "list": [1, 1, 1]})
        self.assertEqual([session["n"] for session in sessions], [4, 10, 22])

    def test_what_change_computes_after_a_set_is_set(self) -> None:
        key = made(n=1)
        one, two = opened(key)
        one["n"] = 10
        one.change("n", lambda n: n + 1)
        two.change("n", lambda n: n + 1)
        two["n"] = 5
        two.save()
        one.save()
        self.assertEqual(stored(key), {"n": 11})

    def test_a_cleared_session_keeps_what_others_add_meanwhile(self) -> None:
        key = made(a=1, b=2)
        one, two = opened(key)
        two["c"] = 3
        two.save()
        one.clear()
        one["d"] = 4
        one.get("c")
        one.save()
        self.assertEqual(stored(key), {"c": 3, "d": 4})
        three = SessionStore(key)
        three.clear()
        three["e"] = 5
        three.save()
        self.assertEqual(stored(key), {"e": 5})

    def test_a_request_may_save_again_and_again(self) -> None:
        key = made(list=[])
        one, two = opened(key)
        mine = one["list"]
        for n in range(3):
            mine.append(n)
            one.save()
            two["t%d" % n] = n
            two.save()
        self.assertEqual(stored(key), {"list": [0, 1, 2], "t0": 0, "t1": 1, "t2": 2})
        self.assertIs(one["list"], mine)

    def test_keys_that_are_numbers_become_text_as_in_json(self) -> None:
        key = made(a=1)
        one, two = opened(key)
        two["a"] = 2
        two.save()
        one[1] = "x"
        one.save()
        one["b"] = 1
        one.save()
        self.assertEqual(stored(key), {"a": 2, "1": "x", "b": 1})

    def test_threads_lose_nothing(self) -> None:
        key = made()

        def write(thread: int) -> None:
            for n in range(5):
                session = SessionStore(key)
                session["%d-%d" % (thread, n)] = n
                session.change("n", lambda n: (n or 0) + 1)
                session.save()
            connection.close()

        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(stored(key)["n"], 40)
        self.assertEqual(len(stored(key)), 41)

    def test_gives_up_when_it_never_gets_its_turn(self) -> None:
        key = made(a=1)
        (one,) = opened(key, 1)
        one["b"] = 1
        before, nuages_sessions.MAX_ATTEMPTS = nuages_sessions.MAX_ATTEMPTS, 3
        try:
            one._update = lambda *args: False
            with self.assertRaises(SessionBusy):
                one.save()
        finally:
            nuages_sessions.MAX_ATTEMPTS = before


class Texts(unittest.TestCase):
    untouched = '"f":1.0,"big":123456789012345678901234567890,"nan":[NaN,-Infinity],"spaced":[1, {"a" : "\\u00E9\\ud800"}],"dup":1E400'

    def test_what_nobody_changed_keeps_its_bytes(self) -> None:
        key = made()
        put_json(key, "{%s}" % self.untouched)
        session = SessionStore(key)
        session["a"] = "é"
        session.save()
        self.assertEqual(json_of(key), '{%s,"a":"\\u00e9"}' % self.untouched)
        session.cycle_key()
        self.assertEqual(json_of(session.session_key), '{%s,"a":"\\u00e9"}' % self.untouched)

    def test_splitting_is_the_inverse_of_joining(self) -> None:
        fields = {"": '""', "a": '{"x":"}\\""}', "é\ud800": "[NaN]", "__proto__": "1.0"}
        self.assertEqual(split_object(join_object(fields)), fields)
        self.assertEqual(split_object(' { "a" : 1 , "a" : [ 2 ] } '), {"a": "[ 2 ]"})
        self.assertEqual(split_object(" { } "), {})
        for text in ("", "[]", "1", "{", "{}}", '{"a"}', '{"a":1,}', '{a:1}', '{"a":1 2}', '{"a":01}', '{,"a":1}', "{}1"):
            with self.assertRaises(ValueError, msg=text):
                split_object(text)

    def test_what_is_damaged_is_an_empty_session_and_can_be_saved(self) -> None:
        for text in ("[1]", "1", '{"a":1', '{"a":11', '{"a":111', '{"a":%s}' % ("[" * 5000)):
            key = made(a=1)
            put_json(key, text)
            session = SessionStore(key)
            self.assertEqual(dict(session.items()), {})
            session["b"] = 1
            session.save()
            self.assertEqual(json_of(key), '{"b":1}')
        key = made(a=1)
        Session.objects.filter(pk=key).update(session_data="x:y:z")
        session = SessionStore(key)
        session["b"] = 1
        session.save()
        self.assertEqual(stored(key), {"b": 1})

    def test_another_serializer_must_write_json(self) -> None:
        with override_settings(SESSION_SERIALIZER="%s.Reversed" % __name__), self.assertRaises(ImproperlyConfigured):
            session = SessionStore(made(a=1))
            session["a"] = 2
            session.save()

    def test_long_sessions_are_compressed_as_djangos_are(self) -> None:
        key = made(a="x" * 5000)
        session = SessionStore(key)
        session["b"] = 1
        session.save()
        self.assertLess(len(Session.objects.get(pk=key).session_data), 500)
        self.assertEqual(len(stored(key)["a"]), 5000)


class Reversed:
    def dumps(self, data: object) -> bytes:
        return json.dumps(data).encode()[::-1]

    def loads(self, data: bytes) -> object:
        return json.loads(data[::-1])


class Ending(unittest.TestCase):
    def test_a_session_that_was_deleted_is_not_brought_back(self) -> None:
        key = made(a=1)
        one, two = opened(key)
        one.flush()
        two["b"] = 1
        with self.assertRaises(UpdateError):
            two.save()
        self.assertFalse(Session.objects.filter(pk=key).exists())

    def test_nor_one_that_expired(self) -> None:
        key = made(a=1)
        one, two = opened(key)
        two["b"] = 1
        two.save()
        Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
        one["c"] = 1
        with self.assertRaises(UpdateError):
            one.save()
        SessionStore.clear_expired()
        self.assertFalse(Session.objects.filter(pk=key).exists())

    def test_a_key_from_a_visitor_is_not_taken(self) -> None:
        session = SessionStore("chosenbyattacker")
        session["a"] = 1
        session.save()
        self.assertNotEqual(session.session_key, "chosenbyattacker")
        self.assertEqual(stored(session.session_key), {"a": 1})

    def test_a_flushed_session_may_begin_anew(self) -> None:
        key = made(a=1)
        (session,) = opened(key, 1)
        session.flush()
        session["b"] = 2
        session.save()
        self.assertEqual(stored(session.session_key), {"b": 2})
        self.assertEqual(stored(key), {})

    def test_the_expiry_is_that_of_whom_set_it(self) -> None:
        key = made(a=1)
        one, two = opened(key)
        one.set_expiry(60)
        one.save()
        two["b"] = 1
        two.save()
        left = Session.objects.get(pk=key).expire_date - timezone.now()
        self.assertLess(left.total_seconds(), 61)
        self.assertEqual(stored(key), {"a": 1, "_session_expiry": 60, "b": 1})
        self.assertEqual(two.get_expiry_age(), 60)


class NewKeys(unittest.TestCase):
    def test_what_others_stored_meanwhile_comes_along(self) -> None:
        key = made(a=1)
        one, two = opened(key)
        two["b"] = 2
        two.save()
        one["c"] = 3
        one.cycle_key()
        self.assertNotEqual(one.session_key, key)
        self.assertEqual(dict(one.items()), {"a": 1, "b": 2, "c": 3})
        self.assertEqual(stored(one.session_key), {"a": 1, "b": 2, "c": 3})
        self.assertFalse(Session.objects.filter(pk=key).exists())
        two["d"] = 4
        with self.assertRaises(UpdateError):
            two.save()

    def test_a_login_that_was_ended_is_not_brought_back(self) -> None:
        key = made(_auth_user_id="1", a=1)
        one, two = opened(key)
        two.flush()
        count = Session.objects.count()
        with self.assertRaises(SessionInterrupted):
            one.cycle_key()
        self.assertEqual(one.session_key, key)
        self.assertEqual(Session.objects.count(), count)

    def test_two_logins_at_once_keep_the_cart_of_the_visitor(self) -> None:
        key = made(cart=[1])
        one, two = opened(key)
        one.cycle_key()
        two.cycle_key()
        self.assertEqual(stored(one.session_key), {"cart": [1]})
        self.assertEqual(stored(two.session_key), {"cart": [1]})
        self.assertNotEqual(one.session_key, two.session_key)

    def test_a_conflict_leaves_the_old_key_and_nothing_else(self) -> None:
        key = made(n=1)
        one, two = opened(key)
        one["n"], two["n"] = one["n"] + 1, two["n"] + 2
        one.save()
        count = Session.objects.count()
        with self.assertRaises(SessionConflict):
            two.cycle_key()
        self.assertEqual(Session.objects.count(), count)
        self.assertEqual(stored(key), {"n": 2})

    def test_a_new_visitor_gets_one(self) -> None:
        session = SessionStore()
        session["a"] = 1
        session.cycle_key()
        session["b"] = 2
        session.save()
        self.assertEqual(stored(session.session_key), {"a": 1, "b": 2})


@unittest.skipIf(django.VERSION < (5, 1), "asynchronous sessions came with Django 5.1")
class Asynchronous(unittest.TestCase):
    def test_keeps_the_same_promises(self) -> None:
        key = made(a=1, n=1)

        async def visit() -> str:
            one, two = SessionStore(key), SessionStore(key)
            await one.aget("a")
            await two.aget("a")
            await one.aset("b", 2)
            await two.achange("n", lambda n: n + 1)
            await one.achange("n", lambda n: n + 1)
            await one.asave()
            await two.asave()
            await one.aset("a", 2)
            await one.asave()
            await two.aset("a", 3)
            with self.assertRaises(SessionConflict):
                await two.asave()
            three = SessionStore(key)
            await three.acycle_key()
            await one.aset("c", 1)
            with self.assertRaises(UpdateError):
                await one.asave()
            new = SessionStore()
            await new.aset("x", 1)
            await new.asave()
            await new.aflush()
            return three.session_key

        self.assertEqual(stored(asyncio.run(visit())), {"a": 2, "n": 3, "b": 2})


# What requests see, with ATOMIC_REQUESTS.


def visit(request, what: str) -> HttpResponse:
    session = request.session
    if what == "login":
        login(request, authenticate(username="ada", password="secret"))
    elif what == "logout":
        logout(request)
    elif what == "password":
        request.user.set_password("secret")
        request.user.save()
        update_session_auth_hash(request, request.user)
    elif what == "fail":
        session["lost"] = 1
        session.save()
        raise ZeroDivisionError
    elif what == "overtaken":
        session["n"] = session.get("n", 0) + 1
        other = stock.SessionStore(session.session_key)
        other["n"] = 10
        other.save()
    elif what == "ended":
        session["n"] = 1
        stock.SessionStore(session.session_key).delete()
    elif what != "read":
        session[what] = 1
    return HttpResponse(request.user.get_username() if what == "read" else session.session_key)


urlpatterns = [path("<what>/", visit)]


class Requests(unittest.TestCase):
    def setUp(self) -> None:
        User.objects.all().delete()
        User.objects.create_user("ada", password="secret")
        self.client = Client(raise_request_exception=False)

    def key(self) -> str:
        return self.client.cookies["sessionid"].value

    def test_log_in_and_out(self) -> None:
        self.client.get("/cart/")
        first = self.key()
        self.client.get("/login/")
        second = self.key()
        self.assertEqual(stored(second)["cart"], 1)
        self.assertEqual(self.client.get("/read/").content, b"ada")
        self.client.get("/password/")
        self.assertEqual(self.client.get("/read/").content, b"ada")
        self.assertEqual(len({first, second, self.key()}), 3)
        self.assertFalse(Session.objects.filter(pk__in=[first, second]).exists())
        self.assertIn(SESSION_KEY, stored(self.key()))
        self.client.get("/logout/")
        self.assertEqual(self.client.get("/read/").content, b"")
        self.assertFalse(Session.objects.filter(pk__in=[first, second]).exists())

    def test_what_a_failed_view_saved_is_rolled_back_with_it(self) -> None:
        self.client.get("/cart/")
        self.assertEqual(self.client.get("/fail/").status_code, 500)
        self.assertEqual(stored(self.key()), {"cart": 1})

    def test_a_conflict_is_a_400(self) -> None:
        self.client.get("/cart/")
        self.assertEqual(self.client.get("/overtaken/").status_code, 400)
        self.assertEqual(stored(self.key()), {"cart": 1, "n": 10})

    def test_a_session_that_ended_meanwhile_is_a_400(self) -> None:
        self.client.get("/cart/")
        self.assertEqual(self.client.get("/ended/").status_code, 400)
        self.assertEqual(stored(self.key()), {})


if __name__ == "__main__":
    unittest.main()
