"""Where a mapping's columns stand in a file, whatever their order, case and spaces."""

from collections import Counter
from collections.abc import Iterator, Sequence

from kentongan.measure.records.mapping import Mapping, MappingError


class Places:
    """The columns of one file. `missing` are those that are not in it; `point` are the places of
    latitude and longitude, or of both in one, empty where there are none. `twice` are columns that
    the mapping reads and the header names more than once: the first is taken."""

    def __init__(self, header: Sequence[str], mapping: Mapping) -> None:
        """`MappingError` when not one of its clocks is in the file."""
        self._place: dict[str, int] = {}
        for index, name in enumerate(header):
            self._place.setdefault(plain(name), index)
        named, read = Counter(map(plain, header)), set(map(plain, _read(mapping)))
        self.twice = tuple(
            header[place]
            for name, place in self._place.items()
            if name and name in read and named[name] > 1
        )
        wanted = {key: one.names for key, one in mapping.clocks.items()}
        where = mapping.place
        found = [self.of(names) for names in (where.lat, where.lon)]
        both, halves = self.of(where.both), [place for place in found if place is not None]
        self.point = (both,) if both is not None else tuple(halves) if len(halves) == 2 else ()
        self.clocks = {key: self.of(names) for key, names in wanted.items()}
        absent = [" or ".join(wanted[key]) for key, place in self.clocks.items() if place is None]
        absent += [d.column for d in mapping.drop if self.of((d.column,)) is None]
        self.missing = tuple(absent)
        if all(place is None for place in self.clocks.values()):
            columns = "; ".join(" or ".join(names) for names in wanted.values())
            raise MappingError(f"{mapping.id}: none of its columns is in this file: {columns}")

    def of(self, names: Sequence[str]) -> int | None:
        """The place of the first of these names that is there."""
        return next((self._place[plain(n)] for n in names if plain(n) in self._place), None)


def _read(mapping: Mapping) -> Iterator[str]:
    """The names of all columns that a mapping reads."""
    for names in (*mapping.columns(), *mapping.labels.values(), mapping.key):
        yield from (names,) if isinstance(names, str) else names
    yield from (one.column for one in (*mapping.drop, *mapping.check))
    yield from (*mapping.place.lat, *mapping.place.lon, *mapping.place.both, mapping.by_call)


def fits(header: Sequence[str], mapping: Mapping) -> float:
    """How many of the mapping's columns a file has, 0 to 1: how presets are recognised."""
    columns = mapping.columns()
    return (len(columns) - len(lacking(header, mapping))) / max(len(columns), 1)


def lacking(header: Sequence[str], mapping: Mapping) -> tuple[str, ...]:
    """The mapping's columns that a file has not, each by the first of its names."""
    there = {plain(name) for name in header}
    return tuple(
        names[0] for names in mapping.columns() if not any(plain(name) in there for name in names)
    )


def plain(name: str) -> str:
    """A column's name as it is compared."""
    return " ".join(name.replace("_", " ").casefold().split())
