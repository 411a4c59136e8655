"""The inbox: a task stands in the agency's own list, an assignment on the crew's own page.

For an agency that is the delivery: its inbox is where officers look, and its clock runs from
there whether or not somebody looks. A crew's alert counts as delivered when the crew's page says
that it shows it (it sends `DeliverAlert` itself); until then silence escalates. A channel that
rings (push, SMS, siren) stands beside this one in this folder when there is one.
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
        """`inbox` for an agency, nothing for a crew; `Unavailable` while the board lacks it."""
        found = self._store.find_row("incident", effect.incident)
        row = found.row if found is not None else None
        if isinstance(row, IncidentRow) and _is_on_board(row, effect):
            return CHANNEL if isinstance(effect, NotifyAgencyEffect) else ""
        raise Unavailable("inbox")


def _is_on_board(row: IncidentRow, effect: AnyEffect) -> bool:
    match effect:
        case NotifyAgencyEffect(agency=agency):
            return any(task.agency == agency for task in row.tasks)
        case AlertCrewEffect(unit=unit):
            return any(one.unit == unit and one.open for one in row.assignments)
        case _:
            assert_never(effect)
