"""Two containers as the kernel has them: network namespaces with a wire between them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

CLIENT, SERVER, OTHER = "10.231.7.2", "10.231.7.3", "10.231.7.4"

# Docker's own answers for names that it knows; it passes others on, and that may take its time.
_DNS = r"""
import socket, sys
names = dict(each.split("=") for each in sys.argv[1:])
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.bind(("127.0.0.11", 53))
print("ready", flush=True)
while True:
    asked, whom = own.recvfrom(512)
    at, labels = 12, []
    while asked[at]:
        labels.append(asked[at + 1 : at + 1 + asked[at]].decode())
        at += asked[at] + 1
    kind, found = asked[at + 2], names.get(".".join(labels).lower())
    if found == "silent" or "all" in names:
        continue
    found = [] if kind != 1 or not found else found.split(",")
    code = 0 if ".".join(labels).lower() in names else 3
    head = asked[:2] + bytes([0x81, 0x80 + code]) + asked[4:6] + bytes([0, len(found), 0, 0, 0, 0])
    records = b"".join(
        b"\xc0\x0c\0\1\0\1\0\0\2\x58\0\4" + socket.inet_aton(each) for each in found
    )
    own.sendto(head + asked[12 : at + 5] + records, whom)
"""

LISTENS = r"""
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
own = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
print("ready", flush=True)
kept = []
while True:
    kept.append(own.accept())
"""

# Keeps a connection, tells its own port, and sends what it is given.
CONNECTS = r"""
import socket, sys
own = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
print("ready", flush=True)
print(own.getsockname()[1], flush=True)
for line in sys.stdin.buffer:
    own.sendall(line)
sys.stdin.read()
"""


@dataclass
class Place:
    """
    A process with a network of its own.

    + pid: the process
    """

    pid: int
    directory: Path
    stack: ExitStack = field(repr=False)

    def run(self, script: str) -> None:
        """In its network and with its files, never in the machine's own."""
        subprocess.run(self._inside("sh", "-c", script), check=True, timeout=20)

    def hosts(self, text: str) -> None:
        """What its /etc/hosts says."""
        (self.directory / "hosts").write_text(text, encoding="utf-8")

    def names(self, **names: str) -> None:
        """A DNS server: addresses separated by commas; ``silent``: no answer to that name."""
        self.start(_DNS, *(f"{name}={of}" for name, of in names.items()))

    def listens(self, address: str, port: int) -> None:
        """Somebody accepts connections."""
        self.start(LISTENS, address, str(port))

    def start(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        """A program of Python there; its first line is awaited."""
        command = self._inside(sys.executable, "-c", program, *words)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.stack.callback(_ended, process)
        assert process.stdout
        assert process.stdout.readline()
        return process

    def _inside(self, *words: str) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "-n", "-m", *words]


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


@contextmanager
def place(stack: ExitStack) -> Iterator[Place]:
    """A process that does nothing, alone in its network."""
    directory = Path(stack.enter_context(TemporaryDirectory()))
    (directory / "hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")
    (directory / "resolv.conf").write_text("nameserver 127.0.0.11\n", encoding="utf-8")
    script = (
        'mount --bind "$1/hosts" /etc/hosts && mount --bind "$1/resolv.conf" /etc/resolv.conf'
        " && ip link set lo up && echo ready && exec cat"
    )
    process = subprocess.Popen(
        ["unshare", "-n", "-m", "sh", "-c", script, "sh", str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    stack.callback(_ended, process)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    yield Place(process.pid, directory, stack)


@contextmanager
def wired() -> Iterator[tuple[Place, Place]]:
    """A client and a server on one network."""
    with ExitStack() as stack:
        client = stack.enter_context(place(stack))
        server = stack.enter_context(place(stack))
        client.run(f"ip link add w0 type veth peer name w1 netns {server.pid}")
        for one, name, address in ((client, "w0", CLIENT), (server, "w1", SERVER)):
            one.run(f"ip addr add {address}/24 dev {name} && ip link set {name} up")
        yield client, server
