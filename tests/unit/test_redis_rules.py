"""Whether Redis runs as declared: each drift alone, and the least that repairs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import mounts
import pytest
from interrupted import half_made
from looks import (
    BACK,
    FRONT,
    container,
    differing,
    inside,
    joined,
    locked_out,
    silent,
    stack,
    with_container,
    with_declared,
    with_file,
    with_inside,
    without,
    without_file,
)
from mounts import ACL, CONF, KEY, KEY_INSIDE, unmounted
from verdicts import (
    Drift,
    actions,
    assert_judged,
    assert_within_their_own_disruption,
    kinds,
    of_servers,
    steps,
    verdicts,
)

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.resolution import Refusal
from pyinfra_runbooks.engine.compose import DeclaredMount
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.files import File
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.mounts import file_mounts
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.packs.redis.steps import Step
from pyinfra_runbooks.settings import Redis, Secret, Stack

NONE, _, RESTART, RECREATE = Disruption


# What findings about Redis are about; a file is called as the container has it.
SUBJECTS = ("cache", "shop-cache-1", "4f5d6a61c70d_shop-cache-1", KEY_INSIDE)


def cache_mounts(look: Look) -> tuple[Mount, ...]:
    (cache,) = look.members("cache")
    return tuple(m for m in cache.mounts if m.kind == "volume")


DRIFT: Drift = {
    # Its container
    "stopped": (
        lambda look: with_container(look, "cache", status="exited", exit_code=137),
        [("redis-stopped", NONE)],
        Step.START,
    ),
    "created only": (
        lambda look: with_container(look, "cache", status="created"),
        [("redis-stopped", NONE)],
        Step.START,
    ),
    "paused": (
        lambda look: silent(with_container(look, "cache", status="paused")),
        [("redis-paused", NONE)],
        Step.UNPAUSE,
    ),
    "in a restart loop": (
        lambda look: with_container(look, "cache", status="restarting", restarts=9),
        [("redis-restart-loop", RESTART)],
        Step.RESTART,
    ),
    "dead": (
        lambda look: with_container(look, "cache", status="dead"),
        [("redis-state", "Refusal")],
        None,
    ),
    "removed": (lambda look: without(look, "cache"), [("redis-removed", NONE)], Step.RECREATE),
    "made by hand": (
        lambda look: with_container(look, "cache", project="", service=""),
        [("redis-by-hand", "Refusal")],
        None,
    ),
    "there twice": (
        lambda look: joined(look, container("cache", "shop-cache-2", {})),
        [("redis-several", "Refusal")],
        None,
    ),
    "beside what an interrupted Compose left": (
        lambda look: half_made(look, "cache"),
        [("redis-half-made", "Refusal")],
        None,
    ),
    "beside that, and another one": (
        lambda look: joined(half_made(look, "cache"), container("cache", "shop-cache-2", {})),
        [("redis-several", "Refusal")],
        None,
    ),
    "made from another configuration": (
        lambda look: differing(look, "cache", Difference("changed", "command")),
        [("config-differs", RECREATE)],
        Step.RECREATE,
    ),
    # Its mounts
    "without its configuration": (
        lambda look: unmounted(look, "cache", "/etc/cache.conf"),
        [("file-not-mounted", RECREATE)],
        Step.RECREATE,
    ),
    **{
        name: (change, [("secret-not-mounted", RECREATE)], Step.RECREATE)
        for name, change in mounts.of("cache", mounts.NOT_MOUNTED).items()
    },
    # What it sees of them
    **{
        name: (change, [("secret-stale", RESTART)], Step.RESTART)
        for name, change in mounts.of("cache", mounts.STALE).items()
    },
    "with an older secret that the host's user can't read": (
        lambda look: inside(with_file(look, KEY, sha256=None), KEY_INSIDE, inode=99),
        [("secret-stale", RESTART)],
        Step.RESTART,
    ),
    # Its data
    "and another container on its data": (
        lambda look: joined(
            without(look, "cache"),
            container("elsewhere", "thief", {}, project="other", mounts=cache_mounts(look)),
        ),
        [("redis-removed", "Refusal")],
        None,
    ),
    "stopped, and another container on its data": (
        lambda look: joined(
            with_container(look, "cache", status="exited"),
            container("elsewhere", "thief", {}, project="other", mounts=cache_mounts(look)),
        ),
        [("redis-stopped", "Refusal")],
        None,
    ),
    # What can't be known
    "silent": (
        silent,
        [("redis-silent", "Refusal")],
        None,
    ),
}


@pytest.mark.parametrize(("change", "expected", "step"), DRIFT.values(), ids=DRIFT)
def test_drift(
    look: Look,
    stack: Stack,
    change: Callable[[Look], Look],
    expected: list[tuple[str, object]],
    step: Step | None,
) -> None:
    assert_judged(list(of_servers(change(look), stack)), expected, step, *SUBJECTS)


def undeclared(look: Look, service: str) -> Look:
    """Compose, as it is asked, declares no such service."""
    services = {n: s for n, s in look.declared.services.items() if n != service}
    return replace(look, declared=replace(look.declared, services=services))


@pytest.mark.parametrize("service", ["cache", "web"])
def test_what_a_profile_has_is_named_as_that(look: Look, service: str) -> None:
    """It has a container, so the profile was given when the stack came up."""
    found = everything(undeclared(look, service), stack(services=()))
    (finding,) = (f for f in found if f.kind.id.endswith("-undeclared"))
    assert isinstance(finding.resolution, Refusal)
    assert "behind a profile" in finding.resolution.because
    assert "Compose(profiles=...)" in finding.resolution.instead
    assert f"shop-{service}-1 is there" in finding.evidence
    found = everything(without(undeclared(look, service), service), stack(services=()))
    (finding,) = (f for f in found if f.kind.id.endswith("-undeclared"))
    assert "profile" not in str(finding.resolution)


FINE: dict[str, Callable[[Look], Look]] = {
    "as declared": lambda look: look,
    "an older container's exit code": lambda look: with_container(look, "cache", exit_code=137),
    "another project's container of that service": lambda look: joined(
        look, container("cache", "other-cache-1", {}, project="other")
    ),
    "a one-off container": lambda look: joined(
        look, container("cache", "shop-cache-run-1", {}, oneoff=True)
    ),
    **mounts.of("cache", mounts.FINE),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_fine(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert verdicts(of_servers(change(look), stack)) == []


def test_an_undeclared_service_is_refused(look: Look) -> None:
    elsewhere = stack(redis=Redis(service="keydb", users=stack().servers[0].users), services=())
    assert verdicts(of_servers(look, elsewhere)) == [("redis-undeclared", "Refusal")]


def test_what_repairs_more_supersedes_what_repairs_less() -> None:
    assert "write" in Step.LOAD.supersedes
    assert {"write", "load", "start", "unpause"} <= Step.RESTART.supersedes
    assert Step.RESTART.supersedes < Step.RECREATE.supersedes
    assert "attach" in Step.RECREATE.supersedes


# Who may read a secret


@pytest.mark.parametrize(
    ("uid", "gid", "mode", "readable"),
    [
        (999, 0, 0o400, True),
        (999, 0, 0o044, False),
        (0, 999, 0o040, True),
        (0, 999, 0o404, False),
        (0, 0, 0o004, True),
        (0, 0, 0o440, False),
    ],
)
def test_unreadable(
    look: Look, stack: Stack, uid: int, gid: int, mode: int, readable: bool
) -> None:
    owned = inside(look, "/etc/cache.conf", uid=uid, gid=gid, mode=mode)
    found = of_servers(owned, stack)
    assert verdicts(found) == ([] if readable else [("secret-unreadable", "Refusal")])


def test_root_reads_everything(look: Look, stack: Stack) -> None:
    closed = with_inside(inside(look, "/etc/cache.conf", mode=0), uid=0)
    assert kinds(of_servers(closed, stack)) == []


def test_a_secret_with_a_declared_owner_is_left_to_the_rules_of_files(look: Look) -> None:
    closed = inside(look, KEY_INSIDE, uid=0, gid=0, mode=0o400)
    unnamed = stack(secrets=(Secret("cache_acl", owner=999),))
    assert kinds(of_servers(closed, stack())) == []
    assert kinds(of_servers(closed, unnamed)) == ["secret-unreadable"]


# What else is mounted alone


def test_file_mounts_are_files_of_the_host(look: Look) -> None:
    declared = (
        DeclaredMount("bind", CONF, "/etc/cache.conf"),
        DeclaredMount("bind", "/srv/shop/scripts", "/scripts"),
        DeclaredMount("bind", "/srv/shop/unseen", "/unseen"),
        DeclaredMount("volume", "shop_cache", "/data"),
        DeclaredMount("secret", KEY, KEY_INSIDE, "cache_password"),
        DeclaredMount("config", "/srv/shop/limits", "/limits", "limits"),
        DeclaredMount("secret", None, "/run/secrets/from_environment", "from_environment"),
    )
    there = with_file(
        with_declared(look, "cache", mounts=declared), "/srv/shop/scripts", kind="directory"
    )
    found = file_mounts(there, there.declared.services["cache"])
    assert [m.target for m in found] == ["/etc/cache.conf", KEY_INSIDE, "/limits"]


# Whether it comes to a new container


@pytest.mark.parametrize(
    ("change", "run", "expected"),
    [
        pytest.param(lambda look: look, {}, [], id="healthy"),
        pytest.param(lambda look: without(look, "cache"), {}, ["recreate cache"], id="removed"),
        pytest.param(lambda look: unmounted(look, "cache"), {}, ["recreate cache"], id="mount"),
        pytest.param(
            lambda look: unmounted(look, "cache"), {"max_disruption": "restart"}, [], id="capped"
        ),
        pytest.param(
            lambda look: unmounted(silent(look), "cache"),
            {},
            [],
            id="refused besides",
        ),
        pytest.param(locked_out, {}, [], id="nobody can log in"),
        pytest.param(
            locked_out, {"allow_data_loss": "cache"}, ["restart cache"], id="which is allowed"
        ),
    ],
)
def test_what_is_done_to_it(
    look: Look, change: Callable[[Look], Look], run: dict[str, str], expected: list[str]
) -> None:
    assert steps(change(look), stack(), **run) == expected


def test_every_remedy_is_within_a_cap_of_its_own_disruption() -> None:
    assert_within_their_own_disruption(of_servers, DRIFT)


def test_missing_tells_absence_from_other_errors() -> None:
    assert File("/x", error="No such file or directory").missing
    assert not File("/x", error="Permission denied").missing
    assert not File("/x").missing


# Nothing is stopped that would not start again


def test_what_the_host_has_no_more_is_not_mounted_again(look: Look, stack: Stack) -> None:
    """Docker mounts no directory over a file, and nothing that is not there."""
    older = inside(look, KEY_INSIDE, inode=99, sha256="0" * 64)
    assert actions(of_servers(older, stack)) == [Step.RESTART]
    for gone in (without_file(older, CONF), with_file(older, CONF, kind="directory", sha256=None)):
        (finding,) = [f for f in of_servers(gone, stack) if f.kind.id == "secret-stale"]
        assert isinstance(finding.resolution, Refusal)
        assert finding.resolution.because.endswith("cache would not start again")


def test_an_acl_file_that_is_gone_is_written_before(look: Look, stack: Stack) -> None:
    older = inside(without_file(look, ACL), KEY_INSIDE, inode=99, sha256="0" * 64)
    assert actions(of_servers(older, stack)) == [Step.RESTART, Step.WRITE]


def test_compose_is_not_asked_for_a_network_of_others(look: Look, stack: Stack) -> None:
    differs = differing(look, "cache", Difference("changed", "command"))
    external = replace(look.declared.networks[BACK], external=True)
    declared = replace(look.declared, networks={**look.declared.networks, BACK: external})
    gone = replace(differs, declared=declared, networks={FRONT: look.networks[FRONT]})
    (finding,) = of_servers(gone, stack)
    assert isinstance(finding.resolution, Refusal)
    assert f"docker network create {BACK}" in finding.resolution.instead
