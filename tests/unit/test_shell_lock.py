"""The lock, with real processes: who has it, for how long, and what becomes of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hosts import HOSTILE, Host, in_directory

from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.locking import Held, Taken, answer
from pyinfra_runbooks.settings import Stack
from pyinfra_runbooks.shell import audit, lock
from pyinfra_runbooks.shell.lock import Owner

ANN = Owner("a1a1a1a1a1a1", "ann@desk", "runbooks/redis.py")
BOB = Owner("b2b2b2b2b2b2", "bob@desk", "runbooks/network.py")
CID = Owner("c3c3c3c3c3c3", "cid@desk", "runbooks/api.py")


def take(host: Host, stack: Stack, owner: Owner) -> Taken | Held | Unknown:
    """As a run that is this test would."""
    return answer(host.run(lock.take(stack, owner, 0, ())).out.splitlines())


def holder(host: Host, stack: Stack) -> Held | Taken | Unknown:
    return answer(host.run(lock.holder(stack)).out.splitlines())


@pytest.fixture
def stack(any_host: Host) -> Iterator[Stack]:
    """A stack that nobody holds behind the test."""
    directory = any_host.place / "it's a $(touch canary)"
    directory.mkdir()
    found = in_directory(directory)
    yield found
    any_host.run(lock.unlock(found))


@contextmanager
def at_work(run: str) -> Iterator[None]:
    """A command of a run, as `shell.audit` marks it."""
    with subprocess.Popen(["sh", "-c", f"run={run}\nread -r end; :"], stdin=subprocess.PIPE) as it:
        yield
        it.communicate(b"\n")


def ended_session(host: Host, stack: Stack, owner: Owner) -> None:
    """Somebody takes the lock, in a session that is over at once."""
    call = [*host.shell, "-c", lock.take(stack, owner, 0, ())]
    session = f"import subprocess; subprocess.run({call!r}, check=True)"
    said = subprocess.run([sys.executable, "-c", session], capture_output=True, check=True)
    assert said.stdout == b"taken\n"


def test_one_at_a_time(any_host: Host, stack: Stack) -> None:
    assert take(any_host, stack, ANN) == Taken()
    held = take(any_host, stack, BOB)
    assert isinstance(held, Held)
    assert (held.who, held.runbook) == ("ann@desk", "runbooks/redis.py")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(held.since)) < timedelta(minutes=1)
    assert holder(any_host, stack) == held
    assert not any_host.canary


def test_the_same_run_takes_it_anew(any_host: Host, stack: Stack) -> None:
    """Before its time is up."""
    assert take(any_host, stack, ANN) == Taken()
    assert take(any_host, stack, ANN) == Taken()
    assert isinstance(take(any_host, stack, BOB), Held)


def test_another_stack_has_another_lock(any_host: Host, stack: Stack) -> None:
    other = any_host.place / "other"
    other.mkdir()
    assert take(any_host, stack, ANN) == Taken()
    assert take(any_host, in_directory(other), BOB) == Taken()
    any_host.run(lock.unlock(in_directory(other)))


def test_a_session_that_is_gone_blocks_nobody(any_host: Host, stack: Stack) -> None:
    ended_session(any_host, stack, ANN)
    assert take(any_host, stack, BOB) == Taken()


def test_the_last_command_of_a_session_that_is_gone_is_waited_for(
    any_host: Host, stack: Stack
) -> None:
    """A swap of Redis outlives its connection; nobody may change the stack meanwhile."""
    with at_work(ANN.run):
        ended_session(any_host, stack, ANN)
        script = lock.take(stack, BOB, 0, ())
        with subprocess.Popen([*any_host.shell, "-c", script], stdout=subprocess.PIPE) as waiting:
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(1)
            held = holder(any_host, stack)
            assert isinstance(held, Held)
            assert held.who == "ann@desk"
            unlocked = any_host.run(lock.unlock(stack))
            assert unlocked.code == 1
            assert "a command of ann@desk is at work" in unlocked.err
            waiting.kill()  # what is left of it may get the lock, and must not keep it
    assert take(any_host, stack, CID) == Taken()


def test_unlock(any_host: Host, stack: Stack) -> None:
    assert "nobody" in any_host.run(lock.unlock(stack)).err
    assert take(any_host, stack, ANN) == Taken()
    done = any_host.run(lock.unlock(stack))
    assert (done.code, done.err) == (0, "")
    assert take(any_host, stack, BOB) == Taken()


def test_a_directory_that_is_not_there(any_host: Host) -> None:
    said = take(any_host, in_directory(any_host.place / "nowhere"), ANN)
    assert isinstance(said, Unknown)
    assert "nowhere" in said.reason


@pytest.mark.parametrize("name", [*HOSTILE, "", "two\nlines\tand a tab", "x" * 4096])
def test_any_name_may_hold_it(host: Host, name: str) -> None:
    stack = in_directory(host.place)
    try:
        assert take(host, stack, Owner(ANN.run, name, name)) == Taken()
        held = holder(host, stack)
        assert isinstance(held, Held)
        assert held.who == (" ".join(name.split())[:200] or "-")
        assert not host.canary
    finally:
        host.run(lock.unlock(stack))


def test_what_happened_since_the_look(host: Host) -> None:
    """Of the stack's own containers; what a look does itself is nothing."""
    ours, other = "a" * 64, "b" * 64
    events = [
        f"container start\t{ours}\t\tshop-cache-1",
        f"container start\t{other}\t\telsewhere",
        f"network connect\t{'c' * 64}\t{ours}\tshop_back",
        f"network connect\t{'c' * 64}\t{other}\tshop_back",
    ]
    host.answer("docker-events", "".join(f"{event}\n" for event in events))
    stack = in_directory(host.place)
    try:
        done = host.run(lock.take(stack, ANN, 1_700_000_000, (ours,)))
        moved = ("container start shop-cache-1", "network connect shop_back")
        assert answer(done.out.splitlines()) == Taken(moved)
        (asked,) = done.of("docker", "events")
        assert asked[1:3] == ["--since", "1700000000.000000"]
        wanted = {word for word in asked if word.startswith("event=")}
        assert wanted >= {"event=start", "event=die", "event=connect", "event=disconnect"}
        assert not any("exec" in word or "health" in word for word in wanted)
    finally:
        host.run(lock.unlock(stack))


def test_a_changing_command_is_known_by_its_first_line(host: Host) -> None:
    script = audit.audited(in_directory(host.place), ANN.run, "", "true")
    assert script.splitlines()[0] == f"run={ANN.run}"
