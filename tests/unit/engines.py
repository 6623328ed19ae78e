"""An engine that may read and write what the test's scripts may not, with all its ways to fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hosts import Host

# Root may read everything: tests that it runs have their scripts run as another user.
_USER = 65534
_AS_USER = ("setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "--")
IS_ROOT = os.geteuid() == 0

# Containers are files that hold the path of what is mounted. What the script may not touch, this
# engine may, since it is the owner: it takes the right and gives it back.
_ENGINE = r"""#!/bin/sh
engine=@PLACE@/engine
printf '%s\n' "$*" | tr '\n' ' ' >>"$engine/words"
echo >>"$engine/words"
fails() { [ -e "$engine/$1" ]; }
allowed() {
    above=$(dirname "$source") mode_above=$(stat -c %a "$(dirname "$source")")
    chmod u+rwx "$above"
    mode=$(stat -L -c %a "$source" 2>/dev/null)
    [ -z "$mode" ] || chmod u+rwX "$source"
    given=$(stat -L -c %a "$source" 2>/dev/null)
    "$@"
    result=$?
    # Unless it was given another mode meanwhile.
    [ -z "$mode" ] || [ "$(stat -L -c %a "$source")" != "$given" ] || chmod "$mode" "$source"
    chmod "$mode_above" "$above"
    return "$result"
}
mounted() {
    source=
    for word in "$@"; do
        case $word in
            *type=bind,\"src=*)
                source=${word#*\"src=}
                source=$(printf '%s' "${source%%\",*}" | sed 's/""/"/g'; echo .)
                source=${source%.}
                ;;
            --volume=*) source=${word#--volume=} source=${source%%:*} ;;
        esac
    done
}
packed() {
    rm -rf "$engine/packed"
    mkdir "$engine/packed"
    cp -rpL -- "$source" "$engine/packed/file"
    tar -C "$engine/packed" -cf - file
    rm -rf "$engine/packed"
}
verb=$1
for word in "$@"; do last=$word; done
fails "hang-$verb" && exec sleep 60
fails "silent-$verb" && exit 0
fails "error-$verb" && { echo 'Error response from daemon: no' >&2; exit 1; }
case $verb in
    image) echo sha256:0123 ;;
    create)
        mounted "$@"
        allowed [ -e "$source" ] || {
            echo 'Error response from daemon: invalid mount config for type "bind":' \
                "bind source path does not exist: $source" >&2
            exit 1
        }
        id=$(printf '%s%s' "$$" "$source" | sha256sum | cut -c 1-64)
        printf '%s' "$source" >"$engine/container-$id"
        fails warning && echo 'WARNING: something' >&2
        echo "$id"
        ;;
    cp)
        id=${2%%:*}
        source=$(cat "$engine/container-$id"; echo .)
        source=${source%.}
        if fails cut; then allowed packed | head -c "$(cat "$engine/cut")"; else allowed packed; fi
        ;;
    rm) rm -f "$engine/container-$last" ;;
    ps) case "$*" in *RunningFor*) cat "$engine/left" 2>/dev/null ;; esac ;;
    run)
        mounted "$@"
        while [ "$1" != -c ]; do shift; done
        if fails cut-run; then
            head -c "$(cat "$engine/cut-run")" | allowed sh "$@"
        else
            allowed sh "$@"
        fi
        ;;
    inspect) echo sha256:4567 ;;
esac
"""


class Engine:
    """Stands in for a host's ``docker``."""

    def __init__(self, host: Host) -> None:
        self.place = host.place / "engine"
        self.place.mkdir(exist_ok=True)
        given(self.place)
        host.tool("docker", _ENGINE.replace("@PLACE@", str(host.place)))

    def fails(self, how: str, value: object = "") -> None:
        """``silent-cp``, ``error-create``, ``hang-run``; ``cut`` after so many bytes."""
        (self.place / how).write_text(str(value), encoding="utf-8")

    def calls(self, verb: str) -> list[str]:
        """Its calls with this verb, each as a line."""
        words = self.place / "words"
        shown = words.read_text(encoding="utf-8").splitlines() if words.exists() else []
        return [line for line in shown if line.split(" ")[0] == verb]

    @property
    def containers(self) -> list[Path]:
        """What was made and not removed."""
        return list(self.place.glob("container-*"))


@contextmanager
def users_host(shell: tuple[str, ...]) -> Iterator[Host]:
    """A host whose scripts may do nothing that any user may not."""
    with TemporaryDirectory() as place:
        given(Path(place))
        yield Host(Path(place), (*_AS_USER, *shell) if IS_ROOT else shell)


def given(path: Path) -> Path:
    """A file or directory that belongs to the scripts' user, and so to the engine."""
    if IS_ROOT:
        os.chown(path, _USER, _USER)
    return path


@contextmanager
def unreadable(path: Path, mode: int = 0) -> Iterator[Path]:
    """A file or directory that the scripts' user may not use."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield path
    finally:
        path.chmod(before)
