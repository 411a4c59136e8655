"""The spool: durable, whole, and honest when the disk fails."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kentongan.core.commands import EndCall, Envelope, OfferCall
from kentongan.core.events import CallOffered
from kentongan.core.words import CallId, CommandId, EventId, Meta, Personal
from kentongan.edge.switch.ledger import SWITCH
from kentongan.edge.switch.record import Fact, SipLeg, SpooledCall, WebLeg
from kentongan.edge.switch.spool import (
    DELIVERED,
    SET_ASIDE,
    Change,
    SavedDialog,
    Spool,
    SpoolError,
)

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
CALL = CallId("c1")


def a_call(call: CallId = CALL) -> SpooledCall:
    event = CallOffered(line="112", dialled="112", trunk="t", number=Personal(text="0813"))
    meta = Meta(
        event_id=EventId(f"call:{call}#1"),
        stream=f"call:{call}",
        version=1,
        position=0,
        at=AT,
        recorded_at=AT,
        agent=SWITCH.id,
    )
    return SpooledCall(
        id=call,
        trunk="t",
        announcements=("wait_id",),
        facts=(Fact(event=event, meta=meta, command=CommandId(f"{call}/0/offer")),),
        citizen=SipLeg(ip="127.0.0.1", port=4000, local_port=40_000),
        desks=(WebLeg(desk="desk_1", agent="a1", lost_at=AT),),  # pyright: ignore[reportArgumentType]
        recordings=("c1-1.wav",),
    )


def envelope(name: str, call: CallId = CALL) -> Envelope:
    command = EndCall(call=call, by="caller")
    return Envelope(id=CommandId(f"{call}/{name}"), agent=SWITCH, command=command)


def change(*names: str, call: CallId = CALL) -> Change:
    return Change(
        calls=(a_call(call),),
        dialogs=(SavedDialog(key=f"d-{call}", call=call, data=b'{"x":1}'),),
        posts=tuple((AT, call, envelope(name, call)) for name in names),
    )


def test_what_was_committed_is_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    """Call, dialog and outbox come back exactly as they were put in."""
    Spool(tmp_path / "spool").commit(change("offer", "end"))

    again = Spool(tmp_path / "spool")

    assert again.load_calls() == (a_call(),)
    assert again.load_dialogs() == (SavedDialog(key="d-c1", call=CALL, data=b'{"x":1}'),)
    waiting = again.waiting(10)
    assert [post.envelope for post in waiting] == [envelope("offer"), envelope("end")]
    assert waiting[0].at == AT


def test_a_change_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    """When one part fails, no other part of the same change is kept."""
    spool = Spool(tmp_path / "spool")
    outside = sqlite3.connect(tmp_path / "spool")
    outside.execute(
        "create trigger full before insert on outbox begin select raise(fail, 'full'); end"
    )
    outside.commit()

    with pytest.raises(SpoolError, match="full"):
        spool.commit(change("offer"))

    assert spool.load_calls() == ()
    assert spool.load_dialogs() == ()


def test_a_dialog_that_is_over_is_not_adopted_again(tmp_path: Path) -> None:
    """A dialog saved as None is gone, its call stays."""
    spool = Spool(tmp_path / "spool")
    spool.commit(change())
    spool.commit(Change(dialogs=(SavedDialog(key="d-c1", call=CALL, data=None),)))
    assert spool.load_dialogs() == ()
    assert spool.load_calls() == (a_call(),)


def test_delivered_commands_wait_no_more_and_order_is_kept(tmp_path: Path) -> None:
    """The oldest comes first; what was delivered or set aside never comes again."""
    spool = Spool(tmp_path / "spool")
    spool.commit(change("a", "b", "c"))
    first, second, third = spool.waiting(10)
    spool.acknowledge([(first.seq, DELIVERED), (second.seq, SET_ASIDE)])
    assert [post.seq for post in spool.waiting(10)] == [third.seq]
    assert (spool.count_waiting(), spool.count_set_aside()) == (1, 1)
    assert spool.oldest_waiting_at() == AT


def test_forgetting_a_call_leaves_others_and_what_was_refused(tmp_path: Path) -> None:
    """History is bounded: a finished call leaves nothing but what an engineer must see."""
    spool = Spool(tmp_path / "spool")
    spool.commit(change("a", "b"))
    spool.commit(change("z", call=CallId("c2")))
    spool.acknowledge([(1, DELIVERED), (2, SET_ASIDE)])

    spool.forget([CALL])

    assert [call.id for call in spool.load_calls()] == ["c2"]
    assert [dialog.call for dialog in spool.load_dialogs()] == ["c2"]
    assert not spool.has_waiting(CALL)
    assert spool.has_waiting(CallId("c2"))
    assert spool.count_set_aside() == 1


def test_a_disk_that_fails_is_a_spool_error(tmp_path: Path) -> None:
    """Nothing but SpoolError leaves the spool, whatever SQLite says."""
    spool = Spool(tmp_path / "spool")
    spool.close()
    for act in (lambda: spool.commit(change("a")), spool.load_calls, spool.count_waiting):
        with pytest.raises(SpoolError):
            act()


def test_the_spool_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """It holds callers' numbers."""
    Spool(tmp_path / "spool")
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0


def test_numbers_survive_in_an_offer(tmp_path: Path) -> None:
    """A command with personal text is delivered with its text."""
    spool = Spool(tmp_path / "spool")
    offer = OfferCall(
        call=CALL, line="112", dialled="112", trunk="t", number=Personal(text="0813-xxxx")
    )
    sent = Envelope(id=CommandId("c1/0/offer"), agent=SWITCH, command=offer)
    spool.commit(Change(posts=((AT, CALL, sent),)))
    assert spool.waiting(1)[0].envelope == sent
