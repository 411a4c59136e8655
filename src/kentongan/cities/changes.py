"""What differs between two versions of a pack: a list of places with what stood and what stands.

It compares values and not texts, so that a comment, a blank line or another order of the fields is
no change. Rows are matched by their names (`cities.rows`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from msgspec import Struct, to_builtins

from kentongan.cities.files import FILES, PackFiles, file_name
from kentongan.cities.rows import by_identity

Rows = Sequence[Any]


class Change(Struct, frozen=True, kw_only=True):
    """One place that is different. `before` is None where nothing stood, `after` where nothing is.

    Both are the plain values of JSON.
    """

    file: str
    path: str
    before: Any = None
    after: Any = None


def changes_between(before: PackFiles, after: PackFiles) -> tuple[Change, ...]:
    """Every place that differs, in the order of the files.

    Without a limit of its own: what is left out would need no second person. Files have a largest
    size (`core.commands.pack`), so this has an end.
    """
    found: list[Change] = []
    for part in FILES:
        old, new = to_builtins(getattr(before, part)), to_builtins(getattr(after, part))
        if old != new:
            _walk(file_name(part), "", old, new, found)
    return tuple(found)


def _walk(file: str, path: str, old: Any, new: Any, found: list[Change]) -> None:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        was, becomes = cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", new)
        for field in dict.fromkeys((*was, *becomes)):
            inner = f"{path}.{field}" if path else field
            _walk(file, inner, was.get(field), becomes.get(field), found)
        return
    if _is_rows(old) and _is_rows(new) and (old or new):
        named_old, named_new = by_identity(cast("Rows", old)), by_identity(cast("Rows", new))
        if named_old is not None and named_new is not None:
            _walk_rows(file, path, named_old, named_new, found)
            return
    found.append(Change(file=file, path=path, before=old, after=new))


def _walk_rows(
    file: str,
    path: str,
    old: dict[str, Mapping[str, Any]],
    new: dict[str, Mapping[str, Any]],
    found: list[Change],
) -> None:
    for name in dict.fromkeys((*old, *new)):
        _walk(file, f"{path}[{name}]", old.get(name), new.get(name), found)
    kept_old = [name for name in old if name in new]
    kept_new = [name for name in new if name in old]
    if kept_old != kept_new:
        found.append(Change(file=file, path=path, before=kept_old, after=kept_new))


def _is_rows(value: Any) -> bool:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return is_list and all(isinstance(one, Mapping) for one in cast("Rows", value))
