"""What a Redis' container tells of how it is reached and logged in to (``held_login.sh``). Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Login:
    """
    What a Redis' own container says of how to log in to it; the password itself stays there.

    + user: who was let in; empty: nobody
    + by: what names that login: a variable, an option, a file in the container
    + refused: what names one that it does not take
    + unseen: what names one that can't be read
    """

    user: str = ""
    by: str = ""
    refused: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


PLAIN = "login plain"
"""Its redis-cli is older than 7.0, and prints no JSON: what it says can be read, and no step of a
repair knows how."""


def about_login(lines: Sequence[str]) -> Login:
    """What the container says of its login: the lines of ``held_login.sh``."""
    login = Login()
    for line in lines:
        match line.split():
            case ["login", "as", user, by]:
                login = replace(login, user=_unescaped(user), by=by)
            case ["login", "refused", by]:
                login = replace(login, refused=tuple(dict.fromkeys((*login.refused, by))))
            case ["login", "unseen", by]:
                login = replace(login, unseen=tuple(dict.fromkeys((*login.unseen, by))))
    return login


def _unescaped(text: str) -> str:
    """A user's name, of what `quoted` makes of it."""
    if not text.startswith('"'):
        return text
    octets = re.findall(r"\\x([0-9a-f]{2})", text)
    return bytes(int(octet, 16) for octet in octets).decode(errors="replace")


def reached_by(lines: Sequence[str]) -> tuple[str, ...]:
    """The words by which redis-cli reaches it."""
    return tuple(line.removeprefix("reach ") for line in lines if line.startswith("reach "))


def as_json(lines: Sequence[str]) -> list[str]:
    """
    What a redis-cli before 7.0 printed, as a later one prints it with ``--json``; it is the same
    where it was JSON.

    + lines: all that the container said, up to a line with r and after it
    """
    start = lines.index("r") + 1 if "r" in lines else 0
    if PLAIN not in lines[:start]:
        return list(lines)
    return [*lines[:start], *_of_a_terminal(lines[start:])]


def _of_a_terminal(lines: Sequence[str]) -> Iterator[str]:
    """Each reply in one line; INFO and what else is text line by line, as redis-cli prints it."""
    reply: list[str] = []
    for line in lines:
        if re.match(r" *\d+\) ", line) and not (reply and re.match(r"1\) ", line)):
            reply.append(line)
            continue
        if reply:
            yield json.dumps(_items(reply))
            reply = []
        if re.match(r"1\) ", line):
            reply = [line]
        else:
            yield _scalar(line)
    if reply:
        yield json.dumps(_items(reply))


def _scalar(line: str) -> str:
    if found := re.fullmatch(r"\(error\) (.*)", line):
        return f"error:{json.dumps(found[1])}"
    if found := re.fullmatch(r"\(integer\) (-?\d+)", line):
        return found[1]
    if line == "(nil)":
        return "null"
    if line == "(empty array)" or line == "(empty list or set)":
        return "[]"
    return f'"{line}"' if re.fullmatch(r"[A-Z]+", line) else line


def _items(lines: Sequence[str]) -> list[object]:
    """A list, of which each item stands after its number; what is in one of these is set in."""
    items: list[object] = []
    inner: list[str] = []
    width = 0
    for line in lines:
        found = re.match(r" *\d+\) ", line)
        if found and (not width or found.end() == width):
            if inner:
                items[-1] = _items(inner)
                inner = []
            width = found.end()
            rest = line[width:]
            if re.match(r" *\d+\) ", rest):
                inner = [rest]
                items.append(None)
            else:
                items.append(json.loads(_scalar(rest)))
        else:
            inner.append(line[width:])
    if inner:
        items[-1] = _items(inner)
    return items
