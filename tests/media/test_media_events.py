"""Numbered events, sounds and settings: the small parts of the process."""

import io
import wave
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from kentongan.media.events import EVENTS_KEPT_MAX, EventLog
from kentongan.media.protocol import AnyCommand, AnyEvent, KeyPressed, Since
from kentongan.media.settings import MediaSettings
from kentongan.media.sounds import CACHED_BYTES_MAX, Announcement, SoundShelf, read_sound
from kentongan.media.wav import SoundRefusedError, parse_sound

EVENT = KeyPressed(bridge="b", leg="citizen", digit="5")


def test_events_are_numbered_and_found_again() -> None:
    """Exactly the events after the number asked for, in order."""
    log = EventLog("one")
    for _ in range(5):
        log.add(EVENT)
    missed = log.since(Since(n=1, seq=3, epoch="one"))
    assert ([each.seq for each in missed.events], missed.is_complete) == ([4, 5], True)
    assert log.since(Since(n=1, seq=5, epoch="one")).events == []


def test_what_is_gone_is_said_to_be_gone() -> None:
    """Beyond a thousand the oldest go, and whoever asks for them is told."""
    log = EventLog("one")
    for _ in range(EVENTS_KEPT_MAX + 10):
        log.add(EVENT)
    assert not log.since(Since(n=1, seq=5, epoch="one")).is_complete
    assert log.since(Since(n=1, seq=10, epoch="one")).is_complete
    assert len(log.since(Since(n=1, seq=0, epoch="one")).events) == EVENTS_KEPT_MAX


def test_another_process_tells_everything() -> None:
    """The numbers of a process that died mean nothing to the next one."""
    log = EventLog("two")
    log.add(EVENT)
    assert len(log.since(Since(n=1, seq=400, epoch="one")).events) == 1


@pytest.mark.parametrize("union", [AnyCommand, AnyEvent])
def test_every_word_has_its_own_tag(union: Any) -> None:
    """All commands, and all events, can be told apart on the wire."""
    msgspec.json.Decoder(union)
    tags = [each.__struct_config__.tag for each in union.__args__]
    assert len(set(tags)) == len(tags)


def sound(samples: int, *, rate: int = 8000, channels: int = 1) -> bytes:
    """A WAV file of a rising line."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.arange(1, samples * channels + 1).astype("<i2").tobytes())
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", sound(10)[:30], sound(10, rate=16_000), sound(10, channels=2), sound(0)],
)
def test_other_files_are_refused(data: bytes) -> None:
    """What is no 8 kHz mono sound raises the one error that says why."""
    with pytest.raises(SoundRefusedError):
        parse_sound(data)


def test_a_sound_plays_to_its_end_or_for_ever() -> None:
    """The last frame is filled with silence; a loop joins end and beginning without a gap."""
    samples = parse_sound(sound(200))
    once = Announcement([("a", samples)])
    first, second = once.frame(), once.frame()
    assert first.tolist() + second.tolist() == [*range(1, 201), *[0] * 120]
    assert once.is_over
    loop = Announcement([("a", samples)], loop=True)
    loop.frame()
    assert loop.frame().tolist() == [*range(161, 201), *range(1, 121)]
    assert not loop.is_over


def test_sounds_in_turn_with_a_pause() -> None:
    """One after the other without a gap, then the pause, then the first again."""
    samples = parse_sound(sound(100))
    loop = Announcement([("a", samples), ("b", samples)], loop=True, pause_s=0.005)
    heard = [value for _ in range(3) for value in loop.frame().tolist()]
    turn = [*range(1, 101), *range(1, 101), *[0] * 40]
    assert heard == [*turn, *turn][: len(heard)]
    assert loop.files == ("a", "b")


def test_the_shelf_has_an_end() -> None:
    """Sounds beyond 64 MB push out those not played for longest."""
    shelf = SoundShelf()
    third = np.zeros(CACHED_BYTES_MAX // 6, np.int16)
    for name in "abc":
        shelf.keep(name, third)
    shelf.find("a")
    shelf.keep("d", third)
    assert [name for name in "abcd" if shelf.find(name) is not None] == ["a", "c", "d"]


def test_a_missing_sound_is_refused(tmp_path: Path) -> None:
    """No file, a folder, or a name that cannot be one: the same error."""
    for path in (tmp_path / "no.wav", tmp_path):
        with pytest.raises(SoundRefusedError):
            read_sound(str(path))
    with pytest.raises(SoundRefusedError):
        read_sound("a\0b")


@pytest.mark.parametrize(
    "wrong",
    [
        {"control_socket": "/" + "x" * 200},
        {"recordings_dir": "here"},
        {"bind_host": "example.org"},
        {"announced_host": "example.org"},
        {"trunk_networks": ["10.0.0.1/8"]},
        {"web_port": 80},
        {"rtp_port_first": 40_001},
        {"rtp_port_first": 41_000, "rtp_port_last": 40_000},
        {"bridges_max": 0},
    ],
)
def test_wrong_settings_are_found_at_the_start(wrong: dict[str, Any]) -> None:
    """Each wrong field ends the start, before a call could find out."""
    right = {"control_socket": "/run/media.sock", "recordings_dir": "/srv/recordings"}
    assert msgspec.convert(right, MediaSettings).host == "127.0.0.1"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**right, **wrong}, MediaSettings)
