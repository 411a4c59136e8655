"""How far a call of ours may go that is made for a call that came in; and when one is sent nowhere.

    whom                                                          its Max-Forwards
    an agency, an interpreter, whom an exchange names             one less than the caller's, and
                                                                  at least `SENT_ON`
    a neighbouring centre, a telephone on the wall                one less, `SENT_ON` at most

Whom a person asks for must be reached, however far the caller's own call has come.

A neighbour or an exchange that leads back to us sends the copy in again, with fewer hops each time.
One that has fewer than `LEFT_MIN` while we ring somebody may be such a copy: it rings at desks and
at walls that no other call has, and is sent to no neighbour, until the calls that it may be a copy
of are over. So each caller has at most `SENT_ON - LEFT_MIN + 2` copies in all centres of a ring,
whatever numbers and Call-IDs they show (decision 42).
"""

from typing import Final

from kentongan.edge.switch.board import Board
from kentongan.edge.switch.record import PartyLeg, SpooledCall
from kentongan.sip.hops import hops_after

SENT_ON: Final = 20
"""Exchanges that lie at most between us and a neighbour, or a telephone on the wall."""

LEFT_MIN: Final = 16
"""A caller's own call comes with far more: it began with 70, and few networks pass ten."""


def hops_for(board: Board, call: SpooledCall, leg: PartyLeg) -> int:
    """The Max-Forwards of our INVITE to that telephone."""
    parties = board.ledger.row(call.id).parties
    kind = next((one.kind for one in parties if one.party == leg.party), None)
    is_sent_on = leg.wall is not None or kind == "neighbour"
    if is_sent_on:
        return hops_after(call.hops, most=SENT_ON)
    return max(SENT_ON, hops_after(call.hops))
