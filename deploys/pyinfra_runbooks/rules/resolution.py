"""Whether what Compose resolves now is what the stack was brought up with."""

from __future__ import annotations

from collections import Counter

from ..findings import Refusal
from ..look import Look
from ..settings import Stack


def doubts(look: Look, stack: Stack) -> list[Refusal]:
    """Why it can't be judged whether a container is as Compose declares; empty: it can.

    Then nothing is created anew: the new container would be made from something else than the
    stack was.
    """
    return [
        Refusal(f"cannot judge: {because}", instead)
        for because, instead in (
            *_swarm(look),
            *_another_project(look, stack),
            *_unset_variables(look),
            *_other_files(look, stack),
            *_every_hash_differs(look),
        )
    ]


def _swarm(look: Look) -> list[tuple[str, str]]:
    tasks = [c.name for c in look.containers if c.swarm == look.declared.name]
    if not tasks:
        return []
    return [
        (
            f"{look.declared.name} runs as a Swarm stack ({tasks[0]} is a task of it)",
            f"repair it with Swarm: docker stack services {look.declared.name}",
        )
    ]


def _another_project(look: Look, stack: Stack) -> list[tuple[str, str]]:
    others = {
        c.project
        for c in look.containers
        if c.working_dir == stack.compose.directory and c.project not in ("", look.declared.name)
    }
    if stack.compose.name or not others:
        return []
    return [
        (
            f"containers of {stack.compose.directory} belong to project"
            f" {', '.join(sorted(others))}, Compose resolves project {look.declared.name}",
            "name the project in the inventory: Compose(name=...)",
        )
    ]


def usual_files(look: Look, directory: str | None = None) -> tuple[str, ...]:
    """The compose files that most of the stack's containers were made from; () where none are.

    + directory: the project's; containers that were made in it count before all others
    """
    made = [c for c in look.members() if c.config_files]
    made = [c for c in made if c.working_dir == directory] or made
    counted = Counter(c.config_files for c in made).most_common(2)
    if not counted or (len(counted) > 1 and counted[0][1] == counted[1][1]):
        return ()
    return counted[0][0]


def _unset_variables(look: Look) -> list[tuple[str, str]]:
    unset = look.declared.unset
    if not unset:
        return []
    named = [name for name in unset if name != "?"]
    # Compose takes what follows a $ in a password for a variable, too.
    if others := len(unset) - len(named):
        named.append(f"{others} that no compose file names as ${{NAME}}: a $ in a value, perhaps")
    return [
        (
            "Compose misses variables that may have been set when the stack came up"
            f" ({', '.join(named)})",
            "name the env files in the inventory: Compose(env_files=...)",
        )
    ]


def _other_files(look: Look, stack: Stack) -> list[tuple[str, str]]:
    usual = usual_files(look, stack.compose.directory)
    made_from = {c.config_files for c in look.members() if c.config_files}
    if len(made_from) > 1 and not usual:
        return [
            (
                "as many containers of the stack were made from one compose file as from another",
                "name the files in the inventory: Compose(files=...)",
            )
        ]
    if not usual or not stack.compose.files:
        return []
    named = tuple(
        f if f.startswith("/") else f"{stack.compose.directory}/{f}" for f in stack.compose.files
    )
    if named == usual:
        return []
    return [
        (
            f"the stack was made from {', '.join(usual)}, the inventory names {', '.join(named)}",
            "name the same files in the inventory, or none: Compose(files=...)",
        )
    ]


def _every_hash_differs(look: Look) -> list[tuple[str, str]]:
    """One container that differs is drift; if they all do, the compose file moved on."""
    comparable = [
        (c.config_hash, service.config_hash)
        for c in look.members()
        if (service := look.declared.services.get(c.service))
        and c.config_hash
        and service.config_hash
    ]
    if len(comparable) < 2 or any(had == has for had, has in comparable):
        return []
    return [
        (
            "no container of the stack matches its compose files: these were edited, or Compose"
            " was upgraded, since the stack came up",
            "compare, then bring it up yourself: docker compose up -d",
        )
    ]
