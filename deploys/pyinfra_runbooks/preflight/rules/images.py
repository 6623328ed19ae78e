"""Whether the images are there, and made for this host."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ...core.unknown import Unknown
from ..obstacles import Checked, Obstacle, Weight, counted, listed
from ..seen import Engine, Found, Image


def judge(found: Found) -> Checked:
    """What `docker compose up` would start from."""
    services: dict[str, list[str]] = {}
    for service in found.declared.services:
        services.setdefault(found.image_name(service), []).append(service)
    obstacles, unseen, notes, there = [], [], [], 0
    for name, users in sorted(services.items()):
        image = found.image(users[0])
        if isinstance(image, Unknown):
            unseen.append(f"image {name} of {listed(users)}: {image.reason}")
        elif image is None and all(found.declared.services[user].built for user in users):
            notes.append(f"{name} is not there: `up` builds it for {listed(users)}")
        elif image is None:
            obstacles.append(_missing(found, name, users))
        else:
            there += 1
            obstacles += list(_another_platform(found, name, image, users))
        if fetched := [u for u in users if _is_fetched(found, u)]:
            notes.append(
                f"{name} is fetched at each `up` ({listed(fetched)}: pull_policy):"
                " it may be another image than the one that was looked at"
            )
    fine = (f"{counted(there, 'image')} there",) if there and there == len(services) else ()
    return Checked(tuple(obstacles), tuple(unseen), tuple(notes), fine)


def _is_fetched(found: Found, service: str) -> bool:
    policy = found.declared.services[service].pull_policy
    return policy == "always" or policy.startswith(("every_", "daily", "weekly", "refresh"))


def _missing(found: Found, name: str, users: list[str]) -> Obstacle:
    never = [u for u in users if found.declared.services[u].pull_policy == "never"]
    seen = f"docker image inspect {name}: no such image"
    if never:
        return Obstacle(
            Weight.STOPS,
            "image-missing",
            listed(never),
            f"has no image {name} on this host, and must not fetch it",
            f"{seen}; pull_policy is never",
            f"docker load, or: docker pull {shlex.quote(name)}",
        )
    return Obstacle(
        Weight.LATER,
        "image-missing",
        listed(users),
        f"has no image {name} on this host: `up` would fetch it then, if a registry has it",
        f"{seen}; no registry was asked",
        f"docker compose pull {shlex.join(sorted(users))}",
    )


def _another_platform(
    found: Found, name: str, image: Image, users: list[str]
) -> Iterator[Obstacle]:
    made = f"{image.os}/{image.architecture}"
    for user in users:
        declared = found.declared.services[user].platform
        if declared and declared.split("/")[:2] != made.split("/"):
            yield Obstacle(
                Weight.STOPS,
                "image-platform",
                user,
                f"has an image {name} for another platform than declared",
                f"the image is for {made}, platform says {declared}",
                f"docker pull --platform {shlex.quote(declared)} {shlex.quote(name)}",
            )
        elif not declared and _foreign(found.engine, image):
            assert isinstance(found.engine, Engine)  # noqa: S101 - or it would not be foreign
            host = f"{found.engine.os}/{found.engine.architecture}"
            yield Obstacle(
                Weight.STOPS,
                "image-platform",
                user,
                f"has an image {name} that is not made for this host",
                f"the image is for {made}, the host is {host}",
                f"docker pull --platform {host} {shlex.quote(name)};"
                " or declare platform, where it is to be emulated",
            )


def _foreign(engine: Engine | Unknown, image: Image) -> bool:
    if isinstance(engine, Unknown) or not engine.architecture or not image.architecture:
        return False
    # A 64-bit host runs its own 32-bit programs.
    kin = {"amd64": {"amd64", "386"}, "arm64": {"arm64", "arm"}}
    return image.architecture not in kin.get(engine.architecture, {engine.architecture})
