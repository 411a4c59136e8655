"""From frames to packets: packet times, numbers, keys as events and as tones, the faint line."""

import itertools
import struct
from typing import NamedTuple

import numpy as np
import pytest
from media_ears import decibels, level_at, tone

from kentongan.media.codec import FACTS, CodecName, decoder, find
from kentongan.media.digits import COLUMNS_HZ, ROWS_HZ
from kentongan.media.g711 import Samples
from kentongan.media.inbound import InboundAudio
from kentongan.media.outbound import KEYS_WAITING_MAX, OutboundAudio, SendFormat
from kentongan.media.rtp import parse

TYPES = {CodecName.PCMA: 8, CodecName.PCMU: 0, CodecName.G722: 9, CodecName.OPUS: 111}
SENDABLE = [(name, ms) for name, facts in FACTS.items() for ms in facts.packet_times_ms]


class Sent(NamedTuple):
    """What matters of a packet."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    payload: bytes


def stream(agreed: SendFormat | None = None) -> OutboundAudio:
    """A stream whose numbers wrap soon."""
    return OutboundAudio(agreed or SendFormat(), ssrc=9, sequence=65_533, timestamp=2**32 - 500)


def sent(out: OutboundAudio, frames: list[Samples | None]) -> list[Sent]:
    """The packets for frames."""
    packets = [parse(each) for frame in frames for each in out.send(frame)]
    assert all(each is not None and each.ssrc == 9 for each in packets)
    return [
        Sent(each.payload_type, each.marker, each.sequence, each.timestamp, each.payload)
        for each in packets
        if each is not None
    ]


def hum(count: int) -> list[Samples | None]:
    """So many frames of a tone."""
    return [tone(400, 160 * number, 160).astype(np.int32) for number in range(count)]


@pytest.mark.parametrize(("codec", "packet_ms"), SENDABLE)
def test_every_packet_time_carries_the_sound(codec: CodecName, packet_ms: int) -> None:
    """1.2 s in packets of the time agreed: numbers and clock go on evenly, the tone comes out."""
    packets = sent(stream(SendFormat(codec, TYPES[codec], packet_ms)), hum(60))
    step = FACTS[codec].timestamp_step(packet_ms)
    assert len(packets) == 1200 // packet_ms
    for number, packet in enumerate(packets):
        assert packet.payload_type == TYPES[codec]
        assert packet.marker == (number == 0)
        assert packet.sequence == (65_533 + number) & 0xFFFF
        assert packet.timestamp == (2**32 - 500 + number * step) & 0xFFFFFFFF
    ear = decoder(codec)
    assert all(ear.duration(each.payload) == packet_ms * 8 for each in packets)
    sound = np.concatenate([ear.decode(each.payload) for each in packets])[1600:]
    assert abs(decibels(level_at(sound, 400), 8000 / np.sqrt(2))) < 0.5


def test_a_pressed_key_is_eight_packets() -> None:
    """RFC 4733: one timestamp, a growing duration, marker first, End three times, voice on time."""
    out = stream(SendFormat(events_type=101))
    before = sent(out, hum(2))
    assert out.press("5")
    during = sent(out, hum(10))
    after = sent(out, hum(1))
    begun = (before[-1].timestamp + 160) & 0xFFFFFFFF
    assert [each.payload_type for each in during] == [101] * 8
    assert {each.timestamp for each in during} == {begun}
    assert [each.marker for each in during] == [True] + [False] * 7
    fields = [struct.unpack("!BBH", each.payload) for each in during]
    assert [each[0] for each in fields] == [5] * 8
    assert [each[1] >> 7 for each in fields] == [0] * 5 + [1] * 3
    assert [each[2] for each in fields] == [160, 320, 480, 640, 800, 800, 800, 800]
    assert after[0].timestamp == (begun + 1600) & 0xFFFFFFFF
    assert after[0].marker
    assert [each.sequence for each in (*before, *during, *after)] == [
        (65_533 + number) & 0xFFFF for number in range(11)
    ]


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
@pytest.mark.parametrize("codec", [CodecName.PCMA, CodecName.G722, CodecName.OPUS])
def test_keys_reach_the_other_side(codec: CodecName, packet_ms: int) -> None:
    """A menu's worth of keys in any packet time: heard in order, each once, and nothing is lost."""
    if packet_ms not in FACTS[codec].packet_times_ms:
        packet_ms = FACTS[codec].packet_ms(packet_ms)
    out = stream(SendFormat(codec, TYPES[codec], packet_ms, events_type=101))
    ear = InboundAudio(101, {TYPES[codec]: codec})
    keys: list[str] = []
    for number, frame in enumerate(hum(200)):
        if number == 7:
            assert out.press("112#*0")
        for data in out.send(frame):
            packet = parse(data)
            assert packet is not None
            keys += ear.receive(packet) or ""
        ear.frame()
    assert "".join(keys) == "112#*0"
    assert ear.buffer.lost == 0


def test_without_events_a_key_is_two_tones() -> None:
    """100 ms of both tones in place of the voice, then a pause; the column is the louder one."""
    out = stream()
    sent(out, hum(1))
    out.press("8")
    packets = sent(out, hum(10))
    ear = decoder(CodecName.PCMA)
    sound = np.concatenate([ear.decode(each.payload) for each in packets])
    row, column = (level_at(sound[:800], hz, width_hz=40) for hz in (ROWS_HZ[2], COLUMNS_HZ[1]))
    assert 1 < decibels(column, row) < 3
    assert level_at(sound[:800], 400, width_hz=40) < row / 20
    assert np.abs(sound[840:]).max() <= 8


def test_keys_beyond_the_limit_are_refused_whole() -> None:
    """A key that does not exist, or one too many, presses none of them."""
    out = stream()
    assert not out.press("12x")
    assert not out.press("1" * (KEYS_WAITING_MAX + 1))
    assert out.press("1" * KEYS_WAITING_MAX)
    assert not out.press("1")


def test_a_change_of_codec_goes_on_in_the_same_stream() -> None:
    """After a re-INVITE: same SSRC, next number, and the clock has not lost what was waiting."""
    out = stream(SendFormat(packet_ms=60))
    first = sent(out, hum(4))
    out.change(SendFormat(CodecName.G722, 9, 20))
    second = sent(out, hum(1))
    assert second[0].payload_type == 9
    assert second[0].sequence == (first[0].sequence + 1) & 0xFFFF
    assert second[0].timestamp == (first[0].timestamp + 4 * 160) & 0xFFFFFFFF
    assert (out.sent, out.octets) == (2, 480 + 160)


def test_the_timestamp_tells_the_moment() -> None:
    """What a sender report needs: the clock moves 20 ms each tick, packet or none."""
    for codec, unit in ((CodecName.PCMA, 160), (CodecName.OPUS, 960)):
        out = stream(SendFormat(codec, TYPES[codec], 60, events_type=101))
        begun = out.timestamp
        out.press("1")
        for number in range(30):
            assert (out.timestamp - begun) & 0xFFFFFFFF == number * unit
            out.send(None)


def test_nobody_speaks_and_the_line_is_not_dead() -> None:
    """Faint noise near -66 dB, never twice the same frame in a row."""
    packets = sent(stream(), [None] * 50)
    sound = np.concatenate([decoder(CodecName.PCMA).decode(each.payload) for each in packets])
    rms = float(np.sqrt(np.mean(sound.astype(float) ** 2)))
    assert -70 < decibels(rms, 32768) < -62
    assert all(one.payload != two.payload for one, two in itertools.pairwise(packets))


@pytest.mark.parametrize(
    ("name", "wanted", "longest", "expected"),
    [
        (CodecName.PCMA, None, None, 20),
        (CodecName.PCMA, 30, None, 30),
        (CodecName.PCMA, 30, 20, 20),
        (CodecName.PCMA, 25, None, 20),
        (CodecName.PCMA, 200, None, 60),
        (CodecName.PCMA, 20, 5, 10),
        (CodecName.OPUS, 30, None, 20),
        (CodecName.OPUS, 3, None, 10),
    ],
)
def test_the_peer_chooses_the_packet_time(
    name: CodecName, wanted: int | None, longest: int | None, expected: int
) -> None:
    """The nearest that we have to `ptime`, within `maxptime`."""
    assert FACTS[name].packet_ms(wanted, longest) == expected


def test_codecs_are_found_by_their_names_in_sdp() -> None:
    """What we write in `a=rtpmap` is what we find; other clocks and names are not ours."""
    for facts in FACTS.values():
        assert find(facts.encoding.upper(), facts.clock_hz) is facts.name
    assert find("G722", 16000) is None
    assert find("GSM", 8000) is None
    assert FACTS[CodecName.OPUS].rtpmap(111) == "111 opus/48000/2"
    assert FACTS[CodecName.G722].rtpmap(9) == "9 G722/8000"
    assert "useinbandfec=1" in (FACTS[CodecName.OPUS].fmtp(111) or "")
    assert FACTS[CodecName.PCMA].fmtp(8) is None


@pytest.mark.parametrize("packet_ms", [20, 30])
def test_time_in_which_nothing_is_sent(packet_ms: int) -> None:
    """The clock goes on, the numbers do not; the first packet after it says that it is one."""
    out = stream(SendFormat(CodecName.PCMA, 8, packet_ms))
    before = sent(out, hum(4))
    for _ in range(50):
        out.pass_by()
    after = sent(out, hum(6))
    assert after[0].sequence == (before[-1].sequence + 1) & 0xFFFF
    assert after[0].marker
    assert not after[1].marker
    begun = before[0].timestamp
    assert (after[0].timestamp - begun) & 0xFFFFFFFF == (4 + 50) * 160
