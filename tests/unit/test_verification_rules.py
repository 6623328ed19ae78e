"""When a stack is healthy, and whether waiting can make it so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from looks import (
    CLERK_HASH,
    inside,
    joined,
    stranger,
    with_container,
    with_file,
    with_info,
    with_redis,
    without,
)
from looks import stack as declares
from mounts import ACL, ACL_INSIDE
from verdicts import kinds

from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as rules
from pyinfra_runbooks.settings import HostFile, Redis, RedisUser, Stack

IN_VAIN: dict[str, Callable[[Look], Look]] = {
    "a service is stopped": lambda look: with_container(look, "db", status="exited"),
    "a service was never started": lambda look: with_container(look, "db", status="created"),
    "a service has no container": lambda look: without(look, "db"),
    "Redis can't save": lambda look: with_info(look, rdb_last_bgsave_status="err"),
    "another container answers to a name": lambda look: joined(look, stranger("thief", "cache")),
}
WORTH_IT: dict[str, Callable[[Look], Look]] = {
    "it is healthy": lambda look: look,
    "a service is started again by itself": lambda look: with_container(
        look, "web", status="restarting", restarts=1
    ),
    "Redis loads its data": lambda look: with_info(look, loading="1"),
}


@pytest.mark.parametrize("change", IN_VAIN.values(), ids=IN_VAIN)
def test_waiting_is_in_vain(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert rules.in_vain(change(look), stack)


@pytest.mark.parametrize("change", WORTH_IT.values(), ids=WORTH_IT)
def test_waiting_may_help(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert not rules.in_vain(change(look), stack)


def test_an_acl_that_nobody_may_ask_for_is_no_reason_to_doubt(look: Look) -> None:
    """Declared users get in, strangers do not, and the file is right."""
    rules_of_clerk = "~* &* +@all -@admin"
    user = RedisUser("clerk", rules=rules_of_clerk, password=HostFile("keys/cache.txt"))
    declared = declares(redis=Redis(service="cache", acl_file=ACL_INSIDE, users=(user,)))
    lines = (
        "user default off sanitize-payload resetchannels -@all",
        f"user clerk on sanitize-payload #{CLERK_HASH} {rules_of_clerk}",
    )
    seen = inside(with_file(look, ACL, acl=lines), ACL_INSIDE, acl=lines)
    seen = with_redis(seen, config=None, users=frozenset(), acl={}, says='error:"NOPERM"')
    assert rules.findings(seen, declared) == []
    assert kinds(rules.everything(seen, declared)) == ["acl-not-compared"]
    refused = with_redis(seen, logins={"clerk": False})
    assert rules.findings(refused, declared)


def test_a_file_that_hangs_is_named_and_nothing_else_is_held_up(look: Look, stack: Stack) -> None:
    seen = with_file(look, "/srv/shop/data.db", kind="", inode=0, error="no answer within 5 s")
    assert rules.findings(seen, stack) == []
    (finding,) = rules.everything(seen, stack)
    assert (finding.kind.id, finding.subject) == ("file-silent", "/srv/shop/data.db")
