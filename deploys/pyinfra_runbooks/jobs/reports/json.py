"""A report as JSON, as `report.schema.json` beside this file describes it."""

from __future__ import annotations

import json
import re

from ..report import Report

_HALVES = re.compile("[\ud800-\udfff]")


def render(report: Report) -> str:
    """The report as one JSON object; halves of characters are replaced: UTF-8 has none."""
    text = json.dumps(report.to_json(), indent=2, ensure_ascii=False)
    return _HALVES.sub("\ufffd", text) + "\n"
