"""What the runbooks are not made for, on hosts: refused by its name, and left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

import pytest
import seen

from lab.console import wait_until
from lab.faults.common import recreate_without_secrets
from lab.hosts import HOSTS, PROJECT, REDIS, Host
from lab.runs import RECOVERY, Run, pyinfra

_SENTINEL = "printf 'port 6379' >/tmp/s.conf && exec redis-server /tmp/s.conf --sentinel"
COMPANY = {
    "it is a replica of 192.0.2.1": "redis-server --replicaof 192.0.2.1 6379",
    "it is a member of a cluster": "redis-server --cluster-enabled yes",
    "it is a Sentinel": f'sh -c "{_SENTINEL}"',
    "it has 1 replicas": "redis-server",
}


BOTH = [pytest.param(HOSTS[0], marks=pytest.mark.thorough), HOSTS[1]]


@pytest.fixture(params=BOTH, ids=lambda host: host.name)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    found: Host = request.param
    yield found
    seen.healed(found)


def refused(host: Host) -> Run:
    """A recovery that fails, and changes nothing."""
    before = seen.snapshot(host)
    run = pyinfra("-y", RECOVERY, "--limit", host.name)
    assert run.rc == 1, str(run)
    assert seen.changes(before, seen.snapshot(host)) == {}
    return run


@pytest.mark.parametrize(("reason", "command"), COMPANY.items(), ids=COMPANY)
def test_a_redis_that_others_depend_on_is_not_stopped(
    host: Host, reason: str, command: str
) -> None:
    """It lacks its secrets and would have to be recreated."""
    recreate_without_secrets(host, command=command)
    if "replicas" in reason:
        host.run(
            f"docker run --detach --name follower --network container:{REDIS} {host.redis.name}"
            " redis-server --port 7000 --replicaof 127.0.0.1 6379 --dir /tmp"
        )
        info = f"docker exec {REDIS} redis-cli INFO replication"
        wait_until(lambda: "state=online" in host.run(info, check=False), "a replica", timeout=20)
    assert reason in refused(host).text


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("tcp://192.0.2.1:2375", "this user's Docker is not this host's own"),
        ("ssh://docker.example.com", "this user's Docker is not this host's own"),
        ("unix:///run/user/1000/docker.sock", "this user's Docker is a rootless one"),
    ],
    ids=["tcp", "ssh", "rootless"],
)
def test_another_engine_than_the_hosts_own(host: Host, place: str, reason: str) -> None:
    """The user has chosen it, as people do: by a context."""
    user = "root" if host.rights == "sudo" else host.user
    as_user = f"su - {user} -c"
    host.run(
        f"{as_user} 'docker context create far --docker host={place} && docker context use far'"
    )
    try:
        assert f"not supported: {reason} ({place})" in refused(host).text
    finally:
        host.run(f"{as_user} 'docker context use default; docker context rm far; rm -r .docker'")


STACK = """
services:
  redis: {image: %s, command: redis-server --port 7000, networks: [outside]}
networks:
  outside: {external: true, name: host}
"""


@pytest.mark.thorough
def test_a_swarm_stack_is_left_to_swarm(host: Host) -> None:
    """One that bears the project's name; Redis would have to be recreated."""
    recreate_without_secrets(host)
    task = f"docker ps --quiet --filter label=com.docker.stack.namespace={PROJECT}"
    host.run(
        f"docker swarm init --advertise-addr 127.0.0.1; echo {quote(STACK % host.redis.name)} |"
        f" docker stack deploy --resolve-image never --compose-file - {PROJECT}"
    )
    wait_until(lambda: host.run(task), "a task of the stack", timeout=30)
    assert f"cannot judge: {PROJECT} runs as a Swarm stack" in refused(host).text
