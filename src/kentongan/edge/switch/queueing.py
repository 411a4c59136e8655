"""Carries out what `core.queue` decides: where waiting calls ring, and where they overflow to.

Asked at every look and whenever something changed. A step is a fact before anybody acts on it;
desks see where it rings by the call's row, telephones on the wall are rung by `hardware`. The place
in the queue is told to callers now and then, not at each change, or they would hear nothing else.
"""

from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from kentongan.core.call_rows import CallRow
from kentongan.core.commands import RingDesks
from kentongan.core.queue import AnyStep, Ladder, Round, Standing, next_round
from kentongan.core.queue_room import CAME_BACK, MANY_HOPS, NO_VOICE
from kentongan.core.words import CallId, DeskKey
from kentongan.edge.switch import wall
from kentongan.edge.switch.announcements import PLACES
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.faults import Caught, uncaught
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall
from kentongan.edge.switch.room import Room

POSITION_AGE_S: Final = 40.0
"""How long a caller is told the same place, at least: one round of the announcement in three
languages, each with the place. A new place begins the round anew: sooner, it is never heard.
"""


class Queueing:
    """The queue of one switch."""

    def __init__(
        self,
        board: Board,
        room: Room,
        ladder: Ladder,
        telephones: tuple[DeskKey, ...],
        caught: Caught = uncaught,
    ) -> None:
        self._board = board
        self._room = room
        neighbour = ladder.overflow_to
        number = board.city.directory.get(neighbour or "", "")
        is_lost = neighbour is not None and (not number or board.is_own(number))
        self.overflow_problem = neighbour if is_lost else None
        """The neighbour without a number, or with one of ours: nothing overflows, calls ring on."""
        self._ladder = replace(ladder, overflow_to=None) if is_lost else ladder
        self._telephones = telephones
        self._caught = caught
        self._told_at: dict[CallId, datetime] = {}
        self._order: tuple[CallId, ...] = ()

    def look(self, moment: Moment) -> None:
        """Do what is due now."""
        board = self._board
        calls = list(board.ledger.in_hand())
        if not calls and not self._order:
            return
        in_hand = {call.id for call in calls}
        rows = [_as_it_is(call, board.ledger.row(call.id), in_hand) for call in calls]
        found = next_round(
            rows,
            self._standings(rows, moment.at),
            self._room.seats(board.ledger.in_hand(), moment.at),
            self._telephones,
            self._ladder,
            moment.at,
            is_known=self._room.is_known(moment.at),
        )
        for step in found.steps:
            with self._caught("a step of the queue"):
                self._take(step, moment)
        stage_s = self._ladder.ring_s[wall.STAGE]
        for again in tuple(wall.again(board, found.order, stage_s, moment.at)):
            with self._caught("ringing a telephone on the wall again"):
                board.act("ring-again", again, moment)
        self._tell(found, moment.at)

    def _take(self, step: AnyStep, moment: Moment) -> None:
        is_ring = isinstance(step, RingDesks)
        due = wall.without_resting(self._board, step, moment.at) if is_ring else step
        if due is not None:
            self._board.act(type(step).__name__, due, moment)

    def _standings(self, rows: Iterable[CallRow], at: datetime) -> dict[CallId, Standing]:
        """What the room knows of the callers, and the skills that their lines ask for."""
        standings, city = self._room.standings(at), self._board.city
        for row in rows:
            if asked := city.skills_of(row.line):
                known = standings.get(row.key, Standing())
                standings[row.key] = replace(known, skills=asked)
        return standings

    def _tell(self, found: Round, at: datetime) -> None:
        """Pages get every change of the order; callers their place, now and then."""
        if found.order != self._order:
            self._order = found.order
            self._board.pushes.append({"event": "queue", "order": list(found.order)})
        places = found.positions()
        for call in [known for known in self._told_at if known not in places]:
            del self._told_at[call]
            self._board.positions.pop(call, None)
        for call, place in places.items():
            self._tell_caller(call, place, at)

    def _tell_caller(self, call: CallId, place: int, at: datetime) -> None:
        told = self._board.positions.get(call)
        since = self._told_at.get(call)
        is_new = since is None or at - since >= timedelta(seconds=POSITION_AGE_S)
        if not is_new or told == place:
            return
        self._told_at[call] = at
        if place in PLACES:
            self._board.positions[call] = place
        else:
            self._board.positions.pop(call, None)
        self._board.restless[call] = None


def _as_it_is(call: SpooledCall, row: CallRow, in_hand: Container[CallId]) -> CallRow:
    """The row as the queue should see it: what may be a copy of calls that are all over is none,
    and only who cannot be heard now has no voice, whatever the call looked like as it came in."""
    seen = wall.as_rung(call, row)
    may_be_copy = any(one in in_hand for one in call.may_be)
    copied = tuple(one for one in row.remarks if may_be_copy and one in (CAME_BACK, MANY_HOPS))
    return replace(seen, remarks=copied if call.has_voice else (*copied, NO_VOICE))
