"""A hospital is told, a patient taken there: in the room and on the crew's page."""

import re

from journey_browser import Person
from journey_hand import Hand
from playwright.sync_api import Locator, expect


def the_crew_reads_where_to(crew: Person, region: Locator) -> None:
    """The hospital that the room gave stands on the crew's page; another that the crew chooses on
    the way there stands in the room."""
    choice = crew.page.get_by_label("Rumah sakit tujuan")
    expect(choice.locator("option").nth(2)).to_be_attached()
    names = [one.partition(" · ")[0] for one in choice.locator("option").all_inner_texts()]
    told = crew.page.get_by_text(re.compile(r"^Antar ke "))
    expect(told).to_be_visible()
    other = next(name for name in names[1:] if name not in told.inner_text())
    choice.select_option(index=names.index(other))
    expect(told).to_have_text(f"Antar ke {other}")
    expect(region.get_by_text(f"Membawa ke RS {other}", exact=True)).to_be_visible()


def a_hospital_is_told(budi: Hand, region: Locator) -> None:
    """Its beds are written down, it says yes, and the patient goes there."""
    hospitals = region.get_by_role("region", name="Rumah sakit")
    first = hospitals.get_by_role("listitem").first
    budi.use(first.get_by_role("button", name="Status"))
    budi.pick(first.get_by_role("combobox"), "IGD sibuk")
    budi.write(first.get_by_label("Tempat tidur kosong"), "3")
    budi.use(first.get_by_role("button", name="Simpan"))
    said = hospitals.get_by_text("IGD sibuk · 3 tempat tidur")
    expect(said).to_be_visible()
    budi.use(first.get_by_role("button", name="Beri tahu"))
    budi.use(hospitals.get_by_role("button", name="menerima").first)
    expect(hospitals.get_by_text(re.compile("✓ menerima"))).to_be_visible()
    budi.use(first.get_by_role("button", name="Antar ke sini"))
