"""Whose engine a look is at."""

from __future__ import annotations

import pytest
from hosts import Host, in_directory
from prepared import looked, prepare, target

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look


@pytest.mark.parametrize(
    ("sets", "says"),
    [
        ("DOCKER_HOST=tcp://10.0.0.7:2376", "not this host's own (tcp://10.0.0.7:2376)"),
        ("DOCKER_HOST=ssh://elsewhere", "not this host's own (ssh://elsewhere)"),
        ("DOCKER_HOST=unix:///run/user/1000/docker.sock", "a rootless one"),
        ("DOCKER_HOST=unix:///run/podman/podman.sock", "Podman (unix:///run/podman/podman.sock)"),
        ("DOCKER_HOST=unix:///run/user/1000/podman/podman.sock", "Podman"),
        ("DOCKER_CONTEXT=far", "not this host's own (tcp://far:2376)"),
        ("DOCKER_HOST=unix:///run/docker.sock", None),
        ("DOCKER_CONTEXT=default", None),
    ],
)
def test_an_engine_that_is_not_this_hosts(any_host: Host, sets: str, says: str | None) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    any_host.answer("docker-context", "tcp://far:2376\n")
    seen = looked(any_host, stack, changed=lambda script: f"export {sets}\n{script}").seen
    if says is None:
        assert isinstance(seen, Look), seen
    else:
        assert isinstance(seen, Unknown)
        assert "not supported" in seen.reason
        assert says in seen.reason


def test_a_context_that_was_chosen_for_good(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    (any_host.place / "docker" / "config.json").write_text('{"auths":{},"currentContext":"far"}')
    any_host.answer("docker-context", "tcp://far:2376\n")
    seen = looked(any_host, stack).seen
    assert isinstance(seen, Unknown)
    assert "tcp://far:2376" in seen.reason


ENGINE = 'printf "%s|%s\\n" "$socket" "$foreign"\n'


@pytest.mark.parametrize(
    ("sets", "socket"),
    [
        ("DOCKER_HOST=", "/var/run/docker.sock"),
        ("DOCKER_HOST=unix:///run/other.sock", "/run/other.sock"),
        ("DOCKER_CONTEXT=other", "/run/context.sock"),
        ("DOCKER_CONTEXT=other DOCKER_HOST=unix:///run/other.sock", "/run/other.sock"),
    ],
)
def test_docker_and_what_asks_its_socket_mean_one_engine(
    any_host: Host, sets: str, socket: str
) -> None:
    """As docker itself decides: DOCKER_HOST, then the context."""
    any_host.answer("docker-context", "unix:///run/context.sock\n")
    done = any_host.run(f"export {sets}\n{target(in_directory(any_host.place))}{ENGINE}")
    assert done.out == f"{socket}|\n"


@pytest.mark.parametrize(
    ("context", "socket"),
    [("unix:///run/root.sock", "/run/root.sock"), ("ssh://elsewhere", ""), ("", "")],
    ids=["its own", "another host's", "not shown"],
)
def test_docker_by_sudo_is_roots(any_host: Host, context: str, socket: str) -> None:
    """Root has a context of its own, whatever this user has chosen."""
    any_host.tool(
        "sudo",
        """#!/bin/sh
        case $* in '-n -l '*sh) exit 1 ;; '-n -l '*) exit 0 ;; esac
        shift
        exec "$@"
        """,
    )
    any_host.answer("docker-context", f"{context}\n")
    script = target(in_directory(any_host.place))
    assert script.count("/var/run/docker.sock") == 2
    script = script.replace("[ -w /var/run/docker.sock ]", "false")
    done = any_host.run(f"{script}{ENGINE}docker version; echo $?")
    assert done.of("docker", "context") == [
        ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    ]
    if socket:
        assert done.out == f"{socket}|\n0\n"
    else:
        assert f"not supported: this user's Docker is not this host's own ({context})" in done.out
        assert done.out.endswith("\n1\n")
        assert done.of("docker", "ps") == []


def test_what_is_said_of_an_engine_holds_no_password(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    far = "export DOCKER_HOST=ssh://ann:hunter2@far\n"
    done = looked(any_host, stack, changed=lambda script: far + script).both
    assert "(ssh://far)" in done.out
    assert "hunter2" not in done.out + done.err
    assert done.of("docker") == done.of("docker-compose") == []
