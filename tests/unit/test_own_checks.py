"""The containers' own health checks: what they say, what is awaited, and which can't fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from looks import REDIS, healthy, identity, silent, stack, with_container, with_reply
from verdicts import kinds, verdicts

from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Answer, Look
from pyinfra_runbooks.engine.own_checks import OwnCheck, State, state
from pyinfra_runbooks.engine.rules import checks
from pyinfra_runbooks.engine.rules.own_checks import pending
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.checks.probe import PORTS
from pyinfra_runbooks.packs.look_event import look_event
from pyinfra_runbooks.settings import (
    CommandCheck,
    ContainerCheck,
    HttpCheck,
    Stack,
    TcpCheck,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ID = {service: identity(f"shop-{service}-1") for service in ("cache", "web", "db")}
NO_CHECKS = stack(health=())
FAILED = OwnCheck(streak=3, code=1)


def seen(service: str, health: str, own: OwnCheck | None = None, ago: float = 3600) -> Look:
    """A service whose own check came to this, so many seconds after its start."""
    look = with_container(
        healthy(),
        service,
        health=health,
        started=datetime.fromtimestamp(NOW.timestamp() - ago, UTC),
    )
    known = {} if own is None else {ID[service]: own}
    return replace(look, at=NOW.timestamp(), found=Found(own_checks=known))


STATES: dict[str, tuple[Look, State]] = {
    "none": (seen("web", ""), State.NONE),
    "healthy": (seen("web", "healthy", FAILED), State.PASSES),
    "starting": (seen("web", "starting", OwnCheck(streak=0), 20), State.AWAITED),
    "in its start period": (
        seen("web", "starting", OwnCheck(start_period=300), 290),
        State.AWAITED,
    ),
    "starting, and Docker never asked": (seen("web", "starting", OwnCheck(), 900), State.FAILS),
    "unhealthy": (seen("web", "unhealthy", FAILED), State.FAILS),
    "unhealthy, and no more is known": (seen("web", "unhealthy"), State.FAILS),
    "unhealthy since it was paused": (
        seen("web", "unhealthy", OwnCheck(streak=0, code=0)),
        State.AWAITED,
    ),
    "no such program": (seen("web", "unhealthy", OwnCheck(streak=9, code=127)), State.MISTAKEN),
    "too slow": (seen("web", "unhealthy", OwnCheck(streak=9, code=-1)), State.FAILS),
}


@pytest.mark.parametrize(("look", "is_"), STATES.values(), ids=STATES)
def test_state(look: Look, is_: State) -> None:
    (web,) = look.members("web")
    assert state(web, look.found.own_checks.get(web.id), look.at) is is_
    stopped = replace(web, status="exited")
    assert state(stopped, None, look.at) is State.NONE


def test_a_service_that_nothing_else_asks_is_unhealthy_by_its_own_check() -> None:
    (finding,) = verification.everything(seen("web", "unhealthy", FAILED), NO_CHECKS)
    assert (finding.kind.id, finding.subject) == ("own-check-fails", "web")
    assert finding.evidence == (
        "shop-web-1 is unhealthy, 3 times in a row, the last run ended with 1"
    )
    assert finding.breaks_health
    (late,) = verification.everything(seen("web", "starting", FAILED, 900), NO_CHECKS)
    assert late.problem == "has not passed its own health check since it was started"


def test_it_is_a_note_where_checks_prove_health() -> None:
    look = seen("db", "unhealthy", FAILED)
    assert verdicts(verification.everything(look, stack())) == [("own-check-fails", "Note")]
    assert verification.findings(look, stack()) == []


OTHERWISE: dict[str, tuple[str, Any]] = {
    "a Redis that answers": ("cache", ()),
    "its URL": ("web", (HttpCheck("http://web:8000/health"),)),
    "its port": ("db", (TcpCheck("db", 5432),)),
    "a command in it": ("db", (CommandCheck("db", command=("pg_isready",)),)),
}
CAME = {"HttpCheck": Answer(200, 0.1, ""), "TcpCheck": Answer(1, 0.1, "")}
CAME["CommandCheck"] = Answer(1, 0.1, "", code=0)


@pytest.mark.parametrize(("service", "health"), OTHERWISE.values(), ids=OTHERWISE)
@pytest.mark.parametrize(
    "own", [FAILED, OwnCheck(streak=3, code=127), OwnCheck(cannot_fail="redis")]
)
def test_a_service_that_is_asked_itself_needs_no_check_of_its_own(
    service: str, health: Any, own: OwnCheck
) -> None:
    look = seen(service, "healthy" if own.cannot_fail else "unhealthy", own)
    look = replace(look, answers={n: CAME[type(c).__name__] for n, c in enumerate(health)})
    assert verification.everything(look, stack(health=health)) == []


@pytest.mark.parametrize("why", ["always", "redis", "curl"])
def test_a_check_that_cant_fail_is_said_where_health_rests_on_it(why: str) -> None:
    look = seen("db", "healthy", OwnCheck(cannot_fail=why))
    found = verification.everything(look, NO_CHECKS)
    assert verdicts(found) == [("check-cannot-fail", "Note")]
    assert found[0].subject == "db"
    assert verification.findings(look, NO_CHECKS) == []
    assert verification.everything(look, stack()) == []
    named = stack(health=(ContainerCheck("db"),))
    passing = replace(look, answers={0: Answer(1, 0.1, "healthy")})
    assert kinds(verification.everything(passing, named)) == ["check-cannot-fail"]


def test_a_check_that_cant_work_is_a_note() -> None:
    look = seen("db", "unhealthy", OwnCheck(streak=9, code=127))
    assert verdicts(verification.everything(look, NO_CHECKS)) == [("own-check-mistaken", "Note")]

    declared = stack(health=(ContainerCheck("db"),))
    named = replace(look, answers={0: Answer(1, 0.1, "unhealthy")})
    assert verdicts(verification.everything(named, declared)) == [("check-mistaken", "Refusal")]


def test_a_redis_that_cant_be_asked_rests_on_its_own_check() -> None:
    look = silent(seen("cache", "unhealthy", FAILED))
    assert "own-check-fails" in kinds(verification.everything(look, NO_CHECKS))


# What is awaited


AWAITED = {"starting": OwnCheck(streak=0), "unhealthy": OwnCheck(streak=0, code=0)}


@pytest.mark.parametrize(("health", "own"), AWAITED.items(), ids=AWAITED)
def test_what_docker_has_yet_to_ask_is_no_finding(health: str, own: OwnCheck) -> None:
    look = seen("web", health, own, ago=20)
    assert verification.everything(look, NO_CHECKS) == []
    assert "the container check of web has not answered yet" in verification.summary(
        look, NO_CHECKS
    )
    declared = stack(health=(ContainerCheck("web"),))
    asked = replace(look, answers={0: Answer(1, 0.1, health)})
    assert verification.everything(asked, declared) == []
    assert look_event(asked, declared)["api_healthy"] is True
    # The proof waits for it all the same.
    assert checks.failure(declared.health[0], asked.answers[0])
    assert pending(asked, declared, State.AWAITED) == pending(look, NO_CHECKS, State.AWAITED)
    assert 30 <= pending(look, NO_CHECKS, State.AWAITED)["web"] <= 190


def test_nothing_is_awaited_where_health_rests_on_something_else() -> None:
    assert pending(seen("web", "starting", ago=5), stack(), State.AWAITED) == {}
    assert pending(seen("cache", "starting", ago=5), NO_CHECKS, State.AWAITED) == {}


def test_a_start_that_lasts_too_long_is_a_finding() -> None:
    declared = stack(health=(ContainerCheck("web"),))
    look = replace(seen("web", "starting", ago=900), answers={0: Answer(1, 0.1, "starting")})
    assert "unhealthy" in kinds(verification.findings(look, declared))


# A declared check of that kind


SAID: dict[str, tuple[Answer, list[str]]] = {
    "it fails": (Answer(1, 0.1, "unhealthy"), ["api-unhealthy", "unhealthy"]),
    "it has none": (Answer(1, 0.1, "none"), ["check-mistaken"]),
    "the engine does not say": (Answer(0, 0.1, "the engine does not say"), None),
    "it passes": (Answer(1, 0.1, "healthy"), []),
}  # type: ignore[dict-item]


@pytest.mark.parametrize(("answer", "expected"), SAID.values(), ids=SAID)
def test_a_declared_container_check(answer: Answer, expected: list[str] | None) -> None:
    look = seen("web", answer.body if answer.body == "unhealthy" else "healthy", FAILED)
    declared = stack(health=(ContainerCheck("web"),))
    found = kinds(verification.everything(replace(look, answers={0: answer}), declared))
    assert found == expected if expected is not None else "unhealthy" in found


# What fails of one service is no reason to restart another


KINDS = (TcpCheck("db", 5432), CommandCheck("db", command=("pg_isready",)), ContainerCheck("db"))
FAIL = (
    Answer(0, 0.1, "curl: (7) refused"),
    Answer(1, 0.1, "", code=2),
    Answer(1, 0.1, "unhealthy"),
)


@pytest.mark.parametrize(("check", "answer"), list(zip(KINDS, FAIL, strict=True)), ids=str)
def test_a_check_of_another_service_restarts_no_client(check: Any, answer: Answer) -> None:
    declared = stack(health=(check,))
    look = replace(healthy(), answers={0: answer})
    found = verification.everything(look, declared)
    assert verdicts(found) == [("unhealthy", "Symptom")]
    assert found[0].lines()[-1] == "  look: docker compose -p shop logs --tail 20 db"
    own = stack(health=(replace(check, **_to("web", check)),))
    assert kinds(verification.everything(look, own)) == ["api-unhealthy", "unhealthy"]


def _to(service: str, check: Any) -> dict[str, str]:
    return {"host": service} if isinstance(check, TcpCheck) else {"service": service}


# What "healthy" says


def _with_ports(look: Look, **ports: dict[int, bool]) -> Look:
    return with_reply(look, PORTS, ports)


SUMMARIES: dict[str, tuple[Callable[[], tuple[Look, Stack]], str]] = {
    "nothing is declared": (
        lambda: (healthy(), NO_CHECKS),
        "shop is healthy: 3 services run, cache answers PING as clerk (Redis 7.4.1, 6379),"
        " web (8000) and db (5432) accept connections, nothing else was asked",
    ),
    "the containers have checks": (
        lambda: (
            with_container(
                with_container(healthy(), "web", health="healthy"), "db", health="healthy"
            ),
            NO_CHECKS,
        ),
        "shop is healthy: 3 services run, cache answers PING as clerk (Redis 7.4.1, 6379), web"
        " (8000) and db (5432) accept connections, the container checks of db and web pass,"
        " nothing else was asked",
    ),
    "each kind": (
        lambda: (
            replace(
                with_container(healthy(), "web", health="healthy"),
                answers={
                    0: Answer(200, 0.1, ""),
                    1: Answer(200, 0.1, "ready"),
                    2: Answer(1, 0.1, ""),
                    3: Answer(1, 0.1, "holds", code=0),
                    4: Answer(1, 0.1, "healthy"),
                },
            ),
            stack(
                health=(
                    HttpCheck("http://web:8000/?token=x"),
                    HttpCheck("http://web:8000/", contains="ready"),
                    TcpCheck("db", 5432),
                    CommandCheck("db", command=("pg_isready", "x"), contains="accepting"),
                    ContainerCheck("web"),
                )
            ),
        ),
        "shop is healthy: 3 services run, cache answers PING as clerk (Redis 7.4.1, 6379),"
        " http://web:8000/?******** answered 200, http://web:8000/ answered 200 ready,"
        " db:5432 accepts connections, pg_isready in db ended with 0 and printed accepting,"
        " the container check of web passes",
    ),
    "nobody was asked": (
        lambda: (_with_ports(silent(healthy())), NO_CHECKS),
        "nothing is found to be wrong with shop: 3 services run, nothing else was asked",
    ),
}


@pytest.mark.parametrize(("case", "says"), SUMMARIES.values(), ids=SUMMARIES)
def test_healthy_says_what_was_asked_and_of_whom(
    case: Callable[[], tuple[Look, Stack]], says: str
) -> None:
    look, declared = case()
    assert verification.summary(look, declared) == says


def test_a_job_gets_the_same_sentence() -> None:
    look = healthy()
    event = look_event(look, NO_CHECKS)
    assert verification.summary(look, NO_CHECKS) == f"shop is healthy: {event['asked']}"
    assert look_event(seen("web", "unhealthy", FAILED), NO_CHECKS)["asked"] == ""


def test_what_a_redis_is_for_is_said_and_a_guess_is_said_as_one() -> None:
    look = healthy()
    declared = stack(health=(), redis=replace(REDIS, data="queue"))
    said = " cache answers PING as clerk (Redis 7.4.1, 6379), a queue, web (8000)"
    assert said in verification.summary(look, declared)
    guessed = replace(declared, found=frozenset({"cache"}))
    said = " cache answers PING as clerk (Redis 7.4.1, 6379), a queue by what it shows, web (8000)"
    assert said in verification.summary(look, guessed)
    assert "clerk (Redis 7.4.1, 6379), web (8000)" in verification.summary(look, NO_CHECKS)


def test_of_many_services_some_are_named() -> None:
    many = with_reply(healthy(), PORTS, {"web": dict.fromkeys(range(1, 3), True)})
    assert "web (1, 2) accepts connections" in verification.summary(many, NO_CHECKS)
