"""A stand-in engine: answers docker, Compose and curl over a socket, and fails as it is set to.

It lives in a thread of the test, so its state is plain objects; `commands`, `compose` and `api` say
what each client is answered.
"""

from __future__ import annotations

import marshal
import os
import select
import socket
import subprocess
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from . import api, commands, compose
from .containers import Container, EngineError
from .failures import Failure, unreachable

OUT, ERR, END = 1, 2, 0
Listener = socket.socket
PATIENCE = 2.0
"""Seconds that a call is taken to have where that can't be seen: busybox' timeout hides itself."""


@dataclass
class Call:
    """One call of a client, and its answer.

    + words: the arguments
    + deadline: seconds that the caller gives it
    + open: whether what is answered goes to the client; otherwise it is kept
    + raised: why it was not answered, where that is our own failure
    """

    engine: Engine
    tool: str
    words: list[str]
    stdin: int
    client: socket.socket
    deadline: float
    number: int = 0
    open: bool = True
    raised: str = "it is being answered still"
    _kept: list[tuple[int, bytes]] = field(default_factory=list)

    def out(self, text: str | bytes, what: int = OUT) -> None:
        content = text.encode() if isinstance(text, str) else text
        self._kept.append((what, content))
        self.flush()

    def err(self, text: str | bytes) -> None:
        self.out(text, ERR)

    def flush(self) -> None:
        """Sends what was kept; a client that is gone hears nothing."""
        while self.open and self._kept:
            what, content = self._kept.pop(0)
            if content:
                self._send(what, len(content), content)

    def end(self, code: int) -> None:
        self._send(END, code, b"")

    def _send(self, what: int, size: int, content: bytes) -> None:
        with suppress(OSError):
            self.client.sendall(bytes([what]) + size.to_bytes(4, "big") + content)

    def read(self) -> bytes:
        """All that comes over the client's stdin."""
        with os.fdopen(os.dup(self.stdin), "rb") as stdin:
            return stdin.read()

    def relay(self, process: subprocess.Popen[bytes]) -> int:
        """What a process prints is the answer, and its exit code is returned."""
        assert process.stdout
        assert process.stderr
        errors = threading.Thread(target=self._pump, args=(process.stderr, ERR))
        errors.start()
        self._pump(process.stdout, OUT)
        errors.join()
        code = process.wait()
        return code if code >= 0 else 128 - code

    def _pump(self, source: IO[bytes], what: int) -> None:
        line = b""
        with source:
            while content := os.read(source.fileno(), 65536):
                # A line may come in pieces.
                written = line + content
                if b'"step":"back"' in written:
                    self.engine.proved = True
                if b'"step":"saved"' in written and b'"step":"saved"' not in line:
                    self.engine.saved_at = time.time()
                line = written.rpartition(b"\n")[2]
                self.out(content, what)

    def gone(self, seconds: float) -> bool:
        """Waits that long for the client to go away; whether it has."""
        # It sends nothing more: what can be read is its end.
        return bool(select.select([self.client], [], [], max(seconds, 0))[0])


@dataclass(eq=False)
class Engine:
    """The engine of one host.

    + place: a directory of its own
    + environment: what processes in containers see
    + age: its version; before 25, a container is created with one network at most
    + service: what Compose declares
    + needs: the paths that a container has to mount, for its process to start
    + failure: what goes wrong, if anything does
    + script: the process group of the script that is run
    + unmet: calls that are being answered; once it is at rest, those at which we ourselves failed
    """

    place: Path
    environment: Mapping[str, str]
    age: int
    service: compose.Service
    needs: tuple[str, ...] = ()
    failure: Failure | None = None
    images: dict[str, str] = field(default_factory=dict)
    network_ids: dict[str, str] = field(default_factory=dict)
    containers: list[Container] = field(default_factory=list)
    removed: list[Container] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    unmet: list[Call] = field(default_factory=list)
    window: list[bool] = field(default_factory=list)
    hit: int = 0
    counted: bool = False
    proved: bool = False
    saved_at: float = 0.0
    script: int = 0
    refuses_new: str = ""
    gone_until: float = 0.0
    fingerprint: Callable[[], object] = lambda: None
    lock: Any = field(default_factory=threading.RLock)
    _named: Counter[str] = field(default_factory=Counter)
    _pending: int = 0
    _at_first: object = None
    _server: Listener | None = None

    @property
    def socket(self) -> Path:
        return self.place / "docker.sock"

    def listen(self) -> None:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self.socket))
        self.socket.chmod(0o666)
        self._server.listen(64)
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def arm(self, failure: Failure | None) -> None:
        """From now on calls are counted, and one of them fails."""
        with self.lock:
            self.failure = failure
            self._at_first = self.fingerprint()
            self.calls.clear()
            self.window.clear()
            self._named.clear()

    def disarm(self) -> None:
        """What goes wrong from now on is over."""
        self.failure, self.gone_until = None, 0.0

    @property
    def at_rest(self) -> bool:
        """Whether nothing is in motion any more."""
        return self._pending == 0

    def close(self) -> None:
        """Answers nobody any more, and starts nothing again."""
        if self._server:
            # A thread that waits in accept() holds the socket open until it is shut down.
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
        for container in [*self.containers, *self.removed]:
            container.kill()

    # What clients ask

    def _accept(self, server: Listener) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: Listener) -> None:
        with self.lock:
            self._pending += 1
        stdin = -1
        try:
            with client:
                head, fds, *_ = socket.recv_fds(client, 4, 1)
                if not fds:
                    return
                stdin = fds[0]
                size, text = int.from_bytes(head, "big"), b""
                while len(text) < size:
                    came = client.recv(65536)
                    if not came:
                        return
                    text += came
                tool, words, parent = marshal.loads(text)  # noqa: S302 - our own client's
                call = Call(self, tool, words, stdin, client, deadline_of(parent, words))
                self.unmet.append(call)
                try:
                    self.met(call, lambda: self._do(call), end=True)
                except Exception:
                    call.raised = traceback.format_exc()
                    raise
                self.unmet.remove(call)
        finally:
            if stdin >= 0:
                os.close(stdin)
            with self.lock:
                self._pending -= 1

    def _do(self, call: Call) -> int:
        answers = {"docker": commands.run, "curl": api.run, "docker-compose": compose.run}
        try:
            return answers[call.tool](self, call)
        except EngineError as error:
            call.err(f"Error response from daemon: {error}\n")
            return 1

    def met(self, call: Call, effect: Callable[[], int], end: bool = False) -> int:
        """Has the effect, unless this call is the one that fails; counts it.

        + end: whether the client's call ends with it; Compose makes several
        """
        with self.lock:
            call.number = len(self.calls) + 1
            changed = self.fingerprint() != self._at_first or commands.changes(
                call.tool, call.words
            )
            self.calls.append(" ".join([call.tool, *call.words, ""])[:120].replace("\n", "; "))
            self.window.append(changed and not self.proved)
            name = commands.named(call.tool, call.words)
            self._named[name] += 1
            failure = self.failure
            fails = failure and failure.call in (str(call.number), f"{name}:{self._named[name]}")
            if fails:
                self.hit, self.counted = call.number, self.window[-1]
            gone = time.monotonic() < self.gone_until
        if gone:
            code = unreachable(call)
        else:
            code = failure.meet(call, effect) if fails and failure else effect()
        if end and code >= 0:
            call.flush()
            call.end(code)
        return code

    # What they see

    def find(self, name: str) -> Container:
        """The container of that name, id, or beginning of an id."""
        with self.lock:
            for container in self.containers:
                if name.lstrip("/") in (container.name, container.id):
                    return container
            begun = [c for c in self.containers if len(name) >= 4 and c.id.startswith(name)]
        if len(begun) == 1:
            return begun[0]
        raise EngineError(f"No such container: {name}")

    def create(
        self,
        name: str,
        config: dict[str, Any],
        host_config: dict[str, Any],
        networks: Mapping[str, Mapping[str, Any]],
    ) -> Container:
        with self.lock:
            if self.age < 25 and len(networks) > 1:
                raise EngineError(
                    "Container cannot be connected to network endpoints: "
                    + ", ".join(sorted(networks))
                )
            if any(c.name == name for c in self.containers):
                raise EngineError(
                    f'Conflict. The container name "/{name}" is already in use by container.'
                )
            image = config.get("Image", "")
            identity = self.images.get(image, image)
            if identity not in self.images.values():
                raise EngineError(f"No such image: {image}")
            made = Container(
                name=name,
                image=identity,
                config=config,
                host_config=host_config,
                networks={},
                environment=self.environment,
                logs=self.place / f"{len(self.containers) + len(self.removed)}.log",
                notify=self.notify,
                needs=self.needs if config.get("Labels") else (),
            )
            for network, endpoint in networks.items():
                self.connect(network, made, endpoint)
            self.containers.append(made)
        self.notify(made, "create")
        return made

    def start(self, container: Container) -> None:
        if self.refuses_new and not container.labels.get("harness.first"):
            raise EngineError(self.refuses_new)
        container.start()

    def remove(self, container: Container, force: bool = False) -> None:
        with self.lock:
            if container.running and not force:
                raise EngineError(
                    f'cannot remove container "/{container.name}": container is running: stop the'
                    " container before removing or force remove"
                )
        container.kill()
        with self.lock:
            if container in self.containers:
                self.containers.remove(container)
                self.removed.append(container)
        self.notify(container, "destroy")

    def rename(self, container: Container, name: str) -> None:
        with self.lock:
            if any(c.name == name for c in self.containers if c is not container):
                raise EngineError(f'Conflict. The container name "/{name}" is already in use.')
            container.name = name
        self.notify(container, "rename")

    def connect(self, network: str, container: Container, endpoint: Mapping[str, Any]) -> None:
        names = {identity: name for name, identity in self.network_ids.items()}
        network = names.get(network, network)
        if network not in self.network_ids:
            raise EngineError(f"network {network} not found")
        if network in container.networks:
            raise EngineError(
                f"endpoint with name {container.name} already exists in network {network}"
            )
        container.networks[network] = {
            "IPAMConfig": None,
            "Links": None,
            "DriverOpts": None,
            "Aliases": None,
            **endpoint,
            "NetworkID": self.network_ids[network],
        }

    def disconnect(self, network: str, container: Container) -> None:
        names = {identity: name for name, identity in self.network_ids.items()}
        if container.networks.pop(names.get(network, network), None) is None:
            raise EngineError(f"container {container.id} is not connected to network {network}")

    def notify(self, container: Container, action: str) -> None:
        with self.lock:
            self.events.append(
                {
                    "Type": "container",
                    "Action": action,
                    "at": time.time(),
                    "Actor": {
                        "ID": container.id,
                        "Attributes": {"name": container.name, **container.labels},
                    },
                }
            )


def deadline_of(parent: int, words: list[str]) -> float:
    """The seconds that `timeout` gives the client, or curl itself."""
    with suppress(OSError):
        asked = Path(f"/proc/{parent}/cmdline").read_bytes().decode(errors="replace").split("\0")
        if "timeout" in [Path(word).name for word in asked[:2]]:
            for word in asked[asked.index("-k") + 2 if "-k" in asked else 1 :]:
                with suppress(ValueError):
                    return float(word.removesuffix("s"))
    for option in ("--max-time", "-m"):
        if option in words:
            return float(words[words.index(option) + 1])
    return PATIENCE
