"""The list of callers nobody spoke with to the end: who is rung back first, by whom, and who never.

*The list* is every call that was abandoned, or whose line broke while we spoke, and that nobody has
disposed of yet. Nothing else takes a call off it: not another call of the same number, not an
attempt that failed, not the passing of time.

*Order.* The more weighty the reason (`RISKS`), the sooner: an open incident of the same number,
breathing heard, cut off in the interview, rang long, called again, silent; then whoever waits
longest. *Offer.* At once, well within ten seconds, to the call-taker who is idle longest, or to
everybody when nobody is. It is made once: what nobody claimed until it was due is everybody's then,
by the passing of time alone.

*Never by voice*: when the call, or another report of the same number, led to a kind of incident
marked `NOCALLBACK` (violence at home, a hostage): whoever is with the caller may pick up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kentongan.cities.taxonomy import FlagCode, Nature
from kentongan.core import duplicates
from kentongan.core.call.life import RISKS
from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.commands.call_backs import CallBack, OfferCallback
from kentongan.core.rows import AnyRow, IncidentRow, ReportRow
from kentongan.core.words import DeskKey, Personal, Refused, Role, UnitId

RING_BACK_WITHIN: Final = timedelta(seconds=60)
"""The city's target for ringing an abandoned call back (CITY.md §9)."""

OFFER_WITHIN: Final = timedelta(seconds=10)
"""How soon after the end the offer must be there; it is made as soon as the end is known."""

Find = Callable[[str, str], AnyRow | None]


class Known(Struct, frozen=True, kw_only=True):
    """What the board knows now: open things and those over since a day, numbers as plain text.

    `ready` are the units that were told to get ready.
    """

    calls: Sequence[CallRow] = ()
    reports: Sequence[ReportRow] = ()
    incidents: Sequence[IncidentRow] = ()
    desks: Sequence[DeskRow] = ()
    ready: frozenset[UnitId] = frozenset()


def is_listed(row: CallRow) -> bool:
    """Whether the call waits for being rung back or disposed of."""
    return row.open and row.state in ("ended", "abandoned")


def in_risk_order(calls: Iterable[CallRow]) -> list[CallRow]:
    """The list, whoever is to be rung back first in front."""
    return sorted((row for row in calls if is_listed(row)), key=risk_key)


def risk_key(row: CallRow) -> tuple[tuple[bool, ...], datetime, str]:
    """Smaller is sooner; the weightiest risk decides before all others together."""
    return (tuple(key not in row.risk for key in RISKS), row.ended_at or row.ring_at, row.key)


def same_number(one: Personal | None, other: Personal | None) -> bool:
    """Whether two opened numbers reach the same telephone; an unknown one is nobody's."""
    return duplicates.same_number(_text(one), _text(other))


def _text(number: Personal | None) -> str:
    return (number.text if number is not None else None) or ""


def offer(row: CallRow, known: Known, natures: Mapping[str, Nature], at: datetime) -> OfferCallback:
    """The offer to ring that call back, made at that time."""
    voice = not forbids_voice(row, known, natures)
    return OfferCallback(
        call=row.key,
        due_at=(row.ended_at or at) + RING_BACK_WITHIN,
        desk=choose_desk(known) if voice else None,
        voice=voice,
        risk=_risk(row, known),
    )


def _risk(row: CallRow, known: Known) -> tuple[str, ...]:
    incidents = _incidents_of(row, known)
    is_open = any(one.state != "closed" for one in incidents)
    again = any(one.key != row.key and same_number(one.number, row.number) for one in known.calls)
    found = {"open_incident": is_open, "repeat": again}
    return tuple(key for key, is_so in found.items() if is_so)


def forbids_voice(row: CallRow, known: Known, natures: Mapping[str, Nature]) -> bool:
    """Whether ringing that number could put somebody in danger."""
    return any(forbids_any_voice(one, natures) for one in _incidents_of(row, known))


def forbids_any_voice(incident: IncidentRow, natures: Mapping[str, Nature]) -> bool:
    """Whether nobody who told of that incident may be rung (`NOCALLBACK`)."""
    nature = natures.get(incident.nature) if incident.nature is not None else None
    flags = (*incident.flags, *(nature.flags if nature is not None else ()))
    return FlagCode.NOCALLBACK.value in flags


def _incidents_of(row: CallRow, known: Known) -> list[IncidentRow]:
    """Incidents told of in this call, or by the same number: at the call or as the caller said."""
    numbers = {one.key: one.number for one in known.calls}
    told = {
        report.incident
        for report in known.reports
        if report.call == row.key
        or same_number(report.number, row.number)
        or same_number(numbers.get(report.call) if report.call else None, row.number)
    }
    return [one for one in known.incidents if one.key in told]


def choose_desk(known: Known) -> DeskKey | None:
    """The call-taker's desk that is idle longest; None when nobody is idle."""
    busy = {row.desk for row in known.calls if row.state in ("answered", "held", "calling")}
    idle = [
        row
        for row in known.desks
        if row.state == "on_duty"
        and not row.protected
        and row.key not in busy
        and Role.CALL_TAKER.value in row.roles
    ]
    best = min(idle, key=lambda row: (_idle_since(row, known), row.key), default=None)
    return best.key if best is not None else None


def _idle_since(desk: DeskRow, known: Known) -> datetime:
    """Since it came on duty, ended its last call, or was last asked to ring somebody back."""
    ended = [row.ended_at for row in known.calls if row.desk == desk.key and row.ended_at]
    offered = [
        row.callback_due_at - RING_BACK_WITHIN
        for row in known.calls
        if row.callback_desk == desk.key and row.callback_due_at is not None and row.open
    ]
    assert desk.since is not None, "a desk on duty has begun"  # noqa: S101
    return max((desk.since, *ended, *offered))


def check_voice(command: CallBack, find: Find) -> None:
    """Refuse ringing back where only silence is safe. For whoever asks before a telephone rings."""
    row = find("call", command.of) if command.of is not None else None
    if isinstance(row, CallRow) and row.silent_only:
        raise Refused("no_voice_callback")
