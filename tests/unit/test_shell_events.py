"""Waiting for something to happen to a stack, with real processes and a stand-in for docker."""

from __future__ import annotations

import time

import pytest
from hosts import HOSTILE, Host, in_directory

from pyinfra_runbooks.engine.shell.events import events
from pyinfra_runbooks.facts.events import DockerEvent, StackEvent

OURS, OTHER = "a" * 64, "b" * 64
NETWORK = "shop_back"


def wait(host: Host, *lines: str, **changes: object) -> DockerEvent:
    """What is heard when docker tells of these events."""
    host.answer("docker-events", "".join(f"{line}\n" for line in lines))
    given = {
        "since": "1700000000.5",
        "seconds": 5,
        "project": "shop",
        "ids": (OURS,),
        "networks": (NETWORK,),
    }
    script = events(in_directory(host.place), **{**given, **changes})  # type: ignore[arg-type]
    done = host.run(script)
    assert done.code == 0, done.err
    return StackEvent().process(done.out.splitlines())


def container(action: str, id_: str = OTHER, project: str = "", name: str = "x") -> str:
    return f"container {action}|{id_}|{project}||{name}"


def network(action: str, name: str = "other", member: str = OTHER) -> str:
    return f"network {action}|{'c' * 64}||{member}|{name}"


@pytest.mark.parametrize(
    "line",
    [
        container("die", OURS),
        container("oom", project="shop"),
        container("create", project="shop"),
        container("health_status: unhealthy", OURS),
        network("disconnect", NETWORK),
        network("destroy", NETWORK),
        network("connect", member=OURS),
    ],
)
def test_what_touches_the_stack_is_heard(any_host: Host, line: str) -> None:
    heard = wait(any_host, container("die"), network("connect"), line, container("kill", OURS))
    what, *_, name = line.split("|")
    assert heard.what == f"{what} {name}"
    assert heard.said == ""
    assert abs(float(heard.now) - time.time()) < 60


@pytest.mark.parametrize(
    "line",
    [
        container("die"),
        container("die", project="shopping"),
        container("health_status: healthy", OURS),
        network("disconnect"),
        f"container die|{OURS[:12]}|||x",
        "container die||||",
        "",
    ],
)
def test_what_does_not_is_not(any_host: Host, line: str) -> None:
    heard = wait(any_host, line)
    assert heard.what == ""
    assert heard.now != ""


def test_what_docker_says_instead_is_reported(host: Host) -> None:
    heard = wait(host, "Cannot connect to the Docker daemon. Is the docker daemon running?")
    assert heard.said.startswith("Cannot connect to the Docker daemon")


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_may_be_in_it(host: Host, name: str) -> None:
    line = network("disconnect", name.replace("|", "-"))
    heard = wait(host, line, project=name, networks=(name.replace("|", "-"),), ids=(name,))
    assert heard.what.startswith("network disconnect")
    assert not host.canary


def test_docker_is_asked_for_what_was_since_and_not_for_ever(host: Host) -> None:
    host.answer("docker-events", "")
    before = time.time()
    script = events(in_directory(host.place), "1700000000.5", 7, "shop", (OURS,), (NETWORK,))
    (asked,) = host.run(script).of("docker", "events")
    assert asked[asked.index("--since") + 1] == "1700000000.5"
    assert 6 <= int(asked[asked.index("--until") + 1]) - before <= 20
    wanted = {word for word in asked if word.startswith("event=")}
    assert wanted >= {f"event={e}" for e in ("die", "oom", "kill", "disconnect", "destroy")}
    assert not any("exec" in word for word in wanted)


def test_a_host_that_says_nothing_is_no_event() -> None:
    assert StackEvent().process(["garbage", "now "]) == DockerEvent()
    assert StackEvent.default().said == "the host did not answer"
