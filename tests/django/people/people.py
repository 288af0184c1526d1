"""
A Django whose accounts are in a table of their own, for ../custom-users.ts: commands as JSON lines on standard input, an answer for each.

An account is called by the name it logs in with.
"""
import json
import sys
import warnings

warnings.simplefilter("ignore")
import django  # noqa: E402

django.setup()

from django.contrib.auth import authenticate, get_user, get_user_model, login  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.contrib.auth.tokens import default_token_generator  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.utils.encoding import force_bytes  # noqa: E402
from django.utils.http import urlsafe_base64_encode  # noqa: E402

User = get_user_model()
find = User.objects.get_by_natural_key
concrete = [field.attname for field in User._meta.concrete_fields]


def do_migrate():
    call_command("migrate", verbosity=0, interactive=False)
    return {}


def do_create(name, password, fields={}):
    User.objects.create_user(name, password=password, **fields)
    return {}


def do_user(name):
    user = find(name)
    return {field: getattr(user, field) for field in concrete}


def do_change(name, fields):
    user = find(name)
    for field, value in fields.items():
        setattr(user, field, value)
    user.save()
    return {}


def do_password(name, password):
    user = find(name)
    user.set_password(password)
    user.save()
    return {}


def do_verify(name, password):
    return {"ok": authenticate(username=name, password=password) is not None}


def do_login(name):
    request = HttpRequest()
    request.session = SessionStore()
    login(request, find(name), backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    return {"key": request.session.session_key}


def do_whose(key):
    request = HttpRequest()
    request.session = SessionStore(key)
    user = get_user(request)
    return {"name": user.get_username(), "id": request.session.get("_auth_user_id")}


def do_token(name):
    user = find(name)
    return {"uid": urlsafe_base64_encode(force_bytes(user.pk)), "token": default_token_generator.make_token(user)}


def do_check_token(name, token):
    return {"ok": default_token_generator.check_token(find(name), token)}


def do_may(name):
    user = find(name)
    return {"permissions": sorted(user.get_all_permissions()), "groups": [group.name for group in user.groups.all()]}


def do_join(name, group):
    find(name).groups.add(Group.objects.get_or_create(name=group)[0])
    return {}


def do_delete(name):
    find(name).delete()
    return {}


for line in sys.stdin:
    try:
        fields = json.loads(line)
        answer = globals()["do_" + fields.pop("cmd")](**fields)
    except Exception as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer, default=str), flush=True)
connection.close()
