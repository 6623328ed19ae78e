"""Answers on ports: HTTP 200 with the words that are asked for, 503 while a Redis is lost."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    """On both families: `localhost` is the IPv6 one first."""

    address_family = socket.AF_INET6
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        # The base class would look its own name up, which takes long without a resolver.
        self.server_name, self.server_port = "stand-in", self.server_address[1]

    def handle_error(self, *_: object) -> None:
        """A client that hangs up, or speaks something else, is no error here."""


class _OldServer(_Server):
    address_family = socket.AF_INET

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "stand-in", self.server_address[1]


def serve(
    ports: Iterable[int], words: Iterable[str], lost: Callable[[], str]
) -> dict[int, str | None]:
    """Listen, each port in a thread of its own; what could not be listened on is said.

    + words: what an answer has in it besides "OK"
    + lost: why not all is well, or nothing
    """
    body = " ".join(("OK", *words, "(a stand-in of the lab)"))

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            """The same for every path."""
            why = lost()
            text = f"{why}\n".encode() if why else f"{body}\n".encode()
            self.send_response(503 if why else 200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_HEAD = do_GET  # noqa: N815 - names of the base class
        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Health checks ask every few seconds."""

    said: dict[int, str | None] = {}
    for port in ports:
        try:
            server = _listening(port, Answer)
        except OSError as error:
            said[port] = error.strerror or str(error)
            continue
        threading.Thread(target=server.serve_forever, daemon=True).start()
        said[port] = None
    return said


def _listening(port: int, answer: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return _Server(("::", port), answer)
    except OSError as error:
        # In use: by another stand-in on the host's own network.
        if error.errno == errno.EADDRINUSE:
            raise
        return _OldServer(("0.0.0.0", port), answer)  # noqa: S104 - in a container
