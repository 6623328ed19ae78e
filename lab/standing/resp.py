"""A connection to Redis: as much of its protocol as a stand-in needs."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import BinaryIO

from .finding import Tls, Where

Reply = str | int | None | list["Reply"]


class RedisError(Exception):
    """An error that Redis answered; its first word, since the rest may repeat what was sent."""


class Connection:
    """One connection, logged in.

    + where: the Redis
    + timeout: seconds for the connection and for each answer
    """

    def __init__(self, where: Where, timeout: float = 5.0) -> None:
        self._socket = _opened(where, timeout)
        self._file: BinaryIO = self._socket.makefile("rb")
        try:
            self._log_in(where)
        except BaseException:
            self.close()
            raise

    def ask(self, *words: str) -> Reply:
        """Send a command and return the answer; raises `RedisError` or `OSError`."""
        encoded = [word.encode() for word in words]
        parts = [b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded]
        self._socket.sendall(b"*%d\r\n%s" % (len(parts), b"".join(parts)))
        return self._reply()

    def close(self) -> None:
        """Close it."""
        with suppress(OSError):
            self._file.close()
            self._socket.close()

    def _log_in(self, where: Where) -> None:
        """By the first password that it takes; a server without one says so, and that is right."""
        refusal: RedisError | None = None
        for password in where.passwords:
            try:
                self.ask("AUTH", *([where.user] if where.user else []), password)
            except RedisError as error:
                refusal = error
            else:
                refusal = None
                break
        try:
            self.ask("PING")
        except RedisError as error:
            raise (refusal or error) from None

    def _reply(self) -> Reply:
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionResetError("the server has closed the connection")
        kind, rest = line[:1], line[1:-2].decode(errors="replace")
        if kind == b"-":
            raise RedisError(rest.split(" ", 1)[0])
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == "-1" else self._bulk(int(rest))
        if kind == b"*":
            return None if rest == "-1" else [self._reply() for _ in range(int(rest))]
        if kind == b"+":
            return rest
        raise ConnectionError("this is no Redis")

    def _bulk(self, length: int) -> str:
        content = self._file.read(length + 2)
        if len(content) != length + 2:
            raise ConnectionResetError("the server has closed the connection")
        return content[:-2].decode(errors="replace")


def _opened(where: Where, timeout: float) -> socket.socket:
    if where.socket:
        opened = socket.socket(socket.AF_UNIX)
        opened.settimeout(timeout)
        opened.connect(where.socket)
        return opened
    opened = socket.create_connection((where.host, where.port), timeout=timeout)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if where.tls is None:
        return opened
    return _context(where.tls).wrap_socket(opened, server_hostname=where.host)


def _context(tls: Tls) -> ssl.SSLContext:
    """With the authority that is named, else without a look at the server's certificate."""
    context = ssl.create_default_context(cafile=tls.ca)
    context.check_hostname = False
    if tls.ca is None:
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key)
    return context
