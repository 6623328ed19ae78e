"""What can't run here is not collected: one that is skipped is easily taken for one that passed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
from compose_plugin import compose_plugin

_PATH = os.pathsep.join(
    (f"{Path(sys.executable).parent}", os.environ.get("PATH", ""), "/usr/local/bin", "/usr/bin")
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Deselects every test whose `needs` are not met:

    + ``needs("root")``: only root may do it
    + ``needs("mount")``: a file system has to be mounted, which root may not do everywhere
    + ``needs("namespaces")``: network namespaces have to be made, with a firewall
    + ``needs("compose")``: Compose 2, docker's plugin; the variable COMPOSE_PLUGIN says where it is
    + ``needs("this", "that")``: one of these programs is enough
    """
    without = [
        item
        for item in items
        if not all(any(map(_here, mark.args)) for mark in item.iter_markers("needs"))
    ]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


@cache
def _here(need: str) -> bool:
    if need == "root":
        return os.geteuid() == 0
    if need == "compose":
        return compose_plugin() is not None
    if need == "namespaces":
        return os.geteuid() == 0 and _namespaces()
    return _mounts() if need == "mount" else shutil.which(need, path=_PATH) is not None


def _mounts() -> bool:
    with tempfile.TemporaryDirectory() as place:
        try:
            for command in (["mount", "-t", "tmpfs", "tmpfs", place], ["umount", "-l", place]):
                subprocess.run(command, check=True, capture_output=True, timeout=10)
        except (OSError, subprocess.SubprocessError):
            return False
    return True


def _namespaces() -> bool:
    try:
        script = "ip link add w0 type veth peer name w1 && iptables -L -n"
        command = ["unshare", "-n", "-m", "sh", "-c", script]
        subprocess.run(command, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return False
    return shutil.which("nsenter") is not None
