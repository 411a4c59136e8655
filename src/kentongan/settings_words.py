"""What a decoder says of settings, in words that help whoever wrote the file.

It names what was wrong and where; of a value out of a few it does not say which few there are.
"""

import re
from typing import Final

from msgspec import inspect

_PLACE: Final = re.compile(r"(?P<key>at `key` in )?`\$(?P<path>[^`]*)`\Z")
_STEP: Final = re.compile(r"\.(?P<name>[A-Za-z0-9_]+)|(?P<item>\[[^\]]*\])")


def with_choices(error: str, settings: type) -> str:
    """The error, with the values that may stand there where it was none of them."""
    found = _PLACE.search(error)
    if found is None or not error.startswith("Invalid enum value"):
        return error
    kind: inspect.Type = inspect.type_info(settings)
    for step in _STEP.finditer(found["path"]):
        kind = _inner(kind, step["name"])
    if found["key"] and isinstance(kind, inspect.DictType):
        kind = kind.key_type
    if not isinstance(kind, inspect.LiteralType):
        return error
    choices = ", ".join(str(value) for value in kind.values)
    text, mark, where = error.partition(" - at ")
    return f"{text}, must be one of {choices}{mark}{where}"


def _inner(kind: inspect.Type, name: str | None) -> inspect.Type:
    """What stands in a table under that name, or in a list; itself where that is not known."""
    match kind:
        case inspect.StructType(fields=fields) if name is not None:
            return next((one.type for one in fields if one.encode_name == name), kind)
        case inspect.DictType(value_type=value):
            return value
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return item
        case _:
            return kind
