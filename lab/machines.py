"""Making hosts out of containers, and taking them away."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from contextlib import suppress
from typing import Any

import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from . import build, engine
from .console import LabError, say, step, wait_until
from .healing import empty
from .hosts import Host, docker_client
from .paths import COMPOSE, STATE

SPEC = f"{engine.PREFIX}.spec"  # label: what a host was made from
_KIND = {engine.LABEL: "host"}
_OWNER = f"{os.geteuid()}:{os.getegid()}"  # of the Docker sockets that hosts export
_OURS = {"label": f"{engine.LABEL}=host"}


def ensure(host: Host) -> None:
    """Make sure that the host runs, with sshd and dockerd; start only what doesn't."""
    container = _current(host)
    if container is None:
        with step(f"{host.name}: start"):
            _create(host).start()
            _wait(host)
            # Its volume may be older than it, for the sake of the images in it.
            empty(host)
    elif container.status != "running":
        with step(f"{host.name}: start again"):
            container.start()
            _wait(host)
    elif not (docker_answers(host) and host.ssh_answers()):
        with step(f"{host.name}: start what has died"):
            host.run("lab-sshd && lab-dockerd")
            _wait(host)


def compose_of(host: Host) -> None:
    """Keep the host's Compose here, too: tests resolve projects with it, without an engine."""
    if COMPOSE.exists():
        return
    inside = "/usr/libexec/docker/cli-plugins/docker-compose"
    packed, _ = engine.client().containers.get(host.container).get_archive(inside)
    part = COMPOSE.with_suffix(".part")
    with tarfile.open(fileobj=io.BytesIO(b"".join(packed))) as archive:
        if (content := archive.extractfile(COMPOSE.name)) is None:
            raise LabError(f"{inside} of {host.name} is no file")
        part.write_bytes(content.read())
    part.chmod(0o755)
    part.rename(COMPOSE)


def is_there(host: Host) -> bool:
    """Whether there is such a host, running or not."""
    filters = _OURS | {"name": f"^{host.container}$"}
    return bool(engine.client().containers.list(all=True, filters=filters))


def docker_answers(host: Host) -> bool:
    """Whether the host's own engine answers on the exported socket."""
    try:
        return bool(docker_client(host.name).ping())
    except (LabError, DockerException, requests.RequestException):
        return False


def remove() -> None:
    """Remove the hosts; their volumes stay, and with them the images that were loaded."""
    for container in engine.client().containers.list(all=True, filters=_OURS):
        with step(f"remove {container.name}"):
            container.remove(force=True, v=True)
    docker_client.cache_clear()


def remove_volumes() -> None:
    """Remove what hosts left behind."""
    for volume in engine.client().volumes.list(filters=_OURS):
        volume.remove(force=True)


def load_images(host: Host) -> None:
    """Hand the stack's images to the host's engine, as far as it hasn't got them."""
    inner = host.docker()
    missing = [image.name for image in host.loads if not _has(host, image)]
    for name in missing:
        with step(f"{host.name}: load {name}"):
            inner.images.load(engine.client().images.get(name).save(named=name))
    if missing:
        inner.images.prune()  # of what the new ones replaced


def _has(host: Host, image: build.Image) -> bool:
    try:
        return bool(host.docker().images.get(image.name).id == build.image_id(image))
    except ImageNotFound:
        return False


def _current(host: Host) -> Any | None:
    """The host's container, unless there is none, or one that is made from something else."""
    try:
        container = engine.client().containers.get(host.container)
    except NotFound:
        return None
    if container.labels.get(SPEC) == _spec(host):
        return container
    say(f"  ..  {host.name} was made from another image or checkout: it is rebuilt")
    container.remove(force=True, v=True)
    return None


def _spec(host: Host) -> str:
    parts = (host.port, host.rights, str(STATE), _OWNER, build.image_id(host.image))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _create(host: Host) -> Any:
    client = engine.client()
    version_2 = str(client.info().get("CgroupVersion", "1")) == "2"
    # overlay2 can't be stacked on a container's own file system, so this is a volume.
    client.volumes.create(host.container, labels=_KIND)
    binds = {
        str(host.directory): {"bind": "/run/lab", "mode": "rw"},
        host.container: {"bind": "/var/lib/docker", "mode": "rw"},
    }
    if not version_2:  # with v2, the entry point remounts its own part of the tree
        binds["/sys/fs/cgroup"] = {"bind": "/sys/fs/cgroup", "mode": "rw"}
    config = client.api.create_host_config(
        binds=binds,
        port_bindings={22: ("127.0.0.1", host.port)},
        # `--privileged` would ask for every capability, and fails where the machine itself
        # lacks CAP_SYS_RESOURCE, as many CI machines do.
        cap_add=["ALL"],
        cap_drop=["SYS_RESOURCE"],
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        device_cgroup_rules=["a *:* rwm"],
        restart_policy={"Name": "no"},
    )
    # The command line's `--security-opt systempaths=unconfined`, for which the SDK has no word.
    config |= {"MaskedPaths": [], "ReadonlyPaths": []}
    if version_2:
        config["CgroupnsMode"] = "private"
    made = client.api.create_container(
        host.image.name,
        name=host.container,
        hostname=host.name,
        environment={"LAB_RIGHTS": host.rights, "LAB_OWNER": _OWNER},
        ports=[22],
        labels=_KIND | {SPEC: _spec(host)},
        host_config=config,
        stop_timeout=30,  # Redis may have to save
    )
    return client.containers.get(made["Id"])


def _wait(host: Host) -> None:
    container = engine.client().containers.get(host.container)

    def ready() -> bool:
        container.reload()
        if container.status == "exited":
            said = container.logs(tail=8).decode(errors="replace")
            raise LabError(f"{host.name} ended at once:\n{said}")
        return docker_answers(host) and host.ssh_answers()

    try:
        wait_until(ready, f"sshd and dockerd of {host.name}", timeout=60)
    except LabError as error:
        with suppress(LabError, APIError):
            log = host.run("tail -n 5 /var/log/dockerd.log /var/log/sshd.log", check=False)
            raise LabError(f"{error}\n{log}") from error
        raise
