"""The words of the monthly report by language."""

from collections.abc import Mapping
from typing import Final

from kentongan.measure.monthly.words_en import ENGLISH
from kentongan.measure.monthly.words_id import INDONESIAN

WORDS: Final[Mapping[str, Mapping[str, str]]] = {"id": INDONESIAN, "en": ENGLISH}
