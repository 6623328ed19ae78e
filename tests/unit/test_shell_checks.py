"""The health checks as the host asks them."""

from __future__ import annotations

import json
import os
import re
import shutil
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hosts import Host, in_directory
from looks import healthy
from prepared import checked, looked

from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.look import Answer
from pyinfra_runbooks.engine.rules.checks import failure, mistake
from pyinfra_runbooks.settings import HttpCheck


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (HttpCheck("https://shop.example/x", non_empty="a"), []),
        (
            HttpCheck("https://shop.example/x", non_empty="a", resolve="127.0.0.1"),
            ["--resolve", "shop.example:443:127.0.0.1"],
        ),
        (HttpCheck("https://shop.example/x", non_empty="a", insecure=True), ["--insecure"]),
        (
            HttpCheck("https://shop.example/x", non_empty="a", ca="it's a $(touch canary).pem"),
            ["--cacert", "PLACE/it's a $(touch canary).pem"],
        ),
        (HttpCheck("http://shop.example/?a=$(touch+canary)&b='`x`';c=%22\"", non_empty="a"), []),
        (HttpCheck("http://web:8000/x", non_empty="a"), ["--resolve", "web:8000:172.30.0.9"]),
    ],
    ids=["plain", "resolve", "insecure", "ca", "hostile", "a service of the stack"],
)
def test_checks(host: Host, check: HttpCheck, expected: list[str]) -> None:
    host.stack(str(host.place), "cache", "web")
    host.is_at("web", address="172.30.0.9", address6="fd00::9")
    host.answer("curl--sS", '{"a":"secret"}\n200 0.015')
    done, answers = checked(host, in_directory(host.place, health=(check,)))
    (curl,) = done.of("curl")
    options = curl[curl.index("--max-time") + 2 : curl.index("--write-out")]
    assert options == [option.replace("PLACE", str(host.place)) for option in expected]
    assert curl[-1] == check.url
    assert curl[curl.index("--max-time") + 1] == "5.000"
    assert curl[curl.index("--proto") + 1] == "=http,https"
    assert answers == {0: Answer(200, 0.015, '{"a":"(hidden)"}')}
    assert not host.canary


@pytest.mark.parametrize(
    ("seen", "address"),
    [
        (("172.30.0.9", "fd00::9"), "172.30.0.9"),
        (("", "fd00::9"), "fd00::9"),
        (("invalid IP", "fd00::9"), "fd00::9"),
        (("invalid IP", "invalid IP"), None),
    ],
    ids=["both", "IPv6 alone", "as Docker 29 says", "none"],
)
def test_a_service_is_asked_where_it_can_be_reached(
    any_host: Host, seen: tuple[str, str], address: str | None
) -> None:
    any_host.stack(str(any_host.place), "cache", "web")
    any_host.is_at("web", address=seen[0], address6=seen[1])
    check = HttpCheck("http://web:8000/x", non_empty="a")
    done, answers = checked(any_host, in_directory(any_host.place, health=(check,)))
    asked = [curl[curl.index("--resolve") + 1] for curl in done.of("curl")]
    assert asked == ([f"web:8000:{address}"] if address else [])
    assert address or answers[0].body.startswith("web has no address")


def test_a_long_answer_is_not_shown(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "web")
    any_host.is_at("web", address="172.30.0.9")
    any_host.answer("curl--sS", '{"a":"' + "secret" * 20_000 + '"}\n200 0.015')
    check = HttpCheck("http://web:8000/x", non_empty="a")
    done, _ = checked(any_host, in_directory(any_host.place, health=(check,)))
    assert "secret" not in done.out


def test_long_answers_stay_apart(any_host: Host) -> None:
    """They come at the same time, each in more pieces than one."""
    any_host.stack(str(any_host.place), "web")
    shown = json.dumps({"status": "ok", "numbers": list(range(9000))})
    any_host.answer("curl--sS", f"{shown}\n200 0.015")
    checks = tuple(HttpCheck(f"https://shop.example/{n}", non_empty="status") for n in range(12))
    _, answers = checked(any_host, in_directory(any_host.place, health=checks))
    assert len(answers) == len(checks)
    assert [failure(check, answers.get(n)) for n, check in enumerate(checks)] == [None] * 12


@pytest.mark.parametrize("uid", [0, 1000])
@pytest.mark.parametrize(
    ("printed", "says"),
    [
        ("OK\n200 0.015", None),
        (" OK \r\n\n200 0.015", None),
        ("OKAY\n200 0.015", "(4 bytes of other text), expected OK"),
        ("secret\n200 0.015", "(6 bytes of other text), expected OK"),
        ("\n200 0.015", "(0 bytes of other text), expected OK"),
        ("OK\n500 0.015", "expected 200"),
    ],
)
def test_a_text_is_compared_where_it_is(
    any_host: Host, uid: int, printed: str, says: str | None
) -> None:
    any_host.of_user(uid)
    any_host.stack(str(any_host.place), "cache")
    any_host.answer("curl--sS", printed)
    check = HttpCheck("https://shop.example/health", expect="OK")
    done, answers = checked(any_host, in_directory(any_host.place, health=(check,)))
    assert "secret" not in done.out
    problem = failure(check, answers[0])
    assert problem is None if says is None else says in (problem or "")


def test_no_checks(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "web")
    done, answers = checked(any_host, in_directory(any_host.place, health=()))
    assert (done.code, done.calls, done.err, answers) == (0, [], "", {})


@pytest.mark.parametrize(
    "expect",
    [
        {"status": "ok", "cache": "up"},
        {"status": "ok", "hits": 7, "warm": True, "error": None},
        {"status": ["ok", "warm"]},
        {"status": ""},
        {"status": 'say "so"; $(touch canary) `x` \\ \' %s \N{SNOWMAN}'},
        {"it's a $(touch canary)": "ok", "two words": "ok"},
        {"cache": {"state": "up"}},
        {"parts": [{"name": "cache", "state": "up"}]},
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "many lines"])
def test_what_is_expected_comes_through(
    tmp_path: Path, expect: dict[str, Any], indent: int | None
) -> None:
    host = Host(tmp_path)
    host.stack(str(tmp_path), "cache")
    check = HttpCheck("https://shop.example/health", expect=expect)
    shown = json.dumps(expect, indent=indent, ensure_ascii=False)
    host.answer("curl--sS", f"{shown}\n200 0.015")
    _, answers = checked(host, in_directory(tmp_path, health=(check,)))
    assert failure(check, answers.get(0)) is None
    assert not host.canary


@pytest.mark.parametrize("asks", [60, 0.2])
def test_a_look_waits_briefly(any_host: Host, asks: float) -> None:
    """What makes a check hang is repaired the sooner."""
    any_host.stack(str(any_host.place), "cache", "web")
    any_host.is_at("web", address="172.30.0.9", ports=("8000/tcp",))
    check = HttpCheck("http://web:8000/x", non_empty="a", timeout=asks)
    done = looked(any_host, in_directory(any_host.place, health=(check,))).both
    (curl,) = (words for words in done.of("curl") if check.url in words)
    seconds = float(curl[curl.index("--max-time") + 1])
    assert seconds == 0.2 if asks == 0.2 else 0.25 <= seconds < asks


# What curl itself says of a check that can't work


class _Text(BaseHTTPRequestHandler):
    """Answers in plain text; what is no HTTP is answered by the server itself."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, *_: object) -> None:
        pass


def mistaken(host: Host, url: str, **changes: Any) -> str:
    """Why a check of a service can't work, by what this machine's curl says."""
    host.stack(str(host.place), "cache", "web")
    host.is_at("web", address="127.0.0.1", pid=os.getpid())
    host.tool("curl", f'#!/bin/sh\nexec {shutil.which("curl")} "$@"\n')
    check = HttpCheck(url, **{"expect": {"status": "ok"}, **changes})
    stack = in_directory(host.place, health=(check,))
    _, answers = checked(host, stack)
    refusal = mistake(replace(healthy(), answers=answers), stack, 0)
    return refusal.because if refusal else ""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with HTTPServer(("0.0.0.0", 0), _Text) as server:  # noqa: S104 - what is for itself alone is no port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_port_that_nobody_listens_on_is_reported_with_those_that_are(
    any_host: Host, port: int
) -> None:
    said = mistaken(any_host, "http://web:1/x")
    assert said.startswith("nothing listens on port 1 in web, which listens on ")
    assert str(port) in said.replace(",", "").split()
    assert mistaken(any_host, f"http://web:{port}/x", expect="OK") == ""


def test_tls_spoken_to_a_plain_port_is_reported(any_host: Host, port: int) -> None:
    said = mistaken(any_host, f"https://web:{port}/x", insecure=True)
    assert said == f"port {port} of web does not speak TLS"


def test_a_text_where_json_is_expected_is_reported(any_host: Host, port: int) -> None:
    assert "JSON is expected" in mistaken(any_host, f"http://web:{port}/x")


def test_a_name_that_does_not_resolve_is_reported(any_host: Host) -> None:
    assert mistaken(any_host, "http://wbe.invalid/x") == "wbe.invalid does not resolve on the host"


def test_what_speaks_something_else_is_reported(any_host: Host) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), _Redis) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        number = server.server_address[1]
        said = mistaken(any_host, f"http://web:{number}/x")
        server.shutdown()
    assert said == f"what listens on port {number} does not speak HTTP"


class _Redis(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(4096)
        self.request.sendall(b"-ERR unknown command\r\n")


# A user's .curlrc is none of ours


class _Elsewhere(BaseHTTPRequestHandler):
    """Leads away from where the check asks."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/well" else 302)
        self.send_header("Location", "/well")
        self.end_headers()
        self.wfile.write(b'{"status":"ok"}')

    def log_message(self, *_: object) -> None:
        pass


def test_a_curlrc_is_not_obeyed(any_host: Host) -> None:
    """Or a redirect would be followed, and headers would stand in the answer."""
    any_host.stack(str(any_host.place), "cache", "web")
    (any_host.place / ".curlrc").write_text("location\ninclude\ninsecure\n")
    any_host.tool("curl", f'#!/bin/sh\nexec {shutil.which("curl")} "$@"\n')
    with HTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        check = HttpCheck(f"http://127.0.0.1:{server.server_port}/x", non_empty="status")
        _, answers = checked(any_host, in_directory(any_host.place, health=(check,)))
        server.shutdown()
    assert (answers[0].status, answers[0].body) == (302, '{"status":"(hidden)"}')


def test_every_curl_begins_with_what_ignores_it() -> None:
    """After another option -q means nothing."""
    scripts = "".join(
        file.read_text(encoding="utf-8") for file in shell.files().values() if file.suffix == ".sh"
    )
    calls = re.findall(r"\bcurl ([-\"$]\S*)", scripts)
    assert len(calls) >= 3
    assert set(calls) == {"-q"}
