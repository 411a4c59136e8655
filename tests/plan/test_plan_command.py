"""The plan of a centre out of its own record."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kentongan.app.ports import Draft
from kentongan.core.events import AnyEvent, CallAnswered, CallEnded, CallOffered
from kentongan.core.words import CommandId, DeskKey
from kentongan.main import main
from kentongan.plan.forecast import NotEnoughError
from kentongan.serve.plan_backtest import tried
from kentongan.serve.planning import HANDLING_S, plan
from kentongan.store.memory import MemoryStore

ZONE = ZoneInfo("Asia/Jakarta")
MONDAY = datetime(2026, 11, 23, tzinfo=ZONE)


def _append(store: MemoryStore, stream: str, at: datetime, version: int, event: AnyEvent) -> None:
    with store.transaction() as transaction:
        transaction.append(
            Draft(
                stream=stream,
                expected_version=version,
                events=(event,),
                command=CommandId(f"{stream} {version}"),
                agent="switch",
                agent_name="Switch",
                at=at,
                recorded_at=at,
                because=None,
            )
        )


def _call(store: MemoryStore, number: int, at: datetime, seconds: float) -> None:
    stream = f"call:c{number}"
    _append(store, stream, at, 0, CallOffered(line="112", dialled="112", trunk="t"))
    answered = CallAnswered(desk=DeskKey("desk_1"), agent="r", agent_name="Rina")
    _append(store, stream, at + timedelta(seconds=5), 1, answered)
    _append(store, stream, at + timedelta(seconds=5 + seconds), 2, CallEnded(by="caller"))


def test_hours_ahead_follow_the_hours_of_the_week() -> None:
    """Two weeks with 40 calls at noon and none else: noon needs desks, the night has two."""
    store = MemoryStore(lambda: b"s" * 16)
    for day in range(14):
        noon = MONDAY - timedelta(days=14 - day) + timedelta(hours=12)
        for n in range(40):
            _call(store, day * 100 + n, noon + timedelta(seconds=80 * n), 150)
    found = plan(store, ZONE, MONDAY.astimezone(UTC), 1, training=False)
    by_hour = {one.hour[-5:]: one for one in found.hours}
    assert found.hours[0].hour == "2026-11-23 01.00"
    assert (found.handling_s, found.measured_handling) == (180, True)
    assert by_hour["12.00"].expected == pytest.approx(40)
    assert by_hour["12.00"].busy >= 48
    assert by_hour["12.00"].desks >= 6
    assert by_hour["12.00"].answered_15 >= 0.9
    assert by_hour["03.00"].desks == 2
    assert sum(one.expected for one in found.hours) == pytest.approx(40, abs=0.5)


def test_training_is_another_record_and_without_calls_there_is_no_plan() -> None:
    """Neither is taken for the other; an assumed handling time is said to be one."""
    store = MemoryStore(lambda: b"s" * 16)
    _call(store, 1, MONDAY - timedelta(hours=5), 60)
    found = plan(store, ZONE, MONDAY.astimezone(UTC), 1, training=False)
    assert (found.handling_s, found.measured_handling) == (HANDLING_S, False)
    with pytest.raises(NotEnoughError, match="no call was ever recorded"):
        plan(store, ZONE, MONDAY.astimezone(UTC), 1, training=True)


def test_days_beyond_four_weeks_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """What was never measured is not offered."""
    assert main(["plan", "--days", "29"]) == 2
    assert "--days: 1 to 28" in capsys.readouterr().err


def test_the_forecast_is_tried_on_the_record() -> None:
    """Fourteen weeks of forty calls at noon: known to the hour, and the desks were enough."""
    store = MemoryStore(lambda: b"s" * 16)
    for day in range(14 * 7):
        noon = MONDAY - timedelta(days=14 * 7 - day) + timedelta(hours=12)
        for n in range(10):
            _call(store, day * 100 + n, noon + timedelta(seconds=80 * n), 150)
    now = MONDAY.astimezone(UTC)
    found = tried(store, ZONE, now, days=14, origins=5, training=False)
    assert (found.origins, found.days_ahead) == (2, 14)
    assert found.models[0].wape == pytest.approx(0.0, abs=0.05)
    assert (found.models[0].within_p90, found.desks_enough) == (1.0, 1.0)
    assert found.spare_desks >= 0
    with pytest.raises(NotEnoughError, match="no call was ever"):
        tried(store, ZONE, now, days=28, origins=1, training=True)


def test_a_back_test_that_cannot_be_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """No origins, and months ahead."""
    for wrong in (["--origins", "0"], ["--days", "60"]):
        assert main(["plan", "back-test", *wrong]) == 2
        assert "--origins: 1 to 60" in capsys.readouterr().err
