"""A unit that seems to have arrived: crew and dispatcher are told; nothing is decided for them."""

from journey_browser import Enter
from journey_centre import Centre
from journey_steps import choose_incident, open_incident
from playwright.sync_api import expect

from kentongan.cities.facts import Point
from kentongan.core.rows import EngagementRow, IncidentRow
from kentongan.core.words import Role


def test_the_crew_is_asked(enter: Enter, centre: Centre) -> None:
    """The unit stays at the place for twenty seconds; on record it is still on its way."""
    budi = enter("budi")
    budi.begin_duty("armada")
    home = _home(centre)
    open_incident(budi, "i-near", "KBK-01", home.lat, home.lon)
    budi.command("assignment.assign", incident="i-near", unit="AMB03", agency="dinkes")
    centre.add_person("awak-tiba", "Awak 3", (Role.CREW,), agency="dinkes", unit="AMB03")
    crew = enter("awak-tiba", wide=False, has_touch=True)
    crew.sign_in()
    budi.command("assignment.progress", incident="i-near", unit="AMB03", progress="departed")
    expect(crew.page.get_by_text("Sudah tiba di lokasi?")).to_be_visible(timeout=60_000)
    crew.picture("arrival-asked")
    (incident,) = [row for row in centre.rows("incident") if row.key == "i-near"]
    assert isinstance(incident, IncidentRow)
    works = choose_incident(budi, incident.number).get_by_role("region", name="Unit di insiden ini")
    expect(works).to_contain_text("Tampaknya sudah tiba", timeout=20_000)
    assert _progress(centre) == "departed"


def _home(centre: Centre) -> Point:
    """Where AMB03 is, as the centre's tracker says."""
    (unit,) = [one for one in centre.pack.units if one.call_sign == "AMB03"]
    return unit.home or centre.pack.post_by_key[unit.post].point


def _progress(centre: Centre) -> str:
    """How far AMB03 is, on record."""
    (row,) = [one for one in centre.rows("engagement") if one.key == "AMB03"]
    assert isinstance(row, EngagementRow)
    return row.progress
