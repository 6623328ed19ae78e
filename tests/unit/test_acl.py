"""Redis ACLs as they are written: by people, in files and by servers."""

from __future__ import annotations

import doctest
import importlib
from typing import Any

import pytest
from acls import HASH, OTHER, reply

from pyinfra_runbooks.packs.redis.acl import (
    AclError,
    AclUser,
    Permissions,
    Verdict,
    compare,
    from_getuser,
    parse_file,
    parse_user,
    render,
    unknown_in,
)


@pytest.mark.parametrize("module", ["", ".users", ".text", ".meaning", ".asking"])
def test_examples_run(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"pyinfra_runbooks.packs.redis.acl{module}"))
    assert result.attempted > 0
    assert result.failed == 0


# Parsing and rendering


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ("~* &* +@all +@pubsub", "on sanitize-payload ~* &* +@all +@pubsub"),
        ("", "on sanitize-payload resetchannels -@all"),
        ("off", "off sanitize-payload resetchannels -@all"),
        ("ON AllKeys ALLCHANNELS AllCommands", "on sanitize-payload ~* &* +@all"),
        ("nopass", "on nopass sanitize-payload resetchannels -@all"),
        ("nopass resetpass", "on sanitize-payload resetchannels -@all"),
        (f"nopass #{HASH}", f"on sanitize-payload #{HASH} resetchannels -@all"),
        (f"#{HASH} !{HASH}", "on sanitize-payload resetchannels -@all"),
        ("skip-sanitize-payload", "on skip-sanitize-payload resetchannels -@all"),
        ("%R~a %w~a %rw~b %WR~c %R~d", "on sanitize-payload ~a ~b ~c %R~d resetchannels -@all"),
        ("~a ~* resetkeys ~b", "on sanitize-payload ~b resetchannels -@all"),
        ("&* resetchannels &a &a", "on sanitize-payload resetchannels &a -@all"),
        ("+GET -get +config|get +config", "on sanitize-payload resetchannels -@all -get +config"),
        ("+@read -@all +get", "on sanitize-payload resetchannels -@all +get"),
        ("+get\n~a\t(+set\n ~b)", "on sanitize-payload ~a resetchannels -@all +get "
         "(~b resetchannels -@all +set)"),
        ("(+set) clearselectors ()", "on sanitize-payload resetchannels -@all "
         "(resetchannels -@all)"),
        ("~a db=1 DB=10,2 +get", "on sanitize-payload ~a resetchannels db=2,10 -@all +get"),
        ("db=2 alldbs +get (db=1)", "on sanitize-payload resetchannels -@all +get "
         "(resetchannels db=1 -@all)"),
        ("resetdbs", "on sanitize-payload resetchannels resetdbs -@all"),
        ("~a +get (+set) nopass skip-sanitize-payload reset",
         "off sanitize-payload resetchannels -@all"),
    ],
)  # fmt: skip
def test_renders_what_redis_would_list(rules: str, line: str) -> None:
    assert render(parse_user("app", rules)) == f"user app {line}"


def test_takes_state_and_passwords_beside_the_rules() -> None:
    user = parse_user("app", "+get", enabled=False, passwords=[HASH])
    assert user == AclUser(
        "app", passwords=frozenset({HASH}), permissions=Permissions(("-@all", "+get"))
    )


WORDS_EXPECTED = (
    "not a rule; expected one of on, off, nopass, resetpass, sanitize-payload, "
    "skip-sanitize-payload, allkeys, resetkeys, allchannels, resetchannels, allcommands, "
    "nocommands, alldbs, resetdbs, clearselectors, reset, db=N, or one that begins with "
    "# ~ % & + - ("
)


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ("onn", f"rule 1, 'onn': {WORDS_EXPECTED}"),
        ("~a hunter2", f"rule 2, a word of 7 characters (not shown): {WORDS_EXPECTED}"),
        ("+get >hunter2", "rule 2 holds a password in plain text (not shown); "
         "expected its sha256: #<64 hex digits>"),
        ("<hunter2", "rule 1 holds a password in plain text (not shown); "
         "expected its sha256: #<64 hex digits>"),
        ("#hunter2", "rule 1, '#...': a password hash of 7 characters (not shown); "
         "expected sha256: 64 hex digits in lower case"),
        (f"#{HASH.upper()}", "rule 1, '#...': a password hash of 64 characters (not shown); "
         "expected sha256: 64 hex digits in lower case"),
        (f"!{HASH}", "rule 1, '!...': the user has no such password; "
         "expected a hash added before"),
        ("~* ~app:*", "rule 2, '~app:*': ~* allows every key already, and Redis refuses to add "
         "to it; expected resetkeys before it, or ~* to be left out"),
        ("+get &* &news", "rule 3, '&news': &* allows every channel already, and Redis refuses "
         "to add to it; expected resetchannels before it, or &* to be left out"),
        ("%X~a", "rule 1, '%X~a': expected ~pattern, %R~pattern, %W~pattern or %RW~pattern"),
        ("%~a", "rule 1, '%~a': expected ~pattern, %R~pattern, %W~pattern or %RW~pattern"),
        ("%RR~a", "rule 1, '%RR~a': expected ~pattern, %R~pattern, %W~pattern or %RW~pattern"),
        ("+", "rule 1, '+': expected + or -, then command, command|subcommand or @category"),
        ("+@", "rule 1, '+@': expected + or -, then command, command|subcommand or @category"),
        ("+a|b|c", "rule 1, '+a|b|c': expected + or -, then command, command|subcommand "
         "or @category"),
        ("+get|", "rule 1, '+get|': expected + or -, then command, command|subcommand "
         "or @category"),
        ("+@all>hunter2", "rule 1, '+@all>...': expected + or -, then command, "
         "command|subcommand or @category"),
        ("+get (~a +set", "rule 2, '(...)': expected a closing parenthesis"),
        ("(~a on)", f"rule 1, '(...)': 'on': {WORDS_EXPECTED}"),
        ("(>hunter2)", f"rule 1, '(...)': '>...': {WORDS_EXPECTED}"),
        ("((+get))", f"rule 1, '(...)': '(...)': {WORDS_EXPECTED}"),
        ("(~\"a +get)", "rule 1, '(...)': a quote inside of parentheses; expected none"),
        ("~a\x00b", "rule 1, '~a\\x00b': holds a control character; expected none"),
    ],
)  # fmt: skip
def test_says_which_rule_is_wrong_and_what_was_expected(rules: str, error: str) -> None:
    with pytest.raises(AclError) as raised:
        parse_user("app", rules)
    assert str(raised.value) == error


@pytest.mark.parametrize("name", ["", "a b", "a\nb", 'a"b', "a'b", "a\0b", "a\\b", "a\u00a0b"])
def test_refuses_names_that_a_file_cannot_hold(name: str) -> None:
    for build in (lambda: parse_user(name, "+get"), lambda: render(AclUser(name))):
        with pytest.raises(AclError, match=r"^user name "):
            build()


def test_renders_no_password_that_it_does_not_know() -> None:
    with pytest.raises(AclError, match="has a password that is not known here"):
        render(AclUser("app", plaintext=True))


# The file


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("user app on ~* +@all\nuser default off", ()),
        ("user app on ~* +@all\r\n\r\n  user default off  \r\n", ()),
        ("user app on  ~* +@all", ()),
        ("# ours\nuser app on", ("line 1: a comment, which Redis before 8.8 refuses; "
         "expected none",)),
        ("user app on\nuser app off", ("line 2: user app: named twice; "
         "expected one line for each user",)),
        ("usr app", ("line 1: expected 'user NAME RULE...', parted by single spaces",)),
        ("user", ("line 1: expected 'user NAME RULE...', parted by single spaces",)),
        ("user  app on", ("line 1: expected 'user NAME RULE...', parted by single spaces",)),
        ("user app on\n\nuser b +get|", ("line 3: user b, rule 1, '+get|': expected + or -, then "
         "command, command|subcommand or @category",)),
        ("user app (+get", ("line 1: user app, rule 1, '(...)': expected a closing parenthesis",)),
        ("user app <(hidden)", ("line 1: user app, rule 1, '<...': can't tell which password it "
         "removes; expected !<64 hex digits>",)),
        ("user app on\0", ("line 1: holds a NUL byte, where Redis stops to read; "
         "expected none",)),
    ],
)  # fmt: skip
def test_finds_what_keeps_redis_from_loading_a_file(text: str, errors: tuple[str, ...]) -> None:
    assert parse_file(text).errors == errors


def test_reads_users_of_a_file() -> None:
    file = parse_file(f"user app on #{HASH} ~* &* +@all +@pubsub\nuser old on >(hidden) nopass\n")
    app = file.user("app")
    assert app == parse_user("app", "~* &* +@all +@pubsub", passwords=[HASH])
    assert file.user("old") == AclUser("old", enabled=True, nopass=True)
    assert file.user("nobody") is None


def test_a_file_without_the_default_user_lets_everyone_in() -> None:
    default = parse_file("").user("default")
    assert default == parse_user("default", "nopass ~* &* +@all")


# The server's answer

REDIS_7_0 = {
    "flags": ["off"],
    "passwords": [],
    "commands": "-@all +@dangerous +select|0 +config",
    "keys": "~a ~b %W~c ~d",
    "channels": "&n &m",
    "selectors": [{"commands": "-@all +get", "keys": "~tmp:*", "channels": ""}],
}
REDIS_8_0 = {**REDIS_7_0, "flags": ["off", "sanitize-payload"]}
REDIS_7_0_RESP2 = [
    *("flags", ["off"], "passwords", [], "commands", "-@all +@dangerous +select|0 +config"),
    *("keys", "~a ~b %W~c ~d", "channels", "&n &m"),
    *("selectors", [["commands", "-@all +get", "keys", "~tmp:*", "channels", ""]]),
]


@pytest.mark.parametrize("answer", [REDIS_7_0, REDIS_8_0, REDIS_7_0_RESP2])
def test_reads_what_servers_answer(answer: object) -> None:
    assert from_getuser("app", answer) == parse_user(
        "app", "off +@dangerous +select|0 +config ~a ~b %W~c ~d &n &m (+get ~tmp:*)"
    )


def test_reads_flags_and_passwords() -> None:
    flags = ["on", "allkeys", "allcommands", "skip-sanitize-payload"]
    user = from_getuser("app", reply(flags=flags, passwords=[HASH, OTHER]))
    assert user == AclUser("app", enabled=True, sanitize=False, passwords=frozenset({HASH, OTHER}))


@pytest.mark.parametrize(
    ("field", "rules"),
    [("alldbs", ""), ("db=1,0", "db=0,1"), ("", "resetdbs"), ("resetdbs", "db=3 resetdbs")],
)
def test_reads_the_databases_of_valkey_9_1(field: str, rules: str) -> None:
    """Its selectors have them, too."""
    inner = {"commands": "-@all +get", "keys": "", "channels": "", "databases": field}
    answer = reply(databases=field, selectors=[inner])
    assert from_getuser("app", answer) == parse_user("app", f"{rules} ({rules} +get)")
    assert unknown_in(answer) == ()
    text = f"user app on {rules} ({rules} +get)"
    assert parse_file(text).user("app") == parse_user("app", f"{rules} ({rules} +get)")


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        (reply(), ()),
        (None, ()),
        (reply(hours="9-17"), ("field 'hours'",)),
        (reply(databases=[0]), ("field 'databases'",)),
        (reply(databases="0-7"), ("field 'databases'",)),
        (reply(flags=["on", "glowing"]), ("flag 'glowing'",)),
        (
            reply(selectors=[{"commands": "-@all", "keys": "", "channels": "", "x\x1b": ""}]),
            ("field 'x\\x1b'",),
        ),
    ],
)
def test_passes_over_what_a_later_server_says_and_names_it(
    answer: Any, unknown: tuple[str, ...]
) -> None:
    assert unknown_in(answer) == unknown
    if answer:
        known = {k: v for k, v in answer.items() if k not in ("hours", "databases")}
        known["flags"] = ["on"]
        assert (
            compare(parse_user("app", "on"), from_getuser("app", answer)).verdict
            is compare(parse_user("app", "on"), from_getuser("app", known)).verdict
        )


def test_reads_keys_that_redis_itself_could_not_load_again() -> None:
    user = from_getuser("app", reply(keys="~* ~a"))
    assert user is not None
    assert compare(parse_user("app", "~*"), user).verdict is Verdict.SAME
    assert render(user) == "user app on sanitize-payload ~* resetchannels -@all"


def test_no_such_user_is_none() -> None:
    assert from_getuser("app", None) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("NOAUTH", "expected an object or a list of pairs, found str"),
        ([1], "expected an object or a list of pairs, found list"),
        ([1, 2], "expected the names of fields, each once"),
        ({}, "expected a field 'channels', found none"),
        (reply(flags=[]), "flags: expected one of on and off"),
        (reply(flags=["on", "off"]), "flags: expected one of on and off"),
        (reply(flags="on"), "flags: expected a list of strings"),
        (reply(passwords=["x"]), "passwords: expected 64 hex digits each "
         "(what was found is not shown)"),
        (reply(commands=""), "commands: expected +@all or -@all first"),
        (reply(commands="+get"), "commands: expected +@all or -@all first"),
        (reply(commands=None), "commands: expected a string, found NoneType"),
        (reply(keys=["~a"]), "keys: expected a string, found list"),
        (reply(keys="a"), "keys: a word of 1 characters (not shown): "
         "expected a rule that begins with ~"),
        (reply(channels="~a"), "channels: '~a': expected a rule that begins with &"),
        (reply(selectors=None), "selectors: expected a list"),
        (reply(selectors=["x"]), "expected an object or a list of pairs, found str"),
    ],
)  # fmt: skip
def test_refuses_what_no_server_answers(answer: object, error: str) -> None:
    with pytest.raises(AclError) as raised:
        from_getuser("app", answer)
    assert str(raised.value) == f"ACL GETUSER of user 'app': {error}"
