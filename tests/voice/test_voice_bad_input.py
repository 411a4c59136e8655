"""Bad input beside a call that talks: a clear outcome each, logged once, and the talk goes on.

Every test has the same room: a caller and a desk who hear each other. After the bad input they
still do, and not one packet is missing.
"""

import asyncio
import re
import socket
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_peers import RtpPhone
from msgspec import to_builtins
from switch_room import free_port
from trunk_certificates import Authority
from trunk_line import Peer, request
from voice_centre import waiting_call
from voice_ending import CARRIER, Ending
from voice_levels import Levels, Pace
from voice_scene import HEAD, OTHER_HZ, STRANGER_HZ, Scene, play

from kentongan.core.commands import InviteParty, PromptCaller
from kentongan.core.words import PartyKey, personal
from kentongan.media.g711 import Codec, encode

REPEATS = 20


async def _rows_of(scene: Scene, number: str) -> list[dict[str, Any]]:
    rows = await scene.room.control.calls()
    return [row for row in rows if row["number"] and row["number"]["text"] == number]


def test_offers_that_cannot_be_answered_and_that_can(tmp_path: Path) -> None:
    """Only video: 488 and on record with its reason. Two audio lines: one taken, one refused at its
    place. No SDP at all: our offer comes in the 200, the answer in the ACK, and before the caller
    has sent a packet it hears us there, in the codec it chose. Each is a call of its own.
    """
    audio, video = "m=audio 4000 RTP/AVP 8\n", "m=video 4002 RTP/AVP 96\na=rtpmap:96 VP8/90000\n"

    async def scenario(scene: Scene) -> None:
        scene.wire.send("INVITE", "v1", HEAD + video)
        status, _ = await scene.wire.final("v1")
        assert status == 488
        (row,) = await _rows_of(scene, "0811999")
        assert (row["state"], row["ended_by"]) == ("ended", "switch")
        scene.wire.send("INVITE", "v2", HEAD + audio + "m=audio 4010 RTP/AVP 0\n" + video)
        status, text = await scene.wire.final("v2")
        lines = [line.split(" ")[:2] for line in text.split("\r\n") if line.startswith("m=")]
        assert (status, len(lines), lines[1:]) == (200, 3, [["m=audio", "0"], ["m=video", "0"]])
        assert lines[0][1] != "0"
        scene.wire.send("INVITE", "v3")
        status, text = await scene.wire.final("v3")
        assert (status, "m=audio " in text) == (200, True)
        assert len(await _rows_of(scene, "0811999")) == 3
        await _answer_in_the_ack(scene, text)

    play(tmp_path, scenario)


async def _answer_in_the_ack(scene: Scene, text: str) -> None:
    caller = await RtpPhone(OTHER_HZ, codec=Codec.PCMU).open("127.0.0.1")
    tag, port = re.search(r"\r\nTo: [^\r]*(;tag=[^;\r]+)", text), re.search(r"m=audio (\d+)", text)
    assert tag is not None
    assert port is not None
    scene.wire.send("ACK", "v3", HEAD + f"m=audio {caller.port} RTP/AVP 0\n", to_tag=tag[1])
    levels = Levels("offer in the 200", pace=Pace(scene.room), ears={"caller": caller})
    levels.voices = {"other": OTHER_HZ, "stranger": STRANGER_HZ}
    await levels.judge("queued", {"caller": ""}, sound="caller")
    page = await scene.answer((await _rows_of(scene, "0811999"))[-1]["key"], "desk_2", STRANGER_HZ)
    levels.ears["desk"] = page.peer
    caller.call("127.0.0.1", int(port[1]))
    await levels.judge("talk", {"caller": "stranger", "desk": "other"})
    for end in (caller, page.peer):
        await end.close()


def test_a_bye_of_no_call(tmp_path: Path) -> None:
    """481 each time, no row; the log has one line for all of them."""

    async def scenario(scene: Scene) -> None:
        for number in range(REPEATS):
            scene.wire.send("BYE", f"b{number}", to_tag=";tag=never")
            assert (await scene.wire.final(f"b{number}", "BYE"))[0] == 481
        assert scene.room.switch.log.read_text().count("bye_unknown") == 1
        assert (await scene.room.control.ask("health"))["transports"]["causes"] == {
            "bye_unknown": REPEATS
        }
        assert len(await scene.room.control.calls()) == 1

    play(tmp_path, scenario)


def test_a_telephone_behind_nat_is_heard_and_hears(tmp_path: Path) -> None:
    """Its SDP names 192.168.1.20; its sound comes from elsewhere within the trunk, and is followed.

    A stranger, whose address is not the trunk's, is heard by nobody, before or after that.
    """

    async def scenario(scene: Scene) -> None:
        scene.wire.send(
            "INVITE", "n1", HEAD.replace("127.0.0.1\nt=", "192.168.1.20\nt=")
            + "m=audio 4000 RTP/AVP 8\n",
        )  # fmt: skip
        status, text = await scene.wire.final("n1")
        assert status == 200
        port = re.search(r"m=audio (\d+)", text)
        assert port is not None
        call = await waiting_call(scene.room, "0811999")
        page = await scene.answer(call, "desk_2", STRANGER_HZ)
        caller = await RtpPhone(OTHER_HZ).open("127.0.0.1")
        caller.call("127.0.0.1", int(port[1]))
        levels = Levels("behind NAT", pace=Pace(scene.room))
        levels.ears = {"caller": caller, "desk": page.peer}
        levels.voices = {"other": OTHER_HZ, "stranger": STRANGER_HZ, "loud": 2600.0}
        await levels.judge("talk", {"caller": "stranger", "desk": "other"})
        loud = await RtpPhone(2600.0).open("127.0.0.66")
        loud.call("127.0.0.1", int(port[1]))
        await asyncio.sleep(0.5)
        await levels.judge("talk", {"caller": "stranger", "desk": "other"})
        assert loud.received == 0
        for end in (caller, loud, page.peer):
            await end.close()

    play(tmp_path, scenario)


def test_a_strangers_sound_reaches_nobody(tmp_path: Path) -> None:
    """Packets from another address to a port in use: not heard, and the caller keeps the line."""

    async def scenario(scene: Scene) -> None:
        assert scene.caller.remote is not None
        stranger = await RtpPhone(STRANGER_HZ).open("127.0.0.66")
        stranger.call(*scene.caller.remote)
        await asyncio.sleep(1.0)
        await scene.still_talk()
        assert stranger.received == 0
        await stranger.close()

    play(tmp_path, scenario)


EVENTS = " 101\na=rtpmap:101 telephone-event/8000"


def test_keys_as_sound(tmp_path: Path) -> None:
    """5 pressed twice as tones: the caller's keys, from a telephone without RFC 4733 and, once it
    was asked to press, from one that agreed to it and sends tones all the same.
    """

    async def scenario(scene: Scene) -> None:
        for branch, events in (("k1", ""), ("k2", EVENTS)):
            scene.wire.send("INVITE", branch, HEAD + f"m=audio 4000 RTP/AVP 8{events}\n")
            _, text = await scene.wire.final(branch)
            port = re.search(r"m=audio (\d+) RTP/AVP 8(.*)", text)
            assert port is not None
            assert ("101" in port[2]) == bool(events)
            rows = await _rows_of(scene, "0811999")
            (call,) = (row["key"] for row in rows if not row["keys"])
            caller = await RtpPhone().open("127.0.0.1")
            caller.call("127.0.0.1", int(port[1]))
            if events:
                page = await scene.answer(call, "desk_2", STRANGER_HZ)
                await scene.room.control.command(PromptCaller(call=call), page.agent)
                await _until_asked(scene, call)
                await page.peer.close()
            await asyncio.sleep(0.3)
            caller.say([*_key_five(), *[bytes([0xD5]) * 160] * 10, *_key_five()])
            async with asyncio.timeout(5):
                while (await scene.row(call))["keys"] != "55":
                    await asyncio.sleep(0.05)
            await caller.close()

    play(tmp_path, scenario)


async def _until_asked(scene: Scene, call: str) -> None:
    async with asyncio.timeout(5):
        while (await scene.row(call))["silent_test_at"] is None:
            await asyncio.sleep(0.05)


def _key_five() -> list[bytes]:
    places = np.arange(160 * 6) / 8_000
    sound = 5_000 * (np.sin(2 * np.pi * 770 * places) + np.sin(2 * np.pi * 1_336 * places))
    coded = encode(Codec.PCMA, np.rint(sound).astype(np.int32))
    return [coded[start : start + 160] for start in range(0, len(coded), 160)]


STORM = 200
TAKEN_MAX = 20
"""Changes of one line within two seconds that may be carried out; each costs a new description."""


def test_a_storm_of_reinvites(tmp_path: Path) -> None:
    """Two hundred changes at once on one line, each a request of its own on the wire, none waiting
    for the answer to the one before: every one is answered, few are carried out, the others are
    told to wait; that call lives, and the one beside it feels nothing.
    """

    async def scenario(scene: Scene) -> None:
        scene.telephone.hz = OTHER_HZ
        line = await scene.telephone.dial(scene.room.centre, number="0811555")
        call = await waiting_call(scene.room, "0811555")
        await line.reach("talking")
        began_at = time.monotonic()
        statuses = await scene.telephone.storm(line, scene.room.centre, STORM)
        took_s = time.monotonic() - began_at
        counts = Counter(statuses.values())
        print(f"{STORM} re-INVITEs answered within {took_s:.2f} s: {dict(counts)}")
        assert set(statuses) == set(range(STORM)), "every one gets its own final answer"
        assert set(counts) <= {200, 491, 500}
        assert 1 <= counts[200] <= TAKEN_MAX
        await scene.still_talk()
        assert (await scene.row(call))["state"] == "queued"
        page = await scene.answer(call, "desk_2", STRANGER_HZ)
        levels = Levels("in the storm", pace=Pace(scene.room))
        levels.ears = {"caller": line, "desk": page.peer}
        levels.voices = {"other": OTHER_HZ, "stranger": STRANGER_HZ}
        await levels.judge("talk", {"caller": "stranger", "desk": "other"})
        await page.peer.close()

    play(tmp_path, scenario)


@pytest.mark.parametrize("status", [503, 486])
def test_a_trunk_that_does_not_take_the_call(tmp_path: Path, status: int) -> None:
    """The desk is told why; caller and desk talk on, and the next party can be asked."""

    async def scenario(scene: Scene) -> None:
        scene.agency.status = status
        for number in range(2):
            party = PartyKey(f"damkar-{number}")
            phone = personal("0247605871")
            ask = InviteParty(call=scene.call, party=party, kind="agency", number=phone)
            await scene.room.control.command(ask, scene.desk.agent)
            async with asyncio.timeout(5):
                while (found := await _party(scene, party))["state"] != "failed":
                    await asyncio.sleep(0.02)
            assert found["reason"] == ("busy" if status == 486 else "unreachable")
        await scene.still_talk()

    play(tmp_path, scenario)


async def _party(scene: Scene, party: str) -> dict[str, Any]:
    row = await scene.row(scene.call)
    return next(one for one in row["parties"] if one["party"] == party)


def test_noise_on_every_port(tmp_path: Path) -> None:
    """Octets that are no SIP and no RTP, by UDP and TCP, a thousand times: counted, not told.

    On the TLS port HTTP, noise and SIP without TLS; and our certificate ends meanwhile, and that of
    a carrier that has a call: the call stays, new connections are refused, and ours is an alarm
    until it is renewed.
    """
    authority = Authority(tmp_path / "authority")
    files = authority.files("centre", "127.0.0.1")

    async def scenario(scene: Scene) -> None:
        certificates = Ending(scene, authority)
        await certificates.begin()
        await _noise(scene)
        for garbage in GARBAGE * REPEATS:
            peer = await Peer.open(scene.room.settings.tls_port)
            peer.send(garbage)
            while await peer.reader.read(100):
                pass  # an alert, perhaps
        await certificates.end()
        began_at = time.monotonic()
        line = await scene.telephone.dial(scene.room.centre, number="0811777")
        await line.reach("talking")
        assert time.monotonic() - began_at < 5

    play(
        tmp_path, scenario, CARRIER, causes_max=6,
        tls=to_builtins(files), tls_port=free_port(),
    )  # fmt: skip


GARBAGE = [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(600), request()]


async def _noise(scene: Scene) -> None:
    assert scene.caller.remote is not None
    chance = np.random.default_rng(112)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        noise.bind(("127.0.0.1", 0))
        for number in range(1_000):
            port = scene.room.centre.port if number % 2 else scene.caller.remote[1]
            noise.sendto(chance.bytes(int(chance.integers(1, 400))), ("127.0.0.1", port))
            if number % 50 == 0:
                await asyncio.sleep(0.01)
    for _ in range(REPEATS):
        _, writer = await asyncio.open_connection("127.0.0.1", scene.room.centre.port)
        writer.write(chance.bytes(300) + b"\r\n\r\n")
        await asyncio.sleep(0.01)
        writer.close()
