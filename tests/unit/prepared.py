"""A host with a whole stack of stand-ins, and what the fact makes of a look at it."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from hosts import Done, Host, in_directory
from looks import healthy

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Answer, Look
from pyinfra_runbooks.engine.shell import text, values
from pyinfra_runbooks.engine.shell.packed import packed
from pyinfra_runbooks.engine.shell.stack import of
from pyinfra_runbooks.facts.stack import HostFound, StackHealth, StackLook
from pyinfra_runbooks.settings import Stack

PASSWORD = b"a password\n"
INSIDE = "u 999 999 999\nr\nCould not connect to Redis\n"


@dataclass(frozen=True)
class Looked:
    """
    A look: what was found, what was asked, and what the facts make of both.

    + asked: None where nothing was asked
    """

    found: Done
    asked: Done | None
    seen: Look | Unknown

    @property
    def both(self) -> Done:
        """What both commands did, as if they were one."""
        if self.asked is None:
            return self.found
        first, then = self.found, self.asked
        return Done(
            max(first.code, then.code),
            first.out + then.out,
            first.err + then.err,
            [*first.calls, *then.calls],
            [*first.inputs, *then.inputs],
            [*first.environments, *then.environments],
        )

    @property
    def look(self) -> Look:
        """What was seen, where it could be."""
        assert isinstance(self.seen, Look), self.seen
        return self.seen


def looked(
    host: Host,
    stack: Stack,
    cwd: Path | None = None,
    changed: Callable[[str], str] = lambda script: script,
    unattended: bool = False,
) -> Looked:
    """
    A look at a stack on a host, as the facts take it.

    + changed: what is done to both scripts before they run
    """
    find, ask = HostFound(), StackLook()
    first = host.run(changed(find.command(stack=stack, unattended=unattended)), cwd=cwd)
    found = find.process(first.out.splitlines())
    if isinstance(found, Unknown):
        return Looked(first, None, found)
    asked = unpacked(ask.command(stack=stack, found=found))
    then = host.run(packed(changed(asked)), cwd=cwd)
    return Looked(first, then, ask.process(then.out.splitlines()))


def unpacked(command: str) -> str:
    """What `packed` was given."""
    return gzip.decompress(base64.b64decode(command.split("printf %s ")[1].split()[0])).decode()


def with_containers(service: str, many: int = 1) -> Look:
    """A healthy look, of a service with so many containers, as `Host.stack` numbers them."""
    (one, *_) = healthy().members(service)
    return replace(
        healthy(), containers=tuple(replace(one, id=f"{n:064x}") for n in range(1, many + 1))
    )


def target(stack: Stack, *more: str) -> str:
    """The values of a stack, and functions that most scripts use; and those of more files."""
    common = ("common.sh", "engine.sh", "containers.sh", "redis_escape.sh", "reading.sh")
    return values(**of(stack)) + text(*common, *more)


def checked(host: Host, stack: Stack, cwd: Path | None = None) -> tuple[Done, dict[int, Answer]]:
    """The health checks alone: what they did, and what the fact makes of it."""
    found = found_on(host, stack)
    assert isinstance(found, Found)
    fact = StackHealth()
    done = host.run(fact.command(stack=stack, found=found), cwd=cwd)
    return done, fact.process(done.out.splitlines())


def found_on(host: Host, stack: Stack) -> Found | Unknown:
    """What the host runs."""
    find = HostFound()
    return find.process(host.run(find.command(stack=stack)).out.splitlines())


def prepare(host: Host, directory: Path, since: str = "2026-01-31T23:59:59.123456789Z") -> Stack:
    """A stack whose API was started at some time, with a password file that it mounts."""
    (directory / "keys").mkdir(parents=True)
    (directory / "keys" / "cache.txt").write_bytes(PASSWORD)
    host.stack(str(directory), "cache", "web")
    config = {"name": "shop", "services": {"cache": {"environment": {"PASSWORD": "hunter2"}}}}
    host.answer("docker-compose-json", json.dumps(config, indent=2))
    host.answer("docker-exec", INSIDE)
    host.answer("curl--sS", '{"status":"ok"}\n200 0.015')
    key = f"{directory}/keys/cache.txt"
    host.is_at("cache", address="127.0.0.1", ports=("6379/tcp",), created=since)
    host.is_at(
        "web",
        address="127.0.0.1",
        ports=("8000/tcp",),
        pid=os.getpid(),
        created=since,
        mounted=(key,),
    )
    host.inspected(f'"{key}"\n')
    return in_directory(directory)
