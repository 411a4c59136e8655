"""Who does not hear, and who does not see: a caller who types, and a call-taker with a reader.

Both share one centre.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from journey_browser import Enter, Person
from journey_caller import Callers
from journey_centre import Centre, until
from journey_reader import Reader
from journey_room import newest_incident
from journey_steps import queue_of
from journey_words import LONG, keeps_long_words_in
from playwright.sync_api import Route, expect

from kentongan.core.events import CallTexted
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.text_end import TextEnd

PATIENCE_S = 40.0
NUMBER = "081126270112"
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \| ([^|]*“[^|]*) \| [^|]+ \|$", re.MULTILINE)
"""A row of the page's table: the moment, and what is said in it."""

PAGE = Path(__file__).parents[2] / "docs" / "screen-reader.md"


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
    expect(rina.page.get_by_text("suara meja tersambung")).to_have_count(0)
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
    rina.page.route(re.compile("/texts$"), _with_long_words)
    rina.press("Enter")
    expect(panel).to_contain_text(LONG)
    keeps_long_words_in(rina)
    rina.page.unroute_all()
    callers.call(lambda: call.type("ya dua orang"))
    until(lambda: text.shown.endswith("terjebak?\n"), PATIENCE_S, "the caller reads the line")
    expect(panel.get_by_role("listitem").filter(has_text="Ada yang terjebak?")).to_be_visible()
    expect(panel).to_contain_text("ya dua orang", timeout=PATIENCE_S * 1_000)
    callers.call(call.hang_up)
    until(lambda: len(_said(centre)) == 3, PATIENCE_S, "all lines are on record")
    assert _said(centre) == ["caller", "desk", "caller"]


def _with_long_words(route: Route) -> None:
    """The caller's lines as if they were one word each; typed, that would take a minute."""
    lines = route.fetch().json()
    route.fulfill(json=[one | ({"text": LONG} if one["by"] == "caller" else {}) for one in lines])


def _said(centre: Centre) -> list[str]:
    return [one.event.by for one in centre.journal() if isinstance(one.event, CallTexted)]


def test_a_call_is_taken_by_who_cannot_see(enter: Enter, callers: Callers, centre: Centre) -> None:
    """Each moment says what the page says that it says: by focus, active proposal, live region."""
    promised = ROW.findall(PAGE.read_text(encoding="utf-8"))
    rina = enter("rina")
    rina.begin_duty("panggilan")
    reader = Reader(rina)
    moments = _moments(rina, callers, centre)
    assert [name for name, _ in promised] == list(moments)
    for name, said in promised:
        reader.begin()
        moments[name]()
        for words in re.findall("“([^”]+)”", said):
            heard = f"{name}: “{words}” is said"
            until(lambda words=words: words in reader.listen(), PATIENCE_S, heard)
    rina.page.wait_for_timeout(3_000)
    reader.begin()
    rina.page.wait_for_timeout(3_000)
    assert "dtk" not in reader.listen(), "no clock speaks"


def _moments(rina: Person, callers: Callers, centre: Centre) -> dict[str, Callable[[], object]]:
    """What is done at each moment of the table, in its order."""

    def types(text: str, *before: str) -> Callable[[], None]:
        return lambda: (rina.press(*before), rina.type(text))[1]

    def presses(*keys: str) -> Callable[[], None]:
        return lambda: rina.press(*keys)

    def sends_a_unit() -> None:
        at = [datetime.now(UTC) + timedelta(minutes=minutes) for minutes in (1, 4, 8)]
        named = zip(("depart_by", "arrive_from", "arrive_to"), at, strict=True)
        promise = {name: f"{one:%Y-%m-%dT%H:%M:%SZ}" for name, one in named}
        promise["travel_source"] = "straight_line"
        where = {"incident": newest_incident(centre).key, "unit": "AMB01", "agency": "dinkes"}
        rina.command("assignment.assign", **where, promise=promise)

    return {
        "it rings": lambda: callers.ring("112", number=NUMBER),
        "answer": presses("F2"),
        "name": types("Hendrar Prihadi"),
        "number": presses("Enter"),
        "complaint": types("bapak semaput, napas ngorok", "Enter"),
        "category taken": presses("Enter"),
        "place": types("Balai Kota Semarang"),
        "place taken": presses("Enter"),
        "guide card": presses("t"),
        "resuscitation": presses("t"),
        "send": presses("Control+Enter"),
        "a unit goes": sends_a_unit,
        "a wrong unit": lambda: (rina.press("F10"), rina.type("T AMB99 1"), rina.press("Enter")),
        "end": presses("Escape", "F4"),
    }
