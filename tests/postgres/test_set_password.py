"""What the scripts of packs/postgres do to a real server."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from postgres_scripts import (
    PASSWORDS,
    TAKE,
    password_file,
    refused,
    seen,
    set_password,
    verifier,
)
from postgres_server import BIN, SHELLS, Server, as_its_user, control, running

from pyinfra_runbooks.packs.postgres.seen import Login, Ready

pytestmark = [
    pytest.mark.needs("root"),  # The server's user is another one.
    pytest.mark.needs("pg_ctlcluster", "initdb"),
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS)
def test_the_role_takes_the_password(server: Server, shell: Sequence[str], password: str) -> None:
    server, file = server.within(shell), password_file(server, f"{password}\n")
    before = len(server.log)
    server.sql("SELECT pg_stat_statements_reset()")
    done = set_password(server, **file, database="app")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "step": "logged in",
        "role": "app",
        "database": "app",
        "address": server.address,
        "port": server.port,
        "version": server.sql("SHOW server_version"),
    }
    assert server.lets_in("app", password)
    assert not server.lets_in("app", "set by hand")
    kept = server.sql("SELECT string_agg(query, ' ') FROM pg_stat_statements")
    words = (server.place / "words").read_text(encoding="utf-8")
    shown = (done.stdout, server.log[before:], kept, words)
    for secret in (password, verifier(server), verifier(server).partition(":")[2]):
        assert not [text for text in shown if secret in text and len(secret) > 2]
    assert "ALTER" not in server.log[before:]
    assert not [*Path("/dev/shm").glob(".pyinfra-runbooks*")]  # noqa: S108
    assert set_password(server, **file, database="app").stdout == done.stdout


def test_no_statement_has_the_password_even_where_one_is_logged(server: Server) -> None:
    before = len(server.log)
    seen_by_all = ('session="-c log_statement=none', 'session="-c log_statement=all')
    done = set_password(server, seen_by_all, **password_file(server, "new\n"))
    assert done.returncode == 0
    shown = server.log[before:] + server.sql(
        "SELECT string_agg(query, ' ') FROM pg_stat_statements"
    )
    assert "SCRAM-SHA-256$" in shown
    assert "'new'" not in shown


def test_it_takes_what_its_container_was_given(server: Server) -> None:
    given = server.having(POSTGRES_USER="app", POSTGRES_PASSWORD="given")
    server.sql("ALTER ROLE app SUPERUSER")
    assert set_password(given).returncode == 0
    assert server.lets_in("app", "given", "app")


def test_a_role_of_another_name(server: Server) -> None:
    name = 'We"ird role'
    server.sql('CREATE ROLE "We""ird role" LOGIN')
    file = password_file(server, "its own\n")
    done = set_password(server, **{**file, "user": name}, database="app")
    assert (done.returncode, json.loads(done.stdout)["role"]) == (0, name)
    server.sql('DROP ROLE "We""ird role"')


def test_nothing_is_changed_where_it_can_not_be_done(server: Server) -> None:
    file = password_file(server, "new\n")
    refused(server, "no role nobody; nothing was", **{**file, "user": "nobody"})
    refused(server, "changed since the look", **{**file, "container": "e" * 64})
    refused(server, "without a password", **file, address="127.0.0.1")
    refused(server, "not for its password", **file, port=1)
    refused(server, "its address is not one of its own", **file, address="127.0.0.9")
    refused(server, "not known: .*exactly one line", **password_file(server, "a\nb\n"))
    server.sql("ALTER ROLE postgres SET default_transaction_read_only = on")
    try:
        refused(server, "read-only transaction; nothing was", **password_file(server, "new\n"))
    finally:
        server.sql("BEGIN READ WRITE; ALTER ROLE postgres RESET ALL; COMMIT")


def test_what_does_not_help_is_put_back(server: Server) -> None:
    file = password_file(server, "new\n")
    server.sql("ALTER ROLE app VALID UNTIL '2001-01-01'")
    refused(server, "app could not log in with it .* was put back", **file)
    server.sql("ALTER ROLE app PASSWORD NULL")
    refused(server, "was put back", **file)


@pytest.mark.parametrize("signal", ["TERM", "INT", "HUP"])
@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_interrupted_is_put_back(server: Server, shell: Sequence[str], signal: str) -> None:
    before, file = verifier(server), password_file(server, "new\n")
    done = set_password(server.within(shell), (TAKE, f"kill -{signal} $$; {TAKE}"), **file)
    assert (done.returncode, verifier(server)) == (1, before)
    assert "former password was put back" in done.stderr
    now = f"{TAKE} && kill -{signal} $$ &&"
    done = set_password(server.within(shell), (f"{TAKE} &&", now), **file)
    assert (done.returncode, verifier(server)) == (1, before)
    assert "former password was put back" in done.stderr


def test_of_what_is_killed_nothing_is_said_and_the_next_run_repairs_it(server: Server) -> None:
    before, file = verifier(server), password_file(server, "new\n")
    unknown = "it is not known whether the role's password was changed: look again\n"
    done = set_password(server, (TAKE, f"kill -KILL $$; {TAKE}"), **file)
    assert (done.returncode, done.stderr.endswith(unknown)) == (1, True)
    assert "nothing was changed" not in done.stderr
    assert (verifier(server), seen(server, **file).login) == (before, Login.PASSWORD)
    done = set_password(server, (f"{TAKE} &&", f"{TAKE} && kill -KILL $$ &&"), **file)
    assert (done.returncode, done.stderr.endswith(unknown)) == (1, True)
    assert verifier(server) != before
    assert seen(server, **file).login is Login.WORKS
    assert set_password(server, **file).returncode == 0
    # One that does not help is found as such, and left.
    server.sql("ALTER ROLE app PASSWORD 'x' VALID UNTIL '2001-01-01'")
    set_password(server, (f"{TAKE} &&", f"{TAKE} && kill -KILL $$ &&"), **file)
    assert seen(server, **file).login is Login.PASSWORD


def test_what_was_taken_after_all_is_proved(server: Server) -> None:
    """psql says that it failed, and the server did it."""
    file = password_file(server, "new\n")
    done = set_password(server, (TAKE, "said=$(take; false)"), **file)
    assert (done.returncode, json.loads(done.stdout)["role"]) == (0, "app")
    server.sql("ALTER ROLE app PASSWORD 'x' VALID UNTIL '2001-01-01'")
    refused(
        server, "could not log in with it .* was put back", (TAKE, "said=$(take; false)"), **file
    )


def test_one_that_says_nothing_any_more(server: Server) -> None:
    mute = ("now_has() {", "now_has() { return 1;")
    done = set_password(server, mute, **password_file(server, "new\n"))
    assert done.returncode == 1
    assert "it is not known whether the role's password was changed: look again" in done.stderr
    assert "nothing was changed" not in done.stderr


def test_its_deadlines_add_up(server: Server) -> None:
    """The engine's is longer than those of all that is asked inside, in the longest run."""
    (tools := server.place / "tools").mkdir(exist_ok=True)
    (times := server.place / "times").unlink(missing_ok=True)
    record = f'#!/bin/sh\necho "$*" >>{times}\nexec /usr/bin/timeout "$@"\n'
    (tools / "timeout").write_text(record, encoding="utf-8")
    (tools / "timeout").chmod(0o755)
    try:
        test_what_does_not_help_is_put_back(server)
    finally:
        (tools / "timeout").unlink()
    shown = times.read_text(encoding="utf-8")
    outer = [int(n) for n in re.findall(r"(?m)^-k 2 (\d+) docker exec", shown)]
    inner = [int(n) for n in re.findall(r"(?m)^(\d+) psql", shown)]
    assert len(outer) == 2
    # Who administers it may be found at the fourth try.
    assert sum(inner) + 2 * 3 * max(inner) < sum(outer)


def test_a_socket_that_trusts_nobody_lets_nobody_in(cluster: Path) -> None:
    with running(cluster) as server:
        hba = server.place / "data" / "pg_hba.conf"
        server.sql("CREATE ROLE app LOGIN PASSWORD 'x'")
        hba.write_text("local all all scram-sha-256\nhost all all all scram-sha-256\n")
        control(server.place, "reload")
        shown = seen(server, **password_file(server, "new\n"))
        assert (shown.server, shown.login) == (None, Login.PASSWORD)
        assert "no password supplied" in shown.closed
        done = set_password(server, **password_file(server, "new\n"))
        assert done.returncode == 1
        assert "lets nobody in" in done.stderr
        assert "nothing was changed" in done.stderr


def test_an_old_md5_password_and_an_old_rule(cluster: Path) -> None:
    """As a cluster has them that was made by PostgreSQL 13 or earlier."""
    with running(cluster, "password_encryption = md5") as server:
        hba = server.place / "data" / "pg_hba.conf"
        hba.write_text(hba.read_text().replace("all scram-sha-256", "all md5"))
        control(server.place, "reload")
        server.sql("CREATE ROLE app LOGIN PASSWORD 'x'")
        server.sql("CREATE DATABASE app")
        file = password_file(server, "new\n")
        assert seen(server, **file).login is Login.PASSWORD
        before = len(server.log)
        assert set_password(server, **file).returncode == 0
        assert verifier(server).startswith("md5")
        assert verifier(server)[3:] not in server.log[before:]
        assert server.lets_in("app", "new")


def test_a_standby(cluster: Path) -> None:
    with running(cluster) as server:
        server.sql("CREATE ROLE app LOGIN PASSWORD 'x'")
        control(server.place, "stop", "-m", "fast")
        (server.place / "data" / "standby.signal").touch()
        control(server.place, "start")
        shown = seen(server, **password_file(server, "new\n"))
        assert shown.server
        assert shown.server.standby is True
        refused(server, "read-only transaction|recovery", **password_file(server, "new\n"))


def test_one_that_is_stopped_and_one_that_listens_on_its_socket_alone(cluster: Path) -> None:
    with running(cluster) as server:
        control(server.place, "restart", "-o", "-c listen_addresses=''")
        shown = seen(server)
        assert (shown.socket, shown.network, shown.login) == (
            Ready.ACCEPTING,
            Ready.SILENT,
            Login.UNTRIED,
        )
        assert shown.server
        assert shown.server.listens == ""
        control(server.place, "stop", "-m", "fast")
        shown = seen(server)
        assert (shown.socket, shown.network, shown.server) == (Ready.SILENT, Ready.SILENT, None)
        assert shown.disks
        control(server.place, "start")


def test_one_that_recovers_rejects_connections(cluster: Path) -> None:
    with running(cluster) as server:
        control(server.place, "stop", "-m", "fast")
        data = server.place / "data"
        with (data / "postgresql.conf").open("a") as conf:
            conf.write("restore_command = 'sleep 1; false'\nhot_standby = off\n")
        (data / "standby.signal").touch()
        with subprocess.Popen(
            as_its_user(f"{BIN}/postgres", "-D", str(data)), stderr=subprocess.DEVNULL
        ) as process:
            for _ in range(50):
                shown = seen(server)
                if shown.socket is not Ready.SILENT:
                    break
            process.terminate()
        assert (shown.socket, shown.login) == (Ready.REJECTING, Login.UNTRIED)
        (data / "standby.signal").unlink()
        control(server.place, "start")
