"""A file that is too large to be read, or that nobody ever hears of, holds up nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import Host, in_directory
from prepared import looked, target

from pyinfra_runbooks.engine import files
from pyinfra_runbooks.engine.shell import script, text, words
from pyinfra_runbooks.settings import HostFile, Secret

(MOST_HASHED,) = map(int, re.findall(r"(?m)^most_hashed=(\d+)", text("describe.sh")))

# As on a server of files that is gone: what asks for this one waits.
_HANGS = """#!/bin/sh
case "$*" in *hangs*) sleep 60 ;; esac
exec {tool} "$@"
"""


def soon(sent: str) -> str:
    return sent.replace("file_patience=5", "file_patience=1")


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
    start = time.monotonic()
    stack = in_directory(directory, secrets=(secret,), health=())
    seen = looked(host, stack, changed=soon).look
    assert time.monotonic() - start < 25
    assert seen.files[str(paths[1])].error == "no answer within 1 s"
    assert seen.files[str(paths[1])].silent
    assert all(seen.files[str(path)].sha256 for path in (paths[0], paths[2]))


def test_a_password_that_hangs_is_not_waited_for(host: Host) -> None:
    hanging(host, "cat")
    path = host.place / "hangs"
    path.write_text("a password\n", encoding="utf-8")
    head = target(in_directory(host.place))
    done = host.run(soon(f"{head}read_file {words(path)}\n"))
    assert (done.code, done.out) == (4, "")
    assert done.err == f"{path}: no answer within 1 s\n"
    assert done.of("docker") == []


def test_what_a_container_mounts_may_hang_as_well(host: Host) -> None:
    hanging(host, "stat")
    process = host.place / "process"
    process.mkdir()
    (process / "status").write_text("Name:\tx\nUid:\t9\t9\t9\t9\nGid:\t9\t9\t9\t9\nGroups:\t9\n")
    (process / "mountinfo").write_text("1 2 0:1 / /data/hangs rw - ext4 /dev/x rw\n")
    (host.place / "data").mkdir()
    done = host.run(soon(script("inside.sh", process, data="/data/hangs")))
    assert done.out.splitlines() == [
        "u 9 9 9",
        "d no answer within 1 s",
        "stat: /data/hangs: no answer within 1 s",
    ]


def large(path: Path) -> None:
    path.touch()
    os.truncate(path, MOST_HASHED + 1)


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
    given = {"password_files": (str(other),), "contents_matter": "yes"}
    done = any_host.run(f"set -uf\n{script('files.sh', small, other, **given)}")
    seen = files.parse(done.out.splitlines())
    assert seen[str(other)].kind
    assert (seen[str(other)].sha256, seen[str(other)].password_sha256) == (None, None)
    assert seen[str(small)].acl == ("user app on",)
    assert seen[str(small)].password_sha256
