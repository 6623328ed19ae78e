"""A host that is this machine, with stand-ins for docker, Compose and curl."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from looks import stack as shop

from pyinfra_runbooks.settings import Compose, Stack

SHELLS = [
    pytest.param(shell, id=" ".join(shell))
    for shell in (("sh",), ("bash", "--posix"), ("busybox", "sh"))
    if shutil.which(shell[0])
]


def in_directory(directory: Path | str, **changes: Any) -> Stack:
    """The invented stack, in a directory of this machine."""
    return shop(compose=Compose(str(directory)), **changes)


# Answers with what is in a file named for the tool and its first word; Compose's is named for the
# last one. What comes over stdin is kept beside the words, and so is the environment.
_STAND_IN = r"""#!/bin/sh
tool=${0##*/}
call=$(mktemp "$CALLS/XXXXXX")
cat >"$call.stdin"
{ printf '%s\0' "$tool" "$@"; } >"$call.words"
export -p >"$call.environment"
rm -f "$call"
case $tool in docker-compose) for word in "$@"; do :; done ;; *) word=${1:-} ;; esac
case $word in '*') word=hashes ;; -q) word=${2:-} ;; esac
if [ -f "$ANSWERS/$tool-$word" ]; then cat "$ANSWERS/$tool-$word"; fi
"""

# What may be in a name and must never be anything but a part of it.
HOSTILE = (
    "plain",
    "it's",
    'say "so";touch canary;"',
    "';touch canary;'",
    "$(touch canary)`touch canary`$HOME ${IFS}",
    "-rf",
    "--",
    "a|b>c<d&e;* ?[x]~",
    "back\\slash\\n\\101%s%n%",
    "#no  =(){a,b}! comment",
    "\N{LATIN SMALL LETTER U WITH DIAERESIS}n\N{SNOWMAN}",
)
# Printable, as paths of the inventory are, and good for the name of a file.
NAMES = [name for name in HOSTILE if "/" not in name]


def _go_json(text: str) -> str:
    """As Go prints it."""
    plain = json.dumps(text, ensure_ascii=False)
    return plain.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _go_json_of(value: object) -> str:
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return plain.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@dataclass(frozen=True)
class Running:
    """
    A container that Compose made, as the engine tells of it.

    + address: its IPv4 address
    + address6: its IPv6 address
    + mounted: what it mounts from the host
    + started: what else the engine tells of how it is started, as seen.template has it
    """

    id: str
    service: str
    state: str
    directory: str
    address: str = ""
    address6: str = ""
    pid: int = 1
    ports: tuple[str, ...] = ()
    created: str = "2026-01-31T23:59:59.123456789Z"
    finished: str = "0001-01-01T00:00:00Z"
    mounted: tuple[str, ...] = ()
    started: tuple[str, ...] = ('path "/usr/bin/serve"',)
    network_mode: str = "shop_back"
    health: str = ""

    def shown(self) -> dict[str, Any]:
        """What `CONTAINER_TEMPLATE` comes to."""
        place = {"NetworkID": "", "IPAddress": self.address, "GlobalIPv6Address": self.address6}
        return {
            "id": self.id,
            "name": f"/shop-{self.service}-1",
            "created": self.created,
            "finished": self.finished,
            "pid": self.pid,
            "image": f"sha256:{self.id}",
            "image_name": f"example/{self.service}:1",
            "status": self.state,
            "started": self.created,
            "health": self.health,
            "exit_code": 0,
            "restarts": 0,
            "restart_policy": "no",
            "mounts": [{"Type": "bind", "Source": m, "Destination": m} for m in self.mounted],
            "ports": {port: {} for port in self.ports},
            "network_mode": self.network_mode,
            "networks": {"shop_back": place},
            "project": "shop",
            "service": self.service,
            "oneoff": "False",
            "config_hash": None,
            "config_files": f"{self.directory}/compose.yml",
            "env_files": None,
            "working_dir": self.directory,
            "compose_version": "2.26.1",
            "swarm": None,
            "validates": None,
        }


@dataclass(frozen=True)
class Done:
    """What a script did: what it printed, and every tool that it called, in no order."""

    code: int
    out: str
    err: str
    calls: list[list[str]]
    inputs: list[tuple[list[str], str]] = field(repr=False)
    environments: list[str] = field(repr=False)

    def of(self, tool: str, *first: str) -> list[list[str]]:
        """The words after the tool's name, of each call that begins with these."""
        wanted = [tool, *first]
        return [words[1:] for words in self.calls if words[: len(wanted)] == wanted]

    def stdin(self, tool: str, *first: str) -> list[str]:
        """What came over stdin, of the same calls."""
        wanted = [tool, *first]
        return [text for words, text in self.inputs if words[: len(wanted)] == wanted]


class Host:
    """Runs scripts in a directory of its own; nothing of the real Docker is in reach."""

    def __init__(self, place: Path, shell: tuple[str, ...] = ("sh",)) -> None:
        self.place, self.shell, self._labels, self._in_front = place, shell, "", ""
        self._members: dict[str, Running] = {}
        self._besides = ""
        self._tools, self._answers = place / "tools", place / "answers"
        self._plugins = place / "docker" / "cli-plugins"
        for directory in (self._tools, self._answers, self._plugins):
            directory.mkdir(parents=True, exist_ok=True)
        for tool in (
            self._tools / "docker",
            self._tools / "curl",
            self._plugins / "docker-compose",
        ):
            self._write(tool, _STAND_IN)
        self._without_containers()

    def _without_containers(self) -> None:
        self.answer("docker-ps", "CONTAINER ID   IMAGE\n")

    def answer(self, call: str, text: str) -> None:
        """What a tool answers: ``docker-ps``, ``docker-compose-json``, ``curl--sS``."""
        (self._answers / call).write_text(text, encoding="utf-8")

    def tool(self, name: str, script: str) -> None:
        """Another stand-in, in front of the real tool; busybox would prefer its own."""
        self._write(self._tools / name, script)
        if self.shell[0] == "busybox" and name.isidentifier() and name != "printf":
            self._in_front += f'{name}() {{ {shlex.quote(str(self._tools / name))} "$@"; }}\n'

    def of_user(self, uid: int) -> None:
        """Scripts take this user for their own."""
        self.tool("id", f"#!/bin/sh\necho {uid}\n")

    def awk(self, *awk: str) -> None:
        """Scripts use this awk."""
        self.tool("awk", f'#!/bin/sh\nexec {" ".join(awk)} "$@"\n')

    def stack(self, directory: str, *services: str, state: str = "running") -> None:
        """The containers that the engine shows, made by Compose in a directory."""
        self.containers(directory, *((service, state) for service in services))

    def containers(self, directory: str, *members: tuple[str, str]) -> None:
        """The same, of a service in a state each."""
        self.answer(
            "docker-ps",
            "CONTAINER ID   IMAGE\n"
            + "".join(f"{n:064x}   example/{name}:1\n" for n, (name, _) in enumerate(members, 1)),
        )
        self._members = {
            service: Running(f"{number:064x}", service, state, directory)
            for number, (service, state) in enumerate(members, 1)
        }
        self._labels = "".join(
            "\t".join(
                (
                    f"={number:064x}",
                    *map(_go_json, (state, "shop", service, "False", directory)),
                    *map(_go_json, (f"{directory}/compose.yml", "")),
                )
            )
            + "\n"
            for number, (service, state) in enumerate(members, 1)
        )
        self.inspected("")

    def inspected(self, text: str) -> None:
        """What `docker inspect` prints besides."""
        shown = "".join(
            "\n".join((_go_json_of(each.shown()), f'id "{each.id}"', *each.started, ""))
            for each in self._members.values()
        )
        self._besides = text
        self.answer("docker-inspect", self._labels + shown + text)

    def is_at(self, service: str, **how: Any) -> None:
        """Where a service's container is, since when, and what it mounts: `Running`."""
        self._members[service] = replace(self._members[service], **how)
        self.inspected(self._besides)

    def run(self, script: str, stdin: str = "", cwd: Path | None = None) -> Done:
        calls = self.place / "calls"
        calls.mkdir(exist_ok=True)
        for old in calls.iterdir():
            old.unlink()
        done = subprocess.run(
            [*self.shell, "-c", self._in_front + script],
            input=stdin.encode(),
            capture_output=True,
            timeout=30,
            check=False,
            cwd=cwd or self.place,
            env={
                "PATH": f"{self._tools}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.place),
                "DOCKER_CONFIG": str(self.place / "docker"),
                "CALLS": str(calls),
                "ANSWERS": str(self._answers),
            },
        )
        inputs = [
            (
                file.read_bytes().decode().split("\0")[:-1],
                file.with_suffix(".stdin").read_text(encoding="utf-8"),
            )
            for file in sorted(calls.glob("*.words"))
        ]
        return Done(
            done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
            [words for words, _ in inputs],
            inputs,
            [file.read_text(encoding="utf-8") for file in calls.glob("*.environment")],
        )

    @property
    def canary(self) -> bool:
        """Whether something broke out of its name."""
        return any(self.place.rglob("canary"))

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
