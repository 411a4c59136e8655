"""What gateways say became of letters: into the ledger; a crew's alert that arrived, to the room.

A receipt may be faster than the answer to what it confirms: it waits a little for it. One that
nobody knows is counted and forgotten; it is somebody else's message, or older than the ledger.
"""

import logging
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from kentongan.app.handle import Busy, handle
from kentongan.app.system import SYSTEM
from kentongan.core.commands import DeliverAlert, Envelope
from kentongan.core.plans import Plans
from kentongan.core.words import CommandId, IncidentId, Refused
from kentongan.edge.notify import ledger
from kentongan.edge.notify.channel import ReceiptIn
from kentongan.store.deliveries import Delivery, Kept
from kentongan.store.whole import WholeStore

EARLY: Final = timedelta(seconds=60)
"""How long a receipt waits for the row it is about."""

EARLY_MAX: Final = 1_000
"""Receipts that wait; the oldest goes when there are more."""

CHANGES_MAX: Final = 5
"""Times a row is read anew when somebody else changed it meanwhile."""

_log = logging.getLogger(__name__)


class Receipts:
    """Used by one thread."""

    def __init__(self, store: WholeStore, plans: Plans) -> None:
        self._store = store
        self._plans = plans
        self._early: deque[tuple[datetime, ReceiptIn]] = deque(maxlen=EARLY_MAX)
        self.unknown = 0

    def take(self, receipt: ReceiptIn, now: datetime) -> None:
        """Write it down, or keep it for a moment."""
        if not self._apply(receipt, now):
            self._early.append((now, receipt))

    def step(self, now: datetime) -> None:
        """Try those that came too early again."""
        for _ in range(len(self._early)):
            came_at, receipt = self._early.popleft()
            if self._apply(receipt, now):
                continue
            if now - came_at < EARLY:
                self._early.append((came_at, receipt))
            else:
                self.unknown += 1
                _log.info("%s: a receipt for nothing we sent", receipt.gateway)

    def _apply(self, receipt: ReceiptIn, now: datetime) -> bool:
        """Whether it was about something."""
        for _ in range(CHANGES_MAX):
            kept = self._find(receipt)
            if kept is None:
                return False
            told = ledger.confirmed(kept.delivery, receipt, now)
            if told == kept.delivery:
                return bool(_knows(kept.delivery, receipt))
            if self._store.deliveries.change(told, kept.revision):
                self._tell_the_room(kept.delivery, told, now)
                return True
        return False

    def _find(self, receipt: ReceiptIn) -> Kept | None:
        for name in receipt.names:
            delivery = self._store.deliveries.of_part(receipt.gateway, name)
            if delivery is not None:
                return self._store.deliveries.find(delivery)
        return None

    def _tell_the_room(self, before: Delivery, after: Delivery, now: datetime) -> None:
        """A crew's alert arrived: that is a fact of the incident, once."""
        arrived = ("delivered", "read")
        if after.state not in arrived or before.state in arrived:
            return
        if after.about != "alert" or after.unit is None or after.incident is None:
            return
        command = DeliverAlert(
            incident=IncidentId(after.incident), unit=after.unit, channel=after.way
        )
        envelope = Envelope(id=CommandId(f"notify#{after.id}"), agent=SYSTEM, command=command)
        try:
            handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            _log.info("%s: %s", envelope.id, refused.reason)
        except Busy:  # the crew's answer itself is on its way; the ledger has the receipt
            _log.warning("%s: the incident is busy", envelope.id)


def _knows(delivery: Delivery, receipt: ReceiptIn) -> bool:
    return any(
        attempt.gateway == receipt.gateway and set(attempt.ids).intersection(receipt.names)
        for attempt in delivery.attempts
    )
