"""config.awk, in every awk there is: of what Compose resolves, what may leave the host."""

from __future__ import annotations

import json
from typing import Any

import pytest
import samples
from awks import AWKS, SECRET, STRINGS, filtered
from hypothesis import given, settings
from hypothesis import strategies as st

TOP = {"name", "services", "networks", "volumes", "secrets", "configs"}
THIRD = {
    "services": {
        *("container_name", "depends_on", "image", "network_mode", "networks", "restart"),
        *("secrets", "configs", "volumes", "cap_add", "cap_drop", "group_add", "platform"),
        *("extra_hosts", "ports", "pull_policy", "scale", "user", "working_dir"),
    },
    "networks": {"name", "external", "driver", "internal", "enable_ipv6", "ipam"},
}
NAMED = {"name", "external", "file"}
PARTLY = {name: {"mode", "replicas", "disable"} for name in ("build", "deploy", "healthcheck")}


def expected(config: dict[str, Any]) -> dict[str, Any]:
    """What may leave the host, said once more."""

    def third(top: str, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        allowed = THIRD.get(top, NAMED)
        return {k: v if k in allowed else fourth(top, k, v) for k, v in value.items()}

    def fourth(top: str, name: str, value: Any) -> Any:
        """Of an empty one nothing is shown, either."""
        if top != "services" or name not in PARTLY or not isinstance(value, dict) or not value:
            return None
        return {k: v if k in PARTLY[name] else None for k, v in value.items()}

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
    "how it is deployed": {"deploy": {"mode": "global", "labels": {"mode": SECRET}}},
    "a health check that is no object": {"healthcheck": [SECRET, {"disable": SECRET}]},
    "a log driver": {"logging": {"options": {"splunk-token": SECRET}}},
    "a key that begins like one that is kept": {"images": SECRET, "network_modes": [SECRET]},
    "a key like the end of one": {": ": SECRET, 'x": ': SECRET, "deploy": {": ": SECRET}},
    "nothing": {"environment": {}, "command": [], "labels": None, "tty": True, "shm_size": 2},
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
def test_how_many_there_are_to_be_is_kept(awk: tuple[str, ...]) -> None:
    many = {"image": "a", "scale": 0, "deploy": {"replicas": 0, "endpoint_mode": SECRET}}
    out = compose(awk, {"name": "shop", "services": {"web": many}})
    assert out["services"]["web"]["scale"] == 0
    assert out["services"]["web"]["deploy"]["replicas"] == 0
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
def test_what_is_said_in_front_is_no_part_of_it(awk: tuple[str, ...]) -> None:
    warning = f'time="now" level=warning msg="The \\"{SECRET}\\" variable is not set."'
    out = filtered(awk, "config.awk", f'{warning}\n{{\n  "name": "shop"\n}}\n')
    assert json.loads(out) == {"name": "shop"}


@pytest.mark.parametrize("awk", AWKS)
def test_a_document_on_one_line_does_not_leave_the_host(awk: tuple[str, ...]) -> None:
    document = {"name": "shop", "services": {"web": {"environment": {"PASSWORD": SECRET}}}}
    assert SECRET not in filtered(awk, "config.awk", json.dumps(document))


NAMES = st.sampled_from(
    [
        *sorted(THIRD["services"] | NAMED | set(PARTLY)),
        *("environment", "command", "labels", "x-a", "mode", "disable"),
    ]
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
