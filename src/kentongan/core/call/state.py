"""What a call is, and what every rule about it asks: does it wait, is it over, who may touch it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from kentongan.core.call_rows import CallRow, Party
from kentongan.core.events.call_recording import QualityKept
from kentongan.core.words import Agent, CallId, PartyKey, PlaceSource, Refused, Role


class CallState(StrEnum):
    """Where a call stands."""

    OFFERED = "offered"
    QUEUED = "queued"
    CALLING = "calling"
    ANSWERED = "answered"
    HELD = "held"
    TRANSFERRED = "transferred"
    ENDED = "ended"
    ABANDONED = "abandoned"


WITH_DESK: Final = (CallState.ANSWERED, CallState.HELD)
OVER: Final = (CallState.ENDED, CallState.ABANDONED)

COMPANY: Final = ("invited", "joined")
"""A party in one of these keeps a transferred caller from being alone."""

LIVE: Final = (*COMPANY, "held")


class Call(Struct, frozen=True, kw_only=True):
    """What the screens show (`row`, None before the first ring) and what only the rules need."""

    key: CallId
    row: CallRow | None = None
    connected: bool = False  # audio flows with the desk that has the call now
    segments: Mapping[str, str] = {}  # recorded segments and their SHA-256
    erased: frozenset[str] = frozenset()  # segments whose key is gone
    quality: Mapping[str, QualityKept] = {}  # by leg, the newest; one that was cut apart
    times_unheard: int = 0  # how often the caller's sound was told to have stopped
    positions_told: Mapping[PlaceSource, int] = {}  # of the caller, written down, by source


def row_of(call: Call) -> CallRow:
    """The row of a call that rang; a journal without its first event is a bug."""
    assert call.row is not None, f"{call.key} has an event before it was offered"  # noqa: S101
    return call.row


def quiet(row: CallRow) -> CallRow:
    """The row without what rings for it."""
    return structs.replace(row, rung=(), rung_stage=None, rung_at=None, rung_out=(), declined=())


def is_over(row: CallRow) -> bool:
    """Whether the line is dead."""
    return row.state in OVER


def is_waiting(row: CallRow) -> bool:
    """Whether nobody speaks with the caller, so that any desk may: also while a transfer rings."""
    if row.state == CallState.TRANSFERRED:
        return not any(one.state == "joined" for one in row.parties)
    return row.state in (CallState.OFFERED, CallState.QUEUED)


def find_party(row: CallRow, party: PartyKey) -> Party | None:
    """That party, or None when it was never invited."""
    return next((one for one in row.parties if one.party == party), None)


def must_run(row: CallRow) -> None:
    """Refuse what only a line that is not dead can do."""
    if is_over(row):
        raise Refused("call_over")


def must_be_with_desk(row: CallRow) -> None:
    """Refuse what needs a desk that has the call."""
    must_run(row)
    if row.state == CallState.TRANSFERRED:
        raise Refused("call_transferred")
    if row.state not in WITH_DESK:
        raise Refused("call_not_answered")


def must_take_part(row: CallRow, agent: Agent) -> None:
    """Refuse who has no part in the call: not its desk, not a desk brought in, no supervisor."""
    if agent.has(Role.SYSTEM, Role.SUPERVISOR) or row.agent == agent.id:
        return
    if agent.desk is not None and agent.desk in (row.desk, *_desks_in(row)):
        return
    raise Refused("call_taken", by=row.agent_name or "", desk=row.desk or "")


def _desks_in(row: CallRow) -> tuple[str | None, ...]:
    return tuple(one.desk for one in row.parties if one.kind == "desk" and one.state == "joined")
