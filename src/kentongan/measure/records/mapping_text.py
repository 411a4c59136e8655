"""A mapping as the TOML that `mapping.parse` reads back: what a wizard's answer is kept as."""

import json
import re
from typing import Any, Final, cast

from msgspec import NODEFAULT, Struct, structs, to_builtins

from kentongan.measure.records.mapping import Mapping

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")

_TABLES: Final = ("clocks", "labels", "place", "values")
_LISTS: Final = ("drop", "check", "lines")


def to_toml(mapping: Mapping) -> str:
    """The mapping as text; what has its usual value is left out."""
    told = _told(mapping)
    lines = [
        f"{key} = {_value(value)}" for key, value in told.items() if key not in (*_TABLES, *_LISTS)
    ]
    for table in _TABLES:
        found: dict[str, Any] = told.get(table, {})
        nested = table == "values"
        if found and not nested:
            lines += ["", f"[{table}]", *_pairs(found)]
        for key, value in found.items() if nested else ():
            lines += ["", f"[{table}.{_key(key)}]", *_pairs(value)]
    for name in _LISTS:
        for one in told.get(name, ()):
            lines += ["", f"[[{name}]]", *_pairs(one)]
    return "\n".join(lines) + "\n"


def _told(one: Struct) -> dict[str, Any]:
    """The fields that are not what they are by themselves."""
    told: dict[str, Any] = {}
    for field in structs.fields(one):
        value = getattr(one, field.encode_name)
        usual = field.default
        if usual is NODEFAULT and callable(field.default_factory):
            usual = field.default_factory()
        if usual is NODEFAULT or value != usual:
            told[field.encode_name] = _plain(value)
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, Struct):
        return _told(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in cast("tuple[Any, ...]", value)]
    return to_builtins(value)


def _pairs(found: dict[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in found.items()]


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    """JSON writes texts, numbers and truth as TOML does; only its objects differ."""
    if isinstance(value, dict):
        return "{" + ", ".join(_pairs(cast("dict[str, Any]", value))) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in cast("list[Any]", value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
