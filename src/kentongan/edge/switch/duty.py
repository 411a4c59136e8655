"""Ringing somebody on duty about a task: an announcement, a key, and the line is free again.

    asked -> a place in the bridge -> INVITE -> rings -> lifted: hears what is to be done -> key 5
                                                      -> not lifted in time: no_answer

After the key the announcement goes on until whoever climbs the ladder says that the answer was
taken and the telephone may go: a line that is let go is the yes that the officer hears.

Who is rung, and when, is decided by whoever climbs the ladder of notifications; here are the bounds
of a telephone: one call for a task, so long to lift, so long to press, a few lines and none that a
caller may need. The call is dialled, placed, kept and found again after a restart like one that a
desk places (`dialling`), and like that it goes by the next trunk when one fails.
"""

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from kentongan.core.access import may
from kentongan.core.call.duty import NOT_TAKEN, is_acknowledged
from kentongan.core.call_rows import CallRow
from kentongan.core.commands import Envelope, RingDuty
from kentongan.core.events import CallEvent
from kentongan.core.words import Refused
from kentongan.edge.switch import admission
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall

RING_S: Final = 25.0
"""How long it rings; a mobile's voice mail lifts after 20 to 30 s."""

LISTEN_S: Final = 35.0
"""How long somebody who lifted may take to press the key, and their answer to be taken: the
announcement three times over."""

AGE_S_MAX: Final = 10.0
"""A wish that waited longer is not carried out: it is asked again while it is still wanted."""


def place(board: Board, envelope: Envelope, moment: Moment) -> tuple[CallEvent, ...]:
    """The centre rings somebody: a new call, with that person alone in it. Raises `Refused`."""
    asked = envelope.command
    assert isinstance(asked, RingDuty)  # noqa: S101
    may(envelope.agent, asked, board.ledger.find_row)
    if envelope.age_s > AGE_S_MAX:
        raise Refused("too_late")
    if _is_rung_about(board, asked):
        raise Refused("already_rung")
    if not admission.may_ring_duty(board, moment):
        raise Refused("lines_full")
    route = board.find_route(None, asked.number, asked.line)
    if route is None:
        raise Refused("no_trunk")
    board.ledger.open(
        SpooledCall(
            id=asked.call,
            trunk=route.trunk.key,
            announcements=(),
            languages=board.city.emergency.languages[:1],
            training=route.trunk.training,
            shard=board.choose_shard(),
            citizen=board.leg_to(route, moment.at),
            target=route.target,
        )
    )
    named = replace(envelope, command=replace(asked, trunk=route.trunk.key))
    try:
        return board.obey(asked.call, named, moment.at)
    except Refused:
        board.ledger.forget(asked.call)
        raise


def look(board: Board, row: CallRow, moment: Moment) -> None:
    """Nobody is rung for ever, and nobody listens for ever."""
    if row.state == "calling" and moment.at - row.ring_at >= timedelta(seconds=RING_S):
        board.end(row.key, "switch", "no_answer", moment)
    lifted_at = row.connected_at
    if lifted_at is not None and moment.at - lifted_at >= timedelta(seconds=LISTEN_S):
        reason = NOT_TAKEN if is_acknowledged(row) else "no_key"
        board.end(row.key, "switch", reason, moment)


def _is_rung_about(board: Board, asked: RingDuty) -> bool:
    """Whether somebody is being rung about this task now; a trial is about none."""
    if asked.incident is None:
        return False
    rung = (board.ledger.row(call.id).duty for call in board.ledger.in_hand())
    return any(
        (one.incident, one.agency, one.unit) == (asked.incident, asked.agency, asked.unit)
        for one in rung
        if one is not None
    )
