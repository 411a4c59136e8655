"""What a crew's telephone tells: that the unit seems to have arrived, and what was tapped without a
network. One that comes later than promised: whoever is free tells who waits."""

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from journey_browser import Enter, Person
from journey_cable import Cable
from journey_centre import Centre, until
from journey_offline import Taps
from journey_steps import choose_incident, open_incident
from playwright.sync_api import expect

from kentongan.app.ports import Recorded
from kentongan.cities.facts import Point
from kentongan.core.alarm_rows import AlarmRow
from kentongan.core.events import PlaceCorrected, UnitProgressed
from kentongan.core.events.help_wanted import HelpRequested
from kentongan.core.rows import EngagementRow, IncidentRow
from kentongan.core.words import Progress, Role

BEFORE_S = 1_500
"""How long before the test the unit was given its task: what is tapped since lies in the past."""

CITY = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def cable(centre: Centre) -> Iterator[Cable]:
    """Between the telephone and the centre."""
    cable = Cable(centre.settings.http.port)
    yield cable
    cable.close()


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


def test_nine_taps_of_twenty_minutes_without_a_network(
    enter: Enter, centre: Centre, cable: Cable
) -> None:
    """All arrive once, in order, each with its own time, over a reload and an answer that was lost;
    the timeline shows both clocks. A picture taken meanwhile comes although the work is over."""
    budi = enter("budi")
    budi.begin_duty("armada")
    _task_of_a_while_ago(budi, "i-far", "AMB07")
    centre.add_person("awak-jauh", "Awak 7", (Role.CREW,), agency="dinkes", unit="AMB07")
    here = {"latitude": -6.9903, "longitude": 110.4231}
    phone = {"wide": False, "has_touch": True, "is_mobile": True, "geolocation": here}
    crew = enter("awak-jauh", permissions=["geolocation"], base_url=cable.address, **phone)
    crew.page.clock.install()
    crew.sign_in()
    expect(crew.page.get_by_role("button", name="Terima", exact=True)).to_be_visible()
    crew.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    cable.cut()
    taps = Taps(crew)
    taps.steps("Terima", "Berangkat", "Tiba")
    taps.wait(3)
    crew.page.reload()
    taps.wait(3)
    taps.wrong_place("pagar hijau")
    taps.picture()
    taps.asks("ambulans lagi")
    taps.steps("Di sisi pasien")
    taps.to_hospital()
    taps.steps("Tiba di RS", "Serah terima pasien")
    taps.held("Selesai, siaga")
    taps.wait(len(taps.at))
    crew.picture("crew-twenty-minutes")
    assert _tapped(centre, "AMB07") == []
    cable.tear()
    until(lambda: _tapped(centre, "AMB07"), 30.0, "the first one is there, its answer is not")
    taps.wait(len(taps.at))
    cable.mend()
    until(lambda: len(_tapped(centre, "AMB07")) >= len(taps.at), 30.0, "all have arrived")
    expect(crew.page.get_by_text("menunggu dikirim")).to_have_count(0)
    until(lambda: _incident(centre, "i-far").photos, 20.0, "the picture too")
    found = _tapped(centre, "AMB07")
    assert [_step(one) for one in found] == [
        *(
            Progress.ACCEPTED,
            Progress.DEPARTED,
            Progress.ON_SCENE,
            "place.corrected",
            "help.requested",
        ),
        *(Progress.AT_PATIENT, Progress.TRANSPORTING, Progress.AT_HOSPITAL),
        *(Progress.HANDED_OVER, Progress.CLEAR),
    ]
    _keep_their_times(found, taps)
    region = choose_incident(budi, _incident(centre, "i-far").number)
    arrived = found[2].meta
    at, received = (f"{one.astimezone(CITY):%H.%M}" for one in (arrived.at, arrived.recorded_at))
    line = region.get_by_role("listitem").filter(has_text="AMB07 · Tiba di lokasi")
    expect(line).to_contain_text(f"dicatat {at} · diterima {received}")
    budi.picture("timeline-both-clocks")
    asked = region.get_by_text("AMB07 minta ambulans lagi")
    region.get_by_role("button", name="Tangani", exact=True).click()
    expect(asked).to_contain_text("✓")
    assert _incident(centre, "i-far").help_wanted[0].answered_by == "Budi"


def _task_of_a_while_ago(budi: Person, key: str, unit: str) -> None:
    """An incident with a unit, as if ordered `BEFORE_S` ago."""
    place = {"point": {"lat": -6.9905, "lon": 110.4229}, "source": "pin"}
    for kind, fields in (
        ("incident.open", {}),
        ("incident.classify", {"nature": "MED-18"}),
        ("incident.locate", {"place": place}),
        ("incident.send", {"complete": True}),
        ("assignment.assign", {"unit": unit, "agency": "dinkes"}),
    ):
        command = {"type": kind, "incident": key, **fields}
        body = {"id": f"{key}-{kind}", "command": command, "age_s": BEFORE_S}
        status, text = budi.ask("POST", "/api/commands", body)
        assert status == 200, text


def _tapped(centre: Centre, unit: str) -> list[Recorded]:
    """What that crew tapped, in the order of the record."""
    return [
        one
        for one in centre.journal()
        if isinstance(one.event, UnitProgressed | PlaceCorrected | HelpRequested)
        and one.event.unit == unit
    ]


def _step(one: Recorded) -> str:
    if isinstance(one.event, UnitProgressed):
        return one.event.progress
    return "help.requested" if isinstance(one.event, HelpRequested) else "place.corrected"


def _keep_their_times(found: list[Recorded], taps: Taps) -> None:
    """As far apart on record as they were on the telephone, and none before the task."""
    times = [one.meta.at for one in found]
    assert times == sorted(times)
    assert found[0].meta.recorded_at - times[0] > timedelta(minutes=17)
    for (at, tapped), (next_at, next_tapped) in zip(
        list(zip(times, taps.at, strict=True))[:-1],
        list(zip(times, taps.at, strict=True))[1:],
        strict=True,
    ):
        assert abs((next_at - at) - (next_tapped - tapped)) < timedelta(seconds=20)


def _incident(centre: Centre, key: str) -> IncidentRow:
    rows = [row for row in centre.rows("incident") if isinstance(row, IncidentRow)]
    return next(row for row in rows if row.key == key)


def _home(centre: Centre) -> Point:
    """Where AMB03 is, as the centre's tracker says."""
    (unit,) = [one for one in centre.pack.units if one.call_sign == "AMB03"]
    return unit.home or centre.pack.post_by_key[unit.post].point


def _progress(centre: Centre) -> str:
    """How far AMB03 is, on record."""
    (row,) = [one for one in centre.rows("engagement") if one.key == "AMB03"]
    assert isinstance(row, EngagementRow)
    return row.progress


def test_a_delay_is_told_by_whoever_is_free_whatever_screen_is_open(
    enter: Enter, centre: Centre
) -> None:
    """A crew does not leave: the centre says the time anew, the incident's line is marked, and an
    operator in Panggilan reads the sentence out from the list of alarms, by keys; then it is over
    everywhere."""
    budi, rina = enter("budi"), enter("rina")
    budi.begin_duty()
    rina.begin_duty("panggilan")
    open_incident(budi, "i-later", "MED-06", -6.9905, 110.4229)
    budi.command("report.open", report="r-later", channel="counter")
    budi.command("incident.link_report", incident="i-later", report="r-later")
    (incident,) = [row for row in centre.rows("incident") if row.key == "i-later"]
    assert isinstance(incident, IncidentRow)
    number = incident.number
    now = datetime.now(UTC)
    promise = {
        "depart_by": now.isoformat(),
        "arrive_from": now.isoformat(),
        "arrive_to": (now + timedelta(seconds=10)).isoformat(),
        "travel_source": "straight_line",  # also while the roads are still loading
    }
    told = {"incident": "i-later", "unit": "AMB08", "promise": promise}
    sent = {"type": "assignment.assign", **told, "agency": "dinkes"}
    status, text = budi.ask(
        "POST", "/api/commands", {"id": secrets.token_hex(8), "command": sent, "age_s": 150}
    )
    assert status == 200, text
    budi.command("report.tell_caller", report="r-later", **told)
    until(lambda: _untold(centre), 150.0, "the slip is somebody's to tell")
    budi.page.keyboard.press("Escape")
    line = budi.page.get_by_role("option").filter(has_text=str(number))
    expect(line.get_by_text("Kabari pelapor")).to_be_visible()
    expect(
        budi.page.get_by_text(f"{number} AMB08 datang lebih lambat: kabari pelapor").first
    ).to_be_visible()
    budi.picture("told-later-line")

    rina.press("Control+F7")
    register = rina.page.get_by_role("dialog", name="Daftar alarm")
    expect(
        register.get_by_text(f"{number} AMB08 datang lebih lambat: kabari pelapor").first
    ).to_be_visible()
    expect(
        register.get_by_text(re.compile("Ada perubahan: .* diperkirakan tiba antara"))
    ).to_be_visible()
    rina.picture("told-later-register")
    tell = register.get_by_role("button", name="Sudah dibacakan")
    tell.focus()
    rina.page.keyboard.press("Enter")
    until(lambda: not _untold(centre), 20.0, "it is over")
    expect(line.get_by_text("Kabari pelapor")).to_be_hidden()


def _untold(centre: Centre) -> bool:
    """Whether somebody waits for a unit that comes later than they know."""
    rows = centre.rows("alarm")
    return any(isinstance(row, AlarmRow) and row.alarm_kind == "caller_untold" for row in rows)
