"""What is agreed about a telephone's sound: from its description to our leg, and back to ours.

Pure. An offer is answered with those of its codecs that the trunk speaks, in its order; an answer
to our offer narrows it. A telephone on hold stays where it was heard. Keys of SRTP (RFC 4568) are
made by whoever calls (`new_key`), one for each description, and kept with the leg.
"""

from collections.abc import Callable
from typing import Final, Literal, cast

from msgspec.structs import replace

from kentongan.edge.switch.bridge import Phone
from kentongan.edge.switch.families import is_reached
from kentongan.edge.switch.record import SipLeg, TextSide
from kentongan.edge.switch.trunks import Trunk
from kentongan.media import protocol
from kentongan.sip.codecs import Codec, Format, own_format
from kentongan.sip.crypto import Crypto
from kentongan.sip.errors import ParseError
from kentongan.sip.sdp import (
    ANSWERS,
    TELEPHONE_EVENT,
    Audio,
    Direction,
    Session,
    answer_to,
    next_version,
    read_audio,
    write_audio,
)
from kentongan.sip.text_line import answer_lines, in_place

SUITES: Final = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
"""Suites of SRTP that the media process has."""

PTIME_MS_MAX: Final = 60
"""Longest packets the media process sends."""

_SENDING: Final = frozenset({Direction.SENDRECV, Direction.SENDONLY})
_NOWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- read in an SDP, not bound

Suite = Literal["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"]
TelephoneCodec = Literal["pcma", "pcmu", "g722"]
NewKey = Callable[[], str]
"""Master key and salt of SRTP, 30 random octets in base64."""


def readable(sdp: bytes | None, *, secure: bool | None = None) -> Audio | None:
    """Audio that we can speak, else None."""
    if sdp is None:
        return None
    try:
        audio = read_audio(sdp, secure=secure)
    except ParseError:
        return None
    return audio if audio is not None and audio.formats and audio.port else None


def first_leg(trunk: Trunk | None, session_id: int, new_key: NewKey | None = None) -> SipLeg:
    """Our side before anything is agreed: the trunk's codecs in its order; keys for an offer."""
    leg = SipLeg(
        session_id=session_id,
        formats=_formats_of(trunk),
        dtmf=leg_events(trunk),
        ptime_ms=trunk.ptime_ms if trunk is not None else 20,
    )
    if trunk is None or trunk.srtp != "required" or new_key is None:
        return leg
    return replace(leg, crypto=Crypto(1, SUITES[0], new_key()))


def _every_format(trunk: Trunk | None) -> tuple[Format, ...]:
    """For who calls us: the trunk's codecs first, then all we have, so that nobody is refused."""
    rest = (own_format(codec) for codec in (Codec.PCMA, Codec.PCMU, Codec.G722))
    return tuple(dict.fromkeys((*_formats_of(trunk), *rest)))


def leg_events(trunk: Trunk | None) -> int | None:
    """The type of telephone events we offer; none where keys come by INFO or as tones."""
    return TELEPHONE_EVENT if trunk is None or trunk.dtmf == "rfc4733" else None


def _formats_of(trunk: Trunk | None) -> tuple[Format, ...]:
    codecs = trunk.codecs if trunk is not None else ("pcma", "pcmu")
    return tuple(own_format(Codec(name)) for name in codecs)


def taking_offer(leg: SipLeg, offer: Audio, trunk: Trunk | None, new_key: NewKey) -> SipLeg | None:
    """The leg after the telephone's offer; None without a common codec or a key for its SRTP."""
    ours = replace(
        session_of(leg, anywhere=True),
        formats=_every_format(trunk),
        crypto=_keys_for(leg, offer, new_key),
        maxptime_ms=PTIME_MS_MAX,
        rtcp_mux=True,
    )
    answer = answer_to(offer, ours)
    if answer is None:
        return None
    return replace(
        _moved(leg, offer),
        formats=answer.formats,
        dtmf=None if leg_events(trunk) is None else answer.telephone_event,
        direction=answer.direction,
        ptime_ms=_ptime(answer.ptime_ms, offer),
        profile=answer.profile,
        crypto=answer.crypto[0] if answer.crypto else None,
        crypto_in=their_key(offer.crypto, answer.crypto),
        rtcp_mux=answer.rtcp_mux,
        before=answer.before,
        after=answer.after,
    )


def taking_answer(leg: SipLeg, answer: Audio) -> SipLeg | None:
    """The leg after the telephone's answer to our offer; None where SRTP was answered without.

    Nothing is ever sent in clear that was offered under a key (RFC 4568 section 5.1.2).
    """
    if leg.crypto is not None and not their_key(answer.crypto, (leg.crypto,)):
        return None
    offered = {form.codec for form in leg.formats}
    formats = tuple(form for form in answer.formats if form.codec in offered)
    return replace(
        _moved(leg, answer),
        formats=formats or leg.formats,
        dtmf=answer.telephone_event,
        direction=ANSWERS[answer.direction],
        ptime_ms=_ptime(leg.ptime_ms, answer),
        crypto_in=their_key(answer.crypto, (leg.crypto,) if leg.crypto else ()),
        rtcp_mux=False,
    )


def is_in_clear_against(leg: SipLeg, answer: Audio) -> bool:
    """Whether our offer of SRTP was answered with plain RTP."""
    return leg.crypto is not None and not answer.is_secure


def session_of(leg: SipLeg, *, anywhere: bool = False) -> Session:
    """What we describe. `anywhere`: before the media process has given an address."""
    known = leg.local_ip is not None and (leg.local_port is not None or not leg.has_audio)
    assert known or anywhere, "no media address yet"  # noqa: S101
    session = Session(
        address=leg.local_ip or "127.0.0.1",
        port=leg.local_port or 1,
        session_id=leg.session_id,
        version=leg.session_version,
        formats=leg.formats,
        telephone_event=leg.dtmf,
        direction=leg.direction,
        ptime_ms=leg.ptime_ms,
        maxptime_ms=PTIME_MS_MAX,
        crypto=(leg.crypto,) if leg.crypto else (),
        profile=leg.profile,
        rtcp_mux=leg.rtcp_mux,
        before=leg.before,
        after=leg.after,
        has_audio=leg.has_audio,
    )
    side = leg.text
    if side is None or side.local_port is None:
        return session
    lines = answer_lines(side.offered, side.local_port, side.crypto)
    return in_place(session, side.offered.line, lines)


def description_of(leg: SipLeg) -> bytes:
    """Our description as octets."""
    return write_audio(session_of(leg))


def renewed(before: SipLeg, leg: SipLeg) -> SipLeg:
    """The leg with the version of its description: raised where that changed."""
    changed = next_version(session_of(before), session_of(leg))
    return replace(leg, session_version=changed.version)


def phone_of(leg: SipLeg, networks: tuple[str, ...]) -> Phone:
    """The telephone as the media process must know it; what we send first is what it gets.

    Where we have said recvonly or inactive, nothing is sent (RFC 3264 section 6.1), nor while
    SRTP is offered and no key of theirs is known. An answer of the other IP family than our leg
    names no place.
    """
    is_there = is_reached(leg, leg.ip or "")
    is_without_key = leg.crypto is not None and not leg.crypto_in
    form = leg.formats[0]
    return Phone(
        ip=leg.ip if is_there else None,
        port=leg.port if is_there else None,
        payload_type=form.payload_type,
        codec=cast(TelephoneCodec, form.codec.value),
        dtmf=leg.dtmf,
        ptime_ms=leg.ptime_ms,
        rtcp_port=leg.rtcp_port,
        rtcp_mux=leg.rtcp_mux,
        allow=networks,
        srtp=sdes_of(leg),
        sends=leg.direction in _SENDING and not is_without_key,
        family=leg.family,
    )


def _moved(leg: SipLeg, audio: Audio) -> SipLeg:
    is_nowhere = audio.address in _NOWHERE
    return replace(
        leg,
        ip=leg.ip if is_nowhere else audio.address,
        port=leg.port if is_nowhere else audio.port,
        rtcp_port=audio.rtcp_port,
    )


def _ptime(ours: int, theirs: Audio) -> int:
    """The length they ask for, in whole tens; their a=ptime is a wish (RFC 8866 section 6.4)."""
    wished = theirs.ptime_ms if theirs.direction is not Direction.INACTIVE else ours
    longest = min(PTIME_MS_MAX, theirs.maxptime_ms or PTIME_MS_MAX)
    return max(10, min(wished, longest) // 10 * 10)


def _keys_for(leg: SipLeg, offer: Audio, new_key: NewKey) -> tuple[Crypto, ...]:
    if not offer.is_secure:
        return ()
    if leg.crypto is not None and leg.crypto_in == their_key(offer.crypto, (leg.crypto,)):
        return (leg.crypto,)  # the same offer again: the same keys, or the packets' count repeats
    return tuple(Crypto(1, suite, new_key()) for suite in SUITES)


def their_key(theirs: tuple[Crypto, ...], ours: tuple[Crypto, ...]) -> str:
    """Their key for a suite that we have a key of, "" for none."""
    suites = {crypto.suite for crypto in ours}
    return next((crypto.key for crypto in theirs if crypto.suite in suites), "")


def sdes_of(line: SipLeg | TextSide) -> protocol.Sdes | None:
    """Both keys of a line, sound or text, as the media process must know them; None without."""
    if line.crypto is None or not line.crypto_in:
        return None
    return protocol.Sdes(
        suite=cast(Suite, line.crypto.suite),
        key_in=line.crypto_in,
        key_out=line.crypto.key,
    )
