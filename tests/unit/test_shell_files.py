"""What the scripts tell of files, on the host and in containers."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import replace
from hashlib import sha256

import pytest
import samples
from awks import AWKS
from hosts import NAMES, Host, in_directory
from prepared import looked

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.files import File
from pyinfra_runbooks.engine.look import Inside, Look
from pyinfra_runbooks.engine.shell import text, values, words
from pyinfra_runbooks.settings import Stack


def seen_by(host: Host, stack: Stack) -> Look:
    """What a look at this host sees."""
    return looked(host, stack).look


# On the host


def as_go_writes(config: object) -> str:
    """Compose's form: one key a line, and escapes for what HTML would take for its own."""
    written = json.dumps(config, indent=2, ensure_ascii=False)
    for character in "<>&":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


@pytest.mark.parametrize("awk", AWKS)
def test_files_of_any_name_are_found(host: Host, awk: tuple[str, ...]) -> None:
    host.awk(*awk)
    directory = host.place / "shop"
    directory.mkdir()
    host.stack(str(directory), "cache", "web")
    names = [*NAMES, 'a"b', 'a\\"b', "a\\\\b", "ends\\", 'ends"', '",', "a&b<c>d"]
    paths = [directory / name for name in dict.fromkeys(names)]
    for path in paths:
        path.write_text(path.name, encoding="utf-8")
    mounts = [{"type": "bind", "source": str(path), "target": "/x"} for path in paths[::2]]
    config = {
        "name": "shop",
        "services": {"cache": {"volumes": mounts}},
        "secrets": {f"s{n}": {"name": "s", "file": str(p)} for n, p in enumerate(paths[1::2])},
    }
    host.answer("docker-compose-json", as_go_writes(config))
    seen = seen_by(host, in_directory(directory))
    shown = {path for path, file in seen.files.items() if file.kind == "regular file"}
    assert shown == {str(path) for path in paths}
    # sha256sum shows a backslash in a form of its own, and what stood there before is not known.
    plain = [path for path in paths if "\\" not in path.name]
    assert {path: seen.files[str(path)].sha256 for path in plain} == {
        path: sha256(path.read_bytes()).hexdigest() for path in plain
    }
    assert not host.canary


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", 0),
        (b"a", 1),
        (b"a\n", 1),
        (b"a\r\n", 1),
        (b"\n", 1),
        (b" ", 1),
        (b"a\nb", 2),
        (b"a\n ", 2),
        (b"a\n\t", 2),
        (b"a\n\n", 2),
        (b"a\\\nb\n", 2),
        (b"\na\n", 2),
        (b"a\nb\nc\n", 2),
    ],
)
def test_a_passwords_lines_are_counted_up_to_two(
    any_host: Host, content: bytes, lines: int
) -> None:
    """As many as are too many."""
    path = any_host.place / "key"
    path.write_bytes(content)
    script = (
        values(json_matters="")
        + text("describe.sh")
        + words("describe_password", path, "cat", path)
    )
    password = sha256(content.translate(None, b"\r\n")).hexdigest()
    assert any_host.run(f"set -uf\n{script}\n").out.splitlines() == [
        f"p {password}  {path}",
        f"n {lines} {path}",
    ]


def test_a_password_as_json(any_host: Host) -> None:
    path = any_host.place / "key"
    path.write_text('it\'s "so" \\ $x\n', encoding="utf-8")
    script = (
        values(json_matters="yes")
        + text("describe.sh")
        + words("describe_password", path, "cat", path)
    )
    expected = sha256(json.dumps('it\'s "so" \\ $x').encode()).hexdigest()
    assert f"j {expected}  {path}" in any_host.run(f"set -uf\n{script}\n").out.splitlines()


# In a container, for which this machine stands here


def inside(*arguments: object, data: str = "") -> str:
    return shell.script("inside.sh", *arguments, data=data)


def test_what_redis_container_sees(any_host: Host) -> None:
    data, acl = any_host.place / "it's data", any_host.place / "the acl"
    data.mkdir(mode=0o750)
    acl.write_text("user default off\nsecret\nuser clerk on >hunter2\n", encoding="utf-8")
    any_host.stack(str(any_host.place), "cache", "web")
    stack = in_directory(any_host.place, secrets=())
    redis = replace(stack.servers[0], directory=str(data), acl_file=str(acl))
    any_host.answer("docker-compose-json", json.dumps({"name": "shop", "services": {}}, indent=2))
    done = looked(any_host, replace(stack, components=(redis, *stack.clients))).both
    ((*call, script),) = done.of("docker", "exec")
    any_host.tool("redis-cli", "#!/bin/sh\ncat\n")
    given = "".join(f"export {word}\n" for word in map(shlex.quote, call) if "=" in word)
    said = "@ask\nPING\nINFO\n"
    shown = any_host.run(f"{given}set -- /proc/$$\n{script}", stdin=said).out.splitlines()
    assert shown[-3:] == ["r", "PING", "INFO"]
    assert "hunter2" not in "".join(shown)
    seen = samples.parsed(samples.replaced("redis redis", shown, 0))
    assert isinstance(seen, Look)
    inside = seen.inside("redis")
    assert isinstance(inside, Inside)
    assert inside.uid == os.geteuid()
    assert inside.groups >= {os.getegid(), *os.getgroups()}
    about = data.stat()
    assert inside.data == File(
        str(data), "directory", about.st_uid, about.st_gid, 0o750, about.st_ino, about.st_size
    )
    assert inside.files[str(acl)].acl == ("user default off", "?", "user clerk on >(hidden)")


def test_a_data_directory_that_is_not_there(any_host: Host) -> None:
    script = inside("/proc/self", data=str(any_host.place / "nowhere"))
    shown = any_host.run(script).out.splitlines()
    seen = samples.parsed(samples.replaced("redis redis", [*shown, "r", "Could not connect"], 0))
    assert isinstance(seen, Look)
    there = seen.inside("redis")
    assert isinstance(there, Inside)
    assert there.data is not None
    assert "No such file or directory" in (there.data.error or "")


def test_it_is_the_server_that_counts_and_not_what_it_forked_to_save(any_host: Host) -> None:
    """That one is gone in a moment, and what it saw with it."""
    processes = {"1": ("tini", 0), "20": ("redis-server", 1), "3": ("redis-server", 20)}
    for number, (name, parent) in processes.items():
        process = any_host.place / "proc" / number
        process.mkdir(parents=True)
        (process / "comm").write_text(f"{name}\n")
        (process / "status").write_text(f"Name:\t{name}\nPPid:\t{parent}\nUid:\t9\t9\t9\t9\n")
        (process / "mountinfo").write_text("")
    script = inside("", "", any_host.place / "proc")
    done = any_host.run(f'{script}\necho "${{main##*/}}"')
    assert done.out.splitlines() == ["u 9  ", "b redis-server", "20"], done


@pytest.mark.parametrize("gone", ["status", "mountinfo"])
def test_what_is_half_reported_is_not_taken_for_the_whole(any_host: Host, gone: str) -> None:
    """The process went away between one file and the next."""
    process = any_host.place / "process"
    process.mkdir()
    for name in ("status", "mountinfo"):
        if name != gone:
            shutil.copy(f"/proc/self/{name}", process)
    done = any_host.run(f"{inside(process)}\necho r")
    assert done.code == 1
    seen = samples.parsed(samples.replaced("redis redis", done.out.splitlines(), done.code))
    assert isinstance(seen, Look)
    assert isinstance(seen.inside("redis"), Unknown)
    assert isinstance(seen.server("redis"), Unknown)
