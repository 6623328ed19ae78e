"""A whole look, of a host that has nothing but stand-ins."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from awks import AWKS
from hosts import Host, in_directory
from looks import ports_of
from prepared import INSIDE, PASSWORD, checked, looked, prepare
from samples import OTHER_MARK

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.shell import LOG
from pyinfra_runbooks.packs import look
from pyinfra_runbooks.packs.checks.probe import PORTS
from pyinfra_runbooks.packs.redis.replies import quoted
from pyinfra_runbooks.settings import Stack


def test_a_look_reads_and_changes_nothing(any_host: Host) -> None:
    any_host.of_user(1000)
    directory = any_host.place / "it's $(touch canary)"
    stack = prepare(any_host, directory)
    taken = looked(any_host, stack)
    done, seen = taken.both, taken.look
    key = seen.files[f"{directory}/keys/cache.txt"]
    assert key.password_sha256 == sha256(b"a password").hexdigest()
    assert key.sha256 == sha256(PASSWORD).hexdigest()
    assert list(seen.declared.services) == ["cache"]
    assert "hunter2" not in done.out
    verbs = {words[0] for words in done.of("docker")}
    assert verbs <= {"ps", "inspect", "exec", "network", "info"}
    assert {tuple(words[:2]) for words in done.of("docker", "network")} == {("network", "ls")}
    assert {words[-1] for words in done.of("docker-compose")} == {"json", "*"}
    # Passwords go over stdin, and are in nobody's words.
    assert "password" not in " ".join(word for call in done.calls for word in call[1:2])
    (asked,) = (text for text in done.stdin("docker", "exec") if "AUTH" in text)
    assert f"AUTH {quoted('clerk')} {quoted('a password')}" in asked.splitlines()
    assert not any_host.canary


def test_a_label_breaks_out_of_nothing(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.stack(str(tmp_path), "cache", "web", "x//;e touch canary;s/x")
    host.is_at("x//;e touch canary;s/x", address="127.0.0.1", ports=("1/tcp",))
    host.answer("docker-compose-json", json.dumps({"name": "shop", "services": {}}, indent=2))
    host.is_at("web", address="127.0.0.1", ports=("1/tcp",))
    taken = looked(host, in_directory(tmp_path))
    # Compose has no service of that name: it is nobody's, and no part of a command or of advice.
    assert taken.look.of(PORTS) == {"web": {1: False}}
    assert {c.service for c in taken.look.members()} == {"cache", "web", ""}
    assert not host.canary


def test_a_login_shell_that_changes_scripts_is_reported(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    assert look.find(stack).count("canary='\\\\'") == 1

    def in_fish(script: str) -> str:
        return script.replace("canary='\\\\'", "canary='\\'")

    taken = looked(any_host, stack, changed=in_fish)
    assert isinstance(taken.seen, Unknown)
    assert "login shell changes scripts" in taken.seen.reason
    assert (taken.both.code, taken.both.calls) == (0, [])


# Ports of services that have IPv6 alone


@pytest.mark.parametrize("without_bash", [False, True])
def test_a_port_is_tried_at_an_ipv6_address(any_host: Host, without_bash: bool) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        any_host.is_at("cache", address="", address6="::1", ports=(f"{port}/tcp", "1/tcp"))

        def changed(script: str) -> str:
            return script.replace("if command -v bash", "if ! command -v sh")

        if without_bash:
            any_host.tool("curl", f'#!/bin/sh\nexec {shutil.which("curl")} "$@"\n')
            taken = looked(any_host, replace(stack, services=()), changed=changed)
        else:
            taken = looked(any_host, replace(stack, services=()))
    assert ports_of(taken.look)["cache"] == {port: True, 1: False}


def test_an_address_that_answers_nothing_hides_no_other_port(any_host: Host) -> None:
    """So it is for seconds where a container has just ended."""
    stack = prepare(any_host, any_host.place / "shop")
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as held:
        for _ in range(8):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        with socket.create_server(("127.0.0.1", 0)) as server:
            silent, port = full.getsockname()[1], server.getsockname()[1]
            any_host.is_at("cache", ports=(f"{port}/tcp", "1/tcp"))
            any_host.is_at("web", address="127.0.0.1", ports=(f"{silent}/tcp",))
            taken = looked(any_host, replace(stack, services=()))
    ports = ports_of(taken.look)
    assert ports["cache"] == {port: True, 1: False}
    assert not any(ports.get("web", {}).values())


# What was corrected lately


def audited(**about: object) -> str:
    line = {"time": "2027-01-15T08:00:00Z", "remedy": "attach it", "result": "ok", "findings": []}
    return json.dumps(line | about) + "\n"


def corrections(host: Host, stack: Stack, unattended: bool = True) -> object:
    """What a job's look knows of them, by an audit in the host's own place."""
    assert LOG in look.find(stack, unattended=unattended)
    return looked(host, stack, changed=elsewhere(host), unattended=unattended).look.corrections


def elsewhere(host: Host) -> Callable[[str], str]:
    """The audit is in the host's own place."""
    return lambda script: script.replace(LOG, str(host.place / "audit.log"))


def test_the_audit_is_read_to_its_end_and_from_before_it_was_rotated(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    mine = {"stack": stack.compose.directory}
    assert corrections(any_host, stack) == ()
    log, rotated = any_host.place / "audit.log", any_host.place / "audit.log.1"
    rotated.write_text(audited(**mine, run="a") + audited(stack="/srv/other", run="b"))
    assert len(corrections(any_host, stack)) == 1  # type: ignore[arg-type]
    log.write_text(audited(**mine, run="c", result="begun") + audited(**mine, run="c") + '{"ti')
    assert len(corrections(any_host, stack)) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["audit.log", "audit.log.1"])
def test_an_audit_that_can_not_be_read_is_not_an_empty_one(any_host: Host, name: str) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    (any_host.place / name).mkdir()  # and Docker does not help
    assert isinstance(corrections(any_host, stack), Unknown)


def test_a_person_is_reported_what_can_be_read_and_nothing_is_copied_for_it(any_host: Host) -> None:
    any_host.of_user(1000)
    stack = prepare(any_host, any_host.place / "shop")
    mine = {"stack": stack.compose.directory}
    assert corrections(any_host, stack, unattended=False) == ()
    (any_host.place / "audit.log.1").mkdir()
    (any_host.place / "audit.log").write_text(audited(**mine, run="c"))
    assert len(corrections(any_host, stack, unattended=False)) == 1  # type: ignore[arg-type]
    (any_host.place / "audit.log").unlink()
    (any_host.place / "audit.log").mkdir()
    assert looked(any_host, stack, changed=elsewhere(any_host)).both.of("docker", "create") == []
    assert corrections(any_host, stack, unattended=False) == ()


# It leaves nothing behind


def contents(place: Path) -> dict[Path, bytes | None]:
    """Every file below a directory, without what the stand-ins keep for the tests."""
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in place.rglob("*")
        if path.relative_to(place).parts[0] != "calls"
    }


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("uid", [0, 1000])
@pytest.mark.parametrize(
    "since", ["2026-01-31T23:59:59.123456789Z", "2999-01-31T23:59:59.1Z"], ids=["touched", "not"]
)
def test_a_look_leaves_no_file_behind(
    any_host: Host, awk: tuple[str, ...], uid: int, since: str
) -> None:
    """As awk's `print a > b` would."""
    any_host.of_user(uid)
    any_host.awk(*awk)
    stack = prepare(any_host, any_host.place / "shop", since)
    elsewhere = any_host.place / "elsewhere"
    elsewhere.mkdir()
    before = contents(any_host.place)
    taken = looked(any_host, stack, cwd=elsewhere)
    assert ("web" not in taken.look.insides) is since.startswith("2999")
    done, answers = checked(any_host, stack, cwd=elsewhere)
    assert len(answers) == len(stack.health)
    assert taken.both.err == done.err == ""
    assert contents(any_host.place) == before


# What stands between its sections


def test_every_look_has_a_mark_of_its_own(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    taken = [looked(any_host, stack) for _ in range(2)]
    commands = [command for both in taken for command in (both.found, both.asked) if command]
    assert len({command.out.splitlines()[0] for command in commands}) == 4


def test_the_mark_is_reported_to_nobody(any_host: Host) -> None:
    """Who knows it could print sections of their own."""
    any_host.of_user(1000)
    stack = prepare(any_host, any_host.place / "shop")
    taken = looked(any_host, stack)
    for done, many in ((taken.found, 2), (taken.asked, 5)):
        assert done
        mark = done.out.splitlines()[0].removeprefix("look ")
        assert len(mark) == 36
        assert len(done.environments) == len(done.calls) > many
        assert not any(mark in word for words in done.calls for word in words)
        assert not any(mark in text for _, text in done.inputs)
        assert not any(mark in text for text in done.environments)
    assert len(taken.both.of("docker", "exec")) == 2


FRAMES = (
    "engine|=1",
    "=1",
    f"look {OTHER_MARK}",
    f"{OTHER_MARK} engine",
    f"{OTHER_MARK} =1",
    "$mark engine",
    "$mark =1",
)


def test_what_a_container_prints_frames_nothing(any_host: Host) -> None:
    any_host.of_user(1000)
    stack = prepare(any_host, any_host.place / "shop")
    usual = looked(any_host, stack).seen
    text = "".join(f"{line}\n" for line in FRAMES)
    any_host.answer("docker-exec", f"{text}{INSIDE}{text.rstrip()}")
    assert looked(any_host, stack).seen == usual
    for call in ("docker-inspect", "docker-network", "docker-compose-hashes"):
        answers = any_host.place / "answers" / call
        shown = answers.read_text(encoding="utf-8") if answers.exists() else ""
        any_host.answer(call, f"{text}{shown}{text.rstrip()}")
    assert looked(any_host, stack).seen == usual


@pytest.mark.parametrize("frame", FRAMES)
def test_a_files_name_and_an_acl_line_frame_nothing(any_host: Host, frame: str) -> None:
    directory = any_host.place / "shop"
    stack = prepare(any_host, directory)
    usual = looked(any_host, stack).seen
    acl = directory / f"{frame}"
    acl.write_text(f"user default on nopass\n{frame}\nuser {frame}\n{frame}", encoding="utf-8")
    lone = directory / "lone" / frame
    config = {
        "name": "shop",
        "services": {"cache": {}},
        "secrets": {"acl": {"file": str(acl)}, "lone": {"file": str(lone)}},
    }
    any_host.answer("docker-compose-json", json.dumps(config, indent=2))
    seen = looked(any_host, stack).seen
    assert isinstance(usual, Look)
    assert isinstance(seen, Look)
    file = seen.files[str(acl)]
    assert file.sha256 == sha256(acl.read_bytes()).hexdigest()
    assert file.acl == ("user default on nopass", "?", f"user {frame}", "?")
    assert seen.files[str(lone)].error == "No such file or directory"
    assert seen.files.keys() == usual.files.keys() | {str(acl), str(lone)}
    assert replace(seen, files=usual.files) == usual
