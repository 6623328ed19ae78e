"""The script that starts, restarts or makes the API anew."""

from __future__ import annotations

from ..rules.api import Step
from ..settings import Stack
from . import LOCKS, text, values
from .look import target


def repair(stack: Stack, step: Step, image_name: str) -> str:
    """Does one step; see `shell/api.sh`."""
    return "".join(
        (
            target(stack),
            values(
                step=step.name.lower(),
                locks=LOCKS,
                service=stack.api.service,
                image_name=image_name,
                stop=stack.api.stop,
                ready=round(stack.timeouts.healthy),
            ),
            *(text(name) for name in ("container.sh", "image.sh", "anew.sh", "api.sh")),
        )
    )
