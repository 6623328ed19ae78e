"""A client that writes all the time, and knows what was acknowledged to it, and when."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .resp import Connection, RespError

EVERY = 0.01
"""Seconds between two writes."""


@dataclass(frozen=True)
class Written:
    """A write that was acknowledged.

    + at: when, by `time.time`
    + gone_at: from when on the key may be gone; None: it stays
    """

    key: str
    value: str
    at: float
    gone_at: float | None = None


@dataclass
class Writer:
    """
    Writes unique keys, some that expire, and connects again whenever it has to.

    + connect: by a user's name, and within so many seconds
    """

    connect: Callable[[str, float], Connection]
    written: list[Written] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Writer:
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self._thread:
            self._thread.join()

    def _write(self) -> None:
        number = 0
        while not self._end.is_set():
            try:
                with self.connect("billing", 1) as redis:
                    while not self._end.wait(EVERY):
                        number += 1
                        self._one(redis, number)
            except (OSError, RespError):
                self._end.wait(0.02)

    def _one(self, redis: Connection, number: int) -> None:
        """Some writes are transactions, which an AOF keeps as such: of two, or they are no more."""
        value = f"{number}" * 8
        expires = {1: 0.3, 2: 2.0, 3: 900.0}.get(number % 7)
        options = ("PX", str(int(expires * 1000))) if expires else ()
        keys = [f"written:{number}"]
        sent = time.time()
        if number % 5:
            answer = redis.ask_all([("SET", keys[0], value, *options)])
        else:
            keys.append(f"written:{number}:too")
            sets = [("SET", key, value, *options) for key in keys]
            answer = redis.ask_all([("MULTI",), *sets, ("EXEC",)])[-1]
        if answer == ["OK"] * len(keys):
            gone_at = sent + expires if expires else None
            self.written += [Written(key, value, time.time(), gone_at) for key in keys]
