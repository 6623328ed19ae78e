"""The ways in which a host is logged in to, and the least that a user needs there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import engine, keyspace
from lab.console import wait_until
from lab.faults.catalogue import break_host
from lab.hosts import HOSTS, Host
from lab.paths import KNOWN_HOSTS, SSH_KEY
from lab.runs import RECOVERY, ROOT, pyinfra

HOST, BASTION = HOSTS
PHRASE = "only the passphrase"
VERIFY = "runbooks/verify.py"
GROUP_DATA = ROOT / "inventories" / "group_data" / "lab.py"


def _inventory(directory: Path, **data: Any) -> str:
    """One host, and how to log in to it."""
    strictly: dict[str, Any] = {"ssh_strict_host_key_checking": "yes"}
    path = directory / "inventory.py"
    path.write_text(
        "import runpy\n"
        "__all__ = ['hosts']\n"
        f"stack = runpy.run_path({str(GROUP_DATA)!r})['stack']\n"
        f"hosts = ([({HOST.name!r}, {strictly | data!r} | {{'stack': stack}})], {{}})\n"
    )
    return str(path)


def _directly(directory: Path, user: str = HOST.user, **data: Any) -> str:
    return _inventory(
        directory,
        ssh_hostname="127.0.0.1",
        ssh_port=HOST.port,
        ssh_user=user,
        ssh_known_hosts_file=str(KNOWN_HOSTS),
        **data,
    )


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An agent that holds the key, by the environment that leads to it."""
    socket = str(tmp_path / "agent")
    environment = {"SSH_AUTH_SOCK": socket}
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL) as process:
        try:
            add = ["ssh-add", "-q", str(SSH_KEY)]
            wait_until(lambda: os.path.exists(socket), "the agent", timeout=5)
            subprocess.run(add, env={**os.environ, **environment}, check=True)
            yield environment
        finally:
            process.terminate()


def test_an_agent(agent: dict[str, str], tmp_path: Path) -> None:
    run = pyinfra("-y", VERIFY, inventory=_directly(tmp_path), env=agent)
    assert run.rc == 0, str(run)


def test_without_the_agent_nobody_gets_in(tmp_path: Path) -> None:
    run = pyinfra("-y", VERIFY, inventory=_directly(tmp_path), env={"HOME": str(tmp_path)})
    assert run.rc == 1, str(run)
    assert "uthentication" in run.text, str(run)
    assert "Traceback" not in run.text, str(run)


def test_a_key_with_a_passphrase(tmp_path: Path) -> None:
    key = tmp_path / "key"
    shutil.copy(SSH_KEY, key)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", PHRASE, "-f", str(key)], check=True)
    inventory = _directly(tmp_path, ssh_key=str(key), ssh_key_password=PHRASE)
    run = pyinfra("-y", "-vvv", VERIFY, inventory=inventory)
    assert run.rc == 0, str(run)
    assert PHRASE not in run.text


def test_a_bastion(tmp_path: Path) -> None:
    """Nothing is asked of it but to pass the connection on; both host keys are checked."""
    networks = engine.client().containers.get(HOST.container).attrs["NetworkSettings"]["Networks"]
    (address,) = (network["IPAddress"] for network in networks.values())
    keys = dict(line.split(" ", 1) for line in KNOWN_HOSTS.read_text().splitlines())
    known = tmp_path / "known_hosts"
    known.write_text(f"{KNOWN_HOSTS.read_text()}{address} {keys[f'[127.0.0.1]:{HOST.port}']}\n")
    config = tmp_path / "ssh_config"
    config.write_text(
        f"Host bastion\n  HostName 127.0.0.1\n  Port {BASTION.port}\n"
        f"Host behind\n  HostName {address}\n  ProxyJump bastion\n"
        f"Host *\n  User {HOST.user}\n  IdentityFile {SSH_KEY}\n"
        f"  UserKnownHostsFile {known}\n  StrictHostKeyChecking yes\n"
    )
    inventory = _inventory(
        tmp_path,
        ssh_hostname="behind",
        ssh_config_file=str(config),
        ssh_known_hosts_file=str(known),
    )
    run = pyinfra("-y", VERIFY, inventory=inventory)
    assert run.rc == 0, str(run)


def test_the_least_rights() -> None:
    """All other tests of this host pass with just these: the group docker, and no sudo."""
    login = HOST.login.split()
    groups = subprocess.run([*login, "id -nG"], capture_output=True, text=True, check=True).stdout
    assert groups.split() == [HOST.user, "docker"]
    sudo = subprocess.run([*login, "sudo -n true"], capture_output=True, check=False)
    assert sudo.returncode != 0


@pytest.fixture
def sudoer(redis7: Host) -> Iterator[str]:
    """A user who may become root for docker, and for nothing else."""
    redis7.run(
        """set -e
        useradd --create-home --password '*' --shell /bin/sh --groups deploy sudoer
        install -d -m 700 -o sudoer -g sudoer /home/sudoer/.ssh
        install -m 600 -o sudoer -g sudoer /home/deploy/.ssh/authorized_keys /home/sudoer/.ssh/
        rm -rf /run/pyinfra-runbooks  # for members of the group docker alone
        echo "sudoer ALL=(root) NOPASSWD: $(command -v docker)" >/etc/sudoers.d/sudoer
        chmod 440 /etc/sudoers.d/sudoer"""
    )
    try:
        yield "sudoer"
    finally:
        undo = "rm -r /etc/sudoers.d/sudoer /run/pyinfra-runbooks; userdel -rf sudoer"
        redis7.run(undo, check=False)


@pytest.mark.thorough
def test_sudo_for_docker_alone(redis7: Host, sudoer: str, tmp_path: Path) -> None:
    """It repairs; what could be put back only by way of the engine's socket, it does not begin."""
    inventory = _directly(tmp_path, user=sudoer, ssh_key=str(SSH_KEY))
    keys = keyspace.seed(redis7)
    for fault in ("wrong-network", "acl-not-loaded", "redis-stopped"):
        break_host(redis7, fault)
        run = pyinfra("-y", RECOVERY, inventory=inventory)
        assert run.rc == 0, str(run)
        assert redis7.is_healthy(), str(run)
    break_host(redis7, "secret-not-mounted")
    refused = pyinfra("-y", RECOVERY, inventory=inventory)
    assert refused.rc == 1, str(refused)
    reason = "(this user gets no answer from the engine on its socket); nothing was changed"
    assert reason in refused.text, str(refused)
    # Who repairs by another right finds its locks, and not what is theirs.
    locked = pyinfra("-y", RECOVERY, "--limit", redis7.name)
    assert "/run/pyinfra-runbooks belongs to group sudoer" in locked.text, str(locked)
    redis7.run("rm -r /run/pyinfra-runbooks")
    done = pyinfra("-y", RECOVERY, "--limit", redis7.name)
    assert done.rc == 0, str(done)
    assert keyspace.read(redis7) == keys
