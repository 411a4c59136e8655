"""The process itself, run inside the test: a disk that fails, both IP families, a clean stop."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from switch_playbook import CITY
from switch_room import DEWI, Control, free_port, until

from kentongan.core.commands import AnswerCall, Envelope, KeepRecording
from kentongan.core.events import AnyEvent
from kentongan.core.words import CallId, DeskKey
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.switch import watch
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.spool import Change, SpoolError
from kentongan.media.segment import Segment
from kentongan.sip.address import Address, Transport
from kentongan.store.tables import KeyLine


class Door:
    """Takes everything."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.keys: list[KeyLine] = []

    def handle(self, envelope: Envelope) -> tuple[AnyEvent, ...]:
        self.taken.append(envelope)
        return ()

    def keep_keys(self, keys: Sequence[KeyLine]) -> None:
        self.keys += keys

    def close(self) -> None:
        pass


def settings_in(folder: Path, **overrides: Any) -> SwitchSettings:
    """A switch without media processes; a call only rings there."""
    return msgspec.convert(
        {
            "control_socket": str(folder / "switch.sock"),
            "spool_path": str(folder / "spool.db"),
            "recordings_dir": str(folder),
            "media_sockets": [str(folder / "media.sock")],
            "sip_port": free_port(),
            **overrides,
        },
        SwitchSettings,
    )


def run(
    folder: Path,
    scenario: Callable[[Switch, SwitchSettings, Door], Awaitable[None]],
    **overrides: Any,
) -> None:
    """Run a scenario with a switch that is started and stopped."""
    settings, door = settings_in(folder, **overrides), Door()

    async def main() -> None:
        switch = Switch(settings, CITY, lambda: door)
        await switch.start()
        try:
            await scenario(switch, settings, door)
        finally:
            await switch.stop()

    asyncio.run(main())


def test_a_disk_that_fails_does_not_fail_the_caller(tmp_path: Path) -> None:
    """It rings and can be given up; health raises the alarm; nothing is lost afterwards."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        spool = switch._spool
        commit = spool.commit

        def fail(change: Change) -> None:
            raise SpoolError("database or disk is full")

        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        spool.commit = fail  # pyright: ignore[reportAttributeAccessIssue]
        call = await phone.call("112")
        await call.reach(CallState.RINGING)
        assert switch.health()["spool_failing_since"] is not None
        call.hang_up()
        await call.reach(CallState.OVER)
        assert call.status == 487
        assert door.taken == []

        spool.commit = commit  # pyright: ignore[reportAttributeAccessIssue]
        await until(lambda: len(door.taken) == 2)
        kinds = [type(envelope.command).__name__ for envelope in door.taken]
        assert kinds == ["OfferCall", "EndCall"]
        assert switch.health()["spool_failing_since"] is None
        await phone.close()

    run(tmp_path, scenario)


def test_a_command_is_done_once_also_where_no_spool_takes_it(tmp_path: Path) -> None:
    """Neither disk nor memory: the call follows, and it is written down as soon as one does."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        spool = switch._spool
        commit = spool.commit

        def fail(change: Change) -> None:
            raise SpoolError("database or disk is full")

        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        call = await phone.call("112")
        await call.reach(CallState.RINGING)
        control = Control(Path(settings.control_socket))
        await control.connect()
        key = CallId((await control.calls())[0]["key"])
        spool.commit = fail  # pyright: ignore[reportAttributeAccessIssue]
        answer = AnswerCall(call=key, desk=DeskKey("desk_1"))
        assert (await control.command(answer, DEWI, "q1"))["events"] == ["call.answered"]
        assert (await control.command(answer, DEWI, "q1"))["events"] == ["call.answered"]
        assert (await control.calls())[0]["state"] == "answered"
        assert switch.health()["spool_failing_since"] is not None

        spool.commit = commit  # pyright: ignore[reportAttributeAccessIssue]
        done = await control.command(answer, DEWI, "q1")
        assert (done["events"], done["call"]["desk"]) == (["call.answered"], "desk_1")
        await until(lambda: len(spool.load_calls()[0].facts) == 2)
        facts = spool.load_calls()[0].facts
        assert [type(fact.event).__name__ for fact in facts] == ["CallOffered", "CallAnswered"]
        assert switch.health()["spool_failing_since"] is None
        control.close()
        await phone.close()

    run(tmp_path, scenario)


def test_a_recording_nobody_told_of_is_bound_before_its_call_is_forgotten(tmp_path: Path) -> None:
    """No media process came back for it: after ten minutes the switch reads the file itself."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        call = await phone.call("112")
        await call.reach(CallState.RINGING)
        call.hang_up()
        await call.reach(CallState.OVER)
        (known,) = switch._board.ledger
        sound = bytes(range(256)) * 125
        for name in ("kept.rec", "unbegun.rec", "broken.rec", "never_made.rec"):
            made = switch._owner.keys.new(name, datetime.now(UTC))
            assert made is not None
            switch._board.ledger.add_segment(known.id, made[1])
            if name == "kept.rec":
                left = Segment(known.id, tmp_path / name, made[0].key, lambda _: None)
                left.open()
                left.write(sound, 0)  # and then its process was killed
        (tmp_path / "unbegun.rec").write_bytes(b"KTG")  # or before the first second
        (tmp_path / "broken.rec").mkdir()  # what no disk gives back
        long_ago = datetime.now(UTC) - watch.RECORDING_AWAITED
        (known,) = switch._board.ledger
        switch._board.put(replace(known, over_at=long_ago))

        await until(lambda: len(door.taken) == 3)
        kept = door.taken[-1].command
        assert isinstance(kept, KeepRecording)
        assert (kept.segment, kept.bytes) == ("kept.rec", len(sound))
        assert kept.sha256 == sha256(sound).hexdigest()
        assert kept.chain == sha256(bytes(32) + sound).hexdigest()
        assert kept.key in {key.id for key in door.keys}
        await until(lambda: switch._board.counts.recording_failures == 1)
        (known,) = switch._board.ledger
        assert (known.kept, known.has_all_recordings) == (("kept.rec",), False)
        assert known.recordings == ("kept.rec", "broken.rec")
        given_up = datetime.now(UTC) - watch.RECORDING_GIVEN_UP
        switch._board.put(replace(known, over_at=given_up))
        await until(lambda: not list(switch._board.ledger))
        await phone.close()

    run(tmp_path, scenario)


def test_a_fault_in_one_call_is_not_the_next_ones(tmp_path: Path) -> None:
    """A bug while handling an INVITE: 500, counted, and the next call rings."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        def broken(dialled: str) -> None:
            raise ZeroDivisionError(dialled)

        city = switch._board.city
        switch._board.city = replace(city, find_line=broken)
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        first = await phone.call("112")
        await first.reach(CallState.OVER)
        assert first.status == 500
        switch._board.city = city
        second = await phone.call("112")
        await second.reach(CallState.RINGING)
        assert switch.health()["faults"] == 1
        await phone.close()

    run(tmp_path, scenario)


def test_a_call_that_could_not_be_put_on_record_stops_no_other(tmp_path: Path) -> None:
    """It has no facts, so nothing may look at it: the queue goes on, the next call rings."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        def broken(name: str, command: Any, moment: Any) -> Any:
            raise ZeroDivisionError(name, command, moment)

        board = switch._board
        act, board.act = board.act, broken
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        first = await phone.call("112")
        await first.reach(CallState.OVER)
        assert first.status == 500
        board.act = act
        assert list(board.ledger) == []
        second = await phone.call("112")
        await second.reach(CallState.RINGING)
        await asyncio.sleep(2 * watch.LOOK_S)
        assert switch.health()["faults"] == 1
        await phone.close()

    run(tmp_path, scenario)


def test_a_call_whose_handling_failed_stands_in_no_queue(tmp_path: Path) -> None:
    """On record before the fault: told 500, it is over, and its caller is to be rung back."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError

        phones, ledger = switch._phones, switch._board.ledger
        ring = phones.ring
        phones.ring = broken  # pyright: ignore[reportAttributeAccessIssue]
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        first = await phone.call("112")
        await first.reach(CallState.OVER)
        assert first.status == 500
        phones.ring = ring  # pyright: ignore[reportAttributeAccessIssue]
        (call,) = ledger
        row = ledger.row(call.id)
        assert (row.state, row.ended_by) == ("ended", "switch")
        assert (row.dropped, row.open) == (True, True)
        await (await phone.call("112")).reach(CallState.RINGING)
        assert switch.health()["faults"] == 1
        await phone.close()

    run(tmp_path, scenario)


def test_a_stranger_cannot_hold_a_connection(tmp_path: Path) -> None:
    """TCP from a network that belongs to no trunk is closed at once."""
    trunk = {"key": "carrier", "networks": ["10.0.0.0/8"]}

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.sip_port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()

    run(tmp_path, scenario, trunks=[trunk])


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_ipv6_rings(tmp_path: Path, transport: Transport) -> None:
    """A trunk of the other family, on either transport."""
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")

    async def scenario(switch: Switch, settings: SwitchSettings, door: Door) -> None:
        phone = Phone(Address("::1", settings.sip_port), host="::1", transport=transport)
        await phone.start()
        call = await phone.call("112")
        await call.reach(CallState.RINGING)
        call.hang_up()
        await call.reach(CallState.OVER)
        assert call.status == 487
        await until(lambda: len(door.taken) == 2)
        await phone.close()

    run(tmp_path, scenario, sip_hosts=["::1"], media_host="::1")


def test_a_stopped_switch_leaves_its_calls_to_the_next(tmp_path: Path) -> None:
    """SIGTERM is no reason to hang up: the next process finds the call ringing."""
    settings = settings_in(tmp_path)

    async def main() -> None:
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        first = Switch(settings, CITY, Door)
        await first.start()
        call = await phone.call("112")
        await call.reach(CallState.RINGING)
        await first.stop()

        second = Switch(settings, CITY, Door)
        await second.start()
        assert [known.is_over for known in second._board.ledger] == [False]
        call.hang_up()
        await call.reach(CallState.OVER)
        assert call.status == 487
        await second.stop()
        await phone.close()

    asyncio.run(main())


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
