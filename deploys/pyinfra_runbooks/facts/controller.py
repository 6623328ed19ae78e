"""The machine that runs the runbooks by itself: what a schedule needs to be there."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra.api import FactBase

_SCRIPT = """
systemctl show --property=Version 2>/dev/null | sed -n 's/^Version=v*\\([0-9]*\\).*/systemd \\1/p'
[ -z "$user" ] || id -u -- "$user" >/dev/null 2>&1 || echo stranger
for path; do
    kind=other
    [ ! -f "$path" ] || kind=file
    [ ! -f "$path" ] || [ ! -x "$path" ] || kind=program
    [ ! -d "$path" ] || kind=directory
    [ ! -e "$path" ] || echo "$kind $(stat -L -c %U -- "$path") $path"
done
"""


@dataclass(frozen=True, slots=True)
class Controller:
    """
    What there is.

    + systemd: the version of the one that runs; 0: none does
    + stranger: whether the user that was asked for is unknown
    + kinds: of each path that exists: file, program, directory or other
    + owners: who each belongs to
    """

    systemd: int = 0
    stranger: bool = False
    kinds: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)


class ControllerState(FactBase[Controller]):
    """
    Returns what a schedule needs to be there, in one command.

    + paths: what to look for, each printable
    + user: whom to look for; default: nobody
    """

    def command(self, paths: Sequence[str], user: str | None = None) -> str:
        return f"user={shlex.quote(user or '')}; set -- {shlex.join(paths)}{_SCRIPT}"

    def process(self, output: list[str]) -> Controller:
        found = [line.split(" ", 2) for line in output]
        paths = [words for words in found if len(words) == 3]
        return Controller(
            systemd=next((int(words[1]) for words in found if words[0] == "systemd"), 0),
            stranger=["stranger"] in found,
            kinds={path: kind for kind, _, path in paths},
            owners={path: owner for _, owner, path in paths},
        )
