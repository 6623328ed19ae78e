"""A host as a whole: every project of it, in the two commands of one look."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import replace
from typing import Any

import pytest
from hosts import Host
from looks import with_reply
from samples import marked
from shapes import Project, Service, _config, _found
from whole_host import found, look_at, looked, runs

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.kind import kinds
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Note, Refusal, Remedy, Restraint
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine import probe
from pyinfra_runbooks.engine.found import Found, parse
from pyinfra_runbooks.engine.host import found_stacks, ignored
from pyinfra_runbooks.engine.last_words import LAST_WORDS, What, Words
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts.stack import HostLook
from pyinfra_runbooks.packs import findings as rules
from pyinfra_runbooks.settings import Compose, FoundStack, Redis, Stack, run_policy

SHOP = Project("shop", (Service("web"), Service("cache")))
BLOG = Project("blog", (Service("web"), Service("db")))
OFF = Project("off", (Service("web", on=()), Service("db")))


def everything(look: Look | Unknown, stack: Stack, **data: Any) -> dict[str, Any]:
    """All findings of a stack, each with what follows, by kind and subject."""
    assert isinstance(look, Look), look
    policy = run_policy(stack, data)
    return {f"{f.kind} {f.subject}": f for f in rules.everything(look, stack, policy)}


def whole(host: Host) -> tuple[tuple[FoundStack, ...], dict[str, Look | Unknown]]:
    """Every project of a host that nobody has declared, and what it looks like."""
    there = found(host)
    stacks = found_stacks(there)
    return stacks, look_at(host, stacks, there)


def test_every_project_is_found_and_looked_at_in_two_commands(any_host: Host) -> None:
    runs(any_host, SHOP, BLOG)
    stacks, seen = whole(any_host)
    assert [stack.compose.name for stack in stacks] == ["blog", "shop"]
    assert [*seen] == [str(any_host.place / name) for name in ("blog", "shop")]
    for stack in stacks:
        look = seen[stack.key]
        assert everything(look, stack) == {}
        assert isinstance(look, Look)
        assert [*look.declared.services] == [
            s.name for s in (BLOG if look.declared.name == "blog" else SHOP).services
        ]
        assert len(look.members()) == 2
    calls = (any_host.place / "compose-calls").read_text().split("\n")[:-1]
    assert sorted(calls) == ["blog config", "blog hash", "shop config", "shop hash"]


def test_declared_stacks_share_the_two_commands_with_those_that_are_found(host: Host) -> None:
    runs(host, SHOP, BLOG)
    declared = Stack(str(host.place / "shop"))
    there = found(host, declared)
    others = found_stacks(there, [declared])
    assert [stack.compose.name for stack in others] == ["blog"]
    seen = look_at(host, (declared, *others), there)
    assert all(isinstance(look, Look) and look.found is there for look in seen.values())


def test_a_project_that_can_not_be_resolved_hides_no_other_one(any_host: Host) -> None:
    """Its directory is not on this host: what the engine shows is judged, and that is said."""
    runs(any_host, SHOP, BLOG)
    (any_host.place / "blog").rmdir()
    stacks, seen = whole(any_host)
    blog, shop = stacks
    assert everything(seen[shop.key], shop) == {}
    judged = everything(seen[blog.key], blog)
    (unresolved,) = judged.values()
    assert unresolved.kind.id == "unresolved"
    assert unresolved.evidence == (
        f"Compose can't resolve the project ({any_host.place}/blog does not exist on this host,"
        " or this user may not enter it)"
    )
    assert not unresolved.drift


def test_what_the_engine_alone_shows_is_named_and_not_repaired(host: Host) -> None:
    """It is off the network that its own settings name."""
    runs(host, OFF)
    (host.place / "off").rmdir()
    (stack,), seen = whole(host)
    judged = everything(seen[stack.key], stack)
    answer = judged["no-network web"].resolution
    assert isinstance(answer, Refusal)
    assert answer.restraint is Restraint.UNDECLARED
    assert "does not exist on this host" in answer.because
    assert "attach off-web-1 to off_default" in answer.instead


def test_a_project_with_nothing_running_is_down_and_no_more_is_said(host: Host) -> None:
    ended = {"status": "exited", "exit_code": 143, "finished": "2026-11-21T08:15:30.1Z"}
    down = replace(BLOG, services=[Service(s.name, on=(), more=ended) for s in BLOG.services])
    runs(host, SHOP, down)
    (blog, shop), seen = whole(host)
    (said,) = everything(seen[blog.key], blog).values()
    assert said.headline() == "blog: is down: nothing of it runs [down]"
    assert said.evidence.startswith("blog-web-1 exited with code 143 at 2026-11-21 08:15 UTC; ")
    assert isinstance(said.resolution, Note)
    assert "down shop" not in everything(seen[shop.key], shop)


@pytest.mark.parametrize("code", [1, 139])
def test_a_project_that_failed_is_not_merely_down(host: Host, code: int) -> None:
    failed = {"status": "exited", "exit_code": code}
    runs(host, replace(BLOG, services=[Service("web", on=(), more=failed)]))
    (blog,), seen = whole(host)
    (said,) = everything(seen[blog.key], blog).values()
    assert (said.kind.id, said.breaks_health) == ("down-failed", True)


@pytest.mark.parametrize(("seconds", "policy"), [(0, "no"), (40, "no"), (0, "on-failure")])
def test_what_ran_when_the_engine_went_down_did_not_fail(
    host: Host, seconds: int, policy: str
) -> None:
    """The engine gives all of them an exit code of its own, once it is up again."""
    at = ("2026-11-21T08:15:06.1Z", f"2026-11-21T08:15:{seconds + 8:02}.2Z")
    gone = {"status": "exited", "exit_code": 255, "restart_policy": policy}
    ended = [{**gone, "finished": when} for when in at]
    both = [Service(n, on=(), more=e) for n, e in zip(("web", "db"), ended, strict=True)]
    runs(host, replace(BLOG, services=both))
    (blog,), seen = whole(host)
    (said,) = everything(seen[blog.key], blog).values()
    assert isinstance(said.resolution, Refusal)
    went_down = (seconds, policy) == (0, "no")
    assert ("when the engine went down" in said.problem) is went_down
    assert ("up --detach" in said.resolution.instead) is went_down


def test_one_that_was_killed_for_lack_of_memory_was_not_stopped(host: Host) -> None:
    """The exit code of both is that of a `docker kill`."""
    killed = {"status": "exited", "exit_code": 137}
    runs(host, replace(BLOG, services=[Service("web", on=(), more=killed)]))
    (blog,), seen = whole(host)
    look = seen[blog.key]
    assert isinstance(look, Look)
    assert [*everything(look, blog)] == ["down blog"]
    (web,) = look.members()
    look = with_reply(look, LAST_WORDS, {web.id: Words(What.MEMORY, {"killed": "yes"})})
    (said,) = everything(look, blog).values()
    assert (said.kind.id, said.breaks_health) == ("down-failed", True)


def test_a_server_that_stopped_beside_one_that_runs_is_not_down(host: Host) -> None:
    stopped = Service("db", on=(), more={"status": "exited", "exit_code": 137})
    runs(host, replace(BLOG, services=[Service("web"), stopped]))
    (blog,), seen = whole(host)
    judged = everything(seen[blog.key], blog)
    assert "down blog" not in judged
    assert "not-running db" in judged


def test_a_worker_with_the_image_of_a_server_need_not_listen(host: Host) -> None:
    """Its image exposes a port; the compose file says of the server alone that it serves."""
    exposes = {"ports": {"3000/tcp": {}}}
    web = Service("web", declared={"ports": [{"target": 3000}]}, more=exposes)
    runs(host, Project("shop", (web, Service("worker", more=exposes))))
    (stack,), seen = whole(host)
    look = seen[stack.key]
    assert isinstance(look, Look)
    silent = {"web": {3000: False}, "worker": {3000: False}}
    look = replace(look, replies={**look.replies, "ports": silent})
    assert [*everything(look, stack)] == ["refuses web"]


def test_a_service_behind_a_profile_is_known_by_its_container(host: Host) -> None:
    """Compose does not resolve it: no label says the profile. It keeps restarting."""
    loops = {"status": "restarting", "exit_code": 1}
    runs(host, Project("shop", (Service("web"), Service("jobs", more=loops))))
    host.answer("shop-config", json.dumps(_config(Project("shop", (Service("web"),))), indent=2))
    (stack,), seen = whole(host)
    look = seen[stack.key]
    assert [*everything(look, stack)] == ["restarting jobs"]
    assert isinstance(look, Look)
    assert look.declared.unresolved == ""


# What may be done


def test_a_person_gets_what_nobody_notices_and_a_job_nothing(host: Host) -> None:
    runs(host, OFF)
    (stack,), seen = whole(host)
    look = seen[stack.key]
    answer = everything(look, stack)["no-network web"].resolution
    assert isinstance(answer, Remedy)
    assert answer.disruption is Disruption.NONE
    refused = everything(look, stack, unattended="true")["no-network web"].resolution
    assert isinstance(refused, Refusal)
    assert refused.because == "no inventory declares it, and a job changes only what is declared"
    assert refused.instead.endswith(f"import Stack; stack = Stack('{host.place}/off')")


def test_more_is_refused_with_what_to_declare_and_not_with_an_option(host: Host) -> None:
    """It has a name less: to give it that its clients lose their connections."""
    runs(host, SHOP)
    (stack,), seen = whole(host)
    look = seen[stack.key]
    assert isinstance(look, Look)
    web = look.members("web")[0]
    place = web.networks["shop_default"]
    less = replace(web, networks={"shop_default": replace(place, names=frozenset({web.name}))})
    look = replace(look, containers=(less, *look.members("cache")))
    for data in ({}, {"max_disruption": "recreate"}):
        answer = everything(look, stack, **data)["missing-alias web"].resolution
        assert isinstance(answer, Refusal)
        assert "needs disruption reconnect" in answer.because
        assert "at most none" in answer.because
        assert "--data" not in answer.instead
        assert "stack = Stack(" in answer.instead


@pytest.mark.parametrize(
    ("disruption", "unattended", "allowed"),
    [
        (Disruption.NONE, False, True),
        (Disruption.RECONNECT, False, True),
        (Disruption.RESTART, False, False),
        (Disruption.NONE, True, False),
    ],
)
def test_what_was_found_in_a_declared_stack_is_reconnected_at_most_and_by_a_person(
    disruption: Disruption, unattended: bool, allowed: bool
) -> None:
    kind = next(iter(kinds().values()))
    finding = kind.found("queue", "is wrong", "seen", Remedy("repair it", disruption))
    policy = Policy(unattended=unattended, found=frozenset({"queue"}))
    answer = policy.judge(finding).resolution
    assert isinstance(answer, Remedy) is allowed
    assert policy.cap_for("queue") is Disruption.RECONNECT
    assert policy.cap_for("web") is Disruption.RECREATE
    if isinstance(answer, Refusal):
        declare = "declare it in the inventory: queue among its Stack's components"
        once = f"; or allow it for one run: --data max_disruption={disruption}"
        assert answer.instead == declare + ("" if unattended else once)
    assert isinstance(Policy(unattended=unattended).judge(finding).resolution, Remedy)


@pytest.mark.parametrize(
    ("stack", "data", "cap", "of_found"),
    [
        (Stack("/srv/a"), {}, "reconnect", "reconnect"),
        (Stack("/srv/a", services=("web",)), {}, "recreate", "reconnect"),
        (Stack("/srv/a", Redis("cache")), {}, "recreate", "reconnect"),
        (Stack("/srv/a", max_disruption="restart"), {}, "restart", "restart"),
        (Stack("/srv/a", max_disruption="none"), {}, "none", "none"),
        (Stack("/srv/a"), {"max_disruption": "restart"}, "restart", "restart"),
        (Stack("/srv/a", max_disruption="restart"), {"max_disruption": "none"}, "none", "none"),
    ],
)
def test_a_directory_alone_permits_that_connections_break_and_more_has_to_be_said(
    stack: Stack, data: dict[str, str], cap: str, of_found: str
) -> None:
    policy = replace(run_policy(stack, data), found=frozenset({"queue"}))
    assert policy.cap_for("web") is Disruption(cap)
    assert policy.cap_for("queue") is Disruption(of_found)


def test_what_was_found_makes_a_directory_no_declaration() -> None:
    found = Stack("/srv/a", Redis("cache", data="cache"), found=frozenset({"cache"}))
    assert run_policy(found).cap is Disruption.RECONNECT
    assert run_policy(found).allow_data_loss == frozenset(), "a guess permits no loss"
    declared = Stack("/srv/a", Redis("cache", data="cache"), Redis("jobs", data="queue"))
    assert run_policy(declared).allow_data_loss == {"cache"}


def test_the_line_of_the_refusal_works() -> None:
    lines = {
        FoundStack(Compose("/srv/a b", name="app")): Stack("/srv/a b"),
        FoundStack(Compose("/srv/app", name="it"), shares=True): Stack(
            Compose("/srv/app", name="it")
        ),
    }
    for stack, declared in lines.items():
        given: dict[str, Any] = {}
        exec(stack.declaration.rpartition("prod.py: ")[2], given)  # noqa: S102 - its own words
        assert given["stack"] == declared


# Who is there


def test_projects_in_one_directory_are_told_apart(host: Host) -> None:
    runs(host, SHOP, BLOG)
    file = host.place / "answers" / "inspect"
    file.write_text(file.read_text().replace(f"{host.place}/blog", f"{host.place}/shop"))
    stacks, seen = whole(host)
    assert [stack.key for stack in stacks] == ["project blog", "project shop"]
    assert all(stack.shares for stack in stacks)
    assert [look.declared.name for look in seen.values() if isinstance(look, Look)] == [
        "blog",
        "shop",
    ]


def test_what_is_no_project_is_said_and_not_looked_at(host: Host) -> None:
    none = {"project": None, "service": None, "working_dir": None}
    more = [
        {"id": "1" * 64, "name": "/plain", **none},
        {"id": "2" * 64, "name": "/task.1", "swarm": "prod", **none},
        {"id": "3" * 64, "name": "/shop-web-run-1", "oneoff": "True"},
        {"id": "4" * 64, "name": "/odd", "project": "odd", "service": None},
    ]
    runs(host, SHOP, more=more)
    there = found(host)
    stacks = found_stacks(there)
    assert [stack.compose.name for stack in stacks] == ["shop"]
    assert ignored(there, stacks) == (
        "not looked at: task.1: Swarm stack prod; see docker stack services prod",
        "not looked at: shop-web-run-1: made by docker compose run",
        "not looked at: plain: no Compose project has it",
        "not looked at: odd: project odd, which has no service",
    )


@pytest.mark.parametrize("place", [None, "", "relative", "/srv/../etc", "/srv\n/x", "C:\\app"])
def test_a_place_that_is_none_leaves_what_the_engine_shows(host: Host, place: str | None) -> None:
    runs(host, SHOP)
    file = host.place / "answers" / "inspect"
    quoted = "null" if place is None else json.dumps(place)
    file.write_text(file.read_text().replace(f'"{host.place}/shop"', quoted))
    (stack,), seen = whole(host)
    assert (stack.placed, stack.key) == (False, "project shop")
    judged = everything(seen[stack.key], stack, unattended="true")
    assert [*judged] == ["unresolved shop"]
    assert "do not say in which directory" in judged["unresolved shop"].evidence
    assert "stack = Stack" not in stack.declaration


def test_a_name_that_compose_does_not_allow_is_no_project(host: Host) -> None:
    runs(host, SHOP)
    file = host.place / "answers" / "inspect"
    file.write_text(
        file.read_text().replace('"project": "shop"', '"project": "it\'s; touch canary"')
    )
    there = found(host)
    assert found_stacks(there) == ()
    assert len(ignored(there, ())) == 1


# What it costs


def test_compose_is_called_for_two_at_a_time(host: Host) -> None:
    """It keeps a processor busy; what one answers may be more than fits into a pipe."""
    runs(host, *(Project(f"p{n}", (Service("web"),)) for n in range(10)))
    host.answer(
        "before",
        'mkdir "$ANSWERS/at.$$"; set -- "$ANSWERS"/at.*; echo $# >>"$ANSWERS/most"\n'
        'sleep 0.05; rmdir "$ANSWERS/at.$$"\n',
    )
    for number in range(10):
        config = host.place / "answers" / f"p{number}-config"
        config.write_text(
            config.read_text().replace('"image"', '"image": "x",\n' * 3000 + '"image"')
        )
    began = time.monotonic()
    stacks, seen = whole(host)
    took = time.monotonic() - began
    assert all(isinstance(look, Look) for look in seen.values())
    counts = [int(line) for line in (host.place / "answers" / "most").read_text().split()]
    assert len(counts) == 20
    assert max(counts) == probe.COMPOSERS
    assert took < 30
    assert len(stacks) == 10


def test_a_project_whose_compose_hangs_holds_up_no_answer(host: Host) -> None:
    runs(host, SHOP, BLOG)
    host.answer("before", '[ "$name" != blog ] || exec sleep 60\n')
    there = found(host)
    stacks = [replace(s, timeouts=replace(s.timeouts, look=2)) for s in found_stacks(there)]
    _, seen = looked(host, stacks, there)
    blog, shop = seen.values()
    assert isinstance(shop, Look)
    assert shop.declared.unresolved == ""
    assert isinstance(blog, Look)
    assert "did not answer in time" in blog.declared.unresolved


@pytest.mark.parametrize("many", [1, 40])
def test_the_whole_command_fits_into_an_argument(many: int) -> None:
    """Linux takes 128 KiB, in which a login shell and su quote it once each."""
    services = (Service("web"), Service("redis"), *(Service(f"worker-{n}") for n in range(10)))
    projects = [Project(f"project-{number}", services) for number in range(many)]
    there = parse(marked([*_found(*projects), "whole|", "whole|=0"]))
    assert isinstance(there, Found)
    stacks = [replace(s, components=(Redis("redis"),)) for s in found_stacks(there)]
    assert len(stacks) == many
    command = HostLook().command(stacks=stacks, found=there)
    assert len(shlex.quote(shlex.quote(command))) < 100 << 10
