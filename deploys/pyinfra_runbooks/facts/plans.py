"""What a run may do on a host, and what it plans to."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from pyinfra.api import Host

from ..core.plan import Plan, Scope
from ..core.policy import Policy
from ..engine.look import Look
from ..engine.run import run_of
from ..packs import findings as verification
from ..settings import Stack, run_policy
from .runs import inventory


def policy_of(host: Host, stack: Stack) -> Policy:
    """
    What this run may do with a stack on a host, but for what the host itself keeps.

    + host: the host
    + stack: the stack

    Raises `SettingsError` for an invalid value of ``--data``.
    """
    known = run_of(host).of(stack)
    if known.policy is None:
        known.policy = replace(
            run_policy(stack, host.data),
            inventory=inventory(),
            host=host.name,
            elevated=_elevated(host),
        )
    return known.policy


def _elevated(host: Host) -> str:
    """What a person types before ``docker`` there, as the run itself does."""
    config = host.state.config
    if not host.data.get("_sudo", config.SUDO):
        return ""
    user = host.data.get("_sudo_user", config.SUDO_USER)
    return f"sudo -u {shlex.quote(str(user))}" if user else "sudo"


def planned(host: Host, stack: Stack, look: Look, scope: Scope | None = None) -> Plan:
    """
    The plan for a look, made once for each scope.

    + host: the host
    + stack: the stack
    + look: what was seen of it
    + scope: what the run is about; default: all but what waits for the proof
    """
    known, scope = run_of(host).of(stack), scope or Scope()
    if known.planned is None or known.planned[0] is not look:
        known.planned = (look, {})
    plans = known.planned[1]
    if scope not in plans:
        plans[scope] = verification.planned(look, stack, policy_of(host, stack), scope)
    return plans[scope]


def refused_last(host: Host, stacks: Sequence[Stack], scope: Scope) -> tuple[Stack, ...]:
    """
    The stacks in the order in which they are repaired: a refusal fails the host, and no other stack
    of it is repaired after that.

    + host: the host
    + stacks: those of it that were looked at
    + scope: what the run is about
    """

    def refuses(stack: Stack) -> bool:
        seen = run_of(host).of(stack).seen
        look = seen.look if seen else None
        return isinstance(look, Look) and any(
            map(scope.holds, planned(host, stack, look, scope).refusals)
        )

    return tuple(sorted(stacks, key=refuses))
