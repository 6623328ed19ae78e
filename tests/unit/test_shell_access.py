"""What a host tells of a Redis' password: whether there is one, by its files; never a value."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from awks import SECRET
from hosts import Host

from pyinfra_runbooks.engine.shell import script
from pyinfra_runbooks.packs.redis.access import Access, Given, parse

ID = "a" * 64
CONF = "/usr/local/etc/redis/redis.conf"


def told(
    host: Host,
    *arguments: str,
    env: tuple[str, ...] = (),
    files: dict[str, str] | None = None,
    mounts: dict[str, Path] | None = None,
    compose: str = "",
    dotenv: str = "",
) -> Access:
    """What is told of a Redis that is started so."""
    lines = [f"a {json.dumps(word)}" for word in arguments]
    lines += [f"e {json.dumps(word)}" for word in env]
    lines += [
        f"m {json.dumps(path)} {json.dumps(str(source))}" for path, source in (mounts or {}).items()
    ]
    (host.place / "started").write_text("".join(f"{line}\n" for line in lines))
    for path, content in (files or {}).items():
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as tar:
            member = tarfile.TarInfo(Path(path).name)
            member.size, member.mtime = len(content.encode()), 1764000000
            tar.addfile(member, io.BytesIO(content.encode()))
        (host.place / path.replace("/", "_")).write_bytes(made.getvalue())
    host.tool(
        "docker",
        f"""#!/bin/sh
        case $1 in
            inspect) cat {host.place}/started ;;
            cp) cat "{host.place}/$(printf %s "${{3#*:}}" | tr / _)" ;;
        esac
        """,
    )
    given = {"compose.yml": compose, ".env": dotenv}
    for name, text in given.items():
        (host.place / name).write_text(text)
    file, env_file = ((str(host.place / name),) for name in given)
    done = host.run(script("ask_access.sh", id=ID, files=file, env_files=env_file))
    assert (done.code, done.err) == (0, "")
    assert SECRET not in done.out
    return parse(done.out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "env", "given"),
    [
        (("redis-server",), (), Given("none")),
        (("redis-server", "--requirepass", SECRET), (), Given("given")),
        (("redis-server", "--requirepass", f"a$b{SECRET}"), (), Given("given")),
        (("redis-server", "--requirepass", ""), (), Given("empty")),
        (("dragonfly", f"--requirepass={SECRET}"), (), Given("given")),
        (("dragonfly", "--requirepass=$PASS"), (), Given("literal", "PASS")),
        (("redis-server", "--requirepass"), (), Given("empty")),
        (("redis-server", "--requirepass", "$REDIS_PASS"), (), Given("literal", "REDIS_PASS")),
        (("redis-server", "--requirepass", "${REDIS_PASS}"), (), Given("literal", "REDIS_PASS")),
        (("redis-server", "--requirepass", f"$x{SECRET}"), (), Given("literal", "?")),
        (("dragonfly", f"--requirepass=$x{SECRET}"), (), Given("literal", "?")),
        (("sh", "-c", f"redis-server --requirepass '$x{SECRET}'"), (), Given("literal", "?")),
        (("sh", "-c", f"redis-server --requirepass \\$x{SECRET}"), (), Given("literal", "?")),
        (("sh", "-c", f"redis-server --requirepass $x{SECRET}"), (), Given("empty", "?")),
        (("sh", "-c", "redis-server --requirepass $ECRET-x"), (), Given("empty", "?")),
        (("sh", "-c", "redis-server --requirepass \\$ECRET-x"), (), Given("literal", "?")),
        (
            ("sh", "-c", 'exec redis-server --requirepass "$PASS"'),
            (f"PASS={SECRET}",),
            Given("given", "PASS"),
        ),
        (("sh", "-c", "redis-server --requirepass $PASS"), ("PASS=",), Given("empty", "PASS")),
        (("sh", "-c", "redis-server --requirepass ${PASS}"), (), Given("empty", "PASS")),
        (
            ("sh", "-c", "redis-server --requirepass ${PASS:-x}"),
            (),
            Given("given"),
        ),
        (
            ("sh", "-c", "redis-server --requirepass ${PASS:-}"),
            (),
            Given("chosen", "PASS"),
        ),
        (("sh", "-c", "redis-server --requirepass '$PASS'"), (), Given("literal", "PASS")),
        (("sh", "-c", f"redis-server --requirepass '{SECRET}'"), (), Given("given")),
        (("sh", "-c", "redis-server --requirepass $(cat /run/x)"), (), Given("given")),
        (("sh", "-c", "redis-server --requirepass --save ''"), (), Given("empty")),
        (("sh", "-c", "redis-server --appendonly yes"), (), Given("none")),
        (
            ("/opt/bitnami/scripts/redis/run.sh",),
            (f"REDIS_PASSWORD={SECRET}",),
            Given("given", "REDIS_PASSWORD"),
        ),
        (("/entrypoint.sh",), (f"REDIS_PASSWORD={SECRET}",), Given("none")),
        (
            ("/entrypoint.sh",),
            (f"REDIS_ARGS=--requirepass {SECRET}",),
            Given("given", "REDIS_ARGS"),
        ),
    ],
)
def test_what_its_command_line_says(
    any_host: Host, arguments: tuple[str, ...], env: tuple[str, ...], given: Given
) -> None:
    told_of = told(any_host, *arguments, env=env, dotenv="PASS=\nREDIS_PASS=x\n")
    assert told_of.arguments == given


@pytest.mark.parametrize(
    ("content", "given", "users"),
    [
        (f"port 6379\nrequirepass {SECRET}\n", Given("given"), "none"),
        (f"  REQUIREPASS\t'{SECRET}'\r\n", Given("given"), "none"),
        ("# requirepass foobared\n", Given("none"), "none"),
        ('requirepass ""\n', Given("empty"), "none"),
        ("requirepass $REDIS_PASSWORD\n", Given("literal", "REDIS_PASSWORD"), "none"),
        ('requirepass "${REDIS_PASSWORD}"\n', Given("literal", "REDIS_PASSWORD"), "none"),
        (f"requirepass $x{SECRET}\n", Given("literal", "?"), "none"),
        (f'requirepass "${{x{SECRET}}}"\n', Given("literal", "?"), "none"),
        (f"requirepass x\nrequirepass {SECRET}", Given("given"), "none"),
        (f"user default on >{SECRET} ~* +@all\n", Given("none"), "closed"),
        ("user default off\n", Given("none"), "closed"),
        ("user default on nopass ~* +@all\n", Given("none"), "open"),
    ],
)
def test_what_its_file_says(any_host: Host, content: str, given: Given, users: str) -> None:
    dotenv = f"export REDIS_PASSWORD={SECRET}\n"
    said = told(any_host, "redis-server", CONF, files={CONF: content}, dotenv=dotenv)
    assert (said.file, said.users, said.conf) == (given, users, CONF)
    assert said.changed == 1764000000


def test_what_its_acl_file_says(any_host: Host) -> None:
    files = {CONF: 'aclfile "/run/acl"\n', "/run/acl": f"user default on >{SECRET} ~* +@all\n"}
    assert told(any_host, "redis-server", CONF, files=files).acl == "closed"
    files["/run/acl"] = "user app on ~* +@all\n"  # The server takes default as open then.
    assert told(any_host, "redis-server", CONF, files=files).acl == "open"
    del files["/run/acl"]
    (any_host.place / "_run_acl").unlink()
    said = told(any_host, "redis-server", CONF, "--requirepass", SECRET, files=files)
    assert (said.acl, said.closed) == ("unseen", "")


ACL = "/run/users.acl"
OPTIONS = {
    "a word": ("redis-server", "--aclfile", ACL),
    "one word": ("redis-server", f"--aclfile={ACL}"),
    "options alone": ("docker-entrypoint.sh", "--aclfile", ACL),
    "over a configuration": ("redis-server", CONF, "--aclfile", ACL),
    "a line of shell": ("sh", "-c", f"exec redis-server --aclfile '{ACL}' --save ''"),
    "a variable": ("sh", "-c", 'redis-server --aclfile "$USERS"'),
}


@pytest.mark.parametrize("words", OPTIONS.values(), ids=OPTIONS)
def test_an_acl_file_that_its_command_line_names(any_host: Host, words: tuple[str, ...]) -> None:
    """It counts as one in a configuration file does, and overrules that."""
    for users, acl in (
        (f"user default on >{SECRET} ~* +@all\n", "closed"),
        ("user default on nopass ~* +@all\n", "open"),
        ("user app on ~* +@all\n", "open"),
    ):
        files = {CONF: "aclfile /run/other\n", "/run/other": "user default off\n", ACL: users}
        said = told(any_host, *words, files=files, env=(f"USERS={ACL}",))
        assert (said.acl, said.acl_file) == (acl, ACL)
        shown = f"{ACL} keeps out who has no password (user default)"
        assert said.closed == (shown if acl == "closed" else "")


def test_one_whose_path_is_not_known_proves_nothing(any_host: Host) -> None:
    for path in (f"$(echo {SECRET})", "$NONE", f"{SECRET}"):
        line = f"redis-server --requirepass x --aclfile {path}"
        said = told(any_host, "sh", "-c", line)
        assert (said.acl, said.acl_file, said.closed) == ("unseen", "", "")


@pytest.mark.parametrize("name", ["redis.conf", "it's $(touch canary).conf"])
def test_a_mounted_file_is_read_where_the_host_has_it(any_host: Host, name: str) -> None:
    source = any_host.place / name
    source.write_text(f"requirepass {SECRET}\n")
    os.utime(source, (1765000000, 1765000000))
    mounts = {"/data": any_host.place, CONF: source}
    said = told(any_host, "redis-server", CONF, mounts=mounts)
    assert (said.file, said.changed) == (Given("given"), 1765000000)
    assert not any_host.canary


@pytest.mark.parametrize("source", ["", "missing", "pipe", 'a"quote'])
def test_any_other_one_is_copied_by_the_engine(any_host: Host, source: str) -> None:
    os.mkfifo(any_host.place / "pipe")
    (any_host.place / 'a"quote').write_text("")
    files = {CONF: f"requirepass {SECRET}\n"}
    mounts = {CONF: any_host.place / source}
    said = told(any_host, "redis-server", CONF, files=files, mounts=mounts)
    assert (said.file, said.changed) == (Given("given"), 1764000000)


def test_a_file_that_can_t_be_read(any_host: Host) -> None:
    said = told(any_host, "redis-server", CONF)
    assert (said.conf, said.file) == (CONF, Given("none"))
    assert said.closed == ""


@pytest.mark.parametrize(
    ("line", "variables"),
    [
        ("command: redis-server --requirepass ${PASS}", ("PASS",)),
        ('command: ["redis-server", "--requirepass", "$PASS"]', ("PASS",)),
        ("  - --requirepass\n  - ${PASS}", ("PASS",)),
        (f"command: redis-server --requirepass $x{SECRET}", ("?",)),
        (f"  - --requirepass\n  - $x{SECRET}", ("?",)),
        ('command: ["redis-server", "--requirepass", "$ECRET-x"]', ("?",)),
        ("command: redis-server --requirepass ${PASS:-}", ()),
        ("command: redis-server --requirepass ${PASS:?it is needed}", ()),
        ("command: redis-server --requirepass $$PASS", ()),
        ("# command: redis-server --requirepass ${PASS}", ()),
        (f"command: redis-server --requirepass {SECRET} ${{PORT}}", ()),
        ('command: redis-server --requirepass ""', ()),
    ],
)
def test_what_its_compose_file_says(any_host: Host, line: str, variables: tuple[str, ...]) -> None:
    compose = f"services:\n  {line}\n"
    said = told(any_host, "redis-server", "--requirepass", "", compose=compose, dotenv="PASS=\n")
    assert said.compose == variables


ELSEWHERE = {
    "nowhere": ("", "", ()),
    "in the same place": ("  - --requirepass\n  - $ECRET77\n", "", ()),
    "as part of another value": ("  URL: redis://:$ECRET77@cache\n", "", ()),
    "in a comment": ("  # ECRET77: x\n", "# ECRET77=\n", ()),
    "as a literal": ("  X: $${ECRET77}\n", "", ()),
    "longer": ("  ECRET777: x\n", "MY_ECRET77=x\n", ("AECRET77=", "ECRET7=")),
}
NAMED = {
    "in its environment": ("", "", ("ECRET77=x",)),
    "in an env file": ("", "ECRET77=x\n", ()),
    "in braces": ("  URL: redis://:${ECRET77:-}@cache\n", "", ()),
    "as a key": ("  environment:\n    ECRET77: x\n", "", ()),
    "in a list": ('  environment:\n    - "ECRET77=x"\n', "", ()),
    "handed on": ("  environment:\n    - ECRET77\n", "", ()),
}


@pytest.mark.parametrize(
    ("shown", "compose", "dotenv", "env"),
    [
        *(("?", *given) for given in ELSEWHERE.values()),
        *(("ECRET77", *given) for given in NAMED.values()),
    ],
    ids=[*ELSEWHERE, *NAMED],
)
def test_what_looks_like_a_variable_is_shown_where_it_is_one(
    any_host: Host, shown: str, compose: str, dotenv: str, env: tuple[str, ...]
) -> None:
    """A password that begins with $, and a variable, look the same."""
    others = {"compose": compose, "dotenv": dotenv, "env": env}
    for words in (
        ("redis-server", "--requirepass", "$ECRET77"),
        ("sh", "-c", "redis-server --requirepass '$ECRET77'"),
    ):
        assert told(any_host, *words, **others).arguments == Given("literal", shown)
    conf = {CONF: "requirepass $ECRET77\n"}
    assert told(any_host, "redis-server", CONF, files=conf, **others).file.variable == shown
    others["compose"] += "  command: redis-server --requirepass $ECRET77\n"
    assert told(any_host, "redis-server", "--requirepass", "", **others).compose == (shown,)


def test_an_engine_without_an_answer(any_host: Host) -> None:
    any_host.tool("docker", "#!/bin/sh\nexit 1\n")
    done = any_host.run(script("ask_access.sh", id=ID, files=()))
    assert done.code != 0
