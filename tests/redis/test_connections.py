"""Who is connected to a server, and whom it refused: what a look makes of it is what was done."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.packs.redis import replies
from pyinfra_runbooks.packs.redis.connections import Connections, Refused
from pyinfra_runbooks.packs.redis.server import Server

if TYPE_CHECKING:
    from tests.redis.conftest import Redis

LOOKER, CLERK, PASSWORD = "looker", "clerk", "a password"
WORKER, STRANGER, OWN = "127.0.0.3", "127.0.0.4", "127.0.0.1"
Says = Callable[..., list[str]]


@pytest.fixture
def says(redis: Redis) -> Iterator[Says]:
    """Opens a connection from an address, and says something over it; returns the answers."""
    for user, rules in ((LOOKER, "+@all"), (CLERK, "-@all +client")):
        redis.ask(["ACL", "SETUSER", user, "reset", "on", f">{PASSWORD}", "~*", *rules.split()])
    redis.ask(["ACL", "LOG", "RESET"], ["CONFIG", "RESETSTAT"])
    with socket.socket() as free:
        free.bind((OWN, 0))
        port = free.getsockname()[1]
    redis.ask(["CONFIG", "SET", "port", str(port)], ["CONFIG", "SET", "protected-mode", "no"])
    with ExitStack() as open_until_then:

        def say(address: str, *commands: str) -> list[str]:
            there = socket.create_connection((OWN, port), 5, (address, 0))
            open_until_then.enter_context(there)
            there.sendall("".join(f"{command}\r\n" for command in commands).encode())
            there.settimeout(0.3)
            try:
                return there.recv(65536).decode().splitlines()
            except TimeoutError:
                return []

        yield say
    redis.ask(["CONFIG", "SET", "port", "0"], ["CONFIG", "SET", "protected-mode", "yes"])
    redis.ask(["ACL", "DELUSER", LOOKER, CLERK], ["FLUSHALL"])


def looked_at(redis: Redis, user: str = LOOKER) -> Server:
    """As a look asks it, and counts on the host."""
    lines = f'RESET\nPING\nAUTH {user} "{PASSWORD}"\n{replies.questions([user], False)}'
    command = [*redis.command, "-2", "--json"]
    said = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    awk = ["awk", shell.text("connections.awk")]
    told = subprocess.run(awk, input=said, capture_output=True, text=True, check=True).stdout
    return replies.answers(told.splitlines(), [user], False)


def of(seen: Server, address: str) -> Connections | None:
    assert not isinstance(seen.connected, Unknown), seen.connected
    return next((one for one in seen.connected if one.address == address), None)


def test_a_worker_waits_on_its_queue(redis: Redis, says: Says) -> None:
    before = looked_at(redis).taken
    assert before == 0
    assert says(WORKER, "CLIENT SETNAME hunter2", "BRPOP queue 0") == ["+OK"]
    says(WORKER, "PING")
    seen = looked_at(redis)
    assert seen.taken in (0, 1)  # Redis 7.0 counts who waits, later ones who has waited.
    worker = of(seen, WORKER)
    assert worker is not None
    assert (worker.local, worker.count, worker.taking, worker.default) == (OWN, 2, 1, 2)
    assert worker.commands == {"brpop", "ping"}
    assert "hunter2" not in repr(seen)


def test_what_was_taken_is_counted(redis: Redis, says: Says) -> None:
    redis.ask(["LPUSH", "queue", "job"])
    assert says(WORKER, "BRPOP queue 0")[-1] == "job"
    says(WORKER, "BZPOPMIN other 0.01")
    assert looked_at(redis).taken == 2


def test_one_that_does_not_listen_again(redis: Redis, says: Says) -> None:
    says(WORKER, "PING")
    seen = looked_at(redis)
    worker = of(seen, WORKER)
    assert worker is not None
    assert (worker.taking, worker.keeps_alive, seen.taken) == (0, True, 0)


def test_who_was_refused(redis: Redis, says: Says) -> None:
    assert looked_at(redis).turned_away == ()
    for _ in range(2):
        (answer,) = says(STRANGER, f'AUTH {CLERK} "hunter2\\",\\"client-info\\""')
        assert answer.startswith("-WRONGPASS")
    assert says(WORKER, f'AUTH {CLERK} "{PASSWORD}"', "SET hunter3 1")[1][:7] == "-NOPERM"
    seen = looked_at(redis)
    assert not isinstance(seen.turned_away, Unknown)
    assert {(r.address, r.reason, r.count) for r in seen.turned_away} == {
        (STRANGER, "auth", 2),
        (WORKER, "command", 1),
    }
    assert all(isinstance(r, Refused) and r.ago < 60 for r in seen.turned_away)
    assert (seen.errors("WRONGPASS"), seen.errors("NOPERM")) == (2, 1)
    assert "hunter" not in repr(seen)


def test_who_may_not_ask_is_not_told_that_nobody_is_there(redis: Redis, says: Says) -> None:
    redis.ask(["ACL", "SETUSER", CLERK, "-@all", "+info", "+echo", "+ping", "+acl|getuser"])
    says(WORKER, "PING")
    seen = looked_at(redis, CLERK)
    for unknown in (seen.connected, seen.turned_away):
        assert isinstance(unknown, Unknown)
        assert "NOPERM" in unknown.reason
