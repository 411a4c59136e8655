"""Pictures that only a city with a past can give: *Evaluasi* with its figures, plans and a file.

Slow, and only to be looked at: with PICTURES=1 (`make pictures`). That the pages are accessible
while they are empty, `test_journey_looks` proves each time; here it is proved with all of it there.
"""

import os
from collections.abc import Iterator
from typing import Final

import msgspec
import pytest
from journey_browser import Enter, Person
from journey_centre import Centre, running, until
from playwright.sync_api import Browser, expect
from test_journey_looks import LOOKS, Look, show_look

from kentongan.demo.history import write_history
from kentongan.serve.day_files import day_files
from kentongan.serve.wiring import utc_now

pytestmark = pytest.mark.skipif(
    not os.environ.get("PICTURES"), reason="only to be looked at: PICTURES=1"
)

PAST_DAYS: Final = 120
"""The 90 days of a question, and some of those before to compare with."""

WORK_MS: Final = 300_000
"""How long a plan may take on a busy machine."""

WINDOW: Final = {"width": 1920, "height": 1080}

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


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_the_figures_of_a_city_with_a_past(enter: Enter, theme: str, language: str) -> None:
    """Every plot is there, down to the funnel, which is asked for last."""
    mayor, look = enter("walikota"), Look()
    mayor.begin_duty("evaluasi")
    show_look(mayor, theme, language, begins=True)
    expect(mayor.page.get_by_role("heading", name="F10")).to_be_visible(timeout=WORK_MS)
    _is_pictured(mayor, look, f"past-{theme}-{language}-evaluasi")
    look.check()


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_the_plans_of_a_city_with_a_past(enter: Enter, theme: str, language: str) -> None:
    """Where units should stand, a unit more in the twin, a week of the desks."""
    mayor, look = enter("walikota"), Look()
    mayor.begin_duty("evaluasi/page%3Dplans")
    show_look(mayor, theme, language, begins=True)
    until(lambda: '"state":"ready"' in mayor.ask("GET", "/api/map/city")[1], 120.0, "the roads")
    _plan(mayor, 1, "path.planned")
    _is_pictured(mayor, look, f"past-{theme}-{language}-evaluasi-plans")
    twin = mayor.page.locator(".plans form").first
    twin.locator(".line button").first.click()
    replications, days = (twin.locator("input[type=number]").nth(place) for place in (1, 2))
    replications.fill("6")
    days.fill("30")
    _plan(mayor, 0, ".forest li")
    _plan(mayor, 2, ".shifts td")
    look.is_accessible(mayor, f"{theme}-{language} plans")
    look.is_whole(mayor, f"{theme}-{language} plans")
    look.check()


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_the_file_of_another_centre(enter: Enter, theme: str, language: str) -> None:
    """Its columns get a meaning; what was dropped or doubted is told by row, and the figures."""
    mayor, look = enter("walikota"), Look()
    mayor.begin_duty("evaluasi/page%3Dimport")
    show_look(mayor, theme, language, begins=True)
    file = {"name": "sumenep-2026.csv", "mimeType": "text/csv", "buffer": _file_of_another()}
    mayor.page.locator(".steps input[type=file]").first.set_input_files([file])  # type: ignore[list-item]
    mayor.page.locator(".steps form button[type=submit]").click()
    expect(mayor.page.locator(".steps .reasons li").first).to_be_visible(timeout=WORK_MS)
    _is_pictured(mayor, look, f"past-{theme}-{language}-evaluasi-import")
    look.check()


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
    look.is_accessible(person, name)
    look.is_whole(person, name)
    hidden = person.page.evaluate(
        "() => { const main = document.querySelector('main');"
        " return main.scrollHeight - main.clientHeight; }"
    )
    person.page.set_viewport_size({**WINDOW, "height": WINDOW["height"] + int(hidden)})
    person.page.wait_for_timeout(1_000)  # the plots have been drawn for that height
    person.picture(name)
