"""What the bench needs, and what it measures with.

Here: a Python environment of its own, with the peers. On the lab's hosts: Python, which Ansible
needs there and nobody else does. It comes from the stack's own Python image, which every host holds
and which is of the same Debian release; what community.docker's modules import beyond it comes from
the bench's environment. So no host needs a package mirror. At the end, the hosts are without Python
again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from lab import engine, versions
from lab.console import LabError, step
from lab.hosts import HOSTS, REDIS, Host

SOURCE = Path(__file__).resolve().parent
STATE = SOURCE.parent / ".bench"
VENV = STATE / "venv"
BIN = VENV / "bin"
LOCK = SOURCE / "requirements.lock"
_MADE_FROM = VENV / "made-from"


def ensure() -> None:
    """Make the environment, unless it is there and made from the same lock file."""
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if _MADE_FROM.exists() and _MADE_FROM.read_text() == digest:
        return
    with step("install the peers"):
        venv.create(VENV, clear=True, with_pip=True)
        _python("-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK))
        _python("-m", "compileall", "-q", "-j", "0", str(site_packages() / "ansible"))
    _MADE_FROM.write_text(digest)


def site_packages() -> Path:
    """Where the environment keeps its packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return VENV / "lib" / version / "site-packages"


def draw(results: Path, target: Path) -> None:
    """Draw the plot; matplotlib is in this environment alone."""
    _python(str(SOURCE / "plot.py"), str(results), str(target))


def _python(*arguments: str) -> None:
    command = [str(BIN / "python"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.strip()}")


# Python on the hosts

LIBRARIES = ("requests", "urllib3", "idna", "certifi", "charset_normalizer")
_TARGET = "/usr/local/lib/python3.13/dist-packages"
_OURS = "/var/lib/lab-bench-python"  # there while the Python is ours to remove

_BRING = f"""set -eu
if [ -e {_OURS} ]; then exit 0; fi
if [ -e /usr/bin/python3 ]; then echo "it has a Python of its own" >&2; exit 1; fi
touch {_OURS}
container=$(docker create {versions.PYTHON.name})
trap 'docker rm "$container" >/dev/null' EXIT
docker export "$container" | tar -x -C / --skip-old-files --wildcards \
    'usr/bin/python3*' 'usr/lib/python3.13/*' 'usr/lib/*-linux-gnu/libexpat.so.1*'
mkdir -p {_TARGET}
"""
# As Debian's package does: a user without rights can't keep the compiled files.
_COMPILE = f"python3 -m compileall -q /usr/lib/python3.13 {_TARGET} >/dev/null || true"
_REMOVE = f"""[ ! -e {_OURS} ] || rm -rf /usr/bin/python3* /usr/lib/python3.13 \
    /usr/local/lib/python3.13 /usr/lib/*-linux-gnu/libexpat.so.1* {_OURS}"""


@contextmanager
def python_on(hosts: tuple[Host, ...]) -> Iterator[None]:
    """Have Python on the hosts as long as the block takes."""
    try:
        for host in hosts:
            host.run(_BRING)
            engine.client().api.put_archive(host.container, _TARGET, _libraries())
            host.run(_COMPILE)
        yield
    finally:
        for host in hosts:
            host.run(_REMOVE)


def _libraries() -> bytes:
    """Pure Python only: what is compiled was compiled for this machine's Python."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in LIBRARIES:
            for path in sorted(Path(site_packages() / name).rglob("*")):
                if path.is_file() and path.suffix in {".py", ".pem", ".typed"}:
                    tar.add(path, arcname=str(path.relative_to(site_packages())))
    return archive.getvalue()


# What was measured with what

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
