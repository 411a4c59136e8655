"""Real-time text beside the voice: the `m=text` line (RFC 4103).

T.140 characters in RTP at 1,000 Hz, as a rule with redundancy (`red`, RFC 2198), so that a lost
packet loses nothing. Reads what a peer offers and writes our line; the characters themselves travel
in `media`.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.codecs import parameters, type_of
from kentongan.sip.description import ANSWERS, Direction, Media, read_description
from kentongan.sip.sdp import Audio, Session

T140_CLOCK_HZ = 1_000
"""RFC 4103 section 10."""
T140_TYPE, RED_TYPE = 98, 100
"""The payload types we offer, those of RFC 4103's examples."""
GENERATIONS_MAX = 5
"""Repetitions of one character in `red`; the standard recommends two."""


class Text(Struct, frozen=True, kw_only=True):
    """A text line: where the peer reads. `red_type` None: without redundancy.

    `generations` is how often each character is repeated. `line` is its place among the media.
    """

    address: str
    port: int
    t140_type: int
    red_type: int | None
    generations: int
    direction: Direction
    profile: str
    line: int


def read_text(body: bytes) -> Text | None:
    """The first text line we can use; None where there is none. Raises `ParseError` for no SDP."""
    for index, medium in enumerate(read_description(body)):
        found = _usable(medium, index)
        if found is not None:
            return found
    return None


def _usable(medium: Media, line: int) -> Text | None:
    if medium.kind != "text" or medium.fault or medium.port == 0:
        return None
    t140 = type_of(medium, "t140", T140_CLOCK_HZ)
    if t140 is None:
        return None
    red = type_of(medium, "red", T140_CLOCK_HZ)
    carried = [] if red is None else parameters(medium, red).split("/")
    is_red = len(carried) > 1 and all(kind.strip(" \t") == str(t140) for kind in carried)
    return Text(
        address=medium.address,
        port=medium.port,
        t140_type=t140,
        red_type=red if is_red else None,
        generations=min(len(carried) - 1, GENERATIONS_MAX) if is_red else 0,
        direction=medium.direction,
        profile=medium.profile,
        line=line,
    )


def text_lines(
    port: int, *, t140_type: int = T140_TYPE, red_type: int | None = RED_TYPE, generations: int = 2
) -> tuple[str, ...]:
    """The lines of our own offer of text, for `Session.after`."""
    return _lines(port, "RTP/AVP", t140_type, red_type, generations, Direction.SENDRECV)


def with_text(answer: Session, offer: Audio, text: Text, port: int) -> Session:
    """The answer to `offer` with its text line accepted at our port instead of refused."""
    accepted = _lines(
        port,
        text.profile,
        text.t140_type,
        text.red_type,
        text.generations,
        ANSWERS[text.direction],
    )
    if text.line < offer.line:
        at = text.line
        before = answer.before[:at] + accepted + answer.before[at + 1 :]
        return replace(answer, before=before)
    at = text.line - offer.line - 1
    return replace(answer, after=answer.after[:at] + accepted + answer.after[at + 1 :])


def _lines(
    port: int,
    profile: str,
    t140_type: int,
    red_type: int | None,
    generations: int,
    direction: Direction,
) -> tuple[str, ...]:
    kinds = str(t140_type) if red_type is None else f"{red_type} {t140_type}"
    lines = [f"m=text {port} {profile} {kinds}", f"a=rtpmap:{t140_type} t140/{T140_CLOCK_HZ}"]
    if red_type is not None:
        carried = "/".join([str(t140_type)] * (generations + 1))
        lines += [f"a=rtpmap:{red_type} red/{T140_CLOCK_HZ}", f"a=fmtp:{red_type} {carried}"]
    return (*lines, f"a={direction}")
