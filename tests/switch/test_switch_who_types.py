"""Callers whom nobody can hear: they ring where somebody can read, and are ended by nobody else."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CITY, DESK, Playbook
from test_switch_texting import TEXT_ONLY

from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import AnswerCall, InviteParty, RingDesks, TransferCall
from kentongan.core.queue import RING_S, Ladder
from kentongan.core.words import CallId, DeskKey, PartyKey, Refused, personal
from kentongan.edge.switch import citizens, signalling
from kentongan.edge.switch.control import CitizenCall, CitizenOffer
from kentongan.edge.switch.queueing import Queueing
from kentongan.edge.switch.room import Room, Word
from kentongan.edge.switch.wiring import _with_telephones
from kentongan.media import protocol

WALL = DeskKey("wall_1")
PAGE, KEY = CallId("web-1"), "k" * 32
DAMKAR = PartyKey("damkar")


class Night:
    """Nobody is on duty: a telephone hangs on the wall, and a neighbour could be rung."""

    def __init__(self, folder: Path) -> None:
        stages = dict.fromkeys(RING_S, 2.0)
        ladder = Ladder(ring_s=stages, overflow_to="neighbour", overflow_after_s=0)
        self.book = Playbook(folder, wall_telephones={WALL: "201"})
        board = self.book.board
        board.city = replace(board.city, directory={"neighbour": "0291112"})
        self.room = Room()
        self.queue = Queueing(board, self.room, ladder, (WALL,))
        self.desks: tuple[DeskRow, ...] = ()

    def look(self, seconds: int) -> None:
        """So many seconds pass; a page that only types says that it is there."""
        book = self.book
        for _ in range(seconds):
            pages = frozenset(row.key for row in self.desks)
            self.room.hear("web", Word(at=book.moment.at, desks=self.desks, pages=pages))
            self.queue.look(book.moment)
            if book.call.page is not None:
                citizens.seen(book.board, PAGE, KEY, book.moment)
            book.flush()
            book.wait(1)

    @property
    def rung(self) -> tuple[DeskKey, ...]:
        """Where the caller rings."""
        return self.book.board.ledger.row(self.book.call.id).rung


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Before anybody rings."""
    plans = _with_telephones(CITY.plans, [WALL])
    monkeypatch.setattr("switch_playbook.CITY", replace(CITY, plans=plans))
    return Night(tmp_path)


def _types(book: Playbook, kind: str) -> None:
    """A page that has chosen so, a page whose sound never comes, or a telephone for text."""
    if kind == "telephone":
        book.ring(TEXT_ONLY)
        call, at = book.call.id, book.moment
        signalling.text_placed(book.board, book.phones, call, "127.0.0.1", 41_000, at)
        book.flush()
        return
    asked = CitizenCall(call=PAGE, key=KEY, only_types=kind == "page")
    citizens.open_call(book.board, asked, book.moment)
    book.flush()


@pytest.mark.parametrize("kind", ["page", "mute_page", "telephone"])
def test_who_only_types_rings_at_desks_alone(night: Night, kind: str) -> None:
    """Whoever lifted the telephone heard nothing, read nothing, and the call was off the lists."""
    book = night.book
    _types(book, kind)
    night.look(8)
    assert (book.state, night.rung, book.call.parties) == ("queued", (), ())
    night.desks = (DeskRow(key=DESK, state="on_duty", agent="dewi", roles=("call_taker",)),)
    night.look(1)
    assert night.rung == (DESK,)
    night.look(15)
    assert (book.state, night.rung, book.call.parties) == ("queued", (DESK,), ())


def test_who_speaks_later_rings_at_the_telephone_too(night: Night) -> None:
    """As soon as their sound is there."""
    _types(night.book, "page")
    night.look(30)
    offer = CitizenOffer(call=PAGE, key=KEY, sdp="v=0")
    citizens.prepare_offer(night.book.board, offer, night.book.moment)
    night.look(2)
    assert night.rung == ()
    connected = protocol.WebChanged(bridge=PAGE, leg="citizen", state="connected")
    night.book.media(connected)
    night.look(1)
    assert night.rung == (WALL,)


def test_a_telephone_that_is_put_down_ends_no_call_that_nobody_heard(night: Night) -> None:
    """It rang before its caller's voice was taken back: the caller waits for a desk again."""
    book = night.book
    _types(book, "telephone")
    ring = RingDesks(call=book.call.id, desks=(WALL,), stage="telephones")
    book.board.act("ring", ring, book.moment)
    book.flush()
    book.place_party()
    book.agency_answers()
    assert book.state == "answered"
    book.agency_hangs_up()
    night.look(8)
    row = book.board.ledger.row(book.call.id)
    assert (row.state, row.requeued, night.rung) == ("queued", 1, ())


def test_who_only_types_is_handed_over_to_no_telephone(night: Night) -> None:
    """The desk reads for whom it asks; gone, it would leave them alone with an ear."""
    book = night.book
    _types(book, "telephone")
    call = book.call.id
    book.ask(AnswerCall(call=call, desk=DESK))
    number = personal("0247605871")
    book.ask(InviteParty(call=call, party=DAMKAR, kind="agency", number=number))
    book.place_party()
    book.agency_answers()
    for is_blind in (False, True):
        with pytest.raises(Refused) as refused:
            book.ask(TransferCall(call=call, party=DAMKAR, blind=is_blind))
        assert refused.value.reason == "caller_types"
    with pytest.raises(Refused, match="caller_types"):
        book.ask(
            InviteParty(
                call=call, party=PartyKey("other"), kind="agency", number=number, blind=True
            )
        )
    assert book.state == "answered"
