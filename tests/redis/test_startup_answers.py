"""What a start-up validation makes of what real servers, and their own redis-cli, answer."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from lab.console import wait_until
from pyinfra_runbooks.packs.clients.startup.rendering import script
from tests.redis.unkind import servers
from tests.redis.unkind.ports import free_port

HOSTILE = "r\"i\\gh\\x41 't$(é)#\\"
USERS = f"""user default off
user clerk on #{sha256(b"right").hexdigest()} #{sha256(HOSTILE.encode()).hexdigest()} ~* +@all
user gauge on #{sha256(b"right").hexdigest()} ~* +get
"""
ACL, OPEN, PASSWORD = ("--aclfile", "users.acl"), (), ("--requirepass", "right")

ANSWERS: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "its login": (ACL, {"REDIS_USER": "clerk", "REDIS_PASSWORD": "right"}, ""),
    "whatever is in it": (ACL, {"REDIS_USER": "clerk", "REDIS_PASSWORD": HOSTILE}, ""),
    "another password": (ACL, {"REDIS_USER": "clerk", "REDIS_PASSWORD": "x"}, "WRONGPASS: "),
    "nobody's user": (ACL, {"REDIS_USER": "nobody", "REDIS_PASSWORD": "x"}, "WRONGPASS: "),
    "no password": (ACL, {}, "NOAUTH: "),
    "one who may not ask": (ACL, {"REDIS_USER": "gauge", "REDIS_PASSWORD": "right"}, "NOPERM: "),
    "an open one": (OPEN, {}, ""),
    "an open one, with a password": (OPEN, {"REDIS_PASSWORD": "x"}, "it wants no password"),
    "an open one, as a user": (OPEN, {"REDIS_USER": "clerk", "REDIS_PASSWORD": "x"}, "WRONGPASS"),
    "the default user": (PASSWORD, {"REDIS_PASSWORD": "right"}, ""),
    "the default user's other password": (PASSWORD, {"REDIS_PASSWORD": "x"}, "WRONGPASS: "),
    "the default user without": (PASSWORD, {}, "NOAUTH: "),
    "TLS where none is spoken": (OPEN, {"REDIS_OPTIONS": "--tls"}, ""),
}

each_server = pytest.mark.parametrize("name", servers.USUAL)


@contextmanager
def running(name: str, place: Path, *options: str) -> Iterator[tuple[Path, int]]:
    """A server, its programs' directory and its port; it may still load its data."""
    server = servers.SERVERS[name]
    programs, port = servers.programs(server), free_port()
    (place / "users.acl").write_text(USERS)
    command = [programs / server.programs[0], "--port", str(port), "--save", "", *options]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _listens(port), f"{name} to listen", timeout=30)
            yield programs, port
        finally:
            process.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def validated(
    programs: Path, port: int, host: str = "127.0.0.1", wait: int = 1, **environment: str
) -> tuple[int, str]:
    """The validation's exit code, and its line."""
    done = subprocess.run(
        ["sh", "-c", script("redis")],
        env={
            "PATH": f"{programs}:{os.environ['PATH']}",
            "WAIT": str(wait),
            "LOADING_WAIT": "60",
            "REDIS_HOST": host,
            "REDIS_PORT": str(port),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.strip().removeprefix(f"{host}:{port}: ")


@each_server
@pytest.mark.parametrize(("options", "login", "says"), ANSWERS.values(), ids=ANSWERS)
def test_each_answer_is_known(
    name: str, tmp_path: Path, options: tuple[str, ...], login: dict[str, str], says: str
) -> None:
    with running(name, tmp_path, *options) as (programs, port):
        code, said = validated(programs, port, **login)
    if "REDIS_OPTIONS" in login:
        assert code == 1
    elif says:
        assert (code, said[: len(says)]) == (1, says)
    else:
        assert (code, said) == (0, f"serves the user {login.get('REDIS_USER', 'default')}")


@each_server
def test_who_does_not_answer_is_named(name: str) -> None:
    programs = servers.programs(servers.SERVERS[name])
    port = free_port()
    code, said = validated(programs, port)
    assert (code, said.partition(", after")[0]) == (1, "nobody answers (connection refused)")
    code, said = validated(programs, port, "cache.invalid")
    unknown = 'no such name "cache.invalid" on this network'
    assert (code, said.partition(", after")[0]) == (1, unknown)


@each_server
def test_one_that_loads_its_data_is_waited_for_longer_than_one_that_is_silent(
    name: str, tmp_path: Path
) -> None:
    with running(name, tmp_path) as (programs, port):
        assert validated(programs, port)[0] == 0
        cli = [programs / servers.SERVERS[name].programs[1], "-p", str(port)]
        keys = " ".join(f"k{n} v" for n in range(60)).split()
        subprocess.run([*cli, "MSET", *keys], check=True, capture_output=True)
        subprocess.run([*cli, "SAVE"], check=True, capture_output=True)
    slowly = ("--key-load-delay", "50000", "--loading-process-events-interval-bytes", "1024")
    with running(name, tmp_path, *slowly) as (programs, port):
        began = time.monotonic()
        assert validated(programs, port) == (0, "serves the user default")
        assert time.monotonic() - began > 2
