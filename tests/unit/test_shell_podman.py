"""Podman where Docker would be: refused by its name, before anything is asked of it."""

from __future__ import annotations

from pathlib import Path

from hosts import Host
from prepared import looked, prepare

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look

# What Debian's podman-docker has in docker's place.
SHIM = """#!/bin/sh
[ -e /etc/containers/nodocker ] || \\
echo "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg." >&2
exec /usr/bin/podman "$@"
"""


def test_podman_in_dockers_place_is_refused_by_its_name(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    any_host.tool("docker", SHIM)
    seen = looked(any_host, stack).seen
    assert isinstance(seen, Unknown)
    assert seen.reason.startswith("not supported: this user's Docker is Podman (")
    assert seen.reason.endswith("/docker)")


def test_docker_as_a_link_to_podman_is_refused_too(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    docker = Path(any_host.run("command -v docker").out.strip())
    docker.rename(docker.with_name("podman-remote"))
    docker.symlink_to("podman-remote")
    seen = looked(any_host, stack).seen
    assert isinstance(seen, Unknown)
    assert "this user's Docker is Podman" in seen.reason


def test_a_script_in_dockers_place_that_is_not_podmans_is_taken(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    docker = Path(any_host.run("command -v docker").out.strip())
    docker.write_text(docker.read_text().replace("\n", "\n# not podman\n", 1))
    assert isinstance(looked(any_host, stack).seen, Look)
