"""Metrics: what Prometheus reads is what the report says, and counters go on between runs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import REFUSED, START, UNHEALTHY, WRONG, finding, look, report, run
from prometheus_client.parser import text_string_to_metric_families

from pyinfra_runbooks.jobs import metrics
from pyinfra_runbooks.jobs.hosts import HostReport, of_journal
from pyinfra_runbooks.jobs.report import Report

ODD = "odd<&>\"'"


def parsed(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """What Prometheus' own parser reads: each metric's samples."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name.removeprefix("pyinfra_runbooks_")
            found.setdefault(name, []).append((sample.labels, sample.value))
    return found


def by_host(text: str, name: str, *labels: str) -> dict[Any, float]:
    """The values of a metric by host, and by more labels."""
    return {
        (one["host"], *(one[label] for label in labels)) if labels else one["host"]: value
        for one, value in parsed(text).get(name, ())
    }


def rendered(of: Report, before: str = "", not_notified: int = 0) -> str:
    return metrics.render(metrics.samples(of, metrics.read(before), not_notified))


def only(*hosts: HostReport, **other: Any) -> Report:
    return replace(report(), hosts=hosts, **other)


def seen(*findings: dict[str, str], corrected: bool = True, **other: Any) -> HostReport:
    return of_journal([run("one"), look("one", 1, *findings, **other)], corrected)[0]


TEXT = rendered(report())


def test_every_metric_is_there_with_its_help_and_type() -> None:
    text = rendered(report())
    for name in metrics.METRICS:
        kind = "counter" if name in metrics.COUNTERS else "gauge"
        assert f"# TYPE pyinfra_runbooks_{name} {kind}\n" in text
        assert f"# HELP pyinfra_runbooks_{name} {metrics.METRICS[name][1]}\n" in text


def test_the_job() -> None:
    job = {"inventory": "inventories/prod.py", "command": "correct"}
    found = parsed(rendered(report(halted="too many"), not_notified=2))
    assert found["last_run_timestamp_seconds"] == [(job, START)]
    assert found["run_duration_seconds"] == [(job, 4.2)]
    assert found["exit_code"] == [(job, 1)]
    assert found["halted"] == [(job, 1)]
    assert found["notifications_failed"] == [(job, 2)]


def test_a_host_has_one_status() -> None:
    found = by_host(TEXT, "host_status", "status")
    assert {key for key, value in found.items() if value} == {
        ("calm", "healthy"),
        ("healed", "repaired"),
        ("refusing", "unresolved"),
        (ODD, "unresolved"),
        ("broken", "error"),
        ("away", "error"),
    }
    assert len(found) == 6 * 5


def test_what_is_wrong_is_counted_by_kind() -> None:
    assert by_host(TEXT, "drift", "kind") == {
        ("refusing", "network-missing"): 1,
        ("refusing", "unhealthy"): 1,
        ("broken", "wrong-network"): 1,
        (ODD, "wrong-network"): 1,
    }
    assert by_host(TEXT, "waivers", "kind") == {("calm", "extra-network"): 1}


def test_a_host_that_was_not_reached_says_so_and_nothing_of_its_stack() -> None:
    assert {host for host, value in by_host(TEXT, "host_unreachable").items() if value} == {"away"}
    for name in ("api_healthy", "redis_reachable", "breaker_open", "paused"):
        assert "away" not in by_host(TEXT, name)


def test_the_api_and_redis() -> None:
    assert by_host(TEXT, "api_healthy") == {
        "calm": 1,
        "healed": 1,
        "refusing": 0,
        "broken": 0,
        ODD: 0,
    }
    text = rendered(only(seen(UNHEALTHY, redis_answers=False)))
    assert by_host(text, "redis_reachable") == {"one": 0}


def test_what_is_not_known_is_absent() -> None:
    text = rendered(only(seen(api_healthy=None, redis_answers=None)))
    assert not {"api_healthy", "redis_reachable"} & set(parsed(text))
    text = rendered(only(seen(unknown="Docker did not answer")))
    assert by_host(text, "host_unreachable") == {"one": 0}
    assert "last_success_timestamp_seconds" not in parsed(text)


def test_a_pause_and_a_breaker() -> None:
    assert {h for h, value in by_host(TEXT, "paused").items() if value} == {"refusing"}
    open_ = finding("wrong-network", resolution="refusal", restraint="breaker")
    assert by_host(rendered(only(seen(open_))), "breaker_open") == {"one": 1}
    capped = finding("wrong-network", resolution="refusal", restraint="cap")
    assert by_host(rendered(only(seen(capped))), "breaker_open") == {"one": 0}


def test_counters_go_on_from_run_to_run() -> None:
    once, twice = TEXT, rendered(report(), TEXT)
    assert by_host(once, "corrections_total", "kind") == {("healed", "wrong-network"): 1}
    assert by_host(twice, "corrections_total", "kind") == {("healed", "wrong-network"): 2}
    assert by_host(twice, "refusals_total", "kind") == {
        ("refusing", "network-missing"): 2,
        (ODD, "wrong-network"): 2,
    }


def test_a_counter_stays_where_nothing_happens() -> None:
    checked = seen()
    first = rendered(only(replace(seen(REFUSED), name="one")))
    assert by_host(rendered(only(checked), first), "refusals_total", "kind") == {
        ("one", "network-missing"): 1
    }


def test_a_look_refuses_nothing() -> None:
    assert "refusals_total" not in parsed(rendered(only(seen(REFUSED, corrected=False))))


def test_a_host_that_is_no_longer_in_the_inventory_disappears() -> None:
    text = rendered(only(*report().hosts[:1]), TEXT)
    assert {labels["host"] for of in parsed(text).values() for labels, _ in of if "host" in labels}
    assert "refusing" not in text
    assert "healed" not in text


def test_the_last_success_and_the_stack_of_a_host_that_is_away_are_kept() -> None:
    before = rendered(only(seen()))
    away = HostReport("one", error="it could not be reached: no route")
    text = rendered(only(away, started=START + 300), before)
    labels, value = parsed(text)["last_success_timestamp_seconds"][0]
    assert (labels["host"], labels["stack"], value) == ("one", "shop", START)
    assert parsed(text)["host_unreachable"][0][0]["stack"] == "shop"


def test_a_job_that_came_to_no_host_keeps_what_is_known_of_them() -> None:
    text = rendered(only(error="there is no such inventory"), TEXT)
    assert by_host(text, "corrections_total") == {"healed": 1}
    assert "calm" in by_host(text, "last_success_timestamp_seconds")
    assert "drift" not in parsed(text)
    assert parsed(text)["exit_code"][0][1] == 1


def test_counters_of_another_job_are_not_continued() -> None:
    assert by_host(rendered(report(inventory="other.py"), TEXT), "corrections_total") == {
        "healed": 1
    }


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda s: "\r" not in s)
)
def test_any_name_of_a_host_is_read_back_as_it_is(name: str) -> None:
    text = rendered(only(replace(seen(WRONG, corrected=False), name=name)))
    assert by_host(text, "drift", "kind") == {(name, "wrong-network"): 1}
    again = rendered(only(replace(seen(WRONG, corrected=False), name=name)), text)
    assert by_host(again, "drift", "kind") == {(name, "wrong-network"): 1}


def test_quotes_backslashes_and_newlines_are_escaped() -> None:
    text = rendered(only(replace(seen(), name='a"b\\c\nd')))
    assert 'host="a\\"b\\\\c\\nd"' in text


@given(st.text() | st.text('pyinfra_runbooks_corrections_total{host="a"} 1\n#\\,=').map(str))
def test_no_former_file_is_fatal(text: str) -> None:
    with suppress(ValueError):
        metrics.read(text)


DAMAGED = {
    "cut off": TEXT[:-9],
    "no text of metrics": "corrections {{{",
    "a label is missing": 'pyinfra_runbooks_corrections_total{host="a"} 1\n',
    "no number": TEXT.replace("} 1.0\n", "} NaN\n"),
}


@pytest.mark.parametrize("former", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_former_file_is_replaced_and_that_is_said(tmp_path: Path, former: str) -> None:
    file = tmp_path / "runbooks.prom"
    file.write_text(former)
    said = metrics.write(report(), file)
    assert said.startswith(f"{file}: the counters start from zero: the former file can't be read: ")
    assert file.read_text() == TEXT


def test_bytes_that_are_no_text_are_replaced_too(tmp_path: Path) -> None:
    file = tmp_path / "runbooks.prom"
    file.write_bytes(b"\xff\xfe")
    assert "start from zero" in metrics.write(report(), file)
    assert metrics.write(report(), file) == ""
    assert by_host(file.read_text(), "corrections_total") == {"healed": 2}


def test_a_file_is_written_at_once_and_can_be_collected(tmp_path: Path) -> None:
    file = tmp_path / "runbooks.prom"
    assert metrics.write(report(), file) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["runbooks.prom"]
    assert file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name", ["runbooks.txt", "prom", ".prom"])
def test_a_file_that_is_not_collected_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"expected a name that ends with \.prom"):
        metrics.output_file(str(tmp_path / name))


def test_a_directory_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no directory"):
        metrics.output_file(str(tmp_path / "none" / "a.prom"))
    assert metrics.output_file(str(tmp_path / "a.prom")) == tmp_path / "a.prom"
