"""What is asked of which image, after what was found: the host decides nothing. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..engine.compose import DeclaredMount, DeclaredService
from ..packs.redis.rules.data import holding
from ..packs.redis.scripts import mount_option, mounted_conf
from ..settings import Stack
from .probe import Trial
from .readers import is_root
from .rules.ports import contested
from .seen import Found, Image, Server


@dataclass(frozen=True, slots=True)
class Questions:
    """What the second look asks.

    + images: the ids of those whose users are asked for, each with the script that starts it
    + trials: the servers that are tried
    + inodes: the sockets whose process is asked for
    """

    images: tuple[tuple[str, str], ...]
    trials: tuple[Trial, ...]
    inodes: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Whether there is nothing to ask."""
        return not (self.images or self.trials or self.inodes)


def with_declared_servers(found: Found, stack: Stack | None) -> Found:
    """The same, with the servers that the inventory names, where their commands do not show it."""
    more = {
        redis.service: Server(redis.service, "", script=True, conf=mounted_conf(service.mounts))
        for redis in (stack.servers if stack else ())
        if (service := found.declared.services.get(redis.service))
    }
    return replace(found, servers={**more, **found.servers})


def questions(found: Found, stack: Stack | None) -> Questions:
    """What is to be asked of the images that are there, and of the kernel."""
    images: dict[str, str] = {}
    trials = []
    for name, service in sorted(found.declared.services.items()):
        image, server = found.image(name), found.servers.get(name)
        if not isinstance(image, Image):
            continue
        reads = any(_is_file(found, m) for m in service.mounts) and not is_root(service, image)
        if server or reads:
            images[image.id] = images.get(image.id) or (server.entry if server else "")
        if server:
            trials.append(_trial(found, service, image, server, stack))
    inodes = dict.fromkeys(socket.inode for socket in contested(found))
    return Questions(tuple(images.items()), tuple(trials), tuple(inodes))


def _trial(
    found: Found, service: DeclaredService, image: Image, server: Server, stack: Stack | None
) -> Trial:
    redis = stack.server(service.name) if stack else None
    data = (
        server.data
        or (redis.directory if redis else "")
        or service.working_dir
        or image.working_dir
    )
    data = data if data.startswith("/") and data != "/" else "/data"
    return Trial(
        service.name,
        image.id,
        found.image_name(service.name),
        server.name,
        server.script,
        server.conf,
        server.acl,
        tuple(mount_option(m) for m in service.mounts if _tried(found, service, m, data)),
        data,
        bool(server.data),
        tuple((m.target, _place(found, m)) for m in service.mounts if _may_hold_data(found, m)),
    )


def _tried(found: Found, service: DeclaredService, mount: DeclaredMount, data: str) -> bool:
    """What a trial may read: what is there, and all but the data."""
    file = found.look.files.get(mount.source or "")
    there = file is not None and file.kind in ("regular file", "directory")
    broken = mount.kind in ("secret", "config") and file is not None and file.kind == "directory"
    whole = "\n" not in f"{mount.source}{mount.target}"
    return (
        mount.kind != "volume"
        and there
        and not broken
        and whole
        and mount != holding(service.mounts, data)
    )


def _is_file(found: Found, mount: DeclaredMount) -> bool:
    file = found.look.files.get(mount.source or "")
    return mount.kind != "volume" and file is not None and file.kind == "regular file"


def _may_hold_data(found: Found, mount: DeclaredMount) -> bool:
    named = bool(mount.source) and "\n" not in f"{mount.source}{mount.target}"
    return named and mount.kind in ("volume", "bind") and not _is_file(found, mount)


def _place(found: Found, mount: DeclaredMount) -> str:
    """The option that mounts it; empty where there is nothing yet, which must not be made."""
    file = found.look.files.get(mount.source or "")
    if mount.kind == "volume":
        return mount_option(mount) if mount.source in found.volumes else ""
    return mount_option(mount) if file is not None and not file.missing else ""
