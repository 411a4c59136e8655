"""A desk has the caller's place asked for once more, where it came by reference."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CENTRE, DESK, DEWI, OFFER, Playbook

from kentongan.core.call.locating import ASKED_AGAIN_MAX
from kentongan.core.commands import AnswerCall, AskLocation
from kentongan.core.words import Agent, AgentId, DeskKey, Refused
from kentongan.media import protocol

REFERENCE = "https://lis.example.net/loc/77"
BUDI = replace(DEWI, id=AgentId("budi"), name="Budi", desk=DeskKey("desk_2"))


def answered(folder: Path, reference: str = REFERENCE, host: str = "lis.example.net") -> Playbook:
    """A call with that reference, at a desk; what its arrival had asked is under way."""
    book = Playbook(folder, location_servers={"hosts": [host]})
    geolocation = (("Geolocation", f"<{reference}>"),)
    book.phone.invite("sip:112@127.0.0.1", OFFER, now=0.0, peer=CENTRE, headers=geolocation)
    book.flush()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.media(protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected"))
    return book


def asks(book: Playbook, agent: Agent = DEWI) -> str:
    """What the desk is told: why not, or ""; nothing is asked where it is refused."""
    book.board.to_locate.clear()
    try:
        book.ask(AskLocation(call=book.call.id), agent)
    except Refused as refused:
        assert book.board.to_locate == []
        return refused.reason
    assert [one.uri for one in book.board.to_locate] == [REFERENCE]
    return ""


def test_the_desk_that_has_the_call_asks_again_and_the_journal_says_who(tmp_path: Path) -> None:
    """The reference that came with the call, and nothing a page could name."""
    book = answered(tmp_path)
    assert asks(book) == ""
    noted = book.board.ledger.get(book.call.id).facts[-1]
    assert (noted.meta.agent, noted.meta.agent_name) == ("dewi", "Dewi")
    assert book.board.ledger.row(book.call.id).raw_facts[-1].label == "asked_again"


def test_ten_seconds_apart_and_five_times_at_most(tmp_path: Path) -> None:
    """A server of locations may ask for a limit (RFC 5985), and a restart changes none."""
    book = answered(tmp_path)
    assert (asks(book), asks(book)) == ("", "location_just_asked")
    book.wait(9)
    book.restart()
    assert asks(book) == "location_just_asked"
    for _ in range(ASKED_AGAIN_MAX - 1):
        book.wait(10)
        assert asks(book) == ""
    book.wait(10)
    assert asks(book) == "location_asked_enough"


@pytest.mark.parametrize(
    ("reference", "host"),
    [(REFERENCE, "other.example.net"), ("pres:a@lis.example.net", "lis.example.net")],
)
def test_what_may_not_be_asked_is_not(tmp_path: Path, reference: str, host: str) -> None:
    """A host that is not listed; what is subscribed to tells by itself."""
    assert asks(answered(tmp_path, reference, host)) == "no_location_reference"


def test_who_has_no_part_in_the_call_does_not_ask(tmp_path: Path) -> None:
    """And nobody asks once it is over."""
    book = answered(tmp_path)
    assert asks(book, BUDI) == "call_taken"
    book.end_call(book.call.id)
    assert asks(book) == "call_over"
