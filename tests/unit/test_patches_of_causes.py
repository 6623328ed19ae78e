"""What mends a compose file that itself is the cause, by the real Compose's word: case by case."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from compose_projects import SECRET, Project, applied, project
from hosts import Host
from looks import container, healthy

from pyinfra_runbooks.engine.compose import (
    Attachment,
    Declared,
    DeclaredNetwork,
    DeclaredService,
)
from pyinfra_runbooks.engine.discovery.seen import Link, Seen
from pyinfra_runbooks.engine.docker import Endpoint, Network
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.patching.patches import Edit, unified
from pyinfra_runbooks.facts.declarations import Declaration
from pyinfra_runbooks.packs.network.rules.own_names import OwnName
from pyinfra_runbooks.packs.network.rules.strangers import own_names_for
from pyinfra_runbooks.settings import Stack

pytestmark = pytest.mark.needs("compose")

PATCH = ("patch", "-p1", "-s", "--no-backup-if-mismatch")
GIT = ("git", "apply", "--unidiff-zero")

APART = f"""\
services:
  redis: {{ image: "redis:7", volumes: ["data:/data"], restart: unless-stopped }}
  api: {{ image: "app:1", environment: {{ REDIS_HOST: redis, KEY: {SECRET} }}, networks: [net1] }}
networks: {{ net1: {{}} }}
volumes: {{ data: {{}} }}
"""
SHARED = f"""\
name: store
services:
  redis: {{ image: "redis:7", networks: [default, proxy], volumes: ["data:/data"] }}
  app: {{ image: "app:1", environment: {{ REDIS_HOST: redis, KEY: {SECRET} }},
         networks: [default, proxy] }}
networks: {{ proxy: {{ external: true }} }}
volumes: {{ data: {{}} }}
"""


def look_at(
    name: str, networks: dict[str, tuple[str, ...]], client: str, external: tuple[str, ...] = ()
) -> Look:
    """Redis and one client that names it, each on its networks.

    + networks: by service, the keys of its networks
    + external: the keys of those that are the projects' in common
    """
    names = {k: k if k in external else f"{name}_{k}" for keys in networks.values() for k in keys}
    made = {n: DeclaredNetwork(k, n, external=k in external) for k, n in names.items()}
    services = {
        s: DeclaredService(s, "i", None, {names[k]: Attachment() for k in keys}, (), "x")
        for s, keys in networks.items()
    }
    running = tuple(
        container(
            s,
            f"{name}-{s}-1",
            {names[k]: Endpoint("1f", frozenset({s, f"{name}-{s}-1"}), "") for k in keys},
            project=name,
        )
        for s, keys in networks.items()
    )
    link = Seen("x", links=(Link("REDIS_HOST", "redis", 6379),))
    look = replace(healthy(), containers=running, servers={}, answers={}, insides={})
    look = replace(look, declared=Declared(name=name, services=services, networks=made))
    look = replace(look, networks={n: Network("1f", n, "bridge") for n in made})
    seen = {c.id: link for c in running if c.service == client}
    return replace(look, found=replace(look.found, seen=seen))


def proposed(there: Project, **wanted: Any) -> Declaration:
    found = there.declaration(**wanted, alone=True)
    assert isinstance(found, Declaration), found
    assert found.proposal.left == ()
    text = "".join(patch.diff() for patch in found.patches)
    assert SECRET not in text
    assert "REDIS_HOST" not in text
    for tool in (PATCH, GIT):
        after = {patch.path: patch.after for patch in found.patches}
        assert applied(found, tool, there.directory / "applied") == after
    return found


def test_a_file_that_keeps_two_apart(host: Host) -> None:
    """The line after what is changed has the client's environment: no diff may show it."""
    look = look_at("app", {"redis": ("default",), "api": ("net1",)}, "api")
    there = project(host, {"compose.yaml": APART}, look)
    found = proposed(there, shared=("api",))
    assert found.recreates == ("redis",)
    (patch,) = found.patches
    assert patch.bare
    assert patch.diff().splitlines()[2:] == [
        "@@ -2,1 +2,1 @@",
        '-  redis: { image: "redis:7", volumes: ["data:/data"], restart: unless-stopped }',
        '+  redis: { networks: [default, net1], image: "redis:7", volumes: ["data:/data"],'
        " restart: unless-stopped }",
    ]
    there.write(found)
    networks = {n: set(s["networks"]) for n, s in there.resolved()["services"].items()}
    assert networks == {"redis": {"default", "net1"}, "api": {"net1"}}


def test_it_is_shown_with_all_else_that_is_asked_for(host: Host) -> None:
    """By the command that the refusal names."""
    look = look_at("app", {"redis": ("default",), "api": ("net1",)}, "api")
    there = project(host, {"compose.yaml": APART}, look)
    found = there.declaration(shared=("api",))
    assert isinstance(found, Declaration)
    (patch,) = found.patches
    assert "networks: [default, net1]" in patch.diff()
    assert SECRET not in patch.diff()
    for tool in (PATCH, GIT):
        place = there.directory / "applied"
        assert applied(found, tool, place) == {patch.path: patch.after}
    # Two changes of one line are two patches.
    (left,) = found.proposal.left
    assert left.endswith("this patch changes its line otherwise: run it again after that")
    there.write(found)
    again = there.declaration()
    assert isinstance(again, Declaration)
    there.write(again)
    names = {k: n["name"] for k, n in there.resolved()["networks"].items()}
    assert names == {"default": "app_default", "net1": "app_net1"}


def conflict() -> Look:
    both = {"redis": ("default", "proxy"), "app": ("default", "proxy")}
    look = look_at("store", both, "app", ("proxy",))
    there = {"proxy": Endpoint("1f", frozenset({"redis", "blog-redis-1"}), "")}
    blog = container("redis", "blog-redis-1", there, project="blog")
    return replace(look, containers=(*look.containers, blog))


OWN = OwnName("redis", "default", "store-redis", "redis", (("app", ("REDIS_HOST",)),))


def test_a_name_that_another_project_has_too(host: Host) -> None:
    there = project(host, {"compose.yaml": SHARED}, conflict())
    assert own_names_for(there.look, Stack("/srv/store")) == {"redis": OWN}
    assert [*OWN.words()] == [
        "and have REDIS_HOST of app name store-redis in the place of redis",
        "then: docker compose up -d redis app",
    ]
    found = proposed(there, named=(OWN,))
    assert found.recreates == ("redis",)
    assert [line for line in found.patches[0].diff().splitlines() if line[0] == "+"][1:] == [
        '+  redis: { image: "redis:7", networks: {default: {aliases: [store-redis]}, proxy: null},'
        ' volumes: ["data:/data"] }'
    ]
    before = there.resolved()
    there.write(found)
    after = there.resolved()
    assert after["services"]["app"] == before["services"]["app"]
    assert after["services"]["redis"]["networks"] == {
        "default": {"aliases": ["store-redis"]},
        "proxy": None,
    }


FORMS = {
    "no networks": "",
    "a list in lines": "    networks:\n      - default\n      - proxy\n    restart: always\n",
    "a mapping": "    networks:\n      default:\n      proxy:\n    restart: always\n",
    "a mapping with a name": "    networks:\n      default:\n        aliases: [cache]\n"
    "      proxy: {}\n    restart: always\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_given_in_whatever_form_its_networks_are_listed(host: Host, form: str) -> None:
    text = f"name: store\nservices:\n  redis:\n    image: redis:7\n{FORMS[form]}"
    if not FORMS[form]:
        text += "    restart: always\n"
    text += "networks: { proxy: { external: true } }\n"
    there = project(host, {"compose.yaml": text}, conflict())
    found = proposed(there, named=(OWN,))
    there.write(found)
    aliases = there.resolved()["services"]["redis"]["networks"]["default"]["aliases"]
    assert "store-redis" in aliases


def test_no_name_is_given_where_that_would_not_help(look: Look, stack: Stack) -> None:
    there = conflict()
    stranger = replace(there.containers[-1], config_hash="")  # by hand: it is taken off
    declared = replace(there, containers=(*there.containers[:-1], stranger))
    assert own_names_for(declared, Stack("/srv/store")) == {}
    unknown = replace(there, found=replace(there.found, seen={}))  # nobody is seen to use it
    assert own_names_for(unknown, Stack("/srv/store")) == {}
    at = {"proxy": Endpoint("1f", frozenset({"store-redis"}), "")}
    other = container("x", "shop-x-1", at, project="shop")
    taken = replace(conflict(), containers=(*conflict().containers, other))
    assert own_names_for(taken, Stack("/srv/store")) == {}
    assert own_names_for(look, stack) == {}


def test_a_line_without_context_stands_between_others(tmp_path: Path) -> None:
    """Its neighbours are shown only where another change shows them."""
    text = "".join(f"{n}\n" for n in range(9))
    for others in ([2], [4], [2, 4], [1, 5], [3], [5], [0, 8]):
        bare = Edit(3 if 3 not in others else 4, ("new\n",), replaces=True, hides_after=True)
        edits = [bare, *(Edit(n, ("x\n",), replaces=True, shows_before=n > 0) for n in others)]
        diff = unified(text, edits, "file")
        (tmp_path / "file").write_text(text, encoding="utf-8")
        done = subprocess.run(
            PATCH, cwd=tmp_path, input=diff.encode(), capture_output=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, b""), diff
        changed = {bare.line: "new", **dict.fromkeys(others, "x")}
        wanted = "".join(f"{changed.get(n, n)}\n" for n in range(9))
        assert (tmp_path / "file").read_text(encoding="utf-8") == wanted
