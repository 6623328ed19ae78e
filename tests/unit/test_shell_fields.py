"""ask_fields.sh: which containers are compared at all, and what with."""

from __future__ import annotations

import json

import pytest
from awks import SECRET
from composed import CONTAINER, IMAGE_CONFIG, PROJECT, SERVICE, Parts
from hosts import Host, in_directory

from pyinfra_runbooks.core.sections import parse_sections
from pyinfra_runbooks.engine import differences, shell
from pyinfra_runbooks.engine.compose import hashes
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.shell.stack import of

LABELLED, PLAIN, RESOLVED = "a" * 64, "b" * 64, "c" * 64
MARK = "7d0c2a52-4c0b-4d6e-9a31-0f7f3a2b9c55"
ID, OTHER, IMAGE = "1" * 64, "2" * 64, f"sha256:{'3' * 64}"

_DOCKER = """#!/bin/sh
printf '%s\\n' "$*" >>"@PLACE@/words"
case "$*" in
    image*) cat "@PLACE@/image" ;;
    *'{{.Image}}'*) echo @IMAGE@ ;;
    *HostConfig*) cat "@PLACE@/container" ;;
    *) exit 1 ;;
esac
"""
_COMPOSE = """#!/bin/sh
printf '%s\\n' "compose $*" >>"@PLACE@/words"
case "$*" in
    *'-f - '*) [ "$(cat)" = resolved ] && cat "@PLACE@/resolved" ;;
    *--hash*) cat "@PLACE@/plain" ;;
    *--no-interpolate*) cat "@PLACE@/raw" ;;
    *json*) cat "@PLACE@/config" ;;
    *) echo resolved ;;
esac
"""


def project(**changes: object) -> Parts:
    """As Compose prints it, without an end of the last line."""
    return {**PROJECT, "services": {"web": {}, "cache": {**SERVICE, **changes}}}


def seen(
    host: Host,
    plain: str,
    resolved: str,
    raw: Parts | None = None,
    container: Parts = CONTAINER,
    lines: str | None = None,
) -> tuple[dict[str, str], dict[str, tuple[Difference, ...]], list[str]]:
    """The hashes that count, the differences, and what Docker and Compose were asked."""
    compact = json.dumps(container, separators=(",", ":"))
    for name, content in {
        "plain": f"cache {plain}\nweb {LABELLED}\n",
        "resolved": f"cache {resolved}\nweb {LABELLED}\n",
        "config": json.dumps(project(), indent=2),
        "raw": json.dumps(raw or project(), indent=2),
        "container": f"k {ID} {compact}\n" if lines is None else lines,
        "image": f"i {IMAGE} {json.dumps(IMAGE_CONFIG)}\n",
    }.items():
        (host.place / name).write_text(content, encoding="utf-8")
    for path, script in (("docker", _DOCKER), ("docker-compose", _COMPOSE)):
        script = script.replace("@PLACE@", str(host.place)).replace("@IMAGE@", IMAGE)
        if path == "docker":
            host.tool(path, script)
        else:
            (host.place / "docker" / "cli-plugins" / path).write_text(script, encoding="utf-8")
    script = shell.script(
        "ask_fields.sh",
        **of(in_directory(host.place)),
        labelled=(f"{ID} cache {LABELLED}", f"{OTHER} web {LABELLED}"),
        spellings=(str(host.place),),
        mark=MARK,
    )
    done = host.run(script, stdin="AUTH a password\n")
    assert done.err == ""
    assert SECRET not in done.out
    sections, _ = parse_sections([f"look {MARK}", *done.out.splitlines()])
    asked = (host.place / "words").read_text(encoding="utf-8").splitlines()
    return hashes(tuple(sections["hash"])), differences.parse(sections["field"]), asked


def test_a_label_that_is_the_hash_is_asked_no_further(any_host: Host) -> None:
    shown, found, asked = seen(any_host, LABELLED, RESOLVED)
    assert (shown["cache"], found, len(asked)) == (LABELLED, {}, 1)


def test_an_env_file_is_in_the_label_and_not_in_the_plain_hash(any_host: Host) -> None:
    shown, found, asked = seen(any_host, PLAIN, LABELLED)
    assert (shown["cache"], found, len(asked)) == (LABELLED, {}, 3)
    assert all(f"--project-directory {any_host.place}" in words for words in asked)


@pytest.mark.parametrize("resolved", [PLAIN, RESOLVED])
def test_what_differs_is_compared(any_host: Host, resolved: str) -> None:
    shown, found, _ = seen(any_host, PLAIN, resolved)
    assert shown == {"cache": PLAIN, "web": LABELLED}
    assert found == {ID: ()}


def test_what_differs_in_a_field(any_host: Host) -> None:
    config = {**CONTAINER["Config"], "User": "0", "Cmd": [SECRET]}
    raw = project(command=["${LEVEL}"])
    _, found, _ = seen(any_host, PLAIN, RESOLVED, raw, {**CONTAINER, "Config": config})
    assert found == {
        ID: (Difference("changed", "command", "", ("LEVEL",)), Difference("changed", "user"))
    }
    (any_host.place / ".env").write_text("LEVEL=1\n")
    _, found, _ = seen(any_host, PLAIN, RESOLVED, raw, {**CONTAINER, "Config": config})
    assert found[ID][0] == Difference("changed", "command", "", ("LEVEL",), ("LEVEL",))


def test_a_container_that_went_is_not_compared(any_host: Host) -> None:
    _, found, _ = seen(any_host, PLAIN, RESOLVED, lines="")
    assert found == {}
