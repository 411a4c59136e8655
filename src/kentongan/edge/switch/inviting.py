"""Desks of ours that were asked into a call and have not come: nobody waits for one without end.

    asked -> answers (joined, or the call is its own) | failed: too late, nobody there, call waits

Theory: a telephone that is rung has a leg, and `dialling` looks at that; a desk has none before it
answers, so that its row is looked at. As long as a telephone is rung, a desk is asked; one where
nobody has duty any more is not waited for. A call that is in the queue rings at desks by itself:
whoever was asked before answers it like anybody.
"""

from collections.abc import Iterator
from datetime import timedelta

from kentongan.core.call_rows import CallRow, Party
from kentongan.core.commands import DropParty, FailParty
from kentongan.core.words import CallId
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.dialling import ANSWER_S
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.room import Room


def look(board: Board, call: CallId, moment: Moment) -> None:
    """Which of them are waited for no more, by the clock or by what became of the call."""
    row = board.ledger.row(call)
    limit = timedelta(seconds=ANSWER_S)
    for party in _asked(row):
        if party.desk == row.desk:
            came = DropParty(call=call, party=party.party, by="desk")
            board.act("desk-came", came, moment)
        elif row.state == "queued" or moment.at - party.invited_at >= limit:
            _fail(board, call, party, moment)


def let_go(board: Board, room: Room, row: CallRow, moment: Moment) -> None:
    """Where nobody has duty any more nobody will answer: gone home, or forced out."""
    staffed = room.staffed(moment.at)
    if staffed is None:
        return
    for party in _asked(row):
        if party.desk not in staffed:
            _fail(board, row.key, party, moment)


def _asked(row: CallRow) -> Iterator[Party]:
    return (one for one in row.parties if one.kind == "desk" and one.state == "invited")


def _fail(board: Board, call: CallId, party: Party, moment: Moment) -> None:
    failed = FailParty(call=call, party=party.party, reason="no_answer")
    board.act("party-failed", failed, moment)
