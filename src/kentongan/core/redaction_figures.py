"""What can be counted and timed of a row: nobody's words and nobody's name. Pure.

`core.redaction` says to whom it is shown: to evaluators, and a part of it to agencies and crews.
"""

from typing import assert_never

from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core.rows import (
    AgencyRow,
    AlarmRow,
    AliasRow,
    AnyRow,
    CallRow,
    ChangeRow,
    ClosureRow,
    DeskRow,
    EngagementRow,
    HospitalRow,
    IncidentRow,
    PackRow,
    ReportRow,
    UnitRow,
)
from kentongan.core.scene_rows import Mass, Shortage
from kentongan.core.words import NOT_FOR_OTHERS, IncidentId, Place


def for_evaluator(row: AnyRow) -> AnyRow | None:
    """As much of the row as is a figure; None for what has none."""
    match row:
        case IncidentRow():
            return _figures_of(row)
        case CallRow():
            return _figures_of_call(row)
        case DeskRow():
            return structs.replace(
                row, agent=None, agent_name=None, reason_text=None, handover=None
            )
        case UnitRow():
            return structs.replace(
                row, reason_text=None, emergency_fix=None, pre_alert=None, messages=()
            )
        case EngagementRow():
            return structs.replace(row, incident=IncidentId(""), number=0, priority=None)
        case ClosureRow():
            return structs.replace(
                by_nobody(row), label=None, reason_text=None, lift_reason_text=None
            )
        case HospitalRow():
            return status_of(row)
        case AliasRow():
            return _figures_of_alias(row)
        case ChangeRow():
            return structs.replace(
                row, note=None, noted_by="", withdrawn_by="", withdraw_reason=None
            )
        case AgencyRow() | ReportRow() | AlarmRow() | PackRow():
            return None
        case _:
            assert_never(row)


def _figures_of_alias(row: AliasRow) -> AliasRow:
    """An alias to count and to time: no word of it, nobody's name, about where it is."""
    about = Point(lat=round(row.point.lat, 2), lon=round(row.point.lon, 2))
    return structs.replace(
        row,
        phrases=(),
        label=None,
        point=about,
        document=None,
        incident=None,
        unit=None,
        note=None,
        added_by="",
        reviewed_by="",
        review_note=None,
        undone_by="",
        undo_reason=None,
    )


def _figures_of_call(row: CallRow) -> CallRow:
    """A call to count and to time: nobody's name and nobody's number."""
    return structs.replace(
        row,
        number=None,
        place=_impersonal(row.place, is_sensitive=True),
        positions=(),
        location_links=(),
        keys="",
        remarks=(),
        raw_facts=(),
        agent=None,
        agent_name=None,
        owner=None,
        owner_name=None,
        parties=tuple(
            structs.replace(one, contact=None, number=None, agent=None, agent_name=None)
            for one in row.parties
        ),
        supervisors=tuple(structs.replace(one, agent="", agent_name="") for one in row.supervisors),
        callbacks=tuple(structs.replace(one, agent_name="") for one in row.callbacks),
        duty=row.duty and structs.replace(row.duty, contact="", label="", delivery=""),
    )


def _figures_of(row: IncidentRow) -> IncidentRow:
    """An incident to count and to time; of a sensitive one not even its kind."""
    bare = structs.replace(
        row,
        place=_impersonal(row.place, is_sensitive=row.sensitive),
        notes=(),
        corrections=(),
        messages=(),
        help_wanted=tuple(
            structs.replace(one, words=None, agent_name="", answered_by="")
            for one in row.help_wanted
        ),
        warned=(),
        photos=(),
        variants=(),
        edited=(),
        shortage=_counted_shortage(row.shortage),
        mass=_counted_mass(row.mass),
        triage=(),
        opened_by="",
        appointment=row.appointment and structs.replace(row.appointment, set_by=""),
        ticket=None,
        late=row.late and structs.replace(row.late, entered_by=""),
        tasks=tuple(
            structs.replace(
                one,
                reason_text=None,
                ringing=one.ringing and structs.replace(one.ringing, label=""),
            )
            for one in row.tasks
        ),
        assignments=tuple(
            structs.replace(one, release_reason_text=None) for one in row.assignments
        ),
    )
    if not row.sensitive:
        return bare
    return structs.replace(
        bare,
        nature=None,
        flags=(),
        instructions=(),
        instructions_withheld=False,
        compressions_at=None,
        dangers=(),
    )


def _counted_mass(mass: Mass | None) -> Mass | None:
    """How many, and when; counted by nobody, and not where the others wait."""
    if mass is None:
        return None
    return structs.replace(mass, agent_name="", counted_by="", staging=None, zones=())


def _counted_shortage(shortage: Shortage | None) -> Shortage | None:
    """How long, and what was decided; by nobody and without their words."""
    if shortage is None:
        return None
    decisions = (structs.replace(one, note=None, agent_name="") for one in shortage.decisions)
    return structs.replace(shortage, decisions=tuple(decisions))


def _impersonal(place: Place | None, *, is_sensitive: bool) -> Place | None:
    """A place without words; a sensitive one, and one whose sender lets nobody else have it, is
    known to its kelurahan only."""
    if place is None:
        return None
    bare = structs.replace(place, words=None, label=None, landmark=None)
    if is_sensitive or NOT_FOR_OTHERS in place.cautions:
        return structs.replace(bare, point=None, radius_m=None, sector=None)
    return bare


def by_nobody(row: ClosureRow) -> ClosureRow:
    """Which roads are shut, and why; not who of the room said so."""
    return structs.replace(row, closed_by="", changed_by="", lifted_by="")


def status_of(row: HospitalRow) -> HospitalRow:
    """How a hospital stands and when somebody said so; nobody's words."""
    return structs.replace(row, note=None, agent_name="")
