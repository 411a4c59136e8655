"""What a telephone has still to be told of us: another address, or another key for its sound.

    changed -> told (re-INVITE is out) -> known (200 to that very description)
       ^            |
       +------------+  busy, refused, unanswered: again after `TELL_AGAIN`, `TRIES_MAX` times

A telephone that is not told hears nothing more, so a change is kept until it is known. Whoever asks
us for a description, or offers one, gets the newest in our answer, and knows as well.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from kentongan.core.words import CallId
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import CITIZEN, SipLeg, SpooledCall
from kentongan.edge.switch.telephones import Telephones
from kentongan.sip.crypto import Crypto

TRIES_MAX: Final = 10
"""Re-INVITEs about one change; a telephone that refuses so many will not take the next one."""

REKEY_AFTER: Final = timedelta(minutes=10)
"""Packets of 10 ms wrap their number after 10.9 minutes (RFC 3711, section 3.3.1). From then on a
media process that starts anew cannot know how often they did, and hears nothing."""

SAYS_WITHIN: Final = timedelta(seconds=8)
"""A media process says after 5 s, give or take its look of each second, that nothing comes."""

_log = logging.getLogger(__name__)


def look(board: Board, phones: Telephones, call: SpooledCall, moment: Moment) -> None:
    """Tell again who does not know yet; who was silent before its media process died, and of whom
    the next one has not said so in time, is heard.
    """
    for dialog, known in _telephones(call):
        leg = known
        if dialog and leg.moved_at is not None and moment.at - leg.moved_at >= SAYS_WITHIN:
            leg = replace(leg, silent_since=None, moved_at=None)
            call = call.with_telephone(dialog, leg)
            board.put(call)
        if leg.tell_at is None or leg.tell_at > moment.at or not (dialog and leg.has_place):
            continue
        if leg.tell_tries < TRIES_MAX:
            told = phones.tell(dialog, leg, moment)
        else:
            _log.error("call %s: a telephone does not take our new description", call.id)
            told = replace(leg, tell_at=None)
        call = call.with_telephone(dialog, told)
        board.put(call)


def taken(board: Board, call_id: CallId, dialog: str) -> None:
    """200 to a re-INVITE of ours: the telephone knows that description."""
    call = board.ledger.find(call_id)
    if call is None or all(dialog != known for known, _ in _telephones(call)):
        return
    leg = call.telephone(dialog)
    if leg.tell_at is not None and leg.told_version == leg.session_version:
        board.put(call.with_telephone(dialog, replace(leg, tell_at=None, tell_tries=0)))


def in_process(board: Board, call_id: CallId, name: str, epoch: str, moment: Moment) -> None:
    """That telephone's leg is in the media process of this epoch: another one than before?"""
    call = board.ledger.find(call_id)
    if call is None:
        return
    party = next((one for one in call.parties if one.name == name), None)
    leg = call.citizen if name == CITIZEN else None if party is None else party.leg
    if leg is None or leg.epoch == epoch:
        return
    begun = board.ledger.row(call_id).ring_at if party is None else party.asked_at
    changed = replace(leg, epoch=epoch)
    if leg.epoch:  # another process: whether it hears that telephone, it says anew
        moved_at = moment.at if leg.silent_since is not None else None
        changed = replace(changed, moved_at=moved_at, probed_at=None, present_at=None)
    if leg.epoch and leg.crypto and leg.crypto_in and moment.at - begun >= REKEY_AFTER:
        key = Crypto(leg.crypto.tag, leg.crypto.suite, board.new_key())
        version = leg.session_version + 1
        changed = replace(changed, crypto=key, session_version=version, tell_at=moment.at)
    if party is None:
        board.put(replace(call, citizen=changed))
    else:
        legs = (replace(one, leg=changed) if one is party else one for one in call.parties)
        board.put(replace(call, parties=tuple(legs)))


def _telephones(call: SpooledCall) -> Iterator[tuple[str, SipLeg]]:
    if call.is_answered:
        yield call.dialog, call.citizen
    for party in call.parties:
        yield party.dialog, party.leg
