"""What is seen of a host before its stack comes up, as typed values. Pure.

What could not be looked at is `Unknown`, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.unknown import Unknown
from ..engine.compose import Declared
from ..engine.files import File
from ..engine.look import Look


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is on the host.

    + user: who its process starts as; empty: root
    + volumes: the paths for which Docker makes volumes without a name
    """

    id: str
    os: str
    architecture: str
    user: str
    working_dir: str
    volumes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine itself.

    + architecture: of its host, as images name it; empty: one that is not known here
    + maps_users: whether users in containers are others on the host
    + root: the directory in which it keeps everything
    + free: KiB that are free there; None: not known
    """

    os: str
    architecture: str
    maps_users: bool
    root: str
    free: int | None


@dataclass(frozen=True, slots=True)
class Server:
    """How a service starts its Redis or Valkey server.

    + script: whether a shell script starts it, which may set anything
    + entry: the image's script that starts it
    + conf: its configuration file, in the container
    + data: its data directory, where the command names it
    + acl: its ACL file, where the command names it
    + keeps: whether the command says that it keeps its data on disk
    + becomes: the user that a program in front of it (gosu) switches to; empty: none
    + stays: whether its environment has the start script stay root (SKIP_DROP_PRIVS)
    """

    service: str
    name: str
    script: bool = False
    entry: str = ""
    conf: str = ""
    data: str = ""
    acl: str = ""
    keeps: bool = False
    becomes: str = ""
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket of the host on which a process listens.

    + address: empty for all of them, IPv6 ones included
    + uid: the user whose process it is
    """

    protocol: str
    address: str
    port: int
    uid: int
    inode: str


@dataclass(frozen=True, slots=True)
class Published:
    """A port of the host that is published for a container."""

    container: str
    protocol: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Sockets:
    """The sockets on which processes of this host listen.

    + protocols: those that could be looked at
    + addresses: the host's own; empty: not known
    """

    listening: tuple[Socket, ...]
    protocols: frozenset[str]
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What is on the host.

    + look: what it has in common with every look: what is declared, containers, networks, files
    + images: by their names; None for one that is not there
    + servers: by their services
    + subnets: of all networks, where a subnet is declared
    """

    look: Look
    images: Mapping[str, Image | Unknown | None]
    volumes: frozenset[str]
    servers: Mapping[str, Server]
    sockets: Sockets
    published: tuple[Published, ...]
    engine: Engine | Unknown
    subnets: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def declared(self) -> Declared:
        """What Compose declares."""
        return self.look.declared

    def image_name(self, service: str) -> str:
        """The name of a service's image; Compose makes one up for what it builds."""
        return self.declared.services[service].image or f"{self.declared.name}-{service}"

    def image(self, service: str) -> Image | Unknown | None:
        """The image of a service; None where it is not there."""
        name = self.image_name(service)
        return self.images.get(name, Unknown(f"{name} was not looked for"))


@dataclass(frozen=True, slots=True)
class Users:
    """The users and groups that an image knows.

    + users: uid and gid, by name
    + groups: gid and members, by name
    + becomes: the user that its start script switches to when it is started as root; empty: none;
      None: that is not known
    + gives: whether that script gives that user its working directory (chown)
    + gives_config: whether it gives that user a configuration file, too, where it may be written
    """

    users: Mapping[str, tuple[int, int]]
    groups: Mapping[str, tuple[int, frozenset[str]]]
    becomes: str | None = ""
    gives: bool = False
    gives_config: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What a service's server made of its configuration, its ACL and its data, in a trial.

    + refuses: why it does not start
    + untried: why it could not be tried
    + missing: a configuration file that is not there
    + acl: the ACL file that its configuration names; empty: none
    + opens: its configuration and its ACL file, as they are in its container
    + keeps: whether its configuration says that it keeps its data on disk
    + data: its data directory
    + place: the target of the mount that holds it; None: no mount does
    + files: what is in it, by path, itself included
    + new: uid, gid and mode that a new volume there gets from the image; None: root's
    + data_refused: why it can't read its data
    + data_unseen: why that could not be looked at
    """

    refuses: str = ""
    untried: str = ""
    missing: str = ""
    acl: str = ""
    opens: tuple[File, ...] = ()
    keeps: bool = False
    data: str = ""
    place: str | None = None
    files: tuple[File, ...] = ()
    new: tuple[int, int, int] | None = None
    data_refused: str = ""
    data_unseen: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the images said.

    + users: by the images' ids
    + tried: by the services
    + holders: the process that has a socket, by its inode
    """

    users: Mapping[str, Users | Unknown] = field(default_factory=dict)
    tried: Mapping[str, Tried] = field(default_factory=dict)
    holders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Compose can't resolve the project, and why."""

    reason: str
