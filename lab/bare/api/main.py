"""The API of the stack, as most are written: health, tokens, and a public list.

A pool, and the password read once at the start. So it comes back by itself when only the network
was wrong, and needs a restart when the password changed; and what waits for Redis holds a thread,
which those who need no Redis lack. The incident's stack has one that degrades.

On SIGUSR1 its circuit breaker opens and stays open until the process is restarted: that is an
application whose client gave up (the lab's fault `api-stuck`).
"""

# FastAPI and redis-py are in the image, not where this is checked.
# mypy: disable-error-code="import-not-found, untyped-decorator"

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path

import redis
from fastapi import FastAPI, HTTPException

TIMEOUT = 1.0  # seconds, for a connection and for an answer
TOKEN_LIFE = 3600  # seconds

pool = redis.ConnectionPool(
    host=os.environ["REDIS_HOST"],
    username=os.environ["REDIS_USER"],
    password=Path("/run/secrets/redis_password").read_text().strip(),
    socket_timeout=TIMEOUT,
    socket_connect_timeout=TIMEOUT,
    decode_responses=True,
)
client = redis.Redis(connection_pool=pool)
app = FastAPI(title="ai_workflow_engine")


class Breaker:
    """A circuit breaker that, once open, never closes again."""

    is_open = False

    def trip(self, *_: object) -> None:
        """Open it; a signal handler."""
        self.is_open = True

    def check(self) -> None:
        """Refuse to ask Redis while it is open."""
        if self.is_open:
            raise redis.ConnectionError("the circuit breaker is open")


breaker = Breaker()
signal.signal(signal.SIGUSR1, breaker.trip)


@app.get("/api/v1/health")
def health() -> dict[str, str]:
    """Answer 200 whatever is wrong: what counts is in the body."""
    try:
        breaker.check()
        client.ping()
    except redis.RedisError:
        return {"status": "degraded", "redis_connection": "error"}
    return {"status": "ok", "redis_connection": "ok"}


@app.get("/api/v1/workflows")
def workflows() -> dict[str, list[str]]:
    """A public list: it needs no session, and so no Redis."""
    return {"workflows": ["summarise", "translate", "classify"]}


@app.get("/api/v1/auth/csrf-token")
def csrf_token() -> dict[str, str]:
    """Make a token that is valid as long as Redis remembers it."""
    token = secrets.token_urlsafe(32)
    try:
        breaker.check()
        client.set(f"csrf:{token}", "1", ex=TOKEN_LIFE)
    except redis.RedisError as error:
        raise HTTPException(503, "no token can be stored: Redis is unavailable") from error
    return {"csrf_token": token}
