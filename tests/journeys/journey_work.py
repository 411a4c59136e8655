"""The steps of a call and of an incident, done with the keyboard alone or with the mouse alone."""

import re

from journey_caller import Callers, Ringing
from journey_centre import until
from journey_hand import Hand
from journey_room import DUTY, VOICE_SCRIPT, VOICES_HZ
from journey_steps import begins_with, incident_of, queue_of
from playwright.sync_api import Locator, expect

from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import Voice


def sit_down(hand: Hand) -> Hand:
    """With a voice of their own, on duty at the usual screen."""
    hand.person.context.add_init_script(VOICE_SCRIPT % VOICES_HZ[hand.person.name])
    hand.begin_duty(DUTY[hand.person.name])
    return hand


def answer(
    hand: Hand, callers: Callers, number: str | None, *, voice: Voice | None = None
) -> Ringing:
    """A citizen rings, is answered, and the cursor is in the first field."""
    call = callers.ring("112", number=number, voice=voice)
    queue = queue_of(hand.person)
    named = number[-4:] if number else re.compile("Tanpa nomor|Nomor disembunyikan")
    expect(queue).to_contain_text(named)
    hand.use(queue.get_by_role("button", name="Jawab").first, "F2")
    expect(hand.page.get_by_label("Nama lengkap")).to_be_focused()
    call.reach(CallState.TALKING)
    return call


def tell(hand: Hand, complaint: str, nature: str, place: str) -> None:
    """Type the complaint, accept its nature, type the place, accept the first."""
    page = hand.page
    hand.write(page.get_by_label("Pengaduan"), complaint, "Alt+p")
    proposal = page.locator(".proposal")
    expect(proposal).to_contain_text(nature)
    hand.use(proposal.get_by_role("button"), "Enter")
    expect(page.get_by_role("combobox", name="Kategori")).to_have_value(re.compile(f"^{nature} "))
    locate(hand, place)


def classify(hand: Hand, code: str) -> None:
    """Choose the kind by its code."""
    hand.write(hand.page.get_by_role("combobox", name="Kategori"), code, "Alt+k")
    first = hand.page.get_by_role("option").first
    expect(first).to_contain_text(code)
    hand.use(first, "Enter")


def locate(hand: Hand, place: str) -> None:
    """Type the place and accept the first proposal: with one Enter more where it is in doubt."""
    hand.write(hand.page.get_by_role("combobox", name="Lokasi"), place, "Alt+l")
    first = hand.page.get_by_role("option").first
    hand.use(first, "Enter")
    if first.is_visible():
        hand.use(first, "Enter")
    expect(hand.page.locator(".located")).to_contain_text("◉")


def send(hand: Hand) -> None:
    """Order help, the interview complete."""
    hand.use(hand.page.get_by_role("button", name="Lengkap & kirim"), "F8")


def end_call(hand: Hand, call: Ringing) -> None:
    """The call ends and its writing is done."""
    hand.use(hand.page.get_by_role("button", name="Akhiri"), "F4")
    until(lambda: call.is_over, 20.0, "the call is over")
    hand.use(hand.page.get_by_role("button", name="Selesai"), "F2")
    expect(hand.page.get_by_label("Nama lengkap")).to_be_hidden()


def chosen(hand: Hand, number: int) -> Locator:
    """Open an incident: its number on the command line, or its line in the list."""
    row = hand.page.get_by_role("option", name=begins_with(number))
    expect(row.first).to_be_attached()
    hand.tell(f"{number}", row.first.click)
    region = incident_of(hand.person, number)
    expect(region).to_be_visible()
    return region


def assign(hand: Hand, region: Locator, at: int = 1) -> str:
    """Mark a recommended unit by its place in the list and send it; which one it was."""
    line = region.get_by_role("region", name="Disarankan").locator("ol").get_by_role("button")
    unit = line.nth(at - 1).locator("strong").first.inner_text()
    hand.use(line.nth(at - 1), "Escape", f"{at}")
    hand.use(region.get_by_role("button", name=f"Tugaskan {unit}"), "Enter")
    return unit
