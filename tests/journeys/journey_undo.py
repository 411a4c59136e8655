"""A dispatcher takes back what was ordered, by Ctrl+Z: a swap, a step by mouse, and a closing."""

from journey_browser import Person
from journey_centre import Centre, until
from playwright.sync_api import expect

from kentongan.core.rows import Assignment, IncidentRow

DONE_S = 20.0


def incident_of(centre: Centre, number: int) -> IncidentRow:
    """The incident with that number, by the record."""
    rows = centre.rows("incident")
    return next(row for row in rows if isinstance(row, IncidentRow) and row.number == number)


def works(centre: Centre, number: int) -> dict[str, Assignment]:
    """The assignments of units that work there."""
    return {one.unit: one for one in incident_of(centre, number).assignments if one.open}


def takes_everything_back(
    budi: Person, centre: Centre, number: int, own: tuple[str, str], other: str
) -> None:
    """The incident is open before them, with both units `own`; `other` is free. Afterwards it is
    as it was, with the times it had."""
    page, (unit, second) = budi.page, own
    before = works(centre, number)
    page.keyboard.press("F10")
    budi.type(f"GT {unit} {other} {number}")
    budi.press("Enter")
    until(lambda: set(works(centre, number)) == {second, other}, DONE_S, "one goes for the other")
    expect(page.locator("footer")).to_contain_text(f"{unit} diganti {other}")
    budi.press("Escape", "Control+z")
    until(lambda: set(works(centre, number)) == {unit, second}, DONE_S, "the swap is taken back")
    assert works(centre, number)[unit].progress_at == before[unit].progress_at

    line = page.get_by_role("region", name="Unit di insiden ini").get_by_role("listitem")
    line = line.filter(has_text=second).filter(has=page.locator(".buttons"))
    line.locator(".buttons").get_by_role("button").first.click()
    until(lambda: works(centre, number)[second].progress != "assigned", DONE_S, "one step on")
    expect(page.locator("footer")).to_contain_text(f"{second} Diterima")
    budi.press("Control+z")
    until(lambda: works(centre, number)[second].progress == "assigned", DONE_S, "and back")

    budi.press("Shift+S")
    page.get_by_role("button", name="Semua siaga, tutup").click()
    until(lambda: incident_of(centre, number).state == "closed", DONE_S, "closed with its units")
    assert works(centre, number) == {}
    expect(page.locator("footer .told")).to_contain_text(f"{number}")
    budi.press("Control+z")
    until(lambda: incident_of(centre, number).state == "open", DONE_S, "open again")
    until(lambda: set(works(centre, number)) == {unit, second}, DONE_S, "and its units with it")
