"""A report as a person reads it on a terminal or in a log, without colour."""

from __future__ import annotations

from collections.abc import Iterator

from ..hosts import Finding, HostReport
from ..report import Report, summary


def render(report: Report) -> str:
    """What is wrong where, what was done about it, and the sum."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    for host in report.hosts:
        yield f"{host.name}: {host.status}{_why(host)}"
        for finding in host.findings:
            yield from _finding(finding)
        for step in host.steps:
            verb = {"change": "did", "failure": "failed", "refusal": "refused"}[step.kind]
            yield f"    {verb}: {step.text}" + (f" ({step.seconds:.1f} s)" if step.seconds else "")
        if host.api_failed is not None:
            yield f"    the API failed for {host.api_failed:.1f} s after the first look"
    if report.halted:
        yield f"Halted: {report.halted}"
    yield f"{summary(report)} ({report.seconds:.1f} s)"


def _why(host: HostReport) -> str:
    reason = host.error or (host.held if host.after and host.after.drift else "")
    return f": {reason}" if reason else ""


def _finding(finding: Finding) -> Iterator[str]:
    yield f"  {finding.headline()}"
    yield f"    seen: {finding.evidence}"
    match finding.answer:
        case "remedy":
            yield f"    repair: {finding.text} (disruption: {finding.disruption})"
        case "refusal":
            yield f"    can't: {finding.text}"
            yield f"    do: {finding.instead}"
        case "symptom":
            yield f"    look: {finding.text}"
        case _:
            yield f"    {finding.answer}: {finding.text}"
