"""Whether Redis lets in whom it should: each drift alone, and the least that repairs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from looks import (
    inside,
    locked_out,
    stack,
    with_acl,
    with_container,
    with_declared,
    with_file,
    with_info,
    with_redis,
    without_file,
)
from mounts import ACL, ACL_INSIDE, KEY
from running_acls import CLERK, DEFAULT_OFF, STRANGER, acl_file, on_nothing, with_run_time
from verdicts import (
    Drift,
    assert_judged,
    assert_within_their_own_disruption,
    kinds,
    of_servers,
    settled,
    verdicts,
)

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.resolution import Note, Refusal
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.redis.steps import Step
from pyinfra_runbooks.settings import HostFile, Redis, RedisUser, Stack

NONE, RECONNECT, RESTART, RECREATE = Disruption
# What findings about its ACL are about.
SUBJECTS = ("cache", ACL, ACL_INSIDE)
DRIFT: Drift = {
    # Its ACL
    "without its ACL file in the configuration": (
        on_nothing,
        [("acl-not-configured", RESTART)],
        Step.RESTART,
    ),
    "with another ACL file in the configuration": (
        lambda look: with_redis(look, config={"aclfile": "/tmp/acl"}),  # noqa: S108
        [("acl-not-configured", RESTART)],
        Step.RESTART,
    ),
    "with nobody let in": (locked_out, [("acl-locked-out", RESTART)], Step.RESTART),
    "without a secret of the stack, so that no login is sent": (
        lambda look: with_redis(locked_out(look), logins={}, login_sent=False),
        [("login-withheld", "Refusal")],
        None,
    ),
    "with fewer commands": (
        lambda look: with_acl(look, "clerk", commands="+@all -debug"),
        [("acl-differs", NONE)],
        Step.LOAD,
    ),
    "with other keys": (
        lambda look: with_acl(look, "clerk", keys="~app:*"),
        [("acl-differs", NONE)],
        Step.LOAD,
    ),
    "with another password": (
        lambda look: with_acl(look, "clerk", passwords=["0" * 64]),
        [("acl-differs", NONE)],
        Step.LOAD,
    ),
    "with the default user on": (
        lambda look: with_redis(
            with_acl(look, "default", flags=["on", "nopass"], commands="+@all", keys="~*"),
            open=True,
        ),
        [("acl-open", NONE)],
        Step.LOAD,
    ),
    "without the user": (
        lambda look: with_acl(look, "clerk", None),
        [("acl-differs", NONE)],
        Step.LOAD,
    ),
    "with a user that is in no file": (
        lambda look: with_run_time(look),
        [("acl-run-time-user", "Refusal")],
        None,
    ),
    "7.2, whose ACL LOAD drops every connection": (
        lambda look: with_acl(
            with_info(look, redis_version="7.2.4"), "clerk", commands="+@all -debug"
        ),
        [("acl-differs", RECONNECT)],
        Step.LOAD,
    ),
    "Valkey, of which it is not known": (
        lambda look: with_acl(with_info(look, valkey_version="8.1.1"), "clerk", keys="~a"),
        [("acl-differs", RECONNECT)],
        Step.LOAD,
    ),
    # The ACL file
    "with a file that lacks a user": (
        lambda look: acl_file(look, DEFAULT_OFF),
        [("acl-file", NONE)],
        Step.WRITE,
    ),
    "with a file that leaves the default user on": (
        lambda look: acl_file(look, "user default on nopass ~* &* +@all", CLERK),
        [("acl-file", NONE)],
        Step.WRITE,
    ),
    "with a file that Redis can't load": (
        lambda look: acl_file(look, DEFAULT_OFF, CLERK, CLERK),
        [("acl-file", NONE)],
        Step.WRITE,
    ),
    "with a file that holds nothing": (
        lambda look: inside(with_file(look, ACL, acl=None, size=0), ACL_INSIDE, acl=None),
        [("acl-file", NONE)],
        Step.WRITE,
    ),
    "with a file that lets in a user whom nobody declares": (
        lambda look: acl_file(look, DEFAULT_OFF, CLERK, "user guest on nopass ~* &* +@all"),
        [("acl-open-user", "Refusal")],
        None,
    ),
    "with no ACL file": (
        lambda look: without_file(look, ACL),
        [("acl-file", NONE)],
        Step.WRITE,
    ),
    # What can't be known
    "without its password's file": (
        lambda look: without_file(look, KEY),
        [("acl-unknown", "Refusal")],
        None,
    ),
    "without an ACL file in the compose file": (
        lambda look: with_declared(
            look,
            "cache",
            mounts=tuple(
                m for m in look.declared.services["cache"].mounts if m.target != ACL_INSIDE
            ),
        ),
        [("acl-unknown", "Refusal")],
        None,
    ),
}


@pytest.mark.parametrize(("change", "expected", "step"), DRIFT.values(), ids=DRIFT)
def test_drift(
    look: Look,
    stack: Stack,
    change: Callable[[Look], Look],
    expected: list[tuple[str, object]],
    step: Step | None,
) -> None:
    assert_judged(list(of_servers(change(look), stack)), expected, step, *SUBJECTS)


FINE: dict[str, Callable[[Look], Look]] = {
    "rules that read back differently": lambda look: with_acl(
        look, "clerk", commands="+@all +@pubsub"
    ),
    "7.0, which prints no sanitize-payload": lambda look: with_acl(look, "clerk", flags=["on"]),
    "an answer of RESP3": lambda look: with_acl(look, "clerk"),
    "a user of another project, in the file": lambda look: with_redis(
        acl_file(look, DEFAULT_OFF, CLERK, STRANGER), users=frozenset({"default", "clerk", "guest"})
    ),
    "an ACL file that only the container may read": lambda look: with_file(
        look, ACL, acl=None, sha256=None, error="Permission denied"
    ),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_fine(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert verdicts(of_servers(change(look), stack)) == []


def test_what_is_not_saved_may_be_given_up(look: Look) -> None:
    found = settled(locked_out(look), stack(), "cache", allow_data_loss="cache")
    assert ("acl-locked-out", RESTART) in verdicts(found)
    refused = settled(locked_out(look), stack(), "cache")
    assert ("acl-locked-out", "Refusal") in verdicts(refused)


def test_a_default_user_without_a_password_admits_unauthenticated(look: Look, stack: Stack) -> None:
    nopass = with_acl(look, "default", flags=["on", "nopass", "sanitize-payload"])
    (finding,) = of_servers(nopass, stack)
    assert (finding.kind.id, finding.problem) == ("acl-open", "accepts unauthenticated clients")


def test_open_is_said_of_an_acl_that_is_not_configured(look: Look, stack: Stack) -> None:
    (finding,) = of_servers(on_nothing(look), stack)
    assert "unauthenticated" in finding.evidence


def test_every_remedy_is_within_a_cap_of_its_own_disruption() -> None:
    assert_within_their_own_disruption(of_servers, DRIFT)


# A user that may log in, and may not ask everything

NOT_SHOWN: dict[str, Any] = {"config": None, "users": frozenset(), "acl": {}, "says": "NOPERM no"}


def asked_by(rules_of_clerk: str) -> Stack:
    """The stack with other rules, as its file has them."""
    user = RedisUser("clerk", rules=rules_of_clerk, password=HostFile("keys/cache.txt"))
    return stack(redis=Redis(service="cache", acl_file=ACL_INSIDE, users=(user,)))


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ("~* &* +@all -@dangerous", NOT_SHOWN | {"info": {}, "pong": '"PONG"'}),
        ("~* &* +@all -@admin", NOT_SHOWN),
        ("~* &* +@all", NOT_SHOWN | {"says": "ERR unknown command 'ACL'"}),
    ],
    ids=["not dangerous", "no admin", "renamed commands"],
)
def test_where_nobody_may_ask_as_declared_it_is_merely_to_be_known(
    look: Look, allowed: str, refused: dict[str, Any]
) -> None:
    declared = asked_by(allowed)
    seen = acl_file(look, DEFAULT_OFF, CLERK.replace(" ~* &* +@all", f" {allowed}"))
    (finding,) = of_servers(with_redis(seen, **refused), declared)
    assert (finding.kind.id, finding.resolution) == ("acl-not-compared", Note())
    assert not finding.drift
    assert refused["says"] in finding.evidence
    assert "its file was compared" in finding.evidence
    wrong = acl_file(look, DEFAULT_OFF)
    found = of_servers(with_redis(wrong, **refused), declared)
    assert verdicts(found) == [("acl-file", NONE), ("acl-not-compared", "Note")]


@pytest.mark.parametrize(
    "refused",
    [
        NOT_SHOWN,
        NOT_SHOWN | {"info": {}},
        NOT_SHOWN | {"logins": {"clerk": False}, "open": True},
        NOT_SHOWN | {"says": "MISCONF Redis is configured to save"},
    ],
    ids=["against its rules", "nothing at all", "as another user", "for another reason"],
)
def test_where_it_is_refused_otherwise_it_can_not_be_judged(
    look: Look, stack: Stack, refused: dict[str, Any]
) -> None:
    assert verdicts(of_servers(with_redis(look, **refused), stack)) == [("acl-withheld", "Refusal")]


def test_what_is_reported_is_compared_though_the_rest_is_not(look: Look) -> None:
    seen = with_redis(acl_file(look, DEFAULT_OFF, f"{CLERK} -config"), config=None)
    declared = asked_by("~* &* +@all -config")
    assert verdicts(of_servers(seen, declared)) == [("acl-differs", NONE)]
    seen = with_redis(with_acl(seen, "clerk", commands="+@all -config"), users=frozenset())
    assert kinds(of_servers(seen, declared)) == ["acl-withheld"]


def test_the_one_who_may_ask_does(look: Look) -> None:
    password = HostFile("keys/cache.txt")
    app = RedisUser("app", rules="~* +@all -@dangerous", password=password)
    ops = RedisUser("ops", rules="~* +@all", password=password)
    assert Redis(users=(app, ops)).asking_user.name == "ops"
    assert Redis(users=(app, ops), admin="app").asking_user.name == "app"
    assert Redis(users=(app,)).asking_user.name == "app"


def test_a_field_that_nobody_knows_is_named_and_all_else_compared(look: Look, stack: Stack) -> None:
    seen = with_acl(look, "clerk", hours="9-17", databases="alldbs")
    (finding,) = of_servers(seen, stack)
    assert (finding.kind.id, finding.drift) == ("acl-passed-over", False)
    assert "field 'hours'" in finding.evidence
    found = of_servers(with_acl(look, "clerk", hours="", databases="db=0"), stack)
    assert verdicts(found) == [("acl-passed-over", "Note"), ("acl-differs", NONE)]
    assert "databases: alldbs expected, db=0 found" in found[1].evidence


def test_a_sentinel_is_refused_by_its_name(look: Look, stack: Stack) -> None:
    """It knows INFO, and no CONFIG."""
    seen = with_redis(with_info(look, redis_mode="sentinel"), config=None, users=frozenset())
    (finding,) = of_servers(seen, stack)
    assert finding.kind.id == "sentinel"
    assert finding.resolution.because == "it is a Sentinel, which is not supported"


@pytest.mark.parametrize(
    "reply",
    [["flags", ["on"]], {"flags": ["on"]}, "OK", 7],
    ids=["list", "field", "text", "number"],
)
def test_an_acl_that_is_not_understood_can_not_be_judged(
    look: Look, stack: Stack, reply: Any
) -> None:
    found = of_servers(with_acl(look, "clerk", reply), stack)
    assert verdicts(found) == [("acl-not-understood", "Refusal")]
    hidden = with_run_time(with_acl(look, "clerk", reply))
    assert "acl-run-time-user" in kinds(of_servers(hidden, stack))


def test_an_acl_that_most_files_lack_may_be_in_the_others(look: Look, stack: Stack) -> None:
    mounts = tuple(m for m in look.declared.services["cache"].mounts if m.target != ACL_INSIDE)
    cut = with_declared(look, "cache", mounts=mounts)
    (usual,) = (f for f in of_servers(cut, stack) if f.kind.id == "acl-unknown")
    assert isinstance(usual.resolution, Refusal)
    assert usual.resolution.instead.endswith("Redis(acl_file=...)")
    files = ("/srv/shop/compose.yml", "/srv/shop/acl.yml")
    (found,) = (
        f
        for f in of_servers(with_container(cut, "web", config_files=files), stack)
        if f.kind.id == "acl-unknown"
    )
    assert isinstance(found.resolution, Refusal)
    assert "from compose.yml + acl.yml (web)" in found.evidence
    assert found.resolution.instead.endswith('Compose(files=("compose.yml", "acl.yml"))')
