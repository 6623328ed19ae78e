"""Making a container again is exact: what differs is named, and nothing else is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from looks import differing, identity, with_container, with_unset
from looks import stack as declared
from mounts import KEY_INSIDE, mounted_from, unmounted
from verdicts import Rules, actions, kinds, of_clients, of_servers, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.resolution import Note, Refusal, Waiver
from pyinfra_runbooks.engine.differences import Difference, in_words, parse
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules import namespaces
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.checks.rules import images
from pyinfra_runbooks.packs.clients.rules import api
from pyinfra_runbooks.packs.redis.rules import redis
from pyinfra_runbooks.settings import Accepted, Compose, Stack, run_policy

RECREATE = Disruption.RECREATE
ELSEWHERE = ("/tmp/elsewhere.yml",)  # noqa: S108 - a path in a label, never opened
COMMAND = Difference("changed", "command")
EXPORTED = Difference("changed", "command", "", ("LEVEL",))
# An env file sets it now; an export would have counted more.
OVERRULED = Difference("changed", "command", "", ("LEVEL",), ("LEVEL",))
KEY_MOUNT = Difference("absent", "mounts", KEY_INSIDE)


def elsewhere(look: Look, *differences: Difference) -> Look:
    """Made by a Compose that was not called in the stack's directory."""
    return differing(
        look,
        "cache",
        *differences,
        config_files=ELSEWHERE,
        working_dir="/tmp",  # noqa: S108 - the same
    )


# A hash or a list of files is only a reason to compare

NOTHING: dict[str, Callable[[Look], Look]] = {
    "another hash, and no field": lambda look: differing(look, "cache"),
    "other files, and the same hash": lambda look: with_container(
        look, "cache", config_files=ELSEWHERE
    ),
    "other files, another hash, and no field": elsewhere,
    "another hash, and nothing could be compared": lambda look: with_container(
        look, "cache", config_hash=identity("by hand")
    ),
    "a variable that was exported": lambda look: differing(look, "cache", EXPORTED),
    "one that can't be named": lambda look: differing(
        look, "cache", Difference("changed", "environment", "URL", ("?",))
    ),
    "one that was handed through": lambda look: differing(
        look, "cache", Difference("extra", "environment", "TOKEN", ("TOKEN",))
    ),
    "an image by a variable that was exported": lambda look: differing(
        look, "cache", Difference("changed", "image", "", ("TAG",))
    ),
    "a secret's directory that was exported": lambda look: differing(
        mounted_from(look, "cache", KEY_INSIDE, "/srv/exported/cache.txt"),
        "cache",
        Difference("changed", "mounts", KEY_INSIDE, ("SECRETS",)),
    ),
    "the same of the API": lambda look: differing(
        mounted_from(look, "web", KEY_INSIDE, "/srv/exported/cache.txt"),
        "web",
        Difference("changed", "mounts", KEY_INSIDE, ("SECRETS",)),
    ),
    "another command of the API": lambda look: differing(look, "web", COMMAND),
    "services added by another file": lambda look: with_container(
        with_container(look, "web", config_files=("/srv/shop/compose.yml", "/srv/shop/more.yml")),
        "db",
        config_files=("/srv/shop/compose.yml", "/srv/shop/more.yml"),
    ),
}


@pytest.mark.parametrize("change", NOTHING.values(), ids=NOTHING)
def test_no_field_no_finding(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert verification.everything(change(look), stack) == []


# What is drift, and named

DRIFT: dict[str, tuple[Difference, str]] = {
    "a command": (COMMAND, "differs in command"),
    "an item": (
        Difference("changed", "environment", "CACHE_SIZE"),
        "differs in environment CACHE_SIZE",
    ),
    "what it lacks": (
        Difference("absent", "ports", "6379/tcp", ("PORT",)),
        "lacks ports 6379/tcp",
    ),
    "what nothing declares": (
        Difference("extra", "labels", "a.b"),
        "has labels a.b, which Compose does not declare",
    ),
    "a mount that is no file": (Difference("extra", "mounts", "/var/x"), "mounts /var/x"),
}


@pytest.mark.parametrize(("difference", "said"), DRIFT.values(), ids=DRIFT)
def test_a_field_that_differs_is_named(
    look: Look, stack: Stack, difference: Difference, said: str
) -> None:
    (finding,) = of_servers(differing(look, "cache", difference), stack)
    assert verdicts([finding]) == [("config-differs", RECREATE)]
    assert said in finding.evidence


def test_what_other_files_made_says_nothing_of_variables(look: Look, stack: Stack) -> None:
    assert kinds(of_servers(elsewhere(look, EXPORTED), stack)) == ["config-differs"]
    both = Compose("/srv/shop", files=("compose.yml", *ELSEWHERE))
    assert of_servers(elsewhere(look, EXPORTED), declared(compose=both)) == []


OVERRIDES = {
    "an override": ("/srv/shop/compose.yml", "/srv/shop/prod.yml"),
    "one from elsewhere": ("/srv/shop/compose.yml", "/etc/prod.yml"),
    "another file": ("/srv/shop/prod.yml",),
}


@pytest.mark.parametrize("files", OVERRIDES.values(), ids=OVERRIDES)
@pytest.mark.parametrize("difference", [COMMAND, EXPORTED, OVERRULED])
def test_what_an_ordinary_up_made_from_other_files_stays(
    look: Look, stack: Stack, files: tuple[str, ...], difference: Difference
) -> None:
    """Of a whole stack Compose recreates only what the other files change."""
    seen = differing(look, "cache", difference, KEY_MOUNT, config_files=files)
    for found in (of_servers(seen, stack), of_servers(unmounted(seen, "cache"), stack)):
        assert actions(found) == []
        (answer, *_) = {f.resolution for f in found}
        assert isinstance(answer, Refusal)
        assert "created from different compose files" in answer.because
        assert "Compose(files=" in answer.instead
        assert answer.in_inventory
    seen = differing(unmounted(look, "web"), "web", KEY_MOUNT, config_files=files)
    (finding,) = of_clients(seen, stack)
    assert isinstance(finding.resolution, Refusal)
    assert "created from different compose files" in finding.resolution.because
    named = declared(compose=Compose("/srv/shop", files=files))
    assert actions(of_clients(seen, named)) == [api.Step.RECREATE]


def test_a_file_has_its_own_finding(look: Look, stack: Stack) -> None:
    lacking = differing(unmounted(look, "cache"), "cache", KEY_MOUNT)
    assert verdicts(of_servers(lacking, stack)) == [("secret-not-mounted", RECREATE)]
    another = differing(unmounted(look, "cache"), "cache", KEY_MOUNT, COMMAND)
    assert kinds(of_servers(another, stack)) == ["secret-not-mounted", "config-differs"]
    assert actions(of_servers(another, stack)) == [redis.Step.RECREATE] * 2


def test_another_image_is_no_reason_to_recreate(look: Look, stack: Stack) -> None:
    """The running one would stay, under the new name."""
    seen = differing(look, "cache", Difference("changed", "image"), image_name="example/cache:0")
    assert of_servers(seen, stack) == []
    (note,) = images.findings(seen, stack)
    assert (note.kind.id, note.drift) == ("image-declared", False)
    assert note.problem == "runs example/cache:0, and Compose declares example/cache:1"


# An env file that was edited, or overruled


@pytest.mark.parametrize("unattended", [False, True])
def test_an_export_may_have_overruled_an_env_file(look: Look, unattended: bool) -> None:
    seen = differing(look, "cache", OVERRULED)
    run = run_policy(declared(), {"unattended": unattended})
    (note,) = verification.everything(seen, declared(), run)
    assert (note.kind.id, note.drift, note.resolution) == ("env-file-differs", False, Note())
    assert "differs in command, which depends on LEVEL: an env file sets it now" in note.evidence
    assert note.evidence.endswith("docker compose up -d cache")


def test_an_image_that_an_env_file_names_is_what_is_declared(look: Look, stack: Stack) -> None:
    image = Difference("changed", "image", "", ("TAG",), ("TAG",))
    seen = differing(look, "cache", image, image_name="example/cache:0")
    assert verdicts(verification.everything(seen, stack)) == [("image-declared", "Note")]
    lacking = differing(unmounted(look, "cache"), "cache", image, KEY_MOUNT)
    assert actions(of_servers(lacking, stack)) == [redis.Step.RECREATE]


# What would change besides

BESIDES: dict[str, tuple[Difference, str]] = {
    "one that an env file sets as something else": (
        OVERRULED,
        "command, which depends on LEVEL: an env file sets it now, and it may have been exported",
    ),
    "a variable that was exported": (EXPORTED, "command, which depends on LEVEL"),
    "one that can't be named": (
        Difference("changed", "environment", "URL", ("?",)),
        "environment URL, which depends on a variable",
    ),
}


@pytest.mark.parametrize(("besides", "said"), BESIDES.values(), ids=BESIDES)
@pytest.mark.parametrize(
    ("service", "rules"), [("cache", of_servers), ("web", of_clients)], ids=["redis", "api"]
)
def test_what_no_finding_names_is_not_changed(
    look: Look, stack: Stack, service: str, rules: Rules, besides: Difference, said: str
) -> None:
    seen = differing(unmounted(look, service), service, KEY_MOUNT, besides)
    (finding,) = (f for f in rules(seen, stack) if f.drift)
    assert isinstance(finding.resolution, Refusal)
    assert f"would also change {said}" in finding.resolution.because


ACCEPTED = {"reason": "tuned by hand", "owner": "sre", "until": "2099-01-01"}


@pytest.mark.parametrize(
    ("kind", "repaired", "left"),
    [
        ("config-differs", "secret-not-mounted", "command"),
        ("secret-not-mounted", "config-differs", f"mounts {KEY_INSIDE}"),
    ],
)
def test_what_is_accepted_is_not_changed_by_another_repair(
    look: Look, kind: str, repaired: str, left: str
) -> None:
    seen = differing(unmounted(look, "cache"), "cache", KEY_MOUNT, COMMAND)
    waived = declared(accepted=(Accepted(kind, **ACCEPTED),))
    found = {f.kind.id: f.resolution for f in verification.everything(seen, waived)}
    assert isinstance(found[kind], Waiver)
    assert isinstance(refused := found[repaired], Refusal)
    assert refused.because == f"a recreate would also change {left}, which no finding names"
    other = declared(accepted=(Accepted(kind, subject="db", **ACCEPTED),))
    assert actions(verification.everything(seen, other)) == [redis.Step.RECREATE] * 2


def test_what_is_accepted_of_the_api_is_not_changed_by_another_repair(look: Look) -> None:
    """It lives in a network that is gone, and lacks a secret, with which the team lives."""
    network = Difference("changed", "network_mode")
    seen = differing(unmounted(look, "web"), "web", KEY_MOUNT, network, network_mode="f" * 64)
    waived = declared(accepted=(Accepted("api-not-mounted", **ACCEPTED),))
    (finding,) = namespaces.findings(seen, waived)
    assert isinstance(finding.resolution, Refusal)
    assert finding.resolution.because == (
        f"a recreate would also change mounts {KEY_INSIDE}, which no finding names"
    )
    assert actions(namespaces.findings(seen, declared())) == [namespaces.Revive("web")]


def test_the_api_is_not_made_again_for_more_than_its_mounts(look: Look, stack: Stack) -> None:
    seen = differing(unmounted(look, "web"), "web", KEY_MOUNT, COMMAND)
    (finding,) = of_clients(seen, stack)
    assert isinstance(finding.resolution, Refusal)
    because = "a recreate would also change command, which no finding names"
    assert finding.resolution.because == because
    exact = differing(unmounted(look, "web"), "web", KEY_MOUNT, Difference("changed", "image"))
    assert actions(of_clients(exact, stack)) == [api.Step.RECREATE]


def test_a_mount_from_nowhere_is_not_made(look: Look, stack: Stack) -> None:
    """Where a variable has no default, Compose makes up a path that nobody meant."""
    lacking = replace(KEY_MOUNT, variables=("SECRETS",))
    seen = differing(unmounted(look, "cache"), "cache", lacking)
    assert verdicts(of_servers(seen, stack)) == [("secret-not-mounted", RECREATE)]
    unset = with_unset(seen, "SECRETS")
    assert verdicts(of_servers(unset, stack)) == [("secret-not-mounted", "Refusal")]


@pytest.mark.parametrize(
    ("service", "rules"), [("cache", of_servers), ("web", of_clients)], ids=["redis", "api"]
)
def test_what_could_not_be_compared_is_not_made_again(
    look: Look, stack: Stack, service: str, rules: Rules
) -> None:
    seen = with_container(unmounted(look, service), service, config_hash=identity("by hand"))
    (finding,) = rules(seen, stack)
    assert isinstance(finding.resolution, Refusal)
    assert "could not be compared" in finding.resolution.because


# What the host tells


def test_differences_are_read() -> None:
    one, other = "a" * 64, "b" * 64
    lines = [
        f"d {one}",
        f"x {one} changed command - LEVEL,?",
        f"x {one} absent environment REDIS_HOST -",
        f"x {one} changed user - SIZE=,TAG",
        f"x {one} changed working_dir - ?=,?",
        f"d {other}",
        f"x {other} vanished command - -",
        "x short changed command - -",
        "anything else",
    ]
    assert parse(lines) == {
        one: (
            Difference("changed", "command", "", ("LEVEL", "?")),
            Difference("absent", "environment", "REDIS_HOST"),
            Difference("changed", "user", "", ("SIZE", "TAG"), ("SIZE",)),
            Difference("changed", "working_dir", "", ("?",)),
        ),
        other: (),
    }
    assert parse([]) == {}


def test_of_each_way_to_differ_all_are_named() -> None:
    differences = [Difference("extra", "labels", "a"), Difference("extra", "user"), COMMAND]
    assert (
        in_words(differences)
        == "differs in command; has labels a, user, which Compose does not declare"
    )
    assert in_words([]) == ""
