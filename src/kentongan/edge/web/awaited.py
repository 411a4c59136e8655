"""Numbers that are likely to ring again about something grave: the switch keeps lines for them.

A caller of an open incident of the highest priority, and one whose talk broke off a moment ago. Who
gave up in the queue is not among them: in a flood these are hundreds, and are rung back. While the
store is away the numbers known before go on counting, with those the switches tell themselves.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from kentongan.app.ports import Unavailable
from kentongan.core.call_rows import CallRow
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.words import CallId, Priority
from kentongan.edge.web.calls import SwitchCalls
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.edge.web.live import Live
from kentongan.edge.web.texts import Texts
from kentongan.store.whole import WholeStore

BROKE_OFF_WITHIN: Final = timedelta(minutes=10)
"""A caller who was cut off rings again within moments; later they are rung back."""

AWAITED_MAX: Final = 500
"""Numbers told to the switch (`edge.switch.control.Present`), the newest calls first."""

NUMBER_CHARACTERS_MAX: Final = 32
"""Longest number it takes; no telephone has one of half that length."""


class Awaited:
    """Used on the event loop only."""

    def __init__(self, live: Live, calls: SwitchCalls, lanes: Lanes, texts: Texts) -> None:
        self._live = live
        self._calls = calls
        self._lanes = lanes
        self._texts = texts
        self._known: dict[CallId, str] = {}  # by call: what was found while the store was there

    def rows(self, now: datetime) -> tuple[CallRow, ...]:
        """The calls whose callers are waited for, the newest first."""
        found = {row.key: row for row in (*self._of_open_p1(), *self._broken_off(now))}
        rows = [row for row in found.values() if row.number is not None and not row.training]
        rows.sort(key=lambda row: row.ring_at, reverse=True)
        return tuple(rows[:AWAITED_MAX])

    def of_open_p1(self) -> frozenset[CallId]:
        """The calls in which an incident of the highest priority was told that is open."""
        return frozenset(row.key for row in self._of_open_p1())

    async def numbers(self, rows: tuple[CallRow, ...]) -> list[str]:
        """Their numbers, each once."""
        refs = {row.key: row.number.ref for row in rows if row.number and row.number.ref}
        if self._live.store_away_since is None:
            with suppress(Unavailable, Overfull):  # then what is known already counts on
                self._known = await self._lanes.reading.run(lambda store: self._open(store, refs))
        told = (self._known.get(row.key) or (row.number and row.number.text) for row in rows)
        return list(dict.fromkeys(number for number in told if number and _fits(number)))

    def _open(self, store: WholeStore, refs: dict[CallId, str]) -> dict[CallId, str]:
        texts = self._texts.open(store, refs.values()) if refs else {}
        return {call: texts[ref] for call, ref in refs.items() if ref in texts}

    def _of_open_p1(self) -> Iterator[CallRow]:
        held = self._live.held
        for one in held.of_kind("incident"):
            row = one.row
            if not isinstance(row, IncidentRow) or row.priority is not Priority.P1:
                continue
            for key in row.reports if row.state != "closed" else ():
                report = held.find("report", key)
                name = report.call if isinstance(report, ReportRow) else None
                call = held.find("call", name or "")
                if isinstance(call, CallRow):
                    yield call

    def _broken_off(self, now: datetime) -> Iterator[CallRow]:
        held = (one.row for one in self._live.held.of_kind("call"))
        for row in (*held, *self._calls.open_calls()):
            if isinstance(row, CallRow) and _broke_off(row, now):
                yield row


def _fits(number: str) -> bool:
    return len(number) <= NUMBER_CHARACTERS_MAX


def _broke_off(row: CallRow, now: datetime) -> bool:
    """In mid-talk, a moment ago, and nobody has spoken with them since."""
    is_owed = row.dropped and row.open and row.answered_at is not None
    return is_owed and row.ended_at is not None and now - row.ended_at <= BROKE_OFF_WITHIN
