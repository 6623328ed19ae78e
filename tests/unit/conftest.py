"""What the unit tests share; `looks` builds what they judge."""

from __future__ import annotations

import os
from pathlib import Path
from zlib import crc32

import pytest
from hosts import SHELLS, Host
from hypothesis import HealthCheck, settings
from looks import healthy
from looks import stack as declared_stack
from turns import turn

from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.settings import Stack

# The locks' directory has to be root's.
collect_ignore = [] if os.geteuid() == 0 else ["test_shell_lock.py"]

# An example that is slow on a busy machine is no failure; the same examples run everywhere.
settings.register_profile(
    "unit", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "unit"))


@pytest.fixture
def look() -> Look:
    """A healthy look, to change one thing of."""
    return healthy()


@pytest.fixture
def stack() -> Stack:
    """What the inventory declares of it."""
    return declared_stack()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """This machine as a host, with sh."""
    return Host(tmp_path)


@pytest.fixture(params=SHELLS)
def any_host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    """The same with every shell there is, which take turns."""
    return Host(tmp_path, request.param)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Half of the time goes into scripts: in each commit a test has one of the shells."""
    ours = turn(len(SHELLS))
    for item in items:
        if isinstance(item, pytest.Function) and (shell := _shell(item)) is not None:
            own = crc32(f"{item.path.name}::{item.originalname}".encode())
            if (own + shell + ours) % len(SHELLS):
                item.add_marker("thorough")


def _shell(test: pytest.Function) -> int | None:
    """The number of the shell that it runs a script in; None: in none, or in no one's place."""
    called = getattr(test, "callspec", None)
    shells = [shell.values[0] for shell in SHELLS]
    given = called.params.values() if called else ()
    return next((shells.index(value) for value in given if value in shells), None)


@pytest.fixture(scope="module")
def sh(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """The same for many examples: what it keeps is never looked at."""
    return Host(tmp_path_factory.mktemp("sh"))
