"""What last words come to, for a person: what is wrong, how that is known, and what to do. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import NamedTuple

from ...engine.docker import Container
from ...engine.last_words import What, Words


class Worded(NamedTuple):
    """
    A cause in words.

    + problem, evidence: as in a finding
    + because, instead: as in a refusal
    """

    problem: str
    evidence: str
    because: str
    instead: str


def worded(container: Container, words: Words) -> Worded:
    """What a container's last words come to; they have to be a cause's."""
    return _WORDED[words.what](container, words)


_FORMATS = {
    "9": "Redis 5.0 or later",
    "10": "Redis 7.0 or later",
    "11": "Redis 7.2, Valkey 7.2 or later",
    "12": "Redis 7.4 or later",
    "80": "Valkey 9.0 or later",
}


def _newer(container: Container, words: Words) -> Worded:
    service, image = container.service, container.image_name
    up = shlex.join(("docker", "compose", "up", "--detach", "--no-deps", service))
    if words.of("format"):
        wrote = words.of("writer") or _FORMATS.get(words.of("format"), "a newer server")
        return Worded(
            f"can't read its data: {wrote} wrote it, and {image} is older",
            f"Can't handle RDB format version {words.of('format')}; {wrote} wrote it",
            "no server reads the data of a newer one, and the data must not be deleted for that",
            f"name an image of {wrote} in the compose file, then: {up}",
        )
    if words.of("unused"):
        path = words.of("path") or "/var/lib/postgresql/data"
        return Worded(
            f"can't read its data: it is at {path}, where {image} does not look for it",
            f"there appears to be PostgreSQL data in {path} (unused mount/volume)",
            "from 18 on, the image has its data at /var/lib/postgresql, by major version",
            f"name the former major version's image, or convert the data (pg_upgrade); then: {up}",
        )
    made, runs = words.of("made") or "another version", words.of("runs") or "this one"
    return Worded(
        f"can't read its data: PostgreSQL {made} wrote it, and {image} is {runs}",
        f"the data directory was initialized by PostgreSQL version {made}, not compatible with"
        f" {runs}",
        "PostgreSQL reads data of its own major version only",
        f"name an image of PostgreSQL {made} in the compose file, then: {up}; or convert the data"
        " with pg_upgrade, or a dump",
    )


def _damaged(_: Container, __: Words) -> Worded:
    return Worded(
        "can't read its data: it is damaged",
        "that its data can't be read",
        "what can be saved of it is not known",
        "copy its data first; then redis-check-rdb or redis-check-aof says where it is damaged",
    )


def _denied(container: Container, words: Words) -> Worded:
    error, where = words.of("error"), words.of("path")
    if port := words.of("port"):
        return Worded(
            f"may not listen on port {port}",
            f"{error}, port {port}",
            "only root, or who has CAP_NET_BIND_SERVICE, may listen on such a port",
            "choose a port from 1024 on in its configuration",
        )
    what = where or "a file that it needs (in its data directory, perhaps)"
    if error == "No space left on device":
        return Worded(
            "can't write: no space is left on its file system",
            f"{error}{f', {where}' if where else ''}",
            "what may be deleted is for a person to say",
            "which file system is full: df -h; docker system df",
        )
    return Worded(
        f"can't open {what}: {error[:1].lower()}{error[1:]}",
        f"{error}{f', {where}' if where else ''}",
        "whose the file should be is not known",
        f"compare its owner and mode with the user of {container.service}:"
        f" {_mounted(container, where)}",
    )


def _mounted(container: Container, path: str) -> str:
    """What shows a file's owner, on the host where it is mounted."""
    over = [m for m in container.mounts if path and f"{path}/".startswith(f"{m.target}/")]
    found = over or [m for m in container.mounts if m.writable]
    if not found:
        return f"docker inspect {container.name}"
    return shlex.join(("ls", "-lnd", *dict.fromkeys(m.source for m in found)))


def _missing(container: Container, words: Words) -> Worded:
    if module := words.of("module"):
        return Worded(
            f"lacks a module: {module}",
            f"that there is no module {module}",
            "it is not in its image, or a mount hides it",
            f"build its image again: docker compose build {container.service}; or see what it"
            " mounts over it",
        )
    where = words.of("path") or "a file"
    return Worded(
        f"needs {where}, which is not there",
        f"No such file or directory{f': {where}' if words.of('path') else ''}",
        "what is to be in it is not known",
        f"mount it in the compose file, or correct the path that {container.service} is given",
    )


def _configuration(container: Container, words: Words) -> Worded:
    directive, at, file = (words.of(key) for key in ("directive", "line", "file"))
    place = f"{file}, line {at}" if file and at else file or (f"line {at}" if at else "")
    if words.of("empty"):
        return Worded(
            f"refuses its configuration: {directive} has no value",
            f"{directive} without a value{f', {place}' if place else ''}",
            "a variable that was to give the value is empty, or not set",
            "set it in the env file of the project; which are missing: docker compose config",
        )
    what = " of ".join(filter(None, (directive, place and f"its configuration ({place})")))
    error = words.of("error")
    return Worded(
        f"refuses its configuration{f': {directive}' if directive else ''}"
        f"{f' ({place})' if place else ''}",
        f"that it refuses {what or 'its configuration'}{f': {error}' if error else ''};"
        " its value is not shown",
        "what the line should say is not known",
        f"correct that line, or option, of {container.service}",
    )


def _acl(_: Container, words: Words) -> Worded:
    place = ", line ".join(filter(None, (words.of("file"), words.of("line"))))
    why = words.of("error") or "a rule is refused"
    return Worded(
        f"refuses its ACL{f' ({place})' if place else ''}: {why}",
        f"an error in its ACL{f', {place}' if place else ''}: {why}",
        "whom it should let in is not known",
        "correct that line, or declare its users: Redis(users=...)",
    )


def _port(container: Container, words: Words) -> Worded:
    port = f"port {words.of('port')}" if words.of("port") else "a port"
    return Worded(
        f"can't have {port}: it is in use",
        f"{port}: address already in use",
        "what has it may be right",
        "see who has it: ss -ltnp; docker ps; then free it, or choose another one in the compose"
        f" file for {container.service}",
    )


def _memory(container: Container, words: Words) -> Worded:
    if words.of("killed"):
        return Worded(
            "was killed: it had too little memory",
            "nothing; the engine says that it was killed for lack of memory (OOMKilled)",
            "how much memory it may have is for a person to say",
            f"raise its limit (mem_limit, deploy.resources), or lower what {container.service}"
            " takes, such as maxmemory",
        )
    return Worded(
        "ended: it had too little memory",
        "that no memory could be had",
        "how much memory it may have is for a person to say",
        "raise its limit, or the host's memory: free -m; docker stats --no-stream",
    )


def _program(container: Container, words: Words) -> Worded:
    what = words.of("path") or "what it is to execute"
    error = words.of("error")
    why = {
        "exec format error": "is for another processor, or a script without #! in its first line",
        "permission denied": "is not executable",
    }.get(error, "is not there, or the interpreter in its first line is not")
    return Worded(
        f"can't be started: {what} {why}",
        f"exec {words.of('path') or '...'}: {error or 'failed'}",
        "its image, and its command or entrypoint, do not fit together",
        f"compare command, entrypoint and platform of {container.service} with its image:"
        f" docker image inspect {container.image_name}; a script must not have CRLF line ends",
    )


_WORDED: dict[What, Callable[[Container, Words], Worded]] = {
    What.NEWER: _newer,
    What.DAMAGED: _damaged,
    What.DENIED: _denied,
    What.MISSING: _missing,
    What.CONFIGURATION: _configuration,
    What.ACL: _acl,
    What.PORT: _port,
    What.MEMORY: _memory,
    What.PROGRAM: _program,
}
