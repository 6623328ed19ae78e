"""When it can't be judged whether a container is as Compose declares: then nothing is recreated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from looks import (
    differing,
    joined,
    stack,
    stranger,
    with_container,
    with_unset,
    without,
)
from mounts import unmounted
from verdicts import Rules, actions, of_clients, of_servers, verdicts

from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.files import several_files, usual_files
from pyinfra_runbooks.engine.rules.resolution import why_not_recreate
from pyinfra_runbooks.packs.redis.rules import redis
from pyinfra_runbooks.settings import Compose, Stack

COMMAND = Difference("changed", "command")
EXPORTED = Difference("changed", "command", "", ("LEVEL",))


def edited(look: Look) -> Look:
    """The compose file moved on since the stack came up."""
    for service in ("cache", "web", "db"):
        look = differing(look, service, Difference("changed", "restart"))
    return look


DOUBTFUL: dict[str, tuple[Callable[[Look], Look], Stack]] = {
    "the inventory names other files": (
        lambda look: look,
        stack(compose=Compose("/srv/shop", files=("compose.yml", "compose.prod.yml"))),
    ),
    "the inventory names the files in another order": (
        lambda look: with_everyone_from(look, "/srv/shop/a.yml", "/srv/shop/b.yml"),
        stack(compose=Compose("/srv/shop", files=("b.yml", "a.yml"))),
    ),
    "no container is as declared": (edited, stack()),
    "it is a Swarm stack": (
        lambda look: joined(look, stranger("shop_cache.1.x7", swarm="shop")),
        stack(),
    ),
}


def with_everyone_from(look: Look, *files: str) -> Look:
    for service in ("cache", "web", "db"):
        look = with_container(look, service, config_files=files)
    return look


@pytest.mark.parametrize(("change", "declared"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_in_doubt_nothing_is_recreated(
    look: Look, change: Callable[[Look], Look], declared: Stack
) -> None:
    doubtful = change(look)
    assert len(why_not_recreate(doubtful, declared)) == 1
    assert all(
        doubt.because.startswith("cannot judge") for doubt in why_not_recreate(doubtful, declared)
    )
    drifted = differing(doubtful, "cache", COMMAND)
    assert ("config-differs", "Refusal") in verdicts(of_servers(drifted, declared))
    assert actions(of_servers(drifted, declared)) == []
    unmounted = with_container(doubtful, "web", mounts=())
    assert verdicts(of_clients(unmounted, declared)) == [("api-not-mounted", "Refusal")]


@pytest.mark.parametrize(("change", "declared"), DOUBTFUL.values(), ids=DOUBTFUL)
@pytest.mark.parametrize(
    ("service", "rules"), [("cache", of_servers), ("web", of_clients)], ids=["redis", "api"]
)
def test_in_doubt_nothing_is_created(
    look: Look, change: Callable[[Look], Look], declared: Stack, service: str, rules: Rules
) -> None:
    gone = without(change(look), service)
    found = rules(gone, declared)
    assert [answer for _, answer in verdicts(found)] == ["Refusal"]


def test_where_a_variable_is_not_set_nothing_is_created(look: Look, stack: Stack) -> None:
    """A container that is there tells what it was set to, and one that is gone doesn't."""
    unset = with_unset(look, "TAG")
    for service, rules in (("cache", of_servers), ("web", of_clients)):
        found = rules(without(unset, service), stack)
        assert [answer for _, answer in verdicts(found)] == ["Refusal"]
    assert why_not_recreate(unset, stack, there=True) == []
    found = of_servers(unmounted(unset, "cache"), stack)
    assert actions(found) == [redis.Step.RECREATE]


SURE: dict[str, tuple[Callable[[Look], Look], Stack]] = {
    "as it came up": (lambda look: look, stack()),
    "one container was made from the files that the inventory names": (
        lambda look: with_container(
            with_everyone_from(look, "/srv/shop/test.yml"),
            "db",
            config_files=("/srv/shop/a.yml", "/srv/shop/b.yml"),
        ),
        stack(compose=Compose("/srv/shop", files=("a.yml", "b.yml"))),
    ),
    "as many from others as from those that the inventory names": (
        lambda look: with_container(
            without(look, "db"), "cache", config_files=("/srv/shop/test.yml",)
        ),
        stack(compose=Compose("/srv/shop", files=("test.yml",)), services=("cache", "web")),
    ),
    "the same files by their full paths": (
        lambda look: look,
        stack(compose=Compose("/srv/shop", files=("/srv/shop/compose.yml",))),
    ),
    "the same files by their names": (
        lambda look: look,
        stack(compose=Compose("/srv/shop", files=("compose.yml",))),
    ),
    "one container differs": (
        lambda look: differing(look, "db", COMMAND),
        stack(),
    ),
    "Compose was upgraded, and every hash is another": (
        lambda look: differing(differing(differing(look, "db"), "web"), "cache"),
        stack(),
    ),
    "all came up with a variable that is gone": (
        lambda look: differing(
            differing(differing(look, "db", EXPORTED), "web", EXPORTED), "cache", EXPORTED
        ),
        stack(),
    ),
    "Compose tells no hash": (
        lambda look: replace(
            look,
            declared=replace(
                look.declared,
                services={
                    n: replace(s, config_hash=None) for n, s in look.declared.services.items()
                },
            ),
        ),
        stack(),
    ),
    "there is no container yet": (lambda look: replace(look, containers=()), stack()),
}


@pytest.mark.parametrize(("change", "declared"), SURE.values(), ids=SURE)
def test_no_doubt(look: Look, change: Callable[[Look], Look], declared: Stack) -> None:
    assert why_not_recreate(change(look), declared) == []


def test_every_doubt_is_reported(look: Look, stack: Stack) -> None:
    assert len(why_not_recreate(with_unset(edited(look), "TAG"), stack)) == 2


@pytest.mark.parametrize(
    ("unset", "said"),
    [
        (("TAG", "PORT"), "(TAG, PORT)"),
        (("TAG", "?", "?"), "(TAG, 2 that no compose file names as ${NAME}: a $ in a value,"),
        (("?",), "(1 that no compose file names as ${NAME}"),
    ],
)
def test_a_variable_that_is_not_set_is_named_or_counted(
    look: Look, stack: Stack, unset: tuple[str, ...], said: str
) -> None:
    (doubt,) = why_not_recreate(with_unset(look, *unset), stack)
    assert said in doubt.because


def test_the_usual_files_are_those_of_most_containers(look: Look) -> None:
    other = ("/tmp/elsewhere.yml",)  # noqa: S108 - a path in a label, never opened
    assert usual_files(with_container(look, "cache", config_files=other)) == (
        "/srv/shop/compose.yml",
    )
    assert usual_files(replace(look, containers=())) == ()
    assert usual_files(with_everyone_from(look)) == ()


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_containers_none_is_the_usual_one(look: Look, newest_first: bool) -> None:
    two = with_container(without(look, "db"), "cache", config_files=("/srv/shop/test.yml",))
    seen = replace(two, containers=two.containers if newest_first else two.containers[::-1])
    declared = stack(services=("cache", "web"))
    assert usual_files(seen) == ()
    assert len(why_not_recreate(seen, declared)) == 1
    drifted = differing(seen, "cache", COMMAND, mounts=())
    assert actions(of_servers(drifted, declared)) == []


def test_what_was_made_from_other_files_than_named_is_repaired(look: Look) -> None:
    made = with_everyone_from(look, "/srv/shop/test.yml")
    made = with_container(made, "web", config_files=("/srv/shop/compose.yml",))
    named = stack(compose=Compose("/srv/shop", files=("compose.yml",)))
    assert actions(of_servers(unmounted(made, "cache"), named)) == [redis.Step.RECREATE]


# Where what is looked for is nowhere in the files of most


def test_who_was_made_from_which_files_is_reported(look: Look, stack: Stack) -> None:
    assert several_files(look, stack) is None
    two = with_container(look, "web", config_files=("/srv/shop/compose.yml", "/etc/acl.yml"))
    seen, answer = several_files(two, stack) or ("", None)
    assert seen == (
        "containers were created from compose.yml (cache, db),"
        " from compose.yml + /etc/acl.yml (web)"
    )
    assert answer is not None
    assert answer.instead.endswith('Compose(files=("compose.yml", "/etc/acl.yml"))')
    one = with_container(look, "web", config_files=("/srv/shop/acl.yml",))
    _, answer = several_files(one, stack) or ("", None)
    assert answer is not None
    assert answer.instead.endswith('Compose(files=("acl.yml",))')


def test_of_three_lists_none_is_proposed(look: Look) -> None:
    three = with_container(look, "web", config_files=("/srv/shop/a.yml",))
    three = with_container(three, "db", config_files=("/srv/shop/b.yml",))
    seen, answer = several_files(three, stack()) or ("", None)
    assert all(name in seen for name in ("a.yml (web)", "b.yml (db)", "compose.yml (cache)"))
    assert answer is not None
    assert answer.instead.endswith("Compose(files=...)")


def test_files_that_the_inventory_names_are_the_right_ones(look: Look) -> None:
    two = with_container(look, "web", config_files=("/srv/shop/acl.yml",))
    named = stack(compose=Compose("/srv/shop", files=("compose.yml",)))
    assert several_files(two, named) is None
