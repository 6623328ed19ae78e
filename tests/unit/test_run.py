"""What a run knows of a host: one object, which a test builds and a person can read."""

from __future__ import annotations

from dataclasses import replace

from fakes import FakeHost
from looks import attached, healthy, stack

from pyinfra_runbooks.core.plan import Scope
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.run import Hold, HostRun, Seen, StackRun, run_of
from pyinfra_runbooks.packs.findings import planned
from pyinfra_runbooks.settings import run_policy

LOOK = attached(healthy(), "cache", {})


def test_it_is_built_and_printed() -> None:
    made = planned(LOOK, stack())
    known = StackRun(
        stack(),
        run_policy(stack()),
        Seen(LOOK, 7.0, True),
        planned=(LOOK, {Scope(): made}),
        shown={Scope(): made},
        hold=Hold(None, 7.0),
        changed=True,
    )
    said = [*HostRun("runbooks/redis_recovery.py", [known]).lines()]
    assert said[0].endswith("runbooks/redis_recovery.py")
    assert "changed: yes" in said[1]
    assert any("lock: held" in line for line in said)
    assert any("[no-network]: remedy" in line for line in said)
    assert any("shown: attach cache shop-cache-1 shop_back" in line for line in said)
    assert len(said) < 25


def test_what_was_not_seen_is_said() -> None:
    known = StackRun(stack(), seen=Seen(Unknown("no Docker"), 7.0, False))
    assert any("no Docker" in line for line in HostRun(stacks=[known]).lines())
    assert any("lock: not taken" in line for line in HostRun(stacks=[known]).lines())


def test_each_host_and_each_stack_has_its_own() -> None:
    one, other = FakeHost({}), FakeHost({})
    assert run_of(one) is run_of(one) is not run_of(other)
    same, second = stack(), replace(stack(), services=())
    assert run_of(one).of(same) is run_of(one).of(stack())
    assert run_of(one).of(second) is not run_of(one).of(same)
    run_of(one).of(second).hold = Hold(None, 7.0)
    assert run_of(one).hold(same.compose.directory) == Hold(None, 7.0)


def test_what_is_forgotten_is_looked_at_again() -> None:
    run = HostRun(stacks=[StackRun(stack(), seen=Seen(LOOK, 7.0, True))])
    run.forget()
    assert run.stacks[0].seen is None
