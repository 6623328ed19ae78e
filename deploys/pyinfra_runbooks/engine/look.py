"""All that one look at a stack saw, as typed values; read from the answer of its scripts. Pure.

What could not be looked at is `Unknown`, with the reason; it is never taken for "not there".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, TypeVar

from ..core.answers import understood
from ..core.restraint import Correction, Pause
from ..core.sections import after, cut_off
from ..core.unknown import Cause, Unknown
from ..packs.redis.connections import OTHER as OTHER
from ..packs.redis.connections import SOCKET as SOCKET
from ..packs.redis.connections import Connections as Connections
from ..packs.redis.connections import Refused as Refused
from ..packs.redis.connections import both as both
from ..packs.redis.login import PLAIN, about_login, as_json, reached_by
from ..packs.redis.server import NOT_ASKED as NOT_ASKED
from ..packs.redis.server import Server as Server
from ..settings import FoundStack, Redis, Stack
from . import asked, compose, differences, docker, files, probe
from .alone import in_place_of
from .asked import Asking, parse_inside
from .asked import Inside as Inside
from .compose import Declared
from .differences import Difference
from .docker import Container, Network
from .files import File
from .found import ComposeCommand, Found
from .probe import Answers, Probe, Question, named
from .reach import Reach
from .unseen import judged, no_answer, not_at_work, not_there, said, unasked, unresolved

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a health check.

    + status: the HTTP status; 1 where an answer has none; 0 where there was no answer
    + body: the answer, hidden as the check demands; or what stood in the way
    + listens: the ports that its service listens on, where it refused the one that was asked
    + code: the exit code of a command; None: it was none, or could not be run
    """

    status: int
    seconds: float
    body: str
    listens: tuple[int, ...] = ()
    code: int | None = None

    def gave_up_before(self, seconds: float) -> bool:
        """Whether it was given up before that (28 is curl's code for a time-out)."""
        return self.status == 0 and "(28)" in self.body and self.seconds < 0.9 * seconds


@dataclass(frozen=True, slots=True)
class Before:
    """Who was connected before a run changed anything.

    + at: when that was seen, by the host's clock, in seconds since 1970
    + clients: for each Redis, by its service: the services that were connected, each with all its
      connections, also those to an address that the Redis had already lost
    + containers: the same for their containers, by name
    + given_up: the services that had already lost it, and that no restart would bring back
    """

    at: float
    clients: Mapping[str, Mapping[str, Connections]] = field(default_factory=dict)
    containers: Mapping[str, Mapping[str, Connections]] = field(default_factory=dict)
    given_up: frozenset[str] = frozenset()


_NOT_ASKED = Unknown("it was not looked at")


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one stack on one host.

    + servers: what each Redis of the stack says, by its service
    + insides: what the containers of components see of their mounts, by their services; of a client
      none where no file that it mounts alone was touched since it was started
    + at: when it began, by the host's clock, in seconds since 1970
    + commands: Compose at work
    + moved_tags: the ids of containers whose image has lost its tag to another one
    + paused: who wants nothing to be changed here, if anybody
    + corrections: what was corrected lately, where a job looks; `Unknown` where the host's audit
      could not be read
    + state: all that the engine says of its containers, as a hash; empty: it could not be had
    + differences: of the containers with another hash than Compose tells, by their ids, the fields
      that differ; none for one that could not be compared
    + found: all that its host runs
    + replies: what the packs' own questions came to, by their names; `of` is how it is read
    + completed: the stack with what was found besides, which is what was looked at; None: nothing
      was sought
    + reaches: what clients make of their names for servers, by the names of the client's container
      and of the server's service; empty: nobody asked, as all else shows why, or nothing is wrong
    + before: who was connected before this run changed anything; None: it has changed nothing
    """

    declared: Declared
    containers: tuple[Container, ...]
    networks: Mapping[str, Network]
    files: Mapping[str, File]
    servers: Mapping[str, Server | Unknown]
    insides: Mapping[str, Inside | Unknown]
    answers: Mapping[int, Answer]
    at: float = field(default=0, compare=False)
    commands: tuple[ComposeCommand, ...] = ()
    moved_tags: frozenset[str] = frozenset()
    paused: Pause | None = None
    corrections: tuple[Correction, ...] | Unknown = ()
    state: str = field(default="", compare=False)
    differences: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)
    replies: Mapping[str, Any] = field(default_factory=dict)
    found: Found = field(default_factory=Found, compare=False)
    completed: Stack | None = field(default=None, compare=False)
    reaches: Mapping[tuple[str, str], Reach | Unknown] = field(default_factory=dict)
    before: Before | None = field(default=None, compare=False)

    def whole(self, stack: Stack) -> Stack:
        """
        The stack with what was found besides; what it names itself overrules. What a healthy look
        has left counts as long as Compose declares it: else it was taken out of the file.
        """
        whole = self.completed
        if whole is None or not whole.found or stack.found:
            return stack
        there = whole.found & {*self.declared.services, *(c.service for c in self.members())}
        more = {c.service: c for c in whole.components if c.service in there}
        for service in stack.declared_services:
            more.pop(service, None)
        found = frozenset(more)
        return replace(stack, components=(*stack.components, *more.values()), found=found)

    def of(self, question: Probe[Any, T], service: str = "") -> T | Unknown:
        """
        What one of the packs' questions came to; `Unknown` where it was not asked.

        + service: of the component that it was asked about; default: it was about the stack
        """
        answer: T | Unknown = self.replies.get(named(question, service), _NOT_ASKED)
        return answer

    def server(self, service: str) -> Server | Unknown:
        """What the Redis of a service says."""
        return self.servers.get(service, _NOT_ASKED)

    def inside(self, service: str) -> Inside | Unknown:
        """What the container of a component sees of its mounts."""
        return self.insides.get(service, _NOT_ASKED)

    def members(self, service: str | None = None) -> tuple[Container, ...]:
        """The containers of the stack, or of one of its services."""
        return tuple(
            c
            for c in self.containers
            if c.project == self.declared.name and not c.oneoff and service in (None, c.service)
        )


def parse(
    lines: Sequence[str],
    found: Found,
    stack: Stack,
    answers: Callable[[Redis, list[str]], Server],
    questions: Iterable[Question] = (),
) -> Look | Unknown:
    """What a look's script answered; `Unknown` where it is no whole and sensible answer.

    + lines: its output
    + found: what was found on the host before
    + stack: the stack
    + answers: reads what a Redis of it said (`replies.answers`)
    + questions: what packs have asked besides
    """
    try:
        with understood("the host", ""):
            asked = tuple(questions)
            reply = probe.answers(lines, [question.name for question in asked])
            return judged(of_reply(reply, found, stack, answers, asked))
    except ValueError as error:
        return judged(Unknown(str(error)))


def of_several(
    reply: Answers,
    found: Found,
    stack: Stack,
    answers: Callable[[Redis, list[str]], Server],
    questions: Iterable[Question] = (),
) -> Look | Unknown:
    """The same of one stack's part of an answer about several (`Answers.of`)."""
    asked = tuple(questions)
    if missing := cut_off((question.name for question in asked), reply.status):
        return Unknown(missing, Cause.PASSING)
    try:
        with understood("the host", ""):
            return judged(of_reply(reply, found, stack, answers, asked))
    except ValueError as error:
        return judged(Unknown(str(error)))


def of_reply(
    reply: Answers | Unknown,
    found: Found,
    stack: Stack,
    answers: Callable[[Redis, list[str]], Server],
    questions: tuple[Question, ...],
) -> Look | Unknown:
    """The same of what one stack's part of the answer came to; may raise a ValueError."""
    asking = Asking.of(stack, found)
    if isinstance(reply, Unknown):
        return reply
    sections, status = reply.sections, reply.status
    asked_too = [section_of(r.service) for r in stack.servers if asking.server(r)]
    asked_too += [f"check {number}" for number in range(len(stack.health))]
    if missing := cut_off({*_SECTIONS, *asked_too}, status):
        return Unknown(missing, Cause.PASSING)
    if status["file"]:
        return Unknown("Docker did not answer: " + said(sections["file"]))
    project = asking.project
    declared = parse_declared(sections, status)
    if isinstance(stack, FoundStack):
        declared = in_place_of(declared, stack, project, found.networks)
    if isinstance(declared, Unknown):
        return Unknown(f"{declared.reason}{not_at_work(project.members)}", declared.cause)
    seen = {r.service: _redis(r, project.of(r.service), reply, answers) for r in stack.servers}
    containers = (project.placed(c, stack.compose.directory) for c in found.containers)
    return Look(
        declared=declared,
        containers=tuple(_as_asked(c, seen) for c in containers),
        networks=with_subnets(found.networks, sections.get("subnet", ())),
        files=files.parse(sections["file"]),
        servers={service: server for service, (server, _) in seen.items()},
        insides={service: inside for service, (_, inside) in seen.items()}
        | _inside_clients(reply, stack),
        answers=parse_checks(reply),
        at=found.at,
        commands=found.commands_in(stack.compose.directory),
        moved_tags=found.moved_tags,
        paused=found.paused,
        corrections=found.corrections_of(stack.compose.directory),
        differences=differences.parse(sections.get("field", ())),
        state=found.state,
        replies={q.name: reply.to(q.probe, q.about) for q in questions},
        found=found,
        completed=stack,
    )


_SECTIONS = ("config", "hash", "file")


def section_of(service: str) -> str:
    """What the answer of a Redis is called."""
    return f"redis {service}"


def _as_asked(container: Container, seen: Mapping[str, tuple[Server | Unknown, Any]]) -> Container:
    """The same, as the engine described it when it was asked: between two of its restarts a
    container runs, and may have been listed then."""
    server, _ = seen.get(container.service, (None, None))
    why = server.reason if isinstance(server, Unknown) else ""
    if container.running and container.id in why and _RESTARTING in why:
        return replace(container, status="restarting")
    return container


_RESTARTING = "is restarting, wait until the container is running"
"""The engine's words where it is to run a command in such a container."""


def _inside_clients(reply: Answers, stack: Stack) -> dict[str, Inside | Unknown]:
    """Why one can't be looked into is said as it is of Redis."""
    found: dict[str, Inside | Unknown] = {}
    for service in (client.service for client in stack.clients):
        name = named(asked.INSIDE, service)
        if name not in reply.status:
            continue
        seen: Inside | Unknown | None = reply.to(asked.INSIDE, service)
        if reply.failed(asked.INSIDE, service):
            seen = parse_inside(reply.sections[name], 1)
        if seen is not None:
            found[service] = seen
    return found


def with_subnets(networks: Mapping[str, Network], lines: Iterable[str]) -> dict[str, Network]:
    """The same networks, with what was asked of those that Compose declares something about."""
    subnets, lacks = docker.subnets(filter(None, lines))
    return {
        name: replace(n, subnets=subnets.get(name), lacks=lacks.get(name, ()))
        for name, n in networks.items()
    }


def parse_checks(reply: Answers | Unknown) -> dict[int, Answer]:
    """What the health checks came to, by their numbers."""
    sections = {} if isinstance(reply, Unknown) else reply.sections
    named = (lines for name, lines in sections.items() if name.startswith("check "))
    return parse_answers(chain.from_iterable(named))


def parse_answers(lines: Iterable[str]) -> dict[int, Answer]:
    """The health checks' answers, by the checks' numbers."""
    answers: dict[int, Answer] = {}
    listens: dict[int, tuple[int, ...]] = {}
    for line in lines:
        if found := re.fullmatch(r"c (\d+) (\d{3}) (\d+(?:\.\d+)?) ?(.*)", line):
            number, status, seconds, body = found.groups()
            answers[int(number)] = Answer(int(status), float(seconds), body.strip())
        elif found := re.fullmatch(r"x (\d+) (\d{1,3}) (\d+(?:\.\d+)?) ?(holds|lacks|)", line):
            number, code, seconds, body = found.groups()
            answers[int(number)] = Answer(1, float(seconds), body, code=int(code))
        elif found := re.fullmatch(r"l (\d+)((?: \d{1,5})+)", line):
            listens[int(found[1])] = tuple(map(int, found[2].split()))
    return {n: replace(a, listens=listens.get(n, ())) for n, a in answers.items()}


def parse_declared(
    sections: Mapping[str, Sequence[str]], status: Mapping[str, int]
) -> Declared | Unknown:
    """The project, of the sections that `declared.sh` makes."""
    lines = [line for line in sections["config"] if line]
    # What Compose said of an error holds no value: the host has seen to that (compose.awk).
    for section in ("config", "hash"):
        if status.get(section):
            return Unknown(unresolved(" ".join(filter(None, sections[section]))))
    if "{" not in lines:
        return Unknown("Compose printed its configuration in a form that is not understood")
    start = lines.index("{")
    hashes = compose.hashes(tuple(sections.get("hash", ())))
    unset = tuple(after("unset ", lines[:start]))
    uses = [
        (who, what) for who, _, what in (x.partition(" ") for x in after("uses ", lines[:start]))
    ]
    return compose.declared("\n".join(lines[start:]), hashes, unset, uses)


def _redis(
    redis: Redis,
    containers: Sequence[Container],
    reply: Answers,
    answered: Callable[[Redis, list[str]], Server],
) -> tuple[Server | Unknown, Inside | Unknown]:
    """Of several containers none is asked: which of them is Redis, no label tells."""
    name = section_of(redis.service)
    lines, failed = reply.sections.get(name, ()), reply.status.get(name, 0)
    if len(containers) > 1:
        lines, failed = [f"{containers[0].service} has several containers"], 1
    inside = parse_inside(lines, failed)
    before = lines[: lines.index("r") if "r" in lines else None]
    sent, login, reach = "withheld" not in before, about_login(before), reached_by(before)
    if "theirs" in before and not failed:
        return replace(Server.of_others(), login=login, reach=reach), inside
    answers = as_json(lines)[len(before) + 1 :]
    if ("r" not in lines or failed) or not_there(answers):
        why = unasked(said(answers or lines))
        # Where nobody declares whom it has to serve, that it can't be asked is merely to be known.
        unaskable = why.cause is Cause.NO_TOOLS and not redis.users
        return Server.unasked(why.reason) if unaskable else why, inside
    if not answers or re.match(r"Could not connect", answers[0]):
        return no_answer(answers), inside
    if PLAIN in before and redis.users:
        return unasked("Unrecognized option: --json"), inside
    try:
        seen = answered(redis, answers)
    except ValueError as error:
        return Unknown(str(error)), inside
    return replace(seen, login_sent=sent, login=login, reach=reach), inside
