"""Whether one more call finds a line; and for whom the last lines are kept.

Who rings about an open incident of the highest priority, or whose talk broke off a moment ago, is
not told 503 because of everybody else. Their numbers are told by the web processes (`Room.awaited`)
and are in memory here, so that nobody asks the store while a telephone rings. However each of them
is written (0, 62, +62), it is the same person. When the kept lines are taken too, it is 503 for
everybody.
"""

from kentongan.core.duplicates import plain_number
from kentongan.core.words import Personal
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall


def finds_line(board: Board, call: SpooledCall, moment: Moment) -> bool:
    """Whether a telephone's call, in hand already, finds a line beside the others."""
    others = (one for one in board.ledger.in_hand() if one.id != call.id)
    number = board.ledger.row(call.id).number
    return board.lines.has_room(others, _kept_from(board, number, moment))


def may_ring_out(board: Board, number: Personal | None, moment: Moment) -> bool:
    """Whether there is a line for ringing that number."""
    kept = _kept_from(board, number, moment)
    return board.lines.has_room(board.ledger.in_hand(), kept)


def is_full(board: Board, moment: Moment) -> bool:
    """Whether the next caller, whom nobody waits for, finds no line."""
    return not may_ring_out(board, None, moment)


def may_ring_duty(board: Board, moment: Moment) -> bool:
    """Whether there is a line for telling somebody on duty: after callers, and those who may come.

    A share of its own at most, and only while as many lines again are free for callers.
    """
    in_hand = tuple(board.ledger.in_hand())
    ours = sum(1 for call in in_hand if board.ledger.row(call.id).duty is not None)
    allowance = board.lines.for_duty
    kept = _kept_from(board, None, moment) + board.lines.left_by_duty
    return ours < allowance and board.lines.has_room(in_hand, kept)


def may_page_sound(board: Board, moment: Moment) -> bool:
    """Whether there is a line for one more page; whose it is nobody knows."""
    kept = _kept_from(board, None, moment)
    return board.lines.has_room_for_page(board.ledger.in_hand(), kept)


def _kept_from(board: Board, number: Personal | None, moment: Moment) -> int:
    """How many lines that caller has to leave: none who is waited for, and none to those here."""
    awaited = {plain_number(one) for one in board.awaited(moment.at)} - {""}
    if not awaited or (number is not None and plain_number(number.text) in awaited):
        return 0
    numbers = (board.ledger.row(one.id).number for one in board.ledger.in_hand())
    here = {plain_number(one.text) for one in numbers if one is not None}
    return board.lines.kept(len(awaited - here))
