"""What the stand-in answers to Compose, which asks the engine step by step as Compose does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .commands import done
from .containers import LABEL, Container

if TYPE_CHECKING:
    from .engine import Call, Engine


@dataclass(frozen=True)
class Service:
    """The one service of the project that matters: its Redis.

    + networks: its aliases on each network, by the network's full name
    + files: what is mounted into it, at the same path
    """

    project: str
    directory: str
    name: str
    image: str
    command: tuple[str, ...]
    networks: dict[str, list[str]]
    files: tuple[str, ...]
    data: str
    stop: int = 10
    environment: tuple[str, ...] = field(default=("PASSWORD=not-shown",))

    @property
    def config_hash(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def config(self, image: str) -> dict[str, Any]:
        labels = {
            f"{LABEL}project": self.project,
            f"{LABEL}service": self.name,
            f"{LABEL}oneoff": "False",
            f"{LABEL}container-number": "1",
            f"{LABEL}config-hash": self.config_hash,
            f"{LABEL}project.working_dir": self.directory,
            f"{LABEL}project.config_files": f"{self.directory}/compose.yml",
            f"{LABEL}version": "2.26.1",
        }
        return {
            "Image": image,
            "Cmd": list(self.command),
            "Entrypoint": None,
            "Env": list(self.environment),
            "Labels": labels,
            "User": "",
            "Volumes": {self.data: {}},
        }

    def host_config(self) -> dict[str, Any]:
        return {
            "Binds": [f"{file}:{file}:ro" for file in self.files] + [f"{self.data}:{self.data}:rw"],
            "NetworkMode": next(iter(self.networks)),
            "RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0},
        }

    def endpoints(self, name: str) -> dict[str, dict[str, Any]]:
        return {
            network: {"Aliases": [name, self.name, *aliases]}
            for network, aliases in self.networks.items()
        }

    def resolved(self) -> dict[str, Any]:
        """As `docker compose config --format json` prints the project."""
        mounts = [
            {"type": "bind", "source": file, "target": file, "read_only": True}
            for file in self.files
        ]
        mounts.append({"type": "bind", "source": self.data, "target": self.data})
        service = {
            "image": self.image,
            "command": list(self.command),
            "restart": "unless-stopped",
            "networks": {
                network.partition("_")[2]: {"aliases": aliases}
                for network, aliases in self.networks.items()
            },
            "volumes": mounts,
        }
        networks = {n.partition("_")[2]: {"name": n, "ipam": {}} for n in self.networks}
        return {"name": self.project, "services": {self.name: service}, "networks": networks}


def run(engine: Engine, call: Call) -> int:
    words = call.words
    if "config" in words:
        if "--images" in words:
            call.out(f"{engine.service.image}\n")
        elif "--hash" in words:
            call.out(f"{engine.service.name} {engine.service.config_hash}\n")
        else:
            call.out(json.dumps(engine.service.resolved(), indent=2) + "\n")
        return 0
    if "up" in words:
        return _up(engine, call)
    if "version" in words:
        call.out("2.26.1\n")
        return 0
    call.err(f"unknown docker command: {words}\n")
    return 1


def _up(engine: Engine, call: Call) -> int:
    """The new one first, under another name, which the old one leaves to it when it goes."""
    service = engine.service
    with engine.lock:
        there = [
            c
            for c in engine.containers
            if c.labels.get(f"{LABEL}project") == service.project
            and c.labels.get(f"{LABEL}service") == service.name
            and c.labels.get(f"{LABEL}oneoff", "").lower() != "true"
        ]
    if there and "--force-recreate" not in call.words:
        for container in there:
            engine.start(container)
        return 0
    usual = f"{service.project}-{service.name}-1"
    made: list[Container] = []

    def create() -> None:
        name = f"{there[0].id[:12]}_{usual}" if there else usual
        config, host_config = service.config(service.image), service.host_config()
        if there:
            config["Labels"][f"{LABEL}replace"] = there[0].id
        # Compose itself knows what an older engine takes.
        endpoints = list(service.endpoints(usual).items())
        first = dict(endpoints if engine.age >= 25 else endpoints[:1])
        made.append(engine.create(name, config, host_config, first))
        for network, endpoint in endpoints[len(first) :]:
            engine.connect(network, made[0], endpoint)

    steps: list[Callable[[], None]] = [create]
    for old in there:
        steps.append(lambda old=old: old.stop(service.stop))  # type: ignore[misc]
        steps.append(lambda old=old: engine.remove(old, force=True))  # type: ignore[misc]
    if there:
        steps.append(lambda: engine.rename(made[0], usual))
    steps.append(lambda: engine.start(made[0]))
    for step in steps:
        code = engine.met(call, lambda step=step: done(call, step))  # type: ignore[misc]
        if code or not made or call.gone(0):
            return code or -1
    call.err(f" Container {usual}  Started\n")
    return 0
