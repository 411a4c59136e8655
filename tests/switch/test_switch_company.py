"""Who is on hold keeps nobody company: the caller hears that somebody is there, whatever ends."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from switch_playbook import CENTRE, DESK, DEWI, OFFER, SUTI, Playbook, talking
from test_switch_silent_parties import DAMKAR, conferring, lifted, telephones_on_the_wall

from kentongan.core.commands import (
    AnswerCall,
    CallBack,
    HoldCall,
    HoldParty,
    InviteParty,
    PassCall,
    ResumeCall,
    ResumeParty,
    SuperviseCall,
    TakeOver,
    TransferCall,
)
from kentongan.core.words import AgentId, CallId, DeskKey, PartyKey, Personal, Refused, personal
from kentongan.media import protocol

HOSPITAL, PARTNER = PartyKey("kariadi"), PartyKey("desk-2")
OTHER, CHIEF_DESK = DeskKey("desk_2"), DeskKey("desk_3")
BUDI = replace(DEWI, id=AgentId("budi"), name="Budi", desk=OTHER)
WAITING = "wait_id.wav wait_jv.wav wait_en.wav"
CONNECTING = "transfer.wav"


@pytest.fixture
def held(tmp_path: Path) -> Playbook:
    """Caller and desk speak, the fire service is on hold."""
    book = conferring(tmp_path)
    book.ask(HoldParty(call=book.call.id, party=DAMKAR))
    return book


def rings_the_hospital(book: Playbook) -> None:
    """Beside the fire service."""
    number = personal("0248413476")
    book.ask(InviteParty(call=book.call.id, party=HOSPITAL, kind="hospital", number=number))
    book.place_party("party-2", 40_004)


def test_a_caller_whose_desk_is_lost_waits_with_a_voice(held: Playbook) -> None:
    """Until the next desk is heard, which then speaks with the fire service again."""
    held.lose_page(DESK)
    held.flush()
    assert (held.state, held.playing()) == ("queued", WAITING)
    held.ask(AnswerCall(call=held.call.id, desk=OTHER), BUDI)
    assert held.playing() == WAITING
    held.ask(ResumeParty(call=held.call.id, party=DAMKAR), BUDI)
    assert held.playing() == ""


def test_a_caller_in_a_blind_transfer_hears_that_it_rings(held: Playbook) -> None:
    """And nothing of the fire service; where nobody comes they wait in front, with a voice."""
    rings_the_hospital(held)
    held.ask(TransferCall(call=held.call.id, party=HOSPITAL, blind=True))
    assert (held.modes()["citizen"], CONNECTING in held.playing()) == ("hold", True)
    held.agency_answers(486)
    assert (held.state, held.playing()) == ("queued", WAITING)


def test_whom_the_desk_held_speaks_with_who_remains(held: Playbook) -> None:
    """After a transfer nobody is left that could take the fire service out of hold."""
    rings_the_hospital(held)
    held.agency_answers()
    held.ask(TransferCall(call=held.call.id, party=HOSPITAL))
    assert held.modes() == {"citizen": "talk", "party-1": "talk", "party-2": "talk"}
    held.agency_hangs_up()
    assert (held.state, held.playing()) == ("transferred", "")


def test_whom_the_desk_held_speaks_with_who_comes_after_a_blind_transfer(held: Playbook) -> None:
    """As soon as the hospital answers; until then the caller hears that it rings."""
    rings_the_hospital(held)
    held.ask(TransferCall(call=held.call.id, party=HOSPITAL, blind=True))
    assert held.modes()["party-1"] == "hold"
    held.agency_answers()
    assert held.modes() == {"citizen": "talk", "party-1": "talk", "party-2": "talk"}


def test_a_whisper_reaches_whoever_lifted_the_telephone_on_the_wall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its leg has a name of its own."""
    telephones_on_the_wall(monkeypatch)
    book = lifted(tmp_path)
    chief = replace(SUTI, desk=CHIEF_DESK)
    book.ask(SuperviseCall(call=book.call.id, desk=CHIEF_DESK, mode="whisper"), chief)
    assert book.modes()[CHIEF_DESK] == "whisper:party-1"


def leaves(book: Playbook) -> tuple[str, bool, bool]:
    """The caller hangs up; how the call ended, whether it broke off and is on the list."""
    call = book.call.id
    book.phone.bye(book.phone_dialog, now=book.elapsed_s)
    book.flush()
    row = book.board.ledger.row(call)
    return row.state, row.dropped, row.open


def connects(book: Playbook, desk: DeskKey, state: str = "connected") -> None:
    """That desk's page is heard, or is not any more."""
    changed = {"bridge": book.call.id, "leg": desk, "state": state}
    book.media(msgspec.convert(changed, protocol.WebChanged))


@pytest.mark.parametrize("after_s", [0.0, 4.0])
def test_a_caller_who_leaves_where_nobody_is_heard_is_to_be_rung_back(
    tmp_path: Path, after_s: float
) -> None:
    """The desk's sound has been away for seconds; when it is only made anew it is a goodbye."""
    book = talking(tmp_path)
    connects(book, DESK, "failed")
    book.wait(after_s)
    is_owed = after_s > 0.0
    assert leaves(book) == ("ended", is_owed, is_owed)


@pytest.mark.parametrize("after_s", [0.0, 6.0])
@pytest.mark.parametrize("is_held", [False, True])
def test_a_caller_whom_the_desk_was_never_heard_by_is_to_be_rung_back(
    tmp_path: Path, after_s: float, *, is_held: bool
) -> None:
    """F2 was pressed and no sound came up, for whatever time: nobody said anything to anybody."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    if is_held:
        book.ask(HoldCall(call=book.call.id))
    book.wait(after_s)
    assert leaves(book) == ("ended", True, True)


def test_a_desk_before_it_was_heard_in_another_talk(tmp_path: Path) -> None:
    """Lost in mid-call; the next one answered, and was not heard either: the talk broke off."""
    book = talking(tmp_path)
    book.lose_page(DESK)
    book.ask(AnswerCall(call=book.call.id, desk=OTHER), BUDI)
    assert leaves(book) == ("ended", True, True)


def test_who_spoke_with_the_desk_before_it_says_goodbye(tmp_path: Path) -> None:
    """A supervisor takes the call over; until their sound is there it is the same talk."""
    book = talking(tmp_path)
    chief = replace(SUTI, desk=CHIEF_DESK)
    book.ask(TakeOver(call=book.call.id, desk=CHIEF_DESK), chief)
    assert leaves(book) == ("ended", False, False)


@pytest.mark.parametrize("scene", [lifted, conferring])
def test_who_speaks_with_a_telephone_of_ours_says_goodbye(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: Callable[[Path], Playbook]
) -> None:
    """On the wall, where no page is, or beside a desk whose page never came."""
    telephones_on_the_wall(monkeypatch)
    book = scene(tmp_path)
    for leg in book.call.desks:
        without = replace(leg, is_connected=False, was_connected=False)
        book.board.put(replace(book.call, desks=(without,)))
    assert leaves(book) == ("ended", False, False)


@pytest.mark.parametrize("takes", ["answers", "rings_back", "resumes"])
def test_a_partner_that_takes_another_caller_is_no_partner_any_more(
    tmp_path: Path, takes: str
) -> None:
    """It was handed the first call all the same, whose caller spoke with nobody then."""
    book = talking(tmp_path)
    first, other = book.call.id, CallId("back-1")
    second = _second_call(book)
    if takes == "resumes":
        book.ask_of(second, AnswerCall(call=second, desk=OTHER), BUDI)
        book.ask_of(second, HoldCall(call=second), BUDI)
    book.ask_of(first, InviteParty(call=first, party=PARTNER, kind="desk", desk=OTHER))
    book.ask_of(first, AnswerCall(call=first, desk=OTHER), BUDI)
    assert _state_of(book, first) == "joined"
    if takes == "rings_back":
        number = Personal(text="081234567890")
        back = CallBack(call=other, number=number, line="112", trunk="", desk=OTHER)
        book.ask_of(other, back, BUDI)
    elif takes == "answers":
        book.ask_of(second, AnswerCall(call=second, desk=OTHER), BUDI)
    else:
        book.ask_of(second, ResumeCall(call=second), BUDI)
    assert _state_of(book, first) == "left"
    with pytest.raises(Refused) as refused:
        book.ask_of(first, PassCall(call=first, desk=OTHER))
    assert refused.value.reason == "desk_not_joined"


def _second_call(book: Playbook) -> CallId:
    before = {call.id for call in book.board.ledger}
    book.phone.invite("sip:112@127.0.0.1", OFFER, now=book.elapsed_s, peer=CENTRE)
    book.flush()
    (call,) = {call.id for call in book.board.ledger} - before
    book.place_call(call)
    return call


def _state_of(book: Playbook, call: CallId) -> str:
    (partner,) = book.board.ledger.row(call).parties
    return partner.state
