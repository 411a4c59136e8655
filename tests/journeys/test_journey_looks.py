"""How the screens look: accessible in both themes and both languages, and whole in every window.

Every page is opened once, with something on it: a call in hand, an incident with a unit and one
that waits for too long, a task, a row that two people changed. What else opens above them, the
journeys of that work look at; *Evaluasi* with a past, `test_journey_evaluation`.
"""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from journey_browser import Enter, Person
from journey_caller import Callers
from journey_centre import Centre, until
from journey_look import (
    LOOKS,
    PHONES,
    PICTURED,
    SIZES,
    Look,
    citizen_looks,
    console_looks,
    kept_looks,
)
from journey_office import PAGES, both_changed, name_a_place, turn
from journey_steps import locate, open_incident, take_call
from playwright.sync_api import expect

from kentongan.core.rows import ReportRow
from kentongan.core.words import Role
from kentongan.published import DayChain, MonthFigure, Published, write_published

CROSSED: Final = (("gelap", "en"), ("terang", "id"))
SHOWN: Final = LOOKS + CROSSED if os.environ.get("EXPLORE") else LOOKS
"""The other two pairings with EXPLORE=1; without it, a look has tried the other theme's colours."""

ABOVE: Final = (("F1", "help"), ("Control+F7", "alarms"), ("F3", "search"))
"""What a key opens above every screen."""


def test_the_room_in_every_look(enter: Enter, callers: Callers, centre: Centre, look: Look) -> None:
    """13, 15: Panggilan, Armada, Pantau and what opens above them; an agency; a crew."""
    rina = _busy_city(enter, callers, centre)
    for path in ("panggilan", "armada", "pantau"):
        _visit(rina, path)
        _is_fine(rina, look, path)
    _visit(rina, "armada")
    rina.press("u")
    board = rina.page.get_by_role("region", name="Unit board")  # the last look was in English
    expect(board).to_contain_text("AMB01")
    _is_fine(rina, look, "unit-board")
    _visit(rina, "panggilan")
    for how in console_looks(rina, SHOWN):
        for key, name in ABOVE:
            rina.press(key)
            expect(rina.page.locator("dialog[open]")).to_be_visible()
            look.is_fine(rina, f"{how} {name}")
            rina.picture(f"look-{how}-{name}")
            rina.press("Escape")
    dinkes = enter("dinkes")
    dinkes.begin_duty()
    _is_fine(dinkes, look, "instansi")
    centre.add_person("awak2", "Awak 2", (Role.CREW,), agency="dinkes", unit="AMB02")
    crew = enter("awak2", wide=False, has_touch=True)
    crew.sign_in()
    for how in kept_looks(crew, SHOWN, by_hour=True):
        look.is_fine(crew, f"{how} lapangan", PHONES)
        crew.picture(f"look-{how}-lapangan")
    _the_reporter_follows(enter, rina, centre, look)


def test_the_office_in_every_look(enter: Enter, centre: Centre, look: Look) -> None:
    """13, 15: every page of Atur, the supervisor's Pantau, Evaluasi before its first day."""
    centre.add_person("kepala", "Kepala", (Role.ADMIN, Role.SUPERVISOR))
    head = enter("kepala")
    head.begin_duty("atur/isi")
    expect(head.page.get_by_role("option", name="AMB01")).to_be_visible()
    both_changed(head)
    name_a_place(head)
    if PICTURED:
        assert head.ask("POST", "/api/backups")[0] == 200
    for page in PAGES:
        turn(head, page)
        _is_fine(head, look, page)
    _visit(head, "pantau")
    _is_fine(head, look, "supervisor")
    mayor = enter("walikota")
    mayor.begin_duty("pantau")
    _is_fine(mayor, look, "walikota")
    _visit(mayor, "evaluasi")
    for page in ("", "plans", "import"):
        mayor.page.evaluate("(page) => { location.hash = `#/evaluasi/page%3D${page}`; }", page)
        there = ".evaluation form, .evaluation .file" if page else ".evaluation h2"
        expect(mayor.page.locator(there).first).to_be_visible()
        _is_fine(mayor, look, f"evaluasi{page and '-'}{page}")


def test_before_the_screens_in_every_look(enter: Enter, look: Look) -> None:
    """13, 15: signing in, and the gate before the console."""
    dewi = enter("dewi")
    dewi.page.goto("/")
    for how in kept_looks(dewi, SHOWN):
        look.is_fine(dewi, f"{how} sign-in")
        dewi.picture(f"look-{how}-sign-in")
    next(kept_looks(dewi))
    dewi.sign_in()
    for how in kept_looks(dewi, SHOWN):
        expect(dewi.page.locator("[data-main]")).to_be_visible()
        look.is_fine(dewi, f"{how} begin duty")
        dewi.picture(f"look-{how}-begin-duty")


def test_what_everybody_may_open_in_every_look(enter: Enter, centre: Centre, look: Look) -> None:
    """13, 15: a call by the internet, the code of a location, what is published of the record."""
    _publish(centre)
    citizen = enter("citizen", wide=False)
    for path, name in (("/112", "112"), ("/112/lokasi", "location"), ("/publik/rekaman", "public")):
        citizen.page.goto(path)
        expect(citizen.page.locator("main").first).to_be_visible()
        for how in citizen_looks(citizen, SHOWN):
            look.is_fine(citizen, f"{how} {name}", (*PHONES, *SIZES))
            citizen.picture(f"look-{how}-{name}")


def test_atur_asks_again_where_nobody_answered(enter: Enter) -> None:
    """A server that was away when the screen was opened is not away for ever."""
    admin = enter("admin")
    admin.page.route("**/api/pack", lambda route: route.abort())
    admin.begin_duty("atur/isi")
    away = admin.page.get_by_role("alert").filter(has_text="Server tidak menjawab")
    expect(away).to_be_visible()
    admin.page.unroute_all()
    expect(admin.page.get_by_role("option", name="AMB01")).to_be_visible()


def _is_fine(person: Person, look: Look, name: str) -> None:
    """This page of the console, by its menu in every look."""
    for how in console_looks(person, SHOWN):
        look.is_fine(person, f"{how} {name}")
        person.picture(f"look-{how}-{name}")


def _busy_city(enter: Enter, callers: Callers, centre: Centre) -> Person:
    """An operator in a call, a crew with a task, and an incident that waits for too long."""
    rina = enter("rina")
    rina.begin_duty()
    open_incident(rina, "i-look", "MED-02", -6.9905, 110.4229)
    rina.command("assignment.assign", incident="i-look", unit="AMB02", agency="dinkes")
    rina.command("assignment.progress", incident="i-look", unit="AMB02", progress="accepted")
    for kind, fields in (
        ("open", {}),
        ("locate", {"place": {"point": {"lat": -6.9722, "lon": 110.4244}, "source": "pin"}}),
        ("classify", {"nature": "KBK-01"}),
        ("send", {}),
    ):
        command = {"type": f"incident.{kind}", "incident": "i-waits", **fields}
        body = {"id": secrets.token_hex(8), "command": command, "age_s": 200}
        status, text = rina.ask("POST", "/api/commands", body)
        assert status == 200, text
    if PICTURED:
        until(lambda: '"state":"ready"' in rina.ask("GET", "/api/map/city")[1], 300.0, "the map")
    take_call(rina, callers, "081325552013")
    rina.press("Alt+p")
    rina.type("bapak semaput, ora obah")
    expect(rina.page.locator(".proposal")).to_be_visible()
    rina.press("Enter")
    locate(rina, "Simpang Lima")
    return rina


def _the_reporter_follows(enter: Enter, rina: Person, centre: Centre, look: Look) -> None:
    """The link of the call in hand, before help departs and after."""
    report = next(row for row in centre.rows("report") if isinstance(row, ReportRow) and row.call)
    status, text = rina.ask("POST", f"/api/reports/{report.key}/follow-link", {})
    assert status == 200, text
    reporter = enter("reporter", wide=False, timezone_id="Asia/Jakarta")
    reporter.page.goto(str(json.loads(text)["url"]))
    told = reporter.page.locator("#saying")
    expect(told).to_contain_text("sudah diterima")
    for how in citizen_looks(reporter, SHOWN):
        look.is_fine(reporter, f"{how} lacak", PHONES)
    rina.command("incident.send", incident=report.incident, complete=True)
    work = {"incident": report.incident, "unit": "AMB04"}
    rina.command("assignment.assign", **work, agency="dinkes", promise=_promise())
    for progress in ("accepted", "departed"):
        rina.command("assignment.progress", **work, progress=progress)
    reporter.page.reload()
    expect(reporter.page.locator("#range")).not_to_be_empty()
    for how in citizen_looks(reporter, SHOWN):
        look.is_fine(reporter, f"{how} lacak departed", PHONES)
        reporter.picture(f"look-{how}-lacak")


def _promise() -> dict[str, str]:
    """At the door in ten to fourteen minutes."""
    now = datetime.now(UTC)
    at = {"depart_by": 1, "arrive_from": 10, "arrive_to": 14}
    promised = {name: (now + timedelta(minutes=after)).isoformat() for name, after in at.items()}
    return promised | {"travel_source": "straight_line"}  # also while the roads are still loading


def _publish(centre: Centre) -> None:
    """Two days and a month, made up."""
    city = centre.pack.city
    days = tuple(
        DayChain(day=f"2026-10-{at:02d}", position=1_000 * at, events=1_000, chain=f"{at:064x}")
        for at in (30, 31)
    )
    month = MonthFigure(
        month="2026-10",
        position=31_000,
        interval="response",
        start="call.ring",
        end="unit.on_scene",
        n=412,
        all=431,
        p50_s=498.0,
        p90_s=871.0,
        p90_low_s=822.0,
        p90_high_s=934.0,
        limit_s=600.0,
        within_of_ended=0.71,
        within_of_all=0.68,
    )
    published = Published(
        city=city.key, name=city.name.id, timezone=city.timezone, days=days, months=(month,)
    )
    write_published(published, centre.settings.published_file)


def _visit(person: Person, path: str) -> None:
    person.page.evaluate("(path) => { location.hash = `#/${path}`; }", path)
    screen = person.page.locator(f'header nav a[href="#/{path}"]')
    expect(screen).to_have_attribute("aria-current", "page")
    person.page.wait_for_timeout(700)  # the screen's own chunk, its first answers
