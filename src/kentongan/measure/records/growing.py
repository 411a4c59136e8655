"""Columns that grow piece by piece, and lie in a file without a name once they are long.

What lies in a file is mapped into memory: the system keeps of it what is being looked at and lets
go of the rest, so that fifty million rows do not ask for a large machine.
"""

from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import IO, Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kentongan.measure.observations import Column
from kentongan.measure.texts import NO_TEXTS, Texts

HELD_OCTETS: Final = 8_000_000
"""Of one column, so much is held before it goes to its file."""

NAMES_MAX: Final = 1_000_000
"""Different names under one label; with more of them it is no label to split figures by."""

TEXT_OCTETS_MAX: Final = 64
"""Of one key, so much is kept; all are stored as long as the longest."""


class TooManyNamesError(ValueError):
    """A label with more different names than can be held."""


class Growing:
    """A column of numbers."""

    def __init__(self, kind: DTypeLike) -> None:
        self._kind: np.dtype[Any] = np.dtype(kind)
        self._held: list[NDArray[Any]] = []
        self._octets = 0
        self._file: IO[bytes] | None = None
        self.size = 0

    def add(self, values: Sequence[Any] | NDArray[Any]) -> None:
        """Some more."""
        piece = np.array(values, dtype=self._kind)
        self._held.append(piece)
        self._octets += piece.nbytes
        self.size += len(piece)
        if self._octets >= HELD_OCTETS:
            self._file = self._file or TemporaryFile()  # noqa: SIM115 - mapped in the end
            self._put_away(self._file)

    def whole(self) -> NDArray[Any]:
        """All of them."""
        if self._file is None:
            return np.concatenate(self._held) if self._held else np.empty(0, dtype=self._kind)
        self._put_away(self._file)
        self._file.flush()
        return np.asarray(np.memmap(self._file, dtype=self._kind, mode="c", shape=(self.size,)))

    def _put_away(self, file: IO[bytes]) -> None:
        for piece in self._held:
            file.write(piece.tobytes())
        self._held, self._octets = [], 0


class GrowingLabels:
    """A column of names as codes."""

    def __init__(self) -> None:
        self._codes = Growing(np.int32)
        self._code: dict[str, int] = {}

    def add(self, names: Sequence[str]) -> None:
        """Some more; `TooManyNamesError` when they are no labels."""
        code = self._code
        self._codes.add(np.fromiter((code.setdefault(n, len(code)) for n in names), np.int32))
        if len(code) > NAMES_MAX:
            raise TooManyNamesError(f"more than {NAMES_MAX:,} different names")

    def add_column(self, column: Column) -> None:
        """Some more that are codes already."""
        code = self._code
        ours = np.array([code.setdefault(n, len(code)) for n in column.names], dtype=np.int32)
        self._codes.add(ours[column.codes] if len(ours) else column.codes)

    def column(self) -> Column:
        """All of them, the names sorted."""
        names = tuple(sorted(self._code))
        ours = np.empty(len(names), dtype=np.int32)
        ours[[self._code[name] for name in names]] = np.arange(len(names), dtype=np.int32)
        codes, sorted_codes = self._codes.whole(), Growing(np.int32)
        for begin in range(0, len(codes), _BLOCK):
            sorted_codes.add(ours[codes[begin : begin + _BLOCK]])
        return Column(sorted_codes.whole(), names)

    @property
    def size(self) -> int:
        """How many subjects have one."""
        return self._codes.size


class GrowingTexts:
    """A column of short texts."""

    def __init__(self) -> None:
        self._octets = Growing(np.uint8)
        self._pieces: list[tuple[int, int]] = []
        self._size = 0

    def add(self, texts: Sequence[str]) -> int:
        """Some more. Returns how many were cut off, which are longer than a key may be."""
        if not texts:
            return 0
        given = [text.encode() for text in texts]
        long = [place for place, octets in enumerate(given) if len(octets) > TEXT_OCTETS_MAX]
        for place in long:
            whole_characters = given[place][:TEXT_OCTETS_MAX].decode(errors="ignore")
            given[place] = whole_characters.encode()
        piece = np.array(given, dtype=np.bytes_)
        self._octets.add(piece.view(np.uint8))
        self._pieces.append((piece.itemsize, len(piece)))
        self._size += len(piece)
        return len(long)

    def texts(self) -> Texts:
        """All of them, as long as the longest."""
        if not self._size:
            return NO_TEXTS
        kind = np.dtype(f"S{max(width for width, _ in self._pieces)}")
        octets, found, begin = self._octets.whole(), Growing(kind), 0
        for width, many in self._pieces:
            end = begin + width * many
            found.add(octets[begin:end].view(f"S{width}"))
            begin = end
        return Texts(found.whole())


_BLOCK: Final = 1_000_000
"""Codes translated at a time."""
