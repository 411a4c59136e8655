"""The inbox: a task or an assignment counts as delivered when it stands on the receiver's board.

Every agency and crew that is signed in sees its board change within a second; one that is not sees
it when it signs in. It does not say that anybody looked: silence escalates by its own timer, and
a channel that rings (push, SMS, siren) stands beside this one in this folder when there is one.
"""

from typing import Final, assert_never

from kentongan.app.ports import Store, Unavailable
from kentongan.core.policy import AlertCrewEffect, AnyEffect, NotifyAgencyEffect
from kentongan.core.rows import IncidentRow

CHANNEL: Final = "inbox"


class InboxNotifier:
    """Looks whether the receiver's board has it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def deliver(self, effect: AnyEffect) -> str:
        """The channel `inbox`; raises `Unavailable` while the board does not show it."""
        found = self._store.find_row("incident", effect.incident)
        row = found.row if found is not None else None
        if isinstance(row, IncidentRow) and _is_on_board(row, effect):
            return CHANNEL
        raise Unavailable("inbox")


def _is_on_board(row: IncidentRow, effect: AnyEffect) -> bool:
    match effect:
        case NotifyAgencyEffect(agency=agency):
            return any(task.agency == agency for task in row.tasks)
        case AlertCrewEffect(unit=unit):
            return any(one.unit == unit and one.open for one in row.assignments)
        case _:
            assert_never(effect)
