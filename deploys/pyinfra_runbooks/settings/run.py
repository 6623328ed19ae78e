"""What one run may do: the stack's declaration, and what ``--data`` says for this run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ..core.disruption import Disruption
from ..core.errors import SettingsError
from ..core.policy import Policy
from .found import FoundStack
from .model import shown
from .stack import HostData, Stack

T = TypeVar("T")

_DISRUPTIONS = {str(disruption): disruption for disruption in Disruption}
_UNATTENDED = {"true": True, "false": False}


def run_policy(stack: Stack, data: HostData | None = None) -> Policy:
    """
    What a run may do with a stack.

    + stack: what is declared: the most disruption that is allowed, and the breaker; one that was
      only found says how to declare it. Where neither it nor the run says how much is allowed, a
      repair of anything else that was found breaks no more than connections
    + data: pyinfra's ``host.data``, in which ``--data`` overrules for this run: ``max_disruption``;
      ``allow_data_loss=SERVICE``, or several with commas between: these may lose what they hold
      only in memory, as what is declared as a cache may;
      ``unattended=true``, by which a job says that no person is there; default: nothing

    Raises `SettingsError` for a value that they can't have.

    **Example:**

    .. code:: python

        run_policy(stack, host.data).cap
    """
    given = data if data is not None else {}
    declare = stack.declaration if isinstance(stack, FoundStack) else ""
    cap = _chosen(given, "max_disruption", _DISRUPTIONS, stack.cap)
    chosen = stack.max_disruption is not None or given.get("max_disruption") is not None
    # What was found is a cache by a guess, and a guess permits no loss.
    caches = {redis.service for redis in stack.declared_servers if redis.data == "cache"}
    return Policy(
        cap=cap,
        found_cap=cap if chosen else min(cap, Disruption.RECONNECT),
        declare=declare,
        unattended=_chosen(given, "unattended", _UNATTENDED, False),
        allow_data_loss=_services(given) | caches,
        max_corrections=stack.breaker.corrections,
        window=stack.breaker.window,
    )


def _services(data: HostData | Mapping[str, Any]) -> frozenset[str]:
    """Those that ``allow_data_loss`` names."""
    key = "allow_data_loss"
    if data.get("unsaved") is not None:
        raise SettingsError(f"unsaved: expected the service by its name: --data {key}=SERVICE")
    said = data.get(key, "")
    names = [name.strip() for name in said.split(",")] if isinstance(said, str) else [""]
    if said != "" and not all(names):
        expected = f"{key}: expected the names of services, with commas between, got {shown(said)}"
        raise SettingsError(f"{expected}: give it as --data {key}=SERVICE")
    return frozenset(filter(None, names))


def _chosen(data: HostData | Mapping[str, Any], key: str, allowed: dict[str, T], otherwise: T) -> T:
    value = data.get(key)
    if value is None:
        return otherwise
    said = str(value).lower() if isinstance(value, bool) else str(value)
    if said not in allowed:
        expected = f"{key}: expected one of {', '.join(allowed)}, got {shown(value)}"
        raise SettingsError(f"{expected}: give it as --data {key}=...")
    return allowed[said]
