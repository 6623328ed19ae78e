"""Which Redis refuses a container's login, as the container's own log says. Pure.

Redis itself says so only to who may read its `ACL LOG`.
"""

from __future__ import annotations

from ...settings import Stack
from ..discovery.uses import Certainty, names_of, uses
from ..docker import Container
from ..last_words import What, said_of
from ..look import Look


def refused_by(look: Look, stack: Stack, container: Container) -> dict[str, Certainty]:
    """
    The Redis that a container's last words may be about, by their services. Likely at most are
    several of them, and one that the container is no certain client of; where it names the host,
    that counts.
    """
    words = said_of(look, container)
    if words is None or words.what is not What.ELSEWHERE:
        return {}
    if (words.of("error"), words.of("server")) != ("login", "redis"):
        return {}
    used = uses(look, stack).get(container.service, {})
    declared = stack.client(container.service)
    known = {redis.service for redis in stack.used_by(declared)} if declared else set()
    host = words.of("host")
    if host:
        named = {r.service for r in stack.servers if host in names_of(look, r.service)}
        return dict.fromkeys(named - {container.service}, Certainty.CERTAIN)
    found = used | dict.fromkeys(known, Certainty.CERTAIN)
    return found if len(found) == 1 else dict.fromkeys(found, Certainty.LIKELY)
