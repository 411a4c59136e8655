"""The tables of a pack as somebody edits them: which there are, their columns, what may stand in.

Everything comes from the types of the files, so that a field that is added to a type can be edited
the same day. What has no simple form (the questions of a protocol, the stages of a run card) is
edited as YAML, within the same row.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, cast

from msgspec import NODEFAULT, Struct, inspect, to_builtins

from kentongan.cities.facts import Text
from kentongan.cities.files import FILES, PackFiles, file_name
from kentongan.cities.rows import KEYS, identity

ColumnKind = Literal[
    "text", "whole", "number", "yes_no", "choice", "choices", "words", "list", "yaml"
]
"""How a field is entered. `words` are in two or three languages, `list` is words with commas."""

REFERENCES: Final = {
    "agency": "agencies",
    "lead": "agencies",
    "support": "agencies",
    "agencies": "agencies",
    "post": "posts",
    "protocol": "protocols",
    "script": "scripts",
    "announcement": "sounds",
}
"""Fields whose value is a key of another table."""

_LAST: Final = ("source", "confidence", "verify", "note")
"""What every fact carries: entered last."""

_NESTED: Final = {"categories": "natures", "kecamatan": "kelurahan"}
"""Lists within rows that are tables of their own."""


class Column(Struct, frozen=True, kw_only=True):
    """A field of a table. `choices` are all that may stand there, where that is known; `default` is
    what a field means that nobody has written.
    """

    name: str
    kind: ColumnKind
    required: bool = False
    choices: tuple[str, ...] = ()
    default: bool | int | float | str | None = None


class Table(Struct, frozen=True, kw_only=True):
    """A list of a file, or a single value (`is_single`); `inside` names the list it lies in."""

    file: str
    name: str
    key: str
    columns: tuple[Column, ...]
    inside: str = ""
    is_single: bool = False


class Row(Struct, frozen=True, kw_only=True):
    """A row with its place; `row` is what the file says, without what nobody has written."""

    path: str
    row: dict[str, Any]


def tables(files: PackFiles) -> tuple[Table, ...]:
    """Every table; choices are those of these files."""
    return tuple(_tables(files))


def rows_of(files: PackFiles, table: Table) -> Iterator[Row]:
    """The rows of a table in the order of the file."""
    part = next(part for part in FILES if file_name(part) == table.file)
    whole = to_builtins(getattr(files, part))
    if table.is_single:
        yield Row(path=table.name, row=_written(table, whole[table.name]))
    elif table.inside:
        for outer in whole[table.inside]:
            name = f"{table.inside}[{identity(outer)}].{table.name}"
            yield from (_row(table, name, one) for one in outer[table.name])
    else:
        yield from (_row(table, table.name, one) for one in whole[table.name])


def _row(table: Table, name: str, row: dict[str, Any]) -> Row:
    return Row(path=f"{name}[{identity(row)}]", row=_written(table, row))


def _written(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Without what stands for nothing: empty lists and words, and what is so anyhow."""
    return {
        column.name: _pruned(row[column.name])
        for column in table.columns
        if column.required or not _says_nothing(row[column.name], column.default)
    }


def _pruned(value: Any) -> Any:
    """A value without the fields within it that nobody has written."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        pairs = {field: _pruned(inner) for field, inner in fields.items()}
        return {field: inner for field, inner in pairs.items() if not _says_nothing(inner, None)}
    if isinstance(value, list | tuple):
        return [_pruned(inner) for inner in cast("list[Any]", value)]
    return value


def _says_nothing(value: Any, default: Any) -> bool:
    return value in (None, "", [], (), {}) or value == default


def _tables(files: PackFiles) -> Iterator[Table]:
    for part, kind in FILES.items():
        described = inspect.type_info(kind)
        assert isinstance(described, inspect.StructType)  # noqa: S101 - files are structs
        for field in described.fields:
            item = field.type
            if isinstance(item, inspect.StructType):
                yield _table(files, part, field.name, item, is_single=True)
            elif isinstance(item, inspect.VarTupleType):
                inner = item.item_type
                if not isinstance(inner, inspect.StructType):
                    continue
                yield _table(files, part, field.name, inner)
                nested = _NESTED.get(field.name)
                if nested is not None:
                    kind_of = next(one.type for one in inner.fields if one.name == nested)
                    assert isinstance(kind_of, inspect.VarTupleType)  # noqa: S101 - by _NESTED
                    row = kind_of.item_type
                    assert isinstance(row, inspect.StructType)  # noqa: S101 - by _NESTED
                    yield _table(files, part, nested, row, inside=field.name)


def _table(
    files: PackFiles,
    part: str,
    name: str,
    kind: inspect.StructType,
    *,
    inside: str = "",
    is_single: bool = False,
) -> Table:
    names = [field.name for field in kind.fields]
    columns = tuple(
        _column(files, field)
        for field in kind.fields
        if field.name != _NESTED.get(name) and not _is_filled_in(name, field.name)
    )
    key = next((one for one in KEYS if one in names), "")
    columns = tuple(sorted(columns, key=lambda one: one.name in _LAST))
    return Table(
        file=file_name(part),
        name=name,
        key=key,
        columns=columns,
        inside=inside,
        is_single=is_single,
    )


def _is_filled_in(table: str, field: str) -> bool:
    filled = {
        "agencies": {"leads"},
        "protocols": {"natures"},
        "natures": {"words", "category"},
        "kelurahan": {"kecamatan"},
    }
    return field in filled.get(table, ())


def _column(files: PackFiles, field: inspect.Field) -> Column:
    kind, choices = _kind(field.type)
    reference = REFERENCES.get(field.name)
    if reference is not None and kind in ("text", "list"):
        choices = tuple(_keys(files, reference))
        kind = "choice" if kind == "text" else "choices"
    required = field.default is NODEFAULT and field.default_factory is NODEFAULT
    default = field.default if isinstance(field.default, bool | int | float | str) else None
    return Column(name=field.name, kind=kind, required=required, choices=choices, default=default)


def _kind(kind: inspect.Type) -> tuple[ColumnKind, tuple[str, ...]]:
    if isinstance(kind, inspect.UnionType):
        known = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _kind(known[0]) if len(known) == 1 else ("yaml", ())
    match kind:
        case inspect.StrType():
            return "text", ()
        case inspect.IntType():
            return "whole", ()
        case inspect.FloatType():
            return "number", ()
        case inspect.BoolType():
            return "yes_no", ()
        case inspect.EnumType(cls=words):
            return "choice", tuple(str(one.value) for one in words)
        case inspect.StructType(cls=cls) if cls is Text:
            return "words", ()
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return "list", ()
        case inspect.VarTupleType(item_type=inspect.EnumType(cls=words)):
            return "choices", tuple(str(one.value) for one in words)
        case _:
            return "yaml", ()


def _keys(files: PackFiles, table: str) -> Iterable[str]:
    for part in FILES:
        listed = getattr(getattr(files, part), table, None)
        if isinstance(listed, tuple):
            for row in cast("tuple[Struct, ...]", listed):
                yield str(identity(to_builtins(row)))
