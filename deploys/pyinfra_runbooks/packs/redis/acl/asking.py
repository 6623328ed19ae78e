"""Whether a user may ask a server about itself. Pure."""

from __future__ import annotations

from .categories import OWN
from .meaning import may_run
from .users import AclUser

# In which categories every Redis and Valkey has what is asked of it: a rule about another category
# says nothing about these.
_ASKED = {
    "info": ("slow", "dangerous"),
    "config|get": ("admin", "slow", "dangerous"),
    "acl|users": ("admin", "slow", "dangerous"),
    "acl|getuser": ("admin", "slow", "dangerous"),
}
_CATEGORIES: dict[str, list[str]] = {
    category: [command for command, its in _ASKED.items() if category in its] for category in OWN
}


def may_ask(user: AclUser, *commands: str) -> bool:
    """Whether a user's rules certainly allow these commands, or one of its selectors each.

    + commands: ``info``, ``config|get``, ``acl|users``, ``acl|getuser``; none: all of them

    >>> from pyinfra_runbooks.packs.redis.acl import parse_user
    >>> may_ask(parse_user("ops", "+@all")), may_ask(parse_user("app", "~* +@all -@dangerous"))
    (True, False)
    >>> may_ask(parse_user("app", "~* +@all -@admin"), "info")
    True
    """
    every = (user.permissions, *user.selectors)
    return all(
        any(may_run(permissions, command, _CATEGORIES) is True for permissions in every)
        for command in commands or _ASKED
    )
