"""Faults of images: what a new container would be made from."""

from __future__ import annotations

from lab.aside import CHANGED, IMAGES
from lab.faults.model import Fault, Unaffected, touching
from lab.hosts import Host


def _aside(host: Host) -> str:
    """Keep the image under another name until the host is healed."""
    return f"docker tag {host.redis.name} {IMAGES}/{host.redis.name}"


def _untagged(host: Host) -> None:
    host.run(f"{_aside(host)} && docker rmi {host.redis.name}")


def _changed(host: Host) -> None:
    """The very same server: another one might write what this one can't read."""
    recipe = f"printf 'FROM {host.redis.name}\nLABEL {CHANGED}=yes\n'"
    build = f"DOCKER_BUILDKIT=0 docker build --quiet --tag {host.redis.name} -"
    host.run(f"{_aside(host)} && {recipe} | {build}")


FAULTS = (
    Fault(
        "image-untagged",
        "takes its name from the image that Redis runs on",
        "API ok; Compose could not make another container",
        "the container keeps the image",
        _untagged,
        Unaffected(),
        touching("image"),
        stage=2,
    ),
    Fault(
        "image-changed",
        "gives the name of Redis' image to another image",
        "API ok; a new container would be made from another image",
        "the container keeps the image",
        _changed,
        Unaffected(),
        touching("image"),
        stage=2,
    ),
)
