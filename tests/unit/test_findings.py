"""A finding's answer within a cap, and how it reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyinfra_runbooks.disruption import Disruption
from pyinfra_runbooks.findings import (
    Finding,
    Part,
    Refusal,
    Remedy,
    Symptom,
    refusals,
    remedies,
    worst,
)

NONE, RECONNECT, RESTART, RECREATE = Disruption
REFUSAL = Refusal("somebody else's", "docker rm thief")
SYMPTOM = Symptom("docker logs web")


def finding(answer: Remedy[str] | Refusal | Symptom | None) -> Finding[str]:
    return Finding(Part.NETWORK, "wrong-network", "cache", "is not on back", "on test", answer)


def remedy(disruption: Disruption) -> Remedy[str]:
    return Remedy("attach it", disruption, "an action")


@pytest.mark.parametrize("cap", Disruption)
@pytest.mark.parametrize("needed", Disruption)
def test_a_remedy_stands_up_to_the_cap(needed: Disruption, cap: Disruption) -> None:
    order = [NONE, RECONNECT, RESTART, RECREATE]
    capped = finding(remedy(needed)).within(cap)
    if order.index(needed) <= order.index(cap):
        assert capped == finding(remedy(needed))
    else:
        assert isinstance(capped.answer, Refusal)
        assert f"--data max_disruption={needed}" in capped.answer.instead
        assert str(needed) in capped.answer.because
        assert str(cap) in capped.answer.because
        assert replace(capped, answer=None) == finding(None)


@pytest.mark.parametrize("answer", [REFUSAL, SYMPTOM, None], ids=["refusal", "symptom", "none"])
def test_only_remedies_are_capped(answer: Refusal | Symptom | None) -> None:
    assert finding(answer).within(NONE) == finding(answer)


@pytest.mark.parametrize(
    ("answer", "last"),
    [
        (remedy(NONE), ["  will:  attach it (disruption: none)"]),
        (remedy(RESTART), ["  will:  attach it (disruption: restart)"]),
        (REFUSAL, ["  can't: somebody else's", "  do:    docker rm thief"]),
        (SYMPTOM, ["  look:  docker logs web"]),
        (None, ["  note:  left as it is"]),
    ],
    ids=["remedy", "disruptive", "refusal", "symptom", "to be known"],
)
def test_lines(answer: Remedy[str] | Refusal | Symptom | None, last: list[str]) -> None:
    assert list(finding(answer).lines()) == [
        "cache: is not on back [wrong-network]",
        "  seen:  on test",
        *last,
    ]


def test_an_action_is_never_shown() -> None:
    assert "an action" not in repr(finding(remedy(NONE)))


def test_findings_are_sorted_by_their_answers() -> None:
    found = [finding(a) for a in (REFUSAL, remedy(RESTART), None, SYMPTOM, remedy(RECONNECT))]
    assert remedies(found) == [remedy(RESTART), remedy(RECONNECT)]
    assert refusals(found) == [finding(REFUSAL)]
    assert [f.symptom for f in found] == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((), NONE),
        ((REFUSAL, SYMPTOM), NONE),
        ((remedy(NONE), remedy(RECONNECT)), RECONNECT),
        ((remedy(RECREATE), remedy(RESTART)), RECREATE),
    ],
    ids=["nothing", "no remedy", "the second", "the first"],
)
def test_worst(answers: tuple[Remedy[str] | Refusal | Symptom, ...], expected: Disruption) -> None:
    assert worst([finding(answer) for answer in answers]) is expected


def test_disruptions_are_in_order() -> None:
    assert sorted([RECREATE, NONE, RESTART, RECONNECT]) == [NONE, RECONNECT, RESTART, RECREATE]
    assert [str(d) for d in Disruption] == ["none", "reconnect", "restart", "recreate"]
    with pytest.raises(TypeError):
        assert NONE < "restart"
