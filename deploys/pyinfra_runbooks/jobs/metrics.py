"""What came of a job as metrics, for the textfile collector of Prometheus' node exporter.

A file is one job's: its inventory and command. Counters go on from what the former file says.
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
    "exit_code": (JOB, "0: all is well, 2: something is not and was left, 1: an error."),
    "halted": (JOB, "Whether nothing was corrected, since too many hosts show the same."),
    "notifications_failed": (JOB, "Services to which the last message did not get through."),
    "last_success_timestamp_seconds": (HOST, "When the host was last looked at with success."),
    "host_unreachable": (HOST, "Whether no connection to the host came about."),
    "host_status": ((*HOST, "status"), "1 for how the host stands, 0 for the others."),
    "drift": (KIND, "Findings that make the host one that is not well, when the job was done."),
    "accepted": (KIND, "Findings that are accepted for a time."),
    "api_healthy": (HOST, "Whether the health checks succeeded; absent where it is not known."),
    "redis_reachable": (HOST, "Whether Redis answered; absent where it is not known."),
    "breaker_open": (HOST, "Whether a finding was corrected too often, and is no longer."),
    "paused": (HOST, "Whether a person wants the host left alone."),
}
COUNTERS: Mapping[str, tuple[Sequence[str], str]] = {
    "corrections_total": (KIND, "Findings that a job has repaired."),
    "refusals_total": (KIND, "Rounds in which a job left a finding to a person."),
}
METRICS = {**GAUGES, **COUNTERS}
LASTING = {*COUNTERS, "last_success_timestamp_seconds"}
"""What the next job goes on from."""

Key: TypeAlias = tuple[str, ...]
"""A metric's name, without the prefix, and the values of its labels."""
Samples: TypeAlias = Mapping[Key, float]


def checked(path: str) -> Path:
    """A file that metrics can be written to; raises ValueError with what is wrong."""
    file = Path(path)
    if file.suffix != ".prom":
        raise ValueError(f"{path}: expected a name that ends with .prom: no other is collected")
    if not file.absolute().parent.is_dir():
        raise ValueError(f"{path}: there is no directory {file.absolute().parent}")
    return file


def write(report: Report, file: Path, untold: int = 0) -> str:
    """
    Writes the metrics, whole or not at all; returns what has to be said of it, mostly nothing.

    + untold: how many services a message did not get through to
    """
    former, problem = _former(file)
    replaced(file, render(samples(report, former, untold)))
    return f"{file}: the counters start from zero: {problem}" if problem else ""


def samples(report: Report, former: Samples, untold: int = 0) -> Samples:
    """
    What there is to measure in a report. Pure.

    + former: what the last job left; only what is `LASTING` counts
    + untold: how many services a message did not get through to
    """
    job = (report.inventory, report.command)
    kept = {key: value for key, value in former.items() if key[1:3] == job}
    if not report.error or report.hosts:
        names = {host.name for host in report.hosts}
        kept = {key: value for key, value in kept.items() if key[3] in names}
    stacks = {key[3]: key[4] for key in kept}
    found = kept | dict(_of_job(report, job, untold))
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
    """What a file says that the next job goes on from; raises ValueError."""
    try:
        kept = "\n".join(_lasting(text))
        every = [s for family in text_string_to_metric_families(kept) for s in family.samples]
        named = [(s.name.removeprefix(PREFIX), s.labels, s.value) for s in every]
        found = {
            (name, *(labels[label] for label in METRICS[name][0])): value
            for name, labels, value in named
            if name in LASTING
        }
    except KeyError as error:
        raise ValueError(f"a sample has no label {error}") from None
    except ValueError as error:
        raise ValueError(f"it is no text of metrics ({error})"[:200]) from None
    if any(not 0 <= value < float("inf") for value in found.values()):
        raise ValueError("a count is no number")
    return found


def _lasting(text: str) -> Iterator[str]:
    """The lines that count: to parse them all takes seconds where there are many hosts."""
    *lines, rest = text.split("\n")
    if rest:
        raise ValueError("it is cut off")
    for line in lines:
        if not line.startswith((PREFIX, "# ")):
            raise ValueError(f"unexpected: {line!r}")
        if line.startswith(tuple(PREFIX + name for name in LASTING)):
            yield line


def _former(file: Path) -> tuple[Samples, str]:
    try:
        return read(file.read_bytes().decode()), ""
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError) as error:
        return {}, f"the former file can't be read: {error}"


def _of_job(report: Report, job: Key, untold: int) -> Iterator[tuple[Key, float]]:
    yield ("last_run_timestamp_seconds", *job), report.started
    yield ("run_duration_seconds", *job), report.seconds
    yield ("exit_code", *job), report.exit_code
    yield ("halted", *job), bool(report.halted)
    yield ("notifications_failed", *job), untold


def _of_host(report: Report, host: HostReport, here: Key) -> dict[Key, float]:
    last = host.after
    found: dict[Key, float] = {
        ("host_status", *here, str(status)): status is host.status for status in Status
    }
    found["host_unreachable", *here] = not host.reached
    if last is None or last.unknown:
        return found
    found["last_success_timestamp_seconds", *here] = report.started
    found["breaker_open", *here] = any(f.restraint == "breaker" for f in last.findings)
    found["paused", *here] = bool(last.paused)
    if last.api_healthy is not None:
        found["api_healthy", *here] = last.api_healthy
    if last.redis_answers is not None:
        found["redis_reachable", *here] = last.redis_answers
    for finding in last.findings:
        name = "drift" if finding.drift else "accepted" if finding.answer == "accepted" else ""
        if name:
            key = (name, *here, finding.kind)
            found[key] = found.get(key, 0) + 1
    return found


def _counted(host: HostReport, here: Key) -> Iterator[Key]:
    """What goes up by one with this job."""
    if not host.fresh:
        return
    yield from (("corrections_total", *here, finding.kind) for finding in host.repaired)
    if host.corrected:
        refused = {f.identity for f in host.findings if f.answer == "refusal"}
        yield from (("refusals_total", *here, kind) for kind, _ in sorted(refused))


def _stack(host: HostReport) -> str:
    return next((look.stack for look in (host.after, host.before) if look and look.stack), "")


@dataclass(frozen=True, eq=False)
class _Collected(Collector):
    """Samples, as prometheus_client takes them."""

    found: Samples

    def collect(self) -> Iterable[Metric]:
        families = {name: _family(name) for name in METRICS}
        for (name, *labels), value in sorted(self.found.items()):
            families[name].add_metric(labels, value)
        return [family for family in families.values() if family.samples]


def _family(name: str) -> GaugeMetricFamily | CounterMetricFamily:
    labels, said = METRICS[name]
    made = CounterMetricFamily if name in COUNTERS else GaugeMetricFamily
    return made(PREFIX + name, said, labels=labels)
