"""A Redis is asked where its own container's server hears it, and nowhere else: not even PING."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hosts import Host
from shapes import Project, Service, look

from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.packs import findings
from pyinfra_runbooks.packs.checks.sentence import asked
from pyinfra_runbooks.packs.look_event import look_event
from pyinfra_runbooks.settings import HostFile, Redis, RedisUser, Stack

# Whom it is to ask and what it is to say, in a file; not what it says of itself.
_CLIENT = """#!/bin/sh
[ "$1" != --help ] || exit 0
{ printf '%s ' "$@"; tr '\\n' ' '; echo; } >>'PLACE/heard'
echo '"PONG"'
"""
NOWHERE = {
    "another machine's address": ("-h", "203.0.113.9"),
    "a name that may be another machine's": ("-p", "6379", "-h", "elsewhere"),
    "over TLS": ("--tls", "--insecure", "-p", "6379", "-h", "2001:db8::5"),
}
QUESTIONS = 'PING\nAUTH default "x"\nINFO\n'


@pytest.fixture
def host(any_host: Host) -> Host:
    for name in ("redis-cli", "valkey-cli", "keydb-cli"):
        any_host.tool(name, _CLIENT.replace("PLACE", str(any_host.place)))
    return any_host


@pytest.fixture
def port() -> Iterator[str]:
    """One at which another process listens."""
    with socket.create_server(("127.0.0.1", 0)) as there:
        yield str(there.getsockname()[1])


def heard(host: Host) -> str:
    file = host.place / "heard"
    return file.read_text() if file.exists() else ""


def looked(host: Host, *named: str, **values: object) -> list[str]:
    """What the search for its login says, of what its arguments name."""
    lines = "".join(f"{line}\n" for line in (*named, "@ask"))
    script = shell.script("held_login.sh", look_for="yes", **values)
    return host.run(script, stdin=lines).out.splitlines()


@pytest.mark.parametrize("reach", NOWHERE.values(), ids=NOWHERE)
def test_nowhere_else(host: Host, reach: tuple[str, ...]) -> None:
    for shared in ("", "yes", "joined"):
        said = looked(host, "@login --requirepass default \\x78", reach=reach, shared=shared)
        assert said[-2:] == ["withheld", "theirs"]
        done = host.run(shell.script("ask.sh", reach=reach, shared=shared), QUESTIONS)
        assert (done.code, done.out) == (1, "")
    assert heard(host) == ""


def test_an_address_that_its_configuration_binds_and_that_is_not_here(host: Host) -> None:
    said = looked(host, "@set bind 203.0.113.9", "@set port 6390")
    assert said == ["reach -p", "reach 6390", "reach -h", "reach 203.0.113.9", "withheld", "theirs"]
    assert heard(host) == ""


@pytest.mark.parametrize("servers", [":", "echo 1; }; open_in() { false"], ids=["none", "unseen"])
def test_who_listens_in_the_hosts_network(host: Host, port: str, servers: str) -> None:
    """There are no servers of its own, or what these listen on can't be seen."""
    seen = f"servers() {{ {servers}; }}\n"
    reach = ("-p", port)
    for name in ("held_login.sh", "ask.sh"):
        script = shell.script(name, reach=reach, shared="yes", look_for="yes")
        patched = script.replace("is_own() {", f"{seen}is_own() {{", 1)
        assert seen in patched
        said = host.run(patched, "@ask\n" if name == "held_login.sh" else QUESTIONS).out
        assert "PONG" not in said
    assert heard(host) == ""


def test_a_socket_that_no_process_of_its_network_made(host: Host) -> None:
    """A file is in its place, as the socket of another container's server is."""
    at = host.place / "r.sock"
    at.write_text("")
    said = looked(host, f"@set unixsocket {at}", "@set port 0")
    assert said[-2:] == ["withheld", "theirs"]
    assert heard(host) == ""


def test_its_own_is_asked(host: Host, port: str) -> None:
    assert looked(host, reach=("-p", port))[-1] == "login open"
    done = host.run(shell.script("ask.sh", reach=("-p", port)), QUESTIONS)
    assert done.out == '"PONG"\n'
    assert "PING" in heard(host)


# What is made of it


def test_one_that_was_not_asked_is_a_note() -> None:
    stack = Stack("/srv/shop", Redis("cache"))
    project = Project("shop", (Service("cache", login=("withheld", "theirs")), Service("web")))
    seen = look(stack, project)
    notes = {f.kind.id: f for f in findings.everything(seen, stack)}
    assert "was not asked" in notes["login-unproved"].problem
    assert not any(f.breaks_health for f in notes.values())
    assert "cache was not asked, as another server may be in its place" in asked(seen, stack)
    assert look_event(seen, stack)["redis_answers"] is None


def test_declared_users_are_not_proved() -> None:
    ops = RedisUser("ops", rules="~* +@all", password=HostFile("ops.txt"))
    stack = Stack("/srv/shop", Redis("cache", users=[ops], admin="ops"))
    project = Project("shop", (Service("cache", login=("withheld", "theirs")), Service("web")))
    found = {f.kind.id for f in findings.everything(look(stack, project), stack)}
    assert "login-withheld" in found
