"""The bench's own arithmetic: what a record says, medians and ratios, goals, the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import cases, contenders, goals, report, targets
from bench.client import INTERVAL, Request
from bench.figures import Run, Seen, each_further, ratio, seen, spread, values
from lab.hosts import HOSTS

OURS, ANSIBLE = contenders.OURS.name, contenders.ANSIBLE.name


def asked(*goods: bool, start: float = 100.0, takes: float = 0.005) -> list[Request]:
    """A record: one request each interval from `start` on."""
    sent = [start + number * INTERVAL for number in range(len(goods))]
    return [Request(at, at + takes, good) for at, good in zip(sent, goods, strict=True)]


def run(
    case: str, contender: str, wall: float, *, names: int = 1, host: str = "a", **more: float
) -> Run:
    """One run, of which only some figures count."""
    figures = {"cpu": 1.0, "memory": 50.0} | more
    return Run(case, contender, host, names, 1, wall, figures["cpu"], figures["memory"], 0)


class TestSeen:
    def test_errors_end_with_the_last_failed_request(self) -> None:
        found = seen(asked(False, False, True, False, True, True), start=100.0)
        assert found.healthy == pytest.approx(4 * INTERVAL + 0.005)
        assert found.errors_until == pytest.approx(4 * INTERVAL)
        assert found.error_seconds == pytest.approx(3 * INTERVAL)

    def test_what_came_before_the_command_does_not_count(self) -> None:
        found = seen(asked(False, False, True, True), start=100.0 + 2 * INTERVAL)
        assert found == Seen(healthy=pytest.approx(0.005), errors_until=0.0, error_seconds=0.0)

    def test_a_late_failure_of_an_early_request_does_not_hide_the_recovery(self) -> None:
        early = Request(100.0, 101.0, False)
        found = seen([*asked(True, True, start=100.1), early], start=100.0)
        assert found.healthy == pytest.approx(0.105)

    def test_what_never_came_back_is_not_healthy(self) -> None:
        assert seen(asked(True, False), start=100.0).healthy is None

    def test_an_empty_record_says_nothing(self) -> None:
        assert seen([], start=100.0) == Seen(None, 0.0, 0.0)


class TestFigures:
    def test_spread(self) -> None:
        found = spread([3.0, 1.0, 10.0])
        assert found is not None
        assert (found.median, found.least, found.most, found.count) == (3.0, 1.0, 10.0, 3)
        assert spread([]) is None

    def test_a_ratio_is_of_medians(self) -> None:
        runs = [run("c", OURS, 1.0), run("c", OURS, 3.0), run("c", ANSIBLE, 8.0)]
        assert ratio(runs, "c", OURS, ANSIBLE, "wall") == 0.25
        assert ratio(runs, "other", OURS, ANSIBLE, "wall") is None

    def test_values_of_one_host(self) -> None:
        runs = [run("c", OURS, 1.0), run("c", OURS, 2.0, host="b")]
        assert values(runs, "c", OURS, "wall") == [1.0, 2.0]
        assert values(runs, "c", OURS, "wall", host="b") == [2.0]
        assert values(runs, "c", OURS, "healthy") == []

    def test_each_further_host(self) -> None:
        runs = [
            run("nothing-1", OURS, 1.0, cpu=0.5),
            run("nothing-100", OURS, 9.0, names=100, cpu=1.49),
        ]
        found = each_further(runs, "nothing-1", "nothing-100", OURS, "cpu")
        assert found == pytest.approx(0.01)
        assert each_further(runs, "nothing-1", "nothing-500", OURS, "cpu") is None


class TestGoals:
    def test_met_missed_and_not_measured(self) -> None:
        runs = [
            run("nothing-1", OURS, 1.0),
            run("nothing-1", ANSIBLE, 4.0),
            run("nothing-20", OURS, 4.0, names=20),
            run("nothing-20", ANSIBLE, 16.0, names=20),
        ]
        words = [one.word for one in goals.outcomes(runs)]
        assert words == ["met", "missed", *["not measured"] * (len(goals.GOALS) - 2)]

    def test_one_restart_is_too_many(self) -> None:
        runs = [
            Run("wrong-network", OURS, "a", 1, 1, 1, 1, 1, 0, Seen(0.7, 0.7, 0.7), restarted)
            for restarted in (False, False, True)
        ]
        outcome = {one.goal.text: one for one in goals.outcomes(runs)}
        assert outcome["wrong network: restarts of Redis"].word == "missed"
        assert outcome["wrong network: the client sees errors for"].word == "met"

    def test_every_goal_is_about_a_case_that_there_is(self) -> None:
        by_name = {case.name: case for case in cases.ALL}
        runs = [
            Run(c.name, one.name, "a", c.names, 1, 1, 1, 1, 0, Seen(1, 1, 1), False)
            for c in by_name.values()
            for one in c.contenders
        ]
        assert all(one.found is not None for one in goals.outcomes(runs))


class TestCases:
    def test_a_quick_run_leaves_out_what_takes_long(self) -> None:
        quick = cases.chosen([], quick=True)
        assert {case.rounds for case in quick} == {1}
        assert max(case.names for case in quick) == 20

    def test_what_is_asked_for_is_run(self) -> None:
        assert [case.name for case in cases.chosen(["nothing-100"], quick=True)] == ["nothing-100"]

    def test_the_one_line_does_not_repair_the_incident(self) -> None:
        taking_part = {case.name: case.contenders for case in cases.ALL}
        assert contenders.ONE_LINE in taking_part["wrong-network"]
        assert contenders.ONE_LINE not in taking_part["incident"]

    def test_every_case_has_a_title(self) -> None:
        shown = report.as_json([], {})["titles"]
        assert {case.name for case in cases.ALL} == shown.keys()


class TestTable:
    def test_rows_have_median_spread_and_ratio(self) -> None:
        runs = [
            run("nothing-1", OURS, 0.5),
            run("nothing-1", OURS, 0.7),
            run("nothing-1", OURS, 0.6),
            run("nothing-1", ANSIBLE, 3.0),
        ]
        text = report.table(runs, [], cases.chosen(["nothing-1"], False), {"machine": "m"}, 60)
        assert f"| {OURS} | 0.60 (0.50\u20130.70) | 1.00 | " in text
        assert f"| {ANSIBLE} | 3.00 | 5.00 | " in text
        assert contenders.EMPTY.name not in text.partition("How it was measured")[0]

    def test_what_went_wrong_is_shown(self) -> None:
        text = report.table([], ["nothing-1, Ansible: ended with 2"], [], {}, 0)
        assert "- nothing-1, Ansible: ended with 2" in text

    def test_json_has_every_raw_value(self) -> None:
        runs = [run("nothing-1", OURS, 0.5), run("nothing-1", OURS, 0.7)]
        found = json.loads(json.dumps(report.as_json(runs, {})))
        assert [one["wall"] for one in found["runs"]] == [0.5, 0.7]


class TestTargets:
    def test_few_names_are_the_hosts_own(self) -> None:
        assert [target.name for target in targets.named(2)] == [host.name for host in HOSTS]

    def test_many_names_take_turns_on_the_hosts(self) -> None:
        found = targets.named(5)
        assert [target.host for target in found] == [HOSTS[n % 2] for n in range(5)]
        assert len({target.name for target in found}) == 5

    def test_a_route_changes_address_and_port(self) -> None:
        (target,) = targets.named(1, HOSTS[:1], {HOSTS[0].name: "198.18.0.2"})
        assert (target.address, target.port) == ("198.18.0.2", 22)

    def test_everybody_reads_the_same_names(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = tmp_path / "known_hosts"
        known.write_text("".join(f"[127.0.0.1]:{h.port} ssh-ed25519 {h.name}\n" for h in HOSTS))
        monkeypatch.setattr(targets, "KNOWN_HOSTS", known)
        chosen = targets.named(3)
        files = targets.write(chosen, tmp_path / "out")
        names = [target.name for target in chosen]
        assert [name for name, _ in json.loads(files.pyinfra.read_text())] == names
        assert [line.split()[0] for line in files.shell.read_text().splitlines()] == names
        for text in (files.ansible.read_text(), files.ssh.read_text()):
            assert all(name in text for name in names)
