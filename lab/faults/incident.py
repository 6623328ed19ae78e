"""The incident of the report: causes of several packs at once."""

from __future__ import annotations

from ..hosts import Host
from .common import TEST_NETWORK, create_test_network, recreate_without_secrets
from .model import PROCESS, Fault, Repaired, touching


def _incident(host: Host) -> None:
    host.run(create_test_network())
    recreate_without_secrets(host, TEST_NETWORK)


FAULTS = (
    Fault(
        "incident",
        f"the report's three causes: no secrets, no ACL, and only on {TEST_NETWORK}",
        "API degraded; docker ps shows everything up",
        None,
        _incident,
        Repaired("recreate"),
        touching(*PROCESS, "redis-container", "redis-networks", "redis-conf"),
        stage=0,
    ),
)
