"""Commands to a desk: a workplace, and who is on duty at it."""

from msgspec import Struct

from kentongan.core.words import DeskKey


class StartDuty(Struct, frozen=True, kw_only=True, tag="desk.start_duty"):
    """The agent starts work at a desk; the click that unlocks the sound."""

    desk: DeskKey
    headset_checked: bool = False


class EndDuty(Struct, frozen=True, kw_only=True, tag="desk.end_duty"):
    """The agent leaves the desk."""

    desk: DeskKey


class PauseDuty(Struct, frozen=True, kw_only=True, tag="desk.pause"):
    """A break, with its reason."""

    desk: DeskKey
    reason: str


class ResumeDuty(Struct, frozen=True, kw_only=True, tag="desk.resume"):
    """Back from the break."""

    desk: DeskKey


DeskCommand = StartDuty | EndDuty | PauseDuty | ResumeDuty
