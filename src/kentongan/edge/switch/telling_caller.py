"""What a neighbouring centre is told of the caller whom we send on: their number, and our line.

Only by a trunk that is trusted with it (`tells_caller`; RFC 3325 calls that one trust domain), and
only a neighbour: agencies and interpreters get what the desk tells them. From stays our own number,
which is where a broken call is rung back. P-Asserted-Identity has the caller's, also a withheld
one, as an emergency service may know it, with the caller's wish beside it (`Privacy: id`).
Diversion (RFC 5806) names the line that was dialled here.
"""

from typing import Final

from kentongan.core.call.waiting import OVERFLOW
from kentongan.core.words import CallId
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.record import PartyLeg
from kentongan.edge.switch.routes import Route, dialled
from kentongan.sip.address import bracketed
from kentongan.sip.build import ExtraHeaders

KIND: Final = "neighbour"


def told_of_caller(board: Board, call: CallId, leg: PartyLeg, route: Route) -> ExtraHeaders:
    """The header fields of our INVITE to that telephone that say who is on the line, or none."""
    row = board.ledger.row(call)
    party = next((one for one in row.parties if one.party == leg.party), None)
    if party is None or party.kind != KIND or not route.trunk.tells_caller:
        return ()
    line, host = board.city.line_of(row.line).dialled[0], bracketed(board.settings.hosts[0])
    reason = "no-answer" if party.party.startswith(OVERFLOW) else "deflection"
    told: ExtraHeaders = (("Diversion", f"<sip:{line}@{host}>;reason={reason};counter=1"),)
    number = dialled((row.number.text if row.number is not None else None) or "")
    if number:
        told += (("P-Asserted-Identity", f"<sip:{number}@{host};user=phone>"),)
    return (*told, ("Privacy", "id")) if number and row.number_withheld else told
