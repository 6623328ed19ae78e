"""Files that could not be looked at: what depends on them is not judged, and a note says so."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Part, Unknown
from ..look import Look

FileFinding = Finding[None]


def findings(look: Look) -> Iterator[FileFinding]:
    """Files whose file system does not answer, on the host or in a container."""
    insides = [i for i in (look.inside_redis, look.inside_api) if i and not isinstance(i, Unknown)]
    for seen in (look.files, *(inside.files for inside in insides)):
        for file in seen.values():
            if file.silent:
                yield Finding(
                    Part.HEALTH,
                    "file-silent",
                    file.path,
                    "was not checked: its file system does not answer",
                    file.error or "",
                    None,
                )
