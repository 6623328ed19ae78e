"""What an inventory may say, and what becomes of it."""

from __future__ import annotations

import copy
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from declarations import problems, redis, stack, user

from pyinfra_runbooks import settings
from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.settings import (
    Api,
    Compose,
    Disruption,
    HttpCheck,
    Secret,
    Service,
    Timeouts,
    projects_from_host_data,
    run_policy,
    stacks_from_host_data,
)

# What is valid


def test_a_stack_says_the_least_that_it_can() -> None:
    reported = stack()
    assert reported.clients == (Api("api"),)
    assert reported.services == ()
    assert reported.servers[0].acl_file == "/run/secrets/redis_users_acl"
    assert (reported.max_disruption, reported.cap) == (None, Disruption.RECREATE)
    assert reported.extra_networks == "report"
    assert reported.timeouts == Timeouts(
        look=30, ready=30, save=120, stop=30, recover=5, reconnect=40, healthy=60, successes=3
    )


def test_services_are_named_or_described() -> None:
    reported = stack(services=["api", "redis", Service("postgres", port=5432)])
    assert [service.name for service in reported.services] == ["api", "redis", "postgres"]
    assert reported.port_of("postgres") == 5432
    assert reported.port_of("api") is None


@pytest.mark.parametrize(
    ("services", "host", "expected"),
    [
        (("api", "redis"), "api", True),
        (("api", "redis"), "localhost", False),
        (("api", "redis"), "qdrant", False),
        ((), "qdrant", True),
        ((), "localhost", False),
        ((), "example.com", False),
        ((), "::1", False),
    ],
)
def test_which_hosts_of_urls_are_services(
    services: tuple[str, ...], host: str, expected: bool
) -> None:
    assert stack(services=services).is_service(host) is expected


def test_paths_start_at_the_project() -> None:
    compose = Compose("/srv/app/")
    assert compose.directory == "/srv/app"
    assert compose.path("secrets/redis.txt") == "/srv/app/secrets/redis.txt"
    assert compose.path("/etc/redis.txt") == "/etc/redis.txt"


def test_the_first_user_asks_where_none_is_named() -> None:
    reported = redis(users=(user("app"), user("ops")))
    assert reported.user(reported.admin) == user("app")
    assert reported.user("ops") == user("ops")


@pytest.mark.parametrize("mode", [0o440, "0440", "440", "0o440"])
def test_modes_are_numbers_or_octal_digits(mode: Any) -> None:
    assert Secret("redis_password", mode=mode).mode == 0o440


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o444, 0o600, 0o640, 0o644, 0o660, 0o700, 0o750])
def test_every_usual_mode_is_taken_and_its_digits_without_0o_are_not(mode: int) -> None:
    assert Secret("redis_password", mode=mode).mode == mode
    digits = int(f"{mode:o}")
    assert problems(lambda: Secret("redis_password", mode=digits)) == [
        "Secret.mode: expected file permissions such as 0o400,"
        f" got {digits} (did you mean 0o{digits}?)"
    ]


def test_a_check_knows_where_it_goes() -> None:
    check = HttpCheck("https://Example.com/health", non_empty="data.token")
    assert (check.host, check.port) == ("example.com", 443)
    assert HttpCheck("http://api:8000/", expect={}).port == 8000


@pytest.mark.parametrize("cap", list(Disruption))
def test_disruptions_are_given_by_name(cap: Disruption) -> None:
    assert stack(max_disruption=cap.value).max_disruption is cap
    assert f"{cap}" == cap.to_json() == cap.value


def test_disruptions_are_ordered() -> None:
    none, reconnect, restart, recreate = Disruption
    assert none < reconnect < restart < recreate
    assert recreate >= recreate > restart
    assert max(Disruption) is recreate
    with pytest.raises(TypeError):
        none < "restart"  # noqa: B015


def test_settings_are_frozen_and_copied_as_host_data_does() -> None:
    reported = stack(health=(HttpCheck("http://api/", expect={"status": "ok"}),))
    assert copy.copy(reported) == reported
    assert replace(reported, network="app_net").network == "app_net"
    with pytest.raises(FrozenInstanceError):
        reported.network = "other"  # type: ignore[misc]


def test_exported_names() -> None:
    assert sorted(settings.__all__) == settings.__all__
    assert all(hasattr(settings, name) for name in settings.__all__)


# What a host's data says


def test_the_stack_of_a_host() -> None:
    reported = stack(max_disruption="restart")
    assert stacks_from_host_data({"stack": reported}) == (reported,)


@pytest.mark.parametrize("several", [list, tuple])
def test_the_stacks_of_a_host(several: type) -> None:
    shop, blog = stack(compose=Compose("/srv/shop")), stack(compose=Compose("/srv/blog"))
    assert stacks_from_host_data({"stack": several((shop, blog))}) == (shop, blog)
    assert projects_from_host_data({"stack": several((shop, blog))}) == (shop, blog)
    with pytest.raises(SettingsError, match="expected each directory once, got '/srv/shop' twice"):
        stacks_from_host_data({"stack": several((shop, blog, shop))})


@pytest.mark.parametrize("cap", list(Disruption))
def test_the_cap_is_overruled_for_one_run(cap: Disruption) -> None:
    assert run_policy(stack(), {"max_disruption": cap.value}).cap is cap
    assert run_policy(stack(max_disruption=cap)).cap is cap


@pytest.mark.parametrize("value", [True, "true"])
def test_a_run_says_that_no_person_is_there(value: object) -> None:
    assert run_policy(stack(), {"unattended": value}).unattended
    assert not run_policy(stack(), {"unattended": "false"}).unattended
    assert not run_policy(stack()).unattended


def test_a_run_says_that_data_may_go() -> None:
    assert run_policy(stack(), {"allow_data_loss": "cache, queue"}).allow_data_loss == {
        "cache",
        "queue",
    }
    assert run_policy(stack()).allow_data_loss == frozenset()
    for wrong in (",", "a,,b", True, 1):
        with pytest.raises(SettingsError, match="allow_data_loss: expected the names of services"):
            run_policy(stack(), {"allow_data_loss": wrong})
    with pytest.raises(SettingsError, match="--data allow_data_loss=SERVICE"):
        run_policy(stack(), {"unsaved": "accept"})


@pytest.mark.parametrize(("cap", "shown"), [("all", "'all'"), (3, "3"), (["restart"], "a list")])
def test_a_cap_that_is_none(cap: object, shown: str) -> None:
    with pytest.raises(SettingsError) as raised:
        run_policy(stack(), {"max_disruption": cap})
    assert str(raised.value) == (
        "max_disruption: expected one of none, reconnect, restart, recreate,"
        f" got {shown}: give it as --data max_disruption=..."
    )


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({}, "none"),
        ({"stack": {"compose": "/srv/app"}}, "a dict"),
        ({"stack": ()}, "none"),
        ({"stack": [None]}, "none"),
        ({"stack": [5]}, "5"),
    ],
)
def test_a_host_without_a_stack(data: dict[str, Any], shown: str) -> None:
    with pytest.raises(SettingsError) as raised:
        stacks_from_host_data(data)
    assert str(raised.value) == (
        f"stack: expected a Stack in the host's data, got {shown}: declare `stack = Stack(...)` in"
        " group_data/GROUP.py beside the inventory, where GROUP is a group of the host or the"
        " inventory's name"
    )


def test_a_project_is_enough_for_who_asks_for_no_more() -> None:
    assert projects_from_host_data({"project": "/srv/shop"}) == (Compose("/srv/shop"),)
    known = Compose("/srv/shop", name="shop")
    assert projects_from_host_data({"project": known}) == (known,)
    for data, words in (
        ({}, "--data project=/srv/app; got neither"),
        ({"project": "shop"}, "project: expected the directory of a Compose project"),
        ({"stack": "shop"}, "expected a Stack"),
    ):
        with pytest.raises(SettingsError, match=words):
            projects_from_host_data(data)
