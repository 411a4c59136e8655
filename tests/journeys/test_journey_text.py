"""A caller who neither hears nor speaks: rung, read letter by letter, answered, on record."""

from journey_browser import Enter
from journey_caller import Callers
from journey_centre import Centre, until
from journey_steps import queue_of
from playwright.sync_api import expect

from kentongan.core.events import CallTexted
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.text_end import TextEnd

PATIENCE_S = 40.0


def test_a_call_taker_reads_and_answers_a_caller_who_types(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """The call is marked as one of text, each side sees the other's letters, lines are kept."""
    rina = enter("rina")
    rina.begin_duty("panggilan")
    text = TextEnd()
    call = callers.do(callers._phone.call("112", number="081325559112", text=text, speaks=False))
    callers.do(call.reach(CallState.TALKING, within_s=PATIENCE_S), PATIENCE_S)
    until(lambda: "Jangan ditutup" in text.shown, PATIENCE_S, "the caller reads that they wait")
    expect(queue_of(rina)).to_contain_text("panggilan teks")
    rina.press("F2")
    panel = rina.page.get_by_role("region", name="Teks langsung")
    expect(panel).to_contain_text("penelepon tidak mendengar dan tidak bicara")
    expect(rina.page.get_by_text("teks dua arah, tanpa suara")).to_be_visible()
    expect(rina.page.get_by_text("suara dua arah")).to_have_count(0)
    until(lambda: "membaca" in text.shown, PATIENCE_S, "the caller reads that somebody is there")
    callers.call(lambda: call.type("kebakaran di Jl. Pandu 156\b5"))
    expect(panel).to_contain_text("kebakaran di Jl. Pandu 155", timeout=PATIENCE_S * 1_000)
    rina.picture("text-1-letters")
    callers.call(lambda: call.type("\n"))
    until(lambda: _said(centre) == ["caller"], PATIENCE_S, "the line that ended is on record")
    field = panel.get_by_label("tulis kepada penelepon")
    field.focus()
    rina.type("Ada yang terjebak")
    until(lambda: text.shown.endswith("Ada yang terjebak"), PATIENCE_S, "the caller reads letters")
    rina.type("?")
    rina.press("Enter")
    callers.call(lambda: call.type("ya dua orang"))
    until(lambda: text.shown.endswith("terjebak?\n"), PATIENCE_S, "the caller reads the line")
    expect(panel.get_by_role("listitem").filter(has_text="Ada yang terjebak?")).to_be_visible()
    expect(panel).to_contain_text("ya dua orang", timeout=PATIENCE_S * 1_000)
    callers.call(call.hang_up)
    until(lambda: len(_said(centre)) == 3, PATIENCE_S, "all lines are on record")
    assert _said(centre) == ["caller", "desk", "caller"]


def _said(centre: Centre) -> list[str]:
    return [one.event.by for one in centre.journal() if isinstance(one.event, CallTexted)]
