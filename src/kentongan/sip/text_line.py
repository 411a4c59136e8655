"""Real-time text beside the voice, or instead of it: the `m=text` line (RFC 4103, RFC 5194).

T.140 characters in RTP at 1,000 Hz, as a rule with redundancy (`red`, RFC 2198), so that a lost
packet loses nothing. Reads what a peer offers and writes our line; the characters themselves travel
in `media`. A mixer of several speakers (RFC 9071) is not offered: there is one caller.
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.codecs import parameters, type_of
from kentongan.sip.crypto import Crypto, crypto_of
from kentongan.sip.description import ANSWERS, Direction, Media, read_description
from kentongan.sip.sdp import Session

T140_CLOCK_HZ = 1_000
"""RFC 4103 section 10."""
T140_TYPE, RED_TYPE = 98, 100
"""The payload types we offer, those of RFC 4103's examples."""
GENERATIONS_MAX = 5
"""Repetitions of one character in `red`; the standard recommends two."""
CPS = 30
"""Characters a second of who names no other number (RFC 4103 section 6)."""
CPS_MAX = 1_000
"""More than that is a number without a sense."""
CPS_TAKEN = 150
"""What we say that we take: an address that is pasted."""
PROFILES = frozenset({"RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"})
"""What can carry it here; DTLS on a trunk cannot."""

_CPS = re.compile(r"(?:^|[; ])cps=([0-9]{1,6})", re.IGNORECASE)


class Text(Struct, frozen=True, kw_only=True):
    """A text line: where the peer reads. `red_type` None: without redundancy.

    `generations` is how often each character is repeated, `cps` how many characters a second the
    peer takes. `line` is its place among the media, `crypto` its keys where it is SRTP.
    """

    address: str
    port: int
    t140_type: int
    red_type: int | None
    generations: int
    direction: Direction
    profile: str
    line: int
    cps: int = CPS
    crypto: tuple[Crypto, ...] = ()

    @property
    def is_secure(self) -> bool:
        """Whether the line is SRTP."""
        return self.profile.endswith(("SAVP", "SAVPF"))


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
    if t140 is None or medium.profile not in PROFILES:
        return None
    red = type_of(medium, "red", T140_CLOCK_HZ)
    carried = [] if red is None else parameters(medium, red).split("/")
    is_red = len(carried) > 1 and all(kind.strip(" \t") == str(t140) for kind in carried)
    found = Text(
        address=medium.address,
        port=medium.port,
        t140_type=t140,
        red_type=red if is_red else None,
        generations=min(len(carried) - 1, GENERATIONS_MAX) if is_red else 0,
        direction=medium.direction,
        profile=medium.profile,
        line=line,
        cps=_cps(parameters(medium, t140)),
        crypto=crypto_of(medium),
    )
    return found if not found.is_secure or found.crypto else None


def _cps(said: str) -> int:
    found = _CPS.search(said)
    return min(CPS_MAX, max(1, int(found[1]))) if found else CPS


def text_lines(
    port: int, *, t140_type: int = T140_TYPE, red_type: int | None = RED_TYPE, generations: int = 2
) -> tuple[str, ...]:
    """The lines of our own offer of text, for `Session.after`."""
    ours = Text(
        address="",
        port=port,
        t140_type=t140_type,
        red_type=red_type,
        generations=generations,
        direction=Direction.SENDRECV,
        profile="RTP/AVP",
        line=0,
    )
    return answer_lines(ours, port)


def answer_lines(offered: Text, port: int, crypto: Crypto | None = None) -> tuple[str, ...]:
    """The lines that accept an offered text line at our port, with our key."""
    t140, red = offered.t140_type, offered.red_type
    kinds = str(t140) if red is None else f"{red} {t140}"
    lines = [
        f"m=text {port} {offered.profile} {kinds}",
        f"a=rtpmap:{t140} t140/{T140_CLOCK_HZ}",
        f"a=fmtp:{t140} cps={CPS_TAKEN}",
    ]
    if red is not None:
        carried = "/".join([str(t140)] * (offered.generations + 1))
        lines += [f"a=rtpmap:{red} red/{T140_CLOCK_HZ}", f"a=fmtp:{red} {carried}"]
    if crypto is not None:
        lines.append(f"a=crypto:{crypto.text()}")
    return (*lines, f"a={ANSWERS[offered.direction]}")


def in_place(answer: Session, line: int, lines: tuple[str, ...]) -> Session:
    """The answer with other lines for the medium at that place, which it refuses.

    `before` and `after` must have one line for each medium, as `answer_to` makes them.
    """
    if line < len(answer.before):
        before = answer.before[:line] + lines + answer.before[line + 1 :]
        return replace(answer, before=before)
    at = line - len(answer.before) - (1 if answer.has_audio else 0)
    return replace(answer, after=answer.after[:at] + lines + answer.after[at + 1 :])
