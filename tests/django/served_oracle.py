"""The oracle's pages and its commands in one process. Prints the port, and answers commands like `oracle.py batch`."""
import threading
import warnings

warnings.simplefilter("ignore")
import oracle  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
server.daemon_threads = True
server.set_app(get_wsgi_application())
threading.Thread(target=server.serve_forever, daemon=True).start()
oracle.emit({"port": server.server_port})
oracle.batch()
