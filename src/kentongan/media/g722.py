"""G.722: wideband voice at 64 kbit/s, as IP telephones and some trunks prefer it.

The coder itself is libg722's; here its 16,000 samples a second become the mixer's 8,000. RTP
calls the clock 8,000 all the same, by an old mistake that is now the rule (RFC 3551, 4.5.2), and
so a payload has a byte for each of our samples.
"""

# libg722's module has no types; `_Coder` is what we use of it.
# pyright: reportMissingModuleSource=false, reportUnknownVariableType=false

from array import array
from typing import Final, Protocol, cast

import numpy as np
import numpy.typing as npt

from kentongan.media.codec import CodecMissingError
from kentongan.media.g711 import Samples
from kentongan.media.resample import Downsampler, Upsampler

WIDE_RATE_HZ: Final = 16_000
BITS_PER_S: Final = 64_000


class _Coder(Protocol):
    """Both directions in one; each of ours uses one of them."""

    def encode(self, samples: npt.NDArray[np.int16]) -> bytes: ...

    def decode(self, payload: bytes) -> "array[int]": ...


class G722Encoder:
    """One leg's encoder."""

    __slots__ = ("_coder", "_upsampler")

    def __init__(self) -> None:
        self._coder = _coder()
        self._upsampler = Upsampler(2)

    def encode(self, samples: Samples) -> bytes:
        """A byte for each sample at 8 kHz."""
        return self._coder.encode(self._upsampler.convert(samples).astype(np.int16))


class G722Decoder:
    """One stream's decoder; its predictor runs on through losses and recovers by itself."""

    __slots__ = ("_coder", "_downsampler")

    def __init__(self) -> None:
        self._coder = _coder()
        self._downsampler = Downsampler(2)

    def duration(self, payload: bytes) -> int | None:
        """A byte is one sample at 8 kHz."""
        return len(payload) or None

    def decode(self, payload: bytes) -> Samples:
        """The samples of the payload."""
        return self._downsampler.convert(np.frombuffer(self._coder.decode(payload), np.int16))

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """G.722 carries nothing twice."""
        del following, samples
        return None


def _coder() -> _Coder:
    try:
        from G722 import G722
    except ImportError as error:
        raise CodecMissingError("libg722, which is the package g722") from error
    return cast("_Coder", G722(WIDE_RATE_HZ, BITS_PER_S))
