"""Faults of what lies between a client and its server, and of the file that says who meets whom.

What is done in a container's network is gone once the container starts again, or undone by `UNDO`.
"""

from __future__ import annotations

from lab.faults.common import kill_clients
from lab.faults.model import PROCESS, Fault, Refused, Repaired, touching
from lab.hosts import API, DIRECTORY, REDIS, Host


def _inside(container: str, command: str) -> str:
    """A command of the host's, in the network of a container."""
    return f"nsenter -t $(docker inspect -f '{{{{.State.Pid}}}}' {container}) -n {command}"


_RULE = "INPUT -p tcp --dport 6379 ! -i lo -j DROP"

UNDO = f"while {_inside(REDIS, f'iptables -D {_RULE}')} 2>/dev/null; do :; done"
"""What heals a host of all of these, as root, beside what is healed anyhow."""


def _resolver_dead(host: Host) -> None:
    host.run(_inside(API, "iptables -t nat -F"))
    kill_clients(host)


def _kept_apart(host: Host) -> None:
    """As after a deployment of a file that puts Redis on another network."""
    host.run(
        f"""set -eu
        cd {DIRECTORY}
        awk '
            /^  [a-z-]+:$/ {{ service = $1 }}
            service == "redis:" && sub(/- ai_workflow_engine_net$/, "- apart") {{ service = "" }}
            {{ print }}
            /^networks:$/ {{ print "  apart:" }}' docker-compose.yml >docker-compose.yml.new
        cat docker-compose.yml.new >docker-compose.yml
        rm docker-compose.yml.new
        docker compose up --detach --no-deps --timeout 30 redis"""
    )


FAULTS = (
    Fault(
        "packets-dropped",
        "has the network of Redis drop all packets to its port, but for its own",
        "API degraded; every container runs, on its network, under its names",
        None,
        lambda host: host.run(_inside(REDIS, f"iptables -A {_RULE}")),
        Refused("packets are dropped on the way"),
        touching("redis-networks", *PROCESS),
        stage=2,
        causes=frozenset({"packets-dropped"}),
    ),
    Fault(
        "resolver-dead",
        "takes Docker's own rules out of the network of the API, so that it finds no name",
        "API degraded: no name leads anywhere, though all are as they should be",
        None,
        _resolver_dead,
        Repaired("restart"),
        touching("api"),
        stage=2,
    ),
    Fault(
        "kept-apart",
        "puts Redis on another network in the compose file, and brings it up from that",
        "API degraded; every container is where the file puts it",
        None,
        _kept_apart,
        Refused("shares no network with redis, as the compose file declares it"),
        touching("compose-file", "network", "redis-networks", "redis-container", *PROCESS),
        stage=0,
        causes=frozenset({"no-shared-network"}),
    ),
)
