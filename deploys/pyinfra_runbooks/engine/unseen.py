"""Why something could not be seen, in words for the person who has to clear it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from ..core.unknown import Cause, Unknown
from .docker import Container

Seen = TypeVar("Seen")

# JSON, and lines that begin with a letter or a hash of their own.
_ANSWERED = re.compile(r"[{\[\"@+=]|[a-z]( |$)|[0-9a-f]{64} ")


def no_engine(said: str) -> str:
    """Why Docker does not answer, from what its client said."""
    if said.startswith("not supported"):
        return said[:300]
    if re.search(r"failed to (run|execute) command|not found|No such file or directory$", said):
        return f"there is no docker command on this host ({said})"
    if "permission denied" in said:
        return (
            "this user may not use Docker: put it into the docker group, or use --sudo"
            f" ({said[:120]})"
        )
    if re.search(r"Cannot connect|Is the docker daemon running", said):
        return f"the Docker daemon does not answer ({said[:160]})"
    return f"Docker did not answer ({said[:200] or 'in time'})"


def unresolved(said: str) -> str:
    """Why Compose can't resolve a project, from a line of `compose.awk`."""
    if said == "no Compose v2":
        return (
            "there is no Compose v2 on this host (`docker compose` is unknown; Compose 1,"
            " `docker-compose`, is not supported)"
        )
    if re.search("depends on (undefined|unknown) service", said):
        said += "; if that is behind a profile: Compose(profiles=...) in the inventory"
    return f"Compose can't resolve the project ({said or 'not in time'})"


def not_at_work(members: Sequence[Container]) -> str:
    """What the engine alone shows of a project that can't be judged: an outage would be hidden
    behind a mistake in its files. What has ended with code 0 may be a job; empty: there is nothing.
    """
    unwell = [
        f"{c.name} is {c.status}{f' with code {c.exit_code}' if c.status == 'exited' else ''}"
        for c in members
        if c.status not in ("running", "created") and not (c.status == "exited" and not c.exit_code)
    ]
    return f"; in the meantime {', '.join(sorted(unwell))}" if unwell else ""


def judged(seen: Seen | Unknown) -> Seen | Unknown:
    """The same; where Docker's own words say that once more may help, with that as its cause."""
    if isinstance(seen, Unknown) and re.search(_PASSING, seen.reason):
        return Unknown(seen.reason, Cause.PASSING)
    return seen


_PASSING = r"OCI runtime|No such (object|container)"
"""`docker exec` fails now and then right after a network was changed."""


def unasked(said: str) -> Unknown:
    """Why Redis could not be queried, from what its container said."""
    if "Unrecognized option" in said:
        return Unknown(
            "not supported: a Redis before 7.0, or another server that has its redis-cli"
            f" ({said[:80]})"
        )
    if re.search(_NO_CLIENT, said):
        return Unknown(f"{_WITHOUT_CLIENT} ({said[:80]})", Cause.NO_TOOLS)
    if re.search(r"exec.*\bsh\b.*(not found|no such file)", said):
        return Unknown(f"{_WITHOUT_SHELL} ({said[:80]})", Cause.NO_TOOLS)
    return Unknown(f"Redis could not be queried: {said}")


_WITHOUT_CLIENT = "not supported: a server that brings neither redis-cli, valkey-cli nor keydb-cli"
_WITHOUT_SHELL = "not supported: a server whose image has no shell"
_NO_CLIENT = r"(redis|valkey|keydb)-cli.*(not found|No such file)"


def not_there(answers: Sequence[str]) -> bool:
    """Whether what answers is a shell that has no redis-cli."""
    return any(re.search(_NO_CLIENT, line) for line in answers[:1])


def no_answer(answers: Sequence[str]) -> Unknown:
    """That Redis does not answer, with the first of what came instead."""
    if not answers:
        return Unknown("Redis does not answer: nothing", Cause.SILENT)
    return Unknown(f"Redis does not answer: {answers[0][:200]}")


def said(*sections: Sequence[str]) -> str:
    """What stood in the way: all that is no part of an answer, which may hold a password's hash."""
    text = " ".join(line for lines in sections for line in lines if not _ANSWERED.match(line))
    return text.strip()[:200] or "no reason given, or not in time"
