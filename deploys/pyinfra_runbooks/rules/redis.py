"""Whether Redis runs as declared: its container, its mounts, its secrets and its ACL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..compose import DeclaredMount, DeclaredService
from ..differences import Difference, in_words
from ..disruption import Disruption
from ..engine import Container
from ..files import older
from ..findings import Refusal, Remedy, Unknown, remedies
from ..look import Inside, Look
from ..settings import Stack
from . import undeclared
from .acl import acl_plan
from .actors import end_of
from .data import accepted, in_use, unsafe, would_be_empty
from .depending import held_up
from .exact import IF_IT_IS_RIGHT, also_changes, by_env_file, drift, exported
from .mounts import file_mounts, unmounted
from .namespaces import cut_off, followed, network_gone
from .network_settings import in_the_way
from .resolution import doubts
from .restraint import deviation
from .serving import serving
from .steps import RedisFinding, Step, redis_finding, step_remedy


def findings(look: Look, stack: Stack) -> list[RedisFinding]:
    """Everything about Redis that is not as it should be, with what repairs it at least."""
    name = stack.redis.service
    service = look.declared.services.get(name)
    if service is None:
        return [
            redis_finding(
                "redis-undeclared",
                name,
                "is not a service of this project",
                undeclared.seen(look, name),
                undeclared.refusal(look, name, "Redis(service=...)"),
            )
        ]
    containers = look.members(name)
    if len(containers) != 1:
        return [_not_one(look, stack, service, containers)]
    container = containers[0]
    acl = acl_plan(look, stack, service)
    found = [
        *_state(container),
        *_network(look, container),
        *_mounts(look, stack, service, container),
        *_configuration(look, stack, service, container),
        *_files(look, stack, service, container),
        *serving(look, stack, container, acl),
    ]
    safe = [_safe(f, look, stack, service, container) for f in found]
    return held_up(safe, stack.max_disruption)


def will_recreate(look: Look, stack: Stack) -> bool:
    """Whether the findings, within the cap, come to a new container."""
    capped = [finding.within(stack.max_disruption) for finding in findings(look, stack)]
    return any(remedy.action is Step.RECREATE for remedy in remedies(capped))


def _not_one(
    look: Look, stack: Stack, service: DeclaredService, containers: tuple[Container, ...]
) -> RedisFinding:
    """None or several containers where there has to be one."""
    if half_made := _half_made(containers):
        return redis_finding(
            "redis-half-made",
            half_made.name,
            "was left by an interrupted docker compose, or one that is still running",
            "; ".join(c.distinguished for c in containers),
            Refusal(
                "it never ran, and the container that it should replace is still there",
                f"if no deployment is running: {end_of(half_made, containers)}; then run this"
                " again",
            ),
        )
    if containers:
        return redis_finding(
            "redis-several",
            service.name,
            f"has {len(containers)} containers, so none of them gets a login",
            "; ".join(c.distinguished for c in containers),
            Refusal(
                "labels prove nothing, so it is not known which of them is Redis",
                "find out where the others come from, and remove them: docker inspect NAME",
            ),
        )
    name = service.container_name or f"{look.declared.name}-{service.name}-1"
    by_hand = next((c for c in look.containers if c.name == name), None)
    if by_hand:
        return redis_finding(
            "redis-by-hand",
            name,
            "was not created by Compose",
            f"container {by_hand.id[:12]}, image {by_hand.image_name}, {by_hand.status}",
            Refusal(
                "it has the name that Compose would use, and what it holds is not known",
                f"look at it, then give it another name: docker rename {name} …",
            ),
        )
    answer = (
        in_use(look, stack, service)
        or next(iter(doubts(look, stack)), None)
        or would_be_empty(look, stack, service)
    )
    return redis_finding(
        "redis-removed",
        service.name,
        "has no container",
        f"docker ps -a shows none for service {service.name} of project {look.declared.name}",
        answer
        or step_remedy(Step.RECREATE, f"create it from image {service.image}", Disruption.NONE),
    )


def _half_made(containers: tuple[Container, ...]) -> Container | None:
    """The one of two that Compose made in the place of the other, and never started."""
    made = [
        c
        for c in containers
        if c.status == "created" and any(c.replaces == other.id[:12] for other in containers)
    ]
    return made[0] if len(made) == 1 and len(containers) == 2 else None


def _state(container: Container) -> Iterator[RedisFinding]:
    status, name = container.status, container.name
    if status in ("exited", "created"):
        evidence = f"{name} is {status}, exit code {container.exit_code}"
        yield redis_finding(
            "redis-stopped",
            container.service,
            "is not running",
            evidence,
            step_remedy(Step.START, "start it"),
        )
    elif status == "paused":
        yield redis_finding(
            "redis-paused",
            container.service,
            "is paused",
            f"{name} is paused",
            step_remedy(Step.START, "unpause it"),
        )
    elif status == "restarting":
        yield redis_finding(
            "redis-restart-loop",
            container.service,
            "keeps restarting",
            f"{name} was restarted {container.restarts} times, exit code {container.exit_code};"
            f" docker logs {name}",
            step_remedy(Step.RESTART, "restart it, once the other findings are repaired"),
        )
    elif status != "running":
        yield redis_finding(
            "redis-state",
            container.service,
            f"is {status}",
            name,
            Refusal("Docker is removing it, or failed to", f"docker inspect {name}"),
        )


def _network(look: Look, container: Container) -> Iterator[RedisFinding]:
    """The network that it lives in is gone, and with it all that could attach it to another."""
    if gone := network_gone(look, container):
        yield redis_finding(
            "network-gone",
            container.service,
            "is configured for a network that is gone, and can't start again",
            gone,
            step_remedy(Step.RECREATE, "recreate it, on the network that there is"),
        )
    elif container.running and (why := cut_off(look, container)):
        step = Step.RECREATE if why.again else Step.RESTART
        answer = step_remedy(step, "recreate it" if why.again else "restart it")
        waiting = Refusal(
            f"it shares the network of {why.waits}, which does not run", f"start {why.waits} first"
        )
        yield redis_finding(
            "sidecar-cut-off",
            container.service,
            "is cut off: the network that it shares is gone",
            why.evidence,
            waiting if why.waits else answer,
        )


def _configuration(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> Iterator[RedisFinding]:
    """The container's fields against Compose's. Its image stays; files have their own kinds."""
    yield from _by_env_file(look, stack, container)
    mounted = {mount.target for mount in unmounted(look, stack, service, container)}
    fields = [
        difference
        for difference in drift(look, stack, container)
        if difference.field != "image"
        and not (difference.field == "mounts" and difference.item in mounted)
    ]
    if not fields:
        return
    files = ", ".join(container.config_files) or "no file"
    yield redis_finding(
        "config-differs",
        service.name,
        "differs from what Compose declares",
        f"{container.name} {in_words(fields)}; it was created from {files}",
        step_remedy(
            Step.RECREATE,
            "recreate it as Compose declares, from the image that was running"
            f" ({container.image[:19]})",
        ),
    )


def _by_env_file(look: Look, stack: Stack, container: Container) -> Iterator[RedisFinding]:
    """What an edited env file may explain, and an export as well."""
    fields = [d for d in exported(look, stack, container) if not d.free]
    if fields:
        yield redis_finding(
            "env-file-differs",
            container.service,
            "may differ from what its env file says now",
            f"{container.name} {in_words(fields)}, which depends on {by_env_file(fields)};"
            f" {IF_IT_IS_RIGHT} docker compose up -d {container.service}",
            None,
        )


def _mounts(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> Iterator[RedisFinding]:
    """Secrets and files that Compose mounts, and the container lacks."""
    for mount in unmounted(look, stack, service, container):
        there = container.mount(mount.target)
        yield redis_finding(
            "secret-not-mounted" if mount.kind == "secret" else "file-not-mounted",
            service.name,
            f"has no {mount.target}" if there is None else f"has another file at {mount.target}",
            f"Compose mounts {mount.source}, {container.name} has"
            f" {there.source if there else 'nothing there'}",
            step_remedy(Step.RECREATE, "recreate it, with all its mounts"),
        )


def _files(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> Iterator[RedisFinding]:
    """Mounted files as the container sees them, against the host's."""
    inside = look.inside_redis
    if isinstance(inside, Unknown) or not container.running:
        return
    for mount in file_mounts(look, service):
        yield from stale(look, inside, mount, service.name)
        seen = inside.files.get(mount.target)
        unreadable = seen and not seen.readable_by(inside.uid, inside.groups)
        # Where the inventory says whose it should be, that is a finding of its own.
        if seen and unreadable and not _owned(stack, mount):
            yield redis_finding(
                "secret-unreadable",
                mount.target,
                f"can't be read by {service.name}",
                f"it belongs to {seen.uid}:{seen.gid} with mode {seen.mode:04o},"
                f" {service.name} runs as {inside.uid}",
                Refusal(
                    "the inventory does not say whose it should be",
                    f"declare it: Secret({mount.secret or mount.source!r}, owner={inside.uid},"
                    " mode=0o400)",
                ),
            )


def _owned(stack: Stack, mount: DeclaredMount) -> bool:
    return any(
        s.name in (mount.secret, mount.source) and s.owner is not None for s in stack.secrets
    )


def stale(look: Look, inside: Inside, mount: DeclaredMount, service: str) -> Iterator[RedisFinding]:
    """A single-file mount holds an inode: a host file that was replaced is not what is mounted."""
    host, seen = look.files.get(mount.source or ""), inside.files.get(mount.target)
    if host and seen and older(host, seen):
        yield redis_finding(
            "secret-stale",
            mount.target,
            f"is an older file in {service} than on the host",
            f"the host's {host.path} has inode {host.inode}, {service} sees inode {seen.inode}",
            step_remedy(
                Step.RESTART, f"restart {service}, so that it mounts the host's current file"
            ),
        )


def _safe(
    finding: RedisFinding, look: Look, stack: Stack, service: DeclaredService, container: Container
) -> RedisFinding:
    """The same finding, refused where its remedy could lose data, or change more than is named."""
    if not isinstance(finding.answer, Remedy) or finding.answer.action < Step.START:
        return finding
    if deviation(finding.kind, finding.subject, look, stack):
        return finding  # It is not repaired.
    recreate = finding.answer.action is Step.RECREATE
    because = in_use(look, stack, service, container)
    if container.status != "paused":
        because = because or _not_mountable(look, stack, service)
    if recreate:
        because = (
            because
            or next(iter(doubts(look, stack, there=True)), None)
            or also_changes(look, stack, container, _named(look, stack, service, container))
        )
    if finding.answer.action >= Step.RESTART:
        because = because or unsafe(look, stack, service, container, recreate)
    if recreate:
        because = because or in_the_way(look, service.name)
    if because is None and container.status == "paused":
        return finding  # It keeps its network.
    remedy = finding.answer
    if recreate and (keys := accepted(look, stack, container)):
        remedy = replace(
            remedy, does=f"{remedy.does}; the {keys} that it has only in memory will be lost"
        )
    answer = because or followed(look, remedy, [container], recreate)
    return replace(finding, answer=answer)


def _named(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> list[Difference]:
    """What is named by findings that nobody has accepted. Its image stays."""
    lacking = unmounted(look, stack, service, container)
    found = _mounts(look, stack, service, container)
    kinds = {mount.target: finding.kind for mount, finding in zip(lacking, found, strict=True)}

    def kind(difference: Difference) -> str:
        return kinds.get(difference.item if difference.field == "mounts" else "", "config-differs")

    return [
        difference
        for difference in drift(look, stack, container)
        if difference.field == "image" or not deviation(kind(difference), service.name, look, stack)
    ]


def _not_mountable(look: Look, stack: Stack, service: DeclaredService) -> Refusal | None:
    """A file that it mounts, and the host has no more: it would not start again."""
    written = {secret.name for secret in stack.secrets if secret.content}
    inside = look.inside_redis
    seen = inside.files if not isinstance(inside, Unknown) else {}
    for mount in service.mounts:
        if mount.kind not in ("secret", "config") and mount.target not in seen:
            continue
        host = look.files.get(mount.source or "")
        replaced = mount.target == stack.redis.acl_file or {mount.secret, mount.source} & written
        if host is None or (host.missing and replaced):
            continue
        if host.missing or host.kind not in ("", "regular file"):
            is_ = "does not exist" if host.missing else f"is a {host.kind}"
            return Refusal(
                f"{mount.source} {is_}: {service.name} would not start again",
                "put that file back",
            )
    return None
