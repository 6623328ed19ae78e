"""What is done on the host to bring a project up: its docker writes down what it is asked."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab import engine
from lab.adopting import host
from lab.adopting.files import Gathered
from lab.adopting.plan import Plan, planned
from lab.adopting.resolving import Command, Resolved
from lab.console import LabError

_DOCKER = """#!/bin/sh
echo "$*" >>"{log}"
case "$*" in
    'network inspect '*) exit 1 ;;
    *'up --detach'*' odd') echo 'Error response from daemon: no such runtime' >&2 && exit 1 ;;
    *'up --detach'*{fails}) echo 'Container shop-web-1 Error' >&2 && exit 1 ;;
    'run '*) echo 'made celery' ;;
    'container ls '*) echo 0a1b ;;
esac
"""


@dataclass
class Fake:
    """A lab host: its scripts run here, in a directory that stands for its root."""

    root: Path
    name: str = "lab-adopted"
    container: str = "lab-adopted"
    sent: dict[str, list[str]] = field(default_factory=dict)

    def answers(self, fails: str = "' nothing'") -> None:
        """Sets up its docker."""
        docker = self.root / "docker"
        docker.write_text(_DOCKER.format(log=self.root / "log", fails=fails))
        docker.chmod(0o755)

    def run(self, script: str) -> str:
        for path in ("/srv", "/var/lib/lab-adopted"):
            script = script.replace(path, f"{self.root}{path}")
        ended = subprocess.run(
            ["sh", "-c", script],
            env={"PATH": f"{self.root}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise LabError(f"a script ended with {ended.returncode}: {ended.stderr.strip()}")
        return ended.stdout

    def put_archive(self, container: str, where: str, archive: bytes) -> None:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            self.sent[where] = [f"{it.name} {it.uid} {it.mode:o}" for it in tar.getmembers()]
        (self.root / where.lstrip("/") / "shop").mkdir(parents=True, exist_ok=True)

    @property
    def asked(self) -> list[str]:
        """What its docker was asked."""
        return (self.root / "log").read_text().replace(str(self.root), "").splitlines()


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    made = Fake(tmp_path)
    made.answers()
    monkeypatch.setattr(engine, "client", lambda: SimpleNamespace(api=made))
    return made


def plan(**more: Any) -> Plan:
    services = {"redis": {"image": "redis:7"}, "web": {"image": "shop/web:1"}}
    return planned({"name": "shop", "services": services} | more)


def gathered(tmp_path: Path, *names: str) -> Gathered:
    place = tmp_path / "stage" / "shop"
    place.mkdir(parents=True)
    (place / "compose.yaml").write_text("services: {}")
    return Gathered(place.parent, place, Command(("compose.yaml",), (), names), Resolved({}, ()))


def test_images_are_built_once_and_given_their_names(fake: Fake) -> None:
    assert host.make_images(fake, plan()) == {"redis-7.0": ["celery"], "stand-in": ["celery"]}  # type: ignore[arg-type]
    assert fake.asked[:4] == [
        "build --quiet --tag lab-adopted/shop:redis-7.0 /var/lib/lab-adopted/shop/redis-7.0",
        "build --quiet --tag lab-adopted/shop:stand-in /var/lib/lab-adopted/shop/stand-in",
        "tag lab-adopted/shop:redis-7.0 redis:7",
        "build --quiet --tag shop/web:1 /var/lib/lab-adopted/shop/named-1",
    ]
    sent = fake.sent["/var/lib/lab-adopted/shop"]
    assert "stand-in/lab/stand-in 0 755" in sent
    assert "redis-7.0/Dockerfile 0 755" in sent


def test_a_project_replaces_itself_and_comes_up_without_pulling(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "srv" / "shop").mkdir(parents=True)
    external = {"outer": {"external": True, "name": "proxy"}}
    project = plan(networks=external, volumes={"kept": {"external": True, "name": "kept"}})
    assert host.bring_up(fake, gathered(tmp_path, "jobs"), project) == []  # type: ignore[arg-type]
    assert fake.asked == [
        "container ls --all --quiet --filter label=com.docker.compose.project=shop",
        "container rm --force --volumes 0a1b",
        "network ls --quiet --filter label=com.docker.compose.project=shop",
        "volume ls --quiet --filter label=com.docker.compose.project=shop",
        "network inspect proxy",
        "network create proxy",
        "volume create kept",
        "compose --file compose.yaml --profile jobs up --detach --no-build --pull never",
    ]
    assert [line.partition(" ")[0] for line in fake.sent["/srv"]] == ["shop", "shop/compose.yaml"]
    assert {line.split()[1] for line in fake.sent["/srv"]} == {"1000"}


def test_services_that_cannot_be_adopted_are_left_out(fake: Fake, tmp_path: Path) -> None:
    odd = {"image": "odd", "privileged": True}
    project = plan(services={"odd": odd, "redis": {"image": "redis:7"}})
    assert host.bring_up(fake, gathered(tmp_path), project) == []  # type: ignore[arg-type]
    assert fake.asked[-1].endswith("--pull never redis")


def test_what_comes_up_of_a_project_that_does_not_as_a_whole_is_said_by_service(
    fake: Fake, tmp_path: Path
) -> None:
    services = {
        "odd": {"image": "odd"},
        "web": {"image": "web"},
        "zoo": {"image": "zoo", "privileged": True},
    }
    project = plan(services=services)
    fake.answers("' web'")
    failures = host.bring_up(fake, gathered(tmp_path), project)  # type: ignore[arg-type]
    assert failures == [
        "Container shop-web-1 Error",
        "odd: no such runtime",
        "web: Container shop-web-1 Error",
    ]
