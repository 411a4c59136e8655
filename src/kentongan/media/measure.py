"""The figures of one leg as they are told: out of its RTCP, its jitter buffer and the E-model."""

from typing import Final

from kentongan.media.codec import FACTS
from kentongan.media.legs import Leg
from kentongan.media.protocol import QualityMeasured
from kentongan.media.quality import mean_opinion, rating

TICK_MS: Final = 20.0  # a frame waits for the mixer's clock, half of it on average, and is sent
FAR_BUFFER_MS: Final = 40.0  # of a peer, whose own wait no report tells


def measured(bridge: str, leg: Leg, *, is_final: bool = False) -> QualityMeasured:
    """How the leg has sounded since it joined."""
    reports, codec = leg.reports, leg.outbound.format.codec
    reception, far = reports.reception, reports.far
    return QualityMeasured(
        bridge=bridge,
        leg=leg.name,
        codec=codec.value,
        packets=reception.received,
        lost=max(0, reception.lost),
        jitter_ms=round(reception.jitter_ms, 1),
        round_trip_ms=_in_ms(reports.round_trip_s),
        mos=_score(leg),
        far_lost=None if far is None else far.lost,
        far_jitter_ms=None if far is None else round(1000 * far.jitter / FACTS[codec].clock_hz, 1),
        is_final=is_final,
    )


def _score(leg: Leg) -> float | None:
    """The worse of what we hear of it and what it hears of us."""
    reports, outbound = leg.reports, leg.outbound
    reception, codec = reports.reception, outbound.format.codec
    if not reception.expected:
        return None
    way_ms = 500 * (reports.round_trip_s or 0.0) + outbound.format.packet_ms + TICK_MS
    missing = max(0, reception.lost) + leg.inbound.buffer.late
    here = rating(codec, missing / reception.expected, way_ms + TICK_MS * leg.inbound.buffer.target)
    there = here
    if reports.far is not None and outbound.sent:
        there = rating(codec, reports.far.lost / outbound.sent, way_ms + FAR_BUFFER_MS)
    return round(mean_opinion(min(here, there)), 2)


def _in_ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)
