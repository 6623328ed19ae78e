"""Redis with its secrets and its ACL."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra.api import operation

from ..findings import Remedy, Unknown
from ..look import Look
from ..rules import redis as rules
from ..rules import secrets as secret_rules
from ..rules.acl import acl_plan
from ..rules.data import fleeting
from ..rules.namespaces import followers
from ..rules.secrets import PutSecret
from ..rules.steps import RedisFinding, Step
from ..settings import Stack
from ..shell import redis as shell
from ..shell import secrets as secret_shell
from .repair import Change, Changes, Commands, repaired


@operation()
def secrets(stack: Stack, proof_follows: bool = False) -> Commands:
    """
    The secret files on the host have the content, owner and mode that the inventory declares.

    + stack: the stack
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    Files are written in place, since a container that mounts one holds its inode. A file is
    written as a whole, or left as it was.

    **Example:**

    .. code:: python

        redis.secrets(name="Put the secrets in place", stack=stack)
    """

    def changes(look: Look, remedies: Sequence[Remedy[PutSecret]]) -> Changes:
        for remedy in remedies:
            action = remedy.action
            script = secret_shell.put(stack, action)
            yield Change(script, [remedy], secret_shell.content(action))

    yield from repaired(
        stack,
        lambda look: secret_rules.findings(look, stack),
        changes,
        "the secrets are as declared",
        proof_follows,
    )


@operation()
def server(stack: Stack, proof_follows: bool = False) -> Commands:
    """
    Redis runs as Compose declares, with its mounts and the declared ACL, and no other client gets
    in.

    + stack: the stack
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    Does the least that works: ``ACL LOAD``, start, restart, or a new container of the image that
    was running. Before a stop the data is saved and the save is proved; a new ACL is tried first;
    a Redis that does not come up is put back as it was. What could lose data is refused, together
    with what depends on it; the rest is done.

    **Example:**

    .. code:: python

        redis.server(name="Run Redis with its secrets and its ACL", stack=stack)
    """

    def judge(look: Look) -> list[RedisFinding]:
        return rules.findings(look, stack)

    def changes(look: Look, remedies: Sequence[Remedy[Step]]) -> Changes:
        service = look.declared.services[stack.redis.service]
        plan = acl_plan(look, stack, service)
        step = max(remedy.action for remedy in remedies)
        there = look.members(stack.redis.service)[:1]
        living = tuple(f.id for c in there for f in followers(look, c))
        container = there[0].id if there else ""
        image = service.image or f"{look.declared.name}-{service.name}"
        program = "" if isinstance(look.inside_redis, Unknown) else look.inside_redis.server
        script = shell.repair(
            stack,
            step,
            plan,
            look.declared,
            image,
            container,
            living,
            program,
            fleeting=any(fleeting(look, stack, c) for c in there),
        )
        yield Change(script, remedies, shell.given(stack, plan))

    fine = "Redis runs with its secrets and its ACL"
    yield from repaired(stack, judge, changes, fine, proof_follows)
