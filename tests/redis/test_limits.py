"""A limit of memory that a running server has, and its configuration lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.redis.unkind import servers
from tests.redis.unkind.cases import Case
from tests.redis.unkind.scripts import SCRIPTS, Done, run
from tests.redis.unkind.world import World, world

EVICTS = "maxmemory-policy allkeys-lru"


@contextmanager
def restarted(server: str, *lines: str, nearly_full: bool = False) -> Iterator[Held]:
    """
    A server whose configuration has more lines since it was started.

    + nearly_full: whether it has a limit, by CONFIG SET and in its configuration
    """
    case, script = Case("restart", server=server), SCRIPTS["restart"]
    with world(case) as made:
        script.before(made)
        if nearly_full:
            with made.connect("ops") as redis:
                (used,) = re.findall(r"used_memory:(\d+)", redis.ask("INFO", "memory"))
                lines = (f"maxmemory {int(used) * 21 // 20}", *lines)
                redis.ask("CONFIG", "SET", *lines[0].split())
        with made.configuration.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        before = keys(made)
        yield Held(made, before, run(made, script, case.shell, case.login))


@dataclass(frozen=True)
class Held:
    """What a server held, and what came of its restart."""

    world: World
    before: int
    done: Done

    @property
    def kept(self) -> bool:
        """Whether it has its keys; some of them expire."""
        return self.before * 0.7 < keys(self.world) <= self.before


def keys(made: World) -> int:
    with made.connect("ops") as redis:
        return int(redis.ask("DBSIZE"))


def limit(made: World) -> str:
    with made.connect("ops") as redis:
        return str(redis.ask("CONFIG", "GET", "maxmemory")[1])


@pytest.mark.parametrize("said", ["maxmemory 100kb", "maxmemory 200K", "MaxMemory 100KB"])
@pytest.mark.parametrize("server", servers.USUAL)
def test_a_lower_one_would_evict(server: str, said: str) -> None:
    with restarted(server, said, EVICTS) as held:
        assert held.done.code == 1
        assert f"its configuration says {said.lower()}, allkeys-lru" in held.done.err.lower()
        assert held.kept


@pytest.mark.parametrize("said", ["maxmemory 1GB", "maxmemory 64m", "maxmemory 0"])
def test_one_that_is_high_enough_is_none(said: str) -> None:
    with restarted("redis-8.0", said, EVICTS) as held:
        assert held.done.code == 0, held.done
        assert held.kept


def test_it_may_be_in_a_file_that_is_included(tmp_path: Path) -> None:
    (tmp_path / "limits.conf").write_text(f"maxmemory 100kb\n{EVICTS}\n", encoding="utf-8")
    with restarted("redis-7.0", f'include "{tmp_path}/limits.conf"') as held:
        assert held.done.code == 1
        assert "maxmemory 100kb, allkeys-lru" in held.done.err
        assert held.kept


def test_the_same_one_evicts_by_another_policy() -> None:
    with restarted("valkey-8.1", EVICTS, nearly_full=True) as held:
        assert held.done.code == 1
        assert re.search(r"maxmemory \d+, allkeys-lru", held.done.err)
        assert held.kept


def test_by_the_same_policy_it_is_as_full_as_before() -> None:
    with restarted("valkey-8.1", nearly_full=True) as held:
        assert held.done.code == 0, held.done
        assert held.kept


@pytest.mark.parametrize("server", servers.USUAL)
def test_one_that_nobody_saw_coming_is_taken_back_and_what_was_saved_is_kept(server: str) -> None:
    """A directive in quotation marks."""
    with restarted(server, '"maxmemory" 100kb', EVICTS) as held:
        assert held.done.code == 1
        assert "it came up with maxmemory 102400" in held.done.err
        assert limit(held.world) == "0"
        (copy,) = held.world.data.glob("*.before-recovery-*")
        assert copy.stat().st_size > 1500 * held.before * 0.7
