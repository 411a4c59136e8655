"""What is it? Sub-categories proposed from the caller's first words, while they are being typed.

Compares Indonesian and Javanese words with the trigger words of the pack, tolerating beginnings,
misspelling and endings (-nya, -ku). It proposes; the call-taker decides. A danger word opens the
fast lane. Nothing here is a diagnosis.
"""

from functools import lru_cache
from typing import Final

from msgspec import Struct

from kentongan.cities.pack import CityPack
from kentongan.cities.spelling import Vocabulary, tokens
from kentongan.cities.taxonomy import Nature

PACKS_REMEMBERED: Final = 8  # a process serves one city; tests load a few more
GUESSES_MAX: Final = 20  # nobody reads more
DANGER_QUALITY_MIN: Final = 0.78  # one misspelt letter, or most of the word typed
NAME_WEIGHT: Final = 0.6  # the name of a sub-category is a weaker hint than a trigger word
CODE_SCORE: Final = 20.0  # somebody typed the code itself
LONGER_PHRASE: Final = 0.35  # each further word makes a phrase this much more telling
GAP_MAX: Final = 2  # words that may stand between those of a phrase

FILLERS: Final = frozenset(
    {"di", "ke", "dari", "dan", "atau", "yang", "untuk", "dengan", "pada", "oleh", "minta", "ada"}
    | {"tidak", "sudah", "sedang", "of", "or", "a", "an", "the", "and", "in", "on", "with", "no"}
    | {"for", "to", "by"}
)


class CategoryGuess(Struct, frozen=True):
    """A proposed sub-category. `danger` opens the fast lane; `matched` are the trigger words."""

    code: str
    score: float
    danger: bool
    matched: tuple[str, ...]


def suggest(pack: CityPack, text: str, limit: int = 5) -> list[CategoryGuess]:
    """The sub-categories that the words point to, best first; none when they point to none."""
    return _index(pack).suggest(text, max(0, min(limit, GUESSES_MAX)))


class _Phrase(Struct, frozen=True):
    """A trigger phrase, folded."""

    code: str
    words: tuple[str, ...]
    text: str
    weight: float
    danger: bool


class _Hit(Struct, frozen=True):
    """A phrase found in the typed words, and where."""

    phrase: _Phrase
    score: float
    quality: float
    places: frozenset[int]


class _Index:
    """The phrases of a pack by their words."""

    def __init__(self, phrases: tuple[_Phrase, ...], codes: tuple[str, ...]) -> None:
        self._phrases = phrases
        self._by_word: dict[str, set[int]] = {}
        for n, phrase in enumerate(phrases):
            for word in phrase.words:
                self._by_word.setdefault(word, set()).add(n)
        self._vocabulary = Vocabulary(self._by_word)
        self._codes = {tokens(code): code for code in codes}
        self._order = {code: n for n, code in enumerate(codes)}

    def suggest(self, text: str, limit: int) -> list[CategoryGuess]:
        typed = tokens(text)
        by_code: dict[str, list[_Hit]] = {}
        for hit in self._hits(typed):
            by_code.setdefault(hit.phrase.code, []).append(hit)
        guesses = [_guess(code, hits) for code, hits in by_code.items()]
        guesses.extend(self._typed_codes(typed))
        guesses.sort(key=lambda guess: (-guess.score, self._order[guess.code]))
        return guesses[:limit]

    def _hits(self, typed: tuple[str, ...]) -> list[_Hit]:
        found: dict[str, dict[int, float]] = {}
        for place, word in enumerate(typed):
            for known, quality in self._vocabulary.matches(word, place == len(typed) - 1).items():
                found.setdefault(known, {})[place] = quality
        wanted: set[int] = set()
        for known in found:
            wanted |= self._by_word[known]
        hits = (_hit(self._phrases[n], found) for n in wanted)
        return [hit for hit in hits if hit is not None]

    def _typed_codes(self, typed: tuple[str, ...]) -> list[CategoryGuess]:
        code = self._codes.get(typed)
        return [] if code is None else [CategoryGuess(code, CODE_SCORE, False, (code,))]


def _hit(phrase: _Phrase, found: dict[str, dict[int, float]]) -> _Hit | None:
    """The phrase in the typed words: every word of it, in order, with few words between."""
    if any(word not in found for word in phrase.words):
        return None
    runs = [_run(phrase.words, start, found) for start in found[phrase.words[0]]]
    places = max(
        (run for run in runs if run), key=lambda run: _mean(run, phrase, found), default=()
    )
    if not places:
        return None
    quality = _mean(places, phrase, found)
    score = phrase.weight * quality * (1 + LONGER_PHRASE * (len(phrase.words) - 1))
    return _Hit(phrase, score, quality, frozenset(places))


def _run(words: tuple[str, ...], start: int, found: dict[str, dict[int, float]]) -> tuple[int, ...]:
    """Where each word of a phrase stands when its first stands at `start`; empty if not there."""
    places = [start]
    for word in words[1:]:
        after = range(places[-1] + 1, places[-1] + GAP_MAX + 2)
        following = [place for place in after if place in found[word]]
        if not following:
            return ()
        places.append(max(following, key=lambda place: (found[word][place], -place)))
    return tuple(places)


def _mean(places: tuple[int, ...], phrase: _Phrase, found: dict[str, dict[int, float]]) -> float:
    pairs = zip(phrase.words, places, strict=True)
    return sum(found[word][place] for word, place in pairs) / len(places)


def _guess(code: str, hits: list[_Hit]) -> CategoryGuess:
    """Each typed word counts once for a sub-category: for the most telling phrase it is in."""
    hits.sort(key=lambda hit: (-hit.score, hit.phrase.text))
    used: set[int] = set()
    taken: list[_Hit] = []
    for hit in hits:
        if not used & hit.places:
            used |= hit.places
            taken.append(hit)
    danger = any(hit.phrase.danger and hit.quality >= DANGER_QUALITY_MIN for hit in hits)
    matched = tuple(dict.fromkeys(hit.phrase.text for hit in taken))
    return CategoryGuess(code, round(sum(hit.score for hit in taken), 3), danger, matched)


@lru_cache(maxsize=PACKS_REMEMBERED)
def _index(pack: CityPack) -> _Index:
    phrases: dict[tuple[str, tuple[str, ...]], _Phrase] = {}
    for nature in pack.natures:
        for phrase in (*_trigger_phrases(nature), *_name_phrases(nature)):
            phrases.setdefault((phrase.code, phrase.words), phrase)
    return _Index(tuple(phrases.values()), tuple(nature.code for nature in pack.natures))


def _trigger_phrases(nature: Nature) -> list[_Phrase]:
    return [
        _Phrase(nature.code, words, word.text, float(word.weight), word.danger)
        for word in sorted(nature.words, key=lambda word: -word.weight)
        if (words := tokens(word.text))
    ]


def _name_phrases(nature: Nature) -> list[_Phrase]:
    return [
        _Phrase(nature.code, (word,), word, NAME_WEIGHT, False)
        for word in tokens(f"{nature.name.id} {nature.name.en}")
        if word not in FILLERS and len(word) > 2
    ]
