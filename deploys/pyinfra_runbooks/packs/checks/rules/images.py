"""Whether a service runs the image that is declared for it now. A recovery never makes it so."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....engine.look import Look
from ....engine.parts import Part
from ....engine.rules import places
from ....engine.rules.exact import drift
from ....settings import Stack

IMAGE_DECLARED = kind(
    "image-declared",
    title="A service runs another image than Compose declares",
    part=Part.HEALTH,
    means="The next `up` changes its image; a recovery never does.",
    known="The container's image, against the one in the compose file.",
    repair="Nothing: an upgrade is a person's decision.",
    breaks_health=False,
)
IMAGE_MOVED = kind(
    "image-moved",
    title="The tag of a service's image now points to a different image",
    part=Part.HEALTH,
    means="The next `up` changes its image; a recovery never does.",
    known="The container's image id, against the one that the tag has on the host.",
    repair="Nothing: an upgrade is a person's decision.",
    breaks_health=False,
)


def findings(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """Tags that moved on since a container was made, and other names; merely to be known."""
    parts = dict.fromkeys((redis.service for redis in stack.servers), Part.REDIS)
    parts |= dict.fromkeys((client.service for client in stack.clients), Part.API)
    for container in places.managed_containers(look, stack):
        part = parts.get(container.service, Part.HEALTH)
        if any(difference.field == "image" for difference in drift(look, stack, container)):
            yield IMAGE_DECLARED.found(
                container.service,
                f"runs {container.image_name}, and Compose declares"
                f" {look.declared.services[container.service].image}",
                f"{container.name} runs {container.image[:19]}; a repair keeps it",
                part=part,
            )
        if container.id in look.moved_tags:
            yield IMAGE_MOVED.found(
                container.service,
                f"runs another image than the one that {container.image_name} now points to",
                f"{container.name} runs {container.image[:19]}; a repair keeps it",
                part=part,
            )
