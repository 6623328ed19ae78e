"""What a container would become if Compose recreated it. Pure.

A hash that differs is only a reason to compare. What differs in a field is drift, unless a variable
may explain it: it may have been exported when the stack came up, also as something else than an env
file says, and that is recorded nowhere.
"""

from __future__ import annotations

from collections.abc import Collection

from ...core.resolution import Refusal
from ...settings import Stack
from ..differences import Difference
from ..docker import Container
from ..look import Look
from .files import made_otherwise, named_files, usual_files


def compared(look: Look, container: Container) -> tuple[Difference, ...] | None:
    """What differs; None where that is not known, though Compose would recreate it."""
    service = look.declared.services.get(container.service)
    if service is None or service.config_hash in (None, container.config_hash):
        return ()
    return look.differences.get(container.id)


def drift(look: Look, stack: Stack, container: Container) -> list[Difference]:
    """What differs from the compose file, where no variable can explain it."""
    found = compared(look, container) or ()
    return [d for d in found if not _exported(d, look, stack, container)]


def exported(look: Look, stack: Stack, container: Container) -> list[Difference]:
    """What may be as it was declared when the stack came up."""
    found = compared(look, container) or ()
    return [d for d in found if _exported(d, look, stack, container)]


def _exported(difference: Difference, look: Look, stack: Stack, container: Container) -> bool:
    """What was made from a file that is none of the stack's says nothing of its variables."""
    files = named_files(stack) or usual_files(look, stack.compose.directory)
    if files and not set(container.config_files) <= set(files):
        return False
    return difference.exported(look.declared.unset)


def also_changes(
    look: Look, stack: Stack, container: Container, named: Collection[Difference]
) -> Refusal | None:
    """Why it must not be recreated: that would change what no finding names.

    + named: what the findings name
    """
    found = compared(look, container)
    if found is None:
        return Refusal(
            "a recreate may change more than the findings name: the container could not be compared"
            " with the compose file",
            f"compare them on the host: docker compose config; docker inspect {container.name}",
        )
    # A secret from another file leaves the hash as it is.
    if because := made_otherwise(look, stack, container):
        return because
    others = [d for d in found if d not in named]
    if not others:
        return None
    would = f"a recreate would also change {', '.join(d.name for d in others)}"
    if free := {v for d in others for v in d.free}:
        return Refusal(
            f"{would}, which depends on {_named(free)}: no env file sets it, so it may have been"
            " exported when the stack came up",
            "write the value that it had into the project's .env, or name the file that sets it:"
            " Compose(env_files=...)",
        )
    if any(d.settled for d in others):
        return Refusal(
            f"{would}, which depends on {by_env_file(others)}",
            f"{IF_IT_IS_RIGHT} docker compose up -d {container.service}",
        )
    return Refusal(
        f"{would}, which no finding names",
        f"compare them: docker compose config; docker inspect {container.name}; if the change is"
        f" wanted: docker compose up -d {container.service}",
    )


IF_IT_IS_RIGHT = "if the file is right, bring it up yourself:"


def by_env_file(differences: Collection[Difference]) -> str:
    """The variables that an env file sets, and why they explain nothing for sure."""
    return (
        f"{_named({name for d in differences for name in d.settled})}: an env file sets it now, and"
        " it may have been exported as something else when the stack came up"
    )


def _named(variables: Collection[str]) -> str:
    return ", ".join(sorted(v for v in variables if v != "?")) or "a variable"
