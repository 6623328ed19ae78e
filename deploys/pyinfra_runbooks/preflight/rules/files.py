"""Whether what is mounted from the host is there, and is a file where one is meant."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator, Sequence
from hashlib import sha256

from ...engine.compose import DeclaredMount
from ...engine.files import File
from ..obstacles import Checked, Obstacle, Weight, counted, listed
from ..seen import Found

_EMPTY = sha256(b"").hexdigest()
# A directory with such an ending is one that Docker made, where a mounted file was missing.
_FILES = {
    *("acl", "cfg", "cnf", "conf", "crt", "cert", "env", "ini", "json", "key", "lua", "pem"),
    *("properties", "py", "sh", "sql", "toml", "txt", "xml", "yaml", "yml"),
}


def judge(found: Found) -> Checked:
    """Each source of a mount once, with all services that mount it."""
    obstacles, unseen, notes, fine = [], [], [], []
    for (source, kind), users in sorted(_sources(found).items()):
        mount = users[0][1]
        names = listed({service for service, _ in users})
        file = found.look.files.get(source)
        if file is None or (file.error and not file.missing):
            why = file.error if file else "it was not looked at"
            unseen.append(f"{source}, which {names} mounts: {why}")
        elif file.missing and (note := _made(kind, source, users)):
            notes.append(f"{source} is not there: {note} ({names})")
        elif problem := _problem(kind, mount, file, names):
            obstacles.append(problem)
        else:
            fine.append(kind)
    return Checked(tuple(obstacles), tuple(unseen), tuple(notes), tuple(_fine(fine)))


def _fine(kinds: Sequence[str]) -> Iterator[str]:
    if kinds:
        secrets = f", {kinds.count('secret')} of them secrets" if "secret" in kinds else ""
        yield f"{counted(len(kinds), 'mounted path')} there{secrets}"


Mounts = list[tuple[str, DeclaredMount]]
"""Services, and how each mounts the same source."""


def _sources(found: Found) -> dict[tuple[str, str], Mounts]:
    sources: dict[tuple[str, str], Mounts] = {}
    for name, service in sorted(found.declared.services.items()):
        for mount in service.mounts:
            if mount.kind != "volume" and (mount.source or "").startswith("/"):
                sources.setdefault((mount.source or "", mount.kind), []).append((name, mount))
    return sources


def is_file(path: str) -> bool:
    """Whether a path is a file's, by its name."""
    return posixpath.splitext(path)[1].removeprefix(".").lower() in _FILES


def _made(kind: str, source: str, users: Mounts) -> str | None:
    """What Docker makes of a directory that is missing, where that may be meant."""
    mounts = [mount for _, mount in users]
    if kind != "bind" or any(m.created is False or not m.writable for m in mounts):
        return None
    if is_file(source) or any(is_file(m.target) for m in mounts):
        return None
    made = "`up` makes an empty directory there that belongs to root"
    return made if all(m.created for m in mounts) else f"{made}, or an older Compose refuses"


def _problem(kind: str, mount: DeclaredMount, file: File, users: str) -> Obstacle | None:
    path = shlex.quote(file.path)
    what = f"{kind} {mount.secret}" if mount.secret else "bind mount"
    is_secret = kind in ("secret", "config")

    def obstacle(name: str, problem: str, seen: str, do: str) -> Obstacle:
        of = f"{what} of {users}: {seen}"
        return Obstacle(Weight.STOPS, name, file.path, problem, of, do, file.path)

    if file.missing:
        because = f"it is for {mount.target}"
        named = is_file(file.path) or is_file(mount.target)
        return obstacle(
            "file-missing",
            "does not exist: Docker refuses it, or makes an empty directory in its place",
            because,
            "put the file there"
            + ("" if is_secret or named else f"; if it is a directory: mkdir {path}"),
        )
    if file.kind == "directory" and (is_secret or (is_file(file.path) and is_file(mount.target))):
        return obstacle(
            "file-is-directory",
            "is a directory, and a file is meant: Docker makes one where a mounted file is missing",
            f"directory {file.uid}:{file.gid} {file.mode:04o}",
            f"rmdir {path}, if it is empty, and put the file there",
        )
    if kind == "secret" and file.kind == "regular file" and is_empty(file):
        return obstacle(
            "secret-empty",
            "is empty",
            f"{file.size} bytes",
            f"write the secret into {path}, in place, so that owner and mode stay",
        )
    return None


def is_empty(file: File) -> bool:
    """Whether nothing but line ends is in a file."""
    return file.size == 0 or file.password_sha256 == _EMPTY
