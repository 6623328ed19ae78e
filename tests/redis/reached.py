"""A real server as the one of a container: a stand-in for docker runs in this machine's shell."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.packs.redis import asking, replies
from pyinfra_runbooks.packs.redis.login import about_login, as_json, reached_by
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.settings import Redis, Stack
from tests.redis.unkind.ports import free_port
from tests.redis.unkind.servers import SERVERS, USUAL, programs

ID = f"{1:064x}"
PORT = free_port()
NUMBER = str(PORT)
PASSWORD = 'p "w" \\x\'y$HOME%s'
HERE = ("-p", NUMBER)

# Runs in the container what it is told to, with the container's environment; tells its arguments.
_DOCKER = r"""#!/bin/sh
case $1 in
    inspect)
        case $* in
            *'"path"'*) cat "$PLACE/inspected" ;;
            *'={{json .Args}}'*) cat "$PLACE/holds" ;;
        esac
        ;;
    exec)
        shift 2
        unset REDISCLI_AUTH
        . "$PLACE/environment"
        while [ "$1" = -e ]; do
            export "$2"
            shift 2
        done
        shift
        . "$PLACE/within"
        ;;
esac
"""


@dataclass
class Kind:
    """
    Which server there is: one of the lab's, never one that this machine happens to have.

    + name: as it is in the names of tests
    + place: where its programs are; None: where the lab keeps them
    """

    name: str
    place: Path | None = None

    @property
    def directory(self) -> Path:
        return self.place or programs(SERVERS[self.name])

    @property
    def server(self) -> str:
        return str(self.directory / SERVERS[self.name].programs[0])

    @property
    def cli(self) -> str:
        return str(self.directory / SERVERS[self.name].programs[1])


KIND = Kind(USUAL[0])


@dataclass
class Container:
    """
    A container with a Redis in it.

    + place: a directory, for what it sees
    + arguments: of the server, as `docker inspect` has them
    + path: what its arguments are given to
    + environment: its own
    + within: shell that runs what is to be run in it
    """

    place: Path
    arguments: Sequence[str]
    path: str = "docker-entrypoint.sh"
    environment: Mapping[str, str] = field(default_factory=dict)
    within: str = 'exec "$@"'

    def prepare(self) -> None:
        inspected = {
            "path": self.path,
            "args": list(self.arguments),
            "env": [f"{name}={value}" for name, value in self.environment.items()],
        }
        (self.place / "inspected").write_text(json.dumps(inspected), encoding="utf-8")
        holds = f"={json.dumps(inspected['args'])}{json.dumps(inspected['env'])}\n"
        (self.place / "holds").write_text(holds, encoding="utf-8")
        (self.place / "environment").write_text(
            "".join(f"{shell.values(**{n: v})}export {n}\n" for n, v in self.environment.items()),
            encoding="utf-8",
        )
        (self.place / "within").write_text(f"{self.within}\n", encoding="utf-8")
        docker = self.place / "docker"
        docker.write_text(_DOCKER, encoding="utf-8")
        docker.chmod(0o755)

    def said(self, redis: Redis, **values: object) -> list[str]:
        """What the look's script prints of it, and nothing of a password on stderr."""
        self.prepare()
        stack = Stack("/srv/shop", redis)
        names = [login.name for login in redis.logins]
        held = redis.held
        about: dict[str, object] = {
            "id": ID,
            "login_users": tuple(asking.login_line(login, stack) for login in redis.logins),
            "questions": replies.questions(names, False, asking.may_all(redis)).rstrip("\n"),
            "reach": asking.reach(redis),
            "look_for": "yes" if held else "",
            "variable": held.variable if held else None,
            "file": held.file if held else None,
            "patience": 30,
        }
        script = shell.script("ask_redis.sh", **{**about, **values})
        done = subprocess.run(
            ["sh", "-c", script],
            input="\n".join(asking.passwords_of(redis)) + "\n",
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": os.pathsep.join((f"{self.place}", str(KIND.directory), os.environ["PATH"])),
                "PLACE": str(self.place),
                "HOME": str(self.place),
            },
        )
        assert done.returncode == 0, done
        return done.stdout.splitlines()

    def looked_at(self, redis: Redis, **values: object) -> Server:
        """As a look reads that."""
        lines = self.said(redis, **values)
        before = lines[: lines.index("r")]
        if "theirs" in before:
            return replace(Server.of_others(), login=about_login(before), reach=reached_by(before))
        seen = replies.answers(
            as_json(lines)[len(before) + 1 :],
            [login.name for login in redis.logins],
            False,
            mounted=asking.mounted_logins(redis),
            held=redis.held is not None,
        )
        return replace(
            seen,
            login=about_login(before),
            reach=reached_by(before),
            login_sent="withheld" not in before,
        )


@contextmanager
def running(
    place: Path, *options: str, ask: Sequence[str], before: Sequence[str] = ()
) -> Iterator[None]:
    """
    A server, until it answers.

    + ask: the words by which it is reached
    + before: what stands before its command
    """
    file = place / "server.conf"
    file.write_text(_configuration([*options, "--save", "", "--dir", str(place)]), encoding="utf-8")
    words = [*before, KIND.server, str(file)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 10
            while not (said := _ping(ask)) or "Could not connect" in said:
                assert process.poll() is None, f"it ended: {words}"
                assert time.monotonic() < deadline, f"no answer: {ask}: {said}"
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def _configuration(options: Sequence[str]) -> str:
    """The same in a file: Valkey 8 takes no quotes in an argument."""
    text = ""
    for option in options:
        if option.startswith("--"):
            text += f"\n{option.removeprefix('--')}"
        else:
            text += f"{'' if text else 'include'} {replies.quoted(option)}"
    return f"{text}\n"


def _ping(ask: Sequence[str]) -> str:
    words = [KIND.cli, *ask, "PING"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=5)
    return done.stdout + done.stderr


def assert_judged(server: Server) -> None:
    """Everything that is asked was answered."""
    assert server.authenticated
    assert server.info["redis_mode"] == "standalone"
    assert server.config is not None
    assert set(server.config) == {"aclfile", "dir", "dbfilename", "save"}
    assert server.refused == ()
    assert server.login_sent
