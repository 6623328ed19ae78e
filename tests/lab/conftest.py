"""What the tests on real hosts share: the lab, brought up once, and healed after each test."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import paramiko
import pytest
import seen
import testinfra
from turns import turn

import lab
from lab import runs
from lab.hosts import HOSTS, Host
from lab.listening import AUDIT
from lab.paths import KNOWN_HOSTS, SSH_KEY
from lab.runs import Run
from pyinfra_runbooks.engine.shell import PAUSE

REDIS7, REDIS8 = HOSTS


DRAWN = {"test_matrix.py", "test_preflight.py", "test_interrupts.py", "test_faults.py"}
"""What has turns of its own; and the incident, which each commit has on both hosts."""
FORMS = 4
"""So many commits in a row have had all forms of a test."""
LONG = {"test_declare_networks.py", "test_checks.py"}
"""Files of long tests, of which all count as forms of one."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need the lab; of what is tried in several forms, or on both hosts, each commit
    has one in `FORMS`."""
    here = Path(__file__).parent
    forms: dict[str, list[str]] = {}
    for item in items:
        if here not in item.path.parents:
            continue
        item.add_marker(pytest.mark.lab)
        if isinstance(item, pytest.Function) and item.path.name not in DRAWN:
            is_long = item.path.name in LONG
            form = item.name if is_long else item.name.partition("[")[2]
            test = "" if is_long else item.cls or item.originalname
            tried = forms.setdefault(f"{item.path.name}::{test}", [])
            if form and form not in tried:
                tried.append(form)
            if form and tried.index(form) % FORMS != turn(FORMS):
                item.add_marker("thorough")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the hosts look like is of interest while they still do."""
    report = yield
    if report.failed and report.when in ("setup", "call"):
        for host in HOSTS:
            try:
                report.sections.append((host.name, seen.dump(host)))
            except Exception as error:  # noqa: BLE001 - it must not hide why the test failed
                report.sections.append((host.name, f"{error}"))
    return report


@pytest.fixture(scope="session", autouse=True)
def _lab() -> None:
    """The hosts, up and healthy; what is there already is taken as it is."""
    lab.up()


@pytest.fixture(scope="session")
def run() -> Callable[..., Run]:
    """Runs pyinfra in a pipe; see `lab.runs`."""
    return runs.pyinfra


@pytest.fixture(scope="module")
def ssh(_lab: None) -> Iterator[dict[str, Any]]:
    """testinfra's hosts by name, logged in as the product logs in."""
    with ExitStack() as clients:
        yield {host.name: _logged_in(host, clients) for host in HOSTS}


def _logged_in(host: Host, clients: ExitStack) -> Any:
    client = paramiko.SSHClient()
    client.load_host_keys(str(KNOWN_HOSTS))
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect("127.0.0.1", host.port, host.user, key_filename=str(SSH_KEY), allow_agent=False)
    clients.enter_context(closing(client))
    found = testinfra.get_host("paramiko://", sudo=host.rights == "sudo")
    # Its own would know no other known_hosts than the user's, and accept any key.
    found.backend.client = client
    return found


@pytest.fixture
def redis7(_lab: None) -> Iterator[Host]:
    """The host where the user is in the group docker; healed after the test."""
    yield REDIS7
    seen.healed(REDIS7)


@pytest.fixture
def redis8(_lab: None) -> Iterator[Host]:
    """The host where the user has to become root; healed after the test."""
    yield REDIS8
    seen.healed(REDIS8)


@pytest.fixture
def nothing_reported_before(_lab: None) -> Iterator[None]:
    """No audit and no pause from before; the hosts healed after the test."""
    kept = f"rm -f {AUDIT} {PAUSE}"
    seen.on_each(lambda host: host.run(kept))
    yield
    seen.on_each(lambda host: host.run(kept))
    seen.on_each(seen.healed)
