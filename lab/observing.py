"""What a rehearsal sees of a host: outages, what changed, which processes are still the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from shlex import quote
from typing import Any

from .faults.model import DISRUPTIONS, Disruption
from .hosts import API, DIRECTORY, REDIS, Host


@dataclass
class Outage:
    """How long the API did not answer well.

    + seconds: the sum
    """

    seconds: float = 0.0


_POLL = "/run/lab-poll"
_CURL = (
    "curl --silent --max-time 2 --resolve aiwfe.com:443:127.0.0.1"
    f" --cacert {DIRECTORY}/certs/ca.pem https://aiwfe.com/api/v1/health"
)
_POLLING = f"""while [ -e {_POLL}/on ]; do
    case $({_CURL}) in
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


def fingerprint(host: Host) -> dict[str, str]:
    """Everything that a run without a change leaves as it is, by name.

    A container in a restart loop starts by itself, all the time.
    """
    state = (
        "{{.Name}}\t{{.Id}} {{.Image}} {{if or .RestartCount .State.Restarting}}loops"
        "{{else}}{{.State.Status}} {{.State.StartedAt}}{{end}}"
        "{{range $name, $it := .NetworkSettings.Networks}} {{$name}}:{{$it.NetworkID}}{{end}}"
        "{{range .Mounts}} {{.Source}}{{end}}"
    )
    told = host.run(
        f"""docker inspect --format '{state}' $(docker ps --all --quiet --no-trunc)
        docker network ls --no-trunc --format 'network {{{{.Name}}}}\t{{{{.ID}}}}'
        docker volume ls --format 'volume {{{{.Name}}}}\t'
        docker images --no-trunc --format '{{{{.Repository}}}}:{{{{.Tag}}}}\t{{{{.ID}}}}'
        find {DIRECTORY} /tmp -printf '%p\t%y %i %U:%G %m\\n'
        find {DIRECTORY} /tmp -type f -exec sha256sum {{}} + |
            awk '{{ hash = $1; sub(/^[^ ]+  /, ""); print "content of " $0 "\t" hash }}'""",
        check=False,
    )
    rows = (line.partition("\t") for line in told.splitlines())
    # Docker lists mounts in any order; the rest is a file of a `docker exec` that is just starting.
    return {
        name: " ".join(sorted(told.split()))
        for name, tab, told in rows
        if tab and "/runc-process" not in name
    }


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The names of what differs between two fingerprints."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def processes(host: Host) -> dict[str, tuple[str, str]]:
    """Of Redis and API, where they run: which container, and since when."""
    found: dict[str, Any] = {
        c.name: c.attrs for c in host.docker().containers.list(ignore_removed=True)
    }
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
