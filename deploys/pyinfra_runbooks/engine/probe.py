"""One question to a host: the script that answers it, and what reads the answer. Pure.

A look is made of those that are in a tuple: `found.PROBES`, and what a pack asks. Another one is a
script that runs by itself, and a `Probe` beside its parser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from ..core.answers import AnswerError
from ..core.sections import cut_off, parse_sections
from ..core.unknown import Cause, Unknown
from .shell import alike, function, functions, values, words
from .unseen import no_engine, said

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Probe(Generic[S, T]):
    """
    One question about something: a stack, or what is chosen of it.

    + name: what its answer is called
    + script: the name of its file, which runs by itself as well; its path, where that is in another
      package
    + parse: reads the lines that it printed; raises a ValueError where it does not understand them
    + values: the variables that its script gets; None: there is nothing to ask
    + first: whether it runs before all others, as it may need a container of its own
    """

    name: str
    script: str
    parse: Callable[[Sequence[str]], T]
    values: Callable[[S], Mapping[str, object] | None] = lambda _: {}
    first: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """
    A probe that is asked.

    + about: what it is asked about, where the same is asked about several
    + values: what its script is given
    + lines: how many lines of stdin it reads, after those of the questions before it
    """

    probe: Probe[Any, Any]
    about: str
    values: Mapping[str, object]
    lines: int = 0

    @property
    def name(self) -> str:
        """What its answer is called."""
        return named(self.probe, self.about)


def questions(probes: Iterable[Probe[S, Any]], subject: S, about: str = "") -> list[Question]:
    """
    Those of the probes that there is something to ask about.

    + subject: what they are asked about
    + about: its name, where the same is asked about several
    """
    given = [(probe, probe.values(subject)) for probe in probes]
    return [Question(p, about, of) for p, of in given if of is not None]


def named(probe: Probe[Any, Any], about: str = "") -> str:
    """What the answer of a probe is called."""
    return f"{probe.name} {about}".rstrip()


More: TypeAlias = Sequence[tuple[str, Mapping[str, object]]]
"""Scripts that print sections of their own, with their values."""


@dataclass(frozen=True, slots=True)
class Batch:
    """
    What is asked about one of several stacks.

    + part: what stands before the names of its sections
    + questions: the questions
    + more: scripts that run beside them and print sections of their own, with their values
    + values: what all its scripts are given
    """

    part: str
    questions: Sequence[Question]
    more: More = ()
    values: Mapping[str, object] = field(default_factory=dict)


COMPOSERS = 2
"""How many of the scripts that call Compose run at the same time, where there are many: each keeps
a processor busy."""
ASKERS = 8
"""How many questions are asked at the same time, where there are many: most of them wait."""


def together(asked: Sequence[Question], more: More = ()) -> str:
    """
    The shell that asks all of these side by side, and prints a section for each.

    + more: scripts that run beside them and print sections of their own, with their values
    """
    return _assembled([Batch("", asked, more)])


def of_several(batches: Sequence[Batch]) -> str:
    """
    The same about several stacks: so many at the same time that one that hangs keeps few others
    waiting, and no more, as the host has its own work to do.
    """
    return _assembled(batches)


def _assembled(batches: Sequence[Batch]) -> str:
    of_each = [(batch, question) for batch in batches for question in batch.questions]
    asks = [(f"ask_{number}", batch, q) for number, (batch, q) in enumerate(of_each)]
    # Every second time the other way round: of one stack's, the first has more to do.
    others = [
        (batch, script, {**given, "of_part": batch.part} if batch.part else given)
        for number, batch in enumerate(batches)
        for script, given in (batch.more if number % 2 == 0 else batch.more[::-1])
    ]
    looks = [(f"look_{number}", *each) for number, each in enumerate(others)]
    setups = {b.part: f"values_{number}" for number, b in enumerate(batches) if b.values}
    about = [(name, batch) for name, batch, _ in asks] + [(name, b) for name, b, *_ in looks]

    def sections(first: bool) -> list[str]:
        return [
            words("section", batch.part + q.name, f"with_input_{name}" if q.lines else name)
            for name, batch, q in asks
            if q.probe.first is first
        ]

    same = alike([batch.values for batch in batches])
    looked, asked, turns = [name for name, *_ in looks], sections(first=False), _Turns()
    if len(batches) > 1:
        looked, asked = turns.among(looked, COMPOSERS), turns.among(asked, ASKERS)
    side_by_side = ("true </dev/null", *looked, *asked)
    return "".join(
        (
            values(**same),
            *(
                function(
                    setups[b.part], values(**{k: v for k, v in b.values.items() if k not in same})
                )
                for b in batches
                if b.values
            ),
            functions(
                (
                    *((name, q.probe.script, q.values) for name, _, q in asks),
                    *((name, script, given) for name, _, script, given in looks),
                ),
                ("common.sh", "sections.sh"),
                {name: setups[batch.part] for name, batch in about if batch.values},
            ),
            "began() { moment; }\n",
            *(_with_input(name, q.lines) for name, _, q in asks if q.lines),
            turns.text,
            "before=$({ section began began",
            *(f"; {section}" for section in sections(first=True)),
            "; } </dev/null)\n",
            # All of it at once: piece by piece it would be a hundred packets, each of which costs
            # the controller a quarter of a millisecond.
            f"answer=$({' | in_parallel '.join(side_by_side)})\n",
            'printf \'%s\\n\' "$before" "$answer"\nsection whole true\n',
        )
    )


class _Turns:
    """Commands that run one after the other, beside others like them."""

    def __init__(self) -> None:
        self.text = ""
        self._many = 0

    def among(self, commands: Sequence[str], most: int) -> list[str]:
        """So many commands, or fewer, that run all of these."""
        if len(commands) <= most:
            return [*commands]
        return [self._one(commands[first::most]) for first in range(most)]

    def _one(self, commands: Sequence[str]) -> str:
        names = []
        for command in commands:
            self._many += 1
            names.append(f"turn_{self._many}")
            self.text += function(names[-1], command)
        return words("in_turn", *names)


def _with_input(name: str, many: int) -> str:
    """Shell that reads so many lines, and a function that passes them to the script: scripts that
    run side by side can't share stdin."""
    lines = [f"{name}_{number}" for number in range(many)]
    reads = "".join(f"IFS= read -r {line} || {line}=''\n" for line in lines)
    shown = " ".join(f'"${line}"' for line in lines)
    return reads + function(f"with_input_{name}", f"printf '%s\\n' {shown} | {name}")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a host answered to several questions."""

    sections: Mapping[str, Sequence[str]]
    status: Mapping[str, int]

    def of(self, part: str) -> Answers:
        """What was answered about one of several stacks."""
        begins = len(part)
        return Answers(
            {
                name[begins:]: lines
                for name, lines in self.sections.items()
                if name.startswith(part)
            },
            {name[begins:]: ended for name, ended in self.status.items() if name.startswith(part)},
        )

    def to(self, probe: Probe[Any, T], about: str = "") -> T | Unknown:
        """
        What one of them came to; `Unknown` where that could not be seen.

        + about: what it was asked about, where it was about several
        """
        lines = self.sections.get(named(probe, about), ())
        if self.failed(probe, about):
            return Unknown(said(lines))
        try:
            return probe.parse(lines)
        except AnswerError as error:
            return Unknown(str(error))

    def failed(self, probe: Probe[Any, Any], about: str = "") -> bool:
        """Whether its script did not succeed, as it says itself."""
        return self.status.get(named(probe, about)) != 0

    def refusal(self, probe: Probe[Any, Any], about: str = "") -> str:
        """All that one of them said, in one line."""
        return " ".join(self.sections.get(named(probe, about), ())).strip()

    def at(self) -> float:
        """When it was asked, by the host's clock, in seconds since 1970."""
        for line in self.sections.get("began", ()):
            seconds, point, fraction = line.partition(".")
            if seconds.isdecimal() and len(seconds) < 11 and (fraction.isdecimal() or not point):
                return float(line)
        raise AnswerError("the host does not tell what time it is")


def answers(lines: Sequence[str], names: Iterable[str]) -> Answers | Unknown:
    """
    What a host answered to these; `Unknown` where that is not whole.

    + lines: all that it printed
    + names: what their answers are called
    """
    sections, status = parse_sections(lines)
    if status.get("engine"):
        return Unknown(no_engine(" ".join(sections["engine"]).strip()))
    if missing := cut_off({*names, "began", "whole"}, status):
        return Unknown(missing, Cause.PASSING) if sections else Unknown(no_engine(""))
    return Answers(sections, status)
