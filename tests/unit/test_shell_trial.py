"""trial.sh: the very server that runs there is tried, and a trial's own failure is no verdict."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hosts import Host, in_directory
from prepared import target

from pyinfra_runbooks.engine.shell import text, values

TAKEN = "Fatal error loading the DB: Wrong signature trying to load DB"
# Runs on this host what it is to run in the container.
_DOCKER = """#!/bin/sh
case "$1 $2" in
    run*)
        refuses="@REFUSES@"
        if [ -n "$refuses" ]; then
            cat >/dev/null
            echo "docker: Error response from daemon: $refuses"
            exit 125
        fi
        while [ "$1" != -c ]; do shift; done
        shift
        script=$(printf '%s' "$1" | sed 's#/tmp/#@PLACE@/scratch/#g')
        shift
        PATH=@PLACE@/image:@PROGRAMS@ exec sh -c "$script" "$@"
        ;;
    'image inspect') printf '%s\\n' '@BROUGHT@' ;;
    inspect*) printf '%s\\n' '@COMMAND@' ;;
esac
"""
_SERVER = """#!/bin/sh
printf '%s\\n' "${0##*/} $*" >"@PLACE@/served"
case $1 in */trial.conf) cp "$1" "@PLACE@/read" ;; esac
cat "@PLACE@/says"
"""


@cache
def programs() -> Path:
    """All that this machine has, but servers: an image has none that it does not bring."""
    there = Path(tempfile.mkdtemp(prefix="programs-"))
    atexit.register(shutil.rmtree, there)
    for directory in os.environ["PATH"].split(os.pathsep):
        for path in Path(directory).glob("*"):
            if not path.name.endswith("-server") and not (there / path.name).is_symlink():
                (there / path.name).symlink_to(path)
    return there


class Trial:
    """A host whose image has these servers, and what a trial there makes of it."""

    def __init__(self, host: Host, *servers: str, says: str = TAKEN, refuses: str = "") -> None:
        self.host, self.refuses = host, refuses
        for name in ("image", "scratch"):
            (host.place / name).mkdir()
        for name in servers:
            path = host.place / "image" / name
            path.write_text(_SERVER.replace("@PLACE@", str(host.place)), encoding="utf-8")
            path.chmod(0o755)
        (host.place / "says").write_text(f"{says}\n", encoding="utf-8")

    def run(
        self,
        *command: str,
        step: str = "restart",
        brought: tuple[str, ...] = ("docker-entrypoint.sh", "valkey-server"),
        declared: dict[str, object] | None = None,
        **named: str,
    ) -> tuple[int, list[str]]:
        """The exit code, and the lines that it printed.

        + command: the container's
        + brought: the image's
        + declared: what Compose declares of the service
        """
        script = _DOCKER.replace("@PLACE@", str(self.host.place)).replace("@REFUSES@", self.refuses)
        script = script.replace("@PROGRAMS@", str(programs()))
        for mark, words in (("@COMMAND@", command), ("@BROUGHT@", brought)):
            script = script.replace(mark, " ".join(json.dumps(word) for word in words))
        self.host.tool("docker", script)
        config = {"services": {"cache": declared or {}}}
        self.host.answer("docker-compose-json", json.dumps(config, indent=2))
        known = {"program": "", "conf": "", "data": "/data", **named}
        done = self.host.run(
            target(in_directory(self.host.place))
            + values(service="cache", step=step, image="example", id="1" * 64, mounts=(), **known)
            + "new_acl='user default off'\n"
            + text("trial.sh")
            + "try_acl 2>&1\n"
        )
        return done.code, done.out.splitlines()

    @property
    def served(self) -> str:
        """The server that was tried."""
        return (self.host.place / "served").read_text(encoding="utf-8").split()[0]

    @property
    def options(self) -> list[str]:
        """Its options."""
        return (self.host.place / "served").read_text(encoding="utf-8").split()[1:]


def test_of_two_servers_it_is_the_container_s_own(any_host: Host) -> None:
    trial = Trial(any_host, "redis-server", "valkey-server")
    assert trial.run("docker-entrypoint.sh", "valkey-server") == (0, ["=next rdb"])
    assert trial.served == "valkey-server"
    trial.run("sh", "-c", 'exec redis-server --aclfile "$ACL"')
    assert trial.served == "redis-server"
    # A script tells nothing; the process that runs there does.
    trial.run("/start.sh", program="valkey-server")
    assert trial.served == "valkey-server"


def test_an_acl_file_of_its_command_line_is_tried(any_host: Host) -> None:
    """Where that is mounted, and none is given that it is to have."""
    trial, acl = Trial(any_host, "redis-server"), any_host.place / "users.acl"
    acl.write_text("user default off\n", encoding="utf-8")
    for command in (("--aclfile", str(acl)), ("sh", "-c", f"redis-server --aclfile {acl}")):
        assert trial.run(*command, program="redis-server")[0] == 0
        assert f"--aclfile {acl}" in " ".join(trial.options)
        trial.run(*command, program="redis-server", acl_path="/srv/users.acl")
        assert "--aclfile /dev/stdin" in " ".join(trial.options)
    for path in ("/not/there.acl", "$ACL"):
        trial.run("sh", "-c", f"redis-server --aclfile {path}", program="redis-server")
        assert "--aclfile" not in trial.options


def test_a_new_command_of_options_alone_is_for_the_image_s_server(any_host: Host) -> None:
    trial = Trial(any_host, "redis-server", "valkey-server")
    shown = trial.run(step="recreate", declared={"command": ["--appendonly", "yes"]})
    assert shown == (0, ["=next rdb"])
    assert trial.served == "valkey-server"


def test_its_data_directory_need_not_be_in_the_image(any_host: Host) -> None:
    """A dir that is not there ends a server before it has read anything else."""
    conf = any_host.place / "cache.conf"
    conf.write_text("port 1\ndir /nowhere\n  Dir /there\nmaxmemory 1\n", encoding="utf-8")
    trial = Trial(any_host, "redis-server")
    assert trial.run("redis-server", str(conf)) == (
        0,
        ["=next rdb", "=dir /nowhere", "=dir /there", "=maxmemory 1"],
    )
    assert (any_host.place / "read").read_text() == "port 1\n\n\nmaxmemory 1\n"


def test_what_a_shell_makes_of_its_command_line_is_not_known(any_host: Host) -> None:
    trial = Trial(any_host, "redis-server")
    code, said = trial.run(
        "sh", "-c", "redis-server --MAXMEMORY $LIMIT --maxmemory-policy allkeys-lru"
    )
    assert (code, said) == (
        0,
        ["=next rdb", "=unknown --maxmemory", "=maxmemory-policy allkeys-lru"],
    )


def test_what_is_mounted_is_tried_where_the_command_names_no_file(any_host: Host) -> None:
    mounted, own = any_host.place / "mounted.conf", any_host.place / "own.conf"
    mounted.write_text("maxmemory 1\n")
    own.write_text("maxmemory 2\n")
    trial = Trial(any_host, "redis-server")
    trial.run("/start.sh", conf=str(mounted))
    assert (any_host.place / "read").read_text() == "maxmemory 1\n"
    trial.run("redis-server", str(own), conf=str(mounted))
    assert (any_host.place / "read").read_text() == "maxmemory 2\n"


@pytest.mark.parametrize(
    ("says", "code", "shown"),
    [
        (TAKEN, 0, "=next rdb"),
        ("Bad file format reading the append-only file", 0, "=next aof"),
        ("ACL errors detected in the file: /dev/stdin:1", 1, "Redis refuses the new ACL: "),
        (
            "*** FATAL CONFIG FILE ERROR (Redis 8) ***\n>>> 'nonsense yes'\nBad directive",
            1,
            "its ACL and configuration were tried, and it does not start: ",
        ),
        (
            "*** FATAL CONFIG FILE ERROR (Redis 8) ***\n>>> 'dir /x'\nNo such file or directory",
            0,
            "=untried ",
        ),
        (
            "1:M 26 Nov 2026 21:47:44.073 # Unresolved Configuration(s) Detected:\n"
            "1:M 26 Nov 2026 21:47:44.073 # >>> 'nonsense hunter2'\naborting",
            0,
            "=untried ",
        ),
        ("Failed to load certificate", 0, "=untried Failed to load certificate"),
        ("", 0, "=untried it said nothing"),
    ],
)
def test_what_is_a_verdict(any_host: Host, says: str, code: int, shown: str) -> None:
    done, lines = Trial(any_host, "redis-server", says=says).run("redis-server")
    assert done == code
    assert lines[0].startswith(shown)
    assert "hunter2" not in "".join(lines)


def test_a_container_that_can_not_be_made_is_no_verdict(any_host: Host) -> None:
    done, lines = Trial(any_host, refuses="no sh in it").run("redis-server")
    assert (done, len(lines)) == (0, 1)
    assert lines[0].startswith("=untried docker: Error response from daemon: no sh in it")


def test_an_image_without_a_server_is_no_verdict(any_host: Host, tmp_path: Path) -> None:
    done, lines = Trial(any_host).run("/start.sh")
    assert (done, lines[0].partition(" ")[0]) == (0, "=untried")


def test_a_trial_that_hangs_leaves_no_container(any_host: Host) -> None:
    """A shell that is a container's first process is not ended by the signal that ends Docker."""
    any_host.tool(
        "docker",
        f"""#!/bin/sh
        printf '%s\\n' "$*" >>{any_host.place}/asked
        case $1 in run) exec sleep 9 ;; ps) echo 0123 ;; esac
        """,
    )
    stack = in_directory(any_host.place)
    script = f"{target(stack)}patience=1\n{text('trial.sh')}in_trial store -c x </dev/null\n"
    assert any_host.run(script).code in (124, 143)
    *_, ran, asked, removed = (any_host.place / "asked").read_text().splitlines()
    (label,) = (word for word in ran.split() if word.startswith("pyinfra-runbooks.helper="))
    assert f"--filter label={label}" in asked
    assert removed == "rm --force --volumes 0123"
