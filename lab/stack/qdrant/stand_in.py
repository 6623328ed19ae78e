"""Stands in for Qdrant in the lab: it answers /readyz on port 6333, and stores nothing."""

from __future__ import annotations

import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandIn(BaseHTTPRequestHandler):
    """Says in every answer that it is not Qdrant."""

    def do_GET(self) -> None:
        """Answer as Qdrant does, on the one path that the stack asks for."""
        status = 200 if self.path == "/readyz" else 404
        body = b"all shards are ready (this is the lab's stand-in, not Qdrant)\n"
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet: health checks ask every few seconds."""


# PID 1 ignores signals that it has no handler for.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("0.0.0.0", 6333), StandIn).serve_forever()  # noqa: S104 - in a container
