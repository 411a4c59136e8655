"""The live picture over the WebSocket: nothing lost, nothing doubled, nobody slowed down."""

import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from web_room import Person, Room, Screen, rows_of, until
from websockets.exceptions import ConnectionClosed

from kentongan.core.commands import RegisterAgency
from kentongan.core.rows import ReportRow
from kentongan.core.words import AgencyKey
from kentongan.edge.web.fences import SESSION_COOKIE

Rows = dict[tuple[str, str], dict[str, Any]]


def applied(rows: Rows, frames: list[dict[str, Any]]) -> Rows:
    """What a page does with frames: replace, or assign row by row."""
    for frame in frames:
        if frame["k"] == "snapshot":
            rows = {}
        for row in frame.get("rows", ()):
            place = (row["kind"], row["key"])
            if row.get("gone"):
                rows.pop(place, None)
            else:
                rows[place] = row
    return rows


def test_a_screen_begins_with_a_snapshot_and_follows(hall: Room) -> None:
    """Row frames say which number they follow; personal text is opened for the room."""
    rina = hall.person("rina")
    with rina.screen() as screen:
        snapshot = screen.frame()
        assert snapshot["k"] == "snapshot"
        assert snapshot["me"]["id"] == "agent-rina"
        assert {row["kind"] for row in snapshot["rows"]} >= {"agency", "unit"}
        hall.report(rina, "follow", name="Sri Wahyuni", number="081303131148")
        frames = screen.until_seq(hall.store.last_position())
    previous = snapshot["seq"]
    for frame in frames:
        assert frame["previous"] == previous
        previous = frame["seq"]
    report = [row for row in rows_of(frames) if row["key"] == "r-follow"][-1]
    assert report["name"] == {"text": "Sri Wahyuni"}
    assert report["number"] == {"text": "081303131148"}
    assert report["position"] <= previous


def test_resuming_brings_exactly_what_was_missed(hall: Room) -> None:
    """A page that lost its line ends with the same rows as a page that never did."""
    rina = hall.person("rina")
    with rina.screen() as steady, rina.screen() as shaky:
        rows = applied({}, [steady.frame()])
        lost = applied({}, [shaky.frame()])
        hall.report(rina, "seen")
        middle = hall.store.last_position()
        rows = applied(rows, steady.until_seq(middle))
        lost = applied(lost, shaky.until_seq(middle))
        shaky.close()
        hall.report(rina, "missed")
        last = hall.store.last_position()
        rows = applied(rows, steady.until_seq(last))
    with rina.screen(since=middle) as again:
        resumed = again.frame()
        assert resumed["k"] == "resume"
        keys = {row["key"] for row in resumed["rows"]}
        assert "r-missed" in keys
        assert "r-seen" not in keys
        lost = applied(lost, [resumed])
        assert resumed["seq"] == last
    assert lost == rows


def test_nothing_missed_is_an_empty_resume(hall: Room) -> None:
    """Asking from the newest number brings no row."""
    with hall.person("rina").screen(since=hall.store.last_position()) as screen:
        frame = screen.frame()
    assert (frame["k"], frame["rows"]) == ("resume", [])


@pytest.mark.parametrize("since", [0, 1, -5, 10**9, 10**30])
def test_a_number_we_cannot_serve_brings_a_snapshot(hall: Room, since: int) -> None:
    """Too old, from another database, or nonsense: everything anew."""
    with hall.person("rina").screen(since=since) as screen:
        assert screen.frame()["k"] == "snapshot"


def test_a_restarted_server_serves_the_same_rows(room: Room) -> None:
    """The web process holds nothing: after a restart a page gets what it had."""
    rina = room.person("rina")
    room.report(rina, "kept")
    with rina.screen() as screen:
        before = applied({}, [screen.frame()])
    room.stop()
    room.start()
    cookie = rina.client.cookies[SESSION_COOKIE]
    with Screen(room, cookie, since=room.store.last_position()) as screen:
        frame = screen.frame()
        rows = applied(dict(before), [frame])
    assert rows == before


def test_changes_of_another_process_arrive(hall: Room) -> None:
    """Whoever writes to the store: the doorbell rings here too."""
    with hall.person("budi").screen() as screen:
        screen.frame()
        key = AgencyKey("dinkes")
        facts = {"name": "Dinas Kesehatan", "kind": "medical", "mode": "units"}
        hall.system(RegisterAgency(agency=key, short="DKK baru", **facts))
        rows = list(rows_of(screen.until_seq(hall.store.last_position())))
    assert [row["short"] for row in rows if row["key"] == "dinkes"] == ["DKK baru"]


def test_the_heartbeat_comes_each_second_with_the_number(hall: Room) -> None:
    """Also when nothing moves."""
    with hall.person("rina").screen() as screen:
        seq = screen.frame()["seq"]
        beats = [screen.until(lambda frame: frame["k"] == "positions") for _ in range(2)]
    times = [datetime.fromisoformat(beat["at"]) for beat in beats]
    assert [beat["seq"] for beat in beats] == [seq, seq]
    assert timedelta(seconds=0.5) < times[1] - times[0] < timedelta(seconds=3)


def test_positions_reach_who_sees_the_unit(hall: Room) -> None:
    """The room sees all units, an agency its own; a device's wrong clock moves nothing."""
    gateway = hall.person("gateway")
    wrong = datetime.now(UTC) + timedelta(hours=1)
    fixes = [
        {"unit": unit, "fix": {"point": {"lat": -6.98, "lon": 110.4}, "at": at.isoformat()}}
        for unit, at in (("AMB01", wrong), ("DMK01", wrong - timedelta(seconds=7)))
    ]
    unknown = {"unit": "NONE99", "fix": fixes[0]["fix"]}
    with hall.person("budi").screen() as room, hall.person("dinkes").screen() as agency:
        body = {"fixes": [*fixes, unknown], "sent_at": wrong.isoformat()}
        assert gateway.post("/api/positions", body).json() == {"taken": 2}
        seen = {p[0]: p[4] for p in _positions(room)}
        theirs = {p[0] for p in _positions(agency)}
    assert set(seen) == {"AMB01", "DMK01"}
    assert 0 <= seen["AMB01"] < 5
    assert 7 <= seen["DMK01"] < 12
    assert theirs == {"AMB01"}
    until(lambda: {fix.unit for fix in hall.store.fixes()} >= {"AMB01", "DMK01"})
    assert all(fix.fix.at <= datetime.now(UTC) for fix in hall.store.fixes())


def test_a_session_that_ends_says_goodbye(room: Room) -> None:
    """Signing out elsewhere, and the end of the shift, reach open screens."""
    rina, other, budi = room.person("rina"), room.person("rina"), room.person("budi")
    with rina.screen() as hers, budi.screen() as his:
        other.client.delete("/api/session?everywhere=1", headers=other.headers)
        assert hers.until(lambda frame: frame["k"] == "bye")["reason"] == "session_ended"
        with pytest.raises(ConnectionClosed):
            hers.frame()
        room.clock.ahead += timedelta(hours=15)
        assert his.until(lambda frame: frame["k"] == "bye")["reason"] == "session_ended"


def test_an_open_screen_is_not_idle(room: Room) -> None:
    """A wallboard that only looks stays signed in until the shift is over."""
    person = room.person("sari")
    with person.screen() as screen:
        for _ in range(3):
            room.clock.ahead += timedelta(hours=1)
            for _ in range(4):
                assert screen.until(lambda frame: frame["k"] == "positions")
    assert person.get("/api/session").status_code == 200


def test_a_stopping_server_closes_with_service_restart(room: Room) -> None:
    """1012 tells the page that it is not its own line, and to come back."""
    with room.person("rina").screen() as screen:
        screen.frame()
        room.stop()
        with pytest.raises(ConnectionClosed) as closed:
            screen.until(lambda _frame: False)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


def test_what_a_screen_sends_is_ignored_or_too_long(hall: Room) -> None:
    """Small frames do nothing; an oversized one ends the line and nothing else."""
    rina = hall.person("rina")
    with rina.screen() as screen, rina.screen() as other:
        screen.frame()
        screen.link.send("{}")
        screen.link.send(b"\x00\xff")
        assert screen.until(lambda frame: frame["k"] == "positions")
        screen.link.send("a" * 100_000)
        with pytest.raises(ConnectionClosed):
            screen.until(lambda _frame: False)
        assert other.until(lambda frame: frame["k"] == "positions")


def test_truncated_websocket_frames_do_no_harm(hall: Room) -> None:
    """Half a frame and a cut line: the screen is forgotten, the others go on."""
    rina = hall.person("rina")
    key = rina.client.cookies[SESSION_COOKIE]
    head = (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{hall.port}\r\nOrigin: {hall.url}\r\n"
        f"Cookie: {SESSION_COOKIE}={key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    for data in (b"\x81", b"\x81\xff\xff", b"\xff\xff\xff\xff"):
        with socket.create_connection(("127.0.0.1", hall.port), timeout=5) as link:
            link.sendall(head.encode())
            assert link.recv(12).startswith(b"HTTP/1.1 101")
            link.sendall(data)
    with rina.screen() as screen:
        assert screen.frame()["k"] == "snapshot"
    until(lambda: hall.parts.live.listening == 0)


def test_personal_text_shown_is_logged_once_per_viewer(hall: Room) -> None:
    """Viewer, text and first reading."""
    rina, budi = hall.person("rina"), hall.person("budi")
    hall.report(rina, "logged", name="Sri Wahyuni")
    found = hall.store.find_row("report", "r-logged")
    assert found is not None
    assert isinstance(found.row, ReportRow)
    assert found.row.name is not None
    ref = found.row.name.ref
    until(lambda: hall.parts.live.seq == hall.store.last_position())
    for person in (rina, budi, rina):
        with person.screen() as screen:
            screen.frame()
    until(lambda: len(hall.store.accounts.accesses(what=ref)) >= 2)
    viewers = [access.viewer for access in hall.store.accounts.accesses(what=ref)]
    assert sorted(viewers) == ["agent-budi", "agent-rina"]


def test_an_erased_text_says_so(room: Room) -> None:
    """After an erasure the field is there and its words are not."""
    rina = room.person("rina")
    room.report(rina, "erased", name="Sri Wahyuni")
    found = room.store.find_row("report", "r-erased")
    assert found is not None
    assert isinstance(found.row, ReportRow)
    assert found.row.name is not None
    assert found.row.name.ref is not None
    room.store.erase_texts([found.row.name.ref])
    room.stop()
    room.start()
    with Screen(room, rina.client.cookies[SESSION_COOKIE]) as screen:
        row = next(row for row in screen.frame()["rows"] if row["key"] == "r-erased")
    assert row["name"] == {"erased": True}


def test_an_erasure_reaches_open_screens_and_the_memory(room: Room) -> None:
    """Without a restart: what was erased leaves the next snapshot at once, old screens with the
    next batch, and what the process keeps in memory."""
    rina = room.person("rina")
    room.report(rina, "erase", name="Sri Wahyuni")
    room.report(rina, "keep", name="Endang Lestari")
    found = room.store.find_row("report", "r-erase")
    assert found is not None
    assert isinstance(found.row, ReportRow)
    assert found.row.name is not None
    assert found.row.name.ref is not None
    until(lambda: room.parts.live.seq == room.store.last_position())
    with rina.screen() as open_, room.person("budi").screen() as lost:
        assert "Sri Wahyuni" in json.dumps(open_.frame())
        seq = lost.frame()["seq"]
        room.store.erase_texts([found.row.name.ref])
        room.parts.live._sweep(room.clock())
        assert "Sri Wahyuni" not in str(room.parts.texts._kept)
        snapshot = json.dumps(_first(room.person("budi")))
        assert "Sri Wahyuni" not in snapshot
        assert "Endang Lestari" in snapshot
        room.report(rina, "bell")
        last = room.store.last_position()
        row = next(row for row in rows_of(open_.until_seq(last)) if row["key"] == "r-erase")
        assert row["name"] == {"erased": True}
    missed = _first(room.person("budi"), since=seq)
    assert [row["name"] for row in missed["rows"] if row["key"] == "r-erase"] == [{"erased": True}]


def _first(person: Person, since: int | None = None) -> dict[str, Any]:
    with person.screen(since) as screen:
        return screen.frame()


def test_what_is_over_for_two_hours_leaves_the_screens(room: Room) -> None:
    """Search still finds it; the live picture stays small."""
    rina, budi = room.person("rina"), room.person("budi")
    number = room.incident(rina, "over", "MED-01")
    budi.done("incident.close", incident="i-over", outcome="resolved")
    until(lambda: room.parts.live.seq == room.store.last_position())
    room.clock.ahead += timedelta(hours=1, minutes=30)
    assert "i-over" in _snapshot(budi)
    room.clock.ahead += timedelta(hours=1)
    fresh = room.person("sari")
    room.parts.live._views.clear()
    assert "i-over" not in _snapshot(fresh)
    assert fresh.post("/api/search", {"q": str(number)}).json()[0]["key"] == "i-over"


def _snapshot(person: Person) -> set[str]:
    with person.screen() as screen:
        return {row["key"] for row in screen.frame()["rows"]}


def _positions(screen: Screen) -> list[Any]:
    frame = screen.until(lambda frame: frame["k"] == "positions" and bool(frame["positions"]))
    return json.loads(json.dumps(frame["positions"]))


def test_a_reader_that_stopped_is_dropped_and_others_go_on(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue is bounded, its line is cut, and nobody else waits for it."""
    monkeypatch.setattr("kentongan.edge.web.listener.SEND_S", 1.0)
    rina = room.person("rina")
    live = room.parts.live
    with rina.screen() as steady, rina.screen() as stuck:
        steady.frame()
        stuck.link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        until(lambda: live.listening == 2)
        group = next(iter(live._listeners.values()))
        big = json.dumps({"k": "rows", "seq": 0, "previous": 0, "rows": ["a" * 900_000]})
        for _ in range(40):
            for listener in list(group):
                live._loop.call_soon_threadsafe(listener.put, big)
            steady.until(lambda frame: frame["k"] == "rows", frames=200)
        until(lambda: live.listening == 1)
        room.report(rina, "afterwards")
        frames = steady.until_seq(room.store.last_position())
        assert "r-afterwards" in {row["key"] for row in rows_of(frames)}
