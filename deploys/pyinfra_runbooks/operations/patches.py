"""Patches of a stack's compose files, as they are shown; what is written is what was shown."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from pyinfra.api import Host

from ..core.finding import Finding
from ..core.showing import printable
from ..core.unknown import Unknown
from ..engine.look import Look
from ..engine.patching.patches import Patch
from ..engine.run import run_of
from ..facts.declarations import Declaration, Wanted, declaration
from ..facts.saying import say
from ..packs.network.rules.sharing import NO_SHARED_NETWORK
from ..packs.network.rules.strangers import ALIAS_CONFLICT, own_names_for
from ..settings import Stack


def show(host: Host, stack: Stack, wanted: Wanted, found: Declaration | Unknown) -> None:
    """
    Prints patches on standard output, byte for byte. `--json` needs that for itself, and a patch
    that takes the place of one is none to be applied after it: these are logged.

    + host: the host
    + stack: the stack
    + wanted: what was asked for
    + found: what there is to declare; `Unknown`: no patch is shown, which counts as well
    """
    shown = () if isinstance(found, Unknown) else found.patches
    run_of(host).of(stack).patches[wanted] = shown
    for patch in shown:
        if "--json" in sys.argv or host.state.is_executing:
            say(host, *patch.diff().splitlines())
        else:
            heading = (
                printable(f"# {host.name}: to be applied in {_outside(patch)}{_by(patch)}") + "\n"
            )
            sys.stdout.buffer.write((heading + patch.diff()).encode())
            sys.stdout.buffer.flush()


def propose(host: Host, stack: Stack, look: Look, found: Iterable[Finding[Any]]) -> None:
    """
    Says what would mend a compose file that itself is the cause: shown, and written nowhere.

    + host: the host
    + stack: the stack
    + look: a look at it
    + found: its findings
    """
    causes = [f for f in found if f.cause]
    clients = sorted({f.subject for f in causes if f.kind is NO_SHARED_NETWORK})
    others = any(f.kind is ALIAS_CONFLICT for f in causes)
    named = tuple(own_names_for(look, look.whole(stack)).values()) if others else ()
    if not (clients or named):
        return
    wanted = Wanted(shared=tuple(clients), alone=True, named=named)
    made = declaration(host, stack, look, wanted)
    if isinstance(made, Unknown):
        say(host, f"No patch can be shown of the compose file: {made.reason}")
        return
    for reason in made.proposal.left:
        say(host, f"No patch can be shown of it: {reason}")
    for patch in made.patches:
        say(host, f"The change to {patch.path}, which is not written{_by(patch)}:")
        say(host, *patch.diff().splitlines())
    for own in named if made.patches else ():
        say(host, *own.words())


def _by(patch: Patch) -> str:
    """A line whose neighbour may hold a secret stands alone, which not every tool takes."""
    return " (patch -p1, or git apply --unidiff-zero)" if patch.bare else ""


def is_shown(host: Host, stack: Stack, wanted: Wanted, found: Declaration) -> bool:
    """Whether these are the patches that were shown; so it is where none were asked to be."""
    return run_of(host).of(stack).patches.get(wanted, found.patches) == found.patches


def _outside(patch: Patch) -> str:
    return patch.path.removesuffix(f"/{patch.shown}") or "/"
