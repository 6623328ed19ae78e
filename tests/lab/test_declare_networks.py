"""Declared networks on real hosts: the next ``up`` recreates nothing that was not said."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import pytest
import seen

from lab.faults.catalogue import break_host
from lab.faults.common import TEST_NETWORK
from lab.hosts import API, DIRECTORY, HOSTS, NETWORK, REDIS, Host
from lab.listening import AUDIT
from lab.project import compose
from lab.runs import Run, pyinfra

REDIS7, REDIS8 = HOSTS
RUNBOOK = "runbooks/declare_networks.py"
FILE = f"{DIRECTORY}/docker-compose.yml"
PLUGIN = "/usr/local/lib/docker/cli-plugins/docker-compose"
CONFIRM = ("--data", "confirm=true")


@pytest.fixture(autouse=True)
def _as_before(redis7: Host, redis8: Host, nothing_reported_before: None) -> Iterator[None]:
    """The former files that were kept are no part of the lab."""
    yield
    for host in HOSTS:
        host.run(f"rm -f {FILE}.before-declared-networks-* {PLUGIN}")


def declare(host: Host, *options: str) -> Run:
    return pyinfra("-y", RUNBOOK, "--limit", host.name, *options)


def ids(host: Host) -> dict[str, str]:
    return {c.name: c.id for c in host.docker().containers.list()}


def kept(host: Host) -> list[str]:
    return host.run(f"ls {FILE}.before-declared-networks-* 2>/dev/null", check=False).split()


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_the_patch_fits_the_file_and_changes_nothing(host: Host, tmp_path: Path) -> None:
    before = seen.snapshot(host)
    run = declare(host)
    assert run.rc == 0, str(run)
    assert f"+    name: {NETWORK}" in run.stdout, str(run)
    assert seen.changes(before, seen.snapshot(host)) == {}
    (tmp_path / "docker-compose.yml").write_text(host.run(f"cat {FILE}"))
    done = subprocess.run(["git", "apply"], cwd=tmp_path, input=run.stdout, text=True, check=False)
    assert done.returncode == 0, str(run)
    assert f"name: {NETWORK}" in (tmp_path / "docker-compose.yml").read_text()


def test_confirmed_it_is_written_and_up_recreates_nothing(redis8: Host) -> None:
    before, made = host_config(redis8), ids(redis8)
    former, mode = redis8.run(f"cat {FILE}"), redis8.run(f"stat -c '%i %u %g %a' {FILE}")
    run = declare(redis8, *CONFIRM)
    assert run.rc == 0, str(run)
    assert set(run.outcomes(redis8.name).values()) == {"success"}, str(run)
    assert f"name: {NETWORK}" in redis8.run(f"cat {FILE}")
    assert redis8.run(f"stat -c '%i %u %g %a' {FILE}") == mode
    (path,) = kept(redis8)
    assert redis8.run(f"cat {path}") == former
    assert host_config(redis8) == before
    entries = [json.loads(line) for line in redis8.run(f"cat {AUDIT}").splitlines()]
    assert [entry["result"] for entry in entries] == ["ok"]
    assert entries[0]["remedy"].startswith(
        f"write {FILE}: network ai_workflow_engine_net is called"
    )

    compose(redis8, "up --detach")
    assert ids(redis8) == made
    assert redis8.is_healthy()
    again = declare(redis8, *CONFIRM)
    assert again.rc == 0, str(again)
    assert again.stdout == "", str(again)
    assert set(again.outcomes(redis8.name).values()) == {"no_change"}, str(again)
    assert len(kept(redis8)) == 1


def host_config(host: Host) -> str:
    return compose(host, "--profile '*' config") + compose(host, "config --hash '*'")


def test_dry_writes_nothing(redis8: Host) -> None:
    before = seen.snapshot(redis8)
    run = pyinfra("--dry", RUNBOOK, "--limit", redis8.name, *CONFIRM)
    assert run.rc == 0, str(run)
    assert seen.changes(before, seen.snapshot(redis8)) == {}


def test_who_may_not_write_there_is_refused(redis7: Host) -> None:
    """A member of the group docker gets no whole directory: the former file could not be kept."""
    redis7.run(f"chown root: {DIRECTORY}")
    before = seen.snapshot(redis7)
    run = declare(redis7, *CONFIRM)
    after = seen.snapshot(redis7)
    redis7.run(f"chown deploy: {DIRECTORY}")
    assert run.rc == 1, str(run)
    assert f"this user may not write {FILE}" in run.text, str(run)
    assert seen.changes(before, after) == {}
    assert kept(redis7) == []


def test_the_former_content_is_back_where_compose_resolves_something_else(redis8: Host) -> None:
    former = redis8.run(f"sha256sum {FILE}")
    # In front of the real one, and without a word once the former file is kept.
    real = redis8.run("ls /usr/libexec/docker/cli-plugins/docker-compose").strip()
    lie = f"ls {FILE}.before-* >/dev/null 2>&1 && exit 0"
    script = f'#!/bin/sh\n{lie}\nexec {real} "$@"\n'
    redis8.run(f"mkdir -p {Path(PLUGIN).parent}; printf %s {quote(script)} >{PLUGIN}")
    redis8.run(f"chmod 755 {PLUGIN}")
    run = declare(redis8, *CONFIRM)
    assert run.rc == 1, str(run)
    assert "the former content is back, and proved to be" in run.text, str(run)
    assert redis8.run(f"sha256sum {FILE}") == former
    assert kept(redis8) == []
    (entry,) = [json.loads(line) for line in redis8.run(f"cat {AUDIT}").splitlines()][:1]
    assert entry["result"] == "failed"


def test_the_network_of_the_incident_is_not_declared(redis8: Host) -> None:
    """Redis sits on the wrong network: that is drift, even where it is asked for."""
    break_host(redis8, "wrong-network")
    for options in ((), ("--data", "attached=redis")):
        run = declare(redis8, *options)
        assert run.rc == 0, str(run)
        assert f"+    name: {NETWORK}" in run.stdout, str(run)
        assert TEST_NETWORK not in run.stdout, str(run)
        assert f"it is on {TEST_NETWORK} and not on {NETWORK}, as declared" in run.text, str(run)


def test_what_was_attached_by_hand_is_declared_where_it_is_asked_for(redis8: Host) -> None:
    break_host(redis8, "extra-network")
    run = declare(redis8)
    assert run.rc == 0, str(run)
    assert TEST_NETWORK not in run.stdout, str(run)
    assert "--data attached=redis" in run.text, str(run)

    made = ids(redis8)
    run = declare(redis8, *CONFIRM, "--data", "attached=redis")
    assert run.rc == 0, str(run)
    assert f"The next `up` recreates {REDIS} for it." in run.text, str(run)
    with_it = f"{API}, {REDIS.replace('-redis-', '-redis-serves-api-')}"
    assert f"Compose 2.26 also recreates what depends on them: {with_it};" in run.text, str(run)
    assert ids(redis8) == made
    compose(redis8, "up --detach --timeout 30")
    now = ids(redis8)
    assert {name for name in now if now[name] != made.get(name)} == {REDIS, API}
    networks = json.loads(
        redis8.run(f"docker inspect --format '{{{{json .NetworkSettings.Networks}}}}' {REDIS}")
    )
    assert set(networks) == {NETWORK, TEST_NETWORK}


def test_no_secret_is_shown_or_left(redis8: Host) -> None:
    """One stands in the very file: as a label, beside which nothing may be shown."""
    secret = "kn0wn-in-the-file"
    redis8.run(f"printf 'x-note: {secret}\\n' >>{FILE}")
    run = pyinfra("-y", "-vvv", "--diff", RUNBOOK, "--limit", redis8.name, *CONFIRM)
    assert run.rc == 0, str(run)
    assert secret not in run.text, str(run)
    left = redis8.run(f"grep -rl {secret} /tmp /run /dev/shm /var/tmp /var/log", check=False)
    assert left == ""
