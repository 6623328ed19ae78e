"""What a Redis' own container tells of its login and of what may be asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from hosts import Host
from shapes import GUARDED, OPEN, Project, Service, look

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.docker import Container, Mount
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.checks.sentence import asked
from pyinfra_runbooks.packs.look_event import look_event
from pyinfra_runbooks.packs.redis import asking
from pyinfra_runbooks.packs.redis.login import Login, about_login, as_json, reached_by
from pyinfra_runbooks.settings import HostFile, InContainer, Redis, Stack, Tls

STACK = Stack("/srv/shop", Redis("cache"))


def judged(redis: Service, stack: Stack = STACK) -> list[Finding[Any]]:
    """What is found of a Redis, but for that nothing answers for its health."""
    seen = look(stack, Project("shop", (redis, Service("web"))))
    return [f for f in verification.everything(seen, stack) if f.kind.id != "no-check"]


def cache(*says: str, login: tuple[str, ...] = ()) -> Service:
    return Service("cache", says=says, login=login)


# Findings


@pytest.mark.parametrize(
    ("told", "evidence"),
    [
        ((), "nothing of its container names a login"),
        (("login refused $PW",), "it does not take the login that $PW names"),
        (("login unseen /a.conf",), "what /a.conf names can't be read as a password"),
    ],
)
def test_a_login_that_is_not_found_is_a_note(told: tuple[str, ...], evidence: str) -> None:
    (note,) = judged(cache(*GUARDED, login=told))
    assert (note.kind.id, note.subject) == ("login-undeclared", "cache")
    assert evidence in note.evidence
    assert not note.drift


def test_a_login_that_is_found_says_nothing() -> None:
    says = ('"RESET"', GUARDED[1], '"OK"', *OPEN[3:])
    assert judged(cache(*says, login=("login as default --requirepass",))) == []
    assert judged(cache(*OPEN, login=("login open",))) == []
    project = Project("shop", (cache(*says, login=("login as default --requirepass",)),))
    assert "with the login that --requirepass names" in asked(look(STACK, project), STACK)


def test_where_another_server_may_listen() -> None:
    (note,) = judged(cache(*GUARDED, login=("withheld",)))
    assert note.kind.id == "login-unproved"
    assert not note.drift


@pytest.mark.parametrize(
    ("refused", "marker", "unjudged"),
    [
        ("INFO", '"@0"', "its data, its saves and its memory"),
        ("CONFIG GET", '"@1"', "its data directory"),
    ],
)
def test_what_is_refused_is_named_and_all_else_is_judged(
    refused: str, marker: str, unjudged: str
) -> None:
    error = f'error:"ERR unknown command {refused}"'
    start = OPEN.index(marker) + 1
    end = next(n for n in range(start, len(OPEN)) if OPEN[n].startswith('"@'))
    (note,) = judged(cache(*OPEN[:start], error, *OPEN[end:]))
    assert note.kind.id == "redis-reticent"
    assert note.problem == f"refuses questions, so {unjudged} can't be judged"
    assert error in note.evidence
    assert not note.drift


@pytest.mark.parametrize(
    "said",
    [
        "sh: 1: redis-cli: not found",
        "timeout: failed to run command 'keydb-cli': No such file or directory",
    ],
)
@pytest.mark.parametrize("redis", [Redis("cache"), Redis("cache", password=HostFile("pw"))])
def test_an_image_that_has_nothing_to_ask_with(said: str, redis: Redis) -> None:
    stack = Stack("/srv/shop", redis)
    (note,) = judged(cache(said), stack)
    seen = look(stack, Project("shop", (cache(said),)))
    assert look_event(seen, stack)["redis_answers"] is None
    assert note.kind.id == "redis-not-asked"
    assert not note.drift
    assert "what the engine shows was judged" in note.evidence


NO_SHELL = (
    "OCI runtime exec failed: exec failed: unable to start container process:"
    ' exec: "sh": executable file not found in $PATH: unknown'
)


def test_an_image_without_a_shell() -> None:
    (note,) = judged(replace(cache(), fails=NO_SHELL))
    assert note.kind.id == "redis-not-asked"
    assert "whose image has no shell" in note.evidence
    paused = judged(replace(cache(), fails="Error response from daemon: it is paused"))
    assert [f.kind.id for f in paused] == ["redis-silent"]


# What the container tells


def test_what_is_told_of_a_login() -> None:
    user = '"\\x6f\\x70\\x73"'
    lines = [
        "u 0 0",
        "login refused $A",
        "login unseen /b",
        "reach -p",
        "reach 7",
        f"login as {user} /c",
    ]
    assert about_login(lines) == Login("ops", "/c", ("$A",), ("/b",))
    assert reached_by(lines) == ("-p", "7")
    assert about_login(["login open", "s login as x y"]) == Login()


OLD = """login plain
r
(error) ERR unknown command `RESET`, with args beginning with:\x20
PONG
"nobody"
PONG
"@0"
# Server
redis_version:6.2.14

"@1"
1) "aclfile"
2) "say \\"so\\" \\\\"
"@2"
1) "default"
"@3"
 1) "flags"
 2) 1) "on"
    2) "allkeys"
 3) "passwords"
 4) (empty array)
10) 1) "*"
(nil)
(integer) 7
(error) NOPERM this user
"""


def test_an_old_client_is_read_as_a_new_one() -> None:
    lines = as_json(OLD.splitlines())
    assert lines[:2] == ["login plain", "r"]
    replies = lines[2:]
    assert replies[0].startswith('error:"ERR unknown command `RESET`')
    assert replies[1:8] == [
        '"PONG"',
        '"nobody"',
        '"PONG"',
        '"@0"',
        "# Server",
        "redis_version:6.2.14",
        "",
    ]
    assert json.loads(replies[9]) == ["aclfile", 'say "so" \\']
    assert json.loads(replies[11]) == ["default"]
    acl = ["flags", ["on", "allkeys"], "passwords", [], ["*"]]
    assert json.loads(replies[13]) == acl
    assert replies[14:] == ["null", "7", 'error:"NOPERM this user"']
    assert as_json(lines[1:]) == lines[1:]


# What an inventory says


@pytest.mark.parametrize(
    ("redis", "words"),
    [
        (Redis(), ()),
        (Redis(port=6380), ("-p", "6380")),
        (Redis(socket="/run/r.sock"), ("-s", "/run/r.sock")),
        (Redis(address="::1", tls=Tls()), ("--tls", "--insecure", "-h", "::1")),
        (
            Redis(port=7, tls=Tls(ca="/ca", cert="/c", key="/k")),
            ("--tls", "--cacert", "/ca", "--cert", "/c", "--key", "/k", "-p", "7"),
        ),
    ],
)
def test_how_a_declared_one_is_reached(redis: Redis, words: tuple[str, ...]) -> None:
    assert asking.reach(redis) == words


def test_whose_login_is_looked_for() -> None:
    assert Redis().held == InContainer()
    named = InContainer(variable="PW")
    assert Redis(password=named).held == named
    assert Redis(password=named).logins == () == Redis(password=named).sources


def test_whose_network_is_its_own() -> None:
    seen = look(STACK, Project("shop", (cache(*OPEN), Service("web"))))
    one, other = seen.containers

    def shared(mode: str, of_other: str = "shop_default") -> str:
        mine: Container = replace(one, network_mode=mode)
        return asking.shared(mine, (mine, replace(other, network_mode=of_other)))

    assert shared("shop_default") == ""
    assert shared("host") == shared("container:0123") == "yes"
    for named in (one.id, one.id[:12], one.name):
        assert shared("shop_default", f"container:{named}") == "joined"


@pytest.mark.parametrize(
    ("own", "others", "meets"),
    [
        ("/v/sock/_data", "/v/sock/_data", True),
        ("/srv/run", "/srv/run/redis/", True),
        ("/srv/run/redis", "/", True),
        ("/srv/run", "/srv/running", False),
        ("", "", False),
    ],
)
def test_where_another_container_may_write(own: str, others: str, meets: bool) -> None:
    seen = look(STACK, Project("shop", (cache(*OPEN), Service("web"))))
    one, other = seen.containers
    mine = replace(one, mounts=(Mount("volume", own, "/run/redis"), Mount("tmpfs", "", "/cache")))

    def shared(writable: bool, mode: str = "shop_default") -> str:
        mounts = (Mount("bind", others, "/x", writable=writable),)
        return asking.shared(mine, (mine, replace(other, mounts=mounts, network_mode=mode)))

    place = ["/run/redis"] if meets else []
    assert shared(writable=True) == "\n".join(place)
    assert shared(writable=True, mode=f"container:{one.id}") == "\n".join(("joined", *place))
    assert shared(writable=False) == ""


# In the container


def test_a_file_system_that_hangs_holds_up_one_file_alone(any_host: Host) -> None:
    """Once; what else is named is tried all the same, and nothing of it is printed."""
    any_host.tool("stat", "#!/bin/sh\nexec sleep 60\n")
    any_host.tool("redis-cli", "#!/bin/sh\ncat >/dev/null\necho OK\necho PONG\n")
    given = {"look_for": "yes", "in_time": "timeout -k 1 0.5"}
    stdin = "@file $A_FILE default /a\n@file $B_FILE default /b\n@login $C default \\x61\n@ask\n"
    shown = any_host.run(shell.script("held_login.sh", **given), stdin=stdin).out.splitlines()
    assert shown == ["login unseen $A_FILE", "login unseen $B_FILE", "login as default $C"]


def test_a_directory_that_hangs_holds_up_nothing(any_host: Host) -> None:
    """The names that a pattern stands for are asked for with a deadline, too."""
    place = any_host.place
    (place / "conf.d").mkdir()
    (place / "conf.d" / "a.conf").write_text("requirepass a\n")
    conf = place / "redis.conf"
    conf.write_text(f"include {place}/conf.d/*.conf\n")
    any_host.tool("redis-cli", "#!/bin/sh\ncat >/dev/null\necho OK\necho PONG\n")
    any_host.tool("in-time", '#!/bin/sh\ncase $1 in sh) exit 124 ;; esac\nexec "$@"\n')

    def shown(in_time: str) -> list[str]:
        script = shell.script("held_login.sh", look_for="yes", in_time=in_time)
        return any_host.run(script, stdin=f"@conf {conf}\n@ask\n").out.splitlines()

    assert shown("") == [f"login as default {place}/conf.d/a.conf"]
    assert shown("in-time") == [f"login unseen {conf}"]


def test_few_logins_are_tried(any_host: Host) -> None:
    """What is refused is kept in the server's log, which has room for 128."""
    said = any_host.place / "said"
    any_host.tool("redis-cli", f"#!/bin/sh\ncat >>{said}\necho 'error:\"WRONGPASS\"'\n")
    stdin = "".join(f"@login ${name} default \\x6{n}\n" for n, name in enumerate("ABCDE", 1))
    shown = any_host.run(shell.script("held_login.sh", look_for="yes"), stdin=f"{stdin}@ask\n").out
    assert shown.splitlines() == ["login refused $A", "login refused $B"]
    assert said.read_text().count("AUTH") == 2


def test_an_address_of_its_own_is_asked_first(any_host: Host) -> None:
    """Several nodes may have one configuration, which names the addresses of all."""
    any_host.tool("redis-cli", "#!/bin/sh\ncat >/dev/null\necho PONG\n")
    for bind in ("203.0.113.9\n::1\n203.0.113.8", "::1\n203.0.113.9"):
        conf = any_host.place / "redis.conf"
        conf.write_text(f"bind -{bind}\n".replace("\n", " -"))
        shown = any_host.run(shell.script("held_login.sh"), stdin=f"@conf {conf}\n@ask\n").out
        assert "reach ::1" in shown.splitlines()


@pytest.mark.parametrize(("form", "log"), [("--no-raw", []), ("-2 --json", ["ACL LOG 128"])])
def test_an_old_client_is_not_asked_what_somebody_typed(
    any_host: Host, form: str, log: list[str]
) -> None:
    any_host.tool("redis-cli", "#!/bin/sh\ncat\n")
    done = any_host.run(shell.script("ask.sh", form=form), "PING\nACL LOG 128\nINFO\n")
    assert done.out.splitlines() == ["PING", *log, "INFO"]


# What its arguments and its environment name

AWKS = [awk for awk in ("gawk", "mawk", "original-awk", "busybox") if shutil.which(awk)]


@pytest.fixture(params=AWKS)
def awk(request: pytest.FixtureRequest) -> list[str]:
    return [request.param, *(["awk"] if request.param == "busybox" else [])]


def named(awk: list[str], *arguments: str, **environment: str) -> list[str]:
    """What is named, passwords as they are."""
    environment = {name: environment[name] for name in environment}
    told = {
        "path": "docker-entrypoint.sh",
        "args": arguments,
        "env": [f"{name}={value}" for name, value in environment.items()],
    }
    done = subprocess.run(
        [*awk, shell.text("json.awk", "held_words.awk")],
        input=json.dumps(told, ensure_ascii=False).replace("&", "\\u0026"),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "look_for": "yes"},
    )
    lines = []
    for line in done.stdout.splitlines():
        head, _, escaped = line.partition(" default \\x")
        text = bytes.fromhex(escaped.replace("\\x", "")).decode()
        lines.append(f"{head}: {text}" if escaped else line)
    return [line for line in lines if line not in ("@requirepass", "@weak")]


SERVER = "redis-server"
NAMED: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "a literal": ((SERVER, "--requirepass", "p w\n"), ["@login --requirepass: p w\n"]),
    "no shell expands it": ((SERVER, "--requirepass", "$PW"), ["@login --requirepass: $PW"]),
    "options alone": (("--requirepass", "ü&"), ["@login --requirepass: ü&"]),
    "the name in capitals": ((SERVER, "--RequirePass", "x"), ["@login --requirepass: x"]),
    "of dragonfly": (("dragonfly", "--requirepass=x=y"), ["@login --requirepass: x=y"]),
    "a name and its value in one": ((SERVER, "--port 7"), ["@set port 7"]),
    "a configuration": ((SERVER, "/a.conf", "--port", "7"), ["@conf /a.conf", "@set port 7"]),
    "a path that is none": ((SERVER, "a b"), ["@unseen its-configuration"]),
    "none": ((SERVER, "--requirepass", ""), []),
    "in quotes, for Valkey": (
        ("valkey-server", "--requirepass", '"x y"'),
        ['@login --requirepass: "x y"', "@login --requirepass: x y"],
    ),
    "shell": (
        ("sh", "-c", "redis-server --requirepass 'a b'\"$PW\"\\\\c # --port 8\n"),
        ["@login $PW: a bs3cret\\c"],
    ),
    "two servers": (
        ("sh", "-ec", "if x; then redis-server --port 7; else exec redis-server --port 8; fi"),
        ["@set port 7", "@set port 8"],
    ),
    "a default": (
        ("sh", "-c", "redis-server --requirepass ${NO:-$PW} --port ${NO:-7}"),
        ["@login $PW: s3cret", "@set port 7"],
    ),
    "a piece that is no variable": (
        ("sh", "-c", "redis-server --requirepass a$ECRET77"),
        ["@login --requirepass: a"],
    ),
    "a file": (
        ("sh", "-c", "redis-server --requirepass $(cat ${PW_FILE})"),
        ["@file $PW_FILE default /run/pw"],
    ),
    "what can't be known": (
        ("sh", "-c", "redis-server --requirepass x$(cat $PW_FILE) --requirepass ${PW#s} --port $1"),
        ["@unseen --requirepass", "@unseen --requirepass"],
    ),
    "of another program": (("sh", "-c", "redis-cli --requirepass x; echo --port 7"), []),
}


@pytest.mark.parametrize(("arguments", "expected"), NAMED.values(), ids=NAMED)
def test_what_arguments_name(
    awk: list[str], arguments: tuple[str, ...], expected: list[str]
) -> None:
    assert named(awk, *arguments, PW="s3cret", PW_FILE="/run/pw") == expected


def test_what_an_environment_names(awk: list[str]) -> None:
    of = {"REDIS_PASSWORD": "a", "POSTGRES_PASSWORD": "b", "VALKEY_PASSWORD_FILE": "/v"}
    assert named(awk, SERVER, **of) == [
        "@login $REDIS_PASSWORD: a",
        "@file VALKEY_PASSWORD_FILE default /v",
    ]
    used = named(awk, "sh", "-c", "redis-server --requirepass $REDIS_PASSWORD", REDIS_PASSWORD="a")
    assert used == ["@login $REDIS_PASSWORD: a"]
    flags = {"REDIS_ARGS": "--requirepass 'a b' --port 7"}
    assert named(awk, "/entrypoint.sh", **flags) == ["@login --requirepass: a b", "@set port 7"]
    bitnami = "/opt/bitnami/scripts/redis/run.sh"
    assert named(awk, bitnami) == ["@conf /opt/bitnami/redis/etc/redis.conf"]


@pytest.mark.parametrize("doubles", ["$A$A", "${NO:-$A$A}", "`cat $A$A`"])
def test_what_doubles_a_variable_again_and_again(awk: list[str], doubles: str) -> None:
    line = f"A=x; {f'A={doubles}; ' * 18} redis-server --requirepass $A --port 7"
    assert named(awk, "sh", "-c", line) == ["@unseen --requirepass", "@set port 7"]
