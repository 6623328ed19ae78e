"""The scripts that change Redis, and the files that it reads."""

from __future__ import annotations

from ..compose import DeclaredMount, DeclaredService
from ..rules.acl import AclPlan
from ..rules.data import holding
from ..rules.redis import Step
from ..settings import Stack
from . import text, values
from .look import ask, logins, mounted_logins, target, users


def repair(
    stack: Stack, step: Step, plan: AclPlan, service: DeclaredService, image: str, container: str
) -> str:
    """Does one step; see `shell/redis.sh`. What `given` returns comes over stdin.

    + image: the name of the service's image
    + container: the id of the container that was looked at; empty where there is none
    """
    mounts = [m for m in service.mounts if _tried(m, stack)]
    data = holding(service.mounts, stack.redis.data)
    redis, timeouts = stack.redis, stack.timeouts
    reads, login = logins(stack)
    many, answers = len(users(stack)), len(users(stack)) + mounted_logins(stack)
    return "".join(
        (
            target(stack),
            reads,
            login,
            values(
                step=step.name.lower(),
                container=container,
                data=stack.redis.data,
                data_mount=_mount(data) if data and data.source else "",
                service=redis.service,
                redis_service=redis.service,
                image_name=image,
                users=many,
                logins_n=answers,
                conf=next((m.target for m in mounts if m.target.endswith(".conf")), ""),
                mounts=tuple(_mount(m) for m in mounts),
                unsaved=stack.unsaved,
                acl_path=plan.path,
                acl_lines=plan.lines,
                save=round(timeouts.save),
                stop=round(timeouts.stop),
                ready=round(timeouts.ready),
                ask_sh=ask(stack),
                save_sh=values(
                    save=round(timeouts.save),
                    stop=round(timeouts.stop),
                    logins_n=answers,
                    ask_sh=ask(stack),
                )
                + text("save.sh"),
                put_sh=text("put.sh"),
            ),
            text("privileged.sh"),
            text("anew.sh"),
            text("redis.sh"),
        )
    )


def _tried(mount: DeclaredMount, stack: Stack) -> bool:
    """What a trial of the configuration may read: all files but the data and the ACL."""
    left_out = (stack.redis.data, stack.redis.acl_file)
    return bool(mount.source) and mount.kind != "volume" and mount.target not in left_out


def _mount(mount: DeclaredMount) -> str:
    """An option of docker run; it is CSV, in which a quote within quotes is written twice."""
    source, target = ((text or "").replace('"', '""') for text in (mount.source, mount.target))
    kind = "volume" if mount.kind == "volume" else "bind"
    return f'--mount=type={kind},"src={source}","dst={target}",readonly'
