"""Redis ACLs by meaning: what is the same, what differs, and when nobody can know."""

from __future__ import annotations

import pytest
from acls import CATEGORIES, HASH, OTHER

from pyinfra_runbooks.packs.redis.acl import (
    Verdict,
    compare,
    may_ask,
    may_run,
    needs_categories,
    parse_file,
    parse_user,
)


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
        ("db=1 alldbs", ""),
        ("db=1 db=2,0", "db=0,2"),
        ("resetdbs", "db=4 ALLDBS resetdbs"),
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
        (f"#{HASH}", "", ["has no password, so no client can log in"]),
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
        ("db=0", "", ["databases: db=0 expected, alldbs found"]),
        ("", "resetdbs", ["databases: alldbs expected, resetdbs found"]),
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


@pytest.mark.parametrize(
    ("rules", "commands", "may"),
    [
        ("~* +@all", (), True),
        ("~* +@all -@dangerous", ("info",), False),
        ("~* +@all -@admin", ("info",), True),
        ("~* +@all -@admin", ("info", "acl|users"), False),
        ("~* +@all -@dangerous +info +acl +config|get", (), True),
        ("+@all -@nosuchcategory", ("info",), False),
        ("+@all -@write -@keyspace", (), True),
        ("+get (+@all)", (), True),
        ("", ("info",), False),
    ],
)
def test_knows_who_may_ask_a_server_about_itself(
    rules: str, commands: tuple[str, ...], may: bool
) -> None:
    assert may_ask(parse_user("app", rules), *commands) is may
