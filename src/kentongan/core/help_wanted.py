"""Those at the scene want more: police, one more ambulance, or to speak with who reported. Pure.

A wish is known by who asked for what; asked again while it stands it is the same. It waits until
somebody of the room sees to it (alarm A-14 meanwhile) or who asked withdraws it. What the room
sends is decided there: nothing is sent by the wish itself.
"""

from collections.abc import Callable
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.checks import cut_label, cut_note
from kentongan.core.commands.help_wanted import (
    AnswerHelp,
    HelpCommand,
    RequestHelp,
    WithdrawHelp,
)
from kentongan.core.events.help_wanted import (
    HelpAnswered,
    HelpEvent,
    HelpRequested,
    HelpWithdrawn,
)
from kentongan.core.rows import IncidentRow
from kentongan.core.scene_rows import HelpWanted
from kentongan.core.words import Meta, Refused

WISHES_MAX: Final = 100
"""Of one incident: twenty units that ask for each of the five kinds."""


def decide(command: HelpCommand, row: IncidentRow) -> tuple[HelpEvent, ...]:
    """Nothing when it repeats what is so. Refuses with `help_by_one`, `help_not_wanted`,
    `too_many_wishes`; what was withdrawn may be answered by a desk that had not seen it."""
    if (command.unit is None) == (command.agency is None):
        raise Refused("help_by_one")
    known, unit, agency = find(row, command), command.unit, command.agency
    match command:
        case RequestHelp(words=words):
            if known is not None and known.answered_at is None:
                return ()
            if known is None and len(row.help_wanted) >= WISHES_MAX:
                raise Refused("too_many_wishes", most=str(WISHES_MAX))
            said, _ = cut_note(words)
            return (HelpRequested(what=command.what, words=said, unit=unit, agency=agency),)
        case WithdrawHelp(what=what):
            return () if known is None else (HelpWithdrawn(what=what, unit=unit, agency=agency),)
        case AnswerHelp(what=what, seen_to=seen_to):
            if known is None:
                raise Refused("help_not_wanted", incident_number=str(row.number))
            if (known.answered_at is not None) == seen_to:
                return ()
            return (HelpAnswered(what=what, seen_to=seen_to, unit=unit, agency=agency),)
        case _:
            assert_never(command)


def find(row: IncidentRow, one: HelpCommand | HelpEvent) -> HelpWanted | None:
    """The wish that this is about."""
    return next((wish for wish in row.help_wanted if _is_same(wish, one)), None)


def _is_same(wish: HelpWanted, one: HelpCommand | HelpEvent) -> bool:
    return (wish.what, wish.unit, wish.agency) == (one.what, one.unit, one.agency)


# --- what the events mean ------------------------------------------------------------------------


def _requested(row: IncidentRow, event: HelpRequested, meta: Meta) -> IncidentRow:
    """At the end, the latest: also one that was seen to before and is wanted anew."""
    wish = HelpWanted(
        what=event.what,
        unit=event.unit,
        agency=event.agency,
        words=event.words,
        at=meta.at,
        agent_name=cut_label(meta.agent_name),
    )
    return structs.replace(row, help_wanted=(*_others(row, event), wish))


def _withdrawn(row: IncidentRow, event: HelpWithdrawn, meta: Meta) -> IncidentRow:  # noqa: ARG001
    return structs.replace(row, help_wanted=_others(row, event))


def _answered(row: IncidentRow, event: HelpAnswered, meta: Meta) -> IncidentRow:
    at, by = (meta.at, cut_label(meta.agent_name)) if event.seen_to else (None, "")
    wishes = tuple(
        structs.replace(wish, answered_at=at, answered_by=by) if _is_same(wish, event) else wish
        for wish in row.help_wanted
    )
    return structs.replace(row, help_wanted=wishes)


def _others(row: IncidentRow, event: HelpEvent) -> tuple[HelpWanted, ...]:
    return tuple(wish for wish in row.help_wanted if not _is_same(wish, event))


EVOLVE: Final[dict[type[Struct], Callable[..., IncidentRow]]] = {
    HelpRequested: _requested,
    HelpWithdrawn: _withdrawn,
    HelpAnswered: _answered,
}
