"""A schedule: systemd on this machine starts the runbooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyinfra import logger
from pyinfra.api import Host, operation

from ..core.unknown import Unknown
from ..facts.asking import ask
from ..facts.looks import this_host
from ..facts.saying import say
from ..facts.units import UnitStates
from ..units import scripts
from ..units.options import SYSTEM
from ..units.steps import Step, finishing, steps
from .change import Change, Commands, changed, refused

_FINISHES = "; a round is at work, and is allowed to finish"


@operation()
def units(schedule: str, wanted: Mapping[str, str], directory: str = SYSTEM) -> Commands:
    """
    systemd has the units of a schedule as they are wanted, runs them, and starts them at boot.

    + schedule: its name
    + wanted: the text of each of its units; none: there is to be no schedule
    + directory: of the units' files; default: ``/etc/systemd/system``

    It takes no lock: it touches no stack, on which alone a lock can be, and a file is there as a
    whole or is as it was. Two that are at work on one schedule at once end in one of both, and the
    one that finds it otherwise than it was wanted fails. The audit of this machine has each step.
    Where systemd does not say how each of its units is, nothing is changed, and nothing proved: it
    fails. A round that is at work when there is to be none runs to its end, and that is said.

    **Example:**

    .. code:: python

        schedule.units(name="No rounds by themselves", schedule="pyinfra-runbooks", wanted={})
    """
    host = this_host()
    there = ask(host, UnitStates, directory=directory, schedule=schedule)
    if isinstance(there, Unknown):
        yield from _unseen(host, f"nothing was changed: {there.reason}")
        return
    if at_work := finishing(schedule, there, wanted):
        say(host, f"{at_work} ({there[at_work]}{_FINISHES})")
    needed = steps(schedule, there, wanted)
    if not needed:
        host.noop("the schedule is as it is wanted")
        return
    said = f"schedule {schedule}: {_words(needed)}"
    say(host, said)
    script, stdin = scripts.change(directory, needed), scripts.written(needed, wanted)
    yield from changed(None, Change(script, stdin=stdin, said=said))
    if host.state.is_executing:
        yield from _proved(host, schedule, wanted, directory)


def _proved(host: Host, schedule: str, wanted: Mapping[str, str], directory: str) -> Commands:
    """The units are as they are wanted after a change, by what systemd says of each."""
    there = ask(host, UnitStates, directory=directory, schedule=schedule)
    if isinstance(there, Unknown):
        yield from _unseen(host, f"it can't be proved that this helped: {there.reason}")
        return
    if left := steps(schedule, there, wanted):
        needs = f"even after that the schedule needs: {_words(left)}"
        still = {step.unit for step in left} & {*there} - {*wanted}
        seen = f"  still there: {', '.join(f'{unit} ({there[unit]})' for unit in sorted(still))}"
        yield from refused(None, [(needs, seen) if still else (needs,)])
        return
    at_work = finishing(schedule, there, wanted)
    how = (f"{unit} ({said}{_FINISHES if unit == at_work else ''})" for unit, said in there.items())
    say(host, f"schedule {schedule} now, as systemd has it: {', '.join(how)}")


def _unseen(host: Host, why: str) -> Commands:
    if not host.state.is_executing:
        say(host, why, level=logger.error, fg="red")
    yield from refused(None, [(why,)], unknown=True)


def _words(taken: Sequence[Step]) -> str:
    return ", ".join(map(str, taken))
