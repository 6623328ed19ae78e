"""Whom a Redis lets in whose users nobody declares: what its files say, against what runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from looks import (
    answered,
    cache,
    container,
    endpoint,
    joined,
    stack,
    with_container,
    with_declared,
    with_endpoint,
    with_info,
    with_redis,
    with_reply,
    with_unset,
)

from pyinfra_runbooks.core.answers import AnswerError
from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Note, Refusal, Remedy
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.asked import Asking, Member
from pyinfra_runbooks.engine.compose import DeclaredPort
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.packs.redis.access import ACCESS, Access, Given, parse
from pyinfra_runbooks.packs.redis.connections import Connections
from pyinfra_runbooks.packs.redis.login import Login
from pyinfra_runbooks.packs.redis.rules.access import findings
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.packs.redis.steps import Step
from pyinfra_runbooks.settings import HostFile, Redis, Stack

PLAIN = Redis("cache")
WITH_PASSWORD = Redis("cache", password=HostFile("keys/cache.txt"))
CONF = "/etc/redis.conf"
STARTED = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
GIVEN, EMPTY, NONE = Given("given"), Given("empty"), Given("none")


def of(redis: Redis = PLAIN) -> Stack:
    """The stack with another Redis, and without checks."""
    return stack(redis=redis, health=(), secrets=())


def open_(look: Look, access: Access | Unknown = Access()) -> Look:  # noqa: B008 - it is frozen
    """Everybody is let in."""
    look = with_redis(look, open=True, logins={}, acl={}, users=frozenset({"default"}))
    return with_reply(look, ACCESS, access, "cache")


def refusing(look: Look, access: Access, **changes: Any) -> Look:
    """The login that was sent is refused."""
    server = Server(False, {"default": False}, {}, None, None, {}, {}, "WRONGPASS", **changes)
    return with_reply(answered(look, server), ACCESS, access, "cache")


def published(look: Look, *addresses: str) -> Look:
    """The port is published at these addresses."""
    ports = tuple(DeclaredPort(address, 6379, 6379) for address in addresses)
    return with_declared(look, "cache", ports=ports)


def kinds(look: Look, redis: Redis = PLAIN) -> list[str]:
    """The kinds of what is found of it."""
    return [finding.kind.id for finding in findings(look, of(redis), redis)]


@pytest.mark.parametrize(
    ("access", "redis", "said"),
    [
        (Access(arguments=GIVEN), PLAIN, "its command line gives a password"),
        (
            Access(arguments=Given("given", "REDIS_PASSWORD")),
            PLAIN,
            "its command line gives a password (REDIS_PASSWORD)",
        ),
        (Access(file=GIVEN, conf=CONF), PLAIN, f"{CONF} gives a password (requirepass)"),
        (Access(users="closed", conf=CONF), PLAIN, f"{CONF} keeps out"),
        (Access(acl="closed", conf=CONF), PLAIN, f"{CONF} keeps out"),
        (Access(), WITH_PASSWORD, "the inventory declares its password"),
        (Unknown("no answer"), WITH_PASSWORD, "the inventory declares its password"),
    ],
)
def test_one_that_runs_without_the_password_that_it_is_given(
    look: Look, access: Access | Unknown, redis: Redis, said: str
) -> None:
    (finding,) = findings(open_(look, access), of(redis), redis)
    assert (finding.kind.id, finding.subject) == ("unguarded", "cache")
    assert said in finding.evidence
    answer = finding.resolution
    if redis.password is None:
        assert isinstance(answer, Remedy)
        assert (answer.action, answer.disruption) == (Step.RESTART, Disruption.RESTART)
    else:  # A restart gives it none.
        assert isinstance(answer, Refusal)
        assert "docker restart shop-cache-1" in answer.instead
        assert "redis-cli SAVE" in answer.instead


def test_it_is_not_restarted_where_its_data_may_be_lost(look: Look) -> None:
    broken = open_(with_info(look, rdb_last_bgsave_status="err"), Access(file=GIVEN, conf=CONF))
    (finding,) = findings(broken, of(), PLAIN)
    assert finding.kind.id == "unguarded"
    assert isinstance(finding.resolution, Refusal)
    assert "its last save failed" in finding.resolution.because


def test_its_clients_may_not_have_the_password_yet(look: Look) -> None:
    """A job leaves it to a person, who sees who is connected."""
    broken = open_(look, Access(file=GIVEN, conf=CONF))
    for number, service in enumerate(("cache", "web", "db"), 2):
        broken = with_endpoint(broken, service, address=f"172.30.0.{number}")
    one = Connections("172.30.0.3", "172.30.0.2")
    (finding,) = findings(with_redis(broken, connected=(one,)), of(), PLAIN)
    answer = finding.resolution
    assert isinstance(answer, Remedy)
    assert answer.needs_person is not None
    assert "web" in answer.needs_person.because
    assert "(connected now: web)" in answer.does
    judged = Policy(unattended=True).judge(finding).resolution
    assert judged == answer.needs_person
    attended = Policy(unattended=False).judge(finding).resolution
    assert isinstance(attended, Remedy)


def test_it_may_have_been_opened_on_purpose(look: Look) -> None:
    opened = with_info(
        open_(look, Access(file=GIVEN, conf=CONF)), **{"cmdstat_config|set": "calls=1,usec=3"}
    )
    (finding,) = findings(opened, of(), PLAIN)
    assert finding.kind.id == "unguarded"
    assert isinstance(finding.resolution, Refusal)
    assert "CONFIG SET" in finding.resolution.because


def test_a_file_that_was_changed_after_its_start_says_so(look: Look) -> None:
    at = int(STARTED.timestamp())
    look = with_container(look, "cache", started=STARTED)
    for changed, said in ((at + 60, True), (at - 60, False), (0, False)):
        access = Access(file=GIVEN, conf=CONF, changed=changed)
        (finding,) = findings(open_(look, access), of(), PLAIN)
        assert ("changed 2026-11-27 15:01:00 UTC, after it was" in finding.evidence) is said


def test_it_is_the_first_cause(look: Look) -> None:
    broken = open_(look, Access(file=GIVEN, conf=CONF))
    first, *others = [f for f in everything(broken, of(WITH_PASSWORD)) if f.breaks_health]
    assert (first.kind.id, first.cause) == ("unguarded", True)
    assert not any(finding.cause for finding in others)


@pytest.mark.parametrize(
    ("access", "variable"),
    [
        (Access(arguments=Given("empty", "REDIS_PASSWORD")), "REDIS_PASSWORD"),
        (Access(arguments=EMPTY, compose=("SECRET_PASS",)), "SECRET_PASS"),
    ],
)
def test_a_password_that_is_empty_as_its_variable_is(
    look: Look, access: Access, variable: str
) -> None:
    (finding,) = findings(open_(look, access), of(), PLAIN)
    assert finding.kind.id == "password-empty"
    assert f"{variable} is empty" in finding.problem
    missing = with_unset(open_(look, access), variable)
    (finding,) = findings(missing, of(), PLAIN)
    assert f"Compose misses {variable}" in finding.evidence


@pytest.mark.parametrize("name", ["?", "ecretPw1"])
@pytest.mark.parametrize("word", ["empty", "literal", "given"])
def test_what_may_be_a_piece_of_a_password_is_no_name(look: Look, name: str, word: str) -> None:
    """It begins with a $, and an inventory or a shell takes it for a variable's name."""
    if word == "given":
        assert Access(arguments=Given(word, "?")).closed == "its command line gives a password"
        return
    broken = with_unset(open_(look, Access(arguments=Given(word, name))), name, "TAG")
    (finding,) = findings(broken, of(), PLAIN)
    assert finding.kind.id == f"password-{word}"
    said = f"{finding.problem}\n{finding.evidence}\n{finding.resolution}"
    assert name not in said
    assert "a variable" in finding.problem
    assert word == "literal" or "Compose misses a variable, TAG" in finding.evidence


def test_of_what_a_compose_file_names_the_same(look: Look) -> None:
    broken = open_(look, Access(arguments=EMPTY, compose=("?", "ecretPw1")))
    (finding,) = findings(broken, of(), PLAIN)
    assert "has no password: a variable is empty" in finding.problem
    assert "ecret" not in f"{finding.evidence}{finding.resolution}"


@pytest.mark.parametrize(
    "access",
    [
        Access(),
        Access(arguments=EMPTY),
        Access(arguments=Given("chosen", "REDIS_PASSWORD")),
        Access(file=EMPTY, conf=CONF),
        Access(users="open", conf=CONF),
        Access(file=GIVEN, acl="open", conf=CONF),
        Access(arguments=GIVEN, users="open", conf=CONF),
        Access(arguments=EMPTY, file=GIVEN, conf=CONF),
        Unknown("no answer"),
    ],
)
def test_one_that_is_open_as_its_files_have_it_is_healthy(
    look: Look, access: Access | Unknown
) -> None:
    assert kinds(open_(look, access)) == []


@pytest.mark.parametrize(
    ("access", "where"),
    [
        (Access(arguments=Given("literal", "REDIS_PASSWORD")), "its command line"),
        (Access(file=Given("literal", "REDIS_PASSWORD"), conf=CONF), CONF),
    ],
)
def test_a_password_that_is_the_text_of_a_variable(look: Look, access: Access, where: str) -> None:
    for broken in (refusing(look, access), with_reply(look, ACCESS, access, "cache")):
        (finding,) = findings(broken, of(), PLAIN)
        assert finding.kind.id == "password-literal"
        assert "uses the text $REDIS_PASSWORD as its password" in finding.problem
        assert where in finding.evidence


@pytest.mark.parametrize(
    ("access", "redis"),
    [
        (Access(arguments=GIVEN), PLAIN),
        (Access(file=GIVEN, conf=CONF), PLAIN),
        (Access(), WITH_PASSWORD),
    ],
)
def test_one_that_refuses_the_password_that_it_is_given(
    look: Look, access: Access, redis: Redis
) -> None:
    (finding,) = findings(refusing(look, access), of(redis), redis)
    assert finding.kind.id == "password-differs"
    assert "WRONGPASS" in finding.evidence
    assert kinds(refusing(look, access, login_sent=False), redis) == []


def test_what_its_container_holds_is_refused(look: Look) -> None:
    """As `Server.login` has it."""

    held = Login(refused=("--requirepass",))
    server = Server(False, {}, {}, None, None, {}, {}, "WRONGPASS", login=held)
    literal = Access(arguments=Given("literal", "PASS"))
    for access, found in (
        (Access(arguments=GIVEN), ["password-differs"]),
        (Access(), []),
        (literal, []),
    ):
        assert kinds(with_reply(answered(look, server), ACCESS, access, "cache")) == found


def test_a_login_that_its_files_do_not_name_proves_nothing(look: Look) -> None:
    assert kinds(refusing(look, Access())) == []
    served = with_redis(look, logins={"default": True})
    assert kinds(with_reply(served, ACCESS, Access(arguments=GIVEN), "cache")) == []


@pytest.mark.parametrize(
    ("addresses", "note"),
    [(("",), True), (("0.0.0.0",), True), (("127.0.0.1",), False), ((), False)],  # noqa: S104
)
def test_one_that_is_open_to_everybody_and_published(
    look: Look, addresses: tuple[str, ...], note: bool
) -> None:
    look = published(open_(look), *addresses)
    found = [*findings(look, of(), PLAIN)]
    assert [f.kind.id for f in found] == ["open-published"] * note
    for finding in found:
        assert isinstance(finding.resolution, Note)
        assert not finding.breaks_health
        assert "0.0.0.0:6379" in finding.evidence
    closed = published(with_redis(look, open=False, logins={"default": True}), *addresses)
    assert kinds(closed) == []


def test_what_the_engine_publishes_counts_more_than_what_is_declared(look: Look) -> None:
    """As `Found.seen` has it."""
    cache_id = look.members("cache")[0].id
    for address, said in (("", True), ("127.0.0.1", False)):
        port = SimpleNamespace(port=6379, address=address, host_port=7000, protocol="tcp")
        found = SimpleNamespace(seen={cache_id: SimpleNamespace(published=(port,))})
        seen = replace(published(open_(look), ""), found=found)  # type: ignore[arg-type]
        evidence = "".join(f.evidence for f in findings(seen, of(), PLAIN))
        assert ("0.0.0.0:7000" in evidence) is said
        assert "6379" not in evidence


def test_what_is_found_says_where_it_is_published(look: Look) -> None:
    (finding,) = findings(published(open_(look, Access(arguments=GIVEN)), ""), of(), PLAIN)
    assert finding.kind.id == "unguarded"
    assert "published on every address of the host: 0.0.0.0:6379" in finding.evidence


def test_declared_users_are_policed_elsewhere(look: Look) -> None:
    (redis,) = stack().servers
    assert kinds(open_(look, Access(arguments=GIVEN)), redis) == []


def test_one_that_can_t_be_asked(look: Look) -> None:
    given = Access(arguments=GIVEN)
    assert kinds(answered(open_(look, given), Unknown("no answer"))) == []
    twin = container("cache", "shop-cache-2", {"shop_back": endpoint("cache")})
    assert kinds(joined(open_(look, given), twin)) == []
    sentinel = with_redis(open_(look, given), info={"redis_mode": "sentinel"})
    assert kinds(sentinel) == []
    assert cache(open_(look)).open


def test_whom_it_asks(look: Look) -> None:
    """One of which no user is declared, whether it runs or is to be started."""
    for redis, changes, asked in (
        (PLAIN, {}, True),
        (PLAIN, {"status": "exited"}, True),
        (stack().servers[0], {}, False),
    ):
        changed = with_container(look, "cache", **changes)
        found = Found(containers=changed.containers)
        member = Member(Asking.of(of(redis), found), redis)
        given = ACCESS.values(member)
        assert (given is not None) is asked
        if given:
            assert given["files"] == ("/srv/shop/compose.yml",)


def test_the_answer() -> None:
    lines = ["arguments none ", f"conf {CONF}", "file given ", "users none", "changed 1764000000"]
    assert parse([*lines, "compose PASS", "compose PASS", ""]) == Access(
        file=GIVEN, conf=CONF, changed=1764000000, compose=("PASS",)
    )
    assert parse(["arguments literal A"]).arguments == Given("literal", "A")


@pytest.mark.parametrize("lines", [[], ["file given"], ["arguments hunter2"]])
def test_another_answer_is_none(lines: list[str]) -> None:
    with pytest.raises(AnswerError) as caught:
        parse(lines)
    assert "told" in str(caught.value) or "understood" in str(caught.value)


def test_its_command_line_overrules_its_file() -> None:
    both = Access(arguments=EMPTY, file=GIVEN)
    assert (both.decides, both.closed) == (EMPTY, "")
    assert replace(both, arguments=NONE).decides == GIVEN
