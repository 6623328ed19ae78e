"""Faults of networks that were made again: with another id, or otherwise than Compose declares."""

from __future__ import annotations

from lab.aside import OTHER_SUBNET, SUBNET
from lab.console import wait_until
from lab.faults.model import PROCESS, Fault, Refused, Repaired, touching
from lab.hosts import API, DIRECTORY, NETWORK, PROJECT, SERVICES, Host
from lab.project import compose

ADDRESS = "10.88.0.66"  # in SUBNET: what Redis is given where it has one of its own

_KEY = NETWORK.removeprefix(f"{PROJECT}_")  # as the compose file calls it


def _edited(host: Host, awk: str) -> None:
    host.run(
        f"""set -eu
        cd {DIRECTORY}
        awk '{awk}' docker-compose.yml >docker-compose.yml.new
        cat docker-compose.yml.new >docker-compose.yml
        rm docker-compose.yml.new"""
    )


def with_address(host: Host) -> None:
    """The stack, with a subnet of its own, in which Redis has an address of its own."""
    _edited(
        host,
        f"""
        /^  [a-z]/ {{ service = $1 }}
        service == "redis:" && /- {_KEY}/ {{
            print "      {_KEY}: {{ipv4_address: {ADDRESS}}}"
            next
        }}
        {{ print }}
        /^  {_KEY}:/ {{ print "    ipam: {{config: [{{subnet: {SUBNET}}}]}}" }}""",
    )
    compose(host, "stop --timeout 30 redis && docker compose down --timeout 3")
    compose(host, f"up --detach {' '.join(SERVICES)}")


def _made_otherwise(host: Host) -> None:
    """By hand, with another subnet, after everything was taken off it; and nothing is on it."""
    with_address(host)
    host.run(
        f"""set -eu
        for id in $(docker ps --all --quiet --filter network={NETWORK}); do
            docker network disconnect --force {NETWORK} "$id"
        done
        docker network rm {NETWORK}
        docker network create --subnet {OTHER_SUBNET} {NETWORK}"""
    )


def _made_otherwise_and_used(host: Host) -> None:
    """The API was attached to it by hand; Redis can't be: its address is of another subnet."""
    _made_otherwise(host)
    host.run(f"docker network connect --alias api {NETWORK} {API}")


def _external_made_again(host: Host) -> None:
    """A stack on a network that Compose calls external: its containers know it by its id.

    What Caddy writes is in volumes, so that it can be made again without a loss.
    """
    create = f"docker network create --subnet {SUBNET} {NETWORK}"
    compose(host, "stop --timeout 30 redis && docker compose down --timeout 3")
    _edited(
        host,
        f"""
        {{ print }}
        /:\\/certs:ro/ {{ print "      - /data"; print "      - /config" }}
        /^  {_KEY}:/ {{ print "    name: {NETWORK}"; print "    external: true" }}""",
    )
    host.run(create)
    compose(host, f"up --detach {' '.join(SERVICES)}")
    wait_until(host.is_healthy, f"the API of {host.name}", timeout=30)
    compose(host, f"stop --timeout 30 && docker network rm {NETWORK} && {create}")
    compose(host, "start || :")


_TOUCHED = touching(
    *PROCESS, "network", "redis-networks", "compose-file", "redis-container", "api", "stranger"
)

FAULTS = (
    Fault(
        "network-made-again",
        "removes an external network, and makes another one of the same name",
        "nothing starts: the containers know the network by its id",
        None,
        _external_made_again,
        Repaired("recreate"),
        _TOUCHED | touching("caddy"),
        stage=0,
    ),
    Fault(
        "network-differs",
        f"makes the network again by hand, with {OTHER_SUBNET}, and attaches nothing to it",
        "nothing answers; Redis, which has an address of its own, could not be attached",
        None,
        _made_otherwise,
        Repaired("none"),
        _TOUCHED,
        stage=0,
    ),
    Fault(
        "network-differs-in-use",
        f"makes the network again by hand, with {OTHER_SUBNET}, and attaches the API to it",
        "API degraded: Redis can't be attached, since its address is of another subnet",
        None,
        _made_otherwise_and_used,
        Refused("a network can only be replaced", besides=True),
        _TOUCHED,
        stage=0,
    ),
)
