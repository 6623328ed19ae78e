"""The filters through which everything passes before it leaves a host, in every awk there is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import samples
from hypothesis import given, settings
from hypothesis import strategies as st

from pyinfra_runbooks import shell

# Each once, however many names it has here.
_FOUND = {
    Path(shutil.which(awk[0]) or "").resolve(): awk
    for awk in (("awk",), ("mawk",), ("gawk", "--posix"), ("busybox", "awk"), ("original-awk",))
    if shutil.which(awk[0])
}
AWKS = [pytest.param(awk, id=" ".join(awk)) for awk in _FOUND.values()]
SECRET = "hunter2"


def filtered(awk: tuple[str, ...], program: str, text: str, **environment: str) -> str:
    done = subprocess.run(
        [*awk, shell.text(program)],
        input=text.encode(),
        capture_output=True,
        check=True,
        timeout=10,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", **environment},
    )
    assert done.stderr == b""
    return done.stdout.decode()


# config.awk: what Compose resolves


TOP = {"name", "services", "networks", "volumes", "secrets", "configs"}
THIRD = {
    "services": {
        *("container_name", "image", "network_mode", "networks"),
        *("secrets", "configs", "volumes"),
    },
    "networks": {"name", "external"},
}
NAMED = {"name", "external", "file"}


def expected(config: dict[str, Any]) -> dict[str, Any]:
    """What may leave the host, said once more."""

    def third(top: str, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        allowed = THIRD.get(top, NAMED)
        return {k: v if k in allowed else None for k, v in value.items()}

    def second(top: str, value: Any) -> Any:
        if top not in TOP:
            return None
        if not isinstance(value, dict):
            return value
        return {name: third(top, entry) for name, entry in value.items()}

    return {top: second(top, value) for top, value in config.items()}


def compose(awk: tuple[str, ...], config: Any) -> Any:
    return json.loads(filtered(awk, "config.awk", json.dumps(config, indent=2)))


HIDDEN: dict[str, Any] = {
    "an environment": {"environment": {"PASSWORD": SECRET, "EMPTY": None}},
    "a list of it": {"environment": [f"PASSWORD={SECRET}"]},
    "a command": {"command": ["redis-server", "--requirepass", SECRET]},
    "a command in one string": {"command": f"redis-server --requirepass {SECRET} {{"},
    "a value that ends like a list": {"command": f"{SECRET} ["},
    "a value that looks like the end": {"command": [SECRET, "}", "    },", "]", "{"]},
    "labels": {"labels": {"token": SECRET, "nested": "}"}},
    "a build argument": {"build": {"args": {"TOKEN": SECRET}, "context": "/srv"}},
    "a health check": {"healthcheck": {"test": ["CMD", "redis-cli", "-a", SECRET]}},
    "an extension": {"x-own": {"image": SECRET, "networks": {"back": {"aliases": [SECRET]}}}},
    "an extension with quotes": {'x-"a': SECRET, 'x-b\\"': [SECRET], "x-c}": {"d": SECRET}},
    "a log driver": {"logging": {"options": {"splunk-token": SECRET}}},
    "a key that begins like one that is kept": {"images": SECRET, "network_modes": [SECRET]},
    "nothing": {"environment": {}, "command": [], "labels": None, "tty": True, "scale": 2},
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_what_a_service_says_besides_stays_there(awk: tuple[str, ...], hidden: Any) -> None:
    kept = {"image": "a {", "networks": {"back": {"aliases": ["b }", 'c "d" [']}}}
    config = {"name": "shop", "services": {"web": {**kept, **hidden}, "db": {**hidden, **kept}}}
    out = compose(awk, config)
    assert out == expected(config)
    assert SECRET not in json.dumps(out)


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    "top",
    [
        {"x-own": {"a": SECRET}},
        {"x-own": SECRET},
        {"x-own": [SECRET, {"a": SECRET}]},
        {"models": {"m": {"name": SECRET}}},
        {"configs": {"inline": {"name": "shop_inline", "content": f"password {SECRET}\n"}}},
        {"secrets": {"ambient": {"name": "shop_ambient", "environment": SECRET}}},
        {"secrets": {"vault": {"name": "v", "driver_opts": {"token": SECRET}, "file": "/f"}}},
        {"networks": {"back": {"name": "shop_back", "driver_opts": {"key": SECRET}}}},
        {"networks": {"back": {"name": "shop_back", "labels": {"key": SECRET}, "external": True}}},
        {"volumes": {"data": {"name": "d", "driver_opts": {"o": f"password={SECRET}"}}}},
    ],
    ids=json.dumps,
)
def test_what_the_project_says_besides_stays_there(awk: tuple[str, ...], top: Any) -> None:
    config = {"name": "shop", **top, "services": {"web": {"image": "x"}}}
    out = compose(awk, config)
    assert out == expected(config)
    assert SECRET not in json.dumps(out)


@pytest.mark.parametrize("awk", AWKS)
def test_what_is_looked_at_comes_through(awk: tuple[str, ...]) -> None:
    config = {
        "name": "shop",
        "services": {
            "web": {
                "container_name": "shop-front",
                "image": "example/web:1",
                "network_mode": "host",
                "networks": {"back": {"aliases": ["a", 'b "c" \\ } {'], "gw_priority": 1}},
                "secrets": [{"source": "key", "target": "/run/key", "mode": "0400"}],
                "configs": [{"source": "limits", "target": "/etc/limits"}],
                "volumes": [
                    {"type": "bind", "source": "/srv/\N{SNOWMAN} <&>", "target": "/x", "bind": {}}
                ],
            }
        },
        "networks": {"back": {"name": "shop_back", "external": True}},
        "volumes": {"data": {"name": "shop_data"}},
        "secrets": {"key": {"name": "shop_key", "file": "/srv/key"}},
        "configs": {"limits": {"name": "shop_limits", "file": "/srv/limits"}},
    }
    assert compose(awk, config) == config
    # As Go writes it: other characters as they are, <, > and & as escapes.
    written = json.dumps(config, indent=2, ensure_ascii=False)
    for character in "<>&":
        written = written.replace(character, f"\\u{ord(character):04x}")
    assert json.loads(filtered(awk, "config.awk", written)) == config


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_what_is_filtered_passes_again(awk: tuple[str, ...], name: str) -> None:
    text = "\n".join(x.partition("|")[2] for x in samples.section("config", samples.lines(name)))
    document = text[: text.rindex("}") + 1]
    assert filtered(awk, "config.awk", document) == f"{document}\n"


@pytest.mark.parametrize("awk", AWKS)
def test_warnings_in_front_are_kept(awk: tuple[str, ...]) -> None:
    warning = 'time="now" level=warning msg="The \\"TAG\\" variable is not set."'
    out = filtered(
        awk, "config.awk", f'{warning}\n{{\n  "name": "shop",\n  "x-a": "{SECRET}"\n}}\n'
    )
    assert out.splitlines()[0] == warning
    assert json.loads(out.partition("\n")[2]) == {"name": "shop", "x-a": None}


@pytest.mark.parametrize("awk", AWKS)
def test_a_document_on_one_line_does_not_leave_the_host(awk: tuple[str, ...]) -> None:
    document = {"name": "shop", "services": {"web": {"environment": {"PASSWORD": SECRET}}}}
    assert SECRET not in filtered(awk, "config.awk", json.dumps(document))


NAMES = st.sampled_from(
    [*sorted(THIRD["services"] | NAMED | {"external"}), "environment", "command", "labels", "x-a"]
)
STRINGS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["}", "{", "[", "],", '"', '\\"', "    },", '": {', "\n", "  "]),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=6,
)
# Compose allows no other names.
KEYS = st.from_regex(r"[a-zA-Z0-9._-]{1,8}", fullmatch=True)
ENTRIES = st.dictionaries(NAMES, VALUES, max_size=5)
PROJECTS = st.dictionaries(
    st.sampled_from([*sorted(TOP - {"name"}), "x-own", "models"]),
    st.dictionaries(KEYS, ENTRIES, max_size=3),
).map(lambda parts: {"name": "shop", **parts})


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=40)
@given(config=PROJECTS, ascii_only=st.booleans())
def test_exactly_the_allowed_keys_keep_their_values(
    awk: tuple[str, ...], config: dict[str, Any], ascii_only: bool
) -> None:
    written = json.dumps(config, indent=2, ensure_ascii=ascii_only)
    assert json.loads(filtered(awk, "config.awk", written)) == expected(config)


# masked.awk: what a health check's URL answered


def masked(awk: tuple[str, ...], text: str, *shown: str) -> str:
    return filtered(awk, "masked.awk", f"{text}\n", shown="\n".join(shown)).rstrip(" \n")


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
    ids=["cut off", "cut off behind a quote", "a log", "no quotes", "other quotes", "behind it"],
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


# A key stands until the next one, so what follows a nested object in a list is not told apart.
FLAT = st.dictionaries(
    st.sampled_from(["status", "cache", "token"]),
    st.none() | st.integers() | STRINGS.filter(bool) | st.lists(STRINGS.filter(bool), max_size=3),
)


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=40)
@given(document=FLAT, spaces=st.sampled_from([None, 2]))
def test_only_the_strings_behind_the_key_are_shown(
    awk: tuple[str, ...], document: dict[str, Any], spaces: int | None
) -> None:
    written = json.dumps(document, indent=spaces)
    assert json.loads(masked(awk, written, "status")) == hidden(document, "status")


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=40)
@given(document=DOCUMENTS)
def test_without_a_key_no_string_is_shown(awk: tuple[str, ...], document: Any) -> None:
    assert json.loads(masked(awk, json.dumps(document))) == hidden(document, "")
