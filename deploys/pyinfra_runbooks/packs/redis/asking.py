"""What is asked of each Redis in a look, and how it is logged in to: passwords are read where they
are. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ...engine.asked import Asking
from ...engine.docker import Container
from ...engine.probe import Probe, Question
from ...engine.rules.passwords import password_files
from ...engine.shell.stack import json_matters
from ...settings import HostFile, Redis, Stack
from ...settings.redis import Login
from . import replies
from .acl import needs_categories, parse_user

SERVER: Probe[Asking, tuple[str, ...]] = Probe("redis", "ask_redis.sh", tuple)
"""What a Redis says, and what its container sees; `look.parse` reads it."""


def servers(asking: Asking) -> list[Question]:
    """
    What each Redis is asked; its passwords come over stdin, see `passwords_of`.

    A login goes only to a container that holds a secret of this Redis: where there are several,
    what another one mounts as well proves nothing.
    """
    return [
        Question(SERVER, redis.service, _about(asking, redis, one), len(passwords_of(redis)))
        for redis in asking.stack.servers
        if (one := asking.server(redis))
    ]


def _about(asking: Asking, redis: Redis, container: Container) -> dict[str, object]:
    stack, held = asking.stack, redis.held
    names = [login.name for login in redis.logins]
    questions = replies.questions(names, categories_needed(redis), may_all(redis))
    return {
        "id": container.id,
        "service": redis.service,
        "acl_file": redis.acl_file,
        "own_files": own_files(stack, redis),
        "all_secrets": "yes" if stack.is_alone(redis) else "",
        "login_users": tuple(login_line(login, stack) for login in redis.logins),
        "questions": questions.rstrip("\n"),
        "reach": reach(redis),
        "port": stack.port_of(redis.service),
        "look_for": "yes" if held else "",
        "shared": shared(container, asking.found.containers),
        "variable": held.variable if held else None,
        "file": held.file if held else None,
        "data": redis.directory,
        "json_matters": json_matters(stack),
    }


def reach(redis: Redis) -> tuple[str, ...]:
    """The words by which redis-cli reaches it, as the inventory has it; none: it does not say."""
    if redis.socket:
        return ("-s", redis.socket)
    tls = redis.tls
    words = ["--tls"] if tls else []
    if tls:
        words += ["--cacert", tls.ca] if tls.ca else ["--insecure"]
    if tls and tls.cert and tls.key:
        words += ["--cert", tls.cert, "--key", tls.key]
    words += ["-p", str(redis.port)] if redis.port else []
    return (*words, *(("-h", redis.address) if redis.address else ()))


def shared(container: Container, others: Iterable[Container]) -> str:
    """
    Whether what listens in its network may be another server: ``yes``, where that is not its own;
    ``joined``, where others have joined it. Then where what listens at a socket may be: each place
    where another container may write as well, a line each. To connect, a client needs no more than
    a mount that is read-only.

    + others: all that the host runs
    """
    others = [c for c in others if c.id != container.id]
    written = {m.source for c in others for m in c.mounts if m.source and m.writable}
    places = [m.target for m in container.mounts if any(_meet(m.source, w) for w in written)]
    return "\n".join(filter(None, (_whose_network(container, others), *sorted(places))))


def _whose_network(container: Container, others: Iterable[Container]) -> str:
    mode = container.network_mode
    if mode == "host" or mode.startswith("container:"):
        return "yes"
    names = (container.id, container.id[:12], container.name)
    joined = {f"container:{name}" for name in names}
    return "joined" if any(c.network_mode in joined for c in others) else ""


def _meet(one: str, other: str) -> bool:
    """Whether one directory is the other, or in it."""
    a, b = f"{one.rstrip('/')}/", f"{other.rstrip('/')}/"
    return bool(one) and (a.startswith(b) or b.startswith(a))


def login_line(login: Login, stack: Stack) -> str:
    """A line of `credentials.sh`: who logs in, and the file with the password, if it is in one."""
    file = stack.compose.path(login.password.path) if isinstance(login.password, HostFile) else ""
    return f"{replies.quoted(login.name)} {file}"


def stdin_lines(asking: Asking) -> list[str]:
    """What a look reads from stdin: the passwords that only the controller has, escaped."""
    asked = (redis for redis in asking.stack.servers if asking.server(redis))
    return [password for redis in asked for password in passwords_of(redis)]


def passwords_of(redis: Redis) -> list[str]:
    """The same, of one Redis."""
    return [
        replies.escaped(login.password.read().get_secret_value())
        for login in redis.logins
        if not isinstance(login.password, HostFile)
    ]


def mounted_logins(redis: Redis) -> int:
    """How many logins are tried besides, with the passwords that Redis' container itself sees."""
    return sum(isinstance(login.password, HostFile) for login in redis.logins)


def own_files(stack: Stack, redis: Redis) -> tuple[str, ...]:
    """Those of them that only who is this Redis mounts; all, where the stack has no other one."""
    if stack.is_alone(redis):
        return password_files(stack)
    sources = (login.password for login in redis.logins)
    return tuple(sorted({stack.compose.path(s.path) for s in sources if isinstance(s, HostFile)}))


def may_all(redis: Redis) -> bool:
    """Whether each user that is declared may give every command, for every key."""
    each = [{*user.rules.split()} for user in redis.users]
    return bool(each) and all(
        rules & {"+@all", "allcommands"}
        and rules & {"~*", "allkeys"}
        and not any(rule.startswith("-") for rule in rules)
        for rules in each
    )


def categories_needed(redis: Redis) -> bool:
    """Whether comparing ACLs takes the commands of each category."""
    return any(needs_categories(parse_user(u.name, u.rules)) for u in redis.users)
