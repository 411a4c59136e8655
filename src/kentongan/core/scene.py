"""An incident that is more than one unit's work: a shortage, many casualties, hospitals. Pure.

*Shortage*: that no fitting unit is free is a fact with a beginning, not an empty list. It ends by
itself when a unit is assigned; what was decided meanwhile, and by whom, stays beside it (CITY.md,
section 13). The same shortage begins once.

*Mass event*: a person declares it; nothing is derived from the counts. The black tag is set by a
crew alone: nobody is dead because a room says so (CONSOLE.md, section 7.7).

*Hospital*: told of a patient before the ambulance is there, and its answer.
"""

from collections.abc import Callable, Sequence
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core import told_scene
from kentongan.core.assignment import working
from kentongan.core.checks import check_label, check_labels, check_place, cut_label, cut_note
from kentongan.core.commands.scene import (
    AnswerForHospital,
    AttachPhoto,
    BeginCompressions,
    CountCasualties,
    DecideShortage,
    DeclareMass,
    EndMass,
    NoteDanger,
    RecordShortage,
    SceneCommand,
    SetStaging,
    SetZone,
    TellCasualties,
    WarnHospital,
)
from kentongan.core.context import Context
from kentongan.core.events.scene import (
    CasualtiesCounted,
    CompressionsBegun,
    HospitalAnswered,
    HospitalWarned,
    MassDeclared,
    MassEnded,
    PhotoAttached,
    SceneEvent,
    ShortageBegan,
    ShortageDecided,
    StagingSet,
    ZoneSet,
)
from kentongan.core.rows import IncidentRow
from kentongan.core.scene_rows import (
    HospitalWarning,
    Mass,
    Photo,
    Shortage,
    ShortageDecision,
    UnitZone,
)
from kentongan.core.words import Meta, Refused, Role

CASUALTIES_MAX: Final = 9_999
"""Of one tag; more is a slip of the finger."""

REASONS_MAX: Final = 20
"""Reasons told with a shortage; there are eight kinds."""

DECISIONS_MAX: Final = 50
"""Decisions about one shortage; one a minute for an hour."""

PHOTOS_MAX: Final = 50
"""Pictures of one incident; each is up to 3 MB on the centre's disk."""

WARNINGS_MAX: Final = 200
"""Hospitals told of one incident, again and again; a mass event with 200 patients."""


def decide(command: SceneCommand, row: IncidentRow, context: Context) -> tuple[SceneEvent, ...]:
    """What the command leads to; nothing when it repeats what is so.

    Refuses with `no_shortage`, `unknown_agency`, `not_mass`, `count_unreadable`,
    `black_by_crew_only`, `danger_known`, `unknown_hospital`, `hospital_not_warned` and the limits.
    """
    match command:
        case RecordShortage(reasons=reasons):
            return _record(reasons, row)
        case DecideShortage():
            return _decide_shortage(command, row, context)
        case DeclareMass():
            return () if is_mass(row) else (MassDeclared(),)
        case EndMass():
            return (MassEnded(),) if is_mass(row) else ()
        case CountCasualties():
            return _count(command, row, context)
        case TellCasualties() | NoteDanger():
            return told_scene.decide(command, row)
        case SetStaging(place=place):
            checked = None if place is None else check_place(place, context.plans.box)
            known = row.mass.staging if row.mass else None
            return () if checked == known else (StagingSet(place=checked),)
        case SetZone():
            return _set_zone(command, row)
        case WarnHospital() | AnswerForHospital():
            return _hospital(command, row, context)
        case BeginCompressions():
            return () if row.compressions_at else (CompressionsBegun(),)
        case AttachPhoto():
            return _attach(command, row)
        case _:
            assert_never(command)


def is_short(row: IncidentRow) -> bool:
    """Whether no fitting unit was free and none has been found since."""
    return row.shortage is not None and row.shortage.ended_at is None


def is_mass(row: IncidentRow) -> bool:
    """Whether it is worked on as an event with many casualties."""
    return row.mass is not None and row.mass.since is not None and row.mass.ended_at is None


def _record(reasons: Sequence[str], row: IncidentRow) -> tuple[SceneEvent, ...]:
    if is_short(row) or row.state != "open" or working(row.assignments):
        return ()
    for reason in reasons[:REASONS_MAX]:
        check_label(reason, "reasons")
    return (ShortageBegan(reasons=tuple(reasons[:REASONS_MAX])),)


def _decide_shortage(
    command: DecideShortage, row: IncidentRow, context: Context
) -> tuple[SceneEvent, ...]:
    if row.shortage is None or not is_short(row):
        raise Refused("no_shortage", incident_number=str(row.number))
    if command.agency is not None and command.agency not in context.plans.agencies:
        raise Refused("unknown_agency", agency=command.agency)
    if len(row.shortage.decisions) >= DECISIONS_MAX:
        raise Refused("too_many_decisions", most=str(DECISIONS_MAX))
    note, _ = cut_note(command.note)
    decided = ShortageDecided(way=command.way, agency=command.agency, unit=command.unit, note=note)
    return (decided,)


def _count(command: CountCasualties, row: IncidentRow, context: Context) -> tuple[SceneEvent, ...]:
    counts = (command.red, command.yellow, command.green, command.black)
    if not all(0 <= count <= CASUALTIES_MAX for count in counts):
        raise Refused("count_unreadable", most=str(CASUALTIES_MAX))
    known = row.mass or Mass()
    if command.black != known.black and not context.agent.has(Role.CREW):
        raise Refused("black_by_crew_only")
    if counts == (known.red, known.yellow, known.green, known.black) and known.counted_at:
        return ()
    red, yellow, green, black = counts
    return (CasualtiesCounted(red=red, yellow=yellow, green=green, black=black),)


def _set_zone(command: SetZone, row: IncidentRow) -> tuple[SceneEvent, ...]:
    """Only who works here, and only while it is a mass event."""
    if row.mass is None or not is_mass(row):
        raise Refused("not_mass", incident_number=str(row.number))
    if command.unit not in {one.unit for one in working(row.assignments)}:
        raise Refused("unit_not_assigned", unit=command.unit)
    known = next((one.zone for one in row.mass.zones if one.unit == command.unit), None)
    return () if known == command.zone else (ZoneSet(unit=command.unit, zone=command.zone),)


def _hospital(
    command: WarnHospital | AnswerForHospital, row: IncidentRow, context: Context
) -> tuple[SceneEvent, ...]:
    if command.hospital not in context.plans.hospitals:
        raise Refused("unknown_hospital", hospital=command.hospital[:100])
    if isinstance(command, WarnHospital):
        if len(row.warned) >= WARNINGS_MAX:
            raise Refused("too_many_warnings", most=str(WARNINGS_MAX))
        text, _ = cut_note(command.text)
        return (HospitalWarned(hospital=command.hospital, unit=command.unit, text=text),)
    last = _last(row.warned, command.hospital)
    if last is None:
        raise Refused("hospital_not_warned", hospital=command.hospital)
    if row.warned[last].accepted is command.accepted:
        return ()
    said, _ = cut_note(command.said)
    return (HospitalAnswered(hospital=command.hospital, accepted=command.accepted, said=said),)


def _attach(command: AttachPhoto, row: IncidentRow) -> tuple[SceneEvent, ...]:
    if any(one.photo == command.photo for one in row.photos):
        return ()
    if len(row.photos) >= PHOTOS_MAX:
        raise Refused("too_many_photos", most=str(PHOTOS_MAX))
    check_labels(photo=command.photo, sha256=command.sha256)
    attached = PhotoAttached(
        photo=command.photo,
        sha256=command.sha256,
        bytes=command.bytes,
        width=command.width,
        height=command.height,
    )
    return (attached,)


def _last(warned: Sequence[HospitalWarning], hospital: str) -> int | None:
    """Where the latest warning of that hospital stands."""
    places = [place for place, one in enumerate(warned) if one.hospital == hospital]
    return places[-1] if places else None


# --- what the events mean ------------------------------------------------------------------------


def _began(row: IncidentRow, event: ShortageBegan, meta: Meta) -> IncidentRow:
    return structs.replace(row, shortage=Shortage(since=meta.at, reasons=event.reasons))


def _decided(row: IncidentRow, event: ShortageDecided, meta: Meta) -> IncidentRow:
    if row.shortage is None:
        return row
    decision = ShortageDecision(
        way=event.way,
        agency=event.agency,
        unit=event.unit,
        note=event.note,
        at=meta.at,
        agent_name=cut_label(meta.agent_name),
    )
    shortage = structs.replace(row.shortage, decisions=(*row.shortage.decisions, decision))
    return structs.replace(row, shortage=shortage)


def met(row: IncidentRow, meta: Meta) -> IncidentRow:
    """A unit was assigned: the clock of unmet demand stands."""
    if row.shortage is None or not is_short(row):
        return row
    return structs.replace(row, shortage=structs.replace(row.shortage, ended_at=meta.at))


def _declared(row: IncidentRow, event: MassDeclared, meta: Meta) -> IncidentRow:  # noqa: ARG001
    by = cut_label(meta.agent_name)
    mass = structs.replace(row.mass or Mass(), since=meta.at, agent_name=by, ended_at=None)
    return structs.replace(row, mass=mass, supervisor=True)


def _mass_ended(row: IncidentRow, event: MassEnded, meta: Meta) -> IncidentRow:  # noqa: ARG001
    return structs.replace(row, mass=structs.replace(row.mass or Mass(), ended_at=meta.at))


def _counted(row: IncidentRow, event: CasualtiesCounted, meta: Meta) -> IncidentRow:
    mass = structs.replace(
        row.mass or Mass(),
        red=event.red,
        yellow=event.yellow,
        green=event.green,
        black=event.black,
        counted_at=meta.at,
        counted_by=cut_label(meta.agent_name),
    )
    return structs.replace(row, mass=mass)


def _zoned(row: IncidentRow, event: ZoneSet, meta: Meta) -> IncidentRow:
    """A unit that has left keeps no zone: with the next word about any it is gone from the list."""
    mass, here = row.mass or Mass(), {one.unit for one in working(row.assignments)}
    zones = tuple(one for one in mass.zones if one.unit != event.unit and one.unit in here)
    if event.zone is not None:
        by = UnitZone(unit=event.unit, zone=event.zone, at=meta.at, agent_name=meta.agent_name)
        zones = (*zones, by)
    return structs.replace(row, mass=structs.replace(mass, zones=zones))


def _compressing(row: IncidentRow, event: CompressionsBegun, meta: Meta) -> IncidentRow:  # noqa: ARG001
    return structs.replace(row, compressions_at=meta.at)


def _staged(row: IncidentRow, event: StagingSet, meta: Meta) -> IncidentRow:  # noqa: ARG001
    return structs.replace(row, mass=structs.replace(row.mass or Mass(), staging=event.place))


def _warned(row: IncidentRow, event: HospitalWarned, meta: Meta) -> IncidentRow:
    warning = HospitalWarning(
        hospital=event.hospital,
        at=meta.at,
        agent_name=cut_label(meta.agent_name),
        unit=event.unit,
        text=event.text,
    )
    return structs.replace(row, warned=(*row.warned, warning))


def _answered(row: IncidentRow, event: HospitalAnswered, meta: Meta) -> IncidentRow:
    place = _last(row.warned, event.hospital)
    if place is None:
        return row
    answered = structs.replace(
        row.warned[place], accepted=event.accepted, answered_at=meta.at, said=event.said
    )
    return structs.replace(row, warned=(*row.warned[:place], answered, *row.warned[place + 1 :]))


def _attached(row: IncidentRow, event: PhotoAttached, meta: Meta) -> IncidentRow:
    photo = Photo(
        photo=event.photo,
        at=meta.at,
        agent_name=cut_label(meta.agent_name),
        width=event.width,
        height=event.height,
    )
    return structs.replace(row, photos=(*row.photos, photo))


EVOLVE: Final[dict[type[Struct], Callable[..., IncidentRow]]] = {
    ShortageBegan: _began,
    ShortageDecided: _decided,
    MassDeclared: _declared,
    MassEnded: _mass_ended,
    CasualtiesCounted: _counted,
    **told_scene.EVOLVE,
    StagingSet: _staged,
    ZoneSet: _zoned,
    CompressionsBegun: _compressing,
    HospitalWarned: _warned,
    HospitalAnswered: _answered,
    PhotoAttached: _attached,
}
