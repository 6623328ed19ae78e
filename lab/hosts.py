"""The lab's hosts: what they are, and how to reach into them past the product under test.

A host is a container with its own sshd and its own Docker Engine. The product logs in over ssh
as `deploy`; everything here goes through the outer engine instead, as root, or through the
host's Docker socket, so that tests see with other eyes.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal, cast

import docker
from docker.errors import APIError, NotFound

from . import engine, versions
from .console import LabError, wait_until
from .paths import KNOWN_HOSTS, SSH_KEY, host_directory
from .stacks import INCIDENT, Stack

PROJECT = "ai_workflow_engine"
DIRECTORY = f"/srv/{PROJECT}"
NETWORK = f"{PROJECT}_ai_workflow_engine_net"
SERVICES = ("api", "redis", "postgres", "qdrant", "caddy")
REDIS, API = f"{PROJECT}-redis-1", f"{PROJECT}-api-1"  # the containers


def asking_health(seconds: int = 5) -> str:
    """A command for a host: what the API says through Caddy and TLS within some seconds."""
    return (
        f"curl --silent --max-time {seconds} --cacert {DIRECTORY}/certs/ca.pem"
        " --resolve aiwfe.com:443:127.0.0.1 https://aiwfe.com/api/v1/health"
    )


_PRINTS = 'sh -c "$1" >"/run/lab/$2" 2>"/run/lab/$3"; exit $?'
"""Runs a script, with what it prints in files: an exec's streams lose some of it under load."""


@dataclass(frozen=True)
class Host:
    """One host of the lab.

    + name: as it is called in inventories, and its own hostname
    + port: of its sshd, on 127.0.0.1
    + redis: the image that its Redis runs
    + rights: what `deploy` may do: use Docker's socket (group docker), or become root (sudo)
    + stack: which of the lab's stacks it has
    + image: what it is made of, its Docker Engine and Compose among that
    + api: the version of the engine's API that the lab speaks
    + listed: the inventory that it is in, where that isn't its stack's
    + takes: the images that its engine gets, where those aren't its stack's
    """

    name: str
    port: int
    redis: versions.Image
    rights: Literal["docker", "sudo"]
    user: str = "deploy"
    stack: Stack = INCIDENT
    image: versions.Image = versions.HOST
    api: str = "1.44"
    listed: str | None = None
    takes: tuple[versions.Image, ...] | None = None

    def having(self, stack: Stack) -> Host:
        """The same host with another stack; `lab.healing.start_over` makes it so."""
        if stack != self.stack and self.listed:
            raise LabError(f"{self.name} has the stack {self.stack.name}, and no other one")
        return replace(self, stack=stack, redis=stack.redis or self.redis)

    @property
    def loads(self) -> tuple[versions.Image, ...]:
        """The images that its engine gets: what any stack takes, or its own alone."""
        if self.takes is not None:
            return self.takes
        return (*versions.COMMON, self.redis) if self.listed else versions.STACK

    @property
    def inventory(self) -> str:
        """The inventory that it is in."""
        return self.listed or self.stack.inventory

    @property
    def volume(self) -> str:
        """The volume that the data of Redis is in."""
        return f"{PROJECT}_{self.stack.volume}"

    @property
    def files(self) -> str:
        """Where that is on the host."""
        return f"/var/lib/docker/volumes/{self.volume}/_data"

    @property
    def container(self) -> str:
        """Its container's name on the outer engine."""
        return f"pyinfra-runbooks-{self.name}"

    @property
    def directory(self) -> Path:
        """What it shares with this machine: /run/lab inside."""
        return host_directory(self.name)

    @property
    def login(self) -> str:
        """A command that logs in as the product does."""
        return (
            f"ssh -i {SSH_KEY} -o UserKnownHostsFile={KNOWN_HOSTS} -o IdentitiesOnly=yes"
            f" -p {self.port} {self.user}@127.0.0.1"
        )

    def run(self, script: str, check: bool = True) -> str:
        """Run `script` in sh, as root, and return what it printed.

        With `check`, a script that fails raises `LabError` with what it said. The script is part
        of a command line: it must hold no secret.
        """
        if not self.directory.is_dir():
            raise LabError(f"{self.name} is not there: python -m lab up")
        where = self.directory
        with NamedTemporaryFile(dir=where) as out, NamedTemporaryFile(dir=where) as err:
            files = (os.path.basename(file.name) for file in (out, err))
            code = self._ended(["sh", "-c", _PRINTS, "run", script, *files])
            printed, said = (file.read().decode(errors="replace") for file in (out, err))
        if check and code != 0:
            raise LabError(f"{self.name}: a script ended with {code}: {(said or printed).strip()}")
        return printed

    def _ended(self, command: list[str]) -> int:
        """Runs a command as root, and returns the exit code that it ended with."""
        api = engine.client().api
        try:
            call = api.exec_create(self.container, command)["Id"]
            api.exec_start(call)
            what = f"a script on {self.name} to end"
            wait_until(lambda: not api.exec_inspect(call)["Running"], what, timeout=600)
            return int(api.exec_inspect(call)["ExitCode"])
        except NotFound as error:
            raise LabError(f"{self.name} is not there: python -m lab up") from error
        except APIError as error:
            why = error.explanation
            raise LabError(f"{self.name} can't run it: {why}; python -m lab up") from error

    def docker(self) -> Any:
        """A client of the host's own engine (a `docker.DockerClient`; it is kept)."""
        return docker_client(self.name)

    def containers(self) -> list[Any]:
        """All of its containers, running or not; one that goes meanwhile is left out."""
        found: list[Any] = self.docker().containers.list(all=True, ignore_removed=True)
        return found

    def health(self) -> dict[str, str] | None:
        """What the API says through Caddy and TLS, or None if it says nothing."""
        try:
            answer = json.loads(self.run(asking_health(), check=False))
        except ValueError:
            return None
        return cast(dict[str, str], answer) if isinstance(answer, dict) else None

    def is_healthy(self) -> bool:
        """Whether the API says that it and its Redis are healthy."""
        return self.health() == {"status": "ok", "redis_connection": "ok"}

    def password(self) -> str:
        """The password of lwe-app, from the file that counts."""
        return self.run(f"cat {DIRECTORY}/secrets/redis_password.txt").strip()

    def ssh_answers(self) -> bool:
        """Whether an SSH server greets on its port (docker-proxy alone would accept)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False


HOSTS = (
    Host("lab-redis7", 22070, versions.REDIS_7, "docker"),
    Host("lab-redis8", 22080, versions.REDIS_8, "sudo"),
)


_VERSIONS = "lab/inventories/versions.py"
# Other engines and other servers, which are started by their names: `python -m lab up NAME`.
OTHERS = (
    # Docker 20.10 with Compose 2.26; Docker 28.5 with Compose 2.40.
    Host(
        *("lab-x-docker20", 22090, versions.VALKEY, "docker"),
        image=versions.HOST_12,
        api="1.41",
        listed=_VERSIONS,
    ),
    Host(
        *("lab-x-docker28", 22091, versions.REDIS_8_6, "sudo"),
        image=versions.HOST_SID,
        listed=_VERSIONS,
    ),
    Host(
        *("lab-x-valkey9", 22092, versions.VALKEY_9, "docker"),
        image=versions.HOST_SID,
        listed=_VERSIONS,
    ),
)
# Anybody's compose files: `python -m lab adopt FILE...`; it has none of the lab's stacks.
ADOPTED = Host(
    *("lab-adopted", 22100, versions.REDIS_7, "docker"),
    listed="lab/inventories/adopted.py",
    takes=(),
)
ALL = (*HOSTS, *OTHERS, ADOPTED)


def by_name(name: str) -> Host:
    """The host of that name, or `LabError` with the names there are."""
    for host in ALL:
        if host.name == name:
            return host
    raise LabError(f"no host {name!r}; there are: {', '.join(host.name for host in ALL)}")


@cache
def docker_client(name: str) -> Any:
    """A client of the named host's engine; it survives restarts of that engine."""
    host = by_name(name)
    socket_path = host.directory / "docker.sock"
    if not os.path.exists(socket_path):
        raise LabError(f"{name} has no Docker socket at {socket_path}: python -m lab up")
    return docker.DockerClient(base_url=f"unix://{socket_path}", version=host.api, timeout=120)
