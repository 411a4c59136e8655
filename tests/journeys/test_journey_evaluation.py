"""*Evaluasi* of a city with a past: its figures and a case's film, plans, another centre's file.

Each page with all of it there, in both themes and both languages, accessible and whole in every
window; that they are while they are empty, `test_journey_looks` proves. With PICTURES=1 the past is
longer and the plans are larger: pictures to be looked at.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec
import pytest
from journey_browser import PATIENCE_MS, Enter, Person
from journey_centre import Centre, running, until
from journey_look import PICTURED, Look, console_looks
from playwright.sync_api import Browser, ViewportSize, expect

from kentongan.demo.history import write_history
from kentongan.serve.day_files import day_files
from kentongan.serve.wiring import utc_now

PAST_DAYS: Final = 120 if PICTURED else 28
"""The 90 days of a question, and some of those before to compare with; four weeks are enough for
every figure to be there."""

TWIN: Final = ("6", "30") if PICTURED else ("2", "7")
"""Replications of the twin, and days of each."""

WORK_S: Final = 300.0
WORK_MS: Final = WORK_S * 1_000
"""How long a plan may take on a busy machine."""

SLOW: Final = pytest.mark.skipif(not PICTURED, reason="works out plans or a file: PICTURES=1")

PAPER_PAGES: Final = 18
"""Thirteen figures, two beside each other where they fit; plots torn from their words took 26."""

WINDOW: Final[ViewportSize] = {"width": 1920, "height": 1080}

HEADER: Final = "nomor;diterima;dispatched;enroute;arrived;kecamatan;kejadian;opd"
KECAMATAN: Final = ("Kota Sumenep", "Kalianget", "Bluto", "Saronggi", "Manding")
KINDS: Final = (("Kecelakaan", "Dinkes"), ("Kebakaran", "Damkar"), ("Pohon tumbang", "BPBD"))


class PastCity(Centre):
    """A centre with months behind it, made up and marked training as those of the demo."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = msgspec.structs.replace(self.settings, training=True)
        self.file.write_bytes(msgspec.json.encode(self.settings))
        write_history(self.store, self.pack, PAST_DAYS, utc_now())
        day_files(self.settings, self.pack).refresh(self.store, self.pack)


@pytest.fixture(scope="module")
def centre(browser: Browser) -> Iterator[Centre]:
    """It, for the tests of this file."""
    del browser
    centre = PastCity()
    with running(centre):
        yield centre


def test_the_figures_of_a_city_with_a_past(enter: Enter, look: Look) -> None:
    """Every plot is there, down to the advice, which is asked for last; one kecamatan stands
    against the others; it is as many sheets of paper as it should be."""
    mayor = enter("walikota")
    mayor.begin_duty("evaluasi")
    page = mayor.page
    for figure in range(1, 14):
        heading = page.get_by_role("heading", name=re.compile(rf"^F{figure}\b"))
        expect(heading.first).to_be_visible(timeout=WORK_MS)
    judged = page.get_by_role("region", name="Standar", exact=True)
    beyond = judged.evaluate("(wide) => wide.scrollWidth - wide.clientWidth")
    assert beyond <= 0, f"F3: {beyond} px of the standards' table are out of view"
    done_in = page.get_by_role("combobox", name="Dilakukan di")
    done_in.select_option(index=1)
    expect(page.get_by_text(re.compile("Kasus sebelum → sesudah"))).to_be_visible(timeout=WORK_MS)
    for how in console_looks(mayor):
        _is_pictured(mayor, look, f"past-{how}-evaluasi")
    paper = re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))
    assert len(paper) <= PAPER_PAGES


def test_a_slow_case_is_played_as_a_film(enter: Enter, look: Look) -> None:
    """On the city's map, or on the sketch where the browser draws none; to its very end."""
    sari = enter("sari")
    sari.begin_duty("evaluasi")
    page = sari.page
    page.locator(".cases .line button").first.click(timeout=WORK_MS)
    page.locator(".cases .open button").first.click()
    film = page.locator(".film")
    slider = film.get_by_role("slider")
    expect(slider).to_be_visible()
    began = float(slider.input_value())
    film.focus()
    sari.press("Space")
    expect(film.locator(".bar button").first).to_have_attribute("aria-pressed", "true")
    until(lambda: float(slider.input_value()) > began, 20.0, "the film goes on")
    sari.press("Space", "End")
    left_ms = float(slider.get_attribute("max") or "0") - float(slider.input_value())
    assert left_ms < 1_000, "the slider has whole seconds"
    expect(film.get_by_role("listitem").first).to_be_visible()
    ground = film.locator(f"[data-map={'idle' if PICTURED else 'sketch'}]")
    expect(ground).to_be_visible(timeout=PATIENCE_MS * (6 if PICTURED else 1))
    expect(ground.locator("canvas" if PICTURED else "svg path.place")).to_be_visible()
    film.scroll_into_view_if_needed()
    sari.picture("past-film")
    look.is_fine(sari, "film")


@SLOW
def test_the_plans_of_a_city_with_a_past(enter: Enter, look: Look) -> None:
    """Where units should stand, a unit more in the twin, a week of the desks."""
    mayor = enter("walikota")
    mayor.begin_duty("evaluasi/page%3Dplans")
    until(lambda: '"state":"ready"' in mayor.ask("GET", "/api/map/city")[1], WORK_S, "the roads")
    _plan(mayor, 1, "path.planned")
    twin = mayor.page.locator(".plans form").first
    twin.locator(".line button").first.click()
    for place, value in zip((1, 2), TWIN, strict=True):
        twin.locator("input[type=number]").nth(place).fill(value)
    _plan(mayor, 0, ".forest li")
    _plan(mayor, 2, ".shifts td")
    for how in console_looks(mayor):
        _is_pictured(mayor, look, f"past-{how}-evaluasi-plans")


@SLOW
def test_the_file_of_another_centre(enter: Enter, look: Look) -> None:
    """Its columns get a meaning; what was dropped or doubted is told by row, and the figures."""
    mayor = enter("walikota")
    mayor.begin_duty("evaluasi/page%3Dimport")
    file = {"name": "sumenep-2026.csv", "mimeType": "text/csv", "buffer": _file_of_another()}
    mayor.page.locator(".steps input[type=file]").first.set_input_files([file])  # type: ignore[list-item]
    mayor.page.locator(".steps form button[type=submit]").click(timeout=WORK_MS)
    expect(mayor.page.locator(".steps .reasons li").first).to_be_visible(timeout=WORK_MS)
    for how in console_looks(mayor):
        _is_pictured(mayor, look, f"past-{how}-evaluasi-import")


def _plan(person: Person, place: int, answer: str) -> None:
    """Ask the form at that place, and wait for what its answer has."""
    person.page.locator(".plans form").nth(place).locator("button[type=submit]").click()
    expect(person.page.locator(f".plans {answer}").first).to_be_visible(timeout=WORK_MS)


def _file_of_another() -> bytes:
    """A month of another centre: 240 rows, some with what people write wrongly."""
    lines = [HEADER]
    for number in range(1, 241):
        day, hour, minute = 1 + number // 8, (number * 7) % 23, (number * 13) % 28
        kind, agency = KINDS[number % len(KINDS)]
        steps = (0, 2 + number % 3, 4 + number % 4, 9 + (number * 11) % 19)
        stamps = [f"{day:02d}/10/2026 {hour:02d}:{minute + step:02d}:00" for step in steps]
        if number % 60 == 7:
            stamps[3] = "menyusul"
        if number % 80 == 11:
            stamps[3] = f"{day:02d}/09/2026 {hour:02d}:{minute:02d}:00"
        row = (f"{number}", *stamps, KECAMATAN[number % len(KECAMATAN)], kind, agency)
        lines.append(";".join(row))
    return "\n".join([*lines, lines[40]]).encode()


def _is_pictured(person: Person, look: Look, name: str) -> None:
    """The page is whole and accessible; one picture of all of it, however long."""
    look.is_fine(person, name)
    if not PICTURED:
        return
    hidden = person.page.evaluate(
        "() => { const main = document.querySelector('main');"
        " return main.scrollHeight - main.clientHeight; }"
    )
    height = WINDOW["height"] + int(hidden)
    person.page.set_viewport_size({"width": WINDOW["width"], "height": height})
    person.page.wait_for_timeout(1_000)  # the plots have been drawn for that height
    person.picture(name)
    person.page.set_viewport_size(WINDOW)
