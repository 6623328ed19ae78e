"""The lock, with real processes: who has it, for how long, and what becomes of it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from engines import users_host
from hosts import HOSTILE, Done, Host, in_directory
from prepared import target

from pyinfra_runbooks.core.locking import Held, Taken, answer
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.shell import LOCKS, audit, lock, text
from pyinfra_runbooks.engine.shell.lock import Owner
from pyinfra_runbooks.facts.stack import HostFound
from pyinfra_runbooks.settings import Stack, Timeouts

NOBODY = 65534

ANN = Owner("a1a1a1a1a1a1", "ann@desk", "runbooks/redis.py")
BOB = Owner("b2b2b2b2b2b2", "bob@desk", "runbooks/network.py")
CID = Owner("c3c3c3c3c3c3", "cid@desk", "runbooks/api.py")


SEEN = sha256(b"").hexdigest()
"""The state of a host without containers."""


def here(host: Host, script: str) -> str:
    """The same script, with the locks in the host's own place."""
    assert LOCKS in script
    return script.replace(LOCKS, str(host.place / "locks"))


def taking(host: Host, stack: Stack, owner: Owner, seen: str = SEEN) -> str:
    return here(host, lock.take(stack, owner, Found(state=seen)))


def take(host: Host, stack: Stack, owner: Owner) -> Taken | Held | Unknown:
    """As a run that is this test would."""
    return answer(host.run(taking(host, stack, owner)).out.splitlines())


def holder(host: Host, stack: Stack) -> Held | Taken | Unknown:
    return answer(host.run(here(host, lock.holder(stack))).out.splitlines())


def unlock(host: Host, stack: Stack) -> Done:
    return host.run(here(host, lock.unlock(stack)))


@pytest.fixture
def stack(any_host: Host) -> Iterator[Stack]:
    """A stack that nobody holds after the test."""
    directory = any_host.place / "it's a $(touch canary)"
    directory.mkdir()
    found = in_directory(directory)
    yield found
    unlock(any_host, found)


@contextmanager
def at_work(run: str) -> Iterator[None]:
    """A command of a run, as `shell.audit` marks it."""
    with subprocess.Popen(["sh", "-c", f"run={run}\nread -r end; :"], stdin=subprocess.PIPE) as it:
        yield
        it.communicate(b"\n")


def ended_session(host: Host, stack: Stack, owner: Owner) -> None:
    """The lock is taken, in a session that is over at once."""
    call = [*host.shell, "-c", taking(host, stack, owner)]
    session = f"import subprocess; subprocess.run({call!r}, check=True)"
    said = subprocess.run([sys.executable, "-c", session], capture_output=True, check=True)
    assert said.stdout.startswith(b"taken\n")


def test_one_at_a_time(any_host: Host, stack: Stack) -> None:
    assert take(any_host, stack, ANN) == Taken()
    held = take(any_host, stack, BOB)
    assert isinstance(held, Held)
    assert (held.who, held.runbook) == ("ann@desk", "runbooks/redis.py")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(held.since)) < timedelta(minutes=1)
    assert holder(any_host, stack) == held
    assert not any_host.canary


def test_the_same_run_takes_it_again(any_host: Host, stack: Stack) -> None:
    """Before its time is up."""
    assert take(any_host, stack, ANN) == Taken()
    assert take(any_host, stack, ANN) == Taken()
    assert isinstance(take(any_host, stack, BOB), Held)


def test_another_stack_has_another_lock(any_host: Host, stack: Stack) -> None:
    other = any_host.place / "other"
    other.mkdir()
    assert take(any_host, stack, ANN) == Taken()
    assert take(any_host, in_directory(other), BOB) == Taken()
    unlock(any_host, in_directory(other))


def test_a_session_that_is_gone_blocks_nobody(any_host: Host, stack: Stack) -> None:
    ended_session(any_host, stack, ANN)
    assert take(any_host, stack, BOB) == Taken()


def test_the_last_command_of_a_session_that_is_gone_is_waited_for(
    any_host: Host, stack: Stack
) -> None:
    """A swap of Redis outlives its connection; nobody may change the stack meanwhile."""
    with at_work(ANN.run):
        ended_session(any_host, stack, ANN)
        script = taking(any_host, stack, BOB)
        with subprocess.Popen([*any_host.shell, "-c", script], stdout=subprocess.PIPE) as waiting:
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(1)
            held = holder(any_host, stack)
            assert isinstance(held, Held)
            assert held.who == "ann@desk"
            unlocked = unlock(any_host, stack)
            assert unlocked.code == 1
            assert "a command of ann@desk is at work" in unlocked.err
            waiting.kill()  # what is left of it may get the lock, and must not keep it
    assert take(any_host, stack, CID) == Taken()


def test_unlock(any_host: Host, stack: Stack) -> None:
    assert "no process" in unlock(any_host, stack).err
    assert take(any_host, stack, ANN) == Taken()
    done = unlock(any_host, stack)
    assert (done.code, done.err) == (0, "")
    assert take(any_host, stack, BOB) == Taken()


def test_a_directory_that_is_not_there(any_host: Host) -> None:
    assert holder(any_host, in_directory("/nowhere")) == Unknown("the host did not answer")
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
        unlock(host, stack)


# Whether the host is as it was seen


CONTAINER = '{"id":"%s","status":"%s","mounts":[%s]}\n+%s\t1\n'


def test_what_is_as_it_was_seen_has_not_moved(any_host: Host) -> None:
    stack = in_directory(any_host.place)
    ids = "a" * 64, "b" * 64
    any_host.answer("docker-ps", "".join(f"{id_}\n" for id_ in ids))

    def state(*about: tuple[str, str]) -> str:
        shown = (CONTAINER % (n, *of, n) for n, of in zip(ids, about, strict=True))
        any_host.answer("docker-inspect", "".join(shown))
        said = any_host.run(f"{target(stack)}{text('state.sh')}container_template=x\nstate_now\n")
        return said.out.strip()

    def moved(seen: str) -> bool:
        try:
            done = any_host.run(taking(any_host, stack, ANN, seen))
        finally:
            unlock(any_host, stack)
        assert done.out.splitlines()[0] == "taken"
        return done.out.splitlines()[1:] == ["moved"]

    seen = state(("running", '{"a":1},{"b":2}'), ("exited", ""))
    assert len(seen) == 64
    assert not moved(seen)
    # The engine tells of mounts in no order.
    assert state(("running", '{"b":2},{"a":1}'), ("exited", "")) == seen
    for else_ in ("", "0" * 64):
        assert moved(else_)
    state(("exited", '{"a":1},{"b":2}'), ("exited", ""))
    assert moved(seen)


@pytest.mark.parametrize("verb", ["ps", "inspect"])
@pytest.mark.parametrize("how", ["exit 1", "exit 0"])
def test_an_engine_that_does_not_answer_has_moved(any_host: Host, verb: str, how: str) -> None:
    stack = in_directory(any_host.place)
    any_host.tool(
        "docker",
        f"""#!/bin/sh
case $1 in
    {verb}) {how} ;;
    ps) echo {"a" * 64} ;;
    inspect) echo '{{"id":"{"a" * 64}"}}' ;;
esac
""",
    )
    try:
        seen = sha256(f'{{"id":"{"a" * 64}"}}\n'.encode()).hexdigest()
        done = any_host.run(taking(any_host, stack, ANN, seen))
        assert done.out.splitlines() == ["taken", "moved"]
    finally:
        unlock(any_host, stack)


def test_a_look_and_a_lock_tell_the_same_state(any_host: Host) -> None:
    stack = in_directory(any_host.place)
    any_host.stack(str(any_host.place), "cache", "web")
    fact = HostFound()
    seen = fact.process(any_host.run(fact.command(stack=stack)).out.splitlines())
    assert isinstance(seen, Found)
    try:
        taken = any_host.run(taking(any_host, stack, ANN, seen.state))
        assert taken.out.splitlines() == ["taken"]
    finally:
        unlock(any_host, stack)


# Whose the directory of the locks is


def test_the_directory_is_for_those_alone_who_may_repair(any_host: Host, stack: Stack) -> None:
    assert take(any_host, stack, ANN) == Taken()
    locks = any_host.place / "locks"
    assert stat.S_IMODE(locks.stat().st_mode) == 0o770
    (file,) = (path for path in locks.iterdir() if path.name != "images")
    assert re.fullmatch("[0-9a-f]{64}", file.name)


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_what_was_half_made_is_finished(any_host: Host, stack: Stack, mode: int) -> None:
    """Docker makes what a mount needs; and another run may be at it."""
    locks = any_host.place / "locks"
    locks.mkdir()
    locks.chmod(mode)
    assert take(any_host, stack, ANN) == Taken()
    assert stat.S_IMODE(locks.stat().st_mode) == 0o770


@pytest.mark.parametrize("mode", [0o777, 0o774, 0o771, 0o1777])
def test_a_directory_that_is_open_to_all_is_none(any_host: Host, stack: Stack, mode: int) -> None:
    locks = any_host.place / "locks"
    locks.mkdir()
    locks.chmod(mode)
    said = take(any_host, stack, ANN)
    assert isinstance(said, Unknown)
    assert "every user of this host may write to" in said.reason


def test_a_link_is_no_directory(any_host: Host, stack: Stack) -> None:
    real = any_host.place / "real"
    real.mkdir(mode=0o770)
    (any_host.place / "locks").symlink_to(real)
    said = take(any_host, stack, ANN)
    assert isinstance(said, Unknown)
    assert "is not a directory that root owns" in said.reason
    assert [*real.iterdir()] == []


def test_a_directory_of_another_user_is_none(any_host: Host, stack: Stack) -> None:
    locks = any_host.place / "locks"
    locks.mkdir(mode=0o770)
    os.chown(locks, NOBODY, NOBODY)
    said = take(any_host, stack, ANN)
    assert isinstance(said, Unknown)
    assert "is not a directory that root owns" in said.reason


def test_one_that_can_not_be_made(any_host: Host, stack: Stack) -> None:
    (any_host.place / "file").touch()
    script = lock.take(stack, ANN, Found(state=SEEN)).replace(LOCKS, f"{any_host.place}/file/locks")
    said = answer(any_host.run(script).out.splitlines())
    assert isinstance(said, Unknown)
    assert re.search("could not be created: .*Not a directory", said.reason)


def test_who_may_use_docker_has_it_made_by_a_container(any_host: Host, stack: Stack) -> None:
    any_host.of_user(1000)
    any_host.stack(stack.compose.directory, "cache")
    any_host.answer("docker-compose-cache", "example/cache:1\n")
    any_host.answer("docker-image", "sha256:0123\n")
    done = any_host.run(
        lock.take(stack, ANN, Found(state=SEEN)).replace(LOCKS, "/run/no-such-directory")
    )
    ((*options, image, _, _, _, does, locks, group),) = done.of("docker", "run")
    assert image == "sha256:0123"
    assert "--volume=/run/no-such-directory:/run/no-such-directory" in options
    assert (does, locks) == ("make_locks", "/run/no-such-directory")
    assert group.isdecimal()
    assert "could not be created" in done.out


# Who is believed to hold it


@contextmanager
def posing(stack: Stack, *before: str) -> Iterator[None]:
    """A process with a holder's words; anybody can start such a one."""
    physical = os.path.realpath(stack.compose.directory)
    words = [physical, "r", str(os.getpid()), "0", "9", "eve", "-", "-", "-"]
    call = [*before, "sh", "-c", "read -r end; :", "pyinfra-runbooks-lock", *words]
    with subprocess.Popen(call, stdin=subprocess.PIPE, cwd=physical) as it:
        cmdline = Path(f"/proc/{it.pid}/cmdline")
        while b"\0pyinfra-runbooks-lock\0" not in cmdline.read_bytes():
            assert it.poll() is None
        yield
        it.communicate(b"\n")


def test_who_has_not_the_file_open_is_not_believed(any_host: Host, stack: Stack) -> None:
    assert take(any_host, stack, ANN) == Taken()
    unlock(any_host, stack)
    with posing(stack):
        assert holder(any_host, stack) == Unknown("the host did not answer")
        assert "no process" in unlock(any_host, stack).err
        assert take(any_host, stack, BOB) == Taken()
        held = holder(any_host, stack)
    assert isinstance(held, Held)
    assert held.who == "bob@desk"


@pytest.mark.parametrize(("uid", "believed"), [(NOBODY - 1, False), (0, True)])
def test_of_whom_one_can_not_see_what_they_have_open_root_is_believed(
    any_host: Host, uid: int, believed: bool
) -> None:
    """And who is in the group of the locks: they alone could have it."""
    with users_host(tuple(any_host.shell)) as host:
        stack = in_directory(host.place)
        (host.place / "locks").mkdir()
        with posing(stack, "setpriv", f"--reuid={uid}", "--clear-groups"):
            held = holder(host, stack)
    assert isinstance(held, Held) is believed


def test_a_lock_on_the_projects_directory_keeps_nobody_out(any_host: Host, stack: Stack) -> None:
    """Any user of the host can take that one."""
    directory = stack.compose.directory
    call = ["flock", directory, "sh", "-c", "echo held; read -r end; :"]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
        assert it.stdout
        assert it.stdout.readline() == b"held\n"
        assert take(any_host, stack, ANN) == Taken()
        it.communicate(b"\n")


# Clocks


def test_a_clock_that_jumps_frees_nothing(any_host: Host, stack: Stack) -> None:
    assert take(any_host, stack, ANN) == Taken()
    any_host.tool("date", "#!/bin/sh\necho 99999999999\n")
    held = take(any_host, stack, BOB)
    assert isinstance(held, Held)
    assert held.who == "ann@desk"


def test_it_does_not_wait_by_the_clock(any_host: Host, stack: Stack) -> None:
    """What waits for the last command of a run that is gone gives up in the end."""
    any_host.tool("date", "#!/bin/sh\necho 1\n")
    quick = replace(stack, timeouts=Timeouts(look=1))
    with at_work(ANN.run):
        ended_session(any_host, quick, ANN)
        held = take(any_host, quick, BOB)
    assert isinstance(held, Held)
    assert "whose run is gone while its last command is still at work" in held.who


def test_its_time_is_counted_and_ends(any_host: Host) -> None:
    """By its own sleeps."""
    slept = any_host.place / "slept"
    any_host.tool("sleep", f"#!/bin/sh\necho $1 >>{slept}\n")
    pid = os.getpid()
    script = f"{text('holder.sh')}set -- place none {pid} $(begun {pid}) 30\n{text('hold.sh')}"
    assert any_host.run(script).code == 0
    assert slept.read_text().split() == ["0.3"] * 100


def test_a_changing_command_is_known_by_its_first_line(host: Host) -> None:
    script = audit.audited(ANN.run, "audited true")
    assert script.splitlines()[0] == f"run={ANN.run}"
