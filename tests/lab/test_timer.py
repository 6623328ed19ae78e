"""The runbooks under a systemd that runs: a timer, and a service that stays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
import seen
from booted import Controller, booted
from runs import INVENTORY, PYINFRA, ROOT

from lab.console import wait_until
from lab.faults import break_host
from lab.hosts import HOSTS

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("nothing_told_before")]

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


def scheduled(controller: Controller, *data: str) -> str:
    """Has the runbook put its units there, and returns what it did."""
    given = " ".join(f"--data {one}" for one in (f"inventory={ROOT / INVENTORY}", *data))
    return controller.run(f"cd {ROOT} && {PYINFRA} -y @local runbooks/schedule.py {given} 2>&1")


def all_well() -> bool:
    return all(seen.on_each(lambda host: host.is_healthy()).values())


def heard(controller: Controller, unit: str) -> Callable[[], str]:
    return lambda: controller.run(f"journalctl --no-pager --unit {unit}", check=False)


def test_a_timer_repairs_by_itself_and_goes_away(controller: Controller) -> None:
    break_host(HOSTS[0], "wrong-network")
    assert "Success" in scheduled(controller, "every=10s")
    wait_until(all_well, "a round to repair it", timeout=60)
    wait_until(
        lambda: "2 hosts: 2 well" in heard(controller, ROUND)(), "a round that finds nothing", 60
    )
    assert "1 repaired" in heard(controller, ROUND)()
    assert controller.shown(ROUND, "Result") == "success"
    assert "No Change" in scheduled(controller, "every=10s")
    scheduled(controller, "present=false")
    assert controller.run(f"systemctl is-active {TIMER}", check=False) == "inactive\n"
    assert controller.run("ls /etc/systemd/system", check=False).count(f"{TIMER}\n") == 0


def test_a_service_that_stays_repairs_at_once_and_outlives_a_hang(controller: Controller) -> None:
    scheduled(controller, "watch=true")
    listening = "listening to 2 of 2 hosts"
    wait_until(lambda: controller.shown(WATCH, "StatusText") == listening, listening, timeout=60)
    break_host(HOSTS[1], "wrong-network")
    wait_until(all_well, "it to repair the host", timeout=30)
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
