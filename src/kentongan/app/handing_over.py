"""The room as it is handed over: the board's rows of this moment, with the numbers it needs.

Whether the same telephone rang for nothing again and again is decided by its number, so those are
opened here; none of them is written down (`core.handover`).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import structs

from kentongan.app.ports import Store
from kentongan.core.handover import rang_for_nothing, situation_of
from kentongan.core.handover_rows import Situation
from kentongan.core.rows import AnyRow, CallRow
from kentongan.core.words import Personal

OPENED_MAX: Final = 2_000
"""Numbers opened for one handover; a night with more pranks is told by the alarm of the flood."""


def situation_now(store: Store, at: datetime) -> Situation:
    """What is open now. Raises `Unavailable` when the store is away."""

    def rows(kind: str) -> Iterator[AnyRow]:
        found = (one.row for one in store.rows(kind) if one.row is not None)
        return iter(_with_numbers(store, list(found), at)) if kind == "call" else found

    return situation_of(rows, at)


def _with_numbers(store: Store, rows: list[AnyRow], at: datetime) -> list[AnyRow]:
    wanted = [
        row.number.ref
        for row in rows
        if isinstance(row, CallRow) and rang_for_nothing(row, at) and row.number is not None
    ]
    texts = store.open_texts([ref for ref in wanted if ref is not None][-OPENED_MAX:])
    return [_opened(row, texts) for row in rows]


def _opened(row: AnyRow, texts: dict[str, str]) -> AnyRow:
    if not isinstance(row, CallRow) or row.number is None or row.number.ref not in texts:
        return row
    number = Personal(text=texts[row.number.ref], ref=row.number.ref)
    return structs.replace(row, number=number)
