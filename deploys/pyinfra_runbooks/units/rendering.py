"""The unit files of a schedule. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath

from .escaping import text, word
from .options import Schedule

_HERE = Path(__file__).parent


def startable(name: str) -> tuple[str, str]:
    """What is started and enabled of a schedule of this name: one of them."""
    return f"{name}.timer", f"{name}-watch.service"


def names(name: str) -> tuple[str, ...]:
    """All units that a schedule of this name can have."""
    return *startable(name), round_of(name)


def round_of(name: str) -> str:
    """What the timer of a schedule of this name starts: a round, which ends by itself."""
    return f"{name}.service"


def unit_files(schedule: Schedule, user: str, systemd: int) -> dict[str, str]:
    """
    The unit files by name.

    + schedule: the schedule
    + user: who runs it
    + systemd: the version of systemd that reads them
    """
    timer, watching, service = names(schedule.name)
    hardening = _hardening(schedule, user)
    if schedule.watch:
        return {
            watching: _file("watch.service").format(
                name=schedule.name,
                command=_command(schedule, "watch"),
                backoff=_backoff(systemd),
                hardening=hardening,
            )
        }
    every = schedule.every
    return {
        timer: _file("round.timer").format(
            name=schedule.name, every=every, calendar=every.on_calendar, spread=every.spread
        ),
        service: _file("round.service").format(
            name=schedule.name,
            every=every,
            command=_command(schedule, "correct"),
            timeout=max(3600, every.seconds),
            hardening=hardening,
        ),
    }


def _command(schedule: Schedule, what: str) -> str:
    given = {
        "--max-disruption": schedule.max_disruption,
        "--metrics": schedule.metrics,
        "--notify": schedule.notify,
    }
    options = [part for option in given.items() if option[1] for part in map(str, option)]
    inputs = [path for path in (schedule.inventory, schedule.runbook) if path]
    # %S is where StateDirectory= is.
    state = f"--state %S/{schedule.name}"
    return " ".join((word(schedule.command), what, state, *map(word, options), *map(word, inputs)))


def _hardening(schedule: Schedule, user: str) -> str:
    writable = PurePosixPath(schedule.metrics).parent if schedule.metrics else None
    return (
        _file("hardening.conf")
        .format(
            user=user,
            name=schedule.name,
            directory=text(directory(schedule.inventory)),
            writable=f'ReadWritePaths="{text(str(writable))}"' if writable else "",
        )
        .replace("\n\n", "\n")
        .rstrip()
    )


def directory(inventory: str) -> str:
    """Where a person runs an inventory: beside ``inventories/``, or beside the file itself."""
    parent = PurePosixPath(inventory).parent
    return str(parent.parent if parent.name == "inventories" else parent)


def _backoff(systemd: int) -> str:
    if systemd >= 254:
        return "RestartSec=5\nRestartSteps=6\nRestartMaxDelaySec=5min"
    return "RestartSec=30"


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
