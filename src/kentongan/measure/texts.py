"""Many short texts as one array: half the memory of as many strings, and as fast as numbers.

For keys and numbers of cases, of which there are as many as rows and which are read one by one.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from kentongan.measure.statistics.arrays import Flags, Whole

Octets = NDArray[np.bytes_]


class Texts(Sequence[str]):
    """Texts in UTF-8, each as long as the longest; a NUL at the end of one is not kept."""

    __slots__ = ("_octets", "_size")

    def __init__(self, octets: Octets | Callable[[], Octets], size: int | None = None) -> None:
        """`octets` may be what makes them when one is first read; `size` is how many then."""
        self._octets = octets
        self._size = size if size is not None else 0 if callable(octets) else len(octets)

    @classmethod
    def of(cls, values: Iterable[str]) -> "Texts":
        """These."""
        return cls(np.array([value.encode() for value in values], dtype=np.bytes_))

    @classmethod
    def together(cls, parts: Sequence[Sequence[str]]) -> "Texts":
        """One after the other."""
        given = [one if isinstance(one, Texts) else cls.of(one) for one in parts]
        if not given:
            return NO_TEXTS
        return cls(lambda: np.concatenate([one.octets for one in given]), sum(map(len, given)))

    @property
    def octets(self) -> Octets:
        """All of them."""
        if callable(self._octets):
            self._octets = self._octets()
        return self._octets

    @property
    def held(self) -> int:
        """Octets in memory now."""
        return 0 if callable(self._octets) else self._octets.nbytes

    def taken(self, where: Flags | Whole | slice) -> "Texts":
        """Some of them."""
        return Texts(lambda: self.octets[where], len(np.empty(len(self), np.void)[where]))

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> "Texts": ...
    def __getitem__(self, place: int | slice) -> "str | Texts":
        return self.taken(place) if isinstance(place, slice) else self.octets[place].decode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Texts) and [*self] == [*other]

    def __hash__(self) -> int:
        return hash(tuple(self))


NO_TEXTS: Final = Texts.of(())
