"""A project as a whole: nothing of it is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import healthy, with_container

from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.settings import Compose, Stack


def test_a_stack_without_a_container_is_not_healthy() -> None:
    """Its inventory says no more than where it is."""
    stack, look = Stack("/srv/shop"), healthy()
    assert not [f for f in verification.findings(look, stack) if f.subject == "shop"]
    (gone,) = verification.findings(replace(look, containers=()), stack)
    assert (gone.kind.id, gone.subject, gone.cause) == ("not-running", "shop", True)
    assert "docker compose --project-directory /srv/shop up --detach" in "".join(
        map(str, gone.details())
    )


def test_containers_that_were_made_with_different_overrides_are_noted() -> None:
    files = tuple(f"/srv/shop/{name}.yml" for name in ("compose", "cut", "whole"))
    look, stack = healthy(), Stack("/srv/shop")
    for service, override in {"cache": 1, "web": 1, "db": 2}.items():
        look = with_container(look, service, config_files=(files[0], files[override]))
    (note,) = [f for f in verification.everything(look, stack) if f.subject == "shop"]
    assert (note.kind.id, note.breaks_health) == ("made-of-other-files", False)
    assert "cache, web: from compose.yml, cut.yml; db: from compose.yml, whole" in note.evidence
    declared = Stack(Compose("/srv/shop", files=files[:2]))
    assert not [f for f in verification.everything(look, declared) if f.subject == "shop"]


@pytest.mark.parametrize(
    "changes",
    [
        {"config_files": ("/srv/shop/compose.yml", "/srv/shop/more.yml")},
        {"config_files": ("/srv/shop/docker-compose.yml",)},
        {"working_dir": "/mnt/shop", "config_files": ("/mnt/shop/compose.yml",)},
    ],
    ids=["one adds to another", "a file by another name", "the same in another place"],
)
def test_what_people_do_is_none(changes: dict[str, Any]) -> None:
    look = with_container(healthy(), "cache", **changes)
    found = verification.everything(look, Stack("/srv/shop"))
    assert "made-of-other-files" not in [f.kind.id for f in found]
