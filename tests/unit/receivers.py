"""Receivers of notifications: a mail server and a webhook on this machine, with what they got."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller

SECRET = "hush-hush-3f9c"


class Webhook:
    """
    A receiver of JSON.

    + status: what it answers
    + slow: seconds that it takes to
    """

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.status = 200
        self.slow = 0.0
        self.got: list[Any] = []
        self.paths: list[str] = []
        self.port = server.server_address[1]

    @property
    def url(self) -> str:
        """As Apprise takes it, with a secret in it."""
        return f"json://bot:{SECRET}@127.0.0.1:{self.port}/hook/{SECRET}"


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A webhook that listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(hook.slow)
            if hook.status == 200:
                hook.got.append(json.loads(body))
                hook.paths.append(self.path)
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook = Webhook(server)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield hook
        finally:
            server.shutdown()


class Mailbox:
    """The mails that arrived."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.port = 0

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        self.got.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=runbooks@example.com&to=oncall@example.com"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server that listens."""
    box = Mailbox()
    box.port = _free()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def _free() -> int:
    """A port that is free at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


_KEPT: list[socket.socket] = []


def nobody() -> int:
    """A port without a listener for as long as this process lives."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    _KEPT.append(taken)
    return int(taken.getsockname()[1])
