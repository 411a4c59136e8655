"""The silent test: nobody is put away as a ghost call before they were asked aloud and listened to.

    answered, never asked                        refused silent_test_missing
    asked less than `LISTENED_FOR` ago           refused silent_test_runs
    a key was pressed, or a microphone tapped    refused caller_answered
    the caller wrote a line beside the voice     refused caller_wrote
    nobody ever answered, or the caller hung up  there is nobody left who could be asked

A caller who cannot speak sounds like a telephone in a pocket (CITY.md, section 12: "never close
before the check"). What was written or said counts as any other call and has its own disposition.

The test is asked again once it has been listened to: a restart may have cut its question off.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from kentongan.core.call_rows import CallRow
from kentongan.core.words import Refused

SILENT_TEST: Final = "tap_or_5"
"""The prompt that is the test: "press 5 or tap twice"."""

LISTENED_FOR: Final = timedelta(seconds=20)
"""From its first word: said in three languages it takes 16 s, and then the hand needs a moment."""


def must_be_silent(row: CallRow, at: datetime) -> None:
    """Refuse to call it a ghost call while nobody can know that it is one."""
    if row.keys:
        raise Refused("caller_answered", keys=row.keys)
    if row.has_written:
        raise Refused("caller_wrote")
    if row.answered_at is None or (row.ended_by == "caller" and not row.dropped):
        return
    if row.silent_test_at is None:
        raise Refused("silent_test_missing")
    left = _left(row.silent_test_at, row.ended_at or at)
    if left > timedelta(0):
        raise Refused("silent_test_runs", seconds=str(ceil(left.total_seconds())))


def is_listened_to(row: CallRow, at: datetime) -> bool:
    """Whether the question of the last test has been asked and its answer waited for, in vain or
    not: then there is something to ask again."""
    return row.silent_test_at is not None and _left(row.silent_test_at, at) <= timedelta(0)


def _left(asked_at: datetime, at: datetime) -> timedelta:
    """How long is still to be listened; zero or less when it was long enough."""
    return asked_at + LISTENED_FOR - at
