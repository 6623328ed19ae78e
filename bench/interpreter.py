"""Python on the lab's hosts, which Ansible needs there and nobody else does.

It comes from the stack's own Python image, which every host holds and which is of the same Debian
release; what community.docker's modules import beyond it comes from the bench's environment. So
no host needs a package mirror. At the end, the hosts are without Python again.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import build, engine
from lab.hosts import Host

from .environment import site_packages

LIBRARIES = ("requests", "urllib3", "idna", "certifi", "charset_normalizer")
_TARGET = "/usr/local/lib/python3.13/dist-packages"
_OURS = "/var/lib/lab-bench-python"  # there while the Python is ours to remove

_BRING = f"""set -eu
if [ -e {_OURS} ]; then exit 0; fi
if [ -e /usr/bin/python3 ]; then echo "it has a Python of its own" >&2; exit 1; fi
touch {_OURS}
container=$(docker create {build.PYTHON.name})
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
def on(hosts: tuple[Host, ...]) -> Iterator[None]:
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
