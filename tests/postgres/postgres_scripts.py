"""What the scripts of packs/postgres are given, and who is logged in meanwhile."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from postgres_server import BIN, Server

from pyinfra_runbooks.packs.postgres.seen import Seen, parse

PASSWORDS = {
    "plain": "correct horse battery staple",
    "quotes": """it's "quoted" and \\back\\slashed\\""",
    "colons": "a:b:*:c",
    "a shell's": "$(touch canary)`touch canary`$HOME ;|&<>*?",
    "a hash": "#first",
    "spaces": "  at both ends  ",
    "percent": "%s%n%%",
    "non-ASCII": "p\N{LATIN SMALL LETTER A WITH DIAERESIS}ss \N{SNOWMAN}",
    "long": "0123456789" * 13,
    "a hyphen": "-p",
}


def seen(server: Server, **values: object) -> Seen:
    done = server.run("ask_postgres.sh", **values)
    assert (done.returncode, done.stderr) == (0, "")
    return parse(done.stdout.splitlines())


def password_file(server: Server, content: str) -> dict[str, object]:
    path = server.place / "password"
    path.write_text(content, encoding="utf-8")
    return {"user": "app", "password_from": "file", "password_file": str(path)}


def set_password(
    server: Server, instead: tuple[str, str] = ("", ""), **values: object
) -> subprocess.CompletedProcess[str]:
    about = {"service": "db", "container": "d" * 64, **values}
    return server.run("set_password.sh", instead, **about)


def verifier(server: Server) -> str:
    return server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'app'")


TAKE = "said=$(take)"


def refused(
    server: Server, words: str, instead: tuple[str, str] = ("", ""), **values: object
) -> None:
    before = verifier(server)
    done = set_password(server, instead, **values)
    assert done.returncode == 1
    assert re.search(words, done.stderr), done.stderr
    assert verifier(server) == before


@contextmanager
def client(server: Server, host: str) -> Iterator[None]:
    """Logged in as app."""
    logged_in = session(server, host=host)
    try:
        yield
    finally:
        logged_in.communicate()


def session(server: Server, *statements: str, host: str = "") -> subprocess.Popen[str]:
    """A client's, which has done these, and waits for more.

    + host: where it finds the server; default: its address
    """
    at = host or server.address
    client = subprocess.Popen(
        [f"{BIN}/psql", "-XAtq", f"host={at} port={server.port} user=app dbname=app"],
        env={"PGPASSWORD": "set by hand"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdin
    assert client.stdout
    client.stdin.write("".join(f"{statement};\n" for statement in (*statements, "SELECT 7")))
    client.stdin.flush()
    assert client.stdout.readline() == "7\n"
    return client
