"""Which files Compose mounts into a service one by one, and its container lacks."""

from __future__ import annotations

from ...core.kind import kind
from ...settings import Stack
from ..compose import DeclaredMount, DeclaredService
from ..docker import Container
from ..look import Look
from ..parts import Part
from .exact import exported

API_NOT_MOUNTED = kind(
    "api-not-mounted",
    title="The API lacks a file that Compose mounts",
    part=Part.API,
    means="It does not see a secret or a setting.",
    known="The container's mounts, against those that Compose declares.",
    repair="It is recreated with all its mounts, from the same image, unless it has files of its"
    " own.",
    undo="Take the mount out of the compose file, and run it again.",
    explains=("api-unhealthy", "unhealthy"),
)


def unmounted(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> list[DeclaredMount]:
    """The single files of the host that Compose mounts, and the container lacks.

    One in whose place is another file may be the one that a variable named when the stack came up.
    """
    named = {d.item for d in exported(look, stack, container) if (d.how, d.field) == _ANOTHER_MOUNT}
    return [
        mount
        for mount in file_mounts(look, service)
        if mount.target not in named
        and ((there := container.mount(mount.target)) is None or there.source != mount.source)
    ]


_ANOTHER_MOUNT = ("changed", "mounts")


def file_mounts(look: Look, service: DeclaredService) -> list[DeclaredMount]:
    """What Compose mounts into a service as a single file of the host."""
    return [
        m
        for m in service.mounts
        if m.source
        and (
            m.kind in ("secret", "config")
            or (m.kind == "bind" and (f := look.files.get(m.source)) and f.kind == "regular file")
        )
    ]
