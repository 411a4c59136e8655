"""What the media processes say about calls, turned into facts and legs.

Nobody is hung up for being silent: a silent caller is shown, a silent page starts the clock after
which its call goes back to the head of the queue. Repeated events change nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import assert_never

from msgspec.structs import replace

from kentongan.core.call.recording import LEGS_MAX
from kentongan.core.commands import ConnectCall, Envelope, KeepQuality, KeepRecording, SignalCall
from kentongan.core.events import CallSignalled
from kentongan.core.words import CallId, CommandId, DeskKey, Refused
from kentongan.edge.switch import citizens, losses, prompting, silence, texting
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import SWITCH, Moment
from kentongan.edge.switch.record import CITIZEN, Measured, SpooledCall, WebLeg
from kentongan.edge.switch.recording_keys import NewSegment, RecordingKeys
from kentongan.media import protocol
from kentongan.media.seal import SUFFIX

SILENCE_S = 5.0
"""How long nothing came before the media process says `timeout`."""

KEYS_MAX = 64
"""Keys noted of one call; more are a stuck key or a machine."""

INFO = "info/"
"""How the proof of a press begins that SIP told of; the others are told of by the voice."""

BOTH_WAYS = timedelta(seconds=2)
"""So soon after each other a key by INFO and the same key in the voice are one press."""

TAP = "tap"
"""How taps on the microphone stand among the keys."""

RECORDINGS_MAX = 200
"""Segments of one call: each restart of the media process begins one."""


def hear(board: Board, epoch: str, event: protocol.AnyEvent, moment: Moment) -> None:
    """One event of a media process."""
    call = board.ledger.find(CallId(event.bridge))
    if call is None:
        return
    match event:
        case protocol.KeyPressed() | protocol.Tapped():
            _signalled(board, call, epoch, event, moment)
        case protocol.SomebodyNoticed(leg=leg, what=what):
            if leg == CITIZEN and what not in call.noticed:
                board.put(replace(call, noticed=(*call.noticed, what)))
        case protocol.Typed():
            texting.typed(board, call, epoch, event, moment.at)
        case protocol.WebChanged() | protocol.TimedOut() | protocol.Returned():
            _is_heard_or_not(board, call, event, moment)
        case protocol.Recorded():
            keep(board, call, event, moment)
        case protocol.RecordingFailed() | protocol.RecordingStarted():
            losses.hear(board, event, moment.at)
        case protocol.QualityMeasured():
            _keep_quality(board, call, epoch, event, moment)
        case protocol.Played():
            prompting.played(board, call, epoch, event, moment)
        case protocol.Level():
            pass
        case _:
            assert_never(event)


def _signalled(
    board: Board,
    call: SpooledCall,
    epoch: str,
    event: protocol.KeyPressed | protocol.Tapped,
    moment: Moment,
) -> None:
    """Only the caller's keys and taps are noted."""
    if event.leg == CITIZEN:
        keys = event.digit if isinstance(event, protocol.KeyPressed) else TAP
        signal(board, call.id, keys, f"{epoch}/{event.seq}", moment)


def _is_heard_or_not(
    board: Board,
    call: SpooledCall,
    event: protocol.WebChanged | protocol.TimedOut | protocol.Returned,
    moment: Moment,
) -> None:
    """A leg is heard, or is not any more: the caller's page or telephone, a party's, a desk's."""
    match event:
        case protocol.WebChanged(state=state):
            is_heard, since_s = state == "connected", 0.0
        case protocol.Returned():
            is_heard, since_s = True, 0.0
        case protocol.TimedOut():
            is_heard, since_s = False, SILENCE_S
        case _:
            assert_never(event)
    if event.leg == CITIZEN and call.page is not None:
        if is_heard:
            citizens.page_heard(board, call, moment)
        else:
            citizens.page_lost(board, call, moment, since_s)
    elif event.leg == CITIZEN:
        _mark_silent(board, call, _silent_since(moment, since_s, is_heard=is_heard))
    elif silence.mark(board, call, event.leg, _silent_since(moment, since_s, is_heard=is_heard)):
        return
    elif is_heard:
        page_connected(board, call, DeskKey(event.leg), moment)
    else:
        page_lost(board, call.id, DeskKey(event.leg), moment, since_s=since_s)


def _silent_since(moment: Moment, since_s: float, *, is_heard: bool) -> datetime | None:
    return None if is_heard else moment.at - timedelta(seconds=since_s)


def _keep_quality(
    board: Board, call: SpooledCall, epoch: str, event: protocol.QualityMeasured, moment: Moment
) -> None:
    """How a leg sounded, when it ends. Of what is measured in between the last is kept beside the
    call, for a process that dies without a last word.
    """
    if event.mos is None:
        return
    others = tuple(one for one in call.measured if one.leg != event.leg)
    figures = Measured(
        leg=event.leg,
        epoch=epoch,
        seq=event.seq,
        codec=event.codec,
        packets=event.packets,
        lost=event.lost,
        jitter_ms=event.jitter_ms,
        mos=event.mos,
        round_trip_ms=event.round_trip_ms,
    )
    if not event.is_final:
        if len(others) < LEGS_MAX:
            board.ledger.put(replace(call, measured=(*others, figures)))
        return
    board.ledger.put(replace(call, measured=others))
    _tell_quality(board, call.id, figures, moment)


def cut_short(board: Board, call_id: CallId, epoch: str, moment: Moment) -> None:
    """The call's media process is that of `epoch` now: what another one measured last stands."""
    call = board.ledger.get(call_id)
    gone = tuple(one for one in call.measured if one.epoch != epoch)
    if not gone:
        return
    left = tuple(one for one in call.measured if one.epoch == epoch)
    board.ledger.put(replace(call, measured=left))
    for one in gone:
        _tell_quality(board, call_id, one, moment, is_cut=True)


def _tell_quality(
    board: Board, call: CallId, figures: Measured, moment: Moment, *, is_cut: bool = False
) -> None:
    command = KeepQuality(
        call=call,
        leg=figures.leg,
        codec=figures.codec,
        packets=figures.packets,
        lost=figures.lost,
        jitter_ms=figures.jitter_ms,
        mos=figures.mos,
        round_trip_ms=figures.round_trip_ms,
        is_cut=is_cut,
    )
    proof = f"{call}/quality/{figures.epoch}/{figures.seq}"
    envelope = Envelope(id=CommandId(proof), agent=SWITCH, command=command)
    try:
        board.obey(call, envelope, moment.at)
    except Refused:
        return  # enough is known of this call


def signal(board: Board, call: CallId, keys: str, proof: str, moment: Moment) -> None:
    """The caller pressed keys; `proof` names the press, so that it is noted once. It begins with
    `INFO` where SIP told of it."""
    row = board.ledger.row(call)
    if len(row.keys) + len(keys) > KEYS_MAX or _is_told(board, call, keys, proof, moment.at):
        return
    envelope = Envelope(
        id=CommandId(f"{call}/key/{proof}"),
        agent=SWITCH,
        command=SignalCall(call=call, keys=keys),
    )
    try:
        board.obey(call, envelope, moment.at)
    except Refused:
        return  # it came after the end


def _is_told(board: Board, call: CallId, keys: str, proof: str, at: datetime) -> bool:
    """Whether the other way has told of this press and this way has not: some exchanges send each
    key by INFO and let it be heard, too."""
    head, own, other = f"{call}/key/", 0, 0
    for fact in reversed(board.ledger.get(call).facts):
        if at - fact.meta.at > BOTH_WAYS:
            break
        if fact.command.startswith(head) and fact.event == CallSignalled(keys=keys):
            is_own = fact.command.startswith(head + INFO) == proof.startswith(INFO)
            own, other = own + is_own, other + (not is_own)
    return other > own


def keep(board: Board, call: SpooledCall, event: protocol.Recorded, moment: Moment) -> None:
    """A segment is closed: its digest becomes a fact."""
    segment = Path(event.file).name
    if segment in call.kept:
        return
    board.ledger.put(replace(call, kept=(*call.kept, segment)))
    losses.closed(board, segment, event.lost_s)
    command = KeepRecording(
        call=call.id,
        segment=segment,
        sha256=event.sha256,
        seconds=event.seconds,
        bytes=event.bytes,
        key=event.key,
        chain=event.chain,
        lost_s=event.lost_s,
    )
    board.act("recording", command, moment)


def begin_segment(
    board: Board, call: CallId, moment: Moment, keys: RecordingKeys
) -> NewSegment | None:
    """A bridge is about to be made: its recording gets a name and a key of its own.

    None when there are too many segments, or the centre's key cannot be read: the call goes on
    without a recording, and the alarm is raised by `keys`.
    """
    known = board.ledger.find(call)
    if known is None or len(known.recordings) >= RECORDINGS_MAX:
        return None
    second = int(moment.at.timestamp())
    name = f"{call}-{second}{SUFFIX}"
    if known.find_key(name) is not None:
        name = f"{call}-{second}-{len(known.keys)}{SUFFIX}"
    made = keys.new(name, moment.at)
    if made is None:
        board.counts.recording_failures += 1
        return None
    segment, sealed = made
    board.ledger.add_segment(call, sealed)
    return segment


def take_segment(board: Board, call: CallId, name: str) -> None:
    """A segment that was put by is about to be begun after all."""
    known = board.ledger.find(call)
    if known is not None and name not in known.recordings:
        board.ledger.put(replace(known, recordings=(*known.recordings, name)))


def drop_segment(board: Board, call: CallId, name: str) -> None:
    """That recording was never begun."""
    board.losing.pop(name, None)
    known = board.ledger.find(call)
    if known is not None and name not in known.kept:
        left = tuple(segment for segment in known.recordings if segment != name)
        board.ledger.put(replace(known, recordings=left))


def page_connected(board: Board, call: SpooledCall, desk: DeskKey, moment: Moment) -> None:
    """A desk's page is heard. Whoever is rung back is connected when they answer, no sooner."""

    def connected(leg: WebLeg) -> WebLeg:
        return replace(leg, is_connected=True, was_connected=True, lost_at=None)

    is_known = _change_page(board, call, desk, connected)
    if is_known and not (call.is_placed_by_us and not call.is_answered):
        board.act("connect", ConnectCall(call=call.id), moment)


def page_lost(
    board: Board, call_id: CallId, desk: DeskKey, moment: Moment, *, since_s: float = 0.0
) -> None:
    """A desk's page is not heard any more, since so many seconds."""
    lost_at = moment.at - timedelta(seconds=since_s)

    def lost(leg: WebLeg) -> WebLeg:
        return replace(leg, is_connected=False, lost_at=leg.lost_at or lost_at)

    call = board.ledger.find(call_id)
    if call is not None:
        _change_page(board, call, desk, lost)


def _change_page(
    board: Board, call: SpooledCall, desk: DeskKey, change: Callable[[WebLeg], WebLeg]
) -> bool:
    if call.find_desk(desk) is None:
        return False
    legs = tuple(change(leg) if leg.desk == desk else leg for leg in call.desks)
    board.put(replace(call, desks=legs))
    return True


def _mark_silent(board: Board, call: SpooledCall, since: datetime | None) -> None:
    board.put(replace(call, citizen=silence.marked(call.citizen, since)))
    board.tell(call.id)
