"""Whether a service runs the image that is declared for it now. A recovery never makes it so."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Part
from ..look import Look
from ..settings import Stack
from . import network
from .exact import drift


def findings(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """Tags that moved on since a container was made, and other names; merely to be known."""
    parts = {stack.redis.service: Part.REDIS, stack.api.service: Part.API}
    for container in network.judged(look, stack):
        if any(difference.field == "image" for difference in drift(look, stack, container)):
            yield Finding(
                parts.get(container.service, Part.HEALTH),
                "image-declared",
                container.service,
                f"runs {container.image_name}, and Compose declares"
                f" {look.declared.services[container.service].image}",
                f"{container.name} runs {container.image[:19]}; a repair keeps it",
                None,
            )
        if container.id in look.moved_tags:
            yield Finding(
                parts.get(container.service, Part.HEALTH),
                "image-moved",
                container.service,
                f"runs another image than {container.image_name} now names",
                f"{container.name} runs {container.image[:19]}; a repair keeps it",
                None,
            )
