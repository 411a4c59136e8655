"""The store is away: who is signed in stays, calls ring, nothing is lost, and it comes back."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from web_room import Room, text_of, until
from web_switch import FakeSwitch

from kentongan.app.ports import Unavailable
from kentongan.app.worker import BEAT
from kentongan.core.call_rows import CallRow
from kentongan.core.commands import AttachReport, EndCall, OfferCall, QueueCall
from kentongan.core.queue import Standing
from kentongan.core.words import CallId, IncidentId, ReportId, personal
from kentongan.edge.web.presence import Presence
from kentongan.store.open import open_store


class Cable:
    """Between the server and its store; a test pulls it."""

    def __init__(self) -> None:
        self.is_out = False

    def check(self) -> None:
        if self.is_out:
            raise Unavailable("store")


class Behind:
    """A store, or a part of one, behind the cable."""

    def __init__(self, inner: Any, cable: Cable) -> None:
        self._inner = inner
        self._cable = cable

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "close":
            return found
        self._cable.check()
        if not callable(found):
            return Behind(found, self._cable)

        def call(*arguments: Any, **named: Any) -> Any:
            self._cable.check()
            return found(*arguments, **named)

        return call


@pytest.fixture
def cable() -> Cable:
    return Cable()


@pytest.fixture
def room(tmp_path: Path, cable: Cable) -> Iterator[Room]:
    """A room whose store can be pulled out."""
    room = Room(tmp_path)
    room.given = structs.replace(
        room.given, open_store=lambda: Behind(open_store(room.store_url), cable)
    )
    room.start()
    yield room
    cable.is_out = False
    room.close()


def test_who_is_signed_in_stays_and_is_told(room: Room, cable: Cable) -> None:
    """Commands are refused with words, the session holds, the heartbeat goes on."""
    rina = room.person("rina")
    with rina.screen() as screen:
        screen.frame()
        cable.is_out = True
        until(lambda: rina.get("/api/health").json()["store_away_s"] is not None)
        response = rina.command("incident.open", incident="i-away")
        assert (response.status_code, response.json()["reason"]) == (503, "store_away")
        assert response.json()["outcome"] == "unavailable"
        assert "Telepon tetap jalan" in response.json()["message"]["id"]
        assert rina.get("/api/session").status_code == 200
        for _ in range(3):
            assert screen.until(lambda frame: frame["k"] == "positions")


def test_it_comes_back_and_nothing_was_skipped(room: Room, cable: Cable) -> None:
    """What others wrote meanwhile arrives, and the same command goes through."""
    rina = room.person("rina")
    with rina.screen() as screen:
        seq = screen.frame()["seq"]
        cable.is_out = True
        until(lambda: room.parts.live.store_away_since is not None)
        asked = {"id": "sent-while-away", "command": {"type": "report.open", "report": "r-away"}}
        assert rina.post("/api/commands", asked).status_code == 503
        cable.is_out = False
        until(lambda: rina.post("/api/commands", asked).status_code == 200)
        frame = screen.until(lambda frame: frame["k"] == "rows")
        assert frame["previous"] == seq
        assert [row["key"] for row in frame["rows"]] == ["r-away"]


def test_a_stranger_cannot_sign_in_meanwhile(room: Room, cable: Cable) -> None:
    """503, not 401: the password may be right."""
    cable.is_out = True
    assert room.sign_in(room.browser(), "rina").json()["reason"] == "store_away"


def _is_of(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["k"] == "calls" and frame["rows"][0]["kind"] == kind


def test_calls_ring_without_the_store(room: Room, cable: Cable, switch: FakeSwitch) -> None:
    """The switch's own word reaches the room with the number; an officer gets nothing."""
    rina, officer = room.person("rina").sit("desk_1"), room.person("dinkes")
    ring = {"kind": "call", "key": "c-9", "state": "queued", "line": "112", "open": True}
    row = {
        **ring,
        "ring_at": datetime.now(UTC).isoformat(),
        "number": {"sealed": "personal", "text": "081303131148"},
    }
    with rina.screen() as hers, officer.screen() as theirs:
        hers.frame()
        theirs.frame()
        switch.push({"event": "call", "call": "c-9", "state": "queued", "row": row})
        cable.is_out = True
        first = hers.until(_is_of("call"))["rows"][0]
        assert (first["key"], first["number"]) == ("c-9", {"text": "081303131148"})
        switch.push({"event": "call", "call": "c-9", "row": {**row, "state": "answered"}})
        second = hers.until(_is_of("call"))["rows"][0]
        assert second["state"] == "answered"
        switch.answer = lambda _asked: {"events": ["call.answered"]}
        assert rina.command("call.answer", call="c-9", desk="desk_1").status_code == 200
        kinds = {theirs.frame()["k"] for _ in range(3)}
    assert "calls" not in kinds


def test_a_caller_who_gave_up_is_shown_and_rung_back_without_the_store(
    room: Room, cable: Cable, switch: FakeSwitch
) -> None:
    """At once, with the number; nobody is chosen for it, and any desk rings back with one key."""
    rina = room.person("rina").sit("desk_1")
    row = {
        "kind": "call", "key": "c-8", "state": "abandoned", "line": "112", "open": True,
        "ring_at": datetime.now(UTC).isoformat(), "ended_at": datetime.now(UTC).isoformat(),
        "number": {"sealed": "personal", "text": "081303131148"},
    }  # fmt: skip
    with rina.screen() as hers:
        hers.frame()
        cable.is_out = True
        until(lambda: room.parts.live.store_away_since is not None)
        switch.push({"event": "call", "call": "c-8", "row": row})
        shown = hers.until(_is_of("call"))["rows"][0]
        assert (shown["state"], shown["number"]) == ("abandoned", {"text": "081303131148"})
        switch.answer = lambda _asked: {"events": ["call.placed"]}
        asked = {"call": "back-8", "of": "c-8", "desk": "desk_1", "line": "112", "trunk": ""}
        number = text_of("081303131148")
        back = rina.command("call.call_back", number=number, **asked)
        assert back.status_code == 200, back.text
        assert switch.asked[-1]["envelope"]["command"]["of"] == "c-8"


def test_lines_are_kept_on_without_the_store(room: Room, cable: Cable, switch: FakeSwitch) -> None:
    """For the numbers that were known before, and for who is cut off meanwhile."""
    number = personal("0811")
    offer = OfferCall(call=CallId("c-1"), line="112", dialled="112", trunk="t", number=number)
    room.system(offer)
    rina = room.person("rina").sit("desk_1")
    rina.done("report.open", report="r-1", channel="call", call="c-1")
    rina.done("report.take_complaint", report="r-1", words=text_of("kebakaran"))
    rina.done("incident.open", incident="i-1", report="r-1")
    room.system(AttachReport(report=ReportId("r-1"), incident=IncidentId("i-1")))
    rina.done("incident.classify", incident="i-1", nature="KBK-01")

    def awaited() -> list[str]:
        said = [one for one in switch.asked if one["do"] == "present"]
        return said[-1]["awaited"] if said else []

    until(lambda: awaited() == ["0811"])
    cable.is_out = True
    until(lambda: room.parts.live.store_away_since is not None)
    now = datetime.now(UTC).isoformat()
    row = {
        "kind": "call", "key": "c-7", "state": "ended", "line": "112", "open": True,
        "ring_at": now, "answered_at": now, "ended_at": now, "dropped": True,
        "number": {"sealed": "personal", "text": "0822"},
    }  # fmt: skip
    switch.push({"event": "call", "call": "c-7", "row": row})
    until(lambda: sorted(awaited()) == ["0811", "0822"])


def test_who_goes_first_in_the_queue_does_so_without_the_store(
    room: Room, cable: Cable, switch: FakeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was known of who waits goes on."""
    looked: list[list[CallId]] = []
    look = Presence._find_standings

    async def find(presence: Presence, waiting: list[CallRow]) -> dict[CallId, Standing]:
        found = await look(presence, waiting)
        looked.append([row.key for row in waiting])
        return found

    monkeypatch.setattr(Presence, "_find_standings", find)
    for call in ("p-1", "p-2", "p-3", "p-4"):
        number = personal("0811")
        room.system(
            OfferCall(call=CallId(call), line="112", dialled="112", trunk="t", number=number)
        )
        room.system(QueueCall(call=CallId(call)))
        if call != "p-4":
            room.system(EndCall(call=CallId(call), by="caller"))
            sari = room.person("sari")
            sari.done("call.dispose", call=call, disposition="prank")

    def standings() -> dict[str, Any]:
        said = [one for one in switch.asked if one["do"] == "present"]
        return said[-1]["standings"] if said else {}

    until(lambda: "p-4" in standings())
    known = standings()
    cable.is_out = True
    until(lambda: room.parts.live.store_away_since is not None)
    looks = len(looked)
    until(lambda: len(looked) > looks)
    said = len(switch.asked)
    until(lambda: "present" in [one["do"] for one in switch.asked[said:]])
    assert standings() == known


def test_positions_wait_and_are_written_later(room: Room, cable: Cable) -> None:
    """The latest of each unit is kept while the store is away."""
    gateway = room.person("gateway")
    cable.is_out = True
    fix = {"point": {"lat": -6.98, "lon": 110.4}, "at": "2026-01-01T00:00:00Z"}
    body = {"fixes": [{"unit": "AMB01", "fix": fix}]}
    assert gateway.post("/api/positions", body).json() == {"taken": 1}
    cable.is_out = False
    until(lambda: [fix.unit for fix in room.store.fixes()] == ["AMB01"])


def test_what_no_disk_takes_is_an_alarm_and_its_calls_are_shown(
    room: Room, switch: FakeSwitch
) -> None:
    """The store reads well, so only the switch knows: at once, also on a screen that begins then;
    loud for who is in charge, silent for who talks, and gone when all is being written again."""
    rina, boss, officer = (room.person(name) for name in ("rina", "sari", "dinkes"))
    row = {
        "kind": "call", "key": "c-7", "state": "queued", "line": "112", "open": True,
        "ring_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    behind = {"event": "unrecorded", "is_behind": True}
    with rina.screen() as hers, boss.screen() as his, officer.screen() as theirs:
        for screen in (hers, his, theirs):
            screen.frame()
        switch.push({"event": "call", "call": "c-7", "row": row})
        switch.push(behind)
        for screen, grade in ((hers, "medium"), (his, "critical")):
            alarm = screen.until(_is_of("alarm"))["rows"][0]
            assert (alarm["about"], alarm["grade"]) == ("unrecorded", grade)
            assert screen.until(_is_of("call"))["rows"][0]["key"] == "c-7"
        switch.push(
            {"event": "call", "call": "c-7", "row": {**row, "state": "ended", "open": False}}
        )
        assert hers.until(_is_of("call"))["rows"][0]["state"] == "ended"
        switch.push(behind)
        with room.person("rina").screen() as late:
            assert late.until(_is_of("alarm"))["rows"][0]["about"] == "unrecorded"
            assert late.until(_is_of("call"))["rows"][0]["state"] == "ended"
        gone = hers.until(lambda frame: _is_of("alarm")(frame) and "gone" in frame["rows"][0])
        assert gone["rows"][0]["key"] == "unrecorded"
        switch.push({"event": "unrecorded", "is_behind": False})
        alarm = his.until(lambda frame: _is_of("alarm")(frame) and "grade" in frame["rows"][0])
        assert alarm["rows"][0]["grade"] == "medium"
        kinds = {theirs.frame()["k"] for _ in range(3)}
    assert "calls" not in kinds


def test_a_worker_that_stands_still_is_an_alarm_until_it_comes_round(room: Room) -> None:
    """No alarm of its own can say so; who begins meanwhile is told, an officer is not."""

    def beat(ago_s: int) -> None:
        with room.store.transaction() as transaction:
            transaction.set_cursor(BEAT, int(time.time()) - ago_s)

    rina, officer = room.person("rina"), room.person("dinkes")
    with rina.screen() as hers, officer.screen() as theirs:
        beat(60)
        alarm = hers.until(_is_of("alarm"))["rows"][0]
        assert (alarm["about"], alarm["alarm_kind"]) == ("work_still", "system")
        with room.person("rina").screen() as late:
            assert late.until(_is_of("alarm"))["rows"][0]["about"] == "work_still"
        beat(0)
        gone = hers.until(lambda frame: _is_of("alarm")(frame) and "gone" in frame["rows"][0])
        assert gone["rows"][0]["key"] == "work_still"
        assert "calls" not in {theirs.frame()["k"] for _ in range(3)}
