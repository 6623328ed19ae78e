"""A client that is refused, by its own log: where Redis does not tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from connecting import QUICK, WEB, busy, linked, remembering
from looks import stack, with_container, with_declared, with_redis, with_reply

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Refusal, Symptom
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.discovery.seen import Link
from pyinfra_runbooks.engine.last_words import LAST_WORDS, What, Words
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.clients.rules.said import findings
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.packs.redis.connections import Refused
from pyinfra_runbooks.packs.redis.login import Login
from pyinfra_runbooks.settings import Redis, Stack

OPEN = stack(redis=Redis("cache"), health=(), secrets=())
LINK = Link("REDIS_URL", "cache", 6379, "redis")
LOGIN = {"error": "login", "server": "redis"}
LOOPS: dict[str, Any] = {"status": "restarting", "restarts": 7, "exit_code": 1}
ENDED: dict[str, Any] = {"status": "exited", "exit_code": 1}
FAILS: dict[str, Any] = {"health": "unhealthy"}
UNTOLD = Unknown("NOPERM")


def saying(changes: dict[str, Any], link: Link | None = LINK, **keys: str) -> Look:
    """`jobs` names `cache`, and says that of another one; nobody may ask for ACL LOG."""
    look = busy(QUICK)
    look = linked(look, **({"jobs": link} if link else {}))
    look = with_redis(with_container(look, "jobs", **changes), turned_away=UNTOLD)
    (jobs,) = look.members("jobs")
    return with_reply(look, LAST_WORDS, {jobs.id: Words(What.ELSEWHERE, keys or LOGIN)})


def found(look: Look, of: Stack = OPEN) -> list[Finding[Any]]:
    return list(findings(look, of))


@pytest.mark.parametrize("changes", [LOOPS, ENDED, FAILS], ids=["loops", "ended", "fails"])
def test_its_own_log_names_the_cause(changes: dict[str, Any]) -> None:
    look = saying(changes)
    (refused,) = found(look)
    assert (refused.kind.id, refused.subject) == ("client-refused", "jobs")
    assert refused.problem == "is refused by cache: its login is wrong, or it has none"
    assert isinstance(refused.resolution, Refusal)
    causes = [f for f in everything(look, OPEN) if f.cause and f.breaks_health]
    assert [(f.kind.id, f.subject) for f in causes] == [("client-refused", "jobs")]


def test_so_it_is_where_redis_can_not_be_asked_at_all() -> None:
    for server in (Unknown("its login is not known"), None):
        look = saying(LOOPS)
        if server:
            look = replace(look, servers={"cache": server})
        else:
            look = with_redis(look, info={}, config=None, users=None, acl={}, logins={})
        assert [f.kind.id for f in found(look)] == ["client-refused"]


def test_a_host_that_it_names_counts_more_than_its_environment() -> None:
    (refused,) = found(saying(LOOPS, None, **LOGIN, host="cache"))
    assert "most likely" not in refused.problem
    assert found(saying(LOOPS, LINK, **LOGIN, host="db")) == []


def test_what_it_may_use_is_refused_by_most_likely() -> None:
    look = with_declared(saying(LOOPS), "db", uses=frozenset({"cache"}))
    look = with_container(look, "db", image_name="postgres:16")
    shared = linked(look, jobs=LINK, db=LINK)
    (refused,) = found(shared)
    assert "is refused by cache, most likely:" in refused.problem


@pytest.mark.parametrize(
    "look",
    [
        saying(LOOPS, error="login"),  # Of whatever server.
        saying(LOOPS, error="refused", server="redis"),
        saying(LOOPS, None),
        saying({"status": "running"}),
        with_container(saying(LOOPS), "cache", status="exited"),
        with_redis(saying(LOOPS), info={"loading": "1"}),
    ],
    ids=["another", "other words", "no client", "runs", "redis is down", "redis loads"],
)
def test_what_proves_nothing(look: Look) -> None:
    assert found(look) == []


def test_a_redis_that_takes_none_of_what_it_is_given_may_be_at_fault() -> None:
    look = with_redis(saying(LOOPS), login=Login(refused=("--requirepass",)))
    (refused,) = found(look)
    assert isinstance(refused.resolution, Symptom)


def test_what_redis_tells_itself_is_said_once() -> None:
    told = (Refused(WEB, "auth", 3, 5),)
    look = remembering(busy(refused=told))
    look = with_container(linked(look, web=LINK), "web", **FAILS)
    (web,) = look.members("web")
    look = with_reply(look, LAST_WORDS, {web.id: Words(What.ELSEWHERE, LOGIN)})
    assert found(look) == []
    kinds = [f.kind.id for f in everything(look, OPEN) if f.subject == "web"]
    assert kinds.count("client-refused") == 1
