"""The commands among the masked words that a container is started with. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .seen import MASKED

Command = tuple[str, tuple[str, ...]]
"""A program's name without its directory, and its words."""

_BETWEEN = {";", "&", "&&", "|", "||", "(", ")", "{", "}"}
_WORDS = {"exec", "then", "do", "else", "if", "elif", "while", "until", "!", "time"}
_SHELLS = {"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"}
_IN_FRONT = {
    *("tini", "dumb-init", "catatonit", "docker-init", "gosu", "su-exec", "setpriv", "chroot"),
    *("s6-setuidgid", "env", "nice", "ionice", "timeout", "stdbuf", "sudo", "su"),
    *_SHELLS,
}


def commands(words: Sequence[str]) -> Iterator[Command]:
    """
    Each command, without what only starts it: a script, a shell, `tini`, `gosu`.

    >>> list(commands(["tini", "--", "docker-entrypoint.sh", "redis-server", "--port", "1"]))
    [('redis-server', ('--port', '1'))]
    """
    name, rest, waits = "", list[str](), False
    for word in (*words, ";"):
        if word in _BETWEEN:
            if name:
                yield name, tuple(rest)
            name, rest, waits = "", [], False
        elif name:
            rest.append(word)
        elif waits:
            waits = word != "--"
        elif (base := word.rpartition("/")[2]) and base.startswith("wait"):
            waits = True  # It names a host before it starts anything.
        elif not _starts(word, base):
            name = base


def _starts(word: str, base: str) -> bool:
    """Whether it belongs to what starts the command that comes after it."""
    return (
        word in _WORDS
        or base in _IN_FRONT
        or word.startswith(("-", MASKED))
        or bool(re.match(r"[A-Za-z_][A-Za-z0-9_]*=", word))
        or base.endswith(".sh")
        or "entrypoint" in base
    )


def options(words: Sequence[str]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """
    Of a server's words those that stand before its options, and the values of these by their names.

    >>> options(["/etc/a.conf", "--save", "900", "1", "--port=7", "--tls"])
    (('/etc/a.conf',), {'save': ('900', '1'), 'port': ('7',), 'tls': ()})
    """
    before, found = list[str](), dict[str, tuple[str, ...]]()
    name = ""
    for word in words:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            name = name.lower()
            found[name] = (value,) if equals else ()
        elif name:
            found[name] += (word,)
        else:
            before.append(word)
    return tuple(before), found


def options_alone(words: Sequence[str]) -> bool:
    """
    Whether an image's own entrypoint gets nothing but options: it puts its program before them. It
    may be called by a shell, as for ``--requirepass "$(cat FILE)"``.

    >>> options_alone(["docker-entrypoint.sh", "--port", "1"]), options_alone(["a", "--port", "1"])
    (True, False)
    >>> options_alone(["sh", "-c", "docker-entrypoint.sh", "--port", "1"])
    True
    >>> options_alone(["sh", "-c", "backup.sh", "--to", "1"])
    False
    """
    called = False
    for word in words:
        if word.startswith("--") and len(word) > 2:
            return True
        base = word.rpartition("/")[2]
        called |= base in _SHELLS
        script = "entrypoint" in base or (base.endswith(".sh") and not called)
        if not (script or base in {"tini", "exec", *_SHELLS} or word[:1] == "-"):
            return False
    return False
