"""What is asked of Redis' data where no container tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...engine.asked import Asking, Member
from ...engine.probe import Probe
from ...engine.projects import fleeting, only
from ...settings import Redis


def _lines(lines: Sequence[str]) -> frozenset[str]:
    return frozenset(filter(None, lines))


def _list_volumes(asking: Asking) -> Mapping[str, object] | None:
    """Where a Redis has a container, that tells of its volume."""
    gone = [redis for redis in asking.stack.servers if not asking.project.of(redis.service)]
    return {} if gone else None


def _kept(lines: Sequence[str]) -> str:
    return " ".join(filter(None, lines))


def _list_kept(member: Member) -> Mapping[str, object] | None:
    """Of a Redis that does not run, and has its data in its container."""
    one, redis = only(member.containers), member.component
    if one is None or not isinstance(redis, Redis):
        return None
    stopped = one.status in ("created", "exited", "dead")
    return {"id": one.id} if stopped and fleeting(one, redis.directory) else None


VOLUMES: Probe[Asking, frozenset[str]] = Probe("volume", "ask_volumes.sh", _lines, _list_volumes)
"""The names of Docker's volumes; it is not asked where each Redis has a container, which tells."""

KEPT: Probe[Member, str] = Probe("kept", "ask_kept.sh", _kept, _list_kept)
"""Of a Redis that is stopped, where what it has on disk goes with its container: a file of that;
empty: there is none."""
