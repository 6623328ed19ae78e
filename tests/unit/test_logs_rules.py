"""A container that does not come up is named by its own last words, and others by that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from looks import (
    REDIS,
    answered,
    container,
    member,
    stack,
    with_container,
    with_declared,
    with_reply,
)

from pyinfra_runbooks.core.answers import AnswerError
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Refusal, Symptom
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.asked import Asking
from pyinfra_runbooks.engine.docker import Container, Mount
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.last_words import LAST_WORDS, What, Words, in_trouble, parse
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.last_words import did_not_reach, says_why
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.packs.logs.rules import KINDS, findings
from pyinfra_runbooks.settings import Redis, Stack

OPEN = stack(redis=Redis("cache"), health=(), secrets=())
NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
_OLD = NOW - timedelta(days=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


def ended(look: Look, service: str, **changes: Any) -> Look:
    """A service whose container is started again and again."""
    changes = {"status": "restarting", "restarts": 7, "exit_code": 1, **changes}
    return with_container(look, service, **changes)


def saying(look: Look, service: str, what: What, **keys: str) -> Look:
    """What the container of a service said last."""
    said = look.of(LAST_WORDS)
    (one,) = look.members(service)
    others = {} if isinstance(said, Unknown) else said
    return with_reply(look, LAST_WORDS, {**others, one.id: Words(what, keys)})


def shown(look: Look, of: Stack = OPEN) -> list[tuple[str, str, bool]]:
    """The kinds and subjects of all that breaks health, and whether each is a cause."""
    found = everything(look, of)
    return [(f.kind.id, f.subject, f.cause) for f in found if f.breaks_health]


CASES = [
    ("data-newer", What.NEWER, {"format": "12", "writer": "Redis 8.0.2"}, "Redis 8.0.2 wrote it"),
    ("data-newer", What.NEWER, {"format": "12"}, "Redis 7.4 or later wrote it"),
    ("data-newer", What.NEWER, {"made": "16", "runs": "17.2"}, "PostgreSQL 16 wrote it"),
    ("data-newer", What.NEWER, {"unused": "yes"}, "/var/lib/postgresql/data, where"),
    ("data-damaged", What.DAMAGED, {}, "it is damaged"),
    (
        "start-denied",
        What.DENIED,
        {"path": "/data/x", "error": "Permission denied"},
        "can't open /data/x: permission denied",
    ),
    ("start-denied", What.DENIED, {"error": "No space left on device"}, "no space is left"),
    ("start-denied", What.DENIED, {"port": "80", "error": "Permission denied"}, "port 80"),
    ("file-missing", What.MISSING, {"path": "/x.conf"}, "needs /x.conf, which is not there"),
    ("file-missing", What.MISSING, {"module": "redis"}, "lacks a module: redis"),
    (
        "configuration-refused",
        What.CONFIGURATION,
        {"line": "4", "directive": "nosuch"},
        "refuses its configuration: nosuch (line 4)",
    ),
    (
        "configuration-refused",
        What.CONFIGURATION,
        {"line": "4", "directive": "requirepass", "empty": "yes"},
        "requirepass has no value",
    ),
    (
        "acl-refused",
        What.ACL,
        {"file": "/run/acl", "line": "2", "error": "a rule is not known"},
        "refuses its ACL (/run/acl, line 2): a rule is not known",
    ),
    ("port-taken", What.PORT, {"port": "6379"}, "can't have port 6379: it is in use"),
    ("memory-short", What.MEMORY, {"killed": "yes"}, "was killed: it had too little memory"),
    ("memory-short", What.MEMORY, {}, "ended: it had too little memory"),
    (
        "cannot-execute",
        What.PROGRAM,
        {"path": "/start.sh", "error": "exec format error"},
        "/start.sh is for another processor",
    ),
    ("cannot-execute", What.PROGRAM, {}, "what it is to execute is not there"),
]


@pytest.mark.parametrize(("kind", "what", "keys", "said"), CASES)
def test_its_own_words_are_the_cause_and_all_else_follows(
    look: Look, kind: str, what: What, keys: dict[str, str], said: str
) -> None:
    broken = saying(ended(look, "cache"), "cache", what, **keys)
    (finding,) = findings(broken, OPEN)
    assert (finding.kind.id, finding.subject) == (kind, "cache")
    assert said in finding.problem
    assert "restarted 7 times" in finding.evidence
    first, *others = shown(broken)
    assert first == (kind, "cache", True)
    assert not any(cause for *_, cause in others), others


@pytest.mark.parametrize(("service", "health"), [("cache", ""), ("db", "healthy")])
def test_what_has_come_up_after_all_said_nothing(look: Look, service: str, health: str) -> None:
    """Its last run may have ended a moment ago, before its file was corrected."""
    now = {"status": "running", "restarts": 8, "started": datetime.fromtimestamp(look.at, UTC)}
    up = with_container(look, service, **now, health=health)
    assert [*findings(saying(up, service, What.CONFIGURATION), OPEN)] == []
    dead = answered(with_container(up, service, health=""), Unknown("no answer"))
    (finding,) = findings(saying(dead, service, What.CONFIGURATION), OPEN)
    assert finding.kind.id == "configuration-refused"


def test_every_cause_has_a_kind() -> None:
    assert set(KINDS) == set(What) - {What.ELSEWHERE}


def test_it_says_what_to_do(look: Look) -> None:
    volume = Mount("bind", "/srv/data", "/data")
    broken = ended(look, "cache", mounts=(volume,))
    broken = saying(broken, "cache", What.DENIED, path="/data/x", error="Permission denied")
    (finding,) = findings(broken, OPEN)
    assert isinstance(finding.resolution, Refusal)
    assert "ls -lnd /srv/data" in finding.resolution.instead
    assert "docker logs --tail 20 shop-cache-1" in finding.resolution.instead


def test_a_loop_whose_words_nobody_knows_is_told_as_before(look: Look) -> None:
    assert shown(ended(look, "cache"))[0] == ("redis-restart-loop", "cache", True)


@pytest.mark.parametrize("status", ["exited", "created", "dead"])
def test_one_that_ended_with_an_error(look: Look, status: str) -> None:
    broken = saying(ended(look, "cache", status=status, restarts=0), "cache", What.PORT, port="80")
    causes = [(kind, subject) for kind, subject, cause in shown(broken) if cause]
    assert causes[0] == ("port-taken", "cache")


def test_what_is_declared_of_its_acl_is_repaired_by_its_own_finding(look: Look) -> None:
    broken = saying(ended(look, "cache"), "cache", What.ACL, line="2")
    (finding,) = findings(broken, stack())
    assert isinstance(finding.resolution, Symptom)
    path = REDIS.acl_file
    broken = saying(ended(look, "cache"), "cache", What.DENIED, path=path, error="Is a directory")
    (finding,) = findings(broken, stack())
    assert isinstance(finding.resolution, Symptom)


def test_a_secret_that_is_looked_after_is_put_right_by_its_own_finding(look: Look) -> None:
    """One that another file is, is not."""
    for path, answer in (("/run/secrets/cache_password", Symptom), ("/data/x", Refusal)):
        broken = saying(ended(look, "web"), "web", What.DENIED, path=path, error="Is a directory")
        (finding,) = findings(broken, stack())
        assert isinstance(finding.resolution, answer)


def test_where_users_are_declared_a_restart_is_tried_before(look: Look) -> None:
    broken = saying(ended(look, "cache"), "cache", What.CONFIGURATION, directive="x")
    causes = [(kind, subject) for kind, subject, cause in shown(broken, stack()) if cause]
    assert causes[:2] == [("configuration-refused", "cache"), ("redis-restart-loop", "cache")]


# Symptoms


def of(look: Look, kind: str, service: str) -> Finding[Any]:
    """The finding of a kind about a service."""
    found = everything(look, replace(OPEN, components=()))
    return next(f for f in found if (f.kind.id, f.subject) == (kind, service))


def test_a_client_that_does_not_reach_it_is_a_symptom(look: Look) -> None:
    broken = saying(ended(look, "cache"), "cache", What.NEWER, format="12")
    broken = saying(ended(broken, "web"), "web", What.ELSEWHERE, host="sessions", error="name")
    assert did_not_reach(broken, member(broken, "shop-web-1")) == (
        "it did not reach sessions: shop-cache-1 is restarting"
    )
    causes = [(kind, subject) for kind, subject, cause in shown(broken) if cause]
    assert causes == [("data-newer", "cache")]
    exited = saying(
        ended(broken, "web", status="exited"), "web", What.ELSEWHERE, host="cache", error="name"
    )
    finding = of(exited, "not-running", "web")
    assert isinstance(finding.resolution, Symptom)
    assert "it did not reach cache" in finding.evidence


@pytest.mark.parametrize("keys", [{"error": "login"}, {"error": "name"}, {"host": "db"}])
def test_one_that_could_not_reach_what_runs_is_none(look: Look, keys: dict[str, str]) -> None:
    broken = saying(ended(look, "web", status="exited"), "web", What.ELSEWHERE, **keys)
    assert did_not_reach(broken, member(broken, "shop-web-1")) is None
    assert isinstance(of(broken, "not-running", "web").resolution, Refusal)


def test_what_it_names_as_a_host_may_be_meant(look: Look) -> None:
    broken = with_declared(ended(look, "cache"), "web", uses=frozenset({"cache"}))
    broken = saying(ended(broken, "web"), "web", What.ELSEWHERE, error="refused")
    assert did_not_reach(broken, member(broken, "shop-web-1"))


def test_between_two_of_its_starts_it_is_no_silent_one(look: Look) -> None:
    now = {"status": "running", "started": datetime.fromtimestamp(1_800_000_000, UTC)}
    broken = replace(ended(look, "cache", **now), at=1_800_000_001.0)
    broken = saying(broken, "cache", What.NEWER, format="12")
    broken = replace(broken, servers={"cache": Unknown("Redis does not answer")})
    causes = [(kind, subject) for kind, subject, cause in shown(broken) if cause]
    assert causes == [("data-newer", "cache")]


# Which containers are asked, and how


def one(**changes: Any) -> Container:
    """A container of the stack."""
    return container("cache", "shop-cache-1", {}, **{"started": NOW, **changes})


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, False),
        ({"status": "restarting"}, True),
        ({"status": "exited", "exit_code": 1}, True),
        ({"status": "exited"}, False),
        ({"status": "created"}, False),
        ({"status": "created", "exit_code": 127}, True),
        ({"status": "paused"}, False),
        ({"restarts": 3}, True),
        ({"restarts": 3, "started": NOW - timedelta(seconds=4)}, True),
        ({"restarts": 3, "started": NOW - timedelta(seconds=6)}, False),
        ({"restarts": 3, "started": NOW - timedelta(hours=1), "health": "unhealthy"}, True),
    ],
)
def test_only_those_in_trouble(changes: dict[str, Any], asked: bool) -> None:
    assert in_trouble(one(**changes), NOW.timestamp() + 5) is asked


@pytest.mark.parametrize(
    ("changes", "since"),
    [
        ({"status": "exited", "exit_code": 1}, f"{NOW.timestamp() - 1:.6f}"),
        ({"status": "running", "restarts": 1}, f"{NOW.timestamp() - 90:.6f}"),
        ({"status": "exited", "exit_code": 137}, "none"),
        ({"status": "exited", "exit_code": 143}, "none"),
        ({"status": "created", "exit_code": 127, "started": _NEVER}, "-"),
        ({"health": "unhealthy"}, f"{NOW.timestamp() - 1:.6f}"),
        ({"health": "unhealthy", "started": _OLD}, f"{NOW.timestamp() - 300:.6f}"),
    ],
)
def test_what_of_its_log_counts(look: Look, changes: dict[str, Any], since: str) -> None:
    found = Found(containers=(one(**changes),), at=NOW.timestamp())
    given = LAST_WORDS.values(Asking.of(OPEN, found))
    assert given is not None
    line = str(*given["containers"])  # type: ignore[misc]
    assert line.split("\t")[1] == since
    assert {"cache", "shop-cache-1"} <= {*given["names"]}  # type: ignore[misc]
    assert LAST_WORDS.values(Asking.of(OPEN, replace(found, containers=look.containers))) is None


def test_one_that_is_up_again_says_nothing(look: Look) -> None:
    healthy = saying(look, "cache", What.NEWER, format="12")
    assert not says_why(healthy, member(healthy, "shop-cache-1"))
    assert list(findings(healthy, OPEN)) == []
    assert shown(healthy) == shown(look)


def test_of_one_that_runs_on_only_what_it_says_of_others_counts(look: Look) -> None:
    unwell = saying(with_container(look, "web", health="unhealthy"), "web", What.NEWER, format="9")
    (web,) = unwell.members("web")
    assert not says_why(unwell, web)
    assert list(findings(unwell, OPEN)) == []


def test_the_answer() -> None:
    said = parse(["a\tnewer\tformat=12\twriter=Redis 8.0.2", "b\tnothing", "c\tunread", ""])
    assert said["a"] == Words(What.NEWER, {"format": "12", "writer": "Redis 8.0.2"})
    assert said["b"] is None
    assert isinstance(said["c"], Unknown)


@pytest.mark.parametrize("line", ["what is this", "a\tnewer\tno key", "a\tanother"])
def test_another_answer_is_none(line: str) -> None:
    with pytest.raises(AnswerError, match="not understood"):
        parse([line])
