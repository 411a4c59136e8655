"""Days on which a city lives otherwise: public holidays, collective leave, fasting, the feast.

They are data of each year, as the joint decree of the ministers sets them: forecasts use what is
listed here and know nothing of any calendar.
"""

from datetime import date
from enum import StrEnum

from kentongan.cities.facts import Fact, Text


class HolidayKind(StrEnum):
    """A public holiday, collective leave, the fasting month, or the feast with its journeys."""

    NATIONAL = "national"
    LEAVE = "leave"
    FASTING = "fasting"
    FEAST = "feast"


class Holiday(Fact, frozen=True, kw_only=True):
    """A day, or the days from `day` until `until`, that one counted too; dates as 2026-03-21."""

    key: str
    day: str
    kind: HolidayKind
    name: Text
    until: str = ""

    @property
    def first(self) -> date:
        """Its first day; `ValueError` when `day` is no date."""
        return date_of(self.day)

    @property
    def last(self) -> date:
        """Its last day; `ValueError` when `until` is no date."""
        return date_of(self.until) if self.until else self.first


def date_of(text: str) -> date:
    """The day that is written so; `ValueError` when it is none."""
    found = date.fromisoformat(text)
    if found.isoformat() != text:  # weeks and dates without hyphens are read by Python alone
        raise ValueError(text)
    return found
