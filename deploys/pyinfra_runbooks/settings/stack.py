"""The stack itself, and the one reader of ``host.data``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, replace
from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator, ValidationInfo
from pydantic import field_validator as field

from ..disruption import Disruption
from ..errors import SettingsError
from .checks import HttpCheck
from .model import Problem, Setting, refuse, repeated, setting, shown
from .parts import (
    Api,
    Compose,
    Redis,
    Secret,
    Service,
    Timeouts,
    one_of_the_users,
)
from .restraint import Accepted, Breaker
from .values import ImageName, Name, Several

_ALLOWED = ", ".join(f"{disruption}" for disruption in Disruption)
_OVERRULED = {
    "max_disruption": _ALLOWED,
    "unsaved": "refuse, accept",
    "unattended": "true, false",
}


def _disruption(value: Any) -> Any:
    try:
        return Disruption(value)
    except ValueError:
        raise ValueError(f"expected one of {_ALLOWED}") from None


def _service(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Service(value)
    except SettingsError:
        raise ValueError("expected the name of a service, or a Service(...)") from None


@setting
class Stack(Setting):
    """
    One Compose project on one host, and what Compose can't say about it.

    + compose: the project
    + redis: its Redis, and who may do what there
    + api: its API; default: a service ``api`` that is the first Redis user
    + services: those that have to be there, by name or as `Service`; default: all that Compose
      declares, but for jobs that have ended
    + network: the full Docker name of a network that all services have to share, where Compose is
      to be overruled; default: as Compose declares
    + secrets: the secret files to look after; default: none
    + health: what proves that the stack is healthy; default: nothing
    + timeouts: how long things may take
    + max_disruption: the most that users may notice of a repair: ``none``, ``reconnect``,
      ``restart`` or ``recreate`` (default); ``--data max_disruption=...`` overrules it for a run
    + foreign_networks: what to do about networks that Compose does not declare for a service:
      ``report`` (default), or ``detach`` once health is proved
    + unsaved: whether what Redis holds only in memory may go: one that nobody can log in to is
      restarted, though it can't be told to save before; one that keeps nothing on disk by its own
      settings is recreated, with the keys that it has: ``refuse`` (default) or ``accept``;
      ``--data unsaved=...`` overrules it
    + accepted: findings that the team lives with for a time; default: none
    + breaker: how often jobs correct the same finding before they leave it to a person
    + helper_image: an image that is on the host, by which a user who may use Docker and is not root
      writes files there; it needs a shell and the usual tools; default: the image of Redis itself
    + unattended: whether this run is a job's, which the breaker may stop; jobs say so by
      ``--data unattended=true``; default: ``False``

    Raises `SettingsError`, which names all that is wrong.

    **Example:**

    .. code:: python

        stack = Stack(
            compose=Compose("/srv/app"),
            redis=Redis(users=(RedisUser("app", rules="~* +@all", password=HostFile("redis")),)),
            services=("api", "redis", Service("postgres", port=5432)),
            health=(HttpCheck("http://api:8000/health", expect={"status": "ok"}),),
        )
    """

    _: KW_ONLY
    compose: Compose
    redis: Redis
    api: Api = Api()
    services: Several[Annotated[Service, BeforeValidator(_service)]] = ()
    network: Name | None = None
    secrets: Several[Secret] = ()
    health: Several[HttpCheck] = ()
    timeouts: Timeouts = Timeouts()
    max_disruption: Annotated[Disruption, BeforeValidator(_disruption)] = Disruption.RECREATE
    foreign_networks: Literal["report", "detach"] = "report"
    unsaved: Literal["refuse", "accept"] = "refuse"
    accepted: Several[Accepted] = ()
    breaker: Breaker = Breaker()
    helper_image: ImageName | None = None
    unattended: bool = False

    @field("api")
    @classmethod
    def _api_fits(cls, api: Api, info: ValidationInfo) -> Api:
        def problems() -> Iterator[Problem]:
            redis: Redis | None = info.data.get("redis")
            if redis is None:
                return
            if api.service == redis.service:
                expected = "expected another service than Redis"
                yield Problem(expected, ("service",), shown(api.service))
            if api.redis_user is not None:
                try:
                    one_of_the_users(api.redis_user, redis.users)
                except ValueError as error:
                    yield Problem(str(error), ("redis_user",), shown(api.redis_user))

        refuse(problems())
        return api

    @field("services")
    @classmethod
    def _services_fit(
        cls, services: tuple[Service, ...], info: ValidationInfo
    ) -> tuple[Service, ...]:
        def problems() -> Iterator[Problem]:
            names = [service.name for service in services]
            yield from repeated(names, "service")
            for part in ("redis", "api"):
                service = info.data[part].service if part in info.data else None
                if names and service and service not in names:
                    expected = f"expected {service!r}, the stack's {part}, among them"
                    yield Problem(expected, got=", ".join(names))

        refuse(problems())
        return services

    @field("secrets")
    @classmethod
    def _secrets_fit(cls, secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
        refuse(repeated((secret.name for secret in secrets), "secret", "name"))
        return secrets

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

    def __repr__(self) -> str:
        return f"Stack(compose={self.compose!r})"


class HostData(Protocol):
    """What is needed of pyinfra's ``host.data``."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key."""


def from_host_data(data: HostData) -> Stack:
    """
    The stack that the inventory declares for a host, with what ``--data`` overrules for this run.

    + data: pyinfra's ``host.data``

    Raises `SettingsError` where there is no stack, or where ``--data`` gives ``max_disruption``,
    ``unsaved`` or ``unattended`` a value that they can't have.

    **Example:**

    .. code:: python

        stack = from_host_data(host.data)
    """
    stack = data.get("stack")
    if not isinstance(stack, Stack):
        found = "none" if stack is None else shown(stack)
        raise SettingsError(
            f"stack: expected a Stack in the host's data, got {found}: declare `stack = Stack(...)`"
            " in group_data/GROUP.py beside the inventory, where GROUP is a group of the host"
            " or the inventory's name"
        )
    for key, allowed in _OVERRULED.items():
        stack = _overruled(stack, data, key, allowed)
    return stack


def project_from_host_data(data: HostData) -> Stack | Compose:
    """
    The Compose project that ``--data project=/srv/app`` names; without it, the stack that the
    inventory declares for a host.

    + data: pyinfra's ``host.data``

    Raises `SettingsError` where there is neither, or where the project is no absolute path.

    **Example:**

    .. code:: python

        stack = project_from_host_data(host.data)
    """
    project = data.get("project")
    if project is None and data.get("stack") is None:
        raise SettingsError(
            "expected a stack in the inventory (see inventories/group_data/prod.py), or no more"
            " than its project: --data project=/srv/app; got neither"
        )
    if project is None:
        return from_host_data(data)
    if isinstance(project, Compose):
        return project
    try:
        return Compose(project)
    except SettingsError:
        raise SettingsError(
            f"project: expected the directory of a Compose project, an absolute path, got"
            f" {shown(project)}: give it as --data project=/srv/app"
        ) from None


def _overruled(stack: Stack, data: HostData, key: str, allowed: str) -> Stack:
    """The stack with what ``--data`` says instead, for this run."""
    value = data.get(key)
    if value is None:
        return stack
    try:
        return replace(stack, **{key: value})
    except (SettingsError, ValueError):
        problem = f"{key}: expected one of {allowed}, got {shown(value)}"
    raise SettingsError(f"{problem}: give it as --data {key}=...")
