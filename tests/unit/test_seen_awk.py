"""seen.awk, in every awk there is: of what containers are started with, what can be no secret."""

from __future__ import annotations

import base64
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
        (("redis-server", "--port", "1", "2"), ("redis-server", "--port", "1", MASKED)),
        (("redis-server", "--dir", "/a", "/b"), ("redis-server", "--dir", "/a", MASKED)),
        (("redis-server", "--dir", "cache"), ("redis-server", "--dir", MASKED)),
        (("redis-server", "--appendonly", "cache"), ("redis-server", "--appendonly", MASKED)),
        (("redis-server", "--bind", "cafe"), ("redis-server", "--bind", MASKED)),
        (("x.sh", "--dbfilename", "dump.rdb"), ("x.sh", "--dbfilename", "dump.rdb")),
        (("redis-cli", "--tls", "auth", "kv"), ("redis-cli", "--tls", MASKED, MASKED)),
        (("app", "--key", "/cache"), (MASKED, "--key", MASKED)),
        (("app", "--save", "1234"), (MASKED, "--save", MASKED)),
        (("app", "--dir", "/x", "--port", "1"), (MASKED, "--dir", MASKED, "--port", "1")),
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
        (("env", "AHVUDGVYMG=", "redis-server"), ("env", MASKED, "redis-server")),
        (("env", "aHVudGVyMg==", "redis-server"), ("env", MASKED, "redis-server")),
        (("A=hunter2", "redis-server"), (MASKED, "redis-server")),
        (("gosu", "A=1", "redis-server"), ("gosu", MASKED, "redis-server")),
        (("redis-cli", "auth", "/9j4Slash"), ("redis-cli", MASKED, MASKED)),
        (("redis-cli", "auth", "./9j4Slash"), ("redis-cli", MASKED, MASKED)),
        (("app", "/etcSlash", "/9j4/Slash/"), (MASKED, MASKED, MASKED)),
        (("/serve", "/etc/x", "/x.conf"), ("/serve", MASKED, "/x.conf")),
        (("app", "/data/hunter2", "./run/hunter2.json"), (MASKED, MASKED, MASKED)),
        (("redis-server", "/data/hunter2"), ("redis-server", MASKED)),
        (("redis-server", "--dir", "/data/a"), ("redis-server", "--dir", "/data/a")),
        (("redis-server", "--include", "/a/b"), ("redis-server", "--include", "/a/b")),
        (("redis-server", "--aclfile", "/a/b"), ("redis-server", "--aclfile", "/a/b")),
        (("redis-server", "--tls-cert-file", "/c"), ("redis-server", "--tls-cert-file", "/c")),
        (("tini", "--", "/usr/bin/redis-server"), ("tini", "--", "/usr/bin/redis-server")),
        (("tini", "/hunter2/redis-server", "/x.conf"), ("tini", "redis-server", "/x.conf")),
        (("tini", "--", "/hunter2/run.sh"), ("tini", "--", "run.sh")),
        ((f"/opt/{SECRET[:6]}", f"https://u:{SECRET}@x"), ("/opt/hunter", MASKED)),
        (("curl", f"http://localhost:80/{SECRET}"), ("curl", "http://localhost:80/" + MASKED)),
    ],
)
def test_what_is_no_secret_is_shown(
    awk: tuple[str, ...], words: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    assert one(awk, *words).words == shown


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
        ("A=hunter2\nredis-server /x.conf", f"A={MASKED} ; redis-server /x.conf"),
        ("a=hunter2\nredis-server /x.conf", f"{MASKED} ; redis-server /x.conf"),
        ("A=1 B=hunter2 redis-server", f"A={MASKED} B={MASKED} redis-server"),
        ("export PW=hunter2 && exec redis-server", f"export PW={MASKED} && exec redis-server"),
        ("cat x && A=hunter2 redis-server", f"cat {MASKED} && A={MASKED} redis-server"),
        ("redis-cli AUTH HUNTER=2", f"redis-cli {MASKED} {MASKED}"),
        ("AHVUDGVYMG== redis-server", f"{MASKED} redis-server"),
        ("if true; then redis-server; fi", "if true ; then redis-server ; fi"),
        ("redis-cli ping || exit 1", "redis-cli ping || exit 1"),
        ("redis-cli ping | grep PONG", "redis-cli ping | grep PONG"),
    ],
)
def test_a_line_of_shell_is_shown_word_by_word(awk: tuple[str, ...], line: str, shown: str) -> None:
    for start in (("sh", "-c"), ("/bin/bash", "-euc"), ("tini", "--", "sh", "-ec")):
        found = one(awk, *start, line, env={"PW": SECRET})
        assert " ".join(found.words) == " ".join((*start, shown))


def test_an_empty_word_of_a_line_is_empty(awk: tuple[str, ...]) -> None:
    found = one(awk, "sh", "-c", "redis-server --save '' --requirepass \"\" --port 1")
    assert found.arguments[1:] == ("redis-server", "--save", "", "--requirepass", "", "--port", "1")


@given(
    st.binary(min_size=6, max_size=24),
    st.sampled_from(["", "/", "./"]),
    st.sampled_from(["redis-cli auth", "app --", "gosu", "redis-server /etc/r.conf", "env"]),
)
def test_a_token_in_base64_is_no_variable_and_no_path(
    awk: tuple[str, ...], secret: bytes, start: str, before: str
) -> None:
    """It ends with = where it is padded, and may begin with a slash."""
    token = f"{start}x7{base64.b64encode(secret).decode()}"
    words = (*before.split(), token)
    check = ("CMD-SHELL", " ".join(words))
    out = masked(awk, told(ID, *words, check=check) + told("ef" * 32, "sh", "-c", check[1]))
    assert token.rstrip("=") not in out


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
        ("CACHE", "cache:6379", ("cache", 6379, "")),
        ("WAIT_FOR", "cache:6379", ("cache", 6379, "")),
        ("REDIS_CONNECTION", "cache:6379", ("cache", 6379, "")),
        ("URL", "redis://cache:x;y@kv:6379", ("kv", 6379, "redis")),
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
        ("MONGO_CREDS", "cache:12345"),
        ("MONGO", "cache:12345"),
        ("DB_LOGIN_2", "cache:12345"),
        ("CRED_CACHE", "cache:12345"),
        ("BASICAUTH_CACHE", "cache:12345"),
        ("TRAEFIK_BASICAUTH", "cache:12345"),
        ("PASSWORD2_CACHE", "cache:12345"),
        ("OAUTH_HOSTING", "cache"),
        ("URL", "redis://cache:4711;x@elsewhere"),
        ("URL", "redis://cache:4711 x@elsewhere"),
        ("URL", "redis://cache:4711'x|y@elsewhere/0"),
        ("URL", "unix:///s/r.sock;x@elsewhere"),
        ("REDIS_HOST", "cache:4711;x@elsewhere"),
        ("ANY", "cache:4711,x@elsewhere:6379"),
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
    assert one(awk, env={variable: value}).links == ()


def test_several_are(awk: tuple[str, ...]) -> None:
    nodes = one(awk, env={"NODES": "redis://:x@cache:1,kv:2,elsewhere:3"}).links
    assert {(link.host, link.port) for link in nodes} == {("cache", 1), ("kv", 2)}
    urls = one(awk, env={"A": "redis://a:b@cache:1 redis://:x@kv:2,redis://cache:3"}).links
    assert {(link.host, link.port) for link in urls} == {("cache", 1), ("kv", 2), ("cache", 3)}


def test_a_port_stands_beside_its_host(awk: tuple[str, ...]) -> None:
    links = one(awk, env={"REDIS_HOST": "cache", "REDIS_PORT": "6380", "PORT": "1"}).links
    assert links == (Link("REDIS_HOST", "cache", 6380),)


def test_the_own_host_is_named_as_such(awk: tuple[str, ...]) -> None:
    for host in ("host.docker.internal", "127.0.0.1"):
        (link,) = one(awk, env={"REDIS_URL": f"redis://{host}:6379"}).links
        assert link.host == host
    gateway = told("cd" * 32, name="shop-cache-1").replace(
        '"Aliases":', '"Gateway":"172.30.0.1","Aliases":'
    )
    found = seen(awk, told(ID, env={"REDIS_URL": "redis://172.30.0.1:6380"}), gateway)[ID]
    assert found.links == (Link("REDIS_URL", "172.30.0.1", 6380, "redis"),)
    links = one(awk, env={"REDIS_URL": "redis://127.0.0.1:6379"}).links
    assert links == (Link("REDIS_URL", "127.0.0.1", 6379, "redis"),)


# All else


def test_its_ports_on_the_host(awk: tuple[str, ...]) -> None:
    found = one(
        awk,
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
    found = seen(awk, odd, told(ID, "sh", "-c", name, env=env), OTHERS)
    assert {*found} == {ID, "ef" * 32, "cd" * 32}
    assert found[ID].links == ()


def test_what_is_very_long_is_masked_as_a_whole(awk: tuple[str, ...]) -> None:
    long = "x; " * 30_000
    env = {"NAME": long, "REDIS_URL": f"redis://cache:1{'x' * 16_380}@kv", "HOST": "cache"}
    found = one(awk, "sh", "-c", f"redis-server {long}", f"/x/{long}", env=env)
    assert found.words == ("sh", "-c", MASKED, MASKED)
    assert found.links == (Link("HOST", "cache"),)
    assert one(awk, "redis-server", f"{long}=").words == ("redis-server", MASKED)


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
    about = told(ID, *words, *texts, env=env)
    out = masked(awk, about + told("ef" * 32, "sh", "-c", line) + OTHERS)
    assert secret not in out
    assert out.endswith("seen\tall 3\n")
