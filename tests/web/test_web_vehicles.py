"""Positions of vehicles at the screens: judged, followed, read back, and asked about."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from web_room import Person, Room, until

from kentongan.app.ports import UnitFix
from kentongan.avl_line import AvlFigures, AvlWord, encode_word, told
from kentongan.cities.facts import Point
from kentongan.core.positions import Verdict
from kentongan.core.words import Fix, UnitId
from kentongan.store.track_block import TrackFix
from kentongan.store.tracks import block_of

SCENE = {"lat": -6.99, "lon": 110.42}
"""Where `Room.incident` places every incident."""


def said(lat: float, lon: float = 110.42, *, speed: float = 0.0) -> dict[str, Any]:
    """What a crew's telephone posts."""
    fix = {
        "point": {"lat": lat, "lon": lon},
        "at": datetime.now(UTC).isoformat(),
        "accuracy_m": 5.0,
        "speed_m_s": speed,
    }
    return {"fixes": [{"unit": "AMB01", "fix": fix}]}


def asked(start: datetime, *, hours: float = 1, reason: str = "keluhan") -> dict[str, str]:
    """A question for a track."""
    return {
        "from_at": start.isoformat(),
        "until_at": (start + timedelta(hours=hours)).isoformat(),
        "reason": reason,
    }


def arrived(frame: dict[str, Any], count: int) -> bool:
    """Whether the frame says that so many seem to have arrived."""
    return frame["k"] == "arrived" and len(frame["arrivals"]) == count


def test_a_unit_that_seems_to_have_arrived(room: Room) -> None:
    """The room and the crew are asked, an agency is not; nothing is decided; a tap ends it."""
    budi, crew = room.person("budi"), room.person("amb01")
    room.incident(budi, "tiba", "MED-01")
    budi.done("unit.start_duty", unit="AMB01")
    budi.done("assignment.assign", incident="i-tiba", unit="AMB01", agency="dinkes")
    crew.done("assignment.progress", incident="i-tiba", unit="AMB01", progress="departed")
    with budi.screen() as his, crew.screen() as hers, room.person("dinkes").screen() as agency:
        assert crew.post("/api/positions", said(SCENE["lat"] + 4e-4)).json() == {"taken": 1}
        for screen in (his, hers):
            (found,) = screen.until(lambda frame: arrived(frame, 1))["arrivals"]
            assert (found["unit"], found["incident"]) == ("AMB01", "i-tiba")
            assert found["step"] == "on_scene"
            assert found["distance_m"] == pytest.approx(44, abs=2)
        with budi.screen() as later:
            assert later.until(lambda frame: arrived(frame, 1))
        engaged = room.store.find_row("engagement", "AMB01")
        assert engaged is not None
        assert getattr(engaged.row, "progress") == "departed"  # noqa: B009 - one of many rows
        crew.done("assignment.progress", incident="i-tiba", unit="AMB01", progress="on_scene")
        assert his.until(lambda frame: arrived(frame, 0))
        assert hers.until(lambda frame: arrived(frame, 0))
        frames = [agency.frame() for _ in range(4)]
        assert all(frame["k"] != "arrived" for frame in frames)


def test_a_telephones_impossible_position_is_kept_and_not_drawn(room: Room) -> None:
    """Counted by unit and cause; the track holds it with its verdict."""
    crew, sari = room.person("amb01"), room.person("sari")
    began = datetime.now(UTC) - timedelta(minutes=1)
    with sari.screen() as screen:
        crew.post("/api/positions", said(-6.98))
        screen.until(lambda frame: frame["k"] == "positions" and bool(frame["positions"]))
        for lat, why in ((-7.9, "too_fast"), (0.0, "null_island")):
            told = crew.post("/api/positions", said(lat, 110.42 if lat else 0.0)).json()
            assert told == {"taken": 0, "kept_aside": 1, "why": {why: 1}}
        health = sari.get("/api/health").json()["positions"]
        assert health["phone_units"] == {"AMB01": {"too_fast": 1, "null_island": 1}}
        assert health["devices"] is None
        with room.person("budi").screen() as other:
            frame = other.until(lambda frame: frame["k"] == "positions")
            assert [(p[0], p[1]) for p in frame["positions"]] == [("AMB01", -6.98)]
    room.parts.intake._clock = lambda: room.clock() + timedelta(minutes=2)
    until(lambda: len(room.store.tracks.days()) == 1)
    answer = sari.post("/api/units/AMB01/track", asked(began)).json()
    assert [one["verdict"] for one in answer["fixes"]] == ["drawn", "too_fast", "null_island"]
    assert answer["is_cut"] is False


READERS = {
    "sari": 200, "dinkes": 200, "damkar": 404, "budi": 403, "rina": 403, "amb01": 403,
    "eva": 403, "admin": 403, "gateway": 403,
}  # fmt: skip


@pytest.mark.parametrize("who", READERS)
def test_who_may_read_a_track(hall: Room, who: str) -> None:
    """A supervisor, and the officer of the unit's own agency; to others it is not there."""
    answer = hall.person(who).post("/api/units/AMB01/track", asked(datetime.now(UTC)))
    assert answer.status_code == READERS[who]
    logged = [one.viewer for one in hall.store.accounts.accesses(what="track:AMB01")]
    assert (f"agent-{who}" in logged) is (READERS[who] == 200)


def test_reading_a_track_is_on_record_with_its_reason(hall: Room) -> None:
    """Before anything is shown; without a reason, or over more than a day, nothing is."""
    sari = hall.person("sari")
    now = datetime.now(UTC)
    assert sari.post("/api/units/AMB02/track", asked(now, reason="laporan 7")).status_code == 200
    (entry,) = hall.store.accounts.accesses(what="track:AMB02")
    assert (entry.viewer, entry.reason) == ("agent-sari", "laporan 7")
    for wrong in (asked(now, reason=""), asked(now, hours=25), asked(now, hours=-1), {}):
        assert sari.post("/api/units/AMB02/track", wrong).status_code == 400
    assert sari.post("/api/units/NONE99/track", asked(now)).status_code == 404
    assert len(hall.store.accounts.accesses(what="track:AMB02")) == 1


def drive(who: Person, incident: str, unit: str = "AMB01") -> Any:
    """The answer to: where was it for that incident."""
    return who.post(f"/api/incidents/{incident}/track", {"unit": unit})


def test_the_track_of_a_unit_on_an_incident(room: Room) -> None:
    """From assigned to clear and nothing else, for dispatchers too; read on record."""
    budi, crew = room.person("budi"), room.person("amb01")
    began = datetime.now(UTC)
    fixes = [
        TrackFix(
            fix=Fix(point=Point(-6.98 + n / 1e4, 110.42), at=began + timedelta(seconds=n - 30)),
            received_at=began,
            verdict=Verdict.TOO_FAST if n == 40 else Verdict.DRAWN,
        )
        for n in range(60)
    ]
    room.store.tracks.put([block_of(UnitId("AMB01"), fixes, "test", 1)])
    room.incident(budi, "jejak", "MED-01")
    budi.done("unit.start_duty", unit="AMB01")
    assert drive(budi, "i-jejak").status_code == 404, "it was not given this incident"
    room.clock.ahead = began - datetime.now(UTC)
    budi.done("assignment.assign", incident="i-jejak", unit="AMB01", agency="dinkes")
    room.clock.ahead = began + timedelta(seconds=20) - datetime.now(UTC)
    for step in ("departed", "on_scene", "clear"):
        crew.done("assignment.progress", incident="i-jejak", unit="AMB01", progress=step)
    room.clock.ahead = timedelta()
    shown = drive(budi, "i-jejak").json()
    (one,) = shown["drives"]
    times = [datetime.fromisoformat(point["at"]) - began for point in one["points"]]
    assert timedelta() <= times[0] < timedelta(seconds=2)
    assert timedelta(seconds=18) < times[-1] < timedelta(seconds=24)
    assert one["fixes"] == len(times) <= 24, "the impossible one is left out"
    found = room.store.find_row("incident", "i-jejak")
    assert found is not None
    long_id = getattr(found.row, "long_id")  # noqa: B009 - one of many rows
    (entry,) = room.store.accounts.accesses(what="track:AMB01")
    assert (entry.viewer, entry.reason) == ("agent-budi", f"incident {long_id}")
    assert drive(budi, "i-nobody").status_code == 404
    assert drive(budi, "i-jejak", "AMB02").status_code == 404
    assert len(room.store.accounts.accesses(what="track:AMB01")) == 1


@pytest.mark.parametrize("who", ["rina", "dinkes", "amb01", "eva", "admin", "gateway"])
def test_others_do_not_read_the_track_of_an_incident(hall: Room, who: str) -> None:
    """A crew's drive is its supervisor's and its dispatcher's matter; nothing is put on record."""
    assert drive(hall.person(who), "i-any").status_code == 403
    assert not hall.store.accounts.accesses(what="track:AMB09")


@contextmanager
def reporting(path: Path, fix: Fix) -> Generator[None]:
    """Another process that tells of AMB01, once to whoever connects."""
    loop = asyncio.new_event_loop()
    one = UnitFix(unit=UnitId("AMB01"), fix=fix, received_at=fix.at)
    words = (AvlWord(fixes=(told(one),)), AvlWord(figures=AvlFigures(devices=7)))
    writers: list[asyncio.StreamWriter] = []

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(b"".join(encode_word(word) + b"\n" for word in words))

    path.unlink(missing_ok=True)
    server = loop.run_until_complete(asyncio.start_unix_server(serve, path))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:

        def end() -> None:
            server.close()
            for writer in writers:
                writer.transport.abort()
            loop.call_soon(loop.stop)

        loop.call_soon_threadsafe(end)
        thread.join(10)
        loop.close()


def devices(who: Person) -> Any:
    """What health says of devices."""
    return who.get("/api/health").json()["positions"]["devices"]


def test_positions_of_devices_are_followed(tmp_path: Path) -> None:
    """From the process that receives them, also after it was killed and is back."""
    room = Room(tmp_path)
    path = tmp_path / "avl.sock"
    room.given = structs.replace(room.given, avl_socket=path)
    room.start()
    try:
        sari = room.person("sari")
        now = datetime.now(UTC)
        with sari.screen() as screen:
            for lat in (-6.97, -6.96):
                now += timedelta(seconds=1)
                fix = Fix(point=Point(lat, 110.41), at=now, heading_deg=90.0)
                with reporting(path, fix):
                    frame = screen.until(
                        lambda frame, lat=lat: (
                            frame["k"] == "positions"
                            and [p[:4] for p in frame["positions"]]
                            == [["AMB01", lat, 110.41, 90.0]]
                        )
                    )
                    assert frame
                    until(lambda: devices(sari) is not None and devices(sari)["devices"] == 7)
                until(lambda: devices(sari) is None)
    finally:
        room.close()
