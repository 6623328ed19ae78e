"""A controller with a systemd that runs: booted beside this machine's, over the same files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runs import ROOT

from lab.console import wait_until

_BOOT = Path(__file__).with_name("boot.sh")
_NAMESPACES = ("--mount", "--pid", "--cgroup", "--uts")


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
    shared = [str(ROOT), *([] if Path(sys.prefix).is_relative_to(ROOT) else [sys.prefix])]
    boot = ["sh", str(_BOOT), str(place), *shared]
    with subprocess.Popen(
        ["unshare", *_NAMESPACES, "--fork", "--kill-child", *boot],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as run:
        try:
            children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
            wait_until(children.read_text, "the namespaces", timeout=10)
            controller = Controller(int(children.read_text()))
            state = "systemctl is-active basic.target"
            wait_until(
                lambda: controller.run(state, check=False) == "active\n", "systemd", timeout=30
            )
            yield controller
        finally:
            run.kill()
