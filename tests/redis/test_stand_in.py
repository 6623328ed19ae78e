"""The stand-in engine is as unkind as it is set to be, and otherwise as Docker is."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.redis.unkind.cases import VALUES, Case
from tests.redis.unkind.failures import HOWS, Failure
from tests.redis.unkind.planning import pairwise
from tests.redis.unkind.templates import TemplateError, render
from tests.redis.unkind.world import World, world

CONTAINER = {
    "Id": "c0ffee",
    "State": {"Running": True, "ExitCode": 0},
    "Config": {"Labels": {"a.b": "it's", "empty": ""}},
    "Mounts": [{"Type": "bind", "Source": "/a"}, {"Type": "volume", "Source": "/b"}],
    "Networks": {"back": {"IP": "1.2.3.4"}, "front": {"IP": ""}},
    "None": None,
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{.Id}}\t{{.State.Running}}{{.State.ExitCode}}", "c0ffee\ttrue0"),
        ('{{json .Config}}{{"\\n"}}', '{"Labels":{"a.b":"it\'s","empty":""}}\n'),
        ('{{index .Config.Labels "a.b"}}|{{index .Config.Labels "none"}}', "it's|"),
        ('{{json (index .Config.Labels "a.b")}}', '"it\'s"'),
        ("{{range $name, $net := .Networks}}{{$name}}={{$net.IP}};{{end}}", "back=1.2.3.4;front=;"),
        ('{{range .Mounts}}{{if eq .Type "bind"}}{{.Source}}{{else}}-{{end}}{{end}}', "/a-"),
        ("{{range .None}}x{{else}}none{{end}}{{with .Id}}{{.}}{{end}}", "nonec0ffee"),
        ("a {{- .Id -}} b", "ac0ffeeb"),
        ("{{.Config.Labels | json}}{{len .Mounts}}", '{"a.b":"it\'s","empty":""}2'),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert render(template, CONTAINER) == expected


@pytest.mark.parametrize("template", ["{{.Config.ExposedPorts}}", "{{range .Nothing}}{{end}}"])
def test_what_is_not_there_is_an_error(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, CONTAINER)


@pytest.fixture(scope="module")
def host() -> Iterator[World]:
    with world(Case("restart")) as made:
        yield made


def docker(host: World, *words: str, within: float = 10) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["timeout", "-k", "2", str(within), host.place / "tools" / "docker", *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def status(host: World) -> str:
    return docker(host, "inspect", "--format", "{{.State.Status}}", "shop-cache-1").stdout.strip()


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("side", ["before", "after"])
def test_how_a_call_fails(host: World, how: str, side: str) -> None:
    """And whether it has its effect, is what was asked for."""
    (container,) = host.members()
    host.engine.arm(Failure("docker pause:1", how, side))
    done = docker(host, "pause", container.id, within=1)
    host.engine.disarm()
    heard = {
        "fails": (1, ""),
        "hangs": (124, ""),
        "says nothing": (0, ""),
        "late": (0, f"{container.id}\n"),
        "too late": (124, ""),
        "killed": (137, ""),
        "gone": (1, ""),
    }
    assert (done.returncode if done.returncode >= 0 else 128 - done.returncode, done.stdout) == (
        heard[how]
    )
    assert bool(done.stderr) is (how in ("fails", "gone"))
    assert host.engine.counted
    comes = side == "after" or how in ("late", "too late")
    deadline = time.monotonic() + 10
    while not host.engine.at_rest and time.monotonic() < deadline:
        time.sleep(0.02)
    assert status(host) == ("paused" if comes else "running")
    if comes:
        assert docker(host, "unpause", container.id).returncode == 0
    assert host.serves()


def test_an_engine_that_is_gone_answers_nobody(host: World) -> None:
    host.engine.arm(Failure("docker ps:1", "gone", "before"))
    assert "Cannot connect" in docker(host, "ps").stderr
    assert "Cannot connect" in docker(host, "version").stderr
    host.engine.disarm()
    assert docker(host, "version").returncode == 0


def test_a_container_that_stops_and_starts_is_the_same_one(host: World) -> None:
    (container,) = host.members()
    with host.connect("ops") as redis:
        redis.ask("SET", "kept", "x")
    assert docker(host, "stop", "-t", "5", container.id).returncode == 0
    assert status(host) == "exited"
    assert "is not running" in docker(host, "exec", container.id, "true").stderr
    assert docker(host, "start", container.id).returncode == 0
    assert docker(host, "exec", container.id, "sh", "-c", "echo $0", "it's").stdout == "it's\n"
    while not host.serves():
        time.sleep(0.02)
    with host.connect("ops") as redis:
        assert redis.ask("GET", "kept") == "x"


def test_nothing_is_left() -> None:
    with world(Case("restart")) as made:
        (container,) = made.members()
        assert container.process
        pid = container.process.pid
    assert not made.place.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_every_two_values_meet() -> None:
    import itertools
    import random

    rows = pairwise(VALUES, random.Random(1))  # noqa: S311
    for one, other in itertools.combinations(VALUES, 2):
        met = {(row[one], row[other]) for row in rows}
        assert met == set(itertools.product(VALUES[one], VALUES[other]))
    every = 1
    for values in VALUES.values():
        every *= len(values)
    assert len(rows) < every / 100
    assert rows == pairwise(VALUES, random.Random(1))  # noqa: S311


def test_a_case_is_read_as_it_is_printed() -> None:
    case = Case("restart", "docker exec:2", "says nothing", "after", persistence="aof+rdb")
    assert Case.read(str(case)) == case
