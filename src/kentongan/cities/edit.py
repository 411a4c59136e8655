"""Change one row in the text of a pack's file and leave every other letter as it is.

A pack's files are read by people: their comments and order are theirs. So a row that was changed in
a browser is written in its place, and a file is never written anew as a whole. The reader checks
afterwards what came out; this only finds places and promises to touch nothing else.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import yaml
from msgspec import Struct

from kentongan.cities.rows import KEYS

EDITS_MAX: Final = 500
"""Rows changed at once; more is a file to be imported."""

_SEGMENT: Final = re.compile(r"([a-z0-9_]+)(?:\[([^\]]+)\])?")
_WIDTH: Final = 118  # columns of the packs' own lines
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class EditError(Exception):
    """The place is not there, or there already; `path` names it."""

    def __init__(self, path: str, words: str) -> None:
        super().__init__(f"{path}: {words}")
        self.path = path
        self.words = words


class Edit(Struct, frozen=True, kw_only=True):
    """One row: changed, new (`is_new`, at the end of its list) or gone (`row` is None).

    `path` names it, for example `units[AMB01]` or `categories[MED].natures[MED-01]`; a single value
    such as `interview` has no name.
    """

    file: str
    path: str
    row: dict[str, Any] | None = None
    is_new: bool = False


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text after the edits of one file; raises `EditError`."""
    for edit in edits:
        text = _edited(text, edit)
    return text


def _edited(text: str, edit: Edit) -> str:
    root = yaml.compose(text, Loader=_Loader)
    steps = _steps(edit.path)
    list_node, node, index = _find(root, steps, edit.path)
    if edit.is_new:
        if node is not None or list_node is None or edit.row is None:
            raise EditError(edit.path, "is already there")
        return _inserted(text, list_node, edit.row)
    if node is None:
        raise EditError(edit.path, "is not there")
    if edit.row is not None:
        return _replaced(text, node, edit.row)
    if list_node is None:
        raise EditError(edit.path, "cannot be taken away")
    return _removed(text, list_node, index)


def _steps(path: str) -> list[tuple[str, str | None]]:
    """`categories[MED].natures[MED-01]` → `[("categories", "MED"), ("natures", "MED-01")]`."""
    steps: list[tuple[str, str | None]] = []
    rest = path
    while rest:
        match = _SEGMENT.match(rest)
        if match is None:
            raise EditError(path[:100], "is no place")
        steps.append((match[1], match[2]))
        rest = rest[match.end() :]
        if rest and not rest.startswith("."):
            raise EditError(path[:100], "is no place")
        rest = rest[1:]
    return steps


def _find(
    root: Any, steps: list[tuple[str, str | None]], path: str
) -> tuple[Any | None, Any | None, int]:
    """The list the row is in (None for a value without a list), the row, its index."""
    node, found, index = root, None, -1
    for n, (field, name) in enumerate(steps):
        inner = _field(node, field)
        if inner is None:
            raise EditError(path[:100], f"there is no {field}")
        if name is None:
            node, found, index = inner, None, -1
            continue
        if not isinstance(inner, yaml.SequenceNode):
            raise EditError(path[:100], f"{field} is no list")
        found, index = inner, _index(inner, name)
        node = inner.value[index] if index >= 0 else None
        if node is None and n < len(steps) - 1:
            raise EditError(path[:100], f"there is no {name}")
    return found, node, index


def _field(node: Any, field: str) -> Any | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == field:
                return value
    return None


def _index(rows: Any, name: str) -> int:
    for n, row in enumerate(rows.value):
        for field in KEYS:
            value = _field(row, field)
            if isinstance(value, yaml.ScalarNode):
                if value.value == name:
                    return n
                break
    return -1


def _replaced(text: str, node: Any, row: dict[str, Any]) -> str:
    written = _flow(row) if node.flow_style else _block(row, node.start_mark.column)
    return text[: node.start_mark.index] + written + text[_end(node, text) :]


def _inserted(text: str, rows: Any, row: dict[str, Any]) -> str:
    if rows.flow_style or not rows.value:  # `[]`, or a list in one line
        inner = ", ".join([*(_source(one, text) for one in rows.value), _flow(row)])
        return text[: rows.start_mark.index] + f"[{inner}]" + text[_end(rows, text) :]
    column, last = rows.start_mark.column, rows.value[-1]
    written = _flow(row) if last.flow_style else _block(row, column + 2)
    end = _end(last, text)
    return f"{text[:end]}\n{' ' * column}- {written}{text[end:]}"


def _removed(text: str, rows: Any, index: int) -> str:
    if rows.flow_style or len(rows.value) == 1:
        kept = ", ".join(_source(one, text) for n, one in enumerate(rows.value) if n != index)
        begin = rows.start_mark.index
        if not rows.flow_style and not kept:  # the value goes behind its name: `units: []`
            begin = len(text[:begin].rstrip())
            return f"{text[:begin]} [{kept}]{text[_end(rows, text) :]}"
        return text[:begin] + f"[{kept}]" + text[_end(rows, text) :]
    node = rows.value[index]
    line_begin = text.rfind("\n", 0, node.start_mark.index) + 1
    end = _end(node, text)
    line_end = text.find("\n", end)
    return text[:line_begin] + ("" if line_end < 0 else text[line_end + 1 :])


def _source(node: Any, text: str) -> str:
    return text[node.start_mark.index : _end(node, text)]


def _end(node: Any, text: str) -> int:
    """Where the node's last letter is; a block ends before the blank lines and comments after it.

    A comment behind the last value of a row belongs to the row.
    """
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style:
        if not node.value:
            break
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    begin, end = node.start_mark.index, node.end_mark.index
    return begin + len(text[begin:end].rstrip())


def _flow(row: dict[str, Any]) -> str:
    """In one line, however long: a line that is broken would need its indentation."""
    return _dumped(row, flow=True, width=1_000_000).strip()


def _block(row: dict[str, Any], column: int) -> str:
    lines = _dumped(row, flow=False, width=_WIDTH - column).rstrip("\n").split("\n")
    pad = " " * column
    return "\n".join([lines[0], *(f"{pad}{line}" if line else line for line in lines[1:])])


class _Dumper(yaml.SafeDumper):
    """Short lists and words in one line, as the packs have them."""


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> Any:
    is_plain = not any(isinstance(one, dict | list) for one in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=is_plain or None)


def _words(dumper: yaml.SafeDumper, value: dict[str, Any]) -> Any:
    is_short = bool(value) and all(isinstance(one, str | int | float) for one in value.values())
    is_short = is_short and {*value} <= {"id", "en", "jv", "lat", "lon", "key", "text"}
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=is_short or None)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _words)


def _dumped(row: dict[str, Any], *, flow: bool, width: int) -> str:
    return yaml.dump(
        row,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=width,
        default_flow_style=flow,
    )
