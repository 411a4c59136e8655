"""How the checks of a city pack note what they find: a part, a field, a sentence."""

from collections.abc import Container, Iterable

from kentongan.cities.facts import Point
from kentongan.cities.files import PackFiles
from kentongan.cities.read import Problems, Steps


class Findings:
    """The pack under check and the problems found in it."""

    def __init__(self, read: PackFiles, problems: Problems) -> None:
        self.read = read
        self._problems = problems

    def miss(self, part: str, steps: Steps, words: str) -> None:
        """Note a problem at a field of a part."""
        self._problems.add(self.read.documents[part].problem(steps, words))

    def known(
        self, part: str, steps: Steps, key: str | None, among: Container[str], *, what: str
    ) -> None:
        """The key must name one of those things; no key is fine."""
        if key is not None and key not in among:
            self.miss(part, steps, f"there is no {what} {key[:40]!r}")

    def all_known(
        self, part: str, steps: Steps, keys: Iterable[str], among: Container[str], *, what: str
    ) -> None:
        """Every key of the list must name one of those things, and only once."""
        seen: set[str] = set()
        for n, key in enumerate(keys):
            self.known(part, (*steps, n), key, among, what=what)
            if key in seen:
                self.miss(part, (*steps, n), f"{key[:40]!r} is given twice")
            seen.add(key)

    def unique(self, part: str, keys: Iterable[tuple[Steps, str]]) -> set[str]:
        """No key twice; returns the keys."""
        seen: dict[str, int] = {}
        for steps, key in keys:
            if key in seen:
                self.miss(part, steps, f"{key[:40]!r} is already used in line {seen[key]}")
            else:
                seen[key] = self.read.documents[part].line(steps)
        return set(seen)

    def inside(self, part: str, steps: Steps, point: Point | None) -> None:
        """The point must lie in the city's bounding box."""
        box = self.read.city.city.bbox
        if point is not None and not box.holds(point):
            words = f"{point.lat}, {point.lon} lies outside the city's bounding box"
            self.miss(part, steps, words)


def listed(name: str, keys: Iterable[str], field: str = "key") -> list[tuple[Steps, str]]:
    """The keys of a list with their places: `agencies[3].key`."""
    return [((name, n, field), key) for n, key in enumerate(keys)]
