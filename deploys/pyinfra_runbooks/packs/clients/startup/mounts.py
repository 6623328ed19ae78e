"""What a service of a compose file mounts, and where. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

_OPTION = r"ro|rw|z|Z|nocopy|consistent|cached|delegated|r?(shared|slave|private)"


def mounted(written: Mapping[str, Any], service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Files of the host, and where a service has them."""
    for secret in service.get("secrets") or ():
        top = (written.get("secrets") or {}).get(secret["source"]) or {}
        if file := top.get("file"):
            target = secret.get("target") or secret["source"]
            yield file, target if target.startswith("/") else f"/run/secrets/{target}"
    yield from volumes(service)


def volumes(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a service mounts, and where; while variables are not set, the short form stays whole."""
    for volume in service.get("volumes") or ():
        source, _, target = volume["target"].rpartition(":")
        if ":" in source and all(re.fullmatch(_OPTION, word) for word in target.split(",")):
            source, _, target = source.rpartition(":")
        yield (source or volume.get("source") or "", target)


def holds(target: str, path: str) -> bool:
    """Whether a path is what is mounted there, or in it."""
    return path == target or path.startswith(f"{target.rstrip('/')}/")


def targets(service: Mapping[str, Any]) -> Iterator[str]:
    """Where a service has what is mounted."""
    for secret in service.get("secrets") or ():
        yield posixpath.join("/run/secrets", secret.get("target") or secret["source"])
    yield from (target for _, target in volumes(service))
