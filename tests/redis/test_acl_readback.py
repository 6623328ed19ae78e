"""What real servers make of ACL rules, against what `packs.redis.acl` makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pyinfra_runbooks.packs.redis.acl import (
    AclError,
    AclUser,
    Verdict,
    compare,
    from_getuser,
    may_run,
    needs_categories,
    parse_user,
    render,
)

if TYPE_CHECKING:
    from tests.redis.conftest import Redis

NAME = "readback"
PASSWORD = sha256(b"first").hexdigest()
OTHER_PASSWORD = sha256(b"second").hexdigest()
# In every version since 7.0; of those that came later, `Redis.categories` knows.
CORE = {"read", "write", "dangerous", "admin", "pubsub", "connection", "fast", "slow", "keyspace"}
# Those without subcommands: +select|0 allows them with this first argument only.
FIRST_ARGUMENTS = ("+select|0", "+SELECT|1", "+debug|object", "+get|Key")

WELL_KNOWN = (
    "~* &* +@all +@pubsub",
    "~* &* +@all -@dangerous",
    "~* &* +@all -@dangerous +config|get +info",
    "~app:* resetchannels &news.* +@read +@write -@dangerous +config|get (+get ~tmp:*)",
    "%R~log:* %W~log:* %R~* ~queue:* +@all -@admin -@slow +slowlog|get",
    "-@all +client -client|kill +select|0 +ping",
    "+@all -config +config|get +config|set -@admin +@connection -@fast",
    "allkeys allchannels allcommands -flushall -flushdb (%R~a &b -@all +@string) ()",
    "skip-sanitize-payload ~a ~a ~b &c &c nocommands +get -get +GET",
    "resetkeys",
)


def command_rules(redis: Redis) -> st.SearchStrategy[str]:
    """One rule about commands, from this server's own vocabulary, with its sign."""
    signed = [st.sampled_from(["+", "-"])]
    commands = sorted({c for members in redis.categories.values() for c in members})
    names = [f"@{category}" for category in sorted(redis.categories)]
    return st.one_of(
        st.sampled_from(["+@all", "-@all"]),
        *(st.builds(str.__add__, *signed, st.sampled_from(some)) for some in (names, commands)),
        st.builds(str.__add__, *signed, st.sampled_from([c for c in commands if "|" in c])),
        st.sampled_from(FIRST_ARGUMENTS),
    )


def permission_rules(redis: Redis) -> st.SearchStrategy[str]:
    """One rule about keys, channels or commands."""
    return st.one_of(
        command_rules(redis),
        st.sampled_from(["allcommands", "NoCommands"]),
        st.sampled_from(["~*", "allkeys", "resetkeys", "%R~*", "~", "~it's", "~a*", "~[ab]\\?"]),
        st.builds(str.__add__, st.sampled_from(["~", "%R~", "%w~", "%RW~"]), st.sampled_from("ab")),
        st.sampled_from(["&*", "allchannels", "resetchannels", "&", "&news.*", "&a"]),
    )


def user_rules(redis: Redis) -> st.SearchStrategy[list[str]]:
    """Rules for a whole user, most of them about commands, and some that Redis refuses."""
    permission = permission_rules(redis)
    plain = permission.filter(lambda rule: "'" not in rule)
    selector = st.lists(plain, max_size=4).map(lambda inner: f"({' '.join(inner)})")
    words = ["off", "on", "nopass", "resetpass", "clearselectors", "reset", f"#{PASSWORD}"]
    payload = ["sanitize-payload", "skip-sanitize-payload"]
    rare = st.one_of(st.sampled_from(words), st.sampled_from(payload), selector)
    return st.lists(st.one_of(permission, permission, permission, rare), max_size=10)


def set_user(rules: Iterable[str], name: str = NAME) -> list[list[str]]:
    """The commands that make the user again, and read it back."""
    setuser = ["ACL", "SETUSER", name, "on", *rules]
    return [["ACL", "DELUSER", name], setuser, ["ACL", "GETUSER", name]]


def running_user(redis: Redis, rules: Iterable[str], resp: int = 3) -> AclUser:
    """The user that the server makes of rules which it has to take."""
    _, answer, reply = redis.ask(*set_user(rules), resp=resp)
    assert answer == "OK"
    user = from_getuser(NAME, reply)
    assert user is not None
    return user


def accepted(redis: Redis, rules: list[str]) -> AclUser | None:
    """The declared user; None where both refuse the rules. One that refuses alone is an error."""
    _, answer, _ = redis.ask(*set_user(rules))
    try:
        declared = parse_user(NAME, " ".join(rules))
    except AclError:
        assert answer != "OK", "refused here, and not by Redis"
        event("refused")
        return None
    assert answer == "OK", "refused by Redis, and not here"
    event("accepted")
    return declared


def test_the_server_has_the_categories_that_rules_are_made_of(redis: Redis) -> None:
    assert set(redis.categories) >= CORE
    assert all(redis.categories[name] for name in CORE)
    assert "config|get" in redis.categories["dangerous"]


@pytest.mark.parametrize("rules", WELL_KNOWN)
@pytest.mark.parametrize("resp", [2, 3])
def test_reads_back_the_same_meaning(redis: Redis, rules: str, resp: int) -> None:
    declared = parse_user(NAME, rules, passwords={PASSWORD})
    running = running_user(redis, [*rules.split(), f"#{PASSWORD}"], resp)
    assert compare(declared, running, redis.categories).verdict is Verdict.SAME
    if not needs_categories(declared):
        assert compare(declared, running).verdict is Verdict.SAME
    assert compare(declared, running).verdict is not Verdict.DIFFERS


@settings(deadline=None)
@given(data=st.data())
def test_any_rules_read_back_the_same_meaning(redis: Redis, data: st.DataObject) -> None:
    rules = data.draw(user_rules(redis))
    declared = accepted(redis, rules)
    if declared is None:
        return
    running = running_user(redis, rules, resp=data.draw(st.sampled_from([2, 3])))
    assert compare(declared, running, redis.categories).verdict is Verdict.SAME
    assert compare(running, declared, redis.categories).verdict is Verdict.SAME
    assert compare(declared, running).verdict is not Verdict.DIFFERS
    if not needs_categories(declared):
        assert compare(declared, running).verdict is Verdict.SAME


@settings(deadline=None)
@given(data=st.data())
def test_a_rendered_line_means_what_was_declared(redis: Redis, data: st.DataObject) -> None:
    declared = accepted(redis, data.draw(user_rules(redis)))
    if declared is None:
        return
    line = render(declared)
    *_, answer, reply, listed = redis.ask(
        *set_user(line.split(" ")[2:], "rendered"), ["ACL", "LIST"]
    )
    assert answer == "OK"
    running = from_getuser("rendered", reply)
    assert compare(declared, running, redis.categories).verdict is Verdict.SAME
    if redis.version >= (7, 2):  # where Redis prints rules back as they were given
        assert line.replace(NAME, "rendered", 1) in listed
        assert compare(declared, running).verdict is Verdict.SAME


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_knows_which_commands_redis_allows(redis: Redis, data: st.DataObject) -> None:
    rules = data.draw(st.lists(command_rules(redis), max_size=10))
    declared = parse_user(NAME, " ".join(rules)).permissions
    questions = [["ACL", "DRYRUN", NAME, *words] for words in redis.whole_commands.values()]
    _, answer, _, *replies = redis.ask(*set_user(["~*", "&*", *rules]), *questions)
    assert answer == "OK"
    assert len(replies) > 200
    for command, reply in zip(redis.whole_commands, replies, strict=True):
        expected = may_run(declared, command, redis.categories)
        assert (reply == "OK") is expected, (command, reply)
        assert may_run(declared, command) in {None, expected}, command


@pytest.mark.parametrize(
    "rules",
    [
        "-@all +select|1",
        "+@all +select|1 -select",
        "+@all -select +select|1",
        "-@all +select|1 +@connection -@fast",
        "-@all +select|1 -@read",
        "-@all +select +select|1",
    ],
)
def test_knows_which_first_arguments_redis_allows(redis: Redis, rules: str) -> None:
    declared = parse_user(NAME, rules).permissions
    question = ["ACL", "DRYRUN", NAME, "select", "1"]
    *_, reply = redis.ask(*set_user(rules.split()), question)
    assert may_run(declared, "select|1", redis.categories) is (reply == "OK")


MUTATIONS: dict[str, Callable[[AclUser], str]] = {
    "off or on": lambda user: "off" if user.enabled else "on",
    "another password": lambda user: f"#{OTHER_PASSWORD}",
    "any password": lambda user: "resetpass" if user.nopass else "nopass",
    "payloads": lambda user: "skip-sanitize-payload" if user.sanitize else "sanitize-payload",
    "keys": lambda user: "resetkeys" if user.permissions.keys == ("~*",) else "~other:*",
    "channels": lambda user: "resetchannels" if user.permissions.channels == ("&*",) else "&other",
    "a selector": lambda user: "(~other:* +get)",
}


@settings(deadline=None)
@given(data=st.data())
def test_a_change_that_matters_is_a_difference(redis: Redis, data: st.DataObject) -> None:
    rules = data.draw(user_rules(redis))
    declared = accepted(redis, [f"#{PASSWORD}", *rules])
    if declared is None:
        return

    def flipped(user: AclUser) -> str:
        command = data.draw(st.sampled_from(sorted(redis.categories["dangerous"])))
        allowed = may_run(user.permissions, command, redis.categories)
        return f"{'-' if allowed else '+'}{command}"

    changes: dict[str, Any] = {**MUTATIONS, "a command": flipped}
    changed = changes[data.draw(st.sampled_from(sorted(changes)))](declared)
    event(changed.split(" ")[0][:12])
    running = running_user(redis, [f"#{PASSWORD}", *rules, changed])
    found = compare(declared, running, redis.categories)
    assert found.verdict is Verdict.DIFFERS
    assert PASSWORD[:9] not in str(found)
    assert compare(declared, running).verdict is not Verdict.SAME
