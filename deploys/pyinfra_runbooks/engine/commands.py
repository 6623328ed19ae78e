"""Commands in what a finding tells a person, so that they run as they are pasted. Pure.

A rule writes ``docker compose logs api``. Pasted where a person logs in, that is in no project's
directory, and perhaps by a user who may not use Docker: what is missing is put in here, in one
place for all rules.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from posixpath import join
from typing import Any

from ..core.finding import Finding
from ..core.policy import Policy
from ..core.resolution import Refusal, Symptom
from ..settings import Stack
from .look import Look
from .projects import Project, project

_VERBS = "build|config|down|exec|logs|ps|pull|restart|rm|run|start|stop|up"
_COMPOSE = re.compile(rf"(?<![\w-])docker compose (?=(?:{_VERBS})\b)")
_BY_LABELS = re.compile(r"(?<![\w-])docker compose (?=(?:logs|ps|exec)\b)")
_DOCKER = re.compile(
    r"(?<![\w/.-])docker (?=(?:compose|cp|diff|exec|image|inspect|logs|network|pause|ps|rename"
    r"|restart|rm|stack|start|stats|stop|system|unpause) )"
)
_DATA = re.compile(r"(?<=: )--data (?:max_disruption=(\w+)|(\w+=\S+))")
_RUNBOOK = re.compile(r"(?<![\w/])runbooks/(\w+)\.py((?: --data \w+=\S+)?)")
_START = (
    r"(?:sudo (?:-u \S+ )?)?"
    r"(?:docker|runbooks|pyinfra|journalctl|getent|iptables|nft|nsenter|ls|df|du|ss|free|rmdir)"
)
_REPAIRING = ("api", "network", "redis", "redis_recovery")
_PASTED = re.compile(rf"(?:^|(?<=: )|(?<=; )|(?<=, )){_START}(?= )")


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where commands of a project are run, and by whom.

    + name: of the project
    + compose: how Compose is called for it, from any directory
    + policy: what the run may do, who it is, and how it is called again
    """

    name: str
    compose: str
    policy: Policy

    def fill(self, text: str) -> str:
        """A text with its commands filled in."""
        text = _BY_LABELS.sub(lambda _: f"docker compose -p {shlex.quote(self.name)} ", text)
        text = _COMPOSE.sub(lambda _: f"{self.compose} ", text)
        if self.policy.elevated:
            text = _DOCKER.sub(lambda _: f"{self.policy.elevated} docker ", text)
        if again := self.policy.again:
            text = _DATA.sub(
                lambda f: f"{again} " + (f"--max-disruption {f[1]}" if f[1] else f"--data {f[2]}"),
                text,
            )
            text = _RUNBOOK.sub(lambda f: f"{self._run(f[1])}{f[2]}", text)
        return text

    def _run(self, name: str) -> str:
        """How a runbook is run: one that repairs asks; the others print more than a report has."""
        repairs = name in _REPAIRING
        return self.policy.repair(name) if repairs else self.policy.runbook(f"runbooks/{name}.py")


def place(look: Look, stack: Stack, policy: Policy) -> Place:
    """
    Where the commands of a look's findings are run.

    + look: what was seen of the stack
    + stack: the stack
    + policy: what the run may do
    """
    of = project(look.found, stack.compose)
    name = look.declared.name or of.name
    return Place(name, _compose(of, stack), policy)


def _compose(of: Project, stack: Stack) -> str:
    """How Compose is called for a project, with the files that it consists of."""
    directory = of.directory or stack.compose.directory
    words = ["docker", "compose", "--project-directory", directory]
    if stack.compose.name:
        words += ["-p", stack.compose.name]
    # All of them: what else Compose finds there, such as an override, is no part of the project.
    for file in of.files:
        words += ["-f", join(directory, file)]
    for file in of.env_files:
        words += ["--env-file", join(directory, file)]
    for profile in stack.compose.profiles:
        words += ["--profile", profile]
    return shlex.join(words)


def filled(finding: Finding[Any], place: Place) -> Finding[Any]:
    """
    A finding whose advice can be pasted.

    + finding: as the rules found it
    + place: where its commands are run
    """
    match finding.resolution:
        case Refusal() as refusal:
            instead = place.fill(refusal.instead)
            if instead != refusal.instead:
                return replace(finding, resolution=replace(refusal, instead=instead))
        case Symptom() as symptom:
            look = place.fill(symptom.look)
            if look != symptom.look:
                return replace(finding, resolution=replace(symptom, look=look))
    return finding


def pasted(text: str) -> Iterable[str]:
    """
    The commands in an advice: from where one begins up to the semicolon, or to its end.

    >>> [*pasted("see who has it: ss -ltnp; docker ps -a; then free it")]
    ['ss -ltnp', 'docker ps -a']
    """
    for found in _PASTED.finditer(text):
        yield re.split(r"; |, (?:or|and|if|once|then) |, [a-z]", text[found.start() :])[0]
