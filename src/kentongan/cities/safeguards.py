"""Which changes of a pack weaken safety, as data: `safeguards.yaml` beside this file.

A change that a rule finds needs a second administrator. The rules are no part of a city's pack:
whoever could loosen a limit alone by first loosening the rule would not need a second person.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from msgspec import Struct

from kentongan.cities.changes import Change
from kentongan.cities.facts import Text
from kentongan.cities.read import Problems, compose, read

FILE: Final = Path(__file__).parent / "safeguards.yaml"

URGENT: Final = ("P1", "P2", "P3", "P4", "P5", "P0")
"""Priorities, the most urgent first."""


class Weaker(StrEnum):
    """What makes a value the weaker one."""

    HIGHER = "higher"  # a limit that is larger, or gone
    LOWER = "lower"  # a number or share that is smaller, or gone
    GONE = "gone"  # a row that is no more
    FEWER = "fewer"  # a list that has lost something
    OFF = "off"  # true that has become false
    ON = "on"  # false that has become true
    NARROWER = "narrower"  # a list of what is meant, where none means all: something is left out
    LESS_URGENT = "less_urgent"  # a priority nearer to the end
    CHANGED = "changed"  # any change


class Safeguard(Struct, frozen=True, kw_only=True):
    """A rule: at places like `path` of `file`, what is `weaker` needs two; `why` is for people.

    `*` in a path stands for one field, `[*]` for one row.
    """

    key: str
    file: str
    path: str
    weaker: Weaker
    why: Text


class SafeguardsFile(Struct, frozen=True):
    """`safeguards.yaml`."""

    safeguards: tuple[Safeguard, ...]


class Weakening(Struct, frozen=True, kw_only=True):
    """A change that a rule found."""

    file: str
    path: str
    rule: str
    before: Any = None
    after: Any = None


@cache
def safeguards() -> tuple[Safeguard, ...]:
    """The rules. The file ships with the software: one that cannot be read is a bug."""
    problems = Problems()
    document = compose(FILE, problems)
    found = None if document is None else read(document, SafeguardsFile, problems)
    if found is None:
        raise ValueError("; ".join(problem.to_text() for problem in problems.found))
    return found.safeguards


def weakenings(changes: Iterable[Change]) -> tuple[Weakening, ...]:
    """The changes that weaken safety, each with the first rule that says so."""
    return tuple(found for change in changes if (found := _weakening(change)) is not None)


def _weakening(change: Change) -> Weakening | None:
    for rule in safeguards():
        fits = rule.file == change.file and _pattern(rule.path).fullmatch(change.path)
        if fits and _is_weaker(rule.weaker, change.before, change.after):
            return Weakening(
                file=change.file,
                path=change.path,
                rule=rule.key,
                before=change.before,
                after=change.after,
            )
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    escaped = re.escape(path).replace(r"\[\*\]", r"\[[^\]]*\]")
    return re.compile(escaped.replace(r"\*", r"[^.\[\]]+"))


def _is_weaker(weaker: Weaker, before: Any, after: Any) -> bool:
    if before is None:
        return False  # something was added: nothing that protected anybody is gone
    match weaker:
        case Weaker.GONE:
            return after is None
        case Weaker.HIGHER:
            return after is None or (_is_number(before, after) and after > before)
        case Weaker.LOWER:
            return after is None or (_is_number(before, after) and after < before)
        case Weaker.FEWER:
            return _has_lost(before, after)
        case Weaker.OFF:
            return before is True and after is not True
        case Weaker.ON:
            return before is False and after is True
        case Weaker.NARROWER:
            return bool(after) and (not before or _has_lost(before, after))
        case Weaker.LESS_URGENT:
            return _place(after) > _place(before)
        case Weaker.CHANGED:
            return True


def _has_lost(before: Any, after: Any) -> bool:
    return not {_plain(one) for one in _items(before)} <= {_plain(one) for one in _items(after)}


def _is_number(*values: Any) -> bool:
    return all(isinstance(one, int | float) for one in values)


def _items(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()


def _plain(value: Any) -> str:
    return repr(value)


def _place(priority: Any) -> int:
    return URGENT.index(priority) if priority in URGENT else len(URGENT)
