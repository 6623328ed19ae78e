"""What hosts answer that run other stacks than the incident's, put together service by service."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from looks import identity
from samples import marked, understood
from starts import started

from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.settings import Stack

NOAUTH = 'error:"NOAUTH Authentication required."'
_ANYBODY = json.dumps(["flags", ["on", "nopass"], "passwords", [], "commands", "+@all"])

OPEN = (
    *('"RESET"', '"PONG"', '"nobody"', '"PONG"', '"@0"'),
    *("redis_version:7.0.15", "redis_mode:standalone", "loading:0", "role:master"),
    *("rdb_last_bgsave_status:ok", "aof_enabled:0", "aof_last_write_status:ok"),
    *('"@1"', '["aclfile","","dir","/data","save","3600 1"]', '"@2"', '["default"]', '"@3"'),
    _ANYBODY,
    *('"@4"', "Sam, I have nothing to say.", '"@5"', "connected all 1", '"@6"', "[]"),
)
"""A server that asks for no login, to whom none is sent."""

GUARDED = ('"RESET"', *[NOAUTH] * 9)
"""A server that wants a password, to whom none is sent."""


@dataclass(frozen=True)
class Service:
    """
    A service, as Compose declares it, and its containers as they run.

    + networks: as their keys in the compose file
    + on: those that it is on; default: all
    + says: what it answers as a Redis
    + login: what its container tells of a login
    + fails: what the engine says where it can't be asked
    + declared: more of what Compose resolves
    + more: more of what the engine tells of its container
    """

    name: str
    networks: Sequence[str] = ("default",)
    on: Sequence[str] | None = None
    says: Sequence[str] = ()
    login: Sequence[str] = ()
    fails: str = ""
    declared: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """
    A project on a host.

    + external: the names of networks that it does not make itself
    """

    name: str
    services: Sequence[Service]
    external: Sequence[str] = ()

    @property
    def directory(self) -> str:
        return f"/srv/{self.name}"

    def network(self, key: str) -> str:
        """What the engine calls a network of it."""
        return key if key in self.external else f"{self.name}_{key}"


def look(stack: Stack, project: Project, *others: Project) -> Look:
    """A look at a stack that is one of these projects."""
    shown = understood(marked(_found(project, *others) + _asked(project, stack)), stack)
    assert isinstance(shown, Look), shown
    return shown


def _found(*projects: Project) -> list[str]:
    networks = {p.network(n) for p in projects for s in p.services for n in s.networks}
    lines = {
        "began": ["1795640453"],
        "corrections": [""],
        "network": [
            json.dumps({"id": identity(name), "name": name, "driver": "bridge"})
            for name in sorted(networks)
        ],
        "command": [""],
        "pause": [""],
        "memories": [""],
        "container": [
            *(json.dumps(_container(p, s, n)) for p in projects for n, s in enumerate(p.services)),
            *(f"place\t1:{n}\t{p.directory}" for n, p in enumerate(projects)),
            "took\t6",
            *started(*(_container(p, s, 0)["id"] for p in projects for s in p.services)),
        ],
    }
    return _sections(lines)


def _asked(project: Project, stack: Stack) -> list[str]:
    lines: dict[str, list[str]] = {"ports": [""], "file": [""], "volume": [""], "logs": [""]}
    lines |= {f"check {number}": [""] for number in range(len(stack.health))}
    lines["hash"] = [f"{s.name} {identity(s.name)}" for s in project.services]
    for service in project.services:
        if stack.server(service.name):
            lines[f"redis {service.name}"] = ["u 999 999", *service.login, "r", *service.says]
            if service.more.get("status") == "exited":
                lines[f"kept {service.name}"] = [""]
            lines[f"access {service.name}"] = ["arguments none"]
        if stack.client(service.name):
            lines[f"api {service.name}"] = [""]
    lines["config"] = json.dumps(_config(project), indent=2).splitlines()
    failed = [(f"redis {s.name}", s.fails) for s in project.services if s.fails]
    lines = {name: shown for name, shown in lines.items() if name not in dict(failed)}
    errors = [line for name, said in failed for line in (f"{name}|{said}", f"{name}|=126")]
    return [*_sections(lines), *errors, "whole|", "whole|=0"]


def _sections(lines: dict[str, list[str]]) -> list[str]:
    return [line for name, shown in lines.items() for line in _section(name, shown)]


def _section(name: str, shown: list[str]) -> list[str]:
    return [*(f"{name}|{line}" for line in shown), f"{name}|=0"]


def _config(project: Project) -> dict[str, Any]:
    keys = {key for service in project.services for key in service.networks}
    return {
        "name": project.name,
        "networks": {
            key: {"name": project.network(key)} | ({"external": True} if at == key else {})
            for key in sorted(keys)
            if (at := project.network(key))
        },
        "services": {
            s.name: {"image": f"example/{s.name}", "networks": dict.fromkeys(s.networks)}
            | s.declared
            for s in project.services
        },
    }


def _container(project: Project, service: Service, number: int) -> dict[str, Any]:
    name = f"{project.name}-{service.name}-1"
    on = service.networks if service.on is None else service.on
    return {
        "id": identity(name),
        "name": f"/{name}",
        "created": "2026-11-20T08:15:30.123456789Z",
        "finished": "0001-01-01T00:00:00Z",
        "started": "2026-11-20T08:15:30.123456789Z",
        "health": "",
        "pid": 4000 + number,
        "image": f"sha256:{identity(service.name)}",
        "image_name": f"example/{service.name}",
        "status": "running",
        "exit_code": 0,
        "restarts": 0,
        "restart_policy": "unless-stopped",
        "mounts": [],
        "ports": {},
        "network_mode": project.network(service.networks[0]),
        "networks": {
            project.network(key): {
                "NetworkID": identity(project.network(key)),
                "IPAddress": f"172.19.{at}.{number + 2}",
                "GlobalIPv6Address": "",
                "Aliases": [name, service.name],
                "DNSNames": [name, service.name],
            }
            for at, key in enumerate(on)
        },
        "project": project.name,
        "service": service.name,
        "oneoff": "False",
        "config_hash": identity(service.name),
        "config_files": f"{project.directory}/compose.yaml",
        "env_files": None,
        "working_dir": project.directory,
        "compose_version": "2.26.1",
        "swarm": None,
        "validates": None,
        **service.more,
    }
