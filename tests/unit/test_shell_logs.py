"""What a host tells of its containers' last words: each in its time, and no line of a log."""

from __future__ import annotations

import io
import shlex
import shutil
import tarfile
import time
from pathlib import Path

import pytest
from hosts import HOSTILE, Host

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.last_words import What, Words, parse
from pyinfra_runbooks.engine.shell import script

ID = "a" * 64
OTHER = "b" * 64
NEWER = "1:M 27 Nov 2026 15:20:14.913 # Can't handle RDB format version 12\n"
DUMP = b"REDIS0012\xfa\tredis-ver\x058.0.2\xfa\nredis-bits\xc0@\xfa\x05ctime\xc2"
VALKEY = b"REDIS0011\xfa\nvalkey-ver\x058.1.1\xfa\nredis-bits\xc0@"


def engine(host: Host, log: str, state: str = "false ", code: int = 0, slow: str = "") -> None:
    """An engine with these logs; what is kept of `docker cp` lies at its path."""
    (host.place / "log").write_text(log, encoding="utf-8")
    host.tool(
        "docker",
        f"""#!/bin/sh
        echo "$*" >>{host.place}/asked
        case "$*" in
            inspect*) printf '%s\\n' {shlex.quote(state)} ;;
            logs*{slow or "nobody"}*) exec sleep 60 ;;
            logs*) cat {host.place}/log >&2; exit {code} ;;
            cp*) cat "{host.place}/packed/$(printf %s "$2" | tr /: __)" ;;
        esac
        """,
    )


def packed(host: Host, path: str, content: bytes) -> None:
    """A file of a container, as `docker cp` sends it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        member = tarfile.TarInfo(Path(path).name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    there = host.place / "packed"
    there.mkdir(exist_ok=True)
    (there / f"{ID}:{path}".replace("/", "_").replace(":", "_")).write_bytes(made.getvalue())


def asked(host: Host, *containers: str, within: int = 5) -> dict[str, Words | Unknown | None]:
    """What is told of containers."""
    about = containers or (f"{ID}\t1800000000.000000\t/data",)
    text = script("ask_logs.sh", containers=about, names=("cache", "db"))
    done = host.run(text.replace("patience=10", f"patience={within}"))
    assert (done.code, done.err) == (0, "")
    return parse(done.out.splitlines())


def test_who_wrote_the_data_its_first_bytes_say(any_host: Host) -> None:
    engine(any_host, NEWER)
    packed(any_host, "/data/dump.rdb", DUMP)
    said = asked(any_host)
    assert said == {ID: Words(What.NEWER, {"format": "12", "writer": "Redis 8.0.2"})}
    logs = [line for line in (any_host.place / "asked").read_text().splitlines() if "logs" in line]
    assert logs == [f"logs --since 1800000000.000000 --tail 200 {ID}"]


def test_where_it_keeps_a_log_of_its_writes_the_base_file_says(any_host: Host) -> None:
    base = "appendonly.aof.1.base.rdb"
    engine(
        any_host, f"{NEWER}1:M 1 Jan 2026 1:1:1.1 # Error reading the RDB base file {base}, AOF\n"
    )
    packed(any_host, f"/srv/kept/appendonlydir/{base}", VALKEY)
    said = asked(any_host, f"{ID}\t-\t/etc/x.conf\t/srv/kept")
    assert said == {ID: Words(What.NEWER, {"format": "12", "base": base, "writer": "Valkey 8.1.1"})}


@pytest.mark.parametrize("content", [b"", b"REDIS0012\xfa\tredis-ver\x07hunter2", b"\0" * 5000])
def test_what_is_no_version_is_not_told(any_host: Host, content: bytes) -> None:
    engine(any_host, NEWER)
    packed(any_host, "/data/dump.rdb", content)
    assert asked(any_host) == {ID: Words(What.NEWER, {"format": "12"})}


def test_whom_the_kernel_killed_the_engine_says(any_host: Host) -> None:
    engine(any_host, NEWER, state="true ")
    assert asked(any_host) == {ID: Words(What.MEMORY, {"killed": "yes"})}


def test_what_can_t_be_executed_the_engine_says(any_host: Host) -> None:
    error = (
        'OCI runtime create failed: exec: "/start.sh": stat /start.sh: no such file or directory'
    )
    engine(any_host, "", state=f"false {error}: unknown")
    assert asked(any_host) == {ID: Words(What.PROGRAM, {"path": "/start.sh", "error": "not found"})}


def test_of_one_that_was_ended_from_outside_its_log_says_nothing(any_host: Host) -> None:
    engine(any_host, NEWER)
    assert asked(any_host, f"{ID}\tnone\t/data") == {ID: None}
    engine(any_host, NEWER, state="true ")
    assert asked(any_host, f"{ID}\tnone\t/data") == {ID: Words(What.MEMORY, {"killed": "yes"})}


def test_a_log_that_can_t_be_read_is_not_nothing(any_host: Host) -> None:
    engine(any_host, "Error response from daemon: configured logging driver\n", code=1)
    assert isinstance(asked(any_host)[ID], Unknown)


def test_an_engine_without_an_answer(any_host: Host) -> None:
    any_host.tool("docker", "#!/bin/sh\nexit 1\n")
    assert isinstance(asked(any_host)[ID], Unknown)


@pytest.mark.parametrize("log", ["", "hunter2\n", "=0\n", "no line's end", *HOSTILE])
def test_of_other_words_nothing_is_told(any_host: Host, log: str) -> None:
    engine(any_host, log)
    assert asked(any_host) == {ID: None}
    assert not any_host.canary


def test_the_end_of_a_long_log_counts(any_host: Host) -> None:
    engine(any_host, "x" * 3_000_000 + f"\n{NEWER}")
    assert asked(any_host) == {ID: Words(What.NEWER, {"format": "12"})}


def test_one_that_hangs_holds_up_no_other(any_host: Host) -> None:
    engine(any_host, NEWER, slow=OTHER[:12])
    began = time.monotonic()
    said = asked(any_host, f"{OTHER}\t-", f"{ID}\t-", within=1)
    assert time.monotonic() - began < 15
    assert isinstance(said[OTHER], Unknown)
    assert said[ID] == Words(What.NEWER, {"format": "12"})


def test_a_filter_that_takes_long_holds_nobody_up(any_host: Host) -> None:
    """A log may be written for it; then nothing is known of what it says."""
    engine(any_host, NEWER)
    awk = shutil.which("awk")
    any_host.tool(
        "awk",
        f"""#!/bin/sh
        case "$*" in *'FATAL CONFIG'*) exec sleep 60 ;; *) exec {awk} "$@" ;; esac
        """,
    )
    text = script("ask_logs.sh", containers=(f"{ID}\t-", f"{OTHER}\t-"), names=())
    began = time.monotonic()
    done = any_host.run(text.replace("file_patience=5", "file_patience=1"))
    assert time.monotonic() - began < 15
    said = parse(done.out.splitlines())
    assert isinstance(said[ID], Unknown)
    assert isinstance(said[OTHER], Unknown)
