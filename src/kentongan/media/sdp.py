"""The SDP answer to a browser's offer: one audio stream, ICE-lite, DTLS-SRTP, one port for
everything.

Reads only what an answer needs (RFC 8866, RFC 9429, RFC 8839, RFC 8842) and never the candidates:
as an ICE-lite agent we answer whoever proves the password, so a page may offer before it has
gathered any. Pure; an offer that cannot be answered raises `OfferRefusedError` and nothing else.
"""

import re
from typing import Final

from msgspec import Struct

from kentongan.media.codec import FACTS, CodecName, find

OFFER_CHARACTERS_MAX: Final = 64 * 1024  # an offer of Chromium has about 2,500
SECTIONS_MAX: Final = 8  # m-lines; a page of ours offers one
_DIRECTIONS: Final = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly"}
_RTPMAP: Final = re.compile(
    r"^a=rtpmap:(\d{1,3}) ([\w.-]{1,32})/(\d{1,6})", re.MULTILINE | re.ASCII
)
_TOKEN: Final = re.compile(r"[!-~]{1,256}", re.ASCII)
_FALLBACKS: Final = (CodecName.PCMA, CodecName.PCMU, CodecName.G722)
"""Every browser must have the first two (RFC 7874); Chromium has G.722, too."""


class OfferRefusedError(Exception):
    """The offer cannot be answered; the text is a key: `no-audio`, `no-codec`, `no-ice` …"""


class Offer(Struct, frozen=True):
    """What the answer and the transport need of an offer."""

    sections: tuple[str, ...]  # the m-lines in order, for those that are turned down
    audio_index: int
    mid: str
    codec: CodecName
    payload_type: int
    events_type: int | None  # telephone events at the codec's clock (RFC 4733, 2.4.1)
    direction: str
    fragment: str
    fingerprint: str  # SHA-256, upper case, with colons


class Local(Struct, frozen=True):
    """Our side of the answer."""

    host: str
    port: int
    fragment: str
    password: str
    fingerprint: str
    ssrc: int
    version: int = 1
    """Of the session: each further answer has a higher one (RFC 8866, section 5.2)."""


def parse_offer(text: str, codec: CodecName = CodecName.PCMA) -> Offer:
    """Read a browser's offer; `codec` is taken if offered, else G.711, else G.722."""
    if len(text) > OFFER_CHARACTERS_MAX:
        raise OfferRefusedError("too-long")
    head, *bodies = re.split(r"^m=", text, flags=re.MULTILINE)
    if not 1 <= len(bodies) <= SECTIONS_MAX:
        raise OfferRefusedError("no-audio")
    sections = tuple(body.splitlines()[0].strip() for body in bodies)
    index = next((i for i, line in enumerate(sections) if line.startswith("audio ")), None)
    if index is None:
        raise OfferRefusedError("no-audio")
    return _audio(sections, index, head, bodies[index], codec)


def answer(offer: Offer, local: Local) -> str:
    """The answer. Chromium refuses one without BUNDLE."""
    lines = [
        "v=0",
        f"o=- 1 {local.version} IN {_family(local.host)} {local.host}",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {offer.mid}",
        "a=msid-semantic: WMS s",
    ]
    for index, section in enumerate(offer.sections):
        lines += _answered(offer, local) if index == offer.audio_index else _declined(section)
    return "\r\n".join(lines) + "\r\n"


def _audio(
    sections: tuple[str, ...], index: int, head: str, body: str, preferred: CodecName
) -> Offer:
    formats = sections[index].split()[3:]
    codec, payload_type = _codec(formats, body, preferred)
    if "SAVPF" not in sections[index]:
        raise OfferRefusedError("no-srtp")
    if re.search(r"^a=setup:passive", body + head, re.MULTILINE):
        raise OfferRefusedError("no-setup")  # ICE-lite answers; it opens no association of its own
    direction = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)\s*$", body, re.MULTILINE)
    return Offer(
        sections=sections,
        audio_index=index,
        mid=_attribute("mid", body, "") or "0",
        codec=codec,
        payload_type=payload_type,
        events_type=_events_type(formats, body, FACTS[codec].clock_hz),
        direction=_DIRECTIONS.get(direction[1], "inactive") if direction else "sendrecv",
        fragment=_required("ice-ufrag", body, head),
        fingerprint=_fingerprint(body, head),
    )


def _codec(formats: list[str], body: str, preferred: CodecName) -> tuple[CodecName, int]:
    """The best codec offered and its payload type."""
    offered = _offered(formats, body)
    for codec in (preferred, *_FALLBACKS):
        if codec in offered:
            return codec, offered[codec]
    raise OfferRefusedError("no-codec")


def _offered(formats: list[str], body: str) -> dict[CodecName, int]:
    """Our codecs among the formats, by rtpmap or by their static types."""
    offered: dict[CodecName, int] = {}
    for text, encoding, clock_hz in _RTPMAP.findall(body):
        codec = find(encoding, int(clock_hz))
        if codec is not None and text in formats and int(text) < 128:
            offered.setdefault(codec, int(text))
    for codec, facts in FACTS.items():
        if facts.static_type is not None and str(facts.static_type) in formats:
            offered.setdefault(codec, facts.static_type)
    return offered


def _events_type(formats: list[str], body: str, clock_hz: int) -> int | None:
    for text, encoding, clock in _RTPMAP.findall(body):
        is_ours = encoding.lower() == "telephone-event" and int(clock) == clock_hz
        if is_ours and text in formats and int(text) < 128:
            return int(text)
    return None


def _fingerprint(body: str, head: str) -> str:
    pattern = re.compile(
        r"^a=fingerprint:sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})\s*$",
        re.IGNORECASE | re.MULTILINE,
    )
    found = pattern.search(body) or pattern.search(head)
    if not found:
        raise OfferRefusedError("no-fingerprint")
    return found[1].upper()


def _required(name: str, body: str, head: str) -> str:
    value = _attribute(name, body, head)
    if not value:
        raise OfferRefusedError("no-ice")
    return value


def _attribute(name: str, body: str, head: str) -> str:
    pattern = re.compile(rf"^a={name}:(\S+)", re.MULTILINE)
    found = pattern.search(body) or pattern.search(head)
    return found[1] if found and _TOKEN.fullmatch(found[1]) else ""


def _answered(offer: Offer, local: Local) -> list[str]:
    audio, facts = offer.payload_type, FACTS[offer.codec]
    events = [] if offer.events_type is None else [offer.events_type]
    parameters = facts.fmtp(audio)
    return [
        f"m=audio {local.port} UDP/TLS/RTP/SAVPF {' '.join(map(str, [audio, *events]))}",
        f"c=IN {_family(local.host)} {local.host}",
        "a=rtcp-mux",
        f"a=mid:{offer.mid}",
        f"a=ice-ufrag:{local.fragment}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        "a=setup:passive",
        f"a={offer.direction}",
        f"a=rtpmap:{facts.rtpmap(audio)}",
        *([f"a=fmtp:{parameters}"] if parameters else []),
        *(f"a=rtpmap:{number} telephone-event/{facts.clock_hz}" for number in events),
        "a=ptime:20",
        "a=msid:s a",
        f"a=ssrc:{local.ssrc} cname:kentongan",
        f"a=candidate:1 1 udp 2130706431 {local.host} {local.port} typ host",
        "a=end-of-candidates",
    ]


def _declined(section: str) -> list[str]:
    media, _, rest = section.partition(" ")
    return [f"m={media} 0 {' '.join(rest.split()[1:])}", "a=inactive"]


def _family(host: str) -> str:
    return "IP6" if ":" in host else "IP4"
