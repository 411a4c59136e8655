"""The city's plans as screens need them: one document, built once at start, with an ETag.

Trigger words and the gazetteer stay on the server, which searches them; everything a screen draws
or reads aloud is in here.
"""

from msgspec import Struct, structs

from kentongan.cities.facts import Agency, Box, Desk, Hospital, Line, Point, Text
from kentongan.cities.pack import CityPack
from kentongan.cities.taxonomy import (
    AlarmLimit,
    Flag,
    Interview,
    Phrasebook,
    Priority,
    Protocol,
    Question,
    Script,
    Target,
)


class NaturePlan(Struct, frozen=True, kw_only=True):
    """A sub-category without its trigger words."""

    code: str
    name: Text
    priority: str
    lead: str
    support: tuple[str, ...]
    flags: tuple[str, ...]
    protocol: str | None
    script: str | None
    needs: tuple[str, ...]
    appointment: bool
    note: str


class CategoryPlan(Struct, frozen=True, kw_only=True):
    """A category and its sub-categories."""

    code: str
    name: Text
    lead: str
    natures: tuple[NaturePlan, ...]


class KelurahanPlan(Struct, frozen=True, kw_only=True):
    """A kelurahan; `kecamatan` is the code of its kecamatan."""

    code: str
    name: str
    kecamatan: str
    point: Point
    hazards: tuple[str, ...]


class KecamatanPlan(Struct, frozen=True, kw_only=True):
    """A kecamatan."""

    code: str
    name: str
    point: Point


class ProtocolPlan(Struct, frozen=True, kw_only=True):
    """A protocol, and whether its wording is still a draft."""

    protocol: Protocol
    draft: bool


class ScenarioPlan(Struct, frozen=True, kw_only=True):
    """A training scenario that may be started."""

    key: str
    label: Text
    goal: Text
    calls: int


class SoundPlan(Struct, frozen=True, kw_only=True):
    """A sound of the pack, in words."""

    key: str
    use: str
    text: Text
    seconds: float | None


class PostPlan(Struct, frozen=True, kw_only=True):
    """Where units wait."""

    key: str
    name: str
    agency: str
    point: Point


class PlansDocument(Struct, frozen=True, kw_only=True):
    """The whole document."""

    city: str
    name: Text
    timezone: str
    box: Box
    centre: Point
    lines: tuple[Line, ...]
    desks: tuple[Desk, ...]
    interview: Interview
    agencies: tuple[Agency, ...]
    posts: tuple[PostPlan, ...]
    hospitals: tuple[Hospital, ...]
    kecamatan: tuple[KecamatanPlan, ...]
    kelurahan: tuple[KelurahanPlan, ...]
    priorities: tuple[Priority, ...]
    flags: tuple[Flag, ...]
    categories: tuple[CategoryPlan, ...]
    entry_questions: tuple[Question, ...]
    protocols: tuple[ProtocolPlan, ...]
    scripts: tuple[Script, ...]
    phrasebook: Phrasebook
    targets: tuple[Target, ...]
    alarms: tuple[AlarmLimit, ...]
    sounds: tuple[SoundPlan, ...]
    scenarios: tuple[ScenarioPlan, ...]


def document_of(pack: CityPack, *, in_room: bool) -> PlansDocument:
    """The document for that city; whoever is not in the room gets no telephone of a desk."""
    return PlansDocument(
        city=pack.city.key,
        name=pack.city.name,
        timezone=pack.city.timezone,
        box=pack.city.bbox,
        centre=pack.city.centre,
        lines=pack.lines,
        desks=tuple(one if in_room else structs.replace(one, phone="") for one in pack.desks),
        interview=pack.interview,
        agencies=pack.agencies,
        posts=tuple(
            PostPlan(key=post.key, name=post.name, agency=post.agency, point=post.point)
            for post in pack.posts
        ),
        hospitals=pack.hospitals,
        kecamatan=tuple(
            KecamatanPlan(code=one.code, name=one.name, point=one.point) for one in pack.kecamatan
        ),
        kelurahan=tuple(
            KelurahanPlan(
                code=one.code,
                name=one.name,
                kecamatan=one.kecamatan,
                point=one.point,
                hazards=tuple(hazard.value for hazard in one.hazards),
            )
            for one in pack.kelurahan
        ),
        priorities=pack.priorities,
        flags=pack.flags,
        categories=_categories(pack),
        entry_questions=pack.entry_questions,
        protocols=tuple(
            ProtocolPlan(protocol=protocol, draft=protocol.is_draft) for protocol in pack.protocols
        ),
        scripts=pack.scripts,
        phrasebook=pack.phrasebook,
        targets=pack.targets,
        alarms=pack.alarms,
        sounds=tuple(
            SoundPlan(key=sound.key, use=sound.use.value, text=sound.text, seconds=sound.seconds)
            for sound in pack.sounds
        ),
        scenarios=tuple(
            ScenarioPlan(key=one.key, label=one.label, goal=one.goal, calls=len(one.calls))
            for one in pack.scenarios
        ),
    )


def _categories(pack: CityPack) -> tuple[CategoryPlan, ...]:
    return tuple(
        CategoryPlan(
            code=category.code,
            name=category.name,
            lead=category.lead,
            natures=tuple(
                NaturePlan(
                    code=nature.code,
                    name=nature.name,
                    priority=nature.priority.value,
                    lead=nature.lead,
                    support=nature.support,
                    flags=tuple(flag.value for flag in nature.flags),
                    protocol=nature.protocol,
                    script=nature.script,
                    needs=tuple(need.value for need in nature.needs),
                    appointment=nature.appointment,
                    note=nature.note,
                )
                for nature in category.natures
            ),
        )
        for category in pack.categories
    )
