"""How legs sounded: a media process that dies without a last word leaves its last measurement."""

from pathlib import Path

from switch_playbook import DESK, Playbook

from kentongan.core.commands import AnswerCall
from kentongan.core.events import QualityKept
from kentongan.edge.switch import hearing
from kentongan.edge.switch.faults import uncaught
from kentongan.edge.switch.owner import BridgeOwner
from kentongan.media.protocol import QualityMeasured


def _measured(
    book: Playbook, leg: str, mos: float | None, *, seq: int, is_final: bool = False
) -> None:
    """The media process says how a leg sounds."""
    told = QualityMeasured(
        seq=seq,
        bridge=book.call.id,
        leg=leg,
        codec="pcma",
        packets=50 * seq,
        lost=seq,
        jitter_ms=2.0,
        mos=mos,
        is_final=is_final,
    )
    book.media(told)


def _kept(book: Playbook) -> list[tuple[str, float, bool]]:
    facts = [one.event for one in book.call.facts]
    return [(one.leg, one.mos, one.is_cut) for one in facts if isinstance(one, QualityKept)]


def _owner(book: Playbook) -> BridgeOwner:
    async def durable() -> None:
        pass

    return BridgeOwner(
        book.board,
        book.phones,
        clock=lambda: book.moment,
        changed=book.flush,
        durable=durable,
        caught=uncaught,
    )


def _talking(folder: Path) -> Playbook:
    book = Playbook(folder)
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    return book


def test_the_last_word_of_a_process_that_died_is_kept_and_marked(tmp_path: Path) -> None:
    """Also when the switch was killed with it; the process that follows measures anew."""
    book = _talking(tmp_path)
    _measured(book, "citizen", 4.2, seq=1)
    _measured(book, "desk_1", 4.0, seq=2)
    _measured(book, "citizen", 3.3, seq=3)
    _measured(book, "nobody", None, seq=4)  # nothing was heard of it yet
    assert _kept(book) == []
    book.restart()
    hearing.cut_short(book.board, book.call.id, "e1", book.moment)
    assert _kept(book) == []  # that process is still there
    for _ in range(2):
        _owner(book).process_found(book.call.shard, frozenset(), "e2")
        assert _kept(book) == [("desk_1", 4.0, True), ("citizen", 3.3, True)]
    row = book.board.ledger.row(book.call.id)
    assert (row.mos, row.mos_cut) == (3.3, True)
    _measured(book, "citizen", 4.4, seq=5, is_final=True)
    row = book.board.ledger.row(book.call.id)
    assert (row.mos, row.mos_cut) == (3.3, True)


def test_a_leg_that_ends_as_it_should_is_not_cut(tmp_path: Path) -> None:
    """Its final measurement takes the place of those in between."""
    book = _talking(tmp_path)
    _measured(book, "citizen", 3.3, seq=1)
    _measured(book, "citizen", 4.1, seq=2, is_final=True)
    hearing.cut_short(book.board, book.call.id, "e2", book.moment)
    assert _kept(book) == [("citizen", 4.1, False)]
    assert book.call.measured == ()
