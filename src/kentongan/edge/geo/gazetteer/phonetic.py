"""How a word sounds, so that Tjandi, Candi and Tjandhi are one.

Folds the old spelling (oe, tj, dj), Javanese and Arabic letter pairs, and the unwritten e
(Jerakah, Jrakah). It is a key for comparing, never shown to anybody. Pure.
"""

import re
from functools import lru_cache
from typing import Final

KEYS_REMEMBERED: Final = 200_000
"""Words whose key is kept: a whole country's place names have fewer."""

_PAIRS: Final = (
    ("oe", "u"), ("dj", "j"), ("tj", "c"), ("sj", "s"), ("nj", "ny"), ("sy", "s"), ("ch", "k"),
    ("dh", "d"), ("th", "t"), ("bh", "b"), ("kh", "k"), ("gh", "g"), ("sh", "s"), ("ph", "p"),
    ("y", "i"), ("v", "f"), ("z", "s"), ("q", "k"), ("x", "ks"), ("ie", "i"), ("aa", "a"),
)  # fmt: skip
"""In this order; the order is part of the key."""

_DOUBLED: Final = re.compile(r"(.)\1+")
_SILENT_E: Final = re.compile(r"^([bcdgjkpst])e([lr])(?=[aiou])")


@lru_cache(maxsize=KEYS_REMEMBERED)
def key_of(word: str) -> str:
    """The key of a folded word. Numbers, and words with a digit in them, are their own key."""
    if not word.isalpha():
        return word
    key = _SILENT_E.sub(r"\1\2", with_every_e(word))
    if len(key) > 3 and key[-1] in "hk":
        key = key[:-1]
    return key or word


def with_every_e(word: str) -> str:
    """The key before an unwritten e is dropped: closer to a word that lost another letter."""
    key = word
    for written, sounded in _PAIRS:
        key = key.replace(written, sounded)
    return _DOUBLED.sub(r"\1", key)


def begun_keys(word: str) -> tuple[str, ...]:
    """Keys that a word still being typed may begin with, its own first.

    A last h or k may be followed by more letters, and an e may turn out to be the unwritten one.
    """
    own = key_of(word)
    if (
        len(word) in {2, 3}
        and word[1] == "e"
        and word[0] in "bcdgjkpst"
        and word[2:] in {"", "r", "l"}
    ):
        others = [word[0] + letter for letter in (word[2:] or "lr")]
        return (own, *others)
    return (own,)
