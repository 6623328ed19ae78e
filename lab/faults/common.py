"""What faults of several subjects do alike: no pack's faults know another pack's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from shlex import quote

from ..console import LabError
from ..hosts import DIRECTORY, NETWORK, PROJECT, REDIS, Host
from ..keyspace import ask_anyhow
from ..paths import SOURCE

TEST_NETWORK = "ai_workflow_test"
NOT_LOADED = ("ACL SETUSER default on nopass ~* &* +@all", "ACL DELUSER lwe-app")
LEAVE = f"docker network disconnect {NETWORK} {REDIS}"


def on_the_host(script: str) -> Callable[[Host], object]:
    """A fault that is a script, as root."""
    return lambda host: host.run(script)


def recreate_without_secrets(
    host: Host, network: str = NETWORK, command: str | None = None
) -> None:
    """Have Compose recreate Redis from a file that is gone afterwards."""
    file = (SOURCE / "faulty" / "no-secrets.yml").read_text()
    host.run(
        f"""set -eu
        directory=$(mktemp -d)
        trap 'rm -r "$directory"' EXIT
        printf %s {quote(file)} >"$directory/docker-compose.yml"
        export REDIS_IMAGE={quote(host.redis.name)} STACK_NETWORK={quote(network)}
        export REDIS_COMMAND={quote(command or host.stack.server)}
        export REDIS_VOLUME={host.volume} REDIS_DATA={host.stack.data}
        docker compose --project-name {PROJECT} --file "$directory/docker-compose.yml" \
            up --detach --timeout 30 redis"""
    )


def add_service(host: Host, service: str, api: str = "") -> None:
    """Write another service into the compose file, and more members of the API."""
    host.run(
        f"""set -eu
        cd {DIRECTORY}
        service={quote(service)} api={quote(api)} awk '
            /^networks:/ {{ printf "%s", ENVIRON["service"] }}
            {{ print }}
            /^  api:/ {{ printf "%s", ENVIRON["api"] }}' docker-compose.yml >docker-compose.yml.new
        cat docker-compose.yml.new >docker-compose.yml
        rm docker-compose.yml.new"""
    )


def create_test_network() -> str:
    """A command that creates the network on which Redis does not belong, if it is not there."""
    return (
        f"{{ docker network inspect {TEST_NETWORK} >/dev/null 2>&1"
        f" || docker network create {TEST_NETWORK}; }}"
    )


def wrong_network(host: Host) -> None:
    """Redis on another network than its clients."""
    join = f"docker network connect {TEST_NETWORK} {REDIS}"
    host.run(f"{create_test_network()} && {LEAVE} && {join}")


def kill_clients(host: Host) -> None:
    """End all clients' connections; a Redis that can't be asked has none."""
    with suppress(LabError):
        ask_anyhow(host, "CLIENT KILL TYPE normal")
