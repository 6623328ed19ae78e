"""Whether Redis' container has the settings, mounts and files that Compose declares."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.kind import Kind, kind
from ....core.resolution import Refusal
from ....core.unknown import Unknown
from ....engine.compose import DeclaredMount, DeclaredService
from ....engine.differences import in_words
from ....engine.docker import Container
from ....engine.files import older
from ....engine.look import Inside, Look
from ....engine.parts import Part
from ....engine.rules.exact import IF_IT_IS_RIGHT, by_env_file, drift, exported
from ....engine.rules.mounts import file_mounts, unmounted
from ....settings import Stack
from ..steps import STOPS, RedisFinding, Step, step_remedy

CONFIG_DIFFERS = kind(
    "config-differs",
    title="Redis' container differs from what Compose declares",
    part=Part.REDIS,
    means="It runs with other settings than the compose file says.",
    known="`docker inspect`, field by field, against what Compose resolves; no value is shown.",
    repair="It is recreated as Compose declares, from the same image, once its save is proved.",
    undo="Put the former setting into the compose file, and run it again.",
    explains=("redis-restart-loop", "acl-not-configured", "redis-silent", "unhealthy"),
    holds_up=("acl-not-configured", "redis-restart-loop"),
)
ENV_FILE_DIFFERS = kind(
    "env-file-differs",
    title="Redis' container may differ from what its env file says",
    part=Part.REDIS,
    means="An env file may have been edited, or its variable was exported when the stack came up.",
    known="A field differs that depends on a variable which an env file sets.",
    repair="Nothing: if the file is right, bring the service up by hand.",
    breaks_health=False,
)
SECRET_NOT_MOUNTED = kind(
    "secret-not-mounted",
    title="A secret is not mounted into Redis",
    part=Part.REDIS,
    means="Redis does not see the file, such as its ACL, and may serve without it.",
    known="The container's mounts, against those that Compose declares.",
    repair="It is recreated with all its mounts, from the same image, once its save is proved.",
    undo="Take the mount out of the compose file, and run it again.",
    explains=("acl-not-configured", "redis-restart-loop", "open", "refuses-user", "unhealthy"),
    holds_up=("start", "acl-not-configured", "redis-restart-loop"),
)
FILE_NOT_MOUNTED = kind(
    "file-not-mounted",
    title="A file is not mounted into Redis",
    part=Part.REDIS,
    means="Redis does not see the file, such as its configuration.",
    known="The container's mounts, against those that Compose declares.",
    repair="It is recreated with all its mounts, from the same image, once its save is proved.",
    undo="Take the mount out of the compose file, and run it again.",
    explains=("acl-not-configured", "redis-restart-loop", "open", "refuses-user", "unhealthy"),
    holds_up=("start", "acl-not-configured", "redis-restart-loop"),
)
SECRET_UNREADABLE = kind(
    "secret-unreadable",
    title="Redis can't read a file that is mounted",
    part=Part.REDIS,
    means="It keeps what it has read before, and would not start again.",
    known="Owner and mode of the file, against the user that Redis runs as.",
    repair="Nothing: the inventory does not say whose the file should be.",
    explains=("redis-restart-loop", "acl-differs"),
    holds_up=STOPS,
)
SECRET_STALE = kind(
    "secret-stale",
    title="A container sees an older file than the host has",
    part=Part.REDIS,
    means="The file was replaced; a mount of a single file keeps the former one.",
    known="The inode of the file on the host, against the one in the container.",
    repair="It is restarted once its save is proved, and so mounts the current file.",
    explains=("acl-differs", "refuses-user", "unhealthy"),
)


def configuration(
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
    yield CONFIG_DIFFERS.found(
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
        yield ENV_FILE_DIFFERS.found(
            container.service,
            "may differ from what its env file says now",
            f"{container.name} {in_words(fields)}, which depends on {by_env_file(fields)};"
            f" {IF_IT_IS_RIGHT} docker compose up -d {container.service}",
        )


def lacking(mount: DeclaredMount) -> Kind:
    """The kind of finding where a container lacks a mount."""
    return SECRET_NOT_MOUNTED if mount.kind == "secret" else FILE_NOT_MOUNTED


def mounts(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> Iterator[RedisFinding]:
    """Secrets and files that Compose mounts, and the container lacks."""
    for mount in unmounted(look, stack, service, container):
        there = container.mount(mount.target)
        yield lacking(mount).found(
            service.name,
            f"has no {mount.target}" if there is None else f"has another file at {mount.target}",
            f"Compose mounts {mount.source}, {container.name} has"
            f" {there.source if there else 'nothing there'}",
            step_remedy(Step.RECREATE, "recreate it, with all its mounts"),
        )


def files(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> Iterator[RedisFinding]:
    """Mounted files as the container sees them, against the host's."""
    inside = look.inside(service.name)
    if isinstance(inside, Unknown) or not container.running:
        return
    for mount in file_mounts(look, service):
        yield from stale(look, inside, mount, service.name)
        seen = inside.files.get(mount.target)
        unreadable = seen and not seen.readable_by(inside.uid, inside.groups)
        # Where the inventory says whose it should be, that is a finding of its own.
        if seen and unreadable and not _owned(stack, mount):
            yield SECRET_UNREADABLE.found(
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
        yield SECRET_STALE.found(
            mount.target,
            f"is an older file in {service} than on the host",
            f"the host's {host.path} has inode {host.inode}, {service} sees inode {seen.inode}",
            step_remedy(
                Step.RESTART, f"restart {service}, so that it mounts the host's current file"
            ),
        )
