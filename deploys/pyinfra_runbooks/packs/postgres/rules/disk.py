"""Whether PostgreSQL has room for its data."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Note, Refusal
from ....core.unknown import Unknown
from ....engine.look import Look
from ....settings import Stack
from ..probe import POSTGRES
from ..seen import Disk, Seen
from ..settings import Postgres
from ..steps import PART

DISK_FULL = kind(
    "postgres-disk-full",
    title="PostgreSQL's disk is full",
    part=PART,
    means="It stops as soon as it can't write its log ahead (WAL), and does not come up again.",
    known="`df` of its data directory and of `pg_wal`: less than 32 MiB, two WAL segments, left.",
    repair="Nothing: a person decides what may go. Never delete anything in `pg_wal` by hand.",
    explains=("postgres-starting", "postgres-silent", "refuses", "restarting", "unhealthy"),
    holds_up=("api-unhealthy",),
)
DISK_NEARLY_FULL = kind(
    "postgres-disk-nearly-full",
    title="PostgreSQL's disk is nearly full",
    part=PART,
    means="It serves, and stops once the disk is full.",
    known="`df` of its data directory and of `pg_wal`, against Postgres(nearly_full=...): 90 %.",
    repair="Nothing: make room, or give it a larger disk.",
    breaks_health=False,
)

_LEAST = 32 * 1024  # KiB: two WAL segments


def says_so(seen: Seen) -> bool:
    """Whether a login was refused because a disk is full, which is a finding by itself."""
    full = any(disk.available < _LEAST for disk in seen.disks)
    return full and "No space left on device" in seen.says


def findings(look: Look, _: Stack, postgres: Postgres) -> Iterator[Finding[None]]:
    """How full the file systems are that its data is on."""
    seen = look.of(POSTGRES, postgres.service)
    for disk in () if isinstance(seen, Unknown) else seen.disks:
        figures = _figures(disk)
        if disk.available < _LEAST:
            because = "a disk that is full is not emptied by a recovery"
            where = f"make room there: df {disk.path}; what takes it: du -x {disk.path}"
            yield DISK_FULL.found(
                postgres.service, "has no room left for its data", figures, Refusal(because, where)
            )
        elif disk.percent >= postgres.nearly_full:
            yield DISK_NEARLY_FULL.found(
                postgres.service, "has little room left for its data", figures, Note()
            )


def _figures(disk: Disk) -> str:
    free, whole = (_size(kib) for kib in (disk.available, disk.used + disk.available))
    return f"{disk.path}: {disk.percent} % of {whole} in use, {free} left"


def _size(kib: int) -> str:
    """
    >>> _size(3 * 1024), _size(3 * 1024 * 1024)
    ('3 MiB', '3.0 GiB')
    """
    return f"{kib / 1024:.0f} MiB" if kib < 1 << 20 else f"{kib / (1 << 20):.1f} GiB"
