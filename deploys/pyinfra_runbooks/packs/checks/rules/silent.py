"""Files that could not be looked at: what depends on them is not judged, and a note says so."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.unknown import Unknown
from ....engine.look import Look
from ....engine.parts import Part
from ....settings import Stack

FILE_SILENT = kind(
    "file-silent",
    title="A file could not be looked at",
    part=Part.HEALTH,
    means="What depends on it is not judged; all else is.",
    known="Its file system does not answer within the time that a look has.",
    repair="Nothing: look at the mount on the host.",
    breaks_health=False,
)


def findings(look: Look, _: Stack) -> Iterator[Finding[None]]:
    """Files whose file system does not answer, on the host or in a container."""
    insides = [i for i in look.insides.values() if not isinstance(i, Unknown)]
    for seen in (look.files, *(inside.files for inside in insides)):
        for file in seen.values():
            if file.silent:
                problem = "was not checked: its file system does not answer"
                yield FILE_SILENT.found(file.path, problem, file.error or "")
