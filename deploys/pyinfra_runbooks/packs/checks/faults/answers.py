"""Faults of the checks: the API is healthy, and answers otherwise than the inventory says."""

from __future__ import annotations

from collections.abc import Callable

from lab.faults.model import Fault, Refused, touching
from lab.hosts import API, DIRECTORY, Host

_MAIN = f"{DIRECTORY}/api/main.py"
_ASK = 'import socket; socket.create_connection(("127.0.0.1", 8000))'
_LISTENS = f"docker exec {API} python3 -c '{_ASK}'"


def _answering(*edits: str) -> Callable[[Host], object]:
    """Has the API run another version of its code, and waits until it listens."""
    expressions = " ".join(f"-e '{edit}'" for edit in edits)
    return lambda host: host.run(f"""set -eu
        sed -i {expressions} {_MAIN}
        docker restart -t 2 {API}
        for _ in $(seq 100); do ! {_LISTENS} 2>/dev/null || exit 0; sleep 0.2; done
        exit 1""")


FAULTS = (
    Fault(
        "check-text",
        "has the API's health answer the text OK, where the inventory expects JSON",
        "the API is healthy, and no check can see that",
        None,
        _answering(
            "s/^from fastapi import .*/&; from fastapi.responses import PlainTextResponse/",
            's/return {"status": "ok".*/return PlainTextResponse("OK")/',
        ),
        Refused("with text, and JSON is expected"),
        touching("api"),
        causes=frozenset({"check-mistaken"}),
    ),
    Fault(
        "check-lost",
        "moves the API's health to another path than the inventory's",
        "the API is healthy, and its checks say 404",
        None,
        _answering("s|/api/v1/health|/api/v2/health|"),
        Refused("404 Not Found"),
        touching("api"),
        causes=frozenset({"check-mistaken"}),
    ),
)
