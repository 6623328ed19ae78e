"""Making what the lab runs: images from Debian packages alone, and hosts out of containers.

No registry is needed: `mmdebstrap` writes a root file system as a tar stream, `docker import` takes
it. What is made bears a hash of what it was made from, and is made again only where that changes.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import signal
import subprocess
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, cast

import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from . import engine, system, versions
from .console import LabError, say, step, tail, wait_until
from .healing import empty
from .hosts import Host, docker_client
from .paths import COMPOSE, STATE, private_directory
from .versions import PREFIX, Image

RECIPE, SPEC = f"{PREFIX}.recipe", f"{PREFIX}.spec"  # labels: what was it made from
_HOST = {engine.LABEL: "host"}
_HOSTS = {"label": f"{engine.LABEL}=host"}
_OWNER = f"{os.geteuid()}:{os.getegid()}"  # of the Docker sockets that hosts export


def make_images(wanted: Iterable[Image]) -> None:
    """Build what is missing or was built from another recipe, two images at a time."""
    missing = [image for image in dict.fromkeys(wanted) if not _is_current(image)]
    if not missing:
        return
    system.require(system.BUILDER, "to build the lab's images from Debian packages")
    builders: list[subprocess.Popen[bytes]] = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        try:
            list(pool.map(lambda image: _image(image, builders), missing))
        except BaseException:
            # One that failed, or Ctrl-C: nobody waits half a minute for the other one.
            pool.shutdown(wait=False, cancel_futures=True)
            for builder in builders:
                if builder.poll() is None:
                    # mmdebstrap waits for what it has started, so that has to end, too.
                    os.killpg(builder.pid, signal.SIGTERM)
            raise
        finally:
            _forget_replaced()


def _image(image: Image, builders: list[subprocess.Popen[bytes]]) -> None:
    """Make one image. It gets its name last: a stream that broke off must never become it."""
    path = private_directory(STATE / "log") / f"{image.name.replace('/', '-')}.log"
    with step(f"build {image.name} from {image.suite}"), path.open("wb") as log:
        builder = subprocess.Popen(
            ["mmdebstrap", *image.options(), image.suite, "-"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # mmdebstrap sends SIGHUP to its whole group when its output is not wanted any more.
            start_new_session=True,
        )
        builders.append(builder)
        with builder:  # The engine may refuse without reading: then the pipe is closed.
            answer = _import(image, builder)
        imported = re.search(r"sha256:[0-9a-f]{64}", answer)
        if builder.returncode != 0 or imported is None:
            raise LabError(
                f"{image.name} was not built: mmdebstrap ended with {builder.returncode}, the"
                f" Docker Engine said: {answer.strip()}\nThe end of {path}:\n{tail(path)}"
            )
        repository, _, tag = image.name.partition(":")
        engine.client().api.tag(imported.group(), repository, tag, force=True)


def _import(image: Image, builder: subprocess.Popen[bytes]) -> str:
    """What the engine says to an image: its id, where it took it."""
    labels = (f"LABEL {engine.LABEL}=image", f"LABEL {RECIPE}={image.recipe()}")
    try:
        answer = engine.client().api.import_image_from_stream(
            builder.stdout, changes=[*image.config, *labels]
        )
    except APIError as error:
        return str(error.explanation)
    return cast(str, answer)


def _is_current(image: Image) -> bool:
    try:
        labels = engine.client().images.get(image.name).labels
    except ImageNotFound:
        return False
    return bool(labels.get(RECIPE) == image.recipe())


def _forget_replaced() -> None:
    """Remove images that lost their name to newer ones, unless a host still runs on them."""
    engine.client().images.prune(filters={"dangling": True, "label": RECIPE})


def _image_id(image: Image) -> str:
    """The engine's id of an image that is there, so that a host can tell if its own is old."""
    return cast(str, engine.client().images.get(image.name).id)


def make_host(host: Host) -> None:
    """Make sure that a host runs, with sshd, dockerd and its images; start only what doesn't."""
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
    _load_images(host)


def _load_images(host: Host) -> None:
    """Hand the stack's images to the host's engine, as far as it hasn't got them."""
    inner = host.docker()
    missing = [image.name for image in host.loads if not _has(host, image)]
    for name in missing:
        with step(f"{host.name}: load {name}"):
            inner.images.load(engine.client().images.get(name).save(named=name))
    if missing:
        inner.images.prune()  # of what the new ones replaced


def _has(host: Host, image: Image) -> bool:
    try:
        return bool(host.docker().images.get(image.name).id == _image_id(image))
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
    parts = (host.port, host.rights, str(STATE), _OWNER, _image_id(host.image))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _create(host: Host) -> Any:
    client = engine.client()
    version_2 = str(client.info().get("CgroupVersion", "1")) == "2"
    # overlay2 can't be stacked on a container's own file system, so this is a volume.
    client.volumes.create(host.container, labels=_HOST)
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
        labels=_HOST | {SPEC: _spec(host)},
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


def docker_answers(host: Host) -> bool:
    """Whether the host's own engine answers on the exported socket."""
    try:
        return bool(docker_client(host.name).ping())
    except (LabError, DockerException, requests.RequestException):
        return False


def is_there(host: Host) -> bool:
    """Whether there is such a host, running or not."""
    filters = _HOSTS | {"name": f"^{host.container}$"}
    return bool(engine.client().containers.list(all=True, filters=filters))


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


def remove(everything: bool) -> None:
    """Remove the hosts.

    + everything: their volumes, and with them the images that were loaded, and all images, too
    """
    client = engine.client()
    for container in client.containers.list(all=True, filters=_HOSTS):
        with step(f"remove {container.name}"):
            container.remove(force=True, v=True)
    docker_client.cache_clear()
    if not everything:
        return
    for volume in client.volumes.list(filters=_HOSTS):
        volume.remove(force=True)
    for image in versions.ALL:
        with suppress(ImageNotFound):
            client.images.remove(image.name, force=True)
    _forget_replaced()
