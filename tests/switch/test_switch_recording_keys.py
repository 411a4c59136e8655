"""Keys of recordings in the switch: on disk before they are used, never there in the clear."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from switch_room import DEWI, Room, until
from test_switch_process import Door, run

from kentongan.core.commands import AnswerCall, PlayRecording
from kentongan.core.events import RecordingPlayed
from kentongan.core.words import CallId, DeskKey
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.caller.voice import level_of, tone
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.spool import Change, Spool, SpoolError
from kentongan.media import protocol
from kentongan.media.archive import Archive
from kentongan.media.seal_keys import load_centre_key
from kentongan.sip.address import Address
from kentongan.store.open import open_store


def ringing(folder: Path, scenario: Callable[[Switch, CallId, Door], Awaitable[None]]) -> None:
    """A call that rings at a switch without media processes."""

    async def main(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        call = await phone.call("112")
        await call.reach(CallState.RINGING)
        (known,) = switch._board.ledger
        await scenario(switch, known.id, door)
        await phone.close()

    run(folder, main)


def everything_in(folder: Path) -> bytes:
    """All octets of all files."""
    return b"\0".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_key_is_on_disk_before_media_hears_of_it(tmp_path: Path) -> None:
    """Killed right after, the next switch opens what was recorded; the clear key is nowhere."""

    async def scenario(switch: Switch, call: CallId, door: Door) -> None:
        create = await switch._owner.begin_segment(call)
        spool = Spool(tmp_path / "spool.db")  # as the switch after this one reads it
        known = next(one for one in spool.load_calls() if one.id == call)
        spool.close()
        assert create.record is not None
        assert create.record == known.recordings[-1]
        sealed = known.find_key(create.record)
        assert sealed is not None
        opened = load_centre_key(tmp_path / "recording.key").open(sealed.key_id, sealed.sealed)
        assert (opened.id, opened.secret) == (create.key_id, base64.b64decode(create.key))
        await until(lambda: create.key_id in {key.id for key in door.keys})
        kept = next(key for key in door.keys if key.id == create.key_id)
        assert (kept.call, kept.segment, kept.sealed) == (call, create.record, sealed.sealed)
        octets = await asyncio.to_thread(everything_in, tmp_path)
        assert sealed.sealed in octets or base64.b64encode(sealed.sealed) in octets
        assert opened.secret not in octets
        assert create.key.encode() not in octets

    ringing(tmp_path, scenario)


def test_each_segment_has_a_key_of_its_own(tmp_path: Path) -> None:
    """Two in the same second differ in name and key."""

    async def scenario(switch: Switch, call: CallId, door: Door) -> None:
        first = await switch._owner.begin_segment(call)
        second = await switch._owner.begin_segment(call)
        assert len({first.record, second.record}) == 2
        assert len({first.key, second.key}) == 2

    ringing(tmp_path, scenario)


def test_a_refused_bridge_uses_its_segment_again(tmp_path: Path) -> None:
    """A full process is asked each second: that makes no key each second."""

    async def scenario(switch: Switch, call: CallId, door: Door) -> None:
        first = await switch._owner.begin_segment(call)
        switch._owner.refused(call, first, "full")
        assert first.record not in switch._board.ledger.get(call).recordings
        again = await switch._owner.begin_segment(call)
        assert again == first
        assert first.record in switch._board.ledger.get(call).recordings

    ringing(tmp_path, scenario)


def test_a_spool_that_fails_holds_up_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk does not take the key now: the call is recorded, and the key follows."""

    async def scenario(switch: Switch, call: CallId, door: Door) -> None:
        def full(change: Change) -> None:
            raise SpoolError("no space")

        with monkeypatch.context() as broken:
            broken.setattr(switch._spool, "commit", full)
            create = await switch._owner.begin_segment(call)
            assert create.record
        await until(lambda: create.key_id in {key.id for key in door.keys})

    ringing(tmp_path, scenario)


def test_a_running_call_can_be_read_and_its_hearing_is_a_fact(tmp_path: Path) -> None:
    """Real processes: what was said a moment ago opens with the store's key while they talk."""

    async def main() -> None:
        async with Room(tmp_path) as room:
            phone = await room.phone()
            call = await phone.call("112", voice=tone(700))
            await call.reach(CallState.TALKING)
            key = CallId((await room.call_in("queued"))["key"])
            await room.control.command(AnswerCall(call=key, desk=DeskKey("desk_1")), DEWI)
            store = open_store(room.store_address)
            (line,) = await until(lambda: store.recording_keys.of_call(key))
            archive = Archive(room.recordings, tmp_path / "recording.key")

            def heard() -> bytes:
                with archive.open(line.segment, line.id, line.sealed or b"") as recording:
                    return b"".join(recording.pieces())

            await until(lambda: len(heard()) >= 3 * 32_000)
            left = np.frombuffer(heard(), "<i2").reshape(-1, 2)[-8000:, 0]
            assert level_of(left, 700) > 5000
            play = PlayRecording(call=key, segment=line.segment, reason="quality_review")
            assert (await room.control.command(play, DEWI))["events"] == ["call.recording_played"]
            found = await room.journal("call.recording_played")
            assert isinstance(found[-1].event, RecordingPlayed)
            store.close()

    asyncio.run(main())


def test_without_the_centres_key_calls_go_on(tmp_path: Path) -> None:
    """A damaged key file: no sound in the clear, the reason in health, and no new key over it."""
    (tmp_path / "recording.key").write_bytes(b"damaged")

    async def scenario(switch: Switch, call: CallId, door: Door) -> None:
        create = await switch._owner.begin_segment(call)
        assert create == protocol.Create(bridge=call)
        assert "not a key" in str(switch.health()["recording_problem"])
        assert (tmp_path / "recording.key").read_bytes() == b"damaged"
        (tmp_path / "recording.key").unlink()
        assert (await switch._owner.begin_segment(call)).record
        assert switch.health()["recording_problem"] == ""

    ringing(tmp_path, scenario)
