"""Whether two Redis users mean the same, whatever their rules look like. Pure.

Redis 7.0 prints the commands of a user not as they were given, but as the categories and commands
that come closest; later versions print what was given, less what later rules made void. Text can
therefore not be compared. What a rule does to a command can: it allows it, denies it, or leaves
it alone. Where a rule names a category whose commands are not known, "perhaps" is an answer too,
and it is kept apart from yes and no until the end.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain, groupby

from .users import AclUser, Permissions, databases_rule, key_access

#: The commands of each category, named without the @, as ``ACL CAT`` and ``ACL CAT name`` print
#: them: ``{"dangerous": {"flushall", "config|set"}}``.
Categories = Mapping[str, Collection[str]]

# Stands for commands that nobody can name yet. Only +@all allows them: Redis keeps a bit for
# them (ACLSelectorCanExecuteFutureCommands).
LATER = "commands that modules bring later"
SHOWN = 6


class Verdict(Enum):
    """What a comparison came to."""

    SAME = "same"
    DIFFERS = "differs"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a user differs from the declared one.

    + differences: what differs for certain, in words
    + undecided: what can't be decided from what is known; with categories it usually can
    """

    differences: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """One certain difference is enough; without one, a single doubt leaves it undecided."""
        if self.differences:
            return Verdict.DIFFERS
        return Verdict.UNDECIDED if self.undecided else Verdict.SAME

    def __add__(self, other: Comparison) -> Comparison:
        return Comparison(self.differences + other.differences, self.undecided + other.undecided)


def compare(
    declared: AclUser, running: AclUser | None, categories: Categories | None = None
) -> Comparison:
    """What differs between the declared user and the one that a server or a file has.

    + declared: the user as it should be
    + running: the user as found; None where there is none
    + categories: the server's own. Without them the answer may be undecided, never wrong

    Patterns of keys and channels are compared as written: ~a* is not found to include ~ab.
    Hashes of passwords are shown by their first 8 digits at most.

    >>> from pyinfra_runbooks.packs.redis.acl import parse_user
    >>> declared = parse_user("app", "~app:* +@all -@dangerous")
    >>> found = parse_user("app", "~* +@all -keys -flushall", enabled=False)
    >>> compare(declared, found)  # doctest: +NORMALIZE_WHITESPACE
    Comparison(differences=('is off', 'keys: ~app:* expected, ~* found'),
      undecided=('commands: +@all -@dangerous expected, +@all -keys -flushall found; the same or
                 not, by its categories',))
    >>> compare(declared, found, {"dangerous": {"keys", "flushall", "sort"}}).differences[1:]
    ('may also run sort', 'keys: ~app:* expected, ~* found')
    """
    if running is None:
        return Comparison(("does not exist",))
    return (
        _flags(declared, running)
        + _passwords(declared, running)
        + _permissions(declared.permissions, running.permissions, categories)
        + _selectors(declared.selectors, running.selectors, categories)
    )


def needs_categories(declared: AclUser) -> bool:
    """Whether it is worth the while to fetch categories before comparing with this user.

    False where all commands are allowed, or none: then a user that means the same is always
    recognised. Another may still come out as undecided; fetch them then.

    >>> from pyinfra_runbooks.packs.redis.acl import parse_user
    >>> needs_categories(parse_user("app", "~* +@all +@pubsub"))
    False
    >>> needs_categories(parse_user("app", "~* +@all -@dangerous"))
    True
    """
    every = (declared.permissions, *declared.selectors)
    return any(len(_reduced(permissions.commands)) > 1 for permissions in every)


def may_run(
    permissions: Permissions, command: str, categories: Categories | None = None
) -> bool | None:
    """Whether a command is allowed, keys and channels aside; None where that is not known.

    + permissions: of a user, or of a selector
    + command: ``get``, or ``config|get``
    + categories: the server's own; without them, rules about categories leave it open

    >>> from pyinfra_runbooks.packs.redis.acl import parse_user
    >>> app = parse_user("app", "+@all -@dangerous +config|get").permissions
    >>> [may_run(app, command) for command in ("config|get", "keys")]
    [True, None]
    """
    return _may_run(permissions.commands, command.lower(), _lower(categories))


def _lower(categories: Categories | None) -> Mapping[str, frozenset[str]]:
    """Categories as rules are kept, in lower case: those of modules print FT.SEARCH."""
    return {
        name.lower(): frozenset(command.lower() for command in commands)
        for name, commands in (categories or {}).items()
    }


def _may_run(commands: tuple[str, ...], command: str, known: Categories) -> bool | None:
    answer: bool | None = None  # until the first rule, which is about everything
    for rule in commands:
        allows = rule[0] == "+"
        covers = _covers(rule[1:], command, known)
        if covers:
            answer = allows
        elif covers is None and answer != allows:
            answer = None
    return answer


def _covers(name: str, command: str, categories: Categories) -> bool | None:
    """Whether a rule about this name decides about the command (or all of a category).

    A container decides about its subcommands, also where only a category names the container.
    """
    if name in {"@all", command} or command.startswith(f"{name}|"):
        return True
    if command == LATER:
        return False
    if command.startswith("@"):
        return None
    if not name.startswith("@"):
        return False
    if (members := categories.get(name[1:])) is None:
        return None
    return command in members or command.partition("|")[0] in members


def _commands(declared: tuple[str, ...], running: tuple[str, ...], known: Categories) -> Comparison:
    if _reduced(declared) == _reduced(running):
        return Comparison()
    names = {rule[1:] for rule in declared + running} - {"@all"}
    open_names = {name for name in names if name[:1] != "@" or name[1:] not in known}
    more, less, unknown = [], [], False
    for command in sorted({LATER, *open_names, *chain.from_iterable(known.values())}):
        match _may_run(declared, command, known), _may_run(running, command, known):
            case False, True:
                more.append(command)
            case True, False:
                less.append(command)
            case expected, found:
                unknown |= expected is None or found is None
    differs = ((f"may also run {_listed(more)}",) if more else ()) + (
        (f"may not run {_listed(less)}",) if less else ()
    )
    if differs or not unknown:
        return Comparison(differs)
    both = _expected(" ".join(declared), " ".join(running))
    return Comparison((), (f"commands: {both}; the same or not, by its categories",))


def _reduced(commands: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    """The rules without what adds nothing, in groups whose order inside does not matter.

    Rules that only add to +@all, or only remove from -@all, say nothing.
    """
    signs = [frozenset(rules) for _, rules in groupby(commands, key=lambda rule: rule[0])]
    return (frozenset(commands[:1]), *signs[1:])


def _listed(commands: Collection[str]) -> str:
    """Some names, and how many more; subcommands are left out where their container is named."""
    containers = {command for command in commands if "|" not in command}
    named = [c for c in commands if c in containers or c.partition("|")[0] not in containers]
    shown = ", ".join(sorted(named, key=lambda command: command != LATER)[:SHOWN])
    return shown if len(named) <= SHOWN else f"{shown} and {len(named) - SHOWN} more"


def _permissions(
    declared: Permissions, running: Permissions, categories: Categories | None
) -> Comparison:
    return (
        _commands(declared.commands, running.commands, _lower(categories))
        + _patterns("keys", _key_meaning(declared.keys), _key_meaning(running.keys))
        + _patterns("channels", _channels(declared.channels), _channels(running.channels))
        + _databases(declared.databases, running.databases)
    )


def _databases(declared: frozenset[int] | None, running: frozenset[int] | None) -> Comparison:
    if declared == running:
        return Comparison()
    return Comparison(
        (f"databases: {databases_rule(declared)} expected, {databases_rule(running)} found",)
    )


def _key_meaning(keys: tuple[str, ...]) -> frozenset[str]:
    """The key rules that count: with %R~*, every other %R~ is void, but no ~ or %W~ is.

    One rule has to allow both when a command reads and writes a key (ACLSelectorCheckKey), so
    that %R~* with %W~a is less than %R~* with ~a.
    """
    everywhere = next((access for access, p in map(key_access, keys) if p == "*"), frozenset())
    return frozenset(
        key for key in keys if key_access(key)[1] == "*" or not key_access(key)[0] <= everywhere
    )


def _channels(channels: tuple[str, ...]) -> frozenset[str]:
    return frozenset({"&*"} if "&*" in channels else channels)


def _patterns(noun: str, declared: frozenset[str], running: frozenset[str]) -> Comparison:
    if declared == running:
        return Comparison()
    both = _expected(" ".join(sorted(declared)), " ".join(sorted(running)))
    return Comparison((f"{noun}: {both}",))


def _expected(expected: str, found: str) -> str:
    short = [textwrap.shorten(text, 160, placeholder=" ...") for text in (expected, found)]
    return f"{short[0] or 'none'} expected, {short[1] or 'none'} found"


def _selectors(
    declared: tuple[Permissions, ...],
    running: tuple[Permissions, ...],
    categories: Categories | None,
) -> Comparison:
    """Selectors as a set: each one needs an equal on the other side."""

    def alone(
        one: tuple[Permissions, ...], other: tuple[Permissions, ...], what: str
    ) -> Comparison:
        result = Comparison()
        for selector in one:
            verdicts = {_permissions(selector, o, categories).verdict for o in other}
            text = textwrap.shorten(f"selector ({selector})", 160, placeholder=" ...)")
            if Verdict.SAME in verdicts:
                continue
            if Verdict.UNDECIDED in verdicts:
                result += Comparison((), (f"{text}: {what}, or only written differently",))
            else:
                result += Comparison((f"{text}: {what}",))
        return result

    return alone(declared, running, "missing") + alone(running, declared, "not declared")


def _flags(declared: AclUser, running: AclUser) -> Comparison:
    found = []
    if declared.enabled != running.enabled:
        found.append("is on" if running.enabled else "is off")
    if declared.sanitize != running.sanitize:
        found.append(f"{'checks' if running.sanitize else 'does not check'} payloads of RESTORE")
    return Comparison(tuple(found))


def _passwords(declared: AclUser, running: AclUser) -> Comparison:
    if running.nopass or declared.nopass:
        if running.nopass == declared.nopass:
            return Comparison()
        return Comparison(("any password will do" if running.nopass else "asks for a password",))
    if declared.plaintext or running.plaintext:
        return Comparison((), ("password: in plain text, so that it can't be compared",))
    if declared.passwords == running.passwords:
        return Comparison()
    if not running.passwords:
        return Comparison(("has no password, so no client can log in",))
    expected, found = _short(declared.passwords), _short(running.passwords)
    return Comparison((f"password differs: {_expected(expected, found)}",))


def _short(hashes: frozenset[str]) -> str:
    return " ".join(f"{digits[:8]}..." for digits in sorted(hashes))
