"""A user of the stack: asks the API for its health 50 times a second, through Caddy's TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from lab import engine
from lab.hosts import DIRECTORY, Host

INTERVAL = 0.02  # seconds between two requests
PATIENCE = 1.0  # seconds until a request counts as failed
_NAME = "aiwfe.com"
_HEALTHY = {"status": "ok", "redis_connection": "ok"}
_REQUEST = f"GET /api/v1/health HTTP/1.1\r\nHost: {_NAME}\r\n\r\n".encode()

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Request:
    """One request: when it was sent and answered (time.perf_counter), and whether it was well."""

    sent: float
    answered: float
    well: bool


class Client:
    """Asks, and keeps a record. It connects once, as a browser would, and again when it has to."""

    def __init__(self, host: Host) -> None:
        self.record: list[Request] = []
        self._address = _address(host)
        self._tls = ssl.create_default_context(cadata=host.run(f"cat {DIRECTORY}/certs/ca.pem"))
        self._idle: list[_Streams] = []
        self._over = threading.Event()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask as long as the block takes."""
        thread = threading.Thread(target=lambda: asyncio.run(self._ask_on()))
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def well_for(self, seconds: float) -> bool:
        """Whether all requests of the last seconds were well, and there were some."""
        since = time.perf_counter() - seconds
        recent = [request.well for request in self.record if request.answered >= since]
        return len(recent) >= seconds / INTERVAL / 2 and all(recent)

    async def _ask_on(self) -> None:
        start, number = time.perf_counter(), 0
        under_way: set[asyncio.Task[None]] = set()
        while not self._over.is_set():
            task = asyncio.create_task(self._ask())
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            number += 1
            await asyncio.sleep(max(0.0, start + number * INTERVAL - time.perf_counter()))
        await asyncio.gather(*under_way)
        for _, writer in self._idle:
            writer.close()

    async def _ask(self) -> None:
        sent = time.perf_counter()
        try:
            body = await asyncio.wait_for(self._exchange(), PATIENCE)
            well = json.loads(body) == _HEALTHY
        except (OSError, EOFError, ValueError):  # a time-out is an OSError
            well = False
        self.record.append(Request(sent, time.perf_counter(), well))

    async def _exchange(self) -> bytes:
        streams = self._idle.pop() if self._idle else await self._connect()
        reader, writer = streams
        try:
            writer.write(_REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
        except BaseException:
            with suppress(OSError):
                writer.close()
            raise
        self._idle.append(streams)
        return body

    async def _connect(self) -> _Streams:
        return await asyncio.open_connection(
            self._address, 443, ssl=self._tls, server_hostname=_NAME
        )


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    raise ValueError("an answer without its length")


def _address(host: Host) -> str:
    """The host's own address on this machine; nothing is published there but sshd."""
    found = engine.client().api.inspect_container(host.container)["NetworkSettings"]
    return next(str(end["IPAddress"]) for end in found["Networks"].values() if end["IPAddress"])
