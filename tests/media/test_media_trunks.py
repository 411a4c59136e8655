"""Telephones of trunks through a real process: SRTP with keys from the SDP, and strangers."""

import asyncio
import base64
import secrets
from collections.abc import Callable
from typing import Any, Literal

import pytest
from media_ears import heard_at, level_at
from media_peers import RtpPhone
from media_process import MediaProcess
from media_scene import Scene, listen_steadily, scene, steadily

from kentongan.media import sdes
from kentongan.media.client import MediaRefusedError
from kentongan.media.protocol import LegRow, Rtp, Sdes

pytestmark = pytest.mark.anyio
Suite = Literal["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"]
HEARD, UNHEARD = 5000, 30


def new_keys(suite: Suite) -> tuple[Sdes, Sdes]:
    """The process's side and the peer's."""
    ours, theirs = (base64.b64encode(secrets.token_bytes(30)).decode() for _ in range(2))
    return (
        Sdes(suite=suite, key_in=theirs, key_out=ours),
        Sdes(suite=suite, key_in=ours, key_out=theirs),
    )


async def until_row(here: Scene, holds: Callable[[LegRow], bool]) -> LegRow:
    """The citizen's leg once that holds."""
    async with asyncio.timeout(8):
        while not holds(row := await here.row("citizen")):
            await asyncio.sleep(0.02)
    return row


async def packets_in(seconds: float, phone: RtpPhone) -> list[Any]:
    """What came in that time, as one sound for `steadily`."""
    phone.forget()
    await asyncio.sleep(seconds)
    return [list(phone.heard_packets)]


async def test_an_encrypted_trunk(shared_media: MediaProcess) -> None:
    """Both ways by tone; after a re-INVITE the same keys go on, or new ones of another suite."""
    here_keys, peer_keys = new_keys("AES_CM_128_HMAC_SHA1_80")
    fresh_keys, fresh_peer_keys = new_keys("AES_CM_128_HMAC_SHA1_32")
    async with scene(shared_media) as here:
        desk = await here.browser("desk", 1000)
        citizen = await here.phone("citizen", 440, srtp=here_keys, peer_srtp=peer_keys)
        assert (await here.row("citizen")).is_secret
        await asyncio.sleep(0.3)
        at_citizen, at_desk = await listen_steadily(0.5, citizen, desk)
        assert heard_at(at_citizen, 1000) > HEARD
        assert heard_at(at_desk, 440) > HEARD
        for wanted, session in (
            (here_keys, citizen.srtp),
            (fresh_keys, sdes.session(fresh_peer_keys)),
        ):
            await here.client.rtp(
                Rtp(
                    bridge=here.bridge, leg="citizen", ip="127.0.0.1", port=citizen.port,
                    srtp=wanted,
                )
            )  # fmt: skip
            citizen.srtp = session
            await asyncio.sleep(0.2)
            at_citizen, at_desk = await listen_steadily(0.4, citizen, desk)
            assert heard_at(at_citizen, 1000) > HEARD
            assert heard_at(at_desk, 440) > HEARD


async def test_a_telephone_that_is_not_to_be_sent_anything(shared_media: MediaProcess) -> None:
    """On hold at their side: no packet goes there, they are heard, and it comes back."""
    async with scene(shared_media) as here:
        desk = await here.browser("desk", 1000)
        citizen = await here.phone("citizen", 440)

        async def agree(*, sends: bool) -> None:
            await here.client.rtp(
                Rtp(
                    bridge=here.bridge, leg="citizen", ip="127.0.0.1", port=citizen.port,
                    sends=sends,
                )
            )  # fmt: skip
            await asyncio.sleep(0.2)

        await agree(sends=False)
        before = citizen.received
        _, at_desk = await listen_steadily(0.4, citizen, desk)
        assert heard_at(at_desk, 440) > HEARD
        assert citizen.received == before
        await agree(sends=True)
        at_citizen, at_desk = await listen_steadily(0.4, citizen, desk)
        assert heard_at(at_citizen, 1000) > HEARD
        assert heard_at(at_desk, 440) > HEARD


async def test_plain_voice_on_an_encrypted_trunk_is_nobody(shared_media: MediaProcess) -> None:
    """Neither heard nor latched; the one with the keys is, although it comes later."""
    here_keys, peer_keys = new_keys("AES_CM_128_HMAC_SHA1_80")
    async with scene(shared_media) as here:
        desk = await here.browser("desk", 0)
        plain = await here.phone("citizen", 1700, srtp=here_keys)
        row = await until_row(here, lambda row: row.malformed > 10)
        assert (row.state, row.received) == ("waiting", 0)
        with_keys = await RtpPhone(440).open()
        here.parties.append(with_keys)
        with_keys.srtp = sdes.session(peer_keys)
        assert plain.remote is not None
        with_keys.call(*plain.remote)
        await asyncio.sleep(0.3)
        (at_desk,) = await listen_steadily(0.4, desk)
        assert heard_at(at_desk, 440) > HEARD
        assert level_at(at_desk, 1700) < UNHEARD
        assert (await here.row("citizen")).remote == f"127.0.0.1:{with_keys.port}"


async def test_a_strangers_voice_before_the_caller_speaks(shared_media: MediaProcess) -> None:
    """Another address of the same machine floods the port: counted, never heard, never latched."""
    async with scene(shared_media) as here:
        desk = await here.browser("desk", 0)
        citizen = await here.phone("citizen", 440, allow=("127.0.0.1",))
        citizen.is_sending = False
        stranger = await RtpPhone(1700).open("127.0.0.3")
        here.parties.append(stranger)
        assert citizen.remote is not None
        stranger.call(*citizen.remote)
        row = await until_row(here, lambda row: row.strangers > 10)
        assert (row.received, row.state) == (0, "waiting")
        citizen.is_sending = True
        await asyncio.sleep(0.3)
        (at_desk,) = await listen_steadily(0.4, desk)
        assert heard_at(at_desk, 440) > HEARD
        assert level_at(at_desk, 1700) < UNHEARD
        assert stranger.received == 0


async def test_behind_nat_and_loopback_from_outside(shared_media: MediaProcess) -> None:
    """An SDP names 127.0.0.1, which is not of the trunk: nothing is sent there; the voice from the
    trunk's own network is heard and answered.
    """
    async with scene(shared_media) as here:
        named = await here.phone("citizen", 0, allow=("127.0.0.8/29",))
        named.is_sending = False
        await asyncio.sleep(0.2)
        assert (await here.row("citizen")).remote == ""
        assert named.received == 0
        behind_nat = await RtpPhone(440).open("127.0.0.9")
        here.parties.append(behind_nat)
        desk = await here.browser("desk", 1000)
        assert named.remote is not None
        behind_nat.call(*named.remote)
        await asyncio.sleep(0.3)
        at_caller, at_desk = await listen_steadily(0.4, behind_nat, desk)
        assert heard_at(at_caller, 1000) > HEARD
        assert heard_at(at_desk, 440) > HEARD


async def test_networks_that_are_none(shared_media: MediaProcess) -> None:
    """Refused by name before a port is taken."""
    async with scene(shared_media) as here:
        for allow in ("127.0.0.1/8", "everywhere", "::1/200"):
            with pytest.raises(MediaRefusedError, match="address"):
                await here.client.rtp(Rtp(bridge=here.bridge, leg="citizen", allow=(allow,)))
        bridges = {each.bridge: each.legs for each in (await here.client.list()).bridges}
        assert bridges[here.bridge] == []


async def test_codecs_of_a_trunk(shared_media: MediaProcess) -> None:
    """What a number or a name means, and packet times that we send: by what arrives."""
    async with scene(shared_media) as here:
        await here.browser("desk", 1000)
        lengths: dict[int, int] = {}
        for ptime in (10, 30, 60):
            phone = await RtpPhone(0).open()
            here.parties.append(phone)
            address = await here.client.rtp(
                Rtp(
                    bridge=here.bridge, leg=f"phone{ptime}", ip="127.0.0.1", port=phone.port,
                    codec="g722", pt=9, ptime=ptime,
                )
            )  # fmt: skip
            phone.call(address.ip, address.port)
            (packets,) = await steadily(lambda phone=phone: packets_in(0.25, phone))
            lengths[ptime] = len(packets[-1][1])
            assert len(packets) == pytest.approx(250 / ptime, rel=0.4)
        assert lengths == {10: 80, 30: 240, 60: 480}
        assert (await here.row("phone10")).codec == "g722"
        with pytest.raises(MediaRefusedError, match="codec"):
            await here.client.rtp(Rtp(bridge=here.bridge, leg="x", pt=96))
