"""What the wall may know: every kind of row, full of persons and numbers, as an evaluator gets it.

The wall is an evaluator's screen. Each row is built with a word of its own in every field that can
hold one; what comes through must stand below as a key, a code or the city's own word. A new kind
of row, and a new field that is passed on, fails here until somebody has decided.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin

import msgspec
import pytest
from core_world import agent
from msgspec import structs

from kentongan.core.redaction import redact
from kentongan.core.rows import AnyRow, CallRow
from kentongan.core.words import Personal, Role

EVA: Final = agent("eva", Role.EVALUATOR)
MOMENT: Final = datetime(2026, 11, 14, 7, tzinfo=UTC)
MARK: Final = "§"
"""Begins every word that was put into a row; its path follows."""

_PLACE = ("place.cautions", "place.kecamatan", "place.kelurahan")

PASSED: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset(paths)
    for kind, paths in {
        "call": (
            "key", "state", "line", "language", "ended_by", "prompt", "prompt_cut", "risk", "of",
            "desk", "callback_desk", "declined", "rung", "rung_out", "supervisors.desk",
            "parties.party", "parties.desk", "parties.reason", "parties.referred_by",
            "callbacks.by", "duty.agency", "duty.incident", "duty.unit", *_PLACE,
        ),
        "desk": (
            "key", "state", "roles", "skills", "languages", "reason", "forced_out", "page",
            "wrap_up_call",
        ),
        "report": (),
        "incident": (
            "key", "state", "long_id", "code", "nature", "flags", "instructions", "reports",
            "merged_into", "late.form", *_PLACE, "tasks.agency", "tasks.reason", "tasks.to",
            "tasks.ringing.call", "assignments.unit", "assignments.agency",
            "assignments.destination", "assignments.release_reason",
            "assignments.promise.travel_source", "assignments.first_promise.travel_source",
            "help_wanted.agency", "help_wanted.unit", "shortage.reasons",
            "shortage.decisions.agency", "shortage.decisions.unit",
        ),
        "engagement": ("key",),
        "unit": (
            "key", "state", "agency", "capabilities", "label", "post", "reason", "unit_kind",
        ),
        "agency": (),
        "closure": ("key", "factors", "reason", "lift_reason"),
        "alias": ("key",),
        "change": ("key", "units", "place", "other"),
        "pack": ("key",),
        "alarm": (),
        "hospital": ("key",),
    }.items()
}  # fmt: skip
"""By kind of row: paths of keys, codes and words of the city pack. Nobody's name, nobody's number,
nothing that somebody typed."""


def _filled(kind: Any, path: str, *, flag: bool) -> Any:
    """A value of a type with everything in it; flags are all on, or all off."""
    origin, within = get_origin(kind), get_args(kind)
    if hasattr(kind, "__supertype__"):
        return _filled(kind.__supertype__, path, flag=flag)
    if origin in (Union, UnionType):
        return _filled(next(one for one in within if one is not NoneType), path, flag=flag)
    if origin is Literal:
        return within[0]
    if origin is tuple:
        parts = within[:1] if within[-1] is Ellipsis else within
        return tuple(_filled(one, path, flag=flag) for one in parts)
    if origin in (dict, Mapping):
        return {_filled(within[0], path, flag=flag): _filled(within[1], path, flag=flag)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if kind is Personal:
        return Personal(text=f"{MARK}{path}", ref=f"{MARK}{path}")
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(
            **{
                one.name: _filled(one.type, f"{path}.{one.name}".strip("."), flag=flag)
                for one in structs.fields(kind)
            }
        )
    simple: dict[Any, Any] = {
        str: f"{MARK}{path}", bool: flag, int: 3, float: 3.0, datetime: MOMENT,
        date: MOMENT.date(),
    }  # fmt: skip
    return simple[kind]


def _words(value: Any) -> Iterator[str]:
    """The paths of the words that are still in a row."""
    if isinstance(value, str):
        if value.startswith(MARK):
            yield value.removeprefix(MARK)
    elif isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value)
        yield from (one for pair in pairs.items() for inner in pair for one in _words(inner))
    elif isinstance(value, list | tuple):
        yield from (one for inner in cast("list[Any]", value) for one in _words(inner))


@pytest.mark.parametrize("kind", get_args(AnyRow), ids=lambda one: one.__struct_config__.tag)
def test_nobodys_name_or_number_reaches_the_wall(kind: type[msgspec.Struct]) -> None:
    """Whatever a row holds, exactly the keys and codes that stand above come through."""
    tag = str(kind.__struct_config__.tag)
    assert tag in PASSED, "a new kind of row: what of it may the wall know?"
    passed: set[str] = set()
    for flag in (True, False):
        row = _filled(kind, "", flag=flag)
        assert set(_words(msgspec.to_builtins(row)))
        seen = redact(row, EVA, lambda _kind, _key: None, MOMENT)
        passed.update(_words(msgspec.to_builtins(seen)))
    assert passed == PASSED[tag]


def test_the_room_gets_every_word() -> None:
    """They are there to be leaked: a dispatcher's rows hold all of them, names and numbers too."""
    row = _filled(CallRow, "", flag=True)
    whole = redact(row, agent("budi", Role.DISPATCHER), lambda _kind, _key: None, MOMENT)
    words = set(_words(msgspec.to_builtins(whole)))
    assert {"number", "agent_name", "parties.number", "duty.contact", "remarks"} <= words
