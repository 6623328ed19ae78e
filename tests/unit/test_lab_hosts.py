"""The lab's hosts: those of other versions, and what they are made of; none is started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from runpy import run_path

import pytest

from lab import versions
from lab.console import LabError
from lab.faults.model import RELOADED, Repaired
from lab.hosts import ADOPTED, ALL, HOSTS, OTHERS, Host, by_name
from lab.stacks import BARE, INCIDENT

ROOT = Path(__file__).parents[2]
INVENTORIES = {
    "inventories/lab.py": ("lab", HOSTS),
    "lab/inventories/versions.py": ("versions", OTHERS),
    "lab/inventories/adopted.py": ("adopted", (ADOPTED,)),
}


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_an_inventory_has_the_hosts_that_there_are(inventory: str) -> None:
    group, hosts = INVENTORIES[inventory]
    listed, common = run_path(str(ROOT / inventory))[group]
    assert listed == [
        (host.name, {"ssh_port": host.port} | ({"_sudo": True} if host.rights == "sudo" else {}))
        for host in hosts
    ]
    assert common["ssh_hostname"] == "127.0.0.1"
    assert {host.inventory for host in hosts} == {inventory}


def test_hosts_are_reported_apart() -> None:
    assert len({host.name for host in ALL}) == len({host.port for host in ALL}) == len(ALL)
    assert [by_name(host.name) for host in ALL] == list(ALL)
    with pytest.raises(LabError, match="there are: lab-redis7, lab-redis8, lab-x-docker20"):
        by_name("lab-redis6")


@pytest.mark.parametrize("host", OTHERS, ids=lambda host: host.name)
def test_one_of_another_version_gets_what_its_stack_takes_and_has_that_stack(host: Host) -> None:
    assert host.having(INCIDENT) == host
    assert {host.redis, *versions.COMMON} == set(host.loads)
    with pytest.raises(LabError, match="has the stack incident, and no other one"):
        host.having(BARE)


def test_the_host_of_adopted_projects_gets_what_they_take_and_nothing_else() -> None:
    assert ADOPTED.loads == ()
    taken = replace(ADOPTED, takes=(versions.STAND_IN,))
    assert taken.loads == (versions.STAND_IN,)
    assert taken.container == ADOPTED.container


def test_each_differs_from_the_usual_two_in_engine_or_server() -> None:
    usual = {(host.image.suite, host.redis.name) for host in HOSTS}
    others = {(host.image.suite, host.redis.name) for host in OTHERS}
    assert not usual & others
    assert {suite for suite, _ in usual | others} == {"bookworm", "trixie", "sid"}


def test_where_loading_an_acl_cuts_connections() -> None:
    keep = {host.name for host in ALL if RELOADED.on(host) == Repaired("none")}
    assert keep == {"lab-redis8", "lab-x-docker28"}


def test_every_image_is_made_in_its_own_way() -> None:
    assert len({image.name for image in versions.ALL}) == len(versions.ALL)
    assert len({image.recipe() for image in versions.ALL}) == len(versions.ALL)
    assert set(versions.ALL) >= {image for host in ALL for image in (host.image, *host.loads)}


def test_a_mixed_image_takes_its_packages_from_the_other_suite() -> None:
    shown = [*versions.HOST_12.options()]
    (taken,) = (option for option in shown if "add.sh" in option)
    assert taken.endswith('images/add.sh trixie docker-compose "$1"')
    assert shown.index(taken) < len(shown) - 1  # before the script that builds on them
    assert not any("docker-cli" in option for option in shown)
