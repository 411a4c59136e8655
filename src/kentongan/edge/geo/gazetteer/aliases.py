"""What crews and operators know better than the map: local names, and points put right.

An alias gives words a point ("warung bu Tini"), or a known document its true point ("lokasi
salah"). It takes effect with the step that adds it, before anybody reviews it, and says so until
then; undoing it takes effect at once, too. The book is the outcome of its steps: whoever keeps the
steps can apply them again and has the same book. It stores nothing and asks no clock. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from msgspec import Struct
from rapidfuzz.distance import OSA

from kentongan.cities.facts import Point
from kentongan.edge.geo.gazetteer.normaliser import AddressParts, Normalised, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.words import TYPE_WORDS

ALIASES_MAX: Final = 5_000
"""Aliases that hold at once; a city that needs more should correct its map."""

PHRASES_MAX: Final = 8
"""Different words for one alias."""

PHRASE_CHARACTERS_MAX: Final = 120
FUZZY_FROM: Final = 5
WHOLE_SCORE: Final = 1.3
"""A phrase that is all that was said: above anything that the map can score."""

WHOLE_SHARE_MIN: Final = 0.3
"""Of it, at least so much is left when many other words stand beside the phrase."""

PARTLY_SCORE: Final = 0.75
PARTLY_SHARE: Final = 0.5
"""A phrase said in part: the first, and the second times the share said so far."""

PARTLY_MIN: Final = 0.4


class AliasRefused(Exception):  # noqa: N818 - what happened to it
    """A step that cannot be taken; the text says why."""


class AliasState(StrEnum):
    """How far an alias has come."""

    NEW = "new"  # in effect, not yet looked at
    REVIEWED = "reviewed"  # in effect
    REFUSED = "refused"  # looked at and found wrong; no longer in effect
    UNDONE = "undone"  # taken back by somebody


class AliasAdded(Struct, frozen=True, kw_only=True, tag="alias.added"):
    """Somebody says what these words mean, or where that document really is.

    `phrases` are the words as they were said. `document` is the key of the document whose point
    is wrong, `incident` what it was noticed at.
    """

    id: str
    phrases: tuple[str, ...]
    label: str
    point: Point
    by: str
    at: datetime
    incident: str | None = None
    document: str | None = None
    accuracy_m: int = 30
    note: str = ""


class AliasReviewed(Struct, frozen=True, kw_only=True, tag="alias.reviewed"):
    """Somebody looked at it; refusing ends it."""

    id: str
    by: str
    at: datetime
    accepted: bool
    note: str = ""


class AliasUndone(Struct, frozen=True, kw_only=True, tag="alias.undone"):
    """Somebody takes it back."""

    id: str
    by: str
    at: datetime
    reason: str = ""


AliasStep = AliasAdded | AliasReviewed | AliasUndone


class Alias(Struct, frozen=True):
    """An alias with everything that was done to it."""

    added: AliasAdded
    review: AliasReviewed | None = None
    undone: AliasUndone | None = None

    @property
    def state(self) -> AliasState:
        """How far it has come."""
        if self.undone is not None:
            return AliasState.UNDONE
        if self.review is None:
            return AliasState.NEW
        return AliasState.REVIEWED if self.review.accepted else AliasState.REFUSED

    @property
    def is_in_effect(self) -> bool:
        """Whether searches use it."""
        return self.state in {AliasState.NEW, AliasState.REVIEWED}


class AliasFound(Struct, frozen=True):
    """An alias that the words may mean, and how well; whether by an RT, RW, number or block; the
    words that are not in it."""

    alias: Alias
    score: float
    by_number: bool
    unused: frozenset[str] = frozenset()


class AliasBook:
    """All aliases of a city."""

    def __init__(self, steps: Iterable[AliasStep] = ()) -> None:
        self._aliases: dict[str, Alias] = {}
        self._steps: list[AliasStep] = []
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        self._by_key: dict[str, set[str]] = defaultdict(set)
        self._by_document: dict[str, list[str]] = defaultdict(list)
        for step in steps:
            self.apply(step)

    def __len__(self) -> int:
        """Aliases in effect."""
        return len(self._phrases)

    @property
    def version(self) -> int:
        """Grows with every step: what was found before it may be out of date."""
        return len(self._steps)

    @property
    def steps(self) -> tuple[AliasStep, ...]:
        """The trail: every step in the order taken."""
        return tuple(self._steps)

    def get(self, alias: str) -> Alias:
        """One alias. Raises `AliasRefused` when there is none."""
        if alias not in self._aliases:
            raise AliasRefused(f"{alias}: no such alias")
        return self._aliases[alias]

    def list_all(self) -> list[Alias]:
        """All aliases, also those no longer in effect, in the order in which they were added."""
        return list(self._aliases.values())

    def in_effect(self) -> list[Alias]:
        """Those that searches use."""
        return [self._aliases[one] for one in self._phrases]

    def apply(self, step: AliasStep) -> Alias:
        """Take one step; it holds from now on. Raises `AliasRefused` and changes nothing."""
        match step:
            case AliasAdded():
                alias = self._added(step)
            case AliasReviewed():
                alias = self._changed(step.id)
                alias = Alias(alias.added, step, None)
            case AliasUndone():
                alias = self._changed(step.id)
                alias = Alias(alias.added, alias.review, step)
            case _:
                assert_never(step)
        self._aliases[step.id] = alias
        self._steps.append(step)
        if not alias.is_in_effect:
            self._forget(alias)
        return alias

    def correction_of(self, document: str) -> Alias | None:
        """The newest alias in effect that puts this document right."""
        ids = self._by_document.get(document)
        return self._aliases[ids[-1]] if ids else None

    def find(self, said: Normalised) -> list[AliasFound]:
        """Aliases that the words may mean, best first."""
        if not self._phrases or not said.words:
            return []
        heard = self._heard(said)
        wanted: set[str] = set()
        for keys in heard:
            for key in keys:
                wanted |= self._by_key[key]
        found: list[AliasFound] = []
        for one in wanted:
            score, phrase = max((_score(phrase, heard), phrase) for phrase in self._phrases[one])
            if score > 0:
                by_number = any(":" in key for key in phrase)
                unused = frozenset(
                    word
                    for word, keys in zip(said.words, heard[: len(said.words)], strict=True)
                    if keys.isdisjoint(phrase)
                )
                found.append(AliasFound(self._aliases[one], score, by_number, unused))
        return sorted(found, key=lambda one: (-one.score, one.alias.added.id))

    def _added(self, step: AliasAdded) -> Alias:
        phrases = [phrase for phrase in map(_keys, step.phrases) if phrase]
        if step.id in self._aliases:
            raise AliasRefused(f"{step.id}: there is such an alias already")
        if not phrases and step.document is None:
            raise AliasRefused(f"{step.id}: neither words nor a document")
        if len(step.phrases) > PHRASES_MAX:
            raise AliasRefused(f"{step.id}: {len(step.phrases)} phrases; at most {PHRASES_MAX}")
        if not (-90 <= step.point.lat <= 90 and -180 <= step.point.lon <= 180):
            raise AliasRefused(f"{step.id}: no point on the earth")
        if len(self._phrases) >= ALIASES_MAX:
            raise AliasRefused(f"{ALIASES_MAX} aliases hold already; undo some")
        self._phrases[step.id] = phrases or [()]
        for key in {key for phrase in phrases for key in phrase}:
            self._by_key[key].add(step.id)
        if step.document is not None:
            self._by_document[step.document].append(step.id)
        return Alias(step)

    def _changed(self, alias: str) -> Alias:
        known = self.get(alias)
        if not known.is_in_effect:
            raise AliasRefused(f"{alias}: {known.state}, no longer in effect")
        return known

    def _forget(self, alias: Alias) -> None:
        own = alias.added.id
        for phrase in self._phrases.pop(own, []):
            for key in phrase:
                self._by_key[key].discard(own)
                if not self._by_key[key]:
                    del self._by_key[key]
        if alias.added.document is not None:
            ids = self._by_document[alias.added.document]
            ids.remove(own)
            if not ids:
                del self._by_document[alias.added.document]

    def _heard(self, said: Normalised) -> list[frozenset[str]]:
        """For each word the keys of aliases that it may mean."""
        last = len(said.words) - 1
        words = [
            self._keys_like(key_of(word), begun=said.unfinished and n == last)
            for n, word in enumerate(said.words)
        ]
        parts = [frozenset({part}) for part in _parts(said.parts) if part in self._by_key]
        return words + parts

    def _keys_like(self, key: str, *, begun: bool) -> frozenset[str]:
        if key in self._by_key and not begun:
            return frozenset({key})
        if begun:
            found = {one for one in self._by_key if one.startswith(key)}
            if found:
                return frozenset(found)
        if len(key) < FUZZY_FROM or key.isdigit():
            return frozenset()
        return frozenset(
            one
            for one in self._by_key
            if abs(len(one) - len(key)) <= 1 and OSA.distance(key, one, score_cutoff=1) <= 1
        )


def _keys(phrase: str) -> tuple[str, ...]:
    """What must be said: every word, and the RT, RW, number and block where the phrase has them.

    Words that only say what a thing is ("warung") are no name.
    """
    said = normalise(phrase[:PHRASE_CHARACTERS_MAX])
    if all(word in TYPE_WORDS for word in said.words):
        return ()
    keys = (key_of(word) for word in said.words)
    return tuple(dict.fromkeys((*keys, *_parts(said.parts))))


def _parts(parts: AddressParts) -> tuple[str, ...]:
    named = (("rt", parts.rt), ("rw", parts.rw), ("no", parts.number), ("blok", parts.block))
    return tuple(f"{name}:{value}" for name, value in named if value)


def _score(phrase: Sequence[str], heard: Sequence[frozenset[str]]) -> float:
    """How much of the phrase was said, if everything or nearly everything said belongs to it."""
    if not phrase:
        return 0.0
    said = {key for keys in heard for key in keys}
    letters = sum(map(len, phrase))
    share = sum(len(key) for key in phrase if key in said) / letters
    mine = [any(key in phrase for key in keys) for keys in heard]
    if share >= 1.0:  # "sungai" is not all of "sungai banjir kanal"
        return WHOLE_SCORE * max(sum(mine) / len(mine), WHOLE_SHARE_MIN)
    belongs = all(mine)
    if not belongs or share < PARTLY_MIN:
        return 0.0
    return PARTLY_SCORE + PARTLY_SHARE * share
