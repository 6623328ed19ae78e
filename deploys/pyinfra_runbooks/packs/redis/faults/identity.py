"""Faults of identity: containers that say of themselves what they are not.

They note all that they are sent, in a file of the host: there it shows as a change, and as a
password where one was among it.
"""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

from lab.aside import HEARD
from lab.faults.model import PROCESS, Fault, Refused, touching
from lab.hosts import DIRECTORY, PROJECT, REDIS, Host
from lab.project import compose
from lab.versions import PYTHON

CLAIMANT, FORGER = "lab-claimant", "lab-forger"

_LABEL = "com.docker.compose"
_CLAIM = {f"{_LABEL}.project": PROJECT, f"{_LABEL}.service": "redis"}
_EAR = """#!/bin/bash
{ echo "$0 $*"; /bin/cat; } >>/heard/said
"""


def _listener(name: str, labels: Mapping[str, str]) -> str:
    """A script that starts a container whose shell, and whatever else may be called, listens."""
    options = " ".join(f"--label {quote(f'{key}={value}')}" for key, value in labels.items())
    return f"""set -eu
        mkdir -p {HEARD}
        touch {HEARD}/said
        printf %s {quote(_EAR)} >{HEARD}/ear
        chmod 755 {HEARD}/ear
        docker create --name {name} {options} --volume {HEARD}:/heard \
            --entrypoint sleep {PYTHON.name} infinity
        for program in sh cat stat redis-cli valkey-cli redis-server valkey-server; do
            docker cp {HEARD}/ear {name}:/usr/local/bin/$program >/dev/null
        done
        docker start {name}"""


def _recreate_redis(host: Host) -> None:
    """Then it is the younger one: what is listed last is the oldest."""
    compose(host, "up --detach --no-deps --force-recreate --timeout 30 redis")


def _claimed(host: Host) -> None:
    host.run(_listener(CLAIMANT, _CLAIM))
    _recreate_redis(host)


def _forged(host: Host) -> None:
    """Docker prints labels as they are: a newline and tabs make a row of their own of one."""
    host.run(_listener(CLAIMANT, {}))
    claimant = host.docker().containers.get(CLAIMANT).id
    row = (
        *(claimant, PROJECT, "redis", "False", "running", host.redis.name),
        *(DIRECTORY, f"{DIRECTORY}/docker-compose.yml", ""),
    )
    forged = {f"{_LABEL}.project.environment_file": "\n" + "\t".join(row)}
    host.run(_listener(FORGER, _CLAIM | forged))
    _recreate_redis(host)


def _half_made(host: Host) -> None:
    """As Compose leaves it, when it is killed after it stopped the former one."""
    there = host.docker().containers.get(REDIS)
    labels = " ".join(f"--label {quote(f'{key}={value}')}" for key, value in there.labels.items())
    host.run(f"""set -eu
        docker create --name {there.id[:12]}_{REDIS} {labels} {host.redis.name}
        docker stop --time 30 {REDIS}""")


def _both(name: str) -> Refused:
    """It names both, and does not side with the stranger."""
    return Refused(f"{REDIS}.*{name}|{name}.*{REDIS}", never=f"network disconnect .*{REDIS}")


FAULTS = (
    Fault(
        "redis-claimed",
        f"starts {CLAIMANT}, which has the labels of the stack's Redis, and recreates that one",
        "API ok; who goes by labels alone tells the passwords to a stranger",
        "it finds Redis by its name on the network",
        _claimed,
        _both(CLAIMANT),
        touching(*PROCESS, "redis-container", "stranger"),
        stage=0,
    ),
    Fault(
        "redis-forged",
        f"starts {FORGER} with a label that looks like a row of a table about {CLAIMANT}",
        "API ok; who reads that table tells the passwords to a stranger",
        "it finds Redis by its name on the network",
        _forged,
        _both(FORGER),
        touching(*PROCESS, "redis-container", "stranger"),
        stage=0,
    ),
    Fault(
        "redis-half-made",
        "leaves Redis as a Compose that is killed while it recreates it: stopped, beside a new one",
        "API degraded; two containers have Redis' labels, and one of them never ran",
        None,
        _half_made,
        Refused(rf"docker rm [0-9a-f]{{12}}_{REDIS}"),
        touching(*PROCESS, "redis-container"),
        stage=0,
    ),
)
