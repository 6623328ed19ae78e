"""A controller with a systemd that runs: booted beside this machine's, over the same files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lab.console import wait_until
from lab.runs import ROOT

_BOOT = Path(__file__).with_name("boot.sh")
_NAMESPACES = ("--mount", "--pid", "--cgroup", "--uts")
# Its groups are below one of its own, in each hierarchy that systemd uses.
_GROUPS = [
    place / "pyinfra-runbooks-controller"
    for name in ("systemd", "unified", ".")
    if (place := Path("/sys/fs/cgroup", name)).joinpath("cgroup.procs").exists()
]


@dataclass(frozen=True)
class Controller:
    """
    A machine with a systemd of its own.

    + init: the process of that systemd, as it is called here
    """

    init: int

    def run(self, command: str, check: bool = True) -> str:
        """What a command of the shell prints there; it fails with what went wrong."""
        entered = ["nsenter", f"--target={self.init}", *_NAMESPACES, "--root", "--wd"]
        done = subprocess.run(
            [*entered, "sh", "-c", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{command}: {done.stderr}{done.stdout}"
        return done.stdout

    def shown(self, unit: str, member: str) -> str:
        """A property of a unit."""
        return self.run(f"systemctl show --value --property {member} {unit}").strip()


@contextmanager
def booted(place: Path) -> Iterator[Controller]:
    """
    While systemd runs; nothing of what happens there stays.

    + place: an empty directory
    """
    for group in _GROUPS:
        group.mkdir(exist_ok=True)
    enter = " && ".join(f"echo $$ >{group}/cgroup.procs" for group in _GROUPS)
    shared = [str(ROOT), *([] if Path(sys.prefix).is_relative_to(ROOT) else [sys.prefix])]
    unshare = ["unshare", *_NAMESPACES, "--fork", "--kill-child"]
    boot = ["sh", str(_BOOT), str(place), *shared]
    with subprocess.Popen(
        ["sh", "-c", f'{enter} && exec "$@"', "-", *unshare, *boot],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as run:
        try:
            controller = Controller(_systemd(run.pid))
            state = "systemctl is-active basic.target"
            wait_until(
                lambda: controller.run(state, check=False) == "active\n", "systemd", timeout=30
            )
            yield controller
        finally:
            run.kill()
            wait_until(_removed, "its groups to be empty", timeout=10)


def _systemd(parent: int) -> int:
    """The child, once it is systemd: until then, its files are this machine's."""
    children = Path(f"/proc/{parent}/task/{parent}/children")

    def began() -> bool:
        child = children.read_text().strip()
        return bool(child) and Path(f"/proc/{child}/exe").readlink().name == "systemd"

    wait_until(began, "systemd to begin", timeout=10)
    return int(children.read_text())


def _removed() -> bool:
    """Removes what is left of its groups, the inner ones first."""
    for group in (group for group in _GROUPS if group.exists()):
        for inner in sorted(group.glob("**/"), reverse=True):
            with suppress(OSError):
                inner.rmdir()
    return not any(group.exists() for group in _GROUPS)
