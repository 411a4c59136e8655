"""Strangers and floods at the switch: what they cannot take, and what stays on record."""

import asyncio
from pathlib import Path

from switch_playbook import CENTRE, CITY, PHONE, Playbook
from test_switch_process import Door, settings_in

from kentongan.core.commands import EndCall, OfferCall
from kentongan.core.events import CallEnded, CallOffered
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.switch import signalling, watch
from kentongan.edge.switch.allowance import Allowance
from kentongan.edge.switch.board import Counts
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.refusals import ON_RECORD_BURST, ON_RECORD_PER_S, REPEAT_S
from kentongan.edge.switch.strangers import ANSWERS_BURST, ANSWERS_PER_S, Strangers
from kentongan.sip import events
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
    strangers = Strangers(counts := Counts(), Notices())
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


OPUS_ONLY = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n"
)


def _refuse(book: Playbook, call_id: str, source: Address = PHONE) -> None:
    """A refused INVITE of that source."""
    data = _invite(1).replace(b"forged-1", call_id.encode()).replace(b"sip:112@", b"sip:budi@")
    data = data.replace(b"Max-Forwards: 70", b"Require: magic\r\nMax-Forwards: 70")
    for event in book.phones.stack.receive(data, source, Transport.UDP, book.elapsed_s):
        assert isinstance(event, events.RefusedInvite)
        signalling.take(book.board, book.phones, event, book.moment)
    book.phones.stack.drain()


def test_a_ring_without_a_common_codec_is_on_record(tmp_path: Path) -> None:
    """488 at once; offered and ended are facts in the spool, with number and reason, then gone."""
    book = Playbook(tmp_path)
    caller = "<sip:+62811234567@127.0.0.2>"
    book.phone.invite(
        "sip:112@127.0.0.1", OPUS_ONLY, now=0.0, peer=CENTRE, from_uri=caller.strip("<>")
    )
    book.flush()
    assert book.statuses == [488]
    assert book.facts == ["call.offered", "call.ended"]
    offered, ended = (fact.event for fact in book.call.facts)
    assert isinstance(offered, CallOffered)
    assert isinstance(ended, CallEnded)
    assert (offered.trunk, offered.dialled) == ("local", "112")
    assert offered.number is not None
    assert offered.number.text == "0811234567"
    assert (ended.by, ended.reason) == ("switch", "no_common_codec")
    posted = [type(post.envelope.command) for post in book.spool.waiting(10)]
    assert posted == [OfferCall, EndCall]
    assert book.board.wanted(book.call.id) is None
    book.restart()
    assert (book.state, book.facts) == ("ended", ["call.offered", "call.ended"])
    book.wait(61)
    assert watch.forgettable(book.board, book.moment) == (book.call.id,)


def test_a_repeated_invite_is_one_refused_call(tmp_path: Path) -> None:
    """Its 420 was lost: the same attempt again; another address, or a later attempt, is another."""
    book = Playbook(tmp_path)
    _refuse(book, "a")
    book.elapsed_s = 30.0
    _refuse(book, "a")
    assert book.facts == ["call.offered", "call.ended"]
    ended = book.call.facts[-1].event
    assert isinstance(ended, CallEnded)
    assert ended.reason == "extension_unknown"
    assert "not_rung" in book.board.ledger.row(book.call.id).remarks
    _refuse(book, "a", Address("127.0.0.3", 5060))
    book.elapsed_s = REPEAT_S + 30.0
    _refuse(book, "a")
    assert len(list(book.board.ledger)) == 3
    assert book.board.counts.refused_invites == 4
    assert book.board.counts.off_record == 0


def test_a_flood_of_refused_rings_cannot_fill_the_disk(tmp_path: Path) -> None:
    """The burst is on record, the rest counted; the other trunk's refused ring still is."""
    trunks = [
        {"key": "mad", "networks": ["127.0.0.2/32"]},
        {"key": "calm", "networks": ["127.0.0.3/32"]},
    ]
    book = Playbook(tmp_path, trunks=trunks)
    for number in range(FORGED):
        _refuse(book, f"mad-{number}")
    burst = int(ON_RECORD_BURST)
    assert len(list(book.board.ledger)) == burst
    assert book.board.counts.off_record == FORGED - burst
    _refuse(book, "calm", Address("127.0.0.3", 5060))
    _refuse(book, "stranger", Address("192.0.2.9", 5060))
    calls = list(book.board.ledger)
    assert [call.trunk for call in calls[-2:]] == ["mad", "calm"]
    assert book.board.counts.strangers == 1
    change = book.board.ledger.take_change()
    assert change is not None
    assert len(change.posts) == 2 * (burst + 1)
    book.elapsed_s = 1.0
    for number in range(10):
        _refuse(book, f"later-{number}")
    assert len(list(book.board.ledger)) == burst + 1 + ON_RECORD_PER_S


def test_an_allowance_is_a_burst_and_then_a_rate() -> None:
    """Never more than the burst, however long nobody asked; no time gives no more."""
    allowance = Allowance(per_s=2.0, burst=3.0)
    assert [allowance.take(1_000.0) for _ in range(5)] == [True, True, True, False, False]
    assert [allowance.take(1_000.5) for _ in range(2)] == [True, False]
    assert [allowance.take(9_000.0) for _ in range(5)] == [True, True, True, False, False]
