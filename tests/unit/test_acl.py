"""Redis ACLs by meaning: every rule as a literal, and properties over all of them."""

from __future__ import annotations

import doctest
import importlib
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pyinfra_runbooks.acl import (
    AclError,
    AclUser,
    Permissions,
    Verdict,
    compare,
    from_getuser,
    may_run,
    needs_categories,
    parse_file,
    parse_user,
    render,
)

HASH = sha256(b"first").hexdigest()
OTHER = sha256(b"second").hexdigest()
CATEGORIES = {
    "read": {"get", "keys", "config|get"},
    "write": {"set", "del", "flushall"},
    "dangerous": {"keys", "flushall", "config|get", "config|set"},
    "slow": {"config", "keys", "config|get", "config|set"},
    "connection": {"select", "ping"},
}


def reply(**changes: Any) -> dict[str, Any]:
    """What Redis answers to ``ACL GETUSER`` for a user that may nothing, with changes."""
    nothing = {"commands": "-@all", "keys": "", "channels": ""}
    return {"flags": ["on"], "passwords": [], **nothing, "selectors": [], **changes}


@pytest.mark.parametrize("module", ["", ".users", ".text", ".meaning"])
def test_examples_run(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"pyinfra_runbooks.acl{module}"))
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
    "nocommands, clearselectors, reset, or one that begins with # ~ % & + - ("
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
        (reply(databases="0"), "field 'databases' is not known here"),
        (reply(flags=["on", "alldbs"]), "flags: 'alldbs' is not known here"),
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


# Comparing


@pytest.mark.parametrize(
    ("declared", "running"),
    [
        ("+@all +@pubsub", "+@all"),
        ("+@all +get -get +get", "+@all"),
        ("-@all -get -@read", "-@all"),
        ("+@read -@all +get", "+get"),
        ("+get +set", "+set +get"),
        ("+config|get +config", "+config"),
        ("+config -config|set", "-@all +config -config|set"),
        ("+select|0 +select", "+select"),
        ("+SELECT|0", "+select|0"),
        ("+@all -@dangerous +get -@dangerous", "+@all +get -@dangerous"),
        ("+@all -@read -@write", "+@all -@write -@read"),
        ("~a ~b ~a", "~b ~a"),
        ("%R~a %W~a", "~a"),
        ("%RW~a", "~a"),
        ("allkeys", "~*"),
        ("~a %R~b ~*", "~*"),
        ("%R~* %R~a ~b", "%R~* ~b"),
        ("&a &b", "&b &a"),
        ("allchannels", "&a &*"),
        ("(+get ~a) (+set ~b)", "(~b +set) (~a +get) (+set ~b)"),
        (f"#{HASH} #{OTHER}", f"#{OTHER} #{HASH}"),
        ("sanitize-payload", ""),
    ],
)
def test_finds_the_same_meaning(declared: str, running: str) -> None:
    one, other = parse_user("app", declared), parse_user("app", running)
    for categories in (None, CATEGORIES):
        assert compare(one, other, categories).verdict is Verdict.SAME
        assert compare(other, one, categories).verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("declared", "running", "differences"),
    [
        ("on", "off", ["is off"]),
        ("off", "on", ["is on"]),
        ("", "skip-sanitize-payload", ["does not check payloads of RESTORE"]),
        (f"#{HASH}", "nopass", ["any password will do"]),
        ("nopass", f"#{HASH}", ["asks for a password"]),
        (f"#{HASH}", "", ["has no password, so that nobody can log in"]),
        (f"#{HASH}", f"#{OTHER}", [f"password differs: {HASH[:8]}... expected, "
         f"{OTHER[:8]}... found"]),
        ("", f"#{OTHER}", [f"password differs: none expected, {OTHER[:8]}... found"]),
        ("~app:*", "~*", ["keys: ~app:* expected, ~* found"]),
        ("~a", "%R~a", ["keys: ~a expected, %R~a found"]),
        ("%R~* ~a", "%R~* %W~a", ["keys: %R~* ~a expected, %R~* %W~a found"]),
        ("", "~a", ["keys: none expected, ~a found"]),
        ("&a", "&*", ["channels: &a expected, &* found"]),
        ("+get", "+get +set", ["may also run set"]),
        ("+get +set", "+get", ["may not run set"]),
        ("+config", "+config -config|set", ["may not run config|set"]),
        ("+config|get", "+config", ["may also run config"]),
        ("+@all", "+@all -select +select|0", ["may not run select"]),
        ("+get", "+@all -get", ["may also run commands that modules bring later",
         "may not run get"]),
        ("+a +b +c +d +e +f +g +h", "", ["may not run a, b, c, d, e, f and 2 more"]),
        ("(~a +get)", "", ["selector (~a resetchannels -@all +get): missing"]),
        ("(~a +get)", "(~a +set)", ["selector (~a resetchannels -@all +get): missing",
         "selector (~a resetchannels -@all +set): not declared"]),
    ],
)  # fmt: skip
def test_finds_differences_without_categories(
    declared: str, running: str, differences: list[str]
) -> None:
    found = compare(parse_user("app", declared), parse_user("app", running))
    assert list(found.differences) == differences
    assert found.verdict is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("declared", "running", "guess", "differences"),
    [
        ("+@all -@dangerous", "+@all", "differs", ["may also run config|get, config|set, flushall, "
         "keys"]),
        ("+@all -@dangerous", "+@all -keys -flushall -config|get -config|set", "undecided", []),
        ("+@all -@dangerous", "+@all -keys -flushall", "undecided", ["may also run config|get, "
         "config|set"]),
        ("+@read", "+get +keys +config|get", "undecided", []),
        ("+@read -@dangerous", "+get", "undecided", []),
        ("+@read -get", "+@read", "undecided", ["may also run get"]),
        ("+@all -get +@read", "+@all", "undecided", []),
        # A category that names a container decides about all of its subcommands.
        ("+@slow", "+config +keys", "undecided", []),
        ("+@slow -@connection", "+config|get +config|set +keys", "undecided",
         ["may not run config"]),
        ("+select|0 +@connection", "+@connection", "undecided", []),
        ("-@all +@read (+@write)", "-@all +@read (+set +del +flushall)", "undecided", []),
        ("-@all (+@write)", "-@all (+set +del)", "undecided",
         ["selector (resetchannels -@all +@write): missing",
          "selector (resetchannels -@all +set +del): not declared"]),
    ],
)  # fmt: skip
def test_categories_decide(declared: str, running: str, guess: str, differences: list[str]) -> None:
    one, other = parse_user("app", declared), parse_user("app", running)
    assert compare(one, other).verdict.value == guess
    assert list(compare(one, other, CATEGORIES).differences) == differences
    assert not compare(one, other, CATEGORIES).undecided


def test_a_category_that_the_server_does_not_name_stays_open() -> None:
    one, other = parse_user("app", "+@json +get"), parse_user("app", "+json.get +get")
    assert compare(one, other, CATEGORIES).undecided == (
        "commands: -@all +@json +get expected, -@all +json.get +get found; "
        "the same or not, by its categories",
    )


def test_a_password_in_plain_text_cannot_be_compared() -> None:
    on_host = parse_file("user app on >(hidden)").users[0]
    found = compare(parse_user("app", "", passwords=[HASH]), on_host)
    assert found.undecided == ("password: in plain text, so that it can't be compared",)


def test_a_user_that_is_not_there() -> None:
    assert compare(parse_user("app", ""), None).differences == ("does not exist",)


def test_names_are_compared_in_lower_case() -> None:
    one, other = parse_user("app", "+@search"), parse_user("app", "+FT.SEARCH")
    assert compare(one, other, {"search": ["FT.SEARCH"]}).verdict is Verdict.SAME
    assert may_run(one.permissions, "ft.search", {"search": ["FT.SEARCH"]}) is True


@pytest.mark.parametrize(
    ("rules", "needed"),
    [
        ("~* &* +@all +@pubsub", False),
        ("", False),
        ("-@all -get", False),
        ("+@all -get", True),
        ("+get", True),
        ("+@all (+@read)", True),
    ],
)
def test_knows_beforehand_whether_categories_decide(rules: str, needed: bool) -> None:
    assert needs_categories(parse_user("app", rules)) is needed


# Properties

names = st.sampled_from(sorted({c for members in CATEGORIES.values() for c in members}))
categories_named = st.sampled_from([f"@{name}" for name in (*CATEGORIES, "all")])
command_rules = st.builds(str.__add__, st.sampled_from("+-"), st.one_of(names, categories_named))
key_rules = st.builds(
    str.__add__, st.sampled_from(["~", "%R~", "%W~", "%RW~"]), st.sampled_from(["a", "b", "a*"])
)
channel_rules = st.sampled_from(["&a", "&b", "resetchannels"])
permission_rules = st.lists(st.one_of(command_rules, key_rules, channel_rules), max_size=8)
selectors = permission_rules.map(lambda rules: f"({' '.join(rules)})")
user_words = st.sampled_from(["off", "nopass", f"#{HASH}", f"#{OTHER}", "skip-sanitize-payload"])
any_rules = st.lists(
    st.one_of(command_rules, command_rules, key_rules, channel_rules, selectors, user_words),
    max_size=10,
)
users = any_rules.map(lambda rules: parse_user("app", " ".join(rules)))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(users)
def test_a_rendered_user_is_read_back_whole(user: AclUser) -> None:
    file = parse_file(render(user))
    assert file.errors == ()
    assert file.user("app") == user


@given(users)
def test_every_user_means_the_same_as_itself(user: AclUser) -> None:
    assert compare(user, user).verdict is Verdict.SAME
    assert compare(user, user, CATEGORIES).verdict is Verdict.SAME


@given(users, users)
def test_without_categories_it_may_not_know_but_is_never_wrong(
    declared: AclUser, running: AclUser
) -> None:
    guess, truth = compare(declared, running), compare(declared, running, CATEGORIES)
    assert not truth.undecided
    assert guess.verdict in {Verdict.UNDECIDED, truth.verdict}


@given(users, users)
def test_both_directions_agree(one: AclUser, other: AclUser) -> None:
    assert compare(one, other).verdict is compare(other, one).verdict
    there, back = compare(one, other, CATEGORIES), compare(other, one, CATEGORIES)
    assert there.verdict is back.verdict


@given(st.permutations(["~a", "%R~b", "%W~c", "&x", "&y", "(+get ~t)", "(+set)", "+get", "+del"]))
def test_order_is_no_difference(rules: list[str]) -> None:
    declared = parse_user("app", "~a %R~b %W~c &x &y (+get ~t) (+set) +get +del")
    assert compare(declared, parse_user("app", " ".join(rules))).verdict is Verdict.SAME


@given(users, users)
def test_no_hash_is_shown_whole(declared: AclUser, running: AclUser) -> None:
    shown = str(compare(declared, running)) + repr(declared)
    assert HASH[:9] not in shown
    assert OTHER[:9] not in shown


@given(any_rules, st.sampled_from([">{}", "<{}", "#{}", "!{}", "{}", "(>{})", "+@all>{}", '">{}']))
def test_no_error_repeats_a_password(rules: list[str], form: str) -> None:
    secret = "s3cr3tW0rd"
    line = " ".join([*rules, form.format(secret)])
    with pytest.raises(AclError) as raised:
        parse_user("app", line)
    assert secret not in str(raised.value)
    assert secret not in str(parse_file(f"user app {line}"))


@given(st.text())
def test_rules_are_taken_or_refused(rules: str) -> None:
    try:
        user = parse_user("app", rules)
    except AclError:
        return
    assert parse_file(render(user)).user("app") == user


@given(st.text())
def test_any_text_is_read_as_a_file(text: str) -> None:
    parse_file(text)
    parse_file(f"user app {text}")


@given(json_values)
def test_an_answer_is_understood_or_refused(value: object) -> None:
    for answer in (value, *(reply(**{name: value}) for name in reply())):
        try:
            from_getuser("app", answer)
        except AclError:
            continue


@given(users, st.sampled_from(sorted(CATEGORIES["dangerous"])))
def test_one_command_more_or_less_is_found(user: AclUser, command: str) -> None:
    allowed = may_run(user.permissions, command, CATEGORIES)
    assume(allowed is not None)
    rule = f"{'-' if allowed else '+'}{command}"
    before = AclUser("app", permissions=user.permissions)
    after = AclUser("app", permissions=parse_user("app", f"{user.permissions} {rule}").permissions)
    found = compare(before, after, CATEGORIES)
    assert found.differences == (f"may {'not' if allowed else 'also'} run {command}",)
