"""Traces of an intruder in a Redis: what counts as one, and that nothing is done to it then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from looks import (
    answered,
    cache,
    container,
    endpoint,
    healthy,
    joined,
    stack,
    with_container,
    with_info,
    with_redis,
    with_reply,
)
from verdicts import steps

from pyinfra_runbooks.core.resolution import Refusal
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.discovery.seen import Seen
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.remembered import Memory, Remembered
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.packs.redis.access import ACCESS, Access, Given, parse
from pyinfra_runbooks.packs.redis.faults.access import MASTER
from pyinfra_runbooks.packs.redis.rules.intruder import findings
from pyinfra_runbooks.packs.redis.traces import Module
from pyinfra_runbooks.settings import Redis, Stack

PLAIN = Redis("cache")
SET = {"cmdstat_config|set": "calls=3,usec=10"}
DATA = "/data"


def opened(access: Access | Unknown = Access(), **config: str) -> Look:  # noqa: B008 - it is frozen
    """A Redis that lets everybody in, and is as it was started."""
    settings = {"dir": DATA, "dbfilename": "dump.rdb", "save": "3600 1", **config}
    look = with_redis(healthy(), open=True, config=settings)
    return with_reply(look, ACCESS, access, "cache")


def of() -> Stack:
    return stack(redis=PLAIN, health=(), secrets=())


def started(look: Look, *arguments: str) -> Look:
    (one,) = look.members("cache")
    seen = Seen("docker-entrypoint.sh", ("redis-server", *arguments))
    return replace(look, found=replace(look.found, seen={one.id: seen}))


def traces(look: Look) -> list[str]:
    return [finding.problem for finding in findings(look, of(), PLAIN)]


def replica(look: Look, master: str, **stats: str) -> Look:
    """It was given its master while it ran, unless something else is said."""
    stats = stats or {"cmdstat_replicaof": "calls=1,usec=9"}
    return with_info(look, role="slave", master_host=master, master_port="6379", **stats)


def known(look: Look, directory: str) -> Look:
    """Where it had its data at the last healthy look."""
    made = Memory("/srv/shop", "shop", 1_800_000_000, {"cache": {}}, {"cache": directory})
    there = Remembered({("/srv/shop", "shop"): made})
    return replace(look, found=replace(look.found, remembered=there))


def loaded(look: Look, name: str, path: str = "") -> Look:
    return with_redis(look, modules=(Module(name, path),))


BROKEN: dict[str, tuple[Callable[[], Look], str]] = {
    "moved to where crontabs are": (
        lambda: with_info(opened(dir="/var/spool/cron"), **SET),
        "its data directory was moved to /var/spool/cron",
    ),
    "moved from where its arguments say": (
        lambda: started(with_info(opened(dir="/srv"), **SET), "--dir", "/data"),
        "moved to /srv",
    ),
    "moved from where its file says": (
        lambda: with_info(opened(Access(sets={"dir": ("/data",)}), dir="/srv"), **SET),
        "moved to /srv",
    ),
    "moved from where it was when all was well": (
        lambda: known(with_info(opened(dir="/var/lib/x"), **SET), "/var/lib/redis"),
        "moved to /var/lib/x",
    ),
    "saved as a crontab": (lambda: opened(dbfilename="root"), "it saves its data as root"),
    "saved as a module": (lambda: opened(dbfilename="exp.so"), "it saves its data as exp.so"),
    "saved as keys": (lambda: opened(dbfilename="authorized_keys"), "as authorized_keys"),
    "of a strange master": (lambda: replica(opened(), "9.9.9.9"), "a replica of 9.9.9.9"),
    "with a module of its data": (
        lambda: loaded(opened(), "system", "/data/exp.so"),
        "it has loaded the module system from /data/exp.so",
    ),
    "with a module of /tmp": (lambda: loaded(opened(), "x", "/root/x.so"), "from /root/x.so"),
    "with one from where it was started": (lambda: loaded(opened(), "x", "./x.so"), "from ./x.so"),
    "with one that is known": (lambda: loaded(opened(), "system"), "the module system"),
    "with a crontab": (
        lambda: with_redis(opened(), planted={"backup1": "a crontab line"}),
        "its key backup1 holds a crontab line",
    ),
}

FINE: dict[str, Callable[[], Look]] = {
    "as it was started": opened,
    "with settings that were changed": lambda: with_info(opened(), **SET),
    "where its arguments say": lambda: started(
        with_info(opened(dir="/srv/redis"), **SET), "--dir", "/srv/redis"
    ),
    "where its file says": lambda: with_info(
        opened(Access(sets={"dir": ("/home/redis",)}), dir="/home/redis"), **SET
    ),
    "where it was when all was well": lambda: known(
        started(with_info(opened(dir="/var/lib/x"), **SET), "--dir", "/data"), "/var/lib/x"
    ),
    "elsewhere since it was started again": lambda: known(opened(dir="/var/lib/x"), "/data"),
    "moved to a place that it was given": lambda: known(
        with_info(opened(dir="/data/new"), **SET), "/data/old"
    ),
    "in a place of its image": lambda: opened(dir="/var/lib/redis"),
    "in its system, and nobody set that": lambda: opened(dir="/etc"),
    "under a name of its own": lambda: opened(dbfilename="queue.rdb"),
    "a replica as its file has it": lambda: replica(
        opened(Access(sets={"replicaof": ("?",)})), "9.9.9.9"
    ),
    "a replica as its arguments have it": lambda: started(
        replica(opened(), "9.9.9.9"), "--replicaof", "9.9.9.9 6379"
    ),
    "a replica of another container": lambda: replica(
        joined(opened(), container("first", "shop-first-1", {"shop_back": endpoint("first")})),
        "first",
    ),
    "a replica as a Sentinel has it": lambda: replica(opened(), "10.1.2.3"),
    "a replica of a name": lambda: replica(opened(), "redis-master"),
    "a replica as its image starts it": lambda: replica(
        opened(), "9.9.9.9", cmdstat_info="calls=1,usec=9"
    ),
    "with modules of its image": lambda: loaded(
        opened(), "search", "/usr/local/lib/redis/modules/redisearch.so"
    ),
    "with one that its file loads": lambda: loaded(
        opened(Access(sets={"loadmodule": ("/data/own.so",)})), "own", "/data/own.so"
    ),
    "with one of which no more is known": lambda: loaded(opened(), "bf", "?"),
    "that can't be asked": lambda: answered(opened(), Unknown("no answer")),
    "that does not run": lambda: with_container(
        with_info(opened(dir="/etc"), **SET), "cache", status="exited"
    ),
}


@pytest.mark.parametrize(("look", "said"), BROKEN.values(), ids=BROKEN)
def test_a_trace(look: Callable[[], Look], said: str) -> None:
    (finding,) = findings(look(), of(), PLAIN)
    assert finding.kind.id == "intruder"
    assert said in finding.problem
    assert finding.evidence
    assert isinstance(finding.resolution, Refusal)
    assert "docker network disconnect" in finding.resolution.instead


@pytest.mark.parametrize("look", FINE.values(), ids=FINE)
def test_none(look: Callable[[], Look]) -> None:
    assert traces(look()) == []


def test_nothing_is_done_to_it() -> None:
    """Neither for the password that its file gives it, nor to start what it needs."""
    guarded = Access(file=Given("given"), conf="/etc/redis.conf")
    look = loaded(opened(guarded), "system", "/root/s.so")
    assert steps(opened(guarded), of()) == ["restart cache"]
    assert steps(look, of()) == []
    first = next(f for f in everything(look, of()) if f.cause)
    assert first.kind.id == "intruder"


def test_all_traces_are_in_its_evidence() -> None:
    look = loaded(replica(opened(dbfilename="root"), "9.9.9.9"), "system", "/root/s.so")
    (finding,) = findings(look, of(), PLAIN)
    for word in ("dbfilename says root", "master_host:9.9.9.9", "system from /root/s.so"):
        assert word in finding.evidence


def test_what_its_file_says_of_its_data() -> None:
    said = parse(["arguments none", "sets dir /data", "sets loadmodule /a.so", "sets loadmodule ?"])
    assert said.sets == {"dir": ("/data",), "loadmodule": ("/a.so", "?")}
    assert cache(healthy()).modules == ()
    assert Found().seen == {}


def test_who_was_made_a_replica_takes_no_writes_and_its_clients_are_left_alone() -> None:
    """What the lab's fault does: an address that no network has, and that counts as public."""
    told = {"role": "slave", "master_host": MASTER, "cmdstat_replicaof": "calls=1,usec=3"}
    look = with_info(opened(), **told, slave_read_only="1")
    assert traces(look) == [f"shows traces of an intruder: it was made a replica of {MASTER}"]
    assert cache(look).refuses_writes == "it was made a replica while it ran"
    writes = with_info(opened(), **told, slave_read_only="0")
    assert cache(writes).refuses_writes is None
    meant = with_info(opened(), **{**told, "cmdstat_replicaof": ""}, slave_read_only="1")
    assert cache(meant).refuses_writes is None
