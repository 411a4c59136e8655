"""The telephone room as its people use it: two desks, a supervisor, a citizen, all with real sound.

Each of them speaks with a pure tone of their own, so that who hears whom is measured at every ear.
"""

import re

import pytest
from journey_browser import CALLER_TONE_HZ, Enter, Person
from journey_caller import Callers, Ringing
from journey_centre import Centre, until
from journey_headset import loses_the_headset, with_desk_telephones
from journey_room import (
    FAINT,
    LOUD,
    VOICES_HZ,
    desk_of,
    desks_of,
    hears,
    is_accessible,
    newest,
    sit_down,
    voice_of,
)
from journey_steps import queue_of, take_call
from playwright.sync_api import expect

from kentongan.core.events import CallSupervised, CallTakenOver, OfferDeclined, RecordingPlayed
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import silence, tone

_PLAYED_SCRIPT = "() => document.querySelector('audio')?.currentTime ?? 0"
_WAY_SCRIPT = """async () => {
  const stats = await window.journeyConnection.getStats();
  const transport = [...stats.values()].find((one) => one.type === 'transport');
  const pair = stats.get(transport.selectedCandidatePairId);
  return [stats.get(pair.localCandidateId).port, pair.packetsReceived];
}"""
"""The desk's port of the way in use, and the packets that came over it."""

SECOND_PACKETS = 50
HOLD_LOUD = 100.0
BEGIN, END = '{"seconds":60}', '{"seconds":0}'


@pytest.fixture
def room(enter: Enter) -> dict[str, Person]:
    """Rina and Dewi at desks, Sari at the supervisor's, each with a voice of their own."""
    return {name: sit_down(enter, name) for name in VOICES_HZ}


def test_a_break_is_refused_to_the_last_desk_and_told(enter: Enter, centre: Centre) -> None:
    """The reason is in words, and the desk stays on duty."""
    rina = enter("rina")
    rina.begin_duty("panggilan")
    rina.page.get_by_role("button", name="Istirahat").click()
    rina.page.get_by_role("button", name="makan").click()
    expect(rina.page.get_by_text("Tidak ada meja lain yang berdinas").first).to_be_visible()
    assert [row.state for row in desks_of(centre) if row.agent_name == "Rina"] == ["on_duty"]


def test_a_call_goes_through_the_whole_room(
    room: dict[str, Person], callers: Callers, centre: Centre
) -> None:
    """Declined, answered, held, muted, three together, handed over, supervised, taken over, and the
    caller's telephone vanishes."""
    call = callers.ring("112", number="081325552001", voice=tone(CALLER_TONE_HZ))
    first, second = _offered_first(room, centre)
    expect(queue_of(first)).to_contain_text("berdering di sini")
    expect(queue_of(second)).to_contain_text("berdering di Meja")
    first.picture("voice-1-rings-here")
    first.page.get_by_role("button", name="Bukan saya").click()
    first.page.get_by_role("button", name="headset bermasalah").click()
    expect(queue_of(second)).to_contain_text("berdering di sini")
    assert any(isinstance(one.event, OfferDeclined) for one in centre.journal())

    second.press("F2")
    call.reach(CallState.TALKING)
    _caller_hears(call, second)
    until(lambda: second.hears(CALLER_TONE_HZ) > LOUD, 20.0, "the desk hears the caller")

    second.press("Control+h")
    expect(second.page.get_by_text("mendengar suara penenang")).to_be_visible()
    until(lambda: not _is_loud(call, second), 20.0, "the held caller no longer hears the desk")
    until(lambda: _loudness(call) > HOLD_LOUD, 20.0, "the held caller hears reassurance")
    second.press("Control+h")
    _caller_hears(call, second)

    second.press("Control+m")
    expect(second.page.get_by_text("BISU")).to_be_visible()
    until(lambda: call.hears(voice_of(second)) < FAINT, 20.0, "nobody hears who is mute")
    second.picture("voice-2-muted")
    second.press("Control+m")
    _caller_hears(call, second)

    _bring_in(second, first)
    first.press("F2")
    expect(second.page.get_by_role("list", name="Pihak lain")).to_contain_text("tersambung")
    _caller_hears(call, second, first)
    until(lambda: first.hears(voice_of(second)) > LOUD, 20.0, "the desks hear each other")
    second.picture("voice-4-conference")

    second.press("Alt+j")
    until(
        lambda: newest(centre).desk == desk_of(centre, first), 20.0, "the call is the other desk's"
    )
    until(lambda: call.hears(voice_of(second)) < FAINT, 20.0, "who handed over is gone")
    _caller_hears(call, first)

    _supervise(room["sari"], first, call, centre)
    _vanishes(call, room["sari"])
    call.hang_up()
    until(lambda: newest(centre).ended_at is not None, 20.0, "the call is over")


def test_who_hung_up_is_listed_until_somebody_says_what_became_of_it(
    room: dict[str, Person], callers: Callers, centre: Centre
) -> None:
    """With its clock and its owner, whom the other desk sees; no line leads out of here."""
    call = callers.ring("112", number="081325552077")
    rina, dewi = room["rina"], room["dewi"]
    expect(queue_of(rina)).to_contain_text("2077")
    call.hang_up()
    for person in (rina, dewi):
        dropped = person.page.get_by_role("list", name="Terputus")
        expect(dropped).to_contain_text("2077")
        expect(dropped).to_contain_text("telepon dalam")
    rina.picture("voice-7-dropped")
    is_accessible(rina)
    dropped = rina.page.get_by_role("list", name="Terputus").get_by_role("listitem")
    item = dropped.filter(has_text="2077")
    rina.press("h")
    expect(item).to_contain_text("Anda yang menangani")
    there = dewi.page.get_by_role("list", name="Terputus").get_by_role("listitem")
    expect(there.filter(has_text="2077")).to_contain_text("ditangani Rina")
    expect(rina.page.get_by_text("Tidak ada saluran keluar").first).to_be_visible()
    item.get_by_role("button", name="Hasil").click()
    item.get_by_role("button", name="Tidak dapat dihubungi").click()
    expect(item).to_have_count(0)


def test_one_window_of_a_person_has_the_sound(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """A second window asks, then has the sound, the call stays; the first one takes it back."""
    first = enter("rina")
    first.begin_duty("panggilan")
    call = take_call(first, callers, "081325552044", voice=tone(CALLER_TONE_HZ))
    until(lambda: first.hears(CALLER_TONE_HZ) > LOUD, 20.0, "the desk hears the caller")
    second = enter("rina")
    second.sign_in()
    second.page.goto("/konsol?tone=1#/panggilan")
    for loser, winner in ((first, second), (second, first)):
        _takes_over(winner)
        expect(winner.page.get_by_text("suara meja tersambung")).to_be_visible()
        until(lambda: winner.hears(CALLER_TONE_HZ) > LOUD, 20.0, "the sound has moved")  # noqa: B023
        expect(loser.page.get_by_text("Jendela ini tidak bersuara lagi")).to_be_visible()
        expect(loser.page.get_by_text("suara meja tersambung")).to_have_count(0)
    call.reach(CallState.TALKING)
    row = newest(centre)
    assert (row.state, row.agent_name) == ("answered", "Rina")
    call.hang_up()
    until(lambda: newest(centre).ended_at is not None, 20.0, "the call is over")


def _takes_over(person: Person) -> None:
    """Asked, with the keyboard alone."""
    take = person.page.get_by_role("button", name=re.compile("Ambil (alih|kembali) ke sini"))
    expect(take).to_be_enabled()
    person.press("Enter")
    asks = person.page.get_by_role("dialog", name="Ambil alih ke sini")
    expect(asks).to_contain_text("dalam panggilan")
    expect(asks).to_contain_text("BISU di sana tidak ikut")
    is_accessible(person)
    person.picture("voice-9-other-window")
    person.press("Enter")
    expect(person.page.get_by_role("navigation").first).to_be_visible()


def test_one_desk_and_everything_around_its_call(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """Another network, a dispatcher asked in, the prompt, a replay, no text, the recording."""
    rina, budi = enter("rina"), enter("budi")
    with_desk_telephones(rina)
    rina.begin_duty("panggilan")
    budi.begin_duty("armada")
    call = take_call(rina, callers, "081325552033", voice=tone(CALLER_TONE_HZ))
    page = rina.page
    _moves_to_another_network(rina, call)
    loses_the_headset(rina, call, centre)
    _asks_in_a_dispatcher(rina, budi)
    rina.press("Control+d")
    expect(page.get_by_text("belum ada jawaban")).to_be_visible()
    call.press("5")
    expect(page.get_by_text("menekan 5").first).to_be_visible()
    call.say(silence())
    until(lambda: rina.hears(CALLER_TONE_HZ) < FAINT, 20.0, "the caller has said it")
    _hears_it_again(rina, call)

    rina.press("Alt+x")
    beside = page.get_by_role("region", name="Teks di samping suara")
    expect(beside).to_contain_text("Telepon ini tidak dapat menampilkan teks")
    expect(beside.get_by_role("textbox")).to_have_count(0)
    rina.press("Alt+a")
    expect(page.get_by_role("group", name="Papan angka")).to_be_focused()
    rina.press("4", "#")
    expect(page.locator("output")).to_have_text("4#")
    rina.press("Control+j")
    expect(page.get_by_role("combobox", name="Siapa")).to_be_focused()
    rina.type("08122334455")
    rina.press("Shift+Enter")
    expect(page.get_by_text("mendengar suara penenang")).to_be_visible()
    parties = page.get_by_role("list", name="Pihak lain")
    expect(parties).to_contain_text(re.compile("tak terjangkau|tidak diangkat|ditolak"))
    rina.picture("voice-8-around-the-call")
    is_accessible(rina)
    rina.press("F4")
    until(lambda: newest(centre).recordings > 0, 30.0, "the recording is kept")

    page.get_by_role("button", name=re.compile("^rekaman")).click()
    page.get_by_role("combobox", name="Alasan").fill("penilaian mutu")
    page.get_by_role("button", name="Putar", exact=True).click()
    until(lambda: page.evaluate(_PLAYED_SCRIPT) > 0.5, 20.0, "the recording is heard")
    until(lambda: _played(centre), 20.0, "who heard it is on record")
    assert _played(centre) == [("Rina", "quality_review")]
    rina.picture("voice-9-recording")
    is_accessible(rina)
    rina.command("call.dispose", call=newest(centre).key, disposition="test")


def _played(centre: Centre) -> list[tuple[str, str]]:
    """Who heard a recording, and why."""
    events = [one.event for one in centre.journal() if isinstance(one.event, RecordingPlayed)]
    return [(one.agent_name, one.reason) for one in events]


def _hears_it_again(rina: Person, call: Ringing) -> None:
    """What was said comes once more, to this desk alone, and ends when it is told to.

    A replay is as long as the call is so far. On a machine that takes longer than that to let a
    page hear it, or to press the key, it has come to its end: then the same key begins it anew.
    """
    begins = rina.page.get_by_role("button", name="Putar ulang 60")

    def is_heard() -> bool:
        if begins.is_visible():
            assert _asks_for_replay(rina) == BEGIN
            expect(rina.page.get_by_role("button", name="Hentikan putar ulang")).to_be_visible()
        return rina.hears(CALLER_TONE_HZ) > LOUD > FAINT > call.hears(CALLER_TONE_HZ)

    until(is_heard, 40.0, "the desk hears it again, and it alone")
    until(lambda: _asks_for_replay(rina) == END, 20.0, "it is told to end")
    expect(begins).to_be_visible()


def _asks_for_replay(person: Person) -> str:
    """Press its key; what the centre was asked for by it, and gave."""
    with person.page.expect_response(re.compile("/replay$")) as answered:
        person.press("Control+y")
    assert answered.value.ok, answered.value.text()
    return answered.value.request.post_data or ""


def _asks_in_a_dispatcher(rina: Person, budi: Person) -> None:
    """Who has no screen for calls sees and hears it too, joins with F2 and leaves with F4."""
    rina.press("Control+j")
    expect(rina.page.get_by_role("combobox", name="Siapa")).to_be_focused()
    rina.type("budi")
    expect(rina.page.get_by_role("option").first).to_contain_text("Budi")
    rina.press("Enter")
    banner = budi.page.get_by_role("region", name="Panggilan di meja ini")
    expect(banner).to_contain_text("Rina mengajak Anda")
    budi.press("F2")
    expect(banner).to_contain_text("Anda ikut di panggilan Rina")
    until(lambda: budi.hears(CALLER_TONE_HZ) > LOUD, 20.0, "the dispatcher hears the caller")
    budi.picture("voice-10-on-armada")
    is_accessible(budi)
    budi.press("F4")
    parties = rina.page.get_by_role("list", name="Pihak lain")
    expect(parties).not_to_contain_text("tersambung")
    expect(banner).to_have_count(0)


def _moves_to_another_network(person: Person, call: Ringing) -> None:
    """Only the way is made anew, from another port of the desk: the same connection, and both are
    heard over it."""
    expect(person.page.get_by_text("suara meja tersambung")).to_be_visible()
    port_before, _ = person.page.evaluate(_WAY_SCRIPT)
    person.page.evaluate("() => { window.journeyKept = window.journeyConnection; }")
    with person.page.expect_request(
        lambda asked: asked.url.endswith("/media") and '"restart":true' in (asked.post_data or "")
    ):
        person.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(person.page.get_by_text("suara meja tersambung")).to_be_visible()
    assert person.page.evaluate("window.journeyKept === window.journeyConnection")

    def is_new_way_in_use() -> bool:
        port, received = person.page.evaluate(_WAY_SCRIPT)
        return port != port_before and received > SECOND_PACKETS

    until(is_new_way_in_use, 20.0, "the centre sends to the desk's new address")
    hears(person, CALLER_TONE_HZ, who="the desk over the new way")
    hears(call, voice_of(person), who="the caller over the new way")


def _offered_first(room: dict[str, Person], centre: Centre) -> tuple[Person, Person]:
    """Whose desk rings alone for the call that waits, and the other one."""
    until(lambda: centre.rows("call") and len(newest(centre).rung) == 1, 20.0, "one desk rings")
    rung = newest(centre).rung[0]
    both = (room["rina"], room["dewi"])
    return both if desk_of(centre, both[0]) == rung else (both[1], both[0])


def _bring_in(host: Person, guest: Person) -> None:
    """The palette, by name, with the keyboard alone."""
    host.press("Control+j")
    field = host.page.get_by_role("combobox", name="Siapa")
    expect(field).to_be_focused()
    host.type(guest.name)
    expect(host.page.get_by_role("option").first).to_contain_text(guest.name, ignore_case=True)
    host.picture("voice-3-palette")
    is_accessible(host)
    host.press("Enter")
    expect(guest.page.get_by_text("mengajak Anda ke panggilan").first).to_be_visible()


def _supervise(sari: Person, desk: Person, call: Ringing, centre: Centre) -> None:
    """Listens unheard, whispers to the desk alone, takes over."""
    row = sari.page.get_by_role("list", name="Meja").get_by_role("listitem")
    row = row.filter(has_text=desk.name.title())
    row.get_by_role("button", name="Dengar").click()
    banner = sari.page.get_by_role("status", name="Sedang mendengarkan")
    expect(banner).to_contain_text("tidak ada yang mendengar Anda")
    until(lambda: sari.hears(CALLER_TONE_HZ) > LOUD, 20.0, "the supervisor hears the caller")
    until(lambda: sari.hears(voice_of(desk)) > LOUD, 20.0, "the supervisor hears the desk")
    assert call.hears(voice_of(sari)) < FAINT
    assert desk.hears(voice_of(sari)) < FAINT
    sari.picture("voice-5-listening")
    is_accessible(sari)

    sari.press("Alt+b")
    expect(banner).to_contain_text("penelepon tidak mendengar")
    until(lambda: desk.hears(voice_of(sari)) > LOUD, 20.0, "the desk hears the whisper")
    assert call.hears(voice_of(sari)) < FAINT, "the caller hears nothing of it"
    expect(desk.page.get_by_text("berbisik kepada Anda")).to_be_visible()
    _caller_hears(call, desk)

    sari.press("Alt+o")
    until(lambda: newest(centre).desk == "supervisor", 20.0, "the call is the supervisor's")
    _caller_hears(call, sari)
    until(lambda: call.hears(voice_of(desk)) < FAINT, 20.0, "who was relieved is gone")
    done = [type(one.event) for one in centre.journal()]
    assert CallSupervised in done
    assert CallTakenOver in done
    expect(sari.page.get_by_label("Nama lengkap")).to_be_visible()
    sari.picture("voice-6-taken-over")


def _vanishes(call: Ringing, sari: Person) -> None:
    """The call bar and the supervisor's list say so, and nobody is hung up for it."""
    gone = sari.page.get_by_text("penelepon tidak terdengar selama")
    expect(gone).to_have_count(0)
    call.vanish()
    expect(gone).to_be_visible(timeout=15_000)
    sari.picture("voice-8-unheard")
    is_accessible(sari)
    sari.page.evaluate("location.hash = '#/pantau'")
    room = sari.page.get_by_role("list", name="Meja")
    expect(room).to_contain_text("penelepon tidak terdengar selama")


def _caller_hears(call: Ringing, *people: Person) -> None:
    names = " and ".join(person.name for person in people)
    until(
        lambda: all(_is_loud(call, person) for person in people), 20.0, f"the caller hears {names}"
    )


def _is_loud(call: Ringing, person: Person) -> bool:
    return call.hears(voice_of(person)) > LOUD


def _loudness(call: Ringing) -> float:
    samples = call.heard(1.0).astype(float)
    return float((samples**2).mean() ** 0.5) if len(samples) else 0.0
