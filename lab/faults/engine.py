"""Faults of the Docker Engine itself."""

from __future__ import annotations

from ..aside import FLUSHED
from ..console import wait_until
from ..hosts import Host
from ..undoing import restart_engine
from .model import PROCESS, Fault, Unaffected, touching


def _restarted(host: Host) -> None:
    restart_engine(host)
    wait_until(host.is_healthy, f"the stack of {host.name} to come back by itself", timeout=60)


def _flushed(host: Host) -> None:
    host.run(
        f"mkdir -p {FLUSHED.rpartition('/')[0]} && touch {FLUSHED}"
        " && iptables -P FORWARD ACCEPT && iptables -F && iptables -t nat -F"
    )


FAULTS = (
    Fault(
        "engine-restarted",
        "restarts the Docker daemon, and every container with it",
        "an outage of seconds; everything comes back by itself",
        "it is waited for",
        _restarted,
        Unaffected(),
        touching(*PROCESS, "engine", "api"),
    ),
    Fault(
        "iptables-flushed",
        "lets everything through and flushes all rules of iptables, Docker's among them",
        "API ok; containers reach nothing outside, and are not kept apart any more",
        "on a network containers find each other without, and docker-proxy serves the ports",
        _flushed,
        Unaffected(),
        touching("engine", "network"),
        stage=2,
    ),
)
