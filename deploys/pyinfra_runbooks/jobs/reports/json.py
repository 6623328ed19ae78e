"""A report as JSON, as `report.schema.json` beside this file describes it."""

from __future__ import annotations

import json

from ..report import Report


def render(report: Report) -> str:
    """The report as one JSON object."""
    return json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"
