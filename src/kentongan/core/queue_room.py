"""The room as the queue sees it in one round: which desks can be rung, and for whom first.

A value of one round: what is reserved for a call further in front is not offered to one behind it.
Every question is answered from sets made once, so that a round costs little however many wait.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.words import CallId, DeskKey, RingStage, Role

STAGES: Final[tuple[RingStage, ...]] = ("first", "second", "all", "supervisor", "telephones")

CAME_BACK: Final = "came_back"
"""Remark of a call that shows a number of our own: another centre has sent it on, or our own call
has come back."""

MANY_HOPS: Final = "many_hops"
"""Remark of a call that has passed so many exchanges that it may be one of ours, come back."""

NO_VOICE: Final = "text_only"
"""Remark of a call whose caller cannot be heard: a telephone without text is of no use to them."""

_STAYS: Final = frozenset({CAME_BACK, MANY_HOPS, NO_VOICE})


def stays_here(row: CallRow) -> bool:
    """Whether it is sent to no neighbour, and to no telephone that rings for another call: it may
    be that call, and would come back again, for ever. Or nobody there could read it."""
    return not _STAYS.isdisjoint(row.remarks)


class Seat(Struct, frozen=True, kw_only=True):
    """A desk somebody works at. `idle_since` is None while it has a call in hand.

    `has_page` says whether its page is connected, so that it can ring and be heard at all;
    `is_awaited` that it is not and should be back any moment: it loads anew, or has just begun.
    """

    desk: DeskKey
    agent: str
    state: str  # on_duty, paused, wrap_up
    idle_since: datetime | None
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    roles: tuple[str, ...] = (Role.CALL_TAKER.value,)
    protected: bool = False
    has_page: bool = True
    is_awaited: bool = False

    @property
    def is_idle(self) -> bool:
        """On duty, without a call, and nothing in the way of one."""
        return self.state == "on_duty" and self.idle_since is not None and not self.protected

    @property
    def supervises_only(self) -> bool:
        """A supervisor who is no call-taker and no dispatcher is asked late."""
        others = (Role.CALL_TAKER.value, Role.DISPATCHER.value)
        return Role.SUPERVISOR.value in self.roles and not any(one in self.roles for one in others)


def seat_of(
    row: DeskRow, *, idle_since: datetime | None, has_page: bool, is_awaited: bool = False
) -> Seat | None:
    """The seat of a desk's row; None when nobody works there."""
    if row.agent is None:
        return None
    return Seat(
        desk=row.key,
        agent=row.agent,
        state=row.state,
        idle_since=idle_since,
        skills=row.skills,
        languages=row.languages,
        roles=row.roles,
        protected=row.protected,
        has_page=has_page,
        is_awaited=is_awaited,
    )


class Room:
    """The seats with a page, sorted by what may be asked of them."""

    def __init__(
        self,
        seats: Sequence[Seat],
        telephones: Sequence[DeskKey],
        ringing: Container[DeskKey],
        *,
        is_known: bool = True,
        users: Mapping[DeskKey, CallId] | None = None,
    ) -> None:
        """`ringing` are the desks that ring alone for some call already; `is_known` says whether
        anybody has told yet who is there, so that an empty room is an empty room. `users` are the
        calls for which telephones ring, or that are held there."""
        self._ringing = ringing
        self.is_known = is_known
        here = [seat for seat in seats if seat.has_page and seat.state != "free"]
        self.is_staffed = bool(here)
        awaited = [seat for seat in seats if seat.is_awaited and seat.state != "free"]
        self.is_awaited = bool(awaited) and not here
        """Nobody can be rung, and somebody will be in a moment."""
        self._telephones = tuple(telephones)
        self._users = users or {}
        idle = [seat for seat in here if seat.is_idle]
        working = [seat for seat in idle if not seat.supervises_only]
        takers = [seat for seat in working if Role.CALL_TAKER.value in seat.roles]
        has_takers = any(Role.CALL_TAKER.value in seat.roles for seat in here)
        self._open = {seat.desk: seat for seat in (takers if has_takers else working)}
        self._free = frozenset(self._open)
        self._there = frozenset(seat.desk for seat in here) | frozenset(telephones)
        self._all = _keys(working)
        self._supervisors = _keys([seat for seat in idle if seat.supervises_only])
        spared = [seat for seat in here if not seat.is_idle and seat.idle_since is not None]
        self._spared = _keys(spared)
        self._everybody = _keys([seat for seat in here if not seat.protected] or here)

    def is_free(self, desk: DeskKey) -> bool:
        """Whether it could be rung alone."""
        return desk in self._free

    def is_there(self, desk: DeskKey) -> bool:
        """Whether somebody is there, busy or not, or a telephone hangs on the wall."""
        return desk in self._there

    def reserve(self, desk: DeskKey) -> None:
        """It rings for a call in front: not for another one alone."""
        self._open.pop(desk, None)

    def take(self, row: CallRow, skills: Sequence[str]) -> DeskKey | None:
        """The best free desk not tried for this call, reserved now; None when there is none."""
        tried = {*row.declined, *row.rung_out}
        untried = [seat for desk, seat in self._open.items() if desk not in tried]
        if not untried:
            return None
        quiet = [seat for seat in untried if seat.desk not in self._ringing]
        best = min(quiet or untried, key=lambda seat: _fit(seat, row.language, skills))
        self.reserve(best.desk)
        return best.desk

    def desks_for(self, stage: RingStage, row: CallRow) -> tuple[DeskKey, ...]:
        """Everybody that stage rings; empty when it has nobody to add to the one before."""
        willing = self._willing(self._all, row)
        if stage == "all":
            return willing
        late = (*willing, *self._willing(self._supervisors, row), *self._spared_for(row))
        late = late or self._everybody
        if stage == "supervisor" or not (self.is_staffed or self.is_known):
            return late
        telephones = self._telephones_for(row)
        return (*late, *telephones) if telephones else ()

    def _telephones_for(self, row: CallRow) -> tuple[DeskKey, ...]:
        """A copy of a call never rings where that call does, and who only types where a page is;
        all others ring everywhere."""
        if NO_VOICE in row.remarks:
            return ()
        if not stays_here(row):
            return self._telephones
        return tuple(one for one in self._telephones if self._users.get(one, row.key) == row.key)

    def _spared_for(self, row: CallRow) -> tuple[DeskKey, ...]:
        """Breaks, wrap-up and protection count until every free desk has been tried."""
        tried = {*row.declined, *row.rung_out, *row.rung}
        return () if any(desk not in tried for desk in self._all) else self._spared

    def _willing(self, desks: tuple[DeskKey, ...], row: CallRow) -> tuple[DeskKey, ...]:
        """Without those who said no, unless nobody else is left."""
        willing = tuple(desk for desk in desks if desk not in row.declined)
        return willing or desks


def _keys(seats: Sequence[Seat]) -> tuple[DeskKey, ...]:
    return tuple(seat.desk for seat in seats)


def _fit(
    seat: Seat, language: str | None, skills: Sequence[str]
) -> tuple[bool, int, datetime, str]:
    """Smaller is better: speaks the caller's language, lacks few skills, idle for long."""
    assert seat.idle_since is not None  # noqa: S101 - only idle seats are compared
    is_foreign = language is not None and bool(seat.languages) and language not in seat.languages
    lacking = sum(skill not in seat.skills for skill in skills)
    return (is_foreign, lacking, seat.idle_since, seat.desk)
