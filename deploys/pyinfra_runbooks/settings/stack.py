"""The stack itself, and the one reader of ``host.data``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import BeforeValidator, ValidationInfo
from pydantic import field_validator as field

from ..core.disruption import Disruption
from ..core.errors import SettingsError
from .checks import Check, one_of_the_checks
from .component import Component
from .model import (
    Problem,
    ProblemsError,
    Setting,
    meant,
    misnamed,
    refuse,
    repeated,
    setting,
    shown,
)
from .parts import Api, Compose, Secret, Service, Timeouts
from .redis import Redis, one_of_the_users
from .restraint import Accepted, Breaker
from .values import Hidden, ImageName, Name, Several

Kind = TypeVar("Kind", bound=Component)

_ALLOWED = ", ".join(f"{disruption}" for disruption in Disruption)


def _disruption(value: Any) -> Any:
    if value is None:
        return None
    try:
        return Disruption(value)
    except ValueError:
        wrong = misnamed(f"expected one of {_ALLOWED}", value, map(str, Disruption))
        raise ProblemsError(wrong) from None


def _service(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Service(value)
    except SettingsError:
        raise ValueError("expected the name of a service, or a Service(...)") from None


def _project(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Compose(value)
    except SettingsError:
        raise ValueError("expected the directory of a project, an absolute path") from None


def _component(value: Any) -> Any:
    if not isinstance(value, Component):
        raise ValueError("expected a component: Redis(...), Api(...)")
    return value


@setting
class Stack(Setting):
    """
    One Compose project on one host, and what Compose can't say about it.

    + compose: the project, or just its directory
    + components: each `Redis`, its clients (`Api`), and anything else that has a pack; without any,
      the stack is judged only by what the engine and Compose say; default: none
    + services: the services that have to run, by name or as `Service`; default: all that Compose
      declares, except jobs that have ended
    + network: the full Docker name of a network that all services have to share, whatever Compose
      declares; default: as Compose declares
    + secrets: the secret files whose content, owner or mode is kept; default: none
    + health: the checks that prove that the stack is healthy; default: the containers' own
      health checks, and whether all services run
    + timeouts: how long things may take; default: those of `Timeouts`
    + max_disruption: the most that users may notice of a repair: ``none``, ``reconnect``,
      ``restart`` or ``recreate``; ``--data max_disruption=...`` overrides it for a run; default:
      ``recreate``, or ``reconnect`` if only the project is declared
    + extra_networks: what to do about networks that Compose does not declare for a service:
      ``report`` (default), or ``detach`` once health is proved
    + accepted: findings that the team lives with for a time; default: none
    + breaker: how often jobs correct the same finding before they leave it to a person; default:
      that of `Breaker`
    + helper_image: an image that is on the host, with a shell and the usual tools; files are
      written in it for a user who may use Docker and is not root; default: the image of Redis
    + found: the services of those components that no inventory names: a look has found them

    Raises `SettingsError`, which lists every mistake.

    **Example:**

    .. code:: python

        stack = Stack(
            "/srv/app",
            Redis(users=(RedisUser("app", rules="~* +@all", password=HostFile("redis")),)),
            Api("web"),
            services=("web", "redis", Service("postgres", port=5432)),
            health=(HttpCheck("http://web:8000/health", expect={"status": "ok"}),),
        )
    """

    compose: Annotated[Compose, BeforeValidator(_project)]
    components: Hidden[Several[Annotated[Component, BeforeValidator(_component)]]] = ()
    _: KW_ONLY
    found: frozenset[Name] = frozenset()
    services: Several[Annotated[Service, BeforeValidator(_service)]] = ()
    network: Name | None = None
    secrets: Several[Secret] = ()
    health: Several[Annotated[Check, BeforeValidator(one_of_the_checks)]] = ()
    timeouts: Timeouts = Timeouts()
    max_disruption: Annotated[Disruption | None, BeforeValidator(_disruption)] = None
    extra_networks: Literal["report", "detach"] = "report"
    accepted: Several[Accepted] = ()
    breaker: Breaker = Breaker()
    helper_image: ImageName | None = None

    instead_of: ClassVar[Mapping[str, str]] = {
        "redis": 'it among the components: Stack("/srv/app", Redis(...))',
        "api": 'it among the components: Stack("/srv/app", Redis(...), Api(...))',
    }

    def __init__(
        self,
        compose: Compose | str,
        *components: Component,
        found: frozenset[str] = ...,
        services: Sequence[Service | str] = (),
        network: str | None = None,
        secrets: Sequence[Secret] = (),
        health: Sequence[Check] = (),
        timeouts: Timeouts = ...,
        max_disruption: Disruption | str | None = None,
        extra_networks: Literal["report", "detach"] = ...,
        accepted: Sequence[Accepted] = (),
        breaker: Breaker = ...,
        helper_image: str | None = None,
    ) -> None: ...

    @field("components")
    @classmethod
    def _components_fit(cls, components: tuple[Component, ...]) -> tuple[Component, ...]:
        def problems() -> Iterator[Problem]:
            yield from repeated((c.service for c in components), "service", "service")
            for number, client in enumerate(components):
                if isinstance(client, Api):
                    for problem in _unfit(client, [c for c in components if isinstance(c, Redis)]):
                        yield problem._replace(at=(number, *problem.at))

        refuse(problems())
        return components

    @field("services")
    @classmethod
    def _services_fit(
        cls, services: tuple[Service, ...], info: ValidationInfo
    ) -> tuple[Service, ...]:
        def problems() -> Iterator[Problem]:
            names = [service.name for service in services]
            yield from repeated(names, "service")
            known = {*names, *info.data.get("found", ())}
            for component in info.data.get("components", ()) if names else ():
                if component.service not in known:
                    what = type(component).__name__.lower()
                    expected = f"expected {component.service!r}, the stack's {what}, among them"
                    # Where nothing is like it, perhaps the usual name.
                    usual = type(component).__dataclass_fields__["service"].default
                    form = f"{type(component).__name__}({{!r}})"
                    near = meant(component.service, names, form) or (
                        meant(usual, [n for n in names if n == usual], form)
                    )
                    yield Problem(expected, got=f"{', '.join(names)}{near}")

        refuse(problems())
        return services

    @field("secrets")
    @classmethod
    def _secrets_fit(cls, secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
        refuse(repeated((secret.name for secret in secrets), "secret", "name"))
        return secrets

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Its components of a class."""
        return tuple(c for c in self.components if isinstance(c, kind))

    @property
    def servers(self) -> tuple[Redis, ...]:
        """Its Redis."""
        return self.of(Redis)

    @property
    def clients(self) -> tuple[Api, ...]:
        """The clients of its Redis."""
        return self.of(Api)

    def server(self, service: str) -> Redis | None:
        """The Redis of that service; None: it is none."""
        return next((redis for redis in self.servers if redis.service == service), None)

    @property
    def declared_servers(self) -> tuple[Redis, ...]:
        """The Redis that the inventory names; those that were found besides are not among them."""
        return tuple(redis for redis in self.servers if redis.service not in self.found)

    def is_alone(self, redis: Redis) -> bool:
        """Whether it is the one Redis that the inventory names: then all of the secrets that the
        inventory names are its own. One that was found owns none."""
        return self.declared_servers == (redis,)

    def client(self, service: str) -> Api | None:
        """The client of that service; None: it is none."""
        return next((client for client in self.clients if client.service == service), None)

    def used_by(self, client: Api) -> tuple[Redis, ...]:
        """The Redis that a client uses: where it names none, all that the inventory does; where
        that names none either, all that were found."""
        if client.redis:
            return tuple(r for r in self.servers if r.service in client.redis)
        return self.declared_servers or self.servers

    @property
    def bare(self) -> bool:
        """Whether only its place is declared: what it should be, Compose alone says."""
        declared = self.declared_services - self.found
        return not (declared or self.services or self.network or self.secrets or self.health)

    @property
    def cap(self) -> Disruption:
        """The most that users may notice of a repair, unless a run says something else."""
        if self.max_disruption is not None:
            return self.max_disruption
        return Disruption.RECONNECT if self.bare else Disruption.RECREATE

    @property
    def key(self) -> str:
        """What tells it from the other stacks of its host, in journals and reports."""
        return self.compose.directory

    @property
    def declared_services(self) -> frozenset[str]:
        """The services that have a component: they are servers, whatever Compose says of them."""
        return frozenset(component.service for component in self.components)

    def is_service(self, host: str) -> bool:
        """Whether a URL's host is a service of the stack.

        Where the inventory leaves the services to Compose, every name without a dot is.
        """
        if self.services:
            return host in {service.name for service in self.services}
        return "." not in host and ":" not in host and host != "localhost"

    def port_of(self, service: str) -> int | None:
        """The port that the inventory gives to a service, if it does."""
        return next((s.port for s in self.services if s.name == service), None)

    def public(self) -> dict[str, Any]:
        shown = super().public()
        del shown["found"]  # It is nothing that an inventory says.
        return shown

    def __repr__(self) -> str:
        return f"Stack({self.compose!r})"


def _unfit(client: Api, servers: list[Redis]) -> Iterator[Problem]:
    """What a client names, and no Redis of the stack has."""
    known = [redis.service for redis in servers]
    for service in client.redis:
        if service not in known:
            expected = f"expected the service of one of the stack's Redis ({', '.join(known)})"
            yield Problem(
                expected if known else "expected a Redis(...)", ("redis",), shown(service)
            )
    if client.redis_user is None:
        return
    used = [redis for redis in servers if not client.redis or redis.service in client.redis]
    users = tuple({user.name: user for redis in used for user in redis.users}.values())
    try:
        one_of_the_users(client.redis_user, users)
    except ValueError as error:
        yield Problem(str(error), ("redis_user",), shown(client.redis_user))


class HostData(Protocol):
    """What is needed of pyinfra's ``host.data``."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key."""


def stacks_from_host_data(data: HostData) -> tuple[Stack, ...]:
    """
    The stacks that the inventory declares for a host: ``stack``, one or several of them.

    + data: pyinfra's ``host.data``

    Raises `SettingsError` where there is no stack, and where two are of one directory.

    **Example:**

    .. code:: python

        for stack in stacks_from_host_data(host.data):
            print(stack.compose.directory)
    """
    declared = data.get("stack")
    stacks = tuple(declared) if isinstance(declared, (list, tuple)) else (declared,)
    wrong = next((stack for stack in stacks if not isinstance(stack, Stack)), None)
    if wrong is not None or None in stacks or not stacks:
        found = "none" if wrong is None else shown(wrong)
        raise SettingsError(
            f"stack: expected a Stack in the host's data, got {found}: declare `stack = Stack(...)`"
            " in group_data/GROUP.py beside the inventory, where GROUP is a group of the host"
            " or the inventory's name"
        )
    directories = [stack.compose.directory for stack in stacks]
    if twice := next((d for n, d in enumerate(directories) if d in directories[:n]), None):
        raise SettingsError(f"stack: expected each directory once, got {twice!r} twice")
    return stacks


def projects_from_host_data(data: HostData) -> tuple[Stack | Compose, ...]:
    """
    The Compose project that ``--data project=/srv/app`` names; without it, the stacks that the
    inventory declares for a host.

    + data: pyinfra's ``host.data``

    Raises `SettingsError` where there is neither, or where the project is no absolute path.

    **Example:**

    .. code:: python

        projects = projects_from_host_data(host.data)
    """
    project = data.get("project")
    if project is None and data.get("stack") is None:
        raise SettingsError(
            "expected a stack in the inventory (see inventories/group_data/prod.py), or no more"
            " than its project: --data project=/srv/app; got neither"
        )
    if project is None:
        return stacks_from_host_data(data)
    if isinstance(project, Compose):
        return (project,)
    try:
        return (Compose(project),)
    except SettingsError:
        raise SettingsError(
            f"project: expected the directory of a Compose project, an absolute path, got"
            f" {shown(project)}: give it as --data project=/srv/app"
        ) from None
