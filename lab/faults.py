"""The catalogue of faults to rehearse.

Every fault acts as root inside one host, writes nothing outside it, and loses no key of Redis:
where a container goes, Redis is stopped first, and saves its data then.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from shlex import quote

from .console import LabError, wait_until
from .healing import heal, start_over
from .hosts import API, DIRECTORY, NETWORK, PROJECT, REDIS, Host
from .paths import SOURCE
from .redis import ask

__all__ = ["FAULTS", "TEST_NETWORK", "Fault", "break_host", "heal", "start_over"]

TEST_NETWORK = "ai_workflow_test"
IMPOSTOR = "shop-redis-1"


@dataclass(frozen=True)
class Fault:
    """One way to break a host.

    + does: what it changes
    + expect: what users and operators will see
    + why_not: why the API keeps answering `ok`, where it does; None says that it breaks
    + function: makes it so, on a host that is healthy
    """

    name: str
    does: str
    expect: str
    why_not: str | None
    function: Callable[[Host], object]

    @property
    def breaks_api(self) -> bool:
        """Whether the API's health shows it at once."""
        return self.why_not is None


def break_host(host: Host, name: str) -> float:
    """Bring a fault about, and see to it that the API shows what the catalogue says.

    Returns the seconds until the API was degraded, or until the fault was in place where the API
    does not notice.
    """
    fault = FAULTS.get(name)
    if fault is None:
        raise LabError(f"no fault {name!r}; there are: {', '.join(FAULTS)}")
    start = time.monotonic()
    fault.function(host)
    if fault.breaks_api:
        wait_until(
            lambda: not host.is_healthy(), f"{name} to show in the API of {host.name}", timeout=15
        )
    return time.monotonic() - start


def _wrong_network(host: Host) -> None:
    host.run(
        f"{_create_test_network()} && docker network disconnect {NETWORK} {REDIS}"
        f" && docker network connect {TEST_NETWORK} {REDIS}"
    )


def _missing_alias(host: Host) -> None:
    host.run(
        f"docker network disconnect {NETWORK} {REDIS} && docker network connect {NETWORK} {REDIS}"
    )
    # Redis may have got its old address back, and the API its connection. Redis' idle time-out
    # would end that, too, but only after five minutes.
    ask(host, "CLIENT KILL TYPE normal")


def _impostor_alias(host: Host) -> None:
    host.run(
        f"docker run --detach --name {IMPOSTOR} --network {NETWORK} --network-alias redis"
        " --label com.docker.compose.project=shop --label com.docker.compose.service=redis"
        f" {host.redis.name}"
    )


def _acl_not_loaded(host: Host) -> None:
    ask(host, "ACL SETUSER default on nopass ~* &* +@all", "ACL DELUSER lwe-app")


def _acl_tampered(host: Host) -> None:
    # A new password leaves the connections that are open alone: they have to come again.
    other = hashlib.sha256(b"not the password").hexdigest()
    ask(
        host,
        "ACL SETUSER intruder on nopass ~* &* +@all",
        f"ACL SETUSER lwe-app resetpass #{other}",
        "CLIENT KILL TYPE normal",
    )


def _secret_not_mounted(host: Host) -> None:
    _recreate_without_secrets(host, NETWORK)


def _secret_stale_inode(host: Host) -> None:
    host.run(
        f"""set -eu
        cd {DIRECTORY}/secrets
        umask 077
        openssl rand -hex 24 >redis_password.txt.new
        hash=$(tr -d '\\n' <redis_password.txt.new | sha256sum | cut -d ' ' -f 1)
        sed "s/#[0-9a-f]*/#$hash/" redis_users.acl >redis_users.acl.new
        sed 's/.*/"&"/' redis_password.txt.new >redis_exporter_password.json.new
        for file in redis_password.txt redis_users.acl redis_exporter_password.json; do
            chown --reference=$file $file.new
            chmod --reference=$file $file.new
            mv $file.new $file
        done"""
    )


def _secret_wrong_owner(host: Host) -> None:
    file = f"{DIRECTORY}/secrets/redis_users.acl"
    host.run(f"chown root:root {file} && chmod 600 {file} && docker restart --time 30 {REDIS}")


def _redis_stopped(host: Host) -> None:
    host.run(f"docker stop --time 30 {REDIS}")


def _redis_removed(host: Host) -> None:
    host.run(f"docker stop --time 30 {REDIS} && docker rm {REDIS}")


def _api_stuck(host: Host) -> None:
    host.run(f"docker kill --signal USR1 {API}")


def _incident(host: Host) -> None:
    host.run(_create_test_network())
    _recreate_without_secrets(host, TEST_NETWORK)


def _create_test_network() -> str:
    return (
        f"{{ docker network inspect {TEST_NETWORK} >/dev/null 2>&1"
        f" || docker network create {TEST_NETWORK}; }}"
    )


def _recreate_without_secrets(host: Host, network: str) -> None:
    """Have Compose recreate Redis from a file that is gone afterwards."""
    file = (SOURCE / "faulty" / "no-secrets.yml").read_text()
    host.run(
        f"""set -eu
        directory=$(mktemp -d)
        trap 'rm -r "$directory"' EXIT
        printf %s {quote(file)} >"$directory/docker-compose.yml"
        export REDIS_IMAGE={quote(host.redis.name)} STACK_NETWORK={quote(network)}
        docker compose --project-name {PROJECT} --file "$directory/docker-compose.yml" \
            up --detach --timeout 30 redis"""
    )


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            "wrong-network",
            f"detaches Redis from the stack's network and attaches it to {TEST_NETWORK}",
            "API degraded; docker ps shows everything healthy",
            None,
            _wrong_network,
        ),
        Fault(
            "missing-alias",
            "re-attaches Redis as the report did it, by a plain docker network connect",
            "API degraded: Redis is on the right network, but the name redis leads nowhere",
            None,
            _missing_alias,
        ),
        Fault(
            "impostor-alias",
            f"starts {IMPOSTOR}, another project's open Redis, as redis on the stack's network",
            "API ok for now; of its next connections, half meet the wrong Redis",
            "its pool keeps the connection that it has, and does not ask for the name again",
            _impostor_alias,
        ),
        Fault(
            "acl-not-loaded",
            "gives the running Redis other rules than its ACL file: no lwe-app, default is open",
            "API degraded: its user is unknown; strangers are let in",
            None,
            _acl_not_loaded,
        ),
        Fault(
            "acl-tampered",
            "adds the user intruder to the running Redis and changes the password of lwe-app",
            "API degraded: its password is wrong; intruder is let in without one",
            None,
            _acl_tampered,
        ),
        Fault(
            "secret-not-mounted",
            "recreates Redis from another Compose file, without secrets and ACL",
            "API degraded: its user is unknown; strangers are let in; that file is gone",
            None,
            _secret_not_mounted,
        ),
        Fault(
            "secret-stale-inode",
            "rotates the password by renaming new files over the secrets",
            "API ok for now; whichever of Redis and API restarts first locks the API out",
            "both containers hold the old files' inodes, and so agree with each other",
            _secret_stale_inode,
        ),
        Fault(
            "secret-wrong-owner",
            "makes the ACL file readable for root alone, and restarts Redis",
            "API degraded: Redis can't read its ACL file, and restarts for ever",
            None,
            _secret_wrong_owner,
        ),
        Fault(
            "redis-stopped",
            "stops the Redis container",
            "API degraded; Docker leaves it stopped",
            None,
            _redis_stopped,
        ),
        Fault(
            "redis-removed",
            "stops and removes the Redis container; its volume stays",
            "API degraded; there is no container to start",
            None,
            _redis_removed,
        ),
        Fault(
            "api-stuck",
            "opens the API's circuit breaker, which only a restart closes",
            "API degraded, though Redis is well",
            None,
            _api_stuck,
        ),
        Fault(
            "incident",
            f"the report's three causes: no secrets, no ACL, and only on {TEST_NETWORK}",
            "API degraded; docker ps shows everything up",
            None,
            _incident,
        ),
    )
}
