"""Declaring networks, by the real Compose's own word: the same project, said by more lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from compose_projects import SECRET, Project, applied, project
from hosts import Host

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.patching.patches import Patch
from pyinfra_runbooks.facts.declarations import Declaration

pytestmark = pytest.mark.needs("compose")

GIT, PATCH = ("git", "apply"), ("patch", "-p1", "-s", "--no-backup-if-mismatch")

PLAIN = f"""\
# password: {SECRET}
services:
  cache:
    # comment: {SECRET}
    command: redis-server --requirepass {SECRET}
    image: redis:7   # {SECRET}
    environment:
      - PASSWORD={SECRET}
    restart: always
  web:
      image: web
      environment: {{PASSWORD: {SECRET}}}
      command: |
        image: {SECRET}
        # {SECRET}

  job:
    image: job
    profiles: [tools]
    network_mode: none
"""
# The files; which of them the inventory names (none: as Compose chooses); and how many services are
# given a list of their networks.
Case = tuple[dict[str, str | bytes], tuple[str, ...], int]
BACK = "networks:\n  back:\n"
CORPUS: dict[str, Case] = {
    "plain": ({"compose.yaml": PLAIN}, (), 2),
    "crlf": ({"compose.yaml": PLAIN.replace("\n", "\r\n").encode()}, (), 2),
    "bom": ({"compose.yaml": b"\xef\xbb\xbfx-a: 1 " + PLAIN.encode()}, (), 2),
    "no newline at the end": (
        {"compose.yml": "services:\n  a:\n    image: a\n    command: b"},
        *((), 1),
    ),
    "four columns, tabs, umlauts": (
        {
            "docker-compose.yml": "services:\n    a: &x\n        image: a\t# \N{SNOWMAN}\n"
            "        labels:\n            k: \N{SNOWMAN}\n"
        },
        *((), 1),
    ),
    "networks of its own": (
        {
            "compose.yaml": "name: shop\nservices:\n  a:\n    image: a\n    networks: [back]\n"
            f"  b:\n    image: b\n{BACK}  front: {{}}\n  other:\n    external: true\n"
        },
        *((), 1),
    ),
    "lists of networks in lines": (
        {
            "compose.yaml": "services:\n  a:\n    image: a\n    networks:\n    - back\n"
            f"  b:\n    image: b\n\n{BACK}    driver: bridge\n\nvolumes:\n  v:\n"
        },
        *((), 1),
    ),
    "merged": (
        {
            "compose.yaml": "x-base: &base\n  image: a\n  restart: always\nservices:\n  a:\n"
            "    <<: *base\n  b:\n    <<: *base\n    command: x\n  c: &c\n    image: c\n"
            "    environment:\n      A: b\n  d:\n    <<: [*c, *base]\n    networks: [back]\n"
            f"{BACK}"
        },
        *((), 3),
    ),
    "an alias of another": (
        {"compose.yaml": "services:\n  a: &a\n    image: a\n    restart: always\n  b: *a\n"},
        *((), 1),
    ),
    "several files": (
        {
            "base.yml": "services:\n  a:\n    image: a\n    tty: true\nnetworks: {}\n",
            "prod.yml": f"services:\n  a:\n    restart: always\n  b:\n    image: b\n{BACK}",
        },
        *(("base.yml", "prod.yml"), 2),
    ),
    "compose's own override": (
        {
            "compose.yaml": "services:\n  a:\n    image: a\n",
            "compose.override.yaml": "services:\n  a:\n    restart: always\n",
        },
        *((), 1),
    ),
    "an override that replaces": (
        {
            "compose.yaml": f"services:\n  a:\n    image: a\n    networks: [back]\n{BACK}",
            "compose.override.yaml": "services:\n  a: !override\n    image: b\n    tty: true\n",
        },
        *((), 1),
    ),
    "extends": (
        {
            "compose.yaml": "services:\n  a:\n    extends: {file: common.yml, service: base}\n"
            "    image: a\n  b:\n    extends: a\n    command: x\n",
            "common.yml": "services:\n  base:\n    volumes: ['./data:/data']\n",
        },
        *((), 2),
    ),
    "include": (
        {
            "compose.yaml": "include:\n  - sub/compose.yaml\nservices:\n  a:\n    image: a\n",
            "sub/compose.yaml": "services:\n  b:\n    image: b\n    env_file: b.env\n"
            "    volumes: ['./data:/data']\n    networks: [back]\n  c:\n    image: c\n" + BACK,
            "sub/b.env": f"PASSWORD={SECRET}\n",
        },
        *((), 2),
    ),
    "env_file": (
        {
            "compose.yaml": "services:\n  a:\n    image: ${IMAGE}\n    env_file: a.env\n",
            "a.env": f"PASSWORD={SECRET}\n",
            ".env": "IMAGE=a\nCOMPOSE_PROJECT_NAME=other\n",
        },
        *((), 1),
    ),
    "json": (
        {
            "compose.json": '{\n  "services": {\n    "a": {\n      "image": "a",\n      "labels":'
            f' {{"k": "{SECRET}"}}\n    }}\n  }},\n  "networks": {{\n    "b": {{}}\n  }}\n}}\n'
        },
        *(("compose.json",), 1),
    ),
    "braces": (
        {"compose.yaml": "services:\n  a: { image: 'a:1', restart: always }\n  b: {image: b}\n"},
        *((), 2),
    ),
    "a document's marks": (
        {"compose.yaml": "---\nservices:\n  a:\n    image: a\n...\n"},
        *((), 1),
    ),
    "names that are no words": (
        {"compose.yaml": "name: '1'\nservices:\n  on:\n    image: a\nnetworks:\n  default:\n"},
        *((), 1),
    ),
    "a default with aliases": (
        {
            "compose.yaml": "services:\n  a:\n    image: a\n    networks:\n      default:\n"
            "        aliases: [x]\n  b:\n    image: b\n"
        },
        *((), 1),
    ),
}


@pytest.fixture(params=CORPUS)
def case(request: pytest.FixtureRequest, host: Host) -> tuple[Project, int]:
    files, named, count = CORPUS[request.param]
    return project(host, files, named=named), count


def proved(project: Project) -> Declaration:
    found = project.declaration()
    assert isinstance(found, Declaration), found
    return found


def test_compose_resolves_the_same_and_every_service_lists_its_networks(
    case: tuple[Project, int], tmp_path: Path
) -> None:
    there, count = case
    before, hashes = there.resolved(), there.hashes()
    found = proved(there)
    shown = "".join(file.diff() for file in found.patches)
    assert SECRET not in shown + str(found.proposal.does) + str(found.proposal.left)
    after = {file.path: file.after for file in found.patches}
    assert all(map(only_adds, found.patches))
    assert applied(found, GIT, tmp_path / "git") == after
    assert applied(found, PATCH, tmp_path / "patch") == after

    there.write(found)
    assert there.resolved() == before
    assert there.hashes() == hashes
    lists = [line for line in found.proposal.does if "lists default" in line]
    assert len(lists) == count
    # What is said once is not said again; and a second run has nothing left to say.
    again = proved(there)
    assert again.patches == ()
    assert again.proposal.left == found.proposal.left == ()


def only_adds(patch: Patch) -> bool:
    """Every line is there as it was; between braces, words are added within it."""
    removed = [line[1:] for line in patch.diff().splitlines()[2:] if line[:1] == "-"]
    rest = iter(patch.after.split(b"\n"))
    kept = [line for line in patch.before.split(b"\n") if line.decode().rstrip("\r") not in removed]
    return all("{" in line or "[" in line for line in removed) and all(x in rest for x in kept)


# What is left as it is, and why

LEFT = {
    "a line that would be shown": (
        f"services:\n  a: {{image: a, environment: {{P: {SECRET}}}}}\n",
        "service a (PLACE, line 2): it is written in braces",
    ),
    "an heir on another network": (
        "services:\n  a: &a\n    image: a\n    restart: always\n  b:\n    <<: *a\n"
        "    network_mode: host\n",
        "service a (PLACE, line 2): b inherits its settings",
    ),
    "an heir by extends": (
        "services:\n  a:\n    image: a\n    restart: always\n  b:\n    extends: a\n"
        "    networks: [back]\nnetworks:\n  back:\n",
        "service a (PLACE, line 2): b inherits its settings",
    ),
    "an empty list": (
        "services:\n  a:\n    image: a\n    networks: []\n",
        "service a (PLACE, line 2): its `networks` is empty or reset",
    ),
    "a shared network": (
        "services:\n  a:\n    image: a\n    networks: [b, c]\nnetworks:\n  b: &n\n"
        "    driver: bridge\n  c: *n\n",
        "network b (PLACE, line 6): it shares its settings",
    ),
    "services in an anchor": (
        "x-s: &s\n  a:\n    image: a\nservices:\n  <<: *s\n  b:\n    image: b\n",
        "service a: it stands in no file that was read",
    ),
    "no line may be shown": (
        f"# {SECRET}\nservices:   # {SECRET}\n  a:   # {SECRET}\n    image: a   # {SECRET}\n",
        "service a (PLACE, line 3): every line beside which it could stand",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_is_named_with_its_place(host: Host, name: str) -> None:
    text, left = LEFT[name]
    there = project(host, {"compose.yaml": text})
    before = there.resolved()
    found = proved(there)
    place = str(there.directory / "compose.yaml")
    assert any(line.startswith(left.replace("PLACE", place)) for line in found.proposal.left)
    assert SECRET not in "".join(file.diff() for file in found.patches) + str(found.proposal)
    there.write(found)
    assert there.resolved() == before


REFUSED = {
    "two documents": (
        "services:\n  a:\n    image: a\n---\nservices:\n  b:\n    image: b\n",
        "YAML",
    ),
    "latin 1": ("services:\n  a:\n    image: a\n# \N{SNOWMAN}\n".encode("utf-16"), "UTF-8"),
    "no mapping": ("- a\n", "resolve"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_single_document_is_refused(host: Host, name: str) -> None:
    text, why = REFUSED[name]
    found = project(host, {"compose.yaml": text}).declaration()
    assert isinstance(found, Unknown)
    assert why in found.reason


def test_files_that_compose_chooses_by_a_variable_have_to_be_named(host: Host) -> None:
    """Which ones it takes is proved, not guessed."""
    files: dict[str, str | bytes] = {
        "compose.yaml": "services:\n  a:\n    image: a\n",
        "other.yaml": "services:\n  a:\n    image: other\n",
        ".env": "COMPOSE_FILE=other.yaml\n",
    }
    found = project(host, files).declaration()
    assert isinstance(found, Unknown)
    assert "name them in the inventory" in found.reason
    named = project(host, files, named=("other.yaml",))
    assert [Path(file.path).name for file in proved(named).patches] == ["other.yaml"]


def test_a_file_outside_of_the_directory_is_named_by_itself(host: Host) -> None:
    text = "services:\n  a:\n    image: a\n    restart: always\n"
    there = project(host, {"../shared/base.yaml": text}, named=("../shared/base.yaml",))
    (file,) = proved(there).patches
    assert file.shown == "base.yaml"
    assert file.path == str(host.place / "shared" / "base.yaml")


def test_a_link_leads_to_the_file_that_is_changed(host: Host) -> None:
    text = "services:\n  a:\n    image: a\n    restart: always\n"
    there = project(host, {"real/base.yaml": text})
    (there.directory / "compose.yaml").symlink_to("real/base.yaml")
    (file,) = proved(there).patches
    assert file.shown == "real/base.yaml"
