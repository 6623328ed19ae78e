"""The five sentences of "never worse", looked at from outside once a script has ended."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .containers import until
from .resp import Connection, RespError
from .scripts import Done, Script, new_audit_lines, unproved, wanted_secret
from .world import World, attached
from .writer import Written

SETTLED_WITHIN = 25.0
"""Seconds for what a script left in motion, such as a stop that answers late and a slow load."""

LOST, STOPPED, FALSE_ZERO, DROPPED = "lost", "left stopped", "false zero", "dropped user"


@dataclass(frozen=True)
class Breach:
    """A promise that was not kept."""

    kind: str
    said: str


def breaches(
    world: World,
    script: Script,
    done: Done,
    written: Sequence[Written],
    due: Sequence[Written],
) -> list[Breach]:
    """All promises that were broken.

    + written: what was acknowledged, before and during the run
    + due: those of them that the server promised to keep, by its own settings
    """
    until(lambda: world.engine.at_rest, SETTLED_WITHIN)
    found = list(_statements(world, script, done))
    if script.serves:
        until(lambda: world.serves(5) or _stays_so(world), SETTLED_WITHIN)
    serving = world.serves()
    if script.serves and not serving:
        found.append(Breach(STOPPED, f"Redis served, and does not any more: {_states(world)}"))
    found += _served_ones(world, written)
    found += _lost(world, due, serving)
    found += _dropped(world)
    return found


def _stays_so(world: World) -> bool:
    """Whether nobody starts it any more, or connects it."""
    there = any(c.running and attached(c) for c in world.members())
    return world.engine.at_rest and not there


def _states(world: World) -> str:
    return ", ".join(
        f"{c.name} {c.status} ({c.exit_code}) on {' '.join(c.networks)}: {_last_words(c.logs)}"
        for c in world.members()
    )


def _last_words(path: object) -> str:
    try:
        with open(str(path), encoding="utf-8", errors="replace") as file:
            return " | ".join(file.read().splitlines()[-2:])[-300:]
    except OSError:
        return ""


def _statements(world: World, script: Script, done: Done) -> Iterator[Breach]:
    """Exit code 0 only where it is so, and is said to be so."""
    if done.code == 124:
        yield Breach(STOPPED, "it did not end")
    if done.code == 0 and (lacking := unproved(script, done)):
        yield Breach(FALSE_ZERO, f"it does not say that this is proved: {', '.join(lacking)}")
    if done.code == 0 and script.proves_health and (problem := _unhealthy(world)):
        yield Breach(FALSE_ZERO, problem)
    if "is empty" in done.out + done.err and _holds(world):
        yield Breach(FALSE_ZERO, "it says that it is empty, and it holds keys")
    if script.name == "secret":
        there = world.exporter.read_bytes()
        if there not in (wanted_secret(), b'"an older password"\n'):
            yield Breach(LOST, f"the secret is neither the old one nor the new one: {there!r}")
        elif done.code == 0 and there != wanted_secret():
            yield Breach(FALSE_ZERO, "the secret was not written")
    if script.name == "audit":
        lines = new_audit_lines(world)
        if lines is None or len(lines) > 1:
            yield Breach(LOST, f"the audit holds {world.audit.read_text(encoding='utf-8')!r}")
        elif done.code == 0 and not lines and not (done.out + done.err).strip():
            yield Breach(FALSE_ZERO, "the audit lacks the line, and nobody says so")
    if script.name == "lock" and "taken" in done.out.split() and "moved" not in done.out:
        yield Breach(FALSE_ZERO, "it says that nothing moved, though Redis was restarted")


def _holds(world: World) -> int:
    with world.connect("billing", 10) as redis:
        return int(redis.ask("DBSIZE"))


def _unhealthy(world: World) -> str:
    """Why Redis is not healthy; empty: it is."""
    try:
        world.connect("app").close()
        with world.connect("ops") as redis:
            if "loading:0" not in redis.ask("INFO", "persistence"):
                return "it still loads"
    except (OSError, RespError) as error:
        return f"a declared user is refused: {error}"
    try:
        with world.connect() as redis:
            redis.ask("PING")
    except (OSError, RespError) as error:
        return f"who has no login is refused: {error}" if world.access == "open" else ""
    return "" if world.access == "open" or _goes_on(world) else "strangers are admitted"


def _goes_on(world: World) -> bool:
    """Whether it has not been started since its file got a password: a pause reads none."""
    started = world.engine.containers[0].started
    return world.access == "unguarded" and started < _instant(world.configuration.stat().st_mtime)


def _served_ones(world: World, written: Sequence[Written]) -> Iterator[Breach]:
    """A container that was made in the run and served is not taken away again."""
    for container in world.engine.removed:
        if container.labels.get("harness.first") or not container.labels:
            continue
        started, ended = container.started, container.finished
        if any(started < _instant(w.at) < ended for w in written):
            yield Breach(LOST, f"{container.name} was made in the run, served, and was put back")


def _instant(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _lost(world: World, due: Sequence[Written], serving: bool) -> Iterator[Breach]:
    for container in world.members():
        if container.status == "paused":
            container.unpause()
    try:
        if serving or until(lambda: _answers(world), 2):
            missing = _missing(world, due)
        else:
            missing = _missing_on_disk(world, due)
    except (OSError, RespError, AssertionError) as error:
        yield Breach(LOST, f"what was written can't be read any more: {error!r}")
        return
    if missing:
        names = ", ".join(w.key for w in missing[:3])
        yield Breach(LOST, f"{len(missing)} acknowledged writes of {len(due)}: {names} ...")


def _missing(world: World, due: Sequence[Written]) -> list[Written]:
    with world.connect("billing", 10) as redis:
        return _not_there(redis, due)


def _not_there(redis: Connection, due: Sequence[Written]) -> list[Written]:
    found = redis.ask("MGET", *(w.key for w in due)) if due else []
    now = time.time()
    return [
        w
        for w, value in zip(due, found, strict=True)
        if value != w.value and (w.gone_at is None or now < w.gone_at - 0.2)
    ]


def _missing_on_disk(world: World, due: Sequence[Written]) -> list[Written]:
    """Whatever there is ends in order, and another server reads its data."""
    for container in world.members():
        container.stop(10)
    program = [world.server.programs[0], str(world.configuration), "--key-load-delay", "0"]
    process = subprocess.Popen(
        program,
        env=dict(world.engine.environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert until(lambda: _answers(world), 10), "a server does not start on its data"
        return _missing(world, due)
    finally:
        process.kill()
        process.wait()


def _answers(world: World) -> bool:
    try:
        with world.connect("billing") as redis:
            return bool(redis.ask("PING") == "PONG")
    except (OSError, RespError):
        return False


def _dropped(world: World) -> Iterator[Breach]:
    if world.access != "acl":
        return
    lines = world.acl.read_text(encoding="utf-8").splitlines()
    names = [line.split()[1] for line in lines if len(line.split()) > 1]
    if not lines:
        yield Breach(DROPPED, "the ACL file is empty")
    elif "billing" not in names:
        yield Breach(DROPPED, f"the ACL file has lost an undeclared user: {names}")
    elif lines[0].split()[:3] != ["user", "default", "off"]:
        yield Breach(DROPPED, "the ACL file admits strangers")
