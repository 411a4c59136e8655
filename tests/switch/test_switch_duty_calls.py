"""The switch rings somebody on duty by itself, on a fake clock: sound, key, bounds, lines."""

from pathlib import Path

import pytest
from msgspec import structs
from switch_playbook import CENTRE, Playbook

from kentongan.app.system import SYSTEM
from kentongan.core.call_rows import DutyCall
from kentongan.core.commands import EndCall, RingDuty
from kentongan.core.words import AgencyKey, CallId, IncidentId, Personal, Refused
from kentongan.edge.switch.duty import LISTEN_S, RING_S
from kentongan.media import protocol
from kentongan.sip import events

DUTY = CallId("duty-1")
RING = RingDuty(
    call=DUTY,
    number=Personal(text="081234567890"),
    delivery="task/one/damkar/1/2/call/piket",
    contact="piket",
    label="Piket Damkar",
    incident=IncidentId("one"),
    agency=AgencyKey("damkar"),
)


TAKEN = EndCall(call=DUTY, by="switch", reason="acknowledged")


def rung(tmp_path: Path) -> Playbook:
    """Somebody's telephone rings."""
    book = Playbook(tmp_path)
    assert book.ring_duty(RING) == ("call.duty_rung",)
    book.place(40_002)
    book.agency_answers(180)
    return book


def duty_of(book: Playbook) -> DutyCall:
    """Whom the only call rings."""
    duty = book.board.ledger.row(DUTY).duty
    assert duty is not None
    return duty


def press(book: Playbook, digit: str, seq: int = 1) -> None:
    """A key, as the media process tells it (RFC 4733)."""
    book.media(protocol.KeyPressed(seq=seq, bridge=DUTY, leg="citizen", digit=digit))


@pytest.mark.parametrize("is_restarted", [False, True])
def test_switch_duty_key_five_is_yes(tmp_path: Path, *, is_restarted: bool) -> None:
    """Rung once, hears what it is about, presses; when that was taken the line is free. Restarted
    or not."""
    book = rung(tmp_path)
    assert book.playing() == ""
    if is_restarted:
        book.restart()
    book.agency_answers()
    assert book.facts == ["call.duty_rung", "call.connected"]
    assert book.modes() == {"citizen": "talk"}
    assert book.playing() == "duty_new.wav"
    wanted = book.board.wanted(DUTY)
    assert wanted is not None
    assert [(leg.tones, leg.taps) for leg in wanted.legs] == [(True, False)], "5 may be a tone"
    if is_restarted:
        book.restart()
        assert book.playing() == "duty_new.wav"
    press(book, "1")
    assert book.state == "answered"
    press(book, "5", seq=2)
    assert (book.state, book.playing()) == ("answered", "duty_new.wav"), "nobody has taken it yet"
    book.ask(TAKEN, SYSTEM)
    assert book.state == "ended"
    assert duty_of(book).outcome == "acknowledged"
    assert any(isinstance(one, events.Bye) for one in book.agency_heard)
    assert len([one for one in book.agency_heard if isinstance(one, events.Invite)]) == 1


def test_switch_duty_killed_before_it_rang_rings_then(tmp_path: Path) -> None:
    """What was decided is on the disk before anybody hears of it."""
    book = Playbook(tmp_path)
    book.ring_duty(RING)
    book.restart()
    book.place(40_002)
    book.agency_answers()
    press(book, "5")
    book.ask(TAKEN, SYSTEM)
    assert duty_of(book).outcome == "acknowledged"


def test_switch_duty_a_yes_that_nobody_takes_is_heard_to_be_none(tmp_path: Path) -> None:
    """The announcement goes on until the time is over; who hung up before has said yes."""
    book = rung(tmp_path)
    book.agency_answers()
    press(book, "5")
    book.wait(LISTEN_S - 1)
    assert book.playing() == "duty_new.wav"
    book.wait(2)
    assert (book.state, duty_of(book).outcome) == ("ended", "not_taken")
    (tmp_path / "b").mkdir()
    book = rung(tmp_path / "b")
    book.agency_answers()
    press(book, "5")
    book.agency_hangs_up()
    assert duty_of(book).outcome == "acknowledged"


def test_switch_duty_busy(tmp_path: Path) -> None:
    """The outcome is the telephone's word."""
    book = rung(tmp_path)
    book.agency_answers(486)
    assert (book.state, duty_of(book).outcome) == ("ended", "busy")


def test_switch_duty_nobody_lifts(tmp_path: Path) -> None:
    """CANCEL, before a mobile's voice mail would lift."""
    book = rung(tmp_path)
    book.wait(RING_S - 1)
    assert book.state == "calling"
    book.wait(2)
    assert (book.state, duty_of(book).outcome) == ("ended", "no_answer")
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard)


def test_switch_duty_nobody_presses(tmp_path: Path) -> None:
    """Somebody lifted, or something: no key, no yes; the line is not held for ever."""
    book = rung(tmp_path)
    book.agency_answers()
    press(book, "9")
    book.wait(LISTEN_S + 1)
    assert (book.state, duty_of(book).outcome) == ("ended", "no_key")
    assert any(isinstance(one, events.Bye) for one in book.agency_heard)


def test_switch_duty_who_hangs_up_is_on_nobodys_list(tmp_path: Path) -> None:
    """Neither dropped nor to be rung back."""
    book = rung(tmp_path)
    book.agency_answers()
    book.agency_hangs_up()
    row = book.board.ledger.row(DUTY)
    assert (row.state, duty_of(book).outcome) == ("ended", "no_key")
    assert (row.open, row.dropped, row.risk) == (False, False, ())


def test_switch_duty_one_call_for_a_task(tmp_path: Path) -> None:
    """Another person of the same agency waits; another task does not; the same wish is the same."""
    book = rung(tmp_path)
    colleague = structs.replace(RING, call=CallId("duty-2"), delivery="another")
    with pytest.raises(Refused, match="already_rung"):
        book.ring_duty(colleague, "ring-2")
    other = structs.replace(colleague, incident=IncidentId("two"))
    assert book.ring_duty(other, "ring-3") == ("call.duty_rung",)
    book.board.end(DUTY, "switch", "no_answer", book.moment)
    book.flush()
    assert book.ring_duty(structs.replace(colleague, call=CallId("duty-4")), "ring-4")


def test_switch_duty_takes_no_line_of_callers(tmp_path: Path) -> None:
    """One of eight lines at most, and none while fewer than two others would be free."""
    book = Playbook(tmp_path, calls_max=8)
    book.ring_duty(RING)
    elsewhere = structs.replace(RING, call=CallId("duty-2"), incident=IncidentId("two"))
    with pytest.raises(Refused, match="lines_full"):
        book.ring_duty(elsewhere, "ring-2")
    book.board.end(DUTY, "switch", "no_answer", book.moment)
    for _ in range(5):
        book.phone.invite("sip:112@127.0.0.1", b"", now=book.elapsed_s, peer=CENTRE)
    book.flush()
    assert book.board.ledger.count_in_hand() == 5
    assert book.ring_duty(elsewhere, "ring-3")
    book.board.end(elsewhere.call, "switch", "no_answer", book.moment)
    book.phone.invite("sip:112@127.0.0.1", b"", now=book.elapsed_s, peer=CENTRE)
    book.flush()
    third = structs.replace(elsewhere, call=CallId("duty-3"))
    with pytest.raises(Refused, match="lines_full"):
        book.ring_duty(third, "ring-4")


def test_switch_duty_a_trial_says_that_it_is_one(tmp_path: Path) -> None:
    """Without an incident nobody may believe that there is one."""
    book = Playbook(tmp_path)
    book.ring_duty(structs.replace(RING, incident=None, agency=None))
    book.place(40_002)
    book.agency_answers()
    assert book.playing() == "silent_test.wav"
