"""Real servers of other Debian releases, which run here without a container.

Their files come out of the lab's images, and they start through their own loader, so that neither
root nor a chroot is needed. They are kept below `.lab/servers`, for as long as the image stays.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab import engine
from lab.paths import STATE

KEPT = STATE / "servers"
_LIBRARIES = ("lib", "lib64", "usr/lib", "usr/lib64")


@dataclass(frozen=True)
class Server:
    """A kind of server.

    + name: as it is in the names of cases
    + kind: ``redis`` or ``valkey``
    + origin: the lab's image that holds it, or the Debian release that it is built from
    """

    name: str
    kind: str
    origin: str

    @property
    def programs(self) -> tuple[str, str]:
        return f"{self.kind}-server", f"{self.kind}-cli"


SERVERS = {
    server.name: server
    for server in (
        Server("redis-7.0", "redis", "lab/redis:7.0"),
        Server("redis-8.0", "redis", "lab/redis:8.0"),
        Server("valkey-8.1", "valkey", "lab/valkey:8.1"),
        Server("valkey-9.1", "valkey", "sid"),
    )
}
USUAL = ("redis-7.0", "redis-8.0", "valkey-8.1")


@cache  # The workers inherit what was found, and share no connection to an engine.
def programs(server: Server) -> Path:
    """A directory with the server's programs, which is made if it is not there."""
    root = _root(server)
    there = root.parent / f"{root.name}.programs"
    if not there.exists():
        made = Path(tempfile.mkdtemp(dir=KEPT))
        made.chmod(0o755)
        for program in server.programs:
            _write(made / program, root, _loader(root))
        _into_place(made, there)
    return there


def copied(server: Server, place: Path) -> Path:
    """The same in another place, for users who may not look into the lab's directory. Their
    processes have their own names there, as they have in a container."""
    root = place / "root"
    shutil.copytree(_root(server), root, symlinks=True)
    for directory in ("programs", "loaders"):
        (place / directory).mkdir()
    for program in server.programs:
        loader = place / "loaders" / program
        loader.symlink_to(_loader(root))
        _write(place / "programs" / program, root, loader)
    return place / "programs"


def _loader(root: Path) -> Path:
    return next(iter([*root.glob("lib64/ld-linux-*.so.*"), *root.glob("lib/ld-linux-*.so.*")]))


def paths(name: str) -> tuple[str, str]:
    """Where a usual server and its client are: the lab's own, whatever else is on this machine."""
    server, cli = (str(programs(SERVERS[name]) / each) for each in SERVERS[name].programs)
    return server, cli


def _write(script: Path, root: Path, loader: Path) -> None:
    """A script that runs the program as it would run at home."""
    program = script.name
    libraries = [str(found.parent) for found in root.glob("usr/lib/*/libc.so.6")]
    path = ":".join([*libraries, str(root / "usr/lib")])
    script.write_text(
        f"#!/bin/sh\nexec {loader} --argv0 {program} --library-path {path}"
        f' {root}/usr/bin/{program} "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)


def _root(server: Server) -> Path:
    KEPT.mkdir(parents=True, exist_ok=True)
    if server.origin.startswith("lab/"):
        image = engine.client().images.get(server.origin)
        root = KEPT / f"{server.name}-{image.id.removeprefix('sha256:')[:16]}"
    else:
        root = KEPT / f"{server.name}-{server.origin}"
    if root.exists():
        return root
    made = Path(tempfile.mkdtemp(dir=KEPT))
    made.chmod(0o755)
    with _packed(server) as tar:
        for member in tar:
            if _wanted(member, server):
                tar.extract(member, made, filter="fully_trusted")
    _into_place(made, root)
    return root


def _wanted(member: tarfile.TarInfo, server: Server) -> bool:
    name = member.name.removeprefix("./")
    if name in _LIBRARIES or "ld-linux" in name:
        return True
    if "/ld-linux" in member.linkname:
        return True
    if name.startswith("usr/bin/"):
        return server.kind in name
    return name.startswith("usr/lib/") and (".so" in name or member.isdir()) and "gconv" not in name


@contextmanager
def _packed(server: Server) -> Iterator[tarfile.TarFile]:
    """The root file system, as a stream."""
    if server.origin.startswith("lab/"):
        container = engine.client().containers.create(server.origin, "none")
        try:
            with tempfile.TemporaryFile() as file:
                for chunk in container.export():
                    file.write(chunk)
                file.seek(0)
                with tarfile.open(fileobj=file) as tar:
                    yield tar
        finally:
            container.remove()
        return
    builder = [
        *("mmdebstrap", "--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io"),
        *('--aptopt=Acquire::Check-Valid-Until "false"', f"--include={server.kind}-server"),
        *(server.origin, "-"),
    ]
    with (
        subprocess.Popen(builder, stdout=subprocess.PIPE, start_new_session=True) as built,
        tarfile.open(fileobj=built.stdout, mode="r|") as tar,
    ):
        yield tar
    assert built.returncode == 0, f"{server.name} could not be built: mmdebstrap {built.returncode}"


def _into_place(made: Path, place: Path) -> None:
    """Another process may have been faster."""
    try:
        made.rename(place)
    except OSError:
        shutil.rmtree(made)
        assert os.path.isdir(place)
