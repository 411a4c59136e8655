"""What must hold of the holidays of a pack: real days, in order, not too many."""

from datetime import date, timedelta
from typing import Final

from kentongan.cities.calendar import date_of
from kentongan.cities.findings import Findings, listed

PART: Final = "city"

DAYS_MAX: Final = 45
"""Of one entry: the fasting month and its feast; a longer one has a wrong year in it."""

HOLIDAYS_MAX: Final = 2_000
"""Entries: some fifty years of them."""


def check_calendar(findings: Findings) -> None:
    """Note every holiday that is no day, ends before it begins or lasts too long."""
    found = findings.read.city.holidays
    findings.unique(PART, listed("holidays", (one.key for one in found)))
    if len(found) > HOLIDAYS_MAX:
        findings.miss(PART, ("holidays",), f"more than {HOLIDAYS_MAX} entries")
    for n, one in enumerate(found):
        days = [_checked(findings, n, "day", one.day)]
        days += [_checked(findings, n, "until", one.until)] if one.until else []
        if None in days:
            continue
        if not timedelta() <= one.last - one.first < timedelta(days=DAYS_MAX):
            findings.miss(PART, ("holidays", n, "until"), f"must be at most {DAYS_MAX} days on")


def _checked(findings: Findings, n: int, field: str, text: str) -> date | None:
    try:
        return date_of(text)
    except ValueError:
        words = f"must be a date such as 2026-03-21, is {text[:40]!r}"
        findings.miss(PART, ("holidays", n, field), words)
        return None
