"""The result of a job as metrics, for the textfile collector of Prometheus' node exporter.

A file belongs to one job: an inventory and a command. Counters continue from the previous file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from ..core.finding import refusals
from ..core.resolution import Refusal, Restraint, Waiver
from .hosts import HostReport, Status
from .report import Report
from .reports import replaced

PREFIX = "pyinfra_runbooks_"
JOB = ("inventory", "command")
HOST = (*JOB, "host", "stack")
KIND = (*HOST, "kind")

GAUGES: Mapping[str, tuple[Sequence[str], str]] = {
    "last_run_timestamp_seconds": (JOB, "When the job began, in seconds since 1970."),
    "run_duration_seconds": (JOB, "How long the job took."),
    "exit_code": (JOB, "0: every host is healthy, 2: a finding is unresolved, 1: an error."),
    "halted": (JOB, "Whether nothing was corrected, since too many hosts show the same finding."),
    "notifications_failed": (JOB, "Services that did not take the last message."),
    "last_success_timestamp_seconds": (HOST, "When the host was last looked at successfully."),
    "host_unreachable": (HOST, "Whether the host could not be connected to."),
    "host_status": ((*HOST, "status"), "1 for the host's status, 0 for the others."),
    "drift": (KIND, "Unresolved findings after the job."),
    "waivers": (KIND, "Findings that a team has waived for a time."),
    "api_healthy": (HOST, "Whether the health checks succeeded; absent if that is not known."),
    "redis_reachable": (HOST, "Whether Redis answered; absent if that is not known."),
    "breaker_open": (HOST, "Whether a finding came back too often to be corrected again."),
    "paused": (HOST, "Whether a person has paused the host."),
}
COUNTERS: Mapping[str, tuple[Sequence[str], str]] = {
    "corrections_total": (KIND, "Findings that a job has repaired."),
    "refusals_total": (KIND, "Rounds in which a job left a finding to a person."),
}
METRICS = {**GAUGES, **COUNTERS}
CARRIED_OVER = {*COUNTERS, "last_success_timestamp_seconds"}
"""What the next job continues from."""

Key: TypeAlias = tuple[str, ...]
"""A metric's name, without the prefix, and the values of its labels."""
Samples: TypeAlias = Mapping[Key, float]


def output_file(path: str) -> Path:
    """A file that metrics can be written to; raises ValueError with the reason."""
    file = Path(path)
    if file.suffix != ".prom":
        raise ValueError(f"{path}: expected a name that ends with .prom: no other is collected")
    if not file.absolute().parent.is_dir():
        raise ValueError(f"{path}: there is no directory {file.absolute().parent}")
    return file


def write(report: Report, file: Path, not_notified: int = 0) -> str:
    """
    Writes the metrics, whole or not at all; returns a warning, or an empty string.

    + not_notified: how many services did not take the message
    """
    former, problem = _former(file)
    replaced(file, render(samples(report, former, not_notified)))
    return f"{file}: the counters start from zero: {problem}" if problem else ""


def samples(report: Report, former: Samples, not_notified: int = 0) -> Samples:
    """
    The metrics of a report. Pure.

    + former: the metrics of the last job; only what is `CARRIED_OVER` counts
    + not_notified: how many services did not take the message
    """
    job = (report.inventory, report.command)
    kept = {key: value for key, value in former.items() if key[1:3] == job}
    if not report.error or report.hosts:
        names = {host.name for host in report.hosts}
        kept = {key: value for key, value in kept.items() if key[3] in names}
    stacks = {key[3]: key[4] for key in kept}
    found = kept | dict(_of_job(report, job, not_notified))
    for host in report.hosts:
        here = (*job, host.name, _stack(host) or stacks.get(host.name, ""))
        found |= _of_host(report, host, here)
        for key in _counted(host, here):
            found[key] = found.get(key, 0) + 1
    return found


def render(found: Samples) -> str:
    """The samples in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Collected(found))
    return generate_latest(registry).decode()


def read(text: str) -> Samples:
    """What a file holds for the next job to continue from; raises ValueError."""
    try:
        kept = "\n".join(_carried_over(text))
        every = [s for family in text_string_to_metric_families(kept) for s in family.samples]
        named = [(s.name.removeprefix(PREFIX), s.labels, s.value) for s in every]
        found = {
            (name, *(labels[label] for label in METRICS[name][0])): value
            for name, labels, value in named
            if name in CARRIED_OVER
        }
    except KeyError as error:
        raise ValueError(f"a sample has no label {error}") from None
    except ValueError as error:
        raise ValueError(f"it is not in the format of metrics ({error})"[:200]) from None
    if any(not 0 <= value < float("inf") for value in found.values()):
        raise ValueError("a value is negative or not finite")
    return found


def _carried_over(text: str) -> Iterator[str]:
    """The lines that are needed: with many hosts, parsing all of them takes seconds."""
    *lines, rest = text.split("\n")
    if rest:
        raise ValueError("it is cut off")
    for line in lines:
        if not line.startswith((PREFIX, "# ")):
            raise ValueError(f"unexpected: {line!r}")
        if line.startswith(tuple(PREFIX + name for name in CARRIED_OVER)):
            yield line


def _former(file: Path) -> tuple[Samples, str]:
    try:
        return read(file.read_bytes().decode()), ""
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError) as error:
        return {}, f"the former file can't be read: {error}"


def _of_job(report: Report, job: Key, not_notified: int) -> Iterator[tuple[Key, float]]:
    yield ("last_run_timestamp_seconds", *job), report.started
    yield ("run_duration_seconds", *job), report.seconds
    yield ("exit_code", *job), report.exit_code
    yield ("halted", *job), bool(report.halted)
    yield ("notifications_failed", *job), not_notified


def _of_host(report: Report, host: HostReport, here: Key) -> dict[Key, float]:
    last = host.after
    found: dict[Key, float] = {
        ("host_status", *here, str(status)): status is host.status for status in Status
    }
    found["host_unreachable", *here] = not host.reached
    if last is None or last.unknown:
        return found
    found["last_success_timestamp_seconds", *here] = report.started
    found["breaker_open", *here] = any(
        isinstance(f.resolution, Refusal) and f.resolution.restraint is Restraint.BREAKER
        for f in last.findings
    )
    found["paused", *here] = bool(last.paused)
    if last.api_healthy is not None:
        found["api_healthy", *here] = last.api_healthy
    if last.redis_answers is not None:
        found["redis_reachable", *here] = last.redis_answers
    for finding in last.findings:
        waived = isinstance(finding.resolution, Waiver)
        if name := "drift" if finding.drift else "waivers" if waived else "":
            key = (name, *here, finding.kind.id)
            found[key] = found.get(key, 0) + 1
    return found


def _counted(host: HostReport, here: Key) -> Iterator[Key]:
    """The counters that this job increments."""
    if not host.fresh:
        return
    yield from (("corrections_total", *here, finding.kind.id) for finding in host.repaired)
    if host.corrected:
        refused = {f.identity for f in refusals(host.findings)}
        yield from (("refusals_total", *here, kind) for kind, _ in sorted(refused))


def _stack(host: HostReport) -> str:
    return next((look.stack for look in (host.after, host.before) if look and look.stack), "")


@dataclass(frozen=True, eq=False)
class _Collected(Collector):
    """Samples, in the form that prometheus_client takes."""

    found: Samples

    def collect(self) -> Iterable[Metric]:
        families = {name: _family(name) for name in METRICS}
        for (name, *labels), value in sorted(self.found.items()):
            families[name].add_metric(labels, value)
        return [family for family in families.values() if family.samples]


def _family(name: str) -> GaugeMetricFamily | CounterMetricFamily:
    labels, meaning = METRICS[name]
    made = CounterMetricFamily if name in COUNTERS else GaugeMetricFamily
    return made(PREFIX + name, meaning, labels=labels)
