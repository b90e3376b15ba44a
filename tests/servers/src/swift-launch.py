"""Runs one Swift: swift-launch.py FILE.json (written by swift.ts).

Builds the rings where there are none, starts memcached and the four servers, prints their pids as one
line of JSON, and ends them all when its standard input ends, so that no server outlives its test.
"""
import ctypes
import json
import os
import signal
import subprocess
import sys

from swift.common import utils

with open(sys.argv[1]) as file:
    plan = json.load(file)
utils.set_swift_dir(plan["configuration"])

from swift.common import constraints, storage_policy  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import run_wsgi  # noqa: E402
import swift.account.server  # noqa: E402, F401
import swift.container.server  # noqa: E402, F401
import swift.obj.server  # noqa: E402
import swift.proxy.server  # noqa: E402, F401

constraints.reload_constraints()
storage_policy.reload_storage_policies()
libc = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def build_ring(name, port):
    path = os.path.join(plan["configuration"], name + ".ring.gz")
    if os.path.exists(path):
        return
    builder = RingBuilder(part_power=2, replicas=1, min_part_hours=1)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "sdb1", "weight": 1.0})
    builder.rebalance()
    builder.get_ring().save(path)


def serve(name):
    # Set before the fork that the pid belongs to, so that nothing is between it and the test.
    pid = os.fork()
    if pid != 0:
        return pid
    die_with_parent()
    log = os.open(os.path.join(plan["logs"], name + ".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    more = {"global_conf_callback": swift.obj.server.global_conf_callback} if name == "object" else {}
    path = os.path.join(plan["configuration"], name + "-server.conf")
    try:
        os._exit(run_wsgi(path, name + "-server", verbose=True, **more) or 0)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)


device = plan["device"]
if plan["diskBytes"] is not None and not os.path.ismount(device):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % plan["diskBytes"], "tmpfs", device], check=True)
for ring, port in plan["rings"].items():
    build_ring(ring, port)
with open(os.path.join(plan["logs"], "memcached.log"), "ab") as log:
    memcached = subprocess.Popen(
        ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(plan["memcachedPort"])],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
pids = {"memcached": memcached.pid}
for name in ("account", "container", "object", "proxy"):
    pids[name] = serve(name)
print(json.dumps(pids), flush=True)

last_words = sys.stdin.buffer.read()
# The proxy first: without the others it would say that nothing is there.
for pid in reversed(pids.values()):
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass
# A test that is gone asks for nothing, and what is in memory must not outlive it.
if plan["diskBytes"] is not None and last_words != b"keep":
    subprocess.run(["umount", device], check=False)
