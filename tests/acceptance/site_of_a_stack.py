"""One stack on one host, as `docker` and `curl` on that host show it."""

from __future__ import annotations

import json
import posixpath
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

_LABEL = "com.docker.compose"
# Fields by name only: an environment, where secrets may be, never leaves the host.
_FORMAT = (
    "{"
    + ",".join(
        f'"{name}":{{{{json {value}}}}}'
        for name, value in {
            "name": ".Name",
            "status": ".State.Status",
            "project": f'(index .Config.Labels "{_LABEL}.project")',
            "service": f'(index .Config.Labels "{_LABEL}.service")',
            "directory": f'(index .Config.Labels "{_LABEL}.project.working_dir")',
            "oneoff": f'(index .Config.Labels "{_LABEL}.oneoff")',
            "networks": ".NetworkSettings.Networks",
        }.items()
    )
    + "}"
)


@dataclass(frozen=True)
class Site:
    """A host with its stack.

    + stack: the settings, as `debug-inventory --json` tells them
    + host: testinfra's host
    """

    name: str
    stack: dict[str, Any]
    host: Any

    def __repr__(self) -> str:
        return self.name

    def run(self, command: str, *arguments: str) -> str:
        """What a command on the host printed; it has to succeed."""
        return str(self.host.check_output(command, *arguments))

    @cached_property
    def containers(self) -> dict[str, dict[str, Any]]:
        """The stack's containers by their services."""
        ids = self.run("docker ps -aq --filter label=%s.project", _LABEL).split()
        quoted = " ".join("%s" for _ in ids)
        lines = self.run(f"docker inspect --format %s {quoted}", _FORMAT, *ids) if ids else ""
        found = [json.loads(line) for line in lines.splitlines()]
        project = self.stack["compose"]["name"] or self._project(found)
        return {c["service"]: c for c in found if c["project"] == project and c["oneoff"] != "True"}

    def _project(self, containers: list[dict[str, Any]]) -> str | None:
        directory = self.stack["compose"]["directory"]
        here = Counter(c["project"] for c in containers if c["directory"] == directory)
        return here.most_common(1)[0][0] if here else None

    @property
    def services(self) -> list[str]:
        """Those that have to be there."""
        return [service["name"] for service in self.stack["services"]] or sorted(self.containers)

    def components(self, kind: str) -> list[dict[str, Any]]:
        """Those of a class, by its name."""
        return [each for each in self.stack["components"] if each["component"] == kind]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each Redis with each client that uses it."""
        servers = [redis["service"] for redis in self.components("Redis")]
        return [
            (redis, client["service"])
            for client in self.components("Api")
            for redis in client["redis"] or servers
        ]

    def shared(self, one: str, other: str) -> set[str]:
        """The networks that two services meet on."""
        return {*self.names(one)} & {*self.names(other)}

    def address(self, service: str) -> str | None:
        """Where a service's container can be reached from the host."""
        networks = self.containers.get(service, {}).get("networks", {})
        return next((n["IPAddress"] for n in networks.values() if n["IPAddress"]), None)

    def names(self, service: str) -> dict[str, set[str]]:
        """The networks that a service's container is on, and its names there."""
        networks = self.containers.get(service, {}).get("networks", {})
        return {
            network: {*(endpoint["Aliases"] or ()), *(endpoint.get("DNSNames") or ())}
            for network, endpoint in networks.items()
        }

    def ask(self, check: dict[str, Any]) -> str | None:
        """Runs a health check; why it fails, or None. What was answered is never shown."""
        url = urlsplit(check["url"])
        port = url.port or (443 if url.scheme == "https" else 80)
        address = check["resolve"] or self.address(url.hostname or "")
        options = ["--resolve", f"{url.hostname}:{port}:{address}"] if address else []
        if check["ca"]:
            options += ["--cacert", posixpath.join(self.stack["compose"]["directory"], check["ca"])]
        if check["insecure"]:
            options += ["--insecure"]
        command = "curl --silent --show-error --noproxy '*' --max-time %s --write-out %s"
        quoted = " ".join("%s" for _ in (*options, check["url"]))
        done = self.host.run(
            f"{command} {quoted}", str(check["timeout"]), "\n%{http_code}", *options, check["url"]
        )
        if done.rc:
            return f"{check['url']} does not answer: {done.stderr.strip()}"
        body, _, status = done.stdout.rpartition("\n")
        if int(status) != check["status"]:
            return f"{check['url']} answers {status}, expected {check['status']}"
        return None if _proves(body, check) else f"{check['url']} answers something else"


def _proves(body: str, check: dict[str, Any]) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    if check["expect"] is not None:
        return bool(answer == check["expect"])
    for key in check["non_empty"].split("."):
        answer = answer.get(key) if isinstance(answer, dict) else None
    return isinstance(answer, str) and answer != ""
