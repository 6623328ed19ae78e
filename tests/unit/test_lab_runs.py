"""The lab reads what the package really says."""

from __future__ import annotations

import pytest
from fakes import FakeHost
from looks import attached, healthy, stack, unhealthy
from pyinfra.context import ctx_host

from lab.runs import Run
from pyinfra_runbooks.diagnosis import diagnose
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts.stack import StackHealth, StackLook

HEALTHY = healthy()
LOST = attached(unhealthy(HEALTHY), "cache", {})
SPINNER = "\x1b[32m\\ spins\r--> Starting operation: Network | Attach \x1b[0m\n"


def run(printed: str) -> Run:
    return Run((), 0, "", printed, 1.0)


def shown(look: Look) -> Run:
    """What is said of a host that looks so, as pyinfra prints it."""
    host = FakeHost({StackLook: [look], StackHealth: [look.answers]}, executing=False)
    with ctx_host.use(host):
        diagnose(stack=stack())
    return run("".join(f"\x1b[32m    [shop-1]\x1b[0m {line}\r\n" for line in host.said))


def test_what_is_wrong_and_what_follows_from_it() -> None:
    lost = shown(LOST)
    assert lost.kinds("shop-1") == {"no-network"}
    assert lost.named("shop-1") == {"no-network", "unhealthy", "api-unhealthy"}
    assert lost.promise("shop-1") == "none"
    assert lost.may_restart_api("shop-1")
    assert lost.named("shop-2") == set()


def test_of_a_healthy_stack_there_is_nothing() -> None:
    whole = shown(HEALTHY)
    assert [line.partition(":")[0] for line in whole.said("shop-1")] == ["shop is healthy"]
    assert whole.named("shop-1") == set()
    assert whole.promise("shop-1") is None
    assert not whole.may_restart_api("shop-1")


@pytest.mark.parametrize(
    "line", [">>> sh -c 'case x: a) [ok]", "+ echo <a>: is off [ok]", "[ok]", "-old: x [Ok]"]
)
def test_what_is_verbose_is_no_finding(line: str) -> None:
    assert run(f"    [shop-1] {line}\n").named("shop-1") == set()


def test_what_came_of_each_operation() -> None:
    done = run(
        f"{SPINNER}    [a] Success\n    [b] Error: executed 0 commands\n    [c] No changes\n"
    )
    assert [done.outcomes(host) for host in "abc"] == [
        {"Network | Attach": outcome} for outcome in ("success", "error", "no_change")
    ]
    assert [done.changes(host) for host in "abc"] == [["Network | Attach"], [], []]


def test_what_changed_something_and_ended_with_a_refusal() -> None:
    done = run(f"{SPINNER}    [a] Error: executed 1 commands\n")
    assert done.changes("a") == ["Network | Attach"]
    assert done.outcomes("a") == {"Network | Attach": "error"}


def test_a_run_that_says_nothing_of_a_host_is_none_that_changed_nothing() -> None:
    with pytest.raises(AssertionError, match="it says of no operation what came of it on a"):
        run(f"{SPINNER}    [b] Success\n").changes("a")
