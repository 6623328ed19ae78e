"""What may be with a service's mounts, the same for every service that mounts single files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from looks import inside, inside_web, with_container

from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.look import Look

ACL, KEY, CONF = "/srv/shop/keys/cache.acl", "/srv/shop/keys/cache.txt", "/srv/shop/cache.conf"
ACL_INSIDE, KEY_INSIDE = "/run/secrets/cache_acl", "/run/secrets/cache_password"
CONF_INSIDE = "/etc/cache.conf"


def unmounted(look: Look, service: str, target: str = KEY_INSIDE) -> Look:
    """The service's container lacks a mount."""
    (container,) = look.members(service)
    mounts = tuple(mount for mount in container.mounts if mount.target != target)
    return with_container(look, service, mounts=mounts)


def mounted_from(look: Look, service: str, target: str, source: str) -> Look:
    """It has a mount, from there and from nowhere else."""
    other = unmounted(look, service, target)
    (container,) = other.members(service)
    mounts = (*container.mounts, Mount("bind", source, target))
    return with_container(other, service, mounts=mounts)


def seen(look: Look, service: str, **changes: Any) -> Look:
    """The service sees something else of its password's file than the host does."""
    return {"cache": inside, "web": inside_web}[service](look, KEY_INSIDE, **changes)


Change = Callable[[Look, str], Look]
NOT_MOUNTED: Mapping[str, Change] = {
    "without a secret": unmounted,
    "with a secret from elsewhere": lambda look, service: mounted_from(
        look, service, KEY_INSIDE, "/srv/shop/keys/old.txt"
    ),
}
STALE: Mapping[str, Change] = {
    "with an older secret": lambda look, service: seen(look, service, inode=99, sha256="0" * 64),
}
FINE: Mapping[str, Change] = {
    "a file of the same content that was replaced": lambda look, service: seen(
        look, service, inode=99
    ),
    "a mount more than declared": lambda look, service: mounted_from(
        look, service, "/backup", "/srv/backup"
    ),
}


def of(service: str, changes: Mapping[str, Change]) -> dict[str, Callable[[Look], Look]]:
    """Such changes to one service."""
    return {name: _of(service, change) for name, change in changes.items()}


def _of(service: str, change: Change) -> Callable[[Look], Look]:
    return lambda look: change(look, service)
