"""A city pack: everything a 112 centre must know about its city, read from a folder of YAML.

`load` gives one frozen value or raises `PackError` with every problem it found, each with file,
line and field. `check` gives the same list without raising. A pack never changes after loading;
what the city changes at run time goes through commands and is in the journal.
"""

import gc
from collections.abc import Container, Generator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib.resources import files as _resources
from pathlib import Path

from msgspec import Struct, structs

from kentongan.cities.calendar import Holiday
from kentongan.cities.check import check_references
from kentongan.cities.facts import (
    Agency,
    City,
    Desk,
    Hospital,
    Kecamatan,
    Kelurahan,
    Line,
    Post,
    Puskesmas,
    Source,
    Unit,
)
from kentongan.cities.files import NO_OVERLAY, PackFiles, read_files
from kentongan.cities.junctions import Junction
from kentongan.cities.landmarks import FloodRoad, Landmark, LevelCrossing, TollRoad
from kentongan.cities.read import Problem, Problems
from kentongan.cities.run_cards import BusyStep, RunCard
from kentongan.cities.taxonomy import (
    AlarmLimit,
    Category,
    Flag,
    Interview,
    Language,
    Nature,
    NatureWords,
    Phrasebook,
    Priority,
    Protocol,
    Question,
    Script,
    Stamp,
    Target,
    TriggerWord,
)
from kentongan.cities.training import Scenario, Sound, Telephone, Written
from kentongan.cities.waters import Water


class PackError(Exception):
    """A folder that is not a city pack; `problems` says why, at least one."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].to_text())
        self.problems = problems

    def to_text(self) -> str:
        """Every problem on a line of its own."""
        return to_text(self.problems)


class CityPack(Struct, frozen=True, kw_only=True, eq=False, dict=True, weakref=True):
    """A whole city. Look-ups by key raise `KeyError` when there is no such thing."""

    city: City
    sources: tuple[Source, ...]
    lines: tuple[Line, ...]
    desks: tuple[Desk, ...]
    interview: Interview
    agencies: tuple[Agency, ...]
    kecamatan: tuple[Kecamatan, ...]
    hospitals: tuple[Hospital, ...]
    puskesmas: tuple[Puskesmas, ...]
    posts: tuple[Post, ...]
    units: tuple[Unit, ...]
    landmarks: tuple[Landmark, ...]
    crossings: tuple[LevelCrossing, ...]
    tolls: tuple[TollRoad, ...]
    flood_roads: tuple[FloodRoad, ...]
    priorities: tuple[Priority, ...]
    flags: tuple[Flag, ...]
    categories: tuple[Category, ...]
    entry_questions: tuple[Question, ...]
    protocols: tuple[Protocol, ...]
    scripts: tuple[Script, ...]
    phrasebook: Phrasebook
    stamps: tuple[Stamp, ...]
    targets: tuple[Target, ...]
    alarms: tuple[AlarmLimit, ...]
    sounds: tuple[Sound, ...]
    written: Written
    scenarios: tuple[Scenario, ...]
    telephones: tuple[Telephone, ...] = ()
    waters: tuple[Water, ...] = ()
    junctions: tuple[Junction, ...] = ()
    run_cards: tuple[RunCard, ...] = ()
    busy: tuple[BusyStep, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    @cached_property
    def kelurahan(self) -> tuple[Kelurahan, ...]:
        """All kelurahan, in the order of their codes."""
        return tuple(inner for outer in self.kecamatan for inner in outer.kelurahan)

    @cached_property
    def natures(self) -> tuple[Nature, ...]:
        """All sub-categories, in the order of the taxonomy."""
        return tuple(nature for category in self.categories for nature in category.natures)

    @cached_property
    def agency_by_key(self) -> dict[str, Agency]:
        """Agencies by key."""
        return {agency.key: agency for agency in self.agencies}

    @cached_property
    def kecamatan_by_code(self) -> dict[str, Kecamatan]:
        """Kecamatan by Kemendagri code."""
        return {kecamatan.code: kecamatan for kecamatan in self.kecamatan}

    @cached_property
    def kelurahan_by_code(self) -> dict[str, Kelurahan]:
        """Kelurahan by Kemendagri code."""
        return {kelurahan.code: kelurahan for kelurahan in self.kelurahan}

    @cached_property
    def category_by_code(self) -> dict[str, Category]:
        """Categories by code, for example MED."""
        return {category.code: category for category in self.categories}

    @cached_property
    def nature_by_code(self) -> dict[str, Nature]:
        """Sub-categories by code, for example MED-01."""
        return {nature.code: nature for nature in self.natures}

    @cached_property
    def priority_by_code(self) -> dict[str, Priority]:
        """Priorities by code."""
        return {priority.code: priority for priority in self.priorities}

    @cached_property
    def protocol_by_code(self) -> dict[str, Protocol]:
        """Protocols by code, for example T02."""
        return {protocol.code: protocol for protocol in self.protocols}

    @cached_property
    def script_by_key(self) -> dict[str, Script]:
        """Scripts by key."""
        return {script.key: script for script in self.scripts}

    @cached_property
    def post_by_key(self) -> dict[str, Post]:
        """Posts by key."""
        return {post.key: post for post in self.posts}

    @cached_property
    def unit_by_call_sign(self) -> dict[str, Unit]:
        """Units by call sign, for example AMB01."""
        return {unit.call_sign: unit for unit in self.units}

    @cached_property
    def hospital_by_key(self) -> dict[str, Hospital]:
        """Hospitals by key."""
        return {hospital.key: hospital for hospital in self.hospitals}

    @cached_property
    def line_by_key(self) -> dict[str, Line]:
        """Lines by key."""
        return {line.key: line for line in self.lines}

    @cached_property
    def target_by_key(self) -> dict[str, Target]:
        """Targets by key."""
        return {target.key: target for target in self.targets}

    @cached_property
    def sound_by_key(self) -> dict[str, Sound]:
        """Sounds by key."""
        return {sound.key: sound for sound in self.sounds}

    @cached_property
    def scenario_by_key(self) -> dict[str, Scenario]:
        """Scenarios by key."""
        return {scenario.key: scenario for scenario in self.scenarios}

    def find_line(self, dialled: str) -> Line | None:
        """The line those digits reach; an exact number wins over a pattern with `*`."""
        matches = [
            (pattern.endswith("*"), -len(pattern), line)
            for line in self.lines
            for pattern in line.dialled
            if _reaches(pattern, dialled)
        ]
        return min(matches, key=lambda match: match[:2])[2] if matches else None


def packaged(city: str = "semarang") -> Path:
    """The folder of a city pack that ships with Kentongan."""
    return Path(str(_resources("kentongan.cities"))) / city


def load(directory: Path, overlay: Mapping[str, str] = NO_OVERLAY) -> CityPack:
    """The city pack in that folder, or `PackError` with everything that is wrong with it.

    `overlay` holds whole files by name that take the place of those in the folder.
    """
    return assembled(read_checked(directory, overlay))


def read_checked(
    directory: Path,
    overlay: Mapping[str, str] = NO_OVERLAY,
    known: PackFiles | None = None,
    changed: Container[str] = (),
) -> PackFiles:
    """The files of a good pack; raises `PackError` with everything that is wrong with it.

    Of a version that is `known` only the files in `changed` are read anew; all are checked.
    """
    problems = Problems()
    with _nothing_collected():
        read = read_files(directory, problems, overlay, known, changed)
        if read is not None:
            check_references(read, directory, problems)
    if read is None or problems.found:
        raise PackError(sorted(problems.found))
    return read


@contextmanager
def _nothing_collected() -> Generator[None]:
    """The collector rests: it would walk all that is being read again and again and find nothing,
    which is almost half of what reading costs, in every process that starts."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def check(directory: Path) -> list[Problem]:
    """Everything that is wrong with the pack in that folder; empty when it is good."""
    try:
        load(directory)
    except PackError as error:
        return error.problems
    return []


def to_text(problems: list[Problem]) -> str:
    """Problems as lines, ready to print."""
    return "\n".join(problem.to_text() for problem in problems)


def _reaches(pattern: str, dialled: str) -> bool:
    if pattern.endswith("*"):
        return dialled.startswith(pattern[:-1])
    return dialled == pattern


def assembled(read: PackFiles) -> CityPack:
    """The city of those files, which belong together."""
    categories = _with_words(read)
    natures = [nature for category in categories for nature in category.natures]
    posts = {post.key: post for post in read.posts.posts}
    return CityPack(
        city=read.city.city,
        sources=read.city.sources,
        lines=read.city.lines,
        desks=read.city.desks,
        interview=read.city.interview,
        agencies=tuple(
            structs.replace(
                agency, leads=tuple(nature.code for nature in natures if nature.lead == agency.key)
            )
            for agency in read.agencies.agencies
        ),
        kecamatan=tuple(_with_code(kecamatan) for kecamatan in read.areas.kecamatan),
        hospitals=read.health.hospitals,
        puskesmas=read.health.puskesmas,
        posts=read.posts.posts,
        units=tuple(
            structs.replace(unit, home=unit.home or posts[unit.post].point)
            for unit in read.units.units
        ),
        landmarks=read.landmarks.landmarks,
        crossings=read.landmarks.crossings,
        tolls=read.landmarks.tolls,
        flood_roads=read.landmarks.flood_roads,
        waters=read.landmarks.waters,
        junctions=read.landmarks.junctions,
        priorities=read.taxonomy.priorities,
        flags=read.taxonomy.flags,
        categories=categories,
        entry_questions=read.protocols.entry_questions,
        protocols=tuple(
            structs.replace(
                protocol,
                natures=tuple(
                    nature.code for nature in natures if nature.protocol == protocol.code
                ),
            )
            for protocol in read.protocols.protocols
        ),
        scripts=read.scripts.scripts,
        phrasebook=read.scripts.phrasebook,
        stamps=read.targets.stamps,
        targets=read.targets.targets,
        alarms=read.targets.alarms,
        sounds=read.sounds.sounds,
        written=read.sounds.written,
        scenarios=read.scenarios.scenarios,
        telephones=read.scenarios.telephones,
        run_cards=read.run_cards.run_cards,
        busy=read.run_cards.busy,
        holidays=read.city.holidays,
    )


def _with_words(read: PackFiles) -> tuple[Category, ...]:
    words: dict[str, list[TriggerWord]] = {}
    for listed in (read.words_id, read.words_jv):
        for entry in listed.words:
            words.setdefault(entry.code, []).extend(_trigger_words(entry, listed.language))
    return tuple(
        structs.replace(
            category,
            natures=tuple(
                structs.replace(
                    nature,
                    category=category.code,
                    lead=nature.lead or category.lead,
                    words=tuple(words.get(nature.code, ())),
                )
                for nature in category.natures
            ),
        )
        for category in read.taxonomy.categories
    )


def _trigger_words(entry: NatureWords, language: Language) -> list[TriggerWord]:
    kinds = ((entry.danger, 3, True), (entry.strong, 2, False), (entry.weak, 1, False))
    return [
        TriggerWord(text=text, weight=weight, danger=danger, language=language)
        for texts, weight, danger in kinds
        for text in texts
    ]


def _with_code(kecamatan: Kecamatan) -> Kecamatan:
    return structs.replace(
        kecamatan,
        kelurahan=tuple(
            structs.replace(kelurahan, kecamatan=kecamatan.code)
            for kelurahan in kecamatan.kelurahan
        ),
    )
