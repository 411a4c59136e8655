"""The disk of a running centre fills up: calls are answered all the same, and all is on record."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from failure_centre import HEAL_LIMIT_S, HurtCentre, running, until
from failure_client import Frame
from failure_room import Room
from failure_talk import CALLER_HZ, DESK, Talk, until_async

from kentongan.core.events import CallAnswered, CallDisposed, CallEnded, CallOffered
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.caller.voice import tone
from kentongan.sip.address import Address

DISK = "48m"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of its own, which always goes again."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    with tempfile.TemporaryDirectory(prefix="kt-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no disk may be mounted here: {done.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def cramped(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HurtCentre]:
    """A centre with record, spool and recordings on it, as by default."""
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    centre = HurtCentre()
    monkeypatch.undo()
    yield from running(centre)


class AlarmedRoom(Room):
    """What everybody sees, and what the centre says is wrong with itself."""

    def __init__(self) -> None:
        super().__init__()
        self.alarms: set[str] = set()

    def take(self, frame: Frame) -> None:
        """A frame of anybody's line."""
        super().take(frame)
        for row in frame.get("rows", ()):
            if row.get("key") == "unrecorded":
                (self.alarms.discard if row.get("gone") else self.alarms.add)(row["key"])


def _fill(folder: Path) -> Path:
    """To the last octet."""
    file = folder / "filled"
    with file.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while out.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return file


def test_with_a_full_disk_a_new_call_is_answered_and_later_on_record(
    cramped: HurtCentre, small_disk: Path
) -> None:
    """It rings on the screen with an alarm, both are heard, both calls end; nothing is lost."""
    centre = cramped

    async def scenario() -> None:
        talk, room = Talk(centre), AlarmedRoom()
        talk.room = room
        await talk.begin()
        first = talk.key
        filled = _fill(small_disk)
        phone = Phone(Address("127.0.0.1", centre.settings.sip.port))
        await phone.start()
        new = await phone.call("112", number="0814", voice=tone(CALLER_HZ))
        await until_async(lambda: room.waiting)
        await until_async(lambda: room.alarms)
        await talk.screen.must("call.end", call=first, by="desk")
        await talk.call.reach(CallState.OVER)
        await talk.peer.close()
        await talk.screen.must("call.dispose", call=first, disposition="information")
        talk.call, talk.key = new, next(iter(room.waiting))
        await talk.screen.must("call.answer", call=talk.key, desk=DESK)
        await talk.offer()
        await until_async(talk.both_hear)
        await talk.screen.must("call.end", call=talk.key, by="desk")
        await new.reach(CallState.OVER)
        await talk.screen.must("call.dispose", call=talk.key, disposition="information")
        assert room.alarms
        assert not _is_spooled(centre, talk.key)  # the record may have had a last page free
        filled.unlink()
        await until_async(lambda: not room.alarms, HEAL_LIMIT_S)
        await talk.end()
        await phone.close()
        until(lambda: len(_facts(centre, talk.key)) == 4, HEAL_LIMIT_S, "the call is on record")
        for call in (first, talk.key):
            assert _facts(centre, call) == [CallOffered, CallAnswered, CallEnded, CallDisposed]

    asyncio.run(scenario())
    centre.settle()
    assert centre.spooled("set_aside") == 0
    centre.prove()


def _is_spooled(centre: HurtCentre, call: str) -> bool:
    """Whether a kill would leave the call to the next switch."""
    with contextlib.closing(sqlite3.connect(centre.folder / "spool.db", timeout=10)) as spool:
        return bool(spool.execute("select 1 from call where id = ?", (call,)).fetchone())


def _facts(centre: HurtCentre, call: str) -> list[type]:
    """What became of a call, on record, without what its legs and its recording add."""
    told = (CallOffered, CallAnswered, CallEnded, CallDisposed)
    return [type(one.event) for one in centre.store.load(f"call:{call}") if type(one.event) in told]
