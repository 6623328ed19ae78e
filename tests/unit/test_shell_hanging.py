"""A file that is too large to be read, or that nobody ever hears of, holds up nothing else."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import Host, in_directory

from pyinfra_runbooks import files
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.settings import HostFile, Secret
from pyinfra_runbooks.shell import look, text, values, words

# As on a server of files that is gone: whoever asks for this one waits.
_HANGS = """#!/bin/sh
case "$*" in *hangs*) sleep 60 ;; esac
exec {tool} "$@"
"""


def soon(script: str) -> str:
    return script.replace("file_patience=5", "file_patience=1")


def hanging(host: Host, *tools: str) -> None:
    for tool in tools:
        host.tool(tool, _HANGS.format(tool=shutil.which(tool)))


def test_a_look_comes_to_an_end_and_names_the_file(host: Host) -> None:
    hanging(host, "stat", "sha256sum", "cat", "readlink")
    directory = host.place / "shop"
    directory.mkdir()
    host.stack(str(directory), "cache", "web")
    paths = [directory / name for name in ("a conf", "hangs", "z conf")]
    for path in paths:
        path.write_text(path.name, encoding="utf-8")
    mounts = [{"type": "bind", "source": str(path), "target": "/x"} for path in paths]
    config = {"name": "shop", "services": {"cache": {"volumes": mounts}}}
    host.answer("docker-compose-json", json.dumps(config, indent=2))
    secret = Secret("cache_acl", content=HostFile("hangs"))
    fact = StackLook()
    script = soon(fact.command(stack=in_directory(directory, secrets=(secret,), health=())))
    start = time.monotonic()
    seen = fact.process(host.run(script).out.splitlines())
    assert time.monotonic() - start < 25
    assert isinstance(seen, Look), seen
    assert seen.files[str(paths[1])].error == "no answer within 1 s"
    assert seen.files[str(paths[1])].silent
    assert all(seen.files[str(path)].sha256 for path in (paths[0], paths[2]))


def test_a_password_that_hangs_is_not_waited_for(host: Host) -> None:
    hanging(host, "cat")
    path = host.place / "hangs"
    path.write_text("a password\n", encoding="utf-8")
    target = look.target(in_directory(host.place))
    done = host.run(soon(f"{target}read_file {words(path)}\n"))
    assert (done.code, done.out) == (4, "")
    assert done.err == f"{path}: no answer within 1 s\n"
    assert done.of("docker") == []


def test_what_a_container_mounts_may_hang_as_well(host: Host) -> None:
    hanging(host, "stat")
    process = host.place / "process"
    process.mkdir()
    (process / "status").write_text("Name:\tx\nUid:\t9\t9\t9\t9\nGid:\t9\t9\t9\t9\nGroups:\t9\n")
    (process / "mountinfo").write_text("1 2 0:1 / /data/hangs rw - ext4 /dev/x rw\n")
    script = look.inside(in_directory("/srv/shop"), "/data/hangs", "")
    (host.place / "data").mkdir()
    done = host.run(f"main='{process}'\n{script.replace('file_patience=5', 'file_patience=1')}")
    assert done.out.splitlines() == [
        "u 9 9 9",
        "d no answer within 1 s",
        "stat: /data/hangs: no answer within 1 s",
    ]


def large(path: Path) -> None:
    path.touch()
    os.truncate(path, look.MOST_HASHED + 1)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def nothing(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("made", [large, pipe, nothing])
def test_only_what_may_be_a_secret_or_a_configuration_is_read(
    any_host: Host, made: Callable[[Path], None]
) -> None:
    small, other = any_host.place / "small", any_host.place / "other"
    small.write_text("user app on\n")
    made(other)
    given = values(password_files=(str(other),), contents_matter="yes")
    script = given + look.describing(in_directory("/srv/shop")) + text("files.sh")
    paths = words(str(small), str(other))
    done = any_host.run(f"set -uf\nset -- {paths}\n{script}")
    seen = files.parse(done.out.splitlines())
    assert seen[str(other)].kind
    assert (seen[str(other)].sha256, seen[str(other)].password_sha256) == (None, None)
    assert seen[str(small)].acl == ("user app on",)
    assert seen[str(small)].password_sha256
