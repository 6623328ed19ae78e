"""Whether a Redis is given a password, as its container and its files say; never a value. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...core.answers import AnswerError
from ...engine.asked import Member
from ...engine.probe import Probe
from ...engine.projects import only
from ...settings import Redis

_WORDS = ("given", "empty", "chosen", "literal", "none")


@dataclass(frozen=True, slots=True)
class Given:
    """
    What one place says of a Redis' password.

    + word: ``given``; ``empty``; ``chosen``: empty, as the place itself has it for no value;
      ``literal``: the text of a variable in the place of its value; ``none``: it says nothing
    + variable: the variable that it names; ``?`` where its name may be a piece of a password;
      empty: none
    """

    word: str = "none"
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """
    What a Redis is started with, as far as it is about who may log in.

    + arguments: what its command line says, with its environment
    + file: what its configuration file says
    + conf: that file's path in the container; empty: it is started with none
    + changed: when that file was changed, in seconds since 1970; 0: not known
    + users: what its configuration says of the default user: ``closed``, ``open`` or ``none``
    + acl: the same of its ACL file; ``unseen``: it has one that could not be read
    + acl_file: that file's path in the container; empty: it has none, or which it is is not known
    + sets: what its configuration file says of its data, its modules and its master: the paths, by
      the names of the directives; ``?`` stands for what is no plain path
    + compose: the variables from which the compose files take its password; ``?``: see `Given`
    """

    arguments: Given = Given()
    file: Given = Given()
    conf: str = ""
    changed: int = 0
    users: str = "none"
    acl: str = "none"
    compose: tuple[str, ...] = ()
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    acl_file: str = ""

    @property
    def decides(self) -> Given:
        """What counts: the command line overrules the file."""
        return self.file if self.arguments.word == "none" else self.arguments

    @property
    def closed(self) -> str:
        """What says that who has no password is to be kept out; empty: nothing does. A user default
        that is open overrules a password."""
        if "open" in (self.users, self.acl) or self.acl == "unseen":
            return ""
        if self.arguments.word == "given":
            by = f" ({self.arguments.variable})" if self.arguments.variable.strip("?") else ""
            return f"its command line gives a password{by}"
        if self.arguments.word == "none" and self.file.word == "given":
            return f"{self.conf} gives a password (requirepass)"
        if self.arguments.word == "none" and "closed" in (self.users, self.acl):
            by = self.acl_file if self.acl == "closed" else self.conf
            return f"{by or self.conf} keeps out who has no password (user default)"
        return ""


def parse(lines: Sequence[str]) -> Access:
    """Reads what `ask_access.sh` tells; raises `AnswerError` where it is none."""
    said: dict[str, list[str]] = {}
    for line in filter(None, lines):
        word, _, rest = line.partition(" ")
        said.setdefault(word, []).append(rest.strip())
    if "arguments" not in said:
        raise AnswerError("what Redis is started with was not told")

    def one(word: str) -> str:
        return said.get(word, [""])[0]

    return Access(
        arguments=_given(one("arguments")),
        file=_given(one("file") or "none"),
        conf=one("conf"),
        changed=int(one("changed")) if re.fullmatch("[0-9]{1,11}", one("changed")) else 0,
        users=one("users") or "none",
        acl=one("acl") or "none",
        compose=tuple(dict.fromkeys(said.get("compose", ()))),
        sets=_sets(said.get("sets", ())),
        acl_file=one("users-file"),
    )


def _sets(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, _, path in (line.partition(" ") for line in lines):
        found[name] = (*found.get(name, ()), path)
    return found


def _given(text: str) -> Given:
    word, _, variable = text.partition(" ")
    if word not in _WORDS:
        raise AnswerError(f"what is said of a password is not understood: {text[:40]!r}")
    return Given(word, variable)


def _asked(member: Member) -> Mapping[str, object] | None:
    """Where users are declared, these count, whatever its files say."""
    one, redis = only(member.containers), member.component
    if one is None or not isinstance(redis, Redis) or redis.users:
        return None
    project = member.asking.project
    env_files = project.env_files or (".env",)
    return {
        "id": one.id,
        "files": tuple(posixpath.join(project.directory, file) for file in project.files),
        "env_files": tuple(posixpath.join(project.directory, file) for file in env_files),
    }


ACCESS: Probe[Member, Access] = Probe("access", "ask_access.sh", parse, _asked)
"""Of a Redis whose users nobody declares."""
