"""One case: a script, and what goes wrong with one of its calls, on one kind of host.

`python -m tests.redis.unkind.cases 'restart call=7 how=late ...'` runs that very case again.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, fields, replace

from .failures import HOWS, SIDES, Failure
from .promises import Breach, breaches
from .scripts import SCRIPTS, Done, release, run
from .servers import USUAL
from .world import ACCESS, PERSISTENCE, SHELLS, world
from .writer import Writer

RED = 3
"""The exit code of cases of which one broke a promise; errors have another one."""

VALUES: dict[str, tuple[str, ...]] = {
    "script": tuple(SCRIPTS),
    "how": HOWS,
    "side": SIDES,
    "server": USUAL,
    "persistence": tuple(PERSISTENCE),
    "load": ("quick", "slow"),
    "shell": tuple(SHELLS),
    "engine": ("26", "20"),
    "login": ("root", "member"),
    "access": ACCESS,
}
"""What there is to choose from, the simplest first."""


@dataclass(frozen=True)
class Case:
    """One case; `call` is as `Failure` has it, and "0" where nothing goes wrong."""

    script: str
    call: str = "0"
    how: str = "fails"
    side: str = "before"
    server: str = "redis-7.0"
    persistence: str = "rdb"
    load: str = "quick"
    shell: str = "dash"
    engine: str = "26"
    login: str = "root"
    access: str = "acl"

    def __str__(self) -> str:
        named = {name: value for name, value in asdict(self).items() if name != "script"}
        return shlex.join([self.script, *(f"{name}={value}" for name, value in named.items())])

    @classmethod
    def read(cls, text: str) -> Case:
        """A case as it is printed."""
        script, *rest = shlex.split(text)
        return cls(script, **dict(word.split("=", 1) for word in rest))

    @property
    def failure(self) -> Failure | None:
        return Failure(self.call, self.how, self.side) if self.call != "0" else None


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    + hit: the number of the call that failed; 0: the script did not make that many
    + counted: whether that was between the first change and the proof
    + window: of each call, whether it was between them
    """

    case: Case
    done: Done
    hit: int
    counted: bool
    breaches: tuple[Breach, ...]
    calls: tuple[str, ...] = field(repr=False)
    window: tuple[bool, ...] = field(repr=False)
    acknowledged: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        broken = "".join(f"\n  {breach.kind}: {breach.said}" for breach in self.breaches)
        call = self.calls[self.hit - 1] if self.hit else "none"
        said = f"{self.done.out}{self.done.err}".strip()[-600:]
        return f"{self.case}\n  exit {self.done.code}: {said}\n  the call: {call}{broken}"


def outcome(case: Case) -> Outcome:
    """Runs the case."""
    script, started = SCRIPTS[case.script], time.monotonic()
    with world(case) as made:
        writer = Writer(made.connect)
        with writer if script.serves else nullcontext():
            script.before(made)
            while script.serves and len(writer.written) < 20:
                time.sleep(0.01)
            began = time.time()
            made.engine.arm(case.failure)
            done = run(made, script, case.shell, case.login)
            made.engine.disarm()
            # What serves then goes on being written to, for as long as it takes to look at it.
        written = [*made.seeded, *writer.written]
        due = [
            w for w in written if case.persistence != "unsaved" or w.at <= made.saved_since(began)
        ]
        found = breaches(made, script, done, written, due)
        for call in made.engine.unmet:
            words = " ".join(call.words)[:200]
            raise AssertionError(f"{case}: the stand-in itself failed at {words}: {call.raised}")
        if script.name == "lock":
            release(made)
        engine = made.engine
        return Outcome(
            case,
            done,
            engine.hit,
            engine.counted,
            tuple(found),
            tuple(engine.calls),
            tuple(engine.window),
            len(written),
            time.monotonic() - started,
        )


def simplest(failing: Outcome, tries: int = 40) -> Outcome:
    """The simplest case that still breaks a promise of the same kind, one value after the other."""
    kinds = {breach.kind for breach in failing.breaches}
    for name in [f.name for f in fields(Case) if f.name in VALUES and f.name != "script"]:
        for value in VALUES[name]:
            if value == getattr(failing.case, name) or tries <= 0:
                break
            tries -= 1
            tried = outcome(replace(failing.case, **{name: value}))
            if kinds & {breach.kind for breach in tried.breaches}:
                failing = tried
                break
    return failing


def main(texts: Iterable[str]) -> int:
    """Runs the cases and prints what came of them; returns 3 where one broke a promise."""
    code = 0
    for text in texts:
        found = outcome(Case.read(text))
        print(f"{found}\n  {found.seconds:.1f} s, {found.acknowledged} acknowledged writes")
        for number, call in enumerate(found.calls, 1):
            print(f"  {number:3} {'*' if found.window[number - 1] else ' '} {call}")
        code = RED if found.breaches else code
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
