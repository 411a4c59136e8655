"""What a caller says of the scene before anybody is there: how many are hurt, what is dangerous.

Kept apart from what a crew counts. A danger is told one at a time, so that two people never write
over one another; "none" means that it was asked and the caller knows of nothing, and is gone with
the first danger. Pure.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from kentongan.core.commands.scene import NoteDanger, TellCasualties
from kentongan.core.events.scene import CasualtiesTold, DangerNoted
from kentongan.core.rows import IncidentRow
from kentongan.core.words import Meta, Refused

PEOPLE_MAX: Final = 9_999
"""People hurt at one incident; more is a slip of the finger."""


def decide(
    command: TellCasualties | NoteDanger, row: IncidentRow
) -> tuple[CasualtiesTold | DangerNoted, ...]:
    """What the command leads to; nothing when it repeats what is so.

    Refuses with `count_unreadable` and `danger_known` ("none" beside a danger).
    """
    if isinstance(command, TellCasualties):
        if command.people is not None and not 0 <= command.people <= PEOPLE_MAX:
            raise Refused("count_unreadable", most=str(PEOPLE_MAX))
        is_known = command.people == row.casualties
        return () if is_known else (CasualtiesTold(people=command.people),)
    if (command.danger in row.dangers) is command.present:
        return ()
    if command.danger == "none" and command.present and row.dangers:
        raise Refused("danger_known", incident_number=str(row.number))
    return (DangerNoted(danger=command.danger, present=command.present),)


def _told(row: IncidentRow, event: CasualtiesTold, meta: Meta) -> IncidentRow:  # noqa: ARG001
    return structs.replace(row, casualties=event.people)


def _noted(row: IncidentRow, event: DangerNoted, meta: Meta) -> IncidentRow:  # noqa: ARG001
    others = tuple(one for one in row.dangers if one not in (event.danger, "none"))
    return structs.replace(row, dangers=(*others, event.danger) if event.present else others)


EVOLVE: Final[dict[type[Struct], Callable[..., IncidentRow]]] = {
    CasualtiesTold: _told,
    DangerNoted: _noted,
}
