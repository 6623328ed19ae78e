"""Real hosts on this machine, each with the stack of the incident, and the faults to rehearse.

    python -m lab up

`HOSTS` and `Host` are in `lab.hosts`, `FAULTS`, `break_host` and `heal` in `lab.faults`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from . import build, engine, healing, keys, machines
from .hosts import HOSTS, Host
from .paths import alone

__all__ = ["down", "up"]


def up() -> None:
    """Bring the lab up: engine, images, hosts, stacks; start and repair only what is missing."""
    with alone():
        engine.ensure()
        build.ensure()
        keys.ensure()
        with ThreadPoolExecutor(max_workers=len(HOSTS)) as pool:
            list(pool.map(_up, HOSTS))


def down(everything: bool = False) -> None:
    """Remove the hosts, and stop the engine if the lab started it.

    + everything: remove the cached images and the hosts' volumes, too
    """
    with alone():
        machines.remove()
        if everything:
            machines.remove_volumes()
            build.remove()
        engine.stop()


def _up(host: Host) -> None:
    machines.ensure(host)
    machines.load_images(host)
    healing.heal(host)
