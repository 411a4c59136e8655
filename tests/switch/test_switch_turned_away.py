"""More callers than lines, in any number: the list stays readable, memory small, nobody is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import json
from switch_playbook import CITY
from switch_room import DEWI, Control, until
from test_switch_process import Door, settings_in
from test_switch_spool import CALL, a_call, change

from kentongan.app.ports import Unavailable
from kentongan.core.commands import ClaimCallback, EndCall, Envelope, OfferCall
from kentongan.core.events import AnyEvent
from kentongan.core.words import CallId
from kentongan.edge.switch import ledger, spool, watch
from kentongan.edge.switch.listing import PAGE_BYTES_MAX
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.web.switch_client import LINE_BYTES_MAX, SwitchClient
from kentongan.sip.address import Address, Transport

PHONE = Address("127.0.0.1", 5098)
FACT = "x" * 4_000
"""What an exchange may say about the caller's cell: kept raw, and so in the call's row."""


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is looked at by hand alone: nobody is ended or forgotten because a machine is slow."""
    monkeypatch.setattr(watch, "LOOK_S", 3_600.0)


class StoreAway(Door):
    """A store that is away until it is not."""

    is_away = True

    def handle(self, envelope: Envelope) -> tuple[AnyEvent, ...]:
        if self.is_away:
            raise Unavailable("store")
        return super().handle(envelope)


def _invite(number: int, fact: str = "") -> bytes:
    told = f"P-Access-Network-Info: 3GPP-E-UTRAN;cell={fact}\r\n" if fact else ""
    return (
        "INVITE sip:112@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {PHONE.host}:{PHONE.port};branch=z9hG4bK{number};rport\r\n"
        f"From: <sip:08{number:08d}@{PHONE.host}>;tag={number}\r\nTo: <sip:112@127.0.0.1>\r\n"
        f"Call-ID: many-{number}\r\nCSeq: 1 INVITE\r\nContact: <sip:a@{PHONE.host}>\r\n"
        f"Max-Forwards: 70\r\n{told}Content-Length: 0\r\n\r\n"
    ).encode()


def _ack(number: int) -> bytes:
    """The caller has heard that there is no line."""
    return _invite(number).replace(b"INVITE ", b"ACK ", 1).replace(b"1 INVITE", b"1 ACK")


async def _ring(switch: Switch, numbers: range, fact: str = "") -> None:
    """So many callers, one after the other."""
    for number in numbers:
        switch._sockets.sort(_invite(number, fact), PHONE, Transport.UDP)
        if number % 50 == 49:
            await asyncio.sleep(0)
    while switch._intake.has_waiting:  # sources are served in turn, a little at a time
        await asyncio.sleep(0)
    await switch._durable()


def _run(
    folder: Path, scenario: Callable[[Switch, SwitchSettings, StoreAway], Awaitable[None]]
) -> None:
    """With a switch of one line, whose store is away."""
    settings, door = settings_in(folder, calls_max=1), StoreAway()

    async def main() -> None:
        switch = Switch(settings, CITY, lambda: door)
        await switch.start()
        try:
            await scenario(switch, settings, door)
        finally:
            await switch.stop()

    asyncio.run(main())


def test_the_living_calls_are_listed_beside_any_number_that_found_no_line(tmp_path: Path) -> None:
    """Six megabytes of rows in lines that any reader takes; who is in hand stands first."""

    async def scenario(switch: Switch, settings: SwitchSettings, door: StoreAway) -> None:
        await _ring(switch, range(800), FACT)
        client = SwitchClient(Path(settings.control_socket), lambda _: None)
        client.start()
        await client.reached.wait()
        rows = await client.calls()
        assert len({row["key"] for row in rows}) == len(rows) == 800
        assert [row["state"] for row in rows] == ["offered", *["ended"] * 799]
        assert len(json.encode(rows)) > LINE_BYTES_MAX
        page = await client.ask("list")
        assert 1 < len(page["calls"]) < 800
        assert len(json.encode(page)) < 2 * PAGE_BYTES_MAX
        await client.stop()

    _run(tmp_path, scenario)


def test_who_found_no_line_is_in_memory_for_a_short_while_and_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number the disk alone knows them: found when asked for, a restart reads none of
    them, and once the store is back all are on record, in order, and forgotten.
    """
    monkeypatch.setattr(ledger, "OVER_MAX", 20)

    async def scenario(switch: Switch, settings: SwitchSettings, door: StoreAway) -> None:
        await _ring(switch, range(200))
        for number in range(1, 200):
            switch._sockets.sort(_ack(number), PHONE, Transport.UDP)
        calls = list(switch._board.ledger)
        first = calls[1]
        switch._memory.forget(switch._owner._clock())
        in_memory = [call.id for call in switch._board.ledger]
        assert in_memory == [call.id for call in (calls[0], *calls[-20:])]
        control = Control(Path(settings.control_socket))
        await control.connect()
        assert len(await control.calls()) == 21
        for call, is_held in ((first.id, True), (calls[0].id, True), (CallId("nobody"), False)):
            assert (await control.ask("find", call=call))["is_held"] is is_held
        assert (await control.command(ClaimCallback(call=calls[2].id)))["call"]["owner"] == DEWI.id
        control.close()

    async def restarted(switch: Switch, settings: SwitchSettings, door: StoreAway) -> None:
        assert switch._board.ledger.count_in_hand() == 1
        assert len(list(switch._board.ledger)) == 22, "whom somebody claimed as well"
        door.is_away = False
        await until(lambda: len(door.taken) == 400)
        offers = [one.command for one in door.taken if isinstance(one.command, OfferCall)]
        assert [offer.number.text for offer in offers if offer.number] == [
            f"08{number:08d}" for number in range(200)
        ]
        assert sum(isinstance(one.command, EndCall) for one in door.taken) == 199
        await until(lambda: not switch._spool.count_waiting())
        switch._memory.forget(switch._owner._clock())
        assert len(list(switch._board.ledger)) == 21
        assert switch._spool._select("select count(*) from call") == [(21,)]

    _run(tmp_path, scenario)
    _run(tmp_path, restarted)


def test_what_is_still_to_be_said_or_delivered_is_not_forgotten(tmp_path: Path) -> None:
    """A call at rest stays on the disk while its dialog or a fact of it is there."""
    kept = spool.Spool(tmp_path / "spool")
    kept.commit(change("end"))
    assert kept.rested() == ()
    kept.rest([CALL])
    assert kept.load_calls() == ()
    assert kept.find_call(CALL) == a_call()
    assert kept.rested() == ()
    kept.acknowledge([(1, spool.DELIVERED)])
    assert kept.rested() == (), "its dialog is not over"
    kept.commit(spool.Change(dialogs=(spool.SavedDialog(key="d-c1", call=CALL, data=None),)))
    assert kept.rested() == (a_call(),)
    kept.commit(spool.Change(calls=(a_call(),)))
    assert kept.load_calls() == (a_call(),), "it was taken up again"
