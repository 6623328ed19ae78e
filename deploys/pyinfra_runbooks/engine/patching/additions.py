"""The edits that add lines to a compose file, where a diff shows only harmless lines. Pure.

Where there is no such place, a function returns the reason, in words, in the edit's place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from . import scalars
from .compose_file import ComposeFile, Entry, empty, entries
from .patches import Edit
from .showable import are_showable_braces, showable, withheld

NO_PLACE = "every line beside which it could stand may hold more than is to be shown"


def add(
    file: ComposeFile, entry: Entry, block: Sequence[str], flow: str, bare: bool = False
) -> Edit | str:
    """
    The edit that gives a mapping a key more; or why there is none, in words.

    + entry: the key whose value is the mapping
    + block: the new lines as they stand in a block mapping, from its column on
    + flow: the same between braces: ``networks: [default]``
    + bare: whether a line may be replaced without the one after it; default: ``False``
    """
    value = entry.value
    if entry.alias:
        return "it is written as an alias"
    if empty(value):
        return _fill(file, entry, block, flow, bare)
    if not isinstance(value, MappingNode):
        return "it is no mapping"
    if not value.value:
        return _within(file, value.start_mark.index, f"{{{flow}}}", value.end_mark.index, bare)
    if value.flow_style:
        return _between_braces(file, value, flow, bare)
    column = " " * value.value[0][0].start_mark.column
    return _best(file, _gaps(file, value), tuple(f"{column}{line}{file.newline}" for line in block))


def add_section(file: ComposeFile, block: Sequence[str], flow: str) -> Edit | str:
    """The edit that gives the file a section more; or why there is none."""
    if file.root.flow_style:
        return _between_braces(file, file.root, flow)
    end, count, shown = file.newline, len(file.lines), showable(file)
    text = tuple(f"{line}{end}" for line in block)
    keys = [(key.value, key.start_mark.line) for key, _ in file.root.value]
    later = [line for name, line in keys if name in ("volumes", "secrets", "configs")]
    first = [line for name, line in keys if name == "services"]
    for line in (*later, count, *first):
        if line == count:
            if count - 1 in shown and file.lines[-1].endswith("\n") and _ends(file):
                return Edit(count, (end, *text), shows_before=True)
        elif line in shown and not (line == 0 and file.marked) and not _comment(file, line - 1):
            gap = (end,) if line and file.lines[line - 1].strip() else ()
            return Edit(line, (*gap, *text, end), shows_before=line - 1 in shown)
    return NO_PLACE


def add_items(
    file: ComposeFile, entry: Entry, names: Sequence[str], bare: bool = False
) -> Edit | str:
    """The edit that puts names at the beginning of a list, or of a mapping of names; see `add`."""
    value, names = entry.value, [scalar(file, name) for name in names]
    if entry.alias or file.shared(value):
        return "it is written as an alias"
    if not isinstance(value, MappingNode | SequenceNode) or not value.value:
        return "it is empty"
    if isinstance(value, MappingNode):
        flow = ", ".join(f"{x}: null" for x in names)
        return add(file, entry, [f"{x}:" for x in names], flow, bare)
    if value.flow_style:
        text = _spaced(file, value, ", ".join(names))
        return _within(file, value.start_mark.index + 1, text, bare=bare)
    line = int(value.value[0].start_mark.line)
    indent = file.lines[line].partition("-")[0]
    return _best(file, [line], tuple(f"{indent}- {x}{file.newline}" for x in names))


def add_last(file: ComposeFile, entry: Entry, name: str, bare: bool = False) -> Edit | str:
    """The edit that puts a name at the end of a list; see `add`."""
    value, text = entry.value, scalar(file, name)
    if entry.alias or file.shared(value):
        return "it is written as an alias"
    if not isinstance(value, SequenceNode) or not value.value:
        return "it is empty"
    last = value.value[-1]
    if value.flow_style:
        return _within(file, last.end_mark.index, f", {text}", bare=bare)
    indent = file.lines[int(last.start_mark.line)].partition("-")[0]
    return _best(file, [int(last.end_mark.line) + 1], (f"{indent}- {text}{file.newline}",))


def add_service(file: ComposeFile, section: Entry, text: Sequence[str], flow: str) -> Edit | str:
    """The edit that adds services at the end of those of the file, or before one of them.

    + section: ``services``
    + text: their lines, from the column of a service's name on, and with comments
    + flow: the same between braces
    """
    mapping = section.value
    if section.alias or file.shared(mapping):
        return "its services are written as an alias"
    if not isinstance(mapping, MappingNode) or mapping.flow_style or not mapping.value:
        return add(file, section, text, flow)
    column, end = " " * mapping.value[0][0].start_mark.column, file.newline
    lines = tuple(f"{column}{line}{end}" if line else end for line in text)
    after = int(mapping.value[-1][0].start_mark.line)
    for gap in _gaps(file, mapping):
        blank = (end,) if gap < len(file.lines) and file.lines[gap].strip() else ()
        edit = _best(file, [gap], (end, *lines, *blank) if gap > after else (*lines, end))
        if not isinstance(edit, str):
            return edit
    return NO_PLACE


def to_mapping(
    file: ComposeFile, entry: Entry, blocks: Sequence[Sequence[str]], flow: str, bare: bool = False
) -> list[Edit] | str:
    """
    The edits that make a list of names a mapping, in the same place; or why there are none.

    + entry: the key whose value is the list
    + blocks: the lines of the mapping, from its column on: for each name of the list, and then more
    + flow: the mapping between braces
    + bare: see `add`
    """
    value = entry.value
    if value.flow_style:
        if value.end_mark.line != value.start_mark.line:
            return "it is written between brackets, in more than one line"
        edit = _within(file, value.start_mark.index, flow, value.end_mark.index, bare)
        return edit if isinstance(edit, str) else [edit]
    at, shown = [int(item.start_mark.line) for item in value.value], showable(file)
    around = {*at, *(line + 1 for line in at if line + 1 < len(file.lines))}
    if len({*at, entry.line}) <= len(at) or not around <= shown:
        return (
            f"{NO_PLACE}: have one name a line, a key like `restart:` or a blank line after the"
            " last, and comments above"
        )
    column = " " * (entry.key.start_mark.column + unit(file))
    own = [*([block] for block in blocks[: len(at) - 1]), blocks[len(at) - 1 :]]
    return [
        Edit(
            line,
            tuple(f"{column}{text}{file.newline}" for block in group for text in block),
            replaces=True,
            shows_before=line - 1 in shown,
        )
        for line, group in zip(at, own, strict=True)
    ]


def listed(file: ComposeFile, key: str, names: Sequence[str]) -> tuple[list[str], str]:
    """A key with a list of names, as the file writes lists: as lines, and between braces."""
    values = [scalar(file, name) for name in names]
    flow = f"{scalar(file, key)}: [{', '.join(values)}]"
    services = [entries(service.value) for service in file.part("services").values()]
    others = [
        e.value for of in services if (e := of.get(key)) and isinstance(e.value, SequenceNode)
    ]
    if others and all(other.flow_style for other in others):
        return [flow], flow
    dash = next((d for of in services for e in of.values() if (d := _dash(e)) is not None), None)
    offset = " " * (unit(file) if dash is None else dash)
    return [f"{key}:", *(f"{offset}- {value}" for value in values)], flow


def unit(file: ComposeFile) -> int:
    """By how many columns the file indents a level."""
    columns = [
        int(entry.key.start_mark.column)
        for section in ("services", "networks", "volumes")
        for entry in file.part(section).values()
    ]
    return next((column for column in columns if column), 2)


def scalar(file: ComposeFile, text: str) -> str:
    """A name as the file writes names."""
    as_json = bool(file.root.value) and file.root.value[0][0].style == '"'
    return json.dumps(text) if as_json else scalars.scalar(text)


def _best(file: ComposeFile, gaps: Iterable[int], adds: tuple[str, ...]) -> Edit | str:
    """The first place between two harmless lines; else one before a harmless line."""
    shown, count = showable(file), len(file.lines)
    possible = [
        line
        for line in gaps
        if (line in shown or (line == count and line - 1 in shown)) and not _comment(file, line - 1)
    ]
    for line in (*(line for line in possible if line - 1 in shown), *possible):
        return Edit(line, adds, shows_before=line - 1 in shown)
    return NO_PLACE


def _gaps(file: ComposeFile, mapping: Any) -> Iterator[int]:
    """The lines before which a key could stand in a block mapping: its end first."""
    last = _last_line(*mapping.value[-1])
    if last is not None and file.lines[last].endswith("\n"):
        yield last + 1
    yield from (int(key.start_mark.line) for key, _ in reversed(mapping.value))


def _last_line(key: Any, value: Any) -> int | None:
    """The last line of a value; None where it is text that ends with its indentation."""
    if value.start_mark.index < key.end_mark.index or _nothing(value):
        return int(key.end_mark.line)  # an alias, or no value at all
    if isinstance(value, ScalarNode):
        return None if value.style in ("|", ">") else int(value.end_mark.line)
    if value.flow_style or not value.value:
        return int(value.end_mark.line)
    last = value.value[-1]
    if isinstance(last, tuple):
        return _last_line(*last)
    before = value.value[-2] if len(value.value) > 1 else key
    aliased = last.start_mark.index < before.end_mark.index
    return None if aliased or _nothing(last) else _last_line(before, last)


def _nothing(value: Any) -> bool:
    """Whether nothing is written for it."""
    return bool(value.start_mark.index == value.end_mark.index)


def _fill(
    file: ComposeFile, entry: Entry, block: Sequence[str], flow: str, bare: bool
) -> Edit | str:
    """A key without a value gets one."""
    value, line = entry.value, entry.line
    if value.start_mark.index < value.end_mark.index:  # null, or ~
        return _within(file, value.start_mark.index, f"{{{flow}}}", value.end_mark.index, bare)
    if not file.lines[line].endswith("\n"):
        return "it is the last line, which does not end"
    column = " " * (entry.key.start_mark.column + unit(file))
    return _best(file, [line + 1], tuple(f"{column}{text}{file.newline}" for text in block))


def _between_braces(file: ComposeFile, mapping: Any, flow: str, bare: bool = False) -> Edit | str:
    """A line before a key that begins one; else within the line."""
    shown = showable(file)
    for key, _ in mapping.value:
        line = int(key.start_mark.line)
        indent = file.lines[line][: key.start_mark.column]
        if line in shown and not indent.strip():
            return Edit(line, (f"{indent}{flow},{file.newline}",), shows_before=line - 1 in shown)
    return _within(file, mapping.start_mark.index + 1, _spaced(file, mapping, flow), bare=bare)


def _spaced(file: ComposeFile, node: Any, text: str) -> str:
    """What comes first between braces, with a blank where the file has one."""
    begins = file.text[node.start_mark.index + 1 : node.start_mark.index + 2]
    return f" {text}," if begins.isspace() else f"{text}, "


def _within(
    file: ComposeFile, start: int, text: str, end: int | None = None, bare: bool = False
) -> Edit | str:
    """A change within a line, which is shown as a whole; see `add`."""
    end = start if end is None else end
    number = file.text.count("\n", 0, start)
    line, begins = file.lines[number], file.text.rfind("\n", 0, start) + 1
    if number in withheld(file) or not are_showable_braces(line):
        return "it is written in braces, in a line that may hold more than is to be shown"
    shown, new = showable(file), line[: start - begins] + text + line[end - begins :]
    if number + 1 not in shown and number + 1 < len(file.lines):
        return Edit(number, (new,), replaces=True, hides_after=True) if bare else NO_PLACE
    return Edit(number, (new,), replaces=True, shows_before=number - 1 in shown)


def _dash(entry: Entry) -> int | None:
    """By how many columns a list's dashes are indented."""
    value = entry.value
    if not isinstance(value, SequenceNode) or value.flow_style or entry.alias or not value.value:
        return None
    return max(int(value.start_mark.column - entry.key.start_mark.column), 0)


def _comment(file: ComposeFile, line: int) -> bool:
    return line >= 0 and file.lines[line].lstrip().startswith("#")


def _ends(file: ComposeFile) -> bool:
    """Whether what stands at the end of the file belongs to its mapping."""
    last = _last_line(*file.root.value[-1]) if file.root.value else None
    rest = file.lines[last + 1 :] if last is not None else ["?"]
    return not any(line.strip() for line in rest)
