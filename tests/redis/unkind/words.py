"""The words of a call of `docker`: options, and the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from .containers import EngineError

# Options without a value; all others have one, in the next word or after "=".
_FLAGS = {
    *("-a", "--all", "-q", "--quiet", "--no-trunc", "-i", "--interactive", "-t", "--tty", "-d"),
    *("--detach", "--rm", "-f", "--force", "--read-only", "--init", "--privileged", "--timestamps"),
    *("-v=volumes", "-aq", "-qa", "-it", "-L", "--volumes", "--no-healthcheck", "-P"),
}
# -t is the time of a stop, and a flag elsewhere; -v a mount, and a flag of rm.
_VALUED_T = {"stop", "restart"}


@dataclass
class Parsed:
    """The words of a call: options, several times the same where it was given so, and the rest."""

    options: dict[str, list[str]] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)

    def one(self, *names: str, default: str = "") -> str:
        return next((self.options[name][-1] for name in names if name in self.options), default)

    def all(self, *names: str) -> list[str]:
        return [value for name in names for value in self.options.get(name, ())]

    def has(self, *names: str) -> bool:
        return any(name in self.options for name in names)


def parsed(command: str, words: list[str]) -> Parsed:
    """Takes the options that come before the first other word; docker itself stops there, too."""
    found, words = Parsed(), list(words)
    intermixed = command not in ("exec", "run", "create")
    while words:
        word = words.pop(0)
        if word == "--":
            found.rest += words
            break
        if not word.startswith("-") or word == "-":
            found.rest.append(word)
            if intermixed:
                continue
            found.rest += words
            break
        name, given, value = word.partition("=")
        flag = name in _FLAGS and not (name == "-t" and command in _VALUED_T)
        if (name == "-v" and command == "rm") or (name == "-f" and command in ("ps", "inspect")):
            flag = command == "rm"
        if not given and not flag:
            if not words:
                raise EngineError(f"flag needs an argument: {name}")
            value = words.pop(0)
        found.options.setdefault(name, []).append(value)
    return found
