"""What was recorded of a call, who heard it, and how well the call sounded.

    a segment    (none)              kept                          erased
    keep         kept                same: nothing, else refused   same: nothing, else refused
    play         refused; or runs    played                        refused recording_erased
    erase        refused             erased; on hold: refused      nothing

Theory: a segment is known by its digest and never replaced. While the call goes on its newest
segment still grows and is not on record; it may be heard already. Nobody hears one without a
reason, and each time is a fact. Erasing takes the key away, not the record that there was
something; a legal hold forbids it for the whole call. Quality is kept per leg as often as it is
measured; the call shows its worst leg.
"""

from collections.abc import Callable
from math import isfinite
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.call.state import Call, row_of
from kentongan.core.call_rows import CallRow
from kentongan.core.checks import check_labels, cut_label, split_reason
from kentongan.core.commands.call_recording import (
    EraseRecording,
    HoldRecordings,
    KeepQuality,
    KeepRecording,
    PlayRecording,
    RecordingCommand,
    ReleaseRecordings,
)
from kentongan.core.context import Context
from kentongan.core.events.call_recording import (
    QualityKept,
    RecordingErased,
    RecordingEvent,
    RecordingKept,
    RecordingPlayed,
    RecordingsHeld,
    RecordingsReleased,
)
from kentongan.core.words import Agent, Meta, Refused, Role

RECORDINGS_MAX: Final = 1_000
"""Segments of one call: a day of 90-second segments; more is a fault of the recorder."""

LEGS_MAX: Final = 200
"""Legs of one call whose quality is kept: every party, and desks that reconnect."""

CUT: Final = "(cut)"
"""Tells a measurement that was cut short from the one of the same leg since."""


def decide(
    command: RecordingCommand, call: Call, row: CallRow, context: Context
) -> tuple[RecordingEvent, ...]:
    """What follows."""
    match command:
        case KeepRecording():
            return _keep(command, call)
        case PlayRecording():
            return _play(command, call, row, context.agent)
        case HoldRecordings(reason=reason):
            if row.hold_recording:
                return ()
            _must_say_why(reason)
            key, words = split_reason(reason)
            return (RecordingsHeld(reason=key, reason_text=words),)
        case ReleaseRecordings(reason=reason):
            if not row.hold_recording:
                return ()
            key, words = split_reason(reason)
            return (RecordingsReleased(reason=key, reason_text=words),)
        case EraseRecording():
            return _erase(command, call, row, context.agent)
        case KeepQuality():
            return _keep_quality(command, call)
        case _:
            assert_never(command)


def _keep(command: KeepRecording, call: Call) -> tuple[RecordingEvent, ...]:
    known = call.segments.get(command.segment)
    if known == command.sha256:
        return ()
    if known is not None:
        raise Refused("recording_differs", segment=cut_label(command.segment))
    if len(call.segments) >= RECORDINGS_MAX:
        raise Refused("too_many_recordings", recordings_max=str(RECORDINGS_MAX))
    check_labels(segment=command.segment, sha256=command.sha256)
    check_labels(key=command.key, chain=command.chain)
    return (
        RecordingKept(
            segment=command.segment,
            sha256=command.sha256,
            seconds=command.seconds,
            bytes=command.bytes,
            key=command.key,
            chain=command.chain,
            lost_s=command.lost_s,
        ),
    )


def _play(
    command: PlayRecording, call: Call, row: CallRow, agent: Agent
) -> tuple[RecordingEvent, ...]:
    if row.ended_at is not None:
        _must_be_known(command.segment, call)
    check_labels(segment=command.segment)
    if command.segment in call.erased:
        raise Refused("recording_erased", segment=cut_label(command.segment))
    _must_say_why(command.reason)
    reason, words = split_reason(command.reason)
    return (
        RecordingPlayed(
            segment=command.segment,
            reason=reason,
            reason_text=words,
            agent=agent.id,
            agent_name=agent.name,
        ),
    )


def _must_be_known(segment: str, call: Call) -> None:
    if segment not in call.segments:
        raise Refused("unknown_recording", segment=cut_label(segment))


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise Refused("reason_missing")


def _erase(
    command: EraseRecording, call: Call, row: CallRow, agent: Agent
) -> tuple[RecordingEvent, ...]:
    """Of sound that never came on record there may be a key: retention's alone, and a fact too."""
    if not agent.has(Role.SYSTEM):
        _must_be_known(command.segment, call)
    check_labels(segment=command.segment)
    if command.segment in call.erased:
        return ()
    if row.hold_recording:
        raise Refused("recordings_held")
    _must_say_why(command.reason)
    reason, words = split_reason(command.reason)
    return (RecordingErased(segment=command.segment, reason=reason, reason_text=words),)


def _keep_quality(command: KeepQuality, call: Call) -> tuple[RecordingEvent, ...]:
    figures = (command.jitter_ms, command.mos, command.round_trip_ms or 0.0)
    if not all(isfinite(figure) for figure in figures):
        raise Refused("quality_unreadable")
    check_labels(leg=command.leg, codec=command.codec)
    kept = QualityKept(
        leg=command.leg,
        codec=command.codec,
        packets=command.packets,
        lost=command.lost,
        jitter_ms=command.jitter_ms,
        mos=command.mos,
        round_trip_ms=command.round_trip_ms,
        is_cut=command.is_cut,
    )
    known = call.quality.get(_part_of(kept))
    if known == kept:
        return ()
    if known is None and len(call.quality) >= LEGS_MAX:
        raise Refused("too_many_legs", legs_max=str(LEGS_MAX))
    return (kept,)


def _part_of(kept: QualityKept) -> str:
    """What that measurement is of. In the process after one that died a leg is measured anew."""
    return f"{kept.leg} {CUT}" if kept.is_cut else kept.leg


# --- what the events mean ------------------------------------------------------------------------


def _kept(call: Call, event: RecordingKept, meta: Meta) -> Call:  # noqa: ARG001
    segments = {**call.segments, event.segment: event.sha256}
    row = structs.replace(row_of(call), recordings=len(segments))
    return structs.replace(call, row=row, segments=segments)


def _played(call: Call, event: RecordingPlayed, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    row = structs.replace(before, recordings_played=before.recordings_played + 1)
    return structs.replace(call, row=row)


def _on_hold(call: Call, event: RecordingsHeld, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(row_of(call), hold_recording=True))


def _released(call: Call, event: RecordingsReleased, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(row_of(call), hold_recording=False))


def _erased(call: Call, event: RecordingErased, meta: Meta) -> Call:  # noqa: ARG001
    erased = call.erased | {event.segment}
    row = structs.replace(row_of(call), recordings_erased=len(erased))
    return structs.replace(call, row=row, erased=erased)


def _measured(call: Call, event: QualityKept, meta: Meta) -> Call:  # noqa: ARG001
    quality = {**call.quality, _part_of(event): event}
    worst = min(one.mos for one in quality.values())
    is_cut = any(one.is_cut for one in quality.values())
    row = structs.replace(row_of(call), mos=worst, mos_cut=is_cut)
    return structs.replace(call, row=row, quality=quality)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    RecordingKept: _kept,
    RecordingPlayed: _played,
    RecordingsHeld: _on_hold,
    RecordingsReleased: _released,
    RecordingErased: _erased,
    QualityKept: _measured,
}
