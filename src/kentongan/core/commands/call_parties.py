"""Commands about who else is in a call: conference, transfer, and the next desk."""

from msgspec import Struct

from kentongan.core.words import (
    AgentId,
    CallId,
    DeskKey,
    PartyFailure,
    PartyKey,
    PartyKind,
    PartyLeaver,
    Personal,
)


class InviteParty(Struct, frozen=True, kw_only=True, tag="call.invite_party"):
    """Ring somebody into the call: by directory key, by number, or another desk of the room.

    `blind`: the desk leaves while they are rung, as by `call.transfer`, in one step: however fast
    they are busy, the call is theirs or at the head of the queue.
    """

    call: CallId
    party: PartyKey
    kind: PartyKind
    contact: str | None = None
    number: Personal | None = None
    desk: DeskKey | None = None
    blind: bool = False


class JoinParty(Struct, frozen=True, kw_only=True, tag="call.join_party"):
    """They answered and are in the call. Of a desk the switch says who sits there."""

    call: CallId
    party: PartyKey
    agent: AgentId | None = None
    agent_name: str | None = None


class FailParty(Struct, frozen=True, kw_only=True, tag="call.fail_party"):
    """They did not come."""

    call: CallId
    party: PartyKey
    reason: PartyFailure


class DropParty(Struct, frozen=True, kw_only=True, tag="call.drop_party"):
    """They leave the call, or are no longer rung; from a person it counts as the desk's."""

    call: CallId
    party: PartyKey
    by: PartyLeaver = "desk"


class ReferParty(Struct, frozen=True, kw_only=True, tag="call.refer_party"):
    """A party's exchange puts another telephone in its place: that one, `to`, is rung, and when it
    has answered the party leaves."""

    call: CallId
    party: PartyKey
    to: PartyKey
    number: Personal


class HoldParty(Struct, frozen=True, kw_only=True, tag="call.hold_party"):
    """They neither hear nor are heard for a while."""

    call: CallId
    party: PartyKey


class ResumeParty(Struct, frozen=True, kw_only=True, tag="call.resume_party"):
    """They are back in the talk."""

    call: CallId
    party: PartyKey


class TransferCall(Struct, frozen=True, kw_only=True, tag="call.transfer"):
    """The desk leaves, caller and party talk on. `blind`: without waiting for their answer."""

    call: CallId
    party: PartyKey
    blind: bool = False


class PassCall(Struct, frozen=True, kw_only=True, tag="call.pass"):
    """The call is another desk's from now on; it has joined as a party before."""

    call: CallId
    desk: DeskKey


PartyCommand = (
    InviteParty
    | JoinParty
    | FailParty
    | DropParty
    | ReferParty
    | HoldParty
    | ResumeParty
    | TransferCall
    | PassCall
)
