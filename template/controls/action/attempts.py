"""Programs that try to leave the sandbox; data for `probes.py`, and run nowhere else.

The first answers with JSON, way → held or open: a way that ended in anything but a refusal of the
system is open. Each of the others must be ended by a limit.
"""

PROGRAM = """
import ctypes, json, os, socket, subprocess, sys

def connect(family, address):
    socket.socket(family).connect(address)

def write(path):
    with open(path, "w") as file:
        file.write("escaped")

def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)  # its end, if it came later, would stop a process that is traced

def call(name, *arguments):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)

def run(arguments, here):
    ways = {
        "open a connection": lambda: connect(socket.AF_INET, ("192.0.2.1", 80)),
        "open a connection over IPv6": lambda: connect(socket.AF_INET6, ("::1", 80)),
        "reach a service of this machine": lambda: connect(socket.AF_UNIX, "/run/docker.sock"),
        "reach the machine below": lambda: connect(socket.AF_VSOCK, (2, 1024)),
        "see its processes": lambda: os.listdir("/proc"),
        "read what another process was given": lambda: open("/proc/1/environ", "rb").read(),
        "fork": fork,
        "start a program": lambda: subprocess.run(["/bin/true"]),
        "get rights in a namespace of its own": lambda: call("unshare", 0x10000000),
        "mount": lambda: call("mount", b"none", bytes(here), b"tmpfs", 0, None),
        "trace a process": lambda: call("ptrace", 0, 0, None, None),
        "get the host's rights": lambda: os.setuid(0),
    }
    for folder in ("/", "/etc", "/usr", "/usr/bin", "/dev", "/tmp", "/root", "/home", sys.prefix):
        ways[f"write to {folder}"] = lambda folder=folder: write(f"{folder}/escaped")
    for place in arguments["places"]:
        ways[f"read {place}"] = lambda place=place: os.stat(place)
    return json.dumps({name: tried(way) for name, way in ways.items()})

def tried(way):
    try:
        way()
    except OSError:
        return "held"
    except BaseException as error:
        return f"open: {error!r}"
    return "open"
"""

ENDLESS = {
    "compute without end": "def run(arguments, here):\n    while True: pass",
    "take all memory": "def run(arguments, here):\n    return len('x' * (1 << 34))",
    "fill the disk": """
def run(arguments, here):
    for number in range(1 << 20):
        (here / str(number)).write_bytes(bytes(1 << 15))
""",
    "write a file without end": """
def run(arguments, here):
    with open(here / "file", "wb") as file:
        while True: file.write(bytes(1 << 20))
""",
    "say without end": """
import sys
def run(arguments, here):
    while True: sys.stderr.write("x" * 9999)
""",
}
