"""What was measured with what, and on what: versions, the machine, the lab."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from lab.hosts import HOSTS, REDIS, Host

from .environment import site_packages

_PEERS = ("ansible-core", "ansible", "mitogen")


def described(peers: bool = True) -> dict[str, str]:
    """
    Names and values, in the order in which they are shown.

    + peers: whether the other contenders are among them; default: ``True``
    """
    others = {name: _installed(name) for name in _PEERS} if peers else {}
    return {
        "machine": f"{os.cpu_count()} cores, {_memory()}, {_model()}",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "pyinfra": version("pyinfra"),
        "pyinfra-runbooks": version("pyinfra-runbooks"),
        **others,
        **({"community.docker": _collection()} if peers else {}),
        "hosts": "; ".join(map(_host, HOSTS)),
    }


def _host(host: Host) -> str:
    docker = host.run("docker version --format '{{.Server.Version}}'").strip()
    compose = host.run("docker compose version --short").strip()
    redis = host.run(f"docker exec {REDIS} redis-server --version").split("v=")[1].split()[0]
    return f"{host.name}: Docker {docker}, Compose {compose}, Redis {redis}"


def _installed(name: str) -> str:
    pattern = f"{name.replace('-', '_')}-*.dist-info"
    found = next(iter(site_packages().glob(pattern)), None)
    return "not installed" if found is None else found.name.split("-")[1].removesuffix(".dist")


def _collection() -> str:
    path = site_packages() / "ansible_collections" / "community" / "docker" / "MANIFEST.json"
    return str(json.loads(path.read_text())["collection_info"]["version"])


def _memory() -> str:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{total / 2**30:.0f} GB"


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
