"""One stack on one host, as a case wants it: real files, a real server, a stand-in engine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyinfra_runbooks.settings import (
    Api,
    EnvironmentVariable,
    HostFile,
    Redis,
    RedisUser,
    Secret,
    Service,
    Stack,
    Timeouts,
)

from . import client, compose, servers
from .containers import LABEL, Container, until
from .engine import Engine
from .ports import free_port
from .resp import Connection, RespError
from .writer import Written

SHELLS: dict[str, tuple[str, ...]] = {
    program: (found, *options)
    for program, *options in (("dash",), ("bash", "--posix"), ("busybox", "sh"))
    if (found := shutil.which(program))
}

OPS, APP, BILLING = "ops-password", "app 'password'", "billing-password"
PASSWORD = "shared-password"
ACCESS = ("acl", "open", "file", "arguments", "unguarded")
"""Whom Redis lets in: its declared users; everybody; who has the one password, of its file or its
arguments; everybody, though its file has a password since it was started."""
RULES = {"ops": "~* &* +@all", "app": "~* &* +@all -@dangerous"}
NETWORKS = {"shop_back": ["sessions"], "shop_front": []}
IMAGE = "example/cache:1"

# Writes are saved by themselves while Redis stops, where there are points to save at.
PERSISTENCE = {
    "rdb": ("save 3600 1", "appendonly no"),
    "unsaved": ('save ""', "appendonly no"),
    "aof": ('save ""', "appendonly yes", "appendfsync everysec", "aof-use-rdb-preamble no"),
    "aof+rdb": ("save 3600 1", "appendonly yes", "appendfsync everysec"),
}
# How many keys there are, and how many microseconds each of them takes to load.
KEYS = {"quick": 150, "slow": 4000}
_SLOW_BY = 1500
_PATIENT = Timeouts(look=2, ready=2, save=2, stop=2)


# Once its stdin ends, as it does when we do: whatever works below the directory is killed.
_CLEANER = """
trap '' INT TERM HUP
read -r _
for process in /proc/[0-9]*; do
    case $(readlink "$process/cwd") in
        "$1" | "$1"/*) kill -9 "${process#/proc/}" ;;
    esac
done 2>/dev/null
rm -rf -- "$1"
"""


@dataclass(eq=False)
class World:
    """What there is. `seeded` are the keys that were there before anything began."""

    place: Path
    port: int
    engine: Engine
    stack: Stack
    server: servers.Server
    seeded: list[Written]
    access: str = "acl"

    @property
    def acl(self) -> Path:
        return self.place / "project" / "keys" / "users.acl"

    @property
    def configuration(self) -> Path:
        return self.place / "project" / "redis.conf"

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def exporter(self) -> Path:
        return self.place / "project" / "keys" / "exporter.json"

    @property
    def audit(self) -> Path:
        return self.place / "log" / "audit.log"

    def members(self) -> list[Container]:
        """The containers that Compose takes for those of the service."""
        service = f"{LABEL}service"
        return [
            c for c in self.engine.containers if c.labels.get(service) == self.engine.service.name
        ]

    def connect(self, user: str | None = None, seconds: float = 2) -> Connection:
        passwords = {"ops": OPS, "app": APP, "billing": BILLING}
        if self.access != "acl" and user is not None:
            return Connection(self.port, "default", PASSWORD, seconds)
        return Connection(self.port, user, passwords.get(user or "", ""), seconds)

    def serves(self, seconds: float = 2) -> bool:
        """Whether a client that was there before can read and write, on all networks as before."""
        there = any(c.status == "running" and attached(c) for c in self.members())
        try:
            with self.connect("billing", seconds) as redis:
                redis.ask("SET", "probe", "x")
                return there and bool(redis.ask("GET", "probe") == "x")
        except (OSError, RespError):
            return False

    def saved_since(self, began: float) -> float:
        """Until when a server that saves nothing by itself has promised to keep what it took.

        What was there before the run, and what it said it had saved before it was stopped.
        """
        return max(began, self.engine.saved_at)

    def fingerprint(self) -> object:
        """What a script may have changed."""
        members = [(c.id, c.name, c.status, c.started, sorted(c.networks)) for c in self.members()]
        files = [
            (file.stat().st_ino, hashlib.sha256(file.read_bytes()).hexdigest())
            for file in (self.acl, self.exporter, self.audit)
            if file.exists()
        ]
        return members, files, dict(self.engine.images)


def attached(container: Container) -> bool:
    """Whether it is on all networks as before."""
    return all(
        network in container.networks
        and {"cache", *aliases} <= set(container.networks[network]["Aliases"] or ())
        for network, aliases in NETWORKS.items()
    )


@contextmanager
def world(case: Any) -> Iterator[World]:
    """A stack that serves, with data in it, which a case then has its way with.

    + case: see `cases.Case`
    """
    # Not below the directory for temporary files, which may be in memory: nothing is saved there.
    place = Path(tempfile.mkdtemp(prefix="unkind-", dir="/var/tmp"))
    place.chmod(0o755)
    # Whatever becomes of us: nothing runs on, and nothing is left.
    with subprocess.Popen(["sh", "-c", _CLEANER, "clean", place], stdin=subprocess.PIPE, cwd="/"):
        made = _made(place, case)
        try:
            made.engine.listen()
            _begin(made, case)
            yield made
        finally:
            made.engine.close()


def _made(place: Path, case: Any) -> World:
    server, port = servers.SERVERS[case.server], free_port()
    project, data, inside = place / "project", place / "data", place / "inside"
    keys = project / "keys"
    for directory in (project, keys, data, inside, place / "log", place / "run"):
        directory.mkdir()
    keys.chmod(0o700)
    # What changes a host has taken the lock there before.
    (place / "run").chmod(0o770)
    for group in docker_group():
        os.chown(place / "run", -1, group)
    client.install(place / "tools", place / "docker" / "cli-plugins", place / "docker.sock")
    _shell_inside(inside, case.shell)
    stack = Stack(
        str(project),
        _redis(keys, data, case),
        Api("api"),
        services=(Service("api"), Service("cache", port=port)),
        secrets=(
            Secret(str(keys / "exporter.json"), content=HostFile("keys/app.txt"), format="json"),
        ),
        timeouts=_PATIENT,
    )
    configuration = project / "redis.conf"
    service = compose.Service(
        project="shop",
        directory=str(project),
        name="cache",
        image=IMAGE,
        command=(
            *(server.programs[0], str(configuration)),
            *(("--requirepass", PASSWORD) if case.access == "arguments" else ()),
        ),
        networks=NETWORKS,
        files=(str(configuration), str(keys / "users.acl")),
        data=str(data),
    )
    path = os.pathsep.join(map(str, (servers.programs(server), inside, "/usr/bin", "/bin")))
    engine = Engine(
        place=place,
        environment={"PATH": path, "HOME": str(inside)},
        age=int(case.engine),
        service=service,
        needs=service.files,
        images={IMAGE: f"sha256:{'1' * 64}", "example/newer:1": f"sha256:{'2' * 64}"},
        network_ids={name: hashlib.sha256(name.encode()).hexdigest() for name in NETWORKS},
    )
    _configure(configuration, port, data, keys / "users.acl", case)
    (project / "compose.yml").write_text("services: {}\n", encoding="utf-8")
    (keys / "exporter.json").write_text('"an older password"\n', encoding="utf-8")
    (place / "log" / "audit.log").write_text('{"time":"before"}\n', encoding="utf-8")
    found = World(place, port, engine, stack, server, [], case.access)
    engine.fingerprint = found.fingerprint
    return found


def _redis(keys: Path, data: Path, case: Any) -> Redis:
    password = _passwords(keys)
    if case.access != "acl":
        return Redis("cache", directory=str(data))
    return Redis(
        "cache",
        users=(
            RedisUser("ops", rules=RULES["ops"], password=password["ops"]),
            RedisUser("app", rules=RULES["app"], password=password["app"]),
        ),
        acl_file=str(keys / "users.acl"),
        directory=str(data),
    )


def _shell_inside(inside: Path, shell: str) -> None:
    """An image has one shell, and it is not always the host's."""
    program, *options = SHELLS[shell]
    (inside / "sh").write_text(
        f'#!/bin/sh\nexec {program} {" ".join(options)} "$@"\n', encoding="utf-8"
    )
    (inside / "sh").chmod(0o755)


def _passwords(keys: Path) -> dict[str, Any]:
    (keys / "ops.txt").write_text(f"{OPS}\n", encoding="utf-8")
    (keys / "app.txt").write_text(f"{APP}\n", encoding="utf-8")
    for name in ("ops.txt", "app.txt"):
        (keys / name).chmod(0o400)
    os.environ["UNKIND_OPS"] = OPS
    return {"ops": EnvironmentVariable("UNKIND_OPS"), "app": HostFile("keys/app.txt")}


def _configure(path: Path, port: int, data: Path, acl: Path, case: Any) -> None:
    lines = (
        "bind 127.0.0.1",
        f"port {port}",
        "protected-mode no",
        f"dir {data}",
        *([f"aclfile {acl}"] if case.access == "acl" else ()),
        *([f"requirepass {PASSWORD}"] if case.access == "file" else ()),
        "rdbcompression no",
        *PERSISTENCE[case.persistence],
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    acl.write_text("".join(f"{line}\n" for line in acl_before()), encoding="utf-8")
    acl.chmod(0o400)


def docker_group() -> list[int]:
    """The group of those who may use Docker on this machine, which is what scripts look at."""
    docker = Path("/var/run/docker.sock")
    return [docker.stat().st_gid] if docker.exists() else []


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def acl_before() -> tuple[str, ...]:
    """The ACL file: one declared user has too few rights, and one user is not declared at all."""
    return (
        "user default off",
        f"user ops on #{_digest(OPS)} {RULES['ops']}",
        f"user app on #{_digest(APP)} ~app:* &* +@read",
        f"user billing on #{_digest(BILLING)} ~* &* +@all",
    )


def _begin(made: World, case: Any) -> None:
    """The container as Compose would have made it, with keys in it, some of which expire."""
    service, engine = made.engine.service, made.engine
    config = service.config(IMAGE)
    config["Labels"]["harness.first"] = "yes"
    usual = "shop-cache-1"
    container = engine.create(usual, config, service.host_config(), {})
    for network, endpoint in service.endpoints(usual).items():
        engine.connect(network, container, endpoint)
    engine.start(container)
    assert until(made.serves, 10), container.logs.read_text(encoding="utf-8")
    with made.connect("ops") as redis:
        _seed(made, redis, KEYS[case.load])
    if made.access == "unguarded":
        with made.configuration.open("a", encoding="utf-8") as file:
            file.write(f"requirepass {PASSWORD}\n")
    if case.load == "slow":
        slow = f"key-load-delay {_SLOW_BY}\nloading-process-events-interval-bytes 1024\n"
        with made.configuration.open("a", encoding="utf-8") as file:
            file.write(slow)


def _seed(made: World, redis: Connection, keys: int) -> None:
    at = time.time()
    commands: list[tuple[str, ...]] = []
    for number in range(keys):
        expires = {1: 1.0, 2: 4.0, 3: 900.0}.get(number % 10)
        value = f"{number}:" + "x" * 1500
        options = ("PX", str(int(expires * 1000))) if expires else ()
        commands.append(("SET", f"seeded:{number}", value, *options))
        gone_at = at + expires if expires else None
        made.seeded.append(Written(f"seeded:{number}", value, at, gone_at))
    for start in range(0, keys, 500):
        redis.ask_all(commands[start : start + 500])
    if "aof_enabled:1" in redis.ask("INFO", "persistence"):
        # A server that loads commands one by one answers nobody meanwhile; this is of long ago.
        redis.ask("BGREWRITEAOF")
        assert until(lambda: _rewritten(redis), 10)


def _rewritten(redis: Connection) -> bool:
    info = redis.ask("INFO", "persistence")
    return "aof_rewrite_in_progress:0" in info and "aof_rewrite_scheduled:0" in info
