"""Whether what Compose resolves now is what the stack was brought up with."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.resolution import Refusal
from ...settings import Stack
from ..look import Look
from .exact import compared, drift
from .files import made_from, named_files, usual_files


def why_not_recreate(look: Look, stack: Stack, there: bool = False) -> list[Refusal]:
    """Why it can't be judged what Compose would make; empty: it can.

    Then nothing is created: it would be made from something else than the stack was.

    + there: a container is there, which tells by its fields what a variable was set to
    """
    on_host = [*_unresolved(look), *_swarm(look)]
    by_inventory = [
        *_another_project(look, stack),
        *(() if there else _unset_variables(look)),
        *_other_files(look, stack),
    ]
    return [
        *_refusals(on_host),
        *_refusals(by_inventory, in_inventory=True),
        *_refusals(_everything_differs(look, stack)),
    ]


def _refusals(found: list[tuple[str, str]], in_inventory: bool = False) -> Iterator[Refusal]:
    for because, instead in found:
        yield Refusal(f"cannot judge: {because}", instead, in_inventory=in_inventory)


def _unresolved(look: Look) -> list[tuple[str, str]]:
    if not look.declared.unresolved:
        return []
    return [(look.declared.unresolved, "recreate it where its compose file is")]


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
            f" {', '.join(sorted(others))}, but Compose resolves project {look.declared.name}",
            "name the project in the inventory: Compose(name=...)",
        )
    ]


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
            "Compose finds variables unset that may have been set when the stack came up"
            f" ({', '.join(named)})",
            "name the env files in the inventory: Compose(env_files=...)",
        )
    ]


def _other_files(look: Look, stack: Stack) -> list[tuple[str, str]]:
    usual = usual_files(look, stack.compose.directory)
    named, made = named_files(stack), made_from(look)
    if named in made:
        return []  # What was made from others is drift, if it differs.
    if len(made) > 1 and not usual:
        return [
            (
                "its containers were created from different compose files, as many from one as from"
                " another",
                "name the files in the inventory: Compose(files=...)",
            )
        ]
    if not usual or not named:
        return []
    return [
        (
            f"the stack was created from {', '.join(usual)}, but the inventory names"
            f" {', '.join(named)}",
            "name the same files in the inventory, or none: Compose(files=...)",
        )
    ]


def _everything_differs(look: Look, stack: Stack) -> list[tuple[str, str]]:
    """One container that differs is drift; if they all do, the compose file moved on."""
    members = [c for c in look.members() if c.service in look.declared.services and c.config_hash]
    if len(members) < 2 or not all(
        compared(look, c) is None or drift(look, stack, c) for c in members
    ):
        return []
    return [
        (
            "no container of the stack matches its compose files: they were edited since the stack"
            " came up",
            f"compare them: docker compose config; docker inspect {members[0].name}; if the files"
            " are right: docker compose up -d",
        )
    ]
