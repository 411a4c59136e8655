"""Many who wait and one who is cut off again and again, at the keyboard of a desk."""

from journey_browser import Enter, Person
from journey_caller import Callers, Ringing
from journey_centre import Centre, until
from journey_room import (
    VOICE_SCRIPT,
    VOICES_HZ,
    WAIT_S,
    becomes,
    calls_of,
    hung_up,
    newest,
    pictured,
    settle_all,
    sit_down,
)
from journey_steps import queue_of, take_call
from playwright.sync_api import Route, expect

from kentongan.edge.caller.phone import CallState

NUMBERS = tuple(f"08132555400{digit}" for digit in range(1, 8))
AGAIN = "081325554099"


def test_a_newer_version_is_taken_when_no_call_is_in_hand(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """It is told at once; nothing is reloaded by itself, and no call in hand has the button."""
    rina = enter("rina")
    rina.context.add_init_script(VOICE_SCRIPT % VOICES_HZ["rina"])
    rina.page.route("**/konsol", _renewed)
    rina.begin_duty("panggilan")
    take = rina.page.get_by_role("button", name="Pakai sekarang")
    expect(rina.page.get_by_text("Versi baru siap")).to_be_visible()
    expect(take).to_be_visible()
    rina.page.evaluate("window.journeyPage = 'the first'")
    call = take_call(rina, callers, NUMBERS[0])
    expect(take).to_have_count(0)
    hung_up(rina, call)
    settle_all(rina, centre)
    expect(take).to_be_visible()
    assert rina.page.evaluate("window.journeyPage") == "the first"
    rina.page.unroute("**/konsol")
    take.click()
    rina.page.wait_for_function("window.journeyPage === undefined")
    expect(rina.page.get_by_role("button", name="Mulai dinas")).to_be_enabled()
    rina.press("Enter")
    expect(rina.page.get_by_role("navigation").first).to_be_visible()
    expect(take).to_have_count(0)
    rina.close()


def _renewed(route: Route) -> None:
    """The page as a newer server has it: its scripts have other names."""
    served = route.fetch()
    route.fulfill(response=served, body=served.text().replace('.js"', '-newer.js"'))


def test_everybody_who_waits_is_seen_and_any_of_them_taken_by_the_keyboard(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """All are on the screen with the longest wait; arrows choose, and Enter answers who is chosen.

    Two are whole with their keys on the smallest console, too. With a call in hand the others are
    still read by the keyboard alone.
    """
    rina = sit_down(enter, "rina")
    settle_all(rina, centre)
    calls: list[Ringing] = []
    keys: list[str] = []
    for number in NUMBERS:
        calls.append(callers.ring("112", number=number))
        expect(queue_of(rina)).to_contain_text(f"400{number[-1]}")
        keys.append(newest(centre).key)
        if len(keys) == 2:
            _both_can_be_taken(rina)
    places = queue_of(rina).get_by_role("listitem")
    expect(places).to_have_count(len(NUMBERS))
    for at in range(len(NUMBERS)):
        expect(places.nth(at)).to_be_in_viewport(ratio=0.9)
    expect(rina.page.get_by_text("terlama")).to_be_visible()
    pictured(rina, "queue-1-seven-wait")
    places.first.focus()
    for at in (1, 2, 3):
        rina.press("ArrowDown")
        expect(places.nth(at)).to_be_focused()
    rina.press("Enter")
    calls[3].reach(CallState.TALKING)
    becomes(centre, keys[3], lambda row: row.state == "answered", "who was chosen is answered")
    expect(places).to_have_count(len(NUMBERS) - 1)
    places.first.focus()
    rina.press("End")
    expect(places.last).to_be_focused()
    expect(places.last).to_contain_text("berdering")
    for call in calls:
        call.hang_up()
    until(lambda: all(row.ended_at for row in calls_of(centre)), WAIT_S, "all hung up")
    rina.close()


def _both_can_be_taken(rina: Person) -> None:
    """On a small screen: number, time and key of each in sight, and no dead key beside them."""
    before = rina.page.viewport_size
    rina.page.set_viewport_size({"width": 1366, "height": 768})
    places = queue_of(rina).get_by_role("listitem")
    expect(places).to_have_count(2)
    for at in range(2):
        expect(places.nth(at)).to_be_in_viewport(ratio=1)
        expect(places.nth(at).get_by_role("button", name="Jawab")).to_be_in_viewport(ratio=1)
        expect(places.nth(at).locator(".since").first).to_be_in_viewport(ratio=1)
    expect(rina.page.get_by_role("region", name="Bukan kejadian")).to_have_count(0)
    rina.picture("queue-0-two-wait")
    rina.page.set_viewport_size(before or {"width": 1920, "height": 1080})


def test_who_is_cut_off_again_and_again_is_one_line(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """With how often and the last time; what is done with the line is done with all its calls."""
    rina = sit_down(enter, "rina")
    settle_all(rina, centre)
    keys = [_gives_up(rina, callers, centre) for _ in range(3)]
    item = rina.page.get_by_role("list", name="Terputus").get_by_role("listitem")
    expect(item).to_have_count(1)
    expect(item).to_contain_text("3× dari nomor ini")
    pictured(rina, "queue-2-three-times")
    item.get_by_role("button", name="Ambil").click()
    expect(item).to_contain_text("Anda yang menangani")
    for key in keys:
        becomes(centre, key, lambda row: row.owner, "all its calls are somebody's")
    rina.page.wait_for_timeout(1_000)  # all three rows have come, too, and the list stands still
    item.get_by_role("button", name="Selesaikan semua 3").click()
    item.get_by_role("button", name="Tidak dapat dihubungi").click()
    expect(item).to_have_count(0)
    for key in keys:
        becomes(centre, key, lambda row: row.disposition == "unreachable", "all are settled")


def _gives_up(rina: Person, callers: Callers, centre: Centre) -> str:
    """Rings, and hangs up before anybody answers; the call's key."""
    call = callers.ring("112", number=AGAIN)
    expect(queue_of(rina)).to_contain_text("4099")
    key = newest(centre).key
    call.hang_up()
    becomes(centre, key, lambda row: row.ended_at is not None, "it is over")
    expect(rina.page.get_by_role("list", name="Antrean")).to_have_count(0)
    return key
