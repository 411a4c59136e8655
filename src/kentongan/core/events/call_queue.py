"""What can happen to a call that waits."""

from msgspec import Struct

from kentongan.core.words import DeskKey, PartyKey, Personal, RingStage


class CallRung(Struct, frozen=True, kw_only=True, tag="call.rung"):
    """These desks ring for it now, and no others."""

    desks: tuple[DeskKey, ...]
    stage: RingStage


class OfferDeclined(Struct, frozen=True, kw_only=True, tag="call.offer_declined"):
    """A call-taker whose desk rang said no; it rings there no more."""

    desk: DeskKey
    reason: str
    reason_text: Personal | None = None


class CallRangOut(Struct, frozen=True, kw_only=True, tag="call.rang_out"):
    """Nobody answered at these desks."""

    desks: tuple[DeskKey, ...]
    waited_s: float


class CallOverflowed(Struct, frozen=True, kw_only=True, tag="call.overflowed"):
    """The neighbouring centre `to` is rung; in the call it is `party`."""

    to: str
    reason: str
    party: PartyKey


class CallerPrompted(Struct, frozen=True, kw_only=True, tag="call.prompted"):
    """The caller is to be asked to press a key or to tap.

    `to_be_heard`: it counts from `PromptHeard` on. Of old it counted at once.
    """

    prompt: str
    to_be_heard: bool = False


class PromptHeard(Struct, frozen=True, kw_only=True, tag="call.prompt_heard"):
    """The question sounds at the caller's from now on, or stands there to be read."""


class PromptCut(Struct, frozen=True, kw_only=True, tag="call.prompt_cut"):
    """The question was broken off, or was never heard; `again`: it is asked once more by itself.

    `reason`: cut_off, no_sound (the city has none that can be played), not_heard (no way to them).
    """

    reason: str
    again: bool = False


WaitingEvent = (
    CallRung
    | OfferDeclined
    | CallRangOut
    | CallOverflowed
    | CallerPrompted
    | PromptHeard
    | PromptCut
)
