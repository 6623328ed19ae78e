"""Stacks that were brought up in ways of which the hash, or the list of files, tells otherwise."""

from __future__ import annotations

from ..aside import ADDED
from ..hosts import DIRECTORY, Host
from .common import on_the_host
from .model import PROCESS, Fault, Refused, Unaffected, touching

_FILE = f"{DIRECTORY}/docker-compose.yml"
_IMAGE = r"^    image: \${REDIS_IMAGE}$"
_MADE_AGAIN = touching(*PROCESS, "redis-container", "redis-networks", "compose-file")


def _declaring(declaration: str, up: str = "docker compose up --detach --timeout 30 redis") -> str:
    """Adds lines to the declaration of Redis, and brings it up."""
    return f"""set -eu
        cd {DIRECTORY}
        sed -i '/^  redis:/,/^  postgres:/s|{_IMAGE}|&{declaration}|' {_FILE}
        {up}"""


_ENV_FILE = rf"\n    env_file: {ADDED}"
_EXPORTED = r"\n    environment:\n      LAB_LEVEL: ${LAB_LEVEL:-notice}"
_UP_WITH_IT = "LAB_LEVEL=warning docker compose up --detach --timeout 30 redis"
_UP_WITHOUT_A_SECRET = f"""cp {_FILE} {ADDED}
        sed -i '/^  redis:/,/^  postgres:/{{/- redis_password/d}}' {_FILE}
        {_UP_WITH_IT}
        cat {ADDED} >{_FILE}"""


def _services_added(host: Host) -> None:
    """Most of the stack is from two files then, and Redis, which is the same in both, from one."""
    host.run(
        f"""set -eu
        cd {DIRECTORY}
        printf '%s\\n' services: '  worker:' '    image: {host.redis.name}' \\
            '    command: [sleep, infinity]' '    networks: [ai_workflow_engine_net]' >{ADDED}
        docker compose --file {_FILE} --file {ADDED} up --detach --no-deps --force-recreate \\
            --timeout 12 api qdrant caddy worker"""
    )


def _overridden(host: Host) -> None:
    """Of the whole stack only Redis is another one with the second file, and is made again."""
    host.run(
        f"""set -eu
        cd {DIRECTORY}
        printf '%s\\n' services: '  redis:' '    labels: {{lab.level: warning}}' >{ADDED}
        docker compose --file {_FILE} --file {ADDED} up --detach --timeout 30"""
    )


FAULTS = (
    Fault(
        "env-file",
        "gives Redis an env_file, and brings it up",
        "nothing: it runs as declared, though Compose 2.26 tells another hash of it",
        "it is what the compose file says",
        on_the_host(f"echo LAB_LEVEL=notice >{ADDED}\n{_declaring(_ENV_FILE)}"),
        Unaffected(),
        _MADE_AGAIN,
        stage=0,
    ),
    Fault(
        "services-added",
        "brings up a worker, and all but Redis and PostgreSQL again, with a second compose file",
        "nothing: what both files make of Redis is the same",
        "an ordinary `docker compose up` leaves Redis as it is, too",
        _services_added,
        Unaffected(),
        touching("api", "caddy", "compose-file"),
        stage=0,
    ),
    Fault(
        "override-for-redis",
        "brings the stack up with a second compose file, which changes something of Redis alone",
        "nothing: it runs as it was brought up, and all else tells of one file",
        "that is how overrides are used; the inventory names none",
        _overridden,
        Refused("created from different compose files"),
        _MADE_AGAIN,
        stage=0,
    ),
    Fault(
        "variable-exported",
        "brings Redis up with a variable that was exported, and is gone with that shell",
        "nothing: it runs as it was brought up",
        "what the compose file has as a default is not what was meant",
        on_the_host(_declaring(_EXPORTED, _UP_WITH_IT)),
        Unaffected(),
        _MADE_AGAIN,
        stage=0,
    ),
    Fault(
        "variable-exported-over-env-file",
        "does the same where the project's .env sets that variable to something else",
        "nothing: what was exported counts more, and Redis runs as it was brought up",
        "what .env says is not what was meant",
        on_the_host(
            f"echo LAB_LEVEL=notice >>{DIRECTORY}/.env\n{_declaring(_EXPORTED, _UP_WITH_IT)}"
        ),
        Unaffected(),
        _MADE_AGAIN,
        stage=0,
    ),
    Fault(
        "variable-exported-unmounted",
        "does the same with a compose file that lacks a secret, and puts the file right",
        "API ok; a new container of Redis would lose what was exported",
        "Redis itself does not read that secret",
        on_the_host(_declaring(_EXPORTED, _UP_WITHOUT_A_SECRET)),
        Refused("would also change environment LAB_LEVEL, which depends on LAB_LEVEL"),
        _MADE_AGAIN,
        stage=0,
    ),
)
