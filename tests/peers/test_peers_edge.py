"""Kamailio and rtpengine, as `deploy/` configures them, before two real switch nodes."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from peers_certificate import write_certificate
from peers_edge import Edge, needs_edge
from peers_raw import RawPhone
from peers_site import Program, is_udp_bound
from switch_room import DEWI, Page, until

from kentongan.core.commands import EndCall
from kentongan.core.words import CallId
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import level_of, tone
from kentongan.sip.address import Address, Transport

pytestmark = needs_edge

CALLER_HZ, DESK_HZ = 700, 1300
URN = "urn:service:sos.ambulance"
MULTIPART = """--part
Content-Type: application/pidf+xml

<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:x"/>
--part
Content-Type: application/sdp

{sdp}--part--
"""


def play(folder: Path, scenario: Callable[[Edge], Awaitable[None]], **overrides: Any) -> None:
    """Run a scenario with an edge of its own; what its programs said is shown when it fails."""

    async def main() -> None:
        edge = Edge(folder, **overrides)
        try:
            async with edge:
                await scenario(edge)
        except BaseException:
            for program in (edge.kamailio, edge.rtpengine):
                print(program.words() if program.log.exists() else "not started")
            raise

    asyncio.run(main())


def test_a_call_through_the_edge_is_answered_heard_recorded_and_ended(tmp_path: Path) -> None:
    """A service URN reaches node a; tones pass rtpengine both ways; a BYE of either side, too."""

    async def scenario(edge: Edge) -> None:
        phone = await edge.phone()
        call = await phone.call(URN, number="+6281303131148", voice=tone(CALLER_HZ))
        await call.reach(CallState.TALKING)
        row = await edge.a.call_in("queued")
        assert (row["line"], row["number"]["text"]) == ("112", "081303131148")
        assert await edge.b.control.calls() == []

        page = Page(edge.a.control, DEWI, DESK_HZ)
        await page.answer(row["key"])
        heard = await page.peer.hear(0.5)
        assert level_of(heard.astype("int16"), CALLER_HZ) > 5000
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)
        assert level_of(call.audio.heard(0.3), CALLER_HZ) < 50
        assert call.audio._remote is not None
        assert call.audio._remote[0] == edge.site.outside  # rtpengine, not the media process
        ended = await edge.a.control.command(EndCall(call=CallId(row["key"]), by="desk"))
        assert ended["events"] == ["call.ended"]
        await call.reach(CallState.OVER)
        assert call.ended_by == "them"
        await page.peer.close()

        second = await phone.call("112", number="0811")
        await second.reach(CallState.TALKING)
        second.hang_up()
        kinds = await edge.told("call.ended", "call.recording_kept", "call.abandoned")
        assert kinds[:4] == ["call.offered", "call.queued", "call.answered", "call.connected"]

    play(tmp_path, scenario)


def test_an_emergency_invite_is_never_refused_at_the_edge(tmp_path: Path) -> None:
    """No hop count, foreign route, odd body or flood keeps a trunk's INVITE from ringing."""

    async def scenario(edge: Edge) -> None:
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

            rung = {phone.invite(f"sip:112@{edge.site.outside}") for _ in range(60)}
            while rung:  # far more than a stranger may ask in two seconds
                answer = await phone.final()
                assert answer.startswith("SIP/2.0 200 ")
                rung = {call for call in rung if call not in answer}
        rows = await edge.a.control.calls()
        assert len(rows) >= 67
        assert not any(row["training"] for row in rows)  # a stranger's word is taken out

    play(tmp_path, scenario, training_networks=["127.0.0.0/8"])


def test_strangers_are_told_no_and_then_nothing(tmp_path: Path) -> None:
    """A stranger's INVITE reaches no node; a flood is met with silence; trunks go on ringing."""

    async def scenario(edge: Edge) -> None:
        here = (edge.site.outside, 5060)
        with (
            RawPhone(edge.site.stranger, here) as stranger,
            RawPhone(edge.site.stranger, (edge.site.inside, 5060)) as pretender,
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
        assert len(await edge.a.control.calls()) == 1
        assert await edge.b.control.calls() == []

    play(tmp_path, scenario)


def test_a_media_proxy_that_is_away_costs_no_call(tmp_path: Path) -> None:
    """rtpengine killed: the caller rings all the same, and hears the node directly where it can."""

    async def scenario(edge: Edge) -> None:
        edge.rtpengine.stop(9)
        phone = await edge.phone()
        call = await phone.call("112")
        await call.reach(CallState.TALKING, within_s=3.0)
        assert call.audio._remote is not None
        assert call.audio._remote[0] != edge.site.outside
        edge.start_rtpengine()

    play(tmp_path, scenario)


def test_calls_of_ours_leave_through_the_carriers_gateway(tmp_path: Path) -> None:
    """A node's INVITE to the edge goes to the gateway; to a stranger's address it does not go."""

    async def scenario(edge: Edge) -> None:
        carrier = Program(
            tmp_path, "sipp", "-sn", "uas", "-i", edge.site.trunk, "-p", "5060", "-nostdin"
        )
        carrier.start(lambda: is_udp_bound(edge.site.trunk, 5060))
        try:
            node = await edge.phone(edge.site.nodes[0])
            node._centre = Address(edge.site.inside, 5060)
            call = await node.call("081303131148")
            await call.reach(CallState.TALKING)
            assert call.audio._remote is not None
            assert call.audio._remote[0] == edge.site.inside
            call.hang_up()
            elsewhere = await node.call(f"sip:0811@{edge.site.stranger}")
            await elsewhere.reach(CallState.OVER)
            assert elsewhere.status == 403
        finally:
            carrier.stop()

    play(tmp_path, scenario)


def test_trunks_over_tcp_and_tls(tmp_path: Path) -> None:
    """A call over TCP talks; TLS answers OPTIONS; garbage on its port disturbs nobody."""
    write_certificate(tmp_path)

    async def scenario(edge: Edge) -> None:
        phone = await edge.phone(transport=Transport.TCP)
        call = await phone.call("112")
        await call.reach(CallState.TALKING)

        trust = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
        trust.check_hostname = False
        own = (edge.site.trunk, 0)
        _, garbage = await asyncio.open_connection(edge.site.outside, 5061, local_addr=own)
        garbage.write(b"\x16\x03\x01\xff\xff" + bytes(range(256)) * 16)
        reader, writer = await asyncio.open_connection(
            edge.site.outside, 5061, ssl=trust, local_addr=own
        )
        writer.write(
            f"OPTIONS sip:{edge.site.outside} SIP/2.0\r\n"
            f"Via: SIP/2.0/TLS {edge.site.trunk};branch=z9hG4bKtls\r\nMax-Forwards: 70\r\n"
            f"From: <sip:x@{edge.site.trunk}>;tag=1\r\nTo: <sip:{edge.site.outside}>\r\n"
            "Call-ID: tls\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".encode()
        )
        async with asyncio.timeout(5):
            assert (await reader.readline()).startswith(b"SIP/2.0 200 ")
        writer.close()
        garbage.close()
        call.hang_up()
        await edge.told("call.abandoned")

    play(tmp_path, scenario, tls=True)
