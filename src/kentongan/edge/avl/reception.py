"""What becomes of a report: judged, gathered for the history, and shown to who follows. No sockets.

Used on the event loop only. Everything here is in memory and quick; writing is somebody else's.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from msgspec import structs

from kentongan.app.ports import UnitFix
from kentongan.avl_line import UNITS_TOLD_MAX, AvlFigures
from kentongan.core.positions import Judge, Judged, Outcome, Tally, Verdict, outcome_of, says_more
from kentongan.core.words import UnitId
from kentongan.edge.avl.register import Register
from kentongan.edge.avl.reports import Report, Unreadable
from kentongan.store.devices import Device
from kentongan.store.track_gathering import Gathering

UNREADABLE: Final = "unreadable"
"""The cause under which a fault of a device counts."""

NUMBERS_TOLD_MAX: Final = 100
"""Numbers of devices that no gateway was given, told in the log once each."""

_log = logging.getLogger(__name__)


class Reception:
    """Takes reports in. `show`, once set, gets the positions that are to be drawn."""

    def __init__(self, judge: Judge, register: Register, gathering: Gathering) -> None:
        self.register = register
        self._judge = judge
        self._gathering = gathering
        self.show: Callable[[Sequence[UnitFix]], None] = lambda _fixes: None
        self._latest: dict[UnitId, UnitFix] = {}
        self._unwritten: dict[UnitId, UnitFix] = {}
        self._tally = Tally()
        self._strangers: OrderedDict[str, None] = OrderedDict()
        self.refused = 0

    def start_from(self, fixes: Sequence[UnitFix]) -> None:
        """Positions known from before this process began."""
        for one in fixes:
            self._judge.start_from(one.unit, one.fix, one.clocks)
            self._latest[one.unit] = one

    def take(self, device: Device, report: Report, received_at: datetime) -> Outcome:
        """A report of a device, and what became of its positions. Raises `Unreadable`."""
        unit = self.register.unit_of(device, report.number)
        if unit is None:
            self._stranger(device, report.number or "")
            raise Unreadable("uniqueId", "is no device that this gateway was given")
        for fault in report.faults:
            self.fault(unit, fault)
        judged = self._judge.judge(
            unit, report.fixes, received_at, report.sent_at, f"{device.id}/{report.number or ''}"
        )
        drawn = [shown for one in judged if (shown := self._keep(one)) is not None]
        if drawn:
            self.show(drawn[-1:])
        return outcome_of(judged)

    def fault(self, unit: UnitId, fault: Unreadable) -> None:
        """Something a device said could not be read."""
        self._tally.note(unit, UNREADABLE)
        _log.debug("%s: %s", unit, fault)

    def latest(self) -> list[UnitFix]:
        """The position of every unit that is known."""
        return list(self._latest.values())

    def unwritten(self) -> list[UnitFix]:
        """Positions to write to the store, with what is known of the clocks; they are taken."""
        taken, self._unwritten = self._unwritten, {}
        return [
            structs.replace(one, clocks=self._judge.clocks_of(one.unit)) for one in taken.values()
        ]

    def put_back(self, fixes: Sequence[UnitFix]) -> None:
        """They could not be written; what came meanwhile is later."""
        self._unwritten = {one.unit: one for one in fixes} | self._unwritten

    def figures(self, connections: int, *, store_away: bool) -> AvlFigures:
        """How it is."""
        return AvlFigures(
            devices=len(self.register),
            connections=connections,
            taken=sum(self._tally.causes[verdict] for verdict in Verdict),
            verdicts=dict(self._tally.causes),
            units=self._tally.worst(UNITS_TOLD_MAX),
            refused=self.refused,
            store_away=store_away,
            unwritten=self._gathering.dropped,
        )

    def _keep(self, one: Judged) -> UnitFix | None:
        self._gathering.add(one)
        self._tally.note(one.unit, one.verdict)
        known = self._latest.get(one.unit)
        if not one.verdict.is_drawn or (known is not None and says_more(known.fix, one.fix)):
            return None
        shown = UnitFix(unit=one.unit, fix=one.fix, received_at=one.received_at)
        self._latest[one.unit] = self._unwritten[one.unit] = shown
        return shown

    def _stranger(self, device: Device, number: str) -> None:
        self.refused += 1
        key = f"{device.id} {number[:40]!r}"
        if key not in self._strangers and len(self._strangers) < NUMBERS_TOLD_MAX:
            self._strangers[key] = None
            _log.warning("gateway and number without a unit: %s", key)
