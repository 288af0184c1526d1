"""Swift's four servers in one process: `s3-server.py FOLDER ACCOUNT CONTAINER OBJECT PROXY`, the last four are ports."""
import ctypes
import os
import sys

import eventlet
from eventlet import patcher, wsgi

patcher.monkey_patch(all=False, socket=True, select=True, thread=True)
from swift.common import utils, wsgi as swift_wsgi  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402

# Ends with the test, however that ends: PR_SET_PDEATHSIG, SIGKILL.
ctypes.CDLL(None).prctl(1, 9)

folder, *ports = sys.argv[1:]
servers = dict(zip(['account', 'container', 'object', 'proxy'], map(int, ports)))
utils.set_swift_dir(folder)
utils.validate_configuration()
reload_storage_policies()
for name in ['account', 'container', 'object']:
    path = '%s/%s.ring.gz' % (folder, name)
    if os.path.exists(path):
        continue
    # One partition table for each kind, one copy of everything.
    ring = RingBuilder(2, 1, 0)
    ring.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': servers[name], 'device': 'd1', 'weight': 1,
                  'replication_ip': '127.0.0.1', 'replication_port': servers[name], 'meta': ''})
    ring.rebalance()
    ring.get_ring().save(path)

wsgi.HttpProtocol.default_request_version = 'HTTP/1.0'
running = []
for name, port in servers.items():
    app = swift_wsgi.loadapp('%s/%s.conf' % (folder, name), global_conf={'log_name': name})
    running.append(eventlet.spawn(
        wsgi.server, eventlet.listen(('127.0.0.1', port), backlog=256), app, log=utils.NullLogger(),
        protocol=swift_wsgi.SwiftHttpProtocol, capitalize_response_headers=False, max_size=256))
print('ready', flush=True)
for server in running:
    server.wait()
