"""The runbooks under a systemd that runs: a timer, and a service that stays."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
import seen
from booted import Controller, booted

from lab.console import wait_until
from lab.faults.catalogue import break_host
from lab.hosts import HOSTS
from lab.runs import INVENTORY, PYINFRA, ROOT

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("nothing_reported_before")]

TIMER, ROUND = "pyinfra-runbooks.timer", "pyinfra-runbooks.service"
WATCH = "pyinfra-runbooks-watch.service"


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    with booted(tmp_path_factory.mktemp("controller")) as found:
        # Units have a /tmp of their own, and this checkout may be in /tmp.
        for unit in (ROUND, WATCH):
            drop_in = f"/etc/systemd/system/{unit}.d"
            found.run(
                f"mkdir -p {drop_in} && printf '[Service]\\nBindReadOnlyPaths={ROOT}"
                f" {sys.prefix}\\nWatchdogSec=10\\n' >{drop_in}/checkout.conf"
            )
        yield found


def scheduled(controller: Controller, *data: str) -> bool:
    """Has the runbook put its units there, and returns whether it changed something."""
    given = " ".join(f"--data {one}" for one in (f"inventory={ROOT / INVENTORY}", *data))
    reported = controller.run(
        f"cd {ROOT} && {PYINFRA} --json -y @local runbooks/schedule.py {given}"
    )
    (operation,) = json.loads(reported)["results"]["operations"]
    assert operation["name"] == "Schedule | Units of pyinfra-runbooks", reported
    return bool(operation["success"])


def all_healthy() -> bool:
    return all(seen.on_each(lambda host: host.is_healthy()).values())


def said(controller: Controller, unit: str) -> str:
    return controller.run(f"journalctl --no-pager --unit {unit}")


def test_a_timer_repairs_by_itself_and_goes_away(controller: Controller) -> None:
    break_host(HOSTS[0], "wrong-network")
    assert scheduled(controller, "every=10s")
    assert controller.run(f"systemctl is-active {TIMER}") == "active\n"
    wait_until(all_healthy, "a round to repair it", timeout=60)
    nothing = "a round that finds nothing"
    wait_until(lambda: "2 hosts: 2 healthy" in said(controller, ROUND), nothing, timeout=60)
    assert "1 repaired" in said(controller, ROUND)
    assert controller.shown(ROUND, "Result") == "success"
    assert not scheduled(controller, "every=10s")
    assert scheduled(controller, "present=false")
    assert controller.run(f"systemctl is-active {TIMER}", check=False) == "inactive\n"
    assert TIMER not in controller.run("ls /etc/systemd/system").splitlines()


def test_a_service_that_stays_repairs_at_once_and_outlives_a_hang(controller: Controller) -> None:
    scheduled(controller, "watch=true")
    listening = "listening to 2 of 2 hosts"
    wait_until(lambda: controller.shown(WATCH, "StatusText") == listening, listening, timeout=60)
    break_host(HOSTS[1], "wrong-network")
    wait_until(all_healthy, "it to repair the host", timeout=30)
    first = controller.shown(WATCH, "MainPID")
    # Nothing tells systemd that it lives any more.
    controller.run(f"kill -STOP {first}")
    wait_until(
        lambda: controller.shown(WATCH, "MainPID") not in ("0", first), "another one", timeout=120
    )
    wait_until(lambda: controller.shown(WATCH, "StatusText") == listening, listening, timeout=60)
    scheduled(controller, "watch=true", "present=false")
    assert controller.run(f"systemctl is-active {WATCH}", check=False) == "inactive\n"
    assert controller.run("pgrep -f '[r]unbooks watch'", check=False) == ""
