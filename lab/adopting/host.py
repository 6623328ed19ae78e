"""Bringing a project up on the lab host for adopted ones, and saying what came up."""

from __future__ import annotations

import io
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from shlex import join, quote
from typing import Any

from lab import build, engine, healing, keys
from lab.console import LabError, step
from lab.hosts import ADOPTED, Host
from lab.paths import alone

from . import layers, plan
from .files import Gathered

_BUILDS = "/var/lib/lab-adopted"
_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_DEPLOY = 1000  # the user's number on a lab host


@dataclass(frozen=True)
class State:
    """One container, some time after it was started."""

    service: str
    status: str
    health: str
    code: int
    said: str

    @property
    def is_well(self) -> bool:
        """Whether it runs and its check is content, or it has ended as a job does."""
        if self.status == "exited":
            return self.code == 0
        return self.status == "running" and self.health in ("", "healthy")


def ensure() -> Host:
    """The host, with sshd and an engine, and without any image yet."""
    with alone():
        engine.ensure()
        build.make_images([ADOPTED.image])
        keys.ensure()
        build.make_host(ADOPTED)
        build.compose_of(ADOPTED)
    # Earlier on the engine's PATH than the real one.
    _send(ADOPTED, "/usr/local/sbin", {"runc": (layers.FILES / "runc").read_bytes()})
    # Servers bind ::1, too; a container has it turned off where its network has no IPv6.
    ADOPTED.run("sysctl -qw net.ipv6.conf.lo.disable_ipv6=0 || :")
    return ADOPTED


def load(host: Host, planned: plan.Plan) -> Host:
    """Hand it the images of the lab that the project's are made of."""
    bases = dict.fromkeys(layer.stand_in.base for layer in planned.layers.values())
    host = replace(host, takes=tuple(bases))
    with alone():
        build.make_images(bases)
        build.make_host(host)
    return host


def clear(host: Host) -> None:
    """Take away what was adopted before."""
    healing.empty(host)
    host.run(f"rm -rf {_BUILDS} && find /srv -mindepth 1 -delete")


def make_images(host: Host, planned: plan.Plan) -> dict[str, list[str]]:
    """Build the layers, give them their names, and return the programs that had to be made up."""
    where = f"{_BUILDS}/{planned.project}"
    host.run(f"rm -rf {where} && mkdir -p {where}")
    _send(host, where, layers.contexts(planned))
    script = ["set -e"]
    for layer in planned.made:
        script.append(_building(f"{where}/{layer.tag}", layers.name(planned, layer)))
    for number, (image, layer) in enumerate(planned.layers.items()):
        if layer.stand_in.server is None:
            script.append(_building(f"{where}/{layers.named(number)}", image))
        else:
            script.append(f"docker tag {quote(layers.name(planned, layer))} {quote(image)}")
    with step(f"{host.name}: make {len(planned.layers)} images"):
        host.run("\n".join(script))
    return {layer.tag: _made(host, layers.name(planned, layer)) for layer in planned.made}


def _building(directory: str, image: str) -> str:
    words = join(["docker", "build", "--quiet", "--tag", image, directory])
    return f"DOCKER_BUILDKIT=0 {words} >/dev/null"


def _made(host: Host, image: str) -> list[str]:
    printed = host.run(f"docker run --rm --network none --entrypoint cat {quote(image)} /lab/made")
    return [line.removeprefix("made ") for line in printed.splitlines()]


def bring_up(host: Host, gathered: Gathered, planned: plan.Plan) -> list[str]:
    """Start the project, and return what the engine or Compose refused, service by service."""
    place = gathered.directory
    _remove(host, planned.project)
    host.run(f"rm -rf {quote(place)}")
    _send_tree(host, gathered)
    for network in planned.networks:
        name = quote(network)
        host.run(f"docker network inspect {name} >/dev/null 2>&1 || docker network create {name}")
    for volume in planned.volumes:
        host.run(f"docker volume create {quote(volume)}")
    for path in gathered.outside:
        host.run(f"[ -e {quote(path)} ] || mkdir -p {quote(path)}")
    names = [service.name for service in planned.taken]
    up = join(["docker", "compose", *gathered.command.words(), "up", "--detach", "--no-build"])
    up = f"cd {quote(place)} && {up} --pull never"
    with step(f"{host.name}: up {planned.project}"):
        try:
            host.run(f"{up} {join(names) if len(names) < len(planned.services) else ''}")
        except LabError as error:
            failures = [_last_line(error)]
        else:
            return []
    return [*failures, *_one_by_one(host, up, names)]


def _one_by_one(host: Host, up: str, names: list[str]) -> Iterator[str]:
    """What comes up of a project that doesn't as a whole: without those that can't."""
    with step(f"{host.name}: up, one service after the other"):
        for name in names:
            try:
                host.run(f"{up} --no-deps --no-recreate {quote(name)}")
            except LabError as error:
                yield f"{name}: {_last_line(error)}"


def states(host: Host, project: str) -> list[State]:
    """Each container of the project."""
    found = host.docker().containers.list(
        all=True, filters={"label": f"{_PROJECT}={project}"}, ignore_removed=True
    )
    return sorted((_state(container) for container in found), key=lambda state: state.service)


def _state(container: Any) -> State:
    state = container.attrs["State"]
    health: Mapping[str, Any] = state.get("Health") or {}
    said = [entry.get("Output", "") for entry in health.get("Log") or ()][-1:]
    if state["Status"] in ("exited", "restarting"):
        said = [container.logs(tail=1).decode(errors="replace")]
    return State(
        container.labels.get(_SERVICE, container.name),
        str(state["Status"]),
        str(health.get("Status", "")).replace("none", ""),
        int(state["ExitCode"]),
        (said[0] if said else "").strip().partition("\n")[0],
    )


def _remove(host: Host, project: str) -> None:
    """The project as it was adopted before, with its data."""
    label = quote(f"label={_PROJECT}={project}")
    for kind, listed in (
        ("container rm --force --volumes", "container ls --all --quiet"),
        ("network rm", "network ls --quiet"),
        ("volume rm --force", "volume ls --quiet"),
    ):
        host.run(f"docker {listed} --filter {label} | xargs -r docker {kind} >/dev/null")


def _send(host: Host, where: str, files: Mapping[str, bytes]) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    engine.client().api.put_archive(host.container, where, archive.getvalue())


def _send_tree(host: Host, gathered: Gathered) -> None:
    """As it is, with its modes; all of it is the user's, as after a `git clone`."""

    def owned(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = _DEPLOY
        entry.uname = entry.gname = "deploy"
        return entry

    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in sorted(os.listdir(gathered.stage)):
            tar.add(gathered.stage / name, arcname=name, filter=owned)
    engine.client().api.put_archive(host.container, "/srv", archive.getvalue())


def _last_line(error: LabError) -> str:
    """What the engine or Compose said at the end, without who ran it."""
    text = re.sub(r"^.*?a script ended with \d+: ", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if "rror" in line), lines[-1] if lines else "")
    return said.removeprefix("Error response from daemon: ")
