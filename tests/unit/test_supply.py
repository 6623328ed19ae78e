"""What is fetched from elsewhere is fetched by what it is, and not by a name that may move on."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCHEDULES = ROOT / "docs" / "schedules"
CONTAINERFILE = (SCHEDULES / "Containerfile").read_text()
WORKFLOWS = ("workflow.yaml", "workflow-fleet.yaml")
LOCKS = ("requirements.lock", "runtime.lock", "bench/requirements.lock", "docs/requirements.lock")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")

FROM_THE_LOCK = {"--only-binary :all:", "--require-hashes", "-r runtime.lock"}
THE_PROJECT = {"--no-index", "--no-deps", "--no-build-isolation"}


def pins(lock: str) -> dict[str, str]:
    """Each package's version."""
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_a_hash(lock: str) -> None:
    entries = re.split(r"^(?=[a-z])", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert all(re.match(r"[a-z0-9.-]+==\d", entry) for entry in entries)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_a_controller_gets_what_was_tested_and_no_tests() -> None:
    runtime = pins("runtime.lock")
    assert runtime.items() <= pins("requirements.lock").items()
    assert {"pytest", "mypy", "ruff", "docker", "uv"}.isdisjoint(runtime)
    assert {"pyinfra", "apprise", "prometheus-client", "pydantic"} <= runtime.keys()


def test_the_project_is_built_by_what_is_in_the_lock() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert (
        declared["build-system"]["requires"]
        == declared["project"]["optional-dependencies"]["build"]
    )
    assert "setuptools" in pins("runtime.lock")


def test_the_tool_that_makes_the_locks_is_in_one() -> None:
    recipe = re.search(r"^lock:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert "pip install" not in recipe[1]
    assert {Path(name) for name in re.findall(r"-o (\S+)", recipe[1])} == set(map(Path, LOCKS))
    assert "uv" in pins("requirements.lock")


def installs(text: str) -> list[str]:
    """What pip is given, line by line."""
    lines = text.replace("\\\n", " ").splitlines()
    return [found[1] for line in lines if (found := re.search(r"\bpip install (.*)", line))]


@pytest.mark.parametrize("name", ["Containerfile", *WORKFLOWS])
def test_packages_come_by_their_hashes_and_the_project_from_here(name: str) -> None:
    packages, project = installs((SCHEDULES / name).read_text())
    assert all(option in packages for option in FROM_THE_LOCK)
    assert all(option in project for option in THE_PROJECT)
    assert project.endswith(" .")


def test_the_environment_of_a_checkout_is_made_in_the_same_way() -> None:
    packages, project, site = installs((ROOT / "Makefile").read_text())
    hashed = FROM_THE_LOCK - {"-r runtime.lock"}
    assert all(option in packages for option in (*hashed, "-r req"))
    assert all(option in site for option in (*hashed, "-r docs/requirements.lock"))
    assert all(option in project for option in THE_PROJECT)


def test_an_image_is_named_by_its_digest() -> None:
    (image,) = re.findall(r"^ARG PYTHON=(\S+)$", CONTAINERFILE, re.MULTILINE)
    assert DIGEST.search(image)
    assert re.findall(r"^FROM (.*)$", CONTAINERFILE, re.MULTILINE) == ["${PYTHON}"]


IMAGES = re.compile(r"\bimage[:=] *\"?([^\s\"]+/[^\s\"]+)|\bimage *= *\"([^\"]+)\"")


@pytest.mark.parametrize(
    "page", [*sorted(SCHEDULES.iterdir()), ROOT / "docs/monitoring.md"], ids=lambda page: page.name
)
def test_images_of_manifests_have_a_digest_or_are_ones_own_with_a_full_version(page: Path) -> None:
    for found in IMAGES.findall(page.read_text()):
        image = found[0] or found[1]
        own = re.fullmatch(r"registry\.example\.com/pyinfra-runbooks:\d+\.\d+\.\d+", image)
        assert own or DIGEST.search(image), image


def steps(name: str) -> list[dict[str, Any]]:
    workflow = yaml.safe_load((SCHEDULES / name).read_text())
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_an_action_is_named_by_its_commit_and_the_version_stands_beside_it(name: str) -> None:
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action)
        assert re.search(rf"{action} # v\d+\.\d+\.\d+$", (SCHEDULES / name).read_text(), re.M)


def test_an_action_has_one_commit_everywhere() -> None:
    used = {step["uses"] for name in WORKFLOWS for step in steps(name) if "uses" in step}
    assert len(used) == len({action.partition("@")[0] for action in used})


def test_what_goes_into_the_image_is_named_one_by_one_and_nothing_else_is_sent() -> None:
    first, *rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    copied = {
        source
        for line in re.findall(r"^COPY (.*) \S+$", CONTAINERFILE, re.MULTILINE)
        for source in line.split()
    }
    assert first == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert {"**/.*", "**/*.key", "**/*.pem", "**/id_*", "**/secrets"} <= set(rules)


def test_no_file_names_a_registry_of_packages() -> None:
    """Whose mirror is asked is set up on each machine. Docker Desktop's labels name none."""
    hosts = re.compile(
        rb"pypi[.](?:org|io)|pythonhosted[.]|npmjs[.]|(?:deb|security|ftp)[.]debian[.]|crates[.]io"
        rb"|proxy[.]golang|rubygems[.]org|(?<!desktop[.])docker[.]io/|(?:ghcr|quay)[.]io"
    )
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=30
    )
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert len(files) > 100
    assert [file for file in files if file.is_file() and hosts.search(file.read_bytes())] == []
