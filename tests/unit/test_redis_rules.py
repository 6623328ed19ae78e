"""Whether Redis runs as declared: each drift alone, and the least that repairs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import (
    CLERK_HASH,
    actions,
    container,
    healthy,
    identity,
    inside,
    joined,
    kinds,
    locked_out,
    stack,
    verdicts,
    with_acl,
    with_container,
    with_declared,
    with_file,
    with_info,
    with_redis,
    without,
    without_file,
)

from pyinfra_runbooks.compose import DeclaredMount
from pyinfra_runbooks.disruption import Disruption
from pyinfra_runbooks.engine import Mount
from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.look import File, Inside, Look
from pyinfra_runbooks.rules import redis as rules
from pyinfra_runbooks.rules.acl import acl_plan, password_hash
from pyinfra_runbooks.rules.redis import Step
from pyinfra_runbooks.settings import EnvironmentVariable, HostFile, Redis, RedisUser, Secret, Stack

NONE, RECONNECT, RESTART, RECREATE = Disruption
ACL, KEY, CONF = "/srv/shop/keys/cache.acl", "/srv/shop/keys/cache.txt", "/srv/shop/cache.conf"
ACL_INSIDE, KEY_INSIDE = "/run/secrets/cache_acl", "/run/secrets/cache_password"
CLERK = f"user clerk on sanitize-payload #{CLERK_HASH} ~* &* +@all"
DEFAULT_OFF = "user default off sanitize-payload resetchannels -@all"
STRANGER = f"user guest on sanitize-payload #{CLERK_HASH} ~* &* +@all"


def unmounted(look: Look, target: str) -> Look:
    """The container lacks a mount."""
    (cache,) = look.members("cache")
    return with_container(
        look, "cache", mounts=tuple(m for m in cache.mounts if m.target != target)
    )


def mounted_from(look: Look, target: str, source: str) -> Look:
    other = unmounted(look, target)
    (cache,) = other.members("cache")
    return with_container(other, "cache", mounts=(*cache.mounts, Mount("bind", source, target)))


def acl_file(look: Look, *lines: str) -> Look:
    """The ACL file on the host has these lines; the container sees the same file."""
    content = identity("\n".join(lines))
    look = with_file(look, ACL, acl=lines, sha256=content)
    return inside(look, ACL_INSIDE, acl=lines, sha256=content)


def cache_mounts(look: Look) -> tuple[Mount, ...]:
    (cache,) = look.members("cache")
    return tuple(m for m in cache.mounts if m.kind == "volume")


def on_nothing(look: Look) -> Look:
    return with_redis(look, config={"aclfile": ""}, open=True)


DRIFT: dict[str, tuple[Callable[[Look], Look], list[tuple[str, object]], Step | None]] = {
    # Its container
    "stopped": (
        lambda look: with_container(look, "cache", status="exited", exit_code=137),
        [("redis-stopped", NONE)],
        Step.START,
    ),
    "created only": (
        lambda look: with_container(look, "cache", status="created"),
        [("redis-stopped", NONE)],
        Step.START,
    ),
    "paused": (
        lambda look: replace(
            with_container(look, "cache", status="paused"), redis=Unknown("no answer")
        ),
        [("redis-paused", NONE)],
        Step.START,
    ),
    "in a restart loop": (
        lambda look: with_container(look, "cache", status="restarting", restarts=9),
        [("redis-restart-loop", RESTART)],
        Step.RESTART,
    ),
    "dead": (
        lambda look: with_container(look, "cache", status="dead"),
        [("redis-state", "Refusal")],
        None,
    ),
    "removed": (lambda look: without(look, "cache"), [("redis-removed", NONE)], Step.RECREATE),
    "made by hand": (
        lambda look: with_container(look, "cache", project="", service=""),
        [("redis-by-hand", "Refusal")],
        None,
    ),
    "there twice": (
        lambda look: joined(look, container("cache", "shop-cache-2", {})),
        [("redis-several", "Refusal")],
        None,
    ),
    "made from another configuration": (
        lambda look: with_container(look, "cache", config_hash=identity("by hand")),
        [("config-differs", RECREATE)],
        Step.RECREATE,
    ),
    # Its mounts
    "without a secret": (
        lambda look: unmounted(look, KEY_INSIDE),
        [("secret-not-mounted", RECREATE)],
        Step.RECREATE,
    ),
    "without its configuration": (
        lambda look: unmounted(look, "/etc/cache.conf"),
        [("file-not-mounted", RECREATE)],
        Step.RECREATE,
    ),
    "with a secret from elsewhere": (
        lambda look: mounted_from(look, KEY_INSIDE, "/srv/shop/keys/old.txt"),
        [("secret-not-mounted", RECREATE)],
        Step.RECREATE,
    ),
    # What it sees of them
    "with an older secret": (
        lambda look: inside(look, KEY_INSIDE, sha256="0" * 64, inode=99),
        [("secret-stale", RESTART)],
        Step.RESTART,
    ),
    "with an older secret that the host's user can't read": (
        lambda look: inside(with_file(look, KEY, sha256=None), KEY_INSIDE, inode=99),
        [("secret-stale", RESTART)],
        Step.RESTART,
    ),
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
    "and another container on its data": (
        lambda look: joined(
            without(look, "cache"),
            container("elsewhere", "thief", {}, project="other", mounts=cache_mounts(look)),
        ),
        [("redis-removed", "Refusal")],
        None,
    ),
    "stopped, and another container on its data": (
        lambda look: joined(
            with_container(look, "cache", status="exited"),
            container("elsewhere", "thief", {}, project="other", mounts=cache_mounts(look)),
        ),
        [("redis-stopped", "Refusal")],
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
        lambda look: with_redis(look, users=frozenset({"default", "clerk", "guest"})),
        [("acl-differs", NONE)],
        Step.LOAD,
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
    "silent": (
        lambda look: replace(look, redis=Unknown("no answer")),
        [("redis-silent", "Refusal")],
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
    found = rules.findings(change(look), stack)
    assert verdicts(found) == expected
    assert actions(found) == ([] if step is None else [step])
    assert all(f.evidence and f.problem for f in found)


FINE: dict[str, Callable[[Look], Look]] = {
    "as declared": lambda look: look,
    "rules that read back differently": lambda look: with_acl(
        look, "clerk", commands="+@all +@pubsub"
    ),
    "7.0, which prints no sanitize-payload": lambda look: with_acl(look, "clerk", flags=["on"]),
    "an answer of RESP3": lambda look: with_acl(look, "clerk"),
    "a user of somebody else, in the file": lambda look: with_redis(
        acl_file(look, DEFAULT_OFF, CLERK, STRANGER), users=frozenset({"default", "clerk", "guest"})
    ),
    "a file of the same content that was replaced": lambda look: inside(look, KEY_INSIDE, inode=99),
    "a mount more than declared": lambda look: mounted_from(look, "/backup", "/srv/backup"),
    "an older container's exit code": lambda look: with_container(look, "cache", exit_code=137),
    "an ACL file that only the container may read": lambda look: with_file(
        look, ACL, acl=None, sha256=None, error="Permission denied"
    ),
    "another project's container of that service": lambda look: joined(
        look, container("cache", "other-cache-1", {}, project="other")
    ),
    "a one-off container": lambda look: joined(
        look, container("cache", "shop-cache-run-1", {}, oneoff=True)
    ),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_fine(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert verdicts(rules.findings(change(look), stack)) == []


def test_what_is_not_saved_may_be_given_up(look: Look) -> None:
    found = rules.findings(locked_out(look), stack(unsaved="accept"))
    assert verdicts(found) == [("acl-locked-out", RESTART)]


def test_a_default_user_without_a_password_admits_anybody(look: Look, stack: Stack) -> None:
    nopass = with_acl(look, "default", flags=["on", "nopass", "sanitize-payload"])
    (finding,) = rules.findings(nopass, stack)
    assert (finding.kind, finding.problem) == ("acl-open", "admits anybody")


def test_an_undeclared_service_is_refused(look: Look) -> None:
    elsewhere = stack(redis=Redis(service="keydb", users=stack().redis.users), services=())
    assert verdicts(rules.findings(look, elsewhere)) == [("redis-undeclared", "Refusal")]


def test_the_step_that_repairs_several_is_the_highest() -> None:
    assert Step.WRITE < Step.LOAD < Step.START < Step.RESTART < Step.RECREATE


def test_open_is_said_of_an_acl_that_is_not_configured(look: Look, stack: Stack) -> None:
    (finding,) = rules.findings(on_nothing(look), stack)
    assert "anybody" in finding.evidence


# A user that may log in, and may not ask everything


def test_a_user_that_may_not_ask_can_not_be_judged(look: Look, stack: Stack) -> None:
    refused = with_redis(look, config=None, users=frozenset(), acl={})
    assert verdicts(rules.findings(refused, stack)) == [("acl-unknown", "Refusal")]


@pytest.mark.parametrize(
    "reply",
    [["flags", ["on", "glowing"]], {"flags": ["on"]}, "OK", 7],
    ids=["flag", "field", "text", "number"],
)
def test_an_acl_that_is_not_understood_can_not_be_judged(
    look: Look, stack: Stack, reply: Any
) -> None:
    found = rules.findings(with_acl(look, "clerk", reply), stack)
    assert verdicts(found) == [("acl-unknown", "Refusal")]


# Who may read a secret


@pytest.mark.parametrize(
    ("uid", "gid", "mode", "readable"),
    [
        (999, 0, 0o400, True),
        (999, 0, 0o044, False),
        (0, 999, 0o040, True),
        (0, 999, 0o404, False),
        (0, 0, 0o004, True),
        (0, 0, 0o440, False),
    ],
)
def test_unreadable(
    look: Look, stack: Stack, uid: int, gid: int, mode: int, readable: bool
) -> None:
    owned = inside(look, "/etc/cache.conf", uid=uid, gid=gid, mode=mode)
    found = rules.findings(owned, stack)
    assert verdicts(found) == ([] if readable else [("secret-unreadable", "Refusal")])


def test_root_reads_everything(look: Look, stack: Stack) -> None:
    assert isinstance(look.inside_redis, Inside)
    as_root = replace(look.inside_redis, uid=0)
    closed = replace(inside(look, "/etc/cache.conf", mode=0), inside_redis=as_root)
    assert kinds(rules.findings(closed, stack)) == []


def test_whose_owner_is_declared_is_a_finding_elsewhere(look: Look) -> None:
    closed = inside(look, KEY_INSIDE, uid=0, gid=0, mode=0o400)
    unnamed = stack(secrets=(Secret("cache_acl", owner=999),))
    assert kinds(rules.findings(closed, stack())) == []
    assert kinds(rules.findings(closed, unnamed)) == ["secret-unreadable"]


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


# What else is mounted alone


def test_file_mounts_are_files_of_the_host(look: Look) -> None:
    declared = (
        DeclaredMount("bind", CONF, "/etc/cache.conf"),
        DeclaredMount("bind", "/srv/shop/scripts", "/scripts"),
        DeclaredMount("bind", "/srv/shop/unseen", "/unseen"),
        DeclaredMount("volume", "shop_cache", "/data"),
        DeclaredMount("secret", KEY, KEY_INSIDE, "cache_password"),
        DeclaredMount("config", "/srv/shop/limits", "/limits", "limits"),
        DeclaredMount("secret", None, "/run/secrets/from_environment", "from_environment"),
    )
    there = with_file(
        with_declared(look, "cache", mounts=declared), "/srv/shop/scripts", kind="directory"
    )
    found = rules.file_mounts(there, there.declared.services["cache"])
    assert [m.target for m in found] == ["/etc/cache.conf", KEY_INSIDE, "/limits"]


# Whether it comes to a new container


@pytest.mark.parametrize(
    ("change", "declared", "expected"),
    [
        pytest.param(lambda look: look, stack(), False, id="healthy"),
        pytest.param(lambda look: without(look, "cache"), stack(), True, id="removed"),
        pytest.param(lambda look: unmounted(look, KEY_INSIDE), stack(), True, id="mount"),
        pytest.param(
            lambda look: unmounted(look, KEY_INSIDE),
            stack(max_disruption="restart"),
            False,
            id="capped",
        ),
        pytest.param(
            lambda look: unmounted(replace(look, redis=Unknown("no answer")), KEY_INSIDE),
            stack(),
            False,
            id="refused besides",
        ),
        pytest.param(locked_out, stack(), False, id="restart"),
    ],
)
def test_made_anew(
    look: Look, change: Callable[[Look], Look], declared: Stack, expected: bool
) -> None:
    assert rules.made_anew(change(look), declared) is expected


def test_every_remedy_is_within_a_cap_of_its_own_disruption() -> None:
    for change, expected, _ in DRIFT.values():
        for finding, (_, verdict) in zip(
            rules.findings(change(healthy()), stack()), expected, strict=True
        ):
            if isinstance(verdict, Disruption):
                assert finding.within(verdict) is finding


def test_missing_tells_absence_from_other_errors() -> None:
    assert File("/x", error="No such file or directory").missing
    assert not File("/x", error="Permission denied").missing
    assert not File("/x").missing
