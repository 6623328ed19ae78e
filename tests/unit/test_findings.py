"""What follows from a finding within a cap, how it reads, and what of it leaves the process."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import (
    Finding,
    from_json,
    max_disruption,
    refusals,
    remedies,
    to_json,
)
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Note, Refusal, Remedy, Symptom, Waiver
from pyinfra_runbooks.engine.rules.attachments import WRONG_NETWORK

NONE, RECONNECT, RESTART, RECREATE = Disruption
REFUSAL = Refusal("another project's", "docker rm thief")
SYMPTOM = Symptom("docker logs web")
WAIVER = Waiver("it moves", "team", "2027-01-31")
NOTE = Note()

Answer = Remedy[str] | Refusal | Symptom | Waiver | Note


def finding(answer: Answer = NOTE) -> Finding[str]:
    return WRONG_NETWORK.found("cache", "is not on back", "on test", answer)


def remedy(disruption: Disruption) -> Remedy[str]:
    return Remedy("attach it", disruption, "an action")


@pytest.mark.parametrize("cap", Disruption)
@pytest.mark.parametrize("needed", Disruption)
def test_a_remedy_stands_up_to_the_cap(needed: Disruption, cap: Disruption) -> None:
    order = [NONE, RECONNECT, RESTART, RECREATE]
    capped = Policy(cap=cap).judge(finding(remedy(needed)))
    if order.index(needed) <= order.index(cap):
        assert capped == finding(remedy(needed))
    else:
        assert isinstance(capped.resolution, Refusal)
        assert f"--data max_disruption={needed}" in capped.resolution.instead
        assert str(needed) in capped.resolution.because
        assert str(cap) in capped.resolution.because
        assert replace(capped, resolution=NOTE) == finding(NOTE)


@pytest.mark.parametrize("answer", [REFUSAL, SYMPTOM, NOTE], ids=["refusal", "symptom", "none"])
def test_only_remedies_are_capped(answer: Refusal | Symptom | Note) -> None:
    assert Policy(cap=NONE).judge(finding(answer)) == finding(answer)


@pytest.mark.parametrize(
    ("answer", "last"),
    [
        (remedy(NONE), ["  repair: attach it (disruption: none)"]),
        (remedy(RESTART), ["  repair: attach it (disruption: restart)"]),
        (REFUSAL, ["  can't: another project's", "  do: docker rm thief"]),
        (SYMPTOM, ["  look: docker logs web"]),
        (WAIVER, ["  waiver: by team until 2027-01-31: it moves"]),
        (NOTE, ["  note: left as it is"]),
    ],
    ids=["remedy", "disruptive", "refusal", "symptom", "waiver", "to be known"],
)
def test_lines(answer: Answer, last: list[str]) -> None:
    assert list(finding(answer).lines()) == [
        "cache: is not on back [wrong-network]",
        "  seen: on test",
        *last,
    ]


def test_an_action_never_leaves_the_process() -> None:
    found = finding(Remedy("attach it", NONE, "an action", once="a digest"))
    assert "an action" not in repr(found)
    said = json.dumps(to_json([found]))
    assert "an action" not in said
    assert "a digest" not in said


@pytest.mark.parametrize("answer", [remedy(RESTART), REFUSAL, SYMPTOM, WAIVER, NOTE])
def test_a_finding_comes_back_from_json(answer: Answer) -> None:
    (said,) = json.loads(json.dumps(to_json([finding(answer)])))
    (back,) = from_json([said])
    assert back.kind is WRONG_NETWORK
    assert back.lines() == finding(answer).lines()
    assert (back.drift, back.cause, back.symptom) == (
        finding(answer).drift,
        finding(answer).cause,
        finding(answer).symptom,
    )


@pytest.mark.parametrize(("member", "value"), [("kind", 7), ("subject", None), ("resolution", {})])
def test_what_is_no_finding_is_refused(member: str, value: object) -> None:
    (said,) = to_json([finding()])
    with pytest.raises(ValueError, match=member):
        from_json([{**said, member: value}])


def test_findings_are_sorted_by_their_answers() -> None:
    found = [finding(a) for a in (REFUSAL, remedy(RESTART), NOTE, SYMPTOM, remedy(RECONNECT))]
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
    assert max_disruption([finding(answer) for answer in answers]) is expected


def test_disruptions_are_in_order() -> None:
    assert sorted([RECREATE, NONE, RESTART, RECONNECT]) == [NONE, RECONNECT, RESTART, RECREATE]
    assert [str(d) for d in Disruption] == ["none", "reconnect", "restart", "recreate"]
    with pytest.raises(TypeError):
        assert NONE < "restart"
