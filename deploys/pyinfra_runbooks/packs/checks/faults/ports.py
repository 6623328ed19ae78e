"""Faults of services that neither Redis nor its clients are, and of their ports."""

from __future__ import annotations

from lab.faults.common import on_the_host
from lab.faults.model import Fault, Refused, Unaffected, touching
from lab.hosts import NETWORK, PROJECT, Host
from lab.versions import PYTHON

CADDY = f"{PROJECT}-caddy-1"
DOOR = "shop-door-1"

_LABEL = "com.docker.compose"


def _port_taken(host: Host) -> None:
    host.run(
        f"docker stop {CADDY} && docker run --detach --name {DOOR} --publish 443:443"
        f" --entrypoint sleep {host.redis.name} infinity"
    )


FAULTS = (
    Fault(
        "caddy-down",
        "stops Caddy",
        "nothing answers from outside; API and Redis are healthy",
        None,
        on_the_host(f"docker stop {CADDY}"),
        Refused("caddy: is not running"),
        touching("caddy"),
        stage=3,
        causes=frozenset({"not-running"}),
    ),
    Fault(
        "port-taken",
        f"stops Caddy, and has {DOOR}, another project's container, take its port",
        "nothing answers from outside, and Caddy can't be started",
        None,
        _port_taken,
        Refused("caddy: is not running"),
        touching("caddy", "stranger"),
        stage=3,
        causes=frozenset({"not-running"}),
    ),
    Fault(
        "nothing-exposed",
        "starts another service of the project, whose image exposes no port",
        "nothing: a service need not listen",
        "it has nothing to do with it",
        lambda host: host.run(
            f"docker run --detach --name {PROJECT}-worker-1 --network {NETWORK}"
            f" --label {_LABEL}.project={PROJECT} --label {_LABEL}.service=worker"
            f" {PYTHON.name} sleep infinity"
        ),
        Unaffected(),
        touching("stranger"),
        stage=2,
    ),
)
