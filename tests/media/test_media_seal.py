"""Sealed recordings: noise without their key, whole or cut, and every change is found."""

import json
import math
import multiprocessing
import os
import secrets
import signal
import time
import zlib
from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_sealed import KEY

from kentongan.media.protocol import AnyEvent, Recorded
from kentongan.media.record import Recorder
from kentongan.media.seal import (
    CHAIN_START,
    FRAME_SIZE,
    HEADER_SIZE,
    PIECE_EXTRA_BYTES,
    Sealer,
    SealError,
    read_header,
)
from kentongan.media.seal_keys import (
    CentreKey,
    KeyRefusedError,
    SegmentKey,
    load_centre_key,
    load_or_make_centre_key,
    new_segment_key,
)
from kentongan.media.seal_read import Damaged, SealedRecording, check_file
from kentongan.media.segment import Segment
from kentongan.media.stereo import wav_header

SECOND = 32_000
PIECE = SECOND + PIECE_EXTRA_BYTES


def sound_of(second: int) -> bytes:
    """A second of a loud tone, another one each second."""
    phase = 2 * math.pi * (200 + 50 * second) * np.arange(8000) / 8000
    return np.stack([12_000 * np.sin(phase)] * 2, axis=1).astype("<i2").tobytes()


def write(path: Path, seconds: int, *, key: SegmentKey = KEY, closes: bool = True) -> list[bytes]:
    """A recording of so many seconds; what was said in each."""
    told: list[AnyEvent] = []
    segment = Segment("b", path, key, told.append)
    segment.open()
    said = [sound_of(second) for second in range(seconds)]
    for second in said:
        segment.write(second, 0)
    if closes:
        segment.close(0)
    return said


def test_a_file_alone_is_noise(tmp_path: Path) -> None:
    """No run of the sound is in it, its octets are evenly spread, and it does not compress."""
    path = tmp_path / "call.rec"
    said = write(path, 3)
    octets = path.read_bytes()
    for second in said:
        for start in range(0, SECOND - 16, 1_000):
            assert second[start : start + 16] not in octets
    assert bytes(64) not in octets[HEADER_SIZE:]
    counts = Counter(octets[HEADER_SIZE:])
    total = sum(counts.values())
    entropy = -sum(n / total * math.log2(n / total) for n in counts.values())
    assert entropy > 7.99
    assert len(zlib.compress(octets, 9)) > 0.99 * len(octets)
    left, right = np.frombuffer(octets[HEADER_SIZE : HEADER_SIZE + 64_000], "<i2").reshape(-1, 2).T
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.1  # the sound's own two sides are the same
    assert KEY.secret not in octets


def test_silence_is_noise_too(tmp_path: Path) -> None:
    """Nobody sees from the file when somebody spoke."""
    segment = Segment("b", tmp_path / "call.rec", KEY, lambda _: None)
    segment.open()
    for _ in range(2):
        segment.write(bytes(SECOND), 0)
    segment.close(0)
    octets = (tmp_path / "call.rec").read_bytes()
    assert octets[HEADER_SIZE:][FRAME_SIZE:PIECE] != octets[HEADER_SIZE + PIECE :][FRAME_SIZE:PIECE]
    assert len(zlib.compress(octets, 9)) > 0.99 * len(octets)


def test_the_digests_are_those_of_the_sound(tmp_path: Path) -> None:
    """SHA-256 over all, the chain over its seconds: anybody can compute both from the WAV."""
    said = write(tmp_path / "call.rec", 3)
    reading = check_file(tmp_path / "call.rec", KEY)
    chain = CHAIN_START
    for second in said:
        chain = sha256(chain + second).digest()
    assert (reading.sha256, reading.chain) == (sha256(b"".join(said)).hexdigest(), chain.hex())
    assert (reading.is_closed, reading.damaged_at_s, reading.key_id) == (True, None, KEY.id)


def test_any_part_can_be_read_alone(tmp_path: Path) -> None:
    """From any octet, over the seconds' borders, up to the end and not beyond it."""
    said = b"".join(write(tmp_path / "call.rec", 3))
    with SealedRecording(tmp_path / "call.rec", KEY) as recording:
        for start, stop in (
            (0, 1),
            (31_999, 32_001),
            (5, 95_000),
            (95_999, 200_000),
            (96_000, 97_000),
        ):
            assert b"".join(recording.pieces(start, stop)) == said[start:stop]


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    """Neither sound nor length nor digests, only an error."""
    write(tmp_path / "call.rec", 1)
    with pytest.raises(SealError, match="another key"):
        SealedRecording(tmp_path / "call.rec", new_segment_key())
    forged = SegmentKey(KEY.id, secrets.token_bytes(32))
    with SealedRecording(tmp_path / "call.rec", forged) as recording:
        with pytest.raises(Damaged):
            recording.read(0, 10)
        assert recording.check().damaged_at_s == 0


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_every_changed_bit_is_found(
    tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    """Wherever it is: what comes before that second is good, from there on nothing is."""
    path = tmp_path_factory.mktemp("bit") / "call.rec"
    said = write(path, 2)
    octets = bytearray(path.read_bytes())
    offset = int(place * len(octets))
    octets[offset] ^= 1 << bit
    path.write_bytes(octets)
    second = min(max(offset - HEADER_SIZE, 0) // PIECE, 2)
    try:
        reading = check_file(path, KEY)
    except SealError:
        assert offset < HEADER_SIZE
        return
    if offset < HEADER_SIZE:
        assert reading.damaged_at_s == 0
        return
    assert reading.damaged_at_s == second
    assert reading.sha256 == sha256(b"".join(said[:second])).hexdigest()


@pytest.mark.parametrize("change", ["dropped", "doubled", "swapped", "cut", "appended", "moved"])
def test_pieces_cannot_be_rearranged(tmp_path: Path, change: str) -> None:
    """Each piece stays good by itself; taken out, doubled or moved it is found."""
    path, other = tmp_path / "call.rec", tmp_path / "other.rec"
    write(path, 4)
    write(other, 4)
    octets = path.read_bytes()
    head = octets[:HEADER_SIZE]
    pieces = [octets[HEADER_SIZE + n * PIECE :][:PIECE] for n in range(4)]
    end = octets[HEADER_SIZE + 4 * PIECE :]
    foreign = other.read_bytes()[HEADER_SIZE + PIECE :][:PIECE]
    path.write_bytes(
        {
            "dropped": b"".join([head, pieces[0], pieces[2], pieces[3], end]),
            "doubled": b"".join([head, pieces[0], pieces[0], *pieces[1:], end]),
            "swapped": b"".join([head, pieces[0], pieces[2], pieces[1], pieces[3], end]),
            "cut": b"".join([head, pieces[0], end]),
            "appended": octets + b"x",
            "moved": b"".join([head, pieces[0], foreign, *pieces[2:], end]),
        }[change]
    )
    reading = check_file(path, KEY)
    assert reading.damaged_at_s == (4 if change == "appended" else 1)


def test_an_end_cut_off_is_seen(tmp_path: Path) -> None:
    """Without its last word a file is not closed, so its digest has to be compared."""
    path = tmp_path / "call.rec"
    write(path, 3)
    whole = check_file(path, KEY)
    path.write_bytes(path.read_bytes()[: HEADER_SIZE + 2 * PIECE])
    cut = check_file(path, KEY)
    assert (cut.is_closed, cut.damaged_at_s) == (False, None)
    assert cut.sha256 != whole.sha256


def test_a_killed_writer_loses_at_most_the_second_it_was_writing(tmp_path: Path) -> None:
    """kill -9 at any moment: every complete second is good, and what follows is ignored."""
    path = tmp_path / "call.rec"
    said = write(path, 3, closes=False)
    whole = path.read_bytes()
    for size in (
        HEADER_SIZE,
        HEADER_SIZE + 7,
        HEADER_SIZE + PIECE - 1,
        HEADER_SIZE + 2 * PIECE + 40,
    ):
        path.write_bytes(whole[:size])
        reading = check_file(path, KEY)
        seconds = (size - HEADER_SIZE) // PIECE
        assert (reading.seconds, reading.damaged_at_s) == (seconds, None)
        assert reading.sha256 == sha256(b"".join(said[:seconds])).hexdigest()


def _record_for_ever(path: str) -> None:
    recorder = Recorder(lambda _: None)
    recording = recorder.begin("b", Path(path), KEY)
    frames = np.arange(160, dtype=np.int32)
    while True:
        recording.add(frames, frames)


def test_a_process_killed_while_it_writes(tmp_path: Path) -> None:
    """A real kill -9 in the middle of fast writing: the file is good to its last piece."""
    context = multiprocessing.get_context("fork")
    path = tmp_path / "call.rec"
    process = context.Process(target=_record_for_ever, args=(str(path),), daemon=True)
    process.start()
    deadline = time.monotonic() + 10
    while not path.exists() or path.stat().st_size < 5 * PIECE:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    reading = check_file(path, KEY)
    assert reading.damaged_at_s is None
    assert reading.seconds == (path.stat().st_size - HEADER_SIZE) // PIECE >= 4


def test_a_recording_can_be_read_while_it_grows(tmp_path: Path) -> None:
    """Whoever listens to the beginning of a running call hears its complete seconds."""
    path = tmp_path / "call.rec"
    told: list[AnyEvent] = []
    segment = Segment("b", path, KEY, told.append)
    segment.open()
    segment.write(sound_of(0), 0)
    with SealedRecording(path, KEY) as early:
        segment.write(sound_of(1), 0)
        assert b"".join(early.pieces()) == sound_of(0)
    with SealedRecording(path, KEY) as later:
        assert later.sound_bytes == 2 * SECOND
    segment.close(0)
    assert isinstance(told[-1], Recorded)


def test_the_same_second_never_uses_a_nonce_twice() -> None:
    """A second written again after a failure is sealed anew."""
    sealer = Sealer(KEY.secret, bytes(HEADER_SIZE))
    nonces = {sealer.seal(0, 0, b"x", secrets.token_bytes(12))[16:28] for _ in range(100)}
    assert len(nonces) == 100


@settings(max_examples=200, deadline=None)
@given(octets=st.binary(max_size=200))
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    """Whatever stands in a file: it is read, or refused with our own error."""
    path = tmp_path_factory.mktemp("any") / "x.rec"
    write(path, 0, closes=False)
    head = path.read_bytes()
    for content in (octets, head + octets):
        path.write_bytes(content)
        try:
            check_file(path, KEY)
        except SealError:
            assert not content.startswith(head)


def test_a_header_says_when_and_which_key(tmp_path: Path) -> None:
    """They stand in the clear, so that a file without its database can still be named."""
    write(tmp_path / "call.rec", 1)
    header = read_header((tmp_path / "call.rec").read_bytes())
    assert (header.key_id, header.rate_hz) == (KEY.id, 8000)
    assert abs(header.started_at.timestamp() - time.time()) < 60


def test_a_wav_header_is_one(tmp_path: Path) -> None:
    """What goes out is a WAV file that any program opens."""
    import wave

    path = tmp_path / "out.wav"
    path.write_bytes(wav_header(SECOND, 8000) + sound_of(0))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 8000)
        assert file.readframes(8000) == sound_of(0)


def test_a_segments_key_is_opened_by_its_centre_alone(tmp_path: Path) -> None:
    """Sealed, it is nothing to another centre, under another name, or changed by one bit."""
    centre = load_or_make_centre_key(tmp_path / "recording.key")
    key = new_segment_key()
    sealed = centre.seal(key)
    assert key.secret not in sealed
    assert centre.open(key.id, sealed).secret == key.secret
    with pytest.raises(KeyRefusedError, match="another centre"):
        CentreKey(bytes(32)).open(key.id, sealed)
    with pytest.raises(KeyRefusedError, match="changed"):
        centre.open("00" * 16, sealed)
    for place in range(9, len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(KeyRefusedError):
            centre.open(key.id, bytes(changed))
    for size in range(len(sealed)):
        with pytest.raises(KeyRefusedError):
            centre.open(key.id, sealed[:size])


def test_the_centres_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    """Made at the first start, the same ever after, readable by nobody else, nothing left over."""
    path = tmp_path / "recording.key"
    first = load_or_make_centre_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_make_centre_key(path).mark == load_centre_key(path).mark == first.mark
    assert [each.name for each in tmp_path.iterdir()] == ["recording.key"]


@pytest.mark.parametrize("content", [b"", b"not base64!", b"c2hvcnQ=", None])
def test_a_centres_key_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    """Damaged or missing: said so, and never replaced by a new one that opens nothing."""
    path = tmp_path / "recording.key"
    if content is not None:
        path.write_bytes(content)
        with pytest.raises(KeyRefusedError):
            load_or_make_centre_key(path)
        assert path.read_bytes() == content
    with pytest.raises(KeyRefusedError):
        load_centre_key(path)


def test_a_key_in_a_log_is_no_key() -> None:
    """Whoever prints a segment's key prints its name."""
    key = new_segment_key()
    shown = f"{key} {key!r} {json.dumps(str(key))}"
    assert key.id in shown
    assert repr(key.secret) not in shown
