"""The JSON schema of a report, generated from its models.

``python -m pyinfra_runbooks.jobs.reports.schema`` prints it. The descriptions of members come from
the docstrings of the models.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .json import FORM

_TITLE = "Report of a job of pyinfra-runbooks"


def render() -> str:
    """The schema, as in the file beside this one."""
    # The generic parameter of a remedy is ours alone: `Remedy_Any_` is `Remedy` to a reader.
    schema = json.loads(json.dumps(FORM.json_schema(mode="serialization")).replace("_Any_", ""))
    for model in (schema, *schema["$defs"].values()):
        _describe(model)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLE}
    return json.dumps({**head, **schema, "title": _TITLE}, indent=2) + "\n"


def _describe(model: dict[str, Any]) -> None:
    """Splits a model's docstring: each ``+ member: meaning`` goes to its member."""
    text, meanings = _docstring(model.pop("description"))
    if "enum" in model:
        words = (f"{name.lower()}: {meaning}" for name, meaning in meanings.items())
        model["description"] = " ".join((text, *(f"{word}." for word in words)))
        return
    model["description"] = text
    model.pop("title", None)
    for name, member in model["properties"].items():
        member.pop("title", None)
        member["description"] = meanings[name]
    model |= {"required": list(model["properties"]), "additionalProperties": False}


def _docstring(text: str) -> tuple[str, Mapping[str, str]]:
    """
    Splits a docstring into its text, and the meanings of the members that it names.

    >>> _docstring("A place.\\n\\n+ service: the service\\n+ at, to: moments,\\n  in UTC")
    ('A place.', {'service': 'the service', 'at': 'moments, in UTC', 'to': 'moments, in UTC'})
    """
    summary, *items = re.split(r"(?:^|\n)\+ ", text.strip())
    meanings = {}
    for item in items:
        names, _, meaning = item.partition(": ")
        # What follows an empty line is about all members.
        words = " ".join(meaning.partition("\n\n")[0].split())
        meanings.update({name.strip(): words for name in re.split("[,;]", names)})
    return " ".join(summary.split()), meanings


if __name__ == "__main__":
    print(render(), end="")
