"""Real servers to ask: the lab's images' own, and running ones by socket. One that this machine has
is never asked: what is tested does not depend on it, and where the images are not built, they fail.

``REDIS_SOCKETS=/a.sock:/b.sock`` offers running servers. They have to be there for that: the tests
make and delete ACL users, set ``maxmemory`` for a moment, and throw all keys away.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from turns import turn

from tests.redis.reached import KIND
from tests.redis.unkind.servers import USUAL, paths

SOCKETS = tuple(filter(None, os.environ.get("REDIS_SOCKETS", "").split(":")))
READY_WITHIN = 10.0
_TURN = USUAL[turn(len(USUAL))]
_EACH = [pytest.param(name, marks=() if name == _TURN else pytest.mark.thorough) for name in USUAL]
# Fewer than fill a pipe with their replies while nobody reads them yet.
AT_ONCE = 50


@dataclass
class Redis:
    """A server, asked through one redis-cli that stays: starting one for each question is slow.

    + name: for the names of tests
    + command: what starts a redis-cli that asks it
    + pipe: the running ``redis-cli --json``, which answers each line with one line
    """

    name: str
    command: list[str]
    pipe: subprocess.Popen[str] = field(repr=False)

    def ask(self, *commands: Sequence[str], resp: int = 3) -> list[Any]:
        """The replies to the commands; Redis' errors are strings that begin with ``error:``."""
        lines = [" ".join(map(_quoted, command)) for command in (("HELLO", str(resp)), *commands)]
        replies: list[Any] = []
        for start in range(0, len(lines), AT_ONCE):
            replies += self._ask_at_once(lines[start : start + AT_ONCE])
        return replies[1:]

    def _ask_at_once(self, lines: list[str]) -> Iterator[Any]:
        assert self.pipe.stdin
        assert self.pipe.stdout
        self.pipe.stdin.write("".join(f"{line}\n" for line in lines))
        self.pipe.stdin.flush()
        for _ in lines:
            reply = self.pipe.stdout.readline()
            yield reply.strip() if reply.startswith("error:") else json.loads(reply)

    @cached_property
    def categories(self) -> dict[str, frozenset[str]]:
        """What ``ACL CAT`` and ``ACL CAT name`` print."""
        [names] = self.ask(["ACL", "CAT"])
        members = self.ask(*(["ACL", "CAT", name] for name in names))
        return {name: frozenset(found) for name, found in zip(names, members, strict=True)}

    @cached_property
    def whole_commands(self) -> dict[str, list[str]]:
        """Commands as ``ACL DRYRUN`` takes them, with as many arguments as they need at least.

        Without those that need no permission, and without containers, which are not commands
        but for their subcommands.
        """
        commands = sorted({c for members in self.categories.values() for c in members})
        containers = {c.partition("|")[0] for c in commands if "|" in c}
        [infos] = self.ask(["COMMAND", "INFO", *commands])
        return {
            command: words + ["x"] * (abs(info[1]) - len(words))
            for command, info in zip(commands, infos, strict=True)
            if "no_auth" not in info[2] and command not in containers
            for words in [command.split("|")]
        }

    @cached_property
    def version(self) -> tuple[int, ...]:
        """The server's version; from 7.2 on, rules are printed back as they were given."""
        [hello] = self.ask(["HELLO"])
        return tuple(map(int, hello["version"].split(".")))


def _quoted(word: str) -> str:
    """A word as redis-cli reads it from its input: every byte escaped that could mean more."""
    harmless = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:@+|*~&#% ")
    escaped = (chr(b) if b in harmless else f"\\x{b:02x}" for b in word.encode())
    return f'"{"".join(escaped)}"'


@pytest.fixture(scope="session", params=[*SOCKETS, *USUAL])
def redis(request: pytest.FixtureRequest) -> Iterator[Redis]:
    """Each server in turn."""
    offered = _at_socket if request.param in SOCKETS else _of_an_image
    with offered(request.param) as command, _asked_through(command) as pipe:
        yield Redis(request.param, command, pipe)


@contextmanager
def _asked_through(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A running redis-cli, of a server that answers."""
    deadline = time.monotonic() + READY_WITHIN
    while "PONG" not in subprocess.run([*command, "PING"], capture_output=True, text=True).stdout:
        assert time.monotonic() < deadline, f"no answer within {READY_WITHIN} s: {command}"
        time.sleep(0.05)
    with subprocess.Popen(
        [*command, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as pipe:
        yield pipe  # leaving closes its input, and with that it ends


@contextmanager
def _at_socket(path: str) -> Iterator[list[str]]:
    yield [paths(USUAL[0])[1], "-s", path]


@contextmanager
def _of_an_image(name: str) -> Iterator[list[str]]:
    with _running(*paths(name)) as command:
        yield command


@contextmanager
def _running(server: str, cli: str) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as directory:
        socket = str(Path(directory, "redis.sock"))
        options = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory]
        with subprocess.Popen([server, *options], stdout=subprocess.DEVNULL) as process:
            try:
                yield [cli, "-s", socket]
            finally:
                process.terminate()


@pytest.fixture(params=_EACH)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the lab's servers for `reached`; the others, in the commits before and after."""
    monkeypatch.setattr(KIND, "name", request.param)
