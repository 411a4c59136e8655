"""What is known of a waiting caller's number: repeats, returns, suspicion and its end."""

from datetime import UTC, datetime, timedelta

import pytest

from kentongan.core.call_rows import CallRow
from kentongan.core.queue import Standing
from kentongan.core.standing import standing_of
from kentongan.core.words import CallId, Disposition

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
WAITING = CallRow(key=CallId("now"), state="queued", line="112", ring_at=NOW)


def earlier(key: str, minutes: float, **fields: object) -> CallRow:
    given = {"state": "ended", "line": "112", "open": False, **fields}
    return CallRow(
        key=CallId(key),
        ring_at=NOW - timedelta(minutes=minutes),
        **given,  # pyright: ignore[reportArgumentType]
    )


def test_a_number_nobody_knows_has_no_standing() -> None:
    """Also when the only call is the one that waits."""
    assert standing_of(WAITING, [WAITING], {WAITING.key}, NOW) == Standing()


def test_a_repeat_caller_of_an_open_incident() -> None:
    """By the earlier call's incident, however long ago it rang."""
    calls = [WAITING, earlier("old", 300)]
    assert standing_of(WAITING, calls, {CallId("old")}, NOW).repeat_of_p1
    assert not standing_of(WAITING, calls, set(), NOW).repeat_of_p1


@pytest.mark.parametrize(
    ("minutes", "fields", "returning"),
    [
        (5, {"state": "abandoned", "open": True}, True),
        (5, {"dropped": True, "open": True}, True),
        (31, {"state": "abandoned", "open": True}, False),
        (5, {"state": "abandoned", "open": False}, False),
        (5, {"open": True}, False),
    ],
)
def test_who_was_dropped_and_rings_again(
    minutes: float, fields: dict[str, object], returning: bool
) -> None:
    """As long as nobody has settled it, and not for ever."""
    assert standing_of(WAITING, [earlier("x", minutes, **fields)], (), NOW).returning is returning


def test_suspicion_and_its_end() -> None:
    """Three pranks in a day make a suspicion; one call that was meant clears it; so does time."""
    pranks = [earlier(f"p{n}", 60 * n, disposition=Disposition.PRANK) for n in range(1, 4)]
    assert standing_of(WAITING, pranks, (), NOW).nuisance
    assert not standing_of(WAITING, pranks[:2], (), NOW).nuisance
    meant = earlier("m", 10, disposition=Disposition.INCIDENT)
    assert not standing_of(WAITING, [*pranks, meant], (), NOW).nuisance
    later = WAITING.ring_at + timedelta(hours=25)
    assert not standing_of(WAITING, pranks, (), later).nuisance
