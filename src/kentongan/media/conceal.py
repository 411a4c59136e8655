"""What to play in place of a frame that never came.

Repeats the last pitch period of the voice and fades it out within 60 ms, after the idea of ITU-T
G.711 Appendix I. It decides nothing about when a frame is missing. A vowel keeps sounding through
one lost packet; a longer hole becomes silence instead of a robot's hum.
"""

from typing import Final

import numpy as np

from kentongan.media.g711 import FRAME_SAMPLES, Samples

PERIOD_SAMPLES_MIN: Final = 40  # 200 Hz; a higher voice repeats two of its periods
PERIOD_SAMPLES_MAX: Final = 120  # 66 Hz, the deepest voice
COMPARED_SAMPLES: Final = 80  # 10 ms of the newest sound, looked for a period earlier
GAINS: Final = (1.0, 0.8, 0.45, 0.0)  # at the start of the 1st, 2nd, 3rd frame, and at the end
FRAMES_MAX: Final = len(GAINS) - 1


def continuation(history: Samples) -> Samples:
    """The sound that most likely follows the newest 40 ms: `FRAMES_MAX` frames, full level."""
    newest = history[-2 * FRAME_SAMPLES :].astype(np.float64)
    period = _period(newest)
    return np.resize(newest[-period:], FRAMES_MAX * FRAME_SAMPLES).astype(np.int32)


def faded(sound: Samples, index: int) -> Samples:
    """The `index`-th concealed frame (from 0) of a `continuation`, with its share of the fade."""
    frame = sound[index * FRAME_SAMPLES : (index + 1) * FRAME_SAMPLES]
    return (frame * _RAMPS[index]).astype(np.int32)


def _period(newest: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    pattern = newest[-COMPARED_SAMPLES:]
    earlier = newest[len(newest) - COMPARED_SAMPLES - PERIOD_SAMPLES_MAX : -PERIOD_SAMPLES_MIN]
    windows = np.lib.stride_tricks.sliding_window_view(earlier, COMPARED_SAMPLES)
    likeness = (windows @ pattern) / np.sqrt((windows * windows).sum(axis=1) + 1.0)
    return PERIOD_SAMPLES_MAX - int(np.argmax(likeness))


_RAMPS: Final = tuple(
    np.linspace(GAINS[i], GAINS[i + 1], FRAME_SAMPLES, endpoint=False) for i in range(FRAMES_MAX)
)
