"""Where Compose 2 is: docker's plugin, which needs no engine to resolve a project."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_PLACES = ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec")


@cache
def compose_plugin() -> str | None:
    """Its path; the variable COMPOSE_PLUGIN says it first. None where there is none."""
    places = [f"{Path.home()}/.docker", *(f"{place}/docker" for place in _PLACES)]
    named = os.environ.get("COMPOSE_PLUGIN")
    found = [named] if named else [f"{place}/cli-plugins/docker-compose" for place in places]
    return next((path for path in found if os.access(path, os.X_OK)), None)
