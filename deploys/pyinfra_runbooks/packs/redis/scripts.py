"""The scripts that change Redis, and the files that it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sized

from ...core.unknown import Unknown
from ...engine.compose import Declared, DeclaredMount
from ...engine.look import Look
from ...engine.shell import LOCKS, script
from ...engine.shell.seen import seen
from ...settings import Redis, Stack
from . import asking
from .access import ACCESS
from .asking import login_line, mounted_logins, own_files
from .rules.acl import AclPlan
from .rules.data import holding
from .steps import Step


def repair(
    stack: Stack,
    redis: Redis,
    step: Step,
    plan: AclPlan,
    look: Look,
    image: str,
    container: str,
    followers: tuple[str, ...] = (),
    program: str = "",
    fleeting: bool = False,
    may_lose: bool = False,
) -> str:
    """Does one step; see `redis.sh`. What `stdin_lines` returns comes over stdin.

    + stack: the stack
    + redis: which of the stack's it is done to
    + step: what is done
    + plan: the ACL that it has to have
    + look: what was seen just before
    + image: the name of the service's image
    + container: the id of the container that was looked at; empty where there is none
    + followers: the ids of those who live in its network; default: nobody does
    + program: the name of the server that runs in it: ``valkey-server``; empty: not known
    + fleeting: whether what it has on disk goes with its container; default: ``False``
    + may_lose: whether what it holds only in memory may go; default: ``False``
    """
    service = look.declared.services[redis.service]
    mounts = [m for m in service.mounts if _tried(m, redis)]
    data = holding(service.mounts, redis.directory)
    # Where nobody knows who is to log in with what, it is started all the same.
    logging_in = redis.logins if plan.users or not redis.users else ()
    return script(
        "redis.sh",
        **seen(stack, look, redis),
        **_timeouts(stack),
        step=step.name.lower(),
        locks=LOCKS,
        service=redis.service,
        image_name=image,
        **_reached(look, stack, redis),
        shared=_shared(look, container),
        guarded=guarded(look, redis, step),
        container=container,
        followers=followers,
        program=program,
        conf=mounted_conf(mounts),
        mounts=tuple(mount_option(m) for m in mounts),
        data=redis.directory,
        data_mount=mount_option(data) if data and data.source else "",
        fleeting="yes" if fleeting and step is Step.RECREATE else "",
        unsaved="accept" if may_lose else "refuse",
        login_users=tuple(login_line(login, stack) for login in logging_in),
        users=1 if redis.held else len(logging_in),
        logins_n=1 if redis.held else len(logging_in) + _mounted(redis, logging_in),
        digests=_digests(redis, plan),
        ours=_ours(stack, redis, plan, look.declared),
        acl_path=plan.path,
        acl_lines_n=len(plan.lines),
        acl_is_right="yes" if plan.right else "",
    )


def _reached(look: Look, stack: Stack, redis: Redis) -> dict[str, object]:
    """
    How it is reached: as it is declared, or as it was in the look, which has read that in its
    container. Where it was not asked, the script finds that there, and also a login that nobody
    declares: either may be another one after a restart.
    """
    server, port, held = look.server(redis.service), stack.port_of(redis.service), redis.held
    reach, unseen = asking.reach(redis), isinstance(server, Unknown)
    if not held and not reach:
        seen = () if isinstance(server, Unknown) else server.reach
        reach = seen or (("-p", str(port)) if port else ())
    return {
        "reach": reach,
        "port": port,
        "sought": "login" if held else "reach" if unseen and not reach else "",
        "look_for": "yes" if held else "",
        "variable": held.variable if held else None,
        "file": held.file if held else None,
    }


def guarded(look: Look, redis: Redis, step: Step) -> str:
    """Whether clients without a login are to be refused after a step: ``yes``, ``no``, or empty:
    not known."""
    if not redis.held:
        return "yes"
    access, server = look.of(ACCESS, redis.service), look.server(redis.service)
    if not isinstance(access, Unknown) and access.closed:
        return "yes"
    if isinstance(server, Unknown) or server.unaskable or server.others:
        return ""
    if server.open:  # A recreate may change its command line.
        return "" if step is Step.RECREATE or isinstance(access, Unknown) else "no"
    return "yes"


def _mounted(redis: Redis, logging_in: Sized) -> int:
    return mounted_logins(redis) if logging_in else 0


def _shared(look: Look, container: str) -> str:
    one = next((c for c in look.containers if c.id == container), None)
    return asking.shared(one, look.containers) if one else ""


def stdin_lines(redis: Redis, plan: AclPlan) -> list[str]:
    """What the script reads from stdin: the passwords that only the controller has, the ACL."""
    known = plan.users or not redis.users
    return [*(asking.passwords_of(redis) if known else ()), *plan.lines]


def _timeouts(stack: Stack) -> dict[str, object]:
    timeouts = stack.timeouts
    return {name: round(getattr(timeouts, name)) for name in ("save", "stop", "ready")}


def _digests(redis: Redis, plan: AclPlan) -> tuple[str, ...]:
    """The sha256 of each user's password, in the order of their logins."""
    known = {user.name: user.passwords for user in plan.users}
    return tuple(digest for login in redis.logins for digest in known.get(login.name, ()))


def _ours(stack: Stack, redis: Redis, plan: AclPlan, declared: Declared) -> tuple[str, ...]:
    """The secret files on the host of which it has to mount one to get a login: the stack's, where
    it is the only Redis; see `asking.own_files`."""
    alone = stack.is_alone(redis)
    mounts = (m for s in declared.services.values() if alone for m in s.mounts)
    secrets = [mount.source for mount in mounts if mount.kind == "secret"]
    files = (plan.path, *secrets, *own_files(stack, redis))
    return tuple(sorted({path for path in files if path}))


def _tried(mount: DeclaredMount, redis: Redis) -> bool:
    """What a trial of the configuration may read: all files but the data and the ACL."""
    left_out = (redis.directory, *((redis.acl_file,) if redis.users else ()))
    return bool(mount.source) and mount.kind != "volume" and mount.target not in left_out


def mounted_conf(mounts: Iterable[DeclaredMount]) -> str:
    """Where a server has its configuration file; empty: nothing that is mounted looks like one."""
    return next((m.target for m in mounts if m.target.endswith(".conf")), "")


def mount_option(mount: DeclaredMount) -> str:
    """An option of docker run; it is CSV, in which a quote within quotes is written twice."""
    source, target = ((text or "").replace('"', '""') for text in (mount.source, mount.target))
    kind = "volume" if mount.kind == "volume" else "bind"
    return f'--mount=type={kind},"src={source}","dst={target}",readonly'
