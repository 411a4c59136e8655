"""Speeds from the record to the roads: drives, tracks, the command, and who takes it up."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from geo_served_room import NOW, PACK, GeoProcess, asking, own_cities, prepare, until
from osm_files import SIDE, SOUTH, STEP, WEST, write_town

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.register import register
from kentongan.cities.facts import Point
from kentongan.core.commands import (
    AnyCommand,
    AssignUnit,
    ClassifyIncident,
    Envelope,
    LocateIncident,
    OpenIncident,
    ProgressUnit,
    SendIncident,
)
from kentongan.core.words import (
    AgencyKey,
    Agent,
    AgentId,
    CommandId,
    Fix,
    IncidentId,
    NatureCode,
    Place,
    PlaceSource,
    Progress,
    Role,
    UnitId,
)
from kentongan.edge.geo.imported.making import import_city
from kentongan.edge.geo.imported.request import ImportRequest
from kentongan.edge.geo.speeds.files import SpeedFiles
from kentongan.geography import Start
from kentongan.main import main
from kentongan.serve.geo_calibrate import drives_of, run_geo_calibrate, track_of
from kentongan.serve.geo_nightly import keep_calibrated, last_night
from kentongan.settings import Settings
from kentongan.store.open import open_store
from kentongan.store.track_block import TrackFix
from kentongan.store.tracks import block_of
from kentongan.store.whole import WholeStore

DEWI = Agent(id=AgentId("dewi"), name="Dewi", roles=(Role.CALL_TAKER, Role.DISPATCHER))
UNIT = UnitId("AMB01")
STREET_LAT = SOUTH + 3 * STEP
FROM, TO = Point(STREET_LAT, WEST), Point(STREET_LAT, WEST + (SIDE - 1) * STEP)
FEW, DRIVES = 4, 15
"""Drives that teach nothing yet, and drives that do."""

TABLE_S, DRIVEN_S = 690, 1_150
"""Seconds for the street by the table (25 km/h), and how long the crews really took."""


def drive(store: WholeStore, number: int, departed_at: datetime) -> None:
    """A whole drive on record, with the unit's track along the street."""
    plans, incident = plans_of(PACK), IncidentId(f"drive-{number}")
    at_home = departed_at - timedelta(minutes=2)
    arrived_at = departed_at + timedelta(seconds=DRIVEN_S + 60)

    def say(command: AnyCommand, at: datetime) -> None:
        key = CommandId(f"{incident}/{type(command).__name__}/{at.isoformat()}")
        handle(store, plans, Envelope(id=key, agent=DEWI, command=command), at)

    place = Place(point=TO, source=PlaceSource.PIN)
    say(OpenIncident(incident=incident), at_home)
    say(LocateIncident(incident=incident, place=place), at_home)
    say(ClassifyIncident(incident=incident, nature=NatureCode("MED-02")), at_home)
    say(SendIncident(incident=incident), at_home)
    say(AssignUnit(incident=incident, unit=UNIT, agency=AgencyKey("dinkes")), at_home)
    for progress, at in (
        (Progress.DEPARTED, departed_at),
        (Progress.ON_SCENE, arrived_at),
        (Progress.CLEAR, arrived_at + timedelta(minutes=9)),
    ):
        say(ProgressUnit(incident=incident, unit=UNIT, progress=progress), at)
    store.tracks.put([block_of(UNIT, _track(departed_at), "w", number)])


def _track(departed_at: datetime) -> list[TrackFix]:
    """Every ten seconds from before the departure until after the arrival."""
    fixes: list[TrackFix] = []
    for second in range(-60, DRIVEN_S + 120, 10):
        at = departed_at + timedelta(seconds=second)
        share = min(max(second - 20, 0) / DRIVEN_S, 1.0)
        point = Point(FROM.lat + 2e-5 * (second % 3 - 1), FROM.lon + share * (TO.lon - FROM.lon))
        fixes.append(TrackFix(fix=Fix(point=point, at=at), received_at=at))
    return fixes


def _stays(step: int) -> int:
    """A process that does not step back: the tests run in it."""
    return step


def test_a_drive_is_from_departure_to_arrival() -> None:
    """Only what was driven to an incident in the span, with the fixes of that time."""
    store = open_store("memory:")
    register(store, plans_of(PACK), PACK, NOW - timedelta(days=9))
    drive(store, 1, NOW - timedelta(days=3))
    drive(store, 2, NOW - timedelta(days=1))
    both = drives_of(store, NOW - timedelta(days=7), NOW)
    assert [NOW - one.departed_at for one in both] == [timedelta(days=1), timedelta(days=3)]
    (newer,) = drives_of(store, NOW - timedelta(days=2), NOW)
    assert (newer.unit, newer.unit_kind) == (UNIT, "ambulance_als")
    track = track_of(store, newer)
    assert track[0].at_s == newer.departed_at.timestamp()
    assert track[-1].at_s == newer.arrived_at.timestamp() - 10
    assert len(track) == (DRIVEN_S + 60) / 10


@pytest.fixture
def process(tmp_path: Path) -> Iterator[GeoProcess]:
    """The process for an imported town, and a record beside it. Nothing else is made: whoever has
    a city needs no synthetic one."""
    data = own_cities(tmp_path / "own")
    town = write_town(tmp_path / "town.osm.pbf")
    request = ImportRequest(
        extract=town, pack="semarang", data=data, words=PACK, may_be_partial=True
    )
    import_city(request, lambda _step: None, NOW)
    prepare(PACK, data)
    process = GeoProcess(data)
    yield process
    process.stop()


def nearest_says(process: GeoProcess, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """By what a unit is reckoned at a terminal, and what is told besides."""
    units = process.folder / "units.csv"
    units.write_text(f"unit,lat,lon\nA,{FROM.lat},{FROM.lon}\n")
    place = (str(TO.lat), str(TO.lon), "--units", str(units))
    assert main(["--settings", str(process.file), "nearest", *place]) == 0
    said = capsys.readouterr()
    return json.loads(said.out)["source"], said.err


def test_what_was_driven_is_driven_by(
    process: GeoProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too few drives change nothing; enough are learnt, taken up by the running process, named in
    the source and in the state; a broken file is told; without files the table is back."""
    files = SpeedFiles(process.settings.geo_path / "cities" / "semarang")
    store = open_store(process.settings.store_url)
    now = datetime.now(UTC)
    # Within one hour: a drive over the full hour speaks for both, and four would be enough.
    # At noon of the city: in its busy hours the table itself is slow.
    driven_at = (now - timedelta(days=1)).replace(hour=5, minute=5)
    register(store, plans_of(PACK), PACK, now - timedelta(days=20))
    for number in range(FEW):
        drive(store, number, driven_at - timedelta(days=number))
    process.start()
    monkeypatch.setenv("KENTONGAN_GEO_DIR", process.settings.geo_dir)
    monkeypatch.setattr(os, "nice", _stays)
    command = ["--settings", str(process.file), "geo-calibrate"]
    assert (main(command), files.names()) == (1, [])
    assert "too few" in capsys.readouterr().err

    async def run() -> None:
        async with asking(process) as client:
            asked = [Start(unit="U", unit_kind="ambulance_als", point=FROM)]

            async def seconds(at: datetime) -> tuple[float, str]:
                (found,) = await client.journeys(TO, asked, at)
                return found.travel.seconds_high, found.travel.source

            at = driven_at
            usual, source = await seconds(at)
            assert (client.city().speeds, source) == (None, "road_network")
            for number in range(FEW, DRIVES):
                drive(store, number, driven_at - timedelta(days=number))
            assert await asyncio.to_thread(main, command) == 0
            said = json.loads(capsys.readouterr().out)
            assert (said["journeys"], said["file"]) == (DRIVES, str(files.folder / files.newest()))
            assert said["kilometres"] == pytest.approx(DRIVES * 4.83, rel=0.03)
            await until(lambda: client.city().speeds is not None, "the speeds are in use")
            shown = client.city().speeds
            assert shown is not None
            assert (shown.days, shown.journeys) == (28, DRIVES)
            slower, source = await seconds(at)
            assert source == "road_network_fleet"
            assert slower > 1.2 * usual
            assert nearest_says(process, capsys) == ("road_network_fleet", "")
            (files.folder / "20991231T000000Z.json").write_bytes(b"{")
            told = nearest_says(process, capsys)
            assert told[0] == "road_network"
            assert "20991231T000000Z.json" in told[1]
            await until(lambda: "20991231" in client.city().problem, "the broken file is told")
            assert await seconds(at) == (slower, source)
            for name in files.names():
                (files.folder / name).unlink()
            await until(lambda: client.city().speeds is None, "the table is in use again")
            assert await seconds(at) == (usual, "road_network")
            assert client.city().problem == ""

    asyncio.run(run())
    reasons = {(one.what, one.reason, str(one.viewer)) for one in store.accounts.accesses()}
    assert ("tracks", "speeds", "kentongan") in reasons
    store.close()


def test_invented_roads_teach_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no city is imported it is said so, and nothing is written; nor for days without end."""
    monkeypatch.setattr(os, "nice", _stays)
    settings = Settings(state_dir=str(tmp_path), geo_dir=os.environ["KENTONGAN_GEO_DIR"])
    assert run_geo_calibrate(settings, 28, invented=False) == 1
    assert "invented roads" in capsys.readouterr().err
    assert not SpeedFiles(settings.geo_path / "cities" / "semarang").names()
    assert run_geo_calibrate(settings, 0, invented=False) == 2
    assert "--days 0: 1 to 366" in capsys.readouterr().err


# --- each night --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "expected"), [(2, (24, 20)), (3, (25, 20)), (19, (25, 20)), (21, (25, 20))]
)
def test_the_latest_night(hour: int, expected: tuple[int, int]) -> None:
    """Three in the morning by the centre's clock (20.00 UTC of the day before)."""
    local = datetime(2026, 11, 26, hour, 30, tzinfo=UTC)
    found = last_night(local - timedelta(hours=7), timedelta(hours=7))
    assert (found.day, found.hour, found.minute) == (*expected, 0)


def test_the_child_works_once_a_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first look after the hour and not again; an old file is made up for after a start."""
    monkeypatch.setattr("kentongan.serve.geo_nightly.LOOK_S", 0.01)
    monkeypatch.setattr("kentongan.serve.geo_nightly.CHILD_LOOK_S", 0.01)
    mark = tmp_path / "mark"
    command = (sys.executable, "-c", f"open({str(mark)!r}, 'a').write('x')")
    night = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
    times = iter([night - timedelta(hours=1)] * 3 + [night + timedelta(minutes=1)] * 8)
    assert _runs(command, tmp_path, times, mark) == 1
    folder = SpeedFiles(tmp_path).folder
    folder.mkdir()
    (folder / "20261124T200100Z.json").touch()
    assert _runs(command, tmp_path, iter([night + timedelta(hours=5)] * 4), mark) == 2


def _runs(command: tuple[str, ...], city: Path, times: Iterator[datetime], mark: Path) -> int:
    """How often the child has run once the clock has told all these times."""
    stop = threading.Event()

    def clock() -> datetime:
        now = next(times, None)
        if now is None:
            stop.set()
            return datetime(2000, 1, 1, tzinfo=UTC)
        return now

    keep_calibrated(command, city, timedelta(hours=7), clock, stop)
    return len(mark.read_text())
