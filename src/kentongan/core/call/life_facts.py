"""What the events of a call's own life mean: how each changes the call.

Facts only; nothing is refused here, and an old journal folds to the same call for ever.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from kentongan.core.call.duty import with_outcome
from kentongan.core.call.state import LIVE, Call, CallState, is_over, quiet, row_of
from kentongan.core.call_rows import CallRow, Party
from kentongan.core.events.call import (
    CallAbandoned,
    CallAnswered,
    CallConnected,
    CallDisposed,
    CallEnded,
    CallHeld,
    CallLocated,
    CallOffered,
    CallQueued,
    CallRequeued,
    CallResumed,
    CallSignalled,
    CallTexted,
)
from kentongan.core.words import LABEL_CHARACTERS_MAX, Meta


def _offered(call: Call, event: CallOffered, meta: Meta) -> Call:
    row = CallRow(
        key=call.key,
        state=CallState.OFFERED.value,
        line=event.line,
        ring_at=meta.at,
        number=event.number,
        number_withheld=event.number_withheld,
        place=event.place,
        training=event.training,
        remarks=event.remarks,
        line_priority=event.line_priority,
        language=event.language,
        raw_facts=event.raw_facts,
    )
    return structs.replace(call, row=row)


def _queued(call: Call, event: CallQueued, meta: Meta) -> Call:
    before = row_of(call)
    row = structs.replace(
        before,
        state=CallState.QUEUED.value,
        queued_at=meta.at,
        language=event.language or before.language,
    )
    return structs.replace(call, row=row)


def _answered(call: Call, event: CallAnswered, meta: Meta) -> Call:
    before = row_of(call)
    row = structs.replace(
        quiet(before),
        state=CallState.ANSWERED.value,
        answered_at=before.answered_at or meta.at,
        desk=event.desk,
        agent=event.agent,
        agent_name=event.agent_name,
    )
    return structs.replace(call, row=row, connected=False)


def _connected(call: Call, event: CallConnected, meta: Meta) -> Call:  # noqa: ARG001
    """Of a call that we placed this is the answer, too."""
    before = row_of(call)
    row = structs.replace(before, connected_at=before.connected_at or meta.at)
    if before.state == CallState.CALLING:
        row = structs.replace(row, state=CallState.ANSWERED.value, answered_at=meta.at)
    return structs.replace(call, row=row, connected=True)


def _held(call: Call, event: CallHeld, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(row_of(call), state=CallState.HELD.value))


def _resumed(call: Call, event: CallResumed, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(row_of(call), state=CallState.ANSWERED.value))


def _requeued(call: Call, event: CallRequeued, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    row = structs.replace(
        quiet(before),
        state=CallState.QUEUED.value,
        queued_at=meta.at,
        desk=None,
        agent=None,
        agent_name=None,
        requeued=before.requeued + 1,
        supervisors=(),
        disposition=None,  # of somebody who has the caller no more
        prompt=None,  # nor listens any more: the next one may ask again
        prompt_cut=None,
        silent_test_at=None,
        unheard_since=None,
    )
    return structs.replace(call, row=row, connected=False)


def _signalled(call: Call, event: CallSignalled, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    keys = (before.keys + event.keys)[-LABEL_CHARACTERS_MAX:]
    row = structs.replace(before, keys=keys, prompt=None, prompt_cut=None)
    return structs.replace(call, row=row)


def _located(call: Call, event: CallLocated, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(row_of(call), place=event.place))


def _texted(call: Call, event: CallTexted, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    row = structs.replace(
        before,
        text_lines=before.text_lines + 1,
        has_written=before.has_written or event.by == "caller",
    )
    return structs.replace(call, row=row)


def _ended(call: Call, event: CallEnded, meta: Meta) -> Call:
    before = row_of(call)
    row = structs.replace(
        _dead(before, meta),
        state=CallState.ENDED.value,
        ended_by=event.by,
        open=event.dropped and before.disposition is None,
        dropped=event.dropped,
        risk=event.risk,
    )
    return structs.replace(call, row=with_outcome(row, event.reason), connected=False)


def _abandoned(call: Call, event: CallAbandoned, meta: Meta) -> Call:
    before = row_of(call)
    row = structs.replace(
        _dead(before, meta),
        state=CallState.ABANDONED.value,
        ended_by="caller",
        open=True,
        risk=event.risk,
    )
    return structs.replace(call, row=row, connected=False)


def _dead(row: CallRow, meta: Meta) -> CallRow:
    """Nobody rings for it, nobody is in it, nobody hears it."""
    parties = tuple(_gone(one, meta) if one.state in LIVE else one for one in row.parties)
    return structs.replace(
        quiet(row),
        ended_at=meta.at,
        prompt=None,
        unheard_since=None,
        parties=parties,
        supervisors=(),
    )


def _gone(party: Party, meta: Meta) -> Party:
    return structs.replace(party, state="left", ended_at=meta.at, reason="switch")


def _disposed(call: Call, event: CallDisposed, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    is_open = before.open and not is_over(before)
    row = structs.replace(before, disposition=event.disposition, open=is_open)
    return structs.replace(call, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    CallOffered: _offered,
    CallQueued: _queued,
    CallAnswered: _answered,
    CallConnected: _connected,
    CallHeld: _held,
    CallResumed: _resumed,
    CallRequeued: _requeued,
    CallSignalled: _signalled,
    CallLocated: _located,
    CallTexted: _texted,
    CallEnded: _ended,
    CallAbandoned: _abandoned,
    CallDisposed: _disposed,
}
