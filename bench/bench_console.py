"""What the console costs its computer in a city under load, and how soon it answers a key.

    python bench/bench_console.py [SECONDS] [CONSOLES] [EVENTS_PER_S] [PART…]

A real centre with 2,000 units, 500 open incidents, 50 events and 2,000 positions a second; 50
consoles follow, one of them in Chromium without a map. Script and main thread are processor time
of that page's own thread (`Performance.getMetrics`, thread ticks), so what else runs beside it
does not count; a key's time is the browser's own, from the key to the next paint (Event Timing, in
steps of 8 ms). Then calls ring, one is taken with the keyboard alone from F2 until the crew's own
page has the alert, and a link is cut and mended. A figure with a budget says its bar and
whether that is met. What the history beside an answered call takes is not timed here. Parts are
`fleet`, `calls`, `founding` and `cuts`, all when none is named. `map`, only when named and alone,
is Armada with the map drawn by the processor: until its first whole picture, and each time the
units and rows are brought up to date. The journeys prove that it is right; here it is only timed.
"""

import json
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benched import HurtCentre, percentile, running, tell

# isort: split
# What follows is found by the path that `benched` sets.
from journey_browser import Person, launch
from journey_cable import Cable
from journey_caller import Callers
from journey_centre import until
from journey_steps import queue_of
from playwright.sync_api import Browser, expect, sync_playwright

from console_city import WITH_UNIT, fill
from console_hand import Hand, Storming, sizes
from kentongan.core.rows import IncidentRow
from kentongan.core.words import Progress, Role

KEYS = 60
CALLS = 10
POP_MS, CURSOR_MS, RESUME_MS = 300.0, 500.0, 2_000.0
"""The worst of a ring on the screen, of the cursor after F2, of a mended link."""

CODE_BYTES = {"panggilan": 60_000, "armada": 60_000, "lapangan": 36 * 1024, "warga": 25 * 1024}
"""Compressed code at most."""

CUTS = 5
CUT_MS = 4_000
SETTLE_MS = 5_000
FOUNDER = "081126270112"
FIRST_PICTURE_MS = 240_000
FOUNDING_NATURE = "MED-22"
CITY_HALL = {"lat": -6.9822, "lon": 110.4138}
CREWS = 2
"""Crews at their pages: one unit may leave duty in the storm before the call."""

TIMED_MAP = """
window.map_updates = [];
const real = window.setInterval;
window.setInterval = (call, every, ...more) => real(every !== 250 ? call : () => {
  const began = performance.now();
  call();
  const took = performance.now() - began;
  if (took > 1) window.map_updates.push(took);
}, every, ...more);
"""
"""The map looks four times a second whether it may bring itself up to date; other looks take no
millisecond."""


def measure_fleet(browser: Browser, centre: HurtCentre, seconds: float) -> None:
    """Armada: what each event costs, and its keys."""
    budi = Person(browser, centre, "budi")
    budi.begin_duty("armada")
    running_list = budi.page.get_by_role("listbox", name="Berjalan")
    expect(running_list.get_by_role("option")).to_have_count(WITH_UNIT)
    hand = Hand(budi, centre)
    budi.page.wait_for_timeout(SETTLE_MS)
    hand.spend("armada", seconds)
    hand.press_many("armada_list", ["ArrowDown"] * KEYS)
    budi.press("F10")
    hand.press_many("armada_typing", list("t bench0001 1 " * 4)[:KEYS])
    budi.close()


def measure_calls(browser: Browser, centre: HurtCentre, seconds: float) -> None:
    """Panggilan: the same, the ring on the screen, F2, a ghost call."""
    rina = Person(browser, centre, "rina")
    rina.begin_duty()
    hand = Hand(rina, centre)
    callers = Callers(centre.settings.sip.port)
    rina.page.wait_for_timeout(SETTLE_MS)
    hand.spend("panggilan", seconds)
    pops: list[float] = []
    answers: list[float] = []
    ghosts: list[float] = []
    for number in range(CALLS):
        hand.wait_for_ring(f"{number:04}")
        began = hand.now()
        call = callers.ring("112", number=f"08135555{number:04}")
        pops.append(hand.rang() - began)
        answers.append(hand.answer())
        rina.press("Control+d")
        ghost = rina.page.get_by_role("button", name=re.compile("^Hantu"))
        expect(ghost).to_be_enabled(timeout=40_000)  # the silent test is over
        began = hand.now()
        rina.press("F9", "1")
        until(lambda call=call: call.is_over, 20.0, "the ghost is gone")
        ghosts.append(hand.now() - began)
        expect(rina.page.get_by_label("Nama lengkap")).to_be_hidden()
    for name, found, bar in (
        ("offer_to_queue_row", pops, POP_MS),
        ("f2_to_cursor", answers, CURSOR_MS),
        ("ghost_away", ghosts, None),
    ):
        tell(f"console_{name}_p50", percentile(found, 0.5), "ms")
        tell(f"console_{name}_worst", max(found), "ms", bar=bar)
    tell("console_ghost_away_keys", 2, "keys")
    rina.close()
    callers.close()


def measure_founding(browser: Browser, centre: HurtCentre, seconds: float) -> None:
    """The founding call, from F2 until the crew's page has its alert."""
    del seconds
    rina = Person(browser, centre, "rina")
    rina.begin_duty()
    callers = Callers(centre.settings.sip.port)
    crews = crews_of_the_best(browser, rina, centre)
    founding(rina, Hand(rina, centre), callers, centre, crews)
    for person in (*crews.values(), rina):
        person.close()
    callers.close()


def crews_of_the_best(browser: Browser, rina: Person, centre: HurtCentre) -> dict[str, Person]:
    """Crews at their pages, by unit: of those that would be recommended for the city hall."""
    rehearsal = {"incident": "i-rehearsal"}
    rina.command("incident.open", **rehearsal)
    rina.command("incident.classify", **rehearsal, nature=FOUNDING_NATURE)
    rina.command("incident.locate", **rehearsal, place={"point": CITY_HALL, "source": "pin"})
    status, text = rina.ask("GET", "/api/incidents/i-rehearsal/recommendation")
    assert status == 200, text
    best = [str(one["unit"]) for one in json.loads(text)["candidates"][:CREWS]]
    rina.command("incident.close", **rehearsal, outcome="no_incident")
    crews: dict[str, Person] = {}
    for unit in best:
        name = f"awak-{unit.lower()}"
        centre.add_person(name, f"Awak {unit}", (Role.CREW,), agency="dinkes", unit=unit)
        crews[unit] = Person(browser, centre, name, wide=False, has_touch=True, is_mobile=True)
        crews[unit].sign_in()
        expect(crews[unit].page.get_by_text("Tidak ada tugas")).to_be_visible()
    return crews


def founding(
    rina: Person, hand: Hand, callers: Callers, centre: HurtCentre, crews: dict[str, Person]
) -> None:
    """The call of 2 May 2018 with the keyboard alone, seven keys a second; the ambulance is the
    first of the list whose crew sits at its page."""
    page = rina.page
    call = callers.ring("112", number=FOUNDER)
    expect(queue_of(rina)).to_contain_text(FOUNDER[-4:])
    hand.begin()
    hand.keys("F2")
    expect(page.get_by_label("Nama lengkap")).to_be_focused()
    hand.type("Hendrar Prihadi")
    hand.keys("Enter", "Enter")
    hand.type("minta tolong dipanggilkan Ambulans Hebat")
    expect(page.locator(".proposal")).to_be_visible()
    complaint_at = hand.now()
    hand.keys("Enter")
    hand.type("Balai Kota Semarang")
    expect(page.get_by_role("option").first).to_be_visible()
    hand.keys("Enter")
    expect(page.locator(".located")).to_contain_text("◉")
    hand.keys("Control+Enter")
    until(lambda: _newest(centre).tasks and _newest(centre).tasks[0].notified_at, 20.0, "notified")
    notified = _newest(centre).tasks[0].notified_at
    assert notified is not None
    hand.keys("Alt+2")
    region = page.get_by_role("region", name=re.compile(f"Insiden {_newest(centre).number}$"))
    offered = region.get_by_role("region", name="Disarankan").get_by_role("button")
    expect(offered.first).to_be_visible()
    listed = offered.all_inner_texts()
    place = next(at for at, said in enumerate(listed) if any(unit in said for unit in crews))
    hand.keys(str(place + 1))
    expect(region.get_by_role("button", name="Tugaskan")).to_be_visible()
    hand.keys("Enter")
    until(
        lambda: any(one.alert_delivered_at for one in _newest(centre).assignments),
        20.0,
        "the crew's page has it",
    )
    (work,) = _newest(centre).assignments
    crew = crews[work.unit].page.get_by_role("alert").filter(has_text="Tugas baru")
    expect(crew).to_be_visible()
    assert work.alert_delivered_at is not None
    alerted_ms = work.alert_delivered_at.timestamp() * 1_000
    assigned_ms = work.progress_at[Progress.ASSIGNED].timestamp() * 1_000
    tell("console_founding_keys", hand.commands, "keys besides the words")
    tell("console_founding_letters", hand.letters, "letters typed")
    tell("console_founding_f2_to_assigned", (assigned_ms - hand.began_ms) / 1_000, "s")
    tell("console_founding_f2_to_alerted", (alerted_ms - hand.began_ms) / 1_000, "s")
    tell("console_complaint_to_notified_keys", 3, "keys: the kind, the place, send")
    tell("console_complaint_to_notified", notified.timestamp() - complaint_at / 1_000, "s")
    call.hang_up()


def measure_cuts(browser: Browser, centre: HurtCentre, seconds: float) -> None:
    """How long after the link is there again the screen is the room's."""
    del seconds
    cable = Cable(centre.settings.http.port)
    budi = Person(browser, centre, "budi", base_url=cable.address)
    budi.begin_duty("armada")
    hand = Hand(budi, centre)
    found: list[float] = []
    for _ in range(CUTS):
        budi.page.wait_for_timeout(SETTLE_MS)
        cable.cut()
        expect(budi.page.locator(".frame.frozen")).to_be_visible()
        budi.page.wait_for_timeout(CUT_MS)
        hand.wait_for_thaw()
        began = hand.now()
        cable.mend()
        found.append(hand.thawed() - began)
    tell("console_resume_p50", percentile(found, 0.5), "ms")
    tell("console_resume_worst", max(found), "ms", bar=RESUME_MS)
    budi.context.close()  # what a page could not fetch through a cut link is no fault of it
    cable.close()


def measure_map(browser: Browser, centre: HurtCentre, seconds: float) -> None:
    """The map with all units: its first picture, and how long each update keeps the page."""
    budi = Person(browser, centre, "budi")
    budi.context.add_init_script(TIMED_MAP)
    budi.begin_duty("armada")
    budi.page.locator("[data-map=idle]").wait_for(timeout=FIRST_PICTURE_MS)
    tell("console_map_first_picture", budi.page.evaluate("performance.now()"), "ms after loading")
    budi.page.evaluate("window.map_updates.length = 0")
    hand = Hand(budi, centre)
    hand.spend("armada_map", seconds, has_map=True)
    updates: list[float] = budi.page.evaluate("window.map_updates")
    tell("console_map_updates", len(updates), f"in {seconds:.0f} s")
    if updates:
        tell("console_map_update_p50", percentile(updates, 0.5), "ms")
        tell("console_map_update_worst", max(updates), "ms")
    budi.close()


def _newest(centre: HurtCentre) -> IncidentRow:
    rows = [row for row in centre.rows("incident") if isinstance(row, IncidentRow)]
    return max(rows, key=lambda row: row.number)


PARTS = {
    "fleet": measure_fleet,
    "calls": measure_calls,
    "founding": measure_founding,
    "cuts": measure_cuts,
    "map": measure_map,
}


def main() -> None:
    """Run it."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    consoles = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    rate = float(sys.argv[3]) if len(sys.argv) > 3 else 50.0
    parts = sys.argv[4:] or [name for name in PARTS if name != "map"]
    for name, size in sizes().items():
        tell(f"console_code_{name}", size, "bytes gz", bar=CODE_BYTES[name])
    with ExitStack() as stack:
        centre = stack.enter_context(running())
        names = centre.hire(10)
        centre.add_person("tracker", "Pelacak", (Role.SYSTEM,))
        fill(centre)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        playwright = stack.enter_context(sync_playwright())
        browser = launch(playwright, folder, draws="map" in parts)
        stack.callback(browser.close)
        stack.enter_context(Storming(centre, consoles - 1, rate, names))
        for part in parts:
            PARTS[part](browser, centre, seconds)


if __name__ == "__main__":
    main()
