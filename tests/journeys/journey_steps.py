"""Steps that several journeys take."""

import re

from journey_browser import Person
from journey_caller import Callers, Ringing
from playwright.sync_api import Locator, expect

from kentongan.core.rows import UnitRow
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import Voice


def take_call(
    person: Person, callers: Callers, number: str, *, voice: Voice | None = None
) -> Ringing:
    """A citizen rings, the person answers with F2 and has the cursor in the first field."""
    call = callers.ring("112", number=number, voice=voice)
    expect(queue_of(person)).to_contain_text(number[-4:])
    person.press("F2")
    expect(person.page.get_by_label("Nama lengkap")).to_be_focused()
    call.reach(CallState.TALKING)
    return call


def queue_of(person: Person) -> Locator:
    """The calls that wait, as this person sees them."""
    return person.page.get_by_role("list", name="Antrean")


def tell(person: Person, complaint: str, nature: str, place: str) -> None:
    """Type the complaint, accept its nature with Enter, type the place, accept the first."""
    page = person.page
    person.press("Alt+p")
    person.type(complaint)
    expect(page.get_by_text("Usul:")).to_be_visible()
    expect(page.locator(".proposal")).to_contain_text(nature)
    person.press("Enter")
    expect(page.get_by_role("combobox", name="Kategori")).to_have_value(re.compile(f"^{nature} "))
    locate(person, place)


def locate(person: Person, place: str) -> None:
    """Type the place and accept the first proposal: with one Enter more where it is in doubt."""
    page = person.page
    person.press("Alt+l")
    field = page.get_by_role("combobox", name="Lokasi")
    expect(field).to_be_focused()
    person.type(place)
    first = page.get_by_role("option").first
    expect(first).to_be_visible()
    person.press("Enter")
    if first.is_visible():
        person.press("Enter")
    expect(page.locator(".located")).to_contain_text("◉")


def tell_scene(person: Person) -> None:
    """Three are hurt, and two things endanger those who come: kept with the first word."""
    form = person.page.locator(".form")
    form.get_by_label("Korban").fill("3 orang")
    form.get_by_text("Bahaya di lokasi").click()
    for danger in ("listrik", "gas"):
        form.get_by_role("checkbox", name=danger).check()
    expect(form.locator("summary")).to_contain_text("listrik · gas")
    expect(form.get_by_role("checkbox", name="tidak ada, kata pelapor")).to_be_disabled()
    expect(form.get_by_label("Korban")).to_have_value("3")


def see_scene(*shown: Locator) -> None:
    """Whoever goes there, or sends somebody, reads it."""
    for one in shown:
        expect(one).to_contain_text("Bahaya di lokasi: listrik · gas")
        expect(one).to_contain_text("3 korban, kata pelapor")


def open_incident(person: Person, key: str, nature: str, lat: float, lon: float) -> None:
    """An incident without a call, sent; for journeys that begin at the dispatcher."""
    person.command("incident.open", incident=key)
    person.command("incident.classify", incident=key, nature=nature)
    place = {"point": {"lat": lat, "lon": lon}, "source": "pin"}
    person.command("incident.locate", incident=key, place=place)
    person.command("incident.send", incident=key, complete=True)


def incident_of(person: Person, number: int) -> Locator:
    """The incident in hand on the dispatcher's screen."""
    return person.page.get_by_role("region", name=f"Insiden {number}", exact=True)


def choose_incident(person: Person, number: int) -> Locator:
    """Open an incident by its number with the command line, once this screen knows it."""
    row = person.page.get_by_role("option", name=begins_with(number))
    expect(row.first).to_be_attached()
    person.press("F10")
    person.type(f"{number}")
    person.press("Enter")
    region = incident_of(person, number)
    expect(region).to_be_visible()
    return region


def begins_with(number: int) -> re.Pattern[str]:
    """What the line of that incident begins with; a place may begin with 6, too."""
    return re.compile(rf"^(?:\D*\s)?{number}(?![\d.])")


_IS_FETCHED = """(name) => performance.getEntriesByType('resource').some(
  (one) => one.name.includes(`/assets/${name}-`) && one.name.endsWith('.css') && one.responseEnd > 0
)"""


def fetches_ahead(person: Person, part: str) -> None:
    """Wait until the page has that part, which nobody opened; its style comes after its code."""
    person.page.wait_for_function(_IS_FETCHED, arg=part)


_BROKEN = "export default () => { throw new Error('drawn for the first time'); };"
_ANOTHER_BUILD = '<!doctype html><script type="module" src="/assets/konsol-other.js"></script>'


def a_missing_part_is_fetched(person: Person) -> None:
    """U on Armada: what cannot be fetched says so, breaks nothing, and comes when it can; where the
    server has another build by now, it says that it never comes, and who is in no call may reload.

    What comes and cannot be drawn even once says so, too, and the rest is drawn anew. Then a unit
    is taken out of service with a double click, which is one order.
    """
    page = person.page
    page.route(
        "**/assets/Mass-*.js",
        lambda route: route.fulfill(content_type="text/javascript", body=_BROKEN),
    )
    page.get_by_role("button", name="Kejadian massal…").click()
    broken = page.get_by_role("alert").filter(has_text="Bagian ini rusak")
    expect(broken).to_be_visible()
    broken.get_by_role("button", name="Coba lagi").click()
    expect(broken).to_be_hidden()
    expect(page.get_by_role("region", name="Perlu tindakan")).to_be_visible()
    page.route("**/assets/UnitBoard-*", lambda route: route.abort())
    person.press("Escape", "u")
    told = page.get_by_role("alert").filter(has_text="Sebagian layar belum termuat")
    expect(told).to_be_visible()
    person.picture("part-missing")
    page.route("**/konsol", lambda route: route.fulfill(body=_ANOTHER_BUILD))
    told.get_by_role("button", name="Coba lagi").click()
    told = page.get_by_role("alert").filter(has_text="versi lama dan tidak tersedia lagi")
    expect(told.get_by_role("button", name="Pakai sekarang")).to_be_visible()
    person.picture("part-of-an-old-build")
    page.unroute_all()
    told.get_by_role("button", name="Coba lagi").click()
    units = page.get_by_role("region", name="Papan unit").get_by_role("listitem")
    mine = units.filter(has_text="AMB01")
    expect(mine).to_be_visible()
    expect(told).to_be_hidden()
    mine.get_by_role("button", name="Nonaktif").dblclick()
    expect(mine).to_contain_text("nonaktif")


def is_still_out_of_service(person: Person) -> None:
    """The second click of the double click did not bring it back; now it comes."""
    units = [row for row in person.centre.rows("unit") if isinstance(row, UnitRow)]
    assert [row.state for row in units if row.key == "AMB01"] == ["out_of_service"]
    person.command("unit.return_to_service", unit="AMB01")


def lets_in(person: Person, bar: Locator) -> bool:
    """Space, for what waits now; what others wait for may change places a moment later."""
    person.press("Space")
    return not bar.is_visible()


def says_how_long_at_200_percent(person: Person) -> None:
    """15: of a small screen at 200 %, the alarm's words give way, its time does not."""
    before = person.page.viewport_size
    person.page.set_viewport_size({"width": 683, "height": 384})
    expect(person.page.locator("section.alarms .since")).to_be_in_viewport(ratio=1)
    person.page.set_viewport_size(before or {"width": 1920, "height": 1080})


def send_a_while_ago(person: Person, key: str, at: tuple[float, float]) -> None:
    """An incident of the first priority that waits for a unit for longer than its limit."""
    place = {"label": {"sealed": "personal", "text": "Simpang Lima"},
             "point": {"lat": at[0], "lon": at[1]}}  # fmt: skip
    for kind, fields in (
        ("open", {}),
        ("locate", {"place": place}),
        ("classify", {"nature": "MED-02", "priority": "P1"}),
        ("send", {}),
    ):
        command = {"type": f"incident.{kind}", "incident": key, **fields}
        body = {"id": f"{key}-{kind}", "command": command, "age_s": 61}
        status, text = person.ask("POST", "/api/commands", body)
        assert status == 200, text


_NOTED_SOUND = """
window.AudioContext = class { constructor() { window.rang = true; } };
"""
"""In pages that are opened from now on."""


def map_beside(person: Person, number: int, other: int) -> None:
    """The map in a window of its own: in step both ways, silent, back in its place once closed."""
    here = person.page.get_by_role("region", name="Peta", exact=True)
    expect(here).to_be_visible()
    person.context.add_init_script(_NOTED_SOUND)
    with person.page.expect_popup() as opened:
        person.press("Shift+M")
    window = opened.value
    title = window.get_by_role("heading", level=1)
    expect(title).to_have_text(begins_with(number))
    expect(here).to_be_hidden()
    choose_incident(person, other)
    expect(title).to_have_text(begins_with(other))
    window.reload()
    expect(title).to_have_text(begins_with(other))
    expect(here).to_be_hidden()
    assert not window.evaluate("() => window.rang")
    window.close()
    expect(here).to_be_visible()


def nothing_is_done_behind_a_dialog(rina: Person, number: int) -> None:
    """F8 and F2 over the list of keys; a draft put away is said, and written on by one key."""
    page, name = rina.page, rina.page.get_by_label("Nama lengkap")
    rina.press("F1")
    keys = page.get_by_role("dialog", name="Bantuan tombol")
    expect(keys).to_be_visible()
    rina.press("F8", "F2")
    expect(keys).to_be_visible()
    rina.press("Escape")
    expect(keys).to_be_hidden()
    expect(name).to_have_value("Pos Kaligawe, lewat radio")
    expect(page.locator(".missing")).to_have_count(0)
    rina.press("F2")
    expect(page.get_by_text(f"Insiden {number} disimpan sebagai draf").first).to_be_visible()
    expect(page.get_by_role("region", name="Draf Anda")).to_contain_text(f"insiden {number}")
    rina.press("Control+i")
    expect(name).to_have_value("Pos Kaligawe, lewat radio")
    expect(name).to_be_focused()
