"""What Docker runs: containers, endpoints and networks, as ``docker inspect`` shows them. Pure.

The templates ask for named fields only, so that neither an environment nor a command line,
where secrets live, ever leaves the host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from ..core.answers import understood
from .shell import text

VALIDATES = "pyinfra-runbooks.validates"
"""The label of a start-up validation: a job that only asks, and may be run again at any time."""

FROM_OUTSIDE = (129, 130, 137, 143)
"""Exit codes of what was ended by a signal that others send: SIGHUP, SIGINT, SIGKILL, SIGTERM."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


CONTAINER_TEMPLATE = text("container.template").replace("\n", "")
"""For ``docker inspect``; the output of health checks is left out: it may hold anything."""

NETWORK_TEMPLATE = text("network.template").replace("\n", "")
"""For ``docker network ls``: one call, where inspecting takes two."""

# For `docker network inspect`, of the networks that Compose declares something about: their labels
# and options are compared on the host (`networks.awk`).
SUBNETS_TEMPLATE = (
    '{"name":{{json .Name}},"subnets":{{json .IPAM.Config}}}'
    """{{$name := json .Name}}
{{range $key, $value := .Labels}}label	{{$name}}	{{json $key}}	{{json $value}}
{{end}}{{range $key, $value := .Options}}option	{{$name}}	{{json $key}}	{{json $value}}
{{end}}"""
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A container's place on a network.

    + network_id: the network that it was attached to; a network that was recreated has another
    + names: all names that Docker's DNS answers to for it
    + address: its IPv4 address, or the IPv6 address where it has no other; empty while the
      container is stopped
    + address6: its IPv6 address
    + gateways: the host's own addresses there
    """

    network_id: str
    names: frozenset[str]
    address: str
    address6: str = ""
    ipv4: str | None = None
    ipv6: str | None = None
    link_local: frozenset[str] = frozenset()
    driver_opts: tuple[tuple[str, str], ...] = ()
    gw_priority: int = 0
    gateways: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mount:
    """What is mounted into a container, and where.

    + writable: whether the container may write there
    """

    kind: str
    source: str
    target: str
    name: str | None = None
    writable: bool = True

    @property
    def anonymous(self) -> bool:
        """A volume that nobody named: Docker gives it 64 hex digits, and loses it on a recreate."""
        return self.kind == "volume" and bool(re.fullmatch(r"[0-9a-f]{64}", self.name or ""))


@dataclass(frozen=True, slots=True)
class Container:
    """A container as it is, with the labels that say how Compose made it.

    + started: when it was started last, as Docker says it
    + since: from when on it sees what is mounted into it: it was made then, or ended last
    + pid: its main process, as the host knows it; 0: it has none
    + swarm: the Swarm stack that it belongs to; empty: none
    + health: by its own health check: ``healthy``, ``starting``, ``unhealthy``; empty: it has none
    + validates: whose start-up validation it says that it is; empty: it is none
    """

    id: str
    name: str
    image: str
    image_name: str
    status: str
    exit_code: int
    restarts: int
    restart_policy: str
    mounts: tuple[Mount, ...]
    ports: tuple[int, ...]
    network_mode: str
    networks: Mapping[str, Endpoint]
    project: str
    service: str
    config_hash: str
    config_files: tuple[str, ...]
    env_files: tuple[str, ...]
    working_dir: str
    compose_version: str
    oneoff: bool = False
    created: datetime = _LONG_AGO
    started: datetime = _LONG_AGO
    swarm: str = ""
    health: str = ""
    validates: str = ""
    since: str = ""
    pid: int = 0

    @property
    def running(self) -> bool:
        return self.status == "running"

    @property
    def unhealthy(self) -> bool:
        """Its own health check fails, or has not succeeded yet."""
        return self.health in ("starting", "unhealthy")

    @property
    def ended(self) -> datetime:
        """When its last run ended; of one that never ran, when it was created."""
        return _time(self.since) if self.since else _LONG_AGO

    @property
    def stopped_from_outside(self) -> bool:
        """Its last run was ended from outside, as far as its exit code tells."""
        return self.exit_code in FROM_OUTSIDE

    @property
    def made_by_compose(self) -> bool:
        """Compose leaves more than the two labels by which it finds a container again."""
        return bool(self.config_hash and self.config_files and self.working_dir)

    @property
    def distinguished(self) -> str:
        """What tells it from another container with the same labels."""
        mounts = ", ".join(sorted(m.name or m.source for m in self.mounts)) or "nothing"
        return (
            f"{self.name} ({self.id[:12]}, image {self.image_name}, {self.status},"
            f" created {self.created:%Y-%m-%d %H:%M} UTC, mounts {mounts})"
        )

    @property
    def replaces(self) -> str | None:
        """The short id of what Compose makes it in the place of, until that is removed."""
        found = re.match("([0-9a-f]{12})_.", self.name)
        return found[1] if found else None

    def mount(self, target: str) -> Mount | None:
        """What is mounted at this path of the container, if anything."""
        return next((m for m in self.mounts if m.target == target), None)


@dataclass(frozen=True, slots=True)
class Network:
    """A Docker network.

    + internal: whether nothing gets out of it; None: the engine did not say
    + ipv6: whether it has IPv6; None: the engine did not say
    + key: what Compose calls it, by its label; empty: Compose did not make it; None: not said
    + subnets: its subnets; None: nobody asked, since nothing depends on them
    + lacks: the names of the labels and options that Compose declares for it, and it has not
    """

    id: str
    name: str
    driver: str
    internal: bool | None = None
    ipv6: bool | None = None
    key: str | None = None
    subnets: frozenset[str] | None = None
    lacks: tuple[str, ...] = ()


def container(line: str) -> Container:
    """The container in one line that ``CONTAINER_TEMPLATE`` printed.

    Raises:
        ValueError: the line is not such JSON, with what is wrong
    """
    with understood("docker inspect", line):
        data = json.loads(line)
        return Container(
            id=data["id"],
            name=data["name"].removeprefix("/"),
            image=data["image"],
            image_name=data["image_name"],
            status=data["status"],
            exit_code=int(data["exit_code"]),
            restarts=int(data["restarts"]),
            restart_policy=data["restart_policy"],
            mounts=tuple(_mount(m) for m in data["mounts"] or ()),
            ports=_tcp_ports(data["ports"] or {}),
            network_mode=data["network_mode"],
            networks={
                name: _endpoint(e, data["id"])
                for name, e in (data["networks"] or {}).items()
                if not _never_finished(e, data["status"])
            },
            project=data["project"] or "",
            service=_service_name(data["service"] or ""),
            config_hash=data["config_hash"] or "",
            config_files=_paths(data["config_files"]),
            env_files=_paths(data["env_files"]),
            working_dir=data["working_dir"] or "",
            compose_version=data["compose_version"] or "",
            oneoff=(data["oneoff"] or "").lower() == "true",
            created=_time(data["created"]),
            started=_time(data["started"]) if data.get("started") else _LONG_AGO,
            swarm=data["swarm"] or "",
            health=data.get("health") or "",
            validates=data.get("validates") or "",
            since=max(data["created"], data.get("finished") or ""),
            pid=int(data.get("pid") or 0),
        )


def network(line: str) -> Network:
    """The network in one line that ``NETWORK_TEMPLATE`` printed.

    Raises:
        ValueError: the line is not such JSON, with what is wrong
    """
    with understood("docker network ls", line):
        data = json.loads(line)
        return Network(
            data["id"],
            data["name"],
            data["driver"],
            _said(data.get("internal")),
            _said(data.get("ipv6")),
            data.get("key"),
        )


def subnets(lines: Iterable[str]) -> tuple[dict[str, frozenset[str]], dict[str, tuple[str, ...]]]:
    """Each network's subnets, and what it lacks, from what ``SUBNETS_TEMPLATE`` came to.

    Raises:
        ValueError: a line is not such JSON, with what is wrong
    """
    found: dict[str, frozenset[str]] = {}
    lacks: dict[str, tuple[str, ...]] = {}
    for line in lines:
        with understood("docker network inspect", line):
            match json.loads(line):
                case {"name": str(name), "subnets": pools}:
                    found[name] = frozenset(subnet(p["Subnet"]) for p in pools or ())
                case [str(kind), str(name), str(key)]:
                    lacks[name] = (*lacks.get(name, ()), f"{kind} {key}")
                case _:
                    raise ValueError(line)
    return found, {name: tuple(sorted(named)) for name, named in lacks.items()}


def subnet(text: str) -> str:
    """A subnet as everybody writes it; what is none stays as it is.

    >>> subnet("FD00:0::1/64")
    'fd00::/64'
    """
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return text


def address(text: str | None) -> str | None:
    """An address as everybody writes it; None where there is none, and what is none as it is.

    >>> address("fd00:0::05")
    'fd00::5'
    """
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        return text


def _said(text: object) -> bool | None:
    """What `docker network ls` says of a switch, in words."""
    return {"true": True, "false": False}.get(str(text).lower())


def _service_name(label: str) -> str:
    """A service's name; empty where Compose takes it for none: anybody may write a label, and names
    are part of the commands that a person is advised.

    https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json
    """
    return label if re.fullmatch(r"[A-Za-z0-9._-]+", label) else ""


def _time(text: str) -> datetime:
    """Docker's times are in UTC, and say so."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time


def _mount(data: Mapping[str, Any]) -> Mount:
    return Mount(
        data["Type"],
        data.get("Source") or "",
        data["Destination"],
        data.get("Name"),
        data.get("RW", True) is not False,
    )


def _tcp_ports(exposed: Mapping[str, Any]) -> tuple[int, ...]:
    found = (re.fullmatch(r"(\d+)(/tcp)?", port) for port in exposed)
    return tuple(sorted(int(port[1]) for port in found if port))


def _never_finished(endpoint: Mapping[str, Any], status: str) -> bool:
    """What a failed `docker network connect` leaves: listed, and not there.

    `docker network disconnect` says that there is nothing to disconnect, and it is right.
    """
    return status in ("running", "paused") and endpoint.get("EndpointID") == ""


def _endpoint(data: Mapping[str, Any], container_id: str) -> Endpoint:
    ipam = data.get("IPAMConfig") or {}
    names: Iterable[str] = (*(data.get("Aliases") or ()), *(data.get("DNSNames") or ()))
    return Endpoint(
        network_id=data.get("NetworkID") or "",
        # Docker adds the short id by itself; nobody asks for it.
        names=frozenset(names) - {container_id[:12]},
        address=data.get("IPAddress") or data.get("GlobalIPv6Address") or "",
        address6=data.get("GlobalIPv6Address") or "",
        ipv4=address(ipam.get("IPv4Address")),
        ipv6=address(ipam.get("IPv6Address")),
        link_local=frozenset(ipam.get("LinkLocalIPs") or ()),
        driver_opts=tuple(sorted((data.get("DriverOpts") or {}).items())),
        gw_priority=int(data.get("GwPriority") or 0),
        gateways=frozenset(filter(None, (data.get("Gateway"), data.get("IPv6Gateway")))),
    )


def _paths(label: str | None) -> tuple[str, ...]:
    return tuple(p for p in (label or "").split(",") if p)
