"""The queue: who waits in which order, and who is rung for whom next. The switch carries it out.

*Order.* Smaller first, by this key:

    1  head        a repeat caller of an open P1 incident; a caller whose desk was lost or whose
                   line broke and who rings again. Right after them a suspected prank whose desk was
                   lost in mid-call: it was being talked to. Ringing again does not help a prank
    2  nuisance    numbers of suspected pranks, after everybody else and never refused
    3  line        the priority of the line that was dialled
    4  first ring  whoever rang first; then the call's id, so that the order is total

So nobody waits behind a suspected prank, whichever number was dialled, except one whose desk was
lost; and no repeat caller does at all.

*Ringing.* One desk, then a second one, then all, then supervisors and desks that are in a break, in
wrap-up or protected, then the telephones on the wall, then a neighbouring centre; the last two not
for a call that came back to us, or that only desks can read (`stays_here`). A desk is chosen by
language, then skill, then who is idle longest; while it rings alone for one call it is chosen for
no other, unless that one is further in front and has no other desk. While the only desks there load
their pages anew, a call waits for them, and is sent nowhere. A desk that comes while a neighbour is
rung takes the call back, in front of the queue. From "all" on several calls may ring at one desk.
Any desk may take any waiting call at any time; this only says where it rings.

*Promises.* With at least one desk there, every waiting call rings somewhere within the time of the
first stage. No call begins to ring at a protected desk while another one is free that has not been
tried for it. A call at the end of the ladder goes on ringing without a new fact, so a flood of
calls writes a few facts each and no more. A round sorts once and then looks at each call once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, field, structs

from kentongan.core.call.state import COMPANY
from kentongan.core.call.waiting import is_overflowed, overflows
from kentongan.core.call_rows import CallRow, Party
from kentongan.core.commands.call_parties import FailParty
from kentongan.core.commands.call_queue import OverflowCall, RingDesks, RingOut
from kentongan.core.queue_room import STAGES, Room, Seat, stays_here
from kentongan.core.words import CallId, DeskKey, RingStage

COMMANDS_MAX: Final = 400
"""Commands of one round; what is left over comes in the next, a second later, in the same order."""

AGAIN_S: Final = 15.0
"""After this the room is rung again for a call that everybody has declined, seconds."""

RING_S: Final[Mapping[RingStage, float]] = {
    "first": 10.0,
    "second": 8.0,
    "all": 12.0,
    "supervisor": 15.0,
    "telephones": 30.0,
}
"""Seconds a stage rings: the first as long as the city's target for an answer (CITY.md, 95 %)."""

_ALONE: Final = ("first", "second")

AnyStep = RingDesks | RingOut | OverflowCall | FailParty


class Ladder(Struct, frozen=True, kw_only=True):
    """The city's choice: how long each stage rings, and where calls overflow to, by its key.

    A call overflows at the end of the ladder: with somebody here not before it has waited
    `overflow_after_s` seconds, with nobody here at once; at most `overflow_tries_max` times, and
    not while `overflow_calls_max` calls are at the neighbour, rung or answered there.
    """

    ring_s: Mapping[RingStage, float] = field(default_factory=lambda: RING_S)
    overflow_to: str | None = None
    overflow_after_s: float = 180.0
    overflow_tries_max: int = 3
    overflow_calls_max: int = 10


class Standing(Struct, frozen=True, kw_only=True):
    """What the board knows of a caller's number, and the skills the call asks for."""

    repeat_of_p1: bool = False
    returning: bool = False  # was dropped or abandoned a short time ago
    nuisance: bool = False
    skills: tuple[str, ...] = ()


class Round(Struct, frozen=True):
    """The calls in their order, and what is to be done now."""

    order: tuple[CallId, ...]
    steps: tuple[AnyStep, ...]

    def positions(self) -> dict[CallId, int]:
        """Each call's place, from 1: what is told to the caller and shown to the room."""
        return {call: place for place, call in enumerate(self.order, start=1)}


_NOBODY: Final = Standing()
_HEAD, _LOST_NUISANCE, _REST = range(3)
Standings = Mapping[CallId, Standing]


def order_key(row: CallRow, standing: Standing) -> tuple[int, bool, int, datetime, str]:
    """The documented key: the smaller, the sooner."""
    is_nuisance = standing.nuisance and not standing.repeat_of_p1
    was_lost, comes_back = row.requeued > 0, row.requeued > 0 or standing.returning
    rank = _REST
    if standing.repeat_of_p1 or (comes_back and not is_nuisance):
        rank = _HEAD
    elif was_lost:
        rank = _LOST_NUISANCE
    return (rank, is_nuisance, row.line_priority, row.ring_at, row.key)


def in_order(calls: Iterable[CallRow], standings: Standings) -> list[CallRow]:
    """The calls that wait, whoever is to be answered first in front."""
    waiting = [row for row in calls if row.state in ("offered", "queued")]
    return sorted(waiting, key=lambda row: _key(row, standings))


def _key(row: CallRow, standings: Standings) -> tuple[int, bool, int, datetime, str]:
    return order_key(row, standings.get(row.key, _NOBODY))


def next_round(
    calls: Iterable[CallRow],
    standings: Standings,
    seats: Sequence[Seat],
    telephones: Sequence[DeskKey],
    ladder: Ladder,
    now: datetime,
    *,
    is_known: bool = True,
) -> Round:
    """The order, and the steps that are due now; asked at every change and each second.

    While the room is not known, nobody is sent away for want of a desk: nobody has looked yet.
    """
    calls = tuple(calls)
    ordered = in_order(calls, standings)
    alone = {row.rung[0] for row in ordered if row.rung and row.rung_stage in _ALONE}
    users = {desk: row.key for row in calls for desk in (*row.rung, row.desk) if desk is not None}
    room = Room(seats, telephones, alone, is_known=is_known, users=users)
    free = ladder.overflow_calls_max - sum(is_overflowed(row) for row in calls)
    staying = structs.replace(ladder, overflow_to=None)
    steps: list[AnyStep] = []
    for row in ordered:
        if len(steps) >= COMMANDS_MAX:
            break
        rungs = ladder if free > 0 else staying
        due = _steps(row, standings.get(row.key, _NOBODY), room, rungs, now)
        free -= sum(isinstance(step, OverflowCall) for step in due)
        users |= {
            desk: row.key for step in due if isinstance(step, RingDesks) for desk in step.desks
        }
        steps += due
    steps += _taken_back(calls, standings, room, users)[: max(0, COMMANDS_MAX - len(steps))]
    return Round(tuple(row.key for row in ordered), tuple(steps))


def _taken_back(
    calls: Iterable[CallRow], standings: Standings, room: Room, busy: Iterable[DeskKey]
) -> list[FailParty]:
    """Overflows that end because a desk has come, which has not been rung for that caller and rings
    for nobody else: one caller for each, who is in front of the queue then."""
    away = [(row, overflows(row)) for row in calls if row.state == "transferred"]
    away = [(row, rung) for row, rung in away if rung and rung == _company(row)]
    if not away:
        return []
    for desk in busy:
        room.reserve(desk)
    steps: list[FailParty] = []
    for row, rung in sorted(away, key=lambda one: _key(one[0], standings)):
        standing = standings.get(row.key, _NOBODY)
        if room.take(row, standing.skills) is not None:
            steps += [FailParty(call=row.key, party=one.party, reason="cancelled") for one in rung]
    return steps


def _company(row: CallRow) -> tuple[Party, ...]:
    return tuple(one for one in row.parties if one.state in COMPANY)


def _steps(
    row: CallRow, standing: Standing, room: Room, ladder: Ladder, now: datetime
) -> tuple[AnyStep, ...]:
    """What becomes of one call now."""
    stage, rung = row.rung_stage, row.rung
    if stage is None:
        return _advance(row, standing, room, ladder, now, 0)
    if not rung:
        return _silent(row, standing, room, ladder, now, stage)
    if stage in _ALONE and not room.is_free(rung[0]):
        return _advance(row, standing, room, ladder, now, STAGES.index(stage))
    if not any(room.is_there(desk) for desk in rung):
        return _advance(row, standing, room, ladder, now, STAGES.index(stage))
    rang_s = _seconds(row.rung_at or row.ring_at, now)
    if rang_s < ladder.ring_s[stage]:
        return _go_on(row, standing, room, stage)
    tried = structs.replace(row, rung_out=(*row.rung_out, *rung))
    more = _advance(tried, standing, room, ladder, now, STAGES.index(stage) + 1)
    if not more:
        return _go_on(row, standing, room, stage)
    return (RingOut(call=row.key, desks=rung, waited_s=rang_s), *more)


def _silent(
    row: CallRow, standing: Standing, room: Room, ladder: Ladder, now: datetime, stage: RingStage
) -> tuple[AnyStep, ...]:
    """Everybody who was rung said no, or broke: whoever has come since, then the next stage; at the
    end of the ladder the whole room again after a while, for nobody may wait without a sound."""
    if stage not in _ALONE:
        newcomer = _go_on(row, standing, room, stage)
        if newcomer:
            return newcomer
    more = _advance(row, standing, room, ladder, now, STAGES.index(stage) + 1)
    if more or _seconds(_since(row), now) < AGAIN_S:
        return more
    return _advance(row, standing, room, ladder, now, len(_ALONE))


def _go_on(row: CallRow, standing: Standing, room: Room, stage: RingStage) -> tuple[AnyStep, ...]:
    """It rings. A desk that has become free since joins in."""
    if stage in _ALONE:
        room.reserve(row.rung[0])
        return ()
    desk = room.take(row, standing.skills)
    if desk is None or desk in row.rung:
        return ()
    return (RingDesks(call=row.key, desks=(*row.rung, desk), stage=stage),)


def _advance(
    row: CallRow,
    standing: Standing,
    room: Room,
    ladder: Ladder,
    now: datetime,
    next_stage: int,
) -> tuple[AnyStep, ...]:
    """The next stage that has somebody new to ring; nothing when there is none, or no hurry."""
    if next_stage < len(_ALONE):
        desk = room.take(row, standing.skills)
        if desk is not None:
            return (RingDesks(call=row.key, desks=(desk,), stage=STAGES[next_stage]),)
        if room.is_staffed and _seconds(_since(row), now) < ladder.ring_s["first"]:
            return ()
    if room.is_awaited:
        return ()
    for stage in STAGES[max(next_stage, len(_ALONE)) :]:
        desks = room.desks_for(stage, row)
        if not set(desks) <= set(row.rung):
            return (RingDesks(call=row.key, desks=desks, stage=stage),)
    return _overflow(row, room, ladder, now)


def _overflow(row: CallRow, room: Room, ladder: Ladder, now: datetime) -> tuple[AnyStep, ...]:
    tries = sum(party.kind == "neighbour" for party in row.parties)
    if ladder.overflow_to is None or tries >= ladder.overflow_tries_max or stays_here(row):
        return ()
    if not (room.is_staffed or room.is_known):
        return ()
    waited_s = _seconds(row.queued_at or row.ring_at, now)
    if room.is_staffed and waited_s < ladder.overflow_after_s:
        return ()
    reason = "no_answer" if room.is_staffed else "no_desk"
    return (OverflowCall(call=row.key, to=ladder.overflow_to, reason=reason),)


def _since(row: CallRow) -> datetime:
    """Since when nobody has been rung."""
    return row.rung_at or row.queued_at or row.ring_at


def _seconds(since: datetime, now: datetime) -> float:
    return (now - since).total_seconds()
