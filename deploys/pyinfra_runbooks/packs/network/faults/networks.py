"""Faults of networks: who is on which, under which name and address."""

from __future__ import annotations

from lab.console import wait_until
from lab.faults.common import LEAVE, TEST_NETWORK, create_test_network, kill_clients, wrong_network
from lab.faults.model import PROCESS, Fault, Refused, Repaired, Unaffected, touching
from lab.hosts import API, NETWORK, REDIS, Host

from .subnets import ADDRESS, with_address

OTHER_REDIS = "shop-redis-1"
SQUATTER = "shop-squatter-1"


def _wrong_network_shared(host: Host) -> None:
    was_healthy = host.is_healthy()  # In a set, something else may keep it from that.
    host.run(
        f"{create_test_network()} && docker network connect {TEST_NETWORK} {API} && {LEAVE}"
        f" && docker network connect --alias redis {TEST_NETWORK} {REDIS}"
    )
    if was_healthy:
        wait_until(host.is_healthy, f"the API of {host.name} to find its Redis there", timeout=15)


def _extra_network(host: Host) -> None:
    join = f"docker network connect --alias redis {TEST_NETWORK} {REDIS}"
    host.run(f"{create_test_network()} && {join}")


def _missing_alias(host: Host) -> None:
    host.run(f"{LEAVE} && docker network connect {NETWORK} {REDIS}")
    # Redis may have got its old address back, and the API its connection. Redis' idle time-out
    # would end that, too, but only after five minutes.
    kill_clients(host)


def _alias_conflict(host: Host) -> None:
    """Of the image that runs, whatever its tag means now."""
    host.run(
        f"docker run --detach --name {OTHER_REDIS} --network {NETWORK} --network-alias redis"
        " --label com.docker.compose.project=shop --label com.docker.compose.service=redis"
        f" $(docker inspect --format '{{{{.Image}}}}' {REDIS}) {host.stack.server}"
    )


def _network_removed(host: Host) -> None:
    host.run(
        f"""set -eu
        tries=20
        until docker network rm {NETWORK}; do
            tries=$((tries - 1))
            [ "$tries" -gt 0 ]
            for id in $(docker ps --all --quiet --filter network={NETWORK}); do
                # One in a restart loop is listed, and is on it only now and then.
                docker network disconnect --force {NETWORK} "$id" || :
            done
        done"""
    )


def _address_taken(host: Host) -> None:
    """A stack whose Redis has an address of its own, which another container took."""
    with_address(host)
    host.run(
        f"{LEAVE} && docker run --detach --name {SQUATTER} --network {NETWORK} --ip {ADDRESS}"
        f" --entrypoint sleep {host.redis.name} infinity"
    )
    wait_until(lambda: host.health() is not None, "the API to answer", timeout=30)


def _stale_dns(host: Host) -> None:
    """An address that Redis once had: nobody answers there."""
    gateway = "{{(index .IPAM.Config 0).Gateway}}"
    host.run(
        f"""set -eu
        gateway=$(docker network inspect --format '{gateway}' {NETWORK})
        docker exec -u 0 {API} sh -c "echo ${{gateway%.*}}.250 redis >>/etc/hosts\""""
    )
    kill_clients(host)


FAULTS = (
    Fault(
        "wrong-network",
        f"detaches Redis from the stack's network and attaches it to {TEST_NETWORK}",
        "API degraded; docker ps shows everything healthy",
        None,
        wrong_network,
        Repaired("none"),
        touching("redis-networks"),
        stage=2,
    ),
    Fault(
        "wrong-network-shared",
        f"moves Redis to {TEST_NETWORK} under its name, and attaches the API there, too",
        "API ok, by a network that Compose does not know; other clients find no Redis",
        "it meets Redis on the other network",
        _wrong_network_shared,
        Repaired("none"),
        touching("redis-networks", "api"),
        stage=2,
    ),
    Fault(
        "extra-network",
        f"attaches Redis to {TEST_NETWORK}, too, under the same name",
        "API ok; Redis can be reached from where it should not",
        "Redis is where it belongs, as well",
        _extra_network,
        Unaffected(),
        touching("redis-networks"),
        stage=2,
    ),
    Fault(
        "missing-alias",
        "re-attaches Redis as the report did it, by a plain docker network connect",
        "API degraded: Redis is on the right network, but the name redis leads nowhere",
        None,
        _missing_alias,
        Repaired("reconnect"),
        touching("redis-networks"),
        stage=2,
        causes=frozenset({"missing-alias"}),
    ),
    Fault(
        "alias-conflict",
        f"starts {OTHER_REDIS}, another project's open Redis, as redis on the stack's network",
        "API ok for now; of its next connections, half meet the wrong Redis",
        "its pool keeps the connection that it has, and does not ask for the name again",
        _alias_conflict,
        Refused("it is not this stack's container"),
        touching("stranger"),
        stage=2,
    ),
    Fault(
        "network-removed",
        "takes all containers off the stack's network, and removes it",
        "nothing answers: no service finds another one",
        None,
        _network_removed,
        Repaired("none"),
        touching("redis-networks", "network", "stranger"),
        stage=2,
    ),
    Fault(
        "address-taken",
        f"gives Redis the address {ADDRESS} in Compose; then {SQUATTER} takes it",
        "API degraded: Redis is on no network, and can't come back",
        None,
        _address_taken,
        Refused("is already in use by"),
        touching(
            *PROCESS, "network", "redis-networks", "compose-file", "redis-container", "stranger"
        ),
        stage=0,
    ),
    Fault(
        "stale-dns",
        "has the API look up redis at an address that it had once",
        "API degraded: nobody answers there",
        None,
        _stale_dns,
        Repaired("restart"),
        touching("api"),
        stage=2,
    ),
)
