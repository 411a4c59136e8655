"""Telephones on the wall, on a fake clock: rung when no desk answers, the first has the call."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CITY, DESK, DEWI, Playbook

from kentongan.core.commands import AnswerCall, RingDesks
from kentongan.core.words import DeskKey
from kentongan.edge.switch.wiring import _with_telephones
from kentongan.sip import events

WALL = DeskKey("wall_1")


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Playbook:
    """A caller waits, and the last stage rings a telephone on the wall."""
    plans = _with_telephones(CITY.plans, [WALL])
    monkeypatch.setattr("switch_playbook.CITY", replace(CITY, plans=plans))
    made = Playbook(tmp_path, wall_telephones={WALL: "201"})
    made.ring()
    made.place()
    ring = RingDesks(call=made.call.id, desks=(DESK, WALL), stage="telephones")
    made.board.act("ring", ring, made.moment)
    made.flush()
    made.place_party()
    return made


def test_it_rings_and_whoever_lifts_it_has_the_call(book: Playbook) -> None:
    """The caller hears them at once; the record says which telephone it was."""
    (invite,) = [one for one in book.agency_heard if isinstance(one, events.Invite)]
    assert invite.request_uri.startswith("sip:201@127.0.0.5")
    assert book.modes() == {"citizen": "talk", "party-1": "hold"}
    book.agency_answers()
    assert book.facts[-2:] == ["call.answered", "call.connected"]
    row = book.board.ledger.row(book.call.id)
    assert (row.desk, row.agent) == (WALL, f"telephone:{WALL}")
    assert book.modes() == {"citizen": "talk", "party-1": "talk"}
    assert book.playing() == ""


def test_putting_it_down_ends_the_call(book: Playbook) -> None:
    """As a desk would."""
    book.agency_answers()
    book.agency_hangs_up()
    assert book.state == "ended"
    assert book.board.ledger.row(book.call.id).ended_by == "desk"


def test_a_desk_that_is_faster_stops_its_ringing(book: Playbook) -> None:
    """CANCEL; and an answer that crosses it is hung up on."""
    book.ask(AnswerCall(call=book.call.id, desk=DESK), DEWI)
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard)
    assert book.modes() == {"citizen": "talk", DESK: "talk"}


def test_one_that_does_not_answer_is_not_rung_again(book: Playbook) -> None:
    """The caller goes on waiting as before."""
    book.agency_answers(480)
    assert book.modes() == {"citizen": "talk"}
    book.wait(3)
    assert len([one for one in book.agency_heard if isinstance(one, events.Invite)]) == 1
    assert book.state == "queued"


@pytest.mark.parametrize("step", ["ringing", "talking"])
def test_a_restart_changes_nothing(book: Playbook, step: str) -> None:
    """It goes on ringing, or talking."""
    if step == "ringing":
        book.restart()
    book.agency_answers()
    if step == "talking":
        book.restart()
    assert book.modes() == {"citizen": "talk", "party-1": "talk"}
    assert book.state == "answered"
    book.agency_hangs_up()
    assert book.state == "ended"
