"""What real hosts answered to one look, under the names of an invented stack.

Taken from Docker Engine 26.1 with Compose 2.26, once with Redis 7.0 by a user of the group docker,
once with Redis 8.0 by root. Both commands of a look stand in one file, one after the other, under
one mark: what `shell.look.find` printed, and what `shell.look.look` did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import JsonValue

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts.stack import HostFound, StackLook
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.settings import (
    Api,
    Compose,
    HostFile,
    HttpCheck,
    Redis,
    RedisUser,
    Secret,
    Stack,
)

# What the looks' sections stand between, and what those of another look would.
MARK = "7d0c2a52-4c0b-4d6e-9a31-0f7f3a2b9c55"
OTHER_MARK = "2f1e7a90-0c1d-4b8e-8a57-91d2c3b4a5f6"
DATA = Path(__file__).parent / "data"
SAMPLES = ("redis-7.0", "redis-8.0")

_OK: dict[str, JsonValue] = {"status": "ok", "cache": "ok"}


def stack(**changes: object) -> Stack:
    """What the inventory says of the stack that was looked at."""
    settings: dict[str, object] = {
        "compose": Compose("/srv/shop"),
        "components": (
            Redis(
                users=(
                    RedisUser(
                        "clerk",
                        rules="~* &* +@all +@pubsub",
                        password=HostFile("secrets/redis_password.txt"),
                    ),
                ),
            ),
            Api("api"),
        ),
        "services": ("api", "redis", "postgres", "qdrant", "caddy"),
        "secrets": (
            Secret("redis_users_acl", owner=999, group=999, mode=0o400),
            Secret("redis_password", owner=999, mode=0o440),
        ),
        "health": (
            HttpCheck("http://api:8000/health", expect=_OK),
            HttpCheck("http://api:8000/token", non_empty="csrf_token"),
            HttpCheck("https://shop.example/health", expect=_OK),
            HttpCheck("https://shop.example/token", non_empty="csrf_token"),
        ),
    }
    return Stack(**{**settings, **changes})  # type: ignore[arg-type]


def real_lines(name: str) -> list[str]:
    """A sample as the host printed it."""
    return (DATA / f"{name}.look").read_text(encoding="utf-8").splitlines()


def lines(name: str) -> list[str]:
    """A sample's lines, each after its section's name and a bar, which is easier to change."""
    head, *rest = real_lines(name)
    assert head == f"look {MARK}"
    named: list[str] = []
    section = ""
    for line in rest:
        start, _, shown = line.partition(" ")
        if start != MARK:
            named.append(f"{section}|{line}")
        elif shown.startswith("="):
            named.append(f"{section}|{shown}")
        else:
            section = shown
    return named


def marked(named: Iterable[str]) -> list[str]:
    """Such lines as a host prints them; a line without a bar stays as it is."""
    answer, current = [f"look {MARK}"], None
    for section, bar, line in (line.partition("|") for line in named):
        if not bar:
            answer.append(section)
            continue
        if section != current:
            answer.append(f"{MARK} {section}")
        ends = re.fullmatch(r"=\d{1,3}", line)
        answer.append(f"{MARK} {line}" if ends else line)
        current = None if ends else section
    return answer


def section(name: str, sample: Sequence[str]) -> list[str]:
    """The lines of one section, with its name."""
    return [line for line in sample if line.startswith(f"{name}|")]


def parsed(answer: Iterable[str]) -> Look | Unknown:
    """What the fact makes of an answer, its lines after their sections' names."""
    return understood(marked(answer))


def understood(answer: Iterable[str], of: Stack | None = None) -> Look | Unknown:
    """What the facts make of both answers as a host prints them, one after the other."""
    shown = list(answer)
    find, ask = HostFound(), StackLook()
    find.command(stack=of or STACK)
    found = find.process(shown)
    if isinstance(found, Unknown):
        return found
    ask.command(stack=of or STACK, found=found)
    return ask.process(shown)


def look(name: str) -> Look:
    """A sample, understood."""
    seen = parsed(lines(name))
    assert isinstance(seen, Look), seen
    return seen


# The sample that others differ from

SAMPLE = tuple(lines("redis-8.0"))
STACK = stack()


def changed(pattern: str, by: str) -> list[str]:
    """The sample with a change; one that finds nothing to change is a mistake of the test."""
    text, count = re.subn(pattern, by, "\n".join(SAMPLE), flags=re.MULTILINE)
    assert count, pattern
    return text.split("\n")


def content(section_name: str) -> list[str]:
    """What is in one of its sections, without the section's name and status."""
    *inside, _ = (line.partition("|")[2] for line in section(section_name, SAMPLE))
    return inside


def replaced(section_name: str, by: Iterable[str], status: int) -> list[str]:
    """The sample with another content, and status, of one section."""
    others = [line for line in SAMPLE if not line.startswith(f"{section_name}|")]
    new = [f"{section_name}|{line}" for line in by]
    return [*others[:-1], *new, f"{section_name}|={status}", others[-1]]


def is_healthy(answer: Iterable[str]) -> bool:
    """Whether nothing at all is found in an answer."""
    seen = parsed(answer)
    return isinstance(seen, Look) and verification.everything(seen, STACK) == []
