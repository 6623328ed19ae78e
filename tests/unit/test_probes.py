"""Each probe alone: a file that runs by itself under every shell, and what its parser reads."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from hosts import Host, in_directory
from looks import stack

from pyinfra_runbooks.core.answers import AnswerError
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine import asked, found, shell
from pyinfra_runbooks.engine.asked import Asking
from pyinfra_runbooks.engine.found import ComposeCommand, Found, Sought
from pyinfra_runbooks.engine.probe import Answers, Probe, answers, questions, together
from pyinfra_runbooks.engine.shell import values, words
from pyinfra_runbooks.packs import look
from pyinfra_runbooks.packs.all import SHIPPED
from pyinfra_runbooks.packs.checks.probe import PORTS
from pyinfra_runbooks.packs.redis.probe import KEPT, VOLUMES

ALL: tuple[Probe[Any, Any], ...] = (
    *found.PROBES,
    *(probe for pack in SHIPPED for probe in (*pack.probes, *pack.probes_each)),
)


def alone(host: Host, probe: Probe[Any, Any], **named: object) -> Any:
    """What a probe comes to, run by itself with its values in the environment."""
    given = {"directory": host.place, **named}
    command = words(*host.shell, shell.path_of(probe.script))
    exported = "".join(f"export {name}\n" for name in given)
    done = host.run(f"{values(**given)}{exported}{command}")
    assert done.err == ""
    status = {probe.name: done.code}
    return Answers({probe.name: done.out.splitlines()}, status).to(probe)


@pytest.mark.parametrize("probe", ALL, ids=lambda probe: probe.script)
def test_a_probe_says_what_it_answers_and_how_it_is_run(probe: Probe[Any, Any]) -> None:
    lines = shell.path_of(probe.script).read_text(encoding="utf-8").splitlines()
    head = lines[: next(n for n, line in enumerate(lines) if line[:1] != "#")]
    assert any(f"sh {probe.script}" in line for line in head)
    assert len({p.name for p in ALL}) == len(ALL)


# What is found


def test_containers(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache", "web")
    any_host.is_at("web", mounted=("/srv/it's \N{SNOWMAN}",), pid=7)
    seen = alone(any_host, found.CONTAINERS)
    assert [(c.service, c.pid) for c in seen.all] == [("cache", 1), ("web", 7)]
    assert seen.all[1].mounts[0].source == "/srv/it's \N{SNOWMAN}"
    assert set(seen.places) == {str(any_host.place)}
    assert len(seen.state) == 64


def test_no_container_is_an_answer_and_no_engine_is_none(any_host: Host) -> None:
    assert alone(any_host, found.CONTAINERS).all == ()
    any_host.tool("docker", "#!/bin/sh\necho 'Cannot connect to the Docker daemon'\nexit 1\n")
    assert alone(any_host, found.CONTAINERS) == Unknown("Cannot connect to the Docker daemon")
    assert isinstance(alone(any_host, found.NETWORKS), Unknown)


def test_networks(any_host: Host) -> None:
    shown = {"id": "1", "name": "shop_back", "driver": "bridge", "ipv6": "false", "key": "back"}
    any_host.answer("docker-network", f"{json.dumps(shown)}\n")
    seen = alone(any_host, found.NETWORKS)
    assert (seen["shop_back"].key, seen["shop_back"].ipv6) == ("back", False)


def test_commands_at_work() -> None:
    lines = ["12\tup\tattached", "3\tdown", "3 down", "x\tup", "", "1\tup\tdetached"]
    assert found.COMMANDS.parse(lines) == (
        ComposeCommand("up", 12, True),
        ComposeCommand("down", 3),
    )


def test_no_command_is_at_work(any_host: Host) -> None:
    """Others may be at work elsewhere."""
    about = any_host.place.stat()
    commands = alone(any_host, found.COMMANDS)
    assert not [c for c in commands if c.may_be_in(f"{about.st_dev}:{about.st_ino}")]


def test_a_pause(any_host: Host) -> None:
    kept = any_host.place / "pause"
    assert alone(any_host, found.PAUSED, pause_file=kept) == ()
    kept.write_text('1800000000\n{"who": "ann", "reason": "it\'s mine"}\n')
    assert alone(any_host, found.PAUSED, pause_file=kept) == (
        "1800000000",
        '{"who": "ann", "reason": "it\'s mine"}',
    )
    kept.write_text("")
    assert alone(any_host, found.PAUSED, pause_file=kept) == ("?",)


def test_corrections(any_host: Host) -> None:
    log = any_host.place / "audit.log"
    ours = '{"stack": "/srv/shop", "remedy": "attach it"}'
    given = {"audit_log": log, "in_audit": '"stack": "/srv/shop"', "corrections": 2}
    assert alone(any_host, found.CORRECTIONS, **given) == ()
    log.write_text(f"{ours}\n" * 3 + '{"stack": "/srv/x", "remedy": "y"}\n')
    assert alone(any_host, found.CORRECTIONS, **given) == (ours, ours)


# What is asked


def test_volumes(any_host: Host) -> None:
    any_host.answer("docker-volume", "shop_data\nother\n")
    assert alone(any_host, VOLUMES) == {"shop_data", "other"}


def test_what_a_container_keeps(any_host: Host) -> None:
    any_host.answer("docker-diff", "C /data\nA /data/dump.rdb\n")
    assert alone(any_host, KEPT, id="1" * 64) == "/data/dump.rdb"


def test_ports(any_host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        addresses = (f"a web\t127.0.0.1\t{port}", "a web\t127.0.0.1\t1")
        seen = alone(any_host, PORTS, addresses=addresses)
    assert seen == {"a web": {port: True, 1: False}}
    assert alone(any_host, PORTS, addresses=()) == {}


def test_inside_where_nothing_was_touched(any_host: Host) -> None:
    given = {"id": "1" * 64, "pid": 1, "inside_sh": "echo u 7 7"}
    far = {"since": "2999-01-01T00:00:00.0Z", "files": str(any_host.place)}
    assert alone(any_host, asked.INSIDE, **given, **far) is None


# What there is to ask


def test_who_has_nothing_to_be_asked_is_not() -> None:
    there = look.questions(Asking.of(stack(), Found()))
    assert [question.name for question in there] == ["volume", "ports"]
    assert "section volume ask_0" in together(there)


def test_a_probe_of_a_third_party_takes_its_place_beside_the_others(any_host: Host) -> None:
    """A file and a parser: nothing else is touched."""
    other: Probe[str, int] = Probe(
        "size", "ask_volumes.sh", len, lambda of: {"shop": of} if of else None
    )
    any_host.answer("docker-volume", "a\nb\n")
    head = 'mark=7d0c2a52-4c0b-4d6e-9a31-0f7f3a2b9c55; echo "look $mark"\n'
    done = any_host.run(head + together(questions((other,), "x", "a shop")))
    shown = answers(done.out.splitlines(), ["size a shop"])
    assert isinstance(shown, Answers)
    assert shown.to(other, "a shop") == len(["a", "b", ""])
    assert shown.at() > 1_600_000_000
    assert isinstance(answers(done.out.splitlines()[:-1], ["size a shop"]), Unknown)
    assert questions((other,), "") == []


def test_what_is_not_understood_is_not_known() -> None:
    def refuses(lines: object) -> int:
        raise AnswerError("no")

    probe: Probe[str, int] = Probe("x", "ask_volumes.sh", refuses)
    assert Answers({"x": []}, {"x": 0}).to(probe) == Unknown("no")
    assert Answers({"x": ["why"]}, {"x": 1}).to(probe) == Unknown("why")
    assert isinstance(Answers({}, {}).to(probe), Unknown)


def test_no_function_stands_twice_in_what_finds() -> None:
    script = together(questions(found.PROBES, Sought((in_directory("/srv/shop"),))))
    names = [line.partition("(")[0] for line in script.splitlines() if "() {" in line[:40]]
    assert {name for name in names if names.count(name) > 1} == set()
