"""Whether those who need a mounted file may read it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from ...core.unknown import Unknown
from ...engine.files import File
from ...packs.redis.rules.data import holding
from ...settings import Stack
from ..obstacles import Checked, Obstacle, Weight, counted
from ..readers import Reader, serves_as, source_of, starts_as
from ..seen import Asked, Found


def judge(found: Found, asked: Asked, own: frozenset[tuple[str, str]]) -> Checked:
    """Each mounted file against the user who opens it: the service's first process, or its Redis.

    + own: services, and paths in them, that Redis itself opens, and not the script that starts it
    """
    obstacles, unseen, readers = [], [], []
    notes: list[str] = []
    opened = [*_files(found), *_opened(found, asked)]
    for service, target, file in opened:
        server = (service, target) in own
        reader = (serves_as if server else starts_as)(found, asked, service)
        if isinstance(reader, Unknown):
            # A service without an image is a finding already.
            if found.image(service) is not None:
                unseen.append(f"whether {service} may read its files: {reader.reason}")
        elif reader.reads(file):
            readers.append(reader)
            notes += _by_root_alone(found, asked, service, file) if not server else []
        elif server and reader.gives_config and _its_own(found, service, target):
            notes.append(f"{file.path}: {reader.because}, and gives it that file before")
        else:
            obstacles.append(_unreadable(service, file, reader))
    number = len({(s, f.path) for s, _, f in opened})
    fine = (f"{counted(number, 'mounted file')} readable for who opens it",)
    whole = readers and not obstacles and not unseen
    return Checked(tuple(obstacles), tuple(unseen), tuple(notes), fine if whole else ())


def _files(found: Found) -> Iterator[tuple[str, str, File]]:
    for name, service in sorted(found.declared.services.items()):
        for mount in service.mounts:
            file = found.look.files.get(mount.source or "")
            if mount.kind != "volume" and file and file.kind == "regular file":
                yield name, mount.target, file


def _opened(found: Found, asked: Asked) -> Iterator[tuple[str, str, File]]:
    """What servers open in directories that are mounted: only a trial sees it."""
    alone = {(service, target) for service, target, _ in _files(found)}
    for service, tried in asked.tried.items():
        for file in tried.opens:
            source = source_of(found, service, file.path)
            if source and (service, file.path) not in alone and file.kind == "regular file":
                yield service, file.path, replace(file, path=source)


def _by_root_alone(found: Found, asked: Asked, service: str, file: File) -> list[str]:
    """A secret that its start script and its health check can read, and its server can't."""
    reader = serves_as(found, asked, service)
    if isinstance(reader, Unknown) or reader.reads(file):
        return []
    return [
        f"{file.path} is for root alone in {service}: its server, {reader.uid}"
        f" ({reader.because}), can't read it; a health check can"
    ]


def _its_own(found: Found, service: str, target: str) -> bool:
    """Its configuration file, where it may change that."""
    mount = holding(found.declared.services[service].mounts, target)
    conf = target == found.servers[service].conf
    return conf and mount is not None and mount.writable and mount.kind == "bind"


def _unreadable(service: str, file: File, reader: Reader) -> Obstacle:
    path = shlex.quote(file.path)
    own = file.uid == reader.uid
    return Obstacle(
        Weight.STOPS,
        "file-unreadable",
        file.path,
        f"can't be read by {service}",
        f"it belongs to {file.uid}:{file.gid} with mode {file.mode:04o};"
        f" {service} is {reader.uid} ({reader.because})",
        f"chmod u+r {path}" if own else f"chown {reader.uid} {path} && chmod u+r {path}",
        file.path,
    )


def opened_by_servers(
    found: Found, asked: Asked, stack: Stack | None
) -> frozenset[tuple[str, str]]:
    """Where servers have their configuration and their ACL: service and path in the container."""
    own = set()
    for name, server in found.servers.items():
        tried = asked.tried.get(name)
        own |= {(name, path) for path in (server.conf, server.acl, tried.acl if tried else "")}
    if stack is not None:
        own |= {(redis.service, redis.acl_file) for redis in stack.servers}
    return frozenset(pair for pair in own if pair[1])
