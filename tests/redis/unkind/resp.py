"""A client of Redis that is small enough to be trusted: one connection, one command at a time."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any


class RespError(Exception):
    """What Redis refuses, in its own words."""


def opened(port: int, seconds: float) -> socket.socket:
    """Where servers of the harness listen."""
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)


class Connection:
    """A connection; anything but an answer raises `OSError`.

    + user, password: None: nobody logs in
    """

    def __init__(
        self, port: int, user: str | None = None, password: str = "", seconds: float = 2
    ) -> None:
        self._socket = opened(port, seconds)
        self._stream = self._socket.makefile("rb")
        try:
            if user is not None:
                self.ask("AUTH", user, password)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()
        self._socket.close()

    def ask(self, *words: str) -> Any:
        return self.ask_all([words])[0]

    def ask_all(self, commands: list[tuple[str, ...]]) -> list[Any]:
        """The answers to several commands that are sent at once; the first error is raised."""
        self._socket.sendall(b"".join(map(_packed, commands)))
        answers = [self._answer() for _ in commands]
        for answer in answers:
            if isinstance(answer, RespError):
                raise answer
        return answers

    def _answer(self) -> Any:
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionResetError("the connection ended in the middle")
        kind, text = line[:1], line[1:-2].decode()
        match kind:
            case b"+":
                return text
            case b"-":
                return RespError(text)
            case b":":
                return int(text)
            case b"$":
                return None if text == "-1" else self._stream.read(int(text) + 2)[:-2].decode()
            case b"*":
                return [self._answer() for _ in range(int(text))]
        raise ConnectionResetError(f"not an answer: {line!r}")


def _packed(words: tuple[str, ...]) -> bytes:
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded)
