"""What the project wants to reach, and whether a set of runs shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import contenders as c
from .figures import Run, each_further, ratio, spread, values


@dataclass(frozen=True)
class Goal:
    """One goal: what is measured, and the most that it may be."""

    text: str
    most: float
    figure: Callable[[Sequence[Run]], float | None]
    unit: str = "times"


@dataclass(frozen=True)
class Outcome:
    """A goal, and the figure that was found, if the cases for it were run."""

    goal: Goal
    found: float | None

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None where it was not measured."""
        return None if self.found is None else self.found <= self.goal.most

    @property
    def word(self) -> str:
        """The same in a word."""
        return {None: "not measured", True: "met", False: "missed"}[self.met]


def _ratio(case: str, other: c.Contender, figure: str) -> Callable[[Sequence[Run]], float | None]:
    return lambda runs: ratio(runs, case, c.OURS.name, other.name, figure)


def _longest_errors(runs: Sequence[Run]) -> float | None:
    found = spread(values(runs, "wrong-network", c.OURS.name, "errors_until"))
    return None if found is None else found.median


def _restarts(runs: Sequence[Run]) -> float | None:
    found = values(runs, "wrong-network", c.OURS.name, "restarted")
    return sum(found) if found else None


def _scaled(
    few: str, many: str, figure: str, factor: float
) -> Callable[[Sequence[Run]], float | None]:
    def found(runs: Sequence[Run]) -> float | None:
        slope = each_further(runs, few, many, c.OURS.name, figure)
        return None if slope is None else slope * factor

    return found


GOALS = (
    Goal("nothing to change, 1 host: of Ansible's time", 0.25,
         _ratio("nothing-1", c.ANSIBLE, "wall")),
    Goal("nothing to change, 20 hosts: of Ansible's time", 0.15,
         _ratio("nothing-20", c.ANSIBLE, "wall")),
    Goal("nothing to change, 20 hosts: of the shell script's time", 1.2,
         _ratio("nothing-20", c.SHELL, "wall")),
    Goal("nothing to change, 50 ms each way: of the empty deploy's time", 3.0,
         _ratio("far-nothing-1", c.EMPTY, "wall")),
    Goal("wrong network, until healthy: of Ansible's time", 1 / 3,
         _ratio("wrong-network", c.ANSIBLE, "healthy")),
    Goal("wrong network, until healthy: of the report's commands' time", 1.0,
         _ratio("wrong-network", c.REPORT, "healthy")),
    Goal("wrong network, until healthy: of the one line's time", 3.0,
         _ratio("wrong-network", c.ONE_LINE, "healthy")),
    Goal("wrong network: restarts of Redis", 0.0, _restarts, "restarts"),
    Goal("wrong network: the client sees errors for", 1.3, _longest_errors, "s"),
    Goal("controller CPU for each further host, at 100", 15.0,
         _scaled("nothing-1", "nothing-100", "cpu", 1000), "ms"),
    Goal("controller memory for each further host, at 500", 0.2,
         _scaled("nothing-1", "nothing-500", "memory", 1), "MB"),
)  # fmt: skip


def outcomes(runs: Sequence[Run]) -> list[Outcome]:
    """Every goal with what was found."""
    return [Outcome(goal, goal.figure(runs)) for goal in GOALS]
