"""Closed roads by keyboard, names of places reviewed, and a crew that says the place is wrong."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from journey_browser import Enter, Person
from journey_centre import Centre, until
from journey_look import CUT_SCRIPT, ZOOMED, console_looks
from journey_room import is_accessible
from journey_steps import choose_incident, open_incident
from playwright.sync_api import Locator, expect

from kentongan.core.rows import AliasRow, ClosureRow, IncidentRow, UnitRow
from kentongan.core.shapes import LineShape, MultiLineShape
from kentongan.core.words import Role

AREA = "-6.95, 110.44\n-6.95, 110.45\n-6.96, 110.45"
THERE = {"latitude": -6.9821, "longitude": 110.4093, "accuracy": 8}


def _dialog(person: Person) -> Locator:
    return person.page.get_by_role("dialog", name="Penutupan & banjir")


def _order(person: Person, line: str) -> None:
    """Type a line at the command line and send it."""
    person.press("F10")
    expect(person.page.get_by_role("textbox", name="Perintah")).to_be_focused()
    person.type(line)
    person.press("Enter")


def _closures(centre: Centre) -> list[ClosureRow]:
    return [row for row in centre.rows("closure") if isinstance(row, ClosureRow)]


def test_roads_are_closed_changed_and_opened_by_keyboard(enter: Enter, centre: Centre) -> None:
    """Typed as an area, seen by a second desk, changed with Enter, planned for
    another day, lifted with one key."""
    budi, sari = enter("budi"), enter("sari")
    for person in (budi, sari):
        person.begin_duty("armada")
    _order(budi, "JT")
    dialog = _dialog(budi)
    expect(dialog.get_by_label("Di mana")).to_be_focused()
    budi.page.keyboard.insert_text(AREA)
    expect(dialog.get_by_text("Bidang dengan 3 titik.")).to_be_visible()
    dialog.get_by_label("Nama", exact=True).fill("Kaligawe")
    dialog.get_by_label("kedalaman cm").fill("45")
    dialog.get_by_label("Lamanya").select_option("3")
    is_accessible(budi)
    budi.picture("roads-form")
    budi.press("Control+Enter")
    line = dialog.locator('[role="option"]')
    expect(line).to_contain_text("Kaligawe")
    expect(line).to_contain_text("45 cm")
    is_accessible(budi)
    budi.picture("roads-list")
    (row,) = _closures(centre)
    assert (row.reason, row.depth_cm, row.closed_by) == ("flood", 45, "Budi")
    assert row.until_at is not None

    _open_roads(sari)
    expect(_dialog(sari).locator('[role="option"]')).to_contain_text("Kaligawe")
    dialog.get_by_role("listbox").focus()
    budi.press("Home", "Enter")
    dialog.get_by_label("kedalaman cm").fill("70")
    budi.press("Control+Enter")
    expect(_dialog(sari).locator('[role="option"]')).to_contain_text("70 cm")
    (row,) = _closures(centre)
    assert (row.depth_cm, row.changed_by) == (70, "Budi")

    dialog.get_by_role("listbox").focus()
    budi.press("Home", "Enter")
    dialog.get_by_label("Berlaku mulai").select_option(label="pada hari dan jam")
    dialog.get_by_label("Jam mulai").fill("pagi")
    expect(dialog.get_by_role("button", name="Simpan perubahan")).to_be_disabled()
    dialog.get_by_label("Hari mulai").fill(f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}")
    dialog.get_by_label("Jam mulai").fill("6.30")
    dialog.get_by_label("Lamanya").select_option("6")
    budi.picture("roads-planned-form")
    budi.press("Control+Enter")
    planned = _dialog(sari).locator('[role="option"]')
    expect(planned).to_contain_text(re.compile(r"Direncanakan, mulai .* 06\.30"))
    budi.picture("roads-planned")
    (row,) = _closures(centre)
    assert row.from_at is not None
    assert (row.from_at.hour, row.from_at.minute) == (23, 30), "half past six of the city"

    _dialog(sari).get_by_role("listbox").focus()
    sari.press("Home", "Delete")
    expect(_dialog(budi).get_by_text("Tidak ada jalan yang ditutup.")).to_be_visible()
    (row,) = _closures(centre)
    assert row.lifted_by == "Sari"


def test_the_command_line_opens_a_road_by_its_name(enter: Enter, centre: Centre) -> None:
    """One that the words name is lifted at once; a street is shut as its own line, told with its
    length; what cannot be is refused in words."""
    budi = enter("budi")
    budi.begin_duty("armada")
    shape = {"type": "Point", "coordinates": [110.42, -6.97]}
    label = {"sealed": "personal", "text": "Jalan Raden Patah"}
    budi.command("closure.close", closure="k-1", geometry=shape, reason="fire", label=label)
    _open_roads(budi)
    expect(_dialog(budi).locator('[role="option"]')).to_contain_text("Raden Patah")
    budi.press("Escape")
    _order(budi, "JB raden patah")
    until(lambda: all(row.lifted_at for row in _closures(centre) if row.key == "k-1"), 20.0, "open")
    until(lambda: '"state":"ready"' in budi.ask("GET", "/api/map/city")[1], 120.0, "the roads")
    _order(budi, "JT jalan pandanaran")
    dialog = _dialog(budi)
    dialog.get_by_role("button", name="Jalan Pandanaran").first.click()
    told = re.compile(r"Garis sepanjang .* Menutup \d+ ruas jalan: Jalan Pandanaran")
    expect(dialog.get_by_text(told)).to_be_visible()
    budi.press("Control+Enter")
    expect(dialog.locator('[role="option"]')).to_contain_text("Jalan Pandanaran")
    expect(dialog.locator('[role="option"]')).to_contain_text(re.compile(r"garis \d"))
    (row,) = [row for row in _closures(centre) if row.lifted_at is None]
    assert isinstance(row.geometry, LineShape | MultiLineShape)
    budi.press("Escape")
    _order(budi, "JT 51.5, -0.1")
    told = _dialog(budi).get_by_text("Koordinat di luar Indonesia")
    expect(told).to_have_count(2)  # under the field, and beside the button that it greys
    budi.command("closure.lift", closure=row.key, reason="over")


def test_a_crew_says_the_place_is_wrong(enter: Enter, centre: Centre) -> None:
    """The dispatcher sees both points and moves the incident; the supervisor reviews the words."""
    budi, sari = enter("budi"), enter("sari")
    for person in (budi, sari):
        person.begin_duty("armada")
    open_incident(budi, "i-wrong", "KBK-01", -6.9905, 110.4229)
    said = {"words": {"sealed": "personal", "text": "warung kuning"}, "source": "pin"}
    place = {**said, "point": {"lat": -6.9905, "lon": 110.4229}}
    budi.command("incident.locate", incident="i-wrong", place=place)
    budi.command("assignment.assign", incident="i-wrong", unit="AMB03", agency="dinkes")
    centre.add_person("awak3", "Awak 3", (Role.CREW,), agency="dinkes", unit="AMB03")
    crew = enter(
        "awak3", wide=False, has_touch=True, geolocation=THERE, permissions=["geolocation"]
    )
    crew.sign_in()
    page = crew.page
    page.get_by_role("button", name="Lain", exact=True).click()
    page.get_by_role("button", name="Lokasi salah").click()
    page.get_by_label("Petunjuk singkat").fill("pagar hijau")
    is_accessible(crew)
    crew.picture("wrong-place")
    page.get_by_role("button", name="Kirim lokasi yang benar").click()
    expect(page.get_by_text("Titik yang benar terkirim ke operator")).to_be_visible()

    (incident,) = [row for row in centre.rows("incident") if row.key == "i-wrong"]
    assert isinstance(incident, IncidentRow)
    detail = choose_incident(budi, incident.number)
    expect(detail).to_contain_text("AMB03: lokasi salah")
    expect(detail).to_contain_text("pagar hijau")
    budi.picture("correction")
    detail.get_by_role("button", name="Pindahkan titik ke sini").click()
    expect(detail.get_by_role("button", name="Pindahkan titik ke sini")).to_be_hidden()

    _open_roads(sari)
    _dialog(sari).get_by_role("button", name="Nama lokasi").click()
    names = _dialog(sari).get_by_role("listbox", name="Nama lokasi")
    expect(names.get_by_role("option")).to_contain_text("warung kuning")
    names.focus()
    sari.press("Home", "Enter")
    expect(names.get_by_role("option")).to_contain_text("diterima")
    is_accessible(sari)
    sari.picture("names")
    (alias,) = [row for row in centre.rows("alias") if isinstance(row, AliasRow)]
    assert (alias.state, alias.unit, alias.reviewed_by) == ("reviewed", "AMB03", "Sari")
    names.focus()
    sari.press("Delete")
    until(lambda: _state(centre) == "undone", 20.0, "taken back")


def _open_roads(person: Person) -> None:
    """By its key, which works once the dialog's part has come."""
    dialog = person.page.locator("dialog[open]")
    person.press("Control+b")
    for _ in range(40):
        if dialog.count():
            return
        person.page.wait_for_timeout(250)
        if not dialog.count():
            person.press("Control+b")


def _state(centre: Centre) -> str:
    return next(row.state for row in centre.rows("alias") if isinstance(row, AliasRow))


@pytest.mark.parametrize("page", ["Penutupan dan banjir", "Nama lokasi"])
def test_nothing_of_it_is_cut_at_200_percent(enter: Enter, page: str) -> None:
    """Half the screen in each direction, and everything can still be reached."""
    sari = enter("sari", **ZOOMED)
    sari.begin_duty("armada")
    _open_roads(sari)
    dialog = _dialog(sari)
    dialog.get_by_role("button", name=page).click()
    if page == "Penutupan dan banjir":
        dialog.get_by_role("button", name="Penutupan baru").click()
    sari.picture(f"zoom-roads-{page[:4]}")
    assert sari.page.evaluate(CUT_SCRIPT) == []


LOOKS = (
    ("gelap", "id", {"viewport": {"width": 1366, "height": 768}}),
    ("terang", "en", {"viewport": {"width": 1366, "height": 768}}),
    ("gelap", "en", ZOOMED),
    ("terang", "id", ZOOMED),
)
"""By day and by night, in both languages, on the smallest console and at 200 %."""

DRAWN = {
    "id": ("3 titik lagi", "Ctrl+Enter atau Selesai"),
    "en": ("3 more points", "Ctrl+Enter or Done"),
}
"""What is still missing of an area, and the key that ends it."""

NAMES = {
    "id": (
        "Penutupan & banjir",
        "Penutupan baru",
        "Gambar bidang",
        "Selesai",
        "Tutup jalan",
        "Di mana",
    ),
    "en": ("Closures & floods", "New closure", "Draw an area", "Done", "Close the road", "Where"),
}


@pytest.mark.parametrize(("theme", "language", "how"), LOOKS)
def test_a_flood_is_drawn_with_the_mouse_in_every_look(
    enter: Enter, centre: Centre, theme: str, language: str, how: dict[str, Any]
) -> None:
    """Three clicks on the map and one on *done*; form and list are whole and accessible, and the
    whole of what one presses is seen. The keys go to the map when drawing begins, also by F6, and
    back to the form when it is left."""
    title, new, draw, done, close, where = NAMES[language]
    sari = enter("sari", **how)
    sari.begin_duty("armada")
    next(console_looks(sari, [(theme, language)]))
    if how is ZOOMED:
        sari.press("m")
    expect(sari.page.locator("[data-map]")).to_be_visible()
    _open_roads(sari)
    dialog = sari.page.get_by_role("dialog", name=title)
    dialog.get_by_role("button", name=new).click()
    dialog.get_by_role("button", name=draw).press("Enter")
    canvas = sari.page.locator("[data-map] canvas").first
    expect(canvas).to_be_focused()
    sari.press("Escape")
    expect(dialog.get_by_label(where)).to_be_focused()
    dialog.get_by_role("button", name=draw).press("Enter")
    expect(canvas).to_be_focused()
    bar = sari.page.locator("[data-map] .bar [role=status]")
    sari.press("ArrowRight", "Enter")
    expect(bar).not_to_contain_text(DRAWN[language][0])
    sari.press("Backspace", "F6", "Shift+F6")
    expect(canvas).to_be_focused()
    box = canvas.bounding_box()
    assert box is not None
    expect(bar).to_contain_text(DRAWN[language][0])
    for across, down in ((0.3, 0.3), (0.6, 0.3), (0.6, 0.6)):
        canvas.click(position={"x": box["width"] * across, "y": box["height"] * down})
    expect(bar).to_contain_text(DRAWN[language][1])
    sari.picture(f"roads-drawing-{theme}-{language}")
    strip = sari.page.locator("[data-map] .strip").bounding_box()
    tip = sari.page.locator("[data-map] .tip").bounding_box()
    assert strip is not None
    assert tip is not None
    assert tip["y"] + tip["height"] <= strip["y"], "what is under the pointer is above the line"
    assert sari.page.evaluate(CUT_SCRIPT) == []
    sari.page.get_by_role("button", name=done).click()
    expect(dialog.get_by_label(where)).to_have_value(re.compile(r"^-\d+\.\d+, 1\d\d"))
    is_accessible(sari)
    assert sari.page.evaluate(CUT_SCRIPT) == []
    sari.picture(f"roads-form-{theme}-{language}")
    before = len(_closures(centre))
    send = dialog.get_by_role("button", name=close)
    expect(send).to_be_in_viewport(ratio=1)
    send.click()
    until(lambda: len(_closures(centre)) == before + 1, 20.0, "it is closed")
    expect(dialog.locator('[role="option"]').first).to_be_visible()
    is_accessible(sari)
    assert sari.page.evaluate(CUT_SCRIPT) == []
    sari.picture(f"roads-list-{theme}-{language}")
    dialog.get_by_role("listbox").focus()
    sari.press("Home", "Delete")
    until(lambda: all(row.lifted_by for row in _closures(centre)), 20.0, "nothing is left shut")


def _take_out_als(person: Person, centre: Centre) -> None:
    """No ambulance with a doctor or a nurse may be sent; one that is at work is not free anyhow."""
    engaged = {row.key for row in centre.rows("engagement")}
    for row in centre.rows("unit"):
        if not isinstance(row, UnitRow) or row.key in engaged:
            continue
        if "als" in row.capabilities and row.state == "available":
            person.command("unit.out_of_service", unit=row.key, reason="repair")


def test_the_wall_says_where_water_stands_and_how_the_day_goes(
    enter: Enter, centre: Centre
) -> None:
    """The tide in the room's own words, the deepest first, gone with its closure; today's calls by
    the hour beside yesterday's, and the same as a table; which desks lead and nobody's name,
    and that no ALS is free."""
    budi, sari = enter("budi"), enter("sari")
    budi.begin_duty("armada")
    sari.begin_duty("pantau")
    desks = sari.page.get_by_role("region", name="Meja", exact=True)
    expect(desks).to_contain_text("Supervisor")
    expect(desks).to_contain_text("Pengendali 1")
    expect(desks).not_to_contain_text(re.compile("Sari|Budi"))
    fleet = sari.page.get_by_role("region", name="Unit siaga")
    als = fleet.get_by_role("listitem").filter(has_text="ALS")
    expect(als).to_have_text(re.compile(r"^ALS [1-9]\d*/\d+$"))
    _take_out_als(budi, centre)
    expect(als).to_have_text(re.compile(r"^ALS kosong 00:\d\d$"))
    for key, name, reason, depth_cm in (
        ("w-1", "Genuk", "flood", 15),
        ("w-2", "Kaligawe", "tidal_flood", 40),
    ):
        label = {"sealed": "personal", "text": name}
        shape = {"type": "Point", "coordinates": [110.44, -6.96]}
        budi.command(
            "closure.close", closure=key, geometry=shape, reason=reason, label=label,
            depth_cm=depth_cm,
        )  # fmt: skip
    water = sari.page.get_by_role("region", name="Genangan di jalan")
    lines = water.get_by_role("listitem")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Rob 40 cm")
    expect(lines.first).to_contain_text("Kaligawe")
    hours = sari.page.get_by_role("region", name="Panggilan per jam")
    expect(hours.get_by_role("img")).to_have_accessible_name(re.compile("Hari ini 0 panggilan"))
    hours.get_by_text("Tabel").click()
    expect(hours.get_by_role("row")).to_have_count(25)
    quarters = sari.page.get_by_role("region", name="Panggilan per 15 menit")
    expect(quarters.get_by_role("img")).to_have_accessible_name(re.compile("6 jam terakhir 0"))
    is_accessible(sari)
    sari.picture("wall-water")
    for key in ("w-1", "w-2"):
        budi.command("closure.lift", closure=key, reason="over")
    expect(water).to_have_count(0)
    assert all(row.lifted_at for row in _closures(centre) if row.key in {"w-1", "w-2"})
