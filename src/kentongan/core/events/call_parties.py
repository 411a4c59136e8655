"""What can happen with those who are brought into a call."""

from msgspec import Struct

from kentongan.core.words import (
    AgentId,
    DeskKey,
    PartyFailure,
    PartyKey,
    PartyKind,
    PartyLeaver,
    Personal,
)


class PartyInvited(Struct, frozen=True, kw_only=True, tag="call.party_invited"):
    """They are rung; `agent` is who asked for them."""

    party: PartyKey
    kind: PartyKind
    agent: str
    agent_name: str
    contact: str | None = None
    number: Personal | None = None
    desk: DeskKey | None = None


class PartyJoined(Struct, frozen=True, kw_only=True, tag="call.party_joined"):
    """They are in the call; of a desk, who sits there."""

    party: PartyKey
    agent: AgentId | None = None
    agent_name: str | None = None


class PartyFailed(Struct, frozen=True, kw_only=True, tag="call.party_failed"):
    """They did not come."""

    party: PartyKey
    reason: PartyFailure


class PartyLeft(Struct, frozen=True, kw_only=True, tag="call.party_left"):
    """They are in the call no more, or are no longer rung."""

    party: PartyKey
    by: PartyLeaver


class PartyReferred(Struct, frozen=True, kw_only=True, tag="call.party_referred"):
    """The party's exchange puts another telephone in its place; that one is rung, as `to`."""

    party: PartyKey
    to: PartyKey
    number: Personal


class PartyHeld(Struct, frozen=True, kw_only=True, tag="call.party_held"):
    """They neither hear nor are heard."""

    party: PartyKey


class PartyResumed(Struct, frozen=True, kw_only=True, tag="call.party_resumed"):
    """They are back in the talk."""

    party: PartyKey


class CallTransferred(Struct, frozen=True, kw_only=True, tag="call.transferred"):
    """The desk left; the caller is with the party, or waits for it when `blind`."""

    party: PartyKey
    blind: bool = False


class CallPassed(Struct, frozen=True, kw_only=True, tag="call.passed"):
    """Another desk has the call now."""

    desk: DeskKey
    agent: str
    agent_name: str


PartyEvent = (
    PartyInvited
    | PartyJoined
    | PartyFailed
    | PartyLeft
    | PartyReferred
    | PartyHeld
    | PartyResumed
    | CallTransferred
    | CallPassed
)
