"""Any inventory's hosts, seen by testinfra over ssh with the inventory's own connection data.

    pytest tests/acceptance --inventory inventories/prod.py

What should be comes from the inventory's settings; what is comes from `docker` and `curl` on the
host, by other commands than the product's. Nothing is changed, and no more rights are needed than
the runbooks need.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import testinfra
from pyinfra.connectors.sshuserclient import SSHClient
from site_of_a_stack import Site

ROOT = Path(__file__).resolve().parents[2]
LAB = "inventories/lab.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which inventory; the option is known where tests/acceptance is named on the command line."""
    parser.addoption(
        "--inventory", default=LAB, metavar="PATH", help=f"the hosts to look at (default: {LAB})"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test once for each host."""
    if "site" in metafunc.fixturenames:
        inventory = metafunc.config.getoption("inventory", LAB)
        metafunc.parametrize("site", _hosts(inventory), indirect=True, ids=lambda h: h["name"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With the default inventory these need the lab."""
    here = Path(__file__).parent
    if config.getoption("inventory", LAB) == LAB:
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A host of the inventory, logged in to."""
    name, data = request.param["name"], request.param["data"]
    with closing(_logged_in(name, data)) as client:
        host = testinfra.get_host("paramiko://", sudo=bool(data.get("_sudo")))
        # Its own client would know nothing of the inventory, and accept any host key.
        host.backend.client = client
        yield Site(name, data["stack"], host)


@cache
def _hosts(inventory: str) -> list[dict[str, Any]]:
    """Those with a stack, of the inventory as pyinfra loads it, group data and all."""
    pyinfra = Path(sys.executable).parent / "pyinfra"
    done = subprocess.run(
        [pyinfra, inventory, "debug-inventory", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise pytest.UsageError(f"{inventory} can't be loaded:\n{done.stderr}")
    hosts: list[dict[str, Any]] = json.loads(done.stdout)
    declared = [host for host in hosts if "stack" in host["data"]]
    if not declared:
        raise pytest.UsageError(f"{inventory} declares no stack for any of its hosts")
    return declared


def _logged_in(name: str, data: dict[str, Any]) -> SSHClient:
    """A connection as pyinfra makes it; a host key that is not known is refused in any case."""
    client = SSHClient()
    options = {
        "port": data.get("ssh_port"),
        "username": data.get("ssh_user"),
        "password": data.get("ssh_password"),
        "key_filename": data.get("ssh_key") and str(Path(data["ssh_key"]).expanduser()),
        "passphrase": data.get("ssh_key_password"),
        "allow_agent": data.get("ssh_allow_agent", True),
        "look_for_keys": data.get("ssh_look_for_keys", True),
        "timeout": 10,
    }
    client.connect(  # type: ignore[no-untyped-call]
        data.get("ssh_hostname", name),
        _pyinfra_ssh_config_file=data.get("ssh_config_file"),
        _pyinfra_ssh_known_hosts_file=data.get("ssh_known_hosts_file"),
        _pyinfra_ssh_strict_host_key_checking="yes",
        **{option: value for option, value in options.items() if value is not None},
    )
    return client
