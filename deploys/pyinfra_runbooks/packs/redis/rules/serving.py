"""Whom the running Redis serves: whether its ACL is the one that is declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....core.disruption import Disruption
from ....core.kind import kind
from ....core.resolution import Note, Refusal
from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....settings import Redis
from ..acl import may_ask, parse_user
from ..login import Login
from ..server import Server
from ..steps import CHANGES, LOADS, STOPS, RedisFinding, Step, step_remedy
from .acl import AclPlan

_REFUSED = ("refuses-user", *UNSERVED)

ACL_FILE = kind(
    "acl-file",
    title="The ACL file differs from the declared ACL",
    part=Part.REDIS,
    means="Redis would come up with other users or rights than declared.",
    known="The host's file, user by user and by meaning; an empty one admits everybody.",
    repair="It is written in place, with hashes; users that are not declared stay in it.",
    undo="Declare the former users, and run it again.",
    explains=("acl-differs", "acl-locked-out", *_REFUSED),
)
REDIS_SILENT = kind(
    "redis-silent",
    title="Redis does not answer",
    part=Part.REDIS,
    means="Nothing can be said of its users and its data, and it may serve nobody.",
    known="`redis-cli` inside the container gets no answer, or can't be run there.",
    repair="What keeps it from running, where that is a finding. One that runs is not restarted:"
    " it can't be proved that its data is saved.",
    waivable=False,
    explains=UNSERVED,
    holds_up=STOPS,
)
ACL_LOCKED_OUT = kind(
    "acl-locked-out",
    title="Redis refuses every declared user",
    part=Part.REDIS,
    means="No declared client gets in, and nobody can have Redis save.",
    known="`AUTH` with each declared user's password is refused.",
    repair="Nothing, unless the run accepts the loss of unsaved writes: then it is restarted.",
    explains=_REFUSED,
    holds_up=("write", *LOADS),
)
SENTINEL = kind(
    "sentinel",
    title="The service is a Sentinel",
    part=Part.REDIS,
    means="It holds no data, and is not supported.",
    known="`INFO` says redis_mode:sentinel.",
    repair="Nothing: name the Redis that the API uses in the inventory.",
    holds_up=(*CHANGES, "unpause"),
)
ACL_NOT_CONFIGURED = kind(
    "acl-not-configured",
    title="Redis does not use the declared ACL file",
    part=Part.REDIS,
    means="It serves with the users that it has by itself, perhaps without any password.",
    known="`CONFIG GET aclfile`.",
    repair="It is restarted once its save is proved: aclfile is read only when it starts.",
    explains=("open", *_REFUSED),
)
ACL_PASSED_OVER = kind(
    "acl-passed-over",
    title="Redis reports ACL fields that are not known here",
    part=Part.REDIS,
    means="A later server has rules of a new sort; these were not compared, all else was.",
    known="`ACL GETUSER` has fields of names that are not known.",
    repair="Nothing has to be done.",
    breaks_health=False,
)
ACL_OPEN = kind(
    "acl-open",
    title="Redis accepts unauthenticated clients",
    part=Part.REDIS,
    means="Every client that reaches it reads and writes everything.",
    known="`PING` without credentials is answered, or a user has `nopass`.",
    repair="The declared ACL is loaded: `ACL LOAD`.",
    explains=("open",),
)
ACL_DIFFERS = kind(
    "acl-differs",
    title="The running ACL differs from the declared one",
    part=Part.REDIS,
    means="Users lack rights or passwords, or have more than declared.",
    known="`ACL GETUSER`, compared by meaning with the rules of the inventory.",
    repair="The ACL file is put right and loaded: `ACL LOAD`.",
    explains=_REFUSED,
)
ACL_NOT_COMPARED = kind(
    "acl-not-compared",
    title="No declared user may read Redis' ACL",
    part=Part.REDIS,
    means="Logins were tried; the rules of the running users are not known.",
    known="`ACL GETUSER` is refused to the user who asks, as its declared rules have it.",
    repair="Nothing has to be done.",
    breaks_health=False,
)
ACL_WITHHELD = kind(
    "acl-withheld",
    title="Redis refuses to show an ACL that it has to show",
    part=Part.REDIS,
    means="The running users have other rules than declared, and it is not known which.",
    known="A question is refused that the declared rules of the user who asks allow.",
    repair="Nothing: compare the declared rules with `ACL GETUSER`.",
    holds_up=LOADS,
)
LOGIN_UNDECLARED = kind(
    "login-undeclared",
    title="Redis wants a login, and none is declared or found",
    part=Part.REDIS,
    means="Its container, mounts and networks are judged; its users, data and saves are not.",
    known="`PING` without credentials is refused. The inventory has neither users nor a password,"
    " and nothing of its own container names one that it takes: its arguments, its configuration,"
    " its ACL file, its secrets and its environment.",
    repair="Nothing has to be done; to have it judged: Redis(users=...), or Redis(password=...).",
    breaks_health=False,
)
REDIS_NOT_ASKED = kind(
    "redis-not-asked",
    title="Redis can't be asked with what its image has",
    part=Part.REDIS,
    means="Its container, mounts and networks are judged; whom it serves, its data and its saves"
    " are not.",
    known="The image has no shell, or no `redis-cli`, `valkey-cli` or `keydb-cli`.",
    repair="Nothing has to be done; a health check of a client proves that it serves.",
    breaks_health=False,
)
REDIS_RETICENT = kind(
    "redis-reticent",
    title="Redis refuses some of the questions",
    part=Part.REDIS,
    means="What the answers would have shown is not judged; all else is.",
    known="`INFO` or `CONFIG GET` is refused: the user has not the right, or the command was"
    " renamed or disabled.",
    repair="Nothing has to be done.",
    breaks_health=False,
)
LOGIN_WITHHELD = kind(
    "login-withheld",
    title="No login was sent to Redis",
    part=Part.REDIS,
    means="Nothing is proved of its users and its data.",
    known="Its container mounts no secret file of the stack, and holds none of its passwords.",
    repair="Nothing: name the place of its ACL in the inventory, or have Compose mount it.",
    waivable=False,
    about_inventory=True,
    holds_up=STOPS,
)
LOGIN_UNPROVED = kind(
    "login-unproved",
    title="No login was sent to a Redis in a shared network",
    part=Part.REDIS,
    means="Its users, data and saves are not judged.",
    known="It is on the host's network, or in another container's, where another server may listen;"
    " and the sockets of its own server can't be seen, or are others. Or the address that it is"
    " given is another machine's. Where another server may hear it, nothing is asked at all.",
    repair="Nothing has to be done; to have it judged, name its port: Redis(port=...).",
    breaks_health=False,
)


def silent(look: Look, redis: Redis) -> bool:
    """Whether the one container of a Redis runs, and can't be asked."""
    service = redis.service
    runs = [container.running for container in look.members(service)] == [True]
    known = service in look.declared.services
    return runs and known and isinstance(look.server(service), Unknown)


def serving(
    look: Look, redis: Redis, container: Container, plan: AclPlan
) -> Iterator[RedisFinding]:
    """What is wrong with its ACL file, and with whom it serves."""
    for refusal in plan.refusals:
        yield refusal.kind.found(redis.acl_file, refusal.problem, refusal.seen, refusal.answer)
    if plan.file_problems:
        yield ACL_FILE.found(
            plan.path or redis.acl_file,
            "differs from the declared ACL",
            "; ".join(plan.file_problems),
            step_remedy(Step.WRITE, "write it, with hashes, and keep users that are not declared"),
        )
    if not container.running:
        return  # Why not is a finding of its own, and that nobody can ask it a symptom of that.
    server = look.server(redis.service)
    if isinstance(server, Unknown):
        instead = f"docker logs --tail 20 {container.name}"
        yield REDIS_SILENT.found(
            redis.service,
            "does not answer",
            server.reason,
            Refusal("it can't be proved that its data is saved", instead),
        )
        return
    if server.is_sentinel:
        yield _sentinel(redis.service)
    elif redis.users:
        yield from _running_acl(server, redis, plan)
    else:
        yield from _without_users(server, redis)


def _to_let_in(redis: Redis, plan: AclPlan) -> str:
    """What a person does first: a password that is not known is no reason to give up data."""
    if plan.refusals:
        return f"first, {plan.refusals[0].answer.instead}"
    return (
        "if the inventory names the right passwords, and you can do without the writes since its"
        f" last save: --data allow_data_loss={redis.service}"
    )


def _running_acl(server: Server, redis: Redis, plan: AclPlan) -> Iterator[RedisFinding]:
    name = redis.service
    if not server.authenticated and not server.login_sent:
        yield _not_asked(redis, server)
        return
    if not server.authenticated:
        yield ACL_LOCKED_OUT.found(
            name,
            "refuses every declared user",
            f"it answered: {server.says}",
            replace(
                step_remedy(
                    Step.RESTART, "restart it, saved or not: it reads its ACL file when it starts"
                ),
                loses=Refusal(
                    "no user can log in to have it save, so what it holds could be lost",
                    _to_let_in(redis, plan),
                ),
            ),
        )
        return
    if server.withheld:
        yield _not_compared(server, redis, plan)
    running = server.config and server.config.get("aclfile", "")
    if running is not None and running != redis.acl_file:
        yield ACL_NOT_CONFIGURED.found(
            name,
            f"does not use {redis.acl_file}",
            f"its running aclfile is {running or 'none'}"
            f"{'; it accepts unauthenticated clients' if server.open else ''}",
            step_remedy(Step.RESTART, "restart it: aclfile is read only when it starts"),
        )
        return
    if plan.passed_over:
        yield ACL_PASSED_OVER.found(
            name,
            "reports ACL fields that are not known here, and were not compared",
            f"ACL GETUSER has {', '.join(plan.passed_over)}; all else was compared",
        )
    if plan.running_problems:
        keeps = server.load_keeps_connections and not plan.removes
        removing = f"; it removes {', '.join(plan.removes)}" if plan.removes else ""
        kind = ACL_OPEN if server.admits_unauthenticated else ACL_DIFFERS
        yield kind.found(
            name,
            "accepts unauthenticated clients"
            if server.admits_unauthenticated
            else "has an ACL that differs from the declared one",
            "; ".join(plan.running_problems),
            step_remedy(
                Step.LOAD,
                f"load the ACL file (ACL LOAD){removing}",
                Disruption.NONE if keeps else Disruption.RECONNECT,
            ),
        )


def _without_users(server: Server, redis: Redis) -> Iterator[RedisFinding]:
    """No user is declared: what needs a login is judged only if one is found, or none is needed."""
    name = redis.service
    if server.unaskable:
        yield REDIS_NOT_ASKED.found(
            name,
            "can't be asked: whom it serves, its data and its saves are not judged",
            f"{server.unaskable}; what the engine shows was judged",
        )
    elif not server.login_sent:
        yield _not_asked(redis, server)
    elif not server.authenticated and redis.held:
        yield LOGIN_UNDECLARED.found(
            name,
            "wants a login, and none is declared or found:"
            " its users, data and saves are not judged",
            f"it answered: {server.says}; {_looked_for(server.login)};"
            " what can be seen without a login was judged",
        )
    elif server.authenticated and (unjudged := [q for q in _NEEDS if q in server.refused]):
        yield _reticent(server, name, " and ".join(_NEEDS[question] for question in unjudged))


def _looked_for(login: Login) -> str:
    """What its container names, and what became of it."""
    took = [f"it does not take the login that {by} names" for by in login.refused]
    took += [f"what {by} names can't be read as a password" for by in login.unseen]
    return "; ".join(took) or "nothing of its container names a login"


_NEEDS = {"INFO": "its data, its saves and its memory", "CONFIG GET": "its data directory"}
"""What can't be judged without the answer to a question."""


def _reticent(server: Server, name: str, unjudged: str) -> RedisFinding:
    refused = ", ".join(question for question in _NEEDS if question in server.refused)
    return REDIS_RETICENT.found(
        name,
        f"refuses questions, so {unjudged} can't be judged",
        f"{refused} was refused ({server.says or 'with no reason'}); all else was judged",
    )


def _sentinel(name: str) -> RedisFinding:
    return SENTINEL.found(
        name,
        "is a Sentinel, and holds no data",
        "INFO says redis_mode:sentinel",
        Refusal(
            "it is a Sentinel, which is not supported",
            "name the Redis that the API uses in the inventory: Redis(service=...)",
            in_inventory=True,
        ),
    )


def _not_compared(server: Server, redis: Redis, plan: AclPlan) -> RedisFinding:
    """
    Who logs in may not ask. Where that is as declared, it is merely to be known; a server that
    refuses what the declared rules allow has other rules.
    """
    user, says = redis.asking_user, server.says or "NOPERM"
    assert user is not None  # noqa: S101 - it has users
    declared = parse_user(user.name, user.rules)
    may = any(may_ask(declared, _COMMANDS[question]) for question in server.withheld)
    expected = bool(server.logins.get(user.name)) and (
        ("NOPERM" in says and not may) or "unknown command" in says
    )
    if expected and server.withheld == ("INFO",):
        return _reticent(server, redis.service, _NEEDS["INFO"])
    kind = ACL_NOT_COMPARED if expected else ACL_WITHHELD
    return kind.found(
        redis.service,
        "has an ACL that was not compared: no declared user may read it",
        f"{', '.join(server.withheld)} was refused ({says});"
        f" its file was {'compared' if plan.compared else 'not compared either'}",
        Note()
        if expected
        else Refusal(
            "cannot judge: its ACL can't be compared",
            f"{user.name} may, by its declared rules: compare these with ACL GETUSER {user.name}",
        ),
    )


_COMMANDS = {"INFO": "info", "ACL USERS": "acl|users", "ACL GETUSER": "acl|getuser"}


def _not_asked(redis: Redis, server: Server) -> RedisFinding:
    """No login was sent: its container holds no secret of the stack, or it is not known whose
    server would get it. A person may accept that."""
    if server.others and redis.held:
        return LOGIN_UNPROVED.found(
            redis.service,
            "was not asked: another server may be in its place",
            "what listens in the network that its container shares, or at the address or socket"
            " that it is given, is not proved to be its own server; what the engine shows was"
            " judged",
        )
    if redis.held:
        return LOGIN_UNPROVED.found(
            redis.service,
            "was not checked: no login was sent to it",
            "what listens in the network that its container shares, or at its socket, is not proved"
            " to be its own server; what can be seen without a login was judged",
        )
    return LOGIN_WITHHELD.found(
        redis.service,
        "was not checked: no login was sent to it",
        "its container mounts no secret file of the stack, and holds none of its passwords; or what"
        " listens in a network that it shares is not proved to be its server",
        Refusal(
            "without a login its data can't be proved to be saved",
            "name the place where its ACL is mounted: Redis(acl_file=...); or have Compose mount"
            " it",
            of_loss=True,
        ),
    )
