"""Whether Redis runs as declared: its container, its mounts, its secrets and its ACL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....core.kind import Kind
from ....core.resolution import Refusal, Remedy, Symptom
from ....core.unknown import Unknown
from ....engine.compose import DeclaredService
from ....engine.differences import Difference
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.rules import undeclared
from ....engine.rules.exact import also_changes, drift
from ....engine.rules.last_words import logs, says_why
from ....engine.rules.mounts import unmounted
from ....engine.rules.namespaces import NETWORK_GONE, followed
from ....engine.rules.network_settings import in_the_way
from ....engine.rules.places import is_scaled
from ....engine.rules.policy import waiver
from ....engine.rules.resolution import why_not_recreate
from ....settings import Redis, Stack
from ..steps import RedisFinding, RedisTask, Step
from . import replicas
from .acl import AclPlan, acl_plan
from .container import (
    REDIS_RESTART_LOOP,
    REDIS_STOPPED,
    REDIS_UNDECLARED,
    not_one,
    own_network,
    state,
)
from .data import fleeting_content, in_use, unsafe
from .drift import CONFIG_DIFFERS, configuration, files, lacking, mounts
from .found import unasked
from .serving import REDIS_SILENT, serving
from .without_users import why_not_stop


def findings(look: Look, stack: Stack, redis: Redis) -> list[RedisFinding]:
    """Everything about a Redis that is not as it should be, with what repairs it at least."""
    return [replace(finding, of=redis.service) for finding in _found(look, stack, redis)]


def _found(look: Look, stack: Stack, redis: Redis) -> list[RedisFinding]:
    name = redis.service
    service = look.declared.services.get(name)
    if service is None and name in look.whole(stack).found:
        return []  # Nobody says that it should be there: as a container it is judged elsewhere.
    if service is None:
        return [
            REDIS_UNDECLARED.found(
                name,
                "is not a service of this project",
                undeclared.seen(look, name),
                undeclared.refusal(look, name, "Redis(service=...)"),
            )
        ]
    containers = look.members(name)
    if service.none and not containers and name in look.whole(stack).found:
        return []  # Nobody says that one should be there, as the compose file has it.
    if is_scaled(look, redis):
        return [
            safe(finding, look, stack, redis, service, container)
            for container, finding in replicas.findings(look, redis, containers)
        ]
    if len(containers) != 1:
        return [not_one(look, stack, redis, service, containers)]
    container = containers[0]
    acl = acl_plan(look, stack, redis, service)
    found = [
        *state(look, container),
        *own_network(look, container),
        *mounts(look, stack, service, container),
        *configuration(look, stack, service, container),
        *files(look, stack, service, container),
        *_serving(look, stack, redis, container, acl),
    ]
    if any(finding.kind is NETWORK_GONE for finding in found):
        found = [_without_network(finding, container) for finding in found]
    if not redis.users and says_why(look, container):
        found = [_said_why(finding, container) for finding in found]
    return [safe(f, look, stack, redis, service, container) for f in found]


def _serving(
    look: Look, stack: Stack, redis: Redis, container: Container, acl: AclPlan
) -> Iterator[RedisFinding]:
    """One that the inventory names has to answer; how another one is asked may not be known."""
    if container.running and (note := unasked(look, stack, redis.service)):
        yield note
    else:
        yield from serving(look, redis, container, acl)


def _without_network(finding: RedisFinding, container: Container) -> RedisFinding:
    """The engine can't start it, which is a finding: what repairs that starts it, too."""
    if finding.kind is REDIS_STOPPED:
        return replace(finding, resolution=Symptom(f"docker logs --tail 20 {container.name}"))
    return finding


def _said_why(finding: RedisFinding, container: Container) -> RedisFinding:
    """It named the cause itself, which is a finding. Where users are declared, a restart is tried
    before, with what it would read then."""
    if finding.kind in (REDIS_STOPPED, REDIS_RESTART_LOOP, REDIS_SILENT):
        return replace(finding, resolution=Symptom(logs(container)))
    return finding


def safe(
    finding: RedisFinding,
    look: Look,
    stack: Stack,
    redis: Redis,
    service: DeclaredService,
    container: Container,
) -> RedisFinding:
    """The same finding, refused where its remedy could lose data, or change more than is named."""
    remedy = finding.resolution
    if not isinstance(remedy, Remedy) or not remedy.action.starts:
        return finding
    if waiver(finding.kind, finding.subject, look, stack):
        return finding  # It is not repaired.
    recreate = remedy.action is Step.RECREATE
    danger = unsafe(look, redis, service, container, recreate) if remedy.action.stops else None
    because = _unfit(look, stack, redis, service, container, remedy.action)
    if remedy.action.stops:
        because = because or why_not_stop(look, redis, container, remedy.action)
    if danger and danger.of_loss:
        remedy = replace(remedy, loses=danger)
    else:
        because = because or danger
    if recreate:
        because = because or in_the_way(look, service.name)
    if because is None and container.status == "paused":
        return replace(finding, resolution=remedy)  # It keeps its network.
    if recreate and (held := fleeting_content(look, redis, container)):
        remedy = replace(
            remedy, does=f"{remedy.does}; the {held} that it has only in memory will be lost"
        )
    answer = because or followed(look, remedy, [container], recreate)
    return replace(finding, resolution=answer)


def _unfit(
    look: Look,
    stack: Stack,
    redis: Redis,
    service: DeclaredService,
    container: Container,
    step: RedisTask,
) -> Refusal | None:
    """Why it would not start again, or would be another one than the findings name."""
    because = in_use(look, redis, service, container)
    if container.status != "paused":
        because = because or _not_mountable(look, stack, redis, service)
    if step is Step.RECREATE:
        because = (
            because
            or next(iter(why_not_recreate(look, stack, there=True)), None)
            or also_changes(look, stack, container, _named(look, stack, service, container))
        )
    return because


def _named(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> list[Difference]:
    """What is named by findings that nobody has accepted. Its image stays."""
    kinds = {m.target: lacking(m) for m in unmounted(look, stack, service, container)}

    def kind(difference: Difference) -> Kind:
        return kinds.get(difference.item if difference.field == "mounts" else "", CONFIG_DIFFERS)

    return [
        difference
        for difference in drift(look, stack, container)
        if difference.field == "image" or not waiver(kind(difference), service.name, look, stack)
    ]


def _not_mountable(
    look: Look, stack: Stack, redis: Redis, service: DeclaredService
) -> Refusal | None:
    """A file that it mounts, and the host has no more: it would not start again."""
    written = {secret.name for secret in stack.secrets if secret.content}
    inside = look.inside(redis.service)
    seen = inside.files if not isinstance(inside, Unknown) else {}
    for mount in service.mounts:
        if mount.kind not in ("secret", "config") and mount.target not in seen:
            continue
        host = look.files.get(mount.source or "")
        replaced = mount.target == redis.acl_file or {mount.secret, mount.source} & written
        if host is None or (host.missing and replaced):
            continue
        if host.missing or host.kind not in ("", "regular file"):
            is_ = "does not exist" if host.missing else f"is a {host.kind}"
            return Refusal(
                f"{mount.source} {is_}: {service.name} would not start again",
                f"put a file there: {mount.source}",
            )
    return None
