"""Kamailio and rtpengine, as `deploy/` configures them, before two real switch nodes.

The tests of a module share one edge, as one day's callers do.
"""

import asyncio
import base64
import re
import signal
import socket
from collections import Counter
from pathlib import Path
from typing import cast

import pytest
from media_peers import RtpPhone
from peers_edge import PATIENCE_S, Edge, needs_edge
from peers_raw import RawPhone, TlsPhone
from peers_site import Program, is_udp_bound
from pylibsrtp import Policy, Session
from switch_room import DEWI, Page, kind_of, until

from kentongan.core.commands import AnswerCall, EndCall
from kentongan.core.words import CallId, DeskKey
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import level_of, tone
from kentongan.sip.address import Address, Transport

pytestmark = [*needs_edge, pytest.mark.anyio]

CALLER_HZ, DESK_HZ = 700, 1300
DESK = DeskKey("desk_1")
ANY_INBOUND = cast("int", Policy.SSRC_ANY_INBOUND)  # pyright: ignore[reportUnknownMemberType]
SUITE = "AES_CM_128_HMAC_SHA1_80"
URN = "urn:service:sos.ambulance"
SIPP_CALLS = 40
TRUNK_XML = Path(__file__).parent / "sipp_trunk.xml"
"""sipp's own caller ignores Record-Route; no proxy can bring its BYE anywhere."""

FLOOD = 30
"""More than a stranger may ask in two seconds."""

MULTIPART = """--part
Content-Type: application/pidf+xml

<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:x"/>
--part
Content-Type: application/sdp

{sdp}--part--
"""


async def test_a_call_through_the_edge_is_answered_heard_recorded_and_ended(edge: Edge) -> None:
    """A service URN reaches node a; tones pass rtpengine both ways; a BYE of either side, too."""
    phone = await edge.phone()
    call = await phone.call(URN, number="+6281303131148", voice=tone(CALLER_HZ))
    await call.reach(CallState.TALKING, within_s=PATIENCE_S)
    row = await edge.a.call_in("queued")
    assert (row["line"], row["number"]["text"]) == ("112", "081303131148")
    assert await edge.b.control.calls() == []

    page = Page(edge.a.control, DEWI, DESK_HZ)
    await page.answer(row["key"])
    await page.peer.hear(1.0)
    await until(lambda: level_of(page.peer.heard(0.5).astype("int16"), CALLER_HZ) > 5000)
    await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)
    assert level_of(call.audio.heard(0.3), CALLER_HZ) < 50
    assert call.audio._remote is not None
    assert call.audio._remote[0] == edge.site.outside  # rtpengine, not the media process
    ended = await edge.a.control.command(EndCall(call=CallId(row["key"]), by="desk"))
    assert ended["events"] == ["call.ended"]
    await call.reach(CallState.OVER, within_s=PATIENCE_S)
    assert call.ended_by == "them"
    await page.peer.close()

    second = await phone.call("112", number="0811")
    await second.reach(CallState.TALKING, within_s=PATIENCE_S)
    second.hang_up()
    await edge.told("call.recording_kept", "call.abandoned")
    journal = [one for one in edge.a.read_journal() if row["key"] in one.meta.stream]
    kinds = [kind_of(one) for one in journal]
    assert kinds[:5] == [
        "call.offered",
        "call.queued",
        "call.answered",
        "call.connected",
        "call.ended",
    ]
    assert "call.recording_kept" in kinds


async def test_an_emergency_invite_is_never_refused_at_the_edge(edge: Edge) -> None:
    """No hop count, foreign route, odd body or flood keeps a trunk's INVITE from ringing."""
    here = (edge.site.outside, 5060)
    with RawPhone(edge.site.trunk, here) as phone:
        for headers in (
            "Max-Forwards: 0\n",
            "Max-Forwards: many\n",
            "",
            "Max-Forwards: 70\nRoute: <sip:192.0.2.99;lr>\n",
            "Max-Forwards: 70\nProxy-Require: x-unheard-of\n",
            "Max-Forwards: 70\nX-Kentongan-Training: yes\n",
        ):
            call = phone.invite("urn:service:sos", headers=headers)
            answer = await phone.final(call)
            assert answer.startswith("SIP/2.0 200 "), (headers, answer)
            assert f"IN IP4 {edge.site.outside}" in answer
        body = MULTIPART.format(sdp=phone.sdp)
        kind = "multipart/mixed;boundary=part"
        call = phone.invite("sip:112@x.invalid", body=body, kind=kind)
        answer = await phone.final(call)
        assert answer.startswith("SIP/2.0 200 ")
        assert f"IN IP4 {edge.site.outside}" in answer
        call = phone.invite("sip:112@x.invalid", body="no sdp at all\n")
        assert (await phone.final(call)).startswith("SIP/2.0 200 ")
    phone = await edge.phone()
    rung = [await phone.call("112", number=f"0877{number:04}") for number in range(FLOOD)]
    for call in rung:
        await call.reach(CallState.TALKING, within_s=PATIENCE_S)
        call.hang_up()
    rows = await edge.rows()
    assert len(rows) >= FLOOD
    assert not any(row["training"] for row in rows)  # a stranger's word is taken out


async def test_strangers_are_told_no_and_then_nothing(edge: Edge) -> None:
    """A stranger's INVITE reaches no node; a flood is met with silence; trunks go on ringing."""
    here = (edge.site.outside, 5060)
    with (
        RawPhone(edge.site.stranger, here, number="0899") as stranger,
        RawPhone(edge.site.stranger, (edge.site.inside, 5060), number="0899") as pretender,
        RawPhone(edge.site.trunk, here) as phone,
    ):
        stranger.invite("sip:112@x.invalid")
        assert (await stranger.final()).startswith("SIP/2.0 403 ")
        pretender.invite("sip:112@x.invalid")
        assert (await pretender.final()).startswith("SIP/2.0 403 ")
        for _ in range(200):
            stranger.invite("sip:112@x.invalid")
        phone.invite("sip:112@x.invalid")
        assert (await phone.final()).startswith("SIP/2.0 200 ")
        assert 0 < len(stranger.drain()) < 100
        asked = phone.options(f"sip:{edge.site.outside}")
        assert (await phone.final(asked)).startswith("SIP/2.0 200 ")
    rows = await edge.rows()
    assert "0899" not in {row["number"]["text"] for row in rows}


async def test_a_trunk_behind_nat_hears_our_bye(edge: Edge) -> None:
    """Its Contact names an address that nobody reaches; what we send goes where it called from."""
    with RawPhone(edge.site.trunk, (edge.site.outside, 5060), number="0855") as phone:
        call = phone.invite("sip:112@x.invalid", contact="10.1.2.3:5060")
        answer = await phone.final(call)
        assert answer.startswith("SIP/2.0 200 ")
        phone.acknowledge(answer)
        (row,) = [r for r in await edge.a.control.calls() if r["number"]["text"] == "0855"]
        end = EndCall(call=CallId(row["key"]), by="desk")
        assert "events" in await edge.a.control.command(AnswerCall(call=end.call, desk=DESK))
        assert (await edge.a.control.command(end))["events"] == ["call.ended"]
        assert "sip:0855@10.1.2.3:5060" in (await phone.request("BYE")).split("\r\n")[0]


async def test_an_encrypted_trunk_is_heard_in_the_clear_inside(edge: Edge) -> None:
    """SDES-SRTP outside, plain RTP inside: what the trunk gets is encrypted with the key told."""
    key, loop = base64.b64encode(bytes(range(30))).decode(), asyncio.get_running_loop()
    with (
        RawPhone(edge.site.trunk, (edge.site.outside, 5060)) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sound,
    ):
        sound.setblocking(False)
        sound.bind((edge.site.trunk, 0))
        line = f"m=audio {sound.getsockname()[1]} RTP/SAVP 8\na=crypto:1 {SUITE} inline:{key}"
        body = phone.sdp.replace("m=audio 40000 RTP/AVP 8 101", line)
        call = phone.invite("sip:112@x.invalid", body=body)
        answer = await phone.final(call)
        found = re.search(rf"RTP/SAVP 8.*a=crypto:1 {SUITE} inline:(\S+)", answer, re.DOTALL)
        assert found is not None, answer
        policy = Policy(key=base64.b64decode(found[1]), ssrc_type=ANY_INBOUND)
        async with asyncio.timeout(PATIENCE_S):
            packet = Session(policy).unprotect(await loop.sock_recv(sound, 2_048))
        assert len(packet) == 12 + 160
        assert packet[1] & 0x7F == 8


async def test_calls_of_ours_leave_through_the_carriers_gateway(edge: Edge) -> None:
    """The node sees the edge as up; its INVITE goes to the gateway, to a stranger's address not."""
    async with asyncio.timeout(PATIENCE_S):
        while (await edge.a.control.ask("health"))["trunks"][0]["state"] != "up":
            await asyncio.sleep(0.05)
    carrier = Program(
        edge.site.folder, "sipp", "-sn", "uas", "-i", edge.site.trunk, "-p", "5060", "-nostdin"
    )
    carrier.start(lambda: is_udp_bound(edge.site.trunk, 5060))
    try:
        node = await edge.phone(edge.site.nodes[0])
        node._centre = Address(edge.site.inside, 5060)
        call = await node.call("081303131148")
        await call.reach(CallState.TALKING, within_s=PATIENCE_S)
        assert call.audio._remote is not None
        assert call.audio._remote[0] == edge.site.inside
        call.hang_up()
        elsewhere = await node.call(f"sip:0811@{edge.site.stranger}")
        await elsewhere.reach(CallState.OVER, within_s=PATIENCE_S)
        assert elsewhere.status == 403
    finally:
        carrier.stop()


async def test_trunks_over_tcp_and_tls(edge: Edge) -> None:
    """A call over TCP talks; over TLS OPTIONS are answered and a call is heard by the desk, hears
    it and is ended by it; garbage on the port disturbs nobody.
    """
    phone = await edge.phone(transport=Transport.TCP)
    call = await phone.call("112")
    await call.reach(CallState.TALKING, within_s=PATIENCE_S)

    here = (edge.site.outside, 5061)
    _, garbage = await asyncio.open_connection(*here, local_addr=(edge.site.trunk, 0))
    garbage.write(b"\x16\x03\x01\xff\xff" + bytes(range(256)) * 16)
    with TlsPhone(edge.site.trunk, here, number="0866") as secured:
        await secured.connect(edge.site.folder / "certificate.pem")
        asked = secured.options(f"sip:{edge.site.outside}")
        assert (await secured.final(asked)).startswith("SIP/2.0 200 ")
        await _talk(edge, secured)
        await secured.close()
    garbage.close()
    call.hang_up()
    await edge.told("call.abandoned")


async def _talk(edge: Edge, phone: TlsPhone) -> None:
    """A call over that connection, from its INVITE to the desk's BYE."""
    sound = await RtpPhone(CALLER_HZ).open(edge.site.trunk)
    body = phone.sdp.replace("m=audio 40000", f"m=audio {sound.port}")
    contact = f"{phone.host}:{phone.port};transport=tls"
    asked = phone.invite("sip:112@x.invalid", body=body, contact=contact)
    answer = await phone.final(asked)
    port = re.search(r"m=audio (\d+) RTP/AVP", answer)
    assert port is not None, answer
    assert f"IN IP4 {edge.site.outside}" in answer
    phone.acknowledge(answer)
    sound.call(edge.site.outside, int(port[1]))
    (row,) = [one for one in await edge.rows() if one["number"]["text"] == "0866"]
    page = Page(edge.a.control, DEWI, DESK_HZ)
    await page.answer(row["key"])
    await until(lambda: level_of(page.peer.heard(0.5).astype("int16"), CALLER_HZ) > 5000)
    await until(lambda: level_of(sound.heard(0.5).astype("int16"), DESK_HZ) > 5000)
    await edge.a.control.command(EndCall(call=CallId(row["key"]), by="desk"))
    assert "transport=tls" in (await phone.request("BYE")).split("\r\n")[0]
    await page.peer.close()
    await sound.close()


async def test_sipp_rings_through_the_edge(edge: Edge) -> None:
    """A burst of complete calls: none fails, each is on record."""
    before = await _counted(edge)
    sipp = await asyncio.create_subprocess_exec(
        *(
            "sipp",
            "-sf",
            str(TRUNK_XML),
            f"{edge.site.outside}:5060",
            "-s",
            "112",
            "-i",
            edge.site.trunk,
        ),
        *("-p", "5060", "-m", str(SIPP_CALLS), "-r", "20", "-d", "500", "-nostdin"),
        cwd=edge.site.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(sipp.communicate(), 60)
    words = output.decode("utf-8", "replace")
    assert sipp.returncode == 0, words[-2_000:]
    assert re.search(r"Failed call\s+\|\s+0\s+\|\s+0\s", words), words[-2_000:]
    after = await _counted(edge)
    assert after["CallOffered"] - before["CallOffered"] == SIPP_CALLS
    assert after["CallQueued"] - before["CallQueued"] >= SIPP_CALLS  # odd ones may still arrive
    assert after["CallAbandoned"] - before["CallAbandoned"] >= SIPP_CALLS


async def test_a_media_proxy_that_is_away_costs_no_call(edge: Edge) -> None:
    """rtpengine killed: the caller rings all the same, and hears the node directly where it can."""
    edge.rtpengine.stop(signal.SIGKILL)
    phone = await edge.phone()
    call = await phone.call("112")
    await call.reach(CallState.TALKING, within_s=PATIENCE_S)
    assert call.audio._remote is not None
    assert call.audio._remote[0] != edge.site.outside
    call.hang_up()
    edge.start_rtpengine()


async def _counted(edge: Edge) -> Counter[str]:
    """How often each event is on record, once node a has told everything it knows."""
    async with asyncio.timeout(PATIENCE_S):
        while (await edge.a.control.ask("health"))["outbox"]:
            await asyncio.sleep(0.05)
    return Counter(type(one.event).__name__ for one in edge.a.read_journal())
