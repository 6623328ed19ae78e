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
    unwell,
    with_container,
    with_declared,
    with_file,
    with_redis,
)
from verdicts import actions

from pyinfra_runbooks import restraint
from pyinfra_runbooks.findings import Finding, Refusal, Remedy, Restraint
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.operations import repair
from pyinfra_runbooks.rules import api, verification
from pyinfra_runbooks.settings import Stack
from pyinfra_runbooks.shell.lock import Owner

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
STOPPED: dict[str, Any] = {"status": "exited", "exit_code": 1, "started": NOON}


def of_the_api(look: Look, of: Stack) -> Finding[Any]:
    return next(f for f in verification.everything(look, of) if f.kind.startswith("api-"))


def remedy(look: Look) -> Remedy[Any]:
    (finding,) = api.findings(look, stack())
    assert isinstance(finding.answer, Remedy)
    return finding.answer


def audited(result: str, **changes: Any) -> str:
    """A line of the host's audit about a run that restarted the API."""
    line: dict[str, Any] = {
        "time": "2027-01-15T08:00:00Z",
        "stack": "/srv/shop",
        "run": "a1",
        "who": "ann@desk",
        "findings": ["web: does not answer [api-unwell]"],
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
    [unwell(healthy()), with_container(healthy(), "web", **STOPPED)],
    ids=["a restart", "a start"],
)
def test_it_is_not_done_again_and_says_when_it_was(look: Look, unattended: bool) -> None:
    declared = stack(unattended=unattended)
    answer = of_the_api(after_trying(look), declared).answer
    assert isinstance(answer, Refusal)
    assert answer.because == (
        "this was done at 2027-01-15 08:00 UTC by ann@desk, did not help, and nothing has"
        " changed since"
    )
    assert answer.restraint is Restraint.TRIED
    assert actions(verification.everything(after_trying(look), declared)) == []


def restarted_by_itself(look: Look) -> Look:
    looping = {"status": "restarting", "restarts": 9}
    return with_container(look, "web", **looping)


def test_a_loop_is_the_same_at_each_of_its_starts() -> None:
    look = after_trying(restarted_by_itself(healthy()))
    later = with_container(look, "web", restarts=99, started=LATER)
    assert isinstance(of_the_api(later, stack()).answer, Refusal)


THE_SAME: dict[str, Callable[[Look], Look]] = {
    "it is later": lambda look: replace(look, at=look.at + 86400),
    "somebody else's container came": lambda look: joined(look, stranger("guest")),
    "it took longer": lambda look: answering(
        answering(look, 0, '{"status":"degraded","cache":"down","ms":7}', 503),
        1,
        '{"token":"(hidden)"}',
    ),
}
TOOK = '{"status":"degraded","cache":"down","ms":12.5}'


@pytest.mark.parametrize("change", THE_SAME.values(), ids=THE_SAME)
def test_what_has_nothing_to_do_with_it_is_no_change(change: Callable[[Look], Look]) -> None:
    look = after_trying(answering(unwell(healthy()), 0, TOOK, 503))
    assert isinstance(of_the_api(change(look), stack()).answer, Refusal)


CHANGED: dict[str, Callable[[Look], Look]] = {
    "the API has another container": lambda look: with_container(look, "web", id="another"),
    "somebody restarted the API": lambda look: with_container(look, "web", started=LATER),
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
    look = after_trying(unwell(healthy()))
    assert isinstance(of_the_api(look, stack()).answer, Refusal)
    assert isinstance(of_the_api(change(look), stack()).answer, Remedy)


SINCE: dict[str, tuple[str, ...]] = {
    "another repair": (
        audited("ok", run="b2", remedy="attach it", findings=["cache: …"], circumstances=None),
    ),
    "a repair of the API in other circumstances": (audited("ok", run="b2"),),
}


@pytest.mark.parametrize("more", SINCE.values(), ids=SINCE)
def test_after_another_change_of_ours_it_is_tried_again(more: tuple[str, ...]) -> None:
    assert isinstance(of_the_api(after_trying(unwell(healthy()), *more), stack()).answer, Remedy)


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
        (("web: does not answer [api-unwell]",), "ann@desk", "before")
    ]


def test_circumstances_hold_no_value_of_the_stack() -> None:
    assert len(remedy(unwell(healthy())).once) == 16
    assert remedy(unwell(healthy())).once not in repr(remedy(unwell(healthy())))


def test_what_a_run_notes_is_what_the_next_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "this_host", lambda: None)
    monkeypatch.setattr(repair, "owner", lambda host: Owner("a1", "ann@desk", "api.py"))
    look = unwell(healthy())

    def noted(result: str, findings: list[Finding[Any]]) -> str:
        known = repair._entry(stack(), findings)
        return f'{{"time": "2027-01-15T08:00:00Z", {known}, "result": "{result}"}}'

    found = api.findings(look, stack())
    lines = [noted("ok", found), noted("refused", found)]
    tried = replace(look, corrections=restraint.corrections(lines, "/srv/shop"))
    assert isinstance(of_the_api(tried, stack()).answer, Refusal)
    others = [f for f in verification.everything(look, stack()) if f not in found]
    assert "circumstances" not in noted("refused", others)
