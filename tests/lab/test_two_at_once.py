"""Two runs at once, other people's deploys, and what is reported of it all."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import seen

from lab.faults.catalogue import break_host
from lab.hosts import HOSTS, NETWORK, REDIS, Host
from lab.listening import audit
from lab.project import compose
from lab.runs import INVENTORY, PYINFRA, RECOVERY, ROOT, pyinfra, runbooks

HISTORY, UNLOCK, VERIFY = (f"runbooks/{name}.py" for name in ("history", "unlock", "verify"))
LOG = "/var/log/pyinfra-runbooks/audit.log"
ONE_AND_ALL = [HOSTS[1], pytest.param(HOSTS[0], marks=pytest.mark.thorough)]


@contextmanager
def held(host: Host, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that has the lock on the stack of a host, and does nothing with it."""
    deploy = tmp_path / "hold.py"
    deploy.write_text(
        """import time
from pyinfra.api import FunctionCommand, operation
from pyinfra_runbooks.diagnosis import declared
from pyinfra_runbooks.facts.locks import may_change
from pyinfra_runbooks.facts.looks import this_host

@operation()
def hold():
    reason = may_change(this_host(), *declared()) if this_host().state.is_executing else None
    print(reason or "it holds the lock", flush=True)
    yield FunctionCommand(lambda state, host: time.sleep(60), (), {})

hold()
"""
    )
    with subprocess.Popen(
        [str(PYINFRA), "-y", INVENTORY, str(deploy), "--limit", host.name],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        assert run.stdout is not None
        try:
            assert any("it holds the lock" in line for line in run.stdout)
            yield run
        finally:
            run.kill()


@pytest.mark.parametrize("host", ONE_AND_ALL, ids=lambda host: host.name)
def test_a_second_run_says_who_is_at_work_and_changes_nothing(host: Host, tmp_path: Path) -> None:
    break_host(host, "wrong-network")
    try:
        with held(host, tmp_path):
            before = seen.snapshot(host)
            run = pyinfra("-y", RECOVERY, "--limit", host.name)
            assert run.rc == 1, str(run)
            said = "\n".join(run.said(host.name))
            assert "another run is at work on this stack: " in said
            assert "since 20" in said
            assert "from " in said
            assert seen.changes(before, seen.snapshot(host)) == {}
            # Who only looks is not kept from it.
            assert "is not on" in "\n".join(pyinfra("-y", VERIFY, "--limit", host.name).lines)
        # A controller that was killed blocks nobody.
        run = pyinfra("-y", RECOVERY, "--limit", host.name)
        assert run.rc == 0, str(run)
        assert host.is_healthy()
    finally:
        seen.healed(host)


def test_a_converged_host_needs_no_lock(redis7: Host, tmp_path: Path) -> None:
    with held(redis7, tmp_path):
        run = pyinfra("-y", RECOVERY, "--limit", redis7.name)
        assert run.rc == 0, str(run)


@pytest.mark.parametrize("host", ONE_AND_ALL, ids=lambda host: host.name)
def test_unlock(host: Host, tmp_path: Path) -> None:
    break_host(host, "wrong-network")
    try:
        with held(host, tmp_path):
            run = pyinfra("-y", UNLOCK, "--limit", host.name)
            assert run.rc == 0, str(run)
            assert run.changes(host.name), str(run)
            assert "The lock is held by " in "\n".join(run.said(host.name))
            run = pyinfra("-y", RECOVERY, "--limit", host.name)
            assert run.rc == 0, str(run)
        run = pyinfra("-y", UNLOCK, "--limit", host.name)
        assert run.changes(host.name) == [], str(run)
    finally:
        seen.healed(host)


def test_two_recoveries_at_once_repair_once(redis7: Host) -> None:
    """The second run learns who is at work, or finds nothing left to do."""
    break_host(redis7, "incident")
    before = len(audit(redis7))
    command = [str(PYINFRA), "-y", INVENTORY, RECOVERY, "--limit", redis7.name]
    runs = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [run.communicate(timeout=120)[0] for run in runs]
    assert 0 in [run.returncode for run in runs], said
    for run, text in zip(runs, said, strict=True):
        assert run.returncode == 0 or "is at work" in text, text
    assert redis7.is_healthy()
    done = [line["remedy"] for line in audit(redis7)[before:] if line["result"] == "ok"]
    assert done
    assert len(done) == len({*done})


def test_a_deploy_is_left_alone(redis8: Host) -> None:
    """A Compose command that is at work on the stack, for as long as it takes to see so."""
    break_host(redis8, "wrong-network")
    with seen.deployed(redis8, "while :; do sleep 0.2; done"):
        before = seen.snapshot(redis8)
        run = pyinfra("-y", RECOVERY, "--limit", redis8.name)
        assert run.rc == 1, str(run)
        assert "someone is deploying this stack: docker compose up was started" in run.text
        assert seen.changes(before, seen.snapshot(redis8)) == {}
    run = pyinfra("-y", RECOVERY, "--limit", redis8.name)
    assert run.rc == 0, str(run)


def test_a_container_of_this_second_is_waited_for(redis7: Host) -> None:
    break_host(redis7, "missing-alias")
    compose(redis7, "up --detach --force-recreate --no-deps qdrant")
    run = pyinfra("-y", RECOVERY, "--limit", redis7.name)
    assert run.rc == 0, str(run)
    assert redis7.is_healthy()


def test_changes_and_refusals_are_reported_by_the_audit(redis7: Host, redis8: Host) -> None:
    seen.on_each(lambda host: host.run(f"rm -f {LOG}"))
    break_host(redis7, "wrong-network")
    break_host(redis8, "alias-conflict")
    run = pyinfra("-y", RECOVERY)
    assert run.rc == 1, str(run)
    shown = {h.name: [json.loads(x) for x in h.run(f"cat {LOG}").splitlines()] for h in HOSTS}
    (repaired,) = shown[redis7.name]
    assert repaired["result"] == "ok"
    assert repaired["findings"] == [f"redis: is not on {NETWORK} [wrong-network]"]
    assert repaired["remedy"].startswith(f"attach {REDIS} to {NETWORK}")
    assert repaired["runbook"] == RECOVERY
    assert "@" in repaired["who"]
    assert repaired["as"] == "deploy"
    assert repaired["from"]
    assert {line["result"] for line in shown[redis8.name]} == {"refused"}
    assert "alias-conflict" in shown[redis8.name][0]["findings"][0]
    assert shown[redis8.name][0]["from"]
    for host in HOSTS:
        listed = host.run(f"stat -c '%a %U %G' {LOG}; stat -c %a $(dirname {LOG})")
        assert listed.split() == ["640", "root", "docker", "750"]
    history = pyinfra("-y", HISTORY)
    assert history.rc == 0, str(history)
    assert "is not on" not in "\n".join(history.said(redis8.name))
    assert " refused: " in "\n".join(history.said(redis8.name))
    assert "attach " in "\n".join(history.said(redis7.name))


def test_an_audit_that_can_not_be_written_stops_jobs_and_no_person(
    redis7: Host, redis8: Host
) -> None:
    """A job knows by the audit alone when to stop; a person is warned."""
    directory = LOG.rpartition("/")[0]
    break_host(redis7, "wrong-network")
    break_host(redis8, "alias-conflict")
    seen.on_each(lambda h: h.run(f"mv {directory} {directory}.aside; echo full >{directory}"))
    try:
        before = seen.snapshot(redis7)
        job = runbooks("correct", INVENTORY, "--limit", redis7.name)
        untouched = seen.changes(before, seen.snapshot(redis7))
        run = pyinfra("-y", RECOVERY)
    finally:
        seen.on_each(lambda h: h.run(f"rm {directory}; mv {directory}.aside {directory}"))
    assert job.rc == 2, str(job)
    assert "the audit on the host can't be read" in job.text, str(job)
    assert untouched == {}
    assert run.rc == 1, str(run)
    assert redis7.is_healthy(), str(run)
    for host, words in ((redis7, "audit log lacks this change"), (redis8, "could not be written")):
        assert any(words in line for line in run.said(host.name)), str(run)
