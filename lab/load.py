"""Users of a host's API: so many requests a second, whatever becomes of those before."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import engine
from .hosts import DIRECTORY, Host

PATIENCE = 5.0
_NAME = "aiwfe.com"

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Answer:
    """What came of a request.

    + kind: the status, as in ``200``; ``no answer`` in time, ``no connection``, ``no HTTP``
    + headers: their names in lower case
    + sent, answered: when that was (time.perf_counter)
    """

    path: str
    kind: str
    headers: Mapping[str, str]
    sent: float
    answered: float
    body: bytes = b""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.answered - self.sent


@dataclass(frozen=True)
class Place:
    """Where the API is asked; without `tls`, in plain HTTP."""

    address: str
    port: int
    tls: ssl.SSLContext | None = None


def through_caddy(host: Host) -> Place:
    """As a user asks it, at the host's own address: nothing is published but sshd."""
    found = engine.client().api.inspect_container(host.container)["NetworkSettings"]["Networks"]
    address = next(str(end["IPAddress"]) for end in found.values() if end["IPAddress"])
    tls = ssl.create_default_context(cadata=host.run(f"cat {DIRECTORY}/certs/ca.pem"))
    return Place(address, 443, tls)


@dataclass
class Load:
    """Asks, and keeps what came of it.

    + rates: how often each path is asked, a second
    + patience: seconds after which a user gives up
    """

    place: Place
    rates: Mapping[str, float]
    patience: float = PATIENCE
    answers: list[Answer] = field(default_factory=list)
    _idle: list[_Streams] = field(default_factory=list)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """As long as the block takes; those that are under way then are waited for."""
        over = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._ask_on(over)))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def burst(self, path: str, count: int) -> None:
        """So many requests at once."""

        async def all_at_once() -> None:
            await asyncio.gather(*(self._ask(path) for _ in range(count)))
            self._close()

        asyncio.run(all_at_once())

    async def _ask_on(self, over: threading.Event) -> None:
        await asyncio.gather(*(self._each(path, rate, over) for path, rate in self.rates.items()))
        self._close()

    async def _each(self, path: str, rate: float, over: threading.Event) -> None:
        start, number = time.perf_counter(), 0
        async with asyncio.TaskGroup() as group:
            while not over.is_set():
                group.create_task(self._ask(path))
                number += 1
                await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))

    async def _ask(self, path: str) -> None:
        sent = time.perf_counter()
        headers: dict[str, str] = {}
        body = b""
        try:
            async with asyncio.timeout(self.patience):
                kind, headers, body = await self._exchange(path)
        except TimeoutError:
            kind = "no answer"
        except (OSError, EOFError):
            kind = "no connection"
        except (ValueError, LookupError):
            kind = "no HTTP"
        self.answers.append(Answer(path, kind, headers, sent, time.perf_counter(), body))

    async def _exchange(self, path: str) -> tuple[str, dict[str, str], bytes]:
        streams = self._kept() or await self._connect()
        reader, writer = streams
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {_NAME}\r\n\r\n".encode())
            status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (line.partition(":") for line in lines if line)
            headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
        except BaseException:
            writer.transport.abort()
            raise
        self._idle.append(streams)
        return status.split()[1], headers, body

    def _kept(self) -> _Streams | None:
        """A connection that the server has not closed meanwhile."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.transport.abort()
        return None

    async def _connect(self) -> _Streams:
        name = _NAME if self.place.tls else None
        return await asyncio.open_connection(
            self.place.address, self.place.port, ssl=self.place.tls, server_hostname=name
        )

    def _close(self) -> None:
        """At once: a TLS connection that is closed in order takes longer than the loop runs."""
        for _, writer in self._idle:
            writer.transport.abort()
        self._idle.clear()
