"""A Redis of a stack: who logs in to it, how it is reached, and what it is for."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic import field_validator as field

from ..packs.redis.acl import AclError, may_ask, parse_user
from ..packs.redis.acl.known import check_categories
from .component import Component
from .model import Problem, Setting, refuse, repeated, setting
from .sources import HeldSource, InContainer, Source
from .values import AbsolutePath, Hidden, Name, NetworkAddress, Port, Several


def _user_name(name: str) -> str:
    if not name or not name.isprintable() or re.search(r"[\s\"'`\\]", name):
        raise ValueError("expected a user name without spaces, quotes and backslashes")
    if name == "default":
        raise ValueError("expected a user of your own: the default user is always off")
    return name


_LOGIN_RULES = {"on", "off", "nopass", "resetpass", "reset"}


def _rules(rules: str) -> str:
    """Validates a user's ACL rules. No message repeats a rule: it could be a password."""
    for position, rule in enumerate(rules.split(), 1):
        if rule.lstrip("(")[:1] in tuple("><#!"):
            raise ValueError(
                f"expected no password or hash in the rules (rule {position}): passwords come"
                " from the user's password source"
            )
        if rule.lower() in _LOGIN_RULES:
            raise ValueError(
                f"expected no {rule.lower()!r} in the rules (rule {position}): a declared user is"
                " on, with its one password"
            )
    if not rules.strip() or not rules.isprintable():
        raise ValueError("expected rules on one line, such as '~* &* +@all'")
    try:
        parse_user("user", rules)
        check_categories(rules)
    except AclError as error:
        raise ValueError(f"expected rules as Redis knows them: {error}") from None
    return rules


@setting
class RedisUser(Setting):
    """
    A user of Redis. It is on, and logs in with one password.

    + name: the user's name
    + rules: what it may do, as in an ACL file, without ``on``, ``off`` or passwords
    + password: where its password comes from

    **Example:**

    .. code:: python

        RedisUser("app", rules="~app:* +@read", password=HostFile("secrets/redis_password.txt"))
    """

    name: Annotated[str, AfterValidator(_user_name)]
    _: KW_ONLY
    rules: Annotated[Hidden[str], AfterValidator(_rules)]
    password: Hidden[Source]


class Login(NamedTuple):
    """Who logs in to a Redis, and where the password comes from."""

    name: str
    password: Source


@setting
class Tls(Setting):
    """
    How a Redis is asked over TLS. The paths are in its container, where it is asked.

    + ca: the file of certificates that the server's is checked against; default: it is not checked,
      since Redis is asked in its own container
    + cert: a client's certificate, if the server wants one; default: none is shown
    + key: that certificate's key; default: none

    **Example:**

    .. code:: python

        Tls(ca="/tls/ca.crt", cert="/tls/client.crt", key="/tls/client.key")
    """

    _: KW_ONLY
    ca: AbsolutePath | None = None
    cert: AbsolutePath | None = None
    key: AbsolutePath | None = None

    @field("key")
    @classmethod
    def _together(cls, key: str | None, info: ValidationInfo) -> str | None:
        if "cert" in info.data and (key is None) is not (info.data["cert"] is None):
            refuse([Problem("expected both a cert and its key", got="one of them")])
        return key


def _no_path(data: Any) -> Any:
    if isinstance(data, str) and "/" in data:
        raise ValueError("expected cache, queue or store (where its data is: directory=)")
    return data


@setting
class Redis(Component):
    """
    A Redis (or Valkey) of the stack.

    + service: its name in the compose file; default: ``redis``
    + users: everyone who may log in; the user ``default`` is off then. Default: none, and it is
      judged and repaired without a login, or with ``password``
    + password: the password of its user ``default`` (``requirepass``), if no users are declared;
      default: as its container itself has it, `InContainer`
    + admin: which of the users asks and repairs; default: the first one whose rules allow reading
      ACLs and settings, or else the first
    + acl_file: the path of its ACL file inside the container; default:
      ``/run/secrets/redis_users_acl``
    + port: where it listens in its container; default: as its arguments and configuration say, or
      as the stack's `Service` has it, or else 6379
    + address: the address at which it is asked there; default: the loopback address, or what it
      binds to instead
    + socket: the path of its unix socket in the container, instead of a port; default: none
    + tls: how it is asked over TLS; default: as its arguments and configuration say
    + data: what it is for: a ``cache``, which may lose what it holds only in memory if a repair
      can't save that, a ``queue``, or a ``store``; default: a guess, which is shown as one and
      permits no loss
    + directory: where it keeps its data inside the container; default: ``/data``

    **Example:**

    .. code:: python

        Redis(users=(RedisUser("app", rules="~* +@all", password=HostFile("redis.txt")),))
    """

    service: Name = "redis"
    _: KW_ONLY
    users: Several[RedisUser] = ()
    password: Hidden[HeldSource | None] = None
    admin: str | None = None
    acl_file: AbsolutePath = "/run/secrets/redis_users_acl"
    port: Port | None = None
    address: NetworkAddress | None = None
    socket: AbsolutePath | None = None
    tls: Tls | None = None
    data: Annotated[Literal["cache", "queue", "store"] | None, BeforeValidator(_no_path)] = None
    directory: AbsolutePath = "/data"

    pack: ClassVar[str] = "pyinfra_runbooks.packs.redis.pack"

    @field("users")
    @classmethod
    def _distinct(cls, users: tuple[RedisUser, ...]) -> tuple[RedisUser, ...]:
        refuse(repeated((user.name for user in users), "user", "name"))
        return users

    @field("password")
    @classmethod
    def _alone(cls, password: Source | None, info: ValidationInfo) -> Source | None:
        if password is not None and info.data.get("users"):
            refuse([Problem("expected either users or a password", got="both")])
        return password

    @field("admin")
    @classmethod
    def _known(cls, admin: str | None, info: ValidationInfo) -> str | None:
        if admin is not None and "users" in info.data:
            one_of_the_users(admin, info.data["users"])
        return admin

    @field("socket")
    @classmethod
    def _instead(cls, socket: str | None, info: ValidationInfo) -> str | None:
        there = [name for name in ("port", "address") if info.data.get(name) is not None]
        if socket is not None and there:
            refuse([Problem("expected either a socket or a port", got=f"socket and {there[0]}")])
        return socket

    @field("tls")
    @classmethod
    def _over_tcp(cls, tls: Tls | None, info: ValidationInfo) -> Tls | None:
        if tls is not None and info.data.get("socket") is not None:
            refuse([Problem("expected no tls where it is asked by its socket", got="both")])
        return tls

    def user(self, name: str | None) -> RedisUser | None:
        """The user of that name; the first where none is named; None: there is none."""
        return next((user for user in self.users if name in (None, user.name)), None)

    @property
    def asking_user(self) -> RedisUser | None:
        """Which of the users asks the running server, and has it load and save."""
        may = (u for u in self.users if may_ask(parse_user(u.name, u.rules)))
        return self.user(self.admin) if self.admin else next(may, self.user(None))

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(login.password for login in self.logins)

    @property
    def logins(self) -> tuple[Login, ...]:
        """All logins that are declared, in their order: who asks the questions logs in last."""
        if isinstance(self.password, InContainer):
            return ()
        if self.password is not None:
            return (Login("default", self.password),)
        users = sorted(self.users, key=lambda user: user == self.asking_user)
        return tuple(Login(user.name, user.password) for user in users)

    @property
    def held(self) -> InContainer | None:
        """What of its container names the login; None: it is declared."""
        if isinstance(self.password, InContainer):
            return self.password
        return None if self.users or self.password is not None else InContainer()


def one_of_the_users(name: str, users: tuple[RedisUser, ...]) -> None:
    """Raises ValueError where none of the users has the name."""
    names = [user.name for user in users]
    if name not in names:
        raise ValueError(f"expected one of the Redis users ({', '.join(names) or 'none'})")
