"""Networks, as a pack."""

from __future__ import annotations

from ...engine.pack import Pack, Sent
from ...engine.parts import Part
from ...engine.rules import namespaces
from . import scripts
from .rules import declared_networks as _its_kind  # noqa: F401
from .rules import network, reach
from .rules.attachments import Attach
from .rules.networks import CreateNetwork
from .rules.strangers import Detach

PACK = Pack(
    name="network",
    part=Part.NETWORK,
    rules=(network.findings, namespaces.findings, reach.findings),
    does={
        CreateNetwork: lambda step, look, stack, _: Sent(scripts.create(stack, look, step.task)),
        Attach: lambda step, look, stack, _: Sent(scripts.attach(stack, look, step.task)),
        Detach: lambda step, look, stack, _: Sent(scripts.detach(stack, look, step.task)),
        namespaces.Revive: lambda step, look, stack, _: Sent(
            scripts.revive(stack, look, step.task)
        ),
    },
)
