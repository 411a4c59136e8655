"""The contract every store keeps: memory, SQLite and PostgreSQL pass the same class."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from store_drafts import NOON, append, call_row, draft, offered, ring

from kentongan.app.ports import ClaimTaken, Timer, UnitFix, VersionConflict
from kentongan.cities.facts import Point
from kentongan.core.context import Claim
from kentongan.core.events import CallOffered, CallQueued, CallSignalled, NoteAdded
from kentongan.core.rows import CallRow, EngagementRow
from kentongan.core.words import (
    CallId,
    CommandId,
    Fix,
    IncidentId,
    Personal,
    Progress,
    Refused,
    UnitId,
)
from kentongan.store.whole import WholeStore

AMB03 = Claim("unit", "AMB03")


class TestJournal:
    """Appending and reading back."""

    def test_events_come_back_as_they_were(self, store: WholeStore) -> None:
        """Order, version, position, times to the microsecond, agent and command survive."""
        told = append(store, draft("call:a", "c1", offered(), CallQueued(announcement="id")))
        assert store.load("call:a") == told
        assert [t.event for t in told] == [offered(), CallQueued(announcement="id")]
        assert [(t.meta.event_id, t.meta.version, t.meta.position) for t in told] == [
            ("call:a#1", 1, 1),
            ("call:a#2", 2, 2),
        ]
        assert told[0].meta.at == NOON - timedelta(seconds=2)
        assert told[0].meta.recorded_at == NOON
        assert (told[0].meta.agent, told[0].meta.agent_name) == ("switch", "Switch")
        assert told[0].command == "c1"

    def test_tail_gives_everything_after_a_position_in_order(self, store: WholeStore) -> None:
        """Paging through the journal meets every event once."""
        for number in range(5):
            ring(store, number)
        seen: list[int] = []
        while page := store.tail(seen[-1] if seen else 0, 3):
            assert len(page) <= 3
            seen += [recorded.meta.position for recorded in page]
        assert seen == list(range(1, 11))
        assert store.last_position() == 10

    def test_an_empty_store_answers(self, store: WholeStore) -> None:
        """Nothing there is not an error."""
        assert store.last_position() == 0
        assert list(store.tail(0, 10)) == []
        assert store.load("call:none") == ()
        assert store.find_row("call", "none") is None
        assert list(store.rows()) == []
        assert store.holder(AMB03) is None
        assert store.cursor("reactions") == 0
        assert store.next_due_at() is None
        assert list(store.fixes()) == []

    def test_a_stale_version_is_refused_and_nothing_is_written(self, store: WholeStore) -> None:
        """Two who decided on the same state: the second begins again."""
        append(store, draft("call:a", "c1", offered()))
        with pytest.raises(VersionConflict):
            append(store, draft("call:a", "c2", CallQueued(), version=0))
        assert store.last_position() == 1
        append(store, draft("call:a", "c2", CallQueued(), version=1))
        assert store.last_position() == 2

    def test_a_command_is_known_by_what_it_led_to(self, store: WholeStore) -> None:
        """Asked again it gives the same events, personal text open; an unknown one is None."""
        told = append(store, draft("call:a", "c1", offered("0813"), CallQueued()))
        append(store, draft("call:b", "c2", offered()))
        with store.transaction() as transaction:
            assert transaction.find_outcome(CommandId("c1")) == told
            assert transaction.find_outcome(CommandId("c9")) is None

    def test_a_command_that_led_to_nothing_is_known_as_well(self, store: WholeStore) -> None:
        """So that a repetition is never decided anew."""
        assert append(store, draft("call:a", "c1")) == ()
        with store.transaction() as transaction:
            assert transaction.find_outcome(CommandId("c1")) == ()
        assert store.last_position() == 0

    def test_a_command_id_is_used_once(self, store: WholeStore) -> None:
        """The same id on another stream makes no second event."""
        append(store, draft("call:a", "c1", offered()))
        with pytest.raises(VersionConflict):
            append(store, draft("call:b", "c1", offered()))
        assert store.load("call:b") == ()

    @pytest.mark.parametrize("stream", ["", "call:\0", "call:\n", "x" * 500])
    def test_impossible_ids_are_refused(self, store: WholeStore, stream: str) -> None:
        """Ids from outside that a database chokes on never reach it."""
        with pytest.raises(Refused, match="bad_identifier"):
            append(store, draft(stream, "c1", offered()))

    def test_any_text_survives(self, store: WholeStore) -> None:
        """NUL, quotes, emoji and Javanese script come back; half a surrogate is replaced."""
        words = "a\0b \"'\\ % ? ꦏꦼꦤ꧀ꦠꦺꦴꦔꦤ꧀ 🚑 " + "x" * 20_000
        append(store, draft("call:a", "c1", NoteAdded(text=Personal(text=words))))
        append(store, draft("call:b", "c2", CallSignalled(keys="\ud83d"), offered("08\udc80")))
        note = store.load("call:a")[0].event
        assert isinstance(note, NoteAdded)
        assert note.text.text == words
        keys, call = (recorded.event for recorded in store.load("call:b"))
        assert keys == CallSignalled(keys="?")
        assert isinstance(call, CallOffered)
        assert call.number is not None
        assert call.number.text == "08?"

    def test_an_exception_leaves_nothing(self, store: WholeStore) -> None:
        """Events, rows, claims, texts, timers, cursors and numbers: all or nothing."""

        def write_and_fail() -> None:
            with store.transaction() as transaction:
                transaction.next_number("2026-11-23")
                told = transaction.append(draft("call:a", "c1", offered("0813"), take=(AMB03,)))
                transaction.put_rows("call:a", [call_row("a", told[0])], [])
                transaction.set_cursor("reactions", 9)
                transaction.put_timers([Timer(id="t", due_at=NOON, envelope=b"{}")])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write_and_fail()
        assert store.last_position() == 0
        assert store.find_row("call", "a") is None
        assert store.holder(AMB03) is None
        assert store.open_texts(["call:a#1.1"]) == {}
        assert store.cursor("reactions") == 0
        assert store.next_due_at() is None
        with store.transaction() as transaction:
            assert transaction.find_outcome(CommandId("c1")) is None
            assert transaction.next_number("2026-11-23") == 1

    def test_a_transaction_sees_what_it_wrote(self, store: WholeStore) -> None:
        """Reads of the same thread inside the block, through the transaction or the store."""
        with store.transaction() as transaction:
            told = transaction.append(draft("call:a", "c1", offered("0813")))
            transaction.put_rows("call:a", [call_row("a", told[0])], [])
            assert transaction.load("call:a") == told
            assert store.find_row("call", "a") is not None
            assert store.last_position() == 1

    def test_a_transaction_inside_a_transaction_is_a_mistake(self, store: WholeStore) -> None:
        """It would commit half of the outer one; the outer one is rolled back whole."""

        def nest() -> None:
            with store.transaction() as outer:
                outer.append(draft("call:a", "c1", offered()))
                append(store, draft("call:b", "c2", offered()))

        with pytest.raises(RuntimeError):
            nest()
        assert store.last_position() == 0

    def test_numbers_count_per_day(self, store: WholeStore) -> None:
        """From 1 each day, without a gap."""
        days = ["2026-11-23", "2026-11-23", "2026-11-24", "2026-11-23"]
        given: list[int] = []
        for day in days:
            with store.transaction() as transaction:
                given.append(transaction.next_number(day))
        assert given == [1, 2, 1, 3]


class TestClaims:
    """What only one stream may hold."""

    def test_the_second_is_told_who_holds_it(self, store: WholeStore) -> None:
        """And writes nothing."""
        append(store, draft("incident:1", "c1", CallQueued(), take=(AMB03,)))
        with pytest.raises(ClaimTaken) as caught:
            append(store, draft("incident:2", "c2", CallQueued(), take=(AMB03,)))
        assert (caught.value.claim, caught.value.holder) == (AMB03, "incident:1")
        assert store.load("incident:2") == ()
        assert store.holder(AMB03) == "incident:1"

    def test_released_it_can_be_taken(self, store: WholeStore) -> None:
        """Only the holder's release counts; taking it again changes nothing."""
        append(store, draft("incident:1", "c1", CallQueued(), take=(AMB03,)))
        append(store, draft("incident:2", "c2", CallQueued(), release=(AMB03,)))
        assert store.holder(AMB03) == "incident:1"
        append(store, draft("incident:1", "c3", CallQueued(), version=1, take=(AMB03,)))
        append(store, draft("incident:1", "c4", CallQueued(), version=2, release=(AMB03,)))
        assert store.holder(AMB03) is None
        append(store, draft("incident:2", "c5", CallQueued(), version=1, take=(AMB03,)))
        assert store.holder(AMB03) == "incident:2"

    def test_of_many_who_want_it_at_once_one_gets_it(self, store: WholeStore) -> None:
        """The race that event streams alone lose."""
        gate = threading.Barrier(8)

        def grab(number: int) -> str:
            gate.wait()
            try:
                stream = f"incident:{number}"
                append(store, draft(stream, f"c{number}", CallQueued(), take=(AMB03,)))
            except ClaimTaken as taken:
                return taken.holder
            return "mine"

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(grab, range(8)))
        assert answers.count("mine") == 1
        winner = f"incident:{answers.index('mine')}"
        assert set(answers) == {"mine", winner}
        assert store.holder(AMB03) == winner
        assert store.last_position() == 1


class TestConcurrency:
    """Many writers, one order."""

    def test_a_reader_of_24_writers_misses_no_event(self, store: WholeStore) -> None:
        """Positions are gap-free and become visible in their order."""
        writers, each = 24, 10
        total = 2 * writers * each
        seen: list[int] = []

        def write(writer: int) -> None:
            for number in range(each):
                ring(store, writer * 1000 + number)

        def read() -> None:
            while len(seen) < total and store.wait(seen[-1] if seen else 0, 20):
                page = store.tail(seen[-1] if seen else 0, 50)
                seen.extend(recorded.meta.position for recorded in page)

        reader = threading.Thread(target=read)
        reader.start()
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(write, range(writers)))
        reader.join(30)
        assert seen == list(range(1, total + 1))
        streams = {f"call:c{w * 1000 + n}" for w in range(writers) for n in range(each)}
        assert all(len(store.load(stream)) == 2 for stream in streams)

    def test_writers_of_one_stream_lose_no_event(self, store: WholeStore) -> None:
        """Each begins again after a conflict; versions stay without a gap."""

        def write(writer: int) -> None:
            for number in range(5):
                while True:
                    version = len(store.load("call:a"))
                    command = f"{writer}/{number}"
                    event = CallSignalled(keys=command)
                    try:
                        append(store, draft("call:a", command, event, version=version))
                        break
                    except VersionConflict:
                        continue

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        loaded = store.load("call:a")
        assert [recorded.meta.version for recorded in loaded] == list(range(1, 21))
        assert {r.command for r in loaded} == {f"{w}/{n}" for w in range(4) for n in range(5)}

    def test_numbers_are_given_once(self, store: WholeStore) -> None:
        """Two incidents never get the same number."""

        def take(_: int) -> int:
            with store.transaction() as transaction:
                return transaction.next_number("2026-11-23")

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(take, range(40))) == list(range(1, 41))

    def test_the_doorbell_wakes_within_50_ms(self, store: WholeStore) -> None:
        """Median of several; a waiting thread burns no processor meanwhile."""
        delays: list[float] = []
        woken = threading.Event()

        def wait() -> None:
            for position in range(9):
                assert store.wait(position, 10)
                delays.append(time.monotonic())
                woken.set()

        waiter = threading.Thread(target=wait)
        waiter.start()
        rung: list[float] = []
        for number in range(9):
            time.sleep(0.03)
            woken.clear()
            append(store, draft(f"call:{number}", f"c{number}", offered()))
            rung.append(time.monotonic())
            assert woken.wait(10)
        waiter.join(10)
        late = sorted(heard - commit for heard, commit in zip(delays, rung, strict=True))
        assert late[4] < 0.05

    def test_waiting_ends_in_time(self, store: WholeStore) -> None:
        """An event that is there is no wait; without one the time runs out."""
        used = time.thread_time()
        assert not store.wait(0, 0.3)
        assert time.thread_time() - used < 0.1
        append(store, draft("call:a", "c1", offered()))
        assert store.wait(0, 0)
        assert not store.wait(1, 0)


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
    return UnitFix(unit=UnitId(unit), fix=fix, received_at=received)
