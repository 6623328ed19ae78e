"""Undoing what faults did to a host itself: mounts, volumes, images, files, its engine.

Everything is looked for, whatever was broken; nothing here asks what that was. What could keep
Redis from saving is undone before anything is stopped.
"""

from __future__ import annotations

from contextlib import suppress

from .aside import (
    ADDED,
    CHANGED,
    DATA,
    ENGINE,
    FLUSHED,
    HEARD,
    IMAGES,
    MOVED,
    OTHER_SUBNET,
    SAVED,
    SECOND,
    SECOND_PROJECT,
    SMALL,
    SUBNET,
    SWARM,
    UPLOADED,
    WRITING,
)
from .console import LabError, step
from .hosts import API, DIRECTORY, NETWORK, PROJECT, REDIS, Host

_LABEL = "com.docker.compose"

_RUNS_AND_SAVES = f"""
pgrep -x dockerd >/dev/null || lab-dockerd
for id in $(docker ps --quiet --filter status=paused); do docker unpause "$id"; done
pid=$(docker inspect --format '{{{{.State.Pid}}}}' {API} 2>/dev/null) || pid=0
[ "${{pid:-0}}" = 0 ] || kill -CONT "$pid"
[ ! -d $files/dump.rdb ] || rmdir $files/dump.rdb
rm -f $files/core $files/core2
"""

_VOLUME = f"""
if mountpoint -q $files; then
    docker stop --time 30 {REDIS} || :
    rm -rf {SAVED}
    cp -a $files {SAVED}
    umount $files || umount -l $files
    cp -a {SAVED}/. $files/
    umount {SMALL} || umount -l {SMALL}
    rm -rf {SAVED} {SMALL}
fi
if [ -d {DATA} ]; then
    for id in $(docker ps --all --quiet --filter volume=$volume); do
        docker stop --time 30 "$id" && docker rm "$id"
    done
    docker volume create --label {_LABEL}.project={PROJECT} \\
        --label {_LABEL}.volume=${{volume#*{PROJECT}_}} $volume
    find $files -mindepth 1 -delete
    cp -a {DATA}/. $files/
    rm -rf {DATA}
fi
"""

_IMAGES = f"""
for aside in $(docker images --format '{{{{.Repository}}}}:{{{{.Tag}}}}' '{IMAGES}/*/*'); do
    docker tag "$aside" "${{aside#{IMAGES}/}}"
    docker rmi "$aside"
done
"""

_FILES = f"""
! mountpoint -q {DIRECTORY}/secrets || umount -l {DIRECTORY}/secrets
rm -f {MOVED} {ADDED} {DIRECTORY}/*.right {DIRECTORY}/*.new {DIRECTORY}/secrets/*.new
rm -f {DIRECTORY}/secrets/next {DIRECTORY}/secrets/core
for file in {DIRECTORY}/secrets/*_password.txt; do
    if [ -f "$file" ] && [ "$(wc -l <"$file")" != 1 ]; then
        first=$(head -n 1 "$file")
        printf '%s\\n' "$first" >"$file"
    fi
done
"""

_OTHERS = f"""
rm -rf {HEARD} {WRITING}
! docker diff {API} 2>/dev/null | grep -qxF 'A {UPLOADED}' || docker rm --force {API}
if [ -d {SECOND} ]; then
    ids=$(docker ps --all --quiet --filter label={_LABEL}.project={SECOND_PROJECT})
    [ -z "$ids" ] || docker rm --force $ids
    docker volume rm --force {SECOND_PROJECT}_redis_data
    rm -rf {SECOND}
fi
if docker network inspect {NETWORK} 2>/dev/null |
    grep -qF -e '"{SUBNET}"' -e '"{OTHER_SUBNET}"'; then
    for id in $(docker ps --all --quiet --filter network={NETWORK}); do
        # One that is declared there is listed, too, though it is not on it.
        docker network disconnect --force {NETWORK} "$id" || :
    done
    docker network rm {NETWORK}
fi
"""

# Containers that were made while their output was handed on can't be started without a receiver.
_HANDED_ON = f"""set -eu
for id in $(docker ps --all --quiet); do
    driver=$(docker inspect --format '{{{{.HostConfig.LogConfig.Type}}}}' "$id")
    [ "$driver" = json-file ] || {{ docker stop --time 30 "$id" && docker rm "$id"; }}
done
rm {ENGINE}.right
"""


def undo(host: Host) -> None:
    """Bring the host itself back to what it was; containers and the project are left alone."""
    if host.run(f"[ ! -e {ENGINE}.right ] || {{ cp {ENGINE}.right {ENGINE} && echo changed; }}"):
        with step(f"{host.name}: restart dockerd, whose configuration was another one"):
            restart_engine(host)
            host.run(_HANDED_ON)
    its = f"volume={host.volume} files={host.files}"
    host.run("\n".join(("set -eu", its, _RUNS_AND_SAVES, _VOLUME, _IMAGES, _FILES, _OTHERS)))
    if host.run(f"[ ! -e {SWARM} ] || docker swarm leave --force"):
        with step(f"{host.name}: restart dockerd, which resolves no names after a swarm"):
            restart_engine(host)
    if host.run(f"[ ! -e {FLUSHED} ] || echo flushed"):
        with step(f"{host.name}: restart dockerd, whose rules of iptables are gone"):
            restart_engine(host)
            host.run(f"rm -f {FLUSHED}")


def sweep(host: Host) -> None:
    """Remove what nothing needs any more, once the stack is as it was."""
    host.run(
        f"docker volume prune --force; docker image prune --force --filter label={CHANGED}",
    )


def restart_engine(host: Host) -> None:
    """Stop the host's engine, its containers with it, and start it again."""
    with suppress(LabError):
        host.docker().close()  # its connections will be of no use
    host.run("pkill -x dockerd; while pgrep -x dockerd >/dev/null; do sleep 0.1; done; lab-dockerd")
