"""What would go with a container that is made again: listed by its names, and never guessed."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hosts import Host

from pyinfra_runbooks.engine import shell

NAMELESS = "a1" * 32
ID = "f" * 64


def archive(*names: str, size: int = 9, whole: bool = True) -> bytes:
    """What `docker cp` sends of a directory; a name that ends with / is a directory."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name in names:
            member = tarfile.TarInfo(name.rstrip("/"))
            member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            member.size = 0 if name.endswith("/") else size
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    sent = made.getvalue()
    return sent if whole else sent[: 512 * len(names)]


def kept(host: Host, sent: bytes, mounts: str, written: str = "", diff: int = 0) -> tuple[int, str]:
    (host.place / "sent").write_bytes(sent)
    (host.place / "mounts").write_text(mounts)
    (host.place / "written").write_text(written)
    host.tool(
        "docker",
        f"""#!/bin/sh
        case "$*" in
            cp*) exec cat "{host.place}/sent" ;;
            *.Type*) cat "{host.place}/mounts" ;;
            *.Destination*) sed 's/.* //' "{host.place}/mounts" ;;
            diff*) cat "{host.place}/written"; exit {diff} ;;
        esac
        """,
    )
    names = ("common", "containers", "kept")
    scripts = "".join(shell.text(f"{name}.sh") for name in names)
    done = host.run(shell.values(patience=5) + scripts + f"kept_by {ID}\n")
    return done.code, done.out.strip()


VOLUME = f"volume {NAMELESS} /data\n"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (archive("data/"), ""),
        (archive("data/", "data/empty/"), ""),
        (archive("data/", "data/empty/", "data/renamed"), "/data/renamed"),
        (archive("data/", "data/.hidden", "data/b"), "/data/.hidden"),
        (archive("data/", "data/large", size=1 << 20), "/data/large"),
    ],
    ids=["nothing", "an empty directory", "a file below it", "a hidden file", "a large one"],
)
def test_what_is_in_a_volume_without_a_name(any_host: Host, sent: bytes, said: str) -> None:
    assert kept(any_host, sent, VOLUME) == (0, said)


@pytest.mark.parametrize(
    "sent",
    [b"", archive("data/", whole=False), archive("data/", *(f"data/{n}/" for n in range(200)))],
    ids=["silence", "cut short", "more than is read"],
)
def test_half_an_answer_is_none(any_host: Host, sent: bytes) -> None:
    assert kept(any_host, sent, VOLUME) == (1, "what is in /data could not be listed")


def test_what_has_a_name_stays(any_host: Host) -> None:
    named = "volume shop_cache /data\nbind  /etc/cache.conf\n"
    assert kept(any_host, archive("data/", "data/dump.rdb"), named) == (0, "")


def test_what_it_has_written_into_itself(any_host: Host) -> None:
    written = "C /store\nA /store/dump 1.rdb\nA /run/x\n"
    assert kept(any_host, b"", "", written) == (0, "/store/dump 1.rdb")


def test_an_engine_that_does_not_say(any_host: Host) -> None:
    code, said = kept(any_host, archive("data/"), VOLUME, diff=1)
    assert (code, said) == (1, "the engine does not say which files it has written")


# What the container itself sees of its directory


@pytest.mark.parametrize(
    ("makes", "said"),
    [
        ("", ""),
        ("mkdir empty", ""),
        (": >dump.rdb", "dump.rdb"),
        (": >.hidden", ".hidden"),
        (": >..odd", "..odd"),
        ("mkdir appendonlydir; : >appendonlydir/log", "appendonlydir"),
        ("mkdir -p deep/er", "deep"),
        ("ln -s nowhere link", "link"),
    ],
)
def test_the_first_thing_that_a_directory_holds(
    any_host: Host, tmp_path: Path, makes: str, said: str
) -> None:
    directory = tmp_path / "it's data"
    directory.mkdir()
    done = any_host.run(
        shell.values(there=directory)
        + shell.text("held.sh")
        + f'(cd "$there" && {makes or ":"})\nheld_in "$there"\n'
    )
    assert done.out == (f"{directory}/{said}" if said else "")
