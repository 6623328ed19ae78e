"""A real PostgreSQL, as the official image sets it up, and a docker that runs `exec` right here.

Over its socket and from 127.0.0.1 it trusts anybody, from elsewhere it wants a password; it logs
all that it is asked, and keeps every statement.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pyinfra_runbooks.engine.shell import script

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
USER = "postgres"
ID = "d" * 64
SHELLS = [
    pytest.param(shell, id=" ".join(shell))
    for shell in (("sh",), ("bash", "--posix"), ("busybox", "sh"))
    if shutil.which(shell[0])
]

_DOCKER = r"""#!/bin/sh
case $1 in
    ps) printf 'CONTAINER ID   IMAGE\n%s   postgres:17\n' "$ID" ;;
    inspect)
        printf '=%s\t"running"\t"shop"\t"db"\t"False"' "$ID"
        printf '\t"%s"\t"%s/compose.yml"\t""\n' "$PWD" "$PWD"
        ;;
    exec)
        # docker exec -i ID sh -c SCRIPT WORD...
        shift 5
        printf '%s\0' "$@" >"$CALLS/words"
        exec env -i PATH="$BIN:$PATH" $CONTAINER setsid $SHELL_INSIDE -c "$@"
        ;;
esac
"""


@dataclass(frozen=True)
class Server:
    """
    A server, and who is in its container.

    + port: where it listens, on every address of this machine and on its socket
    + shell: what ``sh`` is in its container
    + given: the environment of its container
    """

    place: Path
    port: int
    address: str
    shell: Sequence[str] = ("sh",)
    given: Mapping[str, str] = field(default_factory=dict)

    def having(self, **given: str) -> Server:
        """The same, whose container was given something else."""
        return replace(self, given={**self.given, **given})

    def within(self, shell: Sequence[str]) -> Server:
        """The same, with another shell in its container."""
        return replace(self, shell=shell)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What it answers to an administrator."""
        command = [f"{BIN}/psql", "-XqAtw", "-v", "ON_ERROR_STOP=1", *self._at(database)]
        done = subprocess.run(
            [*command, "-c", statement], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def _at(self, database: str) -> list[str]:
        return ["-h", str(self.place), "-p", str(self.port), "-U", USER, "-d", database]

    def lets_in(self, user: str, password: str, database: str = "postgres") -> bool:
        """Whether a client is let in over the network: asked without anything of ours."""
        where = ["-h", self.address, "-p", str(self.port), "-U", user, "-d", database]
        done = subprocess.run(
            [f"{BIN}/psql", "-XAtw", *where, "-c", "SELECT 1"],
            env={**os.environ, "PGPASSWORD": password},
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def run(
        self, name: str, instead: tuple[str, str] = ("", ""), **values: object
    ) -> subprocess.CompletedProcess[str]:
        """
        A script, as it is sent to a host; its container is this machine.

        + instead: what stands in it once, and what stands there now
        """
        about = {"id": ID, "address": self.address, "port": self.port, **values}
        tools = self.place / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "docker").write_text(_DOCKER, encoding="utf-8")
        (tools / "docker").chmod(0o755)
        given = {"PGHOST": str(self.place), "PGDATA": f"{self.place}/data", **self.given}
        text = script(name, directory=str(self.place), **about)
        assert instead == ("", "") or text.count(instead[0]) == 1
        text = text.replace(*instead)
        return subprocess.run(
            ["sh", "-c", text],
            cwd=self.place,
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
            env={
                "PATH": f"{tools}:{os.environ['PATH']}",
                "HOME": str(self.place),
                "ID": ID,
                "BIN": str(BIN),
                "CALLS": str(self.place),
                "SHELL_INSIDE": " ".join(self.shell),
                "CONTAINER": " ".join(f"{k}={v}" for k, v in given.items()),
            },
        )

    @property
    def log(self) -> str:
        """All that it has logged."""
        return (self.place / "log").read_text(encoding="utf-8", errors="replace")


def address() -> str:
    """An address of this machine that isn't 127.0.0.1: that one is trusted."""
    done = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True)
    return done.stdout.split()[0]


def as_its_user(*command: str) -> list[str]:
    """The server does not run as root."""
    words = ["env", "-C", "/", *command]
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *words]


def control(place: Path, *words: str) -> None:
    """``pg_ctl``; what it starts keeps no pipe of ours open."""
    log = ("-l", f"{place}/log") if words[0] in ("start", "restart") else ()
    command = [f"{BIN}/pg_ctl", "-D", f"{place}/data", "-w", *log, *words]
    subprocess.run(as_its_user(*command), check=True, stdout=subprocess.DEVNULL)


@contextmanager
def place() -> Iterator[Path]:
    """A directory that the server's user may enter, which is not so of pytest's own."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as made:
        os.chown(made, pwd.getpwnam(USER).pw_uid, -1)
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def running(cluster: Path, *options: str) -> Iterator[Server]:
    """A server of a cluster of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with place() as made:
        subprocess.run(["cp", "-a", str(cluster), str(made / "data")], check=True)
        settings = {
            "port": port,
            "listen_addresses": "'*'",
            "unix_socket_directories": f"'{made}'",
            "fsync": "off",
            "log_statement": "all",
            "log_min_duration_statement": 0,
            "log_line_prefix": "'%e '",
            "shared_preload_libraries": "pg_stat_statements",
            "pg_stat_statements.track": "all",
        }
        with (made / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
            conf.writelines(f"{option}\n" for option in options)
        control(made, "start")
        try:
            yield Server(made, port, address())
        finally:
            control(made, "stop", "-m", "immediate")


def quoted(text: str) -> str:
    """As SQL has it."""
    return "'" + text.replace("'", "''") + "'"
