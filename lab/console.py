"""What the lab tells the person in front of it, and how it waits."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_printing = threading.Lock()


class LabError(Exception):
    """Something a person can act on: what was expected, what was found, what to do next."""


def say(text: str) -> None:
    """Print one whole line; images are built two at a time, and lines must not mix."""
    with _printing:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce something that takes long, and say afterwards how long it took."""
    say(f"  ..  {what}")
    start = time.monotonic()
    yield
    say(f"  ok  {what}  {time.monotonic() - start:.1f} s")


def tail(path: Path, lines: int = 8) -> str:
    """The end of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def wait_until(
    condition: Callable[[], T | None], what: str, timeout: float, every: float = 0.05
) -> T:
    """Return the first truthy answer of `condition`.

    + condition: asked at least once, then every `every` seconds
    + what: the thing waited for, as it reads after "waited in vain for"
    + timeout: seconds after which this raises `LabError`
    """
    end = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= end:
            raise LabError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(every)
