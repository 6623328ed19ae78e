"""What the stand-in does for `docker run`, `create` and `cp`: containers, and files in them."""

from __future__ import annotations

import csv
import io
import os
import re
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .containers import Container, EngineError, spawned
from .listing import image_named
from .words import Parsed

if TYPE_CHECKING:
    from .engine import Call, Engine

# Each container has a directory of its own for temporary files.
_IN_TMP = re.compile(r"(?<!\w)/tmp/")


def _mounts(asked: Parsed) -> Iterator[tuple[str, str, bool]]:
    """Source, target and whether it is read-only, of each mount of a `run` or `create`."""
    for text in asked.all("-v", "--volume"):
        source, _, rest = text.partition(":")
        target, _, mode = rest.partition(":")
        yield source, target, "ro" in mode.split(",")
    for text in asked.all("--mount"):
        parts = dict(part.partition("=")[::2] for part in _csv(text))
        source = parts.get("src", parts.get("source", ""))
        target = parts.get("dst", parts.get("target", parts.get("destination", "")))
        if not Path(source).exists():
            raise EngineError(
                f'invalid mount config for type "bind": bind source path does not exist: {source}'
            )
        yield source, target, "readonly" in parts or "ro" in parts


def _csv(text: str) -> list[str]:
    return next(csv.reader([text]))


def run(engine: Engine, call: Call, asked: Parsed) -> int:
    """The command itself, at once: what it mounts is where it is anyway."""
    image, *arguments = asked.rest
    image_named(engine, image)
    moved = [(target, source) for source, target, _ in _mounts(asked) if target != source]
    entrypoint = asked.one("--entrypoint")
    command = [entrypoint] if entrypoint else []
    for word in arguments:
        for target, source in moved:
            if word == target or word.startswith(f"{target}/"):
                word = source + word.removeprefix(target)
        command.append(_IN_TMP.sub(f"{engine.place}/inside/", word))
    stdin = call.stdin if asked.has("-i", "--interactive") else None
    return call.relay(spawned(command, stdin, engine.environment))


def create(engine: Engine, call: Call, asked: Parsed) -> int:
    image, *arguments = asked.rest
    binds = [f"{s}:{t}:{'ro' if ro else 'rw'}" for s, t, ro in _mounts(asked)]
    labels = dict(text.partition("=")[::2] for text in asked.all("-l", "--label"))
    entrypoint = asked.one("--entrypoint")
    config = {
        "Image": image,
        "Cmd": arguments or ["true"],
        "Entrypoint": [entrypoint] if entrypoint else None,
        "Labels": labels,
        "Env": asked.all("-e", "--env"),
        "User": asked.one("-u", "--user"),
    }
    network = asked.one("--network", "--net", default="none")
    host_config = {"Binds": binds, "NetworkMode": network, "RestartPolicy": {"Name": "no"}}
    name = asked.one("--name", default=f"made_{time.monotonic_ns()}")
    made = engine.create(name, config, host_config, {})
    call.out(f"{made.id}\n")
    return 0


def cp(engine: Engine, call: Call, asked: Parsed) -> int:
    source, destination = asked.rest
    if destination == "-":
        name, _, path = source.partition(":")
        call.out(_packed(_real(engine.find(name), path), Path(path).name))
    elif source == "-":
        name, _, path = destination.partition(":")
        container = engine.find(name)
        with tarfile.open(fileobj=io.BytesIO(call.read())) as packed:
            for member in packed:
                _unpack(packed, member, _real(container, f"{path.rstrip('/')}/{member.name}"))
    elif ":" in source and not source.startswith("/"):
        name, _, path = source.partition(":")
        found = _real(engine.find(name), path)
        Path(destination).write_bytes(found.read_bytes())
    else:
        name, _, path = destination.partition(":")
        _real(engine.find(name), path).write_bytes(Path(source).read_bytes())
    return 0


def _real(container: Container, path: str) -> Path:
    """Where a container's path is outside: what it does not mount, it does not have."""
    for mount in container.mounts():
        if path == mount["Destination"] or path.startswith(f"{mount['Destination']}/"):
            return Path(mount["Source"] + path.removeprefix(mount["Destination"]))
    raise EngineError(f"Could not find the file {path} in container {container.name}")


def _packed(path: Path, name: str) -> bytes:
    if not path.exists():
        raise EngineError(f"Could not find the file {path} in container")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(path, arcname=name, filter=_whole_seconds)
    return packed.getvalue()


def _whole_seconds(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Docker's headers know no fractions."""
    member.mtime = int(member.mtime)
    return member


def _unpack(packed: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    content = packed.extractfile(member)
    if content is None:
        path.mkdir(exist_ok=True)
        return
    path.write_bytes(content.read())  # as Docker does: not at once, and in place
    os.chown(path, member.uid, member.gid)
    path.chmod(member.mode)
