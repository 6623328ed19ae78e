"""Which ACL Redis has to have, and what the file and the running server have instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from ....core.kind import Kind, kind
from ....core.resolution import Refusal
from ....core.unknown import Unknown
from ....engine.compose import DeclaredService
from ....engine.files import File
from ....engine.look import Inside, Look
from ....engine.parts import Part
from ....engine.rules.files import several_files
from ....engine.rules.passwords import password_hash
from ....settings import Redis, Stack
from ..acl import (
    AclError,
    AclFile,
    AclUser,
    Categories,
    Verdict,
    compare,
    from_getuser,
    parse_file,
    parse_user,
    render,
    unknown_in,
)
from ..acl.categories import CATEGORIES
from ..server import Server
from ..steps import CHANGES, LOADS, STARTS

ACL_UNKNOWN = kind(
    "acl-unknown",
    title="It is not known which ACL Redis has to have",
    part=Part.REDIS,
    means="Nothing is compared with it, written or loaded.",
    known="A password's file is missing or empty, or Compose does not mount the ACL file.",
    repair="Nothing: put the password there, or name the right place in the inventory.",
    about_inventory=True,
    holds_up=("write", *LOADS),
)
ACL_OPEN_USER = kind(
    "acl-open-user",
    title="The ACL file lets in users without a password",
    part=Part.REDIS,
    means="A Redis that loads the file admits unauthenticated clients.",
    known="The host's ACL file has users with `nopass` that the inventory does not declare.",
    repair="Nothing: clients may rely on them. Declare them, or take them out of the file.",
    explains=("open",),
    holds_up=STARTS,
)
ACL_NOT_LOADABLE = kind(
    "acl-not-loadable",
    title="Redis may refuse the whole ACL file because of one line",
    part=Part.REDIS,
    means="Nothing of the file would be loaded, and Redis would not start with it.",
    known="The line of a user that is not declared has a category that no known Redis has.",
    repair="Nothing: correct that line.",
    explains=("acl-differs", "redis-restart-loop"),
    holds_up=CHANGES,
)
ACL_NOT_UNDERSTOOD = kind(
    "acl-not-understood",
    title="Redis' reply about its ACL is not understood",
    part=Part.REDIS,
    means="The running ACL can't be compared with the declared one.",
    known="`ACL GETUSER` answers in a form that is not known here.",
    repair="Nothing: look at `ACL LIST`.",
)
ACL_RUN_TIME_USER = kind(
    "acl-run-time-user",
    title="The running Redis has users that no file has",
    part=Part.REDIS,
    means="Whatever loads the file, any restart included, removes them with their connections.",
    known="`ACL USERS`, against the ACL file and the inventory; made by `ACL SETUSER`.",
    repair="Nothing: keep one in the file or the inventory, or remove it with `ACL DELUSER`.",
    holds_up=LOADS,
)


class AclRefusal(NamedTuple):
    """What keeps the ACL from being known, or from being loaded.

    + problem: what is wrong with the ACL file
    + seen: what was seen of that
    + answer: why nothing is done about it, and what a person can do
    + kind: of its finding; default: what should be is not known
    """

    problem: str
    seen: str
    answer: Refusal
    kind: Kind = ACL_UNKNOWN


@dataclass(frozen=True, slots=True)
class AclPlan:
    """The ACL that is declared, against the host's file and the running server.

    + path: the ACL file on the host; None where Compose mounts none
    + users: the declared users, the default user first; it is always off
    + file_problems: what the host's file lacks
    + running_problems: what the running server has instead
    + refusals: why it can't be known what should be, or why that can't be loaded
    + compared: whether the host's file could be compared
    + open: whether a Redis that loads the host's file lets clients in without a password
    + removes: the users that loading the file removes, with their connections
    + passed_over: fields of the running server's users that are not known here
    """

    path: str | None
    users: tuple[AclUser, ...] = ()
    file_problems: tuple[str, ...] = ()
    running_problems: tuple[str, ...] = ()
    refusals: tuple[AclRefusal, ...] = ()
    compared: bool = False
    open: bool = False
    removes: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """The host's file is what is declared, if in other words: it stays as it is. So does one
        of which it is not known what should be in it."""
        return not self.users or (self.compared and not self.file_problems)

    @property
    def lines(self) -> tuple[str, ...]:
        """The declared users' lines of the ACL file."""
        return tuple(render(user) for user in self.users)


def acl_plan(look: Look, stack: Stack, redis: Redis, service: DeclaredService) -> AclPlan:
    """What has to be in the ACL file, and what differs from it; where no user is declared,
    nothing."""
    if not redis.users:
        return AclPlan(None)
    mount = service.mount(redis.acl_file)
    if mount is None or mount.source is None:
        return AclPlan(None, refusals=(_not_mounted(look, stack, service),))
    users: list[AclUser] = [AclUser("default")]
    refusals: list[AclRefusal] = []
    for user in redis.users:
        digest = password_hash(look, stack, user.password)
        if isinstance(digest, Unknown):
            answer = Refusal(
                digest.reason,
                "put the password there, or name another place: RedisUser(password=...)",
            )
            problem = f"can't be compared: {user.name}'s password is not known"
            refusals.append(AclRefusal(problem, digest.reason, answer))
        else:
            users.append(_user(user.name, user.rules, digest))
    if refusals:
        return AclPlan(mount.source, refusals=tuple(refusals))
    server, inside = look.server(redis.service), look.inside(redis.service)
    lines = _file_lines(look, inside, mount.source, mount.target)
    plan = AclPlan(
        mount.source,
        tuple(users),
        _file_problems(look.files.get(mount.source), lines, users),
        compared=lines is not None,
    )
    there = parse_file("\n".join(lines) + "\n") if lines else AclFile((), ())
    let_in = [u.name for u in there.users if u.enabled and u.nopass]
    plan = replace(plan, open=bool(let_in) and not there.errors)
    if open_users := [name for name in let_in if name not in {user.name for user in users}]:
        plan = replace(plan, refusals=(_without_password(open_users),))
    removes = _run_time_users(server, lines, users)
    plan = replace(
        plan,
        refusals=(
            *plan.refusals,
            *_unknown_categories(server, lines, users, mount.source),
            *_removed_users(removes, mount.source),
        ),
        removes=removes,
    )
    try:
        return replace(
            plan,
            running_problems=_running_problems(server, users),
            passed_over=_passed_over(server, users),
        )
    except AclError as error:
        answer = Refusal(
            "cannot judge: Redis' reply to ACL GETUSER is not understood",
            f"look at what it answers to ACL LIST: docker compose exec {service.name} redis-cli",
        )
        refusal = AclRefusal("can't be compared", str(error), answer, ACL_NOT_UNDERSTOOD)
        return replace(plan, refusals=(*plan.refusals, refusal))


def _not_mounted(look: Look, stack: Stack, service: DeclaredService) -> AclRefusal:
    has = ", ".join(mount.target for mount in service.mounts) or "nothing"
    seen = f"service {service.name} mounts {has}"
    answer = Refusal(
        "so it is not known where the ACL file is on the host",
        "mount it in the compose file, or name the right path: Redis(acl_file=...)",
    )
    if several := several_files(look, stack):
        seen, answer = f"{seen}; {several[0]}", several[1]
    return AclRefusal("is not mounted by Compose", seen, answer)


@lru_cache(maxsize=64)  # as often as the rules ask about one look
def _user(name: str, rules: str, digest: str) -> AclUser:
    return parse_user(name, rules, passwords=(digest,))


def _without_password(names: list[str]) -> AclRefusal:
    return AclRefusal(
        f"lets in {', '.join(names)} without a password",
        "the ACL file has them on, with nopass, and the inventory does not declare them",
        Refusal(
            "clients may rely on them",
            "declare them, Redis(users=...), or remove them from the file",
        ),
        ACL_OPEN_USER,
    )


def _unknown_categories(
    redis: Server | Unknown, lines: tuple[str, ...] | None, users: list[AclUser], path: str
) -> Iterator[AclRefusal]:
    """Undeclared users that Redis has not loaded, with categories that it may not know."""
    known = {user.name for user in users}
    if not isinstance(redis, Unknown):
        known |= redis.users or set()
    for line in lines or ():
        keyword, _, rest = line.partition(" ")
        name = rest.partition(" ")[0]
        named = {found.lower() for found in re.findall(r"(?<!\S)[+-]@(\S+)", rest)}
        unknown = sorted(named - {*CATEGORIES, "all"})
        if keyword == "user" and unknown and name not in known:
            yield AclRefusal(
                "holds a user that Redis may not be able to load",
                f"user {name} has category {unknown[0]}, which no known Redis has",
                Refusal(
                    "one line that Redis can't load makes it refuse the whole file",
                    f"correct the line of user {name} in {path}",
                ),
                ACL_NOT_LOADABLE,
            )


def _file_lines(
    look: Look, inside: Inside | Unknown, path: str, target: str
) -> tuple[str, ...] | None:
    """The host's ACL file; where only the container may read it, as the container sees it."""
    file = look.files.get(path)
    if file is not None and file.acl is not None:
        return file.acl
    if file is not None and file.sha256 is None and not isinstance(inside, Unknown):
        seen = inside.files.get(target)
        if seen is not None and seen.inode == file.inode:
            return seen.acl
    return None


def _file_problems(
    file: File | None, lines: tuple[str, ...] | None, users: list[AclUser]
) -> tuple[str, ...]:
    if file is None or file.missing:
        return ("it does not exist",)
    if file.size == 0 and file.kind == "regular file":
        return ("it is empty: Redis would accept unauthenticated clients",)
    if lines is None and file.sha256 is None:
        # Only its owner may read it, and no running Redis has it mounted: whatever makes Redis
        # right compares it on the way, with the rights to do so.
        return ()
    if lines is None:
        return (f"it holds no user ({file.size} bytes)",)
    there = parse_file("\n".join(lines) + "\n")
    if there.errors:
        return tuple(f"Redis can't load it: {error}" for error in there.errors)
    return tuple(
        f"user {user.name}: {difference}"
        for user in users
        for difference in _differences(user, there.user(user.name))
    )


def _differences(
    user: AclUser, found: AclUser | None, categories: Categories | None = None
) -> tuple[str, ...]:
    comparison = compare(user, found, categories or None)
    if comparison.verdict is Verdict.SAME:
        return ()
    return comparison.differences or comparison.undecided


def _running_problems(redis: Server | Unknown, users: list[AclUser]) -> tuple[str, ...]:
    """Of the users whose ACL the server tells; of the others nothing is known."""
    if isinstance(redis, Unknown):
        return ()
    return tuple(
        f"user {user.name}: {difference}"
        for user in users
        if user.name in redis.acl
        for difference in _differences(
            user, from_getuser(user.name, redis.acl[user.name]), redis.categories
        )
    )


def _passed_over(redis: Server | Unknown, users: list[AclUser]) -> tuple[str, ...]:
    if isinstance(redis, Unknown):
        return ()
    names = (name for user in users for name in unknown_in(redis.acl.get(user.name)))
    return tuple(dict.fromkeys(names))


def _run_time_users(
    redis: Server | Unknown, lines: tuple[str, ...] | None, users: list[AclUser]
) -> tuple[str, ...]:
    """The users that only the running server knows."""
    if isinstance(redis, Unknown) or not redis.users:
        return ()
    kept = {u.name for u in parse_file("\n".join(lines) + "\n").users} if lines else set()
    return tuple(sorted(redis.users - kept - {user.name for user in users}))


def _removed_users(removes: tuple[str, ...], path: str) -> Iterator[AclRefusal]:
    """A colleague's, or an intruder's: a person has to judge; only the server has their rules."""
    if names := ", ".join(removes):
        yield AclRefusal(
            f"lacks users that the running Redis has: {names}",
            f"ACL USERS lists {names}; the inventory does not, nor does what can be read of {path}",
            Refusal(
                "loading the file, or any restart, removes them and cuts their connections",
                f"to keep one, put its line of ACL LIST into {path}, or declare it:"
                f" Redis(users=...); to remove them: ACL DELUSER {' '.join(removes)}",
            ),
            ACL_RUN_TIME_USER,
        )
