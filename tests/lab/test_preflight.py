"""Before a deploy: a host on which nothing of the stack runs, with and without a fault."""

from __future__ import annotations

import re
from typing import Any

import pytest
import seen

from lab.faults.catalogue import FAULTS, break_host
from lab.hosts import DIRECTORY, NETWORK, PROJECT, Host
from lab.runs import Run, pyinfra

PREFLIGHT = "runbooks/preflight.py"
BY_PROJECT = ("--data", f"project={DIRECTORY}")

# The kind that has to be said first. What a fault does to containers goes with them.
FIRST = {
    "acl-file-empty": "acl-empty",
    "acl-file-unreadable": "file-unreadable",
    "acl-syntax-error": "acl-refused",
    "acl-comments": "acl-refused",
    "acl-stranger-broken": "acl-refused",
    "acl-is-directory": "file-is-directory",
    "password-is-directory": "file-is-directory",
    "password-extra-newline": "acl-unknown",
    "passwords-disagree": "acl-file",
    "secret-wrong-owner": "file-unreadable",
    "redis-conf-broken": "config-refused",
    "compose-invalid": "compose",
    "compose-moved": "compose",
    "env-missing": "compose",
    "image-untagged": "image-missing",
    "by-hand": "data-in-use",
    "port-taken": "port-taken",
}
# What only an inventory can tell is not wrong.
BY_INVENTORY = {"password-extra-newline", "passwords-disagree"}


def taken_down(host: Host, volumes: bool = False) -> None:
    """As `docker compose down` does; of a project that Compose may not resolve any more."""
    mine = f"--filter label=com.docker.compose.project={PROJECT}"
    host.run(
        f"""ids=$(docker ps --all --quiet {mine})
        [ -z "$ids" ] || docker stop --time 30 $ids
        [ -z "$ids" ] || docker rm $ids
        docker network rm {NETWORK} || :"""
    )
    if volumes:
        host.run(f"docker volume rm $(docker volume ls --quiet {mine})")


def preflight(host: Host, *data: str) -> Run:
    """It changes nothing, and leaves nothing."""
    before = _seen(host)
    run = pyinfra("-y", PREFLIGHT, "--limit", host.name, *data)
    assert seen.changes(before, _seen(host)) == {}, str(run)
    assert "Traceback" not in run.text, str(run)
    assert host.password() not in run.text if _has_password(host) else True
    return run


def _has_password(host: Host) -> bool:
    return bool(host.run(f"[ ! -f {DIRECTORY}/secrets/redis_password.txt ] || echo yes"))


def _seen(host: Host) -> dict[str, Any]:
    """`seen.snapshot` asks Redis, which is not there."""
    docker = host.docker()
    return {
        "containers": {c.name: (c.id, c.status) for c in docker.containers.list(all=True)},
        "networks": {n.name: n.id for n in docker.networks.list()},
        "volumes": sorted(v.name for v in docker.volumes.list()),
        "images": {i.id: sorted(i.tags) for i in docker.images.list()},
        "files": seen.files(host, DIRECTORY, "/tmp", "/home", "/root"),  # noqa: S108
    }


def first(run: Run, host: Host) -> str | None:
    """The kind that is said first."""
    kinds = (re.search(r"\[([a-z-]+)\]$", line) for line in run.said(host.name))
    return next((found[1] for found in kinds if found), None)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param((), id="inventory", marks=pytest.mark.thorough),
        pytest.param(BY_PROJECT, id="project"),
    ],
)
def test_a_host_is_ready_while_it_runs_and_after_it_was_taken_down(
    redis7: Host, redis8: Host, data: tuple[str, ...]
) -> None:
    for host in (redis7, redis8):
        run = preflight(host, *data)
        assert run.rc == 0, str(run)
        assert "ports that the stack itself has: 80, 443" in run.text, str(run)
        taken_down(host)
        run = preflight(host, *data)
        assert run.rc == 0, str(run)
        said = "\n".join(run.said(host.name))
        assert f"{PROJECT} is ready to come up" in said, str(run)
        assert "redis takes its configuration and its ACL" in said, str(run)
        assert f"redis, as 999, can use its data in volume {host.volume}" in said, str(run)
        assert "free ports: 80, 443" in said, str(run)


def test_a_host_on_which_nothing_is_there_yet(redis8: Host) -> None:
    """What comes up on it then is what was said."""
    taken_down(redis8, volumes=True)
    run = preflight(redis8)
    assert run.rc == 0, str(run)
    assert f"volume {redis8.volume} is new: redis begins without data" in run.text, str(run)
    redis8.run(f"cd {DIRECTORY} && docker compose up --detach --wait --wait-timeout 60")
    assert preflight(redis8).rc == 0


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(name, marks=[pytest.mark.thorough] * (n % 6 != 0))
        for n, name in enumerate(FIRST)
    ],
)
def test_a_fault_is_named_before_the_stack_comes_up(redis7: Host, fault: str) -> None:
    assert fault in FAULTS
    break_host(redis7, fault)
    taken_down(redis7)
    run = preflight(redis7)
    assert run.rc == 1, str(run)
    assert first(run, redis7) == FIRST[fault], str(run)
    # No more than the project is needed for that, unless it is an inventory's.
    run = preflight(redis7, *BY_PROJECT)
    assert run.rc == 1 or fault in BY_INVENTORY, str(run)
