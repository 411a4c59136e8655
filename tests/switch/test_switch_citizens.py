"""Calls from a citizen's browser, on a fake clock: the page is the caller's leg."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import DESK, Playbook

from kentongan.cities.facts import Point
from kentongan.core.commands import AnswerCall, HoldCall, PromptCaller
from kentongan.core.words import CallId, Place, PlaceSource, Refused
from kentongan.edge.switch import citizens
from kentongan.edge.switch.bridge import ActualBridge, ActualLeg, after, next_step
from kentongan.edge.switch.control import CitizenCall, CitizenOffer, CitizenPlace, CitizenText
from kentongan.media import protocol

CALL = CallId("w1")
KEY = "k" * 32


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    return Playbook(tmp_path)


def rung(book: Playbook, **fields: object) -> Playbook:
    """A page rings."""
    asked = CitizenCall(call=CALL, key=KEY, **fields)  # pyright: ignore[reportArgumentType]
    citizens.open_call(book.board, asked, book.moment)
    book.flush()
    return book


def heard(book: Playbook, state: str = "connected") -> None:
    """The media process says so of the caller's page."""
    book.media(
        protocol.WebChanged(bridge=CALL, leg="citizen", state=state)  # pyright: ignore[reportArgumentType]
    )


def test_a_page_rings_waits_and_is_answered(book: Playbook) -> None:
    """It hears the announcement as soon as it is connected; then the desk."""
    rung(book, number="081234567890")
    assert book.state == "offered"
    assert book.modes() == {"citizen": "talk"}
    heard(book)
    assert book.state == "queued"
    assert book.playing() == "wait_id.wav wait_jv.wav wait_en.wav"
    book.ask(AnswerCall(call=CALL, desk=DESK))
    book.media(protocol.WebChanged(bridge=CALL, leg=DESK, state="connected"))
    assert book.playing() == ""
    assert book.facts == ["call.offered", "call.queued", "call.answered", "call.connected"]
    book.ask(HoldCall(call=CALL))
    assert book.modes()["citizen"] == "hold"


def test_its_offer_is_the_callers_leg_in_opus(book: Playbook) -> None:
    """Only with the key; nobody else learns whether there is such a call."""
    rung(book)
    offer = CitizenOffer(call=CALL, key=KEY, sdp="v=0")
    command = citizens.prepare_offer(book.board, offer, book.moment)
    assert (command.leg, command.role, command.codec) == ("citizen", "citizen", "opus")
    with pytest.raises(Refused, match="unknown_call"):
        citizens.prepare_offer(book.board, replace(offer, key="x" * 32), book.moment)
    with pytest.raises(Refused, match="unknown_call"):
        citizens.prepare_offer(book.board, replace(offer, call=CallId("w2")), book.moment)


def test_the_same_call_again_changes_nothing(book: Playbook) -> None:
    """A page whose answer got lost asks again; with another key it is nobody's."""
    rung(book)
    rung(book)
    assert book.facts == ["call.offered"]
    with pytest.raises(Refused):
        citizens.open_call(book.board, CitizenCall(call=CALL, key="x" * 32), book.moment)


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_page_that_vanishes_is_waited_for(book: Playbook, *, is_restarted: bool) -> None:
    """29 s are nothing; after 30 the call is dropped, and on the list of those to be rung back."""
    rung(book, number="0812")
    heard(book)
    book.ask(AnswerCall(call=CALL, desk=DESK))
    book.media(protocol.WebChanged(bridge=CALL, leg=DESK, state="connected"))
    heard(book, "failed")
    book.wait(20)
    if is_restarted:
        book.restart()
    book.wait(8)
    assert book.state == "answered"
    heard(book)
    book.wait(40)
    assert book.state == "answered"
    heard(book, "failed")
    book.wait(31)
    row = book.board.ledger.row(CALL)
    assert (row.state, row.dropped, row.open) == ("ended", True, True)


@pytest.mark.parametrize(
    ("language", "sounds"),
    [
        ("id", "wait_id.wav wait_jv.wav wait_en.wav"),
        ("jv", "wait_jv.wav wait_id.wav wait_en.wav"),
        ("en", "wait_en.wav wait_id.wav wait_jv.wav"),
    ],
)
def test_the_language_that_was_chosen_is_heard_first(
    book: Playbook, language: str, sounds: str
) -> None:
    """The others follow: a page may have been left in the language of somebody else. The place in
    the queue stands behind each, in its language; on hold it is the same.
    """
    rung(book, language=language)
    heard(book)
    assert book.playing() == sounds
    book.board.positions[CALL] = 3
    in_turn = [file.removeprefix("wait_").removesuffix(".wav") for file in sounds.split()]
    place = {"id": "position_3.wav", "jv": "position_3_jv.wav", "en": "position_3_en.wav"}
    assert book.playing() == " ".join(f"wait_{one}.wav {place[one]}" for one in in_turn)
    book.ask(AnswerCall(call=CALL, desk=DESK))
    book.ask(HoldCall(call=CALL))
    hold = {"id": "hold.wav", "jv": "hold_jv.wav", "en": "hold_en.wav"}
    assert book.playing() == " ".join(hold[one] for one in in_turn)


def test_a_page_whose_media_process_dies_is_told_to_offer_until_it_did(book: Playbook) -> None:
    """The line to the process breaks: its next question says so; a page that is heard is not told,
    nor one that never came with sound.
    """
    rung(book)
    citizens.page_missing(book.board, book.call, book.moment)
    assert not citizens.shown(book.board, CALL)["must_offer"]
    heard(book)
    citizens.page_missing(book.board, book.call, book.moment)
    told = citizens.shown(book.board, CALL)
    assert (told["must_offer"], told["is_heard"]) == (True, False)
    citizens.offered(book.board, CALL)
    assert not citizens.shown(book.board, CALL)["must_offer"]
    citizens.page_missing(book.board, book.call, book.moment)
    heard(book)  # only the line had broken
    told = citizens.shown(book.board, CALL)
    assert (told["must_offer"], told["is_heard"]) == (False, True)


def test_a_page_without_sound_ends_by_itself(book: Playbook) -> None:
    """It has gone to the telephone by then."""
    rung(book)
    book.wait(31)
    assert book.state in ("ended", "abandoned")


def test_a_page_that_asks_is_there_although_no_sound_comes(book: Playbook) -> None:
    """It waits in the queue after 8 s, can be answered and written to, and is not given up."""
    rung(book)
    for _ in range(9):
        book.wait(1)
        citizens.seen(book.board, CALL, KEY, book.moment)
    assert book.state == "queued"
    book.ask(AnswerCall(call=CALL, desk=DESK))
    book.media(protocol.WebChanged(bridge=CALL, leg=DESK, state="connected"))
    for _ in range(10):
        book.wait(5)
        citizens.seen(book.board, CALL, KEY, book.moment)
    assert book.state == "answered"
    book.wait(31)
    assert book.state == "ended"


def test_a_page_that_is_closed_at_once_never_waits_in_the_queue(book: Playbook) -> None:
    """Nobody is called to a page that is not there."""
    rung(book)
    book.wait(20)
    assert book.state == "offered"


def test_who_only_types(book: Playbook) -> None:
    """In the queue at once, without a leg; there as long as the page says so."""
    rung(book, only_types=True)
    assert book.state == "queued"
    assert book.modes() == {}
    citizens.text(book.board, CitizenText(call=CALL, key=KEY, text=" tolong "), book.moment)
    citizens.text(book.board, CitizenText(call=CALL, key=KEY, text="  "), book.moment)
    book.flush()
    assert book.facts == ["call.offered", "call.queued", "call.texted"]
    book.wait(25)
    citizens.seen(book.board, CALL, KEY, book.moment)
    book.wait(25)
    assert book.state == "queued"
    book.wait(6)
    assert book.state == "abandoned"


def test_its_place_comes_while_it_rings(book: Playbook) -> None:
    """The ring never waited for it; the same place again is no news, an odd one none at all."""
    rung(book)
    at = Place(point=Point(lat=-6.99, lon=110.42), radius_m=20.0, source=PlaceSource.DEVICE)
    asked = CitizenPlace(call=CALL, key=KEY, place=at)
    citizens.locate(book.board, asked, book.moment)
    citizens.locate(book.board, asked, book.moment)
    nowhere = replace(at, point=Point(lat=0.0, lon=0.0))
    citizens.locate(book.board, replace(asked, place=nowhere), book.moment)
    book.flush()
    assert book.facts == ["call.offered", "call.positioned"]
    assert book.board.ledger.row(CALL).place == at


def test_a_typed_five_answers_the_question(book: Playbook) -> None:
    """Where somebody was asked to press 5, the typed one counts; elsewhere it is only a line."""
    rung(book, only_types=True)
    five = CitizenText(call=CALL, key=KEY, text="5: mboten saged")
    citizens.text(book.board, five, book.moment)
    assert book.board.ledger.row(CALL).keys == ""
    book.ask(AnswerCall(call=CALL, desk=DESK))
    book.ask(PromptCaller(call=CALL))
    citizens.text(book.board, five, book.moment)
    row = book.board.ledger.row(CALL)
    assert (row.keys, row.prompt) == ("5", None)


def test_pages_never_take_all_lines(book: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is told that the lines are full; the page then offers the telephone."""
    monkeypatch.setattr(citizens, "OPEN_MAX", 1)
    rung(book)
    with pytest.raises(Refused, match="lines_full"):
        citizens.open_call(book.board, CitizenCall(call=CallId("w2"), key=KEY), book.moment)


def test_hanging_up(book: Playbook) -> None:
    """The caller's own end; before an answer it is abandoned."""
    rung(book)
    with pytest.raises(Refused):
        citizens.end(book.board, CALL, "x" * 32, book.moment)
    citizens.end(book.board, CALL, KEY, book.moment)
    book.flush()
    assert book.state == "abandoned"


def test_a_silent_caller_is_asked_and_taps(book: Playbook) -> None:
    """The prompt is played once and taps are listened for, not tones, as a page has keys of its
    own; what comes stands among the keys."""
    rung(book)
    heard(book)
    book.ask(AnswerCall(call=CALL, desk=DESK))
    book.media(protocol.WebChanged(bridge=CALL, leg=DESK, state="connected"))
    bridge = ActualBridge(legs={"citizen": ActualLeg()})
    book.ask(PromptCaller(call=CALL))
    detect = next_step(book.board.wanted(CALL), bridge, CALL)
    assert isinstance(detect, protocol.Detect)
    assert (detect.leg, detect.taps, detect.tones) == ("citizen", True, False)
    play = next_step(book.board.wanted(CALL), after(bridge, detect), CALL)
    assert isinstance(play, protocol.Play)
    said = [Path(file).name for file in (play.file, *play.then)]
    assert said == ["silent_test.wav", "silent_test_jv.wav", "silent_test_en.wav"]
    assert (play.loop, play.yields) == (False, False)
    book.media(protocol.Tapped(bridge=CALL, leg="citizen", count=2, seq=7))
    row = book.board.ledger.row(CALL)
    assert (row.keys, row.prompt) == ("tap", None)
