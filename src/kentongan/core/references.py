"""What a command names besides its own stream must be there, and be what it is taken for.

A stream decides on itself alone; that the unit it is given exists, or the incident it is merged
into, stands on the board. The board may be a moment old: what must never go wrong in that moment
(one unit on two incidents) is kept by claims, and this only spares people a slip of the keyboard,
like a unit nobody has, which would be waited for in vain.
"""

from collections.abc import Callable

from kentongan.core.commands import AnyCommand, AssignUnit, MergeIncident
from kentongan.core.rows import AnyRow, IncidentRow, UnitRow
from kentongan.core.words import Refused

Find = Callable[[str, str], AnyRow | None]


def check_references(command: AnyCommand, find: Find) -> None:
    """Return when everything named is there; raise `Refused` when not."""
    match command:
        case AssignUnit(unit=unit, agency=agency):
            row = find("unit", unit)
            if not isinstance(row, UnitRow):
                raise Refused("unknown_unit", unit=unit[:100])
            if row.agency != agency:
                raise Refused("unit_of_other_agency", unit=unit, agency=row.agency)
        case MergeIncident(into=into):
            row = find("incident", into)
            if not isinstance(row, IncidentRow):
                raise Refused("unknown_incident")
            if row.merged_into is not None:
                raise Refused("incident_merged", into=row.merged_into)
        case _:
            pass
