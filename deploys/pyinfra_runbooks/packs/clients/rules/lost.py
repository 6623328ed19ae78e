"""Clients that lost their Redis and do not come back by themselves: restarted where that helps."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ....core.disruption import Disruption
from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Later, Note, Refusal, Remedy, Resolution, Symptom
from ....core.task import Stage, Task
from ....core.unknown import Unknown
from ....engine.discovery.uses import names_of
from ....engine.docker import Container
from ....engine.last_words import What, words_of
from ....engine.look import Look
from ....engine.parts import Part
from ....engine.rules import jobs
from ....engine.rules.circumstances import circumstances
from ....engine.rules.connected import addresses, connected, memory_of, services_at
from ....engine.rules.last_words import says_why
from ....engine.rules.namespaces import followed, held_up
from ....engine.rules.reaches import kept_from
from ....engine.rules.sharing import kept_apart
from ....settings import Redis, Stack
from .api import Step, needed
from .case import Case
from .wording import ago

_AT_WORK = "it may be at work on what it took before; a restart breaks that off"

SETTLED = 5
"""Seconds after which a new connection has said what it is for."""
STARTED = 60
"""Seconds that a client gets to connect, from its own start and from Redis'."""

CLIENT_TAKES_NOTHING = kind(
    "client-takes-nothing",
    title="A worker is connected, and takes nothing from its queue",
    part=Part.API,
    means="Jobs pile up, while the worker and its health check report healthy.",
    known="`CLIENT LIST`: none of its connections waits on a queue, all are newer than the last"
    " healthy look, or than a repair by the same run, and before it did.",
    repair="It is restarted, if all that it says keeps its connection open; else it may be at work,"
    " and is merely noted; what this run cut off at its work is left to a person. After a repair it"
    " gets time to come back by itself. A job does it where the inventory names the service, or its"
    " own repair broke the connection.",
    explains=("api-unhealthy", "unhealthy"),
)
CLIENT_NOT_CONNECTED = kind(
    "client-not-connected",
    title="A client has no connection to its Redis",
    part=Part.API,
    means="It can do nothing that needs Redis, though both run.",
    known="`CLIENT LIST` has none from its address; at the last healthy looks it was connected."
    " One that comes and goes is merely noted, or not at all.",
    repair="As `client-takes-nothing`, if it is a worker, or was never silent; one that may connect"
    " when it has to is merely noted. Not where it was started since, or where its name for Redis"
    " leads elsewhere: then a restart does not help. Not a worker either that may be at work: only"
    " what was waiting on its queue when this run began is surely not. One that keeps restarting,"
    " as it did not reach Redis, is restarted once this run has Redis serve again.",
    clears_itself=True,
    explains=("api-unhealthy", "unhealthy"),
)


@dataclass(frozen=True, slots=True)
class Restart(Task):
    """Restart what has lost its Redis, and nothing else of the same service.

    + containers: their ids
    """

    containers: frozenset[str]

    @property
    def verb(self) -> str:
        return Step.RESTART.verb

    @property
    def only(self) -> frozenset[str]:
        return self.containers

    @property
    def stage(self) -> Stage:
        return Step.RESTART.stage

    @property
    def supersedes(self) -> frozenset[str]:
        return Step.RESTART.supersedes

    def joined(self, other: Task) -> Task:
        """All that either restarts; one that names none restarts the whole service."""
        if not isinstance(other, Restart):
            return other
        return Restart(self.containers | other.containers)


LostFinding = Finding[Restart]
KINDS = (CLIENT_TAKES_NOTHING, CLIENT_NOT_CONNECTED)


def takes_nothing(case: Case) -> LostFinding | None:
    """
    A worker that was connected again since it was last seen to wait on its queue, and does not. A
    busy one took its work from the queue: then that was its last command, or something has been
    taken since Redis was started.
    """
    deaf = [one for one in case.each() if _deaf(one)]
    now = [one.now for one in deaf if one.now]
    if not now or case.fails:
        return None
    case, redis = case.about(deaf), case.redis.service
    cut_off = any(one.was and one.may_be_at_work for one in deaf)  # By this run, maybe at work.
    idle, nobody = all(one.keeps_alive for one in now), ""
    if case.server.taken == 0:
        nobody = f"; {redis} was started {ago(case.uptime)} ago, and nobody has taken"
        nobody += " from a queue since"
    says = "all that they say keeps them open" if idle else f"none waits on a queue: {_AT_WORK}"
    answer: Resolution[Restart] = Note()
    if idle:
        answer = _by_hand(case, _AT_WORK) if cut_off else _restart(case)
    return CLIENT_TAKES_NOTHING.found(
        case.service,
        f"is connected to {redis}, and takes nothing: it does not wait on its queue",
        f"CLIENT LIST: {sum(one.count for one in now)} connections of {case.names}, the oldest for"
        f" {ago(max(one.oldest for one in now))}; {says}; it waited on a queue at"
        f" {case.then}{nobody}",
        answer,
    )


def _deaf(case: Case) -> bool:
    """Whether one of its containers takes nothing."""
    now = case.now
    if now is None or not case.takes or now.taking:
        return False
    settled = 0 if now.keeps_alive and case.look.before else SETTLED
    since_then = settled <= now.oldest < case.since
    return since_then and (case.server.taken == 0 or now.keeps_alive)


def not_connected(case: Case) -> LostFinding | None:
    """It was always connected while all was well, and is not."""
    gone = [one for one in case.each() if one.now is None]
    if case.now is not None:  # Some are connected: of the others, those that were before.
        gone = [one for one in gone if one.was]
    if not gone or not case.always or case.fails:
        return None
    idle = [one for one in gone if not one.may_be_at_work]
    case = case.about(idle or gone)
    lost = case.takes or case.lively
    if not (lost and case.look.before) and (case.age < STARTED or case.uptime < STARTED):
        return None
    if not case.takes and case.reports_healthy:
        return None
    redis = case.redis.service
    answer: Resolution[Restart] = Note()
    if lost or case.unhealthy:
        answer = _restart(case, 0 if lost else case.asked_again)
    if isinstance(answer, Remedy) and case.never_connected:
        answer = _by_hand(case, "it was started since then: most likely it looks elsewhere")
    if isinstance(answer, Remedy) and not idle:
        answer = _by_hand(case, _AT_WORK)
    return CLIENT_NOT_CONNECTED.found(
        case.service,
        f"has no connection to {redis}",
        f"CLIENT LIST has no connection of {case.names}, which has run for {ago(case.age)}; it had"
        f" one at {case.then}",
        answer,
    )


def loops(look: Look, stack: Stack, redis: Redis) -> tuple[tuple[Container, ...], ...]:
    """
    The clients of a Redis that keep restarting, if their last words say that they did not reach it,
    or if they were connected at the last healthy looks: the containers of each service.
    """
    memory = memory_of(look, stack)
    used = memory.used(redis.service) if memory else {}
    found = []
    for service in sorted({c.service for c in look.members()} - {redis.service}):
        there = tuple(c for c in look.members(service) if c.status == "restarting")
        known = service in used and used[service].always
        if (
            there
            and stack.client(service) is None
            and not _not_ours(look, stack, service)
            and (known or any(_did_not_reach(look, redis, c) for c in there))
            and not any(says_why(look, c) or held_up(look, c) for c in there)
        ):
            found.append(there)
    return tuple(found)


def _did_not_reach(look: Look, redis: Redis, container: Container) -> bool:
    """Whether its last words say that it did not reach a Redis."""
    words = words_of(look, container)
    if words is None or words.what is not What.ELSEWHERE or words.of("error") == "login":
        return False
    host = words.of("host")
    if not host:
        return redis.service in jobs.needs(look, container.service)
    return host in names_of(look, redis.service)


def keeps_restarting(
    look: Look, stack: Stack, redis: Redis, there: tuple[Container, ...]
) -> LostFinding:
    """
    A client that the engine starts again at ever longer intervals, though its Redis serves again.

    + there: its containers
    """
    service, patience = there[0].service, stack.timeouts.recover
    names = ", ".join(c.name for c in there)
    does = f"restart it, if it does not come up by itself within {patience:g} s"
    remedy = Remedy(
        f"{does}: the engine waits longer each time",
        Disruption.NONE,
        Restart(frozenset(c.id for c in there)),
        circumstances(look, stack, Step.RESTART.name, *names.split(", ")),
        patience=patience,
        needs=needed(look, stack, service),
    )
    kept = kept_from(look, service, redis.service)
    apart = kept_apart(look, stack, service, redis.service)
    logs = Symptom(f"docker logs --tail 20 {there[0].name}")
    return CLIENT_NOT_CONNECTED.found(
        service,
        f"keeps restarting, though {redis.service} serves again",
        f"{names} does not run; it did not reach {redis.service}",
        logs if kept or apart else followed(look, remedy, there, again=False),
    )


def missing(found: Iterable[Finding[Any]]) -> frozenset[str]:
    """
    The services that have yet to come back, or to be restarted.

    + found: what is found about clients
    """
    return frozenset(f.thing for f in found if f.kind in KINDS and _may_come_back(f))


def _may_come_back(finding: Finding[Any]) -> bool:
    """Whether it has to be restarted, or is given the time to end its job."""
    return isinstance(finding.resolution, Remedy) or _at_work(finding)


def _at_work(finding: Finding[Any]) -> bool:
    return getattr(finding.resolution, "because", "") == _AT_WORK


def given_up(found: Iterable[Finding[Any]]) -> frozenset[str]:
    """
    The services that have lost it, and that no restart would bring back.

    + found: what is found about clients
    """
    return frozenset(
        f.thing
        for f in found
        if f.kind is CLIENT_NOT_CONNECTED and isinstance(f.resolution, Refusal) and not _at_work(f)
    )


def later(look: Look, stack: Stack) -> Iterator[Later]:
    """The clients that may have to be restarted once connections were broken: those that wait on a
    queue, or are never silent. A name in an environment alone makes none of them."""
    memory = memory_of(look, stack)
    for redis in stack.servers:
        now = connected(look, redis, lost=True, sure=True)
        used = memory.used(redis.service) if memory else {}
        workers = {s for s, u in used.items() if u.takes or (u.surely and u.lively)}
        if not isinstance(now, Unknown):
            workers |= {service for service, one in now.items() if one.blocked}
        for there in loops(look, stack, redis):
            does = "restart it, if it does not come up by itself"
            within = f"{does} within {stack.timeouts.recover:g} s"
            yield Later(there[0].service, Step.RESTART.verb, within, Disruption.NONE)
        for service in sorted(workers - {client.service for client in stack.clients}):
            up = all(c.status in ("running", "restarting") for c in look.members(service))
            if up and look.members(service) and not _not_ours(look, stack, service):
                does = f"restart it, if it does not come back to {redis.service} by itself"
                within = f"{does} within {stack.timeouts.reconnect:g} s"
                yield Later(service, Step.RESTART.verb, within, Disruption.RESTART)


def _restart(case: Case, at_least: float = 0) -> Remedy[Restart] | Refusal | Symptom:
    """
    A restart, where that helps, and where nobody but this client is harmed.

    + at_least: seconds that it gets to come back by itself after a change, if that is more than any
      client gets
    """
    look, stack, service, redis = case.look, case.stack, case.service, case.redis.service
    if kept_from(look, service, redis) or kept_apart(look, stack, service, redis):
        return Symptom(f"docker logs --tail 20 {case.containers[0].name}")
    if reason := _not_ours(look, stack, service):
        return _by_hand(case, reason)
    if others := _beside(case):
        shares = f"it shares its address with {', '.join(sorted(others))}"
        return _by_hand(case, f"{shares}: whose connection was lost is not known")
    does, patience = "restart it", 0.0
    if look.before:
        patience = max(stack.timeouts.reconnect, at_least) + (0 if case.takes else SETTLED)
        does += f", if it does not come back by itself within {patience:g} s"
    named = case.declared or service in {s.name for s in stack.services}
    remedy = Remedy(
        does,
        Disruption.RESTART,
        Restart(frozenset(c.id for c in case.containers)),
        circumstances(look, stack, Step.RESTART.name, *case.names.split(", ")),
        needs_person=None if named or look.before else _unnamed(case),
        patience=patience,
        needs=needed(look, stack, service),
    )
    return followed(look, remedy, case.containers, again=False)


def _not_ours(look: Look, stack: Stack, service: str) -> str:
    """Why a service is not restarted as a client is; empty: it is."""
    if service not in look.declared.services:
        return "Compose does not declare it"
    if any(jobs.role(look, c) is jobs.Role.JOB for c in look.members(service)):
        return "it is a job: what it has done is not known"
    if service in stack.declared_services and stack.client(service) is None:
        return "it is a server itself"
    return ""


def _beside(case: Case) -> frozenset[str]:
    """The other services that have its address: they live in one network namespace."""
    there = (a for container in case.containers for a in addresses(case.look, container))
    return frozenset().union(*(services_at(case.look, a) for a in there)) - {case.service}


def _by_hand(case: Case, because: str) -> Refusal:
    """What a person does who knows more."""
    logs = shlex.join(("docker", "logs", "--tail", "20", case.containers[0].name))
    restart = shlex.join(("docker", "restart", *(c.name for c in case.containers)))
    return Refusal(because, f"{logs}; then: {restart}")


def _unnamed(case: Case) -> Refusal:
    """Why no job restarts it."""
    refusal = _by_hand(case, "the inventory does not name it, so only a person restarts it")
    name = f"name it, so that jobs restart it: Stack(services=...) or Api({case.service!r})"
    return Refusal(refusal.because, f"{refusal.instead}; or {name}")
