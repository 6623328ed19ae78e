"""A password that PostgreSQL's role no longer has: when it is set, and when not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from looks import (
    healthy,
    with_container,
    with_file,
    with_inside,
)
from postgres_looks import FILE, GIVEN, REFUSED, SAYS, found, judged, role, seeing, server, stack

from pyinfra_runbooks import Accepted
from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Note, Refusal, Remedy, Symptom
from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.files import File
from pyinfra_runbooks.operations.executing import change_of
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.postgres.pack import PACK
from pyinfra_runbooks.packs.postgres.seen import (
    Login,
    Ready,
    Seen,
)


def test_a_declared_password_is_given_to_the_role() -> None:
    (finding,) = judged(seeing(REFUSED), unattended=True)
    assert finding.kind.id == "postgres-password"
    assert SAYS in finding.evidence
    assert isinstance(finding.resolution, Remedy)
    (step,) = verification.planned(seeing(REFUSED), stack()).steps
    change = change_of(step, seeing(REFUSED), stack(), Policy())
    assert change.script.splitlines()[-1] == "audited set_password"
    assert change.stdin == ()


def test_what_its_container_was_given_is_a_guess_that_only_a_person_confirms() -> None:
    (finding,) = judged(seeing(REFUSED), GIVEN, unattended=True)
    assert isinstance(finding.resolution, Refusal)
    assert "Postgres(user=..., password=" in finding.resolution.instead
    (finding,) = judged(seeing(REFUSED), GIVEN)
    assert isinstance(finding.resolution, Remedy)


def test_clients_that_are_logged_in_have_another_password_than_was_guessed() -> None:
    """It was changed on purpose, in everything but the compose file: they would be locked out."""
    (finding,) = judged(seeing(role(clients=3)), GIVEN)
    assert finding.kind.id == "postgres-given"
    assert isinstance(finding.resolution, Note)
    assert not finding.breaks_health


def test_a_rotation_is_not_finished_by_a_job() -> None:
    """The file has the new password, the role and who is logged in have the former one."""
    look = seeing(role(clients=3))
    (finding,) = judged(look, unattended=True)
    assert finding.kind.id == "postgres-password"
    assert finding.evidence.endswith(": 3")
    assert isinstance(finding.resolution, Refusal)
    assert "3 clients are logged in as app" in finding.resolution.because
    assert "may have its former password" in finding.resolution.because
    assert "have a person run this" in finding.resolution.instead
    assert verification.planned(look, stack(), Policy(unattended=True)).steps == ()
    (finding,) = judged(look)
    assert isinstance(finding.resolution, Remedy)
    assert finding.resolution.disruption is Disruption.RECONNECT
    (finding,) = judged(look, cap=Disruption.NONE)
    assert isinstance(finding.resolution, Refusal)


def test_who_mounts_the_former_file_is_a_sign_of_a_rotation() -> None:
    mounts = (Mount("bind", FILE, "/run/secrets/db"),)
    look = with_container(with_file(seeing(REFUSED), FILE, inode=7), "web", mounts=mounts)
    for inode, words in ((7, False), (6, True)):
        there = with_inside(look, "web", files={mounts[0].target: File(FILE, inode=inode)})
        (finding,) = found(there)
        assert ("shop-web-1 still mounts" in finding.evidence) is words


def test_a_client_that_logs_in_after_the_look_is_not_locked_out() -> None:
    for clients, alone in ((0, "alone=yes\n"), (3, "alone=''\n")):
        look = seeing(role(clients=clients))
        (step,) = verification.planned(look, stack()).steps
        assert alone in change_of(step, look, stack(), Policy()).script


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (replace(REFUSED, server=None, closed="no password supplied"), "no password supplied"),
        (server(standby=True), "standby"),
        (server(role=None), "no role app"),
        (role(login=False), "may not log in"),
        (role(expired=True), "expired"),
        (server(superuser=False), "no superuser"),
    ],
)
def test_why_it_can_not_be_set(seen: Seen, words: str) -> None:
    (finding,) = judged(seeing(seen))
    assert finding.kind.id == "postgres-password"
    assert isinstance(finding.resolution, Refusal)
    assert words in finding.resolution.because
    assert verification.planned(seeing(seen), stack()).steps == ()


@pytest.mark.parametrize(
    ("login", "kind", "breaks"),
    [
        (Login.REFUSED, "postgres-refuses", True),
        (Login.OPEN, "postgres-open", True),
        (Login.UNTRIED, "postgres-untried", True),
    ],
)
def test_other_outcomes_of_a_login(login: Login, kind: str, breaks: bool) -> None:
    (finding,) = found(seeing(login=login, says="why"))
    assert (finding.kind.id, finding.breaks_health) == (kind, breaks)


def test_what_is_declared_is_to_be_proved() -> None:
    """It ended with 0 where the file could not be read, or its container had no network."""
    untried = seeing(login=Login.UNTRIED)
    without_network = seeing(network=Ready.UNASKED, login=Login.UNTRIED)
    for look, answer in ((untried, Refusal), (without_network, Symptom)):
        (finding,) = found(look)
        assert (finding.kind.id, finding.breaks_health) == ("postgres-untried", True)
        assert isinstance(finding.resolution, answer)
        (finding,) = found(look, GIVEN)
        assert (finding.kind.id, finding.breaks_health) == ("postgres-untried", False)
        assert isinstance(finding.resolution, Note)


def test_an_open_one_is_not_healthy_unless_a_team_lives_with_it() -> None:
    waived = Accepted("postgres-open", reason="of old", owner="ops", until="2199-01-31")  # type: ignore[arg-type]
    for accepted, breaks in (((), True), ((waived,), False)):
        there = replace(stack(), accepted=accepted)
        everything = verification.everything(seeing(login=Login.OPEN), there)
        (finding,) = (f for f in everything if f.part == PACK.part)
        assert (finding.kind.id, finding.breaks_health) == ("postgres-open", breaks)


def test_what_could_not_be_tried_yet_may_be_set_later() -> None:
    assert [later.verb for later in PACK.later(seeing(Seen()), stack())] == ["set-password"]
    assert [later.verb for later in PACK.later(healthy(), stack())] == ["set-password"]
    assert PACK.later(seeing(REFUSED), stack()) == []
    assert PACK.later(seeing(Seen()), stack(GIVEN)) == []
