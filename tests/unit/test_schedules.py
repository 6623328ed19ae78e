"""The manifests in docs/schedules: as their engines want them, without a secret, and hardened."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

DOCS = Path(__file__).parents[2] / "docs"
SCHEDULES = DOCS / "schedules"
SCHEMAS = Path(__file__).parent / "data" / "schemas"
PAGES = ("scheduling.md", "fleet.md")
MANIFESTS = ("cronjob.yaml", "indexed-job.yaml")
WORKFLOWS = ("workflow.yaml", "workflow-fleet.yaml")
KINDS = {
    ("batch/v1", "CronJob"): "io.k8s.api.batch.v1.CronJob",
    ("batch/v1", "Job"): "io.k8s.api.batch.v1.Job",
    ("v1", "PersistentVolumeClaim"): "io.k8s.api.core.v1.PersistentVolumeClaim",
}


class Strict(yaml.SafeLoader):
    """YAML in which no key comes twice, and ``on`` is a key of GitHub's instead of true."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key comes twice: {keys}"
        return super().construct_mapping(node, deep)


Strict.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if first not in "oO" or "bool" not in tag]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.load_all((SCHEDULES / name).read_text(), Loader=Strict))


def mistakes(schema: dict[str, Any], document: object) -> list[str]:
    Draft7Validator.check_schema(schema)
    return [error.message for error in Draft7Validator(schema).iter_errors(document)]


def kubernetes(document: dict[str, Any]) -> list[str]:
    """What Kubernetes' own schema finds wrong with an object."""
    definitions = json.loads((SCHEMAS / "kubernetes.json").read_text())
    kind = KINDS[document["apiVersion"], document["kind"]]
    return mistakes(definitions | {"$ref": f"#/definitions/{kind}"}, document)


def cron_job(name: str) -> dict[str, Any]:
    (found,) = (doc for doc in documents(name) if doc["kind"] == "CronJob")
    return found


@pytest.mark.parametrize("name", MANIFESTS)
def test_kubernetes_takes_every_object(name: str) -> None:
    for document in documents(name):
        assert kubernetes(document) == []


@pytest.mark.parametrize("name", MANIFESTS)
def test_what_it_starts_is_a_job(name: str) -> None:
    template = cron_job(name)["spec"]["jobTemplate"]
    assert kubernetes({"apiVersion": "batch/v1", "kind": "Job", **template}) == []


def test_a_mistake_in_an_object_would_be_found() -> None:
    document = cron_job("cronjob.yaml")
    document["spec"]["jobTemplate"]["spec"]["template"]["spec"]["securtyContext"] = {}
    document["spec"]["schedule"] = 5
    assert len(kubernetes(document)) == 2


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_round_runs_alone_with_few_rights_and_is_not_repeated(name: str) -> None:
    cron = cron_job(name)["spec"]
    job = cron["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    assert cron["concurrencyPolicy"] == "Forbid"
    assert job.get("backoffLimit", job.get("backoffLimitPerIndex")) == 0
    assert pod["restartPolicy"] == "Never"
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} <= set(container["resources"])
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["key"]["secret"]["defaultMode"] == 0o400
    assert "configMap" in volumes["hosts"]
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)


def test_every_part_of_the_fleet_is_run() -> None:
    job = cron_job("indexed-job.yaml")["spec"]["jobTemplate"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    *shell, script = container["command"]
    assert job["completionMode"] == "Indexed"
    # One part that ends with 2 must not end the others.
    assert "backoffLimit" not in job
    said = []
    for index in range(job["completions"]):
        environment = {"JOB_COMPLETION_INDEX": str(index), "PATH": "/usr/bin:/bin"}
        shown = script.replace("exec runbooks", "echo")
        reported = subprocess.run(
            [*shell, shown], env=environment, capture_output=True, text=True, check=True, timeout=9
        )
        said += re.findall(r"--shard (\S+)", reported.stdout)
    assert said == [f"{number}/16" for number in range(1, 17)]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_github_takes_the_workflow(name: str) -> None:
    schema = json.loads((SCHEMAS / "github-workflow.json").read_text())
    (workflow,) = documents(name)
    assert mistakes(schema, workflow) == []
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is False


def test_a_mistake_in_a_workflow_would_be_found() -> None:
    schema = json.loads((SCHEMAS / "github-workflow.json").read_text())
    (workflow,) = documents("workflow.yaml")
    workflow["jobs"]["correct"]["time-out-minutes"] = 5
    assert mistakes(schema, workflow)


def test_the_matrix_has_every_part_and_ends_none_for_another() -> None:
    (workflow,) = documents("workflow-fleet.yaml")
    strategy = workflow["jobs"]["correct"]["strategy"]
    assert strategy["matrix"]["part"] == list(range(1, 17))
    assert strategy["fail-fast"] is False


def test_cron_takes_the_line() -> None:
    lines = (SCHEDULES / "crontab").read_text().splitlines()
    (job,) = (line for line in lines if line and not re.match(r"#|\w+=", line))
    time, user, command = re.fullmatch(r"((?:\S+ ){5})(\S+) (.*)", job).groups()  # type: ignore[union-attr]
    assert all(re.fullmatch(r"\*(/\d+)?|\d+", field) for field in time.split())
    assert user == "deploy"
    # cron makes a line's end of it.
    assert "%" not in command
    subprocess.run(["sh", "-n", "-c", command], check=True, timeout=9)
    assert "flock --nonblock" in command
    assert "--jitter" in command


SECRET = re.compile(r"PRIVATE KEY-|AAAA[A-Za-z0-9+/]{20}|\b(?i:password|token): *\S")


@pytest.mark.parametrize("path", sorted(SCHEDULES.iterdir()), ids=lambda path: path.name)
def test_no_manifest_has_a_secret_and_a_page_names_it(path: Path) -> None:
    assert not SECRET.search(path.read_text())
    assert any(f"(schedules/{path.name})" in (DOCS / page).read_text() for page in PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", (DOCS / page).read_text())
    assert targets
    assert [target for target in targets if not (DOCS / target).exists()] == []


def test_the_fleets_arithmetic_is_as_the_page_says() -> None:
    text = (DOCS / "fleet.md").read_text()
    (code, output) = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", text, re.DOTALL)[0]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(code, {})  # noqa: S102 - the page's own code
    assert said.getvalue() == output
