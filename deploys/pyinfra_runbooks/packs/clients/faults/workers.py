"""Faults of a worker: it is refused, connects elsewhere, or does not listen again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from textwrap import indent

from lab.faults.common import add_service, kill_clients
from lab.faults.model import Fault, Refused, Repaired, touching
from lab.hosts import DIRECTORY, PROJECT, Host
from lab.project import compose

_MEMORIES = "/var/lib/pyinfra-runbooks/clients"

# It says PING once a second when it has lost its connection, as some libraries do.
_WORKER = """\
import socket, time
first, password = b"BRPOP lab:jobs 1", open("/run/secrets/redis_password").read().strip()
while True:
    try:
        redis = socket.create_connection(("redis", 6379), 5)
        redis.sendall(b"AUTH lwe-app " + PASSWORD.encode() + b"\\r\\n")
        if not redis.recv(999).startswith(b"+OK"):
            raise OSError("refused")
        while True:
            redis.sendall(first + b"\\r\\n")
            if not redis.recv(999):
                raise OSError("lost")
            time.sleep(0.5)
    except OSError as error:
        print(error, flush=True)
        first = b"PING"
        time.sleep(1)
"""


def _service(password: str) -> str:
    """As Compose has it.

    + password: what it sends, in Python
    """
    program = indent(_WORKER.replace("PASSWORD", password), 8 * " ")
    return f"""\
  worker:
    image: lab/python:3.13
    user: "999:999"
    command:
      - python3
      - -c
      - |
{program}\
    secrets:
      - redis_password
    networks:
      - ai_workflow_engine_net
    restart: unless-stopped

"""


def _has_a_worker(host: Host, service: str) -> None:
    add_service(host, service)
    compose(host, "up --detach --no-deps worker")


def _was_healthy(host: Host) -> None:
    """What a healthy look would have left, a minute before the worker was let down."""
    form = {
        "version": 1,
        "directory": DIRECTORY,
        "project": PROJECT,
        "at": int(host.run("date +%s")) - 60,
        "clients": {"redis": {"worker": ["ttt", True, True]}},
    }
    host.run(
        f"""set -eu
        umask 022
        mkdir -p {_MEMORIES}
        name=$(printf '%s\\n%s' {DIRECTORY} {PROJECT} | sha256sum | cut -c 1-32)
        printf '%s\\n' '{json.dumps(form)}' >{_MEMORIES}/$name.json"""
    )


def _deaf(host: Host) -> None:
    _has_a_worker(host, _service("password"))
    time.sleep(2)
    _was_healthy(host)
    kill_clients(host)
    time.sleep(7)


def _refused(wrong: str) -> Callable[[Host], None]:
    def function(host: Host) -> None:
        _has_a_worker(host, _service(repr(wrong)))
        time.sleep(3)

    return function


def _gone(host: Host) -> None:
    """It runs, and looks for its Redis under a name of another place."""
    _was_healthy(host)
    service = _service("password").replace('("redis", 6379)', '("localhost", 6379)')
    _has_a_worker(host, service)
    time.sleep(65)


FAULTS = (
    Fault(
        "worker-deaf",
        "runs a worker that does not listen again, and ends all connections to Redis",
        "jobs pile up, while the worker is connected",
        "it does not use the queue",
        _deaf,
        Repaired("restart"),
        touching("compose-file", "stranger", "api"),
        stage=3,
        causes=frozenset({"client-takes-nothing"}),
    ),
    Fault(
        "worker-refused",
        "runs a worker with another password than that of Redis",
        "the worker logs that it is refused",
        "it has the right one",
        _refused("another"),
        Refused(r"worker: is refused by redis: wrong password"),
        touching("compose-file", "stranger"),
        stage=3,
        causes=frozenset({"client-refused"}),
    ),
    Fault(
        "worker-elsewhere",
        "runs a worker that looks for Redis in its own container, which was connected before",
        "the worker has no connection, and says that it is refused",
        "it looks in the right place",
        _gone,
        Refused(r"worker: has no connection to redis(.|\n)*docker restart"),
        touching("compose-file", "stranger"),
        stage=3,
        causes=frozenset({"client-not-connected"}),
    ),
)
