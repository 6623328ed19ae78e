"""Entry points that behave as those of well-known images, and what is made up in an image."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from lab.adopting.layers import FILES


def ran(
    script: str, tmp_path: Path, *words: str, called: str = "redis-server.sh", **environment: str
) -> list[str]:
    """The command line that a script ends in: each server here prints its own.

    + called: the name of the script
    """
    for name in ("redis-server", "keydb"):
        program = tmp_path / name
        program.write_text('#!/bin/sh\nprintf "%s\\n" "${0##*/}" "$@"\n')
        program.chmod(0o755)
    text = (FILES / script).read_text()
    for before, after in {
        "/usr/local/lib/lab": str(tmp_path),
        "/usr/bin/$name": f"{tmp_path}/redis-server",
        "cd /data": f"cd {tmp_path}",
        "data=/": f"data={tmp_path}/",
        "/lab/name": f"{tmp_path}/name",
    }.items():
        text = text.replace(before, after)
    (tmp_path / "name").write_text("keydb\n")
    copied = tmp_path / called
    copied.write_text(text)
    ended = subprocess.run(
        ["sh", str(copied), *words],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout.splitlines() or [f"{ended.returncode}: {ended.stderr.strip()}"]


def test_protected_mode_is_off_unless_it_is_set(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text("bind 127.0.0.1\n")
    off = ["--protected-mode", "no"]
    assert ran("server", tmp_path, str(conf))[1:] == [str(conf), *off]
    assert ran("server", tmp_path, "--port", "1")[1:] == ["--port", "1", *off]
    assert ran("server", tmp_path, "--protected-mode", "yes")[1:] == ["--protected-mode", "yes"]
    conf.write_text("protected-mode yes\n")
    assert ran("server", tmp_path, str(conf))[1:] == [str(conf)]


def test_bitnamis_settings_are_those_of_its_environment(tmp_path: Path) -> None:
    run = "/opt/bitnami/scripts/redis/run.sh"
    line = ran("bitnami", tmp_path, run, "--maxmemory", "1mb", REDIS_PASSWORD="a b")
    assert line[:2] == ["redis-server", "--dir"]
    assert line[3:] == [
        *("--port", "6379", "--appendonly", "yes", "--maxmemory", "1mb"),
        *("--requirepass", "a b", "--masterauth", "a b"),
    ]
    assert "--requirepass" not in ran("bitnami", tmp_path, run, ALLOW_EMPTY_PASSWORD="yes")
    assert ran("bitnami", tmp_path, run) == [
        "1: The REDIS_PASSWORD environment variable is empty or not set."
    ]


def test_another_servers_own_options_are_left_out(tmp_path: Path) -> None:
    own = ("--threads", "4", "--requirepass=word")
    right = ["keydb", "--port", "6379", "--protected-mode", "no", "--requirepass", "word"]
    assert ran("other", tmp_path, *own, called="keydb-server") == right
    for words in (own, ("keydb", *own), ("keydb-server", *own)):
        assert ran("other", tmp_path, *words, called="docker-entrypoint.sh") == right
    assert ran("other", tmp_path, "echo", "x", called="docker-entrypoint.sh") == ["x"]


def test_programs_and_users_are_made_up_where_the_image_lacks_them(tmp_path: Path) -> None:
    text = (FILES / "setup").read_text().replace("/usr/local/bin", str(tmp_path))
    for name, line in {
        "getent": f'[ "$2" = root ] || grep -qsx "$1 $2" {tmp_path}/made',
        "useradd": f'for name; do :; done; echo "passwd $name" >>{tmp_path}/made',
        "groupadd": f'echo "group $1" >>{tmp_path}/made',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "setup").write_text(text)
    programs = f"sh exit [ compgen celery ./below {tmp_path}/deep/er/entrypoint celery"
    printed = subprocess.run(
        ["sh", str(tmp_path / "setup"), "/bin/true", "root unit", programs],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert printed == ["made celery", f"made {tmp_path}/deep/er/entrypoint"]
    assert (tmp_path / "celery").resolve() == Path("/bin/true").resolve()
    assert (tmp_path / "made").read_text() == "passwd unit\ngroup unit\n"
