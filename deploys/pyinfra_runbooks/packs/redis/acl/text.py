"""Redis users as text: the lines of an ACL file, and the reply of ``ACL GETUSER``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

from .users import (
    HASH,
    AclError,
    AclUser,
    Permissions,
    check_name,
    databases_word,
    shown,
    with_channel,
    with_key,
    with_permission_rule,
    with_rules,
)

# What older versions printed besides; it repeats the keys, channels and commands.
DERIVED_FLAGS = frozenset({"allkeys", "allchannels", "allcommands"})
FLAGS = DERIVED_FLAGS | {"on", "off", "nopass", "sanitize-payload", "skip-sanitize-payload"}
PERMISSION_FIELDS = frozenset({"commands", "keys", "channels"})
USER_FIELDS = PERMISSION_FIELDS | {"flags", "passwords", "selectors"}
OPTIONAL_FIELDS = frozenset({"databases"})  # since Valkey 9.1

# Where a file does not name the default user, Redis lets everyone in (ACLCreateDefaultUser).
OPEN_DEFAULT = AclUser(
    "default", enabled=True, nopass=True, permissions=Permissions(("+@all",), ("~*",), ("&*",))
)


def render(user: AclUser) -> str:
    """The user's line of an ACL file, without the line's end.

    Raises `AclError` for a name that a file can't hold, and where a password is not known.

    >>> render(AclUser("default"))
    'user default off sanitize-payload resetchannels -@all'
    """
    check_name(user.name)
    if user.plaintext:
        raise AclError(f"user {user.name}: has a password that is not known here")
    return " ".join(
        (
            f"user {user.name}",
            "on" if user.enabled else "off",
            *(("nopass",) if user.nopass else ()),
            "sanitize-payload" if user.sanitize else "skip-sanitize-payload",
            *(f"#{digits}" for digits in sorted(user.passwords)),
            str(user.permissions),
            *(f"({selector})" for selector in user.selectors),
        )
    )


@dataclass(frozen=True, slots=True)
class AclFile:
    """What an ACL file says.

    + users: in the file's order; ``default`` last, and open, where the file does not name it
    + errors: why Redis loads nothing of it: the line, and what was expected there
    """

    users: tuple[AclUser, ...]
    errors: tuple[str, ...]

    def user(self, name: str) -> AclUser | None:
        """The user of this name, if the file has one."""
        return next((user for user in self.users if user.name == name), None)


@lru_cache(maxsize=64)  # every rule of a look asks for the same few files
def parse_file(text: str) -> AclFile:
    """The users of an ACL file, and all that keeps Redis from loading it.

    + text: the file's content; passwords in plain text best replaced: ``>(hidden)``

    Lines are read as ``ACLLoadFromFile`` of Redis reads them: split on single spaces, without
    quoting; Windows' line ends do no harm. Never raises.

    >>> file = parse_file("# ours\\nuser app on >(hidden) ~* +@all\\n")
    >>> [(user.name, user.plaintext) for user in file.users]
    [('app', True), ('default', False)]
    >>> file.errors
    ('line 1: a comment, which Redis before 8.8 refuses; expected none',)
    """
    users: dict[str, AclUser] = {}
    errors = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            if user := _user_of_line(line.strip(" \t\r"), taken=frozenset(users)):
                users[user.name] = user
        except AclError as error:
            errors.append(f"line {number}: {error}")
    users.setdefault("default", OPEN_DEFAULT)
    return AclFile(tuple(users.values()), tuple(errors))


def _user_of_line(line: str, taken: frozenset[str]) -> AclUser | None:
    if not line:
        return None
    if line.startswith("#"):
        raise AclError("a comment, which Redis before 8.8 refuses; expected none")
    if "\0" in line:
        raise AclError("holds a NUL byte, where Redis stops to read; expected none")
    keyword, _, rest = line.partition(" ")
    name, *rules = rest.split(" ")
    if keyword != "user" or not name or len(name.split()) != 1:
        raise AclError("expected 'user NAME RULE...', parted by single spaces")
    if name in taken:
        raise AclError(f"user {name}: named twice; expected one line for each user")
    try:
        return with_rules(AclUser(name), (rule.strip("\t\r") for rule in rules))
    except AclError as error:
        raise AclError(f"user {name}, {error}") from None


def from_getuser(name: str, reply: object) -> AclUser | None:
    """The user as the server holds it; None where there is no such user.

    + name: who was asked for
    + reply: of ``ACL GETUSER``, as ``redis-cli --json`` prints it: an object (RESP3), or a flat
      list of names and values (RESP2)

    Raises `AclError` for anything else. A field or a flag that is not known here is passed over:
    what it allows is not compared, and `unknown_in` names it.

    >>> from_getuser("app", ["flags", ["off"], "passwords", [], "commands", "-@all +get",
    ...                      "keys", "%R~a", "channels", "", "selectors", []]).permissions
    Permissions(commands=('-@all', '+get'), keys=('%R~a',), channels=(), databases=None)
    """
    if reply is None:
        return None
    try:
        return _user_of_fields(name, _fields(reply, USER_FIELDS))
    except AclError as error:
        raise AclError(f"ACL GETUSER of user {name!r}: {error}") from None


def unknown_in(reply: object) -> tuple[str, ...]:
    """The fields and flags of an ``ACL GETUSER`` reply that `from_getuser` passes over.

    A later server may allow something by them: in 7.0 ``selectors`` was such a field.

    >>> unknown_in(["flags", ["on", "glowing"], "passwords", [], "commands", "-@all", "keys", "",
    ...             "channels", "", "selectors", [], "hours", "9-17"])
    ("field 'hours'", "flag 'glowing'")
    """
    if reply is None:
        return ()
    fields = _fields(reply, USER_FIELDS)
    selectors = fields["selectors"] if isinstance(fields["selectors"], list) else []
    every = [fields, *(_fields(selector, PERMISSION_FIELDS) for selector in selectors)]
    named = {name for each in every for name in each if name not in USER_FIELDS}
    named -= OPTIONAL_FIELDS if all(map(_knows_databases, every)) else frozenset()
    flags = {*_strings(fields, "flags")} - FLAGS
    return (
        *(f"field {field[:60]!r}" for field in sorted(named)),
        *(f"flag {flag[:60]!r}" for flag in sorted(flags)),
    )


def _user_of_fields(name: str, fields: Mapping[str, Any]) -> AclUser:
    flags = frozenset(_strings(fields, "flags"))
    if len(flags & {"on", "off"}) != 1:
        raise AclError("flags: expected one of on and off")
    passwords = frozenset(_strings(fields, "passwords"))
    if not all(HASH.fullmatch(digits) for digits in passwords):
        raise AclError("passwords: expected 64 hex digits each (what was found is not shown)")
    if not isinstance(fields["selectors"], list):
        raise AclError("selectors: expected a list")
    return AclUser(
        name,
        enabled="on" in flags,
        nopass="nopass" in flags,
        passwords=passwords,
        # Redis 7.0 prints neither flag for a user that never had one, and sanitizes.
        sanitize="skip-sanitize-payload" not in flags,
        permissions=_permissions(fields),
        selectors=tuple(_permissions(_fields(s, PERMISSION_FIELDS)) for s in fields["selectors"]),
    )


def _fields(reply: object, expected: frozenset[str]) -> Mapping[str, Any]:
    if isinstance(reply, list) and len(reply) % 2 == 0:
        names, values = reply[::2], reply[1::2]
    elif isinstance(reply, dict):
        names, values = list(reply), list(reply.values())
    else:
        raise AclError(f"expected an object or a list of pairs, found {type(reply).__name__}")
    if not all(isinstance(name, str) for name in names) or len(names) != len(set(names)):
        raise AclError("expected the names of fields, each once")
    if missing := sorted(expected - set(names)):
        raise AclError(f"expected a field {missing[0]!r}, found none")
    return dict(zip(names, values, strict=True))


def _strings(fields: Mapping[str, Any], name: str) -> list[str]:
    found = fields[name]
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise AclError(f"{name}: expected a list of strings")
    return found


def _rules(fields: Mapping[str, Any], name: str, marks: str) -> list[str]:
    found = fields[name]
    if not isinstance(found, str):
        raise AclError(f"{name}: expected a string, found {type(found).__name__}")
    rules = [rule for rule in found.split(" ") if rule]
    if bad := [rule for rule in rules if rule[0] not in marks]:
        raise AclError(f"{name}: {shown(bad[0][:60])}: expected a rule that begins with {marks[0]}")
    return rules


def _permissions(fields: Mapping[str, Any]) -> Permissions:
    commands = _rules(fields, "commands", "+-")
    if not commands or commands[0] not in {"+@all", "-@all"}:
        raise AclError("commands: expected +@all or -@all first")
    # Not by the rules for keys and channels: from %RW~* ~a, which it takes, Redis prints ~* ~a,
    # which it refuses.
    without_commands = Permissions(
        keys=reduce(with_key, _rules(fields, "keys", "~%"), ()),
        channels=reduce(with_channel, _rules(fields, "channels", "&"), ()),
        databases=_databases(fields),
    )
    return reduce(with_permission_rule, commands, without_commands)


def _databases(fields: Mapping[str, Any]) -> frozenset[int] | None:
    """Which databases; a server that has no such field lets everybody into all of them."""
    if "databases" not in fields or not _knows_databases(fields):
        return None
    none = Permissions(databases=frozenset())
    return reduce(with_permission_rule, fields["databases"].split(), none).databases


def _knows_databases(fields: Mapping[str, Any]) -> bool:
    """Whether that field, which is young, says what is known here."""
    found = fields.get("databases", "")
    return isinstance(found, str) and all(map(databases_word, found.split()))
