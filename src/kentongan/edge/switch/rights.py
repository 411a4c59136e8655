"""Whoever may not hear a call any more hears no more of it: forced out, signed out, another role.

The web processes say it with every word of theirs (`Present`). A desk that was forced out gives its
caller back to the front of the queue; one where nobody has duty any more is not waited for. A
supervisor whose screen is nowhere open hears nobody: it is enough that the web processes do not
name them for a while. Where no web process speaks at all, nobody can have been signed out: then
supervisors stay while their sound flows. A desk's own call goes on when its screen is away,
whatever the reason, because a caller is on it.
"""

from datetime import timedelta
from typing import Final

from kentongan.core.call_rows import CallRow
from kentongan.core.commands import DropParty, StopSupervising
from kentongan.core.words import DeskKey
from kentongan.edge.switch import inviting
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall
from kentongan.edge.switch.room import PRESENCE_S, ForcedOut, Room

UNSEEN: Final = timedelta(seconds=PRESENCE_S)
"""How long somebody may listen before a web process has said that their screen is open."""


def look(board: Board, room: Room, moment: Moment) -> None:
    """What is to end, of all calls in hand."""
    out, listeners = room.forced_out(moment.at), room.listeners(moment.at)
    for call in tuple(board.ledger.in_hand()):
        row = board.ledger.row(call.id)
        for one in row.supervisors:
            looked_for = moment.at - max(one.since, room.began_at, room.spoken_since)
            is_unseen = one.agent not in listeners and looked_for >= UNSEEN
            if room.is_silent(moment.at) and _is_heard(call, one.desk):
                continue
            if is_unseen or ForcedOut(one.desk, one.agent) in out:
                board.act("unseen", StopSupervising(call=call.id, desk=one.desk), moment)
        for one in out:
            _let_go(board, call, row, one, moment)
        inviting.let_go(board, room, row, moment)


def _is_heard(call: SpooledCall, desk: DeskKey) -> bool:
    """Whether sound flows between the call and that desk's page."""
    return any(leg.desk == desk and leg.is_connected and leg.lost_at is None for leg in call.desks)


def _let_go(board: Board, call: SpooledCall, row: CallRow, one: ForcedOut, moment: Moment) -> None:
    for party in row.parties:
        if party.desk == one.desk and party.state in ("joined", "held"):
            drop = DropParty(call=call.id, party=party.party, by="switch")
            board.act("forced-out", drop, moment)
    if (row.desk, row.agent) != one:
        return
    if row.state == "calling":
        board.end(call.id, "switch", "forced_out", moment)
    else:
        board.requeue(call.id, "forced_out", moment)
