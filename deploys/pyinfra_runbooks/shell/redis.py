"""The scripts that change Redis, and the files that it reads."""

from __future__ import annotations

from ..acl import render
from ..rules.acl import AclPlan
from ..rules.redis import Step
from ..settings import Stack
from . import text, values
from .look import logins, target, users


def repair(stack: Stack, step: Step, plan: AclPlan, image_name: str, container: str) -> str:
    """Does one step; see `shell/redis.sh`. What `given` returns comes over stdin."""
    redis, timeouts = stack.redis, stack.timeouts
    reads, login = logins(stack)
    ask = values(port=stack.port_of(redis.service)) + text("ask.sh")
    many = len(users(stack))
    return "".join(
        (
            target(stack),
            reads,
            login,
            values(
                step=step.name.lower(),
                container=container,
                service=redis.service,
                redis_service=redis.service,
                image_name=image_name,
                users=many,
                acl_path=plan.path,
                acl_lines=tuple(render(user) for user in plan.users),
                save=round(timeouts.save),
                stop=round(timeouts.stop),
                ready=round(timeouts.ready),
                ask_sh=ask,
                save_sh=values(save=round(timeouts.save), users=many, ask_sh=ask) + text("save.sh"),
                put_sh=text("put.sh"),
            ),
            text("privileged.sh"),
            text("anew.sh"),
            text("redis.sh"),
        )
    )
