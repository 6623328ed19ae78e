"""What proves that nothing is unsaved, for who may ask everything, and for who may not."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hosts import Host

from pyinfra_runbooks.engine import shell

NOPERM = "error:\"NOPERM User app has no permissions to run the '{}' command\""
SAVED_AT = 1_800_000_000

# Answers a login with OK, and a command with what is in the file of its name; from the third time
# on with another one, if there is one.
_SERVER = r"""
while IFS= read -r asked; do
    case $asked in AUTH*) echo '"OK"'; continue ;; esac
    printf '%s\n' "$asked" >>"$there/asked"
    name=$(printf '%s' "$asked" | tr ' ' '-')
    times=$(grep -cxF "$asked" "$there/asked")
    [ ! -f "$there/$name.later" ] || [ "$times" -le 2 ] || name=$name.later
    cat "$there/$name"
done
"""


@dataclass
class Redis:
    """What a server answers; by default one that may be asked everything.

    + later: what it says of its data from the third time on
    """

    place: Path
    info: dict[str, Any] = field(
        default_factory=lambda: {
            "loading": 0,
            "rdb_changes_since_last_save": 0,
            "rdb_bgsave_in_progress": 0,
            "rdb_last_save_time": SAVED_AT,
            "rdb_last_bgsave_status": "ok",
            "rdb_last_bgsave_time_sec": 1,
            "rdb_saves": 3,
            "aof_enabled": 0,
            "aof_rewrite_in_progress": 0,
            "aof_rewrite_scheduled": 0,
        }
    )
    answers: dict[str, str] = field(default_factory=dict)
    later: dict[str, Any] = field(default_factory=dict)
    first_process: str = "redis-server"

    def written(self, place: Path) -> None:
        place.mkdir()
        usual = {
            "CONFIG GET dir": json.dumps(["dir", str(self.place)], separators=(",", ":")),
            "CONFIG GET dbfilename": '["dbfilename","dump.rdb"]',
            "CLIENT PAUSE 5000 WRITE": '"OK"',
            "CLIENT UNPAUSE": '"OK"',
            "ACL USERS": '["default","app"]',
            "INFO server": "# Server\nprocess_id:1",
            "INFO keyspace": "# Keyspace\ndb0:keys=7,expires=0,avg_ttl=0",
            "INFO commandstats": "# Commandstats\ncmdstat_get:calls=1",
            "BGSAVE": '"Background saving started"',
        }
        for command, answer in {**usual, **self.answers}.items():
            (place / command.replace(" ", "-")).write_text(f"{answer}\n")
        (place / "INFO-persistence").write_text(_lines(self.info))
        (place / "INFO-persistence.later").write_text(_lines({**self.info, **self.later}))


def _lines(info: dict[str, Any]) -> str:
    return "".join(f"{name}:{value}\n" for name, value in info.items())


@dataclass(frozen=True)
class Outcome:
    """The proof, or why there is none; and what was asked for it."""

    proof: dict[str, Any]
    why: str
    asked: list[str]


def save(host: Host, redis: Redis, hold: str = "5", **given: str) -> Outcome:
    there = host.place / "server"
    redis.written(there)
    inside = (
        'stat() { if [ "$1" = -f ]; then echo ext4; else command stat "$@"; fi; }\n'
        f"cat() {{ case $1 in /proc/1/comm) echo {redis.first_process} ;;"
        ' *) command cat "$@" ;; esac; }\n'
    )
    about = {"save": 1, "hold": hold, "earlier": "", "next": "rdb", "logins_n": 1}
    about |= {"data": redis.place, "fleeting": "", "unsaved": "refuse"}
    script = inside + shell.values(ask_sh=shell.values(there=there) + _SERVER, **about | given)
    done = host.run(script + shell.text("save.sh"), stdin='AUTH "app" "x"\n')
    said, asked = done.out.strip(), (there / "asked").read_text().splitlines()
    if said.startswith("!"):
        assert done.code == 1
        return Outcome({}, said[1:], asked)
    return Outcome(json.loads(said), "", asked)


@pytest.fixture
def redis(tmp_path: Path) -> Redis:
    made = Redis(tmp_path / "data")
    made.place.mkdir()
    dumped(made.place / "dump.rdb", SAVED_AT)
    return made


def dumped(file: Path, at: int) -> None:
    file.write_bytes(b"REDIS0011")
    os.utime(file, (at, at))


def refused(*commands: str) -> dict[str, str]:
    return {command: NOPERM.format(command.split()[0].lower()) for command in commands}


NO_ADMIN = refused(
    *("CONFIG GET dir", "CONFIG GET dbfilename", "CLIENT PAUSE 5000 WRITE", "CLIENT UNPAUSE"),
    *("BGSAVE", "ACL USERS"),
)


def test_info_alone_proves_that_nothing_is_unsaved(any_host: Host, redis: Redis) -> None:
    redis.answers = NO_ADMIN
    shown = save(any_host, redis)
    assert shown.proof["how"] == "INFO"
    assert shown.proof["held"] == "no"
    assert shown.proof["dbfilename"] == "dump.rdb"
    assert shown.proof["keys"] == 7
    assert Path(shown.proof["copy"]).stat().st_ino == (redis.place / "dump.rdb").stat().st_ino
    # As late as can be: nothing is asked after it.
    assert shown.asked[-1] == "INFO persistence"


def test_it_does_so_beforehand(any_host: Host, redis: Redis) -> None:
    redis.answers = NO_ADMIN
    shown = save(any_host, redis, hold="")
    assert (shown.proof["how"], shown.proof["held"], shown.proof["copy"]) == ("INFO", "", "")


def test_who_may_not_save_but_hold_writes_back(any_host: Host, redis: Redis) -> None:
    redis.answers = refused("BGSAVE")
    assert save(any_host, redis).proof["held"] == "yes"


def test_who_may_save_but_not_hold_writes_back(any_host: Host, redis: Redis) -> None:
    """What is saved counts only if nothing was written after it."""
    redis.answers = refused("CLIENT PAUSE 5000 WRITE", "CLIENT UNPAUSE")
    shown = save(any_host, redis, earlier="3")
    assert (shown.proof["how"], shown.proof["held"]) == ("INFO", "no")


NOT_PROVED: dict[str, tuple[dict[str, Any], str]] = {
    "what is not saved": (
        {"info": {"rdb_changes_since_last_save": 2}},
        "2 changes are not saved, and nobody may have it save",
    ),
    "a save that failed": ({"info": {"rdb_last_bgsave_status": "err"}}, "its last save failed"),
    "a log": ({"info": {"aof_enabled": 1}}, "nobody may ask where its AOF is"),
    "what it reads next is a log": ({"given": {"next": "aof"}}, "AOF would lose some of them"),
    "a shell that keeps the signal": (
        {"first_process": "sh", "answers": {"INFO server": "process_id:7"}},
        "it may not hear of a stop: process 1 is sh",
    ),
    "users made at run time": (
        {"answers": {"INFO commandstats": "# Commandstats\ncmdstat_acl|setuser:calls=1"}},
        "users were made at run time (ACL SETUSER)",
    ),
    "users that may have been made": (
        {"answers": {"INFO commandstats": "ERR"}},
        "it does not say whether users were made",
    ),
    "no dump": ({"dumps": {}}, "has no dump of its last save"),
    "an older dump": ({"dumps": {"dump.rdb": SAVED_AT - 60}}, "has no dump of its last save"),
    "two of that time": (
        {"dumps": {"a.rdb": SAVED_AT, "b.rdb": SAVED_AT}},
        "which is its dump, a.rdb or b.rdb",
    ),
    "two, and none of its own": (
        {"info": {"rdb_saves": 0}, "dumps": {"a.rdb": 1, "b.rdb": 2}},
        "which is its dump, a.rdb or b.rdb",
    ),
    "loading": ({"info": {"loading": 1}}, "still loading"),
    "silence": ({"info": {"rdb_last_bgsave_status": ""}}, "its last save failed"),
}


@pytest.mark.parametrize(("changes", "why"), NOT_PROVED.values(), ids=NOT_PROVED)
def test_or_nothing_does(any_host: Host, redis: Redis, changes: dict[str, Any], why: str) -> None:
    redis.answers = {**NO_ADMIN, **changes.get("answers", {})}
    redis.info |= changes.get("info", {})
    redis.first_process = changes.get("first_process", redis.first_process)
    if "dumps" in changes:
        (redis.place / "dump.rdb").unlink()
        for name, at in changes["dumps"].items():
            dumped(redis.place / name, at)
    shown = save(any_host, redis, **changes.get("given", {}))
    assert why in shown.why


@pytest.mark.parametrize("first_process", ["tini", "docker-init", "dumb-init"])
def test_an_init_hands_the_signal_on(any_host: Host, redis: Redis, first_process: str) -> None:
    redis.answers = {**NO_ADMIN, "INFO server": "process_id:7"}
    redis.first_process = first_process
    assert save(any_host, redis).proof["how"] == "INFO"


def test_the_dump_that_it_was_started_with(any_host: Host, redis: Redis) -> None:
    """It has saved none since, and a save that was cut off left a file of its own."""
    redis.answers = NO_ADMIN
    redis.info |= {"rdb_saves": 0, "rdb_last_bgsave_time_sec": -1}
    dumped(redis.place / "dump.rdb", SAVED_AT - 86400)
    dumped(redis.place / "temp-77.rdb", SAVED_AT - 9)
    assert save(any_host, redis).proof["dbfilename"] == "dump.rdb"


def test_a_write_in_between_is_seen(any_host: Host, redis: Redis) -> None:
    redis.answers = NO_ADMIN
    redis.later = {"rdb_changes_since_last_save": 1}
    assert "it is written to, and nobody may hold writes back" in save(any_host, redis).why


def test_who_may_ask_everything_is_held_to_it(any_host: Host, redis: Redis) -> None:
    """Only NOPERM is a reason to do with less."""
    redis.answers = {"CLIENT PAUSE 5000 WRITE": 'error:"ERR syntax error"'}
    shown = save(any_host, redis)
    assert "writes can't be held back" in shown.why
    assert shown.asked[-1] == "CLIENT UNPAUSE"


# Where what it has on disk goes with its container

CACHE = {
    "CONFIG GET save": '["save",""]',
    "INFO keyspace": "# Keyspace",
    "INFO memory": "# Memory\nnumber_of_functions:0",
}


@pytest.fixture
def cache(redis: Redis) -> Redis:
    (redis.place / "dump.rdb").unlink()
    redis.answers = dict(CACHE)
    return redis


@pytest.mark.parametrize("hold", ["", "5"], ids=["beforehand", "held"])
def test_a_cache_without_keys_has_nothing_to_keep(any_host: Host, cache: Redis, hold: str) -> None:
    shown = save(any_host, cache, hold=hold, fleeting="yes", unsaved="refuse")
    assert (shown.proof["how"], shown.proof["keys"]) == ("nothing to keep", 0)
    assert shown.proof["held"] == ("yes" if hold else "")
    # Nothing is written where it would go.
    assert "BGSAVE" not in shown.asked
    assert list(cache.place.iterdir()) == []


def test_one_that_may_not_hold_writes_back(any_host: Host, cache: Redis) -> None:
    cache.answers |= refused("CLIENT PAUSE 5000 WRITE", "CLIENT UNPAUSE")
    shown = save(any_host, cache, fleeting="yes", unsaved="refuse")
    assert shown.proof["held"] == "no"


HOLDS: dict[str, tuple[dict[str, str], str]] = {
    "keys": ({"INFO keyspace": "# Keyspace\ndb0:keys=7,expires=0"}, "it holds 7 keys"),
    "functions": ({"INFO memory": "number_of_functions:2"}, "0 keys and 2 functions"),
}


@pytest.mark.parametrize(("answers", "why"), HOLDS.values(), ids=HOLDS)
def test_what_it_has_in_memory_goes_only_where_it_may(
    any_host: Host, cache: Redis, answers: dict[str, str], why: str
) -> None:
    cache.answers |= answers
    shown = save(any_host, cache, fleeting="yes", unsaved="refuse")
    assert why in shown.why
    assert shown.asked[-1] == "CLIENT UNPAUSE"


def test_where_it_may(any_host: Host, cache: Redis) -> None:
    cache.answers |= {"INFO keyspace": "# Keyspace\ndb0:keys=7,expires=0"}
    shown = save(any_host, cache, fleeting="yes", unsaved="accept")
    assert (shown.proof["how"], shown.proof["keys"]) == ("nothing to keep", 7)


DURABLE: dict[str, tuple[dict[str, Any], str]] = {
    "a log": ({"info": {"aof_enabled": 1}}, "what it saves would go"),
    "save points": ({"answers": {"CONFIG GET save": '["save","60 1"]'}}, "what it saves would go"),
    "save points that nobody may see": (
        {"answers": refused("CONFIG GET save")},
        "what it saves would go",
    ),
    "a dump": ({"dump": "renamed"}, "renamed would go with its container"),
    "loading": ({"info": {"loading": 1}}, "still loading"),
    "another directory": ({"given": {"data": "/elsewhere"}}, "its data is in"),
    "keys that it does not tell": (
        {"answers": {"INFO keyspace": "ERR"}},
        "does not say how many keys",
    ),
}


@pytest.mark.parametrize(("changes", "why"), DURABLE.values(), ids=DURABLE)
def test_what_is_durable_never_goes(
    any_host: Host, cache: Redis, changes: dict[str, Any], why: str
) -> None:
    cache.answers |= changes.get("answers", {})
    cache.info |= changes.get("info", {})
    if "dump" in changes:
        dumped(cache.place / changes["dump"], SAVED_AT)
    given = {"fleeting": "yes", "unsaved": "accept", **changes.get("given", {})}
    assert why in save(any_host, cache, **given).why
