"""What a command names besides its own stream must be there, and be what it is taken for.

A stream decides on itself alone; that the unit it is given exists, or the incident it is merged
into, stands on the board. The board may be a moment old: what must never go wrong in that moment
(one unit on two incidents) is kept by claims, and this only spares people a slip of the keyboard,
like a unit nobody has, which would be waited for in vain, or a break that leaves the room empty.
"""

from collections.abc import Callable, Container, Iterable
from typing import Final

from kentongan.core.commands import (
    AddAlias,
    AnyCommand,
    AssignUnit,
    CloseRoads,
    EndDuty,
    MergeIncident,
    PauseDuty,
    PreAlertUnit,
    RecordLate,
)
from kentongan.core.commands.account import ChangeAccount, OpenAccount
from kentongan.core.commands.past_change import NoteChange
from kentongan.core.rows import (
    AliasRow,
    AnyRow,
    CallRow,
    ClosureRow,
    DeskRow,
    EngagementRow,
    IncidentRow,
    UnitRow,
)
from kentongan.core.words import Refused, Role

PRESENT: Final = ("on_duty", "wrap_up")
"""States of a desk at which somebody is there to answer."""

TALKS: Final = ("answered", "held", "calling")
"""States of a call whose caller is with its desk, or is being rung from there."""

_WORKING: Final = frozenset({Role.CALL_TAKER.value, Role.DISPATCHER.value})

CLOSURES_MAX: Final = 500
"""Closures in force at once; a flood closes dozens of roads, and every journey looks at all."""

ALIASES_MAX: Final = 5_000
"""Aliases in effect at once; a city that needs more should correct its map."""

Find = Callable[[str, str], AnyRow | None]


def check_references(command: AnyCommand, find: Find, desks: Iterable[str]) -> None:
    """Return when everything named is there; raise `Refused` when not. `desks` are the city's."""
    match command:
        case AssignUnit(unit=unit, agency=agency):
            _check_unit(unit, agency, find)
        case RecordLate(units=units):
            for one in units:
                _check_unit(one.unit, one.agency, find)
        case OpenAccount(unit=unit, agency=agency) | ChangeAccount(unit=unit, agency=agency):
            if unit is not None:
                _check_unit(unit, agency, find)
        case NoteChange(units=named):
            for unit in named:
                if not isinstance(find("unit", unit), UnitRow):
                    raise Refused("unknown_unit", unit=unit[:100])
        case PreAlertUnit():
            _check_pre_alert(command, find)
        case MergeIncident(into=into):
            row = find("incident", into)
            if not isinstance(row, IncidentRow):
                raise Refused("unknown_incident")
            if row.merged_into is not None:
                raise Refused("incident_merged", into=row.merged_into)
        case PauseDuty():
            check_not_last(command, find, desks)
        case _:
            pass


def _check_unit(unit: str, agency: str | None, find: Find) -> None:
    row = find("unit", unit)
    if not isinstance(row, UnitRow):
        raise Refused("unknown_unit", unit=unit[:100])
    if row.agency != agency:
        raise Refused("unit_of_other_agency", unit=unit, agency=row.agency)


def _check_pre_alert(command: PreAlertUnit, find: Find) -> None:
    """The incident is open and has that number; the unit works on none."""
    row = find("incident", command.incident)
    if not isinstance(row, IncidentRow) or row.number != command.number:
        raise Refused("unknown_incident")
    if row.state == "closed":
        raise Refused("incident_closed", incident_number=str(row.number))
    engaged = find("engagement", command.unit)
    if isinstance(engaged, EngagementRow):
        raise Refused("unit_at_work", unit=command.unit, incident_number=str(engaged.number))


def check_not_last(command: AnyCommand, find: Find, desks: Iterable[str]) -> None:
    """Somebody else must be there to answer when one pauses; going home is not asked about.

    Asked again when nobody else can write any more: of two desks that pause at once one stays. A
    supervisor who takes no calls of their own does not count.
    """
    if not isinstance(command, PauseDuty):
        return
    own = find("desk", command.desk)
    if not isinstance(own, DeskRow) or own.state not in PRESENT:
        return
    others = (find("desk", other) for other in desks if other != command.desk)
    if not any(isinstance(row, DeskRow) and _answers(row) for row in others):
        raise Refused("last_desk", desk=command.desk)


def check_pages(command: AnyCommand, rows: Iterable[AnyRow], pages: Container[str]) -> None:
    """The same where it is known whose page is open (`pages`, by desk): the store does not know.

    Somebody whose browser is gone answers nobody.
    """
    if not isinstance(command, PauseDuty):
        return
    desks = [row for row in rows if isinstance(row, DeskRow)]
    is_there = any(row.key == command.desk and row.state in PRESENT for row in desks)
    others = (row for row in desks if row.key != command.desk and row.key in pages)
    if is_there and not any(map(_answers, others)):
        raise Refused("last_desk", desk=command.desk)


def _answers(row: DeskRow) -> bool:
    supervises_only = Role.SUPERVISOR.value in row.roles and not _WORKING & {*row.roles}
    return row.state in PRESENT and not supervises_only


def check_room(command: AnyCommand, rows: Callable[[str], Iterable[AnyRow]]) -> None:
    """Refuse what would be one closure or one alias too many, and whoever leaves in mid-call.

    `rows` are the board's of a kind. A desk that is dead is freed all the same (`ForceEndDuty`).
    """
    match command:
        case EndDuty(desk=desk):
            if any(isinstance(row, CallRow) and _is_at(row, desk) for row in rows("call")):
                raise Refused("desk_in_call", desk=desk)
        case CloseRoads(closure=key):
            _check_count(rows("closure"), key, CLOSURES_MAX, "too_many_closures")
        case AddAlias(alias=key):
            _check_count(rows("alias"), key, ALIASES_MAX, "too_many_aliases")
        case _:
            pass


def _is_at(row: CallRow, desk: str) -> bool:
    return row.desk == desk and row.state in TALKS


def _check_count(rows: Iterable[AnyRow], key: str, most: int, refusal: str) -> None:
    others = sum(
        (isinstance(row, ClosureRow) and row.lifted_at is None and row.key != key)
        or (isinstance(row, AliasRow) and row.ended_at is None and row.key != key)
        for row in rows
    )
    if others >= most:
        raise Refused(refusal, most=str(most))
