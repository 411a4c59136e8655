"""What is agreed about a telephone's text: from its description to our line, beside the sound.

Pure, the text's half of `descriptions`. An offer may bring sound, text or both; with both the call
goes on with whatever of them is left. A telephone that reads elsewhere is followed, one that takes
its text away has none. Keys are made once for each description that has new ones of theirs.
"""

from msgspec.structs import replace

from kentongan.edge.switch.arrival import readable_text
from kentongan.edge.switch.bridge import TextPhone
from kentongan.edge.switch.descriptions import (
    SUITES,
    NewKey,
    is_in_clear_against,
    sdes_of,
    taking_answer,
    taking_offer,
    their_key,
)
from kentongan.edge.switch.families import is_reached
from kentongan.edge.switch.record import SipLeg, TextSide
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip.crypto import Crypto, chosen
from kentongan.sip.description import read_description
from kentongan.sip.sdp import Audio
from kentongan.sip.text_line import Text


def taking(
    leg: SipLeg,
    sdp: bytes,
    said: tuple[Audio | None, Text | None],
    trunk: Trunk | None,
    new_key: NewKey,
) -> SipLeg | None:
    """The leg after an offer of sound, text or both; None when nothing of it is common to us."""
    audio, text = said
    heard = None if audio is None else taking_offer(leg, audio, trunk, new_key)
    side = None if text is None else _side(leg.text, text, new_key)
    if heard is not None:
        return replace(heard, has_audio=True, text=side)
    if side is None:
        return None
    refused = tuple(medium.refused() for medium in read_description(sdp))
    return replace(leg, has_audio=False, text=side, before=refused, after=())


def taking_answers(leg: SipLeg, audio: Audio | None, sdp: bytes, source: str) -> SipLeg:
    """The leg after an answer to our offer, its text line included.

    Who agreed to SRTP keeps its keys whatever they answer now. Who never did and answers in clear
    is heard in clear, as one who calls so: a call for help is not refused for a key.
    """
    if audio is not None:
        if is_in_clear_against(leg, audio) and not leg.crypto_in:
            leg = replace(leg, crypto=None)
        leg = taking_answer(leg, audio) or leg
    side, text = leg.text, readable_text(sdp, source)
    if side is None or text is None:
        return leg
    keys = (side.crypto,) if side.crypto is not None else ()
    return replace(
        leg,
        text=replace(
            side,
            offered=replace(text, line=side.offered.line),
            crypto_in=their_key(text.crypto, keys) or side.crypto_in,
        ),
    )


def text_phone(leg: SipLeg, side: TextSide, networks: tuple[str, ...]) -> TextPhone:
    """The telephone's text as the media process must know it.

    Beside sound of the other IP family it is not reached: the leg is bound on one.
    """
    offered = side.offered
    is_there = is_reached(leg, offered.address)
    return TextPhone(
        ip=offered.address if is_there else None,
        port=offered.port if is_there else None,
        t140=offered.t140_type,
        red=offered.red_type,
        generations=offered.generations,
        cps=offered.cps,
        allow=networks,
        srtp=sdes_of(side),
        family=leg.family,
    )


def _side(known: TextSide | None, text: Text, new_key: NewKey) -> TextSide | None:
    """Our side of an offered line; None for an SRTP line without a key that we have."""
    side = TextSide(offered=text, local_port=known.local_port if known is not None else None)
    if not text.is_secure:
        return side
    if known is not None and known.crypto is not None:
        theirs = their_key(text.crypto, (known.crypto,))
        if theirs and theirs == known.crypto_in:
            return replace(side, crypto=known.crypto, crypto_in=theirs)
    ours = tuple(Crypto(1, suite, new_key()) for suite in SUITES)
    taken = chosen(text.crypto, ours)
    if not taken:
        return None
    return replace(side, crypto=taken[0], crypto_in=their_key(text.crypto, taken))
