"""The contract every store keeps: memory, SQLite and PostgreSQL pass the same class."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from store_drafts import NOON, append, call_row, draft, offered, ring

from kentongan.app.ports import ClaimTaken, Timer, VersionConflict
from kentongan.core.context import Claim
from kentongan.core.events import CallOffered, CallQueued, CallSignalled, NoteAdded
from kentongan.core.words import (
    CommandId,
    Personal,
    Refused,
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
