"""What stands more than once among tens of millions of texts, exactly and in little memory.

Each text is a digest of 128 bits beside the row it stands in. Digests are dealt out by their first
bits into parts; when many are held they go to a file without a name, and in the end one part after
the other is sorted. So memory depends on the size of a part and not on the number of rows.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from tempfile import TemporaryFile
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from kentongan.measure.statistics.arrays import Flags, Whole

PARTS: Final = 64
"""Files that many digests are dealt out to; 60 million are then 19 MB each."""

HELD: Final = 1_000_000
"""Digests in memory before they go to the files, 20 octets each."""

_BITS: Final = PARTS.bit_length() - 1
_RECORD: Final = np.dtype([("high", "<u8"), ("low", "<u8"), ("row", "<i4")])

Records = NDArray[np.void]


class Repeats:
    """Rows in the order of the file, and which of them say what an earlier one said."""

    def __init__(self) -> None:
        self._held: list[Records] = []
        self._size = 0
        self._files: list[IO[bytes]] = []

    def add(self, texts: Iterable[str], rows: Sequence[int] | Whole) -> None:
        """Some rows and what they say; `rows` only ever grow."""
        octets = b"".join(blake2b(text.encode(), digest_size=16).digest() for text in texts)
        pairs = np.frombuffer(octets, dtype="<u8").reshape(-1, 2)
        records = np.empty(len(pairs), dtype=_RECORD)
        records["high"], records["low"], records["row"] = pairs[:, 0], pairs[:, 1], rows
        self._held.append(records)
        self._size += len(records)
        if self._size >= HELD:
            self._put_away()

    def rows(self) -> NDArray[np.int32]:
        """Those that are repeats, ascending. What was held is let go of."""
        if not self._files:
            found = [_repeated(self._taken())]
        else:
            self._put_away()
            found = [_repeated(_read_back(file)) for file in self._files]
            self._files = []
        return np.sort(np.concatenate(found))

    def _taken(self) -> Records:
        held, self._held, self._size = self._held, [], 0
        return np.concatenate(held) if held else np.empty(0, dtype=_RECORD)

    def _put_away(self) -> None:
        self._files = self._files or [TemporaryFile() for _ in range(PARTS)]  # noqa: SIM115 - kept
        records = self._taken()
        part = (records["high"] >> np.uint64(64 - _BITS)).astype(np.int64)
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=PARTS))
        for file, some in zip(self._files, np.split(records[order], ends[:-1]), strict=True):
            file.write(some.tobytes())


def flags_of(rows: NDArray[np.int32], size: int) -> Flags:
    """A flag for each row from 0 to `size`, set for these."""
    flags = np.zeros(size + 1, dtype=np.bool_)
    flags[rows] = True
    return flags


def _read_back(file: IO[bytes]) -> Records:
    with file:
        file.seek(0)
        return np.frombuffer(file.read(), dtype=_RECORD)


def _repeated(records: Records) -> NDArray[np.int32]:
    """Rows whose digest an earlier row has: sorting is stable, so the earliest comes first."""
    order = np.lexsort((records["low"], records["high"]))
    high, low = records["high"][order], records["low"][order]
    same = (high[1:] == high[:-1]) & (low[1:] == low[:-1])
    return records["row"][order[1:]][same].astype(np.int32)
