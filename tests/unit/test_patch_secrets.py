"""However a compose file is written, no patch shows a value of it that may be secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml.nodes import MappingNode, SequenceNode

from pyinfra_runbooks.engine.patching.additions import (
    add,
    add_items,
    add_last,
    add_section,
    add_service,
    listed,
    to_mapping,
)
from pyinfra_runbooks.engine.patching.compose_file import ComposeFile, Entry, NotYamlError, entries
from pyinfra_runbooks.engine.patching.patches import Edit, edited, unified
from pyinfra_runbooks.engine.patching.showable import showable

SECRET = "hunter2"
Draw = Callable[[Any], Any]

# How a secret stands: @ is a line's end and the indentation after it.
IN_LINES = [
    SECRET,
    f"a {SECRET}",
    f'"{SECRET}"',
    f"'{SECRET}'",
    f"redis-server@--requirepass {SECRET}",
    f"--requirepass@{SECRET}",
    f'"a@{SECRET}"',
    f'"a@image: {SECRET}@restart: always"',
    f"'a@@networks: [{SECRET}],@b'",
    f'"a@{{}}@{SECRET}"',
    f"!!str {SECRET}",
]
IN_BLOCKS = [
    f"|@{SECRET}",
    f"|-@image: {SECRET}@@networks: [{SECRET}]",
    f">@a@@restart: {SECRET}@@@",
    f"|2-@# {SECRET}",
]
IN_BRACES = [
    f"[redis-server, --requirepass, {SECRET}]",
    f"[a,@{SECRET},@b]",
    f"@[{SECRET}, b]",
    f"@{SECRET}",
    f"@[{SECRET}], # {SECRET}@x-y: b".partition(", #")[0],
    f"{{user: {SECRET}}}",
    f"{{@image: {SECRET}, restart: always@}}",
    f"{{driver: a, options: {{@user: {SECRET}}}}}",
    f"{{{SECRET}: null}}",
    f"{{@{SECRET}: {{image: a}}}}",
    f"[{{image: {SECRET}}}]",
    f"[[@image, {SECRET}]]",
]
PRIVATE = ["command", "entrypoint", "environment", "labels", "logging", "x-a", "healthcheck"]
HARMLESS = [
    ("image", ["redis:7", "'redis:7'", '"redis:7"', "@redis:7"]),
    ("restart", ["always", '"no"', "@always"]),
    ("hostname", ["a", "null"]),
    ("ports", ["[80]", '["80:80",@"81:81"]', "[]"]),
    ("tty", ["true"]),
]
NETWORKS = [
    "[back]",
    "[back,@front]",
    "[@back@]",
    "@[back]",
    "{back: null}",
    "{back: {aliases: [a]},@front: {}}",
    "{back: {aliases: [a,@b]}}",
    f"{{back: {{driver_opts: {{x: {SECRET}}}}}, front: null}}",
    f"{{back: {{driver_opts:@{{user: {SECRET}}}, aliases: [a]}}}}",
    f"{{back: {{driver_opts: {{user:@{SECRET}}}, aliases: [@a]}}}}",
]
DEPENDS = ["[db]", "[db,@b]", "{db: {condition: service_started}}", "{db:@{required: true}}"]


@st.composite
def members(draw: Draw) -> list[tuple[str, str]]:
    """The keys of a service, each with how its value stands."""
    found = {}
    for _ in range(draw(st.integers(1, 3))):
        found[draw(st.sampled_from(PRIVATE))] = draw(st.sampled_from([*IN_LINES, *IN_BRACES]))
    for key, values in draw(st.lists(st.sampled_from(HARMLESS), max_size=3)):
        found[key] = draw(st.sampled_from(values))
    if draw(st.booleans()):
        found["networks"] = draw(st.sampled_from(NETWORKS))
    if draw(st.booleans()):
        found["depends_on"] = draw(st.sampled_from(DEPENDS))
    return list(draw(st.permutations([*found.items()])))


@st.composite
def between_braces(draw: Draw) -> str:
    """A service in a flow mapping, with its lines broken anywhere."""
    breaks = st.sampled_from([" ", "@", "@@", f" # {SECRET}@", "@\t", f"@# {SECRET}@", " @"])
    colon = st.sampled_from([": ", ":@", f": # {SECRET}@"])
    keys = [f"{key}{draw(colon)}{value}" for key, value in draw(members())]
    inside = "".join(f"{key},{draw(breaks)}" for key in keys[:-1]) + keys[-1]
    begins, ends = draw(st.sampled_from(["", " ", "@"])), draw(st.sampled_from(["", "@", ", "]))
    return f"{{{begins}{inside}{ends}}}"


@st.composite
def in_lines(draw: Draw) -> str:
    """A service with a key a line, between which there may be comments."""
    lines = []
    for key, value in draw(members()):
        if key in PRIVATE and draw(st.booleans()):
            value = draw(st.sampled_from(IN_BLOCKS))
        elif key in ("networks", "depends_on") and draw(st.booleans()):
            value = draw(st.sampled_from([f"@- db # {SECRET}@- b", "@- db@- b", "@- db"]))
        lines += [f"{key}: {value}" + draw(st.sampled_from(["", f" # {SECRET}"]))]
        lines += draw(st.sampled_from([[], [""], [f"# {SECRET}"], [f"  # {SECRET}"]]))
    return "\n".join(line if line else "" for line in lines)


@st.composite
def files(draw: Draw) -> str:
    """Compose files."""
    text = draw(st.sampled_from(["", f"# {SECRET}\n", f"x-a: &a\n  user: {SECRET}\n", "---\n"]))
    as_json = draw(st.integers(0, 5)) == 0
    if as_json:
        body = ",@".join(f"s{n}: {draw(between_braces())}" for n in range(draw(st.integers(1, 2))))
        rest = draw(st.sampled_from(["", f", x-b: {SECRET}", f",@x-b:@[{SECRET}], volumes: {{}}"]))
        return f"{text}{{services: {{{body}}}{rest}}}\n".replace("@", "\n    ")
    text += "services:\n"
    for number in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            body = draw(between_braces()).replace("@", "\n     ")
            text += f"  s{number}: {body}\n"
        else:
            body = draw(in_lines()).replace("@", "\n@")
            lines = (f"    {line}" if line else "" for line in body.split("\n"))
            text += f"  s{number}:\n" + "\n".join(lines).replace("@", "  ") + "\n"
    return text + draw(
        st.sampled_from(
            [
                "",
                "networks:\n  back:\n  front: {driver: bridge}\n",
                f"networks: {{back: {{driver_opts:\n   {{user: {SECRET}}}, internal: true}}}}\n",
                f"secrets:\n  s: {{file: ./s}}\nconfigs: {{c: {{content:\n   {SECRET}}}}}\n",
                f"secrets: {{s: {{\n   content: {SECRET}, file: a}}, image: {{}}}}\n",
                f"x-b:\n  [{SECRET}]\nvolumes: {{}}\n",
                f"# {SECRET}\n",
            ]
        )
    )


def edits(file: ComposeFile, bare: bool) -> Iterator[list[Edit] | Edit | str]:
    """All changes that there are, to all places."""
    yield add_section(file, ["networks:", "  x:"], "networks: {x: null}")
    if section := file.section("services"):
        yield add_service(file, section, ["new:", "  image: a"], "new: {image: a}")
    for service in file.part("services").values():
        yield add(file, service, *listed(file, "profiles", ["x"]), bare)
        for key in ("networks", "depends_on"):
            if own := entries(service.value).get(key):
                yield from _inner(file, own, bare)


def _inner(file: ComposeFile, own: Entry, bare: bool) -> Iterator[list[Edit] | Edit | str]:
    yield add_items(file, own, ["x"], bare)
    yield add_last(file, own, "x", bare)
    if isinstance(own.value, SequenceNode) and own.value.value:
        yield to_mapping(file, own, [[f"{n.value}:"] for n in own.value.value], "{x: null}", bare)
    if isinstance(own.value, MappingNode):
        for entry in entries(own.value).values():
            yield add(file, entry, ["aliases: [x]"], "aliases: [x]", bare)
            if names := entries(entry.value).get("aliases"):
                yield add_last(file, names, "x", bare)


def assert_shows_nothing(text: str) -> int:
    """Of none of the changes; returns how many there are."""
    file, number = ComposeFile("c", "c", text.encode()), 0
    shown = "".join(file.lines[line] for line in showable(file))
    assert SECRET not in shown
    for bare in (True, False):
        for made in edits(file, bare):
            if not isinstance(made, str):
                several = [made] if isinstance(made, Edit) else made
                assert SECRET not in unified(text, several, "c")
                assert yaml.safe_load(edited(text, several).replace("\t", " "))
                number += 1
    return number


@settings(max_examples=400)
@given(files())
def test_no_patch_shows_a_secret(text: str) -> None:
    try:
        _: Any = ComposeFile("c", "c", text.encode()).root
    except NotYamlError:
        assume(False)
    assert_shows_nothing(text)


FLOW = f"[redis-server, --requirepass, {SECRET}]"
TEXTS = {
    "a value on a line of its own, before other keys": f"""\
services:
  redis: {{ image: "redis:7", command:
      {FLOW}, networks: [default, proxy],
      restart: always }}
""",
    "the same, before names": f"""\
services:
  redis: {{ command:
      {FLOW}, networks: {{back: {{aliases: [a]}}}},
      restart: always }}
""",
    "the end of a text of several lines": f"""\
services:
  redis: {{ command: redis-server
      {SECRET}, networks: [default],
      restart: always }}
""",
    "what is quoted ends beside a key": f"""\
services:
  redis: {{ command: "redis-server
      {SECRET}", networks: [default],
      restart: always }}
""",
    "a variable that is called as a key is": f"""\
services:
  redis: {{ image: a, environment: {{
      user: {SECRET} }}, networks: [default],
      restart: always }}
""",
    "options of a network": f"""\
services:
  redis: {{ image: a, networks: {{back: {{ driver_opts: {{
      name: {SECRET} }}, aliases: [a] }}}},
      restart: always }}
""",
    "what an alias is for": f"""\
services:
  redis:
    networks: [&n {SECRET}]
    command: *n
    restart: always
""",
    "a value that others have as well": f"""\
services:
  redis: {{ command: &web
      [{SECRET}], networks: [default],
      restart: always }}
  other: {{ command: *web, restart: always }}
""",
    "a section of another program": f"x-a: {{ {SECRET}: null }}\nservices:\n  a:\n    image: b\n",
    "keys between other ends of lines": f"""\
services:
  redis: {{ command:
      {FLOW},\rnetworks: [default],
      restart: always }}
""",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "dos"])
def test_a_value_in_the_line_of_a_key_is_not_shown(text: str, end: str) -> None:
    assert_shows_nothing(text.replace("\n", end))


def test_what_has_no_secret_in_its_lines_is_changed_yet() -> None:
    text = "services:\n  redis: { image: a, networks: [back],\n      command: x }\n"
    assert assert_shows_nothing(text) > 2
    text = "services:\n  a:\n    image: b\n    networks:\n      - back\n    restart: always\n"
    assert assert_shows_nothing(text) > 5
