"""Inventories at pyinfra's command line: mistakes, and those of this project."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from declarations import SECRET

PROJECT = Path(__file__).parents[2]


def pyinfra(*arguments: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "deploys"), "PYINFRA_PROGRESS": "off"}
    command = [sys.executable, "-c", "from pyinfra_cli.main import main; main()", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Stands where the inventory's host would be, to see whether anybody comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def inventory(tmp_path: Path, listener: socket.socket) -> Path:
    port = listener.getsockname()[1]
    file = tmp_path / "inventories" / "x.py"
    (file.parent / "group_data").mkdir(parents=True)
    file.write_text(f'x = ["127.0.0.1"], {{"ssh_port": {port}, "ssh_connect_retries": 0}}\n')
    (tmp_path / "runbook.py").write_text("")
    return file


BROKEN = f"""\
from pyinfra_runbooks.settings import Compose, HostFile, Redis, RedisUser, Stack

stack = Stack(
    "/srv/app",
    Redis(
        users=(
            RedisUser(
                "default",
                rules="~* +@all >{SECRET}",
                pasword="{SECRET}",
            ),
        ),
    ),
)
"""


@pytest.mark.parametrize(
    "command",
    [("debug-inventory",), ("debug-inventory", "--json"), ("runbook.py", "-y"), ("runbook.py",)],
    ids=" ".join,
)
def test_a_mistake_ends_pyinfra_before_any_host_is_contacted(
    command: tuple[str, ...], inventory: Path, listener: socket.socket
) -> None:
    (inventory.parent / "group_data" / "x.py").write_text(BROKEN)
    run = pyinfra("inventories/x.py", *command, cwd=inventory.parents[1])
    file = "inventories/group_data/x.py"
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr == (
        "--> Loading config...\n"
        "--> Loading inventory...\n"
        f"--> pyinfra error: {file}:8: RedisUser.name: expected a user of your own: the default"
        " user is always off, got 'default'\n"
        f"{file}:9: RedisUser.rules: expected no password or hash in the rules (rule 3): passwords"
        " come from the user's password source, got a string (not shown)\n"
        f"{file}:10: RedisUser.pasword: expected one of name, rules, password, got pasword"
        " (did you mean password?)\n"
    )
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_mistake_at_the_command_line_has_no_traceback_either(inventory: Path) -> None:
    """In a deploy, as the deploys of this project do, on a host that needs no connection."""
    data = "from pyinfra_runbooks.settings import *\n" + BROKEN.split("\n", 1)[1]
    data = data.replace("default", "app").replace(f" >{SECRET}", "")
    data = data.replace(f'pasword="{SECRET}"', 'password=HostFile("redis.txt")')
    data = data.replace("stack = ", '__all__ = ["stack"]\nstack = ')
    (inventory.parent / "group_data" / "all.py").write_text(data)
    (inventory.parents[1] / "runbook.py").write_text(
        "from pyinfra import host\n"
        "from pyinfra_runbooks.settings import run_policy, stacks_from_host_data\n"
        "print(run_policy(*stacks_from_host_data(host.data), host.data).cap)\n"
    )
    arguments = ("@local", "runbook.py", "--group-data", "inventories/group_data", "-y")
    run = pyinfra(*arguments, "--data", "max_disruption=none", cwd=inventory.parents[1])
    assert (run.returncode, run.stdout) == (0, "none\n"), run.stderr
    run = pyinfra(*arguments, "--data", "max_disruption=al", cwd=inventory.parents[1])
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert (
        "--> pyinfra error: max_disruption: expected one of none, reconnect, restart, recreate,"
        " got 'al': give it as --data max_disruption=...\n"
    ) in run.stderr


# The inventories of this project

INVENTORIES: dict[str, dict[str, dict[str, object]]] = {
    "prod": {"aiwfe.com": {}},
    "lab": {
        "lab-redis7": {"ssh_port": 22070},
        "lab-redis8": {"ssh_port": 22080, "_sudo": True},
    },
}


@pytest.mark.parametrize("name", INVENTORIES)
def test_an_inventory_of_this_project(name: str, tmp_path: Path) -> None:
    file = PROJECT / "inventories" / f"{name}.py"
    run = pyinfra(str(file), "debug-inventory", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    hosts = {host["name"]: host["data"] for host in json.loads(run.stdout)}
    assert set(hosts) == set(INVENTORIES[name])
    for host, own in INVENTORIES[name].items():
        data = hosts[host]
        assert {key: data[key] for key in own} == own
        # Nothing but the stack and how to get there: no imported name, no helper.
        assert all(key in own or key.startswith("ssh_") for key in data.keys() - {"stack"})
        assert data["ssh_user"] == "deploy"
        assert data["ssh_strict_host_key_checking"] == "yes"
        assert data["stack"]["compose"]["directory"] == "/srv/ai_workflow_engine"
        assert [check["resolve"] for check in data["stack"]["health"]] == [
            None,
            None,
            "127.0.0.1",
            "127.0.0.1",
        ]


def test_the_lab_is_reached_from_everywhere(tmp_path: Path) -> None:
    file = PROJECT / "inventories" / "lab.py"
    for cwd, path in ((tmp_path, file), (PROJECT, file.relative_to(PROJECT))):
        run = pyinfra(str(path), "debug-inventory", "--json", cwd=cwd)
        [data, _] = [host["data"] for host in json.loads(run.stdout)]
        assert data["ssh_key"] == str(PROJECT / ".lab" / "ssh" / "id_ed25519")
        assert data["ssh_known_hosts_file"] == str(PROJECT / ".lab" / "ssh" / "known_hosts")


def test_the_text_of_debug_inventory_shows_the_stack() -> None:
    run = pyinfra("inventories/prod.py", "debug-inventory")
    assert run.returncode == 0
    assert '"rules": "~* &* +@all +@pubsub"' in run.stderr
