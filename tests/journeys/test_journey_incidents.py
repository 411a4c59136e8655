"""Several people, one city: a fire told three times, a crime told in silence, two dispatchers.

All journeys of this file share one centre and follow each other as on one day; none needs what
another left behind.
"""

import json
import re
import time

from journey_browser import Enter, Person
from journey_caller import Callers
from journey_centre import Centre, until
from journey_hand import By, Hand
from journey_room import newest_incident
from journey_steps import choose_incident, open_incident, queue_of, see_scene, take_call, tell_scene
from journey_words import (
    HOSTILE,
    LONG,
    SAID,
    draws_in_order,
    keeps_long_words_in,
    keeps_sending_in_sight,
    paste,
    renames,
    shows_words_only,
)
from journey_work import answer, chosen, classify, locate, send, tell
from playwright.sync_api import Locator, expect

from kentongan.core.rows import EngagementRow, IncidentRow, ReportRow
from kentongan.core.words import Role

FIRE_AGENCIES = {"damkar", "polisi", "pln", "dinkes", "satpolpp", "dishub"}
"""Who is asked for a burning house in Semarang's plan (KBK-01), the lead first."""


FIRE_PLACES = {"keys": "Pasar Johar", "mouse": "Balai Kota Semarang"}
"""Two fires, each told three times."""


def test_a_fire_told_three_times_is_one_incident(by: By, callers: Callers, centre: Centre) -> None:
    """Later callers are offered the open fire and join it; every agency has its own clock."""
    rina, dewi, damkar = by("rina"), by("dewi"), by("damkar")
    for person in (rina, dewi, damkar):
        person.begin_duty()
    place = FIRE_PLACES[rina.kind]
    first = answer(rina, callers, "081325550001")
    tell(rina, "ada kebakaran rumah, apinya besar", "KBK-01", place)
    expect(rina.page.get_by_text("Jalur cepat")).to_be_visible()
    send(rina)
    expect(rina.page.get_by_text("Terkirim sebagai")).to_be_visible()
    fire = newest_incident(centre)

    second = answer(dewi, callers, "081325550002")
    tell(dewi, "rumah kebakaran pak, ada anak di lantai dua", "KBK-01", place)
    offered = dewi.page.get_by_role("region", name="Mungkin sama")
    expect(offered).to_contain_text("apinya besar")
    dewi.person.picture("fire-1-offered")
    _joins(dewi, offered)
    first.hang_up()

    expect(rina.page.get_by_role("button", name="Akhiri")).to_be_hidden()
    third = answer(rina, callers, "081325550003")
    tell(rina, "kobongan, omah kobongan", "KBK-01", place)
    offered = rina.page.get_by_role("region", name="Mungkin sama")
    expect(offered).to_contain_text("apinya besar")
    _joins(rina, offered)
    until(lambda: len(_incident(centre, fire.key).reports) == 3, 20.0, "three reports are linked")

    merged = _incident(centre, fire.key)
    assert {task.agency for task in merged.tasks} == FIRE_AGENCIES
    assert [task.agency for task in merged.tasks if task.role == "lead"] == ["damkar"]
    assert not second.is_over
    assert not third.is_over
    task = damkar.page.get_by_role("region", name="Tugas")
    for words in ("apinya besar", "anak di lantai dua", "omah kobongan"):
        expect(task).to_contain_text(words)
    damkar.use(damkar.page.get_by_role("button", name="Terima").first, "1")
    until(lambda: _acknowledged(centre, fire.key) == {"damkar"}, 20.0, "damkar alone accepted")

    rina.go("Alt+2", "Armada")
    region = chosen(rina, fire.number)
    agencies = region.get_by_role("region", name="Instansi")
    expect(agencies.get_by_role("listitem")).to_have_count(len(FIRE_AGENCIES))
    for line in agencies.get_by_role("listitem").all():
        expect(line).to_contain_text(re.compile(r"\d\d:\d\d"))
    expect(agencies).to_contain_text("diterima")
    rina.person.picture("fire-2-agencies")
    expect(region.locator(".report")).to_have_count(3)
    for call in (second, third):
        call.hang_up()
    rina.person.command("incident.close", incident=fire.key, outcome="resolved")


def _joins(hand: Hand, offered: Locator) -> None:
    hand.use(offered.get_by_role("button", name="Gabung").first, "Alt+g")


def test_a_mouse_alone_takes_a_call_from_ring_to_assigned(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """Every step of the founding call has a button: words are typed, no key is needed besides."""
    rina = enter("rina")
    rina.begin_duty()
    page = rina.page
    call = callers.ring("112", number="081325550009")
    queue_of(rina).get_by_role("button", name="Jawab").click()
    expect(page.get_by_label("Nama lengkap")).to_be_focused()
    page.keyboard.type("Sri Wahyuni")
    page.get_by_label("Pengaduan").fill("bapak semaput, napas ngorok")
    page.locator(".proposal").get_by_role("button").click()
    place = page.get_by_role("combobox", name="Lokasi")
    place.click()
    place.fill("Simpang Lima")
    page.get_by_role("option").first.click()
    expect(page.locator(".located")).to_contain_text("◉")
    page.get_by_role("button", name="Kirim sekarang").click()
    until(lambda: newest_incident(centre).sent_at is not None, 20.0, "help is ordered")
    page.get_by_role("button", name="Akhiri").click()
    until(lambda: call.is_over, 20.0, "the telephone is free")
    page.get_by_role("link", name="Armada").click()
    row = newest_incident(centre)
    page.get_by_role("option", name=re.compile(rf"\b{row.number}\b")).first.click()
    region = page.get_by_role("region", name=f"Insiden {row.number}", exact=True)
    expect(region.locator(".place")).to_contain_text(re.compile(r"Simpang Lima.* · ± \d+ m"))
    best = region.get_by_role("region", name="Disarankan").locator("ol").get_by_role("button")
    best.first.click()
    region.get_by_role("button", name="Tugaskan").click()
    expect(region.get_by_role("region", name="Unit di insiden ini")).to_contain_text("Ditugaskan")


def test_officers_of_another_agency_see_no_byte_of_a_silent_crime(
    by: By, enter: Enter, callers: Callers, centre: Centre
) -> None:
    """Nothing of it reaches Dinkes: frames, search, timeline, places, exports, screen."""
    rina, dinkes, polisi = by("rina"), enter("dinkes"), enter("polisi")
    frames: dict[str, list[str]] = {"dinkes": [], "polisi": []}
    for officer in (dinkes, polisi):
        kept = frames[officer.name]
        officer.page.on(
            "websocket",
            lambda socket, kept=kept: socket.on(
                "framereceived", lambda payload: kept.append(str(payload))
            ),
        )
    for person in (rina, dinkes, polisi):
        person.begin_duty()

    call = answer(rina, callers, "081390001234")
    call.press("1")
    expect(rina.page.get_by_text(re.compile("menekan.*1|ditekan.*1"))).to_be_visible()
    ghost = rina.page.get_by_role("button", name="Hantu")
    expect(ghost).to_contain_text("penelepon menjawab")
    expect(ghost).to_be_disabled()
    rina.person.picture("silent-1-key")
    complaint = "penelepon bisu merpatijingga menekan satu"
    rina.write(rina.page.get_by_label("Pengaduan"), complaint, "Alt+p")
    classify(rina, "KRM-09")
    locate(rina, "Lawang Sewu")
    send(rina)
    expect(rina.page.get_by_text(re.compile(r"Terkirim sebagai \d+ ke Polisi"))).to_be_visible()
    crime = max(_incidents(centre), key=lambda row: row.number)
    assert crime.sensitive
    assert {task.agency for task in crime.tasks} == {"polisi"}
    number = polisi.page.get_by_text(f"{crime.number}", exact=True)
    polisi.page.locator("button.line", has=number).click()
    expect(polisi.page.get_by_role("region", name="Tugas")).to_contain_text("merpatijingga")

    marks = [
        crime.key,
        *crime.reports,
        crime.long_id,
        f'"{crime.code}"',
        "merpatijingga",
        "Lawang Sewu",
        "81390001234",
        "xxxx-1234",  # masked, as every other officer may see a number
        "9000-1234",
    ]
    seen = frames["polisi"] + [_everything(polisi, crime)]
    assert all(any(mark in text for text in seen) for mark in (crime.key, "merpatijingga"))
    time.sleep(1.5)  # what must never come is given the time it would have needed
    seen = frames["dinkes"] + [_everything(dinkes, crime), dinkes.page.content()]
    assert frames["dinkes"], "the officer's page is connected"
    for mark in marks:
        assert not any(mark in text for text in seen), mark
    call.hang_up()
    rina.person.command("incident.close", incident=crime.key, outcome="resolved")


def test_of_two_dispatchers_one_gets_the_unit_and_the_other_is_told(
    enter: Enter, centre: Centre
) -> None:
    """Both assign the same ambulance in the same instant, each to another incident."""
    budi, tono = enter("budi"), enter("tono")
    for person in (budi, tono):
        person.begin_duty()
    near = (-6.9905, 110.4229)
    open_incident(budi, "i-heart", "MED-02", *near)
    open_incident(budi, "i-breath", "MED-03", *near)
    numbers = {str(row.key): row.number for row in _incidents(centre)}
    choose_incident(budi, numbers["i-heart"])
    choose_incident(tono, numbers["i-breath"])
    units: set[str] = set()
    for person in (budi, tono):
        button = person.page.get_by_role("region", name="Disarankan").get_by_role("button").first
        units.add(button.locator("strong").inner_text())
        person.page.keyboard.press("Escape")
        person.press("1")
        expect(person.page.get_by_role("button", name="Tugaskan")).to_be_visible()
    (unit,) = units

    at = (time.time() + 1.0) * 1_000
    for person in (budi, tono):
        person.page.get_by_role("button", name="Tugaskan").evaluate(
            "(button, at) => void setTimeout(() => button.click(), at - Date.now())", at
        )
    told = re.compile(rf"{unit} baru saja ditugaskan ke insiden \d+ oleh (Budi|Tono)\.")
    until(
        lambda: any(told.search(person.page.content()) for person in (budi, tono)),
        20.0,
        "one of them is told who was first",
    )
    losers = [person for person in (budi, tono) if told.search(person.page.content())]
    assert len(losers) == 1
    losers[0].picture("taken-told")
    held = [row for row in centre.rows("engagement") if isinstance(row, EngagementRow)]
    assert [str(row.key) for row in held].count(unit) == 1
    works = [work for row in _incidents(centre) for work in row.assignments if work.unit == unit]
    assert len([work for work in works if work.open]) == 1


_ALIKE = {"incident": "i-twice", "number": 9, "distance_m": 10, "age_s": 1, "nature": "MED-01"}
"""Told twice by a server that errs, it cannot be drawn: no key of a list may come twice."""


def test_hostile_words_are_words_on_every_screen(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """Markup, an override of direction, Arabic letters and an emoji: in a caller's name, a
    complaint, a landmark, a note, a unit's and a person's label, the name of a place."""
    may = {"permissions": ["microphone", "clipboard-read", "clipboard-write"]}
    centre.add_person("awak11", HOSTILE, (Role.CREW,), agency="dinkes", unit="AMB11")
    centre.add_person("kepala", HOSTILE, (Role.ADMIN, Role.SUPERVISOR))
    rina, dinkes, head = enter("rina", **may), enter("dinkes"), enter("kepala")
    head.begin_duty("atur/isi")
    renames(head, "AMB11", HOSTILE)
    for person in (rina, dinkes):
        person.begin_duty()
    said = [{"text": "pasar krempyeng"}, {"text": HOSTILE}]
    named = {"label": {"text": HOSTILE}, "point": {"lat": -6.9905, "lon": 110.4229}}
    rina.command("alias.add", alias="hostile-words", phrases=said, **named)
    wanted = {"q": "pasar krempyeng", "near": None}
    until(lambda: "<img" in rina.ask("POST", "/api/places", wanted)[1], 20.0, "it is found")
    call = take_call(rina, callers, "081325550077")
    alike = rina.page.get_by_role("region", name="Mungkin sama")
    rina.page.route("**/duplicates", lambda route: route.fulfill(json=[_ALIKE, _ALIKE]))
    rina.page.keyboard.insert_text(SAID)
    rina.press("Alt+p")
    paste(rina, "bapak semaput", f"<b>bapak</b> semaput{HOSTILE}")
    expect(rina.page.get_by_label("Pengaduan")).to_have_value("bapak semaput")
    rina.page.keyboard.insert_text(f" {HOSTILE} {LONG}")
    expect(rina.page.locator(".proposal")).to_be_visible()
    rina.press("Enter")
    rina.type("pasar krempyeng")
    expect(rina.page.get_by_role("option").first).to_contain_text("<img")
    rina.press("Enter")
    expect(rina.page.locator(".located")).to_contain_text("<img")
    expect(alike.get_by_role("alert")).to_contain_text("Bagian ini rusak; yang lain tetap jalan.")
    rina.page.get_by_label("Patokan").fill(f"{HOSTILE} {LONG}")
    tell_scene(rina)
    keeps_sending_in_sight(rina)
    rina.press("F8")
    expect(rina.page.get_by_text("Terkirim sebagai")).to_be_visible()
    row = newest_incident(centre)
    rina.command("incident.add_note", incident=row.key, text={"text": HOSTILE})
    work = {"incident": row.key, "unit": "AMB11"}
    rina.command("assignment.assign", **work, agency="dinkes")
    rina.command("assignment.release", **work, reason="undo")
    rina.command("assignment.assign", **work, agency="dinkes")  # twice on one incident, as by undo
    crew = enter("awak11", wide=False, has_touch=True)
    crew.sign_in()
    expect(crew.page.locator("main")).to_contain_text("<img")
    line = dinkes.page.get_by_role("button", name=f"{row.number} {row.nature}")
    line.first.click()
    expect(dinkes.page.get_by_role("region", name="Tugas")).to_contain_text("<img")
    detail = _shown_to_a_dispatcher(rina, row.number)
    see_scene(detail, crew.page.locator("main"), dinkes.page.locator("main"))
    draws_in_order(detail.locator(".report .who").first, "0813-2555-0077")
    for path, shown in (("pengguna", "kepala"), ("nama", "krempyeng"), ("isi", "AMB11")):
        head.page.evaluate("(path) => { location.hash = `#/atur/${path}`; }", path)
        expect(head.page.locator("main")).to_contain_text(shown)
        shows_words_only(head)
    for person in (rina, dinkes, head, crew):
        person.picture(f"hostile-{person.name}")
        shows_words_only(person)
        keeps_long_words_in(person)
    call.hang_up()


def _shown_to_a_dispatcher(rina: Person, number: int) -> Locator:
    """The search, the wallboard and the incident with its units."""
    rina.press("F3")
    rina.type("Sri")
    expect(rina.page.get_by_role("dialog")).to_contain_text("<img")
    shows_words_only(rina)
    rina.press("Escape")
    for path in ("Alt+5", "Alt+2"):
        rina.press(path)
        expect(rina.page.locator("main, .fleet").first).to_be_visible()
        shows_words_only(rina)
    detail = choose_incident(rina, number)
    expect(detail).to_contain_text("<img")
    expect(detail.get_by_role("region", name="Unit di insiden ini")).to_contain_text("AMB11")
    return detail


def test_a_book_in_a_field_is_told_and_nothing_of_it_is_lost(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """50 kB pasted: the field keeps it all, says what the record keeps, and help is ordered."""
    rina = enter("rina")
    rina.begin_duty()
    call = take_call(rina, callers, "081325550078")
    book = "bapak semaput 🚑 " * 3_000
    rina.page.keyboard.insert_text(book)
    rina.press("Alt+p")
    rina.page.keyboard.insert_text(book)
    wrong = rina.page.get_by_text("Terlalu panjang: hanya")
    expect(wrong).to_have_count(2)
    complaint = rina.page.get_by_label("Pengaduan")
    expect(complaint).to_have_value(book)

    def is_kept() -> bool:
        reports = [row for row in centre.rows("report") if isinstance(row, ReportRow)]
        said = [row.complaint.ref for row in reports if row.complaint and row.complaint.ref]
        return any(len(text) > 18_000 for text in centre.store.open_texts(said).values())

    until(is_kept, 20.0, "as much of it as the record holds is on record")
    rina.picture("book-in-a-field")
    rina.page.reload()
    expect(complaint).to_have_value(book)
    expect(rina.page.get_by_label("Nama lengkap")).to_have_value(book)
    expect(wrong).to_have_count(2)
    rina.page.get_by_label("Nama lengkap").fill("Sri")
    expect(wrong).to_have_count(1)
    rina.press("F4")
    until(lambda: call.is_over, 20.0, "the call is over")


def test_a_double_click_is_one_command(enter: Enter, centre: Centre) -> None:
    """Sending a unit and closing: the second click of a nervous hand does nothing."""
    budi = enter("budi")
    budi.begin_duty("armada")
    open_incident(budi, "i-double", "MED-02", -6.9905, 110.4229)
    sent: list[str] = []
    budi.page.on("request", lambda asked: sent.append(asked.post_data or ""))
    detail = choose_incident(budi, _incident(centre, "i-double").number)
    best = detail.get_by_role("region", name="Disarankan").locator("ol").get_by_role("button")
    best.first.click()
    detail.get_by_role("button", name="Tugaskan").dblclick()
    expect(detail.get_by_role("region", name="Unit di insiden ini")).to_contain_text("Ditugaskan")
    detail.get_by_role("button", name="Tutup insiden").click()
    detail.locator("form.close").get_by_role("button").first.dblclick()
    expect(detail.locator("p.closed")).to_be_visible()
    assert _incident(centre, "i-double").state == "closed"
    for kind in ("assignment.assign", "incident.close"):
        assert sum(f'"type":"{kind}"' in text for text in sent) == 1, kind


def _incidents(centre: Centre) -> list[IncidentRow]:
    return [row for row in centre.rows("incident") if isinstance(row, IncidentRow)]


def _incident(centre: Centre, key: str) -> IncidentRow:
    return next(row for row in _incidents(centre) if row.key == key)


def _acknowledged(centre: Centre, key: str) -> set[str]:
    return {task.agency for task in _incident(centre, key).tasks if task.acknowledged_at}


def _everything(officer: Person, crime: IncidentRow) -> str:
    """The answers of every way to read that an officer's browser has."""
    words = ["Lawang", "merpati", str(crime.number), "0813900", crime.long_id]
    searched = [officer.ask("POST", "/api/search", {"q": word})[1] for word in words]
    paths = [
        f"/api/incidents/{crime.key}/timeline",
        f"/api/incidents/{crime.key}/recommendation",
        f"/api/incidents/{crime.key}/duplicates",
        "/api/evaluation",
        "/api/health",
        "/api/session",
    ]
    # the path itself, which an error may repeat, is no news to who asked for it
    read = [officer.ask("GET", path)[1].replace(path, "") for path in paths]
    return json.dumps([*searched, *read])
