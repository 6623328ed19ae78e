"""Redis ACLs: what is true of all of them."""

from __future__ import annotations

import pytest
from acls import CATEGORIES, HASH, OTHER, reply
from hypothesis import assume, given
from hypothesis import strategies as st

from pyinfra_runbooks.packs.redis.acl import (
    AclError,
    AclUser,
    Verdict,
    compare,
    from_getuser,
    may_run,
    parse_file,
    parse_user,
    render,
)

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
