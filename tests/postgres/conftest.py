"""Servers of PostgreSQL for tests, each whole and of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import BIN, USER, Server, as_its_user, place, running


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """A new cluster, whose server never ran."""
    with place() as made:
        (secret := made / "first").write_text("first, and long gone\n", encoding="utf-8")
        trusts = ("--auth-local=trust", "--auth-host=trust", "-U", USER, "--no-sync")
        init = as_its_user(f"{BIN}/initdb", "-D", f"{made}/data", *trusts, f"--pwfile={secret}")
        subprocess.run(init, check=True, stdout=subprocess.DEVNULL)
        with (made / "data" / "pg_hba.conf").open("a", encoding="utf-8") as hba:
            hba.write("host all all all scram-sha-256\n")
        yield made / "data"


@pytest.fixture(scope="session")
def common(cluster: Path) -> Iterator[Server]:
    """One server for most tests."""
    with running(cluster) as server:
        server.sql("CREATE EXTENSION pg_stat_statements")
        yield server


@pytest.fixture
def server(common: Server) -> Iterator[Server]:
    """It, with the role app, whose password is another one than it may be given."""
    common.sql("CREATE ROLE app LOGIN PASSWORD 'set by hand'")
    common.sql("CREATE DATABASE app OWNER app")
    yield common
    common.sql("DROP DATABASE app WITH (FORCE)")
    common.sql("DROP ROLE app")
