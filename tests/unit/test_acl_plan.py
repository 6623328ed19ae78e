"""The ACL that is declared, and the passwords in it."""

from __future__ import annotations

from typing import Any

import pytest
from looks import CLERK_HASH, stack, with_file, with_redis
from mounts import ACL, ACL_INSIDE, KEY
from running_acls import CLERK, DEFAULT_OFF, acl_file, plan_of
from verdicts import of_servers

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.redis.rules.acl import password_hash
from pyinfra_runbooks.settings import EnvironmentVariable, HostFile, Redis, RedisUser, Stack


def test_the_plan_turns_the_default_user_off_and_holds_hashes(look: Look, stack: Stack) -> None:
    plan = plan_of(look, stack)
    assert plan.path == ACL
    assert plan.lines == (DEFAULT_OFF, CLERK)
    assert (plan.file_problems, plan.running_problems, plan.refusals) == ((), (), ())


def test_every_user_without_a_password_is_reported(look: Look) -> None:
    users = (
        RedisUser("clerk", rules="+@all", password=HostFile("keys/cache.txt")),
        RedisUser("gauge", rules="+info", password=HostFile("keys/gauge.txt")),
        RedisUser("robot", rules="+get", password=HostFile("keys/robot.txt")),
    )
    plan = plan_of(look, stack(redis=Redis(service="cache", acl_file=ACL_INSIDE, users=users)))
    assert [r.problem for r in plan.refusals] == [
        "can't be compared: gauge's password is not known",
        "can't be compared: robot's password is not known",
    ]
    assert plan.lines == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"error": "No such file or directory"}, "does not exist"),
        ({"kind": "directory"}, "not a regular file: directory"),
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
    found = of_servers(look, declared)
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
    found = [f for f in of_servers(broken, stack) if f.kind.id == "acl-not-loadable"]
    assert bool(found) is refused
    assert all("nosuchcategory" in f.evidence for f in found)
