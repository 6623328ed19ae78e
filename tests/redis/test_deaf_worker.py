"""A worker that does not listen again once its connection was lost, as two whole looks see it.

A real server, real connections and all scripts of a look; the engine is a stand-in, which runs what
is asked of Redis' container on this machine.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import recoveries
from hosts import Host
from prepared import looked

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.connected import before
from pyinfra_runbooks.facts.memories import Remember
from pyinfra_runbooks.facts.stack import StackLook, StackReach
from pyinfra_runbooks.operations import recovery
from pyinfra_runbooks.packs import findings
from pyinfra_runbooks.packs.clients.remembering import memory, to_remember
from pyinfra_runbooks.packs.clients.rules import lost
from pyinfra_runbooks.settings import Compose, Redis, Service, Stack
from tests.redis.unkind.servers import USUAL, paths

OWN, WORKER = "127.0.0.1", "127.0.0.3"

_DOCKER = """#!/bin/sh
if [ "$1" = exec ]; then
    shift
    while [ "$1" != sh ]; do
        case $1 in *=*) export "$1" ;; esac
        shift
    done
    PATH=$REAL_PATH exec "$@"
fi
exec "${0%/*}/engine/docker" "$@"
"""


class Deaf(Thread):
    """Waits on a queue; and once its connection was lost, only keeps another one."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.ends, self.deaf = port, Event(), Event()

    def run(self) -> None:
        command = b"BRPOP queue 1\r\n"
        while not self.ends.is_set():
            try:
                with closing(socket.create_connection((OWN, self.port), 5, (WORKER, 0))) as there:
                    while not self.ends.is_set():
                        there.sendall(command)
                        if not there.recv(999):
                            break
                        if command == b"PING\r\n":
                            self.deaf.set()
                            self.ends.wait(0.2)
            except OSError:
                self.ends.wait(0.1)
            command = b"PING\r\n"


def free_port() -> int:
    with socket.socket() as free:
        free.bind((OWN, 0))
        port: int = free.getsockname()[1]
        return port


class Server:
    def __init__(self, directory: Path) -> None:
        self.port, self.directory = free_port(), directory
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", OWN, "--save", "", "--dir"]
        command = [paths(USUAL[0])[0], *options, str(self.directory), "--protected-mode", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as there:
                if there.connect_ex((OWN, self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("it does not listen")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "data").mkdir()
    server = Server(tmp_path / "data")
    yield server
    server.stop()


@pytest.fixture
def worker(server: Server) -> Iterator[Deaf]:
    worker = Deaf(server.port)
    worker.start()
    yield worker
    worker.ends.set()
    worker.join(10)


@pytest.fixture
def engine(tmp_path: Path) -> Host:
    """A host with `cache` and `worker`, each at its address."""
    directory = tmp_path / "srv"
    directory.mkdir()
    host = Host(tmp_path / "host")
    tools = tmp_path / "host" / "tools"
    (tools / "engine").mkdir()
    (tools / "docker").rename(tools / "engine" / "docker")
    path = f"{Path(paths(USUAL[0])[1]).parent}{os.pathsep}{os.environ['PATH']}"
    host.tool("docker", _DOCKER.replace("$REAL_PATH", f"'{path}'"))
    host.answer("docker-network", '{"id":"a","name":"shop_back","driver":"bridge"}\n')
    host.stack(str(directory), "cache", "worker")
    services: dict[str, object] = {"cache": {"image": "redis:7"}, "worker": {"image": "app:1"}}
    host.answer("docker-compose-json", json.dumps({"name": "shop", "services": services}, indent=2))
    host.is_at("cache", address=OWN)
    host.is_at("worker", address=WORKER)
    host.of_user(1000)
    named = f"s/^{os.geteuid()} /1000 /"
    script = f'said=$(/usr/bin/stat "$@"); code=$?; echo "$said" | sed "{named}"; exit $code'
    host.tool("stat", f"#!/bin/sh\n{script}\n")
    return host


def stack_of(tmp_path: Path, server: Server) -> Stack:
    return Stack(
        compose=Compose(str(tmp_path / "srv")),
        components=(Redis("cache"),),
        services=(Service("cache", port=server.port), "worker"),
    )


def causes(look: Look, stack: Stack) -> list[Finding[Any]]:
    return [f for f in findings.everything(look, stack) if f.cause]


def test_a_deaf_worker_is_named_first(
    tmp_path: Path, server: Server, worker: Deaf, engine: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_of(tmp_path, server)
    time.sleep(0.5)
    before = looked(engine, stack).look
    assert causes(before, stack) == []
    kept = to_remember(before, stack)
    assert kept is not None
    done = engine.run(Remember().command(memories=(kept,)))
    assert Remember().process(done.out.splitlines()) == [kept[0]]
    again = looked(engine, stack).look
    known = memory(again, stack)
    assert known is not None
    assert known.used("cache")["worker"].history == "tt"

    time.sleep(1.1)
    server.stop()
    server.start()
    assert worker.deaf.wait(10)
    monkeypatch.setattr(lost, "SETTLED", 0)
    after = looked(engine, stack).look
    (cause, *_) = causes(after, stack)
    assert (str(cause.kind), cause.subject) == ("client-takes-nothing", "worker")
    assert "nobody has taken from a queue since" in cause.evidence
    (step,) = findings.planned(after, stack).steps
    assert (step.task.verb, step.thing) == ("restart", "worker")


def test_in_a_run_it_is_named_beforehand_and_proved_to_wait_again_afterwards(
    tmp_path: Path, server: Server, worker: Deaf, engine: Host
) -> None:
    """Nothing is remembered: what the run saw before it restarted Redis is enough."""
    stack = stack_of(tmp_path, server)
    time.sleep(0.5)
    look = looked(engine, stack).look
    assert [later.thing for later in lost.later(look, stack)] == ["worker"]
    known = before(look, stack)

    time.sleep(1.1)
    server.stop()
    server.start()
    assert worker.deaf.wait(10)
    after = replace(looked(engine, stack).look, before=known)
    assert findings.missing(after, stack) == {"worker"}

    worker.ends.set()
    worker.join(10)
    another = Deaf(server.port)
    another.start()
    time.sleep(0.5)
    proof = replace(looked(engine, stack).look, before=known)
    another.ends.set()
    assert findings.missing(proof, stack) == frozenset()
    assert causes(proof, stack) == []
    assert "worker waits on a queue of cache (1 connection)" in findings.summary(proof, stack)


def test_a_run_restarts_it_and_proves_that_it_waits_again(
    tmp_path: Path, server: Server, worker: Deaf, engine: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All looks of the run are real; the restart itself is made here."""
    stack = stack_of(tmp_path, server)
    time.sleep(0.5)
    kept = to_remember(looked(engine, stack).look, stack)
    assert kept is not None
    engine.run(Remember().command(memories=(kept,)))
    time.sleep(1.1)
    server.stop()
    server.start()
    assert worker.deaf.wait(10)
    monkeypatch.setattr(lost, "SETTLED", 0)

    host = recoveries.a_host(looked(engine, stack).look)
    host._answers |= {
        StackLook: [lambda **_: looked(engine, stack).look],
        StackReach: [{}],
        Remember: [["x.json"]],
    }
    done = recoveries._does

    def restarted(command: Any) -> str:
        does = done(command)
        if does == "restart worker" and host.state.is_executing:
            worker.ends.set()
            worker.join(10)
            another.start()
        return does

    monkeypatch.setattr(recoveries, "_does", restarted)
    another = Deaf(server.port)
    came = recoveries.ran(recovery.recover, host, stack, prove=True)
    another.ends.set()
    assert (came.planned, came.did) == (["restart worker"], ["restart worker"])
    assert came.refused == []
    (proof,) = host.noops
    assert "worker waits on a queue of cache (1 connection)" in proof
