"""Alerts and dashboard: about what is measured, nothing else, and all of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from journals import report

from pyinfra_runbooks.jobs import metrics
from pyinfra_runbooks.jobs.notify.alerts import Severity

PLACE = Path(__file__).parents[2] / "monitoring"
RULES = yaml.safe_load((PLACE / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((PLACE / "dashboard.json").read_text())
PANELS = DASHBOARD["panels"]
PROMTOOL = shutil.which("promtool", path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin")
NAMES = {f"pyinfra_runbooks_{name}" for name in metrics.METRICS}

needs_promtool = pytest.mark.needs("promtool")  # make unit brings it along


def promtool(
    *arguments: str, stdin: str = "", at: Path = PLACE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROMTOOL), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=at,
        check=False,
        timeout=120,
    )


def named(text: str) -> set[str]:
    return set(re.findall(r"\bpyinfra_runbooks_\w+", text))


def expressions() -> list[str]:
    return [target["expr"] for panel in PANELS for target in panel["targets"]]


def test_alerts_are_about_metrics_that_there_are() -> None:
    assert named("\n".join(rule["expr"] for rule in RULES)) <= NAMES


def test_the_dashboard_shows_each_metric_and_no_other() -> None:
    variables = json.dumps(DASHBOARD["templating"])
    assert named("\n".join(expressions())) == NAMES
    assert named(variables) <= NAMES


def test_each_metric_is_documented() -> None:
    page = (PLACE.parent / "docs" / "monitoring.md").read_text()
    assert [name for name in metrics.METRICS if f"`{name}`" not in page] == []


def test_labels_that_an_expression_names_are_there() -> None:
    for expression in [*expressions(), *(rule["expr"] for rule in RULES)]:
        for name, selector in re.findall(r"pyinfra_runbooks_(\w+)\{([^}]*)\}", expression):
            assert set(re.findall(r"(\w+)=~?\"", selector)) <= set(metrics.METRICS[name][0])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_which_command_to_run(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {severity.value for severity in Severity}
    assert set(rule["annotations"]) == {"summary", "description"}
    assert re.search(r"\b(pyinfra|runbooks) \S", rule["annotations"]["description"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_names_labels_that_its_metric_has(rule: dict[str, Any]) -> None:
    words = json.dumps(rule["annotations"])
    (name,) = named(rule["expr"])
    labels = set(metrics.METRICS[name.removeprefix("pyinfra_runbooks_")][0])
    assert set(re.findall(r"\$labels\.(\w+)", words)) <= labels


def test_each_alert_has_a_test() -> None:
    tested = yaml.safe_load((PLACE / "alerts_test.yml").read_text())["tests"]
    fired = {c["alertname"] for t in tested for c in t["alert_rule_test"] if c["exp_alerts"]}
    assert fired == {rule["alert"] for rule in RULES}


def test_the_dashboard_is_bound_to_no_data_source() -> None:
    sources = re.findall(r'"uid": "([^"]*)"', json.dumps(DASHBOARD))
    assert set(sources) == {"${datasource}"}
    assert "uid" not in DASHBOARD
    assert DASHBOARD["schemaVersion"] >= 39
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in PANELS):
        own = {
            (place["x"] + right, place["y"] + down)
            for right in range(place["w"])
            for down in range(place["h"])
        }
        assert not taken & own
        assert place["x"] + place["w"] <= 24
        taken |= own
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


@needs_promtool
def test_prometheus_takes_the_alerts_and_they_do_what_their_tests_say() -> None:
    for arguments in (("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")):
        done = promtool(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_takes_the_dashboards_expressions(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{n}", "expr": expression.replace("$__rate_interval", "5m")}
        for n, expression in enumerate(expressions())
    ]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    done = promtool("check", "rules", "rules.yml", at=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_finds_no_fault_with_the_metrics() -> None:
    done = promtool("check", "metrics", stdin=metrics.render(metrics.samples(report(), {})))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
