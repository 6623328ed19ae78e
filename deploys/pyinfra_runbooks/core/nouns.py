"""A remedy in words that stand for themselves, with nouns. Pure.

A rule says "restart it" beside the finding that it is about. A plan, a history and a report show
the same words alone, so each of them gets its noun here, before anything is planned.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from .finding import Finding
from .resolution import Later, Remedy, Symptom

_OBJECT = re.compile(r"^(attach|create|load|recreate|remove|restart|run|start|unpause|write) it\b")
_OF_A_FILE = ("write",)


def named(does: str, noun: str) -> str:
    """
    What is done, with its object.

    >>> named("restart it, if it does not recover", "web")
    'restart web, if it does not recover'
    """
    return _OBJECT.sub(lambda found: f"{found[1]} {noun}", does)


def begun_with(said: str, noun: str) -> str:
    """
    What a script said, with its subject.

    + noun: the subject; empty: it stays as it is

    >>> begun_with("it was started, and is empty", "cache")
    'cache was started, and is empty'
    """
    return re.sub(r"^it\b", lambda _: noun, said) if noun else said


def with_noun(later: Later) -> Later:
    """What may be done later, with its object."""
    return replace(later, does=named(later.does, later.thing))


def with_nouns(finding: Finding[Any]) -> Finding[Any]:
    """A finding whose remedy, and all that may follow it, say what they are done to."""
    resolution = finding.resolution
    if not isinstance(resolution, Remedy | Symptom):
        return finding
    then = tuple(map(with_noun, resolution.then))
    if isinstance(resolution, Symptom):
        return replace(finding, resolution=replace(resolution, then=then)) if then else finding
    of_file = resolution.does.startswith(_OF_A_FILE)
    does = named(resolution.does, finding.subject if of_file else finding.thing)
    return replace(finding, resolution=replace(resolution, does=does, then=then))


def with_its_thing(thing: str, does: str) -> str:
    """
    What is done, with what it is done to before it, where it does not say that itself.

    >>> with_its_thing("web", "restart web"), with_its_thing("cache", "load the ACL file")
    ('restart web', 'cache: load the ACL file')
    """
    return does if re.search(rf"(?<![A-Za-z0-9]){re.escape(thing)}", does) else f"{thing}: {does}"
