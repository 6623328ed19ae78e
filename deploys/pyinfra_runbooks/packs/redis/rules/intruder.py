"""Whether a Redis shows traces of an intruder, as servers do that anybody may write to."""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from ....core.kind import kind
from ....core.resolution import Refusal
from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....engine.rules.connected import memory_of
from ....settings import Redis, Stack
from ..access import ACCESS, Access
from ..discovery import started_with
from ..server import Server
from ..steps import CHANGES, RedisFinding
from .data import holding

INTRUDER = kind(
    "intruder",
    title="Redis shows traces of an intruder",
    part=Part.REDIS,
    means="An intruder may read and write its data, run programs in it, and reach others from it.",
    known="Its data goes to another place than its arguments and its configuration say, one where"
    " programs, keys of ssh or crontabs are, or than when all was well; it follows a public address"
    " that it was given while it ran; it has a module from a place for temporary files or data; or"
    " a key that such intruders use (`backup1`, `crackit` …) holds a crontab's line or a key of"
    " ssh. No other key is read, and no value is shown.",
    repair="Nothing: what is there is evidence, and a save may write the intruder's file. How to"
    " keep the evidence, and how to cut Redis off, is shown.",
    explains=UNSERVED,
    holds_up=(*CHANGES, "unpause"),
)

_SYSTEM = re.compile(
    r"/(etc|root|home|proc|run|boot|bin|sbin|lib|lib64|tmp|dev|usr/(s?bin|lib|local/(s?bin|lib))"
    r"|var/(spool|www|tmp|lib/(cron|docker)))(/|$)"
)
"""Where programs, crontabs and keys are, and no data."""
_FILE = re.compile(
    r"(root|crontab|authorized_keys\d?|.*\.(so|php\d?|jsp|aspx?|sh|py|pl|cron|service))", re.I
)
"""Names of files that are no dump of data."""
_NOT_INSTALLED = re.compile(r"/(tmp|var/tmp|dev/shm|proc|root|home)/|(\./)?[^/]+$")
"""Paths from which nobody loads an installed module."""
_RUNS_COMMANDS = frozenset({"system", "exp", "red2", "rootkit"})


@dataclass(frozen=True, slots=True)
class _Case:
    """
    One Redis, and what it was started with as far as that is known.

    + had: where it had its data at the last healthy look; empty: nobody has looked
    """

    look: Look
    redis: Redis
    server: Server
    container: Container
    had: str = ""

    def given(self, *names: str) -> tuple[str, ...]:
        """What its arguments and its configuration say of some options."""
        seen = self.look.found.seen.get(self.container.id)
        access = self.look.of(ACCESS, self.redis.service)
        arguments = started_with(seen) if seen else {}
        sets = access.sets if isinstance(access, Access) else {}
        return tuple(v for name in names for v in (*arguments.get(name, ()), *sets.get(name, ())))

    @property
    def was_set(self) -> bool:
        """Whether its settings were changed since it was started."""
        return self.server.number_of("config|set") > 0


def findings(look: Look, stack: Stack, redis: Redis) -> Iterator[RedisFinding]:
    """All traces of one Redis, as one finding."""
    server, containers = look.server(redis.service), look.members(redis.service)
    if isinstance(server, Unknown) or len(containers) != 1 or not containers[0].running:
        return
    memory = memory_of(look, stack)
    had = memory.directories.get(redis.service, "") if memory else ""
    case = _Case(look, redis, server, containers[0], had)
    traces = [*_moved(case), *_follows(case), *_modules(case), *_planted(case)]
    if traces:
        yield INTRUDER.found(
            redis.service,
            f"shows traces of an intruder: {traces[0][0]}",
            "; ".join(seen for _, seen in traces),
            Refusal(
                "what is there is evidence, and a save or a restart may write or run what the"
                " intruder left: nothing is stopped, saved or changed",
                _instead(case),
            ),
        )


def _instead(case: _Case) -> str:
    name = shlex.quote(case.container.name)
    keep = f"docker logs {name} >redis.log; docker diff {name}; docker inspect {name}"
    off = "; ".join(
        shlex.join(("docker", "network", "disconnect", network, case.container.name))
        for network in sorted(case.container.networks)
    )
    cut = f"; cut it off: {off}" if off else ""
    return (
        f"keep the evidence: {keep}; copy its data (docker cp){cut}; then make it again from an"
        " older backup, with a password and without a published port, and change every"
        " password that it could reach"
    )


def _moved(case: _Case) -> Iterator[tuple[str, str]]:
    """Its dump goes where no data belongs."""
    config = case.server.config or {}
    directory, file = config.get("dir", "").rstrip("/"), config.get("dbfilename", "")
    given = {path.rstrip("/") for path in (*case.given("dir"), case.redis.directory)}
    had = case.had.rstrip("/")
    if directory and directory not in given and not _mounted(case, directory):
        strange = bool(_SYSTEM.match(directory))
        moved = bool(had) and directory != had
        if case.was_set and (strange or moved or (case.given("dir") and not had)):
            of_start = f"it was started with {', '.join(sorted(given))}"
            was = f"when all was well it said {had}" if moved else of_start
            yield (
                f"its data directory was moved to {directory}",
                f"CONFIG GET dir says {directory}; {was}, and CONFIG SET was used"
                f" {case.server.number_of('config|set')} times since it was started",
            )
    if _FILE.fullmatch(file) and file not in case.given("dbfilename"):
        yield (
            f"it saves its data as {file}",
            f"CONFIG GET dbfilename says {file}, which is not a dump's name",
        )


def _mounted(case: _Case, directory: str) -> bool:
    """Whether it is in a place that its container was given, other than a system's."""
    return holding(case.container.mounts, directory) is not None and not _SYSTEM.match(directory)


def _follows(case: _Case) -> Iterator[tuple[str, str]]:
    """
    It takes all its data from a public address that it was given while it ran, and that no file
    names. A private one may be a Sentinel's choice, and one that it was started with its image's.
    """
    info = case.server.info
    master = info.get("master_host", "")
    if not case.server.follows or case.given("replicaof", "slaveof"):
        return
    if not _is_public(master) or _is_here(case.look, master):
        return
    yield (
        f"it was made a replica of {master}",
        f"INFO says role:slave, master_host:{master}, port {info.get('master_port', '?')}; neither"
        " its arguments nor its configuration name a master, and it is no container of this host",
    )


def _is_here(look: Look, master: str) -> bool:
    for container in look.containers:
        ends = container.networks.values()
        names = {container.name, container.service, *(n for e in ends for n in e.names)}
        if master in names or any(master in (e.address, e.address6) for e in ends):
            return True
    return master in look.declared.services


def _is_public(master: str) -> bool:
    try:
        return ipaddress.ip_address(master).is_global
    except ValueError:
        return False


def _modules(case: _Case) -> Iterator[tuple[str, str]]:
    """It has loaded one from where nobody installs any, and that is not in what it was started
    with."""
    given = set(case.given("loadmodule"))
    data = f"{(case.server.config or {}).get('dir', '') or case.redis.directory}".rstrip("/")
    for module in case.server.modules:
        strange = bool(_NOT_INSTALLED.match(module.path)) or (
            bool(module.path) and module.path.startswith((f"{data}/", f"{case.redis.directory}/"))
        )
        known_name = module.name.lower() in _RUNS_COMMANDS and not module.path
        if module.path not in (*given, "?") and (strange or known_name):
            where = f" from {module.path}" if module.path else ""
            yield (
                f"it has loaded the module {module.name}{where}",
                f"MODULE LIST has {module.name}{where}; nothing that it was started with loads it",
            )


def _planted(case: _Case) -> Iterator[tuple[str, str]]:
    for key, what in sorted(case.server.planted.items()):
        yield (f"its key {key} holds {what}", f"GETRANGE {key}: {what}; it is not shown")
