"""Who else writes to a container's data: two that don't know of each other destroy it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from ...core.resolution import Refusal
from ..docker import Container
from ..look import Look
from . import jobs

_AT_WORK = ("running", "paused", "restarting")
"""What a container is that has files open, or will have at any moment."""
_NO_DATA = ("/etc/", "/run/", "/var/run/", "/dev/", "/proc/", "/sys/")
"""Where the host has sockets, devices and settings, which many share."""


def writers(look: Look, places: Collection[str | None], but: str = "") -> list[Container]:
    """The containers that write to one of the places, or will when they go on.

    One that mounts it read-only, as backups do, destroys nothing.

    + places: paths on the host, and names of volumes
    + but: the id of the container that the data belongs to
    """
    return [
        c
        for c in look.containers
        if c.id != but
        and c.status in _AT_WORK
        and any(m.writable and m.source and {m.source, m.name} & set(places) for m in c.mounts)
    ]


def shared(containers: Sequence[Container]) -> tuple[str, ...]:
    """What several containers may write to, whether they run or not: volumes and paths on the host.

    Compose mounts a named volume in every replica of a service.

    + containers: such as the replicas of one service
    """
    found = Counter(
        place
        for c in containers
        for place in {m.name or m.source for m in c.mounts if m.writable and is_data(m.source)}
    )
    return tuple(sorted(place for place, number in found.items() if number > 1))


def at_it(look: Look, container: Container) -> Refusal | None:
    """Why a container is not started: another one is at its data, which Compose does not keep
    there, such as what restores or converts that.
    """
    own = {m.source for m in container.mounts if m.writable and is_data(m.source)}
    for other in writers(look, own, but=container.id):
        if not stays(look, other, own):
            return Refusal(f"{writes(other)} to the same data", f"docker stop {other.name}")
    return None


def writes(other: Container) -> str:
    """What it does, or will do when it goes on, in words."""
    return f"{other.name} {'' if other.running else f'is {other.status}, and '}writes"


def is_data(source: str) -> bool:
    """Whether a mount's source may hold data: no socket, device or setting of the host."""
    return bool(source) and not f"{source}/".startswith(_NO_DATA)


def stays(look: Look, other: Container, places: Collection[str | None]) -> bool:
    """Whether Compose has it run beside: its own service mounts that, and is to go on running.

    + places: paths on the host, and names of volumes

    Where others are started again and it is not, it may be there for the time being.
    """
    service = look.declared.services.get(other.service)
    if service is None or other not in look.members():
        return False
    there = [m for m in other.mounts if {m.source, m.name} & set(places)]
    declared = {(m.source, m.target) for m in service.mounts}
    if not all({(m.source, m.target), (m.name, m.target)} & declared for m in there):
        return False
    is_ = jobs.role(look, other)
    return is_ is jobs.Role.SERVER or (is_ is jobs.Role.UNKNOWN and not jobs.some_restart(look))
