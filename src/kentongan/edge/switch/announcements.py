"""The files that people hear, in their languages. Pure.

Nobody's language is known for certain: a line has several, and a caller's own, chosen on the
citizen's page, comes first. So each is heard in all of them, one after the other. A language in
which the city has not recorded a sound is left out; where it has none of them, whatever there is of
that sound is heard. `missing` names them all, to be told when the switch starts.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Final

from msgspec import Struct

from kentongan.cities.facts import Line

HOLD: Final = "hold"
RINGING: Final = "ringing"
TRANSFER: Final = "transfer"
OVERFLOW: Final = "overflow"
SILENT_TEST: Final = "silent_test"
DUTY: Final = "duty_new"
DUTY_TRIAL: Final = "duty_trial"
"""A city may record one; else a trial is heard as `SILENT_TEST`, which asks for the same key."""

PLACES: Final = range(1, 11)
"""Places in the queue that are told; who stands further back is told nothing, rather than a big
number."""

PLAYED_MAX: Final = 8
"""Files in one round; the media process takes no more."""


def place_sound(position: int) -> str:
    """The key of the sound that tells a place in the queue."""
    return f"position_{position}"


IN_EVERY_LANGUAGE: Final = (
    SILENT_TEST, TRANSFER, OVERFLOW, *(place_sound(place) for place in PLACES),
)  # fmt: skip


class Greeting(Struct, frozen=True):
    """What whoever waits hears in one language: the sound's key, "" when they heard it before."""

    language: str
    key: str


class Sounds(Struct, frozen=True, kw_only=True):
    """Every sound's file by its key, and what says the same in which language.

    `hold` is the key of what reassures whoever is held.
    """

    files: Mapping[str, str]
    spoken: Mapping[str, Mapping[str, str]]  # key -> language -> file
    hold: str = HOLD

    def waiting(
        self, keys: tuple[str, ...], languages: tuple[str, ...], position: int | None
    ) -> tuple[str, ...]:
        """What a waiting caller hears in turn: each announcement, and the place in its language."""
        place: Mapping[str, str] = {}
        if position is not None:
            place = self.spoken.get(place_sound(position), place)
        files: list[str] = []
        for key, language in zip_longest(keys, languages, fillvalue=""):
            files += (self.files.get(key, ""), place.get(language, ""))
        if position is not None and not place.keys() & set(languages):
            files.append(self.files.get(place_sound(position), ""))
        return tuple(file for file in files if file)[:PLAYED_MAX]

    def say(self, key: str, languages: Iterable[str] = ()) -> tuple[str, ...]:
        """That sound in each of these languages, else as the city's own; empty if there is none."""
        spoken = self.spoken.get(key, {})
        found = dict.fromkeys(spoken[each] for each in languages if each in spoken)
        own = self.files.get(key, "")
        return tuple(found)[:PLAYED_MAX] or ((own,) if own else ())

    def reassure(self, languages: Iterable[str] = ()) -> tuple[str, ...]:
        """What a held caller or telephone hears."""
        return self.say(self.hold, languages)

    def missing(self, lines: Iterable[Line]) -> Iterator[tuple[str, str]]:
        """Key and language of each sound that whoever should hear it would not hear."""
        languages = sorted({language for line in lines for language in line.languages})
        for key in (self.hold, *IN_EVERY_LANGUAGE):
            spoken = self.spoken.get(key, {})
            yield from ((key, language) for language in languages if language not in spoken)
        yield from ((key, "") for key in (RINGING, DUTY) if key not in self.files)


def greetings(line: Line, first: str | None = None) -> tuple[Greeting, ...]:
    """What a waiting caller of that line hears, in its languages.

    Whoever chose a language (`first`) hears it first, where the line has a sound for it.
    """
    chosen = () if first is None else (first,)
    found: dict[str, str] = {}
    for language in dict.fromkeys((*chosen, *line.languages)):
        key = line.announcement_in(language)
        found[language] = "" if key in found.values() else key
    return tuple(Greeting(language, key) for language, key in found.items())
