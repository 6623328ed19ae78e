"""Deploy: the compose files say which networks there are, and who is on them."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra.api import Host, deploy

from .core.errors import SettingsError
from .core.unknown import Unknown
from .diagnosis import declared, seen
from .engine.look import Look
from .facts.declarations import Declaration, Wanted, declaration
from .facts.looks import this_host
from .facts.saying import say
from .operations import compose_file as operations
from .operations import patches
from .packs.network.rules.declared_networks import recreated_anyway
from .settings import Stack
from .settings.model import shown


@deploy("Compose file")
def declare_networks(
    confirm: object = None,
    attached: object = None,
    validate: object = None,
    shared: object = None,
    stack: Stack | None = None,
) -> None:
    """
    Prints a patch by which each service lists its networks, and each network has a fixed name.

    + confirm: whether the files on the host are written, too: ``true`` or ``false``, as
      ``--data`` gives it; default: ``False``
    + attached: services, separated by commas, for which the networks that they were attached to by
      hand are declared, too; default: none
    + validate: clients of Redis and PostgreSQL, separated by commas, or ``all``, that get a
      start-up validation; default: none
    + shared: clients, separated by commas, that get a network in common with the servers that they
      use, where the files give them none; default: none
    + stack: the stack; default: those that the inventory declares for the host

    The patch goes to standard output, all else to standard error. Raises `SettingsError` where
    ``confirm`` is neither ``true`` nor ``false``.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import compose_file

        compose_file.declare_networks()
    """
    host = this_host()
    write = _switch("confirm", confirm)
    wanted = Wanted(_several(attached), _clients(validate), _several(shared))
    for one in declared(stack):
        look = seen(one)
        if look is None:
            continue
        _say(host, one, look, wanted, declaration(host, one, look, wanted), write)
        if write:
            operations.declare_networks(
                name="Declare the networks in the compose files",
                stack=one,
                attached=wanted.attached,
                shared=wanted.shared,
                validated=wanted.validated,
            )


def _say(
    host: Host, stack: Stack, look: Look, wanted: Wanted, found: Declaration | Unknown, write: bool
) -> None:
    if isinstance(found, Unknown):
        say(host, f"Nothing can be declared: {found.reason}")
    else:
        for reason in found.proposal.left:
            say(host, f"Left as it is: {reason}")
        for line in _does(found):
            say(host, line)
    patches.show(host, stack, wanted, found)
    if not isinstance(found, Unknown) and found.patches:
        for line in _next(look, found, write):
            say(host, line)


def _does(found: Declaration) -> list[str]:
    if found.patches:
        return [f"  {line}" for line in found.proposal.does]
    return [f"Nothing {'else can be declared' if found.proposal.left else 'is left to declare'}"]


def _next(look: Look, found: Declaration, write: bool) -> Iterator[str]:
    """What to do with it, and what the next ``up`` does."""
    asked, new = sorted({*found.proposal.recreates, *found.proposal.waits}), found.proposal.new
    but = f", but for what was asked for of {', '.join(asked)}" if asked else ""
    come = f", and for what is new: {', '.join(new)}" if new else ""
    yield (
        f"Compose resolves the same from the files with this patch as without it{but}{come}. It"
        " belongs in the repository that they come from: git apply, or patch -p1, in that"
        " directory."
    )
    yield (
        "A fixed name is the same under every project name: a second copy of the stack on one host"
        " needs other names."
    )
    for_it = sorted(c.name for service in found.recreates for c in look.members(service))
    anyway = [name for name in recreated_anyway(look) if name not in for_it]
    if for_it or not anyway:
        yield f"The next `up` recreates {', '.join(for_it) or 'nothing'} for it."
    if anyway:
        yield (
            f"With or without it the next `up` recreates what no longer matches the compose files:"
            f" {', '.join(anyway)}."
        )
    recreated = {c.service or "" for c in look.members() if c.name in {*for_it, *anyway}}
    dependents = look.declared.dependents(recreated)
    if more := sorted(c.name for service in dependents for c in look.members(service)):
        yield (
            f"Compose 2.26 also recreates what depends on them: {', '.join(more)}; 2.40 does not."
        )
    if found.proposal.waits:
        yield (
            f"From then on {', '.join(found.proposal.waits)} is started only once its server"
            " serves it: docs/startup.md."
        )
    if write:
        yield "This run writes it to the host; commit it, too, or the next deploy takes it back."
    else:
        yield "To have it written to the host as well: --data confirm=true"


def _switch(name: str, value: object) -> bool:
    said = str(value).lower()
    if value is None or said in ("true", "false"):
        return said == "true"
    raise SettingsError(f"{name}: expected true or false, got {shown(value)}")


def _clients(value: object) -> tuple[str, ...] | None:
    """The clients that are named; empty: all; None: none of them."""
    if str(value or "false").lower() == "false":
        return None
    return () if str(value).lower() in ("all", "true") else _several(value)


def _several(value: object) -> tuple[str, ...]:
    return tuple(word.strip() for word in str(value or "").split(",") if word.strip())
