"""A health endpoint that belongs to an attacker, on a real host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import pytest

from lab import versions
from lab.console import wait_until
from lab.hosts import HOSTS
from lab.runs import pyinfra, with_stack

HOST = HOSTS[0]
PORT = 8099
_SERVER = """
import socket, threading, time
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\n"
def big(c):
    c.sendall(HEAD + b"Content-Length: 10485762\\r\\n\\r\\n\\"" + b"x" * 10485760 + b"\\"")
def endless(c):
    c.sendall(HEAD + b"\\r\\n[")
    while True: c.sendall(b"1," * 4096)
def slow(c):
    for byte in HEAD: c.sendall(bytes([byte])); time.sleep(0.5)
def redirect(c):
    c.sendall(b"HTTP/1.1 302 Found\\r\\nLocation: http://127.0.0.1:8099/big\\r\\n\\r\\n")
def escapes(c):
    body = b'{"status":"\\x1b]0;owned\\x07\\x1b[2J\\x1b[31m\\r[lab-redis8] all is well"}'
    c.sendall(HEAD + b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
def lines(c):
    c.sendall(HEAD + b"\\r\\n{}\\n200 0.001\\nc 0 200 0.001 {\\"status\\":\\"ok\\"}\\n")
def garbage(c):
    c.sendall(bytes(range(256)) * 64)
def nothing(c):
    pass
def serve(c):
    with c:
        try: globals()[c.recv(4096).split(b" ")[1][1:].decode()](c)
        except OSError: pass
with socket.create_server(("", 8080)) as s:
    while True: threading.Thread(target=serve, args=(s.accept()[0],)).start()
"""
# What is said of each. None of them may take longer than the check's own time-out.
SAID = {
    "big": "longer than 64000 bytes",
    "endless": "longer than 64000 bytes",
    "slow": "does not answer",
    "redirect": "answered 302",
    "escapes": "answered",
    "lines": "it answers with text, and JSON is expected",
    "garbage": "does not speak HTTP",
    "nothing": "does not answer",
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of the server, on the host itself."""
    HOST.run(
        f"docker run --detach --name hostile --publish 127.0.0.1:{PORT}:8080"
        f" --entrypoint python3 {versions.PYTHON.name} -c {quote(_SERVER)}"
    )
    address = f"http://127.0.0.1:{PORT}"
    answers = f"curl --silent --max-time 2 --output /dev/null {address}/redirect && echo yes"
    try:
        wait_until(lambda: HOST.run(answers, check=False), "the server", timeout=20)
        yield address
    finally:
        HOST.run("docker rm --force hostile")


@pytest.mark.parametrize("what", SAID)
def test_it_is_reported_and_nothing_else_happens(endpoint: str, tmp_path: Path, what: str) -> None:
    check = f"HttpCheck('{endpoint}/{what}', expect={{'status': 'ok'}}, timeout=2)"
    stack = with_stack(tmp_path, f"health=(*lab.health, {check})")
    run = pyinfra("-y", *stack, "runbooks/verify.py", "--limit", HOST.name)
    assert run.rc == 1, str(run)
    (said,) = [line for line in run.said(HOST.name) if line.startswith("Refused: ")]
    assert f"{endpoint}/{what} " in said, str(run)
    assert SAID[what] in said
    assert len(said) < 1000, said
    assert "owned\x07" not in run.stderr, "terminal escapes reach the terminal"
    assert "\x1b[2J" not in run.stderr, "terminal escapes reach the terminal"
    assert "Traceback" not in run.text, str(run)
    assert run.seconds < 20, str(run)
