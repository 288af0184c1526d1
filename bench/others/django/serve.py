"""Django under gunicorn: one worker, some threads, connections kept open. `serve.py PLACE`, in JSON; prints its port."""
import json
import os
import signal
import socket
import sys
import threading

os.environ["BENCH_PLACE"] = sys.argv[1]
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django
from django.db.backends.signals import connection_created
from gunicorn.app.base import BaseApplication


def tune(connection, **kwargs):
    """SQLite as the other servers have it."""
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA journal_mode = WAL")
        connection.cursor().execute("PRAGMA synchronous = NORMAL")


connection_created.connect(tune)
django.setup()

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections

call_command("migrate", verbosity=0)
get_user_model().objects.create_user(settings.PLACE["account"]["username"], password=settings.PLACE["account"]["password"])
connections.close_all()


class Server(BaseApplication):
    def __init__(self, listener):
        self.listener = listener
        super().__init__()

    def load_config(self):
        options = {
            "bind": f"fd://{self.listener.fileno()}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": 4,
            "keepalive": 75,
            "loglevel": "warning",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self):
        return get_wsgi_application()


def end_with_parent(channel):
    """The benchmark holds the other end of this socket for as long as it runs."""
    while os.read(channel, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


channel = int(os.environ["NODE_CHANNEL_FD"])
threading.Thread(target=end_with_parent, args=(channel,), daemon=True).start()
listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
Server(listener).run()
