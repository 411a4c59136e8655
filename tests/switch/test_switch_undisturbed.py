"""One call's fault is that call's alone: wherever it happens, every other call has its turn."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from switch_playbook import CENTRE, OFFER, Playbook
from test_switch_process import Door, run

from kentongan.core.commands import CallCommand
from kentongan.core.queue import Ladder
from kentongan.core.words import CallId, DeskKey
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.switch import dialling, faults, signalling, watch
from kentongan.edge.switch.faults import Faults
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.queueing import Queueing
from kentongan.edge.switch.room import Room
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.spool import Change
from kentongan.sip import events
from kentongan.sip.address import Address, Transport


class FaultError(Exception):
    """A bug that shows with one call."""


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    """Three telephones ring."""
    playbook = Playbook(tmp_path)
    for _ in range(3):
        playbook.phone.invite(
            "sip:112@127.0.0.1", OFFER, now=0.0, peer=CENTRE, from_uri="sip:0811@127.0.0.2"
        )
    playbook.flush()
    return playbook


def _fails_for(call: CallId, was: Callable[..., object]) -> Callable[..., object]:
    """The same, but for one call."""

    def does(*given: object, **named: object) -> object:
        if any(getattr(one, "id", one) == call for one in given):
            raise FaultError(call)
        return was(*given, **named)

    return does


def _as_nothing(call: object) -> bytes:
    return b"{}"


def test_a_telephone_that_cannot_be_hung_up(
    book: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two behind it are."""
    first, *_ = (call.id for call in book.board.ledger)
    monkeypatch.setattr(book.phones, "hang_up", _fails_for(first, book.phones.hang_up))
    for call in book.board.ledger:
        book.board.end(call.id, "switch", "no_media", book.moment)
    found = Faults()
    signalling.settle(book.board, book.phones, book.moment, found.caught)
    book.flush()
    assert found.count == 1
    assert sorted(book.statuses) == [180, 180, 180, 503, 503]


def test_without_a_catch_the_others_still_wait_for_their_turn(
    book: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has not been done stands on the list for the next time."""
    first, *_ = (call.id for call in book.board.ledger)
    monkeypatch.setattr(book.phones, "hang_up", _fails_for(first, book.phones.hang_up))
    for call in book.board.ledger:
        book.board.end(call.id, "switch", "no_media", book.moment)
    with pytest.raises(FaultError):
        signalling.settle(book.board, book.phones, book.moment)
    book.flush()
    assert sorted(book.statuses) == [180, 180, 180, 503, 503]


def test_time_passes_for_every_call(book: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in looking at the first: the others find no media and are told so."""
    first, *others = (call.id for call in book.board.ledger)
    monkeypatch.setattr(dialling, "look", _fails_for(first, dialling.look))
    book.elapsed_s = watch.NO_MEDIA.total_seconds()
    found = Faults()
    watch.look(book.board, book.phones, book.moment, found.caught)
    assert found.count == 1
    assert [book.board.ledger.get(call).is_over for call in (first, *others)] == [False, True, True]


def test_every_dialog_is_written_down(book: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be saved costs the spool no other."""
    dialogs = [call.dialog for call in book.board.ledger]
    stack = book.phones.stack
    monkeypatch.setattr(stack, "save", _fails_for(CallId(dialogs[0]), stack.save))
    for dialog in dialogs:
        book.phones.changed(dialog)
    found = Faults()
    book.phones.write_down(book.board.ledger, found.caught)
    change = book.board.ledger.take_change()
    assert change is not None
    assert [saved.key for saved in change.dialogs] == dialogs[1:]
    assert found.count == 1


def test_every_step_of_the_queue_is_taken(book: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one call cannot be rung, the next one is."""
    calls = [call.id for call in book.board.ledger]
    for call in calls:
        book.place_call(call)
    found = Faults()
    queueing = Queueing(
        book.board, Room(), Ladder(), (DeskKey("wall_1"), DeskKey("wall_2")), found.caught
    )
    asked: list[CallId] = []

    def act(name: str, step: CallCommand, moment: object) -> tuple[()]:
        asked.append(step.call)
        raise FaultError

    monkeypatch.setattr(book.board, "act", act)
    book.elapsed_s = 120.0
    queueing.look(book.moment)
    assert set(asked) == set(calls)
    assert found.count == len(asked)


def test_a_call_that_cannot_be_written_down(
    book: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left out of the spool, and the change goes through with the other two."""
    found = Faults()
    spool = type(book.spool)(Path(book.settings.spool_path).with_name("other"), found.caught)
    calls = tuple(book.board.ledger)
    monkeypatch.setattr(
        "kentongan.edge.switch.spool._encode",
        _fails_for(calls[0].id, _as_nothing),
    )
    spool.commit(Change(calls=calls))
    kept = spool._db.execute("select id from call").fetchall()
    assert [name for (name,) in kept] == [calls[1].id, calls[2].id]
    assert found.count == 1


def test_a_timer_that_fails_keeps_no_other_from_running(
    book: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIP's own timers: the first to fire fails, all others fire."""
    stack = book.phones.stack
    fired: list[object] = []

    def fire(key: object, now: float) -> list[events.Event]:
        fired.append(key)
        if len(fired) == 1:
            raise FaultError
        return []

    monkeypatch.setattr(stack._answerer, "fire", fire)
    found = Faults()
    book.board.end(next(iter(book.board.ledger)).id, "switch", "no_media", book.moment)
    book.is_deaf = True
    for call in list(book.board.ledger)[1:]:
        book.board.end(call.id, "switch", "no_media", book.moment)
    book.flush()
    stack.poll(1_000.0, found.caught)
    assert found.count == 1
    assert len(fired) >= 3


def test_a_fault_is_logged_once_and_counted_always(caplog: pytest.LogCaptureFixture) -> None:
    """By its cause: what was done and the line that failed; a second cause is told as well."""
    found = Faults()
    for _ in range(5):
        with found.caught("hanging up"):
            raise FaultError
    with found.caught("looking"):
        raise KeyError
    assert found.count == 6
    assert sorted(found.causes.values()) == [1, 5]
    assert len(caplog.records) == 2
    assert caplog.records[0].exc_info is not None


def test_causes_have_an_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Beyond it faults are only counted."""
    monkeypatch.setattr(faults, "CAUSES_MAX", 2)
    found = Faults()
    for number in range(5):
        with found.caught(f"doing {number}"):
            raise FaultError
    assert (found.count, len(found.causes), len(caplog.records)) == (5, 2, 2)


def test_a_message_the_stack_breaks_at(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing leaves the sockets' callback; the next call rings, timers go on, health counts."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        stack = switch._phones.stack
        receive, poll = stack.receive, stack.poll
        told: list[str] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(str(context)))

        def broken(
            data: bytes, source: Address, transport: Transport, now: float
        ) -> list[events.Event]:
            raise FaultError

        stack.receive = broken  # pyright: ignore[reportAttributeAccessIssue]
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        call = await phone.call("112")
        while not switch._faults.count:
            await asyncio.sleep(0.01)
        stack.receive = receive  # pyright: ignore[reportAttributeAccessIssue]
        await call.reach(CallState.RINGING)  # by its own repeat
        assert stack.poll == poll
        assert told == []
        assert switch.health()["fault_causes"] == switch._faults.causes
        assert list(switch._faults.causes.values()) == [switch._faults.count]
        await phone.close()

    with caplog.at_level(logging.CRITICAL):
        run(tmp_path, scenario)
