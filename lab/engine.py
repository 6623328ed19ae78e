"""The outer Docker Engine, in which the lab's hosts run as containers.

A running engine is used as it is. Where there is none and we are root, one is started here; it
has to come up again after everything was killed, in a place without systemd.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import docker
import requests
from docker.errors import DockerException

from . import system
from .console import LabError, step, tail, wait_until
from .paths import STATE, private_directory
from .versions import PREFIX

LABEL = f"{PREFIX}.kind"  # on everything the lab makes: host, image, volume

PIDFILE = STATE / "dockerd.pid"
LOG = STATE / "dockerd.log"

# The docker package has no types; this name keeps the `Any` in one place.
Client = Any


@cache
def client() -> Client:
    """The engine that answers, or `LabError`. Never starts one: that is `ensure`."""
    where = os.environ.get("DOCKER_HOST", "")
    if where and not where.startswith("unix://"):
        raise LabError(
            f"DOCKER_HOST is {where}, but the lab shares directories with its hosts, so it needs "
            "an engine on this machine: unset DOCKER_HOST"
        )
    try:
        found = docker.from_env(timeout=600)
        found.ping()
    except (DockerException, requests.RequestException) as error:
        if "permission denied" in str(error).lower():
            raise LabError(
                "this user may not use the Docker Engine: join the group docker, or be root"
            ) from error
        raise LabError("no Docker Engine answers on this machine") from error
    return found


def ensure() -> Client:
    """The engine that answers; one that is started now if there is none."""
    try:
        return client()
    except LabError as error:
        if "no Docker Engine" not in str(error):
            raise
    if os.geteuid() != 0:
        raise LabError(
            "no Docker Engine answers on this machine. Start it (sudo systemctl start docker), or "
            "install it (sudo apt-get install docker.io), or run the lab as root, which does both"
        )
    system.require(system.ENGINE, "to run the lab's hosts")
    if not _answers():  # the package may have started it
        with step("start dockerd"):
            _start()
    return client()


def stop() -> bool:
    """Stop the engine if it is one that the lab started; tell whether it was."""
    pid = _pid_of(PIDFILE, "dockerd")
    if pid is None:
        return False
    with step("stop dockerd"):
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: _pid_of(PIDFILE, "dockerd") is None, "dockerd to stop", timeout=60)
    client.cache_clear()
    return True


def _answers() -> bool:
    try:
        client()
    except LabError:
        return False
    return True


def _start() -> None:
    private_directory(STATE)
    _forget_the_dead()
    with LOG.open("ab") as log:
        daemon = subprocess.Popen(
            ["dockerd", "--pidfile", str(PIDFILE)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PATH": system.PATH},
            start_new_session=True,  # Ctrl-C here must not stop the hosts
        )

    def ready() -> bool:
        if daemon.poll() is not None:
            raise LabError(f"dockerd ended with {daemon.returncode}:\n{tail(LOG)}")
        return _answers()

    try:
        wait_until(ready, f"dockerd to answer; see {LOG}", timeout=60)
    except BaseException:
        daemon.terminate()
        raise


def _forget_the_dead() -> None:
    """Remove what a hard stop leaves behind and what dockerd would believe.

    A pid file whose number another process has since makes dockerd refuse to start. Of
    containerd's socket dockerd only looks whether the *file* exists, and then waits for an
    answer that never comes.
    """
    for pidfile, program in (
        (PIDFILE, "dockerd"),
        (Path("/var/run/docker.pid"), "dockerd"),
        (Path("/var/run/docker/containerd/containerd.pid"), "containerd"),
    ):
        if pidfile.exists() and _pid_of(pidfile, program) is None:
            pidfile.unlink()
    for address in (
        Path("/run/containerd/containerd.sock"),
        Path("/var/run/docker/containerd/containerd.sock"),
    ):
        if address.exists() and not _listens(address):
            address.unlink()


def _pid_of(pidfile: Path, program: str) -> int | None:
    """The process that `pidfile` names, if it lives and really is `program`."""
    try:
        pid = int(pidfile.read_text())
        state = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, ValueError):
        return None
    name, _, rest = state.partition("(")[2].rpartition(")")
    dead = rest.split()[:1] == ["Z"]
    return pid if name == program and not dead else None


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(address))
        except OSError:
            return False
    return True
