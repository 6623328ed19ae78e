"""What there is to say of a project as a whole: nothing of it runs, or Compose can't resolve it.
Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

from ...core.finding import Finding
from ...core.kind import kind
from ...core.resolution import Refusal
from ...settings import FoundStack, Stack
from ..docker import Container
from ..last_words import words_of
from ..look import Look
from ..parts import Part
from .stopped import NOT_RUNNING

DOWN = kind(
    "down",
    title="Nothing of a project runs",
    part=Part.HEALTH,
    means="It serves nobody. It may have been stopped on purpose: nothing says that it is to run.",
    known="`docker ps -a`: each of its containers was stopped, ended with code 0, or never ran.",
    repair="Nothing: `docker compose up -d` where it is wanted. A Stack in the inventory says that"
    " it has to run.",
    breaks_health=False,
)
FAILED = kind(
    "down-failed",
    title="Nothing of a project runs, and some of it has failed",
    part=Part.HEALTH,
    means="It serves nobody, and was not merely stopped.",
    known="`docker ps -a`: an exit code other than that of a stop (0, 130, 137, 143). Several that"
    " ended together with 255 ran when the engine, or the host, went down.",
    repair="Nothing: the log of the container that failed says why; what went down with the engine"
    " is started by `docker compose up -d`, and by a restart policy the next time.",
)
UNRESOLVED = kind(
    "unresolved",
    title="Compose can't resolve a project here",
    part=Part.HEALTH,
    means="What its files say is not known: it is judged by what the engine shows, and neither its"
    " files nor its secrets are looked at.",
    known="`docker compose config` in the directory that its containers name: it is not on this"
    " host, or its files are wrong.",
    repair="Nothing: recreate it where its compose file is.",
    breaks_health=False,
)

MADE_DIFFERENTLY = kind(
    "made-of-other-files",
    title="The containers of a project were made from different overrides",
    part=Part.HEALTH,
    means="Some were made with one override of its compose file, and others with another: which of"
    " them count is not known, and what a service lacks may be missing by mistake.",
    known="The labels by which Compose finds its files again.",
    repair="Nothing: the project is judged by the files that most containers were made from."
    " Stack(Compose(DIRECTORY, files=...)) says which count.",
    breaks_health=False,
)

_RUNS = ("running", "restarting", "paused")
_KILLED, _LOST = 137, 255
_AT_ONCE = timedelta(seconds=5)
_NOT_AGAIN = Refusal(
    "nothing started it again: it has no restart policy",
    "docker compose up --detach",
)


def down(look: Look, stack: Stack) -> Finding[None] | None:
    """That nothing of a project runs that nobody has declared: all else follows from it."""
    members = look.members()
    if not isinstance(stack, FoundStack) or any(c.status in _RUNS for c in members):
        return None
    name = look.declared.name
    seen = "; ".join(f"{c.name} {_ended(c)}" for c in members) or "it has no container"
    failed = [c for c in members if _failed(look, c)]
    if not failed:
        return DOWN.found(name, "is down: nothing of it runs", seen)
    if any(_lost_its_network(look, c) for c in failed):
        return None  # That is why, and a finding of its own.
    logs = f"docker logs --tail 20 {failed[0].name}"
    if _went_down_with_the_engine(failed):
        again = replace(_NOT_AGAIN, instead=f"{_NOT_AGAIN.instead}; if it ends again: {logs}")
        return FAILED.found(name, "is down: it ran when the engine went down", seen, again)
    why = "what failed by itself is not started again: it would fail again"
    return FAILED.found(name, "is down, and has failed", seen, Refusal(why, logs))


def _went_down_with_the_engine(failed: Sequence[Container]) -> bool:
    """Whether they ended together, as what runs when the engine, or its host, goes down: once it
    is up again it knows none of their exit codes, and gives all of them its own."""
    ended = sorted(c.ended for c in failed)
    if any(c.restart_policy not in ("", "no") for c in failed):
        return False  # It would have been started again.
    return (
        len(failed) > 1
        and {c.exit_code for c in failed} == {_LOST}
        and ended[-1] - ended[0] < _AT_ONCE
    )


def _failed(look: Look, container: Container) -> bool:
    """Whether it ended with an error of its own, or was killed for lack of memory."""
    if container.status == "created" or container.exit_code == 0:
        return False
    words = words_of(look, container) if container.exit_code == _KILLED else None
    return bool(words and words.of("killed")) or not container.stopped_from_outside


def _lost_its_network(look: Look, container: Container) -> bool:
    there = {network.id for network in look.networks.values()}
    return any(e.network_id and e.network_id not in there for e in container.networks.values())


def _ended(container: Container) -> str:
    if container.status != "exited":
        return f"is {container.status}"
    at = container.since[:16].replace("T", " ")
    return f"exited with code {container.exit_code}" + (f" at {at} UTC" if at else "")


def findings(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """That it is judged by less than what its files say."""
    if not look.members() and not (stack.components or stack.services):
        yield NOT_RUNNING.found(
            look.declared.name,
            "has no container",
            "docker ps -a shows none of this project",
            Refusal("what nobody says has to run is not started", "docker compose up --detach"),
        )
    if not stack.compose.files:
        yield from _made_differently(look)
    if why := look.declared.unresolved:
        yield UNRESOLVED.found(
            look.declared.name, "is judged only by what the engine shows of it", why
        )


def _made_differently(look: Look) -> Iterator[Finding[None]]:
    """
    Where overrides of the same file exclude each other. One that adds services, or changes some, is
    how many people work; and of a file that has another name now nothing is known to be missing.
    """
    made: dict[tuple[str, ...], set[str]] = {}
    for container in (c for c in look.members() if c.made_by_compose):
        made.setdefault(made_from(container), set()).add(container.service)
    if any(_exclude({*one}, {*other}) for one, other in combinations(made, 2)):
        ordered = sorted(made.items(), key=lambda item: sorted(item[1]))
        seen = (f"{', '.join(sorted(of))}: from {', '.join(files)}" for files, of in ordered)
        yield MADE_DIFFERENTLY.found(
            look.declared.name, "has containers made from different files", "; ".join(seen)
        )


def made_from(container: Container) -> tuple[str, ...]:
    """The files that Compose made a container from, as its labels say, from its directory."""
    files = (*container.config_files, *container.env_files)
    return tuple(posixpath.relpath(file, container.working_dir) for file in files)


def _exclude(one: set[str], other: set[str]) -> bool:
    return bool(one & other and one - other and other - one)
