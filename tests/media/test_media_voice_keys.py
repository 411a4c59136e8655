"""One press is one key, whether it comes as a tone, as telephone events, or as both."""

import pytest
from media_ears import Sound
from media_network import Network, Speaker
from media_speech import placed, pressed

from kentongan.media.rtp import RtpPacket

VOICE, BESIDE = 1, 2
"""The source of the voice, and another one that some gateways send events as."""

SECONDS = 4


class Peer:
    """A peer that agreed to events or not and says that sound; a step is 20 ms."""

    def __init__(self, sound: Sound, *, has_events: bool = True) -> None:
        self.network = Network(1, speaker=Speaker(sound=lambda begin, count: sound[begin:][:count]))
        self.network.audio.agree(101 if has_events else None, {})
        self.network.audio.listen_for(tones=True, taps=False)

    def steps(self, count: int, *, event: int | None = None, source: int = VOICE) -> str:
        """The keys told of in so many steps; each begins with one more packet of the event of key 7
        whose timestamp is given.
        """
        return "".join(self._step(event, source) for _ in range(count))

    def _step(self, event: int | None, source: int) -> str:
        audio, speaker = self.network.audio, self.network.speaker
        told = None
        if event is not None:
            number = speaker.sequence & 0xFFFF
            speaker.sequence += source == VOICE
            told = audio.receive(RtpPacket(101, False, number, event, source, b"\x07\x0a\x00\xa0"))
        self.network.step()
        return (told or "") + "".join(audio.take_tone_keys())


def seven(*begins_s: float, ms: float = 100) -> Sound:
    """Key 7 pressed at these times."""
    return placed(SECONDS, {begin: pressed("7", ms) for begin in begins_s})


def test_a_tone_is_a_key_also_where_events_were_agreed() -> None:
    """Two presses, told in order once no event can come for them; without events at once."""
    sound = placed(SECONDS, {0.2: pressed("7", 100), 0.4: pressed("5", 100), 1.5: pressed("5", 60)})
    peer = Peer(sound)
    assert (peer.steps(45), peer.steps(15), peer.steps(140)) == ("", "75", "5")
    peer = Peer(sound, has_events=False)
    assert (peer.steps(17), peer.steps(10), peer.steps(173)) == ("7", "5", "5")


@pytest.mark.parametrize("source", [VOICE, BESIDE])
@pytest.mark.parametrize("ms", [60, 100, 400, 1_500])
@pytest.mark.parametrize("late", [-5, -1, 0, 2, 5, 10, 20])
def test_a_press_as_event_and_as_tone_is_one_key(late: int, ms: float, source: int) -> None:
    """The event before the tone, with it, or up to 400 ms after it began, and while a key is held;
    from the voice's own source or from one beside it; each press of two counts once.
    """
    peer = Peer(seven(0.5, 2.5, ms=ms))
    told = ""
    for timestamp in (1_000, 17_000):
        told += peer.steps(25 + late)
        told += peer.steps(8, event=timestamp, source=source)
        told += peer.steps(100 - 33 - late)
    assert told == "77"


def test_an_event_at_the_end_of_a_held_key_is_that_key() -> None:
    """A gateway that tells of a key when it is let go, 1.2 s after it was pressed."""
    peer = Peer(seven(0.5, ms=1_200))
    assert peer.steps(90) == ""
    assert peer.steps(3, event=1_000) + peer.steps(100) == "7"


def test_a_key_that_is_held_for_long_is_told_meanwhile() -> None:
    """Nobody waits for ever for an event that may come: 2 s."""
    assert Peer(seven(0.5, ms=3_400)).steps(140) == "7"


def test_an_event_that_is_no_key_takes_no_tones_away() -> None:
    """Hook flash (16), or one that is cut short: keys may come as tones all the same."""
    peer = Peer(seven(1.0))
    speaker = peer.network.speaker
    for payload in (b"\x10\x8a\x00\xa0", b"\x07"):
        assert peer.steps(5) == ""
        packet = RtpPacket(101, False, speaker.sequence & 0xFFFF, 1_000, VOICE, payload)
        speaker.sequence += 1
        assert peer.network.audio.receive(packet) is None
    assert peer.steps(110) == "7"


def test_whoever_comes_after_a_peer_with_events_may_send_tones() -> None:
    """Put through to another telephone: another source, whose tones are keys."""
    peer = Peer(seven(2.0))
    assert peer.steps(8, event=1_000) + peer.steps(60) == "7"
    peer.network.speaker.ssrc = BESIDE
    assert peer.steps(100) == "7"
