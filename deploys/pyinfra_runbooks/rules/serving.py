"""Whom the running Redis serves: whether its ACL is the one that is declared."""

from __future__ import annotations

from collections.abc import Iterator

from ..acl import may_ask, parse_user
from ..disruption import Disruption
from ..engine import Container
from ..findings import Refusal, Unknown
from ..look import Look
from ..server import Server
from ..settings import Stack
from .acl import AclPlan
from .steps import RedisFinding, Step, redis_finding, step_remedy


def serving(
    look: Look, stack: Stack, container: Container, plan: AclPlan
) -> Iterator[RedisFinding]:
    for refusal in plan.refusals:
        yield redis_finding(
            refusal.kind, stack.redis.acl_file, refusal.problem, refusal.seen, refusal.answer
        )
    if plan.file_problems:
        yield redis_finding(
            "acl-file",
            plan.path or stack.redis.acl_file,
            "differs from the declared ACL",
            "; ".join(plan.file_problems),
            step_remedy(Step.WRITE, "write it, with hashes, and keep users that are not declared"),
        )
    if not container.running:
        return
    redis = look.redis
    if isinstance(redis, Unknown):
        instead = f"docker logs --tail 20 {container.name}"
        yield redis_finding(
            "redis-silent",
            stack.redis.service,
            "does not answer",
            redis.reason,
            Refusal("it can't be proved that its data is saved", instead),
        )
        return
    yield from _running_acl(redis, stack, plan)


def _running_acl(redis: Server, stack: Stack, plan: AclPlan) -> Iterator[RedisFinding]:
    name = stack.redis.service
    if not redis.asked and not redis.login_sent:
        yield _not_asked(name, stack)
        return
    if not redis.asked:
        yield redis_finding(
            "acl-locked-out",
            name,
            "refuses every declared user",
            f"it answered: {redis.says}",
            step_remedy(
                Step.RESTART, "restart it, saved or not: it reads its ACL file when it starts"
            )
            if stack.unsaved == "accept"
            else Refusal(
                "no user can log in to have it save, so what it holds could be lost",
                "if you can do without the writes since its last save: --data unsaved=accept",
            ),
        )
        return
    if redis.info.get("redis_mode") == "sentinel":
        yield redis_finding(
            "sentinel",
            name,
            "is a Sentinel, and holds no data",
            "INFO says redis_mode:sentinel",
            Refusal(
                "it is a Sentinel, which is not supported",
                "name the Redis that the API uses in the inventory: Redis(service=...)",
            ),
        )
        return
    if redis.withheld:
        yield _not_compared(redis, stack, plan)
    running = redis.config and redis.config.get("aclfile", "")
    if running is not None and running != stack.redis.acl_file:
        yield redis_finding(
            "acl-not-configured",
            name,
            f"does not use {stack.redis.acl_file}",
            f"its running aclfile is {running or 'none'}"
            f"{'; it accepts unauthenticated clients' if redis.open else ''}",
            step_remedy(Step.RESTART, "restart it: aclfile is read only when it starts"),
        )
        return
    if plan.passed_over:
        yield redis_finding(
            "acl-passed-over",
            name,
            "reports ACL fields that are not known here, and were not compared",
            f"ACL GETUSER has {', '.join(plan.passed_over)}; all else was compared",
            None,
        )
    if plan.running_problems:
        keeps = redis.load_keeps_connections and not plan.removes
        removing = f"; it removes {', '.join(plan.removes)}" if plan.removes else ""
        yield redis_finding(
            "acl-open" if redis.anybody else "acl-differs",
            name,
            "accepts unauthenticated clients"
            if redis.anybody
            else "has an ACL that differs from the declared one",
            "; ".join(plan.running_problems),
            step_remedy(
                Step.LOAD,
                f"load the ACL file (ACL LOAD){removing}",
                Disruption.NONE if keeps else Disruption.RECONNECT,
            ),
        )


def _not_compared(redis: Server, stack: Stack, plan: AclPlan) -> RedisFinding:
    """
    Who logs in may not ask. Where that is as declared, it is merely to be known; a server that
    refuses what the declared rules allow has other rules.
    """
    asks, says = stack.redis.asks, redis.says or "NOPERM"
    declared = parse_user(asks.name, asks.rules)
    may = any(may_ask(declared, _COMMANDS[question]) for question in redis.withheld)
    expected = bool(redis.logins.get(asks.name)) and (
        ("NOPERM" in says and not may) or "unknown command" in says
    )
    return redis_finding(
        "acl-not-compared" if expected else "acl-withheld",
        stack.redis.service,
        "has an ACL that was not compared: no declared user may read it",
        f"{', '.join(redis.withheld)} was refused ({says});"
        f" its file was {'compared' if plan.compared else 'not compared either'}",
        None
        if expected
        else Refusal(
            "cannot judge: its ACL can't be compared",
            f"{asks.name} may, by its declared rules: compare these with ACL GETUSER {asks.name}",
        ),
    )


_COMMANDS = {"INFO": "info", "ACL USERS": "acl|users", "ACL GETUSER": "acl|getuser"}


def _not_asked(name: str, stack: Stack) -> RedisFinding:
    """No login was sent: its container holds no secret of the stack. A person may accept that."""
    withheld = Refusal(
        "without a login its data can't be proved to be saved",
        "name the place where its ACL is mounted: Redis(acl_file=...); or have Compose mount it",
    )
    return redis_finding(
        "login-withheld",
        name,
        "was not checked: no login was sent to it",
        "its container mounts no secret file of the stack, and holds none of its passwords",
        None if stack.unsaved == "accept" else withheld,
    )
