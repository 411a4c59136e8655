"""Everything a city can be searched by, in one value that is saved and loaded whole.

Documents in columns, the index over their names, crossings, areas, and points along streets for
the way back. Names are normalised once, when it is built; a saved gazetteer holds the outcome, so
that a process is ready within a second or two. It is never changed: corrections are `aliases`.
"""

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from kentongan.cities.gazetteer import PlaceKind
from kentongan.edge.geo.gazetteer.areas import Areas, contexts_of
from kentongan.edge.geo.gazetteer.columns import ENUMS, KINDS, Arrays, DocumentColumns, Texts
from kentongan.edge.geo.gazetteer.crossings import Crossings
from kentongan.edge.geo.gazetteer.documents import Document, names_of
from kentongan.edge.geo.gazetteer.index import WordIndex
from kentongan.edge.geo.gazetteer.normaliser import normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.scoring import Facts

FORMAT: Final = 2
"""Version of the file layout and of the normaliser's rules; another one is built anew."""

FILE_NAME: Final = "gazetteer.npz"
"""Its name inside a city directory."""

DOCUMENTS_MAX: Final = 2_000_000
"""More names than any city has; numbers of rows stay well inside their columns."""

OWN_NAME, OTHER_NAME, ADDRESS = 0, 1, 2
QUALITY: Final = (1.0, 0.985, 0.85)
"""How much a hit in a document's own name, another name, its address is worth."""


STOP_QUALITY: Final = np.float32(0.85)
"""A stop is named after what it stands before, and that is what is meant."""

_STOP: Final = KINDS.index(PlaceKind.STOP)
_AREAS: Final = [KINDS.index(one) for one in (PlaceKind.KELURAHAN, PlaceKind.KECAMATAN)]


class GazetteerBroken(Exception):  # noqa: N818 - what the file is, like ExtractBroken
    """A file that holds no usable gazetteer; the text names the file and what is wrong."""


class Gazetteer:
    """A city's names. Build with `build`, or `load`."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self.documents = DocumentColumns(arrays)
        self.index = WordIndex(
            {n.removeprefix("index."): a for n, a in arrays.items() if n.startswith("index.")}
        )
        self.crossings = Crossings(arrays)
        self.areas = Areas(arrays)
        self.row_document = arrays["row_document"].astype(np.int32, copy=False)
        self.row_sort = arrays["row_sort"].astype(np.uint8, copy=False)
        self._hashes = arrays["row_hash"].astype(np.uint32, copy=False)
        written = "row_name.blob" in arrays  # a city that an earlier release imported has none
        self._names = Texts.from_arrays(arrays, "row_name") if written else self.index.texts
        self.point_document = arrays["point_document"].astype(np.int32, copy=False)
        self.point_lat = arrays["point_lat"].astype(np.float64, copy=False)
        self.point_lon = arrays["point_lon"].astype(np.float64, copy=False)
        self._check()
        self._by_hash = np.argsort(self._hashes, kind="stable").astype(np.int32)
        self._sorted_hashes = self._hashes[self._by_hash]
        quality = np.array(QUALITY, dtype=np.float32)[self.row_sort]
        is_stop = self.documents.kinds[self.row_document] == _STOP
        self.facts_when_stop_said = Facts(
            lat=self.documents.lat[self.row_document],
            lon=self.documents.lon[self.row_document],
            importance=self.documents.importance[self.row_document],
            quality=quality,
            is_area=np.isin(self.documents.kinds[self.row_document], _AREAS),
        )
        self.facts = structs.replace(
            self.facts_when_stop_said, quality=quality * np.where(is_stop, STOP_QUALITY, 1)
        )

    def __len__(self) -> int:
        return len(self.documents)

    def rows_of(self, document: int) -> range:
        """The rows of a document, its own name first: they stand together."""
        first = int(np.searchsorted(self.row_document, document, side="left"))
        return range(first, int(np.searchsorted(self.row_document, document, side="right")))

    def other_name(self, row: int) -> str:
        """A row's other name as it is written; empty for own names and addresses."""
        return self._names[row] if self.row_sort[row] == OTHER_NAME else ""

    def called_like(self, row: int) -> list[int]:
        """Documents with a name of the very same words, other than the row's own document."""
        own_hash = self._hashes[row : row + 1]  # of the array's own type: no copy of all of them
        first = int(np.searchsorted(self._sorted_hashes, own_hash, side="left")[0])
        last = int(np.searchsorted(self._sorted_hashes, own_hash, side="right")[0])
        if last - first < 2:
            return []
        own, text = int(self.row_document[row]), self.index.texts[row]
        found = {
            int(self.row_document[one])
            for one in self._by_hash[first:last].tolist()
            if self.row_sort[one] != ADDRESS and self.index.texts[one] == text
        }
        return sorted(found - {own})

    def save(self, path: Path) -> None:
        """Write one file. Raises `OSError`."""
        arrays: Arrays = {
            "format": np.array([FORMAT], dtype=np.int64),
            "enums": np.frombuffer(ENUMS.encode(), dtype=np.uint8),
            "row_document": self.row_document, "row_sort": self.row_sort,
            "row_hash": self._hashes, "point_document": self.point_document,
            "point_lat": self.point_lat, "point_lon": self.point_lon,
        }  # fmt: skip
        arrays |= self._names.to_arrays("row_name")
        arrays |= self.documents.to_arrays() | self.crossings.to_arrays() | self.areas.to_arrays()
        arrays |= {f"index.{name}": one for name, one in self.index.to_arrays().items()}
        with path.open("wb") as file:
            np.savez(file, **{name: np.ascontiguousarray(one) for name, one in arrays.items()})  # pyright: ignore[reportArgumentType]

    def _check(self) -> None:
        rows, size = self.index.rows, len(self.documents)
        columns = (self.row_document, self.row_sort, self._hashes, self._names)
        if any(len(one) != rows for one in columns):
            raise ValueError("rows of different number")
        if not len(self.point_document) == len(self.point_lat) == len(self.point_lon):
            raise ValueError("points of different number")
        for column in (self.row_document, self.point_document):
            if len(column) and not 0 <= int(column.min()) <= int(column.max()) < size:
                raise ValueError("a row of no document")
        if len(self.row_sort) and int(self.row_sort.max()) >= len(QUALITY):
            raise ValueError("a row of no sort")


def load(path: Path) -> Gazetteer:
    """Read what `save` wrote. Raises `GazetteerBroken` for anything else, `OSError` for no file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: Arrays = {name: file[name] for name in file.files}
        told = arrays["format"].tolist(), arrays["enums"].tobytes()
        if told != ([FORMAT], ENUMS.encode()):
            raise GazetteerBroken(f"{path}: written by another release; build it anew")
        return Gazetteer(arrays)
    except (ValueError, KeyError, IndexError, EOFError, BadZipFile, zlib.error) as error:
        raise GazetteerBroken(f"{path}: not a saved gazetteer ({error})") from error


def build(
    documents: Sequence[Document], areas: Areas, crossings: Crossings | None = None
) -> Gazetteer:
    """A gazetteer of these documents; those of the same key count once, the first.

    Raises `ValueError` for more than `DOCUMENTS_MAX`.
    """
    documents = list({document.key: document for document in reversed(documents)}.values())[::-1]
    if len(documents) > DOCUMENTS_MAX:
        raise ValueError(f"{len(documents)} documents; at most {DOCUMENTS_MAX}")
    keys, row_document, row_sort, names = _rows(documents)
    columns = DocumentColumns.of(documents)
    contexts = [_keys(columns.contexts[n]) for n in range(len(columns.contexts))]
    around = columns.context_ids[np.array(row_document, dtype=np.int32)] if keys else ()
    index = WordIndex.of(keys, [int(n) for n in around], contexts)
    crossings = crossings or Crossings.of(())
    places = list(zip(crossings.lat.tolist(), crossings.lon.tolist(), strict=True))
    crossings = crossings.with_contexts([label for label, _ in contexts_of(areas, places)])
    points = [(n, lat, lon) for n, d in enumerate(documents) for lat, lon in d.points]
    arrays: Arrays = {
        "row_document": np.array(row_document, dtype=np.int32),
        "row_sort": np.array(row_sort, dtype=np.uint8),
        "row_hash": np.array([zlib.crc32(" ".join(k).encode()) for k in keys], dtype=np.uint32),
        "point_document": np.array([n for n, _, _ in points], dtype=np.int32),
        "point_lat": np.array([lat for _, lat, _ in points], dtype=np.float64),
        "point_lon": np.array([lon for _, _, lon in points], dtype=np.float64),
    }
    arrays |= Texts.of(names).to_arrays("row_name")
    arrays |= columns.to_arrays() | crossings.to_arrays() | areas.to_arrays()
    arrays |= {f"index.{name}": one for name, one in index.to_arrays().items()}
    return Gazetteer(arrays)


def _rows(
    documents: Sequence[Document],
) -> tuple[list[tuple[str, ...]], list[int], list[int], list[str]]:
    """The keys of every name, its document, its sort, and the name where it is another one."""
    keys: list[tuple[str, ...]] = []
    of: list[int] = []
    sorts: list[int] = []
    written: list[str] = []
    for n, document in enumerate(documents):
        seen: set[tuple[str, ...]] = set()
        names = [(name, OTHER_NAME) for name in names_of(document)]
        names[0] = (names[0][0], OWN_NAME)
        if document.address:
            names.append((document.address, ADDRESS))
        for name, sort in names:
            words = _keys(name, with_number=sort == ADDRESS)
            if words and words not in seen:
                seen.add(words)
                keys.append(words)
                of.append(n)
                sorts.append(sort)
                written.append(name if sort == OTHER_NAME else "")
    return keys, of, sorts, written


def _keys(text: str, *, with_number: bool = False) -> tuple[str, ...]:
    normalised = normalise(text)
    words = normalised.words
    if with_number and normalised.parts.number:
        words = (*words, normalised.parts.number)
    return tuple(key_of(word) for word in words)
