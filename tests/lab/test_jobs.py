"""The runbooks, run by a job instead of a person: check, correct, and what holds them back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import seen

from lab.console import wait_until
from lab.faults.catalogue import break_host
from lab.hosts import HOSTS, Host, asking_health
from lab.listening import audit
from lab.runs import INVENTORY, RECOVERY, ROOT, pyinfra, runbooks, with_stack
from pyinfra_runbooks.engine.shell import PAUSE
from pyinfra_runbooks.jobs.shard import Shard

REDIS7, REDIS8 = HOSTS


pytestmark = pytest.mark.usefixtures("nothing_reported_before")


def reported(path: Path) -> dict[str, Any]:
    """Each host of a report as JSON, by its name."""
    return {host["name"]: host for host in json.loads(path.read_text())["hosts"]}


def kinds(host: dict[str, Any], look: str = "before") -> set[str]:
    return {finding["kind"] for finding in host[look]["findings"]}


# Exit codes and reports


def test_hosts_that_are_healthy(tmp_path: Path) -> None:
    before = seen.on_each(seen.snapshot)
    for command in ("check", "correct"):
        run = runbooks(command, INVENTORY, "--report", str(tmp_path / "r.json"))
        assert run.rc == 0, str(run)
        assert "2 hosts: 2 healthy" in run.stdout
        assert run.stderr == ""
    assert {h["status"] for h in reported(tmp_path / "r.json").values()} == {"healthy"}
    after = seen.on_each(seen.snapshot)
    assert {name: seen.changes(before[name], after[name]) for name in before} == {
        name: {} for name in before
    }


def test_drift_is_found_repaired_and_reported_in_every_format(tmp_path: Path) -> None:
    break_host(REDIS7, "wrong-network")
    before = seen.snapshot(REDIS7)
    run = runbooks("check", INVENTORY, RECOVERY, "--report", str(tmp_path / "check.json"))
    assert run.rc == 2, str(run)
    assert "[wrong-network]" in run.stdout
    assert seen.changes(before, seen.snapshot(REDIS7)) == {}
    files = [tmp_path / f"correct{ending}" for ending in (".json", ".xml", ".md", ".html")]
    shown = [word for file in files for word in ("--report", str(file))]
    run = runbooks("correct", INVENTORY, *shown)
    assert run.rc == 0, str(run)
    checked, hosts = reported(tmp_path / "check.json"), reported(files[0])
    assert checked["lab-redis7"]["status"] == "drift"
    assert hosts["lab-redis8"]["status"] == "healthy"
    host = hosts["lab-redis7"]
    assert (host["status"], host["change"]) == ("repaired", "corrective")
    assert kinds(host) >= {"wrong-network", "unhealthy"}
    assert kinds(host, "after") <= {"extra-network"}
    assert [step["kind"] for step in host["steps"]] == ["change"]
    assert 0 < host["api_failed_seconds"] < 60
    places = {place["service"]: place for place in host["after"]["picture"]}
    assert set(places["redis"]["networks"]) >= set(places["redis"]["declared"])
    for file in files[1:]:
        assert "wrong-network" in file.read_text()
    assert REDIS7.is_healthy()


# A shell of the user that logs in: one that looks. It comes, and it goes.
LOOKS = f"pgrep -u {REDIS7.user} -x 'sh|bash' >/dev/null"
# Compose is at work until Redis was seen where it should not be, and then until all is healthy.
DEPLOY = f"""until {LOOKS}; do sleep 0.02; done
    while {LOOKS}; do sleep 0.02; done
    docker compose up --detach --force-recreate --no-deps redis
    until {asking_health()} | grep -q '"redis_connection":"ok"'; do sleep 0.2; done"""


def test_what_is_being_deployed_is_no_drift(tmp_path: Path) -> None:
    break_host(REDIS7, "wrong-network")
    with seen.deployed(REDIS7, DEPLOY):
        run = runbooks("check", INVENTORY, RECOVERY, "--report", str(tmp_path / "r.json"))
    assert run.rc == 0, str(run)
    assert {h["status"] for h in reported(tmp_path / "r.json").values()} == {"healthy"}


def test_a_host_that_is_not_there_is_an_error_and_the_others_are_reported(
    tmp_path: Path,
) -> None:
    inventory = tmp_path / "lab.py"
    lab = Path(INVENTORY).resolve()
    inventory.write_text(
        f"import runpy\nlab = runpy.run_path({str(lab)!r})['lab']\n"
        "lab = ([*lab[0], ('gone', {'ssh_port': 1})], lab[1])\n"
    )
    groups = str(lab.parent / "group_data")
    report = tmp_path / "r.json"
    run = runbooks(
        *("check", str(inventory), RECOVERY, "--group-data", groups, "--report", str(report))
    )
    assert run.rc == 1, str(run)
    hosts = reported(report)
    assert {name: h["status"] for name, h in hosts.items()} == {
        "lab-redis7": "healthy",
        "lab-redis8": "healthy",
        "gone": "error",
    }, str(run)
    assert "could not be reached: Could not connect" in hosts["gone"]["error"]
    alone = runbooks(
        *("check", str(inventory), RECOVERY, "--group-data", groups, "--limit", "gone")
    )
    assert alone.rc == 1, str(alone)
    assert "gone: error: it could not be reached" in alone.stdout


@pytest.mark.thorough
def test_a_broken_inventory_is_an_error(tmp_path: Path) -> None:
    inventory = tmp_path / "lab.py"
    inventory.write_text("lab = [\n")
    run = runbooks("check", str(inventory), RECOVERY)
    assert run.rc == 1, str(run)
    assert "Traceback" not in run.text


# What holds a correction back


@pytest.mark.thorough
def test_the_cap(tmp_path: Path) -> None:
    break_host(REDIS7, "secret-not-mounted")
    before = seen.snapshot(REDIS7)
    run = runbooks("correct", INVENTORY, "--max-disruption", "restart", "--limit", "lab-redis7")
    assert run.rc == 2, str(run)
    assert "its repair needs disruption recreate, and at most restart is allowed" in run.stdout
    assert seen.changes(before, seen.snapshot(REDIS7)) == {}
    assert runbooks("correct", INVENTORY, "--limit", "lab-redis7").rc == 0


@pytest.mark.parametrize(
    "host", [REDIS7, pytest.param(REDIS8, marks=pytest.mark.thorough)], ids=lambda host: host.name
)
@pytest.mark.thorough
def test_a_pause_is_kept_on_the_host_and_holds_everybody_back(host: Host) -> None:
    only = ("--limit", host.name)
    why = 'the "cache" is being moved, $(date), it\'s'
    nobody = runbooks("pause", INVENTORY, host.name, "nobody", "--for", "2h", "--reason", why)
    assert nobody.rc == 1, str(nobody)
    assert "no host of inventories/lab.py is called nobody: nothing was done" in nobody.text
    paused = runbooks("pause", INVENTORY, host.name, "--for", "2h", "--reason", why)
    assert paused.rc == 0, str(paused)
    assert paused.stdout == f"paused: {host.name}\n"
    assert host.run(f"stat -c %a {PAUSE}").strip() == "644"
    healthy = runbooks("check", INVENTORY, *only)
    assert healthy.rc == 0, str(healthy)
    assert why in healthy.stdout
    break_host(host, "wrong-network")
    before = seen.snapshot(host)
    job, person = runbooks("correct", INVENTORY, *only), pyinfra("-y", RECOVERY, *only)
    assert (job.rc, person.rc) == (2, 1), f"{job}\n{person}"
    for run in (job, person):
        assert "paused by " in run.text
        assert why in run.text
    assert seen.changes(before, seen.snapshot(host)) == {}
    again = runbooks("pause", INVENTORY, host.name, "--for", "3h", "--reason", why)
    assert again.rc == 0, str(again)
    assert runbooks("resume", INVENTORY, host.name).stdout == f"resumed: {host.name}\n"
    assert runbooks("resume", INVENTORY, host.name).stdout == f"not paused: {host.name}\n"
    assert host.run(f"ls -A {Path(PAUSE).parent}") == ""
    assert runbooks("correct", INVENTORY, *only).rc == 0
    assert [line["result"] for line in audit(host)][:2] == ["paused", "refused"]
    assert "resumed" in {line["result"] for line in audit(host)}


@pytest.mark.thorough
def test_a_pause_that_came_after_the_look_is_kept_too(tmp_path: Path) -> None:
    """The lock knows of it: what was seen before does not count."""
    break_host(REDIS7, "wrong-network")
    deploy = tmp_path / "pausing.py"
    deploy.write_text(
        "from pyinfra_runbooks import diagnosis, network\n"
        "from pyinfra.operations import server\n"
        "diagnosis.diagnose()\n"
        "server.shell(name='Pause', _sudo=False, commands=["
        "'docker run --rm --network none --pull never -v /var/lib:/var/lib --user 0 --entrypoint sh"
        " $(docker ps --format {{.Image}} | head -n 1) -c"
        ' "mkdir -p /var/lib/pyinfra-runbooks; echo 9999999999 >' + PAUSE + "\"'])\n"
        "network.attach()\n"
    )
    before = seen.snapshot(REDIS7)
    run = pyinfra("-y", str(deploy), "--limit", "lab-redis7")
    assert run.rc == 1, str(run)
    assert "changes were paused here meanwhile" in run.text
    assert seen.changes(before, seen.snapshot(REDIS7)) == {}


@pytest.mark.thorough
def test_the_breaker_opens_for_jobs_and_not_for_people(tmp_path: Path) -> None:
    once = with_stack(tmp_path, "breaker=Breaker(corrections=1)")
    only = ("--limit", "lab-redis7")
    break_host(REDIS7, "wrong-network")
    first = runbooks("correct", INVENTORY, *once, *only)
    assert first.rc == 0, str(first)
    seen.healed(REDIS7)
    break_host(REDIS7, "wrong-network")
    before = seen.snapshot(REDIS7)
    second = runbooks("correct", INVENTORY, *once, *only)
    assert second.rc == 2, str(second)
    assert "it was corrected 1 times within 3600 s, and keeps coming back" in second.stdout
    assert seen.changes(before, seen.snapshot(REDIS7)) == {}
    assert pyinfra("-y", RECOVERY, *once, *only).rc == 0


@pytest.mark.parametrize(
    ("until", "code"),
    [("2999-12-31", 0), pytest.param("2020-01-31", 2, marks=pytest.mark.thorough)],
)
def test_a_waiver(until: str, code: int, tmp_path: Path) -> None:
    accepted = (
        "extra_networks='detach', accepted=[Accepted('extra-network', reason='the old clients',"
        f" owner='team-cache', until={until!r})]"
    )
    break_host(REDIS8, "extra-network")
    before = seen.snapshot(REDIS8)
    options = (*with_stack(tmp_path, accepted), "--limit", "lab-redis8")
    run = runbooks("check", INVENTORY, *options)
    assert run.rc == code, str(run)
    assert ("waiver: by team-cache until 2999-12-31: the old clients" in run.stdout) is (code == 0)
    if code == 0:
        assert runbooks("correct", INVENTORY, *options).rc == 0
    assert seen.changes(before, seen.snapshot(REDIS8)) == {}


def test_what_all_hosts_show_at_once_is_left_to_a_person() -> None:
    seen.on_each(lambda host: break_host(host, "wrong-network"))
    before = seen.on_each(seen.snapshot)
    run = runbooks("correct", INVENTORY, "--max-affected-hosts", "1")
    assert run.rc == 2, str(run)
    assert "Halted: 2 of 2 hosts show the same at once: redis [wrong-network]" in run.stdout
    after = seen.on_each(seen.snapshot)
    assert all(seen.changes(before[name], after[name]) == {} for name in before)
    assert runbooks("correct", INVENTORY).rc == 0


@pytest.mark.thorough
def test_shards_are_parts_of_the_inventory() -> None:
    shown = [runbooks("check", INVENTORY, "--shard", f"{n}/3") for n in (1, 2, 3)]
    assert [run.rc for run in shown] == [0, 0, 0]
    for host in HOSTS:
        assert sum(host.name in run.stdout for run in shown) == 1


@pytest.mark.thorough
def test_a_controller_that_is_lost_costs_its_part_a_round() -> None:
    part = next(f"{n}/3" for n in (1, 2, 3) if Shard.parse(f"{n}/3").owns(REDIS7.name))
    break_host(REDIS7, "secret-not-mounted")
    with subprocess.Popen(
        [sys.executable, "-m", "pyinfra_runbooks", "correct", INVENTORY, "--shard", part],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as lost:
        at_work = "pgrep -fc '[r]un=[0-9a-f]{12}' || :"
        wait_until(lambda: REDIS7.run(at_work).strip() != "0", "its first change", 60)
        lost.kill()
    wait_until(lambda: REDIS7.run(at_work).strip() == "0", "its last command to end", 60)
    again = runbooks("correct", INVENTORY, "--shard", part)
    assert again.rc == 0, str(again)
    assert REDIS7.is_healthy()
    assert runbooks("check", INVENTORY).rc == 0
