"""The scripts that start or restart what uses Redis, and what that needs."""

from __future__ import annotations

from ...engine.look import Look
from ...engine.shell.service import service_script
from ...settings import Stack
from .rules.api import Step
from .rules.needed import Start


def repair(stack: Stack, look: Look, client: str, step: Step, image_name: str) -> str:
    """Does one step to a client's service."""
    return service_script(stack, look, client, step.name.lower(), image_name)


STOP = 10
"""Seconds that the engine gives a container to stop, where nothing says how many."""


def restart(
    stack: Stack, look: Look, service: str, image_name: str, only: tuple[str, ...] = ()
) -> str:
    """Restarts a service that uses a Redis, declared or not, or only these of its containers."""
    verb = Step.RESTART.verb
    return service_script(stack, look, service, verb, image_name, only, stop=STOP)


def start(stack: Stack, look: Look, action: Start) -> str:
    """Starts or unpauses a container as it is; a job has to end, too."""
    return service_script(
        stack, look, action.service, "start", "", (action.container,), job=action.job
    )
