"""All that one look at a stack saw, as typed values; read from the answer of `shell/look.sh`. Pure.

What could not be looked at is `Unknown`, with the reason; it is never taken for "not there".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import compose, differences, engine, files, restraint, server
from .compose import Declared
from .differences import Difference
from .engine import AnswerError, Container, Network, understood
from .files import File
from .findings import Unknown
from .restraint import Correction, Pause
from .server import Server
from .unseen import no_engine, said, unasked, unresolved


@dataclass(frozen=True, slots=True)
class Inside:
    """What a container sees of its mounts.

    + uid: who the service's process runs as
    + groups: that process' groups
    + data: its data directory, where one was asked for
    + kept: a file in its data directory, or a directory in one of that; empty: there is none; None:
      that is not known
    + files: every file that is mounted alone, by its path in the container
    + server: the name of the server's program: ``valkey-server``; empty: it is none that is known
    """

    uid: int
    groups: frozenset[int]
    data: File | None
    files: Mapping[str, File]
    server: str = ""
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a health check's URL answered.

    + status: the HTTP status; 0 where there was no answer
    + body: the answer, hidden as the check demands; or what stood in the way
    + listens: the ports that its service listens on, where it refused the one that was asked
    """

    status: int
    seconds: float
    body: str
    listens: tuple[int, ...] = ()

    def gave_up_before(self, seconds: float) -> bool:
        """Whether nobody waited that long for it (28 is curl's word for a time-out)."""
        return self.status == 0 and "(28)" in self.body and self.seconds < 0.9 * seconds


@dataclass(frozen=True, slots=True)
class ComposeCommand:
    """A Compose command at work on the host, which may be on this project.

    + verb: what it does: ``up``
    + seconds: since it was started
    + attached: whether it stays with what it has started, as ``up`` without ``-d`` does
    """

    verb: str
    seconds: int
    attached: bool = False


_NOT_LISTED = Unknown("it was not looked at")


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one stack on one host.

    + inside_api: None where no file that it mounts alone was touched since it was started
    + at: when it began, by the host's clock, in seconds since 1970
    + commands: Compose at work
    + moved_tags: the ids of containers whose image has lost its tag to another one
    + paused: who wants nothing to be changed here, if anybody
    + corrections: what was corrected lately, where a job looks; `Unknown` where the host's audit
      could not be read
    + state: all that the engine says of its containers, as a hash; empty: it could not be had
    + volumes: the names of Docker's volumes; None where Redis has a container, which tells
    + kept: where Redis is stopped, and what it has on disk goes with its container: a file of that;
      empty: there is none
    + differences: of the containers with another hash than Compose tells, by their ids, the fields
      that differ; none for one that could not be compared
    """

    declared: Declared
    containers: tuple[Container, ...]
    networks: Mapping[str, Network]
    files: Mapping[str, File]
    redis: Server | Unknown
    inside_redis: Inside | Unknown
    inside_api: Inside | Unknown | None
    answers: Mapping[int, Answer]
    ports: Mapping[str, Mapping[int, bool]]
    at: float = field(default=0, compare=False)
    commands: tuple[ComposeCommand, ...] = ()
    volumes: frozenset[str] | None = None
    kept: str | Unknown = _NOT_LISTED
    moved_tags: frozenset[str] = frozenset()
    paused: Pause | None = None
    corrections: tuple[Correction, ...] | Unknown = ()
    state: str = field(default="", compare=False)
    differences: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)

    def members(self, service: str | None = None) -> tuple[Container, ...]:
        """The containers of the stack, or of one of its services."""
        return tuple(
            c
            for c in self.containers
            if c.project == self.declared.name and not c.oneoff and service in (None, c.service)
        )


def parse(
    lines: Sequence[str],
    users: Sequence[str],
    categories: bool,
    mounted: int = 0,
    directory: str = "",
) -> Look | Unknown:
    """What `shell/look.sh` answered; `Unknown` where it is no whole and sensible answer.

    + lines: its output
    + users: the Redis users whose logins were tried, in their order
    + categories: whether Redis was asked for the commands of each category
    + mounted: how many logins were tried before, with the passwords that Redis' container sees
    + directory: the stack's, by which the audit knows it
    """
    try:
        with understood("the host", ""):
            return _parse(lines, users, categories, mounted, directory)
    except ValueError as error:
        return Unknown(str(error))


def _parse(
    lines: Sequence[str], users: Sequence[str], categories: bool, mounted: int, directory: str
) -> Look | Unknown:
    sections, status = parse_sections(lines)
    if status.get("engine") != 0:
        return Unknown(no_engine(" ".join(sections.get("engine", ())).strip()))
    if cut_off := _SECTIONS - set(status):
        return Unknown(
            f"the answer is cut off: {', '.join(sorted(cut_off))} did not come to an end"
        )
    if status["container"] or status["network"] or status["file"]:
        return Unknown("Docker did not answer: " + said(sections["container"], sections["network"]))
    declared = parse_declared(sections, status)
    if isinstance(declared, Unknown):
        return declared
    redis, inside_redis = _redis(sections["redis"], status["redis"], users, categories, mounted)
    networks = [engine.network(x) for x in sections["network"] if x[:1] == "{"]
    return Look(
        declared=declared,
        containers=_containers(sections["container"], directory),
        networks={n.name: n for n in _with_subnets(networks, sections.get("subnet", ()))},
        files=files.parse(sections["file"]),
        redis=redis,
        inside_redis=inside_redis,
        inside_api=_inside(sections["api"], status["api"])
        if any(sections["api"]) or status["api"]
        else None,
        answers=parse_answers(sections["check"]),
        ports=_ports(sections["knock"]),
        at=_clock(sections["actor"]),
        commands=_commands(sections["actor"]),
        volumes=_volumes(sections, status),
        kept=_kept(sections, status),
        moved_tags=_moved_tags(sections["container"]),
        paused=restraint.pause(_behind("z ", sections["actor"]), _clock(sections["actor"])),
        corrections=restraint.corrections(_behind("c ", sections["actor"]), directory),
        differences=differences.parse(sections.get("field", ())),
        state=next((x for x in sections.get("state", ()) if re.fullmatch("[0-9a-f]{64}", x)), ""),
    )


def _containers(lines: Sequence[str], directory: str) -> tuple[Container, ...]:
    spellings = _behind("w ", lines)
    found = (engine.container(line) for line in lines if line[:1] == "{")
    return tuple(_placed(container, spellings, directory) for container in found)


def _placed(container: Container, spellings: Sequence[str], directory: str) -> Container:
    """
    The container, by one name of a project's directory that has several, by links.

    + spellings: its names; Compose was asked under the first of them, which mounts get
    + directory: as the inventory calls it, which Compose's own labels get
    """
    if len(spellings) < 2:
        return container

    def by(name: str, path: str) -> str:
        found = [s for s in spellings if f"{path}/".startswith(f"{s}/")]
        return name + path[len(max(found, key=len)) :] if found else path

    return replace(
        container,
        mounts=tuple(
            replace(m, source=by(spellings[0], m.source)) if m.kind == "bind" else m
            for m in container.mounts
        ),
        working_dir=by(directory, container.working_dir),
        config_files=tuple(by(directory, file) for file in container.config_files),
        env_files=tuple(by(directory, file) for file in container.env_files),
    )


_SECTIONS = {
    *("actor", "container", "network", "config", "hash", "file"),
    *("redis", "api", "check", "knock"),
}


def _with_subnets(networks: Iterable[Network], lines: Iterable[str]) -> list[Network]:
    """The same networks, with what was asked of those that Compose declares something about."""
    subnets, lacks = engine.subnets(filter(None, lines))
    return [replace(n, subnets=subnets.get(n.name), lacks=lacks.get(n.name, ())) for n in networks]


def parse_answers(lines: Iterable[str]) -> dict[int, Answer]:
    """The health checks' answers, by the checks' numbers."""
    answers: dict[int, Answer] = {}
    listens: dict[int, tuple[int, ...]] = {}
    for line in lines:
        if found := re.fullmatch(r"c (\d+) (\d{3}) (\d+(?:\.\d+)?) ?(.*)", line):
            number, status, seconds, body = found.groups()
            answers[int(number)] = Answer(int(status), float(seconds), body.strip())
        elif found := re.fullmatch(r"l (\d+)((?: \d{1,5})+)", line):
            listens[int(found[1])] = tuple(map(int, found[2].split()))
    return {n: replace(a, listens=listens.get(n, ())) for n, a in answers.items()}


def parse_sections(lines: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Each section's lines and status. Sections stand between lines that start with the mark."""
    sections: dict[str, list[str]] = {}
    status: dict[str, int] = {}
    mark = next((found[1] for line in lines if (found := _MARK.fullmatch(line))), None)
    name = None
    for line in lines if mark else ():
        start, _, rest = line.partition(" ")
        if start != mark:
            if name:
                sections[name].append(line)
        elif not rest.startswith("="):
            name = rest
            sections[name] = []
        elif name:
            status[name], name = int(rest[1:]), None
    return sections, status


_MARK = re.compile(r"look ([0-9a-f-]{36})")


def parse_declared(
    sections: Mapping[str, Sequence[str]], status: Mapping[str, int]
) -> Declared | Unknown:
    """The project, of the sections that `shell/declared.sh` makes."""
    lines = [line for line in sections["config"] if line]
    # What Compose said of an error holds no value: the host has seen to that (shell/compose.awk).
    for section in ("config", "hash"):
        if status.get(section):
            return Unknown(unresolved(" ".join(filter(None, sections[section]))))
    if "{" not in lines:
        return Unknown("Compose printed its configuration in a form that is not understood")
    start = lines.index("{")
    hashes = compose.hashes(tuple(sections.get("hash", ())))
    unset = tuple(_behind("unset ", lines[:start]))
    uses = [
        (who, what) for who, _, what in (x.partition(" ") for x in _behind("uses ", lines[:start]))
    ]
    return compose.declared("\n".join(lines[start:]), hashes, unset, uses)


def _redis(
    lines: Sequence[str], status: int, users: Sequence[str], categories: bool, mounted: int
) -> tuple[Server | Unknown, Inside | Unknown]:
    inside = _inside(lines, status)
    sent = "untold" not in lines[: lines.index("r") if "r" in lines else None]
    answers = lines[lines.index("r") + 1 :] if "r" in lines else []
    if "r" not in lines or status:
        return Unknown(unasked(said(lines))), inside
    if not answers or re.match(r"Could not connect", answers[0]):
        return Unknown(f"Redis does not answer: {(answers or ['nothing'])[0][:200]}"), inside
    try:
        return replace(server.answers(answers, users, categories, mounted), login_sent=sent), inside
    except ValueError as error:
        return Unknown(str(error)), inside


def _inside(lines: Sequence[str], status: int) -> Inside | Unknown:
    user = next((line.split()[1:] for line in lines if line.startswith("u ")), None)
    if not user or status:
        return Unknown(f"the container can't be looked into: {said(lines)}")
    ids = [int(n) for n in user if n.isdecimal()]
    data = next((line[2:] for line in lines if line.startswith("d ")), None)
    return Inside(
        uid=ids[0] if ids else -1,
        groups=frozenset(ids[1:]),
        data=None if data is None else files.about(data),
        files=files.parse(lines),
        server=next((x[2:] for x in lines if re.fullmatch("b (redis|valkey)-server", x)), ""),
        kept=next((line[2:] for line in lines if line.startswith("h ")), None),
    )


def _volumes(
    sections: Mapping[str, Sequence[str]], status: Mapping[str, int]
) -> frozenset[str] | None:
    return frozenset(sections["volume"]) if status.get("volume") == 0 else None


def _kept(sections: Mapping[str, Sequence[str]], status: Mapping[str, int]) -> str | Unknown:
    if "kept" not in status:
        return _NOT_LISTED
    said_of_it = " ".join(filter(None, sections["kept"]))
    return Unknown(said_of_it) if status["kept"] else said_of_it


def _moved_tags(lines: Sequence[str]) -> frozenset[str]:
    """``docker ps`` shows an id in an image's place where its tag now names another one."""
    listed = (re.fullmatch(r"m (\S+) (sha256:)?([0-9a-f]{12,64})", line) for line in lines)
    return frozenset(found[1] for found in listed if found)


def _behind(mark: str, lines: Sequence[str]) -> list[str]:
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]


def _clock(lines: Sequence[str]) -> float:
    clock = r"t [0-9]{1,10}(\.[0-9]{1,9})?"
    told = next((line[2:] for line in lines if re.fullmatch(clock, line)), None)
    if told is None:
        raise AnswerError("the host does not tell what time it is")
    return float(told)


def _commands(lines: Sequence[str]) -> tuple[ComposeCommand, ...]:
    found = (re.fullmatch(r"p ([0-9]{1,9}) ([a-z]+)( attached)?", line) for line in lines)
    return tuple(ComposeCommand(m[2], int(m[1]), bool(m[3])) for m in found if m)


def _ports(lines: Sequence[str]) -> dict[str, dict[int, bool]]:
    ports: dict[str, dict[int, bool]] = {}
    for line in lines:
        if found := re.fullmatch(r"k (\S+) (\d+) (accepts|refuses)", line):
            ports.setdefault(found[1], {})[int(found[2])] = found[3] == "accepts"
    return ports
