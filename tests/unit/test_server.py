"""What ``redis-cli`` printed, of real servers and of none."""

from __future__ import annotations

import json
from typing import Any

import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.packs.redis import replies
from pyinfra_runbooks.packs.redis.acl.categories import CATEGORIES
from pyinfra_runbooks.packs.redis.asking import may_all
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.settings import HostFile, Redis, RedisUser

NOAUTH = 'error:"NOAUTH Authentication required."'
INFO = ["# Server", "redis_version:7.4.1", "run_id:aa", "", "# Replication", "role:master", ""]
USER = ["flags", ["on"], "passwords", [], "commands", "+@all", "keys", "~*", "channels", "&*"]


def answered(
    ping: str = NOAUTH, logins: tuple[str, ...] = ('"OK"',), replies: tuple[Any, ...] = ()
) -> list[str]:
    """Lines of ``redis-cli --json``: a reply that is a list of strings stands as it is."""
    lines = ['"RESET"', ping, *logins]
    for number, reply in enumerate(replies):
        lines.append(f'"@{number}"')
        lines += reply if isinstance(reply, list) else [str(reply)]
    return lines


def replying(**changes: Any) -> tuple[Any, ...]:
    """What a healthy server replies to the questions, in their order."""
    healthy = {
        "info": INFO,
        "config": '["aclfile","/run/secrets/cache_acl"]',
        "users": '["clerk","default"]',
        "default": json.dumps(USER),
        "clerk": json.dumps(USER),
    }
    return tuple({**healthy, **changes}.values())


def healthy(**changes: Any) -> Server:
    return replies.answers(answered(replies=replying(**changes)), ["clerk"], False)


def test_a_healthy_server() -> None:
    seen = healthy()
    assert not seen.open
    assert seen.logins == {"clerk": True}
    assert seen.info == {"redis_version": "7.4.1", "run_id": "aa", "role": "master"}
    assert seen.config == {"aclfile": "/run/secrets/cache_acl"}
    assert seen.users == frozenset({"clerk", "default"})
    assert seen.acl == {"default": USER, "clerk": USER}
    assert seen.authenticated
    assert seen.says is None


def test_a_subcommand_is_counted() -> None:
    seen = healthy(info=[*INFO, "cmdstat_config|set:calls=2,usec=7,usec_per_call=3.50"])
    assert seen.number_of("config|set") == 2


@pytest.mark.parametrize(
    ("ping", "opened"),
    [('"PONG"', True), (NOAUTH, False), ("", False), ('"PONG" and more', False)],
)
def test_open(ping: str, opened: bool) -> None:
    lines = answered(ping or '""', replies=replying())
    assert replies.answers(lines, ["clerk"], False).open is opened


@pytest.mark.parametrize(
    ("replied", "expected"),
    [
        (('"OK"', '"OK"'), {"gauge": True, "clerk": True}),
        (('error:"WRONGPASS invalid"', '"OK"'), {"gauge": False, "clerk": True}),
        (('"OK"', 'error:"WRONGPASS invalid"'), {"gauge": True, "clerk": False}),
    ],
)
def test_logins(replied: tuple[str, ...], expected: dict[str, bool]) -> None:
    lines = answered(logins=replied, replies=(*replying(), json.dumps(USER)))
    assert replies.answers(lines, ["gauge", "clerk"], False).logins == expected


def test_each_user_has_its_own_acl() -> None:
    gauge = [*USER[:5], "-@all +ping"]
    lines = answered(
        logins=('"OK"', '"OK"'),
        replies=(*replying(clerk=json.dumps(gauge)), json.dumps(USER)),
    )
    seen = replies.answers(lines, ["gauge", "clerk"], False)
    assert seen.acl == {"default": USER, "gauge": gauge, "clerk": USER}


@pytest.mark.parametrize(
    "lines",
    [
        answered(logins=('error:"WRONGPASS invalid"',), replies=(NOAUTH,) * 5),
        answered(logins=('error:"WRONGPASS invalid"',), replies=()),
    ],
    ids=["every question refused", "no answer"],
)
def test_a_server_that_answers_no_question(lines: list[str]) -> None:
    seen = replies.answers(lines, ["clerk"], False)
    assert not seen.authenticated
    assert seen.users is None
    assert seen.says is not None
    assert seen.says.startswith("error:")
    assert (seen.info, seen.config, seen.acl) == ({}, None, {})


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (["Sam, I detected a few issues:", "", " * Peak memory: In", "the past"], None),
        (['error:"NOPERM no doctor"'], Unknown('error:"NOPERM no doctor"')),
        (["NOPERM User clerk has no permissions"], Unknown("NOPERM User clerk has no permissions")),
        (["ERR unknown command 'MEMORY'"], Unknown("ERR unknown command 'MEMORY'")),
        ([], Unknown("it did not answer")),
    ],
)
def test_what_the_doctor_says(reply: list[str], says: Unknown | None) -> None:
    """The last answer, which may be missing; what is refused is not known."""
    seen = replies.answers(answered(replies=(*replying(), reply)), ["clerk"], False)
    assert seen.doctor == (says or "Sam, I detected a few issues: * Peak memory: In the past")
    assert seen.says is None
    assert healthy().doctor == Unknown("it did not answer")


def test_keys_are_counted_in_all_databases() -> None:
    """And in nothing that merely looks like one."""
    info = [*INFO, "db0:keys=3,expires=1,avg_ttl=0,subexpiry=9", "db11:keys=4,expires=2,avg_ttl=0"]
    seen = healthy(info=[*info, "errorstat_OOM:count=7", "other:keys=5,expires=5"])
    assert (seen.keys, seen.expiring, seen.info["errorstat_OOM"]) == (7, 3, "count=7")


def test_a_user_that_is_not_there() -> None:
    assert healthy(clerk="null").acl["clerk"] is None


@pytest.mark.parametrize("question", ["config", "users", "default", "clerk"])
def test_a_user_that_may_not_ask_all_of_it(question: str) -> None:
    """What is refused is not known; all else is."""
    seen = healthy(**{question: 'error:"NOPERM User clerk has no permissions"'})
    assert seen.authenticated
    assert seen.info
    assert seen.says == 'error:"NOPERM User clerk has no permissions"'
    assert (seen.config is None) is (question == "config")
    assert (seen.users == frozenset()) is (question == "users")
    assert {"default", "clerk"} - set(seen.acl) == {question} & {"default", "clerk"}


@pytest.mark.parametrize(
    ("refused", "withheld"),
    [
        ((), ()),
        (("config",), ()),
        (("users", "default"), ("ACL USERS",)),
        (("users", "default", "clerk"), ("ACL USERS", "ACL GETUSER")),
        (("info", "config", "users", "default", "clerk"), ("INFO", "ACL USERS", "ACL GETUSER")),
    ],
)
def test_what_it_withholds(refused: tuple[str, ...], withheld: tuple[str, ...]) -> None:
    assert healthy(**dict.fromkeys(refused, 'error:"NOPERM"')).withheld == withheld


@pytest.mark.parametrize(
    ("pong", "loading"),
    [
        ('"PONG"', False),
        ('error:"LOADING Redis is loading the dataset in memory"', True),
        ('error:"NOPERM User clerk has no permissions"', False),
        (None, False),
    ],
)
def test_that_it_loads_shows_though_nobody_may_ask(pong: str | None, loading: bool) -> None:
    refused = ('error:"NOPERM no info"',) * 5
    logins = ('"OK"',) if pong is None else ('"OK"', pong)
    seen = replies.answers(answered(logins=logins, replies=refused), ["clerk"], False)
    assert bool(seen.loading) is loading


def test_categories() -> None:
    asked = [json.dumps([f"of {category}"]) for category in CATEGORIES]
    asked[CATEGORIES.index("tdigest")] = "error:\"ERR Unknown category 'tdigest'\""
    seen = replies.answers(answered(replies=(*replying(), *asked)), ["clerk"], True)
    assert seen.categories["read"] == {"of read"}
    assert set(CATEGORIES) - set(seen.categories) == {"tdigest"}
    assert healthy().categories == {}


@pytest.mark.parametrize(
    ("info", "version", "name", "keeps"),
    [
        ({"redis_version": "7.0.15"}, (7, 0, 15), "Redis 7.0.15", False),
        ({"redis_version": "7.2.4"}, (7, 2, 4), "Redis 7.2.4", False),
        ({"redis_version": "7.4.0"}, (7, 4, 0), "Redis 7.4.0", True),
        ({"redis_version": "8.0.2"}, (8, 0, 2), "Redis 8.0.2", True),
        ({"redis_version": "255.255.255"}, (255, 255, 255), "Redis 255.255.255", True),
        (
            {"redis_version": "7.2.4", "valkey_version": "8.1.1"},
            (7, 2, 4),
            "Valkey 8.1.1",
            False,
        ),
        ({}, (), "Redis ?", False),
    ],
)
def test_versions(info: dict[str, str], version: tuple[int, ...], name: str, keeps: bool) -> None:
    seen = Server(False, {}, info, {}, None, {}, {})
    assert (seen.version, seen.name) == (version, name)
    assert seen.load_keeps_connections is keeps


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_real_server(name: str) -> None:
    seen = samples.look(name).server("redis")
    assert isinstance(seen, Server)
    assert seen.name.startswith(f"Redis {name.removeprefix('redis-')}.")
    assert seen.logins == {"clerk": True}
    assert not seen.open
    assert seen.config is not None
    assert seen.config["aclfile"] == "/run/secrets/redis_users_acl"
    assert seen.users == frozenset({"default", "clerk"})
    assert set(seen.acl) == {"default", "clerk"}
    assert seen.info["role"] == "master"
    assert seen.info["rdb_last_bgsave_status"] == "ok"
    assert "# Server" not in seen.info


def test_a_sentinel_tells_what_it_is_and_nothing_else() -> None:
    """As 7.0.15 answered."""
    unknown = "error:\"ERR unknown command '{}', with args beginning with: '@0' \""
    said = [
        '"RESET"',
        '"PONG"',
        'error:"WRONGPASS invalid username-password pair or user is disabled."',
        unknown.format("ECHO"),
        "# Server\r",
        "redis_version:7.0.15\r",
        "redis_mode:sentinel\r",
        unknown.format("ECHO"),
        unknown.format("CONFIG"),
        unknown.format("ECHO"),
        '["default"]',
    ]
    seen = replies.answers(said, ["clerk"], False)
    assert seen.info == {"redis_version": "7.0.15", "redis_mode": "sentinel"}
    assert (seen.config, seen.authenticated, seen.logins) == (None, True, {"clerk": False})


# What is asked


def test_every_question_has_its_marker() -> None:
    first, *asked = replies.questions(["gauge", "clerk"], True).splitlines()
    assert first == "PING"
    markers = [line for line in asked if line.startswith("ECHO ")]
    assert markers == [f"ECHO @{n}" for n in range(len(markers))]
    asked = [line for line in asked if line not in markers]
    assert asked[:9] == [
        "INFO",
        *(f"CONFIG GET {setting}" for setting in ("aclfile", "dir", "dbfilename", "save")),
        "ACL USERS",
        *(f"ACL GETUSER {replies.quoted(user)}" for user in ("default", "gauge", "clerk")),
    ]
    assert asked[9:] == [
        *(f"ACL CAT {category}" for category in CATEGORIES),
        *("MEMORY DOCTOR", "CLIENT LIST", "ACL LOG 128", "INFO commandstats"),
    ]
    assert "CAT" not in replies.questions(["clerk"], False)
    # Where nobody is declared, an intruder's traces are asked for as well: nobody is refused that.
    for known in ([], ["default"]):
        assert replies.questions(known, False).splitlines()[-1] == "GETRANGE weaponx 0 199"


@given(st.text())
def test_whatever_is_quoted_is_one_argument_on_one_line(text: str) -> None:
    try:
        quoted = replies.quoted(text)
    except UnicodeEncodeError:  # Half a surrogate pair, which no file and no variable holds.
        return
    assert quoted.isascii()
    assert quoted.isprintable()
    assert bytes.fromhex(quoted.strip('"').replace("\\x", "")).decode() == text


# Garbage


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ['"RESET"'],
        ['"RESET"', NOAUTH],
        ['"@0"', *INFO],
        answered(replies=replying(config="[")),
        answered(replies=replying(users="default clerk")),
        answered(replies=replying(clerk='["flags",')),
    ],
    ids=["nothing", "one", "no login", "no head", "config", "users", "acl"],
)
def test_garbage_is_one_clear_error(lines: list[str]) -> None:
    with pytest.raises(ValueError, match="redis-cli answered") as raised:
        replies.answers(lines, ["clerk"], False)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        *(("config", reply) for reply in ("7", "null", '{"a":1}', "[[1],2]", "[[[]]]")),
        *(("users", reply) for reply in ("7", "true", "[[1],2]")),
    ],
)
def test_a_reply_of_another_type_is_one_clear_error(question: str, reply: str) -> None:
    with pytest.raises(ValueError, match="redis-cli answered"):
        healthy(**{question: reply})


def test_a_cut_off_answer_tells_of_no_acl() -> None:
    whole = answered(replies=replying())
    assert _shown(whole)
    assert [n for n in range(len(whole)) if _shown(whole[:n])] == []


def _shown(lines: list[str]) -> bool:
    try:
        seen = replies.answers(lines, ["clerk"], False)
    except ValueError:
        return False
    return bool(seen.config or seen.acl)


def test_a_login_with_what_the_container_sees_is_not_a_declared_one() -> None:
    lines = answered(logins=('"OK"', 'error:"WRONGPASS invalid"'), replies=replying())
    seen = replies.answers(lines, ["clerk"], False, mounted=1)
    assert seen.logins == {"clerk": False}
    assert seen.acl["clerk"] == USER


def test_a_user_that_may_log_in_and_ask_nothing() -> None:
    seen = replies.answers(answered(replies=('error:"NOPERM no info"',) * 5), ["clerk"], False)
    assert seen.authenticated
    assert (seen.config, seen.acl) == (None, {})


ANY = st.one_of(
    st.text(max_size=20),
    st.sampled_from(['"OK"', '"PONG"', '"@0"', '"@1"', '"@2"', '"@3"', '"@4"', "[]", "{}", "["]),
    st.sampled_from(['["a"]', '["a","b"]', "null", 'error:"NOPERM"', "role:master"]),
)


@given(st.lists(ANY, max_size=30), st.booleans())
def test_whatever_is_printed_nothing_but_a_value_error_comes_out(
    lines: list[str], categories: bool
) -> None:
    try:
        seen = repr(replies.answers(lines, ["clerk"], categories))
    except ValueError as error:
        seen = str(error)
    assert seen


@pytest.mark.parametrize(
    ("rules", "asked"),
    [
        (["~* &* +@all +@pubsub"], True),
        (["allkeys allcommands"], True),
        (["~* +@all -@dangerous"], False),
        (["~app:* +@all"], False),
        (["~* +@read"], False),
        (["~* +@all", "~* +get"], False),
        ([], False),
    ],
)
def test_traces_are_asked_of_who_may_do_everything(rules: list[str], asked: bool) -> None:
    """What another one is refused would stay in the server's log."""
    users = tuple(RedisUser(f"u{n}", rules=r, password=HostFile("x")) for n, r in enumerate(rules))
    redis = Redis(users=users) if users else Redis(password=HostFile("x"))
    assert may_all(redis) is asked
    said = replies.questions([user.name for user in users] or ["x"], False, may_all(redis))
    assert ("MODULE LIST" in said) is asked
