"""What a plan's steps take on a host: the pack that brings a task says it."""

from __future__ import annotations

from ..core.plan import Step
from ..core.policy import Policy
from ..engine.look import Look
from ..packs.all import packs_of
from ..settings import Stack
from .change import Change


def change_of(step: Step, look: Look, stack: Stack, policy: Policy) -> Change:
    """
    The command that does a step.

    + step: what is done
    + look: what was seen just before
    + stack: the stack
    + policy: what the run may do
    """
    stack = look.whole(stack)
    does = {task: done for pack in packs_of(stack) for task, done in pack.does.items()}
    sent = does[type(step.task)](step, look, stack, policy)
    return Change(sent.script, step.findings, sent.stdin, does=step.does)
