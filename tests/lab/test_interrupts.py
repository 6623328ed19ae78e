"""A recovery that ends in the middle, wherever that is: the next run goes on at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import pytest
import seen

from lab import keyspace
from lab.console import LabError, wait_until
from lab.faults.catalogue import break_host
from lab.hosts import DIRECTORY, HOSTS, PROJECT, REDIS, SERVICES, Host
from lab.runs import INVENTORY, RECOVERY, ROOT, pyinfra
from lab.undoing import restart_engine
from lab.watching import found_in

DYING = Path(__file__).with_name("dying.py")
KILLED, NEVER = -9, 100
_LONGEST = 30  # commands that a recovery may take


def _left_behind(host: Host) -> list[str]:
    """Temporary files beside the secrets or in /tmp, copies of the data, containers, a lock."""
    services = "|".join((*SERVICES, *host.stack.validations))
    looks = (
        f"ls {DIRECTORY}/secrets | grep -vE '^(redis|postgres)_[a-z_]+[.](txt|acl|json)$'",
        "find /tmp -type f | grep -v runc-process",
        f"docker ps -a --format '{{{{.Names}}}}' | grep -vE '^{PROJECT}-({services})-1$'",
        "pgrep -fl '[p]yinfra-runbooks-lock'",
        f"docker exec {REDIS} sh -c 'ls /data | grep before-recovery'",
    )
    return host.run("; ".join(looks), check=False).splitlines()


@contextmanager
def _begun(
    host: Host, number: int, when: str, runbook: str = RECOVERY
) -> Iterator[subprocess.Popen[bytes]]:
    """A runbook that is interrupted at one of its commands; it may not show the password."""
    dying = [sys.executable, str(DYING), str(number), when, "-y", "-vvv", "--diff", INVENTORY]
    with TemporaryFile() as printed:
        with subprocess.Popen(
            [*dying, runbook, "--limit", host.name],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        ) as run:
            yield run
        printed.seek(0)
        shown = found_in(printed.read().decode(errors="replace"), host.password())
        assert shown == [], f"{runbook}: {when} at command {number}"


def _goes_on(host: Host, keys: keyspace.Keys, where: str, kept: str = "nothing") -> None:
    """The next run repairs what is left to repair, loses nothing, and leaves nothing behind.

    + kept: how the name begins of what was left on purpose, and was said to be
    """
    run = pyinfra("-y", RECOVERY, "--limit", host.name)
    assert run.rc == 0, f"{where}: {run}"
    assert host.is_healthy(), f"{where}: {run}"
    assert keyspace.read(host) == keys, f"{where}: {run}"

    def left() -> list[str]:
        return [name for name in _left_behind(host) if not name.startswith(kept)]

    with suppress(LabError):
        wait_until(lambda: not left(), "nothing to be left", 5)
    assert left() == [], where
    again = pyinfra("-y", RECOVERY, "--limit", host.name)
    assert again.changes(host.name) == [], f"{where}: {again}"


def _interrupted(
    host: Host,
    when: str,
    first: int,
    every: int,
    runbook: str = RECOVERY,
    faults: tuple[str, ...] = ("incident",),
) -> int:
    """Break, run until the Nth command, recover. Returns the first N that there was not."""
    for number in range(first, _LONGEST, every):
        keys = keyspace.seed(host)
        break_host(host, *faults)
        with _begun(host, number, when, runbook) as run:
            ended = run.wait(60)
        _goes_on(host, keys, f"{runbook}: {when} at command {number}")
        seen.healed(host)
        if ended == NEVER:
            return number
        # A look that fails is taken again, and a line of the audit is not what the run is about.
        expected = (0, 1) if when == "failed" else (KILLED,)
        assert ended in expected, f"{runbook}: {when} at command {number}"
    raise AssertionError("there is no end of commands")


@pytest.mark.parametrize(
    ("when", "every"),
    [
        (("sent", "done"), 16),
        pytest.param(("sent", "done"), 1, marks=pytest.mark.thorough),
        pytest.param(("failed", "failed"), 1, marks=pytest.mark.thorough),
    ],
)
def test_the_controller_is_interrupted_at_its_commands(
    redis7: Host, redis8: Host, when: tuple[str, str], every: int
) -> None:
    """Killed, or given an error for a command that has done its work."""
    first = (1, 1 + every // 2)
    with ThreadPoolExecutor(max_workers=2) as pool:
        ends = pool.map(_interrupted, (redis7, redis8), when, first, (every, every))
        assert all(end > 6 for end in ends)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("runbook", "faults"),
    [
        ("network", ("missing-alias",)),
        ("redis", ("secret-not-mounted",)),
        ("api", ("api-stuck",)),
        ("verify", ()),
        ("history", ()),
        ("unlock", ()),
    ],
)
def test_each_command_of_the_other_runbooks_fails(
    redis7: Host, redis8: Host, runbook: str, faults: tuple[str, ...]
) -> None:
    """Each command counts as failed after it did its work; none of them shows the password."""

    def failed(host: Host) -> int:
        return _interrupted(host, "failed", 1, 1, f"runbooks/{runbook}.py", faults)

    with ThreadPoolExecutor(max_workers=2) as pool:
        assert all(end > 1 for end in pool.map(failed, (redis7, redis8)))


def _cut(host: Host) -> None:
    """Every SSH session of the product ends."""
    host.run("pkill -KILL -u deploy sshd; pkill -KILL -u deploy sshd-session", check=False)


@pytest.mark.parametrize(
    ("host", "what"),
    [
        (HOSTS[0], _cut),
        (HOSTS[1], restart_engine),
        pytest.param(HOSTS[1], _cut, marks=pytest.mark.thorough),
        pytest.param(HOSTS[0], restart_engine, marks=pytest.mark.thorough),
    ],
    ids=["redis7-connection", "redis8-engine", "redis8-connection", "redis7-engine"],
)
def test_what_it_needs_is_gone_in_the_middle(host: Host, what: Callable[[Host], object]) -> None:
    """While Redis is being replaced: the connection is cut, or the Docker daemon restarted."""
    keys = keyspace.seed(host)
    break_host(host, "incident")
    old = host.run(f"docker inspect --format '{{{{.Id}}}}' {REDIS}").strip()
    with _begun(host, _LONGEST, "done") as run:
        # The swap has begun: the old container is stopped, or gone.
        stopped = f"docker inspect --format '{{{{.Id}}}}{{{{.State.Running}}}}' {REDIS}"
        wait_until(
            lambda: f"{old}true" not in host.run(stopped, check=False),
            "the swap to begin",
            timeout=30,
            every=0.02,
        )
        what(host)
        assert run.wait(120) == NEVER
    wait_until(
        lambda: host.run("docker ps -q", check=False).count("\n") >= 4, "the engine", timeout=60
    )
    # Where Redis could not be asked any more whether it holds what was saved, that is kept.
    kept = "dump.rdb.before-recovery-" if what is restart_engine else "nothing"
    _goes_on(host, keys, what.__name__, kept)
    host.run(f"docker exec {REDIS} sh -c 'rm -f /data/dump.rdb.before-recovery-*'")
    seen.healed(host)
