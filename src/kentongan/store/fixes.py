"""Which of two positions of a unit is the later one. Pure."""

from datetime import datetime

from kentongan.app.ports import UnitFix


def replaces(new: UnitFix, kept_at: datetime) -> bool:
    """Whether the new fix takes the place of the one measured at `kept_at`.

    The later measurement wins, whatever the order of arrival (a phone that was offline sends old
    positions late). A kept one from the future, by a wrong device clock, must not block for ever.
    """
    return new.fix.at >= kept_at or kept_at > new.received_at
