"""What the scripts of packs/postgres say of a real server."""

from __future__ import annotations

import os
import re
import socketserver
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from postgres_scripts import PASSWORDS, client, password_file, refused, seen, set_password, verifier
from postgres_server import BIN, SHELLS, Server, quoted

from pyinfra_runbooks.engine.shell import path_of
from pyinfra_runbooks.packs.postgres.seen import Login, Ready

pytestmark = [
    pytest.mark.needs("root"),  # The server's user is another one.
    pytest.mark.needs("pg_ctlcluster", "initdb"),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_what_it_says_of_itself(server: Server, shell: Sequence[str]) -> None:
    shown = seen(server.within(shell), **password_file(server, "set by hand\n"), database="app")
    assert (shown.socket, shown.network, shown.login) == (
        Ready.ACCEPTING,
        Ready.ACCEPTING,
        Login.WORKS,
    )
    assert (shown.user, shown.database, shown.at) == (
        "app",
        "app",
        f"{server.address}:{server.port}",
    )
    assert shown.server
    assert shown.server.version == server.sql("SHOW server_version")
    assert (shown.server.standby, shown.server.listens, shown.server.superuser) == (
        False,
        "*",
        True,
    )
    assert shown.server.role
    assert (shown.server.role.login, shown.server.role.expired) == (True, False)
    df = subprocess.run(["df", "-Pk", server.place / "data"], capture_output=True, text=True)
    used, available = df.stdout.splitlines()[1].split()[2:4]
    (disk, *_) = shown.disks
    assert disk.path == f"{server.place}/data"
    assert abs(disk.used - int(used)) < 1 << 16
    assert abs(disk.available - int(available)) < 1 << 16


@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS)
def test_a_password_is_the_one_that_a_client_would_give(server: Server, password: str) -> None:
    file = password_file(server, f"{password}\n")
    assert seen(server, **file).login is Login.PASSWORD
    server.sql(f"ALTER ROLE app PASSWORD {quoted(password)}")
    assert seen(server, **file).login is Login.WORKS
    assert not (server.place / "canary").exists()


def test_what_the_container_was_given_counts_where_nothing_is_declared(server: Server) -> None:
    given = server.having(POSTGRES_USER="app", POSTGRES_DB="app", POSTGRES_PASSWORD="nope")
    assert seen(given).login is Login.PASSWORD
    (file := server.place / "given").write_text("set by hand\r\n\n")
    by_file = server.having(POSTGRES_USER="app", POSTGRES_PASSWORD_FILE=str(file))
    assert seen(by_file).login is Login.WORKS
    assert seen(by_file.having(PGPASSWORD="nope", PGUSER="nobody")).login is Login.WORKS
    bitnami = {"POSTGRESQL_USERNAME": "app", "POSTGRESQL_PASSWORD_FILE": str(file)}
    assert seen(server.having(**bitnami)).login is Login.WORKS
    # That of another role says nothing of this one.
    other = seen(by_file, user="postgres")
    assert (other.login, other.says) == (Login.UNTRIED, "nothing says what it is")


@contextmanager
def eavesdropper(address: str) -> Iterator[tuple[int, list[bytes]]]:
    """Another server, which asks for the password itself, and keeps what it gets."""
    got: list[bytes] = []

    class Asking(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(5)
            while got_now := self.request.recv(1 << 12):
                if got_now[4:8] in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):
                    self.request.sendall(b"N")  # neither SSL nor GSS
                    continue
                got.append(got_now)
                self.request.sendall(b"R" + struct.pack("!ii", 8, 3))

    with socketserver.ThreadingTCPServer((address, 0), Asking) as asking:
        asking.daemon_threads = True
        threading.Thread(target=asking.serve_forever, daemon=True).start()
        yield asking.server_address[1], got
        asking.shutdown()


@pytest.mark.parametrize("shell", SHELLS)
def test_an_address_that_another_container_has_now_gets_nothing(
    server: Server, shell: Sequence[str]
) -> None:
    """Within 127.0.0.0/8 anybody can listen at an address that is none of the machine's own."""
    file = password_file(server, "s3cret of app\n")
    with eavesdropper("127.0.0.9") as (port, got):
        shown = seen(server.within(shell), **file, address="127.0.0.9", port=port)
        done = set_password(server.within(shell), **file, address="127.0.0.9", port=port)
    assert not [each for each in got if b"s3cret" in each]
    assert shown.login is Login.UNTRIED
    assert "not one of its own" in shown.says
    assert done.stderr.endswith("one of its own any more: look again; nothing was changed\n")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("172.30.0.9", True),
        ("172.30.0.1", False),
        ("172.30.0.255", False),
        ("172.30.0.90", False),
        ("fd00::9", True),
        ("FD00:0:0::9", True),
        ("::1", True),
        ("fe80::42:acff:fe1e:9", True),
        ("fd00::90", False),
        ("fd00::", False),
        ("::9", False),
    ],
)
def test_which_addresses_are_its_own(
    tmp_path: Path, shell: Sequence[str], address: str, own: bool
) -> None:
    (tmp_path / "fib_trie").write_text(_FIB_TRIE)
    (tmp_path / "if_inet6").write_text(_IF_INET6)
    text = path_of("postgres_client.sh").read_text().replace("/proc/net/", f"{tmp_path}/")
    done = subprocess.run([*shell, "-c", f"{text}\naddress={address}; own_address"])
    assert (done.returncode == 0) is own


_FIB_TRIE = """Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.1
           /32 host LOCAL
     +-- 172.30.0.0/16 2 0 2
        |-- 172.30.0.0
           /16 link UNICAST
        |-- 172.30.0.9
           /32 host LOCAL
        |-- 172.30.0.255
           /32 link BROADCAST
"""
_IF_INET6 = """00000000000000000000000000000001 01 80 10 80       lo
fd000000000000000000000000000009 02 40 00 80     eth0
fe800000000000000042acfffe1e0009 02 40 20 80     eth0
"""


def psql_of(server: Server, version: str) -> Server:
    """Its container's psql says that it is of this version, and writes down its environment."""
    (tools := server.place / "its_tools").mkdir(exist_ok=True)
    (server.place / "environ").write_text("")
    (tools / "psql").write_text(
        f"#!/bin/sh\nenv >>{server.place}/environ\n"
        f'[ "$1" != --version ] || {{ echo "psql (PostgreSQL) {version}"; exit; }}\n'
        f'exec {BIN}/psql "$@"\n'
    )
    (tools / "psql").chmod(0o755)
    return server.having(PATH=f"{tools}:{BIN}:{os.environ['PATH']}")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("version", "knows"), [("15.9", False), ("16.1", True), ("17.2", True)])
def test_a_request_for_the_password_itself_is_refused(
    server: Server, shell: Sequence[str], version: str, knows: bool
) -> None:
    """As far as its psql knows how; a login without a password asks for none."""
    file = password_file(server, "set by hand\n")
    assert seen(psql_of(server.within(shell), version), **file).login is Login.WORKS
    environ = (server.place / "environ").read_text()
    assert environ.count("PGREQUIREAUTH=scram-sha-256,md5\n") == knows
    assert "PGREQUIREAUTH=\n" not in environ


def test_127_0_0_1_would_prove_nothing(server: Server) -> None:
    """There the official image lets in anybody, whatever the password."""
    wrong = password_file(server, "wrong\n")
    assert seen(server, address="127.0.0.1", **wrong).login is Login.OPEN
    assert seen(server, **wrong).login is Login.PASSWORD


@pytest.mark.parametrize("content", ["", "\n", "one\ntwo\n"])
def test_what_is_no_password_is_not_tried(server: Server, content: str) -> None:
    shown = seen(server, **password_file(server, content))
    assert shown.login is Login.UNTRIED
    assert "exactly one line" in shown.says


def test_who_does_not_mount_the_file_gets_nothing(server: Server) -> None:
    shown = seen(server, user="app", password_from="nowhere")
    assert shown.login is Login.UNTRIED
    assert "does not mount" in shown.says


def test_a_role_that_is_refused_for_another_reason(server: Server) -> None:
    file = password_file(server, "set by hand\n")
    shown = seen(server, **file, database="gone")
    assert (shown.login, shown.says) == (Login.REFUSED, 'database "gone" does not exist')
    server.sql("ALTER ROLE app NOLOGIN")
    shown = seen(server, **file)
    assert (shown.login, shown.says) == (Login.REFUSED, 'role "app" is not permitted to log in')
    assert shown.server
    assert shown.server.role
    assert shown.server.role.login is False


def test_a_role_that_is_missing_or_expired_is_refused_as_for_its_password(server: Server) -> None:
    file = password_file(server, "set by hand\n")
    missing = seen(server, **{**file, "user": "nobody"})
    assert missing.login is Login.PASSWORD
    assert missing.server
    assert missing.server.role is None
    server.sql("ALTER ROLE app VALID UNTIL '2001-01-01'")
    shown = seen(server, **file)
    assert shown.login is Login.PASSWORD
    assert shown.server
    assert shown.server.role
    assert shown.server.role.expired is True


def test_a_look_that_finds_nothing_leaves_nothing_in_its_log(server: Server) -> None:
    before = len(server.log)
    assert seen(server, **password_file(server, "set by hand\n")).login is Login.WORKS
    assert not re.search("FATAL|ERROR|WARNING", server.log[before:])


def test_warnings_at_each_login_are_no_answer(server: Server) -> None:
    """As after an upgrade of the image's libraries."""
    file = password_file(server, "new\n")
    server.sql("UPDATE pg_database SET datcollversion = '0'")
    try:
        shown = seen(server, **file)
        assert shown.server
        assert shown.login is Login.PASSWORD
        assert set_password(server, **file).returncode == 0
        assert seen(server, **file).login is Login.WORKS
    finally:
        server.sql("UPDATE pg_database SET datcollversion = NULL")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_its_container_exports_carries_no_secret(server: Server, shell: Sequence[str]) -> None:
    """A variable of the same name, and every program that is started has what we put there."""
    names = ("password", "value", "value_file", "former", "has", "said", "answer", "refused")
    theirs = psql_of(server.within(shell), "17.2").having(**dict.fromkeys(names, "theirs"))
    file = password_file(server, "s3cret of app\n")
    assert seen(theirs, **file).login is Login.PASSWORD
    assert set_password(theirs, **file).returncode == 0
    assert server.lets_in("app", "s3cret of app")
    given = theirs.having(
        POSTGRES_USER="app", POSTGRES_PASSWORD_FILE=str(server.place / "password")
    )
    assert seen(given).login is Login.WORKS
    environ = (server.place / "environ").read_text()
    assert environ
    for secret in ("s3cret", verifier(server), "SCRAM-SHA-256"):
        assert secret not in environ
    assert "theirs" not in environ


def test_clients_by_the_servers_socket_are_counted_and_we_are_not(server: Server) -> None:
    """A volume may share it with other containers."""
    file = password_file(server, "set by hand\n")
    for host, clients in ((server.address, 1), (str(server.place), 1)):
        with client(server, host):
            shown = seen(server, **file)
            assert shown.server
            assert shown.server.role
            assert shown.server.role.clients == clients
    shown = seen(server, user="postgres", database="postgres")
    assert shown.server
    assert shown.server.role
    assert shown.server.role.clients == 0


def test_clients_are_counted(server: Server) -> None:
    file = password_file(server, "another\n")
    with client(server, server.address):
        shown = seen(server, **file)
        refused(server, "clients are logged in as app since .*; nothing was", **file, alone="yes")
        assert set_password(server, **file).returncode == 0
    assert shown.server
    assert shown.server.role
    assert shown.server.role.clients == 1
    assert set_password(server, **password_file(server, "it\n"), alone="yes").returncode == 0
