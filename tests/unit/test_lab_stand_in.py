"""A stand-in finds its Redis as the image would, keeps a connection, and answers on its ports."""

from __future__ import annotations

import http.client
import json
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import ClassVar

import pytest

from lab.console import wait_until
from lab.standing import __main__ as standing
from lab.standing.entries import Entry, digest, loaded, own
from lab.standing.finding import Tls, Where, found
from lab.standing.resp import Connection, RedisError
from lab.standing.serving import serve

# (an environment, and each Redis in it: address, user, passwords)
ENVIRONMENTS: dict[str, tuple[dict[str, str], list[tuple[str, str | None, tuple[str, ...]]]]] = {
    "a URL": ({"BROKER": "redis://:@redis:6379/0"}, [("redis:6379", None, ())]),
    "a URL with a login": (
        {"REDIS_URL": "redis://app:p%40ss@cache:6380/1"},
        [("cache:6380", "app", ("p@ss",))],
    ),
    "a URL and a password beside it": (
        {"REDIS_URL": "redis://redis:6379", "REDIS_PASSWORD": "word"},
        [("redis:6379", None, ("word",))],
    ),
    "a socket's URL": (
        {"CELERY": "unix:///run/redis/redis.sock"},
        [("/run/redis/redis.sock", None, ())],
    ),
    "a socket's path": (
        {"REDIS_SOCKET": "/run/redis/redis.sock"},
        [("/run/redis/redis.sock", None, ())],
    ),
    "parts": (
        {"REDIS_HOST": "redis", "REDIS_PORT": "7000", "REDIS_USER": "a", "REDIS_AUTH": "word"},
        [("redis:7000", "a", ("word",))],
    ),
    "two, each with its own password": (
        {
            "REDIS_HOST": "redis",
            "REDIS_PASSWORD": "one",
            "REDIS_CACHE_HOST": "redis-cache",
            "REDIS_CACHE_PASSWORD": "two",
            "REDIS_CACHE_DATABASE": "1",
            "REDIS_SSL": "false",
        },
        [("redis:6379", None, ("one",)), ("redis-cache:6379", None, ("two",))],
    ),
    "a prefix": ({"QUEUE_BULL_REDIS_HOST": "redis"}, [("redis:6379", None, ())]),
    "host, port and database in one": (
        {"REDIS_CACHE": "redis:6379/0", "REDIS_QUEUE": "redis:6379/1"},
        [("redis:6379", None, ())],
    ),
    "the same twice": (
        {"A_URL": "redis://redis/0", "REDIS_HOST": "redis", "REDIS_PASSWORD": "word"},
        [("redis:6379", None, ("word",))],
    ),
    "settings that are no address": (
        {
            "REDIS_TLS_ENABLED": "false",
            "REDIS_TLS_CA": "/certs/ca.crt",
            "REDIS_DATABASE": "0",
            "REDIS_CACHE": "true",
            "REDIS_PASSWORD": "host:6379",
            "REDIS_HOST": "",
            "DB_HOST": "db",
            "DATABASE_URL": "postgres://a:b@db/x",
        },
        [],
    ),
    "a variable's own text": ({"REDIS_URL": "redis://redis:${PORT}/0"}, []),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_it_finds_its_redis_in_its_environment(name: str) -> None:
    environment, expected = ENVIRONMENTS[name]
    wheres = found(environment)
    assert sorted((it.address, it.user, it.passwords) for it in wheres) == sorted(
        expected, key=lambda one: one[0]
    )


def test_a_password_is_in_a_file_that_a_variable_or_its_name_tells() -> None:
    secrets = {"/run/secrets/word": "one", "/run/secrets/shop__redis_password": "two"}
    (where,) = found(
        {"REDIS_HOST": "redis", "REDIS_PASSWORD_FILE": "/run/secrets/word"}, {}, secrets
    )
    assert where.passwords == ("one",)
    (where,) = found({"SETTING_REDIS_HOST": "redis"}, {}, secrets)
    assert where.passwords == ("two",)
    assert "two" not in repr(where)


def test_tls_is_what_its_address_or_its_variables_say() -> None:
    assert found({"A": "rediss://redis"})[0].tls == Tls()
    environment = {"REDIS_HOST": "redis", "REDIS_TLS": "true", "REDIS_TLS_CA": "/ca.crt"}
    assert found(environment)[0].tls == Tls(ca="/ca.crt")


FILES_THAT_NAME_ONE = {
    "yaml": "port: 7880\nredis:\n    address: localhost:6379\n    password: word\n    db: 0\n",
    "url": "cache:\n  url: redis://:word@localhost:6379/0\n",
    "ini": "[redis]\nhost = localhost\nport = 6379\npassword = word\n",
    "flat": 'redis_host: "localhost"\n',
}


@pytest.mark.parametrize("name", FILES_THAT_NAME_ONE)
def test_it_finds_its_redis_in_a_mounted_file(name: str) -> None:
    (where,) = found({}, {"/etc/app.conf": FILES_THAT_NAME_ONE[name]})
    assert (where.address, where.by) == ("localhost:6379", "/etc/app.conf")
    assert where.passwords == (() if name == "flat" else ("word",))


def test_a_file_about_something_else_names_none() -> None:
    assert (
        found({}, {"/a": "# redis\nhost: db\n", "/b": "db:\n  host: db\nredis:\n  db: 0\n"}) == ()
    )


def test_what_the_plan_thinks_likely_counts_where_nothing_is_named() -> None:
    assert [it.host for it in found({}, likely=["redis"])] == ["redis"]
    assert [it.host for it in found({"REDIS_HOST": "other"}, likely=["redis"])] == ["other"]
    assert [it.socket for it in found({}, sockets=["/s"], likely=["redis"])] == ["/s"]


def test_a_variable_may_hold_a_redis_without_saying_so() -> None:
    environment = {
        "CACHE_HOST": "store",
        "CACHE_PASSWORD": "word",
        "DB_HOST": "db",
        "NAME": "store",
    }
    assert found(environment) == ()
    (where,) = found(environment, names=["store"])
    assert (where.address, where.by, where.passwords) == ("store:6379", "CACHE_HOST", ("word",))


# Which service a container is


def entry(name: str, environment: Mapping[str, str], *command: str, **values: object) -> Entry:
    keys = tuple(sorted(environment))
    values |= {"command": command, "keys": keys, "digest": digest(environment, keys)}
    return Entry(name, **values)  # type: ignore[arg-type]


RUNS = ("/usr/bin/python3", "-I", "/lab/stand-in")


def test_a_container_finds_its_service_by_its_command_and_its_environment() -> None:
    common = {"REDIS_HOST": "redis"}
    entries = [
        entry("web", common),
        entry("worker", common, "worker", ports=(1,)),
        entry("one", {"BROKER": "a"}, ports=(2,)),
        entry("two", {"BROKER": "b"}, ports=(3,)),
        entry("script", {}, "bash", "-c", "x; bench set 1", last=("bench", "set")),
    ]
    assert own(entries, [*RUNS], common | {"PATH": "x"}).name == "web"
    assert own(entries, [*RUNS, "worker"], common).name == "worker"
    assert own(entries, [*RUNS], {"BROKER": "b"}).ports == (3,)
    assert own(entries, ["bash", "-c", "x; bench set 1"], {}).name == "script"
    assert own(entries, [*RUNS[:2], "/usr/local/bin/bench", "set", "1"], {}).name == "script"
    assert own(entries, [*RUNS], {}).name == "?"


def test_services_that_nothing_tells_apart_are_put_together() -> None:
    entries = [
        entry("a", {}, ports=(1, 2), image="same"),
        entry("b", {}, ports=(2, 3), image="same", once=True),
        entry("c", {}, image="other", once=True),
    ]
    both = own(entries[:2], [*RUNS], {})
    assert both == entry("a or b", {}, ports=(1, 2, 3), image="same")
    assert own(entries, [*RUNS], {}, "same") == both
    assert own(entries, [*RUNS], {}, "other").name == "c"


def test_a_plan_is_read_as_it_was_written() -> None:
    entries = [entry("a", {"A": "b"}, "c", ports=(1,), last=("x",), touched=("/t",))]
    text = json.dumps({"services": [asdict(one) for one in entries]})
    assert loaded(text) == entries
    assert '"b"' not in text


# A connection


class Server(socketserver.ThreadingTCPServer):
    """As much of a Redis as a stand-in asks."""

    daemon_threads = True
    allow_reuse_address = True
    password: ClassVar[str] = ""
    asked: ClassVar[list[tuple[str, ...]]] = []


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        let_in = not Server.password
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                length = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(length + 2)[:-2].decode())
            Server.asked.append(tuple(words))
            if words[0] == "AUTH":
                let_in = let_in or words[-1] == Server.password
                wrong = "-WRONGPASS no" if Server.password else "-ERR without any password"
                self.wfile.write(f"{'+OK' if let_in and Server.password else wrong}\r\n".encode())
            elif not let_in:
                self.wfile.write(b"-NOAUTH Authentication required.\r\n")
            elif words[0] == "BRPOP":
                self.wfile.write(b"*2\r\n$5\r\nqueue\r\n$3\r\njob\r\n")
            elif words[0] == "INCR":
                self.wfile.write(b":1\r\n")
            else:
                self.wfile.write(b"+PONG\r\n")


@contextmanager
def serving(password: str = "") -> Iterator[Where]:
    Server.password, Server.asked = password, []
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Where("a test", "127.0.0.1", server.server_address[1])
        server.shutdown()


def with_passwords(where: Where, *passwords: str) -> Where:
    return Where(where.by, where.host, where.port, passwords=passwords)


def test_it_logs_in_with_the_password_that_is_taken() -> None:
    with serving("right") as where:
        connection = Connection(with_passwords(where, "wrong", "right", "never"))
        assert connection.ask("BRPOP", "queue", "1") == ["queue", "job"]
        connection.close()
    assert [words for words in Server.asked if words[0] == "AUTH"] == [
        ("AUTH", "wrong"),
        ("AUTH", "right"),
    ]


@pytest.mark.parametrize(("passwords", "why"), [((), "NOAUTH"), (("wrong",), "WRONGPASS")])
def test_a_refusal_says_its_first_word_alone(passwords: tuple[str, ...], why: str) -> None:
    with serving("right") as where, pytest.raises(RedisError) as raised:
        Connection(with_passwords(where, *passwords))
    assert str(raised.value) == why


def test_a_password_that_no_server_wants_is_no_mistake() -> None:
    with serving() as where:
        Connection(with_passwords(where, "word")).close()
    assert Server.asked[-1] == ("PING",)


def test_what_is_no_redis_is_no_connection() -> None:
    port = free_port()
    assert serve([port], (), lambda: "") == {port: None}
    with pytest.raises((OSError, RedisError)):
        Connection(Where("a test", "127.0.0.1", port), timeout=2)


# The whole


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def asked(port: int, host: str = "127.0.0.1", method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    connection.request(method, "/health")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_it_answers_with_what_its_check_looks_for_and_says_what_it_lost() -> None:
    why = ""
    port = free_port()
    assert serve([port], ("green",), lambda: why) == {port: None}
    assert asked(port) == (200, "OK green (a stand-in of the lab)\n")
    assert asked(port, method="HEAD") == (200, "")
    assert asked(port, "localhost")[0] == 200
    why = "lost redis:6379"
    assert asked(port) == (503, "lost redis:6379\n")


def test_a_port_that_is_taken_is_said() -> None:
    port = free_port()
    serve([port], (), lambda: "")
    assert serve([port], (), lambda: "") == {port: "Address already in use"}


def test_a_worker_takes_jobs_and_a_lost_redis_is_told_and_found_again() -> None:
    with serving("word") as where:
        keeper = standing.Keeper(with_passwords(where, "word"), works=True)
        threading.Thread(target=keeper.run, daemon=True).start()
        wait_until(lambda: ("INCR", "done") in Server.asked, "a job to be done", timeout=5)
        assert keeper.lost == ""


def test_only_what_was_reached_once_can_be_lost() -> None:
    port = free_port()
    keeper = standing.Keeper(Where("a test", "127.0.0.1", port), works=False)
    keeper._is_lost(ConnectionRefusedError("no"))
    assert keeper.lost == ""
    keeper._reached = True
    keeper._is_lost(ConnectionRefusedError("no"))
    assert keeper.lost == f"lost 127.0.0.1:{port} (ConnectionRefusedError: no)"


def test_a_worker_asks_a_cache_for_no_jobs_unless_there_is_nothing_else() -> None:
    queue, cache = Where("REDIS_HOST", "redis"), Where("REDIS_CACHE_HOST", "other")
    assert not standing._is_cache(queue, [queue, cache])
    assert standing._is_cache(cache, [queue, cache])
    assert not standing._is_cache(cache, [cache])


def test_the_last_command_of_a_script_is_the_service() -> None:
    it = Entry("minio", last=("minio", "server", "/data"))
    assert standing._is_the_service(it, "minio", ["server", "/data"])
    assert not standing._is_the_service(it, "minio", ["migrate"])
    assert standing._is_the_service(Entry("a"), "anything", [])
