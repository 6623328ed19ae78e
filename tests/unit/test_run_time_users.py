"""Users that only the running Redis knows: nothing removes them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from looks import differing, inside, with_acl, with_redis
from mounts import ACL, KEY_INSIDE
from running_acls import CLERK, DEFAULT_OFF, STRANGER, acl_file, plan_of, with_run_time
from verdicts import actions, kinds, of_servers, settled, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import remedies
from pyinfra_runbooks.core.resolution import Refusal
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.redis.rules.serving import serving
from pyinfra_runbooks.packs.redis.steps import Step
from pyinfra_runbooks.settings import Stack

NONE, RECONNECT, RESTART, RECREATE = Disruption


def test_a_user_that_nothing_keeps_is_a_persons_to_decide(look: Look, stack: Stack) -> None:
    (finding,) = of_servers(with_run_time(look, "guest", "billing"), stack)
    assert finding.problem == "lacks users that the running Redis has: billing, guest"
    assert isinstance(finding.resolution, Refusal)
    for way in ("ACL LIST", ACL, "declare it", "ACL DELUSER"):
        assert way in finding.resolution.instead


def test_a_load_that_would_remove_users_says_so_and_disturbs_them(look: Look, stack: Stack) -> None:
    """A Redis that drops nobody else's connections (7.4) drops theirs."""
    differs = with_acl(look, "clerk", keys="~app:*")
    for drifted, disruption in ((differs, NONE), (with_run_time(differs), RECONNECT)):
        (cache,) = drifted.members("cache")
        loads = [
            f
            for f in serving(drifted, stack.servers[0], cache, plan_of(drifted, stack))
            if f.kind.id == "acl-differs"
        ]
        assert verdicts(loads) == [("acl-differs", disruption)]
        (remedy,) = remedies(loads)
        assert ("it removes guest" in remedy.does) is (disruption is RECONNECT)


def test_a_load_that_would_remove_users_waits_for_who_is_to_decide(
    look: Look, stack: Stack
) -> None:
    drifted = with_run_time(with_acl(look, "clerk", keys="~app:*"))
    (load,) = (f for f in settled(drifted, stack, "cache") if f.kind.id == "acl-differs")
    assert isinstance(load.resolution, Refusal)
    assert load.resolution.because.startswith("it has to wait for another refusal: ")
    assert "the running Redis has: guest [acl-run-time-user]" in load.resolution.because


BESIDE_A_RUN_TIME_USER: dict[str, tuple[Callable[[Look], Look], list[Step]]] = {
    "another ACL of a declared user": (lambda look: with_acl(look, "clerk", keys="~app:*"), []),
    "an open default user": (
        lambda look: with_redis(
            with_acl(look, "default", flags=["on", "nopass"], commands="+@all", keys="~*"),
            open=True,
        ),
        [],
    ),
    "another configuration": (
        lambda look: differing(look, "cache", Difference("changed", "command")),
        [],
    ),
    "an older secret": (lambda look: inside(look, KEY_INSIDE, inode=99, sha256="0" * 64), []),
    "an ACL file that lacks a declared user": (
        lambda look: acl_file(look, DEFAULT_OFF),
        [Step.WRITE],
    ),
}


@pytest.mark.parametrize(
    ("change", "steps"), BESIDE_A_RUN_TIME_USER.values(), ids=BESIDE_A_RUN_TIME_USER
)
def test_beside_such_a_user_nothing_is_loaded_or_stopped(
    look: Look, stack: Stack, change: Callable[[Look], Look], steps: list[Step]
) -> None:
    drifted = change(look)
    assert actions(settled(drifted, stack, "cache")) != []
    found = settled(with_run_time(drifted), stack, "cache")
    assert actions(found) == steps
    assert "acl-run-time-user" in kinds(found)


def test_a_run_time_user_that_is_put_into_the_file_is_kept(look: Look, stack: Stack) -> None:
    kept = with_run_time(acl_file(look, DEFAULT_OFF, CLERK, STRANGER))
    assert of_servers(kept, stack) == []
