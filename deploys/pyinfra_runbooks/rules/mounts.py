"""Which files Compose mounts into a service one by one, and its container lacks."""

from __future__ import annotations

from ..compose import DeclaredMount, DeclaredService
from ..engine import Container
from ..look import Look
from ..settings import Stack
from .exact import exported


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
