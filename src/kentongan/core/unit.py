"""A unit by itself: what it is, whether a crew is on board, whether it may be sent at all.

Two independent facts make three states; being engaged is not one of them, it belongs to the
incident that engages the unit.

    crew on board   in service   state            held by its own stream
    no              yes          off_duty         yes
    yes             yes          available        no
    either          no           out_of_service   yes

    start / end duty             sets or clears the crew; again: nothing
    out of service / return      clears or sets service; again: nothing (a new reason is a fact)
    raise / clear emergency      sets or clears the alarm; again: nothing
    pre-alert / lift             sets or clears it, if available; `core.pre_alert`
    register                     new, or other facts than before; the same: nothing

Theory: a unit that cannot be sent is *claimed* by its own stream. A unit at work is claimed by its
incident. So "ended duty while engaged" and "assigned while off duty" are the same impossibility,
kept by one unique constraint, and neither stream has to read the other.
"""

from collections.abc import Callable
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core import pre_alert
from kentongan.core.checks import (
    check_labels,
    check_names,
    is_readable,
    readable_fix,
    same_words,
    split_reason,
)
from kentongan.core.commands.unit import (
    ClearCrewEmergency,
    EndUnitDuty,
    LiftPreAlert,
    MessageUnit,
    PreAlertUnit,
    RaiseCrewEmergency,
    RegisterUnit,
    ReturnUnitToService,
    StartUnitDuty,
    TakeUnitOutOfService,
    UnitCommand,
)
from kentongan.core.context import Claim, Context
from kentongan.core.events.unit import (
    CrewEmergencyCleared,
    CrewEmergencyRaised,
    PreAlertLifted,
    UnitDutyEnded,
    UnitDutyStarted,
    UnitEvent,
    UnitMessaged,
    UnitPreAlerted,
    UnitRegistered,
    UnitReturnedToService,
    UnitTakenOutOfService,
)
from kentongan.core.rows import UnitRow
from kentongan.core.words import Meta, Refused, UnitId


class Unit(Struct, frozen=True, kw_only=True):
    """A unit; `row` is None until it is registered."""

    key: UnitId
    row: UnitRow | None = None
    crewed: bool = False
    facts: UnitRegistered | None = None


def decide(command: UnitCommand, unit: Unit, context: Context) -> tuple[UnitEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    if isinstance(command, RegisterUnit):
        return _register(command, unit, context)
    if unit.row is None:
        raise Refused("unknown_unit", unit=unit.key)
    row = unit.row
    match command:
        case StartUnitDuty():
            return () if unit.crewed else (UnitDutyStarted(),)
        case EndUnitDuty():
            return (UnitDutyEnded(),) if unit.crewed else ()
        case TakeUnitOutOfService(reason=reason):
            return _take_out(reason, row)
        case ReturnUnitToService():
            return (UnitReturnedToService(),) if row.state == "out_of_service" else ()
        case RaiseCrewEmergency(fix=fix):
            return () if row.emergency_at else (CrewEmergencyRaised(fix=readable_fix(fix)),)
        case ClearCrewEmergency(note=note):
            key, words = split_reason(note, "note")
            cleared = CrewEmergencyCleared(note=key, note_text=words)
            return (cleared,) if row.emergency_at else ()
        case PreAlertUnit() | LiftPreAlert() | MessageUnit():
            return pre_alert.decide(command, row, context)
        case _:
            assert_never(command)


def _take_out(reason: str, row: UnitRow) -> tuple[UnitEvent, ...]:
    key, words = split_reason(reason)
    is_same = (
        row.state == "out_of_service" and row.reason == key and same_words(row.reason_text, words)
    )
    return () if is_same else (UnitTakenOutOfService(reason=key, reason_text=words),)


def _register(command: RegisterUnit, unit: Unit, context: Context) -> tuple[UnitEvent, ...]:
    if command.agency not in context.plans.agencies:
        raise Refused("unknown_agency", agency=command.agency)
    if not is_readable(command.home):
        raise Refused("place_unreadable")
    check_labels(kind=command.kind, post=command.post)
    check_names(label=command.label)
    facts = UnitRegistered(
        agency=command.agency,
        kind=command.kind,
        label=command.label,
        capabilities=command.capabilities,
        post=command.post,
        home=command.home,
        crew_size=command.crew_size,
        demo=command.demo,
    )
    return () if facts == unit.facts else (facts,)


def _registered(unit: Unit, event: UnitRegistered, meta: Meta) -> Unit:
    before = unit.row
    row = UnitRow(
        key=unit.key,
        state=before.state if before else "off_duty",
        agency=event.agency,
        unit_kind=event.kind,
        label=event.label,
        capabilities=event.capabilities,
        post=event.post,
        home=event.home,
        since=before.since if before else meta.at,
        crew_size=event.crew_size,
        demo=event.demo,
        reason=before.reason if before else None,
        reason_text=before.reason_text if before else None,
        emergency_at=before.emergency_at if before else None,
        emergency_fix=before.emergency_fix if before else None,
        pre_alert=before.pre_alert if before else None,
        messages=before.messages if before else (),
    )
    return structs.replace(unit, row=row, facts=event)


def _row(unit: Unit) -> UnitRow:
    assert unit.row is not None, f"{unit.key} has an event before it was registered"  # noqa: S101
    return unit.row


def _crew(unit: Unit, meta: Meta, *, is_on_board: bool) -> Unit:
    before = _row(unit)
    if before.state == "out_of_service":
        return structs.replace(unit, crewed=is_on_board)
    state = "available" if is_on_board else "off_duty"
    return structs.replace(
        unit,
        crewed=is_on_board,
        row=structs.replace(before, state=state, since=meta.at, pre_alert=None),
    )


def _duty_started(unit: Unit, event: UnitDutyStarted, meta: Meta) -> Unit:  # noqa: ARG001
    return _crew(unit, meta, is_on_board=True)


def _duty_ended(unit: Unit, event: UnitDutyEnded, meta: Meta) -> Unit:  # noqa: ARG001
    return _crew(unit, meta, is_on_board=False)


def _taken_out(unit: Unit, event: UnitTakenOutOfService, meta: Meta) -> Unit:
    row = structs.replace(
        _row(unit),
        state="out_of_service",
        since=meta.at,
        reason=event.reason,
        reason_text=event.reason_text,
        pre_alert=None,
    )
    return structs.replace(unit, row=row)


def _returned(unit: Unit, event: UnitReturnedToService, meta: Meta) -> Unit:  # noqa: ARG001
    state = "available" if unit.crewed else "off_duty"
    row = structs.replace(_row(unit), state=state, since=meta.at, reason=None, reason_text=None)
    return structs.replace(unit, row=row)


def _raised(unit: Unit, event: CrewEmergencyRaised, meta: Meta) -> Unit:
    row = structs.replace(_row(unit), emergency_at=meta.at, emergency_fix=event.fix)
    return structs.replace(unit, row=row)


def _cleared(unit: Unit, event: CrewEmergencyCleared, meta: Meta) -> Unit:  # noqa: ARG001
    row = structs.replace(_row(unit), emergency_at=None, emergency_fix=None)
    return structs.replace(unit, row=row)


def _told(unit: Unit, event: UnitPreAlerted | PreAlertLifted | UnitMessaged, meta: Meta) -> Unit:
    return structs.replace(unit, row=pre_alert.told(_row(unit), event, meta))


EVOLVE: Final[dict[type[Struct], Callable[..., Unit]]] = {
    UnitRegistered: _registered,
    UnitDutyStarted: _duty_started,
    UnitDutyEnded: _duty_ended,
    UnitTakenOutOfService: _taken_out,
    UnitReturnedToService: _returned,
    CrewEmergencyRaised: _raised,
    CrewEmergencyCleared: _cleared,
    **dict.fromkeys((UnitPreAlerted, PreAlertLifted, UnitMessaged), _told),
}


def evolve(unit: Unit, event: UnitEvent, meta: Meta) -> Unit:
    """The unit after the event."""
    return EVOLVE[type(event)](unit, event, meta)


def rows(unit: Unit) -> tuple[UnitRow, ...]:
    """What the board shows of it."""
    return () if unit.row is None else (unit.row,)


def claims(unit: Unit) -> frozenset[Claim]:
    """A unit that cannot be sent is held by its own stream."""
    if unit.row is None or unit.row.state == "available":
        return frozenset()
    return frozenset({Claim("unit", unit.key)})
