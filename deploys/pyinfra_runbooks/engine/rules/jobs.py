"""Whether a container that has ended is a job, or a server that was stopped.

Both look the same: exit code 0, and Docker does not start it again, which is Compose's default.
What Compose declares tells them apart, and where it does not, that is said and left as it is: a
stack whose jobs have ended is healthy. Images tell nothing: a job is often made from that of a
server, with its ports and its health check.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from ...core.finding import Finding
from ...core.kind import kind
from ...core.resolution import Refusal
from ...settings import Stack
from ..compose import COMPLETED
from ..docker import Container
from ..look import Look
from ..parts import Part

_AGAIN = ("always", "unless-stopped")

ENDED = kind(
    "ended",
    title="A container has ended that may be a job, or a server",
    part=Part.HEALTH,
    means="A job that is done needs nothing; a server was stopped.",
    known="It exited with code 0, and the compose file does not say which it is.",
    repair="Nothing: say it in the compose file, or name the server in the inventory.",
    breaks_health=False,
)


class Role(Enum):
    """What a service is.

    + JOB: it has ended, and is to
    + SERVER: it should run
    + UNKNOWN: nothing tells; that others are merely started after it is said of both
    """

    JOB = auto()
    SERVER = auto()
    UNKNOWN = auto()


def role(look: Look, container: Container) -> Role:
    """What a container's service is, by all that Compose declares."""
    return role_of(look, container.service, container.restart_policy)


def role_of(look: Look, name: str, restart_policy: str = "") -> Role:
    """What a service is, by all that Compose declares.

    + restart_policy: its container's, where it has one
    """
    services = look.declared.services
    service = services[name]
    waits = {s.waits_for[service.name] for s in services.values() if service.name in s.waits_for}
    # Compose itself waits for its end, whatever else it inherited from a server.
    if service.job or COMPLETED in waits:
        return Role.JOB
    if _restarts(service.restart) or _restarts(restart_policy):
        return Role.SERVER
    # Elastic's own compose file has a job with a health check, for which others wait: there,
    # Stack(services=...) says who has to run. That is rarer than a server with a health check.
    named = any(service.name in s.uses for s in services.values())
    if named or "service_healthy" in waits:
        return Role.SERVER
    # It says of itself what the others do not: a server would be started again as they are. Ports
    # and a health check are what a job inherits from the server whose image it has.
    if service.restart == "no" and some_restart(look):
        return Role.JOB
    return Role.SERVER if service.serves else Role.UNKNOWN


def is_job(look: Look, stack: Stack, container: Container) -> bool:
    """Whether it is one by what Compose declares: Redis and the API never are."""
    return _may_be_one(look, stack, container) and role(look, container) is Role.JOB


def not_once_more(look: Look, stack: Stack, container: Container) -> Refusal | None:
    """Why one that failed, or never ran, is not started; None: it is a server, or was paused.

    What a job has done by half, a person looks at; to do it once more may be the worst of all.
    """
    if container.status not in ("exited", "created") or not _may_be_one(look, stack, container):
        return None
    what = "that failed" if container.status == "exited" else "that has not run"
    see = f"docker logs --tail 20 {container.name}"
    is_ = role(look, container)
    if is_ is Role.JOB:
        return Refusal(f"it is a job {what}: what it has done is not known", see)
    if is_ is Role.UNKNOWN and container.service not in {s.name for s in stack.services}:
        return Refusal(
            f"it may be a job {what}, and Compose does not tell",
            f"{see}; if it is a server, name it: Stack(services=...)",
        )
    return None


def some_restart(look: Look) -> bool:
    """Whether Compose has any service started again: then the file tells what is to go on."""
    return any(_restarts(s.restart) for s in look.declared.services.values())


def ended(look: Look, stack: Stack, container: Container) -> bool:
    """Whether it has ended, and may have: it is judged no further.

    Where nothing tells, a service that the inventory names has to run. A start-up validation that
    failed no longer matters once the services that waited for it run.
    """
    if validates(look, container) and container.status == "exited":
        return container.exit_code == 0 or not kept_back(look, container.service)
    if not _ended(look, stack, container):
        return False
    is_ = role(look, container)
    return is_ is Role.JOB or (is_ is Role.UNKNOWN and not stack.services)


def validates(look: Look, container: Container) -> bool:
    """Whether it is a start-up validation: a job that only asks, and may be run again."""
    declared = container.made_by_compose and container.service in look.declared.services
    return bool(container.validates) and declared and role(look, container) is Role.JOB


def kept_back(look: Look, job: str) -> list[str]:
    """The services that wait until a job has completed, and do not run."""
    return [
        name
        for name, service in look.declared.services.items()
        if service.waits_for.get(job) == COMPLETED
        and not any(c.running for c in look.members(name))
    ]


def awaited(look: Look, name: str) -> list[str]:
    """The jobs without which Compose does not start a service, and that have not ended with 0."""
    return [
        job
        for job, condition in sorted(look.declared.services[name].waits_for.items())
        if condition == COMPLETED
        and not any(c.status == "exited" and c.exit_code == 0 for c in look.members(job))
    ]


def findings(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """What has ended and may be a server: merely to be known, as it is the usual state of a job."""
    for container in look.members():
        if not container.made_by_compose or not ended(look, stack, container):
            continue
        if role(look, container) is Role.UNKNOWN:
            waiting = ", ".join(needed_by(look, container.service))
            after = f" and is started before {waiting}" if waiting else ""
            yield ENDED.found(
                container.service,
                "has ended: it is a job, or a server that was stopped",
                f"{container.name} exited with code 0{after}; the compose file does not say which:"
                f' for a job, restart: "no" or {COMPLETED} would;'
                " a server can be named in Stack(services=...)",
            )


def needs(look: Look, name: str) -> frozenset[str]:
    """All services that one waits for or names as a host, and those that these need."""
    found: set[str] = set()
    todo = [name]
    while todo:
        service = look.declared.services.get(todo.pop())
        for other in (service.uses | set(service.waits_for)) - found if service else ():
            found.add(other)
            todo.append(other)
    return frozenset(found - {name})


def left_without(look: Look, name: str) -> list[str]:
    """The running services that depend on this one, so that Compose started it before them.

    By `depends_on` alone: a name in an environment may be one that nothing has used yet.
    """
    running = {c.service for c in look.members() if c.running}
    return sorted(running & look.declared.dependents((name,)))


def needed_by(look: Look, name: str) -> list[str]:
    """The services that wait for one, or name it as a host."""
    services = look.declared.services.values()
    return sorted(s.name for s in services if name in s.uses or name in s.waits_for)


def _ended(look: Look, stack: Stack, container: Container) -> bool:
    ended = container.status == "exited" and container.exit_code == 0
    return ended and _may_be_one(look, stack, container)


def _may_be_one(look: Look, stack: Stack, container: Container) -> bool:
    """What is declared as a component is a server by that."""
    service = container.service
    return service in look.declared.services and service not in stack.declared_services


def _restarts(policy: str) -> bool:
    return policy in _AGAIN
