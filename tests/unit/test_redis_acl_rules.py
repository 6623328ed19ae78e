"""Whether Redis lets in whom it should: each drift alone, and the least that repairs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from looks import (
    CLERK_HASH,
    differing,
    identity,
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
from mounts import ACL, ACL_INSIDE, KEY, KEY_INSIDE
from verdicts import (
    Drift,
    actions,
    assert_judged,
    assert_within_their_own_disruption,
    kinds,
    verdicts,
)

from pyinfra_runbooks.differences import Difference
from pyinfra_runbooks.disruption import Disruption
from pyinfra_runbooks.findings import Refusal, Unknown, remedies
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.rules import redis as rules
from pyinfra_runbooks.rules.acl import acl_plan, password_hash
from pyinfra_runbooks.rules.steps import Step
from pyinfra_runbooks.settings import EnvironmentVariable, HostFile, Redis, RedisUser, Stack

NONE, RECONNECT, RESTART, RECREATE = Disruption
CLERK = f"user clerk on sanitize-payload #{CLERK_HASH} ~* &* +@all"
DEFAULT_OFF = "user default off sanitize-payload resetchannels -@all"
STRANGER = f"user guest on sanitize-payload #{CLERK_HASH} ~* &* +@all"


def acl_file(look: Look, *lines: str) -> Look:
    """The ACL file on the host has these lines; the container sees the same file."""
    content = identity("\n".join(lines))
    look = with_file(look, ACL, acl=lines, sha256=content)
    return inside(look, ACL_INSIDE, acl=lines, sha256=content)


def on_nothing(look: Look) -> Look:
    return with_redis(look, config={"aclfile": ""}, open=True)


def with_run_time(look: Look, *names: str) -> Look:
    """Somebody made users with ACL SETUSER."""
    return with_redis(look, users=frozenset({"default", "clerk", *(names or ("guest",))}))


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
    "with nobody let in": (locked_out, [("acl-locked-out", "Refusal")], None),
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
    assert_judged(list(rules.findings(change(look), stack)), expected, step)


FINE: dict[str, Callable[[Look], Look]] = {
    "rules that read back differently": lambda look: with_acl(
        look, "clerk", commands="+@all +@pubsub"
    ),
    "7.0, which prints no sanitize-payload": lambda look: with_acl(look, "clerk", flags=["on"]),
    "an answer of RESP3": lambda look: with_acl(look, "clerk"),
    "a user of somebody else, in the file": lambda look: with_redis(
        acl_file(look, DEFAULT_OFF, CLERK, STRANGER), users=frozenset({"default", "clerk", "guest"})
    ),
    "an ACL file that only the container may read": lambda look: with_file(
        look, ACL, acl=None, sha256=None, error="Permission denied"
    ),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_fine(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert verdicts(rules.findings(change(look), stack)) == []


# Users that only the running server knows


def test_a_user_that_nothing_keeps_is_a_persons_to_decide(look: Look, stack: Stack) -> None:
    (finding,) = rules.findings(with_run_time(look, "guest", "billing"), stack)
    assert finding.problem == "lacks users that the running Redis has: billing, guest"
    assert isinstance(finding.answer, Refusal)
    for way in ("ACL LIST", ACL, "declare it", "ACL DELUSER"):
        assert way in finding.answer.instead


def test_a_load_that_would_remove_users_says_so_and_disturbs_them(look: Look, stack: Stack) -> None:
    """A Redis that drops nobody else's connections (7.4) drops theirs."""
    differs = with_acl(look, "clerk", keys="~app:*")
    for drifted, disruption in ((differs, NONE), (with_run_time(differs), RECONNECT)):
        found = [f for f in rules.findings(drifted, stack) if f.kind == "acl-differs"]
        assert verdicts(found) == [("acl-differs", disruption)]
        (remedy,) = remedies(found)
        assert ("it removes guest" in remedy.does) is (disruption is RECONNECT)


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
    assert actions(rules.findings(drifted, stack)) != []
    found = rules.findings(with_run_time(drifted), stack)
    assert actions(found) == steps
    assert "acl-run-time-user" in kinds(found)
    assert not rules.made_anew(with_run_time(drifted), stack)


def test_a_run_time_user_that_is_put_into_the_file_is_kept(look: Look, stack: Stack) -> None:
    kept = with_run_time(acl_file(look, DEFAULT_OFF, CLERK, STRANGER))
    assert rules.findings(kept, stack) == []


def test_what_is_not_saved_may_be_given_up(look: Look) -> None:
    found = rules.findings(locked_out(look), stack(unsaved="accept"))
    assert verdicts(found) == [("acl-locked-out", RESTART)]


def test_a_default_user_without_a_password_admits_anybody(look: Look, stack: Stack) -> None:
    nopass = with_acl(look, "default", flags=["on", "nopass", "sanitize-payload"])
    (finding,) = rules.findings(nopass, stack)
    assert (finding.kind, finding.problem) == ("acl-open", "admits anybody")


def test_open_is_said_of_an_acl_that_is_not_configured(look: Look, stack: Stack) -> None:
    (finding,) = rules.findings(on_nothing(look), stack)
    assert "anybody" in finding.evidence


def test_every_remedy_is_within_a_cap_of_its_own_disruption() -> None:
    assert_within_their_own_disruption(rules.findings, DRIFT)


# A user that may log in, and may not ask everything

NOT_TOLD: dict[str, Any] = {"config": None, "users": frozenset(), "acl": {}, "says": "NOPERM no"}


def asked_by(rules_of_clerk: str) -> Stack:
    """The stack with other rules, as its file has them."""
    user = RedisUser("clerk", rules=rules_of_clerk, password=HostFile("keys/cache.txt"))
    return stack(redis=Redis(service="cache", acl_file=ACL_INSIDE, users=(user,)))


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ("~* &* +@all -@dangerous", NOT_TOLD | {"info": {}, "pong": '"PONG"'}),
        ("~* &* +@all -@admin", NOT_TOLD),
        ("~* &* +@all", NOT_TOLD | {"says": "ERR unknown command 'ACL'"}),
    ],
    ids=["not dangerous", "no admin", "renamed commands"],
)
def test_where_nobody_may_ask_as_declared_it_is_merely_to_be_known(
    look: Look, allowed: str, refused: dict[str, Any]
) -> None:
    declared = asked_by(allowed)
    seen = acl_file(look, DEFAULT_OFF, CLERK.replace(" ~* &* +@all", f" {allowed}"))
    (finding,) = rules.findings(with_redis(seen, **refused), declared)
    assert (finding.kind, finding.answer) == ("acl-not-compared", None)
    assert not finding.drift
    assert refused["says"] in finding.evidence
    assert "its file was compared" in finding.evidence
    wrong = acl_file(look, DEFAULT_OFF)
    found = rules.findings(with_redis(wrong, **refused), declared)
    assert verdicts(found) == [("acl-file", NONE), ("acl-not-compared", "NoneType")]


@pytest.mark.parametrize(
    "refused",
    [
        NOT_TOLD,
        NOT_TOLD | {"info": {}},
        NOT_TOLD | {"logins": {"clerk": False}, "open": True},
        NOT_TOLD | {"says": "MISCONF Redis is configured to save"},
    ],
    ids=["against its rules", "nothing at all", "as somebody else", "for another reason"],
)
def test_where_it_is_refused_otherwise_it_can_not_be_judged(
    look: Look, stack: Stack, refused: dict[str, Any]
) -> None:
    assert verdicts(rules.findings(with_redis(look, **refused), stack)) == [
        ("acl-withheld", "Refusal")
    ]


def test_what_is_told_is_compared_though_the_rest_is_not(look: Look) -> None:
    seen = with_redis(acl_file(look, DEFAULT_OFF, f"{CLERK} -config"), config=None)
    declared = asked_by("~* &* +@all -config")
    assert verdicts(rules.findings(seen, declared)) == [("acl-differs", NONE)]
    seen = with_redis(with_acl(seen, "clerk", commands="+@all -config"), users=frozenset())
    assert kinds(rules.findings(seen, declared)) == ["acl-withheld"]


def test_the_one_who_may_ask_does(look: Look) -> None:
    password = HostFile("keys/cache.txt")
    app = RedisUser("app", rules="~* +@all -@dangerous", password=password)
    ops = RedisUser("ops", rules="~* +@all", password=password)
    assert Redis(users=(app, ops)).asks.name == "ops"
    assert Redis(users=(app, ops), admin="app").asks.name == "app"
    assert Redis(users=(app,)).asks.name == "app"


def test_a_field_that_nobody_knows_is_named_and_all_else_compared(look: Look, stack: Stack) -> None:
    seen = with_acl(look, "clerk", hours="9-17", databases="alldbs")
    (finding,) = rules.findings(seen, stack)
    assert (finding.kind, finding.drift) == ("acl-passed-over", False)
    assert "field 'hours'" in finding.evidence
    found = rules.findings(with_acl(look, "clerk", hours="", databases="db=0"), stack)
    assert verdicts(found) == [("acl-passed-over", "NoneType"), ("acl-differs", NONE)]
    assert "databases: alldbs expected, db=0 found" in found[1].evidence


def test_a_sentinel_is_refused_by_its_name(look: Look, stack: Stack) -> None:
    """It knows INFO, and no CONFIG."""
    seen = with_redis(with_info(look, redis_mode="sentinel"), config=None, users=frozenset())
    (finding,) = rules.findings(seen, stack)
    assert finding.kind == "sentinel"
    assert finding.answer.because == "it is a Sentinel, which this is not made for"


@pytest.mark.parametrize(
    "reply",
    [["flags", ["on"]], {"flags": ["on"]}, "OK", 7],
    ids=["list", "field", "text", "number"],
)
def test_an_acl_that_is_not_understood_can_not_be_judged(
    look: Look, stack: Stack, reply: Any
) -> None:
    found = rules.findings(with_acl(look, "clerk", reply), stack)
    assert verdicts(found) == [("acl-not-understood", "Refusal")]
    hidden = with_run_time(with_acl(look, "clerk", reply))
    assert "acl-run-time-user" in kinds(rules.findings(hidden, stack))


# The ACL that is declared


def plan_of(look: Look, declared: Stack) -> Any:
    return acl_plan(look, declared, look.declared.services["cache"])


def test_the_plan_turns_the_default_user_off_and_holds_hashes(look: Look, stack: Stack) -> None:
    plan = plan_of(look, stack)
    assert plan.path == ACL
    assert plan.lines == (DEFAULT_OFF, CLERK)
    assert (plan.file_problems, plan.running_problems, plan.refusals) == ((), (), ())


def test_every_user_without_a_password_is_told(look: Look) -> None:
    users = (
        RedisUser("clerk", rules="+@all", password=HostFile("keys/cache.txt")),
        RedisUser("gauge", rules="+info", password=HostFile("keys/gauge.txt")),
        RedisUser("robot", rules="+get", password=HostFile("keys/robot.txt")),
    )
    plan = plan_of(look, stack(redis=Redis(service="cache", acl_file=ACL_INSIDE, users=users)))
    assert [r.problem for r in plan.refusals] == [
        "lacks gauge's password",
        "lacks robot's password",
    ]
    assert plan.lines == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"error": "No such file or directory"}, "does not exist"),
        ({"kind": "directory"}, "no file but a directory"),
        ({"password_sha256": None, "error": "Permission denied"}, "can't be read"),
        ({"line_count": 2}, "2 lines"),
        ({"size": 0}, "is empty"),
        (
            {"password_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
            "is empty",
        ),
    ],
    ids=["missing", "directory", "unreadable", "two lines", "no byte", "line ends only"],
)
def test_a_password_that_is_none(
    look: Look, stack: Stack, changes: dict[str, Any], reason: str
) -> None:
    digest = password_hash(with_file(look, KEY, **changes), stack, HostFile("keys/cache.txt"))
    assert isinstance(digest, Unknown)
    assert reason in digest.reason


def test_a_password_of_the_controller_becomes_its_hash(
    look: Look, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_CLERK", "a password")
    assert password_hash(look, stack, EnvironmentVariable("SHOP_CLERK")) == CLERK_HASH


def test_no_password_is_in_a_plan_or_finding(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_CLERK_2", "s3cret words")
    user = RedisUser("clerk", rules="~* +@all", password=EnvironmentVariable("SHOP_CLERK_2"))
    declared = stack(redis=Redis(service="cache", acl_file=ACL_INSIDE, users=(user,)))
    found = rules.findings(look, declared)
    assert found
    assert "s3cret" not in repr(found) + repr(plan_of(look, declared))


@pytest.mark.parametrize(
    ("rule", "loaded", "refused"),
    [
        ("+@nosuchcategory", False, True),
        ("-@NoSuchCategory", False, True),
        ("+@nosuchcategory", True, False),
        ("+@read -@dangerous +@ALL +@json", False, False),
        ("+get ~a+@b", False, False),
    ],
    ids=["unknown", "case", "but loaded", "known", "none"],
)
def test_a_stranger_whom_redis_may_not_load(
    look: Look, stack: Stack, rule: str, loaded: bool, refused: bool
) -> None:
    """The file is loaded as a whole, or not at all: at the next start Redis would not come up."""
    broken = acl_file(look, DEFAULT_OFF, CLERK, f"user guest on ~* {rule}")
    if loaded:
        broken = with_redis(broken, users=frozenset({"default", "clerk", "guest"}))
    found = [f for f in rules.findings(broken, stack) if f.kind == "acl-not-loadable"]
    assert bool(found) is refused
    assert all("nosuchcategory" in f.evidence for f in found)


def test_an_acl_that_most_files_lack_may_be_in_the_others(look: Look, stack: Stack) -> None:
    mounts = tuple(m for m in look.declared.services["cache"].mounts if m.target != ACL_INSIDE)
    cut = with_declared(look, "cache", mounts=mounts)
    (usual,) = (f for f in rules.findings(cut, stack) if f.kind == "acl-unknown")
    assert isinstance(usual.answer, Refusal)
    assert usual.answer.instead == "Redis(acl_file=...)"
    files = ("/srv/shop/compose.yml", "/srv/shop/acl.yml")
    (found,) = (
        f
        for f in rules.findings(with_container(cut, "web", config_files=files), stack)
        if f.kind == "acl-unknown"
    )
    assert isinstance(found.answer, Refusal)
    assert "from compose.yml, acl.yml: web" in found.evidence
    assert found.answer.instead.endswith('Compose(files=("compose.yml", "acl.yml"))')
