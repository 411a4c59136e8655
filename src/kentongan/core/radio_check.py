"""Asked by radio whether they are well: what follows a unit that has long been without word (A-09).

An answer begins its time anew; no answer is an alarm of the highest grade at once (A-01), until the
crew gives a sign of life: another answer, or a tap on its device. Pure.
"""

from msgspec import structs

from kentongan.core.assignment import Assignments, find_assignment
from kentongan.core.commands.incident_lane import CheckByRadio
from kentongan.core.events.incident_lane import CrewAskedByRadio
from kentongan.core.rows import IncidentRow
from kentongan.core.words import Meta, Refused


def decide(command: CheckByRadio, row: IncidentRow) -> tuple[CrewAskedByRadio, ...]:
    """Refuses with `unit_not_assigned` and `assignment_over`. Asked again is a fact of its own."""
    current = find_assignment(row.assignments, command.unit)
    if current is None:
        raise Refused("unit_not_assigned", unit=command.unit)
    if not current.open:
        raise Refused("assignment_over", unit=command.unit)
    return (CrewAskedByRadio(unit=command.unit, answered=command.answered),)


def checked(all_: Assignments, event: CrewAskedByRadio, meta: Meta) -> Assignments:
    """The unit's latest assignment, heard or not. The first silence counts, not the last."""
    current = find_assignment(all_, event.unit)
    if current is None:
        return all_
    if event.answered:
        return _with(all_, event.unit, heard_at=meta.at, unheard_at=None)
    return _with(all_, event.unit, unheard_at=current.unheard_at or meta.at)


def _with(all_: Assignments, unit: str, **fields: object) -> Assignments:
    place = max(at for at, one in enumerate(all_) if one.unit == unit)
    return (*all_[:place], structs.replace(all_[place], **fields), *all_[place + 1 :])
