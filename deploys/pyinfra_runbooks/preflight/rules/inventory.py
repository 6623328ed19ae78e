"""What an inventory declares of secrets and the ACL, judged where a recovery judges it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ...core.resolution import Refusal, Remedy
from ...packs.files.rules import secrets
from ...packs.files.rules.secrets import PutSecret
from ...packs.redis.rules.acl import acl_plan
from ...packs.redis.rules.container import REDIS_UNDECLARED
from ...packs.redis.rules.serving import ACL_FILE
from ...settings import Redis, Stack
from ..obstacles import Checked, Obstacle, Weight
from ..seen import Found


def judge(found: Found, stack: Stack | None) -> Checked:
    """Nothing, where no inventory says more than the project."""
    if stack is None:
        return Checked()
    acls = (obstacle for redis in stack.servers for obstacle in _acl(found, stack, redis))
    obstacles = (*_secrets(found, stack), *acls)
    fine = []
    if not obstacles:
        for redis in stack.servers:
            if users := ", ".join(user.name for user in redis.users):
                fine.append(f"the ACL file and {users}'s password agree with the inventory")
        if stack.secrets:
            fine.append("secrets belong to who the inventory says")
    return Checked(obstacles, (), (), tuple(fine))


def _secrets(found: Found, stack: Stack) -> Iterator[Obstacle]:
    for finding in secrets.findings(found.look, stack):
        answer = finding.resolution
        if isinstance(answer, Remedy):
            do = (
                " && ".join(_by_hand(answer.action))
                or f"write the right content to {finding.subject}"
            )
            do = f"{do}; or runbooks/redis.py, which will {answer.does}"
        else:
            do = answer.instead if isinstance(answer, Refusal) else f"ls -l {finding.subject}"
        path = finding.subject if finding.subject.startswith("/") else ""
        yield Obstacle(
            Weight.STOPS,
            finding.kind.id,
            finding.subject,
            finding.problem,
            finding.evidence,
            do,
            path,
        )


def _by_hand(put: PutSecret) -> Iterator[str]:
    secret, path = put.secret, shlex.quote(put.path)
    if secret.owner is not None or secret.group is not None:
        group = "" if secret.group is None else f":{secret.group}"
        yield f"chown {'' if secret.owner is None else secret.owner}{group} {path}"
    if secret.mode is not None:
        yield f"chmod {secret.mode:04o} {path}"


def _acl(found: Found, stack: Stack, redis: Redis) -> Iterator[Obstacle]:
    service = found.declared.services.get(redis.service)
    if service is None:
        declared = ", ".join(sorted(found.declared.services))
        yield Obstacle(
            Weight.STOPS,
            REDIS_UNDECLARED.id,
            redis.service,
            "is no service of this project",
            f"Compose declares {declared}",
            "Redis(service=...) in the inventory",
        )
        return
    plan = acl_plan(found.look, stack, redis, service)
    subject = plan.path or redis.acl_file
    weight = Weight.DANGER if plan.open else Weight.STOPS
    if plan.file_problems:
        yield Obstacle(
            weight,
            ACL_FILE.id,
            subject,
            "is not the ACL that the inventory declares",
            "; ".join(plan.file_problems),
            "runbooks/redis.py writes it when it creates Redis; or correct it",
            subject,
        )
    for refusal in plan.refusals:
        yield Obstacle(
            weight,
            refusal.kind.id,
            subject,
            refusal.problem,
            refusal.seen,
            f"{refusal.answer.instead} ({refusal.answer.because})",
        )
