"""Faults of PostgreSQL, which the lab brings about. Not shipped.

Repaired or refused where the lab's inventory declares the password of the role postgres.
That it is stopped is a fault of every service.
"""

from __future__ import annotations

from lab.faults.model import Fault, Refused, Repaired, Unaffected, touching
from lab.hosts import DIRECTORY, PROJECT, Host

POSTGRES = f"{PROJECT}-postgres-1"
FILES = f"/var/lib/docker/volumes/{PROJECT}_postgres_data/_data"
SMALL = "/var/lib/lab-aside/small-postgres"

_PSQL = f"docker exec -i {POSTGRES} psql -XqAtw -U postgres"
_NOT_ASKED = "its health speaks of Redis alone"

_CROWD = "FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(86400)'"

_READY = f"""
for _ in $(seq 300); do
    docker exec {POSTGRES} pg_isready --quiet && break
    sleep 0.1
done"""
# After `docker kill`, whatever the signal, the engine takes the container for one that was stopped
# by hand, and does not start it when it comes up itself.
_PID = f"""pid=$(docker inspect --format '{{{{.State.Pid}}}}' {POSTGRES})
[ "${{pid:-0}}" = 0 ] || kill"""
UNDO = f"""
{_PID} -CONT "$pid"
if mountpoint -q {FILES}; then
    docker stop --time 30 {POSTGRES}
    rm -rf {FILES}/core {FILES}/core2 {SMALL}
    cp -a {FILES}/. {SMALL}/
    umount {FILES} || umount -l {FILES}
    find {FILES} -mindepth 1 -delete
    cp -a {SMALL}/. {FILES}/
    rm -rf {SMALL}
    docker start {POSTGRES}
fi
{_READY}
if grep -q listen_addresses {FILES}/postgresql.auto.conf; then
    echo 'ALTER SYSTEM RESET listen_addresses' | {_PSQL}
    docker restart --time 30 {POSTGRES}
    {_READY}
fi
password=$(cat {DIRECTORY}/secrets/postgres_password.txt)
echo "SELECT pg_terminate_backend(pid) {_CROWD}" | {_PSQL}
printf "SET log_statement = none; ALTER ROLE postgres PASSWORD '%s'\\n" "$password" | {_PSQL}
"""
"""What heals a host of all of these, as root, where its PostgreSQL's container runs."""


def _password_changed(host: Host) -> None:
    host.run(f"echo \"ALTER ROLE postgres PASSWORD 'set by hand'\" | {_PSQL}")


def _unreachable(host: Host) -> None:
    """As postgresql.conf has it where nobody sets it."""
    host.run(
        f"""set -eu
        echo "ALTER SYSTEM SET listen_addresses = 'localhost'" | {_PSQL}
        docker restart --time 30 {POSTGRES}"""
    )


def _disk_full(host: Host) -> None:
    """A small file system over the volume's, and nothing left on it."""
    host.run(
        f"""set -eu
        docker stop --time 30 {POSTGRES}
        size=$(du -sm {FILES} | cut -f 1)
        mkdir -p {SMALL}
        mount -t tmpfs -o size=$((size + 64))m tmpfs {SMALL}
        cp -a {FILES}/. {SMALL}/
        chown --reference={FILES} {SMALL}
        chmod --reference={FILES} {SMALL}
        mount --move {SMALL} {FILES}
        docker start {POSTGRES}
        dd if=/dev/zero of={FILES}/core bs=64k 2>/dev/null || :
        dd if=/dev/zero of={FILES}/core2 bs=1k 2>/dev/null || :"""
    )


def _hung(host: Host) -> None:
    host.run(f'{_PID} -STOP "$pid"')


def _crowded(host: Host) -> None:
    """Clients that wait for a day, each in a session of its own."""
    host.run(
        f"""set -eu
        docker exec --detach --user postgres {POSTGRES} sh -c '
            for _ in $(seq 90); do
                psql -Xqw -U postgres -c "SELECT pg_sleep(86400)" >/dev/null 2>&1 &
            done
            wait'
        for _ in $(seq 100); do
            there=$(echo "SELECT count(*) {_CROWD}" | {_PSQL})
            [ "$there" -lt 90 ] || exit 0
            sleep 0.1
        done
        exit 1"""
    )


FAULTS = (
    Fault(
        "postgres-password-changed",
        "gives the role postgres another password than Compose gives its clients",
        "the API answers ok, since it does not log in there",
        _NOT_ASKED,
        _password_changed,
        Repaired("none"),
        touching("postgres"),
        causes=frozenset({"postgres-password"}),
    ),
    Fault(
        "postgres-unreachable",
        "has PostgreSQL listen on localhost alone, and restarts it",
        "the API answers ok; docker ps shows everything up",
        _NOT_ASKED,
        _unreachable,
        Refused("can't be reached from its network(.|\n)*listen_addresses"),
        touching("postgres"),
        causes=frozenset({"postgres-unreachable"}),
    ),
    Fault(
        "postgres-disk-full",
        "leaves no room on the file system of PostgreSQL's data",
        "the API answers ok; PostgreSQL stops at its next checkpoint",
        _NOT_ASKED,
        _disk_full,
        Refused("has no room left for its data(.|\n)* 0 MiB left"),
        touching("postgres"),
        causes=frozenset({"postgres-disk-full"}),
    ),
    Fault(
        "postgres-hung",
        "stops PostgreSQL's process as a debugger would",
        "the API answers ok; a client that connects to PostgreSQL waits",
        _NOT_ASKED,
        _hung,
        Refused("does not answer(.|\n)*pg_isready gets no answer"),
        touching("postgres"),
        stage=3,
        causes=frozenset({"postgres-silent"}),
    ),
    Fault(
        "postgres-crowded",
        "has clients keep 90 of the 97 sessions that PostgreSQL leaves to them",
        "the API answers ok; a note says that few connections are left",
        _NOT_ASKED,
        _crowded,
        Unaffected(),
        touching("postgres"),
    ),
)
