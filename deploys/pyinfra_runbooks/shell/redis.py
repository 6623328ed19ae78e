"""The scripts that change Redis, and the files that it reads."""

from __future__ import annotations

from collections.abc import Iterable

from ..compose import Declared, DeclaredMount
from ..rules.acl import AclPlan
from ..rules.data import holding
from ..rules.steps import Step
from ..settings import Stack
from . import LOCKS, function, look, text, values
from .look import ask, logins, mounted_logins, password_files, target, users


def repair(
    stack: Stack,
    step: Step,
    plan: AclPlan,
    declared: Declared,
    image: str,
    container: str,
    followers: tuple[str, ...] = (),
    program: str = "",
    fleeting: bool = False,
) -> str:
    """Does one step; see `shell/redis.sh`. What `given` returns comes over stdin.

    + declared: what Compose declares
    + image: the name of the service's image
    + container: the id of the container that was looked at; empty where there is none
    + followers: the ids of those who live in its network
    + program: the name of the server that runs in it: ``valkey-server``; empty: not known
    + fleeting: whether what it has on disk goes with its container
    """
    service = declared.services[stack.redis.service]
    mounts = [m for m in service.mounts if _tried(m, stack)]
    data = holding(service.mounts, stack.redis.data)
    redis, timeouts = stack.redis, stack.timeouts
    reads, login = logins(stack)
    many, answers = len(users(stack)), len(users(stack)) + mounted_logins(stack)
    if not plan.users:  # Nobody knows who is to log in with what: it is started all the same.
        login, many, answers = function("logins", ":"), 0, 0
    return "".join(
        (
            target(stack),
            reads,
            _ACL_LINES.format(len(plan.lines)),
            login,
            values(
                step=step.name.lower(),
                locks=LOCKS,
                container=container,
                followers=followers,
                up_as="-d",
                program=program,
                data=stack.redis.data,
                data_mount=mount_option(data) if data and data.source else "",
                service=redis.service,
                redis_service=redis.service,
                image_name=image,
                users=many,
                logins_n=answers,
                digests=_digests(stack, plan),
                ours=_ours(stack, plan, declared),
                conf=mounted_conf(mounts),
                mounts=tuple(mount_option(m) for m in mounts),
                unsaved=stack.unsaved,
                fleeting="yes" if fleeting and step is Step.RECREATE else "",
                acl_path=plan.path,
                acl_is_right="yes" if plan.right else "",
                save=round(timeouts.save),
                stop=round(timeouts.stop),
                ready=round(timeouts.ready),
                ask_sh=ask(stack),
                save_sh=values(
                    save=round(timeouts.save),
                    data=stack.redis.data,
                    ask_sh=ask(stack),
                )
                + text("held.sh")
                + text("save.sh"),
                put_sh=text("put.sh"),
            ),
            text("privileged.sh"),
            *(text(name) for name in _PARTS),
        )
    )


_PARTS = (
    *("container.sh", "refused.sh", "log.sh", "image.sh", "kept.sh", "recreate.sh", "put_back.sh"),
    *("logins.sh", "served.sh", "trial.sh", "open.sh", "redis.sh"),
)

# Hashes of passwords belong in no command line. What did not arrive is no empty ACL.
_ACL_LINES = """acl_lines=
for _ in $(seq {}); do
    IFS= read -r acl_line || acl_line=
    case $acl_line in
        'user '*) acl_lines=${{acl_lines:+$acl_lines$line}}$acl_line ;;
        *) echo 'the ACL did not arrive as a whole; nothing was changed' >&2 && exit 1 ;;
    esac
done
"""


def given(stack: Stack, plan: AclPlan) -> list[str]:
    """What the script reads from stdin: the passwords that only the controller has, the ACL."""
    return [*look.given(stack), *plan.lines]


def _digests(stack: Stack, plan: AclPlan) -> tuple[str, ...]:
    """The sha256 of each user's password, in the order of their logins."""
    known = {user.name: user.passwords for user in plan.users}
    return tuple(digest for user in look.users(stack) for digest in known.get(user.name, ()))


def _ours(stack: Stack, plan: AclPlan, declared: Declared) -> tuple[str, ...]:
    """The stack's secret files on the host: who mounts one of them may be told a login."""
    mounts = (mount for service in declared.services.values() for mount in service.mounts)
    secrets = [mount.source for mount in mounts if mount.kind == "secret"]
    return tuple(sorted({path for path in (plan.path, *secrets, *password_files(stack)) if path}))


def _tried(mount: DeclaredMount, stack: Stack) -> bool:
    """What a trial of the configuration may read: all files but the data and the ACL."""
    left_out = (stack.redis.data, stack.redis.acl_file)
    return bool(mount.source) and mount.kind != "volume" and mount.target not in left_out


def mounted_conf(mounts: Iterable[DeclaredMount]) -> str:
    """Where a server has its configuration file; empty: nothing that is mounted looks like one."""
    return next((m.target for m in mounts if m.target.endswith(".conf")), "")


def mount_option(mount: DeclaredMount) -> str:
    """An option of docker run; it is CSV, in which a quote within quotes is written twice."""
    source, target = ((text or "").replace('"', '""') for text in (mount.source, mount.target))
    kind = "volume" if mount.kind == "volume" else "bind"
    return f'--mount=type={kind},"src={source}","dst={target}",readonly'
