"""
A Django site with AUTH_USER_MODEL = 'members.Member', asked by lines of JSON: {"do": name, ...}.

Its settings are those of the oracle's, whose folder and environment the test gives.
"""
import json
import sys
import uuid
import warnings

import django
from django.conf import settings

import oracle_settings

warnings.simplefilter("ignore")
names = [name for name in dir(oracle_settings) if name.isupper()]
settings.configure(
    **{
        **{name: getattr(oracle_settings, name) for name in names},
        "AUTH_USER_MODEL": "members.Member",
        "INSTALLED_APPS": [*oracle_settings.INSTALLED_APPS, "members"],
        "MIGRATION_MODULES": {"members": None},
        "SILENCED_SYSTEM_CHECKS": ["auth.W004"],
    }
)
django.setup()

from django.contrib.auth import authenticate, get_user, login  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.contrib.auth.tokens import default_token_generator  # noqa: E402
from django.contrib.contenttypes.management import create_contenttypes  # noqa: E402
from django.contrib.auth.management import create_permissions  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.apps import apps  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode  # noqa: E402
from members.models import Member  # noqa: E402


def find(line):
    return Member.objects.get(pk=line["id"])


def describe(member):
    fields = ["email", "phone", "score", "ratio", "is_vip", "is_active", "is_staff", "is_superuser"]
    return {
        "id": str(member.pk),
        **{name: getattr(member, name) for name in fields},
        "trial_ends": member.trial_ends and member.trial_ends.isoformat(),
        "born": member.born and member.born.isoformat(),
        "permissions": sorted(member.get_all_permissions()),
    }


def request_of(key):
    request = HttpRequest()
    request.session = SessionStore(key)
    return request


def migrate(line):
    # What `migrate` does where the app has migrations of its own.
    for app in ["contenttypes", "auth", "sessions"]:
        call_command("migrate", app, verbosity=0, interactive=False)
    with connection.schema_editor() as editor:
        editor.create_model(Member)
    MigrationRecorder(connection).record_applied("members", "0001_initial")
    create_contenttypes(apps.get_app_config("members"), verbosity=0)
    create_permissions(apps.get_app_config("members"), verbosity=0)
    return {"tables": sorted(connection.introspection.table_names())}


def create(line):
    return describe(Member.objects.create_user(line["email"], line.get("password"), **line.get("fields", {})))


def show(line):
    return describe(find(line))


def check(line):
    member = authenticate(username=line["email"], password=line["password"])
    return {"id": member and str(member.pk)}


def login_session(line):
    request = request_of(None)
    login(request, find(line), backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    return {"key": request.session.session_key}


def whose_session(line):
    return {"id": str(get_user(request_of(line["key"])).pk)}


def make_token(line):
    member = find(line)
    return {
        "uid": urlsafe_base64_encode(str(member.pk).encode()),
        "token": default_token_generator.make_token(member),
    }


def check_token(line):
    member = Member.objects.get(pk=uuid.UUID(urlsafe_base64_decode(line["uid"]).decode()))
    return {"ok": default_token_generator.check_token(member, line["token"])}


def join(line):
    group, _ = Group.objects.get_or_create(name=line["group"])
    for codename in line["permissions"]:
        group.permissions.add(Permission.objects.get(codename=codename))
    find(line).groups.add(group)
    return {}


def groups(line):
    return {"groups": sorted(group.name for group in find(line).groups.all())}


def count(line):
    return {"members": Member.objects.count(), "memberships": Member.groups.through.objects.count()}


for text in sys.stdin:
    asked = json.loads(text)
    try:
        answer = globals()[asked["do"]](asked)
    except Exception as error:  # the test tells what it got
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
