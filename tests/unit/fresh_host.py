"""A host on which nothing of a stack is there yet: an engine with images, and files.

The stack: project ``shop`` with the services ``cache`` (its Redis, which becomes user 999), ``web``
(user 1000) and ``door`` (root), which publishes a port.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hosts import Host
from prepared import found_on

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found as Running
from pyinfra_runbooks.preflight import answers, probe, rules, seen
from pyinfra_runbooks.preflight.obstacles import Checked
from pyinfra_runbooks.preflight.questions import Questions, questions, with_declared_servers
from pyinfra_runbooks.preflight.seen import Asked, Found
from pyinfra_runbooks.settings import Compose, Stack

TAKEN = "Fatal error loading the DB: Wrong signature trying to load DB"
# What is mounted has the same path in a container as here, so that its scripts run here.
_DOCKER = r"""#!/bin/sh
engine=@PLACE@/engine
printf '%s\n' "$(printf '%s ' "$@" | tr '\n' ' ')" >>"$engine/words"
for word in "$@"; do last=$word; done
file() { printf '%s' "$1" | tr '/:' '__'; }
[ ! -e "$engine/hangs" ] || [ "$(cat "$engine/hangs")" != "$1" ] || exec sleep 60
case "$1 $2" in
    ps\ *) cat "$engine/containers" ;;
    inspect\ *) cat "$engine/inspected" ;;
    'network ls') cat "$engine/networks" ;;
    'volume ls') cat "$engine/volumes" ;;
    info\ *) cat "$engine/info" ;;
    'image inspect')
        found=$engine/images/$(file "$last")
        [ -f "$found" ] || { echo "Error response from daemon: No such image: $last" >&2; exit 1; }
        case $4 in 'i '*) sed -n "2s#^#i $last #p" "$found" ;; *) sed -n 1p "$found" ;; esac
        ;;
    create\ *)
        printf '%s' "$last" >"$engine/held-$(file "$last")"
        printf '%s\n' "$last" | sha256sum | cut -c 1-64 | tee "$engine/id"
        ;;
    cp\ *)
        for word in "$@"; do case $word in ????????????????*:/*) path=${word#*:} ;; esac; done
        at=$engine/root$path
        [ -e "$at" ] || exit 1
        tar -C "$(dirname "$at")" -cf - --owner=redis:999 --group=redis:999 "$(basename "$at")"
        ;;
    rm\ *) rm -f "$engine"/held-* ;;
    run\ *)
        while [ "$1" != -c ]; do shift; done
        script=$(printf '%s' "$2" | sed 's#/tmp/#@PLACE@/scratch/#g')
        shift 2
        PATH=$engine/bin:$PATH exec sh -c "$script" "$@"
        ;;
esac
"""
_SERVER = """#!/bin/sh
printf '%s\\n' "$*" >>@PLACE@/engine/served
case $1 in */trial.conf) cat "$1" >@PLACE@/engine/read ;; esac
cat @PLACE@/engine/says
"""
_ENTRY = """#!/bin/sh
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis:redis {} +
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi
exec "$@"
"""
_INFO = {"os": "linux", "architecture": "x86_64", "security": ["name=seccomp"], "root": "/"}
ID = f"sha256:{'1' * 64}"


OWNERS = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def kinds(checked: Checked) -> list[str]:
    """What is in the way, the worst first."""
    return [obstacle.kind for obstacle in checked.obstacles]


class Undeployed:
    """The host, its files, and what a preflight makes of them."""

    def __init__(self, host: Host) -> None:
        self.host, self.place = host, host.place
        self.engine, self.project = host.place / "engine", host.place / "shop"
        for path in ("images", "bin", "root/etc", "root/usr/local/bin"):
            (self.engine / path).mkdir(parents=True)
        for path in (self.project, host.place / "scratch", self.engine / "root/data"):
            path.mkdir()
        host.tool("docker", _DOCKER.replace("@PLACE@", str(host.place)))
        self.runs = Running()
        self.has("containers", "CONTAINER ID   IMAGE\n")
        for name in ("inspected", "networks", "volumes"):
            self.has(name, "")
        self.has("info", json.dumps(_INFO))
        self.has("says", TAKEN)
        self._program("redis-server")
        self.root("etc/passwd", "root:x:0:0::/:/bin/sh\nredis:x:999:999::/:/bin/sh\n")
        self.root("etc/group", "root:x:0:\nredis:x:999:\nreaders:x:50:redis\n")
        self.root("usr/local/bin/docker-entrypoint.sh", _ENTRY)
        self.image("redis:7", entrypoint=["docker-entrypoint.sh"], cmd=["redis-server"])
        self.image("example/web:1", cmd=["web"], user="1000")
        self.image("example/door:1", cmd=["door"])
        self.file("redis.conf", "dir /data\naclfile @PROJECT@/users.acl\n", 0o644)
        self.file("users.acl", "user default off\nuser clerk on ~* +@all\n", 0o440, 999)
        self.file("clerk.txt", "a password\n", 0o440, 1000)
        self.config = self._config()

    # What is there

    def has(self, what: str, text: str) -> None:
        """What the engine has: ``networks``, ``volumes``, ``containers``; or a server ``says``."""
        (self.engine / what).write_text(text, encoding="utf-8")

    def root(self, path: str, text: str) -> None:
        """A file in every image."""
        (self.engine / "root" / path).write_text(text, encoding="utf-8")

    def image(self, name: str, **about: Any) -> None:
        """An image that is on the host."""
        shown = {
            "id": ID if name == "redis:7" else f"sha256:{name.encode().hex():0>64}",
            "os": "linux",
            "architecture": about.get("architecture", "amd64"),
            "user": about.get("user", ""),
            "working_dir": about.get("working_dir", "/data" if name == "redis:7" else ""),
            "volumes": about.get("volumes"),
        }
        brought = {"entrypoint": about.get("entrypoint"), "cmd": about.get("cmd")}
        file = name.replace("/", "_").replace(":", "_")
        text = f"{json.dumps(shown)}\n{json.dumps(brought)}\n"
        (self.engine / "images" / file).write_text(text, encoding="utf-8")

    def without_image(self, name: str) -> None:
        """It is not on the host any more."""
        (self.engine / "images" / name.replace("/", "_").replace(":", "_")).unlink()

    def file(self, name: str, text: str, mode: int, owner: int | None = None) -> Path:
        """A file of the project; it has its owner only where root runs the tests."""
        path = self.project / name
        path.write_text(text.replace("@PROJECT@", str(self.project)), encoding="utf-8")
        path.chmod(mode)
        if owner is not None and os.geteuid() == 0:
            os.chown(path, owner, owner)
        return path

    def _program(self, name: str) -> None:
        path = self.engine / "bin" / name
        path.write_text(_SERVER.replace("@PLACE@", str(self.place)), encoding="utf-8")
        path.chmod(0o755)

    def bind(self, name: str, **more: Any) -> dict[str, Any]:
        """A mount of a file of the project, at its own path."""
        path = str(self.project / name)
        made = {"bind": {"create_host_path": True}}
        return {"type": "bind", "source": path, "target": path, **made, **more}

    def _config(self) -> dict[str, Any]:
        clerk = {"source": "clerk", "target": str(self.project / "clerk.txt")}
        return {
            "name": "shop",
            "services": {
                "cache": {
                    "image": "redis:7",
                    "command": [str(self.project / "redis.conf")],
                    "entrypoint": None,
                    "networks": {"default": None},
                    "secrets": [{"source": "acl", "target": str(self.project / "users.acl")}],
                    "volumes": [
                        {"type": "volume", "source": "data", "target": "/data", "volume": {}},
                        self.bind("redis.conf"),
                    ],
                },
                "web": {
                    "image": "example/web:1",
                    "networks": {"default": None},
                    "secrets": [clerk],
                    "environment": {"TOKEN": "hunter2"},
                },
                "door": {
                    "image": "example/door:1",
                    "networks": {"default": None},
                    "ports": [
                        {"mode": "ingress", "target": 80, "published": "1", "protocol": "tcp"}
                    ],
                },
            },
            "networks": {"default": {"name": "shop_default", "ipam": {}}},
            "volumes": {"data": {"name": "shop_data"}},
            "secrets": {
                "acl": {"name": "shop_acl", "file": str(self.project / "users.acl")},
                "clerk": {"name": "shop_clerk", "file": str(self.project / "clerk.txt")},
            },
        }

    # What is made of it

    def service(self, name: str) -> dict[str, Any]:
        """What is declared of a service, to change."""
        declared: dict[str, Any] = self.config["services"][name]
        return declared

    def find(self, stack: Stack | Compose | None = None) -> Found | seen.Unresolved | Unknown:
        """What is found there."""
        self.host.answer("docker-compose-json", json.dumps(self.config, indent=2))
        known = self._known(stack)
        runs = found_on(self.host, known)
        if isinstance(runs, Unknown):
            return runs
        self.runs = runs
        done = self.host.run(probe.see(known, runs))
        assert "hunter2" not in done.out
        return answers.found(done.out.splitlines(), runs)

    def ask(self, asks: Questions, stack: Stack | Compose | None = None) -> Asked:
        """What the images answer."""
        known = self._known(stack)
        script = probe.ask(known, self.runs, asks.images, asks.trials, asks.inodes)
        done = self.host.run(script)
        assert "hunter2" not in done.out
        return answers.asked(done.out.splitlines())

    def _known(self, stack: Stack | Compose | None) -> Stack:
        if isinstance(stack, Stack):
            return stack
        return Stack(stack or Compose(str(self.project)))

    def check(self, stack: Stack | None = None) -> Checked:
        """All of it."""
        found = self.find(stack)
        if isinstance(found, Unknown):
            return Checked(unseen=(found.reason,))
        if isinstance(found, seen.Unresolved):
            return rules.unresolved(found, str(self.project))
        found = with_declared_servers(found, stack)
        return rules.judge(found, self.ask(questions(found, stack), stack), stack)

    @property
    def kept(self) -> list[Path]:
        """Containers that were made and not removed."""
        return list(self.engine.glob("held-*"))

    def calls(self, *first: str) -> list[str]:
        """The engine's calls that begin with these words."""
        words = (self.engine / "words").read_text(encoding="utf-8").splitlines()
        return [line for line in words if line.split()[: len(first)] == list(first)]
