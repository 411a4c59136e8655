"""Read a YAML file into frozen Structs, or say in which line and field it is wrong.

The reader walks the node tree, not the loaded values, because only nodes know their lines. The
Struct types are the schema: their fields are the fields of the file. Text is taken as it is
written, so that `no`, `110` and `08:30` in a text field stay what the author wrote. It promises
to raise nothing of its own: whatever the file holds, it is either a value or a list of problems.
"""

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from msgspec import NODEFAULT, Struct, inspect

FILE_BYTES_MAX: Final = 2_000_000  # a city's largest file is about 100 kB
NODES_MAX: Final = 200_000  # a city's largest file has about 10,000 nodes
DEPTH_MAX: Final = 24  # the model nests nine deep
PROBLEMS_MAX: Final = 500  # more than anybody reads at once
INTEGER_DIGITS_MAX: Final = 18  # beyond this no number in a city makes sense

Step = str | int
Steps = tuple[Step, ...]
File = TypeVar("File", bound=Struct)


class Problem(Struct, frozen=True, order=True):
    """One thing that is wrong: file, line (from 1), field path and what to do."""

    file: str
    line: int
    field: str
    words: str

    def to_text(self) -> str:
        """One line in the shape compilers use: `agencies.yaml:41: agencies[3].key: missing`."""
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.field}: {self.words}" if self.field else f"{where}: {self.words}"


class Problems:
    """The problems found so far, at most `PROBLEMS_MAX`."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, problem: Problem) -> None:
        """Remember a problem, unless there are already more than anybody reads."""
        if len(self.found) < PROBLEMS_MAX:
            self.found.append(problem)


class Document:
    """A file's node tree: finds the line of a field without keeping every line in memory."""

    def __init__(self, file: str, root: yaml.Node) -> None:
        self.file = file
        self.root = root

    def line(self, steps: Steps) -> int:
        """The line of the field, or of the nearest thing around it that exists."""
        node = self.root
        for step in steps:
            inner = _child(node, step)
            if inner is None:
                break
            node = inner
        return _line(node)

    def problem(self, steps: Steps, words: str) -> Problem:
        """A problem at that field."""
        return Problem(self.file, self.line(steps), field_path(steps), words)


def field_path(steps: Steps) -> str:
    """`("agencies", 3, "key")` → `agencies[3].key`."""
    parts: list[str] = []
    for step in steps:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)


def compose(path: Path, problems: Problems, given: str | None = None) -> Document | None:
    """The node tree of a file, or `None` after noting why there is none.

    `given` is what somebody wants to stand in the file instead of what stands there.
    """
    text = _text_of(path, problems) if given is None else _given(path, given, problems)
    if text is None:
        return None
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = 1 if mark is None else mark.line + 1
        problems.add(Problem(path.name, line, "", f"not YAML: {error.problem}"))
        return None
    except (yaml.YAMLError, ValueError) as error:
        problems.add(Problem(path.name, 1, "", f"not YAML: {_first_line(error)}"))
        return None
    if root is None:
        problems.add(Problem(path.name, 1, "", "the file is empty"))
        return None
    document = Document(path.name, root)
    return document if _is_tame(document, problems) else None


def read(document: Document, kind: type[File], problems: Problems) -> File | None:
    """The Struct that the document describes, or `None` after noting what is wrong."""
    value = _Reader(document, problems).value(document.root, inspect.type_info(kind), ())
    return None if value is _BROKEN else value


_BROKEN: Final = object()
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _text_of(path: Path, problems: Problems) -> str | None:
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        words = "the file is missing" if isinstance(error, FileNotFoundError) else "cannot be read"
        problems.add(Problem(path.name, 1, "", words))
        return None
    if len(raw) > FILE_BYTES_MAX:
        problems.add(Problem(path.name, 1, "", f"larger than {FILE_BYTES_MAX} bytes"))
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.add(Problem(path.name, line, "", "is not UTF-8 text"))
        return None


def _given(path: Path, text: str, problems: Problems) -> str | None:
    if len(text.encode("utf-8", "replace")) <= FILE_BYTES_MAX:
        return text
    problems.add(Problem(path.name, 1, "", f"larger than {FILE_BYTES_MAX} bytes"))
    return None


def _is_tame(document: Document, problems: Problems) -> bool:
    """No aliases, no endless nesting, no flood of nodes: a node may be reached only once."""
    seen: set[int] = set()
    waiting: list[tuple[yaml.Node, int]] = [(document.root, 0)]
    while waiting:
        node, depth = waiting.pop()
        words = None
        if id(node) in seen:
            words = "aliases (*name) are not allowed"
        elif depth > DEPTH_MAX:
            words = f"nested deeper than {DEPTH_MAX}"
        elif len(seen) >= NODES_MAX:
            words = f"more than {NODES_MAX} values"
        if words is not None:
            problems.add(Problem(document.file, _line(node), "", words))
            return False
        seen.add(id(node))
        waiting.extend((inner, depth + 1) for inner in _inner_nodes(node))
    return True


def _inner_nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _child(node: yaml.Node, step: Step) -> yaml.Node | None:
    if isinstance(step, int):
        rows: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else []
        return rows[step] if step < len(rows) else None
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value
    return None


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]


class _Reader:
    """Turns nodes into values of a wanted type; every miss is noted and gives `_BROKEN`."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self._file = document.file
        self._problems = problems

    def value(self, node: yaml.Node, wanted: inspect.Type, steps: Steps) -> Any:
        """The value of the node as the wanted type."""
        match wanted:
            case inspect.StructType():
                return self._struct(node, wanted, steps)
            case inspect.VarTupleType(item_type=item):
                return self._rows(node, item, steps)
            case inspect.DictType(value_type=item):
                return self._dictionary(node, item, steps)
            case inspect.UnionType(types=types):
                return self._optional(node, types, steps)
            case _:
                return self._scalar(node, wanted, steps)

    def _miss(self, node: yaml.Node, steps: Steps, words: str) -> Any:
        self._problems.add(Problem(self._file, _line(node), field_path(steps), words))
        return _BROKEN

    def _struct(self, node: yaml.Node, wanted: inspect.StructType, steps: Steps) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return self._miss(node, steps, f"must be fields and values, is {_kind_of(node)}")
        given = self._fields(node, steps)
        known = {field.name: field for field in wanted.fields}
        values: dict[str, Any] = {}
        for name, (key, inner) in given.items():
            field = known.get(name)
            if field is None:
                self._miss(key, (*steps, name), "unknown field")
                values[name] = _BROKEN
            else:
                values[name] = self.value(inner, field.type, (*steps, name))
        for field in wanted.fields:
            if _is_required(field) and field.name not in given:
                values[field.name] = self._miss(node, (*steps, field.name), "missing")
        return _BROKEN if _has_broken(values.values()) else wanted.cls(**values)

    def _fields(
        self, node: yaml.MappingNode, steps: Steps
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        given: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, inner in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._miss(key, steps, "a field's name must be a word")
            elif key.value in given:
                self._miss(key, (*steps, key.value), "given twice")
            else:
                given[key.value] = (key, inner)
        return given

    def _rows(self, node: yaml.Node, item: inspect.Type, steps: Steps) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self._miss(node, steps, f"must be a list, is {_kind_of(node)}")
        rows = [self.value(inner, item, (*steps, n)) for n, inner in enumerate(node.value)]
        return _BROKEN if _has_broken(rows) else tuple(rows)

    def _dictionary(self, node: yaml.Node, item: inspect.Type, steps: Steps) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return self._miss(node, steps, f"must be words and values, is {_kind_of(node)}")
        values = {
            name: self.value(inner, item, (*steps, name))
            for name, (_, inner) in self._fields(node, steps).items()
        }
        return _BROKEN if _has_broken(values.values()) else values

    def _optional(self, node: yaml.Node, types: tuple[inspect.Type, ...], steps: Steps) -> Any:
        if isinstance(node, yaml.ScalarNode) and node.tag == _NULL:
            return None
        wanted = next(inner for inner in types if not isinstance(inner, inspect.NoneType))
        return self.value(node, wanted, steps)

    def _scalar(self, node: yaml.Node, wanted: inspect.Type, steps: Steps) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return self._miss(node, steps, f"must be {_NAMES[type(wanted)]}, is {_kind_of(node)}")
        if node.tag == _NULL or not node.value.strip():
            return self._miss(node, steps, "is empty")
        try:
            return _converted(node, wanted)
        except (ValueError, OverflowError):
            return self._miss(node, steps, _expected(wanted, node.value))


_NULL: Final = "tag:yaml.org,2002:null"
_BOOL: Final = "tag:yaml.org,2002:bool"
_NAMES: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "a time with its zone, such as 2026-01-31T08:00:00+07:00",
    inspect.EnumType: "a word",
}


def _converted(node: yaml.ScalarNode, wanted: inspect.Type) -> Any:
    text: str = node.value
    match wanted:
        case inspect.StrType():
            return text
        case inspect.IntType():
            if len(text) > INTEGER_DIGITS_MAX:
                raise ValueError
            return int(text)
        case inspect.FloatType():
            number = float(text)
            if not math.isfinite(number):
                raise ValueError
            return number
        case inspect.BoolType():
            if node.tag != _BOOL or text not in {"true", "false"}:
                raise ValueError
            return text == "true"
        case inspect.EnumType(cls=kind):
            return kind(text)
        case inspect.DateTimeType():
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise ValueError
            return moment
        case _:
            raise AssertionError(wanted)


def _expected(wanted: inspect.Type, text: str) -> str:
    if isinstance(wanted, inspect.EnumType):
        choice = ", ".join(str(member.value) for member in wanted.cls)
        return f"{text[:40]!r} is not one of {choice}"
    return f"must be {_NAMES[type(wanted)]}, is {text[:40]!r}"


def _kind_of(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "fields and values"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a single value"


def _is_required(field: inspect.Field) -> bool:
    return field.default is NODEFAULT and field.default_factory is NODEFAULT


def _has_broken(values: Any) -> bool:
    return any(value is _BROKEN for value in values)
