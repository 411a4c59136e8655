"""A hospital: how its emergency room stands, set by hand.

    set status    always a fact: the same again says that it still is so, at another time

Theory: nobody measures a hospital. What is known of it is what a person said and when, so its row
has a time and nothing takes that for newer than it is. A full one is warned about, never refused:
a crew may have to go there.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from kentongan.core.checks import cut_label, cut_note
from kentongan.core.commands.hospital import HospitalCommand
from kentongan.core.context import Context
from kentongan.core.events.hospital import HospitalEvent, HospitalStatusSet
from kentongan.core.scene_rows import HospitalRow
from kentongan.core.words import Meta, Refused

BEDS_MAX: Final = 2_000
"""Free beds of one hospital; the largest of the province has about 1,100 in all."""


class Hospital(Struct, frozen=True, kw_only=True):
    """A hospital; `row` is None until somebody has said how it stands."""

    key: str
    row: HospitalRow | None = None


def decide(
    command: HospitalCommand, hospital: Hospital, context: Context
) -> tuple[HospitalEvent, ...]:
    """What the command leads to. Refuses with `unknown_hospital` and `beds_unreadable`."""
    if hospital.key not in context.plans.hospitals:
        raise Refused("unknown_hospital", hospital=hospital.key[:100])
    if command.beds is not None and not 0 <= command.beds <= BEDS_MAX:
        raise Refused("beds_unreadable", most=str(BEDS_MAX))
    note, _ = cut_note(command.note)
    return (HospitalStatusSet(emergency=command.emergency, beds=command.beds, note=note),)


def _status_set(hospital: Hospital, event: HospitalStatusSet, meta: Meta) -> Hospital:
    row = HospitalRow(
        key=hospital.key,
        emergency=event.emergency,
        beds=event.beds,
        note=event.note,
        at=meta.at,
        agent_name=cut_label(meta.agent_name),
    )
    return structs.replace(hospital, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., Hospital]]] = {HospitalStatusSet: _status_set}


def evolve(hospital: Hospital, event: HospitalEvent, meta: Meta) -> Hospital:
    """The hospital after the event."""
    return EVOLVE[type(event)](hospital, event, meta)


def rows(hospital: Hospital) -> tuple[HospitalRow, ...]:
    """What the board shows of it."""
    return () if hospital.row is None else (hospital.row,)
