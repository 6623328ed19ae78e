"""Not yet."""

from ..report import Report


def render(report: Report) -> str:
    return repr(report)
