"""Strangers and floods at the switch: what they cannot take, and what stays on record."""

import asyncio
from pathlib import Path

from switch_playbook import CITY
from test_switch_process import Door, settings_in

from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.switch.allowance import Allowance
from kentongan.edge.switch.board import Counts
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.strangers import ANSWERS_BURST, ANSWERS_PER_S, Strangers
from kentongan.sip.address import Address, Transport

FORGED = 4_000


def _invite(number: int) -> bytes:
    return (
        "INVITE sip:112@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{number};rport\r\n"
        f"From: <sip:0811@192.0.2.1>;tag={number}\r\nTo: <sip:112@127.0.0.1>\r\n"
        f"Call-ID: forged-{number}\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.1>\r\n"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def _source(number: int) -> Address:
    return Address(f"10.{number // 250}.{number % 250}.7", 5060)


def test_four_thousand_forged_sources_never_reach_the_stack(tmp_path: Path) -> None:
    """Counted, next to nothing remembered of them, and a trunk's call rings as if they were not."""
    trunk = {"key": "carrier", "networks": ["127.0.0.0/8"]}
    settings = settings_in(tmp_path, trunks=[trunk])

    async def main() -> None:
        switch = Switch(settings, CITY, Door)
        await switch.start()
        for number in range(FORGED):
            switch._sockets.sort(_invite(number), _source(number), Transport.UDP)
        assert switch._board.counts.strangers == FORGED
        assert switch.health()["requests_kept"] == 0
        assert list(switch._board.ledger) == []
        phone = Phone(Address("127.0.0.1", settings.sip_port))
        await phone.start()
        call = await phone.call("112")
        await call.reach(CallState.RINGING)
        assert switch.health()["requests_kept"] == 1
        await phone.close()
        await switch.stop()

    asyncio.run(main())


def test_a_few_strangers_a_second_are_told_why() -> None:
    """403 for a technician, silence for a flood; what asks nothing is not even counted."""
    strangers = Strangers(counts := Counts())
    answers = [
        strangers.answer(_invite(number), _source(number), Transport.UDP, 100.0)
        for number in range(FORGED)
    ]
    told = [answer for answer in answers if answer is not None]
    assert len(told) == ANSWERS_BURST
    assert all(answer.data.startswith(b"SIP/2.0 403 ") for answer in told)
    assert max(len(answer.data) for answer in told) < len(_invite(0)), "no use as a reflector"
    assert counts.strangers == FORGED
    for data in (b"ACK sip:112@127.0.0.1 SIP/2.0\r\n", b"SIP/2.0 200 OK\r\n"):
        assert strangers.answer(data, _source(1), Transport.UDP, 200.0) is None
    assert counts.strangers == FORGED
    later = [strangers.answer(_invite(1), _source(1), Transport.UDP, 101.0) for _ in range(50)]
    assert sum(answer is not None for answer in later) == ANSWERS_PER_S


def test_an_allowance_is_a_burst_and_then_a_rate() -> None:
    """Never more than the burst, however long nobody asked; no time gives no more."""
    allowance = Allowance(per_s=2.0, burst=3.0)
    assert [allowance.take(1_000.0) for _ in range(5)] == [True, True, True, False, False]
    assert [allowance.take(1_000.5) for _ in range(2)] == [True, False]
    assert [allowance.take(9_000.0) for _ in range(5)] == [True, True, True, False, False]
