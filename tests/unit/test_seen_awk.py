"""seen.awk, in every awk there is: of what containers are started with, what can be no secret."""

from __future__ import annotations

from typing import Any

import pytest
from awks import AWKS, SECRET, STRINGS
from hypothesis import given
from hypothesis import strategies as st
from starts import masked, seen, told

from pyinfra_runbooks.engine.discovery.seen import LITERAL, MASKED, Link, Published, Seen

ID = "ab" * 32
OTHERS = told("cd" * 32, name="shop-cache-1", service="cache", aliases=("kv", "cache"))

pytestmark = pytest.mark.parametrize("awk", AWKS)


def one(awk: tuple[str, ...], *words: str, **more: Any) -> Seen:
    """A container beside one that is called cache, kv and shop-cache-1; no secret leaves."""
    out = masked(awk, told(ID, *words, **more) + OTHERS)
    assert SECRET not in out
    return seen(awk, told(ID, *words, **more), OTHERS)[ID]


# Arguments


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("redis-server", "--port", "6380"), ("redis-server", "--port", "6380")),
        (("redis-server", "--port=6380"), ("redis-server", "--port=6380")),
        (("redis-server", "--port", SECRET), ("redis-server", "--port", MASKED)),
        (("redis-server", "--requirepass", SECRET), ("redis-server", "--requirepass", MASKED)),
        (("redis-server", f"--requirepass={SECRET}"), ("redis-server", f"--requirepass={MASKED}")),
        (("redis-server", "--requirepass", "6379"), ("redis-server", "--requirepass", MASKED)),
        (("redis-server", "--requirepass", "/etc/x"), ("redis-server", "--requirepass", MASKED)),
        (("redis-server", "--requirepass", "--x"), ("redis-server", "--requirepass", MASKED)),
        (("redis-server", "--requirepass", ""), ("redis-server", "--requirepass", "")),
        (("redis-server", "--requirepass", "$PW"), ("redis-server", "--requirepass", LITERAL)),
        (("redis-server", "--requirepass", "a$(x)"), ("redis-server", "--requirepass", LITERAL)),
        (("redis-server", "--save", "900 1"), ("redis-server", "--save", "900 1")),
        (("redis-server", "--save", "900", "1"), ("redis-server", "--save", "900", "1")),
        (("redis-server", "--save", ""), ("redis-server", "--save", "")),
        (("redis-server", "/etc/r.conf"), ("redis-server", "/etc/r.conf")),
        (("redis-server", SECRET), ("redis-server", MASKED)),
        (
            ("redis-server", "--unixsocket", "/s/r.sock"),
            ("redis-server", "--unixsocket", "/s/r.sock"),
        ),
        (("redis-server", "--bind", "127.0.0.1 ::1"), ("redis-server", "--bind", "127.0.0.1 ::1")),
        (
            ("redis-server", "--user", "app", f">{SECRET}"),
            ("redis-server", "--user", MASKED, MASKED),
        ),
        (
            ("redis-server", "--masterauth", "redis-server"),
            ("redis-server", "--masterauth", MASKED),
        ),
        (("tini", "--", "redis-server"), ("tini", "--", "redis-server")),
        (("gosu", "redis", "redis-server"), ("gosu", MASKED, "redis-server")),
        (("redis-cli", "-a", "cache", "ping"), ("redis-cli", "-a", MASKED, "ping")),
        (("redis-cli", "-p", "7", "-h", "cache"), ("redis-cli", "-p", "7", "-h", MASKED)),
        (("mysqld", "-p", "1234", "-pcache"), (MASKED, "-p", MASKED, "-p" + MASKED)),
        (("app", "--token", "/cache", "--x"), (MASKED, "--token", MASKED, "--x")),
        (
            ("env", f"PASSWORD={SECRET}", "redis-server"),
            ("env", f"PASSWORD={MASKED}", "redis-server"),
        ),
        ((f"/opt/{SECRET[:6]}", f"https://u:{SECRET}@x"), ("/opt/hunter", MASKED)),
        (("curl", f"http://localhost:80/{SECRET}"), ("curl", "http://localhost:80/" + MASKED)),
    ],
)
def test_what_is_no_secret_is_shown(
    awk: tuple[str, ...], words: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    found = one(awk, *words)
    assert found.words == shown
    assert not found.shell


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('exec redis-server --requirepass "$PW"', "exec redis-server --requirepass $PW"),
        ("redis-server --requirepass ${PW:-hunter2}", "redis-server --requirepass $PW"),
        ("redis-server --requirepass '$PW'", f"redis-server --requirepass {LITERAL}"),
        ("redis-server --requirepass \\$PW", f"redis-server --requirepass {LITERAL}"),
        ("redis-server --requirepass $hunter2", f"redis-server --requirepass {MASKED}"),
        ("redis-server --requirepass a$PW", f"redis-server --requirepass {MASKED}"),
        (
            "redis-server --requirepass hunter2&&x",
            f"redis-server --requirepass {MASKED} && {MASKED}",
        ),
        (
            'redis-server --requirepass "$(cat /run/secrets/pw)"',
            "redis-server --requirepass $(cat /run/secrets/pw)",
        ),
        ("redis-server --requirepass $(cat $PW)", "redis-server --requirepass $(cat $PW)"),
        ("redis-server --requirepass `hunter2`", f"redis-server --requirepass {MASKED}"),
        ("redis-server --requirepass $(hunter2 '(')", f"redis-server --requirepass {MASKED}"),
        ("echo 'hunter2; x' | redis-server -", f"echo {MASKED} | redis-server -"),
        ("a=hunter2\nredis-server /x.conf", f"a={MASKED} ; redis-server /x.conf"),
        ("if true; then redis-server; fi", "if true ; then redis-server ; fi"),
        ("redis-cli ping || exit 1", "redis-cli ping || exit 1"),
        ("redis-cli ping | grep PONG", "redis-cli ping | grep PONG"),
    ],
)
def test_a_line_of_shell_is_shown_word_by_word(awk: tuple[str, ...], line: str, shown: str) -> None:
    for start in (("sh", "-c"), ("/bin/bash", "-euc"), ("tini", "--", "sh", "-ec")):
        found = one(awk, *start, line, env={"PW": SECRET})
        assert " ".join(found.words) == " ".join((*start, shown))
        assert found.shell
    found = one(awk, "serve", check=("CMD-SHELL", line), env={"PW": SECRET})
    assert " ".join(found.check) == f"CMD-SHELL {shown}"
    assert not found.shell


def test_an_empty_word_of_a_line_is_empty(awk: tuple[str, ...]) -> None:
    found = one(awk, "sh", "-c", "redis-server --save '' --requirepass \"\" --port 1")
    assert found.arguments[1:] == ("redis-server", "--save", "", "--requirepass", "", "--port", "1")


# The environment


@pytest.mark.parametrize(
    ("variable", "value", "link"),
    [
        ("URL", "redis://cache:6379/0", ("cache", 6379, "redis")),
        ("URL", f"rediss://:{SECRET}@cache", ("cache", None, "rediss")),
        ("URL", f"redis://u:{SECRET}/?#@cache:1/0?a=1&b=2", ("cache", 1, "redis")),
        ("URL", "redis://:kv@cache:6379", ("cache", 6379, "redis")),
        ("URL", f"what://{SECRET}@cache", ("cache", None, "")),
        ("REDIS_HOST", "cache", ("cache", None, "")),
        ("AUTHENTIK_REDIS__HOST", "cache", ("cache", None, "")),
        ("redis_host", "kv", ("kv", None, "")),
        ("AUTH_REDIS_HOST", "kv", ("kv", None, "")),
        ("USER_SERVICE_REDIS", "kv", ("kv", None, "")),
        ("REDIS_HOST", "shop-cache-1", ("shop-cache-1", None, "")),
        ("REDIS", "cache", ("cache", None, "")),
        ("BROKER", "cache:6379", ("cache", 6379, "")),
        ("ANY", f":{SECRET}@cache:6379/1", ("cache", 6379, "")),
        ("REDIS_HOSTS", f"local:cache:6379:0:{SECRET}", ("cache", 6379, "")),
        ("CS", f"cache:6379,password={SECRET},ssl=False", ("cache", 6379, "")),
        ("CS__Redis", f"cache,password={SECRET}", ("cache", None, "")),
        ("ANY", f"host=cache port=6380 password={SECRET}", ("cache", 6380, "")),
        ("ANY", f'{{"host":"cache","port":6380,"password":"{SECRET}"}}', ("cache", 6380, "")),
        ("ANY", f'["redis://:{SECRET}@cache:1"]', ("cache", 1, "redis")),
        ("REDIS_SOCKET", "/run/redis/redis.sock", ("/run/redis/redis.sock", None, "unix")),
        ("ANY", "unix:///run/redis/redis.sock?db=1", ("/run/redis/redis.sock", None, "unix")),
    ],
)
def test_a_name_that_is_another_containers_is_a_link(
    awk: tuple[str, ...], variable: str, value: str, link: tuple[str, int | None, str]
) -> None:
    assert one(awk, env={variable: value}).links == (Link(variable, *link),)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CACHE_DRIVER", "cache"),
        ("POSTGRES_DB", "cache"),
        ("POSTGRES_USER", "cache"),
        ("REDIS_PASSWORD", "cache"),
        ("REDIS_PASSWORD", "cache:6379"),
        ("REDIS_AUTH", "redis://cache:6379"),
        ("redis_pass", "cache"),
        ("redisPassword", "cache:6379"),
        ("PASSWORD_REDIS", "cache"),
        ("REDIS_REQUIREPASS", "cache:6379"),
        ("KEY_REDIS", "cache"),
        ("AUTH_REDIS_2", "cache:6379"),
        ("API_KEY", "kv"),
        ("SECRET_1", "kv:6379"),
        ("MY_TOKEN", "kv"),
        ("IMAGE", "cache:7000"),
        ("ANY", "cache:7"),
        ("REDIS_HOST", "my-cache"),
        ("REDIS_HOST", "cache.example.org"),
        ("REDIS_HOST", "cache2"),
        ("URL", "redis://elsewhere/cache"),
        ("URL", "redis://cache:6379@elsewhere"),
        ("URL", "https://example.org/?x=cache:6379"),
        ("ANY", '{"password":"cache","user":"kv"}'),
        ("ANY", "host=elsewhere password=cache"),
        ("ANY", "host=elsewhere,password=cache:6379"),
        ("REDIS_HOST", ""),
        ("REDIS_HOST", "cd" * 6),
    ],
)
def test_nothing_else_is_one(awk: tuple[str, ...], variable: str, value: str) -> None:
    found = one(awk, env={variable: value})
    assert found.links == ()
    assert found.variables == {variable}
    assert found.empty == ({variable} if not value else set())


def test_several_are(awk: tuple[str, ...]) -> None:
    nodes = one(awk, env={"NODES": "redis://:x@cache:1,kv:2,elsewhere:3"}).links
    assert {(link.host, link.port) for link in nodes} == {("cache", 1), ("kv", 2)}
    urls = one(awk, env={"A": "redis://a:b@cache:1 redis://:x@kv:2,redis://cache:3"}).links
    assert {(link.host, link.port) for link in urls} == {("cache", 1), ("kv", 2), ("cache", 3)}


def test_a_port_stands_beside_its_host(awk: tuple[str, ...]) -> None:
    links = one(awk, env={"REDIS_HOST": "cache", "REDIS_PORT": "6380", "PORT": "1"}).links
    assert links == (Link("REDIS_HOST", "cache", 6380),)


def test_the_own_host_is_named_as_such(awk: tuple[str, ...]) -> None:
    links = one(awk, env={"REDIS_URL": "redis://127.0.0.1:6379"}).links
    assert links == (Link("REDIS_URL", "127.0.0.1", 6379, "redis"),)


# All else


def test_ports_and_whom_it_waits_for(awk: tuple[str, ...]) -> None:
    found = one(
        awk,
        waits="cache:service_healthy:false,db:service_started:true",
        user="999:999",
        place="/data",
        bindings={"6379/tcp": [{"HostIp": "", "HostPort": ""}]},
        ports={
            "6379/tcp": [
                {"HostIp": "0.0.0.0", "HostPort": "32768"},  # noqa: S104 - as the engine says it
                {"HostIp": "::", "HostPort": "32768"},
            ],
            "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}],
            "80/tcp": None,
        },
    )
    assert found.waits_for == {"cache", "db"}
    assert (found.user, found.working_dir) == ("999:999", "/data")
    local = Published(53, "127.0.0.1", 53, "udp")
    assert found.published == (Published(6379, "", 32768), local)


@pytest.mark.parametrize(
    "name",
    [
        "it's",
        'say "so"',
        "a\nb",
        "a&b<c>",
        "\N{SNOWMAN}",
        "\\",
        "\x01\x1c",
        "a]b",
        '"Aliases":["x"]',
    ],
)
def test_a_name_of_any_kind_hides_nobody(awk: tuple[str, ...], name: str) -> None:
    odd = told("ef" * 32, "serve", f"--{name}", name=name, service=name, aliases=(name,))
    env = (f"{name}={name}", f"NAME={name}", name)
    found = seen(awk, odd, told(ID, "sh", "-c", name, env=env, check=("CMD", name)), OTHERS)
    assert {*found} == {ID, "ef" * 32, "cd" * 32}
    assert {"NAME"} <= found[ID].variables
    assert found[ID].links == ()


def test_no_container_is_all_there_are(awk: tuple[str, ...]) -> None:
    assert masked(awk, "") == "seen\tall 0\n"
    assert seen(awk) == {}


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9),
        max_size=4,
    ),
    st.lists(
        st.sampled_from(["--requirepass", "--port", "-a", "sh", "-c", "--", "redis-server", "x="]),
        max_size=4,
    ),
    STRINGS,
)
def test_no_part_of_a_secret_is_shown(
    awk: tuple[str, ...], texts: list[str], before: list[str], odd: str
) -> None:
    secret = f"Xy{SECRET}"
    odd = odd.replace("\0", "")
    words = ("redis-server", *before, "--requirepass", f"{odd}{secret}{odd}")
    env = (f"A={odd}{secret}", f"REDIS_URL=redis://{odd}:{secret}{odd}@cache", *texts)
    line = f"redis-server {odd} --requirepass {secret}{odd}"
    about = told(ID, *words, *texts, env=env, check=("CMD-SHELL", f"{odd}{secret}"))
    out = masked(awk, about + told("ef" * 32, "sh", "-c", line) + OTHERS)
    assert secret not in out
    assert out.endswith("seen\tall 3\n")
