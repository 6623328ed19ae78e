"""Deploy: the runbooks run by themselves, from a timer of systemd's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pyinfra.api import deploy

from .core.errors import RunbookError
from .facts.controller import Controller, ControllerState
from .facts.looks import this_host
from .facts.runs import note_runbook
from .operations import schedule as operations
from .units import options
from .units.options import Schedule, wrong
from .units.rendering import unit_files


@deploy("Schedule")
def install(data: Mapping[str, Any]) -> None:
    """
    A systemd timer or service on this machine corrects an inventory's hosts, or is removed.

    + data: the options by name, as in `runbooks/schedule.py`

    Raises `RunbookError` for an option that is wrong, before anything is changed.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import schedule

        schedule.install({"inventory": "/srv/runbooks/inventories/prod.py", "every": "5m"})
    """
    note_runbook(this_host())
    wanted = _wanted(data) if options.present(data) else {}
    name = options.name(data)
    operations.units(
        name=f"Units of {name}", schedule=name, wanted=wanted, directory=options.units(data)
    )


def _wanted(data: Mapping[str, Any]) -> dict[str, str]:
    """The unit files, once everything that they name is known to be there."""
    schedule = Schedule.from_data(data, command=str(Path(sys.executable).with_name("runbooks")))
    expected = _expected(schedule)
    controller = this_host().get_fact(
        ControllerState, paths=[path for path, _ in expected.values()], user=schedule.user
    )
    if not controller.systemd:
        raise RunbookError("systemd does not run here; docs/scheduling.md has other ways")
    for key, (path, kinds) in expected.items():
        if controller.kinds.get(path) not in kinds:
            raise wrong(key, f"there is no {kinds[-1]} {path}")
    return unit_files(schedule, _user(schedule, controller), controller.systemd)


def _expected(schedule: Schedule) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What has to be there, of which kind, by the option that names it."""
    file = ("program", "file")
    metrics = schedule.metrics and str(PurePosixPath(schedule.metrics).parent)
    expected = {
        "inventory": (schedule.inventory, file),
        "runbook": (schedule.runbook, file),
        "command": (schedule.command, ("program",)),
        "metrics": (metrics, ("directory",)),
        "notify": (schedule.notify, file),
    }
    return {key: (path, kinds) for key, (path, kinds) in expected.items() if path}


def _user(schedule: Schedule, controller: Controller) -> str:
    """Who may change the inventory may run any code as the user who runs it: so, its owner."""
    if schedule.user and controller.stranger:
        raise wrong("user", f"there is no user {schedule.user}")
    owner = schedule.user or controller.owners[schedule.inventory]
    if owner == "UNKNOWN":
        raise wrong("user", f"is missing, and the owner of {schedule.inventory} has no name here")
    return owner
