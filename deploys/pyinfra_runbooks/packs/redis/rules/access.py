"""Whom a Redis lets in whose users nobody declares: what its files say, against what runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ....core.kind import kind
from ....core.resolution import Note, Refusal, Remedy
from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....engine.rules.connected import connected
from ....settings import Redis, Stack
from ..access import ACCESS, Access
from ..server import Server
from ..steps import RedisFinding, Step, step_remedy
from .redis import safe

_SURE = re.compile(r"[A-Z][A-Z0-9_]*")
_KNOWN = (
    "Its command line, environment and files, read on the host; no value is shown, and none leaves"
    " it."
)

UNGUARDED = kind(
    "unguarded",
    title="Redis runs without the password that it is given",
    part=Part.REDIS,
    means="Every client that reaches it reads and writes everything; who logs in as its files say"
    " is refused.",
    known=f"`PING` without credentials is answered. {_KNOWN}",
    repair="It is restarted once its save is proved, since it reads its password only when it"
    " starts; then a login with that is proved, and that nobody else is let in. A job leaves that"
    " to a person, as clients may not have the password yet. Nothing where no file gives the"
    " password, or `CONFIG SET` was used.",
    explains=("open", "refuses-user", *UNSERVED),
)
PASSWORD_LITERAL = kind(
    "password-literal",
    title="The password of Redis is the text of a variable",
    part=Part.REDIS,
    means="Nothing puts a value in the variable's place: its clients, which have the value, are"
    " refused, and everybody who can read the file knows the password.",
    known=_KNOWN,
    repair="Nothing: the line is corrected by a person, and Redis recreated.",
    explains=UNSERVED,
)
PASSWORD_EMPTY = kind(
    "password-empty",
    title="Redis has no password, as a variable is empty",
    part=Part.REDIS,
    means="Every client that reaches it reads and writes everything, though it was to have one.",
    known=f"{_KNOWN} A variable whose default is written as empty (`${{X:-}}`) does not count.",
    repair="Nothing: the variable is set by a person, and Redis recreated.",
    explains=("open", "refuses-user", *UNSERVED),
)
PASSWORD_DIFFERS = kind(
    "password-differs",
    title="Redis refuses the password that it is given",
    part=Part.REDIS,
    means="It was changed while it ran (`CONFIG SET`), or where it is given: a restart changes who"
    " gets in.",
    known=f"`AUTH` with that password is refused. {_KNOWN}",
    repair="Nothing: either of the two may be right.",
    explains=("refuses-user", *UNSERVED),
)
OPEN_PUBLISHED = kind(
    "open-published",
    title="Redis asks for no password, and the host passes its port on",
    part=Part.REDIS,
    means="Who reaches the host reads and writes everything in it, past most firewalls.",
    known="`PING` without credentials is answered; the port is published on every address.",
    repair="Nothing: it may be meant so. Publish it on 127.0.0.1 alone, or give it a password.",
    breaks_health=False,
)


def findings(look: Look, stack: Stack, redis: Redis) -> Iterator[RedisFinding]:
    """At most one finding of whom it lets in, and a note of who may reach it."""
    name, server, access = redis.service, look.server(redis.service), look.of(ACCESS, redis.service)
    containers = look.members(name)
    if redis.users or len(containers) != 1 or isinstance(server, Unknown):
        return
    if server.is_sentinel:
        return
    said = Access() if isinstance(access, Unknown) else access
    found = _found(look, redis, server, containers[0], said)
    service = look.declared.services.get(name)
    if found and service:
        yield safe(found, look, stack, redis, service, containers[0])
    elif found:
        yield found
    if server.open and not found:
        yield from _published(look, containers[0], said)


def _found(
    look: Look, redis: Redis, server: Server, container: Container, said: Access
) -> RedisFinding | None:
    if said.decides.word == "literal" and not _refused(server):
        return _literal(container, said)
    if server.open:
        if closed := said.closed or _declared(redis):
            return _unguarded(look, redis, server, container, said, closed)
        return _empty(look, container, said)
    return _differs(redis, server, container, said)


def _declared(redis: Redis) -> str:
    return "the inventory declares its password" if redis.password is not None else ""


def _unguarded(
    look: Look, redis: Redis, server: Server, container: Container, said: Access, closed: str
) -> RedisFinding:
    since = ""
    if said.conf and said.conf in closed and said.changed > container.started.timestamp() > 0:
        since = f", changed {_time(said.changed)}, after it was started ({_shown(container)})"
    return UNGUARDED.found(
        container.service,
        "runs without the password that it is given, and lets everybody in",
        f"it answers PING without credentials; {closed}{since}{_also(look, container)}",
        _with_it(look, redis, server, container)
        if closed == said.closed
        else _nothing_gives_it(container),
    )


def _with_it(
    look: Look, redis: Redis, server: Server, container: Container
) -> Remedy[Step] | Refusal:
    """What gives it the password is read when it starts. Who works without it is refused then: the
    file may be ahead of its clients, or it was opened by hand because of them."""
    by_hand = f"docker exec {container.name} redis-cli SAVE && docker restart {container.name}"
    if server.number_of("config|set"):
        return Refusal(
            "its settings were changed while it ran (CONFIG SET), so it may have been opened on"
            " purpose: a restart changes who gets in",
            f"ask who changed it; once its clients have the password: {by_hand}",
        )
    there = connected(look, redis)
    names = "" if isinstance(there, Unknown) else ", ".join(sorted(there))
    now = f" (connected now: {names})" if names else ""
    remedy = step_remedy(
        Step.RESTART,
        f"restart {container.name} with that password, once its save is proved: who logs in without"
        f" it is refused then{now}",
    )
    doubt = Refusal(
        f"clients that do not have the password yet{now} would be refused after a restart",
        "once they have it, have a person run this",
    )
    return replace(remedy, needs_person=doubt)


def _nothing_gives_it(container: Container) -> Refusal:
    return Refusal(
        "nothing in its container is seen to set that password, so a restart does not help",
        f"give it the password (requirepass in its configuration), then: docker exec"
        f" {container.name} redis-cli SAVE && docker restart {container.name}",
    )


def _empty(look: Look, container: Container, said: Access) -> RedisFinding | None:
    """Empty, and nothing says that it is meant so: as a variable is, which was to have a value."""
    decides = said.decides
    named = (decides.variable,) if decides.variable else said.compose
    if decides.word != "empty" or not named:
        return None
    variable, missed = _called(named), _called(look.declared.unset)
    unset = f"; Compose misses {missed}" if missed else ""
    return PASSWORD_EMPTY.found(
        container.service,
        f"has no password: {variable} is empty",
        f"it answers PING without credentials; its password is taken from {variable}, and is"
        f" empty{unset}{_also(look, container)}",
        Refusal(
            "what the password should be is not known",
            f"set {variable} in the project's env file, then: docker compose up --detach"
            f" {container.service}; its clients need it as well",
        ),
    )


def _called(names: Iterable[str]) -> str:
    """What may be the beginning of a password, as ``$ecret`` is, is no name to be shown."""
    sure = [name if _SURE.fullmatch(name) else "a variable" for name in names]
    return ", ".join(dict.fromkeys(sure))


def _literal(container: Container, said: Access) -> RedisFinding:
    by_file = said.arguments.word == "none"
    sure = bool(_SURE.fullmatch(said.decides.variable))
    variable = f"text ${said.decides.variable}" if sure else "literal text of a variable"
    value = f"${{{said.decides.variable if sure else 'NAME'}}}"
    where = said.conf if by_file else "its command line"
    why = (
        "Redis puts no values into its configuration file"
        if by_file
        else "no shell puts a value in its place"
    )
    return PASSWORD_LITERAL.found(
        container.service,
        f"uses the {variable} as its password, not the variable's value",
        f"requirepass is {f'${said.decides.variable}' if sure else 'a variable'} in {where}: {why}",
        Refusal(
            "its clients may have that text, or the value",
            f"give the value itself: {value} in the compose file, without"
            " single quotes and with one $; then: docker compose up --detach"
            f" {container.service}",
        ),
    )


def _differs(
    redis: Redis, server: Server, container: Container, said: Access
) -> RedisFinding | None:
    """A login was sent with what its own container holds, or the inventory, and was refused."""
    refused = _refused(server) or (bool(server.logins) and not any(server.logins.values()))
    given = _declared(redis) or (said.closed if said.decides.word == "given" else "")
    if not server.login_sent or not refused or not given or server.authenticated:
        return None
    return PASSWORD_DIFFERS.found(
        container.service,
        "refuses the password that it is given",
        f"{given}; it answered: {server.says or 'no reason given'}",
        Refusal(
            "it was changed while it ran, or where it is given, and either may be right",
            "ask who changed it; what the running server has is lost with a restart: docker logs"
            f" --tail 20 {container.name}",
        ),
    )


def _refused(server: Server) -> bool:
    """Whether it does not take what its container names: then an entrypoint made something else of
    a text, or it was changed."""
    return bool(server.login.refused)


def _published(look: Look, container: Container, said: Access) -> Iterator[RedisFinding]:
    """By design on many a stack: merely to be known."""
    ports = _everywhere(look, container)
    if ports:
        by_design = " (its command line has an empty password)" if _empty_by_hand(said) else ""
        yield OPEN_PUBLISHED.found(
            container.service,
            f"asks for no password, and is published on every address of the host: {ports}",
            f"it answers PING without credentials{by_design}; {container.name} is published at"
            f" {ports}",
            Note(),
        )


def _empty_by_hand(said: Access) -> bool:
    return said.decides.word in ("empty", "chosen")


def _also(look: Look, container: Container) -> str:
    ports = _everywhere(look, container)
    return f"; it is published on every address of the host: {ports}" if ports else ""


def _everywhere(look: Look, container: Container) -> str:
    """Where the host passes its ports on, whatever address it is called by."""
    if seen := look.found.seen.get(container.id):
        places = (p for p in seen.published if not p.address and p.protocol == "tcp")
        return ", ".join(f"0.0.0.0:{port}" for port in sorted({p.host_port or 0 for p in places}))
    service = look.declared.services.get(container.service)
    ports = (p for p in (service.ports if service else ()) if p.protocol == "tcp")
    return ", ".join(f"0.0.0.0:{p.shown.rpartition(':')[2]}" for p in ports if _any(p.address))


def _any(address: str) -> bool:
    return address in ("", "0.0.0.0", "::")  # noqa: S104 - as a compose file has it


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _shown(container: Container) -> str:
    return _time(container.started.timestamp())
