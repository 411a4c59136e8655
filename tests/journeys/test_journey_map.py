"""The map in a real browser, drawn by the processor: own tiles only, hands, keys, another city.

The city is a small imported town; importing it again with one street more is another version, and
the page that is open changes to it by itself.
"""

import json
import math
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from geo_served_room import own_cities
from journey_axe import violations
from journey_browser import Enter, Person, launch
from journey_caller import Callers
from journey_centre import Centre, until
from journey_look import CUT_SCRIPT, ZOOMED
from journey_steps import begins_with, incident_of, open_incident, take_call
from osm_files import SIDE, SOUTH, STEP, WEST, write_town
from playwright.sync_api import Browser, FloatRect, Locator, expect, sync_playwright

from kentongan.cities.facts import Point
from kentongan.core.events.incident import IncidentLocated
from kentongan.core.rows import IncidentRow
from kentongan.core.words import Fix, UnitId
from kentongan.store.track_block import TrackFix
from kentongan.store.tracks import block_of

DRAWN_MS = 120_000
"""A processor that draws for a graphics card, on a busy machine."""

SMALLEST: Any = {"width": 1366, "height": 768}
"""The smallest console."""

STRIP = 18
"""The line below the map that says whose it is, pixels."""

EDGE = 8
"""Pixels that a map leaves around a city that it shows whole."""

NEAR_DEGREES = 0.0004
"""Where a click was, to some pixels: the town is 0.05 wide."""

DRIVEN = 60
"""Fixes of the drive whose track is read."""

LAT, LON = SOUTH + STEP * SIDE / 2, WEST + STEP * SIDE / 2

LOSE_CONTEXT = """
() => document.querySelector("[data-map] canvas").getContext("webgl2")
  .getExtension("WEBGL_lose_context").loseContext()
"""
IS_LOST = """
() => document.querySelector("[data-map] canvas").getContext("webgl2").isContextLost()
"""

NO_DRAWING = """
(() => {
  const real = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return String(kind).startsWith("webgl") ? null : real.call(this, kind, ...more);
  };
})();
"""


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Cities of this file's own: what is imported here is nobody else's city."""
    shared = Path(os.environ["KENTONGAN_GEO_DIR"]) / "compiled"
    shared.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        folder = own_cities(tmp_path_factory.mktemp("geo") / "own")
        patch.setenv("KENTONGAN_GEO_DIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def browser(cities: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with WebGL, before a centre with its own cities."""
    assert cities.is_dir()
    with sync_playwright() as playwright:
        browser = launch(playwright, tmp_path_factory.mktemp("microphone"), draws=True)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def town(centre: Centre, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town in Semarang, imported and in use."""
    path = write_town(tmp_path_factory.mktemp("town") / "town.osm.pbf")
    bring(centre, path)
    return path


def bring(centre: Centre, path: Path) -> None:
    """Import it into the running centre."""
    done = centre.run("city", "import", str(path), "--partial")
    assert done.returncode == 0, done.stderr


def map_of(person: Person) -> Locator:
    """The map, once it has drawn everything it knows of the town."""
    found = person.page.locator("[data-map=idle]")
    expect(found).to_be_visible(timeout=DRAWN_MS)
    return found


def place_of(centre: Centre, key: str) -> tuple[str, float, float] | None:
    """How and where an incident is located now."""
    for row in centre.rows("incident"):
        if isinstance(row, IncidentRow) and row.key == key and row.place and row.place.point:
            return str(row.place.source), row.place.point.lat, row.place.point.lon
    return None


def located(centre: Centre, before: set[str]) -> list[tuple[str, float, float]]:
    """Places of the incidents that are new."""
    keys = [str(row.key) for row in centre.rows("incident") if str(row.key) not in before]
    return [place for key in keys if (place := place_of(centre, key)) is not None]


def _landmark(centre: Centre, before: set[str]) -> str | None:
    """The landmark of the incident that is new, as it was put on record last."""
    new = next(str(row.key) for row in centre.rows("incident") if str(row.key) not in before)
    events = (one.event for one in centre.store.load(f"incident:{new}"))
    places = [event.place for event in events if isinstance(event, IncidentLocated)]
    return places[-1].landmark and places[-1].landmark.text


def test_the_map_draws_from_our_own_server_alone(enter: Enter, centre: Centre, town: Path) -> None:
    """Tiles come by ranges, nothing from any other host, and the map says whose it is. When the
    graphics card is lost the sketch stands in, lists and keys go on, and the map is drawn anew."""
    assert town.is_file()
    budi = enter("budi")
    answers: list[int] = []
    warnings: list[str] = []
    budi.page.on(
        "response",
        lambda answer: answers.append(answer.status) if ".pmtiles" in answer.url else None,
    )
    budi.page.on(
        "console",
        lambda said: warnings.append(said.text) if said.text.startswith("map:") else None,
    )
    budi.begin_duty("armada")
    open_incident(budi, "map-own", "MED-01", LAT, LON)
    shown = map_of(budi)
    assert budi.asked - {""} == {urlsplit(centre.address).netloc}
    assert answers
    assert set(answers) == {206}
    assert warnings == []
    expect(shown).to_contain_text("OpenStreetMap")
    expect(shown).to_contain_text("peta hemat")
    budi.picture("map-armada")

    budi.command("assignment.assign", incident="map-own", unit="AMB01", agency="dinkes")
    _drive(centre)
    budi.page.wait_for_timeout(500)  # the drive is over
    works = budi.page.get_by_role("region", name="Unit di insiden ini")
    works.get_by_role("button", name="Jejak").click()
    expect(works).to_contain_text(f"{DRIVEN} posisi")
    (read,) = centre.store.accounts.accesses(what="track:AMB01")
    assert read.viewer == "agent-budi"
    budi.page.wait_for_timeout(1_500)
    map_of(budi)
    budi.picture("map-track")

    budi.page.evaluate(LOSE_CONTEXT)
    expect(budi.page.locator("[data-map=sketch]")).to_be_visible()
    open_incident(budi, "map-lost", "MED-01", LAT, LON)
    number = next(
        row.number for row in centre.rows("incident")
        if isinstance(row, IncidentRow) and row.key == "map-lost"
    )  # fmt: skip
    expect(budi.page.get_by_role("option", name=begins_with(number))).to_be_visible()
    budi.press("ArrowUp")
    expect(incident_of(budi, number)).to_be_visible()
    expect(map_of(budi).locator("canvas")).to_have_count(1)
    assert not budi.page.evaluate(IS_LOST)
    assert warnings == []


def _drive(centre: Centre) -> None:
    """AMB01 drives through the town, as its history has it a moment later."""
    began = datetime.now(UTC)
    fixes = [
        TrackFix(
            fix=Fix(
                point=Point(LAT - STEP + n * STEP / DRIVEN, LON - STEP * (n % 20) / 20),
                at=began + timedelta(milliseconds=n * 5),
            ),
            received_at=began,
        )
        for n in range(DRIVEN)
    ]
    centre.store.tracks.put([block_of(UnitId("AMB01"), fixes, "test", 1)])


def under(bounds: list[float], box: FloatRect, across: float, down: float) -> tuple[float, float]:
    """Latitude and longitude of a pixel of the map that shows a city whole: Mercator's projection,
    the city in the middle and `EDGE` pixels around it."""
    south, west, north, east = bounds

    def rise(lat: float) -> float:
        return math.degrees(math.asinh(math.tan(math.radians(lat))))

    width, height = box["width"], box["height"]
    wide, high = (
        (east - west) / (width - 2 * EDGE),
        (rise(north) - rise(south)) / (height - 2 * EDGE),
    )
    per_pixel = max(wide, high)
    lon = (west + east) / 2 + (across - width / 2) * per_pixel
    risen = (rise(south) + rise(north)) / 2 - (down - height / 2) * per_pixel
    return math.degrees(math.atan(math.sinh(math.radians(risen)))), lon


def test_a_click_and_the_crosshair_give_the_place(
    enter: Enter, callers: Callers, centre: Centre, town: Path
) -> None:
    """The mouse pins where it clicks; with keys the map moves and Enter takes its middle."""
    assert town.is_file()
    rina = enter("rina")
    rina.begin_duty("panggilan")
    before = {str(row.key) for row in centre.rows("incident")}
    take_call(rina, callers, "081325550071")
    canvas = map_of(rina).locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    city = json.loads(rina.ask("GET", "/api/map/city")[1])["city"]
    across, down = box["width"] * 0.4, box["height"] * 0.4
    canvas.click(position={"x": across, "y": down})
    until(lambda: located(centre, before), 20.0, "the click is the place")
    ((source, lat, lon),) = located(centre, before)
    assert source == "pin"
    assert (lat, lon) == pytest.approx(
        under(city["bounds"], box, across, down), abs=NEAR_DEGREES, rel=0
    )

    canvas.focus()
    rina.press("ArrowDown", "ArrowDown", "+")
    expect(rina.page.locator(".crosshair")).to_be_visible()
    rina.page.wait_for_timeout(1_500)
    rina.press("Enter")
    until(lambda: located(centre, before)[0][1:] != (lat, lon), 20.0, "the crosshair is the place")
    ((source, other_lat, _),) = located(centre, before)
    assert source == "pin"
    assert other_lat < lat, "the arrow down goes south"
    rina.picture("map-panggilan")
    rina.page.set_viewport_size(SMALLEST)
    whole = rina.page.locator("[data-map]").bounding_box()
    assert whole is not None
    for button in rina.page.locator("[data-map] .tools button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < whole["y"] + whole["height"] - STRIP, "it can be pressed"
    rina.page.wait_for_timeout(1_500)
    rina.picture("map-panggilan-small")


def test_without_webgl_the_sketch_has_the_same_hands(
    enter: Enter, callers: Callers, centre: Centre, town: Path
) -> None:
    """It says that the map cannot be drawn, and a click and the crosshair still give the place; a
    landmark that was taken back leaves the record; the urgency is set with one key."""
    assert town.is_file()
    dewi = enter("dewi")
    dewi.context.add_init_script(NO_DRAWING)
    dewi.begin_duty("panggilan")
    before = {str(row.key) for row in centre.rows("incident")}
    take_call(dewi, callers, "081325550072")
    sketch = dewi.page.locator("[data-map=sketch]")
    expect(sketch).to_contain_text("tidak dapat digambar")
    canvas = sketch.locator("canvas")
    canvas.click(position={"x": 90, "y": 60})
    until(lambda: located(centre, before), 20.0, "the click is the place")
    first = located(centre, before)[0]
    expect(dewi.page.locator(".located")).to_contain_text("◉")
    dewi.page.wait_for_timeout(1_500)
    canvas.focus()
    dewi.press("ArrowRight", "+", "Enter")
    until(lambda: located(centre, before)[0] != first, 20.0, "the crosshair is the place")
    expect(dewi.page.locator("header .lamps")).to_contain_text("Peta mati")
    landmark = dewi.page.get_by_label("Patokan")
    landmark.fill("depan masjid")
    until(lambda: _landmark(centre, before) == "depan masjid", 20.0, "the landmark is on record")
    landmark.fill("")
    dewi.press("Alt+t")
    until(lambda: _landmark(centre, before) in ("", None), 20.0, "it was another one")
    expect(landmark).to_have_value("")
    dewi.press("4")
    urgency = dewi.page.get_by_role("group", name="Triase")
    expect(urgency.get_by_role("button", pressed=True)).to_contain_text("Hijau")


def test_the_map_is_accessible_and_whole_at_200_percent(
    enter: Enter, centre: Centre, town: Path
) -> None:
    """With its panel open: axe finds nothing, by day and by night, and nothing is cut off."""
    assert town.is_file()
    tono = enter("tono", **ZOOMED)
    tono.begin_duty("armada")
    open_incident(tono, "map-zoom", "MED-01", LAT, LON)
    tono.page.keyboard.press("m")
    shown = map_of(tono)
    shown.get_by_role("button", name="Lapisan dan tanda").click()
    expect(tono.page.get_by_text("Tanda unit")).to_be_visible()
    for theme in ("gelap", "terang"):
        tono.page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found = violations(tono.page)
        assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == []
        assert tono.page.evaluate(CUT_SCRIPT) == []
        tono.picture(f"map-zoomed-{theme}")


def test_another_version_of_the_city_comes_without_a_reload(
    enter: Enter, centre: Centre, town: Path, tmp_path: Path
) -> None:
    """The page stays as it is, the tiles are those of the new version, the map draws on."""
    assert town.is_file()
    sari = enter("sari")
    sari.begin_duty("pantau")
    shown = map_of(sari)
    version = shown.get_attribute("data-version")
    sari.page.evaluate("window.still_here = true")
    asked: list[str] = []
    sari.page.on("request", lambda one: asked.append(one.url) if ".pmtiles" in one.url else None)
    bring(centre, write_town(tmp_path / "again.osm.pbf", south=SOUTH + STEP / 2))
    expect(sari.page.locator(f"[data-map]:not([data-version='{version}'])")).to_be_visible(
        timeout=DRAWN_MS
    )
    later = map_of(sari).get_attribute("data-version")
    assert later
    assert later != version
    until(lambda: any(later in url for url in asked), 30.0, "tiles of the new version are asked")
    assert sari.page.evaluate("window.still_here") is True
