"""The script that starts, restarts or recreates a service: none that has data to keep."""

from __future__ import annotations

from ...settings import Stack
from ..look import Look
from . import LOCKS, script
from .seen import seen


def service_script(
    stack: Stack,
    look: Look,
    service: str,
    step: str,
    image_name: str,
    only: tuple[str, ...] = (),
    stays_stopped: bool = False,
    job: bool = False,
    stop: int | None = None,
) -> str:
    """
    Does one step to a service; see `service.sh`.

    + look: what was seen just before
    + step: start, restart or recreate
    + image_name: what is declared for it
    + only: the ids of the containers that it is done to; default: all of the service; it is
      recreated as a whole
    + stays_stopped: whether what is recreated is not started
    + job: whether it has to end then, with code 0
    + stop: seconds that each container may take to stop, unless it was made with a time of its own,
      or the inventory gives the service one; default: the stack's
    """
    client = stack.client(service)
    seconds = round(stack.timeouts.stop) if stop is None else stop
    members = sorted(look.members(service), key=lambda member: not member.running)
    return script(
        "service.sh",
        *(only or (member.id for member in members)),
        **seen(stack, look),
        step=step,
        locks=LOCKS,
        service=service,
        image_name=image_name,
        up_as="--no-start" if stays_stopped else "-d",
        job="yes" if job else "",
        stop=client.stop if client else seconds,
        own_stop="" if client or stop is None else "yes",
        ready=round(stack.timeouts.healthy),
    )
