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
from typing import Any, Literal, cast

import docker
from docker.errors import APIError, NotFound

from . import build, engine
from .console import LabError
from .paths import KNOWN_HOSTS, SSH_KEY, host_directory
from .stacks import INCIDENT, Stack

PROJECT = "ai_workflow_engine"
DIRECTORY = f"/srv/{PROJECT}"
NETWORK = f"{PROJECT}_ai_workflow_engine_net"
SERVICES = ("api", "redis", "postgres", "qdrant", "caddy")
REDIS, API = f"{PROJECT}-redis-1", f"{PROJECT}-api-1"  # the containers

_HEALTH = (
    f"curl --silent --max-time 5 --cacert {DIRECTORY}/certs/ca.pem"
    " --resolve aiwfe.com:443:127.0.0.1 https://aiwfe.com/api/v1/health"
)


@dataclass(frozen=True)
class Host:
    """One host of the lab.

    + name: as it is called in inventories, and its own hostname
    + port: of its sshd, on 127.0.0.1
    + redis: the image that its Redis runs
    + rights: what `deploy` may do: use Docker's socket (group docker), or become root (sudo)
    + stack: which of the lab's stacks it has
    + image: what it is made of, its Docker Engine and Compose among that
    + loads: the images that its engine gets
    + api: the version of the engine's API that the lab speaks
    + listed: the inventory that it is in, where that isn't its stack's
    """

    name: str
    port: int
    redis: build.Image
    rights: Literal["docker", "sudo"]
    user: str = "deploy"
    stack: Stack = INCIDENT
    image: build.Image = build.HOST
    loads: tuple[build.Image, ...] = build.STACK
    api: str = "1.44"
    listed: str | None = None

    def having(self, stack: Stack) -> Host:
        """The same host with another stack; `lab.healing.start_over` makes it so."""
        if stack != self.stack and self.listed:
            raise LabError(f"{self.name} has the stack {self.stack.name}, and no other one")
        return replace(self, stack=stack, redis=stack.redis or self.redis)

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

        With `check`, a script that fails raises `LabError` with what it said. The script is
        part of a command line: nothing secret belongs into it.
        """
        api = engine.client().api
        try:
            call = api.exec_create(self.container, ["sh", "-c", script])
            out, err = api.exec_start(call["Id"], demux=True)
        except NotFound as error:
            raise LabError(f"{self.name} is not there: python -m lab up") from error
        except APIError as error:
            why = error.explanation
            raise LabError(f"{self.name} can't run it: {why}; python -m lab up") from error
        code = api.exec_inspect(call["Id"])["ExitCode"]
        if check and code != 0:
            said = (err or out or b"").decode(errors="replace").strip()
            raise LabError(f"{self.name}: a script ended with {code}: {said}")
        return (out or b"").decode(errors="replace")

    def docker(self) -> Any:
        """A client of the host's own engine (a `docker.DockerClient`; it is kept)."""
        return docker_client(self.name)

    def health(self) -> dict[str, str] | None:
        """What the API says through Caddy and TLS, or None if it says nothing."""
        try:
            answer = json.loads(self.run(_HEALTH, check=False))
        except ValueError:
            return None
        return cast(dict[str, str], answer) if isinstance(answer, dict) else None

    def is_healthy(self) -> bool:
        """Whether the API says that it and its Redis are well."""
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
    Host("lab-redis7", 22070, build.REDIS_7, "docker"),
    Host("lab-redis8", 22080, build.REDIS_8, "sudo"),
)


def _other(
    name: str,
    port: int,
    redis: build.Image,
    rights: Literal["docker", "sudo"],
    image: build.Image,
    api: str = "1.44",
) -> Host:
    return Host(
        name,
        port,
        redis,
        rights,
        image=image,
        loads=(*build.COMMON, redis),
        api=api,
        listed="lab/inventories/versions.py",
    )


# Other engines and other servers, which are started by their names: `python -m lab up NAME`.
OTHERS = (
    # Docker 20.10 with Compose 2.26; Docker 28.5 with Compose 2.40.
    _other("lab-x-docker20", 22090, build.VALKEY, "docker", build.HOST_12, api="1.41"),
    _other("lab-x-docker28", 22091, build.REDIS_8_6, "sudo", build.HOST_SID),
    _other("lab-x-valkey9", 22092, build.VALKEY_9, "docker", build.HOST_SID),
)
ALL = (*HOSTS, *OTHERS)


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
