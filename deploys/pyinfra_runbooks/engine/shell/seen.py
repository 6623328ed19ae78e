"""What scripts are given of what was found and seen."""

from __future__ import annotations

from ...settings import Redis, Stack
from ..docker import SUBNETS_TEMPLATE
from ..look import Look
from ..projects import project
from ..rules.passwords import password_files
from .stack import json_matters, of


def seen(stack: Stack, look: Look, redis: Redis | None = None) -> dict[str, object]:
    """
    The values of a script that changes a stack: its project is the one that was looked at.

    + look: what was seen just before
    + redis: see `stack.of`
    """
    made = project(look.found, stack.compose)
    return of(stack, made, redis) | {"project_name": look.declared.name}


def declared(stack: Stack) -> dict[str, object]:
    """The values of `declared.sh`."""
    return {
        "password_files": password_files(stack),
        "contents_matter": "yes" if any(s.content for s in stack.secrets) else "",
        "json_matters": json_matters(stack),
        "subnets_template": SUBNETS_TEMPLATE,
    }
