"""Which user opens the files of a service, by what Compose and its image say. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.unknown import Unknown
from ..engine.compose import DeclaredService
from ..engine.files import File
from ..packs.redis.rules.data import holding
from .seen import Asked, Engine, Found, Image, Users


@dataclass(frozen=True, slots=True)
class Reader:
    """A user of a container.

    + because: how that is known
    + reads_all: whether it reads every file, as root does
    + gives: whether a start script, as root, gives this user its working directory before
    + gives_config: whether that gives it its configuration, too, where it may be written
    """

    uid: int
    groups: frozenset[int]
    because: str
    reads_all: bool = False
    gives: bool = False
    gives_config: bool = False

    def reads(self, file: File) -> bool:
        """Whether it may read a file, going by owner and mode."""
        return self.reads_all or self._may(file, 0o4)

    def writes(self, file: File) -> bool:
        """Whether it may write a file, or into a directory."""
        return self.reads_all or self._may(file, 0o2)

    def uses(self, directory: File) -> bool:
        """Whether it may look into a directory, and write there."""
        return self.reads_all or all(self._may(directory, bit) for bit in (0o4, 0o2, 0o1))

    def _may(self, file: File, bit: int) -> bool:
        if self.uid == file.uid:
            return bool(file.mode & bit << 6)
        return bool(file.mode & (bit << 3 if file.gid in self.groups else bit))


def is_root(service: DeclaredService, image: Image) -> bool:
    """Whether a service's first process is root's: that takes no look into its image."""
    return (service.user or image.user or "0").partition(":")[0] in ("0", "root")


def starts_as(found: Found, asked: Asked, service: str) -> Reader | Unknown:
    """The user of a service's first process; `Unknown` with the reason."""
    image, declared = found.image(service), found.declared.services[service]
    if isinstance(image, Unknown):
        return image
    if image is None:
        return Unknown(f"its image {found.image_name(service)} is not there")
    if isinstance(found.engine, Engine) and found.engine.maps_users:
        return Unknown("this engine gives containers other users than the host has (userns-remap)")
    users = asked.users.get(image.id, Unknown("its image was not asked for its users"))
    text = declared.user or image.user or "0"
    because = f"user: {text}" if declared.user else f"its image's user {image.user or 'root'}"
    server = found.servers.get(service)
    if server and server.becomes:
        because = f"it is started as {server.becomes}"
        return _named(server.becomes, users, declared, because, besides=False)
    return _named(text, users, declared, because)


def serves_as(found: Found, asked: Asked, service: str) -> Reader | Unknown:
    """The user of its server, once the start script has given up root's rights; or `Unknown`."""
    first = starts_as(found, asked, service)
    server, image = found.servers.get(service), found.image(service)
    if isinstance(first, Unknown) or first.uid or server is None or server.script:
        return first
    users = asked.users.get(getattr(image, "id", ""))
    if server.stays or not isinstance(users, Users) or users.becomes == "":
        return first
    if not found.declared.services[service].root_becomes:
        return Unknown(f"cap_drop keeps its image's {server.entry} from becoming {users.becomes}")
    if users.becomes is None:
        return Unknown(
            f"its image's {server.entry} gives up root's rights in a way that is not known here"
        )
    because = f"its image's {server.entry} becomes {users.becomes}"
    declared = found.declared.services[service]
    became = _named(users.becomes, users, declared, because, besides=False)
    if isinstance(became, Unknown):
        return became
    return Reader(
        became.uid,
        became.groups,
        because,
        gives=users.gives,
        gives_config=users.gives_config,
    )


def _named(
    text: str, users: Users | Unknown, declared: DeclaredService, because: str, besides: bool = True
) -> Reader | Unknown:
    """The user that ``user: TEXT`` stands for.

    + besides: whether it is in further groups: setpriv and the like leave it only its own
    """
    name, _, group = text.partition(":")
    known = users if isinstance(users, Users) else Users({}, {})
    by_id = {uid: (found, gid) for found, (uid, gid) in [*known.users.items()][::-1]}
    name = "0" if name == "root" else name
    if name.isdecimal():
        uid = int(name)
        called, gid = by_id.get(uid, ("", 0))
    elif name in known.users:
        called, (uid, gid) = name, known.users[name]
    elif isinstance(users, Unknown):
        return Unknown(f"who {name} is in its image: {users.reason}")
    else:
        return Unknown(f"its image knows no user {name}")
    groups = {gid}
    if group:
        groups = {int(group)} if group.isdecimal() else {known.groups.get(group, (-1, ()))[0]}
    elif besides:
        groups |= {g for g, members in known.groups.values() if called and called in members}
    if besides:
        groups |= {
            int(g) if g.isdecimal() else known.groups.get(g, (-1, ()))[0] for g in declared.groups
        }
    reads_all = uid == 0 and declared.root_reads_all
    return Reader(uid, frozenset(groups), because, reads_all)


def source_of(found: Found, service: str, path: str) -> str | None:
    """The path on the host of what a service has at a path; None: that is not a mounted file."""
    mount = holding(found.declared.services[service].mounts, path) if path else None
    if mount is None or not (mount.source or "").startswith("/"):
        return None
    return (mount.source or "") + path.removeprefix(mount.target.rstrip("/"))
