"""Patches of a stack's compose files, as they are shown; what is written is what was shown."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from pyinfra.api import Host

from ..core.finding import Finding
from ..core.showing import harmless
from ..core.unknown import Unknown
from ..engine.look import Look
from ..engine.patching.patches import Patch
from ..engine.run import run_of
from ..facts.declarations import Declaration, Wanted, declaration
from ..facts.saying import say
from ..packs.network.rules.sharing import NO_SHARED_NETWORK
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
            heading = harmless(f"# {host.name}: to be applied in {_outside(patch)}") + "\n"
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
    clients = sorted({f.subject for f in found if f.cause and f.kind is NO_SHARED_NETWORK})
    if not clients:
        return
    wanted = Wanted(shared=tuple(clients), alone=True)
    made = declaration(host, stack, look, wanted)
    if isinstance(made, Unknown):
        say(host, f"No patch can be shown of the compose file: {made.reason}")
        return
    for reason in made.proposal.left:
        say(host, f"No patch can be shown of it: {reason}")
    for patch in made.patches:
        say(host, f"The change to {patch.path}, which is not written:", *patch.diff().splitlines())


def is_shown(host: Host, stack: Stack, wanted: Wanted, found: Declaration) -> bool:
    """Whether these are the patches that were shown; so it is where none were asked to be."""
    return run_of(host).of(stack).patches.get(wanted, found.patches) == found.patches


def _outside(patch: Patch) -> str:
    return patch.path.removesuffix(f"/{patch.shown}") or "/"
