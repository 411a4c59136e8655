"""The files of a city pack and their shapes: which file holds which part of the city.

Splitting is for people: the fire chief signs `protocols.yaml`, the telephone room keeps
`agencies.yaml`. The rest of Kentongan only ever sees the assembled `CityPack`.
"""

from collections.abc import Container, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from kentongan.cities.calendar import Holiday
from kentongan.cities.facts import (
    Agency,
    City,
    Confidence,
    Desk,
    Hospital,
    Kecamatan,
    Line,
    Post,
    Puskesmas,
    Source,
    Unit,
)
from kentongan.cities.junctions import Junction
from kentongan.cities.landmarks import FloodRoad, Landmark, LevelCrossing, TollRoad
from kentongan.cities.read import Document, Problems, compose, read
from kentongan.cities.run_cards import BusyStep, RunCard
from kentongan.cities.taxonomy import (
    AlarmLimit,
    Category,
    Flag,
    Interview,
    Language,
    NatureWords,
    Phrasebook,
    Priority,
    Protocol,
    Question,
    Script,
    Stamp,
    Target,
)
from kentongan.cities.training import Scenario, Sound, Telephone, Written
from kentongan.cities.waters import Water


class CityFile(Struct, frozen=True):
    """`city.yaml`."""

    city: City
    sources: tuple[Source, ...]
    lines: tuple[Line, ...]
    desks: tuple[Desk, ...]
    interview: Interview
    holidays: tuple[Holiday, ...] = ()


class AgenciesFile(Struct, frozen=True):
    """`agencies.yaml`."""

    agencies: tuple[Agency, ...]


class AreasFile(Struct, frozen=True):
    """`areas.yaml`."""

    kecamatan: tuple[Kecamatan, ...]


class HealthFile(Struct, frozen=True):
    """`health.yaml`."""

    hospitals: tuple[Hospital, ...]
    puskesmas: tuple[Puskesmas, ...]


class PostsFile(Struct, frozen=True):
    """`posts.yaml`."""

    posts: tuple[Post, ...]


class UnitsFile(Struct, frozen=True):
    """`units.yaml`."""

    units: tuple[Unit, ...]


class LandmarksFile(Struct, frozen=True):
    """`landmarks.yaml`."""

    landmarks: tuple[Landmark, ...]
    crossings: tuple[LevelCrossing, ...]
    tolls: tuple[TollRoad, ...]
    flood_roads: tuple[FloodRoad, ...]
    waters: tuple[Water, ...] = ()
    junctions: tuple[Junction, ...] = ()


class TaxonomyFile(Struct, frozen=True):
    """`taxonomy.yaml`."""

    priorities: tuple[Priority, ...]
    flags: tuple[Flag, ...]
    categories: tuple[Category, ...]


class RunCardsFile(Struct, frozen=True):
    """`run-cards.yaml`."""

    run_cards: tuple[RunCard, ...]
    busy: tuple[BusyStep, ...] = ()


class WordsFile(Struct, frozen=True):
    """`words-id.yaml` and `words-jv.yaml`: trigger words in one language."""

    language: Language
    confidence: Confidence
    note: str
    words: tuple[NatureWords, ...]


class ProtocolsFile(Struct, frozen=True):
    """`protocols.yaml`."""

    entry_questions: tuple[Question, ...]
    protocols: tuple[Protocol, ...]


class ScriptsFile(Struct, frozen=True):
    """`scripts.yaml`."""

    scripts: tuple[Script, ...]
    phrasebook: Phrasebook


class TargetsFile(Struct, frozen=True):
    """`targets.yaml`."""

    stamps: tuple[Stamp, ...]
    targets: tuple[Target, ...]
    alarms: tuple[AlarmLimit, ...]


class SoundsFile(Struct, frozen=True):
    """`sounds.yaml`."""

    sounds: tuple[Sound, ...]
    written: Written


class ScenariosFile(Struct, frozen=True):
    """`scenarios.yaml`."""

    scenarios: tuple[Scenario, ...]
    telephones: tuple[Telephone, ...] = ()


class PackFiles(Struct, frozen=True, kw_only=True):
    """Every file of a pack as read, and the documents for finding lines."""

    city: CityFile
    agencies: AgenciesFile
    areas: AreasFile
    health: HealthFile
    posts: PostsFile
    units: UnitsFile
    landmarks: LandmarksFile
    taxonomy: TaxonomyFile
    run_cards: RunCardsFile
    words_id: WordsFile
    words_jv: WordsFile
    protocols: ProtocolsFile
    scripts: ScriptsFile
    targets: TargetsFile
    sounds: SoundsFile
    scenarios: ScenariosFile
    documents: dict[str, Document]


FILES: Final[dict[str, type[Struct]]] = {
    "city": CityFile,
    "agencies": AgenciesFile,
    "areas": AreasFile,
    "health": HealthFile,
    "posts": PostsFile,
    "units": UnitsFile,
    "landmarks": LandmarksFile,
    "taxonomy": TaxonomyFile,
    "run_cards": RunCardsFile,
    "words_id": WordsFile,
    "words_jv": WordsFile,
    "protocols": ProtocolsFile,
    "scripts": ScriptsFile,
    "targets": TargetsFile,
    "sounds": SoundsFile,
    "scenarios": ScenariosFile,
}


def file_name(part: str) -> str:
    """The file that holds a part: `words_id` is in `words-id.yaml`."""
    return part.replace("_", "-") + ".yaml"


NO_OVERLAY: Final[Mapping[str, str]] = MappingProxyType({})
"""The files as they lie in the folder."""


def read_files(
    directory: Path,
    problems: Problems,
    overlay: Mapping[str, str] = NO_OVERLAY,
    known: PackFiles | None = None,
    changed: Container[str] = (),
) -> PackFiles | None:
    """Every file of the pack, or `None` when any of them is not what it should be.

    `overlay` holds whole files by name that take the place of those in the folder. Of a version
    that is `known` only the files in `changed` are read: a change of one row costs one file.
    """
    parts: dict[str, Any] = {}
    documents: dict[str, Document] = {}
    for part, kind in FILES.items():
        if known is not None and file_name(part) not in changed:
            parts[part], documents[part] = getattr(known, part), known.documents[part]
            continue
        document = compose(directory / file_name(part), problems, overlay.get(file_name(part)))
        if document is None:
            continue
        documents[part] = document
        value = read(document, kind, problems)
        if value is not None:
            parts[part] = value
    if len(parts) < len(FILES):
        return None
    return PackFiles(**parts, documents=documents)
