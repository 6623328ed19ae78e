"""Whom a contender is pointed at: names, where they are reached, and the files that say so.

Several names may share one of the lab's hosts; every contender gets the same names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.hosts import HOSTS, Host
from lab.paths import KNOWN_HOSTS, SSH_KEY

_HERE = "127.0.0.1"


@dataclass(frozen=True)
class Target:
    """One name, as inventories call it, and where its sshd is."""

    name: str
    host: Host
    address: str
    port: int

    @property
    def become(self) -> str:
        """What makes one root there, where that is needed."""
        return "sudo -n" if self.host.rights == "sudo" else ""


@dataclass(frozen=True)
class Files:
    """The same targets, as each contender reads them."""

    directory: Path

    @property
    def pyinfra(self) -> Path:
        """For bench/inventory.py."""
        return self.directory / "targets.json"

    @property
    def ansible(self) -> Path:
        """An inventory in INI."""
        return self.directory / "ansible.ini"

    @property
    def ssh(self) -> Path:
        """A configuration for ssh -F."""
        return self.directory / "ssh_config"

    @property
    def shell(self) -> Path:
        """A line for each name: the name, and what makes one root there."""
        return self.directory / "hosts"

    @property
    def known_hosts(self) -> Path:
        """The hosts' keys, under the addresses that are used."""
        return self.directory / "known_hosts"


def named(
    count: int, hosts: Sequence[Host] = HOSTS, routes: Mapping[str, str] | None = None
) -> list[Target]:
    """As many names, which take turns on the hosts; as few as hosts bear the hosts' own.

    + routes: host -> the address to use instead of its port on this machine
    """
    far = routes or {}
    chosen = [hosts[number % len(hosts)] for number in range(count)]
    own = count <= len(hosts)
    return [
        Target(
            host.name if own else f"{host.name}-{number:03d}",
            host,
            far.get(host.name, _HERE),
            22 if host.name in far else host.port,
        )
        for number, host in enumerate(chosen)
    ]


def write(targets: Sequence[Target], directory: Path) -> Files:
    """Write the files that say who the targets are."""
    directory.mkdir(parents=True, exist_ok=True)
    files = Files(directory)
    files.known_hosts.write_text(_known_hosts(targets))
    files.pyinfra.write_text(json.dumps([_pyinfra(target, files) for target in targets], indent=1))
    files.ansible.write_text("\n".join([*map(_ansible, targets), *_ansible_vars(files), ""]))
    files.ssh.write_text("\n".join([*map(_ssh, targets), *_ssh_options(files), ""]))
    files.shell.write_text("".join(f"{target.name} {target.become}\n" for target in targets))
    return files


def _known_hosts(targets: Sequence[Target]) -> str:
    keys = dict(line.split(" ", 1) for line in KNOWN_HOSTS.read_text().splitlines() if line)
    found = {}
    for target in targets:
        key = keys[f"[{_HERE}]:{target.host.port}"]
        where = target.address if target.port == 22 else f"[{target.address}]:{target.port}"
        found[where] = key
    return "".join(f"{where} {key}\n" for where, key in found.items())


def _pyinfra(target: Target, files: Files) -> tuple[str, dict[str, object]]:
    data: dict[str, object] = {
        "ssh_hostname": target.address,
        "ssh_port": target.port,
        "ssh_user": target.host.user,
        "ssh_key": str(SSH_KEY),
        "ssh_known_hosts_file": str(files.known_hosts),
        "ssh_strict_host_key_checking": "yes",
    }
    return target.name, data | ({"_sudo": True} if target.become else {})


def _ansible(target: Target) -> str:
    become = " ansible_become=true" if target.become else ""
    return f"{target.name} ansible_host={target.address} ansible_port={target.port}{become}"


def _ansible_vars(files: Files) -> list[str]:
    return [
        "[all:vars]",
        f"ansible_user={HOSTS[0].user}",
        f"ansible_ssh_private_key_file={SSH_KEY}",
        f"ansible_ssh_common_args=-o UserKnownHostsFile={files.known_hosts} -o IdentitiesOnly=yes",
    ]


def _ssh(target: Target) -> str:
    return f"Host {target.name}\n    HostName {target.address}\n    Port {target.port}"


def _ssh_options(files: Files) -> list[str]:
    return [
        "Host *",
        f"    User {HOSTS[0].user}",
        f"    IdentityFile {SSH_KEY}",
        "    IdentitiesOnly yes",
        f"    UserKnownHostsFile {files.known_hosts}",
        "    StrictHostKeyChecking yes",
        "    BatchMode yes",
        "    LogLevel ERROR",
    ]
