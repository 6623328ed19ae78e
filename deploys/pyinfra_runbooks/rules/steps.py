"""What is done to Redis, and the findings that take it."""

from __future__ import annotations

from enum import IntEnum

from ..disruption import Disruption
from ..findings import Finding, Part, Refusal, Remedy


class Step(IntEnum):
    """What is done to Redis; the higher repairs whatever the lower does, but for `WRITE`.

    + WRITE: put the ACL file in place
    + LOAD: put the ACL file in place, if it is not right, and have Redis load it
    + START: start or unpause the container that is there
    + RESTART: save, then restart the container
    + RECREATE: save, then let Compose make a new container of the same image
    """

    WRITE = 0
    LOAD = 1
    START = 2
    RESTART = 3
    RECREATE = 4


RedisFinding = Finding[Step]

_DISRUPTIONS = {
    Step.WRITE: Disruption.NONE,
    Step.START: Disruption.NONE,
    Step.RESTART: Disruption.RESTART,
    Step.RECREATE: Disruption.RECREATE,
}


def redis_finding(
    kind: str, subject: str, problem: str, evidence: str, answer: Remedy[Step] | Refusal | None
) -> RedisFinding:
    return Finding(Part.REDIS, kind, subject, problem, evidence, answer)


def step_remedy(step: Step, does: str, disruption: Disruption | None = None) -> Remedy[Step]:
    return Remedy(does, _DISRUPTIONS[step] if disruption is None else disruption, step)
