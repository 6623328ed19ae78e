"""Bringing a host back to what its stack declares, whatever was done to it.

This is the lab's broom, not the product: it looks at everything, trusts nothing, and replaces
a container rather than repair it. Keys of Redis survive, since Redis saves when it is stopped.
On a host that is as it should be, it only looks.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from shlex import quote
from typing import Any

from docker.errors import NotFound

from . import project, redis
from .console import LabError, step, wait_until
from .hosts import API, DIRECTORY, NETWORK, PROJECT, SERVICES, Host
from .stacks import Stack
from .undoing import restart_engine, sweep, undo

_LABEL = "com.docker.compose"
# They have nothing to save, and some of them would not stop at SIGTERM.
_WITHOUT_DATA = ("api", "qdrant", "caddy")
_DOCKERS_OWN = {"bridge", "host", "none"}


def heal(host: Host) -> float:
    """Make a host what it was after `up`, and return the seconds that took."""
    start = time.monotonic()
    undo(host)
    project.deliver(host)
    _remove_strangers(host)
    wrong = _not_as_declared(host)
    if others := [service for service in wrong if service != "api"]:
        _recreate(host, others, "--no-deps")
    _remove_extra_networks(host)
    if "redis" not in wrong and not (redis.acl_is_loaded(host) and redis.is_loaded(host)):
        with step(f"{host.name}: restart redis, which is not what its files say"):
            project.compose(host, "restart --timeout 30 redis")
    wait_until(lambda: redis.acl_is_loaded(host), f"Redis of {host.name}", timeout=30)
    _undo_in_containers(host)
    _heal_saving(host)
    if "api" in wrong:
        # With --no-deps, Compose 2.26 would leave out of its label's hash what it waits for.
        _recreate(host, ["api", *host.stack.validations])
    _heal_api(host)
    _heal_validations(host)
    return time.monotonic() - start


def _undo_in_containers(host: Host) -> None:
    """Faults of packs import the lab: it imports them only once they are needed."""
    from .faults import catalogue

    catalogue.undo(host)


def _recreate(host: Host, services: Sequence[str], *options: str) -> None:
    words = " ".join((*options, "--timeout 30", *services))
    with step(f"{host.name}: recreate {', '.join(services)}"):
        _kill(host, [service for service in services if service in _WITHOUT_DATA])
        project.compose(host, f"up --detach --force-recreate {words}")
    sweep(host)


@contextmanager
def having(stack: Stack, hosts: Sequence[Host]) -> Iterator[list[Host]]:
    """The hosts with another stack, new and without data; with their own again after it."""
    others = [host.having(stack) for host in hosts]
    if others == list(hosts):
        yield others
        return
    with ThreadPoolExecutor(max_workers=len(others)) as pool:
        try:
            list(pool.map(start_over, others))
            yield others
        finally:
            list(pool.map(start_over, hosts))


def start_over(host: Host) -> float:
    """Throw the stack away, its data and secrets too, set it up again, and return the seconds.

    The way to another Redis and back, as none reads what a later one has written:
    `start_over(dataclasses.replace(host, redis=versions.VALKEY))`, and then `start_over(host)`.
    """
    start = time.monotonic()
    empty(host)
    heal(host)
    return time.monotonic() - start


def empty(host: Host) -> None:
    """Remove the stack, its data and its directory from a host; images stay.

    This is for a new host on an old volume: Docker has started the old containers, and has made
    empty directories where the files that they mount were missing.
    """
    engine = host.docker()
    for container in host.containers():
        _remove(container)
    for volume in engine.volumes.list():
        volume.remove(force=True)
    engine.networks.prune()
    host.run(f"rm -rf {DIRECTORY}")
    if host.run("pgrep -x docker-proxy || :").strip():
        with step(f"{host.name}: restart dockerd, which keeps the ports of what is gone"):
            restart_engine(host)


def _remove_strangers(host: Host) -> None:
    """Remove containers that Compose does not declare, wherever they come from.

    One on the data of Redis saves them first; one that was made by hand may have our name.
    """
    names = {f"{PROJECT}-{service}-1" for service in (*SERVICES, *host.stack.validations)}
    for container in host.containers():
        if container.name in names and container.labels.get(_LABEL + ".project") == PROJECT:
            continue
        with step(f"{host.name}: remove the container {container.name}"):
            if any(mount.get("Name") == host.volume for mount in container.attrs["Mounts"]):
                container.stop(timeout=30)
            _remove(container)


def _remove(container: Any) -> None:
    """One that goes by itself meanwhile, as with `--rm`, is gone as well."""
    with suppress(NotFound):
        container.remove(force=True, v=True)


def _kill(host: Host, services: list[str]) -> None:
    names = " ".join(f"{PROJECT}-{service}-1" for service in services)
    if names:
        host.run(f"docker rm --force {names}")


def _remove_extra_networks(host: Host) -> None:
    for network in host.docker().networks.list(greedy=True):
        if network.name in _DOCKERS_OWN | {NETWORK}:
            continue
        with step(f"{host.name}: remove the network {network.name}"):
            for container in network.containers:
                network.disconnect(container, force=True)
            network.remove()


def _not_as_declared(host: Host) -> list[str]:
    """The services whose container is not what `docker compose up` would have made."""
    found = {container.name: container.attrs for container in host.containers()}
    hashes, image = _hashes(host), host.docker().images.get(host.redis.name).id
    wrong = []
    for service in SERVICES:
        name = f"{PROJECT}-{service}-1"
        if not (
            name in found
            and found[name]["State"]["Status"] == "running"
            and _labels_are_right(found[name], service, hashes[service])
            and _networks_are_right(found[name], {name, service})
            and (service != "redis" or found[name]["Image"] == image)
        ):
            wrong.append(service)
    mounted = [service for service in SERVICES if service not in wrong]
    stale = _with_stale_mounts(host, {s: found[f"{PROJECT}-{s}-1"] for s in mounted})
    return [service for service in SERVICES if service in wrong or service in stale]


def _hashes(host: Host) -> dict[str, str]:
    """What Compose would write into each container's label now."""
    lines = project.compose(host, "config --hash '*'").splitlines()
    return dict(line.split() for line in lines)


def _labels_are_right(found: dict[str, Any], service: str, config_hash: str) -> bool:
    expected = {
        _LABEL + ".config-hash": config_hash,
        _LABEL + ".project.config_files": f"{DIRECTORY}/docker-compose.yml",
        _LABEL + ".project.working_dir": DIRECTORY,
        _LABEL + ".project": PROJECT,
        _LABEL + ".service": service,
    }
    return bool(expected.items() <= found["Config"]["Labels"].items())


def _networks_are_right(found: dict[str, Any], aliases: set[str]) -> bool:
    networks = found["NetworkSettings"]["Networks"]
    return set(networks) == {NETWORK} and aliases <= set(networks[NETWORK]["Aliases"] or ())


def _with_stale_mounts(host: Host, found: dict[str, dict[str, Any]]) -> set[str]:
    """The services that see other inodes than the host's files of today."""
    script = []
    for service, attributes in found.items():
        root = f"/proc/{attributes['State']['Pid']}/root"
        script += [
            f"[ {quote(mount['Source'])} -ef {quote(root + mount['Destination'])} ]"
            f" || echo {service}"
            for mount in attributes["Mounts"]
            if mount["Type"] == "bind"
        ]
    return set(host.run("\n".join(script)).split())


def _heal_saving(host: Host) -> None:
    """Have Redis save once more if the last time it could not: until then it takes no writes."""

    def saved() -> bool:
        info = redis.info(host)
        if info.get("rdb_last_bgsave_status") == "ok":
            return True
        if info.get("rdb_bgsave_in_progress") == "0":
            redis.ask(host, "BGSAVE")
        return False

    wait_until(saved, f"Redis of {host.name} to save its data", timeout=30)


def _heal_api(host: Host) -> None:
    """Restart the API if it does not come back by itself, or has something old in mind."""
    if not _files_are_newer_than_api(host) and _recovers(host) and not _has_old_address(host):
        return
    with step(f"{host.name}: restart api, which does not recover by itself"):
        project.compose(host, "restart api")
        wait_until(host.is_healthy, f"the API of {host.name} to be healthy", timeout=30)


def _heal_validations(host: Host) -> None:
    """Run those again that do not stand there as `docker compose up` leaves them."""

    def wrong() -> list[str]:
        found = {container.name: container.attrs for container in host.containers()}
        return [
            service
            for service in host.stack.validations
            if not _validated(found.get(f"{PROJECT}-{service}-1"), service, hashes[service])
        ]

    hashes = _hashes(host)
    if again := wrong():
        with step(f"{host.name}: validate again: {', '.join(again)}"):
            project.compose(host, f"up --detach --force-recreate {' '.join(again)}")
            wait_until(lambda: not wrong(), f"{', '.join(again)} to end with code 0", timeout=30)


def _validated(found: dict[str, Any] | None, service: str, config_hash: str) -> bool:
    return bool(
        found
        and (found["State"]["Status"], found["State"]["ExitCode"]) == ("exited", 0)
        and _labels_are_right(found, service, config_hash)
        and found["NetworkSettings"]["Networks"].keys() == {NETWORK}
    )


def _has_old_address(host: Host) -> bool:
    """Whether an address for Redis was written there by hand; Docker rewrites it at a start."""
    return bool(
        host.run(
            f"file=$(docker inspect --format '{{{{.HostsPath}}}}' {API}) &&"
            " if grep -q ' redis$' \"$file\"; then echo old; fi"
        )
    )


def _files_are_newer_than_api(host: Host) -> bool:
    """Its password, or its code."""
    files = f"{DIRECTORY}/secrets/redis_password.txt {DIRECTORY}/api"
    return bool(
        host.run(
            f"started=$(docker inspect --format '{{{{.State.StartedAt}}}}' {API}) &&"
            f' find {files} -newermt "$started"'
        )
    )


def _recovers(host: Host) -> bool:
    """Whether the API becomes healthy by itself.

    One that says `degraded` after more than its client's time-outs will go on to. One that says
    nothing has just been started, and is waited for.
    """
    try:
        return wait_until(host.is_healthy, "the API", timeout=2)
    except LabError:
        if host.health() is not None:
            return False
        return wait_until(host.is_healthy, f"the API of {host.name} to be healthy", timeout=30)
