"""A client of a Redis, both of which run, and what is known of how it uses that. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.look import Connections, Look, Server
from ....engine.own_checks import OwnCheck
from ....engine.remembered import Memory, Used
from ....engine.rules.checks import cut_short, failed_checks
from ....engine.rules.connected import (
    blind,
    connected_containers,
    memory_of,
    running_for,
    runs,
)
from ....engine.rules.namespaces import held_up
from ....settings import Redis, Stack
from .api import own_checks
from .wording import ago


@dataclass(frozen=True, slots=True)
class Case:
    """A client of a Redis, both of which run.

    + now: its connections; None: it has none
    + alone: whether it is about one of its several containers
    + memory: what earlier healthy looks have left; None: nothing
    """

    look: Look
    stack: Stack
    redis: Redis
    server: Server
    service: str
    containers: tuple[Container, ...]
    now: Connections | None
    memory: Memory | None
    alone: bool = False

    def each(self) -> tuple[Case, ...]:
        """One for each of its containers."""
        if len(self.containers) == 1:
            return (self,)
        found = connected_containers(self.look, self.redis)
        now = {} if isinstance(found, Unknown) else found
        return tuple(
            replace(self, containers=(c,), now=now.get(c.name), alone=True) for c in self.containers
        )

    def about(self, some: Iterable[Case]) -> Case:
        """The same client, with only the containers of some cases."""
        return replace(self, containers=tuple(c for one in some for c in one.containers))

    @property
    def used(self) -> Used | None:
        """How it used that Redis at the last healthy looks; None: nothing is remembered."""
        return self.memory.used(self.redis.service).get(self.service) if self.memory else None

    @property
    def was(self) -> Connections | None:
        """Its connections before this run changed anything; None: it had none, or
        nothing was changed."""
        before, redis = self.look.before, self.redis.service
        if before is None:
            return None
        if self.alone:
            return before.containers.get(redis, {}).get(self.containers[0].name)
        return before.clients.get(redis, {}).get(self.service)

    @property
    def takes(self) -> bool:
        """Whether it is a worker: it waited on a queue when it was last seen healthy."""
        return bool((self.used and self.used.takes) or (self.was and self.was.taking))

    @property
    def may_be_at_work(self) -> bool:
        """Whether it may have a job from before: a worker, started before this run changed
        anything, of which nothing shows that it was waiting for the next one then. Many a client
        connects again only once its job is done."""
        before, was = self.look.before, self.was
        if not self.takes or (before and self.age < self.look.at - before.at):
            return False
        return was is None or not was.blocked or was.blocked < was.taking

    @property
    def always(self) -> bool:
        """Whether it was connected whenever it was looked at, while all was well."""
        return bool(self.was or (self.used and self.used.always))

    @property
    def lively(self) -> bool:
        """Whether it surely had a connection, on which it sent something every few seconds:
        others may connect only when they have to."""
        return bool(self.used and self.used.surely and self.used.lively)

    @property
    def names(self) -> str:
        return ", ".join(c.name for c in self.containers)

    @property
    def age(self) -> float:
        """Seconds since the last of its containers was started."""
        return running_for(self.look, self.containers)

    @property
    def since(self) -> float:
        """Seconds since it was last known to use that Redis as it should."""
        if self.look.before and self.was and self.was.taking:
            return self.look.at - self.look.before.at
        return self.look.at - self.memory.at if self.memory else 0

    @property
    def never_connected(self) -> bool:
        """Whether it was started since the last healthy look, and nothing shows that it was
        connected since; once this run has changed something, whether that was so before."""
        if self.look.before:
            return self.service in self.look.before.given_up
        return bool(self.memory) and self.age <= self.since

    @property
    def then(self) -> str:
        """When that was, in words."""
        if self.used is None:
            return "the look before this run changed anything"
        looks = len(self.used.history)
        last = "the last healthy look" if looks == 1 else f"the last {looks} healthy looks"
        return f"{last}, {ago(self.look.at - self.memory.at if self.memory else 0)} ago"

    @property
    def uptime(self) -> int:
        """Seconds since that Redis was started."""
        return self.server.number("uptime_in_seconds")

    @property
    def declared(self) -> bool:
        """Whether the inventory says that it is a client."""
        return self.stack.client(self.service) is not None

    @property
    def fails(self) -> bool:
        """Whether it is a declared client that fails its checks, and had the time to answer: that
        has findings of its own."""
        own = own_checks(self.look, self.stack, self.service) if self.declared else ()
        own = tuple(c for c in own if not cut_short(self.look.answers, self.stack, (c,)))
        return bool(failed_checks(self.look.answers, self.stack, own))

    @property
    def unhealthy(self) -> bool:
        """Whether Docker calls any of it unhealthy; after a change only where it asks often enough
        to say so of the time since."""
        if self.look.before and self.asked_again > self.stack.timeouts.healthy:
            return False
        return any(c.health == "unhealthy" for c in self.containers)

    @property
    def asked_again(self) -> float:
        """Seconds within which Docker has asked all of it once more."""
        known = (self.look.found.own_checks.get(c.id, OwnCheck()) for c in self.containers)
        return max(own.interval + own.timeout for own in known)

    @property
    def reports_healthy(self) -> bool:
        """By its own health check, or by those that ask it: then it may connect when it has to."""
        if all(c.health == "healthy" for c in self.containers):
            return True
        own = own_checks(self.look, self.stack, self.service)
        own = own or tuple(check for check in self.stack.health if check.host == self.service)
        return bool(own) and not failed_checks(self.look.answers, self.stack, own)


def cases(
    look: Look, stack: Stack, redis: Redis, server: Server, now: Mapping[str, Connections]
) -> Iterator[Case]:
    """
    All running services that may use a Redis.

    + now: who is connected to it
    """
    memory = memory_of(look, stack)
    for service in sorted({c.service for c in look.members()} - {redis.service}):
        containers = runs(look, service)
        if not containers or any(blind(look, c, redis) or held_up(look, c) for c in containers):
            continue
        about = (service, containers, now.get(service), memory)
        yield Case(look, stack, redis, server, *about)
