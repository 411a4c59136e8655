"""What a room does and sees while its link is cut, and when it is back."""

import re

from journey_browser import Person
from journey_centre import Centre, until
from journey_steps import choose_incident
from playwright.sync_api import Route, expect

from kentongan.core.rows import ReportRow


def nobody_wrote_over_the_other(budi: Person, tono: Person, number: int) -> None:
    """Budi's urgency stands, Tono's waits beside it with his name on both screens; one is taken."""
    choose_incident(budi, number)
    for person in (budi, tono):
        beside = person.page.get_by_role("region", name=f"Insiden {number}").locator(".variant")
        expect(beside).to_contain_text(re.compile(r"Prioritas: Tono \d\d\.\d\d\.\d\d menulis"))
        expect(beside).to_contain_text("Oranye")
    budi.picture("two-wrote")
    budi.page.get_by_role("button", name="Pakai ini").click()
    for person in (budi, tono):
        detail = person.page.get_by_role("region", name=f"Insiden {number}")
        expect(detail.locator("header")).to_contain_text("Oranye")
        expect(detail.locator(".variant")).to_have_count(0)


def paper_is_printed(tono: Person) -> None:
    """The pack of before the cut, alone on the paper, and the screen as it was afterwards."""
    page = tono.page
    page.evaluate("window.print = () => { window.hasPrinted = true; }")
    page.get_by_role("button", name=re.compile("Cetak paket kertas")).click()
    page.wait_for_function("window.hasPrinted === true")
    page.emulate_media(media="print")
    pack = page.locator("#paper-pack")
    expect(pack.get_by_role("heading", name="Paket kertas 112 Kota Semarang")).to_be_visible()
    expect(pack.get_by_text("K-").first).to_be_visible()
    expect(page.locator("main").first).to_be_hidden()
    tono.picture("paper")
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(pack).to_have_count(0)
    expect(page.locator("main").first).to_be_visible()


def nothing_unconfirmed_looks_done(rina: Person) -> None:
    """What the server has not answered says so, long before the link is known to be lost."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    rina.page.route("**/api/commands", hold)
    rina.press("Alt+p", "End")
    rina.type(", cepat")
    expect(rina.page.get_by_text("belum dikonfirmasi server")).to_be_visible()
    expect(rina.page.get_by_text("belum tersimpan sejak")).to_be_visible()
    assert held
    rina.page.unroute_all()  # and what was held goes on its way
    for words in ("belum dikonfirmasi server", "belum tersimpan sejak"):
        expect(rina.page.get_by_text(words)).to_be_hidden()


def words_typed_just_before_the_end_are_kept(rina: Person, centre: Centre) -> None:
    """F2 in the writing time takes no word: not at once, and not when the store is away and the
    page is read anew before it comes back."""
    asked: list[str] = []

    def away(route: Route) -> None:
        asked.append(route.request.post_data or "")
        if "report.identify" in asked[-1]:
            route.fulfill(status=503)
        else:
            route.continue_()

    def name() -> object:
        return next(row.name for row in centre.rows("report") if isinstance(row, ReportRow))

    expect(rina.page.get_by_role("region", name="Meja ini")).to_contain_text("menulis")
    rina.press("Alt+n")
    rina.page.route("**/api/commands", away)
    rina.type("Sri Wahyuni")
    rina.press("Alt+p", "End")
    rina.type(" Johar")
    rina.press("F2")
    expect(rina.page.get_by_label("Nama lengkap")).to_be_hidden()
    rina.page.wait_for_timeout(3_000)
    assert any("cepat Johar" in one for one in asked), "said at F2"
    assert name() is None
    rina.page.unroute_all()
    rina.page.reload()
    expect(rina.page.get_by_role("button", name="Mulai dinas")).to_be_enabled()
    rina.press("Enter")
    until(lambda: name() is not None, 10.0, "said when it is back")
