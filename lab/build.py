"""The lab's images, made from Debian packages alone: no registry is needed.

`mmdebstrap` writes a root file system as a tar stream, `docker import` takes it. An image is
built again only if its recipe changes; the recipe's hash is kept in a label.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from docker.errors import APIError, ImageNotFound

from . import engine, system
from .console import LabError, step
from .paths import SOURCE, STATE, private_directory

RECIPE = f"{engine.PREFIX}.recipe"
FILES = SOURCE / "images"
ADD = FILES / "add.sh"  # packages of another suite


@dataclass(frozen=True)
class Image:
    """One image: packages of one Debian release, and a folder of files that go on top.

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
        return hashlib.sha256(super().recipe().encode() + ADD.read_bytes()).hexdigest()


# Documentation would be a third of the files; the images live for an afternoon, so no fsync.
OPTIONS = (
    "--variant=minbase",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)

_REDIS = (
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    "VOLUME /data",
    "WORKDIR /data",
    "EXPOSE 6379",
)

HOST = Image(
    name=f"{engine.PREFIX}-host:13",
    suite="trixie",
    packages=(
        "openssh-server",
        "docker.io",
        "docker-cli",
        "docker-compose",
        "iptables",
        "iproute2",
        "curl",
        "ca-certificates",
        "openssl",
        "sudo",
        "procps",
    ),
    folder="host",
    config=('ENTRYPOINT ["/usr/local/sbin/lab-host"]', "EXPOSE 22"),
)

# Compose 2 is one static file, and this release has none of its own.
HOST_12 = Mixed(
    name=f"{engine.PREFIX}-host:12",
    suite="bookworm",
    packages=tuple(name for name in HOST.packages if name not in ("docker-cli", "docker-compose")),
    folder="host",
    config=HOST.config,
    other="trixie",
    taken=("docker-compose",),
)
HOST_SID = replace(HOST, name=f"{engine.PREFIX}-host:sid", suite="sid")

REDIS_7 = Image(
    name="lab/redis:7.0",
    suite="bookworm",
    packages=("redis-server",),
    folder="redis",
    config=(*_REDIS, 'CMD ["redis-server"]'),
)
REDIS_8 = Image(
    name="lab/redis:8.0",
    suite="trixie",
    packages=("redis-server",),
    folder="redis",
    config=(*_REDIS, 'CMD ["redis-server"]'),
)
VALKEY = Image(
    name="lab/valkey:8.1",
    suite="trixie",
    packages=("valkey-server",),
    folder="valkey",
    config=(*_REDIS, 'CMD ["valkey-server"]'),
)
REDIS_8_6 = Mixed(
    name="lab/redis:8.6",
    suite="sid",
    packages=(),
    folder="redis",
    config=REDIS_8.config,
    other="experimental",
    taken=("redis-server", "redis-tools"),
)
VALKEY_9 = replace(VALKEY, name="lab/valkey:9.1", suite="sid")
# Those on which ACL LOAD leaves connections alone.
KEEP_CONNECTIONS = (REDIS_8, REDIS_8_6)
# Says nothing of itself: no port, no volume, no command; and has two servers to choose from.
STORE = Image(
    name="lab/store:13",
    suite="trixie",
    packages=("redis-server", "valkey-server"),
    folder="store",
    config=('ENTRYPOINT ["setpriv", "--reuid=999", "--regid=999", "--clear-groups", "--"]',),
)
POSTGRES = Image(
    name="lab/postgres:17",
    suite="trixie",
    packages=("postgresql-17",),
    folder="postgres",
    config=(
        'ENTRYPOINT ["docker-entrypoint.sh"]',
        'CMD ["postgres"]',
        "ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
        "ENV PGDATA=/var/lib/postgresql/data",
        "VOLUME /var/lib/postgresql/data",
        "EXPOSE 5432",
    ),
)
POSTGRES_BARE = replace(
    POSTGRES,
    name="lab/postgres-bare:17",
    config=tuple(line for line in POSTGRES.config if not line.startswith("EXPOSE")),
)
CADDY = Image(
    name="lab/caddy:2.6",
    suite="trixie",
    packages=("caddy", "ca-certificates"),
    folder="caddy",
    config=(
        'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]',
        "ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data",
        "WORKDIR /srv",
        "EXPOSE 80 443 443/udp 2019",
    ),
)
PYTHON = Image(
    name="lab/python:3.13",
    suite="trixie",
    packages=("python3", "python3-fastapi", "python3-uvicorn", "python3-redis"),
    folder="python",
    config=(
        'CMD ["python3"]',
        "ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1",
        "WORKDIR /app",
    ),
)

# What the incident's stack takes besides its Redis.
COMMON = (PYTHON, POSTGRES, CADDY)
# A test may move a stack from one Redis to another.
STACK = (PYTHON, POSTGRES, POSTGRES_BARE, REDIS_7, REDIS_8, VALKEY, STORE, CADDY)
ALL = (HOST, HOST_12, HOST_SID, *STACK, REDIS_8_6, VALKEY_9)


def ensure(images: Iterable[Image]) -> None:
    """Build what is missing or was built from another recipe, two images at a time."""
    missing = [image for image in dict.fromkeys(images) if not _is_current(image)]
    if not missing:
        return
    system.require(system.BUILDER, "to build the lab's images from Debian packages")
    running: set[subprocess.Popen[bytes]] = set()
    with ThreadPoolExecutor(max_workers=2) as pool:
        try:
            list(pool.map(lambda image: _build(image, running), missing))
        except BaseException:
            # One that failed, or Ctrl-C: nobody waits half a minute for the other one.
            pool.shutdown(wait=False, cancel_futures=True)
            for builder in tuple(running):
                # mmdebstrap waits for what it has started, so that has to end, too.
                os.killpg(builder.pid, signal.SIGTERM)
            raise
        finally:
            _forget_replaced()


def image_id(image: Image) -> str:
    """The engine's id of an image that is there, so that a host can tell if its own is old."""
    return cast(str, engine.client().images.get(image.name).id)


def remove() -> None:
    """Remove the images; containers that use them must be gone."""
    images = engine.client().images
    for image in ALL:
        with suppress(ImageNotFound):
            images.remove(image.name, force=True)
    _forget_replaced()


def _forget_replaced() -> None:
    """Remove images that lost their name to newer ones, unless a host still runs on them."""
    engine.client().images.prune(filters={"dangling": True, "label": RECIPE})


def _is_current(image: Image) -> bool:
    try:
        labels = engine.client().images.get(image.name).labels
    except ImageNotFound:
        return False
    return bool(labels.get(RECIPE) == image.recipe())


def _build(image: Image, running: set[subprocess.Popen[bytes]]) -> None:
    log_path = private_directory(STATE / "log") / f"{image.name.replace('/', '-')}.log"
    with step(f"build {image.name} from {image.suite}"), log_path.open("wb") as log:
        builder = subprocess.Popen(
            [
                "mmdebstrap",
                *OPTIONS,
                *_options(image),
                image.suite,
                "-",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # mmdebstrap sends SIGHUP to its whole group when its output is not wanted any more.
            start_new_session=True,
        )
        running.add(builder)
        with builder:
            imported, refusal = _import(image, builder)
        running.discard(builder)
        if builder.returncode != 0 or imported is None:
            raise LabError(
                f"{image.name} was not built: mmdebstrap ended with {builder.returncode}, the"
                f" Docker Engine said: {refusal}\nThe end of {log_path}:\n{_end(log_path)}"
            )
        # The name is given last: a stream that broke off must never become the image.
        repository, _, tag = image.name.partition(":")
        engine.client().api.tag(imported, repository, tag, force=True)


def _options(image: Image) -> Iterator[str]:
    if image.packages:
        yield f"--include={','.join(image.packages)}"
    if image.suite == "sid":
        # It is made new several times a day; a mirror that is a week behind is as good here.
        yield '--aptopt=Acquire::Check-Valid-Until "false"'
    if isinstance(image, Mixed):
        yield f'--customize-hook={shlex.join(["sh", str(ADD), image.other, *image.taken])} "$1"'
    yield f"--customize-hook={_customize(image)}"


def _customize(image: Image) -> Path:
    script = FILES / image.folder / "customize.sh"
    if not script.is_file():
        raise LabError(f"{script} is missing: the checkout is incomplete")
    return script


def _import(image: Image, builder: subprocess.Popen[bytes]) -> tuple[str | None, str]:
    """The new image's id, or None; and what the engine said.

    It may refuse without reading; the builder's pipe must be closed then, or both wait for ever.
    """
    changes = [
        *image.config,
        f"LABEL {engine.LABEL}=image",
        f"LABEL {RECIPE}={image.recipe()}",
    ]
    try:
        answer = engine.client().api.import_image_from_stream(builder.stdout, changes=changes)
    except APIError as error:
        return None, str(error.explanation)
    found = re.search(r"sha256:[0-9a-f]{64}", answer)
    return (found.group() if found else None), answer.strip()


def _end(path: Path, lines: int = 6) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
