"""Faults of the health checks that containers have of their own."""

from __future__ import annotations

from collections.abc import Callable

from lab.faults.model import Fault, Unaffected, touching
from lab.hosts import DIRECTORY, PROJECT, Host

_FILE = f"{DIRECTORY}/docker-compose.yml"
_QDRANT = f"{PROJECT}-qdrant-1"
_STATE = f"docker inspect --format '{{{{.State.Health.Status}}}}' {_QDRANT}"


def _checked_by(command: str, becomes: str) -> Callable[[Host], object]:
    """Give Qdrant a health check, and wait for what Docker makes of it."""
    lines = (
        "    healthcheck:",
        f"      test: [CMD-SHELL, '{command}']",
        "      interval: 1s",
        "      retries: 1",
    )
    added = "\\n".join(lines)
    return lambda host: host.run(f"""set -eu
        cd {DIRECTORY}
        sed "s/^    command: .python3, stand_in.py.$/&\\n{added}/" {_FILE} >/tmp/checked
        cat /tmp/checked >{_FILE}
        rm /tmp/checked
        docker compose up --detach --no-deps --timeout 2 qdrant
        for _ in $(seq 100); do [ "$({_STATE})" != {becomes} ] || exit 0; sleep 0.2; done
        exit 1""")


FAULTS = (
    Fault(
        "own-check-fails",
        "gives Qdrant a health check of its own that fails",
        "docker ps shows Qdrant unhealthy; the checks of the inventory pass",
        "the API does not ask it",
        _checked_by("exit 1", "unhealthy"),
        Unaffected(),
        touching("compose-file"),
        stage=2,
    ),
    Fault(
        "own-check-blind",
        "gives Qdrant a health check of its own that can't fail",
        "docker ps shows Qdrant healthy, whatever it does",
        "the API does not ask it",
        _checked_by("nothing-like-it || true", "healthy"),
        Unaffected(),
        touching("compose-file"),
        stage=2,
    ),
)
