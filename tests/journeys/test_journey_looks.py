"""How the screens look: accessible in both themes and both languages, and whole at 200 % zoom.

Every screen is shown with something on it: a call in hand, an incident with a unit, a task.
"""

import json
import os

import pytest
from journey_browser import Enter, Person
from journey_caller import Callers
from journey_centre import Centre
from journey_look import LOOKS, ZOOMED, Look, show_look
from journey_steps import locate, open_incident, take_call
from playwright.sync_api import expect

from kentongan.core.rows import ReportRow
from kentongan.core.words import Role

EXPLORES = bool(os.environ.get("EXPLORE"))
CROSSED = (("gelap", "en"), ("terang", "id"))
ALL_LOOKS = pytest.mark.parametrize(
    "looks",
    [
        pytest.param(LOOKS, id="both"),
        pytest.param(
            CROSSED,
            id="crossed",
            marks=pytest.mark.skipif(not EXPLORES, reason="the other two pairings: with EXPLORE=1"),
        ),
    ],
)
OFFICE = ("pengguna", "jejak", "kesehatan", "cadangan")
"""The pages of Atur that look after the centre itself."""


@ALL_LOOKS
def test_every_screen_is_accessible_in_both_themes_and_languages(
    enter: Enter,
    callers: Callers,
    centre: Centre,
    look: Look,
    looks: tuple[tuple[str, str], ...],
) -> None:
    """13: no violation on any screen."""
    stranger = enter("stranger")
    stranger.page.goto("/")
    rina, crew, others = _busy_city(enter, callers, centre)
    for theme, language in looks:
        how = f"{theme}-{language}"
        show_look(stranger, theme, language)
        look.is_fine(stranger, f"{how} sign-in")
        stranger.picture(f"look-{how}-sign-in")
        show_look(rina, theme, language)
        expect(rina.page.get_by_role("textbox").first).to_be_visible()
        for path in ("panggilan", "armada", "pantau"):
            _visit(rina, path)
            look.is_fine(rina, f"{how} {path}")
            rina.picture(f"look-{how}-{path}")
        for key, name in (("F1", "help"), ("Control+F7", "alarms"), ("F3", "search")):
            rina.press(key)
            rina.page.wait_for_timeout(300)
            look.is_fine(rina, f"{how} {name}")
            rina.picture(f"look-{how}-{name}")
            rina.press("Escape")
        _visit(rina, "panggilan")
        for person in others:
            show_look(person, theme, language, begins=True)
            look.is_fine(person, f"{how} {person.name}")
            person.picture(f"look-{how}-{person.name}")
        mayor = next(person for person in others if person.name == "walikota")
        _visit(mayor, "evaluasi")
        expect(mayor.page.locator(".evaluation h2").first).to_be_visible()
        look.is_fine(mayor, f"{how} evaluasi")
        mayor.picture(f"look-{how}-evaluasi")
        for page in ("plans", "import"):
            mayor.page.evaluate("(page) => { location.hash = `#/evaluasi/page%3D${page}`; }", page)
            expect(mayor.page.locator(".evaluation form, .evaluation .file").first).to_be_visible()
            look.is_fine(mayor, f"{how} evaluasi {page}")
            mayor.picture(f"look-{how}-evaluasi-{page}")
        _visit(mayor, "pantau")
        for page in PAGES:
            turn(others[-1], page)
            look.is_fine(others[-1], f"{how} {page}")
            others[-1].picture(f"look-{how}-{page}")
        _visit(others[-1], "pantau")
        look.is_fine(others[-1], f"{how} supervisor's pantau")
        others[-1].picture(f"look-{how}-supervisor")
        turn(others[-1], PAGES[0])
        show_look(crew, theme, language, by_hour=True)
        look.is_fine(crew, f"{how} lapangan", PHONES)
        crew.picture(f"look-{how}-lapangan")
    reporter = enter("reporter", wide=False, timezone_id="Asia/Jakarta")
    reporter.page.goto(_follow_link(rina, centre))
    told = reporter.page.get_by_text
    expect(told("Laporan Anda sudah diterima")).to_be_visible()
    look.is_fine(reporter, "lacak", PHONES)
    _help_departs(rina, centre)
    reporter.page.reload()
    expect(told("Perkiraan tiba").first).to_be_visible()
    look.is_fine(reporter, "lacak departed", PHONES)
    reporter.picture("look-lacak")


@ALL_LOOKS
def test_the_start_of_duty_is_accessible(
    enter: Enter, look: Look, looks: tuple[tuple[str, str], ...]
) -> None:
    """13: the gate before the console, too."""
    dewi = enter("dewi")
    dewi.sign_in()
    for theme, language in looks:
        show_look(dewi, theme, language)
        expect(dewi.page.locator("[data-main]")).to_be_visible()
        look.is_fine(dewi, f"{theme}-{language} begin duty")
        dewi.picture(f"look-{theme}-{language}-begin-duty")


def test_atur_asks_again_where_nobody_answered(enter: Enter) -> None:
    """A server that was away when the screen was opened is not away for ever."""
    admin = enter("admin")
    admin.page.route("**/api/pack", lambda route: route.abort())
    admin.begin_duty("atur/isi")
    away = admin.page.get_by_role("alert").filter(has_text="Server tidak menjawab")
    expect(away).to_be_visible()
    admin.page.unroute_all()
    expect(admin.page.get_by_role("option", name="AMB01")).to_be_visible()


def test_nothing_is_cut_at_200_percent(
    enter: Enter, callers: Callers, centre: Centre, look: Look
) -> None:
    """15: half the screen in each direction, and everything can still be reached."""
    rina, crew, others = _busy_city(enter, callers, centre, **ZOOMED)
    for path in ("panggilan", "armada", "pantau"):
        _visit(rina, path)
        rina.picture(f"zoom-{path}")
        look.is_whole(rina, path)
    for person in (*others, crew):
        person.picture(f"zoom-{person.name}")
        look.is_whole(person, person.name)
    for page in PAGES:
        turn(others[-1], page)
        others[-1].picture(f"zoom-{page}")
        look.is_whole(others[-1], page)


def _busy_city(
    enter: Enter, callers: Callers, centre: Centre, **how: object
) -> tuple[Person, Person, list[Person]]:
    """An operator in a call, a crew with a task, an officer and the mayor."""
    rina, dinkes, mayor = enter("rina", **how), enter("dinkes", **how), enter("walikota", **how)
    for person in (rina, dinkes, mayor):
        person.begin_duty()
    if not any(row.key == "i-look" for row in centre.rows("incident")):
        open_incident(rina, "i-look", "MED-02", -6.9905, 110.4229)
        rina.command("assignment.assign", incident="i-look", unit="AMB02", agency="dinkes")
        step = {"incident": "i-look", "unit": "AMB02", "progress": "accepted"}
        rina.command("assignment.progress", **step)
    centre.add_person("awak2", "Awak 2", (Role.CREW,), agency="dinkes", unit="AMB02")
    centre.add_person("kepala", "Kepala", (Role.ADMIN, Role.SUPERVISOR))
    admin = enter("kepala", **how)
    admin.begin_duty("atur/isi")
    expect(admin.page.get_by_role("option", name="AMB01")).to_be_visible()
    both_changed(admin)
    name_a_place(rina)
    if PICTURED:
        until(lambda: '"state":"ready"' in rina.ask("GET", "/api/map/city")[1], 300.0, "the map")
        assert admin.ask("POST", "/api/backups")[0] == 200
    crew = enter("awak2", wide=False, has_touch=True)
    crew.sign_in()
    take_call(rina, callers, "081325552013")
    rina.press("Alt+p")
    rina.type("bapak semaput, ora obah")
    expect(rina.page.locator(".proposal")).to_be_visible()
    rina.press("Enter")
    locate(rina, "Simpang Lima")
    return rina, crew, [dinkes, mayor, admin]


def _follow_link(rina: Person, centre: Centre) -> str:
    """The link that the reporter of the call in hand is given."""
    report = next(row for row in centre.rows("report") if isinstance(row, ReportRow))
    status, text = rina.ask("POST", f"/api/reports/{report.key}/follow-link", {})
    assert status == 200, text
    return str(json.loads(text)["url"])


def _help_departs(rina: Person, centre: Centre) -> None:
    """Of the call in hand: an ambulance is on its way."""
    report = next(row for row in centre.rows("report") if isinstance(row, ReportRow))
    rina.command("incident.send", incident=report.incident, complete=True)
    work = {"incident": report.incident, "unit": "AMB04"}
    rina.command("assignment.assign", **work, agency="dinkes")
    for progress in ("accepted", "departed"):
        rina.command("assignment.progress", **work, progress=progress)


def _visit(person: Person, path: str) -> None:
    person.page.evaluate("(path) => { location.hash = `#/${path}`; }", path)
    screen = person.page.locator(f'header nav a[href="#/{path}"]')
    expect(screen).to_have_attribute("aria-current", "page")
    person.page.wait_for_timeout(700)  # the screen's own chunk, its first answers


def _turn(admin: Person, page: str) -> None:
    """To that page of Atur, when its first answers are there."""
    admin.page.evaluate("(page) => { location.hash = `#/atur/${page}`; }", page)
    chosen = admin.page.locator(f'nav a[href="#/atur/{page}"]')
    expect(chosen).to_have_attribute("aria-current", "page")
    ready = {
        "pengguna": "section[aria-labelledby=account-past] li",
        "jejak": "tbody td",
        "kesehatan": "dd p",
        "cadangan": "p.last",
    }
    expect(admin.page.locator(ready[page]).first).to_be_visible()
