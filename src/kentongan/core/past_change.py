"""A past change of the service: a unit more, a post opened, another rule, a road shut.

                 from nothing       noted                      withdrawn
    note         noted              nothing / change_exists    refused change_exists
    withdraw     refused unknown    withdrawn                  nothing

Theory: whether the twin may be believed is tried on what was really changed, and nothing in the
journal says which of a thousand registrations was meant as one. So a person says it, with its day,
and the note is about the past only: it changes nothing by itself.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.checks import check_label, cut_note, is_near, is_readable, same_words
from kentongan.core.city_rows import ChangeRow
from kentongan.core.commands.past_change import ChangeCommand, NoteChange, WithdrawChange
from kentongan.core.context import Context
from kentongan.core.events.past_change import ChangeEvent, ChangeNoted, ChangeWithdrawn
from kentongan.core.words import ChangeId, Meta, Refused

UNITS_MAX: Final = 8
"""Units of one change."""

OLD_MAX: Final = timedelta(days=20 * 366)
"""Earlier is a mistyped year."""


class PastChange(Struct, frozen=True, kw_only=True):
    """A change; `row` is None until it is noted."""

    key: ChangeId
    row: ChangeRow | None = None


def decide(command: ChangeCommand, change: PastChange, context: Context) -> tuple[ChangeEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    row = change.row
    match command:
        case NoteChange():
            return _note(command, row, context)
        case WithdrawChange(reason=reason):
            if row is None:
                raise Refused("unknown_change")
            if row.withdrawn_at is not None:
                return ()
            return (ChangeWithdrawn(reason=cut_note(reason)[0]),)
        case _:
            assert_never(command)


def _note(command: NoteChange, row: ChangeRow | None, context: Context) -> tuple[ChangeEvent, ...]:
    today = (context.at + context.plans.time_zone_offset).date()
    if not today - OLD_MAX <= command.day <= today:
        raise Refused("change_day_unreadable")
    _check_complete(command, context)
    noted = ChangeNoted(
        what=command.what,
        day=command.day,
        units=command.units,
        place=command.place,
        other=command.other,
        rule=command.rule,
        point=command.point,
        note=cut_note(command.note)[0],
    )
    if row is None:
        return (noted,)
    if row.withdrawn_at is None and _is_known(row, noted):
        return ()
    raise Refused("change_exists")


def _check_complete(command: NoteChange, context: Context) -> None:
    """What this kind of change needs is there, and nothing that it has no use for."""
    check_label(command.place, "place")
    check_label(command.other, "other")
    has_units, has_places = bool(command.units), bool(command.place and command.other)
    given = (has_units, has_places, command.rule is not None, command.point is not None)
    if given != _NEEDS[command.what] or bool(command.place) != bool(command.other):
        raise Refused("change_incomplete")
    if len(set(command.units)) != len(command.units) or len(command.units) > UNITS_MAX:
        raise Refused("change_incomplete")
    if has_places and command.place == command.other:
        raise Refused("change_incomplete")
    if command.point is not None:
        if not is_readable(command.point):
            raise Refused("place_unreadable")
        if not is_near(command.point, context.plans.box):
            raise Refused("change_outside_city")


_NEEDS: Final = {
    "unit_added": (True, False, False, False),
    "unit_removed": (True, False, False, False),
    "post_opened": (True, True, False, False),
    "post_closed": (True, True, False, False),
    "rule_changed": (False, False, True, False),
    "road_closed": (False, False, False, True),
    "road_opened": (False, False, False, True),
}
"""By kind: units, places, a rule, a point."""


def _is_known(row: ChangeRow, noted: ChangeNoted) -> bool:
    said = ("what", "day", "units", "place", "other", "rule", "point")
    same = all(getattr(row, field) == getattr(noted, field) for field in said)
    return same and same_words(row.note, noted.note)


# --- what the events mean ------------------------------------------------------------------------


def _noted(change: PastChange, event: ChangeNoted, meta: Meta) -> PastChange:
    row = ChangeRow(
        key=change.key,
        what=event.what,
        day=event.day,
        units=event.units,
        place=event.place,
        other=event.other,
        rule=event.rule,
        point=event.point,
        note=event.note,
        noted_at=meta.at,
        noted_by=meta.agent_name,
    )
    return structs.replace(change, row=row)


def _withdrawn(change: PastChange, event: ChangeWithdrawn, meta: Meta) -> PastChange:
    assert change.row is not None, f"{change.key} is withdrawn before it was noted"  # noqa: S101
    row = structs.replace(
        change.row,
        withdrawn_at=meta.at,
        withdrawn_by=meta.agent_name,
        withdraw_reason=event.reason,
    )
    return structs.replace(change, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., PastChange]]] = {
    ChangeNoted: _noted,
    ChangeWithdrawn: _withdrawn,
}


def evolve(change: PastChange, event: ChangeEvent, meta: Meta) -> PastChange:
    """The change after the event."""
    return EVOLVE[type(event)](change, event, meta)


def rows(change: PastChange) -> tuple[ChangeRow, ...]:
    """What the board shows of it."""
    return () if change.row is None else (change.row,)
