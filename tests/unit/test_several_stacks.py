"""Several stacks on a host: each has its own look, plan, lock, recovery and report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeHost
from journals import REFUSED, START, WRONG, change, run
from journals import look as looked
from pyinfra.context import ctx_host
from recoveries import a_host, all_ran
from shapes import Project, Service, look
from test_shapes import BLOG, STORE, TWO, plain

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.errors import RunbookError
from pyinfra_runbooks.core.unknown import Cause, Unknown
from pyinfra_runbooks.diagnosis import declared, diagnose, diagnose_host
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.run import run_of
from pyinfra_runbooks.facts.journal import VARIABLE
from pyinfra_runbooks.facts.memories import Remember
from pyinfra_runbooks.facts.plans import policy_of, refused_last
from pyinfra_runbooks.facts.stack import (
    HostFound,
    HostLook,
    StackHealth,
    StackLook,
)
from pyinfra_runbooks.jobs.hosts import Status, of_journal
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.reports.json import render
from pyinfra_runbooks.operations import recovery
from pyinfra_runbooks.packs.findings import summary
from pyinfra_runbooks.settings import Api, Compose, FoundStack, Redis, Stack
from pyinfra_runbooks.watching import await_drift

PLAIN = Stack("/srv/plain", Redis(), Api("web"))
BOTH = Stack("/srv/two", Redis(), Redis("redis-cache"))


def several(looks: dict[Stack, list[Look | Unknown]], **data: object) -> FakeHost:
    """A host that answers for each of its stacks, one look after the other."""
    host = a_host(Unknown("nothing"))
    answers = {stack.compose.directory: iter(each) for stack, each in looks.items()}
    last: dict[str, Look | Unknown] = {}

    def answer(stack: Stack, **_: object) -> Look | Unknown:
        directory = stack.compose.directory
        last[directory] = next(answers[directory], last.get(directory, Unknown("nothing")))
        return last[directory]

    host._answers |= {StackLook: [answer], StackHealth: [{}], Remember: [["one.json"]]}
    host.data = {"stack": tuple(looks), **data}
    return host


@pytest.fixture
def fixed() -> Look:
    *others, redis, cache = TWO.services
    whole = Project("two", (*others, type(redis)("redis", says=redis.says), cache))
    return look(BOTH, whole)


def shown(host: FakeHost) -> Iterator[str]:
    with ctx_host.use(host):  # type: ignore[arg-type]
        assert diagnose() == tuple(host.data["stack"])
    yield from host.said


def test_each_is_reported() -> None:
    host = several({PLAIN: [look(PLAIN, plain(on=("inner",)))], BOTH: [look(BOTH, TWO)]})
    said = "\n".join(shown(host))
    assert "1 finding on plain; the repair's disruption: none" in said
    assert "3 findings on two; the repair's disruption: none" in said
    assert "redis: is not on plain_jobs [wrong-network]" in said
    assert "redis: is not on two_default [no-network]" in said


def test_the_one_that_can_not_be_looked_at_fails_the_host_and_the_other_is_reported() -> None:
    host = several({PLAIN: [Unknown("no such directory")], BOTH: [look(BOTH, TWO)]})
    said = [*shown(host)]
    assert said[0].startswith("3 findings on two")
    assert said[-1] == "Error: no such directory"
    assert host not in host.state.active_hosts


def test_each_is_recovered_under_its_own_lock(fixed: Look) -> None:
    host = several(
        {
            PLAIN: [look(PLAIN, plain(on=("inner",))), look(PLAIN, plain())],
            # A change to one has the other looked at again.
            BOTH: [look(BOTH, TWO), look(BOTH, TWO), fixed],
        }
    )
    with ctx_host.use(host):  # type: ignore[arg-type]
        stacks = [*declared()]
    came = all_ran(host, *((recovery.recover, {"stack": stack}) for stack in stacks))
    assert came.did == ["attach plain-redis-1 to plain_jobs", "attach two-redis-1 to two_default"]
    assert (came.refused, came.locked) == ([], 2)
    assert [known.stack for known in run_of(host).stacks] == stacks


def test_what_one_refuses_keeps_no_other_from_being_repaired() -> None:
    """pyinfra does no more to a host that has failed."""
    shared = Stack("/srv/store", Redis())
    host = several(
        {
            shared: [look(shared, STORE, BLOG)],
            PLAIN: [look(PLAIN, plain(on=("inner",))), look(PLAIN, plain())],
        }
    )
    scope = recovery.scope_of(last=True)
    with ctx_host.use(host):  # type: ignore[arg-type]
        stacks = refused_last(host.real, diagnose(prove=True), scope)
        assert [*declared(*stacks)] == [PLAIN, shared]
    came = all_ran(host, *((recovery.recover, {"stack": s, "prove": True}) for s in stacks))
    assert came.did == ["attach plain-redis-1 to plain_jobs"]
    assert any("blog-redis-1 answers to redis on proxy" in said for said in came.refused)


def test_a_host_with_several_is_not_watched() -> None:
    host = several({PLAIN: [], BOTH: []})
    refused = pytest.raises(RunbookError, match="expected one stack on a host that is watched")
    with ctx_host.use(host), refused:  # type: ignore[arg-type]
        await_drift()


# What a job tells of them


def test_what_is_found_says_of_which_stack_it_is() -> None:
    shop = {"directory": "/srv/shop"}
    blog = {"directory": "/srv/blog"}
    entries = [
        run("a"),
        looked("a", 1, WRONG) | shop,
        looked("a", 2, REFUSED, stack="blog") | blog,
        change("a", 3) | shop,
        looked("a", 4) | shop,
        {"event": "proof", "host": "a", "at": START + 5, "findings": [], "api_healthy": True}
        | shop,
        {"event": "refusal", "host": "a", "at": START + 6, "reasons": ["no"], "unknown": False}
        | blog,
    ]
    (host,) = of_journal(entries, corrected=True)
    assert host.status is Status.UNRESOLVED
    assert [f.subject for f in host.repaired] == ["shop/redis"]
    assert host.after
    assert [f.subject for f in host.after.drift] == [f"blog/{REFUSED['subject']}"]
    assert (host.after.stack, host.after.api_healthy) == ("shop, blog", False)
    assert [step.kind for step in host.steps] == ["change", "refusal"]
    report = Report("correct", "i", "r", 1, 2, "who", "1", (host,))
    stacks = json.loads(render(report))["hosts"][0]["stacks"]
    assert [(s["name"], [c["subject"] for c in s["causes"]]) for s in stacks] == [
        ("shop", []),
        ("blog", [REFUSED["subject"]]),
    ]


def test_one_that_could_not_be_looked_at_is_an_error_of_its_host() -> None:
    entries = [
        run("a"),
        looked("a", 1) | {"directory": "/srv/shop"},
        {"event": "look", "host": "a", "at": 2, "unknown": "gone", "directory": "/srv/blog"},
    ]
    (host,) = of_journal(entries, corrected=False)
    assert (host.status, host.error) == (Status.ERROR, "gone")
    assert [seen.stack for seen in host.stacks] == ["shop", ""]


def test_two_projects_that_share_a_network_are_two_stacks() -> None:
    store, blog = Stack("/srv/store", Redis()), Stack("/srv/blog", Redis())
    seen = {store: [look(store, STORE, BLOG)], blog: [look(blog, BLOG, STORE)]}
    said = "\n".join(shown(several(seen)))
    assert "blog-redis-1: answers to redis on proxy" in said
    assert "store-redis-1: answers to redis on proxy" in said
    assert summary(seen[blog][0], blog).startswith("blog is healthy: ")


# A whole host


def whole_host(host: FakeHost, found: Found | Unknown, **looks: Look | Unknown) -> list[str]:
    """What is said of a host's stacks, by the names of their projects."""
    host._answers[HostFound] = [found]
    host._answers[HostLook] = [
        lambda stacks, **_: tuple(looks[str(stack.compose.name)] for stack in stacks)
    ]
    with ctx_host.use(host):  # type: ignore[arg-type]
        diagnose_host()
    return host.said


def test_a_host_without_an_inventory_is_looked_at_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "journal"
    monkeypatch.setenv(VARIABLE, str(journal))
    whole = Project("whole", (Service("web"),))
    seen = look(FoundStack(Compose("/srv/whole", name="whole")), whole, BLOG)
    host = FakeHost({}, executing=False)
    said = whole_host(host, seen.found, whole=seen, blog=Unknown("Docker did not answer: no"))
    assert host.facts == [HostFound, HostLook]
    assert said[-1] == "Error: Docker did not answer: no"
    (reported,) = of_journal(map(json.loads, journal.read_text().splitlines()), corrected=False)
    assert [(one.stack, one.declared_here, one.unknown) for one in reported.stacks] == [
        ("blog", False, "Docker did not answer: no"),
        ("whole", False, ""),
    ]
    assert reported.stacks[1].asked
    report = Report("check", "i", "r", 1, 2, "who", "1", (reported,))
    stacks = json.loads(render(report))["hosts"][0]["stacks"]
    assert [(one["name"], one["error"][:6]) for one in stacks] == [
        ("blog", "Docker"),
        ("whole", ""),
    ]


def test_a_host_without_a_project_is_not_healthy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was asked of anybody."""
    journal = tmp_path / "journal"
    monkeypatch.setenv(VARIABLE, str(journal))
    host = FakeHost({}, executing=False)
    said = whole_host(host, Found())
    none = "no Compose project has a container on this host: there is nothing to ask"
    assert said == [f"Error: {none}"]
    assert host not in host.state.active_hosts
    (reported,) = of_journal(map(json.loads, journal.read_text().splitlines()), corrected=False)
    assert (reported.status, reported.error) == (Status.ERROR, none)


def test_with_an_inventory_its_stacks_keep_their_policy_and_the_others_are_found() -> None:
    store, blog = Stack("/srv/store"), FoundStack(Compose("/srv/blog", name="blog"))
    seen = look(store, STORE, BLOG)
    host = FakeHost({}, executing=False, data={"stack": store})
    host._answers[HostFound] = [seen.found]
    host._answers[HostLook] = [(seen, look(blog, BLOG, STORE))]
    with ctx_host.use(host):  # type: ignore[arg-type]
        assert diagnose_host() == (store, blog)
        assert [policy_of(host.real, stack).cap for stack in (store, blog)] == [
            Disruption.RECONNECT
        ] * 2
        assert [bool(policy_of(host.real, stack).declare) for stack in (store, blog)] == [
            False,
            True,
        ]


def test_a_look_that_fails_is_repeated_for_that_stack_alone() -> None:
    host = several(
        {
            PLAIN: [Unknown("it is cut off", Cause.PASSING), look(PLAIN, plain())],
            BOTH: [look(BOTH, TWO)],
        }
    )
    with ctx_host.use(host):  # type: ignore[arg-type]
        diagnose()
    asked = [given["stack"] for fact, given in host.asked if fact is StackLook]
    assert asked == [PLAIN, BOTH, PLAIN]
