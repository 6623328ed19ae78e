"""What a start-up validation is, as text for a compose file."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml
from startup_projects import anonymous, only

from pyinfra_runbooks.packs.clients.startup import validations
from pyinfra_runbooks.packs.clients.startup.rendering import script

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "lab" / "stack" / "docker-compose.yml"

ALIKE: dict[str, dict[str, Any]] = {
    "the host's network": {"network_mode": "host", "networks": None},
    "another's network": {"network_mode": "service:redis", "networks": None},
    "names of its own": {"extra_hosts": ["cache:10.0.0.5"], "dns": ["10.0.0.1"]},
    "a profile": {"profiles": ["flower"]},
    "links": {"links": ["redis:store"]},
}


@pytest.mark.parametrize("alike", ALIKE.values(), ids=ALIKE)
def test_it_reaches_what_its_client_reaches(alike: dict[str, Any]) -> None:
    seen = only(anonymous({"environment": {"REDIS_HOST": "redis"}, **alike}))
    expected = {key: value for key, value in alike.items() if value}
    assert {key: seen[key] for key in expected} == expected
    assert ("networks" in seen) == ("network_mode" not in alike)


def test_it_is_a_job_that_may_do_nothing() -> None:
    seen = only(anonymous({"environment": {"REDIS_HOST": "redis"}}))
    assert seen["image"] == "redis:7-alpine"
    assert (seen["restart"], seen["read_only"], seen["cap_drop"]) == ("no", True, ["ALL"])
    assert "ports" not in seen
    assert seen["depends_on"] == {"redis": {"condition": "service_started"}}
    assert seen["labels"] == {"pyinfra-runbooks.validates": "web"}
    # Compose doubles no $ by itself.
    (text,) = seen["command"]
    assert text.replace("$$", "$") == script("redis")
    assert "$" not in text.replace("$$", "")


def test_what_is_there_already_is_not_made_twice() -> None:
    there = {"image": "redis:7", "labels": {"pyinfra-runbooks.validates": "web"}}
    web = {"environment": {"REDIS_HOST": "redis"}}
    found = anonymous(web, **{"redis-serves-web": there})
    assert found.services == ""
    assert found.waits == {"web": ("redis-serves-web",)}


def test_one_that_has_another_name_since_is_known_by_its_label() -> None:
    there = {
        "image": "redis:7",
        "labels": ["pyinfra-runbooks.validates=other, web"],
        "depends_on": {"redis": {"condition": "service_started"}},
    }
    web = {"environment": ["REDIS_HOST=redis"]}
    found = anonymous(web, gate=there)
    assert (found.services, found.waits) == ("", {"web": ("gate",)})
    # One of another server is none of its.
    found = anonymous(web, gate={**there, "depends_on": {"db": {}}})
    assert found.waits == {"web": ("redis-serves-web",)}


def test_lists_of_variables_are_read_as_mappings_are() -> None:
    """As they are written, while no value is put in."""
    found = anonymous({"environment": ["REDIS_HOST=redis", "REDIS_PASSWORD", "A=b=c"]})
    assert only(found)["environment"]["REDIS_PASSWORD"] == "${REDIS_PASSWORD}"


def test_the_network_that_compose_would_take_is_listed() -> None:
    """Or the next patch would have to."""
    for networks in (None, {"default": None}):
        found = anonymous({"environment": {"REDIS_HOST": "redis"}, "networks": networks})
        assert only(found)["networks"] == ["default"]


def test_a_client_that_waits_for_nothing_else_gets_these_lines() -> None:
    found = anonymous({"environment": {"REDIS_HOST": "redis"}})
    assert yaml.safe_load(found.depends_on("web")) == {
        "depends_on": {"redis-serves-web": {"condition": "service_completed_successfully"}}
    }


# The lab's stack shows it


def test_the_labs_services_are_what_is_rendered() -> None:
    """Its compose file, as Compose reads it without its validations."""
    stack = runpy.run_path(str(ROOT / "inventories" / "group_data" / "lab.py"))["stack"]
    declared = yaml.safe_load(LAB.read_text())
    services = {k: v for k, v in declared["services"].items() if "-serves-" not in k}
    del services["api"]["depends_on"]
    for service in services.values():
        service["networks"] = dict.fromkeys(service["networks"])
        service["secrets"] = [
            {"source": name, "target": f"/run/secrets/{name}"}
            for name in service.get("secrets", ())
        ]
        service["volumes"] = [{"target": volume} for volume in service.get("volumes", ())]
    secrets = {
        name: {"file": f"/srv/ai_workflow_engine/{secret['file'].removeprefix('./')}"}
        for name, secret in declared["secrets"].items()
    }
    written = {"services": services, "secrets": secrets}
    found = validations(written, stack, uses={"api": {"postgres"}}, wait=10)
    text = LAB.read_text()
    for part in yaml.safe_load(found.services).items():
        assert part in declared["services"].items()
    for block in found.services.split("\n\n"):
        assert block.strip("\n") in text
    assert found.depends_on("api") in text
