"""What every script is given of a stack."""

from __future__ import annotations

from ...settings import Redis, Stack
from ..projects import Project


def of(
    stack: Stack, project: Project | None = None, redis: Redis | None = None
) -> dict[str, object]:
    """
    The values that say whose containers and files it is about; see `common.sh`.

    + project: the project on the host; default: as the inventory has it
    + redis: of which image a container may be that writes a file (`privileged.sh`); default: the
      first of the stack
    """
    image = redis or next(iter(stack.servers), None)
    compose = stack.compose
    return {
        "directory": project.directory if project else compose.directory,
        "project": compose.name,
        "config_files": project.files if project else compose.files,
        "env_files": project.env_files if project else compose.env_files,
        "profiles": compose.profiles,
        "patience": round(stack.timeouts.look),
        "helper_image": stack.helper_image,
        "redis_service": image.service if image else "",
        "redis_ids": tuple(c.id for c in project.of(image.service)) if project and image else (),
    }


def json_matters(stack: Stack) -> str:
    """Whether a password may be in a file as JSON; see `describe.sh`."""
    return "yes" if any(s.content and s.format == "json" for s in stack.secrets) else ""
