"""The glossary's words are the words on screens, and in what is sent, printed or refused.

`docs/glossary.md` has each pair, and beside it what must not be said instead.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest

from kentongan.cities.facts import Text
from kentongan.cities.pack import load, packaged
from kentongan.edge.notify import letters
from kentongan.edge.paper import words as paper
from kentongan.edge.web.messages import MESSAGES
from kentongan.measure.monthly.words_en import ENGLISH
from kentongan.measure.monthly.words_id import INDONESIAN

ROOT: Final = Path(__file__).parents[2]
LOCALES: Final = ROOT / "web" / "locales"
TABLE: Final = (
    (ROOT / "docs" / "glossary.md").read_text("utf-8").partition("## Words on screens")[2]
)

OTHERS_WORDS: Final = ("sounds", "categories", "flags")
"""Of the pack: sentences that are recorded as somebody says them, and the city's own catalogue."""

Row = tuple[str, tuple[str, ...], tuple[str, ...]]
"""The Indonesian term, the English ones, what is never said."""


def _row(line: str) -> Row:
    indonesian, english, never = (cell.strip() for cell in line.strip().strip("|").split("|"))
    return indonesian, _words(english), _words(never)


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(",") if word.strip())


ROWS: Final = [_row(line) for line in TABLE.splitlines() if line.startswith("| ")][1:]


def _of(words: tuple[str, ...], *, begins: bool = False) -> re.Pattern[str]:
    """Any of these as whole words, or as what a word begins with."""
    end = "" if begins else r"(?![\w-])"
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))}){end}", re.IGNORECASE)


def _pairs() -> Iterator[tuple[str, str, str]]:
    """Key, Indonesian and English of everything that a screen can say."""
    for path in sorted(LOCALES.rglob("id.json")):
        english = json.loads(path.with_name("en.json").read_text("utf-8"))
        for key, text in json.loads(path.read_text("utf-8")).items():
            yield f"{path.parent.name}/{key}", text, english[key]


PAIRS: Final = list(_pairs())


def _texts_of(value: object) -> Iterator[str]:
    """Both languages of every text of the pack."""
    if isinstance(value, Text):
        yield from (value.id, value.en)
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            if field not in OTHERS_WORDS:
                yield from _texts_of(getattr(value, field))
    elif isinstance(value, tuple):
        for one in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts_of(one)  # pyright: ignore[reportUnknownArgumentType]


def _told() -> Iterator[str]:
    """All that a person reads: screens, refusals, messages, paper, reports, the city pack."""
    for _, indonesian, english in PAIRS:
        yield from (indonesian, english)
    for message in MESSAGES.values():
        yield from message
    for words in (letters.WORDS, *paper.WORDS.values(), INDONESIAN, ENGLISH):
        yield from words.values()
    yield from _texts_of(load(packaged()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_term_has_its_own_word_in_the_other_language(row: Row) -> None:
    """Somewhere both stand; wherever the term is all that a label says, its translation is it."""
    indonesian, english, _ = row
    here, there = _of((indonesian,)), _of(english, begins=True)
    assert any(here.search(one) and there.search(other) for _, one, other in PAIRS)
    label = re.compile(rf"\W*{re.escape(indonesian)}\W*", re.IGNORECASE)
    alone = [(key, other) for key, one, other in PAIRS if label.fullmatch(one)]
    assert [(key, other) for key, other in alone if not there.search(other)] == []


def test_nothing_is_said_by_another_word() -> None:
    """No term's forbidden synonym is read anywhere, other than inside of another term."""
    never = _of(tuple(word for _, _, words in ROWS for word in words))
    longer = _of(tuple(indonesian for indonesian, _, _ in ROWS if " " in indonesian))
    texts = sorted(set(_told()))
    assert len(texts) > 3_000
    assert [text for text in texts if never.search(longer.sub("", text))] == []


def test_the_glossary_itself_keeps_to_it() -> None:
    """Of the meanings above the table, the column of Indonesian words."""
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8").partition("## Words on screens")[0]
    columns = [line.split("|")[3] for line in text.splitlines() if line.startswith("| ")]
    never = _of(tuple(word for _, _, words in ROWS for word in words))
    longer = _of(tuple(indonesian for indonesian, _, _ in ROWS if " " in indonesian))
    assert [one for one in columns if never.search(longer.sub("", one))] == []
