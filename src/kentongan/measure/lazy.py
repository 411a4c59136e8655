"""Columns that are made when they are first asked for: a plot needs few of the many there are."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lazy(Mapping[K, V]):
    """A mapping whose values are made on demand; used on one thread."""

    def __init__(self, makers: Mapping[K, Callable[[], V]], *, is_kept: bool = True) -> None:
        """`is_kept`: what was made stays; else it is made anew each time, as out of a file."""
        self._makers: dict[K, Callable[[], V] | None] = {**makers}
        self._made: dict[K, V] = {}
        self._is_kept = is_kept

    def __getitem__(self, key: K) -> V:
        maker = self._makers[key]
        if maker is None:
            return self._made[key]
        value = maker()
        if self._is_kept:
            self._made[key] = value
            self._makers[key] = None  # lets go of what it was made of
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._makers

    def __iter__(self) -> Iterator[K]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    @property
    def made(self) -> Mapping[K, V]:
        """What is held in memory."""
        return self._made


def held(columns: Mapping[K, V]) -> Mapping[K, V]:
    """What is held in memory of a mapping, lazy or not."""
    return columns.made if isinstance(columns, Lazy) else columns
