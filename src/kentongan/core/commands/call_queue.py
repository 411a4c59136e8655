"""Commands to a call that waits: who is rung for it, and what becomes of that."""

from msgspec import Struct

from kentongan.core.words import CallId, DeskKey, PartyKey, RingStage


class RingDesks(Struct, frozen=True, kw_only=True, tag="call.ring_desks"):
    """These desks ring for the caller now; whoever rang before and is not named rings no more."""

    call: CallId
    desks: tuple[DeskKey, ...]
    stage: RingStage


class DeclineOffer(Struct, frozen=True, kw_only=True, tag="call.decline"):
    """The call-taker of a desk that rings says "not me"."""

    call: CallId
    desk: DeskKey
    reason: str


class RingOut(Struct, frozen=True, kw_only=True, tag="call.ring_out"):
    """These desks rang so many seconds and nobody there answered."""

    call: CallId
    desks: tuple[DeskKey, ...]
    waited_s: float


class OverflowCall(Struct, frozen=True, kw_only=True, tag="call.overflow"):
    """Nobody here answers: the neighbouring centre is asked to, by its key in the city pack.

    `party` is how the neighbour is named in the call; without it the next free name is taken.
    """

    call: CallId
    to: str
    reason: str
    party: PartyKey | None = None


class PromptCaller(Struct, frozen=True, kw_only=True, tag="call.prompt"):
    """Ask a caller who cannot speak to press 5 or to tap twice."""

    call: CallId
    prompt: str = "tap_or_5"


class ConfirmPrompt(Struct, frozen=True, kw_only=True, tag="call.confirm_prompt"):
    """The switch says that the caller hears the question from now on, or has it to read."""

    call: CallId


class CutPrompt(Struct, frozen=True, kw_only=True, tag="call.cut_prompt"):
    """The switch says that the question was not heard to its end; see `PromptCut`."""

    call: CallId
    reason: str
    again: bool = False


WaitingCommand = (
    RingDesks | DeclineOffer | RingOut | OverflowCall | PromptCaller | ConfirmPrompt | CutPrompt
)
