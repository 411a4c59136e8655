"""The API as an OpenAPI document: addresses, commands, rows and frames, from the Python types.

The front end generates its types from it: `python -m kentongan.edge.web.schema` writes
`web/wire/openapi.json`. Rows on the wire are the board's rows with their position, and personal
text in them is shown text; this module makes exactly that difference.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from kentongan import __version__
from kentongan.core.rows import (
    AgencyRow,
    AlarmRow,
    AliasRow,
    CallRow,
    ChangeRow,
    ClosureRow,
    DeskRow,
    EngagementRow,
    HospitalRow,
    IncidentRow,
    PackRow,
    ReportRow,
    UnitRow,
)
from kentongan.edge.web.addresses import OPERATIONS, Operation
from kentongan.edge.web.frames import Arrived, Bye, City, Gone, Positions, Redo, Typing
from kentongan.edge.web.problems import Refusal
from kentongan.edge.web.texts import ShownText

FILE: Final = Path("web/wire/openapi.json")

ROWS: Final = (
    CallRow,
    DeskRow,
    ReportRow,
    IncidentRow,
    EngagementRow,
    UnitRow,
    AgencyRow,
    ClosureRow,
    AliasRow,
    ChangeRow,
    AlarmRow,
    HospitalRow,
    PackRow,
)

SHOWN: Final[Mapping[str, str]] = {"Personal": "ShownText", "Place": "ShownPlace"}
"""Types that differ on the way out: personal text is shown instead of sealed."""

CLASHING: Final[Mapping[str, str]] = {
    "kentongan.core.words.Channel": "Channel",
    "kentongan.core.words.Priority": "Priority",
    "kentongan.cities.facts.Channel": "AgencyChannel",
    "kentongan.cities.taxonomy.Priority": "PriorityPlan",
}
"""Names for types of the same name in the rules and in the city pack."""

_REF: Final = "#/components/schemas/{name}"

Schema = dict[str, Any]


def document(version: str) -> Schema:
    """The whole document."""
    types = [one for operation in OPERATIONS for one in (operation.body, operation.answer) if one]
    types.extend((Refusal, ShownText, Gone, Bye, Redo, Typing, City, Positions, Arrived))
    _, plain = msgspec.json.schema_components(types, ref_template=_REF, schema_hook=_of_any_kind)
    named = {CLASHING.get(name, name): _renamed(schema, CLASHING) for name, schema in plain.items()}
    schemas: Schema = {**named, **_row_schemas(), **_frame_schemas()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kentongan", "version": version or __version__},
        "paths": _paths(),
        "components": {"schemas": {name: schemas[name] for name in sorted(schemas)}},
    }


def _of_any_kind(kind: type) -> Schema:
    """Values that differ from one event kind to the next."""
    if kind is object:
        return {"description": "Depends on the event."}
    raise NotImplementedError


def _row_schemas() -> Schema:
    """The rows as they are sent: with position, personal text shown."""
    _, found = msgspec.json.schema_components(ROWS, ref_template=_REF)
    renamed = {
        SHOWN.get(name, name): cast("Schema", _renamed(schema, SHOWN))
        for name, schema in found.items()
        if name != "Personal"
    }
    for row in ROWS:
        schema = renamed[row.__name__]
        schema["properties"]["position"] = {"type": "integer"}
        # every field is sent, so every field is there
        schema["required"] = list(schema["properties"])
    for name in ("ShownPlace", "Task", "Assignment", "Note", "Told", "TriageAnswer"):
        renamed[name]["required"] = list(renamed[name]["properties"])
    rows = [{"$ref": _REF.format(name=row.__name__)} for row in ROWS]
    renamed["Row"] = {
        "oneOf": rows,
        "discriminator": {
            "propertyName": "kind",
            "mapping": {
                str(row.__struct_config__.tag): _REF.format(name=row.__name__) for row in ROWS
            },
        },
    }
    renamed["RowChange"] = {"anyOf": [{"$ref": _REF.format(name="Row")}, _ref("Gone")]}
    return renamed


def _frame_schemas() -> Schema:
    """The WebSocket's frames."""
    number, time = {"type": "integer"}, {"type": "string", "format": "date-time"}
    everything = {"type": "array", "items": _ref("Row")}
    changes = {"type": "array", "items": _ref("RowChange")}
    snapshot = {"seq": number, "at": time, "me": _ref("Agent"), "rows": everything}
    frames = {
        "SnapshotFrame": _frame("snapshot", snapshot),
        "ResumeFrame": _frame("resume", {"seq": number, "at": time, "rows": changes}),
        "RowsFrame": _frame(
            "rows", {"seq": number, "previous": number, "at": time, "rows": changes}
        ),
    }
    frames["CallsFrame"] = _frame(
        "calls", {"at": time, "rows": {"type": "array", "items": _ref("CallRow")}}
    )
    names = (*frames, "Positions", "Bye", "Redo", "Typing", "City", "Arrived")
    return {**frames, "Frame": {"oneOf": [_ref(name) for name in names]}}


def _frame(kind: str, properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"k": {"const": kind}, **properties},
        "required": ["k", *properties],
    }


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(name=name)}


def _renamed(value: object, names: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {
            key: _REF.format(name=_name_of(str(inner), names))
            if key == "$ref"
            else _renamed(inner, names)
            for key, inner in fields.items()
        }
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in cast("list[object]", value)]
    return value


def _name_of(ref: str, names: Mapping[str, str]) -> str:
    name = ref.rpartition("/")[2]
    return names.get(name, name)


def _paths() -> Schema:
    paths: Schema = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return paths


def _operation(operation: Operation) -> Schema:
    described: Schema = {
        "summary": operation.summary,
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in _path_names(operation.path)
            ),
            *(
                {"name": name, "in": "query", "schema": {"type": "string"}}
                for name in operation.query
            ),
        ],
        "responses": {
            "200": {"description": "Done", **_content(operation)},
            "default": {
                "description": "No, with words in both languages",
                "content": {"application/json": {"schema": _ref("Refusal")}},
            },
        },
    }
    if operation.body is not None:
        content = {"application/json": {"schema": _ref(operation.body.__name__)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _content(operation: Operation) -> Schema:
    if operation.answer is None:
        return {}
    schema = _ref(operation.answer.__name__)
    if operation.many:
        schema = {"type": "array", "items": schema}
    return {"content": {"application/json": {"schema": schema}}}


def _path_names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def main(arguments: list[str]) -> int:
    """Write the document to the given file, or to its usual place."""
    path = Path(arguments[0]) if arguments else FILE
    text = msgspec.json.format(msgspec.json.encode(document(__version__)), indent=2)
    path.write_bytes(text + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
