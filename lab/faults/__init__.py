"""The catalogue of faults to rehearse, and what the recovery has to make of each.

Every fault acts as root inside one host, writes nothing outside it, and loses no key of Redis:
where a container goes, Redis is stopped first, and saves its data then.
"""

from __future__ import annotations

import time

from ..console import LabError, wait_until
from ..healing import heal, start_over
from ..hosts import Host
from . import (
    acl,
    checks,
    compose,
    data,
    engine,
    fields,
    images,
    networks,
    secrets,
    services,
    sidecars,
    startup,
    strangers,
    subnets,
)
from .model import ByStack, ByVersion, Fault, Outcome, Refused, Repaired, Unaffected
from .networks import IMPOSTOR, TEST_NETWORK
from .sets import in_order

__all__ = [
    "FAULTS",
    "IMPOSTOR",
    "TEST_NETWORK",
    "ByStack",
    "ByVersion",
    "Fault",
    "Outcome",
    "Refused",
    "Repaired",
    "Unaffected",
    "break_host",
    "heal",
    "start_over",
]

FAULTS = {
    fault.name: fault
    for module in (
        *(networks, subnets, sidecars, acl, secrets, services, data, compose, fields, images),
        *(engine, strangers, checks, startup),
    )
    for fault in module.FAULTS
}


def break_host(host: Host, *names: str) -> float:
    """Bring faults about, and see to it that the API shows what the catalogue says.

    Returns the seconds until the API was degraded, or until the faults were in place where the
    API does not notice.
    """
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        raise LabError(f"no fault {unknown[0]!r}; there are: {', '.join(FAULTS)}")
    start = time.monotonic()
    for fault in in_order([FAULTS[name] for name in names]):
        fault.function(host)
    if not all(FAULTS[name].why_not_on(host) for name in names):
        what = f"{', '.join(names)} to show in the API of {host.name}"
        wait_until(lambda: not host.is_healthy(), what, timeout=15)
    return time.monotonic() - start
