"""What of Redis' repair waits for a refusal, and what does not."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

import pytest
from looks import without_file
from mounts import KEY

from pyinfra_runbooks.disruption import Disruption
from pyinfra_runbooks.findings import Refusal, Restraint
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.rules import acl, redis, serving
from pyinfra_runbooks.rules.acl import acl_plan
from pyinfra_runbooks.rules.depending import HOLDS_UP, held_up
from pyinfra_runbooks.rules.steps import RedisFinding, Step, redis_finding, step_remedy
from pyinfra_runbooks.settings import Stack
from pyinfra_runbooks.shell.redis import repair

WRITE, LOAD, START, RESTART, RECREATE = Step
_TAKES = {LOAD: Disruption.RECONNECT}
REMEDIES = {
    "acl-file": WRITE,
    "acl-differs": LOAD,
    "redis-stopped": START,
    "secret-stale": RESTART,
    "acl-not-configured": RESTART,
    "config-differs": RECREATE,
}


def finding(kind: str, step: Step | None) -> RedisFinding:
    answer = (
        Refusal("it is", "look") if step is None else step_remedy(step, "do it", _TAKES.get(step))
    )
    return redis_finding(kind, "cache", "is odd", "seen", answer)


def done_beside(refused: str) -> set[str]:
    """The kinds that are repaired though one is refused."""
    found = [finding(kind, step) for kind, step in REMEDIES.items() if kind != refused]
    left = held_up([*found, finding(refused, None)], Disruption.RECREATE)
    assert [f.kind for f in left] == [*(f.kind for f in found), refused]
    return {f.kind for f in left if not isinstance(f.answer, Refusal)}


ALL = set(REMEDIES)
CALM = {"acl-file", "redis-stopped"}
CASES: dict[str, set[str]] = {
    "sentinel": set(),
    "acl-not-loadable": set(),
    "acl-open-user": {"acl-file"},
    "acl-run-time-user": CALM,
    "acl-unknown": {"redis-stopped"},
    "acl-not-understood": ALL,
    "acl-locked-out": {"redis-stopped"},
    "acl-withheld": CALM,
    "login-withheld": CALM | {"acl-differs"},
    "redis-silent": CALM | {"acl-differs"},
    "secret-not-mounted": ALL - {"redis-stopped", "acl-not-configured"},
    "secret-unreadable": CALM | {"acl-differs"},
    "redis-state": {"acl-file"},
    "network-gone": {"acl-file", "acl-differs"},
    "sidecar-cut-off": {"acl-file", "acl-differs"},
    "config-differs": ALL - {"config-differs", "acl-not-configured"},
    "secret-stale": ALL - {"secret-stale"},
    "redis-stopped": ALL - {"redis-stopped"},
    "one that nobody thought of": CALM,
}


@pytest.mark.parametrize(("refused", "done"), CASES.items(), ids=CASES)
def test_a_refusal_holds_up_what_depends_on_it(refused: str, done: set[str]) -> None:
    assert done_beside(refused) == done


def raised(module: ModuleType) -> Iterator[str]:
    """The kinds of findings that a module names where it makes one."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Call(func=ast.Name(id="redis_finding"), args=[kind, *_]):
                yield from texts(kind)
            case ast.Call(func=ast.Name(id="AclRefusal"), args=[_, _, _, kind]):
                yield from texts(kind)
            case ast.Call(func=ast.Name(id="AclRefusal"), args=[_, _, _], keywords=[]):
                yield acl.AclRefusal._field_defaults["kind"]


def texts(expression: ast.expr) -> Iterator[str]:
    match expression:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*texts(one), *texts(other))
        case ast.Name(id="RUN_TIME"):
            yield acl.RUN_TIME
        case ast.Attribute(attr="kind"):
            pass  # It was named where that was made.
        case _:
            raise AssertionError(ast.dump(expression))


def test_what_each_kind_holds_up_is_said() -> None:
    kinds = {kind for module in (redis, serving, acl) for kind in raised(module)}
    assert len(kinds) > 25
    assert kinds == set(HOLDS_UP)


def test_what_waits_says_for_what() -> None:
    found = held_up(
        [finding("acl-differs", LOAD), finding("acl-unknown", None)], Disruption.RESTART
    )
    waiting = found[0].answer
    assert isinstance(waiting, Refusal)
    assert waiting.because == "it has to wait for another refusal: cache: is odd [acl-unknown]"


def test_what_takes_too_much_is_waited_for_as_well() -> None:
    """It is not refused yet: whoever allows more has both done."""
    both = [finding("acl-not-configured", RESTART), finding("config-differs", RECREATE)]
    assert held_up(both, Disruption.RECREATE) == both
    waiting, recreate = held_up(both, Disruption.RESTART)
    assert recreate is both[1]
    assert isinstance(waiting.answer, Refusal)
    assert waiting.answer.restraint is Restraint.CAP


@pytest.mark.parametrize("refused", [*(CASES.keys() - {"sentinel"})])
def test_what_is_paused_goes_on(refused: str) -> None:
    paused = finding("redis-paused", START)
    assert held_up([paused, finding(refused, None)], Disruption.NONE)[0] is paused


def test_where_nobody_knows_the_acl_redis_is_started_and_nothing_written(
    look: Look, stack: Stack
) -> None:
    """And no login is sent, since nobody knows which."""
    plan = acl_plan(without_file(look, KEY), stack, look.declared.services["cache"])
    assert plan.right
    script = repair(stack, START, plan, look.declared, "example/cache:1", "0" * 64)
    for said in ("users=0\n", "logins_n=0\n", "acl_is_right=yes\n", "digests=''\n"):
        assert f"\n{said}" in script
    assert "logins() {\n:\n}" in script
