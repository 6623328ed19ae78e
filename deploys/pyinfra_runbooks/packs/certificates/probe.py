"""Which services are asked for their certificates. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.asked import Member
from ...engine.probe import Probe
from ...engine.projects import address, only
from . import seen
from .seen import Shown
from .settings import Certificate


def _ask(member: Member) -> Mapping[str, object] | None:
    """A container on the host's own network listens at the host's addresses."""
    one, component = only(member.containers), member.component
    if one is None or not one.running or not isinstance(component, Certificate):
        return None
    others = {container.id: container for container in member.asking.found.containers}
    at = "127.0.0.1" if one.network_mode == "host" else address(one, others)
    return {"address": at, "port": component.port, "names": component.names} if at else None


CERTIFICATES: Probe[Member, tuple[Shown, ...]] = Probe(
    "certificate", "ask_certificate.sh", seen.parse, _ask
)
"""What it shows under each of its names."""
