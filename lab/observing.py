"""What a rehearsal sees of a host: outages, what changed, which processes are still the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from shlex import quote
from typing import Any

from .faults.model import DISRUPTIONS, Disruption
from .hosts import API, DIRECTORY, REDIS, Host, asking_health


@dataclass
class Outage:
    """How long the API gave no good answer.

    + seconds: the sum
    """

    seconds: float = 0.0


_POLL = "/run/lab-poll"
_POLLING = f"""while [ -e {_POLL}/on ]; do
    case $({asking_health(2)}) in
        *'"status":"ok","redis_connection":"ok"'*) state=1 ;;
        *) state=0 ;;
    esac
    echo "$(date +%s.%N) $state" >>{_POLL}/seen
    sleep 0.25
done"""


@contextmanager
def polled(host: Host) -> Iterator[Outage]:
    """Ask the API four times a second, on the host itself, as a monitor would."""
    api = Outage()
    host.run(f"rm -rf {_POLL} && mkdir {_POLL} && touch {_POLL}/on")
    host.run(f"setsid sh -c {quote(_POLLING)} >/dev/null 2>&1 </dev/null &")
    try:
        yield api
    finally:
        seen = host.run(f"rm -f {_POLL}/on; cat {_POLL}/seen; date +%s.%N")
        api.seconds = outage(seen)


def outage(seen: str) -> float:
    """Each answer counts until the next one came."""
    rows = [line.split() for line in seen.splitlines()]
    times = [float(row[0]) for row in rows]
    pairs = zip(rows[:-1], times[:-1], times[1:], strict=True)
    return sum(until - since for row, since, until in pairs if row[1:] == ["0"])


def snapshot(host: Host, *directories: str) -> dict[str, Any]:
    """Everything that a run which changes nothing must leave as it is.

    Containers by their ids, starts, networks and mounts; networks; volumes; images with their
    tags; and all files of the project, of home directories and of /tmp by inode, owner, mode and
    hash, but for the records of clients.

    + directories: others, whose files count, too
    """
    docker = host.docker()
    return {
        "containers": {c.name: _container(c.attrs) for c in host.containers()},
        "networks": {n.name: n.id for n in docker.networks.list()},
        "volumes": sorted(v.name for v in docker.volumes.list()),
        "images": {i.id: sorted(i.tags) for i in docker.images.list()},
        "files": _but_records(files(host, DIRECTORY, _TMP, "/home", "/root", *directories)),
        "beside files": _listed(host, rf"find {DIRECTORY} {_TMP} ! -type f {_PLACE}\n'"),
    }


def _but_records(found: dict[str, str]) -> dict[str, str]:
    """Without what a healthy look leaves of a Redis' clients, which is nothing of the stack's."""
    return {path: what for path, what in found.items() if "/pyinfra-runbooks/clients/" not in path}


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs between two snapshots, each thing by its own name; empty: nothing does."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in {*before, *after}:
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            found |= {f"{name} {key}": what for key, what in changes(old, new).items()}
        elif old != new:
            found[name] = (old, new)
    return found


_TMP = "/tmp"  # noqa: S108 - the hosts'
_PLACE = r"-printf '%p\t%y %i %U:%G %m"


def files(host: Host, *directories: str) -> dict[str, str]:
    """Every file below some directories: inode, owner, mode, time, and a hash of what is in it."""
    where = " ".join(map(quote, directories))
    return _listed(
        host,
        rf"find {where} -type f {_PLACE} %T@\n';"
        f" find {where} -type f -print0 | xargs -0 -r sha256sum |"
        r" sed -E 's/^(\w+)  (.*)/\2\t\1/'",
    )


def _listed(host: Host, script: str) -> dict[str, str]:
    """By the path, what a script tells of it."""
    found: dict[str, str] = {}
    for path, tab, what in (x.partition("\t") for x in host.run(script, check=False).splitlines()):
        if tab and "/runc-process" not in path:  # of a `docker exec` that is just starting
            found[path] = f"{found.get(path, '')} {what}"
    return found


def _container(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": attributes["Id"],
        "image": attributes["Image"],
        # A container in a restart loop starts by itself, all the time.
        "started": None if loops(attributes) else attributes["State"]["StartedAt"],
        "status": "loops" if loops(attributes) else attributes["State"]["Status"],
        "networks": {
            name: (_aliases(e), e["NetworkID"], e["IPAMConfig"])
            for name, e in attributes["NetworkSettings"]["Networks"].items()
        },
        "mounts": sorted((m["Source"], m["Destination"]) for m in attributes["Mounts"]),
    }


def _aliases(endpoint: dict[str, Any]) -> list[str]:
    """The names that it was given; Docker adds the container's short id."""
    return sorted(a for a in endpoint["Aliases"] or () if not re.fullmatch(r"[0-9a-f]{12}", a))


def loops(attributes: dict[str, Any]) -> bool:
    """Whether a container starts again and again."""
    return bool(attributes["State"]["Restarting"] or attributes["RestartCount"])


def processes(host: Host) -> dict[str, tuple[str, str]]:
    """Of Redis and API, where they run: which container, and since when."""
    found = {c.name: c.attrs for c in host.containers()}
    return {
        name: (found[name]["Id"], found[name]["State"]["StartedAt"])
        for name in (REDIS, API)
        if name in found and found[name]["State"]["Status"] == "running"
    }


def most_noticed(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]
) -> tuple[Disruption, str]:
    """What became of the containers that ran, and which one."""
    worst: tuple[Disruption, str] = ("none", "")
    for name, (container, since) in before.items():
        now = after.get(name, ("", ""))
        if now[0] != container:
            seen: Disruption = "recreate"
        else:
            seen = "none" if now[1] == since else "restart"
        worst = max(worst, (seen, name), key=lambda it: DISRUPTIONS.index(it[0]))
    return worst
