"""Real hosts on this machine, each with the stack of the incident, and the faults to rehearse.

    python -m lab up

`HOSTS` and `Host` are in `lab.hosts`, `FAULTS` and `break_host` in
`lab.faults.catalogue`, `heal` in `lab.healing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from . import build, engine, healing, keys
from .hosts import HOSTS, Host
from .paths import alone

__all__ = ["down", "up"]


def up(hosts: Sequence[Host] = HOSTS) -> None:
    """Bring hosts up: engine, images, hosts, stacks; start and repair only what is missing.

    + hosts: these and no others (default: the two that the lab consists of)
    """
    with alone():
        engine.ensure()
        build.make_images(image for host in hosts for image in (host.image, *host.loads))
        keys.ensure()
        with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
            list(pool.map(_up, hosts))
        build.compose_of(hosts[0])


def down(everything: bool = False) -> None:
    """Remove the hosts, and stop the engine if the lab started it.

    + everything: remove the cached images and the hosts' volumes, too
    """
    with alone():
        build.remove(everything)
        engine.stop()


def _up(host: Host) -> None:
    build.make_host(host)
    healing.heal(host)
