"""The API of the stack, as far as the incident is concerned: health, tokens, and a public list.

It degrades: without Redis it goes on with what needs none, says so in its health, and comes back by
itself. `docs/degradation.md` shows this code, and says why it is as it is. The stack `bare` has one
that doesn't.
"""

# FastAPI and redis-py are in the image, not where this is checked.
# mypy: disable-error-code="import-not-found, untyped-decorator, misc"

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
import secrets
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import redis
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff, ExponentialWithJitterBackoff

T = TypeVar("T")
log = logging.getLogger("uvicorn.error")

BUDGET = 1.5  # seconds that a request waits for Redis, its turn and what is tried again included
ANSWER = 0.5  # seconds for a connection, and for each answer
MOMENT = 0.1  # seconds in which a Redis that is there answers a probe
FAILURES = 3  # in a row, and the circuit breaker opens
PAUSES = EqualJitterBackoff(base=0.05, cap=0.5)  # seconds between probes while it is open
TOKEN_LIFE = 3600  # seconds
PASSWORD = Path("/run/secrets/redis_password")


class PasswordFile(redis.CredentialProvider):
    """Reads the password at each login, so that it may change while this runs."""

    def get_credentials(self) -> tuple[str, str]:
        """User and password, as they are now."""
        try:
            return os.environ["REDIS_USER"], PASSWORD.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            # One of redis-py's own: after any other it keeps the connection, not logged in.
            raise redis.AuthenticationError(f"no {PASSWORD}: {type(error).__name__}") from None

    async def get_credentials_async(self) -> tuple[str, str]:
        """The same; the file is small."""
        return self.get_credentials()


pool = BlockingConnectionPool(
    host=os.environ["REDIS_HOST"],
    credential_provider=PasswordFile(),
    max_connections=20,
    timeout=None,  # for a free connection: the budget ends that, too
    socket_connect_timeout=ANSWER,
    socket_timeout=ANSWER,
    health_check_interval=15,
    retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=2),
    decode_responses=True,
)
client = Redis(connection_pool=pool)


class Store:
    """Redis, asked within a budget and behind a circuit breaker.

    Closed, every command is sent. After `FAILURES` without an answer it is open: commands fail at
    once, and probes alone are sent, one at a time, until one is answered.
    """

    def __init__(self) -> None:
        self._failures = 0  # in a row
        self._answered = 0.0  # when it last did
        self._due = 0.0  # when the next probe is
        self._probe: asyncio.Task[bool] | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing but probes is sent."""
        return self._failures >= FAILURES

    async def do(self, command: Callable[[], Awaitable[T]]) -> T:
        """Send a command; raises `redis.RedisError` where that fails, or is not tried."""
        if self.is_open and not await self._closes():
            raise redis.ConnectionError("the circuit breaker is open")
        return await self._ask(command)

    async def answers(self) -> bool:
        """Whether Redis answers now: one probe for all who want to know meanwhile."""
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._ping())
        return await asyncio.shield(self._probe)

    def retry_after(self) -> int:
        """Whole seconds that a client should wait; not as many for all, or all come at once."""
        return max(1, math.ceil(self._due - monotonic())) + random.randrange(3)  # noqa: S311

    async def _closes(self) -> bool:
        """Half-open: who comes when a probe is due, or under way, waits for it a moment."""
        under_way = self._probe is not None and not self._probe.done()
        if under_way or monotonic() >= self._due:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.answers(), MOMENT)
        return not self.is_open

    async def _ping(self) -> bool:
        try:
            return bool(await self._ask(client.ping))
        except (redis.RedisError, OSError):
            return False

    async def _ask(self, command: Callable[[], Awaitable[T]]) -> T:
        began = monotonic()
        try:
            async with asyncio.timeout(BUDGET):
                answer = await command()
        except redis.ResponseError:
            self._is_there()  # It refuses this command, and that is an answer.
            raise
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            self._is_silent(began, error)
            # What was connected before may be dead, too: each would cost a time-out.
            await pool.disconnect(inuse_connections=False)
            raise redis.ConnectionError("Redis gave no answer") from error
        self._is_there()
        return answer

    def _is_there(self) -> None:
        if self.is_open:
            log.warning("Redis answers again")
        self._failures, self._answered = 0, monotonic()

    def _is_silent(self, began: float, error: Exception) -> None:
        if began < self._answered:
            return  # It has answered others since.
        self._failures += 1
        # 2 ** 1024 is more than a float holds: that many probes are some minutes.
        self._due = monotonic() + PAUSES.compute(min(self._failures, 10))
        if self._failures == FAILURES:
            log.warning("Redis gives no answer: %s", str(error) or type(error).__name__)


store = Store()
app = FastAPI(title="ai_workflow_engine")


@app.exception_handler(redis.RedisError)
async def unavailable(_: Request, error: redis.RedisError) -> JSONResponse:
    """What needs Redis says that it may be tried again, and when: no endpoint can forget to."""
    headers = {"Retry-After": str(store.retry_after())}
    return JSONResponse({"detail": "Redis is unavailable"}, status_code=503, headers=headers)


@app.get("/api/v1/health")
async def health() -> dict[str, str]:
    """For people and monitors: 200 whatever is wrong; what counts is in the body."""
    if not await store.answers():
        return {"status": "degraded", "redis_connection": "error"}
    return {"status": "ok", "redis_connection": "ok"}


@app.get("/api/v1/live")
@app.get("/api/v1/ready")
async def live() -> dict[str, str]:
    """For supervisors and load balancers: it asks nobody that all replicas share."""
    return {"status": "ok"}


@app.get("/api/v1/workflows")
async def workflows() -> dict[str, list[str]]:
    """A public list: it needs no session, and so no Redis."""
    return {"workflows": ["summarise", "translate", "classify"]}


@app.get("/api/v1/auth/csrf-token")
async def csrf_token() -> dict[str, str]:
    """Make a token that is valid as long as Redis remembers it."""
    token = secrets.token_urlsafe(32)
    await store.do(lambda: client.set(f"csrf:{token}", "1", ex=TOKEN_LIFE))
    return {"csrf_token": token}


def give_up(*_: object) -> None:
    """The lab's fault `api-stuck`, on SIGUSR1: a client that asks Redis no more until a restart."""

    async def refuse(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError("the client has given up")

    client.execute_command = refuse


signal.signal(signal.SIGUSR1, give_up)
