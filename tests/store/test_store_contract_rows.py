"""What every store promises about personal text, the board, and what stands beside the journal."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from store_drafts import NOON, append, call_row, draft, offered, ring

from kentongan.app.ports import Timer, UnitFix
from kentongan.cities.facts import Point
from kentongan.core.context import Claim
from kentongan.core.events import CallOffered, CallQueued, NoteAdded
from kentongan.core.rows import CallRow, EngagementRow
from kentongan.core.words import (
    CallId,
    Fix,
    IncidentId,
    Personal,
    Progress,
    Refused,
    UnitId,
)
from kentongan.store.whole import WholeStore

AMB03 = Claim("unit", "AMB03")


class TestPersonal:
    """Text about people: sealed, opened, erased."""

    def test_the_journal_and_the_board_hold_no_text(self, store: WholeStore) -> None:
        """Only ref and digest; opened by stream or by ref."""
        ring(store, 1)
        sealed = store.tail(0, 1)[0].event
        assert isinstance(sealed, CallOffered)
        assert sealed.number is not None
        assert (sealed.number.text, sealed.number.ref) == (None, "call:c1#1.1")
        row = store.find_row("call", "c1")
        assert row is not None
        assert isinstance(row.row, CallRow)
        assert row.row.number == sealed.number
        assert store.open_texts(["call:c1#1.1", "call:c9#1.1"]) == {"call:c1#1.1": "0813000001"}

    def test_erased_text_is_gone_and_the_rest_stands(self, store: WholeStore) -> None:
        """Reading gives None; erasing again finds nothing."""
        ring(store, 1)
        ring(store, 2)
        assert store.erase_texts(["call:c1#1.1", "call:c9#1.1"]) == 1
        assert store.erase_texts(["call:c1#1.1"]) == 0
        event = store.load("call:c1")[0].event
        assert isinstance(event, CallOffered)
        assert event.number is not None
        assert (event.number.text, event.number.ref) == (None, "call:c1#1.1")
        assert store.open_texts(["call:c1#1.1", "call:c2#1.1"]) == {"call:c2#1.1": "0813000002"}

    def test_equal_texts_have_different_digests(self, store: WholeStore) -> None:
        """Nobody can see from the journal that two calls came from one number."""
        told = append(store, draft("call:a", "c1", offered("0813"), offered("0813")))
        digests = {
            t.event.number.digest
            for t in told
            if isinstance(t.event, CallOffered) and t.event.number
        }
        assert len(digests) == 2

    def test_text_copied_from_an_earlier_event_keeps_its_ref(self, store: WholeStore) -> None:
        """So that one erasure erases both; changed text gets a ref of its own."""
        told = append(store, draft("call:a", "c1", offered("0813")))
        call = told[0].event
        assert isinstance(call, CallOffered)
        number = call.number
        assert number is not None
        assert number.ref is not None
        changed = Personal(text="0899", ref=number.ref, digest=number.digest)
        copied = append(
            store, draft("call:b", "c2", NoteAdded(text=number), NoteAdded(text=changed))
        )
        notes = [t.event.text for t in copied if isinstance(t.event, NoteAdded)]
        assert notes[0] == number
        assert (notes[1].text, notes[1].ref) == ("0899", "call:b#2.1")
        store.erase_texts([number.ref])
        first, second = (r.event for r in store.load("call:b"))
        assert isinstance(first, NoteAdded)
        assert first.text.text is None
        assert isinstance(second, NoteAdded)
        assert second.text.text == "0899"

    @pytest.mark.parametrize("digest", [None, "0" * 64])
    def test_a_guessed_ref_opens_nothing(self, store: WholeStore, digest: str | None) -> None:
        """A command that names another's ref without its digest is refused."""
        append(store, draft("call:a", "c1", offered("0813")))
        forged = Personal(ref="call:a#1.1", digest=digest)
        with pytest.raises(Refused, match="unknown_text"):
            append(store, draft("call:b", "c2", NoteAdded(text=forged)))

    def test_unsealed_text_never_reaches_the_board(self, store: WholeStore) -> None:
        """A row made from a command instead of from its event is a bug that shows at once."""
        row = CallRow(
            key=CallId("a"),
            state="offered",
            line="112",
            ring_at=NOON,
            number=Personal(text="0813"),
        )

        def write_it() -> None:
            with store.transaction() as transaction:
                transaction.append(draft("call:a", "c1", offered()))
                transaction.put_rows("call:a", [row], [])

        with pytest.raises(ValueError, match="never sealed"):
            write_it()
        assert store.last_position() == 0


class TestBoard:
    """Rows by kind, key and position."""

    def test_rows_carry_the_position_that_changed_them(self, store: WholeStore) -> None:
        """One that is written unchanged keeps its position."""
        ring(store, 1)
        ring(store, 2)
        with store.transaction() as transaction:
            told = transaction.load("call:c1")
            transaction.append(draft("call:c1", "c3", CallQueued(), version=2))
            transaction.put_rows("call:c1", [call_row("c1", told[0])], [])
        assert [(r.key, r.position, r.stream) for r in store.rows("call")] == [
            ("c1", 2, "call:c1"),
            ("c2", 4, "call:c2"),
        ]
        with store.transaction() as transaction:
            transaction.append(draft("call:c1", "c4", CallQueued(), version=3))
            transaction.put_rows("call:c1", [call_row("c1", told[0], "queued")], [])
        assert [(r.key, r.position) for r in store.rows(after=4)] == [("c1", 6)]
        assert list(store.rows("desk")) == []

    def test_gone_rows_are_told_to_whoever_was_there_before(self, store: WholeStore) -> None:
        """A resuming screen must take them away; a new one never sees them."""
        ring(store, 1)
        with store.transaction() as transaction:
            transaction.append(draft("call:c1", "c3", CallQueued(), version=2))
            transaction.put_rows("call:c1", [], [("call", "c1"), ("call", "never")])
        assert list(store.rows()) == []
        assert store.find_row("call", "c1") is None
        gone = store.rows(after=2)
        assert [(r.kind, r.key, r.position, r.row) for r in gone] == [("call", "c1", 3, None)]

    def test_a_stream_cannot_take_away_another_streams_row(self, store: WholeStore) -> None:
        """A unit that went from one incident to the next keeps the next one's row."""
        row = EngagementRow(
            key=UnitId("AMB03"),
            incident=IncidentId("1"),
            number=1,
            progress=Progress.ASSIGNED,
            since=NOON,
        )
        for stream in ("incident:1", "incident:2"):
            with store.transaction() as transaction:
                transaction.append(draft(stream, stream, CallQueued()))
                transaction.put_rows(stream, [row], [])
        with store.transaction() as transaction:
            transaction.append(draft("incident:1", "c3", CallQueued(), version=1))
            transaction.put_rows("incident:1", [], [("engagement", "AMB03")])
        kept = store.find_row("engagement", "AMB03")
        assert kept is not None
        assert (kept.stream, kept.position) == ("incident:2", 2)


class TestBeside:
    """Timers, cursors and positions of units."""

    def test_a_timer_fires_once(self, store: WholeStore) -> None:
        """In the order of their times; a repeated one, fired or not, changes nothing."""
        due = [
            Timer(id=f"t{n}", due_at=NOON + timedelta(seconds=n), envelope=b"\0{}") for n in (2, 1)
        ]
        with store.transaction() as transaction:
            transaction.put_timers(due)
        assert store.next_due_at() == NOON + timedelta(seconds=1)
        assert list(store.due_timers(NOON, 10)) == []
        assert list(store.due_timers(NOON + timedelta(seconds=2), 10)) == due[::-1]
        assert list(store.due_timers(NOON + timedelta(seconds=2), 1)) == due[1:]
        with store.transaction() as transaction:
            transaction.finish_timer("t1")
            transaction.put_timers([Timer(id="t1", due_at=NOON, envelope=b"again")])
        assert list(store.due_timers(NOON + timedelta(hours=1), 10)) == due[:1]
        assert store.next_due_at() == NOON + timedelta(seconds=2)

    def test_a_cursor_moves_with_its_transaction(self, store: WholeStore) -> None:
        """Each reader has its own."""
        with store.transaction() as transaction:
            transaction.set_cursor("reactions", 7)
            transaction.set_cursor("effects", 3)
            transaction.set_cursor("effects", 4)
        assert (store.cursor("reactions"), store.cursor("effects")) == (7, 4)

    def test_the_latest_fix_of_each_unit_is_kept(self, store: WholeStore) -> None:
        """A late old one is dropped; one from the future gives way."""
        store.put_fixes([_fix("AMB03", 10), _fix("AMB05", 10)])
        store.put_fixes([_fix("AMB03", 5), _fix("AMB05", 12)])
        assert [(f.unit, f.fix.at, f.sequence) for f in store.fixes()] == [
            ("AMB03", NOON + timedelta(seconds=10), 1),
            ("AMB05", NOON + timedelta(seconds=12), 3),
        ]
        assert [f.unit for f in store.fixes(after=1)] == ["AMB05"]
        store.put_fixes([_fix("AMB03", 9_000_000)])
        store.put_fixes([_fix("AMB03", 20)])
        assert store.fixes()[-1].fix.at == NOON + timedelta(seconds=20)
        assert store.fixes()[-1].clocks == (("AMB03-tracker", 25_200.0),)

    def test_fixes_from_many_threads_each_get_a_sequence_number(self, store: WholeStore) -> None:
        """A reader that asks for what is new misses no unit."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(store.put_fixes, [[_fix(f"U{n:02}", n)] for n in range(40)]))
        assert [f.sequence for f in store.fixes()] == list(range(1, 41))
        assert {f.unit for f in store.fixes()} == {f"U{n:02}" for n in range(40)}


def _fix(unit: str, second: int) -> UnitFix:
    at = NOON + timedelta(seconds=second)
    received = NOON + timedelta(seconds=30)
    fix = Fix(point=Point(-6.98, 110.41), at=at, speed_m_s=12.5)
    clocks = ((f"{unit}-tracker", 25_200.0),)
    return UnitFix(unit=UnitId(unit), fix=fix, received_at=received, clocks=clocks)
