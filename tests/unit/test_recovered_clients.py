"""A recovery that breaks connections: clients come back by themselves, or are restarted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connecting import DEAF, NOW, QUICK, WAITING, busy, remembering, shop
from fakes import FakeHost
from looks import BACK, answering, attached, silent, unhealthy, with_container, with_declared
from recoveries import Ran, a_host, ran

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.parts import Part
from pyinfra_runbooks.engine.remembered import Used
from pyinfra_runbooks.facts.memories import Remember
from pyinfra_runbooks.facts.stack import StackReach
from pyinfra_runbooks.operations import recovery
from pyinfra_runbooks.packs.redis.connections import Connections
from pyinfra_runbooks.settings import Timeouts

WORKER = Used("t", lively=True)
DEAF_NOW = replace(DEAF, oldest=1)


def at(look: Look, after: float = 8) -> Look:
    """The same, seconds after the first one."""
    return replace(look, at=NOW + after)


def away(*connected: Connections) -> Look:
    """Redis is off its network, and does not know yet that its clients are gone."""
    return attached(busy(*connected), "cache", {})


def host(*looks: Look, **data: str) -> FakeHost:
    host = a_host(*looks, **data)
    host._answers |= {StackReach: [{}], Remember: [["x.json"]]}
    return host


def recover(*looks: Look, **arguments: Any) -> Ran:
    data = arguments.pop("run", {})
    return ran(recovery.recover, host(*looks, **data), shop(), **{"prove": True, **arguments})


HEALTHY = at(busy(QUICK, WAITING))
ATTACH = "attach shop-cache-1 to shop_back"


def test_one_that_comes_back_by_itself_is_not_restarted() -> None:
    came = recover(away(QUICK, WAITING), at(busy(QUICK)), at(busy(QUICK)), HEALTHY)
    assert (came.did, came.refused) == ([ATTACH], [])


def test_one_that_does_not_is_restarted_and_was_named_beforehand() -> None:
    came = recover(away(QUICK, WAITING), *[at(busy(QUICK, DEAF_NOW))] * 43, HEALTHY)
    assert (came.did, came.refused) == ([ATTACH, "restart jobs"], [])
    assert came.planned == [ATTACH]
    expected = "restart jobs, if it does not come back to cache by itself within 40 s"
    assert any(expected in said for said in came.host.said)


def test_one_that_comes_back_late_has_its_time() -> None:
    """As libraries do that wait longer each time."""
    came = recover(away(QUICK, WAITING), *[at(busy(QUICK))] * 33, HEALTHY)
    assert (came.did, came.refused) == ([ATTACH], [])
    assert came.looks < 40


def test_who_gets_more_time_has_the_rest_after_that_of_the_others() -> None:
    both, web = (at(unhealthy(busy(QUICK, one))) for one in (DEAF_NOW, WAITING))
    patient = shop(timeouts=Timeouts(recover=50))
    looks = away(QUICK, WAITING), *[both] * 42, web, HEALTHY
    came = ran(recovery.recover, host(*looks), patient, prove=True)
    assert (came.did, came.refused) == ([ATTACH, "restart jobs"], [])


def test_what_can_not_be_seen_is_waited_for_and_restarts_nobody() -> None:
    """A look that fails, and a Redis that does not answer, show nobody who has come back."""
    gone = at(busy(QUICK))
    for blind in (Unknown("the host did not answer"), silent(gone, "no answer")):
        came = recover(away(QUICK, WAITING), gone, gone, blind, gone, HEALTHY)
        assert (came.did, came.refused) == ([ATTACH], [])


def test_an_answer_that_had_no_time_restarts_nobody() -> None:
    """While clients are waited for, health checks get next to no time."""
    quick = Connections("172.30.0.3", "172.30.0.2", 1, 1, 0, 80_000, 1, blocked=1)
    gone = at(busy(WAITING))
    late = answering(gone, 0, "curl: (28) Operation timed out after 50 milliseconds", 0)
    late = replace(late, answers={n: replace(a, seconds=0.05) for n, a in late.answers.items()})
    came = recover(away(quick, WAITING), gone, gone, late, late, at(busy(quick, WAITING)))
    assert (came.did, came.refused) == ([ATTACH], [])


def test_all_have_their_time_at_once_and_those_come_last_that_nobody_waits_for() -> None:
    other = replace(WAITING, address="172.30.0.5")

    def both(look: Look) -> Look:
        return with_declared(look, "db", waits_for={"jobs": "service_started"})

    gone = both(at(busy(QUICK)))
    only_db = both(at(busy(QUICK, WAITING)))
    back = both(at(busy(QUICK, WAITING, other)))
    came = recover(both(away(QUICK, WAITING, other)), *[gone] * 43, *[only_db] * 3, back)
    assert (came.did, came.refused) == ([ATTACH, "restart jobs", "restart db"], [])
    assert came.looks < 51


def test_one_that_does_not_take_after_its_restart_either_is_said() -> None:
    came = recover(away(QUICK, WAITING), at(busy(QUICK, DEAF_NOW)))
    assert came.did == [ATTACH, "restart jobs"]
    (refused,) = came.refused
    assert "takes nothing" in refused
    assert "even after the repair" in refused


def test_above_the_cap_it_is_said_with_the_option_that_allows_it() -> None:
    looks = away(QUICK, WAITING), at(busy(QUICK, DEAF_NOW))
    came = recover(*looks, run={"max_disruption": "reconnect"})
    assert came.did == [ATTACH]
    assert any("--data max_disruption=restart" in said for said in came.refused)


def test_a_deaf_worker_alone_is_restarted_at_once() -> None:
    deaf = remembering(busy(QUICK, DEAF), jobs=WORKER)
    came = recover(deaf, at(busy(QUICK, WAITING)))
    assert (came.planned, came.did, came.refused) == (["restart jobs"], ["restart jobs"], [])
    assert came.looks < 5


def test_the_deploy_of_clients_does_that_too_and_no_more() -> None:
    deaf = remembering(busy(QUICK, DEAF), jobs=WORKER)
    came = recover(deaf, at(busy(QUICK, WAITING)), prove=False, parts=(Part.API,))
    assert (came.did, came.refused) == (["restart jobs"], [])
    came = recover(deaf, prove=False, parts=(Part.NETWORK,))
    assert came.did == []


def test_while_clients_have_their_time_nobody_asks_in_their_networks() -> None:
    """Each of these questions takes seconds, and right after a repair nothing is a riddle."""
    one = host(away(QUICK, WAITING), at(busy(QUICK)), HEALTHY)
    came = ran(recovery.recover, one, shop(), prove=True)
    assert came.did == [ATTACH]
    assert StackReach not in one.facts


def test_who_connects_when_it_has_to_is_left_alone() -> None:
    resting = replace(QUICK, silent=900)
    look = with_container(at(busy(WAITING)), "web", networks=busy().members("web")[0].networks)
    came = recover(away(resting, WAITING), look)
    assert (came.did, came.refused) == ([ATTACH], [])
    assert BACK in look.members("web")[0].networks
