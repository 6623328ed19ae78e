"""Whether a Redis whose users nobody declares can be stopped: who is let in after it has to be
known, and what it holds has to be saved with the login that its own container holds."""

from __future__ import annotations

from ....core.resolution import Refusal
from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.rules.exact import compared
from ....settings import Redis
from ..access import ACCESS
from ..server import Server
from ..steps import RedisTask, Step

_STARTED_WITH = frozenset({"command", "entrypoint", "environment"})


def why_not_stop(look: Look, redis: Redis, container: Container, step: RedisTask) -> Refusal | None:
    """Why it is not stopped; None: it may be, or it does not run."""
    if redis.users or not container.running:
        return None
    server = look.server(redis.service)
    return _unasked(server, container) or _opened(look, redis, server, container, step)


def _unasked(server: Server | Unknown, container: Container) -> Refusal | None:
    """Its save can't be proved where it can't be asked."""
    because = ""
    if isinstance(server, Unknown):
        because = f"it can't be asked ({server.reason})"
    elif server.unaskable:
        because = f"it can't be asked with what its image has ({server.unaskable})"
    elif "dragonfly_version" in server.info:
        because = "it is a Dragonfly, which saves differently from Redis"
    elif not server.login_sent:
        because = "no login was sent to it: what listens there is not proved to be its server"
    elif not server.authenticated:
        because = "no login that it accepts is known"
    if not because:
        return None
    return Refusal(
        f"{because}, so it can't be proved that its data is saved",
        "save it by hand (BGSAVE, then INFO persistence), then:"
        f" docker restart {container.name}{_HOW}",
    )


_HOW = "; or declare how to reach it and log in: Redis(port=, socket=, tls=, password=)"


def _opened(
    look: Look, redis: Redis, server: Server | Unknown, container: Container, step: RedisTask
) -> Refusal | None:
    """A password that only the running server has goes with it, and then everybody is let in."""
    access = look.of(ACCESS, redis.service)
    if isinstance(server, Unknown) or server.open:
        return None
    closed = not isinstance(access, Unknown) and bool(access.closed)
    by_login = bool(server.login.user) and server.as_started
    if not closed and not by_login:
        return Refusal(
            "it asks for a password that nothing of its container is seen to give it, and that may"
            " have been set while it ran: after a stop it may let everybody in",
            f"put it into its configuration (requirepass), then: docker restart {container.name}",
        )
    changes = {d.field for d in compared(look, container) or ()} & _STARTED_WITH
    if step is Step.RECREATE and changes:
        return Refusal(
            f"a recreate changes its {', '.join(sorted(changes))}, and with that perhaps its"
            " password: who could log in then is not known",
            f"if that is intended: docker compose up -d {container.service}",
        )
    return None
