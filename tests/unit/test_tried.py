"""What did not help is not done again, until something has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from looks import (
    answering,
    healthy,
    joined,
    stack,
    stranger,
    unhealthy,
    with_container,
    with_declared,
    with_file,
    with_redis,
)
from verdicts import actions, of_clients

from pyinfra_runbooks.core import restraint
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Refusal, Remedy, Restraint
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.shell.lock import Owner
from pyinfra_runbooks.operations import change as door
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.settings import Stack, run_policy

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
STOPPED: dict[str, Any] = {"status": "exited", "exit_code": 1, "started": NOON}


def of_the_api(look: Look, of: Stack, unattended: bool = False) -> Finding[Any]:
    run = run_policy(of, {"unattended": unattended})
    return next(f for f in verification.everything(look, of, run) if f.kind.id.startswith("api-"))


def remedy(look: Look) -> Remedy[Any]:
    (finding,) = of_clients(look, stack())
    assert isinstance(finding.resolution, Remedy)
    return finding.resolution


def audited(result: str, **changes: Any) -> str:
    """A line of the host's audit about a run that restarted the API."""
    line: dict[str, Any] = {
        "time": "2027-01-15T08:00:00Z",
        "stack": "/srv/shop",
        "run": "a1",
        "who": "ann@desk",
        "findings": ["web: does not answer [api-unhealthy]"],
        "remedy": "restart it",
        "result": result,
        "circumstances": "before",
    }
    return json.dumps({key: value for key, value in (line | changes).items() if value is not None})


def after_trying(look: Look, *more: str, **changes: Any) -> Look:
    """The look, where the audit says that just this was tried and did not help."""
    seen = {"circumstances": remedy(look).once, **changes}
    lines = [audited("begun"), audited("ok"), audited("refused", **seen), *more]
    return replace(look, corrections=restraint.corrections(lines, "/srv/shop"))


@pytest.mark.parametrize("unattended", [True, False], ids=["a job", "a person"])
@pytest.mark.parametrize(
    "look",
    [unhealthy(healthy()), with_container(healthy(), "web", **STOPPED)],
    ids=["a restart", "a start"],
)
def test_it_is_not_done_again_and_says_when_it_was(look: Look, unattended: bool) -> None:
    answer = of_the_api(after_trying(look), stack(), unattended).resolution
    assert isinstance(answer, Refusal)
    assert answer.because == (
        "this was done at 2027-01-15 08:00 UTC by ann@desk, did not help, and nothing has"
        " changed since"
    )
    assert answer.restraint is Restraint.TRIED
    assert actions(verification.everything(after_trying(look), stack())) == []


def restarted_by_itself(look: Look) -> Look:
    looping = {"status": "restarting", "restarts": 9}
    return with_container(look, "web", **looping)


def test_a_loop_is_the_same_at_each_of_its_starts() -> None:
    look = after_trying(restarted_by_itself(healthy()))
    later = with_container(look, "web", restarts=99, started=LATER)
    assert isinstance(of_the_api(later, stack()).resolution, Refusal)


THE_SAME: dict[str, Callable[[Look], Look]] = {
    "it is later": lambda look: replace(look, at=look.at + 86400),
    "another project's container came": lambda look: joined(look, stranger("guest")),
    "it took longer": lambda look: answering(
        answering(look, 0, '{"status":"degraded","cache":"down","ms":7}', 503),
        1,
        '{"token":"(hidden)"}',
    ),
}
TOOK = '{"status":"degraded","cache":"down","ms":12.5}'


@pytest.mark.parametrize("change", THE_SAME.values(), ids=THE_SAME)
def test_what_has_nothing_to_do_with_it_is_no_change(change: Callable[[Look], Look]) -> None:
    look = after_trying(answering(unhealthy(healthy()), 0, TOOK, 503))
    assert isinstance(of_the_api(change(look), stack()).resolution, Refusal)


CHANGED: dict[str, Callable[[Look], Look]] = {
    "the API has another container": lambda look: with_container(look, "web", id="another"),
    "the API was restarted": lambda look: with_container(look, "web", started=LATER),
    "Redis was started since": lambda look: with_container(look, "cache", started=LATER),
    "another service was started": lambda look: with_container(look, "db", started=LATER),
    "another answer": lambda look: answering(look, 0, "(9 bytes)", 500),
    "another check fails": lambda look: answering(look, 1, '{"token":""}'),
    "the compose file is another one": lambda look: with_declared(
        look, "web", config_hash="another"
    ),
    "a file was replaced": lambda look: with_file(look, "/srv/shop/keys/cache.txt", inode=99),
    "Redis admits another user": lambda look: with_redis(look, logins={"clerk": True, "b": True}),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_after_a_change_it_is_tried_again(change: Callable[[Look], Look]) -> None:
    look = after_trying(unhealthy(healthy()))
    assert isinstance(of_the_api(look, stack()).resolution, Refusal)
    assert isinstance(of_the_api(change(look), stack()).resolution, Remedy)


SINCE: dict[str, tuple[str, ...]] = {
    "another repair": (
        audited("ok", run="b2", remedy="attach it", findings=["cache: …"], circumstances=None),
    ),
    "a repair of the API in other circumstances": (audited("ok", run="b2"),),
}


@pytest.mark.parametrize("more", SINCE.values(), ids=SINCE)
def test_after_another_change_of_ours_it_is_tried_again(more: tuple[str, ...]) -> None:
    assert isinstance(
        of_the_api(after_trying(unhealthy(healthy()), *more), stack()).resolution, Remedy
    )


HELPED: dict[str, list[str]] = {
    "nothing was noted after it": [audited("begun"), audited("ok")],
    "it was begun and cut off": [audited("begun")],
    "another run was refused": [audited("ok"), audited("refused", run="b2")],
    "it was refused for something else": [audited("ok"), audited("refused", circumstances=None)],
    "nothing was done": [audited("refused")],
    "on another stack": [audited("ok"), audited("refused", stack="/srv/other")],
}


@pytest.mark.parametrize("lines", HELPED.values(), ids=HELPED)
def test_what_was_not_seen_to_be_in_vain_may_have_helped(lines: list[str]) -> None:
    found = restraint.corrections(lines, "/srv/shop")
    assert isinstance(found, tuple)
    assert not any(correction.in_vain for correction in found)


def test_what_is_in_vain_counts_once_for_the_breaker() -> None:
    found = restraint.corrections([audited("ok"), audited("refused")], "/srv/shop")
    assert isinstance(found, tuple)
    assert [(c.findings, c.who, c.in_vain) for c in found] == [
        (("web: does not answer [api-unhealthy]",), "ann@desk", "before")
    ]


def test_circumstances_hold_no_value_of_the_stack() -> None:
    assert len(remedy(unhealthy(healthy())).once) == 16
    assert remedy(unhealthy(healthy())).once not in repr(remedy(unhealthy(healthy())))


def test_what_a_run_notes_is_what_the_next_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "this_host", lambda: None)
    monkeypatch.setattr(door, "owner", lambda host: Owner("a1", "ann@desk", "api.py"))
    look = unhealthy(healthy())

    def noted(result: str, findings: list[Finding[Any]]) -> str:
        known = door._entry(stack(), findings)
        return f'{{"time": "2027-01-15T08:00:00Z", {known}, "result": "{result}"}}'

    found = of_clients(look, stack())
    lines = [noted("ok", found), noted("refused", found)]
    tried = replace(look, corrections=restraint.corrections(lines, "/srv/shop"))
    assert isinstance(of_the_api(tried, stack()).resolution, Refusal)
    own = {finding.identity for finding in found}
    others = [f for f in verification.everything(look, stack()) if f.identity not in own]
    assert "circumstances" not in noted("refused", others)
