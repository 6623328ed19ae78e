"""One Redis user, and the rule language that says what it may do. Pure.

The language is that of Redis 7 and later, as its ACL page describes it:
https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
Where that page is silent, ``ACLSetUser`` and ``ACLSetSelector`` of Redis' ``src/acl.c`` decide.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

HASH = re.compile(r"[0-9a-f]{64}")
DATABASES = re.compile(r"db=([0-9]{1,9}(?:,[0-9]{1,9})*)", re.IGNORECASE)
KEY_RULE = re.compile(r"(?:~|%(?P<access>R|W|RW|WR)~)(?P<pattern>.*)", re.IGNORECASE)
COMMAND_RULE = re.compile(r"[+-](@[\w-]+|[\w.:-]+(\|[^\s|()@]+)?)", re.ASCII)
WORDS = (
    *("on", "off", "nopass", "resetpass", "sanitize-payload", "skip-sanitize-payload"),
    *("allkeys", "resetkeys", "allchannels", "resetchannels", "allcommands", "nocommands"),
    *("alldbs", "resetdbs", "clearselectors", "reset"),
)


class AclError(ValueError):
    """Something that Redis would not take for an ACL, or never answers; no secret is in it."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """What one set of rules allows: the user's own, or those of one selector.

    + commands: ``+@all`` or ``-@all`` first, then what was added and removed after it, in order
    + keys: ``~app:*``, ``%R~log:*``, in the order of their first mention; none: no key
    + channels: ``&news.*``, likewise; none: no channel
    + databases: their numbers; None: all, as everywhere before Valkey 9.1

    >>> str(parse_user("app", "%R~a %W~a +get -get +GET").permissions)
    '~a resetchannels -@all +get'
    """

    commands: tuple[str, ...] = ("-@all",)
    keys: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    databases: frozenset[int] | None = None

    def __str__(self) -> str:
        """The rules as ``ACL LIST`` prints them since Redis 7.2.

        Only ``&*`` needs no ``resetchannels``: under ``acl-pubsub-default allchannels`` every
        selector starts with all channels, and Redis refuses a pattern added to those. All
        databases are not named: only Valkey since 9.1 knows the word.
        """
        reset = () if self.channels == ("&*",) else ("resetchannels",)
        databases = () if self.databases is None else (databases_rule(self.databases),)
        return " ".join((*self.keys, *reset, *self.channels, *databases, *self.commands))


@dataclass(frozen=True, slots=True)
class AclUser:
    """One user; as built from its name alone, what Redis creates: off, and allowed nothing.

    + enabled: whether anyone may log in as this user
    + nopass: whether any password will do
    + passwords: sha256 of each, 64 hex digits in lower case
    + plaintext: whether the user also has a password whose hash is not known here, since the
      ACL file holds it in plain text
    + sanitize: whether Redis checks what this user hands to RESTORE
    + permissions: what the rules outside of parentheses allow
    + selectors: what each pair of parentheses allows besides
    """

    name: str
    enabled: bool = False
    nopass: bool = False
    passwords: frozenset[str] = field(default=frozenset(), repr=False)
    plaintext: bool = False
    sanitize: bool = True
    permissions: Permissions = Permissions()
    selectors: tuple[Permissions, ...] = ()


def parse_user(
    name: str, rules: str, *, enabled: bool = True, passwords: Iterable[str] = ()
) -> AclUser:
    """The user that an inventory declares.

    + name: without spaces, quotes or control characters
    + rules: as for ``ACL SETUSER``, parted by white space; applied after the other arguments
    + enabled: whether the user is on (default) or off
    + passwords: sha256 of each, 64 hex digits in lower case

    Raises `AclError`, which says which rule is wrong and what was expected in its place. A
    password in plain text is refused, and not repeated.

    >>> parse_user("app", "~app:* &news.* +@read -@dangerous (~tmp:* +set)").selectors
    (Permissions(commands=('-@all', '+set'), keys=('~tmp:*',), channels=(), databases=None),)
    >>> parse_user("app", "~app:* +@read >secret")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    AclError: rule 3 holds a password in plain text (not shown); expected its sha256
    """
    check_name(name)
    split = re.findall(r"[^ \t\r\n]+", rules)
    for position, rule in enumerate(split, 1):
        # Before anything else is looked at, so that no other message repeats a part of it.
        if rule[0] in "><":
            raise AclError(
                f"rule {position} holds a password in plain text (not shown); "
                "expected its sha256: #<64 hex digits>"
            )
    hashes = frozenset(_hash(digits) for digits in passwords)
    return with_rules(AclUser(name, enabled=enabled, passwords=hashes), split)


def check_name(name: str) -> None:
    """Refuse a name that an ACL file can't hold: Redis splits each line on spaces.

    Quotes are refused as well; an ACL file may hold them, but people and shells misread them.
    """
    if not name or not name.isprintable() or any(c in " \"'`\\" for c in name):
        raise AclError(
            f"user name {name!r}: expected at least one character, "
            "and no space, quote, backslash or control character"
        )


def with_rules(user: AclUser, rules: Iterable[str]) -> AclUser:
    """The user after these rules; `AclError` names the first bad one and its position."""
    for position, rule in _whole_selectors(rules):
        try:
            if not rule.isprintable():
                raise AclError("holds a control character; expected none")
            user = _with_user_rule(user, rule)
        except AclError as error:
            raise AclError(f"rule {position}, {shown(rule)}: {error}") from None
    return user


def _whole_selectors(rules: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each rule with its position; what was split inside of parentheses is put together."""
    opened, start = "", 0
    for position, rule in enumerate(rules, 1):
        if opened:
            opened += f" {rule}"
        elif rule.startswith("("):
            opened, start = rule, position
        elif rule:  # two spaces in a row: Redis passes over the empty rule between them
            yield position, rule
        if opened.endswith(")"):
            yield start, opened
            opened = ""
    if opened:
        raise AclError(f"rule {start}, {shown(opened)}: expected a closing parenthesis")


def _with_user_rule(user: AclUser, rule: str) -> AclUser:
    match rule.lower():
        case "on" | "off" as word:
            return replace(user, enabled=word == "on")
        case "nopass" | "resetpass" as word:
            return replace(user, nopass=word == "nopass", passwords=frozenset(), plaintext=False)
        case "sanitize-payload" | "skip-sanitize-payload" as word:
            return replace(user, sanitize=word == "sanitize-payload")
        case "clearselectors":
            return replace(user, selectors=())
        case "reset":
            return AclUser(user.name)
    match rule[0]:
        case "#" | "!" | ">" | "<":
            return _with_password_rule(user, rule)
        case "(":
            return replace(user, selectors=(*user.selectors, _selector(rule)))
        case _:
            return replace(user, permissions=with_permission_rule(user.permissions, rule))


def _with_password_rule(user: AclUser, rule: str) -> AclUser:
    match rule[0]:
        case "#":
            return replace(user, nopass=False, passwords=user.passwords | {_hash(rule[1:])})
        case "!" if _hash(rule[1:]) in user.passwords:
            return replace(user, passwords=user.passwords - {rule[1:]})
        case "!":
            raise AclError("the user has no such password; expected a hash added before")
        case ">":  # from an ACL file: an inventory is refused earlier
            return replace(user, nopass=False, plaintext=True)
        case _:
            raise AclError("can't tell which password it removes; expected !<64 hex digits>")


def _hash(digits: str) -> str:
    if not HASH.fullmatch(digits):
        raise AclError(
            f"a password hash of {len(digits)} characters (not shown); "
            "expected sha256: 64 hex digits in lower case"
        )
    return digits


def _selector(rule: str) -> Permissions:
    # Redis reads the inside with quotes, the outside without; an unbalanced quote silently
    # makes the selector empty (aclCreateSelectorFromOpSet).
    if any(c in "\"'" for c in rule):
        raise AclError("a quote inside of parentheses; expected none")
    permissions = Permissions()
    for inner in rule[1:-1].split():
        try:
            permissions = with_permission_rule(permissions, inner)
        except AclError as error:
            raise AclError(f"{shown(inner)}: {error}") from None
    return permissions


def with_permission_rule(before: Permissions, rule: str) -> Permissions:
    """What is allowed after one more rule about keys, channels or commands."""
    match rule.lower():
        case "allkeys" | "~*":
            return replace(before, keys=("~*",))
        case "resetkeys":
            return replace(before, keys=())
        case "allchannels" | "&*":
            return replace(before, channels=("&*",))
        case "resetchannels":
            return replace(before, channels=(), databases=None)
        case "allcommands" | "+@all":
            return replace(before, commands=("+@all",))
        case "nocommands" | "-@all":
            return replace(before, commands=("-@all",))
        case "alldbs":
            return replace(before, databases=None)
        case "resetdbs":
            return replace(before, databases=frozenset())
    if found := DATABASES.fullmatch(rule):
        # The last one counts, unlike with keys and channels.
        return replace(before, databases=frozenset(map(int, found[1].split(","))))
    match rule[0]:
        case "~" | "%":
            _refuse_more("~*", before.keys, "key", "resetkeys")
            return replace(before, keys=with_key(before.keys, rule))
        case "&":
            _refuse_more("&*", before.channels, "channel", "resetchannels")
            return replace(before, channels=with_channel(before.channels, rule))
        case "+" | "-":
            return replace(before, commands=_with_command(before.commands, rule.lower()))
    words = ", ".join(WORDS)
    raise AclError(
        f"not a rule; expected one of {words}, db=N, or one that begins with # ~ % & + - ("
    )


def databases_rule(databases: frozenset[int] | None) -> str:
    """The rule for these databases, as Valkey prints it.

    >>> databases_rule(frozenset({10, 2})), databases_rule(None)
    ('db=2,10', 'alldbs')
    """
    if databases is None:
        return "alldbs"
    return f"db={','.join(map(str, sorted(databases)))}" if databases else "resetdbs"


def databases_word(rule: str) -> bool:
    """Whether a rule is about databases."""
    return rule.lower() in ("alldbs", "resetdbs") or bool(DATABASES.fullmatch(rule))


def _refuse_more(everything: str, patterns: tuple[str, ...], noun: str, reset: str) -> None:
    if patterns == (everything,):
        raise AclError(
            f"{everything} allows every {noun} already, and Redis refuses to add to it; "
            f"expected {reset} before it, or {everything} to be left out"
        )


def with_key(keys: tuple[str, ...], rule: str) -> tuple[str, ...]:
    """The key rules after one more; like Redis, one rule a pattern: %R~a and %W~a make ~a."""
    access, pattern = key_access(rule)
    merged = {key_access(key)[1]: key_access(key)[0] for key in keys}
    merged[pattern] = merged.get(pattern, frozenset()) | access
    if len(merged.get("*", "")) == 2:
        return ("~*",)
    return tuple(
        f"~{pattern}" if len(access) == 2 else f"%{min(access)}~{pattern}"
        for pattern, access in merged.items()
    )


def key_access(rule: str) -> tuple[frozenset[str], str]:
    """What a key rule allows, out of R and W, and to which pattern.

    >>> sorted(key_access("~app:*")[0]), key_access("%R~log")
    (['R', 'W'], (frozenset({'R'}), 'log'))
    """
    found = KEY_RULE.fullmatch(rule)
    if not found:
        raise AclError("expected ~pattern, %R~pattern, %W~pattern or %RW~pattern")
    return frozenset((found["access"] or "RW").upper()), found["pattern"]


def with_channel(channels: tuple[str, ...], rule: str) -> tuple[str, ...]:
    """The channel rules after one more, each of them once."""
    if not rule.startswith("&"):
        raise AclError("expected &pattern")
    return channels if rule in channels else (*channels, rule)


def _with_command(commands: tuple[str, ...], rule: str) -> tuple[str, ...]:
    """The command rules after one more, which voids earlier ones about the same name.

    A rule about a container voids those about its subcommands. This is what Redis does since
    7.2 (ACLUpdateCommandRules), so that it prints the result back as it is.
    """
    if not COMMAND_RULE.fullmatch(rule):
        raise AclError("expected + or -, then command, command|subcommand or @category")
    name = rule[1:]
    base, *rest = commands
    kept = (r for r in rest if r[1:] != name and not r[1:].startswith(f"{name}|"))
    return (base, *kept, rule)


def shown(rule: str) -> str:
    """A rule for a message: whole where it can't hold a secret, otherwise as much as helps.

    >>> shown("+gett|x|y"), shown("onn"), shown("hunter2"), shown("+get>hunter2")
    ("'+gett|x|y'", "'onn'", 'a word of 7 characters (not shown)', "'+get>...'")
    """
    if rule[0] == "(":
        return "'(...)'"  # what is wrong inside has its own message
    if rule[0] in "#!><+-~%&" or difflib.get_close_matches(rule.lower(), WORDS, n=1, cutoff=0.75):
        return repr(re.sub(r"(?s)([#!><]).+", r"\1...", rule))
    return f"a word of {len(rule)} characters (not shown)"
