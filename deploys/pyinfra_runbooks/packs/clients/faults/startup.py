"""Faults at start-up: what the API needs did not serve it, so that Compose did not start it.

On a stack without start-up validation it is started all the same, and is degraded.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.faults.common import NOT_LOADED, wrong_network
from lab.faults.model import PROCESS, RELOADED, Fault, Repaired, touching
from lab.hosts import API, DIRECTORY, Host
from lab.redis import ask


def up_again(host: Host) -> str:
    """Has `docker compose up` recreate the API, and nothing else; returns what Compose said."""
    return host.run(
        f"""docker rm --force {API} >/dev/null 2>&1
        cd {DIRECTORY} && docker compose up --detach --no-recreate api 2>&1 || :"""
    )


def _never_started(why: Callable[[Host], object]) -> Callable[[Host], object]:
    def function(host: Host) -> None:
        why(host)
        up_again(host)

    return function


# Compose looks at all of the stack when it comes up.
_TOUCHED = touching(
    *(*PROCESS, "acl-file", "api", "compose-file", "engine", "image", "network"),
    *("password-file", "postgres", "redis-container", "redis-networks"),
)

FAULTS = (
    Fault(
        "never-started-acl",
        "gives the running Redis other rules than its ACL file, and then brings the API up",
        "no answer through Caddy: Compose made the API, and did not start it",
        None,
        _never_started(lambda host: ask(host, *NOT_LOADED)),
        RELOADED,
        _TOUCHED,
        stage=3,
        causes=frozenset({"acl-open"}),
    ),
    Fault(
        "never-started-network",
        "moves Redis to another network, and then brings the API up",
        "no answer through Caddy: Compose waited for the validation, and did not start the API",
        None,
        _never_started(wrong_network),
        Repaired("none"),
        _TOUCHED,
        stage=3,
        causes=frozenset({"wrong-network", "extra-network"}),
    ),
)
