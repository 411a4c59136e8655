"""Whether the caller and somebody of ours could hear each other: else nobody said goodbye. Pure.

Answered is a word of SIP and of a key that was pressed; the caller may hear reassurance and nothing
else from then to the end. So it is noted when somebody is first in the caller's ear and the caller
in theirs, and forgotten when the caller waits again.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from kentongan.core.call.state import CallState, is_waiting
from kentongan.core.call_rows import CallRow
from kentongan.core.events import CallAnswered, CallConnected, PartyJoined
from kentongan.edge.switch.record import SUPERVISOR, PartyLeg, SipLeg, SpooledCall, WebLeg
from kentongan.edge.switch.sounding import (
    TALK,
    is_apart,
    is_held_partner,
    mode_of_supervisor,
)

AWAY: Final = timedelta(seconds=3)
"""A page whose sound is away for less is only being made anew."""

AT_ONCE: Final = timedelta(seconds=2)
"""A media process says to the second since when nothing came from a telephone; one that is silent
since so soon after it was connected was never heard."""

_IN_TALK: Final = (CallState.ANSWERED, CallState.TRANSFERRED)


def noted(call: SpooledCall, row: CallRow) -> SpooledCall:
    """The call with what is known of it now: whether somebody has spoken with the caller."""
    is_spoken_with = not is_waiting(row) and (call.is_spoken_with or _speaks(call, row))
    return replace(call, is_spoken_with=is_spoken_with)


def is_unheard(call: SpooledCall, row: CallRow, at: datetime) -> bool:
    """Whether a call that ends now ends without a goodbye: somebody answered, and the caller and
    they never heard each other, or have not for seconds.

    Who only types has no sound to wait for, and whom the centre rings about a task no desk.
    """
    has_voice = call.citizen.has_audio if call.page is None else not call.page.only_types
    is_answered = row.state in (*_IN_TALK, CallState.HELD) and not is_waiting(row)
    if not is_answered or not has_voice or row.duty is not None:
        return False
    if not call.is_spoken_with or _is_caller_mute(call, row):
        return True
    if row.state == CallState.HELD or _speaks(call, row):
        return False  # on hold the desk may be elsewhere
    lost = [leg.lost_at for leg in (call.page, call.main_desk) if leg and not leg.is_connected]
    return not lost or any(since is not None and at - since >= AWAY for since in lost)


def _speaks(call: SpooledCall, row: CallRow) -> bool:
    """Whether somebody of ours and the caller hear each other now."""
    is_there = call.page is None or call.page.is_connected or row.has_written
    if row.state not in _IN_TALK or not is_there or is_apart(call, row):
        return False
    return any(_is_heard_page(leg, call, row) for leg in call.desks) or any(
        _is_heard_telephone(leg, call, row) for leg in call.parties
    )


def _is_heard_page(leg: WebLeg, call: SpooledCall, row: CallRow) -> bool:
    if not leg.is_connected or is_held_partner(leg, row):
        return False
    return leg.role != SUPERVISOR or mode_of_supervisor(leg, call, row) == TALK


def _is_heard_telephone(leg: PartyLeg, call: SpooledCall, row: CallRow) -> bool:
    """One that sends nothing from the first moment may hear the caller; the caller hears nobody."""
    party = next((one for one in row.parties if one.party == leg.party), None)
    if not leg.is_joined or (party is not None and party.state == "held"):
        return False
    since = _answered_at(call) if party is None else party.joined_at
    return not _is_mute(leg.leg, since)


def _is_caller_mute(call: SpooledCall, row: CallRow) -> bool:
    """Whether nothing ever came from the caller's telephone while somebody was there to hear it."""
    is_telephone = call.page is None and not row.has_written
    return is_telephone and _is_mute(call.citizen, _answered_at(call))


def _is_mute(leg: SipLeg, since: datetime | None) -> bool:
    return bool(leg.silent_since and since and leg.silent_since <= since + AT_ONCE)


def _answered_at(call: SpooledCall) -> datetime | None:
    """When whoever has the call now was there to hear: answered, or sound came; else a party."""
    for kind in ((CallAnswered, CallConnected), (PartyJoined,)):
        times = [fact.meta.at for fact in call.facts if isinstance(fact.event, kind)]
        if times:
            return times[-1]
    return None
