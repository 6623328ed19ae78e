"""All faults: of each pack that looks after a stack of the lab, and of the lab itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from runpy import run_path
from types import ModuleType

from pyinfra_runbooks import Stack
from pyinfra_runbooks.packs import __name__ as packs
from pyinfra_runbooks.packs.all import PACKS

from ..console import LabError, wait_until
from ..hosts import Host
from ..paths import SOURCE
from ..stacks import STACKS
from . import compose, engine, fields, incident
from .order import in_their_order
from .sets import in_order


def modules() -> Iterator[ModuleType]:
    """The modules `faults` beside a pack's own module, of the packs that have one."""
    modules = [f"{packs}.{pack.name}.pack" for pack in PACKS]
    modules += [component.pack for stack in _declared() for component in stack.components]
    for module in dict.fromkeys(filter(None, modules)):
        name = ".".join((*module.split(".")[:-1], "faults"))
        if find_spec(name):
            yield import_module(name)


def _declared() -> Iterator[Stack]:
    """What the inventories of the lab say of its stacks."""
    for stack in STACKS:
        inventory = SOURCE.parent / stack.inventory
        yield run_path(str(inventory.parent / "group_data" / inventory.name))["stack"]


_OWN = (*compose.FAULTS, *fields.FAULTS, *engine.FAULTS, *incident.FAULTS)
_MODULES = tuple(modules())
_THEIRS = [fault for module in _MODULES for fault in module.FAULTS]
FAULTS = {fault.name: fault for fault in in_their_order((*_OWN, *_THEIRS))}


def break_host(host: Host, *names: str) -> float:
    """Bring faults about, and see to it that the API shows what the catalogue says.

    Returns the seconds until the API was degraded, or until the faults were in place where the
    API does not notice.
    """
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        raise LabError(f"no fault {unknown[0]!r}; there are: {', '.join(FAULTS)}")
    start = time.monotonic()
    for fault in in_order([FAULTS[name] for name in names]):
        fault.function(host)
    if not all(FAULTS[name].why_not_on(host) for name in names):
        what = f"{', '.join(names)} to show in the API of {host.name}"
        wait_until(lambda: not host.is_healthy(), what, timeout=15)
    return time.monotonic() - start


def undo(host: Host) -> None:
    """Undo what faults of packs did in containers that run: the `UNDO` of their modules."""
    for script in filter(None, (getattr(module, "UNDO", "") for module in _MODULES)):
        host.run(script)
