"""A project as a whole: nothing of it is there."""

from __future__ import annotations

from dataclasses import replace

from looks import healthy, with_container

from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.settings import Compose, Stack


def test_a_stack_without_a_container_is_not_healthy() -> None:
    """Its inventory says no more than where it is."""
    stack, look = Stack("/srv/shop"), healthy()
    assert not [f for f in verification.findings(look, stack) if f.subject == "shop"]
    (gone,) = verification.findings(replace(look, containers=()), stack)
    assert (gone.kind.id, gone.subject, gone.cause) == ("not-running", "shop", True)
    assert "docker compose up --detach" in "".join(map(str, gone.details()))


def test_containers_that_were_made_of_different_files_are_noted() -> None:
    files = ("/srv/shop/compose.yml", "/srv/shop/overrides.yml")
    look, stack = with_container(healthy(), "cache", config_files=files), Stack("/srv/shop")
    (note,) = [f for f in verification.everything(look, stack) if f.subject == "shop"]
    assert (note.kind.id, note.breaks_health) == ("made-of-other-files", False)
    assert "cache: from compose.yml, overrides.yml; db, web: from compose.yml" in note.evidence
    declared = Stack(Compose("/srv/shop", files=files))
    assert not [f for f in verification.everything(look, declared) if f.subject == "shop"]


def test_the_same_files_by_another_name_of_their_directory_are_no_others() -> None:
    moved = {"working_dir": "/mnt/shop", "config_files": ("/mnt/shop/compose.yml",)}
    look = with_container(healthy(), "cache", **moved)
    found = verification.everything(look, Stack("/srv/shop"))
    assert "made-of-other-files" not in [f.kind.id for f in found]
