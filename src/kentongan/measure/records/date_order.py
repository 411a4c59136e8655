"""Whether day or month stands first in a file's dates: one answer for the whole file, never two.

A mapping may know both orders. `03/04/2026` fits both, `31/10/2026` one: such a date proves the
order of every other. Where the file proves none and the orders would give different days, it is
not guessed: `MappingError` names both and what to say.
"""

import re
from collections import Counter
from enum import StrEnum
from typing import Final

from msgspec import structs

from kentongan.measure.records.defects import Tally
from kentongan.measure.records.mapping import Form, Mapping, MappingError
from kentongan.measure.records.places import Places
from kentongan.measure.records.reading import Chunk

MONTHS: Final = 12

_DATE: Final = re.compile(r"\s*(\d{1,2})[/.\- ](\d{1,2})[/.\- ]\d")
_DATE_CHARACTERS: Final = 11
"""So much of a value holds its date, with a space before it."""


class Order(StrEnum):
    """What stands first, as `--dates` says it."""

    DAY = "day-first"
    MONTH = "month-first"


def order_of(form: str) -> Order | None:
    """The order of a format; None where the year stands first or the month has a name."""
    first = "".join(re.findall("%([dmyYbB])", form))[:2]
    return {"dm": Order.DAY, "md": Order.MONTH}.get(first)


def other_order(form: str) -> str:
    """The same format with day and month in each other's place."""
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def ordered(mapping: Mapping, order: Order) -> Mapping:
    """The mapping without the formats of the other order; where it has only those, they turn."""
    known = [form for form in mapping.formats if order_of(form) in {order, None}]
    if not any(order_of(form) for form in known):
        known = [other_order(one) if order_of(one) else one for one in mapping.formats]
    return structs.replace(mapping, formats=tuple(known))


class DateOrder:
    """Looks at the dates of a file whose mapping knows both orders; at no other."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._forms = {order: _form(mapping, order) for order in Order}
        self._is_asked = all(self._forms.values())
        self._proofs: Counter[Order] = Counter()
        self._either = 0
        self._example = ""

    def add(self, piece: Chunk) -> None:
        """Some rows."""
        if not self._is_asked or not piece.rows:
            return
        for place in _places(Places(piece.header, self._mapping), self._mapping):
            dates = Counter(row[place][:_DATE_CHARACTERS] for row in piece.rows)
            for date, count in dates.items():
                self._look(date, count)

    def mapping(self) -> Mapping:
        """The mapping with one order; `MappingError` when nothing proves one."""
        if not self._is_asked:
            return self._mapping
        day, month = self._proofs[Order.DAY], self._proofs[Order.MONTH]
        if day == month and (day or self._either):
            raise MappingError(self._refusal())
        return ordered(self._mapping, Order.MONTH if month > day else Order.DAY)

    def tell(self, defects: Tally) -> None:
        """How the dates were read that both orders fit."""
        if self._is_asked and self._either:
            is_month = self._proofs[Order.MONTH] > self._proofs[Order.DAY]
            defects.add("read_month_first" if is_month else "read_day_first", "", self._either)

    def _look(self, date: str, count: int) -> None:
        found = _DATE.match(date)
        if found is None:
            return
        first, second = int(found[1]), int(found[2])
        if first > MONTHS >= second:
            self._proofs[Order.DAY] += count
        elif second > MONTHS >= first:
            self._proofs[Order.MONTH] += count
        elif first != second and max(first, second) <= MONTHS:
            self._either += count
            self._example = self._example or date.strip()

    def _refusal(self) -> str:
        day, month = self._proofs[Order.DAY], self._proofs[Order.MONTH]
        proved = (
            f"as many dates prove day before month as month before day ({day:,})"
            if day or month
            else f"no date proves whether day or month stands first (such as {self._example})"
        )
        return (
            f"{self._mapping.id}: {proved}: say --dates {Order.DAY} or --dates {Order.MONTH}, or "
            f"keep one of the formats {self._forms[Order.DAY]} and {self._forms[Order.MONTH]} "
            "in the mapping"
        )


def _form(mapping: Mapping, order: Order) -> str:
    return next((form for form in mapping.formats if order_of(form) is order), "")


def _places(places: Places, mapping: Mapping) -> set[int]:
    """Where dates stand that are read by the formats."""
    found = {
        places.of(column.names if column.form is Form.STAMP else column.dates)
        for column in mapping.clocks.values()
        if column.form in {Form.STAMP, Form.TIME, Form.SECONDS}
    }
    return {place for place in found if place is not None}
