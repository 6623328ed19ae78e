"""What is found on a host before anybody is asked: all that its engine runs. Pure.

`PROBES` bring it, with no secret: whose containers they are is for `projects` to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ..core import restraint
from ..core.answers import AnswerError, understood
from ..core.restraint import Correction, Pause
from ..core.unknown import Unknown
from ..settings import Breaker, Stack
from . import docker, own_checks
from .discovery import seen as starts
from .discovery.seen import Seen
from .docker import Container, Network
from .own_checks import OwnCheck
from .probe import Probe, answers
from .remembered import MEMORIES, Remembered
from .shell import LOG, PAUSE
from .unseen import judged, no_engine


@dataclass(frozen=True, slots=True)
class ComposeCommand:
    """A Compose command at work on the host, which may be on this project.

    + verb: what it does: ``up``
    + seconds: since it was started
    + attached: whether it stays with what it has started, as ``up`` without ``-d`` does
    + places: what tells the directories that it may be about; none, or "?": it may be about any
    """

    verb: str
    seconds: int
    attached: bool = False
    places: frozenset[str] = frozenset()

    def may_be_in(self, place: str | None) -> bool:
        """Whether it may be about the directory that is known by this."""
        return not self.places or "?" in self.places or place in self.places


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """All that a host runs.

    + containers: all of them, the newest first
    + networks: by their names
    + places: of directories in which something was made, and of those that were asked for, what
      tells it from every other one: two paths with the same are one directory
    + at: when this began, by the host's clock, in seconds since 1970
    + took: seconds until the engine had listed its containers
    + state: all that the engine says of its containers, as a hash; empty: it could not be had
    + moved_tags: the ids of containers whose image has lost its tag to another one
    + own_checks: of the containers that have a health check of their own, by their ids
    + commands: Compose at work
    + paused: who wants nothing to be changed here, if anybody
    + seen: what each container is started with, by its id; none where that could not be seen
    + unseen: why that could not be seen; empty: it was
    + remembered: who used which Redis at the last healthy looks; `Unknown` where it can't be read
    + audited: lines of the host's audit about its stacks, where a job looks, or a person may

    All stacks of a host share it; what is about one of them is `commands_in` and `corrections_of`.
    """

    containers: tuple[Container, ...] = ()
    networks: Mapping[str, Network] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    at: float = 0
    took: float = 0
    state: str = ""
    moved_tags: frozenset[str] = frozenset()
    own_checks: Mapping[str, OwnCheck] = field(default_factory=dict)
    commands: tuple[ComposeCommand, ...] = ()
    paused: Pause | None = None
    seen: Mapping[str, Seen] = field(default_factory=dict)
    unseen: str = ""
    remembered: Remembered | Unknown = field(default_factory=Remembered)
    audited: tuple[str, ...] | Unknown = ()

    def commands_in(self, directory: str) -> tuple[ComposeCommand, ...]:
        """Compose at work on a directory's project, or where that can't be seen."""
        place = self.places.get(directory)
        return tuple(command for command in self.commands if command.may_be_in(place))

    def corrections_of(self, directory: str) -> tuple[Correction, ...] | Unknown:
        """What was corrected lately on a directory's stack; `Unknown` where the host's audit could
        not be read."""
        if isinstance(self.audited, Unknown):
            return self.audited
        return restraint.corrections(self.audited, directory)

    def __repr__(self) -> str:
        """Short, as pyinfra prints what a fact is given."""
        return f"Found({len(self.containers)} containers)"


@dataclass(frozen=True, slots=True)
class Containers:
    """What `find_containers.sh` tells."""

    all: tuple[Container, ...]
    moved_tags: frozenset[str]
    places: Mapping[str, str]
    took: float
    state: str
    seen: Mapping[str, Seen]
    unseen: str
    own_checks: Mapping[str, OwnCheck]


def _containers(lines: Sequence[str]) -> Containers:
    described = [line for line in lines if line[:1] == "{"]
    words = [line.split("\t", 2) for line in lines if line[:1] != "{"]
    started = [word[1] for word in words if word[0] == "seen" and len(word) == 2]
    places = [word[1:] for word in words if word[0] == "place" and len(word) == 3]
    took = [word[1] for word in words if word[0] == "took" and word[1].isdecimal()]
    containers = tuple(docker.container(line) for line in described)
    if len(took) != 1:
        raise AnswerError("Docker did not list all of its containers")
    seen = _seen(started, containers)
    return Containers(
        all=containers,
        moved_tags=_moved_tags(word[1:] for word in words if word[0] == "listed"),
        places={path: place for place, path in places if path.startswith("/")},
        took=int(took[0]) / 100,
        state=state(described),
        seen={} if isinstance(seen, Unknown) else seen,
        unseen=seen.reason if isinstance(seen, Unknown) else "",
        own_checks=own_checks.parse(lines),
    )


def _seen(lines: Sequence[str], containers: Sequence[Container]) -> dict[str, Seen] | Unknown:
    """That it could not be seen keeps nobody from seeing the rest."""
    try:
        found = starts.parse(lines)
    except ValueError as error:
        return Unknown(str(error))
    if not {c.id for c in containers} <= {*found}:
        return Unknown("what the containers are started with was not shown of each of them")
    return found


def _moved_tags(listed: Iterable[Sequence[str]]) -> frozenset[str]:
    """``docker ps`` shows an id in an image's place where its tag now names another one."""
    return frozenset(
        container
        for container, *image in listed
        if image and re.fullmatch("(sha256:)?[0-9a-f]{12,64}", image[0])
    )


def state(containers: Iterable[str]) -> str:
    """
    All that the engine says of its containers, as one hash: if it is the same again, nothing
    happened in between. `state.sh` says the same.

    + containers: each one's JSON, of whose mounts the engine tells in no order

    No container ever gets other mounts.
    """
    described = (re.sub(r'"mounts":\[[^]]*\]', "", line, count=1).encode() for line in containers)
    return sha256(b"".join(line + b"\n" for line in sorted(described))).hexdigest()


def _networks(lines: Sequence[str]) -> dict[str, Network]:
    found = [docker.network(line) for line in lines if line[:1] == "{"]
    return {network.name: network for network in found}


def _commands(lines: Iterable[str]) -> tuple[ComposeCommand, ...]:
    form = r"([0-9]{1,9})\t([a-z]+)(\tattached)?(?:\tin ([0-9:? ]+))?"
    found = (re.fullmatch(form, line) for line in lines)
    return tuple(
        ComposeCommand(m[2], int(m[1]), bool(m[3]), frozenset((m[4] or "").split()))
        for m in found
        if m
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """
    What is looked for.

    + stacks: the stacks that are declared for the host, if any
    + unattended: whether no person started the run: then all of the audit is read
    """

    stacks: tuple[Stack, ...] = ()
    unattended: bool = False


def _audited(sought: Sought) -> dict[str, object]:
    breakers = [stack.breaker.corrections for stack in sought.stacks]
    return {
        "audit_log": LOG,
        "corrections": 16 * max(breakers, default=Breaker().corrections),
        # Nobody repairs without a person what is not declared.
        "unattended": "yes" if sought.unattended and sought.stacks else "",
        "in_audit": tuple(
            f'"stack": {json.dumps(stack.compose.directory)}' for stack in sought.stacks
        ),
    }


def _directories(sought: Sought) -> dict[str, object]:
    return {"directories": tuple(stack.compose.directory for stack in sought.stacks)}


def _of_lines(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(filter(None, lines))


Lines = tuple[str, ...]

CONTAINERS: Probe[Sought, Containers] = Probe(
    "container", "find_containers.sh", _containers, _directories
)
NETWORKS: Probe[Sought, dict[str, Network]] = Probe("network", "find_networks.sh", _networks)
COMMANDS: Probe[Sought, tuple[ComposeCommand, ...]] = Probe(
    "command", "find_commands.sh", _commands
)
PAUSED: Probe[Sought, Lines] = Probe(
    "pause", "find_pause.sh", _of_lines, lambda _: {"pause_file": PAUSE}
)
CORRECTIONS: Probe[Sought, Lines] = Probe(
    "corrections", "find_corrections.sh", _of_lines, _audited, first=True
)

PROBES: tuple[Probe[Sought, Any], ...] = (
    CORRECTIONS,
    NETWORKS,
    COMMANDS,
    PAUSED,
    MEMORIES,
    CONTAINERS,
)
"""What is found on every host, by one command."""


def parse(lines: Sequence[str]) -> Found | Unknown:
    """What a host answered to `PROBES`; `Unknown` where it is no whole and sensible answer.

    + lines: its output
    """
    try:
        with understood("the host", ""):
            return judged(_parse(lines))
    except ValueError as error:
        return judged(Unknown(str(error)))


def _parse(lines: Sequence[str]) -> Found | Unknown:
    reply = answers(lines, [probe.name for probe in PROBES])
    if isinstance(reply, Unknown):
        return reply
    containers, networks = reply.to(CONTAINERS), reply.to(NETWORKS)
    if isinstance(containers, Unknown):
        return (
            Unknown(no_engine(reply.refusal(CONTAINERS)))
            if reply.failed(CONTAINERS)
            else containers
        )
    if isinstance(networks, Unknown):
        failed = reply.failed(NETWORKS)
        return Unknown(f"Docker did not answer: {networks.reason}") if failed else networks
    corrected, paused, commands = reply.to(CORRECTIONS), reply.to(PAUSED), reply.to(COMMANDS)
    remembered = reply.to(MEMORIES)
    if isinstance(commands, Unknown):
        return Unknown(f"whether a deployment is running can't be seen: {commands.reason}")
    at = reply.at()
    return Found(
        containers=containers.all,
        networks=networks,
        places=containers.places,
        at=at,
        took=containers.took,
        state=containers.state,
        moved_tags=containers.moved_tags,
        own_checks=containers.own_checks,
        commands=commands,
        paused=restraint.pause(("?",) if isinstance(paused, Unknown) else paused, at),
        audited=corrected,
        seen=containers.seen,
        unseen=containers.unseen,
        remembered=remembered,
    )
