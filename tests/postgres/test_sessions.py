"""How many sessions a real server has, of how many it may have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from postgres_scripts import password_file, seen, session
from postgres_server import SHELLS, Server, running

from pyinfra_runbooks.packs.postgres.seen import Limit, Login, Sessions

pytestmark = [
    pytest.mark.needs("root"),  # The server's user is another one.
    pytest.mark.needs("pg_ctlcluster", "initdb"),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_sessions_are_counted_against_what_there_may_be(
    server: Server, shell: Sequence[str]
) -> None:
    file = {**password_file(server, "set by hand\n"), "database": "app"}
    most = int(server.sql("SHOW max_connections")) - 3
    clients = [session(server), session(server), session(server, "BEGIN")]
    shown = seen(server.within(shell), **file).sessions
    assert shown == Sessions((Limit("server", 3, most),), ("app", 3), 2, 1)
    server.sql("ALTER ROLE app CONNECTION LIMIT 4")
    server.sql("ALTER DATABASE app CONNECTION LIMIT 5")
    shown = seen(server.within(shell), **file).sessions
    assert shown
    assert shown.limits == (
        Limit("server", 3, most),
        Limit("role", 3, 4),
        Limit("database", 3, 5),
    )
    server.sql("ALTER ROLE app SUPERUSER")  # for whom these limits are none
    shown = seen(server.within(shell), **file).sessions
    assert shown
    assert shown.limits == (Limit("server", 3, most),)
    for client in clients:
        client.communicate()


def test_one_that_has_none_left_for_clients_tells_its_figures(cluster: Path) -> None:
    """Its administrator is let in by what is kept for superusers."""
    with running(cluster, "max_connections = 8") as server:
        server.sql("CREATE ROLE app LOGIN PASSWORD 'set by hand'")
        server.sql("CREATE DATABASE app OWNER app")
        clients = [session(server) for _ in range(5)]
        shown = seen(server, **password_file(server, "set by hand\n"), database="app")
        for client in clients:
            client.communicate()
        assert shown.sessions
        assert shown.sessions.limits == (Limit("server", 5, 5),)
        assert shown.login is Login.REFUSED
        assert "remaining connection slots are reserved" in shown.says


def test_who_is_no_superuser_counts_others_sessions_all_the_same(server: Server) -> None:
    server.sql("CREATE ROLE plain LOGIN")
    server.sql("ALTER ROLE app PASSWORD 'set by hand'")
    client = session(server)
    given = {"POSTGRES_USER": "plain", "POSTGRES_DB": "app"}
    shown = seen(server.having(**given))
    client.communicate()
    server.sql("DROP ROLE plain")
    assert shown.server
    assert shown.server.admin == "plain"
    assert shown.sessions
    assert (shown.sessions.limits[0].used, shown.sessions.crowd) == (1, ("app", 1))
    assert (shown.sessions.idle, shown.sessions.in_transaction) == (None, None)
