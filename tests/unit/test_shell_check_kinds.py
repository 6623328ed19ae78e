"""Checks of each kind as a host asks them: a status, a text, a port, a command, Docker's word."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hosts import Done, Host, in_directory
from looks import healthy
from prepared import checked

from pyinfra_runbooks.engine.look import Answer
from pyinfra_runbooks.engine.rules.checks import cut_short, failure, mistake
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.settings import Check, CommandCheck, ContainerCheck, HttpCheck, TcpCheck

SECRET = "hunter2"
HERE = "127.0.0.1"

# A container is this machine: what is run in it is run here.
RUNS_HERE = 'exec:*) shift 2 && exec "$@" ;;'


def docker(host: Host, *cases: str) -> None:
    """An engine that does something else in these cases of its first word."""
    tools = host.place / "tools"
    (tools / "plain").mkdir()
    (tools / "docker").rename(tools / "plain" / "docker")
    otherwise = f'*) exec "{tools}/plain/docker" "$@" ;;'
    host.tool("docker", "\n".join(("#!/bin/sh", "case $1:$3 in", *cases, otherwise, "esac\n")))


def asked(host: Host, check: Check, **changes: Any) -> tuple[Done, Answer, str | None, str]:
    """What was done, what came of one check, why it failed, and why it can't work."""
    host.stack(str(host.place), "cache", "web")
    host.is_at("web", **{"address": HERE, "pid": os.getpid(), **changes})
    stack = in_directory(host.place, health=(check,), services=())
    done, answers = checked(host, stack)
    refusal = mistake(replace(healthy(), answers=answers), stack, 0)
    problem = failure(check, answers[0])
    return done, answers[0], problem, refusal.because if refusal else ""


# HTTP


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204 if self.path == "/empty" else 200)
        self.end_headers()
        page = {"/": "all is well\nready: yes\n", "/long": "x" * 200_000 + " ready: yes"}
        page["/longer"] = "x" * 1_100_000 + " ready: yes"
        self.wfile.write(f"{SECRET} {page.get(self.path, '')}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def page() -> Iterator[int]:
    with HTTPServer((HERE, 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def curl(any_host: Host) -> Host:
    """The curl of this machine."""
    any_host.tool("curl", f'#!/bin/sh\nexec {_which("curl")} "$@"\n')
    return any_host


def _which(tool: str) -> str:
    return next(
        path
        for directory in os.environ["PATH"].split(os.pathsep)
        if os.access(path := f"{directory}/{tool}", os.X_OK)
    )


@pytest.mark.parametrize(
    ("path", "expects", "says"),
    [
        ("/", {}, None),
        ("/long", {}, None),
        ("/longer", {}, None),
        ("/empty", {"status": 204}, None),
        ("/empty", {}, "answered 204, expected 200"),
        ("/", {"contains": "ready: yes"}, None),
        ("/", {"contains": "ready: no"}, "bytes without that text), expected ready: no"),
        ("/long", {"contains": "ready: yes"}, None),
        ("/longer", {"contains": "ready: yes"}, "its answer is longer than 1048000 bytes"),
        ("/long", {"expect": "OK"}, "its answer is longer than 64000 bytes"),
    ],
)
def test_a_url_by_its_status_and_by_a_part(
    curl: Host, page: int, path: str, expects: dict[str, Any], says: str | None
) -> None:
    check = HttpCheck(f"http://web:{page}{path}", **expects)
    done, answer, problem, _ = asked(curl, check)
    assert SECRET not in done.out + done.err
    assert len(answer.body) < 200
    assert problem is None if says is None else says in (problem or "")


def test_a_part_is_no_mistake_where_it_is_missing(curl: Host, page: int) -> None:
    assert asked(curl, HttpCheck(f"http://web:{page}/", contains="ready: no"))[3] == ""


# TCP


@pytest.fixture
def listening() -> Iterator[int]:
    """A server that says something first, as most do not."""
    with socket.create_server((HERE, 0)) as server:

        def greet() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(f"{SECRET}\r\n".encode())

        threading.Thread(target=greet, daemon=True).start()
        yield server.getsockname()[1]


def without_curl(any_host: Host) -> None:
    """bash opens connections where there is no curl."""
    hidden = any_host.place / "tools" / "curl"
    hidden.unlink()
    tools = ("sh", "bash", "busybox", "docker", "awk", "cat", "tr", "cut", "sed", "timeout", "date")
    for tool in (
        *tools,
        "base64",
        "gzip",
        "grep",
        "head",
        "sort",
        "stat",
        "readlink",
        "mktemp",
        "rm",
        "dirname",
    ):
        path = any_host.place / "tools" / tool
        if not path.exists():
            path.symlink_to(_which(tool))


@pytest.mark.parametrize("by", ["curl", "bash"])
def test_a_connection_opens_or_not(
    any_host: Host, monkeypatch: pytest.MonkeyPatch, by: str, listening: int
) -> None:
    host = any_host
    if by == "curl":
        host.tool("curl", f'#!/bin/sh\nexec {_which("curl")} "$@"\n')
    else:
        without_curl(host)
        monkeypatch.setenv("PATH", str(host.place / "tools"))
    done, answer, problem, mistaken = asked(host, TcpCheck("web", listening))
    assert (answer.status, answer.body, problem, mistaken) == (1, "", None, "")
    assert SECRET not in done.out + done.err

    _, answer, problem, mistaken = asked(host, TcpCheck("web", 1))
    assert answer.status == 0
    assert "(7)" in (problem or "")
    assert mistaken.startswith("nothing listens on port 1 in web, which listens on ")

    _, _, _, mistaken = asked(host, TcpCheck("nowhere.invalid", 80))
    assert mistaken == "nowhere.invalid does not resolve on the host"
    _, _, _, mistaken = asked(host, TcpCheck("wbe", 80))
    assert mistaken == "the stack has no service wbe"


def test_a_port_that_answers_nothing_has_a_deadline(curl: Host) -> None:
    """A queue that is full: the kernel takes no more connections."""
    with socket.create_server((HERE, 0), backlog=0) as full:
        kept = [socket.socket() for _ in range(8)]
        for one in kept:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        _, answer, problem, mistaken = asked(
            curl, TcpCheck("web", full.getsockname()[1], timeout=1)
        )
        for one in kept:
            one.close()
    assert (answer.status, mistaken) == (0, "")
    assert "(28)" in (problem or "")


def test_a_container_on_the_hosts_network_is_asked_at_the_host(curl: Host, listening: int) -> None:
    curl.stack(str(curl.place), "web")
    curl.is_at("web", network_mode="host", pid=os.getpid())
    stack = in_directory(curl.place, health=(TcpCheck("web", listening),), services=())
    _, answers = checked(curl, stack)
    assert failure(stack.health[0], answers[0]) is None


# A command


@pytest.fixture
def inside(any_host: Host) -> Host:
    docker(any_host, RUNS_HERE)
    return any_host


@pytest.mark.parametrize(
    ("command", "contains", "says"),
    [
        (("true",), None, None),
        (("false",), None, "false in web ended with 1"),
        (("sh", "-c", f"echo {SECRET}; exit 3"), None, "sh in web ended with 3"),
        (("echo", SECRET, "accepting connections"), "accepting connections", None),
        (("echo", SECRET), "accepting connections", "echo in web did not print accepting conn"),
        (("sh", "-c", "echo up >&2"), "up", None),
        (("sh", "-c", "echo up; exit 1"), "up", "sh in web ended with 1"),
        (("echo", "it's", 'say "so"; $(touch canary) `x`'), "$(touch canary) `x`", None),
        (("printf", "a\\nb"), "b", None),
        (("sh", "-c", "yes x | head -c 3000000; echo up"), None, None),
    ],
)
def test_a_command_by_its_code_and_a_part_of_what_it_prints(
    inside: Host, command: tuple[str, ...], contains: str | None, says: str | None
) -> None:
    check = CommandCheck("web", command=command, contains=contains)
    done, answer, problem, mistaken = asked(inside, check)
    assert SECRET not in done.out + done.err
    assert (answer.status, mistaken) == (1, "")
    assert problem is None if says is None else (problem or "").startswith(says)
    assert not inside.canary


def test_a_command_that_hangs_has_a_deadline(inside: Host) -> None:
    check = CommandCheck("web", command=("sleep", "20"), timeout=1)
    _, answer, problem, mistaken = asked(inside, check)
    assert (answer.status, mistaken) == (0, "")
    assert problem == "sleep in web does not answer: (28) no answer within 1 s"
    stack = in_directory(inside.place, health=(replace(check, timeout=5),))
    assert cut_short({0: answer}, stack)
    assert not cut_short({0: answer}, replace(stack, health=(check,)))


@pytest.mark.parametrize(
    ("command", "because"),
    [
        (("no-such-program",), "no-such-program is not there, or what it calls is not"),
        (("sh", "-c", "no-such-program"), "sh is not there, or what it calls is not"),
        (("/etc/passwd",), "/etc/passwd can't be run"),
    ],
)
def test_a_command_that_is_not_there_is_a_mistake(
    inside: Host, command: tuple[str, ...], because: str
) -> None:
    *_, mistaken = asked(inside, CommandCheck("web", command=command))
    assert mistaken.startswith(because)
    assert "in the image of web (exit code 12" in mistaken


_NO_SHELL = (
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "sh":'
    " executable file not found in $PATH: unknown"
)


@pytest.mark.parametrize("code", [126, 127])
def test_an_image_without_a_shell_is_asked_all_the_same(any_host: Host, code: int) -> None:
    docker(any_host, f"exec:sh) echo '{_NO_SHELL}' >&2; exit {code} ;;", RUNS_HERE)
    check = CommandCheck("web", command=("echo", "up"), contains="up")
    assert asked(any_host, check)[2:] == (None, "")
    *_, mistaken = asked(any_host, CommandCheck("web", command=("no-such-program",)))
    assert mistaken.startswith("no-such-program is not there")


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ("Error response from daemon: container 0123 is not running", "the engine did not run it"),
        ("Error response from daemon: Container 0123 is paused", "the engine did not run it"),
        ("OCI runtime exec failed: exec failed: setns: broken pipe", "the engine did not run it"),
        (f"{SECRET} Error response from daemon: it is not", "ended with 1"),
    ],
)
def test_what_the_engine_did_not_run_has_no_code(any_host: Host, says: str, problem: str) -> None:
    docker(any_host, f"exec:*) echo '{says}' >&2; exit 1 ;;")
    done, _, failed, mistaken = asked(any_host, CommandCheck("web", command=("true",)))
    assert SECRET not in done.out
    assert problem in (failed or "")
    assert mistaken == ""


def test_a_service_that_does_not_run_is_no_mistake(inside: Host) -> None:
    for check in (CommandCheck("web", command=("true",)), ContainerCheck("web")):
        _, answer, problem, mistaken = asked(inside, check, state="exited")
        assert (answer.status, mistaken) == (0, "")
        assert "does not" in (problem or "")


# The container's own


@pytest.mark.parametrize(
    ("said", "problem", "mistaken"),
    [
        ("running healthy", None, ""),
        ("running healthy\nrunning healthy", None, ""),
        ("running healthy\nrunning unhealthy", "says healthy unhealthy", ""),
        ("running unhealthy", "the container check of web says unhealthy", ""),
        ("running starting", "the container check of web says starting", ""),
        ("running none", "says none", "web has no health check of its own"),
        ("exited unhealthy", "web does not run", ""),
        ("Error response from daemon: no such thing", "does not answer: the engine", ""),
    ],
)
def test_what_docker_says_of_a_containers_own_check(
    any_host: Host, said: str, problem: str | None, mistaken: str
) -> None:
    any_host.answer("states", f"{said}\n")
    docker(
        any_host,
        'inspect:*) case "$*" in *"{{.State.Status}} {{with"*) cat "$ANSWERS/states"',
        '! grep -q Error "$ANSWERS/states"; exit ;; esac',
        f'exec "{any_host.place}/tools/plain/docker" "$@" ;;',
    )
    _, _, failed, wrong = asked(any_host, ContainerCheck("web"))
    assert failed is None if problem is None else problem in (failed or "")
    assert wrong == mistaken


# Together


def test_they_are_asked_side_by_side_and_each_has_its_number(inside: Host, listening: int) -> None:
    inside.tool("curl", f'#!/bin/sh\nexec {_which("curl")} "$@"\n')
    inside.stack(str(inside.place), "cache", "web")
    inside.is_at("web", address=HERE)
    kinds: tuple[Check, ...] = (
        CommandCheck("web", command=("sleep", "9"), timeout=2),
        CommandCheck("web", command=("sh", "-c", "sleep 9"), timeout=2),
        TcpCheck("web", listening),
        TcpCheck(HERE, 1),
        HttpCheck("http://web:1/x"),
    )
    stack = in_directory(inside.place, health=kinds, services=())
    _, answers = checked(inside, stack)
    failed = [failure(check, answers[n]) is not None for n, check in enumerate(kinds)]
    assert failed == [True, True, False, True, True]


def test_a_look_holds_no_arguments_of_a_command_in_its_description() -> None:
    check = CommandCheck("web", command=("redis-cli", "-a", SECRET, "ping"))
    assert SECRET not in f"{check!r}{check.to_json()}{check.name}{StackLook.__doc__}"
