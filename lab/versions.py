"""The table of versions: which packages, of which Debian suite, each image is made of."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .paths import SOURCE

PREFIX = "pyinfra-runbooks-lab"
FILES = SOURCE / "images"
_ADD = FILES / "add.sh"  # packages of another suite

# Documentation would be a third of the files; the images live for an afternoon, so no fsync.
OPTIONS = (
    "--variant=minbase",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)


@dataclass(frozen=True)
class Image:
    """One image: packages of one Debian suite, and a folder of files that go on top.

    + folder: below lab/images; its `customize.sh` is called with the new root directory
    + config: Dockerfile instructions, as `docker import --change` takes them
    """

    name: str
    suite: str
    packages: tuple[str, ...]
    folder: str
    config: tuple[str, ...]

    def recipe(self) -> str:
        """A hash over everything that decides what the image will be."""
        digest = hashlib.sha256(repr((self, OPTIONS)).encode())
        for file in sorted((FILES / self.folder).iterdir()):
            digest.update(f"\0{file.name}\0".encode() + file.read_bytes())
        return digest.hexdigest()

    def options(self) -> Iterator[str]:
        """What mmdebstrap is given for it, besides the suite."""
        yield from OPTIONS
        if self.packages:
            yield f"--include={','.join(self.packages)}"
        if self.suite == "sid":
            # It is made new several times a day; a mirror that is a week behind is as good here.
            yield '--aptopt=Acquire::Check-Valid-Until "false"'
        yield from self.hooks()

    def hooks(self) -> Iterator[str]:
        """The scripts that are run with the new root directory."""
        yield f"--customize-hook={FILES / self.folder / 'customize.sh'}"


@dataclass(frozen=True)
class Mixed(Image):
    """One with packages of another suite among its own.

    + other: that suite
    + taken: its packages; what they need comes from the image's own suite
    """

    other: str
    taken: tuple[str, ...]

    def recipe(self) -> str:
        """A hash over the script that takes them, too."""
        return hashlib.sha256(super().recipe().encode() + _ADD.read_bytes()).hexdigest()

    def hooks(self) -> Iterator[str]:
        """They come first: the image's own script builds on them."""
        yield f'--customize-hook={shlex.join(["sh", str(_ADD), self.other, *self.taken])} "$1"'
        yield from super().hooks()


# Hosts

_TOOLS = ("iptables", "iproute2", "curl", "ca-certificates", "openssl", "sudo", "procps")
_SSHD = ('ENTRYPOINT ["/usr/local/sbin/lab-host"]', "EXPOSE 22")

HOST = Image(
    f"{PREFIX}-host:13",
    "trixie",
    ("openssh-server", "docker.io", "docker-cli", "docker-compose", *_TOOLS),
    "host",
    _SSHD,
)
# Compose 2 is one static file, and this suite has none of its own.
HOST_12 = Mixed(
    f"{PREFIX}-host:12",
    "bookworm",
    ("openssh-server", "docker.io", *_TOOLS),
    "host",
    _SSHD,
    other="trixie",
    taken=("docker-compose",),
)
HOST_SID = replace(HOST, name=f"{PREFIX}-host:sid", suite="sid")

# Servers

_SERVER = ('ENTRYPOINT ["docker-entrypoint.sh"]', "VOLUME /data", "WORKDIR /data", "EXPOSE 6379")
_REDIS = (*_SERVER, 'CMD ["redis-server"]')
_VALKEY = (*_SERVER, 'CMD ["valkey-server"]')

REDIS_7 = Image("lab/redis:7.0", "bookworm", ("redis-server",), "redis", _REDIS)
REDIS_8 = Image("lab/redis:8.0", "trixie", ("redis-server",), "redis", _REDIS)
REDIS_8_6 = Mixed(
    *("lab/redis:8.6", "sid", (), "redis", _REDIS),
    other="experimental",
    taken=("redis-server", "redis-tools"),
)
VALKEY = Image("lab/valkey:8.1", "trixie", ("valkey-server",), "valkey", _VALKEY)
VALKEY_9 = replace(VALKEY, name="lab/valkey:9.1", suite="sid")
# Says nothing of itself: no port, no volume, no command; and has two servers to choose from.
STORE = Image(
    "lab/store:13",
    "trixie",
    ("redis-server", "valkey-server"),
    "store",
    ('ENTRYPOINT ["setpriv", "--reuid=999", "--regid=999", "--clear-groups", "--"]',),
)
# Those on which ACL LOAD leaves connections alone.
KEEP_CONNECTIONS = (REDIS_8, REDIS_8_6)

# What else the stacks consist of

_POSTGRES = (
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    'CMD ["postgres"]',
    "ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
    "ENV PGDATA=/var/lib/postgresql/data",
    "VOLUME /var/lib/postgresql/data",
)
POSTGRES = Image(
    *("lab/postgres:17", "trixie", ("postgresql-17",), "postgres"),
    config=(*_POSTGRES, "EXPOSE 5432"),
)
POSTGRES_BARE = replace(POSTGRES, name="lab/postgres-bare:17", config=_POSTGRES)
CADDY = Image(
    "lab/caddy:2.6",
    "trixie",
    ("caddy", "ca-certificates"),
    "caddy",
    (
        'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]',
        "ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data",
        "WORKDIR /srv",
        "EXPOSE 80 443 443/udp 2019",
    ),
)
PYTHON = Image(
    "lab/python:3.13",
    "trixie",
    ("python3", "python3-fastapi", "python3-uvicorn", "python3-redis"),
    "python",
    ('CMD ["python3"]', "ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1", "WORKDIR /app"),
)

# For images that the lab has not (`lab.adopting`): what health checks usually call, and Python.
STAND_IN = Image(
    "lab/stand-in:13",
    "trixie",
    (
        *("python3", "curl", "wget", "netcat-openbsd", "procps", "ca-certificates"),
        *("redis-tools", "postgresql-client-common", "postgresql-client-17"),
    ),
    "stand-in",
    ('CMD ["sleep", "infinity"]',),
)

# What the incident's stack takes besides its Redis.
COMMON = (PYTHON, POSTGRES, CADDY)
# A test may move a stack from one Redis to another.
STACK = (PYTHON, POSTGRES, POSTGRES_BARE, REDIS_7, REDIS_8, VALKEY, STORE, CADDY)
ALL = (HOST, HOST_12, HOST_SID, *STACK, REDIS_8_6, VALKEY_9, STAND_IN)
