"""What a Redis is asked over ``redis-cli``, and what of it comes back. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...core.answers import AnswerError, understood
from ...core.unknown import Unknown
from . import connections, traces
from .acl.categories import CATEGORIES
from .server import Server

_CONFIG = "CONFIG GET aclfile\nCONFIG GET dir\nCONFIG GET dbfilename\nCONFIG GET save"
_COMMANDS = "INFO commandstats"
_OPTIONAL = ("MEMORY DOCTOR", *connections.QUESTIONS, _COMMANDS, *traces.QUESTIONS)
"""Asked after all that rules can't do without: whatever is answered to these fails no look."""


def questions(users: Sequence[str], categories: bool, may_all: bool = False) -> str:
    """What the look asks once the logins are done; `answers` reads what comes back.

    Each stands alone: what is refused is not known, and all else is. Redis before 7.0, and servers
    that come of it, take one section and one setting at a time, so INFO is asked for its usual
    ones.

    + users: who logs in: the declared users, or the default user
    + categories: whether the comparison of ACLs needs the commands of each category
    + may_all: whether each of them may do everything; the default user counts as such: what others
      are refused stays in the server's log
    """
    # ECHO, since a Redis that is loading its data answers to it, and not to PING: which, without
    # a mark, is the last of the answers before.
    asked = _asked(users, categories, may_all or {*users} <= {"default"})
    return "PING\n" + "".join(f"ECHO @{n}\n{question}\n" for n, question in enumerate(asked))


def _asked(users: Sequence[str], categories: bool, traced: bool = True) -> tuple[str, ...]:
    """What is asked, in order; traces last, since not all are asked for them."""
    return (
        "INFO",
        _CONFIG,
        "ACL USERS",
        *(f"ACL GETUSER {quoted(user)}" for user in _judged(users)),
        # One that a server lacks is an error there, which is left out.
        *(f"ACL CAT {category}" for category in (CATEGORIES if categories else ())),
        *(question for question in _OPTIONAL if traced or question not in traces.QUESTIONS),
    )


def quoted(text: str) -> str:
    r"""An argument as redis-cli reads it from its input, whatever is in it.

    >>> print(quoted("a b"))
    "\x61\x20\x62"
    """
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    r"""The bytes of a text as redis-cli reads them between double quotes: ``\x61\x62``."""
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def answers(
    lines: Sequence[str],
    users: Sequence[str],
    categories: bool,
    mounted: int = 0,
    held: bool = False,
) -> Server:
    """What the look's ``redis-cli --json`` printed: first the logins, then the questions.

    The first two lines answer ``RESET`` and ``PING``, of a client without credentials; then one
    line for each ``AUTH`` with a password that Redis' container sees (``mounted`` of them), and one
    for each of the declared users, or one for the login that is ``held``; then ``PING``, of who
    logged in. Everything after the first marker belongs to the questions, one marker each, so that
    an answer of many lines (``INFO``) is kept apart from the next.

    Raises:
        ValueError: these are no such lines, or not all of them
    """
    if lines and re.match("Error: ", lines[0]):
        raise AnswerError(f"Redis does not answer: {lines[0][:200]}")
    head = [line for line in lines[: _first_marker(lines)] if line.strip()]
    who = [_HELD] if held else users
    expected = 2 + mounted + len(who)
    if len(head) < expected:
        raise AnswerError(f"redis-cli answered {len(head)} lines, expected {expected}: {head[:1]}")
    head = [*head[:2], *head[2 + mounted :]]
    with understood("redis-cli", "".join(lines)):
        seen = _server(lines, head, who, categories)
    return replace(seen, logins={}) if held else seen


_HELD = ""
"""Stands for the user whose login the container holds."""


def _server(
    lines: Sequence[str], head: Sequence[str], users: Sequence[str], categories: bool
) -> Server:
    served = head[1] == '"PONG"'
    pong = "".join(head[2 + len(users) : 3 + len(users)])
    logins = {u: line == '"OK"' for u, line in zip(users, head[2:], strict=False)}
    replies = _replies(lines)
    asked = _asked([user for user in users if user != _HELD], categories)
    said = {question: replies.get(n, []) for n, question in enumerate(asked)}
    # Who may not say ECHO, or knows none (a Sentinel), leaves no marker: INFO is known by its form.
    info = _fields(said["INFO"] if replies else lines)
    sentinel = Server(served, logins, info, None, frozenset(), {}, {})
    if sentinel.is_sentinel:
        return sentinel
    inside = any(logins.values()) or served or bool(info)
    if not inside:
        first = next(iter(said["INFO"] or head[1:2]), "nothing")[:200]
        if not all(_refuses(line) for line in head[2 : 2 + len(users)]) and not _refuses(head[1]):
            raise AnswerError(f"Redis did not let anybody ask: {first}")
        return Server(False, logins, {}, None, None, {}, {}, first)
    needed = [question for question in asked if question not in _OPTIONAL]
    if info and replies and not said[needed[-1]]:
        raise AnswerError("redis-cli's answer is cut off")
    acl = {name: _json(said[f"ACL GETUSER {quoted(name)}"]) for name in _judged(users)}
    refused = tuple(q for q in needed if not q.startswith("ACL CAT") and _is_refused(said[q]))
    return Server(
        open=served,
        logins=logins,
        info=info | _fields(said[_COMMANDS]),
        config=_config(said[_CONFIG]),
        users=frozenset(_strings(said["ACL USERS"]) or ()),
        acl={name: reply for name, reply in acl.items() if reply != REFUSED},
        says=next((line[:200] for q in refused for line in said[q]), None),
        categories={
            category: frozenset(commands)
            for category in (CATEGORIES if categories else ())
            if (commands := _strings(said[f"ACL CAT {category}"])) is not None
        },
        pong=pong,
        doctor=_doctor(said["MEMORY DOCTOR"]),
        refused=tuple(dict.fromkeys(" ".join(q.split()[:2]) for q in refused)),
        connected=connections.connections(said["CLIENT LIST"]),
        turned_away=connections.refused(said["ACL LOG 128"]),
        modules=traces.modules(said.get(traces.MODULES, ())),
        planted=traces.planted(lambda question: said.get(question, ())),
    )


def _refuses(line: str) -> bool:
    """Whether it wants another login, or none was sent."""
    return bool(re.match("error:.*(WRONGPASS|NOAUTH)", line)) or line == '"nobody"'


def _is_refused(lines: Sequence[str]) -> bool:
    """Whether it is an error; of INFO redis-cli prints one as it is."""
    return not lines or _is_error(lines[0]) or bool(re.match("[A-Z]{3,} ", lines[0]))


def _config(lines: Sequence[str]) -> dict[str, str] | None:
    """The settings that it tells, one reply a line; None: none of them."""
    told: dict[str, str] = {}
    for line in lines:
        words = _strings([line]) or []
        told |= zip(words[::2], words[1::2], strict=True)
    return told or None


def _doctor(lines: Sequence[str]) -> str | Unknown:
    """What it says, or why it does not; redis-cli prints it as it is, and an error as well."""
    text = " ".join(" ".join(lines).split())
    refused = not text or _is_error(text) or re.match("[A-Z]{3,} ", text)
    return Unknown(text[:200] or "it did not answer") if refused else text


def _judged(users: Sequence[str]) -> tuple[str, ...]:
    """Whose ACL is asked for."""
    return tuple(dict.fromkeys(("default", *(user for user in users if user != _HELD))))


REFUSED = "refused"
"""Stands for a reply that is an error: ``error:"NOPERM …"``."""


# ECHO's answer; where that was renamed, the error repeats its argument.
_MARKER = re.compile(r"\"@(\d+)\"|error:\"(?:ERR )?unknown command .*['`]@(\d+)['`],? ?\"", re.I)


def _first_marker(lines: Sequence[str]) -> int:
    return next((n for n, line in enumerate(lines) if _MARKER.fullmatch(line)), len(lines))


def _replies(lines: Sequence[str]) -> dict[int, list[str]]:
    replies: dict[int, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if found := _MARKER.fullmatch(line):
            current = replies.setdefault(int(found[1] or found[2]), [])
        elif line.strip():
            current.append(line)
    return replies


def _is_error(line: str) -> bool:
    return line.startswith("error:")


def _fields(lines: Sequence[str]) -> dict[str, str]:
    """The fields of ``INFO``; of an error none."""
    stripped = [line.strip() for line in lines if not _is_error(line)]
    fields = dict(text.split(":", 1) for text in stripped if re.match(r"[A-Za-z_0-9|]+:", text))
    if "server_mode" in fields:  # as Valkey calls it
        fields.setdefault("redis_mode", fields["server_mode"])
    return fields


def _strings(lines: Sequence[str]) -> list[str] | None:
    """A reply that is a list of strings; None where it was refused."""
    reply = _json(lines)
    if reply == REFUSED:
        return None
    if not isinstance(reply, list) or not all(isinstance(item, str) for item in reply):
        raise ValueError("expected a list of strings")
    return reply


def _json(lines: Sequence[str]) -> Any:
    """One reply, or `REFUSED`."""
    text = "".join(lines)
    if not text or _is_error(text):
        return REFUSED
    with understood("redis-cli", text):
        return json.loads(text)
