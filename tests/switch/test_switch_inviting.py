"""A desk of ours that is asked into a call and does not come, on a fake clock."""

from datetime import timedelta
from pathlib import Path

import pytest
from switch_playbook import DESK, Playbook, talking
from test_switch_parties import BUDI, CHIEF, CHIEF_DESK, DAMKAR, OTHER

from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import AnswerCall, DropParty, InviteParty, TakeOver, TransferCall
from kentongan.core.words import DeskKey, PartyKey, Refused, personal
from kentongan.edge.switch import rights
from kentongan.edge.switch.room import Room, Word

COLLEAGUE = PartyKey("d2")


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    """A call whose desk is connected; a colleague is asked into it."""
    made = talking(tmp_path)
    made.ask(InviteParty(call=made.call.id, party=COLLEAGUE, kind="desk", desk=OTHER))
    return made


def handed_over(book: Playbook) -> Playbook:
    """Blind: the first desk is free at once."""
    book.ask(TransferCall(call=book.call.id, party=COLLEAGUE, blind=True))
    assert book.state == "transferred"
    return book


def came_to(book: Playbook, party: PartyKey = COLLEAGUE) -> tuple[str, str | None]:
    """What became of a party."""
    parties = book.board.ledger.row(book.call.id).parties
    return next((one.state, one.reason) for one in parties if one.party == party)


def on_duty(book: Playbook, *desks: DeskKey) -> None:
    """A web process says at which desks somebody has duty; no page of theirs is needed."""
    room, at = Room(), book.moment.at
    since = at - timedelta(hours=1)
    rows = tuple(
        DeskRow(key=desk, state="on_duty", agent="a", roles=("call_taker",), since=since)
        for desk in desks
    )
    room.hear("web", Word(at=at, desks=rows))
    rights.look(book.board, room, book.moment)
    book.flush()


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_blind_transfer_to_a_desk_that_does_not_answer(
    book: Playbook, *, is_restarted: bool
) -> None:
    """As at a telephone: after 30 s the caller is back at the head of the queue."""
    handed_over(book)
    assert book.playing() == "transfer.wav transfer_jv.wav transfer_en.wav"
    book.wait(20)
    if is_restarted:
        book.restart()
    book.wait(9)
    assert book.state == "transferred"
    with pytest.raises(Refused, match="call_not_answered"):  # it is answered, not taken over
        book.ask(TakeOver(call=book.call.id, desk=CHIEF_DESK), CHIEF)
    book.wait(2)
    assert (book.state, came_to(book)) == ("queued", ("failed", "no_answer"))
    assert book.board.ledger.row(book.call.id).requeued == 1
    assert book.playing() == "wait_id.wav wait_jv.wav wait_en.wav"


def test_a_colleague_who_does_not_come_is_said_and_changes_nothing(book: Playbook) -> None:
    """Caller and desk talk on; the colleague may be asked again."""
    book.wait(31)
    assert (book.state, came_to(book)) == ("answered", ("failed", "no_answer"))
    again = InviteParty(call=book.call.id, party=PartyKey("d3"), kind="desk", desk=OTHER)
    assert book.ask(again) == ("call.party_invited",)
    assert book.ask(AnswerCall(call=book.call.id, desk=OTHER), BUDI) == ("call.party_joined",)


@pytest.mark.parametrize("is_blind", [False, True])
def test_nobody_is_waited_for_where_nobody_has_duty(book: Playbook, *, is_blind: bool) -> None:
    """Gone home or forced out while asked: at once, and the caller is in front of the queue."""
    if is_blind:
        handed_over(book)
    before = book.state
    on_duty(book, DESK, OTHER)
    assert (book.state, came_to(book)) == (before, ("invited", None))
    rights.look(book.board, Room(), book.moment)  # nobody speaks: nobody can say who has gone
    assert came_to(book) == ("invited", None)
    on_duty(book, DESK)
    assert came_to(book) == ("failed", "no_answer")
    assert book.state == ("queued" if is_blind else "answered")


def test_an_asked_colleague_is_no_company_after_an_agency(book: Playbook) -> None:
    """The caller was left to the agency; when it hangs up they are in the queue, at once."""
    number = personal("0247605871")
    book.ask(InviteParty(call=book.call.id, party=DAMKAR, kind="agency", number=number))
    book.place_party()
    book.agency_answers()
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    book.agency_hangs_up()
    assert (book.state, came_to(book)) == ("queued", ("invited", None))
    assert book.ask(AnswerCall(call=book.call.id, desk=OTHER), BUDI) == ("call.answered",)
    book.wait(1)
    row = book.board.ledger.row(book.call.id)
    assert (row.state, row.desk, came_to(book)) == ("answered", OTHER, ("left", "desk"))


def test_a_colleague_is_company_while_nobody_else_has_come(book: Playbook) -> None:
    """Blind to an agency that is busy: the colleague still rings, and the call is theirs."""
    number = personal("0247605871")
    book.ask(InviteParty(call=book.call.id, party=DAMKAR, kind="agency", number=number))
    book.place_party()
    book.ask(TransferCall(call=book.call.id, party=DAMKAR, blind=True))
    book.agency_answers(486)
    assert (book.state, came_to(book, DAMKAR)) == ("transferred", ("failed", "busy"))
    book.ask(AnswerCall(call=book.call.id, desk=OTHER), BUDI)
    assert (book.state, book.board.ledger.row(book.call.id).desk) == ("answered", OTHER)


@pytest.mark.parametrize("whom", ["0247605871", "tel:nobody"])
def test_a_blind_transfer_in_one_step_has_one_outcome(tmp_path: Path, whom: str) -> None:
    """Busy before the desk could leave, or not to be rung at all: the head of the queue."""
    book = talking(tmp_path)
    asked = InviteParty(
        call=book.call.id, party=DAMKAR, kind="agency", number=personal(whom), blind=True
    )
    assert book.ask(asked) == ("call.party_invited", "call.transferred")
    if whom == "0247605871":
        assert book.playing() == "transfer.wav transfer_jv.wav transfer_en.wav"
        book.place_party()
        book.agency_answers(486)
    came = "busy" if whom == "0247605871" else "unreachable"
    assert (book.state, came_to(book, DAMKAR)) == ("queued", ("failed", came))
    row = book.board.ledger.row(book.call.id)
    assert (row.desk, row.requeued) == (None, 1)


def test_a_blind_transfer_in_one_step_is_answered(book: Playbook) -> None:
    """As one in two."""
    number = personal("0247605871")
    asked = InviteParty(call=book.call.id, party=DAMKAR, kind="agency", number=number, blind=True)
    book.ask(asked)
    book.place_party()
    book.agency_answers()
    assert (book.state, book.modes()) == ("transferred", {"citizen": "talk", "party-1": "talk"})


def test_a_call_in_the_queue_asks_no_desk_any_more(book: Playbook) -> None:
    """It rings there like any other, when it is its turn."""
    book.board.requeue(book.call.id, "desk_lost", book.moment)
    book.wait(1)
    assert (book.state, came_to(book)) == ("queued", ("failed", "no_answer"))
    assert book.ask(DropParty(call=book.call.id, party=COLLEAGUE), CHIEF) == ()
