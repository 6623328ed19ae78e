"""What a run may do: by the stack's declaration, the host's state, and this run's own options."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from .disruption import Disruption
from .finding import Finding
from .kind import Kind, named
from .resolution import Refusal, Remedy, Restraint, Symptom, Waiver
from .unknown import Unknown

Action = TypeVar("Action")


@dataclass(frozen=True, slots=True)
class Correction:
    """A change that was made, or tried.

    + at: seconds since 1970
    + findings: what it was to repair, as their headlines
    + who: the person, and the machine that it was done from
    + in_vain: the circumstances in which it did not help; empty: it helped, or that is not known
    """

    at: float
    findings: tuple[str, ...]
    who: str = ""
    in_vain: str = ""


@dataclass(frozen=True, slots=True)
class Waived:
    """
    Which findings a team lives with.

    + kind: their kind's id
    + subject: what they are about; None: any subject
    + waiver: who, why and until when
    """

    kind: str
    subject: str | None
    waiver: Waiver


@dataclass(frozen=True, slots=True)
class Policy:
    """
    What a run may do on a host.

    + cap: the most that users may notice
    + unattended: whether no person started the run
    + allow_data_loss: the services that may lose what they hold only in memory: what the run
      names, and what is declared as a cache
    + max_corrections, window: how often, within how many seconds, jobs correct the same finding
      before they leave it to a person
    + waivers: what a team lives with today
    + paused: who wants the host left alone, until when and why; empty: nobody
    + corrections: what was corrected lately; `Unknown` where that can't be read
    + found: the things that nobody has declared, and that were found on the host: a job changes
      nothing of them
    + found_cap: the most that users may notice where a person's run changes them
    + declare: what a person has to declare before more is done than what nobody notices, and
      before a job does anything; empty: the stack is declared
    + unjudged: why nothing is repaired at all, as it can't be judged; empty: it can
    + audit: the host's file that has them
    + at: the host's time, in seconds since 1970
    + inventory, host: how the run is called again, in what a person is advised; empty: not known
    + elevated: what a person has to type before a command on the host: ``sudo``; empty: nothing

    **Example:**

    .. code:: python

        Policy(cap=Disruption.RECONNECT).judge(finding)
    """

    cap: Disruption = Disruption.RECREATE
    unattended: bool = False
    allow_data_loss: frozenset[str] = frozenset()
    found: frozenset[str] = frozenset()
    found_cap: Disruption = Disruption.RECONNECT
    declare: str = ""
    unjudged: str = ""
    max_corrections: int = 3
    window: int = 3600
    waivers: tuple[Waived, ...] = ()
    paused: str = ""
    corrections: tuple[Correction, ...] | Unknown = ()
    audit: str = "the audit log"
    at: float = 0
    inventory: str = ""
    host: str = ""
    elevated: str = ""

    @property
    def again(self) -> str:
        """The command that repairs the host; empty: the inventory is not known."""
        return self.repair() if self.inventory else ""

    def repair(self, name: str = "") -> str:
        """The command that repairs the host by a runbook; default: by the whole recovery."""
        return f"runbooks repair {self._called(name)}"

    def runbook(self, name: str) -> str:
        """The command that runs a runbook on the host."""
        return f"pyinfra {self._called(name)}" if self.inventory else name

    @property
    def _whose(self) -> str:
        return shlex.join((self.inventory or "INVENTORY", self.host or "HOST"))

    def _called(self, runbook: str = "") -> str:
        words = [self.inventory, *([runbook] if runbook else [])]
        # A host that was named alone is its own inventory.
        alone = self.host == self.inventory or self.inventory.startswith("@")
        return shlex.join([*words, *([] if alone else ["--limit", self.host])])

    def judge(self, finding: Finding[Action]) -> Finding[Action]:
        """
        The finding with the resolution for this run. A waived finding gets its waiver. A remedy is
        refused if it loses data or disturbs too much, while the host is paused, if it did not help
        before, or, in a job, if the finding keeps coming back.

        + finding: as the rules found it
        """
        resolution, may_lose = finding.resolution, finding.thing in self.allow_data_loss
        if not finding.symptom and (lived_with := waiver(self.waivers, finding)):
            return replace(finding, resolution=lived_with)
        if isinstance(resolution, Refusal) and resolution.of_loss and may_lose:
            return replace(finding, resolution=Symptom(resolution.instead))
        if isinstance(resolution, Remedy) and (refusal := self._against(finding, resolution)):
            return replace(finding, resolution=refusal)
        return finding

    def _against(self, finding: Finding[Action], remedy: Remedy[Action]) -> Refusal | None:
        """Why a remedy is refused, if it is."""
        if refusal := self._undeclared(finding, remedy):
            return refusal
        if remedy.loses and finding.thing not in self.allow_data_loss:
            return remedy.loses
        if remedy.needs_person and self.unattended:
            return remedy.needs_person
        if remedy.disruption > self.cap:
            return self._above(remedy.disruption)
        if self.paused:
            instead = f"repair it by hand, or end the pause: runbooks resume {self._whose}"
            return Refusal(self.paused, instead, Restraint.PAUSE)
        return self._tried(remedy) or (self._too_often(finding) if self.unattended else None)

    def cap_for(self, thing: str) -> Disruption:
        """The most that users may notice of what is done to something."""
        if self.declare:
            return min(self.cap, Disruption.NONE)
        return min(self.cap, self.found_cap) if thing in self.found else self.cap

    def _undeclared(self, finding: Finding[Action], remedy: Remedy[Action]) -> Refusal | None:
        """Why it is not done to what no inventory declares: what it should be is then a guess."""
        if self.unjudged:
            instead = f"where its files are, or by hand: {remedy.does}"
            return Refusal(self.unjudged, instead, Restraint.UNDECLARED)
        if not self.declare and finding.thing not in self.found:
            return None
        most = self.cap_for(finding.thing)
        if not self.unattended and remedy.disruption <= most:
            return None
        instead = self.declare or (
            f"declare it in the inventory: {finding.thing} among its Stack's components"
        )
        if not self.declare and not self.unattended:
            instead += f"; or allow it for one run: --data max_disruption={remedy.disruption}"
        if self.unattended:
            because = "no inventory declares it, and a job changes only what is declared"
        else:
            because = (
                f"its repair needs disruption {remedy.disruption}, and of what no inventory"
                f" declares at most {most} is allowed"
            )
        return Refusal(because, instead, Restraint.UNDECLARED, in_inventory=not self.declare)

    def _above(self, needed: Disruption) -> Refusal:
        return Refusal(
            f"its repair needs disruption {needed}, and at most {self.cap} is allowed",
            f"allow it for one run: --data max_disruption={needed}",
            Restraint.CAP,
        )

    def _tried(self, remedy: Remedy[Action]) -> Refusal | None:
        """Why it is not done again: it was the last that was changed here, and did not help."""
        last = (
            self.corrections[-1]
            if isinstance(self.corrections, tuple) and self.corrections
            else None
        )
        if last is None or not last.in_vain or last.in_vain != remedy.once:
            return None
        at = datetime.fromtimestamp(last.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        by = f" by {last.who}" if last.who else ""
        return Refusal(
            f"this was done at {at}{by}, did not help, and nothing has changed since",
            "find the cause in the logs; once something on the host has changed, it is done again",
            Restraint.TRIED,
        )

    def _too_often(self, finding: Finding[Action]) -> Refusal | None:
        """Why no job corrects it again, if it was corrected too often lately, or may have been."""
        if isinstance(self.corrections, Unknown):
            return Refusal(
                f"it is not known how often it was corrected lately: {self.corrections.reason}",
                f"make it readable on the host: ls -l {self.audit}; or run the repair yourself,"
                " without a job",
                Restraint.BREAKER,
            )
        since = self.at - self.window
        count = sum(c.at >= since and _same(finding, c.findings) for c in self.corrections)
        if count < self.max_corrections:
            return None
        return Refusal(
            f"it was corrected {count} times within {self.window} s, and keeps coming"
            " back: no job corrects it again",
            f"find out what breaks it; when it was repaired: runbooks history {self._whose}; then"
            " run the repair yourself, without a job",
            Restraint.BREAKER,
        )


def waiver(waivers: Iterable[Waived], finding: Finding[Action]) -> Waiver | None:
    """Who lives with a finding, if a team does."""
    return waived(waivers, finding.kind, finding.subject)


def waived(waivers: Iterable[Waived], kind: Kind, subject: str) -> Waiver | None:
    """
    Who lives with such a finding, if a team does.

    + waivers: those of today
    + kind: the finding's kind
    + subject: what it is about
    """
    return next(
        (w.waiver for w in waivers if named(w.kind) == kind and w.subject in (None, subject)), None
    )


def _same(finding: Finding[Action], headlines: Iterable[str]) -> bool:
    """Whether it is among them; what is said of it may change: how long a check took, for one."""
    begins, ends = f"{finding.subject}: ", f" [{finding.kind}]"
    return any(line.startswith(begins) and line.endswith(ends) for line in headlines)
