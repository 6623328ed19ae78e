"""Where Compose 2 is: docker's plugin, which needs no engine to resolve a project."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

# As lab.paths has it: to import that here would import ssl before pyinfra does.
_LAB = Path(__file__).resolve().parents[1] / ".lab" / "docker-compose"
_PLACES = ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec")


@cache
def compose_plugin() -> str | None:
    """Its path, or None: what COMPOSE_PLUGIN (a variable) names, or the lab's, or docker's."""
    places = [f"{Path.home()}/.docker", *(f"{place}/docker" for place in _PLACES)]
    named = os.environ.get("COMPOSE_PLUGIN")
    usual = (str(_LAB), *(f"{place}/cli-plugins/docker-compose" for place in places))
    found = [named] if named else usual
    return next((path for path in found if os.access(path, os.X_OK)), None)
