"""Where lines are added: the file means what it meant, and what is added; and no secret shows."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pyinfra_runbooks.engine.patching import showable as shown
from pyinfra_runbooks.engine.patching.additions import add, add_section, listed
from pyinfra_runbooks.engine.patching.compose_file import ComposeFile, NotYamlError
from pyinfra_runbooks.engine.patching.patches import Edit, edited, unified
from pyinfra_runbooks.engine.patching.showable import is_showable, showable

SECRET = "hunter2"
# Members of a service, indented by nothing; @ is one level of indentation.
MEMBERS = st.sampled_from(
    [
        "image: redis:7",
        "image: ${IMAGE:-redis}",
        f"image: redis # {SECRET}",
        "restart: always",
        f"command: redis-server --requirepass {SECRET}",
        f"command: [redis-server, {SECRET}]",
        f"command: |\n@image: {SECRET}\n@# {SECRET}\n\n@restart: x",
        f"command: >-\n@{SECRET}\n",
        f'command: "a\n@# {SECRET}\n@b"',
        f"command: 'a\n\n@image: {SECRET}'",
        f"command: a\n@{SECRET}",
        f"environment:\n@PASSWORD: {SECRET}\n@EMPTY:",
        f"environment:\n@- PASSWORD={SECRET}",
        f"environment:\n- PASSWORD={SECRET}\n-",
        f"environment: {{PASSWORD: {SECRET}}}",
        f"labels:\n@image:\n@@restart: {SECRET}",
        "depends_on: [a]",
        f"depends_on:\n@- a # {SECRET}\n@- b",
        f"depends_on:\n@a:\n@@condition: service_started\n@@required: true # {SECRET}",
        f"healthcheck:\n@test: [\n@CMD, {SECRET},\n@]",
        "tty:",
        "volumes: [a:/b]",
        f"# {SECRET}",
        f"@# {SECRET}",
        "",
    ]
)
SERVICES = st.lists(st.lists(MEMBERS, min_size=1, max_size=5), min_size=1, max_size=3)
REST = st.sampled_from(
    [
        "",
        "volumes:\n@v:\n",
        f"x-note: {SECRET}\n",
        f"# {SECRET}\n",
        "\n\n",
        f"secrets:\n@s: {SECRET}\n",
    ]
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    found = [draw(st.sampled_from(["", f"# {SECRET}\n", "name: shop\n\n"])), "services:\n"]
    for number, members in enumerate(draw(SERVICES)):
        found.append(f"@s{number}:\n")
        unique = {member.partition(":")[0]: member for member in members}
        body = "\n".join(
            [*unique.values(), f"hostname: h{number}"][:: draw(st.sampled_from([1, -1]))]
        )
        found += [f"@@{line}\n" if line.strip() else f"{line}\n" for line in body.split("\n")]
    text = "".join(found) + draw(REST)
    text = text.replace("@", " " * draw(st.sampled_from([1, 2, 4])))
    text = text.removesuffix("\n") if draw(st.booleans()) else text
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@settings(max_examples=300)
@given(texts(), st.sampled_from([["default"], ["default", "1"]]))
def test_what_is_added_is_all_that_it_means_more(text: str, names: list[str]) -> None:
    file = ComposeFile("c", "c", text.encode())
    edits, means = [], yaml.safe_load(text)
    for name, entry in file.part("services").items():
        edit = add(file, entry, *listed(file, "networks", names))
        if isinstance(edit, Edit):
            edits.append(edit)
            means["services"][name]["networks"] = names
    section = add_section(file, ["networks:", "  default:", "    name: x"], "")
    if isinstance(section, Edit):
        edits.append(section)
        means["networks"] = {"default": {"name": "x"}}
    after = edited(text, edits)
    assert yaml.safe_load(after) == means
    assert SECRET not in unified(text, edits, "c")
    assert ("\r\n" in after) == ("\r\n" in text)
    assert after.count("\n") == after.count("\r\n") or "\r\n" not in after


def test_a_file_that_only_has_harmless_lines_gets_all_of_it() -> None:
    file = ComposeFile("c", "c", b"services:\n  a:\n    image: a\n  b:\n    image: b\n")
    for entry in file.part("services").values():
        assert isinstance(add(file, entry, *listed(file, "networks", ["default"])), Edit)


SHOWN = [
    "services:",
    '"services": {',
    "  web: &web",
    "    <<: *web",
    "    image: registry.example:5000/team/web:1.2@sha256:abc",
    "    image: ${IMAGE:-redis}",
    '    restart: "no"',
    "    environment:",
    "    networks: [back, front]",
    '    "image": "web",',
    "  back: { internal: true }",
    "  web: { image: 'redis:7', ports: [ \"80:80\" ], restart: always }",
    "networks: { proxy: { external: true } }",
]
HIDDEN = [
    f"    image: web # {SECRET}",
    f"    command: {SECRET}",
    f"    command: [redis-server, {SECRET}]",
    f"    environment: {{PASSWORD: {SECRET}}}",
    f"    environment: [PASSWORD={SECRET}]",
    f"  web: {{image: web, command: {SECRET}}}",
    f"  web: {{image: web, environment: {{P: {SECRET}}}}}",
    f"  web: {{image: web, environment: {{user: {SECRET}}}}}",
    f"  web: {{image: web, labels: {{name: {SECRET}}}, restart: always}}",
    f"  web: {{image: web}} # {SECRET}",
    f"    labels: {{image: {SECRET}, P: x}}",
    f"    user: {SECRET} with more",
    f"# {SECRET}",
]


@pytest.mark.parametrize("line", SHOWN)
def test_a_line_that_tells_nothing_may_be_shown(line: str) -> None:
    assert _shown(line)


@pytest.mark.parametrize("line", HIDDEN)
def test_a_line_that_may_hold_a_secret_is_not(line: str) -> None:
    assert not _shown(line)


def _shown(line: str) -> bool:
    """As if it were a key's line, whatever else it is."""
    return is_showable(f"{line}\n")


def test_the_examples_are_true() -> None:
    assert doctest.testmod(shown).failed == 0


def test_lines_that_only_look_like_keys_are_not_shown() -> None:
    text = (
        f"services:\n  a:\n    command: |\n      image: {SECRET}\n      restart: x\n    image: a\n"
    )
    file = ComposeFile("c", "c", text.encode())
    assert showable(file) == {0, 1, 5}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a: b\n---\nc: d\n", "single YAML document (line 2)"),
        (b"a: [\n", "single YAML document"),
        (b"- a\n", "no mapping"),
        (b"\xff\xfe", "no UTF-8"),
        (b"", "no mapping"),
        (b"[" * 5000, "YAML"),
        (b"a: \x00\n", "YAML"),
    ],
)
def test_what_is_no_compose_file_is_said_without_a_word_of_it(content: bytes, why: str) -> None:
    with pytest.raises(NotYamlError) as said:
        _: Any = ComposeFile("c", "c", content).root
    assert why in str(said.value)
    assert len(str(said.value)) < 80
