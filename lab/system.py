"""Programs this machine needs for the lab, installed through apt where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess

from .console import LabError, step
from .paths import STATE, private_directory

# dockerd and iptables live in sbin, which is not on everybody's PATH.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])

ENGINE = {"dockerd": "docker.io", "iptables": "iptables"}
# The keyring comes with Debian; Ubuntu needs it to verify Debian's packages.
BUILDER = {"mmdebstrap": "mmdebstrap debian-archive-keyring"}


def require(programs: dict[str, str], why: str) -> None:
    """Make sure that `programs` are there.

    + programs: program name -> the apt package(s) that bring it
    + why: what they are needed for, as it reads after "is needed"
    """
    missing = [name for name in programs if shutil.which(name, path=PATH) is None]
    if not missing:
        return
    packages = " ".join(programs[name] for name in missing).split()
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise LabError(
            f"{', '.join(missing)} is needed {why}, and is not installed. On Debian or Ubuntu: "
            f"sudo apt-get install {' '.join(packages)}"
        )
    with step(f"apt-get install {' '.join(packages)}"):
        _install(packages)
    still = [name for name in missing if shutil.which(name, path=PATH) is None]
    if still:
        raise LabError(f"apt-get installed {' '.join(packages)}, but {still[0]} is not there")


def _install(packages: list[str]) -> None:
    """Install, with fresh package lists only if the ones that are here don't do.

    A failing `update` alone is no reason to stop: one broken third-party source, of which
    nothing is wanted here, is enough for that.
    """
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if _apt(install) == 0:
        return
    _apt(["apt-get", "update"])
    if _apt(install) != 0:
        raise LabError(f"apt-get could not install {' '.join(packages)}; see {STATE / 'apt.log'}")


def _apt(command: list[str]) -> int:
    private_directory(STATE)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with (STATE / "apt.log").open("ab") as log:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            check=False,
        ).returncode
