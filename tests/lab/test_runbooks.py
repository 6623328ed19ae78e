"""Each runbook by itself, and pyinfra's own options on them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import pytest
import seen
from seen import on_each

from lab.console import wait_until
from lab.faults.catalogue import break_host
from lab.hosts import API, HOSTS, NETWORK, REDIS, SERVICES, Host
from lab.runs import INVENTORY, RECOVERY, ROOT, Run, pyinfra, with_stack

REDIS7, REDIS8 = HOSTS
NETWORK_ONLY, REDIS_ONLY, API_ONLY, VERIFY = (
    f"runbooks/{name}.py" for name in ("network", "redis", "api", "verify")
)


def _containers(host: Host) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = seen.snapshot(host)["containers"]
    return found


def test_each_part_alone_repairs_its_part_and_only_that(redis7: Host, redis8: Host) -> None:
    """One host lacks a network and all else of Redis, the other one only the network."""
    break_host(redis7, "incident")
    break_host(redis8, "wrong-network")
    before = on_each(_containers)

    # Redis serves the API on neither host: nothing for the API's runbook to restart.
    run = pyinfra("-y", API_ONLY)
    assert run.rc == 0, str(run)
    assert on_each(_containers) == before

    run = pyinfra("-y", REDIS_ONLY, "--limit", redis8.name)
    assert run.rc == 0, str(run)
    assert _containers(redis8) == before[redis8.name]

    run = pyinfra("-y", NETWORK_ONLY)
    assert run.rc == 0, str(run)
    after = on_each(_containers)
    for host in (redis7, redis8):
        was, now = before[host.name].pop(REDIS), after[host.name].pop(REDIS)
        assert NETWORK not in was["networks"]  # type: ignore[operator]
        assert NETWORK in now["networks"]  # type: ignore[operator]
        assert was | {"networks": None} == now | {"networks": None}
    assert after == before
    wait_until(redis8.is_healthy, "the API to find its Redis", timeout=10)
    assert not redis7.is_healthy()

    run = pyinfra("-y", REDIS_ONLY, "--limit", redis7.name)
    assert run.rc == 0, str(run)
    wait_until(redis7.is_healthy, "the API to find its Redis", timeout=10)
    others = _containers(redis7)
    others.pop(REDIS)
    assert others == after[redis7.name]


def test_the_apis_runbook_restarts_the_api_alone(redis7: Host) -> None:
    """Nothing but a restart closes its circuit breaker."""
    break_host(redis7, "api-stuck")
    before = _containers(redis7)
    run = pyinfra("-y", API_ONLY, "--limit", redis7.name)
    assert run.rc == 0, str(run)
    assert redis7.is_healthy()
    after = _containers(redis7)
    was, now = before.pop(API), after.pop(API)
    assert now["id"] == was["id"]
    assert now["started"] != was["started"]
    assert after == before


def test_verifying_a_broken_stack_fails_and_changes_nothing(redis7: Host, redis8: Host) -> None:
    """It says which check expected what, what came, and where to look."""
    break_host(redis7, "wrong-network")
    break_host(redis8, "acl-not-loaded")
    before = on_each(seen.snapshot)
    run = pyinfra("-y", VERIFY)
    assert run.rc == 1, str(run)
    degraded = {"status": "degraded", "redis_connection": "error"}
    assert any(line.lstrip().startswith("look:") for line in run.lines), str(run)
    urls = ("http://api:8000/api/v1/health", "https://aiwfe.com/api/v1/health")
    for host, kind in ((redis7, "wrong-network"), (redis8, "open")):
        assert _checks(run, host) == dict.fromkeys(urls, (degraded, seen.HEALTHY)), str(run)
        assert {kind, "unhealthy"} <= run.named(host.name), str(run)
        assert set(run.outcomes(host.name).values()) == {"error"}, str(run)
        assert seen.changes(before[host.name], seen.snapshot(host)) == {}


def _checks(run: Run, host: Host) -> dict[str, tuple[object, object]]:
    """By the URL of each check that failed: what came, and what was expected."""
    said = "\n".join(run.said(host.name))
    found = re.findall(r"(https?://\S+) [^{}\n]*(\{.*?\})[^{}\n]*(\{.*?\})", said)
    return {url: (json.loads(came), json.loads(expected)) for url, came, expected in found}


def test_verifying_a_stack_that_is_healthy_says_one_line() -> None:
    # The API's pool may hold a connection from before the last test's healing: it costs one answer.
    assert pyinfra("-y", VERIFY).rc == 0
    run = pyinfra("-y", VERIFY)
    assert run.rc == 0, str(run)
    for host in HOSTS:
        said = [line for line in run.said(host.name) if "ai_workflow_engine" in line]
        assert len(said) == 1, str(run)
        assert f": {len(SERVICES)} services" in said[0], str(run)
        assert run.named(host.name) == set(), str(run)


@pytest.mark.thorough
def test_limit_and_serial(redis7: Host, redis8: Host) -> None:
    """--limit leaves the others alone; --serial ends with one host before it takes the next."""
    on_each(lambda host: break_host(host, "missing-alias"))
    before = seen.snapshot(redis7)
    run = pyinfra("-y", "--limit", redis8.name, RECOVERY)
    assert run.rc == 0, str(run)
    assert run.said(redis7.name) == []
    assert redis8.is_healthy()
    assert seen.changes(before, seen.snapshot(redis7)) == {}

    break_host(redis8, "missing-alias")
    run = pyinfra("-y", "--serial", RECOVERY)
    assert run.rc == 0, str(run)
    assert all(on_each(Host.is_healthy).values())
    done = [
        host.name
        for line in run.lines
        for host in HOSTS
        if f"[{host.name}]" in line and line.endswith(("Success", "No changes"))
    ]
    assert sorted(name for name, _ in groupby(done)) == [redis7.name, redis8.name], str(run)
    assert done.count(redis7.name) == done.count(redis8.name), str(run)


def test_json_without_yes_is_a_plan(redis8: Host) -> None:
    """It names who would be changed, and changes nobody."""
    break_host(redis8, "missing-alias")
    before = seen.snapshot(redis8)
    run = pyinfra("--json", RECOVERY)
    assert run.rc == 0, str(run)
    changes = {name: hosts for name, hosts in run.plan().items() if hosts}
    assert changes == {"Recovery | Recover the stack": [redis8.name]}, str(run)
    assert run.json["results"] is None
    assert seen.changes(before, seen.snapshot(redis8)) == {}


def test_sudo_by_its_flag(redis8: Host, tmp_path: Path) -> None:
    """Where the inventory does not say that the user has to become root, --sudo does."""
    inventory = tmp_path / "lab.py"
    text = (ROOT / INVENTORY).read_text()
    without = text.replace(', "_sudo": True', "").replace(
        "Path(__file__).resolve().parent.parent", f"Path({str(ROOT)!r})"
    )
    assert without.count("_sudo") == 0
    inventory.write_text(without)
    data = ("--group-data", str(ROOT / "inventories" / "group_data"), "--limit", redis8.name)
    break_host(redis8, "wrong-network")
    run = pyinfra("-y", RECOVERY, *data, inventory=str(inventory))
    assert run.rc == 1, str(run)
    assert "or use --sudo" in run.text, str(run)
    assert not redis8.is_healthy()
    run = pyinfra("-y", "--sudo", RECOVERY, *data, inventory=str(inventory))
    assert run.rc == 0, str(run)
    assert redis8.is_healthy()


@pytest.mark.parametrize(
    ("fault", "needed", "allowed"),
    [
        pytest.param("missing-alias", "reconnect", ("none",), marks=pytest.mark.thorough),
        ("acl-not-loaded", "reconnect", ("none",)),
        pytest.param("api-stuck", "restart", ("reconnect",), marks=pytest.mark.thorough),
        ("secret-not-mounted", "recreate", ("none", "restart")),
    ],
)
def test_a_repair_keeps_within_the_cap(
    redis7: Host, fault: str, needed: str, allowed: tuple[str, ...]
) -> None:
    """What it may not do it leaves undone, and says how to allow it."""
    limit = ("--limit", redis7.name)
    break_host(redis7, fault)
    before = seen.snapshot(redis7)
    for cap in allowed:
        run = pyinfra("-y", RECOVERY, *limit, "--data", f"max_disruption={cap}")
        assert run.rc == 1, str(run)
        refused = [line for line in run.said(redis7.name) if line.startswith("Refused: ")]
        words = (f" {needed}, ", f" {cap} ", f"--max-disruption {needed}")
        assert any(all(word in line for word in words) for line in refused), str(run)
        assert seen.changes(before, seen.snapshot(redis7)) == {}
    run = pyinfra("-y", RECOVERY, *limit, "--data", f"max_disruption={needed}")
    assert run.rc == 0, str(run)
    assert redis7.is_healthy()


@pytest.mark.parametrize("option", ["max_disruption=sometimes", "allow_data_loss=,redis"])
def test_a_value_that_does_not_exist_is_one_error(option: str) -> None:
    name, value = option.split("=")
    before = on_each(seen.snapshot)
    run = pyinfra("-y", RECOVERY, "--data", option)
    assert run.rc == 1, str(run)
    assert run.text.count(f"{name}: expected ") == 1, str(run)
    assert f"got '{value}'" in run.text, str(run)
    assert f"--data {name}=" in run.text, str(run)
    assert "Traceback" not in run.text, str(run)
    for host in HOSTS:
        assert seen.changes(before[host.name], seen.snapshot(host)) == {}


def test_debug_inventory_shows_the_settings(tmp_path: Path) -> None:
    """As text and as JSON, without a word of what could be a secret, and asking no host."""
    password = "Command('printf', '%s', 'hunter2')"
    user = f"replace(lab.servers[0].users[0], password={password})"
    changes = with_stack(
        tmp_path, f"components=(replace(lab.servers[0], users=({user},)), *lab.clients)"
    )
    for options in ((), ("--json",)):
        run = pyinfra(*options, *changes, "debug-inventory")
        assert run.rc == 0, str(run)
        assert "Connect" not in run.text, str(run)
        for shown in (REDIS7.name, REDIS8.name, "/srv/ai_workflow_engine", "lwe-app", "printf"):
            assert shown in run.text, (shown, str(run))
        assert "hunter2" not in run.text, str(run)
    assert [host["name"] for host in run.json] == [REDIS7.name, REDIS8.name], str(run)


def test_users_are_served_again_before_that_is_proved(
    redis7: Host, record_property: Callable[[str, object], None]
) -> None:
    """The repair comes first, by the API's own answers; how long it takes is the bench's to say."""
    break_host(redis7, "wrong-network")
    start = time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(pyinfra, "-y", RECOVERY, "--limit", redis7.name)
        wait_until(redis7.is_healthy, "the API to find its Redis", timeout=30, every=0.01)
        served = time.monotonic() - start
        run = running.result()
    record_property("seconds", round(served, 2))
    assert run.rc == 0, str(run)
    assert served < run.seconds, str(run)
