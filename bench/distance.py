"""Distance: a link between this machine and a host on which everything takes its time.

The link is a pair of TUN devices, one here and one in the host's network, and a process that
carries packets between them, each 50 ms later. So connections over it are the kernel's own TCP,
with its handshakes and slow start, and need no netem, which not every kernel has. The usual ways
to the host stay as they are. The devices vanish with the process that holds them.
"""

from __future__ import annotations

import ctypes
import fcntl
import multiprocessing
import os
import select
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from lab import engine, system
from lab.console import LabError
from lab.hosts import Host

DELAY = 0.05  # seconds, each way
_TUNSETIFF = 0x400454CA
_TUN_WITHOUT_HEADER = 0x1001
_CLONE_NEWNET = 0x40000000
_LARGEST = 2048  # a packet; the devices' MTU is 1500


@contextmanager
def far(hosts: Sequence[Host]) -> Iterator[dict[str, str]]:
    """Yield the far addresses of hosts, by their names; they are gone after the block."""
    with ExitStack() as stack:
        yield {
            host.name: stack.enter_context(_link(host, number)) for number, host in enumerate(hosts)
        }


@contextmanager
def _link(host: Host, number: int) -> Iterator[str]:
    system.require({"ip": "iproute2"}, "to make a link with a delay")
    device = f"bench{number}"
    # 198.18.0.0/15 is set aside for benchmarks: no route of anybody's leads there.
    here, there = f"198.18.{number}.1", f"198.18.{number}.2"
    with ExitStack() as stack:
        near, away = _open(device), _open_inside(host, device)
        stack.callback(os.close, near)
        stack.callback(os.close, away)
        _run(f"ip addr add {here}/30 dev {device} && ip link set {device} up")
        host.run(f"ip addr add {there}/30 dev {device} && ip link set {device} up")
        carrier = multiprocessing.get_context("fork").Process(
            target=_carry, args=(near, away, os.getpid()), daemon=True
        )
        carrier.start()
        stack.callback(carrier.join)
        stack.callback(carrier.terminate)
        yield there


def _open(device: str) -> int:
    try:
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(
            descriptor, _TUNSETIFF, struct.pack("16sH", device.encode(), _TUN_WITHOUT_HEADER)
        )
    except OSError as error:
        raise LabError(f"no link with a delay can be made here: {error}; be root") from error
    return descriptor


def _open_inside(host: Host, device: str) -> int:
    """Open a device in the host's network: a thread goes there, and ends there."""
    pid = engine.client().api.inspect_container(host.container)["State"]["Pid"]
    opened: list[int] = []
    failed: list[LabError] = []

    def enter() -> None:
        with open(f"/proc/{pid}/ns/net") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
                why = os.strerror(ctypes.get_errno())
                failed.append(LabError(f"the network of {host.name} can't be entered: {why}"))
                return
        try:
            opened.append(_open(device))
        except LabError as error:
            failed.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return opened[0]


def _run(script: str) -> None:
    if os.system(script) != 0:  # noqa: S605 - names and addresses from above
        raise LabError(f"this failed: {script}")


def _carry(near: int, away: int, parent: int) -> None:
    """Carry packets both ways until the parent ends."""
    other = {near: away, away: near}
    waiting: dict[int, deque[tuple[float, bytes]]] = {near: deque(), away: deque()}
    with suppress(KeyboardInterrupt):
        while os.getppid() == parent:
            pause = min((_deliver(device, queue) for device, queue in waiting.items()))
            ready, _, _ = select.select([near, away], [], [], pause)
            for device in ready:
                _take(device, waiting[other[device]])


def _deliver(device: int, queue: deque[tuple[float, bytes]]) -> float:
    """Hand over what has been under way long enough; return how long the next one takes."""
    while queue:
        left = queue[0][0] - time.monotonic()
        if left > 0:
            return left
        with suppress(BlockingIOError):  # a full queue drops, as a router's does
            os.write(device, queue.popleft()[1])
    return 1.0


def _take(device: int, queue: deque[tuple[float, bytes]]) -> None:
    with suppress(BlockingIOError):
        while True:
            queue.append((time.monotonic() + DELAY, os.read(device, _LARGEST)))
