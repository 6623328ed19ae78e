"""A client that writes to a host's Redis all the time, and counts what it was acknowledged.

Every other write is a transaction, as clients make one of a pipeline without being asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from shlex import quote

from . import redis
from .aside import WRITING
from .console import wait_until
from .hosts import DIRECTORY, PROJECT, Host

_KEY = "written"
# In a container that no fault touches: it has a client of Redis, and meets it by its name.
_CONTAINER = f"{PROJECT}-qdrant-1"
# The password comes over stdin, whose end is the writer's, too.
_WRITER = f"""
import itertools, os, sys, threading, time, redis

password = sys.stdin.readline().strip()

def end():
    sys.stdin.read()
    os._exit(0)

threading.Thread(target=end, daemon=True).start()
server = redis.Redis(host="redis", username="lwe-app", password=password, socket_timeout=2)
server.delete("{_KEY}")
for number in itertools.count():
    try:
        with server.pipeline(transaction=number % 2 == 0) as pipe:
            pipe.sadd("{_KEY}", number).set("{_KEY}:last", number).execute()
    except redis.RedisError:
        time.sleep(0.05)
    else:
        print(number, flush=True)
        time.sleep(0.005)
"""


@dataclass
class Writes:
    """What was acknowledged."""

    acknowledged: set[str] = field(default_factory=set)

    def lost(self, host: Host) -> int:
        """How many of those the host's Redis does not hold now."""
        if not self.acknowledged:
            return 0
        return len(self.acknowledged - {*redis.ask(host, f"SMEMBERS {_KEY}").split()})


@contextmanager
def written(host: Host) -> Iterator[Writes]:
    """Writes from the beginning to the end, as lwe-app."""
    writes = Writes()
    host.run(
        f"""rm -rf {WRITING} && mkdir {WRITING} && cd {WRITING} && touch on acknowledged
        setsid sh -c {quote(_feeding())} >acknowledged 2>said </dev/null &"""
    )
    wait_until(lambda: _acknowledged(host), f"a write to Redis of {host.name}", timeout=20)
    try:
        yield writes
    finally:
        host.run(
            f"rm {WRITING}/on; timeout 10 sh -c 'until [ -e {WRITING}/over ]; do sleep 0.1; done'"
        )
        writes.acknowledged = _acknowledged(host)


def _feeding() -> str:
    return f"""{{
        cat {DIRECTORY}/secrets/redis_password.txt
        while [ -e {WRITING}/on ]; do sleep 0.1; done
    }} | docker exec -i {_CONTAINER} python3 -c {quote(_WRITER)}
    touch {WRITING}/over"""


def _acknowledged(host: Host) -> set[str]:
    return {*host.run(f"cat {WRITING}/acknowledged").split()}
