"""A neighbouring centre is told who is on the line, by a trunk that is trusted with it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CENTRE, CITY, DESK, OFFER, TRUNKS, Playbook

from kentongan.core.commands import AnswerCall, InviteParty, OverflowCall
from kentongan.core.words import CallId, PartyKey, PartyKind, personal
from kentongan.sip import events
from kentongan.sip.identity import Identity

AGENCY_NUMBER = "0247605871"


def ringing(
    folder: Path,
    *,
    tells: bool = True,
    headers: tuple[tuple[str, str], ...] = (),
    more: tuple[Mapping[str, object], ...] = (),
) -> Playbook:
    """A caller; the trunk of those whom we ring is trusted, or not."""
    book = Playbook(folder, trunks=[TRUNKS[0], {**TRUNKS[1], "tells_caller": tells}, *more])
    book.board.city = replace(CITY, directory={"neighbour": "0291112"})
    rings(book, "0811", headers)
    book.place()
    return book


def rings(book: Playbook, number: str, headers: tuple[tuple[str, str], ...] = ()) -> CallId:
    """One more caller of that number."""
    before = {call.id for call in book.board.ledger}
    caller = f"sip:{number}@127.0.0.2"
    book.phone.invite(
        "sip:112@127.0.0.1", OFFER, now=1.0, peer=CENTRE, from_uri=caller, headers=headers
    )
    book.flush()
    (call,) = {call.id for call in book.board.ledger} - before
    return call


def overflows(book: Playbook) -> Identity:
    """Nobody is here: what the neighbour reads of the caller."""
    overflow = OverflowCall(call=book.call.id, to="neighbour", reason="no_desk")
    book.board.act("overflow", overflow, book.moment)
    book.flush()
    return sent(book)


def brings_in(book: Playbook, kind: PartyKind) -> Identity:
    """The desk asks somebody into the call: what they read of the caller."""
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    number = personal(AGENCY_NUMBER)
    book.ask(InviteParty(call=book.call.id, party=PartyKey("p-1"), kind=kind, number=number))
    return sent(book)


def sent(book: Playbook) -> Identity:
    """Of the newest INVITE."""
    book.flush()
    book.place_party()
    return next(e for e in reversed(book.agency_heard) if isinstance(e, events.Invite)).identity


def test_the_neighbour_reads_whose_call_it_is_and_who_sent_it(tmp_path: Path) -> None:
    """The caller's number is the one to ring back; From stays ours, the line dialled is named."""
    read = overflows(ringing(tmp_path))
    assert (read.asserted_number, read.number, read.from_number) == ("0811", "0811", "112")
    assert [(one.number, one.reason) for one in read.diversions] == [("112", "no-answer")]
    assert not read.is_anonymous


def test_a_withheld_number_is_told_with_the_callers_wish(tmp_path: Path) -> None:
    """An emergency service may know it, and must not show it to others."""
    read = overflows(ringing(tmp_path, headers=(("Privacy", "id"),)))
    assert (read.asserted_number, read.is_anonymous, read.privacy) == ("0811", True, ("id",))


def test_nothing_is_told_by_a_trunk_that_is_not_trusted(tmp_path: Path) -> None:
    """Our number alone, as ever."""
    read = overflows(ringing(tmp_path, tells=False))
    assert (read.number, read.asserted, read.diversions) == ("112", (), ())


@pytest.mark.parametrize(("kind", "is_told"), [("neighbour", True), ("agency", False)])
def test_an_agency_gets_what_the_desk_tells_it(
    tmp_path: Path, kind: PartyKind, *, is_told: bool
) -> None:
    """A neighbour that a desk brings in is told like one that the queue rings."""
    read = brings_in(ringing(tmp_path), kind)
    assert bool(read.asserted) == is_told
    assert [one.reason for one in read.diversions] == (["deflection"] if is_told else [])


def test_the_next_trunk_tells_as_the_first_did(tmp_path: Path) -> None:
    """The first is away: whoever answers by the second knows whose call it is, too."""
    second = {**TRUNKS[1], "key": "second", "domain": "second.example", "tells_caller": True}
    book = ringing(tmp_path, more=(second,))
    overflows(book)
    book.agency_answers(503)
    first, last = [one for one in book.agency_heard if isinstance(one, events.Invite)]
    assert "second.example" in last.request_uri
    assert last.identity.asserted_number == "0811"
    assert last.identity.diversions == first.identity.diversions


@pytest.mark.parametrize("tells", [True, False])
def test_a_call_that_shows_our_caller_may_be_ours_come_back(tmp_path: Path, *, tells: bool) -> None:
    """Who was told the number shows it, whatever hops it has: it rings here, and stays."""
    book = ringing(tmp_path, tells=tells)
    overflows(book)
    remarks = [book.board.ledger.row(rings(book, one)).remarks for one in ("0811", "0812")]
    assert remarks == [("came_back",) if tells else (), ()]
