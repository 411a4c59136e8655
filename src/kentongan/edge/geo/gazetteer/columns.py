"""Texts and documents in columns: 85,000 names in a few flat arrays instead of a million objects.

A `Texts` is one run of bytes with the places where its strings begin. It is built once and never
changed; everything goes to and comes from plain numpy arrays, so that a saved gazetteer is read
as fast as the disk gives it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kentongan.cities.facts import Confidence
from kentongan.cities.gazetteer import Caution, PlaceKind
from kentongan.edge.geo.gazetteer.documents import Document, Source

Arrays = dict[str, NDArray[np.generic]]

KINDS: Final = tuple(PlaceKind)
CONFIDENCES: Final = tuple(Confidence)
ASKED: Final = frozenset({
    Caution.OTHER_NAME, Caution.ON_THE_STREET, Caution.SECOND_POINT, Caution.NO_STREET,
    Caution.ROUGH,
})  # fmt: skip
"""Doubts that are told when a place is asked for: no document has one, so that no saved file has to
know them."""

CAUTIONS: Final = tuple(one for one in Caution if one not in ASKED)
SOURCES: Final[tuple[Source, ...]] = ("osm", "pack", "alias", "crew", "synthetic")

ENUMS: Final = "|".join((*KINDS, *CONFIDENCES, *CAUTIONS, *SOURCES))
"""What the numbers in saved columns mean; a file written with other meanings is refused."""


class Texts:
    """A fixed sequence of strings."""

    def __init__(self, blob: bytes, starts: NDArray[np.uint32]) -> None:
        self._blob = blob
        self._starts = starts

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Texts":
        """From any strings."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        starts = np.zeros(len(encoded) + 1, dtype=np.uint32)
        np.cumsum([len(one) for one in encoded], out=starts[1:])
        return cls(b"".join(encoded), starts)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, n: int) -> str:
        return self._blob[self._starts[n] : self._starts[n + 1]].decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        return (self[n] for n in range(len(self)))

    def to_arrays(self, name: str) -> Arrays:
        """For saving."""
        return {
            f"{name}.blob": np.frombuffer(self._blob, dtype=np.uint8),
            f"{name}.starts": self._starts,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], name: str) -> "Texts":
        """Read back. Raises `KeyError` and `ValueError` for arrays that fit no texts."""
        blob = arrays[f"{name}.blob"].astype(np.uint8, copy=False).tobytes()
        starts = arrays[f"{name}.starts"].astype(np.uint32, copy=False)
        if (
            len(starts) == 0
            or int(starts[-1]) != len(blob)
            or bool((np.diff(starts.astype(np.int64)) < 0).any())
        ):
            raise ValueError(f"{name}: starts do not fit the text")
        return cls(blob, starts)


def interned(texts: Iterable[str]) -> tuple[NDArray[np.int32], list[str]]:
    """Each text's number, and the different texts in the order in which they came."""
    numbers: dict[str, int] = {}
    ids = np.fromiter((numbers.setdefault(text, len(numbers)) for text in texts), dtype=np.int32)
    return ids, list(numbers)


class DocumentColumns:
    """Documents by number, in columns."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self.name = Texts.from_arrays(arrays, "name")
        self.key = Texts.from_arrays(arrays, "key")
        self._tables = {
            table: Texts.from_arrays(arrays, table)
            for table in ("contexts", "addresses", "facts", "codes")
        }
        self._arrays = {
            name: arrays[name]
            for name in (
                "kind",
                "confidence",
                "cautions",
                "source",
                "context",
                "address",
                "fact",
                "code",
            )
        }
        self.lat = arrays["lat"].astype(np.float64, copy=False)
        self.lon = arrays["lon"].astype(np.float64, copy=False)
        self.importance = arrays["importance"].astype(np.float32, copy=False)
        self.accuracy = arrays["accuracy"].astype(np.float32, copy=False)
        self.group = arrays["group"].astype(np.int32, copy=False)
        lengths = {len(self.key), len(self.lat), len(self.lon), len(self.importance)}
        lengths |= {
            len(self.accuracy),
            len(self.group),
            *(len(one) for one in self._arrays.values()),
        }
        if lengths != {len(self.name)}:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")

    @classmethod
    def of(cls, documents: Sequence[Document]) -> "DocumentColumns":
        """From documents."""
        return cls(_arrays_of(documents))

    def __len__(self) -> int:
        return len(self.name)

    def to_arrays(self) -> Arrays:
        """For saving."""
        arrays: Arrays = {**self.name.to_arrays("name"), **self.key.to_arrays("key")}
        for name, table in self._tables.items():
            arrays |= table.to_arrays(name)
        own: Arrays = {
            "lat": self.lat, "lon": self.lon, "importance": self.importance,
            "accuracy": self.accuracy, "group": self.group,
        }  # fmt: skip
        return arrays | self._arrays | own

    @property
    def context_ids(self) -> NDArray[np.int32]:
        """The number of each document's context."""
        return self._arrays["context"].astype(np.int32, copy=False)

    @property
    def kinds(self) -> NDArray[np.uint8]:
        """Indexes into `KINDS`."""
        return self._arrays["kind"].astype(np.uint8, copy=False)

    @property
    def contexts(self) -> Texts:
        """The different contexts."""
        return self._tables["contexts"]

    def context(self, n: int) -> str:
        """The context of one document."""
        return self.contexts[int(self.context_ids[n])]

    def kind(self, n: int) -> PlaceKind:
        """What it is."""
        return KINDS[int(self.kinds[n])]

    def document(self, n: int) -> Document:
        """One document, without its other names and further points."""
        marks = int(self._arrays["cautions"][n])
        facts = self._tables["facts"][int(self._arrays["fact"][n])]
        return Document(
            key=self.key[n],
            name=self.name[n],
            kind=self.kind(n),
            lat=float(self.lat[n]),
            lon=float(self.lon[n]),
            source=SOURCES[int(self._arrays["source"][n])],
            accuracy_m=round(float(self.accuracy[n])),
            context=self.context(n),
            address=self._tables["addresses"][int(self._arrays["address"][n])],
            importance=float(self.importance[n]),
            kelurahan=self._tables["codes"][int(self._arrays["code"][n])] or None,
            confidence=CONFIDENCES[int(self._arrays["confidence"][n])],
            cautions=tuple(c for bit, c in enumerate(CAUTIONS) if marks >> bit & 1),
            facts=tuple(facts.split()),
        )


def _arrays_of(documents: Sequence[Document]) -> Arrays:
    context, contexts = interned(one.context for one in documents)
    address, addresses = interned(one.address for one in documents)
    fact, facts = interned(" ".join(one.facts) for one in documents)
    code, codes = interned(one.kelurahan or "" for one in documents)
    group = np.zeros(len(documents), dtype=np.int32)
    numbers: dict[str, int] = {}
    for n, one in enumerate(documents):
        group[n] = numbers.setdefault(one.group, len(numbers)) if one.group else -1
    arrays: Arrays = {
        "context": context, "address": address, "fact": fact, "code": code, "group": group,
        "kind": np.array([KINDS.index(one.kind) for one in documents], dtype=np.uint8),
        "confidence": np.array([CONFIDENCES.index(one.confidence) for one in documents], np.uint8),
        "source": np.array([SOURCES.index(one.source) for one in documents], dtype=np.uint8),
        "cautions": np.array(
            [sum(1 << CAUTIONS.index(c) for c in one.cautions) for one in documents], np.uint32
        ),
        "lat": np.array([one.lat for one in documents], dtype=np.float64),
        "lon": np.array([one.lon for one in documents], dtype=np.float64),
        "importance": np.array([one.importance for one in documents], dtype=np.float32),
        "accuracy": np.array([one.accuracy_m for one in documents], dtype=np.float32),
    }  # fmt: skip
    texts = {"name": (d.name for d in documents), "key": (d.key for d in documents)}
    for name, content in (
        *texts.items(),
        ("contexts", contexts),
        ("addresses", addresses),
        ("facts", facts),
        ("codes", codes),
    ):
        arrays |= Texts.of(content).to_arrays(name)
    return arrays
