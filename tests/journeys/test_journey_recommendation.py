"""The list of recommended units under the hand, and what is done when the plain way fails: a unit
breaks down, many are hurt, nobody is free, an agency does not answer.

All share one centre; none needs what another left behind.
"""

import re
import secrets

import msgspec
from journey_browser import Enter, Person
from journey_centre import Centre, until
from journey_hand import By, Hand
from journey_hospital import a_hospital_is_told, the_crew_reads_where_to
from journey_line import HeldLine
from journey_offline import PNG
from journey_steps import choose_incident, map_beside, open_incident
from journey_undo import takes_everything_back
from journey_work import assign, chosen
from playwright.sync_api import Locator, expect

from kentongan.core.rows import EngagementRow, IncidentRow, UnitRow
from kentongan.core.words import Role

NEAR = (-6.9905, 110.4229)
OUT = "out_of_service"


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


def figures(lines: Locator) -> list[str]:
    """What the lines say, but for the age of positions and what a marked unit is now."""
    running = re.compile(r"GPS \S+ \w+( \?)?|● sekarang [^▲\n]*")
    return [running.sub("", line.inner_text()).strip() for line in lines.all()]


def test_nothing_moves_under_the_hand_and_a_change_is_announced(
    enter: Enter, centre: Centre
) -> None:
    """Somebody else takes the first unit while the second is marked, and sends a third one here:
    the lines stay, as many as they were, and say so; `R` shows the new list, the mark holds, and
    Enter assigns what was marked. Ctrl+Z takes back the last order, again the one before, whole;
    so it does with a swap, a step by mouse, and a closing with its units."""
    budi = enter("budi")
    budi.begin_duty()
    open_incident(budi, "i-frozen", "MED-02", *NEAR)
    open_incident(budi, "i-elsewhere", "MED-03", *NEAR)
    number, elsewhere = number_of(centre, "i-frozen"), number_of(centre, "i-elsewhere")
    choose_incident(budi, number)
    lines = lines_of(budi)
    expect(lines.nth(3)).to_be_visible()
    first, second, third = names(lines)[:3]
    budi.page.keyboard.press("Escape")
    budi.press("2")
    expect(lines.nth(1)).to_have_attribute("aria-pressed", "true")
    before = figures(lines)
    expect(budi.page.locator("footer .told")).to_contain_text(
        f"{second} ditandai: Enter menugaskan"
    )
    expect(budi.page.get_by_text("Angka saat daftar dibekukan")).to_be_visible()
    expect(budi.page.get_by_text("Mengapa bukan nomor 1?")).to_be_visible()

    budi.command("assignment.assign", incident="i-elsewhere", unit=first, agency="dinkes")
    changed = budi.page.get_by_text("daftar berubah: tekan R")
    expect(changed).to_be_visible()
    budi.command("assignment.assign", incident="i-frozen", unit=third, agency="dinkes")
    sent = budi.page.get_by_text(f"orang lain menugaskan {third} ke sini")
    expect(sent).to_be_visible()
    assert figures(lines) == before
    budi.picture("recommended-frozen")

    budi.press("r")
    expect(changed).to_be_hidden()
    expect(lines.first).not_to_contain_text(first)
    expect(budi.page.get_by_role("button", name=f"Tugaskan {second}")).to_be_visible()
    told = re.compile(rf"Lebih dekat, tidak ditawarkan: .*{first} .*bertugas di {elsewhere}")
    expect(budi.page.get_by_role("region", name="Disarankan")).to_contain_text(told)
    budi.press("Enter")
    until(lambda: busy(centre, number) == {second, third}, 20.0, "the marked unit is assigned")
    assert busy(centre, elsewhere) == {first}

    urgency = _urgency(centre, "i-frozen")
    expect(lines.first).not_to_contain_text(second)
    budi.press("1", "2")
    expect(lines.nth(1)).to_have_attribute("aria-pressed", "true")
    budi.press("Enter")
    expect(budi.page.locator("footer .told")).to_contain_text(re.compile(r"\w+ \w+ → "))
    assert len(busy(centre, number)) == 4
    budi.press("p", "5")
    expect(budi.page.locator("footer")).to_contain_text("menjadi prioritas P5")
    assert _urgency(centre, "i-frozen") == "P5"
    budi.press("Control+z")
    expect(budi.page.locator("footer")).to_contain_text("Dibatalkan")
    assert _urgency(centre, "i-frozen") == urgency
    budi.press("Control+z")
    until(lambda: busy(centre, number) == {second, third}, 20.0, "both are taken back")
    free = next(one for one in names(lines) if one not in (first, second, third))
    takes_everything_back(budi, centre, number, (second, third), free)


def _urgency(centre: Centre, key: str) -> str:
    rows = centre.rows("incident")
    return next(
        str(row.priority) for row in rows if isinstance(row, IncidentRow) and row.key == key
    )


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
    """A building on fire: engines, water, an ambulance and a patrol with `0` and Enter. The map of
    both incidents stands on a second monitor meanwhile."""
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
    open_incident(budi, "i-beside", "MED-03", *NEAR)
    map_beside(budi, number, number_of(centre, "i-beside"))


def out_of_service(centre: Centre, unit: str) -> bool:
    """Whether the record says so."""
    rows = centre.rows("unit")
    return any(isinstance(row, UnitRow) and row.key == unit and row.state == OUT for row in rows)


def test_a_unit_breaks_down_on_the_way(by: By, centre: Centre) -> None:
    """`B` and Enter, or one click: off the incident and out of service, the next best is offered,
    and the caller who was promised the first one is told of the second."""
    budi = by("budi")
    budi.begin_duty()
    key, report = f"i-broken-{budi.kind}", f"r-broken-{budi.kind}"
    open_incident(budi.person, key, "MED-06", *NEAR)
    budi.person.command("report.open", report=report, channel="counter")
    budi.person.command("incident.link_report", incident=key, report=report)
    number = number_of(centre, key)
    region = chosen(budi, number)
    expect(lines_of(budi.person).nth(1)).to_be_visible()
    first = assign(budi, region)
    until(lambda: busy(centre, number) == {first}, 20.0, "the first unit is assigned")
    (promise,) = [
        one.promise
        for row in centre.rows("incident")
        if isinstance(row, IncidentRow) and row.key == key
        for one in row.assignments
    ]
    told = {"report": report, "incident": key, "unit": first}
    budi.person.command("report.tell_caller", **told, promise=msgspec.to_builtins(promise))

    works = region.get_by_role("region", name="Unit di insiden ini")
    expect(works).to_contain_text(first)
    _accepts_by_radio(budi, works, first)
    expect(works).to_contain_text("Diterima")
    budi.press("[", "]", "b", by_mouse=works.get_by_role("button", name="Mogok").click)
    if budi.kind == "keys":
        expect(budi.page.locator("footer input")).to_have_value(f"MG {first}")
        budi.person.press("Enter")
    until(lambda: out_of_service(centre, first), 20.0, "the broken unit is out of service")
    assert busy(centre, number) == set()
    expect(region.get_by_text(f"Kabari pelapor: {first} tidak jadi datang.")).to_be_visible()
    expect(region.get_by_text("Saya sedang carikan pengganti")).to_be_visible()
    expect(lines_of(budi.person).first).not_to_contain_text(first)
    second = assign(budi, region)
    until(lambda: busy(centre, number) == {second}, 20.0, "the next best is assigned")
    expect(region.get_by_text("Penggantinya")).to_be_visible()
    budi.person.picture("broke-down")
    budi.use(region.get_by_role("button", name="Sudah dibacakan"))
    expect(region.get_by_text("Kabari pelapor")).to_be_hidden()
    budi.person.command("unit.return_to_service", unit=first)
    budi.person.command("assignment.progress", incident=key, unit=second, progress="clear")


def _accepts_by_radio(budi: Hand, works: Locator, unit: str) -> None:
    """The crew said so: the list of its states by `S`, or the button of the next one."""
    budi.press("Escape", "s", by_mouse=works.get_by_role("button", name="Diterima").click)
    if budi.kind == "keys":
        dialog = budi.page.get_by_role("dialog", name=f"Status {unit}")
        budi.use(dialog.get_by_role("button", name="Diterima"), "1")


def test_many_are_hurt_and_the_crew_counts_them(by: By, enter: Enter, centre: Centre) -> None:
    """Declared by the dispatcher, counted on the crew's page with a picture, patients spread over
    hospitals that were told; the crew's vehicle breaks down with one tap."""
    centre.add_person("awak", "Awak AMB12", (Role.CREW,), agency="dinkes", unit="AMB12")
    budi = by("budi")
    budi.begin_duty()
    key = f"i-mass-{budi.kind}"
    open_incident(budi.person, key, "LAK-01", *NEAR)
    budi.person.command("assignment.assign", incident=key, unit="AMB12", agency="dinkes")
    number = number_of(centre, key)
    region = chosen(budi, number)
    mass = region.get_by_role("region", name="Kejadian massal")

    def by_mouse() -> None:
        budi.use(region.get_by_role("button", name="Kejadian massal"))
        budi.use(mass.get_by_role("button", name="Nyatakan"))

    budi.tell(f"MASSAL {number}", by_mouse)
    expect(mass.get_by_text("belum dihitung")).to_be_visible()

    crew = enter("awak", wide=False)
    line = HeldLine(crew.page)
    crew.sign_in()
    _taps_before_the_rows_come(crew, line, centre)
    crew.page.get_by_role("button", name="Tiba", exact=True).click()
    crew.page.get_by_role("button", name="Lain", exact=True).click()
    crew.page.get_by_role("button", name="Hitung korban").click()
    for tag, count in (("Merah", 2), ("Kuning", 1), ("Hitam", 1)):
        for _ in range(count):
            crew.page.get_by_role("group", name=tag).get_by_role("button", name="tambah").click()
    crew.picture("crew-casualties")
    crew.page.get_by_role("button", name="Simpan hitungan").click()
    expect(mass.get_by_text("4 korban")).to_be_visible()
    expect(mass.get_by_text("Gelombang 1")).to_be_visible()

    _sends_a_picture_after_a_reload(crew)
    budi.use(region.get_by_role("button", name=re.compile("Tampilkan foto")))
    shown = region.get_by_role("img", name=re.compile("Foto .* oleh Awak"))
    until(lambda: shown.evaluate("one => one.naturalWidth"), 10.0, "the picture is drawn")

    a_hospital_is_told(budi, region)
    expect(mass.get_by_text("Menuju RS")).to_be_visible()
    the_crew_reads_where_to(crew, region)
    budi.person.picture("mass-event")

    crew.page.get_by_role("button", name="Lain", exact=True).click()
    crew.page.get_by_role("button", name="Kendaraan bermasalah").click()
    crew.page.get_by_label("ban kempis").check()
    hold = crew.page.get_by_role("button", name="Tahan: tidak bisa lanjut")
    hold.hover()
    crew.page.mouse.down()
    until(lambda: out_of_service(centre, "AMB12"), 20.0, "AMB12 is out of service")
    crew.page.mouse.up()
    expect(region.get_by_text("dilepas: ban kempis")).to_be_visible()
    budi.person.command("unit.return_to_service", unit="AMB12")
    budi.person.command("incident.close", incident=key, outcome="transported")


def _taps_before_the_rows_come(crew: Person, line: HeldLine, centre: Centre) -> None:
    """The answers are there before the rows: a row of before never turns the button back."""
    button = crew.page.get_by_role("button", name="Berangkat", exact=True)
    accept = crew.page.get_by_role("button", name="Terima", exact=True)
    expect(accept).to_be_visible()
    line.hold()
    accept.click()
    button.click()
    until(lambda: _progress(centre, "AMB12") == "departed", 20.0, "both taps are on record")
    expect(crew.page.get_by_role("button", name="Tiba", exact=True)).to_be_visible()
    for _ in range(20):
        crew.page.wait_for_timeout(100)  # and the page has its answer
        if line.holds('"progress":"accepted"'):
            break
    line.release('"progress":"accepted"')
    crew.page.wait_for_timeout(400)
    expect(button).to_have_count(0, timeout=1)
    line.release()


def _progress(centre: Centre, unit: str) -> str:
    rows = centre.rows("engagement")
    held = [row for row in rows if isinstance(row, EngagementRow) and row.key == unit]
    return held[0].progress if held else ""


def _sends_a_picture_after_a_reload(crew: Person) -> None:
    """Taken without a network it waits on the device, outlives the page, and goes by itself."""
    page = crew.page
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    crew.context.set_offline(offline=True)
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Kirim foto").click()
    picture = {"name": "foto.png", "mimeType": "image/png", "buffer": PNG}
    chooser.value.set_files(picture)  # type: ignore[arg-type]
    expect(page.get_by_text("1 foto menunggu dikirim")).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="Tugas")).to_be_visible()
    crew.context.set_offline(offline=False)


def test_no_unit_is_free_and_the_agency_does_not_answer(enter: Enter, centre: Centre) -> None:
    """The clock of unmet demand begins by itself with why; an agency is asked by one button, and
    when it stays silent the alarm is there within a look."""
    budi = enter("budi")
    budi.begin_duty()
    engaged = {row.key for row in centre.rows("engagement")}
    capable = [
        row.key
        for row in centre.rows("unit")
        if isinstance(row, UnitRow) and "als" in row.capabilities and row.state == "available"
        if row.key not in engaged
    ]
    for unit in capable:
        budi.command("unit.out_of_service", unit=unit, reason="bengkel")
    open_incident(budi, "i-none", "MED-02", *NEAR)
    number = number_of(centre, "i-none")
    region = choose_incident(budi, number)
    short = region.get_by_role("region", name="Tidak ada unit yang cocok")
    expect(short.get_by_text(re.compile("Sebabnya: .*nonaktif"))).to_be_visible()
    expect(short.get_by_text("Gratis. Jangan ditutup.")).to_be_visible()
    line = short.get_by_role("listitem").filter(has_text="Instansi lain").first
    budi.picture("no-unit")
    line.get_by_role("button", name="Libatkan").click()
    expect(short.get_by_text(re.compile("✓ .*Budi: Instansi lain:"))).to_be_visible()

    body = {
        "id": secrets.token_hex(8),
        "command": {"type": "task.task", "incident": "i-none", "agency": "bpbd"},
        "age_s": 70,
    }
    status, text = budi.ask("POST", "/api/commands", body)
    assert status == 200, text
    expect(
        budi.page.get_by_text(re.compile(f"BPBD .*{number}|{number}.*BPBD")).first
    ).to_be_visible()
    for unit in capable:
        budi.command("unit.return_to_service", unit=unit)
