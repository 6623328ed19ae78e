"""Repairs of a Redis that listens elsewhere than at 127.0.0.1:6379: proved by a login there."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pyinfra_runbooks.packs.redis import scripts
from tests.redis.unkind import resp, world
from tests.redis.unkind.cases import Case, Outcome, outcome
from tests.redis.unkind.world import PASSWORD

STEPS = ("start", "unpause", "restart", "recreate")


def listening(
    monkeypatch: pytest.MonkeyPatch, lines: Callable[[Path], str], option: str = ""
) -> None:
    """
    Servers are configured with more than usual.

    + lines: what more, by the directory of its data
    + option: what their port is given to, in their arguments
    """
    usual, service, port = world._configure, world.compose.Service, world.free_port()

    def configured(path: Path, number: int, data: Path, acl: Path, case: Case) -> None:
        usual(path, number, data, acl, case)
        with path.open("a", encoding="utf-8") as file:
            file.write(lines(data))

    def made(**named: Any) -> object:
        words = (option, str(port)) if option else ()
        return service(**{**named, "command": (*named["command"], *words)})

    monkeypatch.setattr(world, "free_port", lambda: port)
    monkeypatch.setattr(world, "_configure", configured)
    monkeypatch.setattr(world.compose, "Service", made)


@contextmanager
def closed_if_not(made: socket.socket) -> Iterator[None]:
    """It is closed where it can't be connected."""
    try:
        yield
    except OSError:
        made.close()
        raise


def assert_repaired(done: Outcome, by: str) -> None:
    assert done.breaches == ()
    assert done.done.code == 0, str(done)
    back = json.loads(done.done.out.splitlines()[-1])
    assert (back["step"], back["login"], back["strangers"]) == ("back", by, "refused")
    assert PASSWORD not in done.done.out + done.done.err


@pytest.fixture
def at_a_socket(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """It listens at a socket alone; the path of the last one."""
    there: list[str] = []

    def lines(data: Path) -> str:
        there.append(f"{data}.sock")
        return f"port 0\nunixsocket {data}.sock\nunixsocketperm 700\n"

    def opened(_: int, seconds: float) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(seconds)
        with closed_if_not(made):
            made.connect(there[-1])
        return made

    listening(monkeypatch, lines)
    monkeypatch.setattr(resp, "opened", opened)
    return there


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.usefixtures("at_a_socket")
def test_at_a_socket(step: str) -> None:
    assert_repaired(outcome(Case(step, access="arguments")), "--requirepass")


@pytest.fixture
def own_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Processes are called as the servers are, and not as the loader that starts these here."""
    tmp_path.chmod(0o755)
    usual = world.servers.programs

    def programs(server: world.servers.Server) -> Path:
        there = usual(server)
        for program in server.programs:
            text = (there / program).read_text(encoding="utf-8")
            (loader,) = re.findall(r"exec (\S+)", text)
            named = tmp_path / "named" / program
            named.parent.mkdir(exist_ok=True)
            if not named.exists():
                named.symlink_to(loader)
            (tmp_path / program).write_text(text.replace(loader, str(named)), encoding="utf-8")
            (tmp_path / program).chmod(0o755)
        return tmp_path

    monkeypatch.setattr(world.servers, "programs", programs)


@pytest.fixture
def at_a_shared_socket(monkeypatch: pytest.MonkeyPatch, at_a_socket: list[str]) -> list[str]:
    """The same, where another container may write."""
    monkeypatch.setattr(scripts, "_shared", lambda *_: str(Path(at_a_socket[-1]).parent))
    return at_a_socket


@pytest.mark.usefixtures("own_names", "at_a_shared_socket")
@pytest.mark.parametrize(("access", "strangers"), [("open", "served"), ("arguments", "refused")])
def test_at_a_socket_where_its_clients_may_write(access: str, strangers: str) -> None:
    """In a volume that several mount. One of them could stand between, so it gets no login; that
    its own server takes up who connects there is the proof."""
    done = outcome(Case("start", access=access))
    assert done.done.code == 0, str(done)
    back = json.loads(done.done.out.splitlines()[-1])
    assert (back["step"], back["login"], back["strangers"]) == ("back", "none", strangers)
    assert PASSWORD not in done.done.out + done.done.err


@pytest.mark.usefixtures("at_a_shared_socket")
def test_at_such_a_socket_nothing_else_is_a_proof() -> None:
    """None of its container's processes is seen to take up who connects there."""
    done = outcome(Case("start", access="open"))
    assert done.done.code == 1
    assert "that its own server answers there is not proved" in done.done.err


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: of its own authority, its server and its client."""
    place = tmp_path_factory.mktemp("certificate")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    files = ["-subj", "/CN=cache", "-keyout", str(place / "key"), "-out", str(place / "crt")]
    subprocess.run([*words, *files], check=True, capture_output=True)
    return place


@pytest.mark.parametrize("step", STEPS)
def test_over_tls_with_a_clients_certificate(
    step: str, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(certificate / "crt", certificate / "key")
    plain = resp.opened

    def lines(_: Path) -> str:
        crt, key = certificate / "crt", certificate / "key"
        return (
            f"port 0\ntls-ca-cert-file {crt}\ntls-cert-file {crt}\ntls-key-file {key}\n"
            "tls-auth-clients yes\n"
        )

    def opened(port: int, seconds: float) -> socket.socket:
        made = plain(port, seconds)
        with closed_if_not(made):
            return context.wrap_socket(made)

    listening(monkeypatch, lines, "--tls-port")
    monkeypatch.setattr(resp, "opened", opened)
    assert_repaired(outcome(Case(step, access="arguments")), "--requirepass")


_BEFORE_7 = """#!/bin/sh
# What knows no JSON says so in its help, and takes no such option.
case " $* " in
    *' --help '*) echo '  --no-raw           Force formatted output.' && exit ;;
    *' --json '*) echo 'Unrecognized option or bad number of args for: --json' >&2 && exit 1 ;;
esac
exec {cli} "$@"
"""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("access", ["file", "open"])
def test_with_a_client_that_knows_no_json(
    step: str, access: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)

    usual = world.servers.programs

    def programs(server: world.servers.Server) -> Path:
        there = usual(server)
        for program in server.programs:
            shim = tmp_path / program
            text = _BEFORE_7 if program.endswith("-cli") else '#!/bin/sh\nexec {cli} "$@"\n'
            shim.write_text(text.format(cli=there / program), encoding="utf-8")
            shim.chmod(0o755)
        return tmp_path

    monkeypatch.setattr(world.servers, "programs", programs)
    found = outcome(Case(step, access=access))
    assert found.breaches == ()
    assert found.done.code == 0, str(found)
