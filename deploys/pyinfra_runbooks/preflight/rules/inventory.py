"""What an inventory declares of secrets and the ACL, judged where a recovery judges it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ...findings import Refusal, Remedy
from ...rules import secrets
from ...rules.acl import acl_plan
from ...rules.secrets import PutSecret
from ...settings import Stack
from ..obstacles import Checked, Obstacle, Weight
from ..seen import Found


def judge(found: Found, stack: Stack | None) -> Checked:
    """Nothing, where no inventory says more than the project."""
    if stack is None:
        return Checked()
    obstacles = (*_secrets(found, stack), *_acl(found, stack))
    fine = []
    if not obstacles:
        users = ", ".join(user.name for user in stack.redis.users)
        fine = [f"the ACL file and {users}'s password agree with the inventory"]
        if stack.secrets:
            fine.append("secrets belong to who the inventory says")
    return Checked(obstacles, (), (), tuple(fine))


def _secrets(found: Found, stack: Stack) -> Iterator[Obstacle]:
    for finding in secrets.findings(found.look, stack):
        answer = finding.answer
        if isinstance(answer, Remedy):
            do = " && ".join(_by_hand(answer.action)) or "see to its content"
            do = f"{do}; or runbooks/redis.py, which will {answer.does}"
        else:
            do = answer.instead if isinstance(answer, Refusal) else "see to that file"
        path = finding.subject if finding.subject.startswith("/") else ""
        yield Obstacle(
            Weight.STOPS,
            finding.kind,
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


def _acl(found: Found, stack: Stack) -> Iterator[Obstacle]:
    service = found.declared.services.get(stack.redis.service)
    if service is None:
        declared = ", ".join(sorted(found.declared.services))
        yield Obstacle(
            Weight.STOPS,
            "redis-undeclared",
            stack.redis.service,
            "is no service of this project",
            f"Compose declares {declared}",
            "Redis(service=...) in the inventory",
        )
        return
    plan = acl_plan(found.look, stack, service)
    subject = plan.path or stack.redis.acl_file
    weight = Weight.DANGER if plan.open else Weight.STOPS
    if plan.file_problems:
        yield Obstacle(
            weight,
            "acl-file",
            subject,
            "is not the ACL that the inventory declares",
            "; ".join(plan.file_problems),
            "runbooks/redis.py writes it when it creates Redis; or correct it",
            subject,
        )
    for refusal in plan.refusals:
        yield Obstacle(
            weight,
            refusal.kind,
            subject,
            refusal.problem,
            refusal.seen,
            f"{refusal.answer.instead} ({refusal.answer.because})",
        )
