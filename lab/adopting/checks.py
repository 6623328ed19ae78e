"""What a health check needs of a container, read off its text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

_LOCAL = r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|::1|\$\{?HOSTNAME\}?|\$\(hostname\))"
_PORT = re.compile(rf"{_LOCAL}[:/ ]+(\d{{2,5}})\b")
_WITHOUT_PORT = re.compile(rf"\b(https?)://{_LOCAL}(?=[/'\"\s]|$)")
_INNER = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_SUM = re.compile(r"\$?\(\(.*?\)\)")
_FILE = re.compile(r"(?:\btest|\[)\s+-[efsr]\s+[\"']?(/[^\s\"'\];]+)")
_BEFORE = {"if", "then", "else", "elif", "while", "until", "do", "!", "exec", "{", "time"}
_SHELLS = {"sh", "bash", "ash", "dash"}
_ENDS = re.compile(r"[;&|()]+$")


@dataclass(frozen=True)
class Needs:
    """What makes a check come out well.

    + programs: as it calls them
    + ports: on which something has to answer
    + says: text that the answer has to have
    + titles: text that the list of processes has to have
    + files: that have to be there
    + cannot: why it can't come out well here
    """

    programs: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    says: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()


def needs(test: Sequence[str] | str | None) -> Needs:
    """What a `test` of a compose file needs; with the shell's own words as Compose resolves them.

    >>> needs(["CMD-SHELL", "curl -s localhost:3000/health | grep -q OK"])
    Needs(programs=('curl', 'grep'), ports=(3000,), says=('OK',), titles=(), files=(), cannot=())
    """
    if isinstance(test, str):
        test = ["CMD-SHELL", test]
    if not test or test[0] == "NONE":
        return Needs()
    how, *words = test
    if how == "CMD" and words and words[0].rpartition("/")[2] in _SHELLS and "-c" in words:
        how, words = "CMD-SHELL", words[words.index("-c") + 1 :][:1]
    text = " ".join(words)
    commands = [words] if how == "CMD" else list(shell_commands(text))
    patterns = tuple(filter(None, map(_pattern, commands)))
    lists = any(command[0].rpartition("/")[2] in ("ps", "pgrep", "top") for command in commands)
    programs = (command[0] for command in commands if "$" not in command[0])
    return Needs(
        programs=tuple(dict.fromkeys(programs)),
        ports=_ports(text),
        says=() if lists else patterns,
        titles=patterns if lists else (),
        files=tuple(_FILE.findall(text)),
        cannot=tuple(_cannot(text, commands)),
    )


def together(several: Sequence[Needs]) -> Needs:
    """All of them in one."""
    return Needs(
        *(
            tuple(dict.fromkeys(value for one in several for value in getattr(one, item.name)))
            for item in fields(Needs)
        )
    )


def shell_commands(text: str) -> Iterator[list[str]]:
    """The commands of a shell's line, each as its words; without variables that are set first."""
    for inner in _INNER.finditer(text):
        yield from shell_commands(inner[1] or inner[2] or "")
    for line in text.splitlines():
        yield from _commands(_INNER.sub("$_", _SUM.sub("", line)))


def _commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split, lexer.commenters = True, "#"
    try:
        words = list(lexer)
    except ValueError:  # a quote that ends on another line: what is inside is no command
        words = line.split()
    command: list[str] = []
    for word in [*words, ";"]:
        if _ENDS.match(word):
            if command := _named(command):
                yield command
            command = []
        else:
            command.append(word)


def _named(command: list[str]) -> list[str]:
    """Without what stands before a program's name."""
    while command and (command[0] in _BEFORE or re.match(r"\w+=", command[0])):
        command = command[1:]
    if command[:1] == ["timeout"] and len(command) > 2:
        return command[2:]
    return command


def _pattern(command: Sequence[str]) -> str | None:
    """The plain text that a grep or pgrep looks for, if it is plain."""
    program, *arguments = command
    if program.rpartition("/")[2] not in ("grep", "egrep", "fgrep", "pgrep"):
        return None
    options = [word for word in arguments if word.startswith("-")]
    if any("v" in option for option in options if not option.startswith("--")):
        return None
    words = [word for word in arguments if not word.startswith("-")]
    if not words:
        return None
    plain = re.sub(r"\[(\w)\]", r"\1", words[0]).strip("^$")
    plain = re.sub(r"\\(?:s[*+]?|\s)", " ", plain)
    plain = plain.replace(".*", " ").replace("\\", "").partition("|")[0]
    return plain if plain and not re.search(r"[*+?\[\](){}$]", plain) else None


def _ports(text: str) -> tuple[int, ...]:
    numbers = [int(number) for number in _PORT.findall(text)]
    numbers += [443 if scheme == "https" else 80 for scheme in _WITHOUT_PORT.findall(text)]
    return tuple(dict.fromkeys(numbers))


def _cannot(text: str, commands: Sequence[Sequence[str]]) -> Iterator[str]:
    if re.search(rf"https://{_LOCAL}", text) and any(
        command[0] in ("curl", "wget") for command in commands
    ):
        yield "it asks by HTTPS, and stand-ins speak HTTP"
    if modules := re.findall(r"\bimport (requests|httpx|psycopg2?|redis|celery|django)\b", text):
        yield f"it imports {modules[0]}, which is not there"
