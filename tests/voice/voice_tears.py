"""Where a tone that is heard is torn: a frame that was late or lost makes its phase or level step.

A torn tone has something at every frequency, so what is found beside it there may be the tear's and
nobody's voice. What a machine did to the sound is read from the sound itself, whichever process it
kept waiting. Another voice over the tone, as loud as that, tears nothing: theirs are 450 Hz apart.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from media_ears import LOUDNESS, Sound

from kentongan.media.g711 import SAMPLE_RATE_HZ

BLOCK, HOP = 160, 80
"""Samples of 20 and 10 ms: a tone's phase and level are looked at so often."""

STEP = 0.25
"""Of a tone at full level: further than this it moves in `HOP` when it is torn. Measured are 0.011
with G.711 and G.722, 0.04 under another voice."""

OPUS_STEP = 0.75
"""The same in Opus, where of three tones one moved by 0.6 of itself."""

FAINT = 0.35
"""Of a tone at full level: below this it is not there, and begins or ends with a step."""

Mask = npt.NDArray[np.bool_]


def torn(sound: Sound, tones_hz: Iterable[float], step: float) -> Mask:
    """The samples around which one of these tones is torn."""
    mask = np.zeros(len(sound), bool)
    if len(sound) < BLOCK + HOP:
        return mask
    for hz in tones_hz:
        places = _places(sound, hz)
        steps = np.abs(np.diff(places)) > step
        faint = np.abs(places) < FAINT
        for at in np.flatnonzero(steps | faint[1:] | faint[:-1]):
            mask[at * HOP : at * HOP + BLOCK + HOP] = True
    return mask


def untorn(mask: Mask) -> Iterator[slice]:
    """What lies between the tears."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], mask, [True])).astype(np.int8)))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(first), int(last))


def _places(sound: Sound, hz: float) -> npt.NDArray[np.complex128]:
    """Where the tone stands, block by block: a tone that goes on stands still."""
    turned = sound * np.exp(-2j * np.pi * hz / SAMPLE_RATE_HZ * np.arange(len(sound)))
    window = np.hanning(BLOCK)
    blocks = np.lib.stride_tricks.sliding_window_view(turned, BLOCK)[::HOP]
    return np.asarray(2 * (blocks @ window) / window.sum() / LOUDNESS, np.complex128)
