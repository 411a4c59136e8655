"""The way `call`: the centre's own switch rings somebody and says that a task waits.

A letter here is a wish: the switch takes it and rings, or says why not now (all lines are kept for
callers, somebody is rung about this task already). What came of the call stands in the call's own
row and is read there (`rung`). The call's id is made of the delivery's, so that the same wish, by a
process that was killed and began anew, is the same call and rings nobody twice.
"""

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kentongan.app.system import SYSTEM
from kentongan.core.call.duty import is_acknowledged
from kentongan.core.call_rows import CallRow
from kentongan.core.commands import EndCall, Envelope, RingDuty
from kentongan.core.words import CallId, CommandId, DutyOutcome, IncidentId, Personal
from kentongan.edge.notify.channel import AnyIn, Letter, NotSent, ReceiptIn, Taken
from kentongan.store.whole import WholeStore

Ask = Callable[[Envelope], Mapping[str, Any]]
"""Asks the switch; raises `NotSent`."""

NOT_NOW_S: Final = 12.0
"""Pause after the switch said "not now". Five of them are longer than one call lasts (60 s)."""

_log = logging.getLogger(__name__)

ENDS_MAX: Final = 100
"""Calls to be ended that are kept; the switch has a few lines for such calls at once."""

NOT_NOW: Final = ("already_rung", "lines_full")
"""The switch is well and says when it may be asked again: later."""


class Telephone:
    """One switch. Any number of threads."""

    def __init__(self, name: str, store: WholeStore, ask: Ask) -> None:
        self.name = name
        self.at_once = 1
        self.trouble: NotSent | None = None
        self._store = store
        self._ask = ask
        self._gathered: list[AnyIn] = []
        self._to_end: deque[tuple[CallId, str]] = deque(maxlen=ENDS_MAX)
        self._pressed: list[CallId] = []

    def send(self, letter: Letter) -> Taken:
        """Let the switch ring; raises `NotSent` when it does not."""
        call = call_of(letter.id)
        known = self._store.find_row("call", call)
        if known is None:
            self._ring(letter, call)
        elif isinstance(known.row, CallRow) and is_acknowledged(known.row):
            self._pressed.append(call)
        elif isinstance(known.row, CallRow) and (receipt := receipt_of(known.row, self.name)):
            self._gathered.append(receipt)
        return Taken(ids=(call,), said="rings")

    def gathered(self) -> Sequence[AnyIn]:
        """What came of calls whose wish was repeated."""
        found, self._gathered = self._gathered, []
        return found

    def pressed(self) -> Sequence[CallId]:
        """Calls whose wish was repeated and whose key was pressed: whether that was taken is not
        the telephone's to say."""
        found, self._pressed = self._pressed, []
        return found

    def give_up(self, call: CallId, reason: str = "cancelled") -> None:
        """Nobody waits for the answer any more, or it was taken; the telephone may go."""
        self._to_end.append((call, reason))

    def tend(self) -> None:
        """Let the switch end what was given up. One that is away ends it by its own bounds."""
        while self._to_end:
            call, reason = self._to_end.popleft()
            command = EndCall(call=call, by="switch", reason=reason)
            try:
                self._ask(Envelope(id=CommandId(f"{call}/give_up"), agent=SYSTEM, command=command))
            except NotSent as not_sent:
                _log.info("%s is not ended: %s", call, not_sent)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _ring(self, letter: Letter, call: CallId) -> None:
        kept = self._store.deliveries.find(letter.id)
        if kept is None:  # pragma: no cover - a letter is a row of the ledger
            raise NotSent("no_delivery", is_lasting=True)
        about = kept.delivery
        command = RingDuty(
            call=call,
            number=Personal(text=letter.to),
            delivery=about.id,
            contact=about.contact,
            label=about.label,
            incident=None if about.incident is None else IncidentId(about.incident),
            agency=about.agency,
            unit=about.unit,
        )
        answer = self._ask(Envelope(id=CommandId(f"{call}/ring"), agent=SYSTEM, command=command))
        if why := answer.get("refused"):
            is_not_now = why in NOT_NOW
            raise NotSent(
                str(why),
                is_lasting=not is_not_now and why != "no_trunk",
                is_gateway=not is_not_now,
                pause_s=NOT_NOW_S if is_not_now else None,
            )
        if why := answer.get("error"):
            raise NotSent(str(why), is_unsure=True)


def call_of(delivery: str) -> CallId:
    """The call that a delivery is, whoever asks for it and how often."""
    return CallId(f"duty-{hashlib.sha256(delivery.encode()).hexdigest()[:24]}")


def receipt_of(row: CallRow, gateway: str, verdict: DutyOutcome | None = None) -> ReceiptIn | None:
    """What came of a call: whether the pressed key was taken (`verdict`), else why nobody was
    reached, once it is over."""
    outcome = verdict or (None if row.duty is None else row.duty.outcome)
    if outcome is None:
        return None
    is_read = outcome == "acknowledged"
    return ReceiptIn(
        gateway=gateway,
        names=(row.key,),
        outcome="read" if is_read else "failed",
        why="" if is_read else outcome,
    )
