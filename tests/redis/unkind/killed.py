"""A run that is killed while it changes something, and the next one, which finds what it left."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

from .cases import Case
from .containers import until
from .promises import Breach, breaches
from .scripts import SCRIPTS, again, run
from .world import world
from .writer import Writer

LEFT_UNDONE = "left undone"


def killed(case: Case) -> tuple[list[Breach], bool]:
    """What is not as promised once the next run has ended; and whether the first one was killed.

    A script may make a call less than it did when its calls were counted.

    + case: where the first run is killed: at `call`, before or after it has its effect
    """
    script = SCRIPTS[case.script]
    with world(case) as made:
        writer = Writer(made.connect)
        with writer if script.serves else nullcontext():
            script.before(made)
            until(lambda: not script.serves or len(writer.written) >= 20, 10)
            made.engine.arm(replace(case, how="dies").failure)
            first = run(made, script, case.shell, case.login)
            made.engine.disarm()
            until(lambda: made.engine.at_rest, 10)
            following = again(made, script)
            done = run(made, following, case.shell, case.login)
        written = [*made.seeded, *writer.written]
        found = breaches(made, following, done, written, written)
        if done.code:
            found.append(Breach(LEFT_UNDONE, f"{following.name}: {done.err.strip()[-300:]}"))
        return found, first.code == -9
