"""A caller who cannot say where they are opens a link; the desk sees the position arrive."""

import re

from journey_browser import Enter
from journey_caller import Callers
from journey_centre import Centre, until
from journey_steps import locate, take_call
from playwright.sync_api import Geolocation, expect

from kentongan.core.rows import CallRow, IncidentRow

LATITUDE = -6.98410
THERE: Geolocation = {"latitude": LATITUDE, "longitude": 110.40980, "accuracy": 12.0}
LINK = re.compile(r"(\S+/112/lokasi) lalu ketik ([A-Z2-9]{5}) ([A-Z2-9]{5})")


def test_a_position_comes_by_a_link_and_is_taken_by_the_operator(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """Ctrl+L makes a link to read out; the caller's page sends; nothing is located before "Pakai"
    was pressed; with the call the page is over."""
    rina = enter("rina")
    rina.begin_duty()
    call = take_call(rina, callers, "081325550077")
    rina.press("Control+l")
    group = rina.page.get_by_role("group", name="Posisi penelepon")
    expect(group).to_contain_text("Bacakan:")
    rina.picture("position-1-link")
    found = LINK.search(group.inner_text())
    assert found is not None, group.inner_text()
    spoken = f"{found[2]} {found[3]}"
    group.get_by_role("button", name="Kode QR").click()
    expect(rina.page.get_by_role("img", name="Kode QR tautan lokasi")).to_be_visible()
    rina.picture("position-1-code")
    rina.press("Escape")

    caller = enter(
        "caller",
        viewport={"width": 360, "height": 640},
        geolocation=THERE,
        permissions=["geolocation"],
        locale="en-US",
    )
    page = caller.page
    page.goto(f"http://{found[1]}")
    page.get_by_label("Code from the 112 operator").fill(spoken.lower())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="112 asks where you are")).to_be_visible()
    page.get_by_role("button", name="ID", exact=False).first.click()
    expect(page.get_by_role("heading", name="112 meminta lokasi Anda")).to_be_visible()
    caller.picture("position-3-page")
    page.get_by_role("button", name="Kirim lokasi saya").click()
    expect(page.get_by_role("status")).to_contain_text("Lokasi terkirim, ketelitian ± 12 m")
    expect(group).to_contain_text(re.compile(r"posisi HP \(tautan\) ± 12 m, \d+ dtk"))
    rina.picture("position-2-arrived")
    assert all(row.place is None for row in _incidents(centre)), "nobody has taken it yet"

    group.get_by_role("button", name="Pakai").first.click()
    until(lambda: any(_is_there(row) for row in _incidents(centre)), 20.0, "it is located")
    (told,) = [row for row in centre.rows("call") if isinstance(row, CallRow) and row.positions]
    assert [one.source for one in told.positions] == ["link"]
    (place,) = [row.place for row in _incidents(centre) if _is_there(row)]
    assert place is not None
    assert (place.source, place.radius_m, place.uncertain) == ("link", 12.0, False)

    locate(rina, "Banyumanik")
    told_far = rina.page.locator(".located").get_by_role("status")
    expect(told_far).to_contain_text("km dari posisi HP penelepon")

    page.context.set_geolocation({"latitude": -6.2, "longitude": 106.8, "accuracy": 1.0})
    outside = group.get_by_role("listitem").filter(has_text="di luar kota")
    expect(outside).to_contain_text(re.compile(r"± 1 m.*4\d\d km dari pusat kota"))
    call.hang_up()
    expect(page.get_by_role("status")).to_contain_text("tidak berlaku", timeout=30_000)
    expect(page.get_by_role("link", name="Telepon 112")).to_be_visible()


def _incidents(centre: Centre) -> list[IncidentRow]:
    return [row for row in centre.rows("incident") if isinstance(row, IncidentRow)]


def _is_there(row: IncidentRow) -> bool:
    point = row.place.point if row.place is not None else None
    return point is not None and abs(point.lat - LATITUDE) < 1e-4
