"""Containers that are real processes: what Docker does to them, without Docker.

Paths are the same inside and outside, so a mount is nothing but a name in a list; but what a
container does not mount, it does not see, and then its process does not start.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NEVER = "0001-01-01T00:00:00Z"
LABEL = "com.docker.compose."


class EngineError(Exception):
    """What the engine refuses, in its own words."""


def instant() -> str:
    """Now, as Docker writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(eq=False)
class Container:
    """One container.

    + config, host_config, networks: as in a create request and in ``docker inspect``
    + environment: the PATH that its processes have
    + needs: the paths that its process has to see
    + notify: is called with what happens to it, as in ``docker events``
    """

    name: str
    image: str
    config: dict[str, Any]
    host_config: dict[str, Any]
    networks: dict[str, dict[str, Any]]
    environment: Mapping[str, str]
    logs: Path
    notify: Callable[[Container, str], None]
    needs: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    status: str = "created"
    exit_code: int = 0
    restarts: int = 0
    created: str = field(default_factory=instant)
    started: str = NEVER
    finished: str = NEVER
    served: list[float] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    _inside: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _meant_to_stop: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def labels(self) -> dict[str, str]:
        return self.config.get("Labels") or {}

    @property
    def running(self) -> bool:
        return self.status in ("running", "paused", "restarting")

    def mounts(self) -> list[dict[str, Any]]:
        """As ``docker inspect`` shows them."""
        return [
            {
                "Type": "bind",
                "Source": source,
                "Destination": target,
                "Mode": "",
                "RW": mode != "ro",
                "Propagation": "rprivate",
            }
            for source, target, mode in self._binds()
        ]

    def _binds(self) -> list[tuple[str, str, str]]:
        found = [
            (source, target, mode or "rw")
            for bind in self.host_config.get("Binds") or ()
            for source, _, rest in [bind.partition(":")]
            for target, _, mode in [rest.partition(":")]
        ]
        for mount in self.host_config.get("Mounts") or ():
            mode = "ro" if mount.get("ReadOnly") else "rw"
            found.append((mount.get("Source", ""), mount["Target"], mode))
        return found

    def start(self) -> None:
        with self._changed:
            if self.status == "paused":
                raise EngineError("cannot start a paused container, try unpause instead")
            if self.status == "running":
                return
            for source, *_ in self._binds():
                if not Path(source).exists():
                    raise EngineError(
                        "OCI runtime create failed: runc create failed: error mounting"
                        f' "{source}": no such file or directory: unknown'
                    )
            self._meant_to_stop = False
            self._spawn()
        self.notify(self, "start")

    def _spawn(self) -> None:
        command = [*(self.config.get("Entrypoint") or ()), *(self.config.get("Cmd") or ())]
        seen = {target for _, target, _ in self._binds()}
        if not set(self.needs) <= seen:
            command = ["sh", "-c", "echo 'Fatal error, can not open config file' >&2; exit 1"]
        with self.logs.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                cwd=self.logs.parent,
                start_new_session=True,
            )
        self.process, self.status, self.started = process, "running", instant()
        threading.Thread(target=self._wait, args=(process,), daemon=True).start()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        with self._changed:
            if self.process is not process:
                return
            self._end_inside()
            self.process, self.finished = None, instant()
            self.exit_code = code if code >= 0 else 128 - code
            policy = (self.host_config.get("RestartPolicy") or {}).get("Name") or "no"
            again = policy in ("always", "unless-stopped") and not self._meant_to_stop
            self.status = "restarting" if again else "exited"
            self._changed.notify_all()
        self.notify(self, "die")
        if again:
            self._start_again()

    def _start_again(self) -> None:
        """As its restart policy has it, each time after a longer while."""
        with self._changed:
            pause = min(0.1 * 2**self.restarts, 2.0)
            self._changed.wait_for(lambda: self.status != "restarting", pause)
            if self.status != "restarting":
                return
            self.restarts += 1
            self._spawn()
        self.notify(self, "start")

    def stop(self, seconds: float = 10) -> None:
        """SIGTERM, and SIGKILL once the time is over."""
        with self._changed:
            self._meant_to_stop = True
            process = self.process
            if process is None:
                if self.status == "restarting":
                    self.status = "exited"
                    self._changed.notify_all()
                return
        for signal_number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 10)):
            self._signal(process, signal_number)
            self._signal(process, signal.SIGCONT)
            with self._changed:
                if self._changed.wait_for(lambda: self.process is not process, patience):
                    break
        self.notify(self, "stop")

    def kill(self) -> None:
        with self._changed:
            self._meant_to_stop = True
            process = self.process
        if process:
            self._signal(process, signal.SIGKILL)
            with self._changed:
                self._changed.wait_for(lambda: self.process is not process, 10)
        elif self.status == "restarting":
            self.stop()

    def pause(self) -> None:
        self._between("running", "paused", signal.SIGSTOP, "is not running")

    def unpause(self) -> None:
        self._between("paused", "running", signal.SIGCONT, "is not paused")

    def _between(self, before: str, after: str, signal_number: int, refusal: str) -> None:
        with self._changed:
            if self.status != before or not self.process:
                raise EngineError(f"Container {self.id} {refusal}")
            self._signal(self.process, signal_number)
            self.status = after
        self.notify(self, "pause" if after == "paused" else "unpause")

    def inside(
        self, command: list[str], stdin: int | None, given: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """A process in the container, as of ``docker exec``: it ends with the container."""
        with self._changed:
            if self.status == "paused":
                raise EngineError(
                    f"Container {self.id} is paused, unpause the container before exec"
                )
            if self.status == "restarting":
                raise EngineError(
                    f"Container {self.id} is restarting, wait until the container is running"
                )
            if self.status != "running":
                raise EngineError(f"container {self.id} is not running")
            environment = {**self.environment, **dict(g.split("=", 1) for g in given)}
            process = spawned(command, stdin, environment)
            self._inside.append(process)
        return process

    def _end_inside(self) -> None:
        for process in self._inside:
            self._signal(process, signal.SIGKILL)
        self._inside.clear()

    @staticmethod
    def _signal(process: subprocess.Popen[bytes], number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)

    def inspected(self) -> dict[str, Any]:
        """As the engine's API shows it."""
        networks = {
            name: {**endpoint, "IPAddress": "127.0.0.1" if self.status == "running" else ""}
            for name, endpoint in self.networks.items()
        }
        return {
            "Id": self.id,
            "Created": self.created,
            "Path": (self.config.get("Cmd") or [""])[0],
            "Args": (self.config.get("Cmd") or [""])[1:],
            "State": {
                "Status": self.status,
                "Running": self.running,
                "Paused": self.status == "paused",
                "Restarting": self.status == "restarting",
                "OOMKilled": False,
                "Dead": False,
                "Pid": self.process.pid if self.process else 0,
                "ExitCode": self.exit_code,
                "Error": "",
                "StartedAt": self.started,
                "FinishedAt": self.finished,
                "Health": None,
            },
            "Image": self.image,
            "Name": f"/{self.name}",
            "RestartCount": self.restarts,
            "Driver": "overlay2",
            "Platform": "linux",
            "HostConfig": self.host_config,
            "Mounts": self.mounts(),
            "Config": self.config,
            "NetworkSettings": {"Networks": networks, "Ports": {}},
        }


def spawned(
    command: list[str], stdin: int | None, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """A process of its own group, whose output can be read.

    It works in its HOME, which is this engine's: so it is found when all is over.
    """
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd=environment["HOME"],
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(
            f'OCI runtime exec failed: exec: "{command[0]}": {error.strerror}'
        ) from None


def until(true: Callable[[], bool], seconds: float, every: float = 0.03) -> bool:
    """Waits for something to become true; whether it has."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True
