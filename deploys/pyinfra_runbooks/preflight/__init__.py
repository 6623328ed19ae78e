"""Before a deploy: whether a stack would come up on a host. Reads only.

seen        what is seen, as typed values
answers     a host's answers, read as these
questions   what is asked of the images, after what was found
probe       the two scripts
readers     which user opens which file
obstacles   what it comes to: in the way, not looked at, worth knowing, fine
rules/      what is in the way
facts       the looks, as pyinfra asks a host
"""

from __future__ import annotations

from pyinfra import logger
from pyinfra.api import Host
from pyinfra.api.exceptions import PyinfraError

from ..core.errors import RunbookError
from ..core.unknown import Unknown
from ..facts.asking import ask
from ..facts.looks import this_host
from ..facts.runs import note_runbook
from ..facts.saying import say
from ..facts.stack import HostFound
from ..settings import Compose, Stack, projects_from_host_data
from . import rules
from .facts import ImagesAsked, Undeployed
from .obstacles import Checked
from .questions import questions, with_declared_servers
from .seen import Asked, Unresolved

_LONGEST = 10
"""How many times as long as Docker may take for an answer each of its commands may take."""


def check(stack: Stack | Compose | None = None) -> None:
    """
    Says whether a stack would come up on the host, the worst first; fails the host where not.

    + stack: the stack, or no more of it than its project; default: those that the inventory
      declares for the host, or the one that ``--data project=/srv/app`` names

    It says each thing that was looked at and is fine, with its values. What could not be looked at
    is not fine: the host fails for that, too. Nothing is written on the host, fetched or left
    there; for a trial of each Redis a container runs for a moment, without a network, and with its
    data read-only or not at all.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import Compose, preflight

        preflight.check(Compose("/srv/app"))
    """
    host = this_host()
    declared = (stack,) if stack else projects_from_host_data(host.data)
    note_runbook(host)
    for one in declared if not host.state.is_executing else ():
        if host in host.state.active_hosts:
            name, checked = _looked(host, one)
            _say(host, name, checked)
            if not checked.ready:
                _fail(host)


def _looked(host: Host, stack: Stack | Compose) -> tuple[str, Checked]:
    project = stack.compose if isinstance(stack, Stack) else stack
    known = stack if isinstance(stack, Stack) else Stack(stack)
    limit = _LONGEST * known.timeouts.look
    runs = ask(host, HostFound, stack=known, _timeout=limit)
    if isinstance(runs, Unknown):
        return project.directory, Checked(unseen=(runs.reason,))
    found = ask(host, Undeployed, stack=known, found=runs, _timeout=limit)
    if isinstance(found, Unknown):
        return project.directory, Checked(unseen=(found.reason,))
    if isinstance(found, Unresolved):
        return project.directory, rules.unresolved(found, project.directory)
    whole = stack if isinstance(stack, Stack) else None
    found = with_declared_servers(found, whole)
    asks = questions(found, whole)
    answers = Asked()
    if not asks.none:
        answers = ask(host, ImagesAsked, stack=known, found=runs, questions=asks, _timeout=limit)
    return found.declared.name, rules.judge(found, answers, whole)


def _say(host: Host, name: str, checked: Checked) -> None:
    if checked.obstacles:
        number = len(checked.obstacles)
        things = "1 thing is" if number == 1 else f"{number} things are"
        say(host, f"{name} is not ready: {things} in the way, the worst first", bold=True)
    elif checked.unseen:
        say(host, f"{name}: nothing is known to be in the way, and not all was seen", bold=True)
    else:
        say(host, f"{name} is ready to come up", bold=True)
    for obstacle in checked.obstacles:
        for line in obstacle.lines():
            say(host, f"  {line}")
    for line in checked.unseen:
        say(host, f"  not looked at: {line}", fg="yellow")
    for line in checked.notes:
        say(host, f"  note:  {line}")
    for line in checked.fine:
        say(host, f"  fine:  {line}")


def _fail(host: Host) -> None:
    say(host, "Error: not ready", level=logger.error, fg="red")
    try:
        host.state.fail_hosts({host})  # type: ignore[no-untyped-call]
    except PyinfraError as error:
        raise RunbookError(str(error)) from None
