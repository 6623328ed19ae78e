"""A host with a whole stack of stand-ins, and what the fact makes of a look at it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hosts import Host, in_directory

from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.settings import Stack

PASSWORD = b"a password\n"
INSIDE = "u 999 999 999\nr\nCould not connect to Redis\n"


def understood(stack: Stack, printed: str) -> Look | Unknown:
    """What the fact makes of what a host printed."""
    fact = StackLook()
    fact.command(stack=stack)
    return fact.process(printed.splitlines())


def prepare(host: Host, directory: Path, since: str = "2026-01-31T23:59:59.123456789Z") -> Stack:
    """A stack whose API was started at some time, with a password file that it mounts."""
    (directory / "keys").mkdir(parents=True)
    (directory / "keys" / "cache.txt").write_bytes(PASSWORD)
    host.stack(str(directory), "cache", "web")
    config = {"name": "shop", "services": {"cache": {"environment": {"PASSWORD": "hunter2"}}}}
    host.answer("docker-compose-json", json.dumps(config, indent=2))
    host.answer("docker-exec", INSIDE)
    host.answer("curl--sS", '{"status":"ok"}\n200 0.015')
    host.inspected(
        f'"{directory}/keys/cache.txt"\n'
        f"@{1:064x}\t127.0.0.1 \t1\t6379/tcp \n+{1:064x}\t1\t{since}\t0001-01-01T00:00:00Z\n"
        f"@{2:064x}\t127.0.0.1 \t1\t8000/tcp \n"
        f"+{2:064x}\t{os.getpid()}\t{since}\t0001-01-01T00:00:00Z"
        f'\t"{directory}/keys/cache.txt"\n',
    )
    return in_directory(directory)
