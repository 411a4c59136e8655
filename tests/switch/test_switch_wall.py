"""Telephones on the wall, on a fake clock: rung when no desk answers, the first has the call."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import AGENCY, CITY, DESK, DEWI, Playbook

from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.commands import AnswerCall, HoldParty, InviteParty, RingDesks
from kentongan.core.queue import Ladder
from kentongan.core.words import CallId, DeskKey, PartyKey, personal
from kentongan.edge.switch import signalling, wall
from kentongan.edge.switch.hops import SENT_ON
from kentongan.edge.switch.queueing import Queueing
from kentongan.edge.switch.room import Room, Word
from kentongan.edge.switch.trunks import Trunk
from kentongan.edge.switch.wall import REST, SHORT_RESTS
from kentongan.edge.switch.wiring import _with_telephones
from kentongan.sip import events
from kentongan.sip.address import Transport

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


def test_whom_a_desk_held_speaks_with_whoever_lifts_it(book: Playbook) -> None:
    """The desk was lost meanwhile; no key of a telephone takes anybody out of hold."""
    call, fire = book.call.id, PartyKey("damkar")
    book.ask(AnswerCall(call=call, desk=DESK))
    book.ask(InviteParty(call=call, party=fire, kind="agency", number=personal("0247605871")))
    book.place_party("party-2")
    book.agency_answers()
    book.ask(HoldParty(call=call, party=fire))
    book.lose_page(DESK)
    book.board.act("ring", RingDesks(call=call, desks=(WALL,), stage="telephones"), book.moment)
    book.flush()
    assert book.modes()["party-2"] == "hold"
    book.place_party("party-3", 40_004)
    book.agency_answers()
    assert book.modes() == {"citizen": "talk", "party-2": "talk", "party-3": "talk"}


def test_a_desk_that_is_faster_stops_its_ringing(book: Playbook) -> None:
    """CANCEL; and an answer that crosses it is hung up on."""
    book.ask(AnswerCall(call=book.call.id, desk=DESK), DEWI)
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard)
    assert book.modes() == {"citizen": "talk", DESK: "talk"}


def test_one_that_leads_back_to_us_gets_482_and_the_caller_waits(book: Playbook) -> None:
    """Its exchange passes our own INVITE on to us, which was a call that answered itself."""
    (invite,) = [one for one in book.agency_heard if isinstance(one, events.Invite)]
    assert invite.hops == SENT_ON
    passed_on = invite.raw.replace(
        b"Via:", b"Via: SIP/2.0/UDP 127.0.0.5:5070;branch=z9hG4bKx\r\nVia:", 1
    )
    stack = book.phones.stack
    for event in stack.receive(passed_on, AGENCY, Transport.UDP, book.elapsed_s):
        signalling.take(book.board, book.phones, event, book.moment)
    assert [out.data.split()[1] for out in stack.drain()] == [b"100", b"482"]
    assert book.board.notices.counts["loop_detected"] == 1
    assert len(list(book.board.ledger)) == 1
    book.agency_answers(482)  # as its exchange passes that on
    assert book.state == "queued"
    assert rings_at(book) == [DESK]


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Playbook, Callable[..., None]]:
    """Nobody is on duty: the telephone on the wall rings. With what lets seconds pass."""
    plans = _with_telephones(CITY.plans, [WALL])
    monkeypatch.setattr("switch_playbook.CITY", replace(CITY, plans=plans))
    book = Playbook(tmp_path, wall_telephones={WALL: "201"})
    room = Room()
    queue = Queueing(book.board, room, Ladder(), (WALL,))
    book.ring()
    book.place()

    def look(seconds: int, *desks: DeskRow, status: int | None = None) -> None:
        """So many seconds pass; each INVITE is answered with `status`."""
        for _ in range(seconds):
            word = Word(at=book.moment.at, desks=desks, pages=frozenset(row.key for row in desks))
            room.hear("web", word)
            queue.look(book.moment)
            book.wait(1)
            leg = next((leg for leg in book.call.parties if not leg.has_failed), None)
            if leg is not None and leg.leg.local_port is None:
                book.place_party(leg.name)
                if status is not None:
                    book.agency_answers(status)

    return book, look


def rings_at(book: Playbook) -> list[DeskKey]:
    """Where the record says that it rings."""
    return list(book.board.ledger.row(book.call.id).rung)


def invites(book: Playbook) -> int:
    """How often the telephone was rung."""
    return sum(isinstance(one, events.Invite) for one in book.agency_heard)


def test_one_that_was_busy_rests_and_is_rung_again(
    night: tuple[Playbook, Callable[..., None]],
) -> None:
    """Whoever was speaking there has put it down: a caller at night is not left to an empty room.

    It was once left alone for good, so that one 486 cost the caller every later ring.
    """
    book, look = night
    look(2, status=486)
    assert invites(book) == 1
    assert not rings_at(book)
    look(10, status=486)
    assert invites(book) == 1
    look(8)
    assert invites(book) == 2
    assert rings_at(book) == [WALL]
    book.agency_answers()
    assert book.state == "answered"
    assert book.modes() == {"citizen": "talk", "party-2": "talk"}


def test_one_that_cannot_be_reached_is_told_of_until_it_rings(
    night: tuple[Playbook, Callable[..., None]],
) -> None:
    """An alarm and one line of the log; a busy one is there, and so is one that rings."""
    book, look = night
    look(2, status=404)
    assert wall.unreachable(book.board, book.moment.at) == (WALL,)
    assert book.board.notices.counts["wall_telephone_unreachable"] == 1
    look(18, status=486)
    assert wall.unreachable(book.board, book.moment.at) == ()
    look(18, status=404)
    assert wall.unreachable(book.board, book.moment.at) == (WALL,)
    look(18)
    book.agency_answers(180)
    assert wall.unreachable(book.board, book.moment.at) == ()
    only_in = Trunk(key="only_in", networks=("127.0.0.0/8",))
    book.board.settings = replace(book.board.settings, trunks=(only_in,))
    assert wall.unreachable(book.board, book.moment.at) == (WALL,)


def test_one_that_is_always_busy_is_rung_four_times_a_minute_and_then_once(
    night: tuple[Playbook, Callable[..., None]],
) -> None:
    """Two facts each time; the caller waits on and hears that."""
    book, look = night
    look(120, status=486)
    assert 7 <= invites(book) <= 9
    look(600, status=486)
    early = invites(book)
    assert early >= SHORT_RESTS
    look(300, status=486)
    assert invites(book) - early <= 6
    assert book.state == "queued"
    assert book.playing() == (
        "wait_id.wav position_1.wav wait_jv.wav position_1_jv.wav wait_en.wav position_1_en.wav"
    )
    assert len(book.facts) <= 3 + 2 * invites(book)


def test_a_desk_that_comes_while_it_rests_rings_at_once(
    night: tuple[Playbook, Callable[..., None]],
) -> None:
    """Not only when the telephone has rested."""
    book, look = night
    look(2, status=486)
    row = DeskRow(key=DESK, state="on_duty", agent="dewi", roles=("call_taker",))
    look(2, row, status=486)
    assert rings_at(book) == [DESK]
    look(40, row, status=486)
    assert set(rings_at(book)) <= {DESK, WALL}
    assert DESK in rings_at(book)
    assert invites(book) == 2  # once more when the stage had run out, and no more often


def test_one_that_speaks_with_another_caller_is_left_alone(
    night: tuple[Playbook, Callable[..., None]],
) -> None:
    """It would only say that it is busy."""
    book, look = night
    look(2, status=486)
    row = book.board.ledger.row(book.call.id)
    leg = book.call.parties[0]
    assert not wall._is_resting(book.board, leg, book.moment.at + 2 * REST)

    def taken(_: CallId) -> CallRow:
        return replace(row, desk=WALL, state="answered")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book.board.ledger, "row", taken)
        assert wall._is_resting(book.board, leg, book.moment.at + 2 * REST)


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
