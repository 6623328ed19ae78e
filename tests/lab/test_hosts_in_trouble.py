"""A host that can't be looked at is one clear error of its own; the others go on without it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import seen
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import lab
from lab.faults.catalogue import break_host
from lab.hosts import HOSTS, Host
from lab.paths import KNOWN_HOSTS, SSH_KEY
from lab.runs import RECOVERY, ROOT, Run, pyinfra

REDIS7, REDIS8 = HOSTS
MODES = pytest.mark.parametrize("mode", [("-y",), ("--json", "-y")], ids=["plain", "json"])
PLUGIN = "/usr/libexec/docker/cli-plugins/docker-compose"

# What has to be said of each, once.
ERRORS = {
    "unreachable": r"Could not connect|Connection refused|Unable to connect",
    "wrong-key": r"[Hh]ost key",
    "no-docker": r"there is no docker command on this host",
    "no-permission": r"this user may not use Docker: put it into the docker group, or use --sudo",
    "no-directory": r"/srv/nowhere",
    "no-compose-file": r"[Nn]o configuration file|no compose file",
    "no-compose": r"there is no Compose v2 on this host",
    "no-daemon": r"the Docker daemon does not answer",
}


@pytest.fixture(scope="module")
def _users() -> Iterator[None]:
    """Users of a host with less than `deploy` has, and a project directory without a project.

    One finds every command but docker; the other one is in no group.
    """
    create = "useradd --create-home --password '*'"
    keys = "install -d -m 700 -o $u -g $u /home/$u/.ssh && install -m 600 -o $u -g $u"
    REDIS7.run(
        f"""set -e
        mkdir -p /opt/no-docker /srv/empty
        ln -sf /usr/bin/* /opt/no-docker/
        rm -f /opt/no-docker/docker*
        printf '#!/bin/sh\\nPATH=/opt/no-docker exec /bin/sh "$@"\\n' >/opt/no-docker-shell
        chmod 755 /opt/no-docker-shell
        {create} --shell /opt/no-docker-shell --groups docker no-docker
        {create} --shell /bin/sh no-permission
        for u in no-docker no-permission; do
            {keys} /home/deploy/.ssh/authorized_keys /home/$u/.ssh/
        done"""
    )
    yield
    REDIS7.run(
        "userdel -rf no-docker; userdel -rf no-permission;"
        " rm -rf /opt/no-docker /opt/no-docker-shell /srv/empty",
        check=False,
    )


@pytest.fixture
def trouble(_users: None, tmp_path: Path) -> str:
    """An inventory of hosts in trouble, and one that is only broken."""
    wrong_keys = tmp_path / "known_hosts"
    wrong_keys.write_text(f"[127.0.0.1]:{REDIS7.port} {_another_key()}\n")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        closed = server.getsockname()[1]
    hosts: list[tuple[str, dict[str, Any]]] = [
        ("unreachable", {"ssh_port": closed}),
        ("wrong-key", {"ssh_known_hosts_file": str(wrong_keys)}),
        ("no-docker", {"ssh_user": "no-docker"}),
        ("no-permission", {"ssh_user": "no-permission"}),
        ("no-directory", {"directory": "/srv/nowhere"}),
        ("no-compose-file", {"directory": "/srv/empty"}),
        (REDIS8.name, {"ssh_port": REDIS8.port, "_sudo": True}),
    ]
    inventory = tmp_path / "trouble.py"
    inventory.write_text(
        f"""import runpy
from dataclasses import replace
from pyinfra_runbooks.settings import Compose
__all__ = ["hosts"]
stack = runpy.run_path({str(ROOT / "inventories" / "group_data" / "lab.py")!r})["stack"]
hosts = (
    [
        (name, data | {{"stack": replace(stack, compose=Compose(data["directory"]))}})
        if "directory" in data else (name, data)
        for name, data in {hosts!r}
    ],
    {{
        "ssh_hostname": "127.0.0.1", "ssh_port": {REDIS7.port}, "ssh_user": "deploy",
        "ssh_key": {str(SSH_KEY)!r}, "ssh_known_hosts_file": {str(KNOWN_HOSTS)!r},
        "ssh_strict_host_key_checking": "yes", "stack": stack,
    }},
)
"""
    )
    return str(inventory)


def _another_key() -> str:
    public = Ed25519PrivateKey.generate().public_key()
    openssh = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public.public_bytes(*openssh).decode()


def complains_once(run: Run, host: str, kind: str) -> None:
    """One line says what is wrong with the host, and no other one does."""
    lines = [line for line in run.said(host) if not re.match(r"Connected$|Ready: ", line)]
    assert len(lines) == 1, str(run)
    assert re.search(ERRORS[kind], lines[0]), str(run)


def others_go_on(run: Run, healthy: Host) -> None:
    """The other host went through its recovery.

    The run counts as failed all the same.
    """
    assert run.rc == 1, str(run)
    assert "Traceback" not in run.text, str(run)
    outcomes = run.results(healthy.name) if run.stdout else run.outcomes(healthy.name)
    assert len(outcomes) == 1, str(run)
    assert "error" not in outcomes.values(), str(run)


@MODES
def test_hosts_that_cannot_be_looked_at(
    trouble: str, redis8: Host, ssh: dict[str, Any], mode: tuple[str, ...]
) -> None:
    """Six kinds of trouble at once; the host that is only broken is repaired beside them."""
    before = seen.snapshot(REDIS7)
    break_host(redis8, "wrong-network")
    run = pyinfra(*mode, RECOVERY, inventory=trouble)
    others_go_on(run, redis8)
    for host in ERRORS.keys() - {"no-compose", "no-daemon"}:
        complains_once(run, host, kind=host)
    assert seen.problems(redis8, ssh[redis8.name]) == [], str(run)
    assert seen.changes(before, seen.snapshot(REDIS7)) == {}


@contextmanager
def _without_compose(host: Host) -> Iterator[None]:
    host.run(f"mv {PLUGIN} {PLUGIN}.aside")
    try:
        yield
    finally:
        host.run(f"mv {PLUGIN}.aside {PLUGIN}")


@contextmanager
def _without_daemon(host: Host) -> Iterator[None]:
    host.docker().close()  # its connections will be of no use
    host.run("pkill -x dockerd; while pgrep -x dockerd >/dev/null; do sleep 0.1; done")
    try:
        yield
    finally:
        lab.up()


def test_a_host_without_compose(redis7: Host) -> None:
    """Docker is there, but not the plugin."""
    before = seen.snapshot(redis7)
    with _without_compose(redis7):
        runs = [pyinfra(*mode, RECOVERY) for mode in (("-y",), ("--json", "-y"))]
    for run in runs:
        others_go_on(run, REDIS8)
        complains_once(run, redis7.name, "no-compose")
    assert seen.changes(before, seen.snapshot(redis7)) == {}


# Docker's SDK forgets the socket with which it asks in vain whether the engine is back.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_host_without_a_daemon(redis7: Host) -> None:
    """Docker's command is there, but nobody answers it."""
    with _without_daemon(redis7):
        runs = [pyinfra(*mode, RECOVERY) for mode in (("-y",), ("--json", "-y"))]
        assert redis7.run("pgrep -x dockerd", check=False) == ""
    for run in runs:
        others_go_on(run, REDIS8)
        complains_once(run, redis7.name, "no-daemon")
    assert redis7.is_healthy()
