"""
Requests of a Django, step by step or many at once, for ./python-engine.ts: commands as JSON lines on standard input, an answer for each.

Several requests may have a session open at the same time; each has a name, "as".
"""
import json
import sys
import threading
import warnings
from contextlib import nullcontext
from importlib import import_module

warnings.simplefilter("ignore")
import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model, login  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.http import HttpRequest  # noqa: E402

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore
requests = {}


def perform(cmd, **fields):
    return globals()["do_" + cmd](**fields)


def do_open(name, key):
    """Loads the session, as the first use in a view does."""
    request = HttpRequest()
    request.session = requests[name] = SessionStore(key)
    request.session.has_key("nothing")
    return {}


def do_get(name, key):
    return {"value": requests[name].get(key)}


def do_set(name, key, value):
    requests[name][key] = value
    return {}


def do_increase(name, key):
    requests[name].change(key, lambda n: (n or 0) + 1)
    return {}


def do_save(name):
    requests[name].save()
    return {"data": dict(requests[name].items())}


def do_login(name, user):
    request = HttpRequest()
    request.session = requests[name]
    login(request, get_user_model().objects.get_by_natural_key(user), backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    return {"session_key": request.session.session_key}


def do_flush(name):
    requests[name].flush()
    return {}


def do_race(key, threads, writes, atomic=False):
    """So many threads write so many keys of their own each, and count in "n"; answers what failed."""
    failures = []

    def write(thread):
        for n in range(writes):
            try:
                with transaction.atomic() if atomic else nullcontext():
                    session = SessionStore(key)
                    session["django-%d-%d" % (thread, n)] = n
                    if hasattr(session, "change"):
                        session.change("n", lambda n: (n or 0) + 1)
                    session.save()
            except Exception as error:
                failures.append(repr(error))
        connection.close()

    running = [threading.Thread(target=write, args=(thread,)) for thread in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return {"failures": failures}


for line in sys.stdin:
    try:
        answer = perform(**json.loads(line))
    except Exception as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer), flush=True)
connection.close()
