"""What must hold across the files of a city pack: references, unique keys, points, sounds.

The reader has already seen that every field has the right shape; this looks at the whole. Each
finding names file, line and field, because somebody at the city has to correct it. Protocols and
scripts are checked by `check_protocols`, run cards by `check_run_cards`, holidays by
`check_calendar`.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import structs, to_builtins

from kentongan.cities.check_bounds import check_bounds
from kentongan.cities.check_calendar import check_calendar
from kentongan.cities.check_protocols import check_protocols
from kentongan.cities.check_run_cards import DISPATCHED, check_run_cards
from kentongan.cities.facts import LANGUAGES, AgencyMode, Facility, Fact
from kentongan.cities.files import FILES, PackFiles
from kentongan.cities.findings import Findings, listed
from kentongan.cities.read import Problems
from kentongan.cities.steering import steered
from kentongan.cities.taxonomy import Nature, PriorityCode
from kentongan.cities.training import Sound

SOUND_BYTES_MAX: Final = 200_000  # 12 seconds; a caller does not wait longer for a sentence
WRITTEN_CHARACTERS_MAX: Final = 200  # a line that a telephone shows at once
SOUND_FILE: Final = re.compile(r"[a-z0-9_]{1,40}\.wav")
OWN_FIRST_MAX_S: Final = 1_800
"""Half an hour; whoever would rather wait longer for an own unit has no mutual aid."""

DIALLED: Final = re.compile(r"\+?[0-9]{2,15}\*?")
TELEPHONE: Final = re.compile(r"\+?[0-9*#]{2,20}|sips?:[^\s@]+@[^\s@]+")
CALL_SIGN: Final = re.compile(r"[A-Z]{2,4}[0-9]{2,3}")


def check_references(read: PackFiles, directory: Path, problems: Problems) -> None:
    """Note everything in these files that does not fit together."""
    findings = Findings(read, problems)
    _check_city(findings)
    check_calendar(findings)
    _check_areas(findings)
    _check_facilities(findings)
    _check_agencies_and_units(findings)
    _check_taxonomy(findings)
    _check_targets(findings)
    _check_sounds(findings, directory)
    _check_written(findings)
    _check_scenarios(findings)
    _check_telephones(findings)
    _check_sources(findings)
    _check_direction(findings)
    check_bounds(findings)
    check_protocols(findings)
    check_run_cards(findings)


def _check_direction(findings: Findings) -> None:
    """Labels stand before and behind other words: none may turn those round."""
    for part in FILES:
        for steps, sign in steered(to_builtins(getattr(findings.read, part))):
            words = f"has a sign that turns the direction of writing ({sign}): type it anew"
            findings.miss(part, steps, words)


def _agencies(findings: Findings) -> set[str]:
    return {agency.key for agency in findings.read.agencies.agencies}


def _kecamatan(findings: Findings) -> set[str]:
    return {kecamatan.code for kecamatan in findings.read.areas.kecamatan}


def _kelurahan(findings: Findings) -> set[str]:
    return {inner.code for outer in findings.read.areas.kecamatan for inner in outer.kelurahan}


def _natures(findings: Findings) -> dict[str, Nature]:
    categories = findings.read.taxonomy.categories
    return {nature.code: nature for category in categories for nature in category.natures}


def _check_city(findings: Findings) -> None:
    read = findings.read.city
    try:
        ZoneInfo(read.city.timezone)
    except (KeyError, OSError, ValueError):
        findings.miss("city", ("city", "timezone"), "is not an IANA time zone this machine knows")
    findings.inside("city", ("city", "centre"), read.city.centre)
    if not 0 <= read.city.own_first_s <= OWN_FIRST_MAX_S:
        words = f"must be from 0 to {OWN_FIRST_MAX_S}"
        findings.miss("city", ("city", "own_first_s"), words)
    findings.unique("city", listed("lines", (line.key for line in read.lines)))
    findings.unique("city", listed("desks", (desk.key for desk in read.desks)))
    for n, desk in enumerate(read.desks):
        if desk.phone and not TELEPHONE.fullmatch(desk.phone):
            findings.miss("city", ("desks", n, "phone"), "is no number and no SIP address")
    findings.unique("city", listed("sources", (source.key for source in read.sources)))
    sounds = {sound.key for sound in findings.read.sounds.sounds}
    dialled = [
        (("lines", n, "dialled", m), number)
        for n, line in enumerate(read.lines)
        for m, number in enumerate(line.dialled)
    ]
    findings.unique("city", dialled)
    for steps, number in dialled:
        if not DIALLED.fullmatch(number):
            findings.miss("city", steps, "must be digits, with + before or * after")
    for n, line in enumerate(read.lines):
        findings.known("city", ("lines", n, "nature"), line.nature, _natures(findings), what="code")
        where = ("lines", n, "announcement")
        findings.known("city", where, line.announcement, sounds, what="sound")
        for language, sound in line.announcements.items():
            where = ("lines", n, "announcements", language)
            findings.known("city", where, language, LANGUAGES, what="language")
            findings.known("city", where, sound, sounds, what="sound")
        where = ("lines", n, "languages")
        findings.all_known("city", where, line.languages, LANGUAGES, what="language")


def _check_areas(findings: Findings) -> None:
    kecamatan = findings.read.areas.kecamatan
    findings.unique("areas", listed("kecamatan", (outer.code for outer in kecamatan), "code"))
    findings.unique(
        "areas",
        (
            (("kecamatan", n, "kelurahan", m, "code"), inner.code)
            for n, outer in enumerate(kecamatan)
            for m, inner in enumerate(outer.kelurahan)
        ),
    )
    for n, outer in enumerate(kecamatan):
        findings.inside("areas", ("kecamatan", n, "point"), outer.point)
        for m, inner in enumerate(outer.kelurahan):
            where = ("kecamatan", n, "kelurahan", m)
            findings.inside("areas", (*where, "point"), inner.point)
            if not inner.code.startswith(f"{outer.code}."):
                findings.miss("areas", (*where, "code"), f"does not begin with {outer.code}")


def _check_facilities(findings: Findings) -> None:
    read = findings.read
    groups: tuple[tuple[str, str, Iterable[Facility]], ...] = (
        ("health", "hospitals", read.health.hospitals),
        ("health", "puskesmas", read.health.puskesmas),
        ("posts", "posts", read.posts.posts),
        ("landmarks", "landmarks", read.landmarks.landmarks),
    )
    kelurahan = _kelurahan(findings)
    for part, name, facilities in groups:
        rows = list(facilities)
        findings.unique(part, listed(name, (row.key for row in rows)))
        for n, row in enumerate(rows):
            findings.inside(part, (name, n, "point"), row.point)
            where = (name, n, "kelurahan")
            findings.known(part, where, row.kelurahan, kelurahan, what="kelurahan")
    for n, junction in enumerate(read.landmarks.junctions):
        findings.inside("landmarks", ("junctions", n, "point"), junction.point)
    kecamatan = _kecamatan(findings)
    for n, health in enumerate(read.health.puskesmas):
        where = ("puskesmas", n, "kecamatan")
        findings.known("health", where, health.kecamatan, kecamatan, what="kecamatan")
    for n, post in enumerate(read.posts.posts):
        findings.known("posts", ("posts", n, "agency"), post.agency, _agencies(findings), what=_A)
        where = ("posts", n, "covers")
        findings.all_known("posts", where, post.covers, kecamatan, what="kecamatan")
    for name in ("crossings", "tolls", "flood_roads", "waters", "junctions"):
        rows_of: Iterable[object] = getattr(read.landmarks, name)
        findings.unique("landmarks", listed(name, (str(getattr(r, "key", "")) for r in rows_of)))


_A: Final = "agency"


def _check_agencies_and_units(findings: Findings) -> None:
    read = findings.read
    agencies = read.agencies.agencies
    keys = findings.unique("agencies", listed("agencies", (agency.key for agency in agencies)))
    units = read.units.units
    findings.unique("units", listed("units", (unit.call_sign for unit in units), "call_sign"))
    posts = {post.key for post in read.posts.posts}
    modes = {agency.key: agency.mode for agency in agencies}
    for n, unit in enumerate(units):
        findings.known("units", ("units", n, "agency"), unit.agency, keys, what=_A)
        findings.known("units", ("units", n, "post"), unit.post, posts, what="post")
        findings.inside("units", ("units", n, "home"), unit.home)
        if not CALL_SIGN.fullmatch(unit.call_sign):
            findings.miss("units", ("units", n, "call_sign"), "must be like AMB01")
        if modes.get(unit.agency, AgencyMode.UNITS) is not AgencyMode.UNITS:
            findings.miss("units", ("units", n, "agency"), "this agency has no units (its mode)")
    for n, agency in enumerate(agencies):
        findings.inside("agencies", ("agencies", n, "point"), agency.point)
        if agency.leads:
            findings.miss("agencies", ("agencies", n, "leads"), "is filled in by the taxonomy")


def _check_taxonomy(findings: Findings) -> None:
    taxonomy = findings.read.taxonomy
    agencies = _agencies(findings)
    findings.unique("taxonomy", listed("categories", (c.code for c in taxonomy.categories), "code"))
    findings.unique(
        "taxonomy",
        (
            (("categories", n, "natures", m, "code"), nature.code)
            for n, category in enumerate(taxonomy.categories)
            for m, nature in enumerate(category.natures)
        ),
    )
    _check_every_code(findings)
    for n, category in enumerate(taxonomy.categories):
        findings.known("taxonomy", ("categories", n, "lead"), category.lead, agencies, what=_A)
        for m, nature in enumerate(category.natures):
            where = ("categories", n, "natures", m)
            _check_nature(findings, where, nature, nature.lead or category.lead)
            if not nature.code.startswith(f"{category.code}-"):
                words = f"does not begin with {category.code}-"
                findings.miss("taxonomy", (*where, "code"), words)
    for part, words in (("words_id", findings.read.words_id), ("words_jv", findings.read.words_jv)):
        findings.unique(part, listed("words", (entry.code for entry in words.words), "code"))
        for n, entry in enumerate(words.words):
            where = ("words", n, "code")
            findings.known(part, where, entry.code, _natures(findings), what="sub-category")


def _check_every_code(findings: Findings) -> None:
    taxonomy = findings.read.taxonomy
    priorities: set[str] = findings.unique(
        "taxonomy", listed("priorities", (p.code.value for p in taxonomy.priorities), "code")
    )
    for priority in PriorityCode:
        if priority not in priorities:
            findings.miss("taxonomy", ("priorities",), f"{priority} is missing")
    findings.unique(
        "taxonomy", listed("flags", (flag.code.value for flag in taxonomy.flags), "code")
    )


def _check_nature(
    findings: Findings, where: tuple[str | int, ...], nature: Nature, lead: str
) -> None:
    read = findings.read
    agencies = _agencies(findings)
    protocols = {protocol.code for protocol in read.protocols.protocols}
    scripts = {script.key for script in read.scripts.scripts}
    findings.known("taxonomy", (*where, "lead"), nature.lead or None, agencies, what=_A)
    findings.all_known("taxonomy", (*where, "support"), nature.support, agencies, what=_A)
    findings.known("taxonomy", (*where, "assign"), nature.assign, agencies, what=_A)
    findings.known("taxonomy", (*where, "protocol"), nature.protocol, protocols, what="protocol")
    findings.known("taxonomy", (*where, "script"), nature.script, scripts, what="script")
    if nature.words or nature.category:
        findings.miss("taxonomy", where, "words and category are filled in on loading")
    mode = next((a.mode for a in read.agencies.agencies if a.key == lead), AgencyMode.DESK)
    if mode is not AgencyMode.UNITS or nature.priority not in DISPATCHED:
        return
    fleet = [unit for unit in read.units.units if unit.agency == lead]
    if not fleet:
        findings.miss("taxonomy", where, f"{lead} leads {nature.code} and has no unit")
    able = {capability for unit in fleet for capability in unit.capabilities}
    for n, capability in enumerate(nature.needs):
        if fleet and capability not in able:
            words = f"no unit of {lead} can do {capability}"
            findings.miss("taxonomy", (*where, "needs", n), words)


def _check_targets(findings: Findings) -> None:
    read = findings.read.targets
    stamps = findings.unique("targets", listed("stamps", (stamp.key for stamp in read.stamps)))
    findings.unique("targets", listed("targets", (target.key for target in read.targets)))
    findings.unique("targets", listed("alarms", (alarm.key for alarm in read.alarms)))
    categories = {category.code for category in findings.read.taxonomy.categories}
    for n, target in enumerate(read.targets):
        where = ("targets", n)
        findings.known("targets", (*where, "start"), target.start, stamps, what="stamp")
        findings.known("targets", (*where, "end"), target.end, stamps, what="stamp")
        agencies = _agencies(findings)
        findings.all_known("targets", (*where, "agencies"), target.agencies, agencies, what=_A)
        scope = target.categories
        findings.all_known("targets", (*where, "categories"), scope, categories, what="category")
        codes = _natures(findings)
        findings.all_known("targets", (*where, "natures"), target.natures, codes, what="code")
        if not 0 < target.share <= 1:
            findings.miss("targets", (*where, "share"), "must be above 0 and at most 1")
        if target.limit_s <= 0:
            findings.miss("targets", (*where, "limit_s"), "must be above 0")


def _check_written(findings: Findings) -> None:
    """Each is one line: a telephone that shows text may have a small screen."""
    for name, text in structs.asdict(findings.read.sounds.written).items():
        for language in ("id", "en"):
            line = getattr(text, language)
            if "\n" in line or len(line) > WRITTEN_CHARACTERS_MAX:
                told = f"must be one line of at most {WRITTEN_CHARACTERS_MAX} characters"
                findings.miss("sounds", ("written", name, language), told)


def _check_sounds(findings: Findings, directory: Path) -> None:
    sounds = findings.read.sounds.sounds
    findings.unique("sounds", listed("sounds", (sound.key for sound in sounds)))
    findings.unique("sounds", listed("sounds", (sound.file for sound in sounds), "file"))
    said = (
        (("sounds", n, "language"), f"{sound.of or sound.key} in {sound.language}")
        for n, sound in enumerate(sounds)
    )
    findings.unique("sounds", said)
    for n, sound in enumerate(sounds):
        _check_language(findings, n, sound)
        where = ("sounds", n, "file")
        if not SOUND_FILE.fullmatch(sound.file):
            findings.miss("sounds", where, "must be lower-case letters, digits, _ and .wav")
            continue
        path = directory / "sounds" / sound.file
        if not path.is_file():
            findings.miss("sounds", where, f"sounds/{sound.file} is missing")
        elif path.stat().st_size > SOUND_BYTES_MAX:
            findings.miss("sounds", where, f"larger than {SOUND_BYTES_MAX} bytes")


def _check_language(findings: Findings, n: int, sound: Sound) -> None:
    """Which language it is in; what it says in another one is a sound that is of none itself."""
    findings.known("sounds", ("sounds", n, "language"), sound.language, LANGUAGES, what="language")
    own = {one.key for one in findings.read.sounds.sounds if one.of is None}
    findings.known("sounds", ("sounds", n, "of"), sound.of, own, what="sound of its own")


def _check_scenarios(findings: Findings) -> None:
    scenarios = findings.read.scenarios.scenarios
    findings.unique("scenarios", listed("scenarios", (scenario.key for scenario in scenarios)))
    lines = {line.key for line in findings.read.city.lines}
    sounds = {sound.key for sound in findings.read.sounds.sounds}
    for n, scenario in enumerate(scenarios):
        for m, call in enumerate(scenario.calls):
            where = ("scenarios", n, "calls", m)
            findings.known("scenarios", (*where, "line"), call.line, lines, what="line")
            code = call.nature
            findings.known(
                "scenarios", (*where, "nature"), code, _natures(findings), what="sub-category"
            )
            findings.inside("scenarios", (*where, "place", "point"), call.place.point)
            findings.known(
                "scenarios",
                (*where, "place", "kelurahan"),
                call.place.kelurahan,
                _kelurahan(findings),
                what="kelurahan",
            )
            for k, said in enumerate(call.utterances):
                step = (*where, "utterances", k, "sound")
                findings.known("scenarios", step, said.sound, sounds, what="sound")


def _check_telephones(findings: Findings) -> None:
    """Who picks up in the training room: known contacts, known sounds, one rule for the rest."""
    read = findings.read
    sounds = {sound.key for sound in read.sounds.sounds}
    groups = (read.agencies.agencies, read.health.hospitals, read.health.puskesmas)
    known = {entry.key for group in groups for entry in group}
    telephones = read.scenarios.telephones
    for n, telephone in enumerate(telephones):
        where = ("telephones", n)
        findings.all_known(
            "scenarios", (*where, "contacts"), telephone.contacts, known, what="contact"
        )
        if not telephone.contacts and n < len(telephones) - 1:
            findings.miss("scenarios", (*where, "contacts"), "only the last may be without any")
        for k, said in enumerate(telephone.utterances):
            step = (*where, "utterances", k, "sound")
            findings.known("scenarios", step, said.sound, sounds, what="sound")


def _check_sources(findings: Findings) -> None:
    read = findings.read
    keys = {source.key for source in read.city.sources}
    groups: tuple[tuple[str, str, Iterable[Fact]], ...] = (
        ("city", "lines", read.city.lines),
        ("city", "holidays", read.city.holidays),
        ("agencies", "agencies", read.agencies.agencies),
        ("areas", "kecamatan", read.areas.kecamatan),
        ("health", "hospitals", read.health.hospitals),
        ("health", "puskesmas", read.health.puskesmas),
        ("posts", "posts", read.posts.posts),
        ("units", "units", read.units.units),
        ("landmarks", "landmarks", read.landmarks.landmarks),
        ("landmarks", "crossings", read.landmarks.crossings),
        ("landmarks", "tolls", read.landmarks.tolls),
        ("landmarks", "flood_roads", read.landmarks.flood_roads),
        ("landmarks", "waters", read.landmarks.waters),
        ("landmarks", "junctions", read.landmarks.junctions),
    )
    findings.all_known("city", ("city", "source"), read.city.city.source, keys, what="source")
    for part, name, facts in groups:
        for n, fact in enumerate(facts):
            where = (name, n, "source")
            findings.all_known(part, where, fact.source, keys, what="source")
            if not fact.source:
                findings.miss(part, where, "is empty")
