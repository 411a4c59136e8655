"""Who is on hold keeps nobody company: the caller hears that somebody is there, whatever ends."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import DESK, DEWI, SUTI, Playbook
from test_switch_silent_parties import DAMKAR, conferring, lifted, telephones_on_the_wall

from kentongan.core.commands import (
    AnswerCall,
    HoldParty,
    InviteParty,
    ResumeParty,
    SuperviseCall,
    TransferCall,
)
from kentongan.core.words import AgentId, DeskKey, PartyKey, personal
from kentongan.media import protocol

HOSPITAL = PartyKey("kariadi")
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


@pytest.mark.parametrize("after_s", [0.0, 4.0])
def test_a_caller_who_leaves_where_nobody_is_heard_is_to_be_rung_back(
    tmp_path: Path, after_s: float
) -> None:
    """The desk's sound has been away for seconds; when it is only made anew it is a goodbye."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    call = book.call.id
    book.media(protocol.WebChanged(bridge=call, leg=DESK, state="connected"))
    book.media(protocol.WebChanged(bridge=call, leg=DESK, state="failed"))
    book.wait(after_s)
    book.phone.bye(book.phone_dialog, now=book.elapsed_s)
    book.flush()
    row = book.board.ledger.row(call)
    is_owed = after_s > 0.0
    assert (row.state, row.dropped, row.open) == ("ended", is_owed, is_owed)
