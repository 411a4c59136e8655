"""The list of recommended units under the hand: it stands still while marked, a set is one key.

Both journeys share one centre; none needs what the other left behind.
"""

import re

from journey_browser import Enter, Person
from journey_centre import Centre, until
from journey_steps import choose_incident, open_incident
from playwright.sync_api import Locator, expect

from kentongan.core.rows import EngagementRow, IncidentRow

NEAR = (-6.9905, 110.4229)


def number_of(centre: Centre, key: str) -> int:
    """The number to say."""
    rows = centre.rows("incident")
    return next(row.number for row in rows if isinstance(row, IncidentRow) and row.key == key)


def busy(centre: Centre, number: int) -> set[str]:
    """The units that work on that incident, by the record."""
    rows = centre.rows("engagement")
    return {str(row.key) for row in rows if isinstance(row, EngagementRow) and row.number == number}


def lines_of(budi: Person) -> Locator:
    """The numbered lines."""
    return budi.page.get_by_role("region", name="Disarankan").locator("ol").get_by_role("button")


def names(lines: Locator) -> list[str]:
    """Which units, in their order."""
    return [line.locator("strong").first.inner_text() for line in lines.all()]


def test_nothing_moves_under_the_hand_and_a_change_is_announced(
    enter: Enter, centre: Centre
) -> None:
    """Somebody else takes the first unit while the second is marked: the lines stay, `R` shows the
    new list, the mark holds, and Enter assigns what was marked."""
    budi = enter("budi")
    budi.begin_duty()
    open_incident(budi, "i-frozen", "MED-02", *NEAR)
    open_incident(budi, "i-elsewhere", "MED-03", *NEAR)
    number, elsewhere = number_of(centre, "i-frozen"), number_of(centre, "i-elsewhere")
    choose_incident(budi, number)
    lines = lines_of(budi)
    expect(lines.nth(3)).to_be_visible()
    first, second = names(lines)[:2]
    budi.page.keyboard.press("Escape")
    budi.press("2")
    expect(lines.nth(1)).to_have_attribute("aria-pressed", "true")
    before = [line.inner_text() for line in lines.all()]
    expect(budi.page.get_by_text("Mengapa bukan nomor 1?")).to_be_visible()

    budi.command("assignment.assign", incident="i-elsewhere", unit=first, agency="dinkes")
    changed = budi.page.get_by_text("daftar berubah: tekan R")
    expect(changed).to_be_visible()
    assert [line.inner_text() for line in lines.all()] == before
    budi.picture("recommended-frozen")

    budi.press("r")
    expect(changed).to_be_hidden()
    expect(lines.first).not_to_contain_text(first)
    expect(budi.page.get_by_role("button", name=f"Tugaskan {second}")).to_be_visible()
    told = re.compile(rf"Lebih dekat, tidak ditawarkan: .*{first} .*bertugas di {elsewhere}")
    expect(budi.page.get_by_role("region", name="Disarankan")).to_contain_text(told)
    budi.press("Enter")
    until(lambda: busy(centre, number) == {second}, 20.0, "the marked unit is assigned")
    assert busy(centre, elsewhere) == {first}


def test_a_marked_unit_that_somebody_took_says_so_on_its_own_line(
    enter: Enter, centre: Centre
) -> None:
    """No silent double booking: the line says who has it, and assigning all the same is refused in
    words while the other unit goes."""
    budi = enter("budi")
    budi.begin_duty()
    open_incident(budi, "i-marked", "MED-04", *NEAR)
    open_incident(budi, "i-thief", "MED-05", *NEAR)
    number, thief = number_of(centre, "i-marked"), number_of(centre, "i-thief")
    choose_incident(budi, number)
    lines = lines_of(budi)
    expect(lines.nth(1)).to_be_visible()
    first, second = names(lines)[:2]
    budi.page.keyboard.press("Escape")
    budi.press("1")
    budi.press("2")
    budi.command("assignment.assign", incident="i-thief", unit=first, agency="dinkes")
    expect(lines.first).to_contain_text(f"tidak tersedia lagi: bertugas di {thief}")
    budi.press("Enter")
    alert = budi.page.get_by_role("region", name="Disarankan").get_by_role("alert")
    expect(alert).to_contain_text(f"{first} baru saja ditugaskan ke insiden {thief} oleh Budi")
    budi.picture("recommended-taken")
    until(lambda: busy(centre, number) == {second}, 20.0, "the other one is assigned")
    assert busy(centre, thief) == {first}


def test_the_set_of_a_run_card_is_marked_with_one_key(enter: Enter, centre: Centre) -> None:
    """A building on fire: engines, water, an ambulance and a patrol with `0` and Enter."""
    budi = enter("budi")
    budi.begin_duty()
    open_incident(budi, "i-fire", "KBK-01", *NEAR)
    number = number_of(centre, "i-fire")
    choose_incident(budi, number)
    region = budi.page.get_by_role("region", name="Disarankan")
    plan = region.get_by_role("button", name=re.compile("Paket Kebakaran bangunan"))
    expect(plan).to_be_visible()
    said = plan.inner_text()
    wanted = re.findall(r"\b([A-Z]{2,4}\d{2})\b", said)
    assert len(wanted) == 6
    assert said.count("pompa") == 3
    budi.page.keyboard.press("Escape")
    budi.press("0")
    expect(plan).to_have_attribute("aria-pressed", "true")
    expect(region.get_by_role("button", name="Tugaskan")).to_be_visible()
    budi.picture("recommended-set")
    budi.press("Enter")
    until(lambda: busy(centre, number) == set(wanted), 30.0, "the whole set is assigned")
    expect(plan).to_be_hidden()
