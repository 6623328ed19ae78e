"""What stands in for what in a project, and what can't be adopted: read off the resolved file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from lab.standing import entries
from lab.standing.entries import Entry
from lab.standing.finding import found

from . import checks, images, model
from .images import StandIn
from .model import Declared, Json

_WORKS = re.compile(r"worker|sidekiq|celery|schedul|consumer|horizon|resque|\bqueue|-queue|beat\b")
_ENDS = re.compile(
    r"init\b|^init|migrat|setup|configurator|configure|seed|bootstrap|creat|provision"
)
_SOCKETS = re.compile(r"^/(var/)?run\b|sock")
_MOST_PORTS = 40  # of one service: a range of thousands is for media


@dataclass(frozen=True)
class Layer:
    """One image that is made on the host, and given the names of others.

    + stand_in: what it is made of
    + checked: whether it has a health check of its own, for services that are waited for so
    + socket: the directory in which a Redis listens, instead of on a port
    """

    stand_in: StandIn
    checked: bool = False
    socket: str | None = None

    @property
    def tag(self) -> str:
        """What tells it from the project's others."""
        base = self.stand_in.base.name.rpartition(":")[2]
        parts = [self.stand_in.variant]
        parts += [base] if self.stand_in.server else []
        parts += ["checked"] if self.checked else []
        parts += [self.socket.strip("/").replace("/", ".")] if self.socket else []
        return "-".join(parts)


@dataclass(frozen=True)
class Adopted:
    """One service.

    + by: what tells it where its Redis is, as far as the file shows that
    + programs: that its entry point and its health check call
    + cannot: why its health check can't come out well
    + refused: why it can't be brought up at all
    """

    name: str
    image: str
    layer: Layer
    entry: Entry
    by: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    refused: str | None = None


@dataclass(frozen=True)
class Plan:
    """What is brought up of a project.

    + users: names of users that the file gives to services
    + networks, volumes: that the project expects to be there
    """

    project: str
    services: tuple[Adopted, ...]
    users: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()

    @property
    def taken(self) -> tuple[Adopted, ...]:
        """Those that are brought up."""
        return tuple(service for service in self.services if not service.refused)

    @property
    def layers(self) -> dict[str, Layer]:
        """Each image's name in the file -> what it is made of."""
        return {service.image: service.layer for service in self.taken}

    @property
    def made(self) -> tuple[Layer, ...]:
        """The images that are made: one of each tag, whatever else its services differ in."""
        return tuple({layer.tag: layer for layer in self.layers.values()}.values())

    def document(self) -> dict[str, Any]:
        """What stand-ins read: each finds itself in it."""
        return {"services": [asdict(service.entry) for service in self.taken]}


def planned(resolved: Json) -> Plan:
    """The plan for a project as Compose resolves it."""
    declared = list(model.services(resolved))
    layers = dict(_layers(declared))
    refused = _refused(resolved, declared)
    adopted = tuple(
        _adopted(service, declared, layers, refused.get(service.name)) for service in declared
    )
    users = (user for one in declared for user in (one.user or "").split(":") if user)
    return Plan(
        project=str(resolved["name"]),
        services=adopted,
        users=tuple(dict.fromkeys(user for user in users if not user.isdigit())),
        networks=tuple(model.external(resolved, "networks")),
        volumes=tuple(model.external(resolved, "volumes")),
    )


def _layers(declared: Sequence[Declared]) -> Iterator[tuple[str, Layer]]:
    """One for each image's name, whatever its services differ in."""
    awaited = {
        name
        for service in declared
        for name, condition in service.waits_for.items()
        if condition == "service_healthy"
    }
    for image in dict.fromkeys(service.image for service in declared):
        its = [service for service in declared if service.image == image]
        stand_in = images.stand_in(image)
        checked = any(
            service.name in awaited and not service.raw.get("healthcheck") for service in its
        )
        sockets = (_socket(service, declared) for service in its if stand_in.is_redis)
        yield image, Layer(stand_in, checked, next(filter(None, sockets), None))


def _socket(redis: Declared, declared: Sequence[Declared]) -> str | None:
    """Where a Redis without a command of its own puts its socket: a directory that others have."""
    if redis.command or redis.entrypoint:
        return None
    others = {volume for other in declared if other != redis for volume in other.volumes}
    shared = (target for volume, target in redis.volumes.items() if volume in others)
    return next((target.rstrip("/") for target in shared if _SOCKETS.search(target)), None)


def _adopted(
    service: Declared, declared: Sequence[Declared], layers: dict[str, Layer], refused: str | None
) -> Adopted:
    layer = layers[service.image]
    needs = checks.needs(service.test)
    entry = _entry(service, declared, layers, needs)
    return Adopted(
        service.name,
        service.image,
        layer,
        entry,
        by=tuple(_known_by(service, entry)) if entry.client else (),
        programs=tuple(dict.fromkeys(_programs(service))),
        cannot=needs.cannot,
        refused=refused,
    )


def _entry(
    service: Declared, declared: Sequence[Declared], layers: dict[str, Layer], needs: checks.Needs
) -> Entry:
    stand_in = layers[service.image].stand_in
    keys = tuple(sorted(service.environment))
    mentioned = (
        port for one in declared for port in model.mentioned_ports(service.names, one.text())
    )
    ports = dict.fromkeys((*service.ports, *needs.ports, *mentioned, *stand_in.ports))
    command = " ".join(service.command)
    servers = [one for one in declared if layers[one.image].stand_in.is_redis]
    return Entry(
        name=service.name,
        image=service.image,
        command=(*service.entrypoint, *service.command),
        keys=keys,
        digest=entries.digest(service.environment, keys),
        once=_ends(service, declared),
        worker=bool(_WORKS.search(service.name) or _WORKS.search(command)),
        client=not (stand_in.server or stand_in.ports),
        ports=tuple(port for port in ports if 0 < port < 65536)[:_MOST_PORTS],
        says=needs.says,
        titles=needs.titles,
        touched=needs.files,
        last=_last(service),
        reads=tuple(_reads(service)),
        shares=tuple(_shares(service, servers)),
        likely=tuple(dict.fromkeys(_likely(service, declared, servers))),
        names=tuple(name for server in servers for name in server.names),
    )


def _ends(service: Declared, declared: Sequence[Declared]) -> bool:
    """Whether it is a job: others wait for its end, or its name says so and nothing restarts it."""
    completed = any(
        one.waits_for.get(service.name) == "service_completed_successfully" for one in declared
    )
    return completed or (
        service.policy in ("no", "none", "on-failure") and bool(_ENDS.search(service.name))
    )


def _last(service: Declared) -> tuple[str, ...]:
    """The last command of an entry point that is a shell's line."""
    if not service.entrypoint:
        return ()
    line = (*service.entrypoint, *service.command)
    if PurePosixPath(line[0]).name in ("sh", "bash", "ash", "dash"):
        commands = list(checks.shell_commands(line[-1]))
        return tuple(commands[-1]) if commands else ()
    return line


def _programs(service: Declared) -> Iterator[str]:
    """What its health check and an entry point of its file call."""
    return (word for word in _called(service) if re.fullmatch(r"[\w./+-]*[A-Za-z][\w./+-]*", word))


def _called(service: Declared) -> Iterator[str]:
    yield from checks.needs(service.test).programs
    if service.entrypoint:
        line = (*service.entrypoint, *service.command)
        yield line[0]
        if PurePosixPath(line[0]).name in ("sh", "bash", "ash", "dash"):
            yield from (command[0] for command in checks.shell_commands(line[-1]))


def _reads(service: Declared) -> Iterator[str]:
    """Mounted files that may name a Redis: what is mounted from beside the file, and configs."""
    for mount in service.mounts:
        target = str(mount["target"])
        if mount.get("type") == "bind" and re.search(
            r"\.(ya?ml|toml|ini|conf|cfg|env|json)$", target
        ):
            yield target
    for config in service.raw.get("configs") or ():
        yield str(config.get("target") or f"/{config['source']}")


def _shares(service: Declared, servers: Sequence[Declared]) -> Iterator[str]:
    for server in servers:
        if server.name != service.name:
            for volume in server.volumes.keys() & service.volumes.keys():
                yield service.volumes[volume]


def _likely(
    service: Declared, declared: Sequence[Declared], servers: Sequence[Declared]
) -> Iterator[str]:
    """A Redis that it waits for; else those that are known to others with one of its volumes."""
    for server in servers:
        if server.name in service.waits_for and service.networks & server.networks:
            yield "localhost" if "host" in service.networks else server.name
    names = {name for server in servers for name in server.names}
    for other in declared:
        if other.name == service.name or not (other.volumes.keys() & service.volumes.keys()):
            continue
        yield from (it.host for it in found(other.environment, names=names) if it.host in names)


def _known_by(service: Declared, entry: Entry) -> Iterator[str]:
    named = found(service.environment, names=entry.names)
    yield from (f"{where.address} by {where.by}" for where in named)
    if entry.shares:
        yield f"a socket in {', '.join(entry.shares)}"
    if not named and entry.reads:
        yield f"what {', '.join(entry.reads)} names, if it names any"
    if not named and not entry.shares and entry.likely:
        yield f"{', '.join(entry.likely)}, likely: by what it waits for, or a shared volume"


def _refused(resolved: Json, declared: Sequence[Declared]) -> dict[str, str]:
    """Why services can't be brought up; what waits for such a one can't either."""
    secrets = {*model.external(resolved, "secrets"), *model.external(resolved, "configs")}
    refused = {one.name: why for one in declared if (why := _why_not(one, secrets))}
    while True:
        more = {
            one.name: f"it waits for {name}, which can't be adopted"
            for one in declared
            for name in one.waits_for
            if name in refused and one.name not in refused
        }
        if not more:
            return refused
        refused |= more


def _why_not(service: Declared, secrets: set[str]) -> str | None:
    raw = service.raw
    deploy: Json = raw.get("deploy") or {}
    reserved: Json = (deploy.get("resources") or {}).get("reservations") or {}
    if reserved.get("devices") or raw.get("gpus") or raw.get("runtime") == "nvidia":
        return "it wants a GPU, and a lab host has none"
    if raw.get("privileged"):
        return "it is privileged, and a lab host lacks the capability SYS_RESOURCE for that"
    if raw.get("provider"):
        return "it is made by a provider, a program that the lab doesn't run"
    devices = [
        str(one.get("source") if isinstance(one, dict) else one) for one in raw.get("devices") or ()
    ]
    if devices:
        return f"it wants the device {devices[0].partition(':')[0]}, which a lab host has not"
    for kind in ("secrets", "configs"):
        for held in raw.get(kind) or ():
            if held.get("source") in secrets:
                return f"{held['source']} is external, and only Swarm has such {kind}"
    return None
