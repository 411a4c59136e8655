"""What callers were promised is looked after by the web process: a slip is told anew, once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from test_web_recommendation import Roads, asked_of, journey
from web_room import Person, Room, until

from kentongan.core.rows import Assignment, IncidentRow, ReportRow
from kentongan.core.untold import is_untold
from kentongan.edge.web import promise_watch

AMBULANCES = tuple(f"AMB0{number}" for number in range(1, 7))


@pytest.fixture
def roads() -> Roads:
    """Every ambulance needs 400 to 600 s, wherever it stands."""
    roads = Roads()
    roads.said = {unit: journey(unit, 400) for unit in AMBULANCES}
    return roads


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each round that is over."""
    found: list[int] = []
    look = promise_watch.PromiseWatch.look

    async def counted(self: promise_watch.PromiseWatch) -> None:
        await look(self)
        found.append(len(found))

    monkeypatch.setattr(promise_watch.PromiseWatch, "look", counted)
    return found


async def takes(_number: str, _words: str) -> bool:
    """A gateway that takes every message."""
    return True


@pytest.fixture
def own(
    tmp_path: Path, roads: Roads, rounds: list[int], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Room]:
    """A room of its own with these roads, in which promises are looked at all the time."""
    monkeypatch.setattr(promise_watch, "LOOK_EVERY_S", 0.05)
    room = Room(tmp_path)
    room.given = structs.replace(room.given, geography=roads, text_out=takes)
    room.start()
    try:
        yield room
    finally:
        room.close()


def is_heard_of(own: Room, work: Assignment) -> bool:
    """Whether the reporter knows the promise that counts now; once, from the link."""
    report = own.parts.live.held.find("report", "r-slips")
    assert isinstance(report, ReportRow)
    known = [(one.reason, one.promise) for one in report.settled]
    assert known == ([] if is_untold(report, work) else [("seen", work.promise)])
    return bool(known)


def looks_twice(own: Room, url: str) -> dict[str, Any]:
    """What the page behind the link says to who looks again and again."""
    body, headers = {"secret": url.partition("#")[2]}, {"Origin": own.url}
    client = own.browser().client
    seen = [client.post("/api/citizen/follow/state", json=body, headers=headers) for _ in range(2)]
    return seen[-1].json()


def reads_the_link(own: Room, url: str, said: dict[str, str], revised: Assignment) -> None:
    """The page says both ranges, and from then on the reporter has heard of the later one."""
    assert not is_heard_of(own, revised)
    seen = looks_twice(own, url)
    assert seen["was_to"] == said["arrive_to"] < seen["arrive_to"]
    until(lambda: is_heard_of(own, revised))


def sends_the_link(own: Room, budi: Person, work: Assignment) -> None:
    """What the page behind it shows need not be read out any more."""
    assert budi.post("/api/reports/r-slips/follow-link", {"send": True}).json()["sent"]

    def is_settled() -> bool:
        report = own.parts.live.held.find("report", "r-slips")
        assert isinstance(report, ReportRow)
        return report.settled[-1].reason == "link_sent" and not is_untold(report, work)

    until(is_settled)


def test_a_promise_that_slips_is_told_anew_by_the_centre_itself(
    own: Room, rounds: list[int]
) -> None:
    """The unit stands in a queue: a later range, in the centre's name, once in two minutes; the
    first one stays beside it, in the row and in the reporter's link."""
    budi = own.person("budi")
    for unit in AMBULANCES:
        budi.done("unit.start_duty", unit=unit)
    own.incident(own.person("rina"), "slips", "MED-02", number="081303131148")
    gateway = own.person("gateway")

    def stands_still(minutes: float) -> None:
        own.clock.ahead = timedelta(minutes=minutes)
        fix = {"point": {"lat": -7.03, "lon": 110.45}, "at": own.clock().isoformat()}
        body = {"fixes": [{"unit": unit, "fix": fix} for unit in AMBULANCES]}
        assert gateway.post("/api/positions", body).json() == {"taken": 6}

    def work() -> Assignment:
        row = own.parts.live.held.find("incident", "i-slips")
        assert isinstance(row, IncidentRow)
        return row.assignments[-1]

    def stands_until(minutes: float, revisions: int) -> None:
        """Heard of again and again, as a receiver reports: one position alone is not believed."""

        def is_told() -> bool:
            stands_still(minutes)
            return work().revisions == revisions

        until(is_told)

    def wait_a_round() -> None:
        seen = len(rounds)
        until(lambda: len(rounds) > seen)

    stands_still(0)
    first = asked_of(budi, "slips")["candidates"][0]
    unit, said = first["unit"], first["promise"]
    budi.done("assignment.assign", incident="i-slips", unit=unit, agency="dinkes", promise=said)
    told = {"report": "r-slips", "incident": "i-slips", "unit": unit}
    budi.done("report.tell_caller", **told, promise=said)
    for step in ("accepted", "departed"):
        budi.done("assignment.progress", incident="i-slips", unit=unit, progress=step)
    url = budi.post("/api/reports/r-slips/follow-link", {}).json()["url"]
    stands_until(5, 1)
    for _ in range(10):  # later again by more than a minute, and too soon to say so
        stands_still(6.5)
        wait_a_round()
    assert work().revisions == 1
    stands_until(7.5, 2)
    revised = work()
    assert revised.promise is not None
    assert revised.first_promise is not None
    assert revised.revised_at is not None
    assert revised.promise.arrive_to > revised.first_promise.arrive_to + timedelta(minutes=4)
    reads_the_link(own, url, said, revised)
    lines = budi.get("/api/incidents/i-slips/timeline").json()
    told = [one for one in lines if one["kind"] == "assignment.arrival_promised"]
    assert [one["agent_name"] for one in told][-2:] == ["Kentongan", "Kentongan"]
    stands_until(10, 3)
    sends_the_link(own, budi, work())


def test_who_was_sent_without_a_promise_gets_one_when_a_road_is_known(
    own: Room, rounds: list[int]
) -> None:
    """The roads answer only later, from the unit's own positions: the first promise, once, by the
    centre, and no revision."""
    budi = own.person("budi")
    budi.done("unit.start_duty", unit="AMB01")
    own.incident(own.person("rina"), "bare", "MED-02")
    gateway = own.person("gateway")
    budi.done("assignment.assign", incident="i-bare", unit="AMB01", agency="dinkes")

    def work() -> Assignment:
        row = own.parts.live.held.find("incident", "i-bare")
        assert isinstance(row, IncidentRow)
        return row.assignments[-1]

    seen = len(rounds)
    until(lambda: len(rounds) > seen + 2)
    assert work().promise is None, "nobody knows where it is"

    def is_promised() -> bool:
        fix = {"point": {"lat": -7.03, "lon": 110.45}, "at": own.clock().isoformat()}
        assert gateway.post("/api/positions", {"fixes": [{"unit": "AMB01", "fix": fix}]})
        return work().promise is not None

    until(is_promised)
    seen = len(rounds)
    until(lambda: len(rounds) > seen + 2)
    assert (work().revisions, work().first_promise) == (0, None)
    told_at = work().revised_at
    assert told_at is not None
    lines = budi.get("/api/incidents/i-bare/timeline").json()
    told = [one for one in lines if one["kind"] == "assignment.arrival_promised"]
    assert [one["agent_name"] for one in told] == ["Kentongan"]
