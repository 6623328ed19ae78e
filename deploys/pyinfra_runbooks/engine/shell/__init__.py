"""Assembles the scripts that run on the hosts: files of this package, after values that are quoted.

Each file runs, lints and is tested by itself, with its values in the environment::

    directory=/srv/app sh state.sh

It names what it uses, as a line of its own; and as a value what it hands over to another shell or
to awk::

    . "$(dirname "$0")/../../engine/shell/engine.sh"
    save_sh=$(text_of packs/redis/save.sh)

All of them are two directories below the package, a pack's in the pack's own, so that these paths
are right from each of them; names are unique, so that here a file is known by its name. Each that
is used stands once, in the place of the line that names it first, and what is handed over is one
quoted value. No value is ever put into the middle of a script, and no secret into one at all:
secrets come over stdin.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from ...core.errors import RunbookError

LOG = "/var/log/pyinfra-runbooks/audit.log"
"""Where the audit is on every host."""

LOCKS = "/run/pyinfra-runbooks"
"""Where the stacks' locks are on every host."""

PAUSE = "/var/lib/pyinfra-runbooks/pause"
"""Where a host keeps that nothing is to be changed on it."""

_PACKAGE = Path(__file__).parents[2]
_KINDS = (".sh", ".awk", ".bash", ".template")
_COMMENT = re.compile(r"(?m)^\s*#.*\n|^\n")
_USED = re.compile(r'\. "\$\(dirname "\$0"\)/\.\./\.\./\w+/\w+/(\w+\.sh)"\n')
_HANDED_OVER = re.compile(r"(\w+)=\$\(text_of ([\w./ ]+)\)\n")
_DEFAULTS, _DEFAULT = re.compile(r'(?m)^: "\$.*$'), re.compile(r'"\$\{(\w+):?[=?]')
_OF_THE_AUDIT = {"audit_log", "unattended"}  # `audit.audited` puts them before a script.
_ALONE = "text_of.sh"  # What does this for a script that is run by itself.


def script(name: str, *arguments: object, **named: object) -> str:
    """
    A script that a host can run: its values, its arguments, and all that it uses.

    + name: its file
    + arguments: its arguments
    + named: its values, as `values` takes them; all others are its defaults, whatever is in the
      host's environment

    >>> script("redis_escape.sh", "a b", ids=("1", "2")).splitlines()[:4]
    ["ids='1", "2'", "set -- 'a b'", 'redis_escape() {']
    """
    assembled = text(name)
    known = {each for line in _DEFAULTS.findall(assembled) for each in _DEFAULT.findall(line)}
    others = sorted(known - set(named) - _OF_THE_AUDIT)
    unset = f"unset {' '.join(others)}\n" if others else ""
    given = f"set -- {words(*arguments)}\n" if arguments else ""
    return unset + values(**named) + given + assembled


@cache
def files() -> Mapping[str, Path]:
    """All that may be a part of a script, by their names."""
    return {path.name: path for path in _PACKAGE.glob("*/*/*") if path.suffix in _KINDS}


def path_of(name: str) -> Path:
    """
    Where the file of that name is; of another package's pack, its absolute path is its name.

    Raises `RunbookError` where there is none: what lies in the working directory is never taken.
    """
    if own := files().get(name):
        return own
    path = Path(name)
    if not path.is_absolute():
        raise RunbookError(
            f"there is no script {name!r} here; one of another package is named by its absolute"
            ' path: str(Path(__file__).with_name("ask_it.sh"))'
        )
    if not path.is_file():
        raise RunbookError(f"there is no script {name}")
    return path


@cache
def text(*names: str) -> str:
    """Scripts or awk programs, with what they use, each once, and without comments."""
    there = {_ALONE}
    return "".join(_assembled(name, there) for name in names)


def functions(
    asked: Iterable[tuple[str, str, Mapping[str, object]]],
    libraries: Sequence[str] = (),
    setups: Mapping[str, str] | None = None,
) -> str:
    """
    Scripts that run in one command, each as a function with a shell and values of its own. What
    they are and what they use stands before them once, however often one is asked.

    + asked: of each a function's name, its file, and its values
    + libraries: files that stand before them whether they use them or not
    + setups: the command that each runs first, by its function's name; default: none

    What all that run a file are given alike stands in its function, and so once.
    """
    asked, setups = list(asked), setups or {}
    there, bodies, named_as = {_ALONE}, "", dict[str, str]()
    used = "".join(_assembled(name, there) for name in libraries)
    same = {
        file: alike([named for _, other, named in asked if other == file])
        for file in {file for _, file, _ in asked}
    }
    for name, file, named in asked:
        if file not in named_as:
            named_as[file] = f"file_{len(named_as)}"
            own = values(**same[file])
            for line in _lines(file):
                if _USED.fullmatch(line) or _HANDED_OVER.fullmatch(line):
                    used += _line(line, there)
                else:
                    own += line
            bodies += function(named_as[file], own)
        each = {key: value for key, value in named.items() if key not in same[file]}
        setup = f"{setups[name]}\n" if name in setups else ""
        bodies += function(name, f"(\n{setup}{values(**each)}{named_as[file]})")
    return used + bodies


def alike(given: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """The values that all of several are given alike; none where there is one."""
    first, *others = given or ({},)
    return {
        name: value
        for name, value in first.items()
        if others and all(name in other and other[name] == value for other in others)
    }


def _assembled(name: str, there: set[str]) -> str:
    """A file with what it uses, unless that is there already."""
    if name in there:
        return ""
    there.add(name)
    return "".join(_line(line, there) for line in _lines(name))


def _lines(name: str) -> list[str]:
    lines = _COMMENT.sub("", path_of(name).read_text(encoding="utf-8")).splitlines(keepends=True)
    # A command is one argument, which may have 128 KiB; awk knows no text of several lines.
    return [line.lstrip() for line in lines] if name.endswith(".awk") else lines


def _line(line: str, there: set[str]) -> str:
    if used := _USED.fullmatch(line):
        return _assembled(used[1], there)
    if handed := _HANDED_OVER.fullmatch(line):
        if line in there:
            return ""
        there.add(line)
        return values(**{handed[1]: text(*(path.rpartition("/")[2] for path in handed[2].split()))})
    return line


def values(**named: object) -> str:
    """Assignments in POSIX sh, each value quoted; a tuple becomes one value a line.

    >>> values(name="it's", ports=("80", "443"))
    'name=\\'it\\'"\\'"\\'s\\'\\nports=\\'80\\n443\\'\\n'
    """
    return "".join(f"{name}={shlex.quote(_plain(value))}\n" for name, value in named.items())


def instant(at: float) -> str:
    """Seconds since 1970 as Docker takes them.

    >>> instant(1800000000)
    '1800000000.000000'
    """
    return f"{at:.6f}"


def function(name: str, body: str) -> str:
    """A POSIX sh function."""
    return f"{name}() {{\n{body}\n}}\n"


def words(*arguments: object) -> str:
    """A command line in which every word is quoted."""
    return " ".join(shlex.quote(_plain(argument)) for argument in arguments)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(str(item) for item in value)
    return "" if value is None else str(value)
