"""What can be found: one document for every name of a city that has a point.

A document says how good its point is and where it comes from. Documents are values for building;
the running search keeps them in columns (`columns`) and makes proposals of them.
"""

import re
from typing import Literal

from msgspec import Struct

from kentongan.cities.facts import Confidence
from kentongan.cities.gazetteer import Caution, PlaceKind

SHORT_WORD = 4
"""Letters of a word that people run together with its neighbours."""

Source = Literal["osm", "pack", "alias", "crew", "synthetic"]


class Document(Struct, frozen=True, kw_only=True):
    """A name and its point, WGS 84 degrees.

    `context` is "kelurahan, kecamatan", or what is known of it. `importance` runs from 0 to 1 and
    only breaks near ties. `facts` are the pack's source keys where the pack is the source.
    Documents of one `group` are pieces of one street: only the best of them is proposed.
    `points` are further points along it, for the way back from a point to a name.
    """

    key: str
    name: str
    kind: PlaceKind
    lat: float
    lon: float
    source: Source
    accuracy_m: int
    context: str = ""
    other_names: tuple[str, ...] = ()
    address: str = ""
    importance: float = 0.2
    kelurahan: str | None = None
    confidence: Confidence = Confidence.MEDIUM
    cautions: tuple[Caution, ...] = ()
    facts: tuple[str, ...] = ()
    group: str = ""
    points: tuple[tuple[float, float], ...] = ()


def names_of(document: Document) -> tuple[str, ...]:
    """Every name it is found by, its own first, each once."""
    names = (document.name, *document.other_names, *_further(document))
    return tuple(dict.fromkeys(name for name in names if name))


def _further(document: Document) -> list[str]:
    """Names that follow from the kind, as people say them."""
    match document.kind:
        case PlaceKind.KELURAHAN:
            return [f"Kelurahan {document.name}"]
        case PlaceKind.STOP:
            return [f"Halte {document.name}"]
        case PlaceKind.HOSPITAL:
            return _hospital_names(document)
        case PlaceKind.POLICE:
            return [_POLICE.sub("Kantor Polisi ", document.name)]
        case _:
            names = (document.name, *document.other_names)
            return [*_short_names(names), *_run_together(names)]


_HOSPITAL_BEGINS = ("rumah sakit", "rsup", "rsud", "rsu", "rsia", "rsi", "rsjd", "rsj", "rsd", "rs")
_POLICE = re.compile(r"^(?:polsek|polres(?:tabes|ta)?|pos polisi)\s+", re.IGNORECASE)
_TITLES = ("dr.", "dr", "k.r.m.t.", "prof.", "st.", "kh.")


def _run_together(names: tuple[str, ...]) -> list[str]:
    """Names of three short words are written as one: "sampokong"."""
    parted = [name.split() for name in names]
    return [
        "".join(words)
        for words in parted
        if len(words) == 3 and all(w.isalpha() and len(w) <= SHORT_WORD for w in words)
    ]


def _hospital_names(document: Document) -> list[str]:
    """ "RSUP Dr. Kariadi" is "RS Kariadi" to everybody."""
    further: list[str] = []
    for name in (document.name, *document.other_names):
        words = name.split()
        begin = next((one for one in _HOSPITAL_BEGINS if name.lower().startswith(one + " ")), "")
        rest = words[len(begin.split()) :]
        while rest and rest[0].lower() in _TITLES:
            rest = rest[1:]
        if rest:
            further.append("RS " + " ".join(rest))
    return further


def _short_names(names: tuple[str, ...]) -> list[str]:
    """Short and long names of institutions stand for each other, whatever follows them."""
    from kentongan.edge.geo.gazetteer.normaliser import fold
    from kentongan.edge.geo.gazetteer.words import SHORT_NAMES

    further: list[str] = []
    for name in names:
        flat = f" {fold(name)} "
        for long, short in SHORT_NAMES.items():
            if f" {long} " in flat:
                further.append(flat.replace(f" {long} ", f" {short} ").strip())
            elif f" {short} " in flat:
                further.append(flat.replace(f" {short} ", f" {long} ").strip())
    return further
