"""Whether what listens where a Redis is asked is the container's own server: `listens.sh`."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
from hosts import Host

from pyinfra_runbooks.engine import shell


def does(host: Host, *lines: str, shared: str = "") -> list[str]:
    """What these lines print, after the script."""
    return host.run("\n".join((shell.script("listens.sh", shared=shared), *lines))).out.split()


def owns(host: Host, *words: object, shared: str = "", before: str = "") -> bool:
    call = f"is_own {' '.join(map(str, words))} && echo yes || echo no"
    return does(host, before, call, shared=shared) == ["yes"]


@pytest.fixture
def port() -> Iterator[int]:
    """One that this process listens on, at all addresses."""
    with socket.create_server(("0.0.0.0", 0)) as there:  # noqa: S104 - of a test
        yield there.getsockname()[1]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_a_loopback_is_its_own(any_host: Host, port: int, address: str) -> None:
    assert owns(any_host, "-h", address, "-p", port)
    assert owns(any_host, "-h", address, "-p", 1)
    assert owns(any_host, "-p", port)


@pytest.mark.parametrize(
    "address",
    [
        *("203.0.113.9", "2001:db8::5", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:2", "cache"),
        *("127.0.0.1.example", "127.cafe", "cafe", "fe80::1%eth0", "'.*'", "'::.*'"),
    ],
)
def test_another_machine_gets_no_login(any_host: Host, port: int, address: str) -> None:
    for shared in ("", "yes", "joined"):
        assert not owns(any_host, "-h", address, "-p", port, shared=shared)
        assert not owns(any_host, "-h", address, "-p", 1, shared=shared)


def test_its_own_addresses_are_known(any_host: Host) -> None:
    v4 = set(re.findall(r"-- (\S+)\n +/32 host LOCAL", Path("/proc/net/fib_trie").read_text()))
    table = Path("/proc/net/if_inet6")
    v6 = {bytes.fromhex(x.split()[0]) for x in table.read_text().splitlines() if table.exists()}
    addresses = [ip_address(x) for x in (*v4, *v6)]
    ways = {x for a in addresses for x in (str(a), a.exploded, a.exploded.upper())}
    lines = [f"here {way} || echo {way}" for way in sorted(ways)]
    assert does(any_host, *lines) == []


def test_the_hosts_servers_are_not_the_containers(any_host: Host) -> None:
    """It sees them where it has the host's processes."""
    program = any_host.place / "some-server"
    shutil.copy(shutil.which("sleep") or "", program)
    with subprocess.Popen([program, "60"]) as server:
        try:
            assert str(server.pid) in does(any_host, "servers")
            other = 'group_of() { case $1 in self) echo 0::/ ;; *) echo "0::/../x" ;; esac; }'
            assert does(any_host, other, "servers") == []
        finally:
            server.kill()


def test_a_sidecar_in_the_place_of_a_server_that_is_down(any_host: Host, port: int) -> None:
    for shared in ("joined", "joined\n/run/x", "yes"):
        down = "servers() { :; }"
        assert not owns(any_host, "-p", port, shared=shared, before=down)
        silent = "servers() { echo 1; }; open_in() { :; }"
        assert not owns(any_host, "-p", port, shared=shared, before=silent)
        unseen = "servers() { echo 1; }; open_in() { false; }"
        assert owns(any_host, "-p", port, shared=shared, before=unseen) is (shared != "yes")


def test_a_socket_where_another_container_may_write(any_host: Host) -> None:
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as there:
        place = Path(name, "there")
        place.mkdir()
        at = place / "r.sock"
        there.bind(str(at))
        there.listen()
        link = Path(name, "link")
        link.symlink_to(place)
        through = link / "s.sock"
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(through))
            other.listen()
            for path in (at, through):
                for elsewhere in ("", "/run/x", f"{place}x", "\n".join(("/x", f"{place}/r"))):
                    assert owns(any_host, "-s", path, shared=elsewhere), elsewhere
                for common in (place, link, name):
                    assert not owns(any_host, "-s", path, shared=f"/x\n{common}")
            assert not owns(any_host, "-s", at, shared=f"/x\n{at}")
            assert not owns(any_host, "-s", f"{name}/none")


# Who takes up what connects to a socket

_SERVES = """
import socketserver, sys
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.read()
with socketserver.ThreadingUnixStreamServer(sys.argv[1], Handler) as server:
    server.daemon_threads = True
    print("serves", flush=True)
    server.serve_forever()
"""
_ASKS = """
import socket, sys
with socket.socket(socket.AF_UNIX) as asks:
    asks.connect(sys.argv[1])
    sys.stdin.read()
"""


@contextmanager
def serving(path: Path) -> Iterator[int]:
    """A server at a socket, its process."""
    words = [sys.executable, "-c", _SERVES, str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "serves\n"
            yield process.pid
        finally:
            process.kill()


def leads(host: Host, path: Path, own: int) -> bool:
    """Whether who connects there comes to that process."""
    asks = shell.words(sys.executable, "-c", _ASKS, path)
    lines = (
        f"servers() {{ echo {own}; }}",
        f"talk() {{ {asks}; }}",
        f"leads_here -s {path} && echo yes || echo no",
    )
    return does(host, *lines) == ["yes"]


def test_who_connects_is_taken_up_by_its_own_server(any_host: Host, tmp_path: Path) -> None:
    path = tmp_path / "cache.sock"
    with serving(path) as own:
        assert leads(any_host, path, own)


def test_another_server_has_taken_its_place(any_host: Host, tmp_path: Path) -> None:
    """Its own listens on, at a socket that nobody can connect to any more."""
    path = tmp_path / "cache.sock"
    with serving(path) as own:
        path.unlink()
        with serving(path) as other:
            assert not leads(any_host, path, own)
            assert leads(any_host, path, other)


def test_nobody_is_seen_to_take_it_up(any_host: Host, tmp_path: Path) -> None:
    path = tmp_path / "cache.sock"
    with serving(path):
        assert not leads(any_host, path, 999_999_999)
    assert does(any_host, "leads_here -p 6379 || echo no") == ["no"]
