"""What Compose declares: services, networks and mounts, as it resolves them on the host. Pure.

The source is ``docker compose config --format json``, of which the look keeps only what is named
here (`config.awk`): environments, commands and labels of services never leave the host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.answers import understood
from .docker import address, subnet

COMPLETED = "service_completed_successfully"
"""The condition of a service that waits until another one has ended with code 0."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A service's place on a network, as Compose declares it."""

    aliases: frozenset[str] = frozenset()
    ipv4: str | None = None
    ipv6: str | None = None
    link_local: frozenset[str] = frozenset()
    driver_opts: tuple[tuple[str, str], ...] = ()
    gw_priority: int = 0


@dataclass(frozen=True, slots=True)
class DeclaredMount:
    """What Compose mounts into a service.

    + kind: ``bind``, ``volume``, ``secret`` or ``config``
    + source: the path on the host, or the volume's name; None where Compose makes it up itself
    + target: the path in the container
    + secret: the secret's (or config's) name in the compose file
    + writable: whether the container may write there
    + created: whether Docker makes a directory where the source is missing; None: it depends on the
      version of Compose
    """

    kind: str
    source: str | None
    target: str
    secret: str | None = None
    writable: bool = True
    created: bool | None = None


@dataclass(frozen=True, slots=True)
class DeclaredPort:
    """A port that Compose publishes on the host.

    + address: of the host; empty: every one that it has
    + first: the lowest port that the engine may choose
    + last: the highest
    + protocol: ``tcp`` or ``udp``
    """

    address: str
    first: int
    last: int
    protocol: str = "tcp"

    @property
    def shown(self) -> str:
        """As a compose file has it: ``127.0.0.1:80``, ``53/udp``, ``8000-8010``."""
        host = f"[{self.address}]:" if ":" in self.address else f"{self.address}:"
        ports = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        protocol = "" if self.protocol == "tcp" else f"/{self.protocol}"
        return f"{host if self.address else ''}{ports}{protocol}"


@dataclass(frozen=True, slots=True)
class DeclaredService:
    """One service of the compose file.

    + restart: when it is started again; empty: the file does not say
    + serves: whether it publishes or exposes a port, or has a health check
    + job: whether it is deployed as a job
    + waits_for: the condition on which it waits for a service, by that one's name
    + uses: the services that its environment or command names as a host
    + network_mode: ``host``, ``none``, ``service:NAME`` …; empty: it is on its networks
    + user: the user that its process starts as; empty: as the image says
    + groups: the groups that this user is also given, by name or number
    + ports: what it publishes on the host, but for ports that the engine chooses by itself
    + platform: of its image; empty: the engine's own
    + pull_policy: when its image is pulled; empty: when it is missing
    + built: whether Compose can build its image
    + working_dir: where its process starts; empty: as the image says
    + root_reads_all: whether root may read there what belongs to others
    + root_becomes: whether root may become another user there
    + none: whether no container of it is declared: ``scale: 0``
    + replicas: how many containers of it are declared, at least one
    + own_hosts: the names to which the file itself gives an address in its containers
    """

    name: str
    image: str
    container_name: str | None
    networks: Mapping[str, Attachment]
    mounts: tuple[DeclaredMount, ...]
    config_hash: str | None = None
    restart: str = ""
    serves: bool = False
    job: bool = False
    waits_for: Mapping[str, str] = field(default_factory=dict)
    uses: frozenset[str] = frozenset()
    network_mode: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    ports: tuple[DeclaredPort, ...] = ()
    platform: str = ""
    pull_policy: str = ""
    built: bool = False
    working_dir: str = ""
    root_reads_all: bool = True
    root_becomes: bool = True
    none: bool = False
    replicas: int = 1
    own_hosts: frozenset[str] = frozenset()

    def mount(self, target: str) -> DeclaredMount | None:
        """What Compose mounts at this path of the container, if anything."""
        return next((m for m in self.mounts if m.target == target), None)


@dataclass(frozen=True, slots=True)
class DeclaredNetwork:
    """One network of the compose file, under the name that Docker knows it by.

    + driver: None where the engine may choose
    + ipv6: None where the engine may choose
    """

    key: str
    name: str
    external: bool
    driver: str | None = None
    internal: bool = False
    ipv6: bool | None = None
    subnets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Declared:
    """One project, as Compose resolves it on the host.

    + name: the project's
    + services: by their names in the compose file
    + networks: by the names that Docker knows them by
    + unset: the variables that Compose misses; ``?`` for one whose name may be a piece of a value
    + external_volumes: the volumes that have to be there, by the names that Docker knows them by
    + unresolved: why Compose can't resolve it: then all of this is what the engine shows; empty: it
      can
    """

    name: str
    services: Mapping[str, DeclaredService]
    networks: Mapping[str, DeclaredNetwork]
    unset: tuple[str, ...] = ()
    external_volumes: frozenset[str] = frozenset()
    unresolved: str = ""

    def container_name(self, service: str) -> str:
        """What Compose calls the container of a service, or the first of several."""
        known = self.services.get(service)
        return (known and known.container_name) or f"{self.name}-{service}-1"

    def dependents(self, services: Iterable[str]) -> frozenset[str]:
        """The services that wait for one of these, or for one that does."""
        found = known = frozenset(services)
        while found:
            found = frozenset(
                service.name
                for service in self.services.values()
                if service.name not in known and found & {*service.waits_for}
            )
            known |= found
        return known - frozenset(services)


def declared(
    config: str,
    hashes: Mapping[str, str],
    unset: tuple[str, ...] = (),
    uses: Iterable[tuple[str, str]] = (),
) -> Declared:
    """The project that ``docker compose config --format json`` printed.

    + config: what it printed
    + hashes: each service's hash, as ``docker compose config --hash '*'`` printed it
    + unset: the variables that it misses
    + uses: a service, and another one that it names as a host (`uses.awk`)

    Raises:
        ValueError: this is no such JSON, with what is wrong
    """
    with understood("docker compose config", config):
        data = json.loads(config)
        networks = {k: _network(k, n or {}) for k, n in (data.get("networks") or {}).items()}
        used = set(uses)
        services = {
            name: replace(
                _service(name, service, data, networks, hashes.get(name)),
                uses=frozenset(other for who, other in used if who == name),
            )
            for name, service in (data.get("services") or {}).items()
        }
        return Declared(
            data["name"],
            services,
            {n.name: n for n in networks.values()},
            unset,
            frozenset(
                volume.get("name") or name
                for name, volume in (data.get("volumes") or {}).items()
                if (volume or {}).get("external")
            ),
        )


def hashes(lines: tuple[str, ...]) -> dict[str, str]:
    """Each service's hash, from the lines of ``docker compose config --hash '*'``."""
    pairs = (line.split() for line in lines)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and len(pair[1]) == 64}


def _network(key: str, data: Mapping[str, Any]) -> DeclaredNetwork:
    pools = (data.get("ipam") or {}).get("config") or ()
    return DeclaredNetwork(
        key=key,
        name=data.get("name") or key,
        external=bool(data.get("external")),
        driver=data.get("driver"),
        internal=bool(data.get("internal")),
        ipv6=data.get("enable_ipv6"),
        subnets=frozenset(subnet(pool["subnet"]) for pool in pools if pool.get("subnet")),
    )


def _service(
    name: str,
    data: Mapping[str, Any],
    project: Mapping[str, Any],
    networks: Mapping[str, DeclaredNetwork],
    config_hash: str | None,
) -> DeclaredService:
    attachments: dict[str, Attachment] = {}
    if not data.get("network_mode"):
        for key, attachment in (data.get("networks") or {}).items():
            attachments[networks[key].name] = _attachment(attachment or {})
    return DeclaredService(
        name=name,
        image=data.get("image") or "",
        container_name=data.get("container_name"),
        networks=attachments,
        mounts=(
            *(_volume(v, project) for v in data.get("volumes") or ()),
            *(_file(s, project, "secret") for s in data.get("secrets") or ()),
            *(_file(c, project, "config") for c in data.get("configs") or ()),
        ),
        config_hash=config_hash,
        restart=data.get("restart") or "",
        serves="ports" in data or "expose" in data or _has_healthcheck(data),
        job=((data.get("deploy") or {}).get("mode") or "").endswith("-job"),
        waits_for={
            other: wait.get("condition") or ""
            for other, wait in (data.get("depends_on") or {}).items()
            if wait.get("required", True)
        },
        network_mode=data.get("network_mode") or "",
        user=str(data.get("user") or ""),
        groups=tuple(map(str, data.get("group_add") or ())),
        ports=tuple(filter(None, map(_port, data.get("ports") or ()))),
        platform=data.get("platform") or "",
        pull_policy=data.get("pull_policy") or "",
        built="build" in data and data["build"] is not None,
        working_dir=data.get("working_dir") or "",
        root_reads_all=_keeps(data, "DAC_OVERRIDE"),
        root_becomes=_keeps(data, "SETUID") and _keeps(data, "SETGID"),
        none=0 in _scales(data),
        replicas=max((1, *_scales(data))),
        own_hosts=frozenset(re.split("[=:]", h, maxsplit=1)[0] for h in _own_hosts(data)),
    )


def _scales(data: Mapping[str, Any]) -> list[int]:
    """How many containers are declared, wherever the file says so."""
    given = (data.get("scale"), (data.get("deploy") or {}).get("replicas"))
    return [int(number) for number in given if number is not None]


def _own_hosts(data: Mapping[str, Any]) -> Iterable[str]:
    """``NAME=ADDRESS``, or a mapping of names in older versions."""
    return map(str, data.get("extra_hosts") or ())


def _port(data: Mapping[str, Any]) -> DeclaredPort | None:
    """What is published at a port that the file names."""
    ports = re.fullmatch(r"(\d+)(?:-(\d+))?", str(data.get("published") or ""))
    if not ports or ports[1] == "0":
        return None
    first, last = int(ports[1]), int(ports[2] or ports[1])
    return DeclaredPort(data.get("host_ip") or "", first, last, data.get("protocol") or "tcp")


def _keeps(data: Mapping[str, Any], capability: str) -> bool:
    """Whether root has a capability there that the engine gives by itself."""
    added, dropped = (
        {name.upper().removeprefix("CAP_") for name in data.get(key) or ()} & {"ALL", capability}
        for key in ("cap_add", "cap_drop")
    )
    return bool(added) or not dropped


def _has_healthcheck(data: Mapping[str, Any]) -> bool:
    return "healthcheck" in data and not (data["healthcheck"] or {}).get("disable")


def _attachment(data: Mapping[str, Any]) -> Attachment:
    return Attachment(
        aliases=frozenset(data.get("aliases") or ()),
        ipv4=address(data.get("ipv4_address")),
        ipv6=address(data.get("ipv6_address")),
        link_local=frozenset(data.get("link_local_ips") or ()),
        driver_opts=tuple(sorted((data.get("driver_opts") or {}).items())),
        gw_priority=int(data.get("gw_priority") or 0),
    )


def _volume(data: Mapping[str, Any], project: Mapping[str, Any]) -> DeclaredMount:
    source = data.get("source")
    if data["type"] == "volume" and source is not None:
        volumes = project.get("volumes") or {}
        source = (volumes.get(source) or {}).get("name") or source
    return DeclaredMount(
        data["type"],
        source,
        data["target"],
        writable=data.get("read_only") is not True,
        created=(data.get("bind") or {}).get("create_host_path"),
    )


def _file(data: Mapping[str, Any], project: Mapping[str, Any], kind: str) -> DeclaredMount:
    """A secret or config; the default targets are those of the Compose specification."""
    name = data["source"]
    top = (project.get(f"{kind}s") or {}).get(name) or {}
    target = data.get("target") or name
    if not target.startswith("/"):
        target = f"/run/secrets/{target}" if kind == "secret" else f"/{target}"
    return DeclaredMount(kind, top.get("file"), target, name)
