"""The two scripts of one look at a stack: the engine's questions, and those of all packs; and the
third, where they leave a riddle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..engine.asked import Asking, Member
from ..engine.found import PROBES, Found, Sought
from ..engine.probe import Batch, Question, of_several, together
from ..engine.probe import questions as questions_of
from ..engine.projects import Project
from ..engine.shell import values
from ..engine.shell.seen import declared
from ..engine.shell.stack import of
from ..settings import Stack, Timeouts
from .all import components_of, packs_of
from .checks.asking import checks
from .network.asking import Pair
from .network.asking import questions as tries
from .redis.asking import servers

_MARK = 'read -r mark </proc/sys/kernel/random/uuid; echo "look $mark"\n'


def find(*stacks: Stack, unattended: bool = False) -> str:
    """
    All that the host runs; takes no secret.

    + stacks: those that are declared for it
    + unattended: whether no person started the run; default: ``False``
    """
    images = (stack.helper_image for stack in stacks if stack.helper_image)
    given = values(changed_script=0, patience=patience(stacks), helper_image=next(images, None))
    return _MARK + given + together(questions_of(PROBES, Sought(stacks, unattended)))


def patience(stacks: Sequence[Stack]) -> int:
    """How many seconds each answer of the engine may take that is about all of them."""
    return round(max((stack.timeouts.look for stack in stacks), default=Timeouts().look))


def questions(asking: Asking) -> list[Question]:
    """All that a stack's packs ask about it, and about each of its components, in one order."""
    asked: list[Question] = []
    for pack in packs_of(asking.stack):
        asked += questions_of(pack.probes, asking)
        for component in components_of(asking.stack, pack):
            member = Member(asking, component)
            asked += questions_of(pack.probes_each, member, component.service)
    return asked


def look(stack: Stack, found: Found, quick: bool = False) -> str:
    """
    What Compose declares, and what the containers of the stack say. Passwords that the controller
    has come over stdin, in the order of `stdin_lines`.

    + stack: the stack
    + found: what is on the host
    + quick: whether health checks get next to no time; default: ``False``
    """
    batch = _batch("", stack, found, quick)
    about = values(changed_script=0, **batch.values)
    return _MARK + about + together(batch.questions, batch.more)


def look_at_all(stacks: Sequence[Stack], found: Found, quick: bool = False) -> str:
    """
    The same of several stacks, in one command.

    + stacks: the stacks
    """
    about = values(changed_script=0, patience=patience(stacks))
    batches = [
        _batch(part, stack, found, quick) for part, stack in zip(parts(stacks), stacks, strict=True)
    ]
    return _MARK + about + of_several(batches)


def parts(stacks: Sequence[Stack]) -> list[str]:
    """What stands before the names of each one's sections."""
    return [f"{number} " for number in range(1, len(stacks) + 1)]


def _batch(part: str, stack: Stack, found: Found, quick: bool) -> Batch:
    asking = Asking.of(stack, found)
    asked = [*servers(asking), *questions(asking), *checks(asking, _milliseconds(found, quick))]
    more = (("ask_declared.sh", declared(stack)), ("ask_fields.sh", _compared(asking.project)))
    return Batch(part, asked, more, of(stack, asking.project))


def health(stack: Stack, found: Found) -> str:
    """
    The health checks alone, for the time after a change.

    + found: what is on the host
    """
    asking = Asking.of(stack, found)
    return _MARK + values(**of(stack, asking.project)) + together(checks(asking))


def reach(stack: Stack, tried: Iterable[Pair]) -> str:
    """
    What clients make of their names for servers: only where the look shows no cause.

    + tried: who is tried
    """
    about = values(changed_script=0, **of(stack))
    return _MARK + about + together(tries(tried))


def _compared(project: Project) -> dict[str, object]:
    """The values of `ask_fields.sh`."""
    return {
        "labelled": tuple(
            f"{c.id} {c.service} {c.config_hash}"
            for c in project.members
            if c.config_hash and not re.search(r"\s", c.service)
        ),
        "spellings": project.spellings,
    }


def _milliseconds(found: Found, quick: bool) -> int:
    """
    How many milliseconds a check gets at most. A check that hangs must not hold up the repair of
    its cause: it gets twice as long as Docker took to list the containers, and at least 250. If it
    gave up and the look shows no cause, it is asked once more, with all the time that it may take.
    After an event a cause is expected, so it gets less.
    """
    return 50 if quick else max(250, round(2000 * found.took))
