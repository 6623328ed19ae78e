"""answer.awk, in every awk there is: what leaves the host of an answer to a health check."""

from __future__ import annotations

import json
from typing import Any

import pytest
from awks import AWKS, SECRET, STRINGS, filtered
from hypothesis import given, settings
from hypothesis import strategies as st

from pyinfra_runbooks.engine.look import parse_answers
from pyinfra_runbooks.engine.rules.checks import failure
from pyinfra_runbooks.settings import HttpCheck


def reported(awk: tuple[str, ...], printed: str, *shown: str, number: int = 7) -> str:
    """What the filter says of all that curl printed; always one whole line."""
    cut = printed.encode()[:65536].decode(errors="ignore")
    out = filtered(awk, "answer.awk", cut, number=str(number), shown="\n".join(shown))
    assert out.endswith("\n")
    assert out.count("\n") == 1
    return out[:-1]


def masked(awk: tuple[str, ...], text: str, *shown: str) -> str:
    """Of an answer like this, what is shown of its body."""
    head, body = reported(awk, f"{text}\n200 0.015", *shown).split("200 0.015 ")
    assert head == "c 7 "
    return body.rstrip(" ")


# Its strings


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("text", "shown", "out"),
    [
        ('{"status":"ok"}', ("status",), '{"status":"ok"}'),
        ('{"status":"ok"}', (), '{"status":"(hidden)"}'),
        ('{"status" : "ok" }', ("status",), '{"status" : "ok" }'),
        ('{\n  "status": "ok"\n}\n', ("status",), '{   "status": "ok" }'),
        ('{"a":"x","b":"y"}', ("b",), '{"a":"(hidden)","b":"y"}'),
        ('{"a":["x","y"]}', ("a",), '{"a":["x","y"]}'),
        ('{"a":["x","y"]}', (), '{"a":["(hidden)","(hidden)"]}'),
        ('{"a":""}', (), '{"a":""}'),
        ('{"a":1,"b":-1.5e3,"c":true,"d":null}', (), '{"a":1,"b":-1.5e3,"c":true,"d":null}'),
        ('{"a":"say \\"so\\" \\\\"}', ("a",), '{"a":"say \\"so\\" \\\\"}'),
        ('{"a":"say \\"so\\"","b":"x"}', (), '{"a":"(hidden)","b":"(hidden)"}'),
        ('{"a":"b\\\\","c":"x"}', ("c",), '{"a":"(hidden)","c":"x"}'),
        ('{"a":"} : {","b":"x"}', ("b",), '{"a":"(hidden)","b":"x"}'),
        ('["x"]', (), '["(hidden)"]'),
        ("[]", (), "[]"),
        ("{}", (), "{}"),
        ('{"two\\nlines":"x"}', ("two",), '{"two\\nlines":"(hidden)"}'),
        (f'{{"a":"{"x" * 200}"}}', ("a",), f'{{"a":"{"x" * 200}"}}'),
        (f'{{"a":"{"x" * 201}"}}', ("a",), '{"a":"(too long)"}'),
        (f"password {SECRET}", (), "(16 bytes that are not JSON)"),
        (f'"{SECRET}"', (), "(9 bytes that are not JSON)"),
        ("<html>", (), "(6 bytes that are not JSON)"),
        ("", (), "(0 bytes that are not JSON)"),
    ],
)
def test_masked(awk: tuple[str, ...], text: str, shown: tuple[str, ...], out: str) -> None:
    assert masked(awk, text, *shown) == out


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    "text",
    [
        f'{{"token":"{SECRET}',
        f'{{"a":1,"token":"x\\"{SECRET}',
        f"[error] wrong password {SECRET}",
        f"{{token: {SECRET}}}",
        f"{{'token': '{SECRET}'}}",
        f'{{"a":"b"}} {SECRET}',
    ],
    ids=["cut off", "cut off after a quote", "a log", "no quotes", "other quotes", "after it"],
)
def test_what_is_no_json_is_not_shown(awk: tuple[str, ...], text: str) -> None:
    assert SECRET not in masked(awk, text)


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | STRINGS.filter(bool),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["status", "cache", "token"]), inner, max_size=3)
    ),
    max_leaves=8,
).filter(lambda value: isinstance(value, (dict, list)))


def hidden(value: Any, shown: str, key: str | None = None) -> Any:
    """What may be shown, said once more; a list's strings belong to the key in front of it."""
    if isinstance(value, dict):
        return {k: hidden(v, shown, k) for k, v in value.items()}
    if isinstance(value, list):
        return [hidden(item, shown, key) for item in value]
    return "(hidden)" if isinstance(value, str) and key != shown else value


# A key stands until the next one, so what follows a nested object in a list is taken for its own.
FLAT = st.dictionaries(
    st.sampled_from(["status", "cache", "token"]),
    st.none() | st.integers() | STRINGS.filter(bool) | st.lists(STRINGS.filter(bool), max_size=3),
)


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=40)
@given(document=FLAT, spaces=st.sampled_from([None, 2]))
def test_only_the_strings_after_the_key_are_shown(
    awk: tuple[str, ...], document: dict[str, Any], spaces: int | None
) -> None:
    written = json.dumps(document, indent=spaces)
    assert json.loads(masked(awk, written, "status")) == hidden(document, "status")


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=40)
@given(document=DOCUMENTS)
def test_without_a_key_no_string_is_shown(awk: tuple[str, ...], document: Any) -> None:
    assert json.loads(masked(awk, json.dumps(document))) == hidden(document, "")


# What is no answer, or more than one line


SIZES = {"one line": '{{"a":"{}"}}', "many lines": '{{\n"a":\n"{}"\n}}\n'}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("form", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("size", [63_999, 64_000])
def test_a_long_answer_is_shown(awk: tuple[str, ...], form: str, size: int) -> None:
    body = form.format("x" * (size - len(form.format(""))))
    assert len(body) == size
    shown = masked(awk, body)
    assert json.loads(shown) == {"a": "(hidden)"}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("form", [*SIZES.values(), "{}\n"], ids=[*SIZES, "no JSON"])
@pytest.mark.parametrize("size", [64_001, 65_520, 65_526, 65_527, 65_536, 65_537, 200_000])
def test_a_longer_answer_is_none(awk: tuple[str, ...], form: str, size: int) -> None:
    body = form.format(SECRET + "x" * (size - len(form.format("")) - len(SECRET)))
    assert len(body) == size
    out = reported(awk, f"{body}\n200 0.015", "a")
    assert out == "c 7 000 0 its answer is longer than 64000 bytes"
    assert parse_answers([out])[7].status == 0


@pytest.mark.parametrize("awk", AWKS)
def test_what_is_cut_off_where_it_looks_whole_is_no_answer(awk: tuple[str, ...]) -> None:
    """The last line that is left of it is the server's own, and looks like curl's."""
    lead = f'{{"status":"ok","x":"{"x" * 65_000}"}}'
    forged = "\n200 0.015"
    body = f"{lead}{' ' * (65_536 - len(lead) - len(forged))}{forged}"
    out = reported(awk, f"{body} and more\n503 0.015", "status")
    assert out == "c 7 000 0 its answer is longer than 64000 bytes"


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("printed", "status", "body"),
    [
        (
            "curl: (7) Failed to connect to web port 8000 after 0 ms\n\n000 0.000123",
            0,
            "curl: (7) Failed to connect to web port 8000 after 0 ms",
        ),
        ("curl: (60) two\nlines\n\n000 0.1", 0, "curl: (60) two lines"),
        (f"curl: {'x' * 400}\n\n000 0.1", 0, f"curl: {'x' * 294}"),
        ("curl: \x1b[31m(6)\x07 a\rb\tc\n\n000 0.1", 0, "curl: [31m(6) abc"),
        ('{"a":"b"}\n000 0.1', 0, '{"a":"b"}'),
        ("\n000 0", 0, ""),
    ],
    ids=["an error", "two lines", "cut", "control characters", "JSON", "nothing"],
)
def test_no_answer_says_why(awk: tuple[str, ...], printed: str, status: int, body: str) -> None:
    answer = parse_answers([reported(awk, printed)])[7]
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    "printed",
    [
        "",
        "\n",
        "200",
        "200 ",
        "200 0.1 0.2",
        "2000 0.1",
        "20 0.1",
        "200 0,1",
        "x\n-200 0.1",
        " 200 1",
    ],
)
def test_without_curls_own_line_there_is_no_answer(awk: tuple[str, ...], printed: str) -> None:
    assert parse_answers([reported(awk, printed)])[7].status == 0


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    "body",
    [
        '{"status":"ok"}\n200 0.001',
        '{"status":"ok"}\n200 0.001\n',
        '200 0.001\n{"status":"ok"}\n200 0.001\n200 0.001',
        '{"status":"ok"}\nc 7 200 0.001 {"status":"ok"}',
        '{"status":"ok"}\rc 7 200 0.001 {"status":"ok"}',
    ],
)
@pytest.mark.parametrize("status", [200, 503])
def test_a_body_that_ends_like_curls_own_line(awk: tuple[str, ...], body: str, status: int) -> None:
    ((number, answer),) = parse_answers([reported(awk, f"{body}\n{status} 0.2", "status")]).items()
    assert (number, answer.status, answer.seconds) == (7, status, 0.2)
    check = HttpCheck("http://web:8000/health", expect={"status": "ok"})
    assert failure(check, answer) is not None


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("character", [*range(1, 10), *range(11, 32), 127])
def test_control_characters_do_not_leave_the_host(awk: tuple[str, ...], character: int) -> None:
    strange = chr(character)
    body = f'{{"a{strange}":"b{strange}","status":"o{strange}k"}}'
    assert json.loads(masked(awk, body, "status")) == {"a": "(hidden)", "status": "ok"}
    outside = masked(awk, f'{strange}{{"status":"ok"}}{strange}', "status")
    assert outside in ('{"status":"ok"}', "(17 bytes that are not JSON)")


@pytest.mark.parametrize("awk", AWKS)
def test_a_null_character_does_not_leave_the_host(awk: tuple[str, ...]) -> None:
    out = reported(awk, '{"a":"b\0c"}\0\0\n{"d":"\0"}\n200 0.015', "a", "d")
    assert "\0" not in out
    assert parse_answers([out])[7].status in (0, 200)


@pytest.mark.parametrize("awk", AWKS)
def test_other_characters_are_kept(awk: tuple[str, ...]) -> None:
    body = '{"gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n":"\N{SNOWMAN}\N{GRINNING FACE}"}'
    assert masked(awk, body, "gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n") == body


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=60)
@given(
    body=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    status=st.integers(100, 599),
)
def test_any_answer_is_one_line_with_its_own_status(
    awk: tuple[str, ...], body: str, status: int
) -> None:
    out = reported(awk, f"{body}\n{status} 0.25", number=12)
    ((number, answer),) = parse_answers([out]).items()
    assert (number, answer.status, answer.seconds) == (12, status, 0.25)
    assert not any(ord(character) < 32 or ord(character) == 127 for character in out)
