"""What a look sees of files: `describe.sh`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class File:
    """A file on the host or in a container: what it is, and hashes of what is in it.

    + kind: what ``stat`` calls it; ``regular file``
    + mode: permission bits
    + sha256: of its bytes; None where it could not be read or is no small regular file
    + password_sha256: of its bytes without line ends
    + json_sha256: of its bytes without line ends, as a JSON string
    + acl: its lines, where it is an ACL file, with passwords hidden
    + error: why it could not be looked at
    """

    path: str
    kind: str = ""
    uid: int = -1
    gid: int = -1
    mode: int = 0
    inode: int = 0
    size: int = 0
    sha256: str | None = None
    password_sha256: str | None = None
    json_sha256: str | None = None
    line_count: int = 0
    acl: tuple[str, ...] | None = None
    error: str | None = None

    @property
    def missing(self) -> bool:
        return self.error is not None and "No such file" in self.error

    @property
    def silent(self) -> bool:
        """Its file system did not answer in time: nothing is known of it."""
        return self.error is not None and self.error.startswith("no answer")

    def readable_by(self, uid: int, groups: Iterable[int]) -> bool:
        """Whether this user may read it, going by owner and mode; root may read anything."""
        if uid == 0:
            return True
        if uid == self.uid:
            return bool(self.mode & 0o400)
        return bool(self.mode & (0o040 if self.gid in groups else 0o004))


def parse(lines: Sequence[str]) -> dict[str, File]:
    """The files that `describe.sh` describes."""
    files: dict[str, File] = {}
    acl: str | None = None
    for line in lines:
        key, _, value = line.partition(" ")
        if key == "f":
            acl = value
        elif key == "a" and acl is not None:
            file = files.setdefault(acl, File(acl))
            files[acl] = replace(file, acl=(*(file.acl or ()), value))
        elif described := _described(files, key, value):
            files[described.path] = described
    return files


def _described(files: Mapping[str, File], key: str, value: str) -> File | None:
    match key:
        case "s" if (file := about(value)).error is None:
            return file
        case "stat:" if found := re.search(r"(/.*?)'?: (.*)$", value):
            return File(found[1], error=found[2])
        case _ if re.fullmatch(r"[0-9a-f]{64}", key):
            path = value.removeprefix(" ")
            return replace(files.get(path) or File(path), sha256=key)
        case "p" | "j" if found := re.fullmatch(r"([0-9a-f]{64})  (.*)", value):
            digest, file = found[1], files.get(found[2]) or File(found[2])
            if key == "p":
                return replace(file, password_sha256=digest)
            return replace(file, json_sha256=digest)
        case "n" if found := re.fullmatch(r"(\d+) (.*)", value):
            return replace(files.get(found[2]) or File(found[2]), line_count=int(found[1]))
    return None


def about(value: str) -> File:
    """The file that one line of ``stat`` tells of; one with an error where it tells of none."""
    fields = value.split("|", 6)
    numbers = len(fields) == 7 and all(f.isdecimal() for f in fields[1:6])
    if not numbers or not re.fullmatch("[0-7]+", fields[3]):
        return File("", error=value)
    kind, uid, gid, mode, inode, size, path = fields
    return File(
        path,
        kind="regular file" if kind == "regular empty file" else kind,
        uid=int(uid),
        gid=int(gid),
        mode=int(mode, 8),
        inode=int(inode),
        size=int(size),
    )


def older(host: File, seen: File) -> bool:
    """Whether a container sees another file than the one that the host has now.

    One that is written to all the time has another hash at each look, and is the same one.
    """
    if host.inode and host.inode == seen.inode:
        return False
    if host.sha256 and seen.sha256:
        return host.sha256 != seen.sha256
    return bool(host.inode and seen.inode) and host.inode != seen.inode
