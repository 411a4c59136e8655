"""What time does to calls: a vanished desk, a media process that never comes, the end of memory.

Looked at once a second. Nobody is hung up for being silent: a silent telephone is asked whether
it is still there.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from kentongan.core.words import CallId
from kentongan.edge.switch import (
    citizens,
    desks,
    dialling,
    inviting,
    prompting,
    silence,
    telling,
    texting,
    unheard,
)
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.faults import Caught, uncaught
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall, WebLeg
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.telephones import Telephones

LOOK_S = 1.0
"""How often time is looked at."""

NO_MEDIA = timedelta(seconds=30)
"""A caller rings that long while no media process is there; then the trunk may try elsewhere."""

PROBE_AFTER = timedelta(seconds=30)
"""A telephone that is silent, or waits unanswered, is asked so often whether it is still there."""

KEPT_FOR = timedelta(seconds=60)
"""A call that is over stays in hand that long, for a disposition or a late repeat."""

RECORDING_AWAITED = timedelta(minutes=10)
"""How long a media process is waited for to tell a recording's digest; then the switch makes it."""

RECORDING_GIVEN_UP = timedelta(hours=24)
"""A recording that no disk gives back for so long: the call is forgotten without its digest."""


def look(board: Board, phones: Telephones, moment: Moment, caught: Caught = uncaught) -> None:
    """Let everything happen whose time has come; one call's fault costs the others nothing."""
    for call in board.ledger:
        if not call.is_over:
            with caught("looking at a call"):
                _look_at(board, phones, call, moment)


def _look_at(board: Board, phones: Telephones, call: SpooledCall, moment: Moment) -> None:
    ring_at = board.ledger.row(call.id).ring_at
    lost = [leg for leg in call.desks if _is_lost(board.settings, leg, moment)]
    for leg in lost:
        desks.lose_page(board, call.id, leg, moment)
    dialling.look(board, phones, call, moment)
    inviting.look(board, call.id, moment)
    for dialog in silence.look(board, phones, board.ledger.get(call.id), moment):
        dialling.lost(board, board.ledger.get(call.id), dialog, moment)
    telling.look(board, phones, board.ledger.get(call.id), moment)
    texting.look(board, call, moment.at)
    prompting.look(board, board.ledger.get(call.id), moment)
    call = board.ledger.get(call.id)
    unheard.look(board, call, moment)
    citizens.look(board, call, moment)
    if lost:
        return
    if _is_lost_for_good(phones, call):
        board.end(call.id, "caller", "dialog_lost", moment)
    elif call.invite and not call.citizen.has_place and moment.at - ring_at >= NO_MEDIA:
        board.end(call.id, "switch", "no_media", moment)
    elif _is_to_be_probed(call, ring_at, moment):
        phones.probe(call, moment)
        board.ledger.put(replace(call, citizen=replace(call.citizen, probed_at=moment.at)))


def forgettable(board: Board, moment: Moment) -> tuple[CallId, ...]:
    """Calls that are over for long enough; what waits in the outbox is not known here."""
    return tuple(call.id for call in board.ledger if _is_done(call, moment))


def awaiting_digests(board: Board, moment: Moment) -> tuple[CallId, ...]:
    """Calls whose recordings no media process has told of in time: their files are read here."""
    return tuple(
        call.id
        for call in board.ledger
        if call.over_at is not None
        and not call.has_all_recordings
        and moment.at - call.over_at >= RECORDING_AWAITED
    )


def _is_lost_for_good(phones: Telephones, call: SpooledCall) -> bool:
    """Whether no word of its telephone can come any more: SIP knows no such dialog, nothing sounds.

    Whoever is heard is not hung up for that.
    """
    if call.page is not None or not call.dialog or call.dialog in phones.stack.dialogs:
        return False
    is_heard = call.is_answered and call.citizen.has_audio and call.citizen.silent_since is None
    return not is_heard


def _is_to_be_probed(call: SpooledCall, ring_at: datetime, moment: Moment) -> bool:
    """Whoever vanished without a BYE or a CANCEL must not hold a line, or a place in the queue.

    One who waits for our 200 is asked all the while: there is no ACK yet that could be missed.
    Silence alone ends nothing. One who only types sends no sound that could stop.
    """
    waits_unanswered = bool(call.invite) and call.citizen.has_place
    is_always_asked = waits_unanswered or not call.citizen.has_audio
    since = call.citizen.probed_at or (ring_at if is_always_asked else call.citizen.silent_since)
    is_asked = call.is_answered or waits_unanswered
    return is_asked and since is not None and moment.at - since >= PROBE_AFTER


def _is_lost(settings: SwitchSettings, leg: WebLeg, moment: Moment) -> bool:
    if leg.lost_at is None:
        return False
    limit_s = settings.desk_lost_s if leg.was_connected else settings.desk_absent_s
    return (moment.at - leg.lost_at).total_seconds() >= limit_s


def _is_done(call: SpooledCall, moment: Moment) -> bool:
    if not call.is_over or call.over_at is None:
        return False
    over_for = moment.at - call.over_at
    return over_for >= (KEPT_FOR if call.has_all_recordings else RECORDING_GIVEN_UP)
