"""Faults by which a container says itself why it ends, which the lab brings about. Not shipped.

Of Redis' own there are `redis-conf-broken`, `redis-restart-loop` and `secret-wrong-owner`, among
the faults of its pack and of the files.
"""

from __future__ import annotations

from lab.faults.common import on_the_host
from lab.faults.model import Fault, Refused, touching
from lab.hosts import DIRECTORY, PROJECT

CADDY, POSTGRES, QDRANT = (f"{PROJECT}-{name}-1" for name in ("caddy", "postgres", "qdrant"))
VERSION = f"/var/lib/docker/volumes/{PROJECT}_postgres_data/_data/PG_VERSION"

UNDO = f"""
if [ -f {VERSION}.right ]; then
    mv {VERSION}.right {VERSION}
    docker restart --time 30 {POSTGRES}
    for _ in $(seq 300); do
        docker exec {POSTGRES} pg_isready --quiet && break
        sleep 0.1
    done
fi
"""
"""What heals a host of these, as root; its files are brought back before."""

FAULTS = (
    Fault(
        "caddy-refuses-its-file",
        "puts a directive that Caddy does not know into its file, and restarts it",
        "nothing answers from outside; Caddy ends each time it is started",
        None,
        on_the_host(
            f"printf 'example.com {{\\n\\tnosuchdirective hunter2\\n}}\\n' >>{DIRECTORY}/Caddyfile"
            f" && docker restart {CADDY}"
        ),
        Refused("caddy: refuses its configuration", never="hunter2"),
        touching("caddy"),
        stage=2,
        causes=frozenset({"configuration-refused"}),
    ),
    Fault(
        "qdrant-lacks-its-file",
        "removes the file that Qdrant is started with, and restarts it",
        "the API answers ok, since it does not ask there; Qdrant ends each time it is started",
        "its health speaks of Redis alone",
        on_the_host(f"rm {DIRECTORY}/qdrant/stand_in.py && docker restart --time 1 {QDRANT}"),
        Refused("qdrant: needs /app/stand_in.py, which is not there"),
        touching("qdrant"),
        stage=2,
        causes=frozenset({"file-missing"}),
    ),
    Fault(
        "postgres-of-another-version",
        "has the data of PostgreSQL say that an older version wrote it, and restarts it",
        "the API answers ok, since it does not ask there; PostgreSQL ends when it is started",
        "its health speaks of Redis alone",
        on_the_host(
            f"cp -p {VERSION} {VERSION}.right && echo 16 >{VERSION}"
            f" && docker restart --time 30 {POSTGRES}"
        ),
        Refused("PostgreSQL 16 wrote it"),
        touching("postgres"),
        stage=2,
        causes=frozenset({"data-newer"}),
    ),
)
