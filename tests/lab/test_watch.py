"""Watch: a host's own events bring the repair about, at once and once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import seen

from lab.console import wait_until
from lab.faults.catalogue import FAULTS
from lab.hosts import HOSTS, NETWORK, REDIS, Host
from lab.listening import audit, corrections, listening
from lab.project import compose
from lab.runs import with_stack
from lab.undoing import restart_engine

REDIS7, REDIS8 = HOSTS


pytestmark = pytest.mark.usefixtures("nothing_reported_before")


def is_attached(host: Host) -> bool:
    return NETWORK in host.docker().containers.get(REDIS).attrs["NetworkSettings"]["Networks"]


def listeners(host: Host) -> dict[str, float]:
    """The processes on the host that wait for events, and from when on."""
    waiting = host.run("pgrep -af '[d]ocker events' || :")
    return {
        found[1]: float(found[2])
        for found in re.finditer(r"^(\d+) .* --since ([\d.]+)", waiting, flags=re.MULTILINE)
    }


@contextmanager
def heard(host: Host) -> Iterator[None]:
    """What is done in the block is heard and looked at: then one waits for what comes after it.

    The one before may be there for a while: nobody reads what it says.
    """
    before = float(host.run("date +%s.%N"))
    yield
    wait_until(
        lambda: max(listeners(host).values(), default=0) > before,
        f"{host.name} to be listened to again",
        30,
    )


def repaired(host: Host, times: int = 1) -> None:
    """Waits until the host was corrected so often, and is healthy."""
    wait_until(lambda: len(corrections(host)) >= times, f"a correction of {host.name}", 60)
    wait_until(host.is_healthy, f"the API of {host.name}", 30)


@pytest.mark.parametrize(
    "host", [REDIS7, pytest.param(REDIS8, marks=pytest.mark.thorough)], ids=lambda host: host.name
)
def test_a_disconnect_is_repaired_at_once_and_once(host: Host, tmp_path: Path) -> None:
    with listening(tmp_path, *with_stack(tmp_path, "breaker=Breaker(corrections=50)")) as watch:
        for times in (1, 2):
            host.run(f"docker network disconnect {NETWORK} {REDIS}")
            repaired(host, times)
            assert is_attached(host)
            wait_until(lambda n=times: watch.said().count(": repaired") >= n, "its report", 30)
            watch.listens()
        before = seen.snapshot(host)
        # What it did itself are events, too; a look or two of them, and no more corrections.
        with heard(host):
            host.run(f"docker pause {REDIS}; docker unpause {REDIS}")
        watch.listens()
        assert len(corrections(host)) == 2
        assert seen.changes(before, seen.snapshot(host)) == {}
        assert "[no-network]" in watch.said()
        assert watch.end() == 0


@pytest.mark.thorough
def test_events_of_others_are_none_of_its_business(tmp_path: Path) -> None:
    with listening(tmp_path) as watch:
        before = watch.said()
        image = REDIS7.docker().containers.get(REDIS).attrs["Image"]
        for _ in range(5):
            REDIS7.run(f"docker run --rm --network none --entrypoint true {image}")
        watch.listens()
        assert watch.said() == before
        assert audit(REDIS7) == []


@pytest.mark.thorough
def test_it_outlives_a_docker_that_goes_and_comes(tmp_path: Path) -> None:
    with listening(tmp_path) as watch:
        restart_engine(REDIS7)
        wait_until(REDIS7.is_healthy, "the API after the engine's restart", 60)
        watch.listens(seconds=90)
        REDIS7.run(f"docker network disconnect {NETWORK} {REDIS}")
        wait_until(lambda: is_attached(REDIS7), "Redis to be attached", 60)
        repaired(REDIS7)


def test_what_needs_a_person_is_reported_and_left(tmp_path: Path) -> None:
    with listening(tmp_path, "--every", "600") as watch:
        FAULTS["caddy-down"].function(REDIS8)
        wait_until(lambda: ": unresolved" in watch.said(), "its report", 60)
        watch.listens()
        with heard(REDIS8):
            REDIS8.run(f"docker pause {REDIS}; docker unpause {REDIS}")
        watch.listens()
        assert watch.said().count(": unresolved") == 1
        assert "caddy: is not running" in watch.said()
        assert corrections(REDIS8) == []


@pytest.mark.thorough
def test_a_deploy_is_left_alone(tmp_path: Path) -> None:
    with listening(tmp_path) as watch:
        compose(REDIS7, "up -d --force-recreate redis")
        wait_until(REDIS7.is_healthy, "the API after the deploy", 60)
        watch.listens()
        assert corrections(REDIS7) == []


def test_nothing_stays_behind_when_it_ends(tmp_path: Path) -> None:
    with listening(tmp_path) as watch:
        # That it listens is said before the command has begun on the host.
        wait_until(lambda: all(seen.on_each(listeners).values()), "the listeners to begin", 30)
        assert watch.end() == 0
    wait_until(
        lambda: not any(seen.on_each(listeners).values()), "the listeners on the hosts to end", 30
    )
