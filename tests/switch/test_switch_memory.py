"""Whatever lies in the spool, 112 starts: bad rows and damaged files are set aside, calls go on."""

import asyncio
import logging
import resource
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from switch_playbook import Playbook
from switch_room import DEWI, Page, Room, kind_of, until
from test_switch_process import Door, run

from kentongan.core.commands import AnswerCall, EndCall
from kentongan.core.words import CallId, DeskKey, Refused
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.caller.voice import level_of, tone
from kentongan.edge.switch import citizens, watch
from kentongan.edge.switch.control import CitizenCall, CitizenText
from kentongan.edge.switch.faults import Faults
from kentongan.edge.switch.memory import Memory
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.spool import SPENT_MAX, Spool, SpoolError
from kentongan.edge.switch.spool_file import ASIDE_MAX
from kentongan.sip.address import Address

WEB = CallId("web-" + "a" * 32)
KEY = "k" * 32

OTHER_FACTS = """[{"event":{"type":"call.connected"},"meta":{"event_id":"e","stream":"call:x",
"version":1,"position":0,"at":"2026-01-01T00:00:00Z","recorded_at":"2026-01-01T00:00:00Z",
"agent":"switch"},"command":"c"}]"""

FIRST_CALL = " where rowid = (select min(rowid) from call)"
FIRST_DIALOG = " where rowid = (select min(rowid) from dialog)"

Damage = Callable[[sqlite3.Connection], None]


def _sql(*statements: str) -> Damage:
    def do(spool: sqlite3.Connection) -> None:
        for statement in statements:
            spool.execute(statement)

    return do


def _left_by_two_calls(folder: Path, **overrides: object) -> None:
    """The spool of a switch that was killed while two telephones rang."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        for number in ("0811", "0812"):
            await (await phone.call("112", number=number)).reach(CallState.RINGING)
        phone._by_key.clear()  # unplugged: it does not say so
        await phone.close()

    run(folder, scenario, **overrides)


async def _next_one_rings(settings: SwitchSettings) -> None:
    phone = Phone(Address("127.0.0.1", settings.sip_port))
    await phone.start()
    await (await phone.call("112", number="0899")).reach(CallState.RINGING)
    await phone.close()


BAD_ROWS: list[tuple[str, Damage, int]] = [
    (
        "call",
        _sql("update call set data = '{\"id\":1}'" + FIRST_CALL),
        1,
    ),
    ("call", _sql("update call set data = x'00ff'" + FIRST_CALL), 1),
    ("call", _sql("update call set data = 7" + FIRST_CALL), 1),
    (
        "call",
        _sql(
            "update call set data = json_set(cast(data as text), '$.facts', json('[]'))"
            "" + FIRST_CALL
        ),
        1,
    ),
    (
        "call",
        _sql(
            "update call set data = json_set(cast(data as text), '$.facts',"
            f" json('{OTHER_FACTS}'))" + FIRST_CALL
        ),
        1,
    ),
    (
        "dialog",
        _sql("update dialog set data = '{'" + FIRST_DIALOG),
        2,
    ),
    (
        "dialog",
        _sql("update dialog set data = '[]'" + FIRST_DIALOG),
        2,
    ),
    (
        "dialog",
        _sql("update dialog set data = '{\"local\": 7}'" + FIRST_DIALOG),
        2,
    ),
]


@pytest.mark.parametrize(("table", "damage", "left"), BAD_ROWS)
def test_one_bad_row_stops_nobody(
    tmp_path: Path, table: str, damage: Damage, left: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The other call is adopted, the next one rings, the row is kept and told of once."""
    _left_by_two_calls(tmp_path)
    with sqlite3.connect(tmp_path / "spool.db") as spool:
        damage(spool)
    caplog.clear()

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        assert len(list(switch._board.ledger)) == left
        await _next_one_rings(settings)
        health = switch.health()
        assert (health["unreadable"], health["faults"]) == (1, 0)

    run(tmp_path, scenario)
    told = [one for one in caplog.records if one.levelno == logging.CRITICAL]
    assert len(told) == 1, told
    kept = sqlite3.connect(tmp_path / "spool.db").execute("select source from unreadable")
    assert kept.fetchall() == [(table,)]
    run(tmp_path, nothing)
    assert len([one for one in caplog.records if one.levelno == logging.CRITICAL]) == 1


async def nothing(switch: Switch, settings: SwitchSettings, door: Door) -> None:
    """Started and stopped."""


def test_fewer_media_processes_than_before_carry_all_calls(tmp_path: Path) -> None:
    """Each call of one that is no more is another one's, on the disk too, and nothing fails."""
    one, other = str(tmp_path / "media-0.sock"), str(tmp_path / "media-1.sock")
    _left_by_two_calls(tmp_path, media_sockets=[one, other])

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        for calls in (switch._board.ledger, switch._spool.load_calls()):
            assert [call.shard for call in calls] == [0, 0]
        assert len(switch._owner.calls_of(0)) == 2, "its bridges are made as soon as it is there"
        assert switch.health()["faults"] == 0

    assert {call.shard for call in Spool(tmp_path / "spool.db").load_calls()} == {0, 1}
    run(tmp_path, scenario, media_sockets=[one])


def test_a_fact_nobody_can_read_holds_up_no_other(tmp_path: Path) -> None:
    """In the outbox too: what stands behind it is delivered."""
    book = Playbook(tmp_path)
    book.ring()
    spool = book.spool
    with sqlite3.connect(tmp_path / "spool") as outside:
        outside.execute("insert into outbox (at, call, envelope) values ('x', 'c', '{}')")
        outside.execute(
            "insert into outbox (at, call, envelope)"
            " select at, 'd', envelope from outbox where seq = 1"
        )
        outside.execute("insert into recording_key values ('k', 'c', '[]')")
    assert [post.call for post in spool.waiting(10)] == [book.call.id, "d"]
    assert list(spool.waiting_keys(10)) == []
    assert (spool.count_waiting(), spool.count_unreadable()) == (2, 2)


def _overwrite(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)


def _tear_pages(file: Path) -> None:
    """Opens as a database; its pages are rubbish."""
    with sqlite3.connect(file) as spool:
        spool.execute("pragma wal_checkpoint(truncate)")
    data = bytearray(file.read_bytes())
    data[4_096:] = b"\xff" * (len(data) - 4_096)
    file.write_bytes(data)


def _make_foreign(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("create table call (colour text)")


@pytest.mark.parametrize("damage", [_overwrite, _tear_pages, _make_foreign])
def test_a_damaged_file_is_moved_aside(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Kept whole beside a new one; the next call rings, and health tells where it lies."""
    _left_by_two_calls(tmp_path)
    damage(tmp_path / "spool.db")
    damaged = (tmp_path / "spool.db").read_bytes()
    caplog.clear()

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        await _next_one_rings(settings)
        assert str(switch.health()["spool_damaged"]).endswith("spool.db.damaged-1")
        assert switch.health()["spool_failing_since"] is None

    run(tmp_path, scenario)
    assert len([one for one in caplog.records if one.levelno == logging.CRITICAL]) == 1
    kept = (tmp_path / "spool.db.damaged-1").read_bytes()
    assert damaged[4_096:8_192] in kept  # the first page says how it was opened
    assert len(Spool(tmp_path / "spool.db").load_calls()) == 1


def test_a_disk_that_lets_nothing_be_opened_stops_nobody(tmp_path: Path) -> None:
    """Remembered in memory alone, with an alarm as long as that lasts; no disk is filled."""
    (tmp_path / "spool.db").mkdir()

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        await _next_one_rings(settings)
        assert switch.health()["spool_failing_since"] is not None

    run(tmp_path, scenario)

    full = tmp_path / "full"
    full.write_bytes(b"\xff" * 5_000)
    for number in range(1, ASIDE_MAX + 1):
        (tmp_path / f"full.damaged-{number}").touch()
    assert Spool(full).is_volatile


def test_a_spool_that_fails_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be read or written: the next call rings, and health says since when."""

    def fails(self: Spool, *_: object) -> None:
        raise SpoolError("disk I/O error")

    for name in ("load_calls", "retry_set_aside", "commit", "set_aside", "is_spent"):
        monkeypatch.setattr(Spool, name, fails)

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        await _next_one_rings(settings)
        assert switch.health()["spool_failing_since"] is not None

    run(tmp_path, scenario)


def _remembered(book: Playbook) -> Memory:
    return Memory(book.spool, book.board, book.phones, Faults().caught)


def test_a_web_calls_name_is_used_once(tmp_path: Path) -> None:
    """Once its call was forgotten, also by the next switch, it is refused as over."""
    book = Playbook(tmp_path)
    memory = _remembered(book)
    asked = CitizenCall(call=WEB, key=KEY, only_types=True)
    citizens.open_call(book.board, asked, book.moment)
    citizens.text(book.board, CitizenText(call=WEB, key=KEY, text="tolong"), book.moment)
    citizens.end(book.board, WEB, KEY, book.moment)
    book.flush()
    book.spool.acknowledge([(post.seq, "delivered") for post in book.spool.waiting(10)])
    book.elapsed_s += watch.KEPT_FOR.total_seconds()
    memory.forget(book.moment)
    assert book.board.ledger.find(WEB) is None

    for again in (book, Playbook(tmp_path)):
        _remembered(again)
        with pytest.raises(Refused, match="call_over"):
            citizens.open_call(again.board, asked, again.moment)
        assert list(again.board.ledger) == []
        fresh = CitizenCall(call=CallId("web-" + "b" * 32), key=KEY)
        citizens.open_call(again.board, fresh, again.moment)
        assert again.state == "offered"


def test_names_of_old_calls_have_an_end(tmp_path: Path) -> None:
    """The newest are remembered; telephones' calls, whose names we make, are not."""
    spool = Spool(tmp_path / "spool")
    spool.forget([], spent=[CallId(f"web-{number}") for number in range(SPENT_MAX + 5)])
    assert not spool.is_spent(CallId("web-4"))
    assert spool.is_spent(CallId("web-5"))
    spool.forget([CallId("c1")])
    assert not spool.is_spent(CallId("c1"))


def _fill_disk(room: Room, *, is_full: bool) -> None:
    """No file of the switch grows beyond its first page, neither spool nor store."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    limits = (4_096 if is_full else resource.RLIM_INFINITY, most)
    resource.prlimit(room.switch.pid, resource.RLIMIT_FSIZE, limits)


def test_with_a_full_disk_a_caller_is_answered_and_a_desk_talks(tmp_path: Path) -> None:
    """Both hear each other, the desk's commands are done, and later all of it is on record."""

    async def scenario() -> None:
        async with Room(tmp_path) as room:
            _fill_disk(room, is_full=True)
            phone = await room.phone()
            call = await phone.call("112", voice=tone(440))
            await call.reach(CallState.TALKING)
            row = await room.call_in("queued")
            taken = await room.control.command(AnswerCall(call=row["key"], desk=DeskKey("desk_1")))
            assert (taken["events"], taken["call"]["desk"]) == (["call.answered"], "desk_1")
            page = Page(room.control, DEWI, hz=880)
            await page.join(row["key"])
            await until(lambda: level_of(page.peer.heard(0.5).astype("int16"), 440) > 5000)
            await until(lambda: level_of(call.audio.heard(0.5), 880) > 5000)
            assert room.read_journal() == []
            assert (await room.control.ask("health"))["spool_failing_since"] is not None
            ended = await room.control.command(EndCall(call=row["key"], by="desk"))
            assert ended["events"] == ["call.ended"]
            await call.reach(CallState.OVER)
            assert Spool(tmp_path / "spool.db").load_calls() == ()
            _fill_disk(room, is_full=False)
            found = await room.journal("call.ended", "call.recording_kept")
            kinds = [kind_of(one) for one in found]
            for kind in ("call.offered", "call.answered", "call.connected", "call.ended"):
                assert kinds.count(kind) == 1
            deadline = time.monotonic() + 15
            while (await room.control.ask("health"))["spool_failing_since"] is not None:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
            assert [one.id for one in Spool(tmp_path / "spool.db").load_calls()] == [row["key"]]

    asyncio.run(scenario())
