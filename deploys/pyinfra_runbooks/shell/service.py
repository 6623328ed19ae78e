"""The script that starts, restarts or makes again what is not Redis."""

from __future__ import annotations

from ..look import Look
from ..rules.api import Step
from ..rules.namespaces import Revive
from ..rules.needed import Start
from ..settings import Stack
from . import LOCKS, text, values
from .look import target


def repair(stack: Stack, step: Step, image_name: str) -> str:
    """Does one step to the API; see `shell/service.sh`."""
    return _script(stack, stack.api.service, step, image_name)


def revive(stack: Stack, action: Revive, look: Look) -> str:
    """Restarts containers, or makes all of a service's containers again."""
    declared = look.declared.services[action.service]
    image = declared.image or f"{look.declared.name}-{action.service}"
    step = Step.RESTART if action.containers else Step.RECREATE
    return _script(
        stack, action.service, step, image, action.containers, stays_stopped=action.stopped
    )


def start(stack: Stack, action: Start) -> str:
    """Starts or unpauses a container as it is; a job has to end, too."""
    return _script(stack, action.service, Step.START, "", (action.container,), job=action.job)


def _script(
    stack: Stack,
    service: str,
    step: Step,
    image_name: str,
    only: tuple[str, ...] = (),
    stays_stopped: bool = False,
    job: bool = False,
) -> str:
    is_api = service == stack.api.service
    return "".join(
        (
            target(stack),
            values(
                step=step.name.lower(),
                locks=LOCKS,
                service=service,
                image_name=image_name,
                only=only,
                up_as="--no-start" if stays_stopped else "-d",
                job="yes" if job else "",
                stop=stack.api.stop if is_api else round(stack.timeouts.stop),
                ready=round(stack.timeouts.healthy),
            ),
            *(text(name) for name in _PARTS),
        )
    )


_PARTS = ("container.sh", "refused.sh", "image.sh", "kept.sh", "recreate.sh", "service.sh")
