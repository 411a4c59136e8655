"""Aliases: their machine, what is refused, and those that a crew's word leads to."""

from datetime import timedelta

import pytest
from core_access_world import world
from core_city_world import (
    ADD,
    WARUNG,
    alias_row,
    refusal,
)
from core_world import (
    AMB,
    AMB_2,
    CREW,
    INCIDENT,
    PLANS,
    RINA,
    SARI,
    SIMPANG_LIMA,
    START,
    SYSTEM,
    World,
    tags,
)
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.city_rows import AliasRow
from kentongan.core.events import AnyEvent, PlaceCorrected
from kentongan.core.policy import reactions
from kentongan.core.words import (
    AliasId,
    Fix,
    NatureCode,
    Personal,
    Place,
    personal,
)
from kentongan.geography_rows import alias_of

# --- aliases -------------------------------------------------------------------------------------


def test_an_alias_is_in_effect_before_anybody_reviewed_it() -> None:
    """Added, accepted, and taken back; each once, and the trail names everybody."""
    world = World()
    assert tags(world.do(ADD, RINA)) == ["alias.added"]
    assert world.do(ADD, RINA) == ()
    assert (alias_row(world).state, alias_row(world).is_in_effect) == ("new", True)
    accept = c.ReviewAlias(alias=WARUNG, accepted=True)
    assert tags(world.do(accept, SARI)) == ["alias.reviewed"]
    assert world.do(accept, SARI) == ()
    assert (alias_row(world).state, alias_row(world).is_in_effect) == ("reviewed", True)
    undo = c.UndoAlias(alias=WARUNG, reason=personal("pindah"))
    assert tags(world.later(5).do(undo, SARI)) == ["alias.undone"]
    assert world.do(undo, SARI) == ()
    row = alias_row(world)
    assert (row.added_by, row.reviewed_by, row.undone_by) == ("Rina", "Sari", "Sari")
    assert (row.state, row.is_in_effect, row.ended_at, row.seq) == ("undone", False, world.now, 3)
    assert world.refold("alias:a1") == world.state("alias:a1")


def test_a_refused_alias_is_over() -> None:
    """Also one that was accepted before; then nothing changes it any more."""
    world = World().run(ADD, c.ReviewAlias(alias=WARUNG, accepted=True), who=SARI)
    refuse = c.ReviewAlias(alias=WARUNG, accepted=False, note=personal("tidak ada"))
    assert tags(world.do(refuse, SARI)) == ["alias.reviewed"]
    assert world.do(refuse, SARI) == ()
    assert (alias_row(world).state, alias_row(world).ended_at) == ("refused", world.now)
    assert refusal(world, c.ReviewAlias(alias=WARUNG, accepted=True)) == "alias_ended"
    assert refusal(world, c.UndoAlias(alias=WARUNG)) == "alias_ended"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"phrases": ()}, "alias_without_words"),
        ({"phrases": (Personal(text="  "),)}, "alias_without_words"),
        ({"phrases": (Personal(),)}, "alias_without_words"),
        ({"phrases": (Personal(text="x" * 121),)}, "phrase_too_long"),
        ({"phrases": tuple(Personal(text=f"w{n}") for n in range(9))}, "too_many_phrases"),
        ({"label": Personal(text="")}, "alias_without_words"),
        ({"label": Personal(text="x" * 301)}, "text_too_long"),
        ({"point": Point(0.0, 0.0)}, "place_unreadable"),
        ({"point": Point(float("nan"), 110.0)}, "place_unreadable"),
        ({"point": Point(-6.2, 106.8)}, "shape_outside_city"),
        ({"point": Point(110.42, -6.99)}, "place_unreadable"),
        ({"accuracy_m": 0}, "accuracy_unreadable"),
        ({"accuracy_m": 5001}, "accuracy_unreadable"),
    ],
)
def test_words_and_points_that_help_nobody_are_refused(
    fields: dict[str, object], reason: str
) -> None:
    """Each in its own words."""
    assert refusal(World(), structs.replace(ADD, **fields)) == reason


def test_the_same_words_twice_are_one_phrase() -> None:
    """However they are spaced; a known document needs no words at all."""
    twice = (Personal(text="warung  Bu Tini"), Personal(text=" warung Bu Tini"))
    world = World().run(structs.replace(ADD, phrases=twice))
    assert alias_row(world).phrases == twice[:1]
    document = structs.replace(ADD, alias=AliasId("a2"), phrases=(), document="osm:n1")
    assert tags(world.do(document)) == ["alias.added"]


def test_an_alias_id_is_one_alias() -> None:
    """Another place under the same id is a mistake; what is not there cannot be reviewed."""
    world = World()
    review = c.ReviewAlias(alias=WARUNG, accepted=True)
    assert refusal(world, review) == refusal(world, c.UndoAlias(alias=WARUNG)) == "unknown_alias"
    world.do(ADD)
    moved = structs.replace(ADD, point=Point(-6.98, 110.41))
    assert refusal(world, moved) == "alias_exists"
    named = structs.replace(ADD, label=Personal(text="lain"))
    assert refusal(world, named) == "alias_exists"


def test_only_the_system_speaks_on_somebodys_behalf() -> None:
    """A person's alias is their own."""
    theirs = structs.replace(ADD, by="Awak")
    assert alias_row(World().run(theirs, who=RINA)).added_by == "Rina"
    assert alias_row(World().run(theirs, who=SYSTEM)).added_by == "Awak"


# --- wrong place ---------------------------------------------------------------------------------

THERE = Fix(point=Point(-6.9821, 110.4093), at=START, accuracy_m=8.4)
SENSITIVE = "MED-01"
CORRECT = c.CorrectPlace(incident=INCIDENT, unit=AMB, fix=THERE, words=personal("pagar hijau"))


def _on_the_way() -> World:
    """An ambulance sent to what a caller called "depan masjid", which is nobody's secret."""
    return world().run(
        c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("PUB-01")),
    )


def _correction(world: World, command: c.CorrectPlace = CORRECT) -> PlaceCorrected:
    (event,) = world.do(command, CREW)
    assert isinstance(event, PlaceCorrected)
    return event


def test_a_crews_word_stands_at_the_incident_and_moves_nothing() -> None:
    """The room sees both points; the same tap twice is one word, another point is another."""
    world = _on_the_way()
    before = world.incident().place
    _correction(world)
    assert world.do(CORRECT, CREW) == ()
    row = world.incident()
    assert row.place == before
    (one,) = row.corrections
    assert (one.unit, one.point, one.words) == (AMB, THERE.point, personal("pagar hijau"))
    moved = structs.replace(THERE, point=Point(-6.9822, 110.4093))
    _correction(world, structs.replace(CORRECT, fix=moved))
    assert len(world.incident().corrections) == 2
    assert world.refold("incident:i1") == world.state("incident:i1")


@pytest.mark.parametrize("age_s", [-61, 61, 1_500])
def test_an_old_position_becomes_no_alias(age_s: float) -> None:
    """The crew's word stands at the incident for people to judge; nobody else is sent there."""
    world = _on_the_way()
    old = structs.replace(THERE, at=world.now - timedelta(seconds=age_s))
    assert _correction(world, structs.replace(CORRECT, fix=old)).phrases == ()
    (one,) = world.incident().corrections
    assert not one.has_alias
    near = structs.replace(THERE, point=Point(-6.98, 110.41), at=world.now - timedelta(seconds=60))
    assert _correction(world, structs.replace(CORRECT, fix=near)).phrases


def test_the_words_it_was_said_under_become_an_alias() -> None:
    """By the policy, on the crew's behalf, under an id that repeats itself."""
    world = _on_the_way()
    event = _correction(world)
    meta = world.history["incident:i1"][-1][1]
    follows = reactions(event, meta, world.state("incident:i1"), PLANS)
    assert follows == reactions(event, meta, world.state("incident:i1"), PLANS)
    (reaction,) = follows
    world.do(reaction.command, SYSTEM)
    (row,) = (row for row in world.rows() if isinstance(row, AliasRow))
    assert [phrase.text for phrase in row.phrases] == ["depan masjid"]
    assert (row.point, row.accuracy_m, row.added_by) == (THERE.point, 8, "Awak")
    assert (row.incident, row.unit, row.state) == (INCIDENT, AMB, "new")
    assert world.incident().corrections[0].has_alias


NORTH_M = 1 / 111_195
"""A metre to the north, in degrees of latitude."""


@pytest.mark.parametrize(
    ("metres", "radius_m", "accuracy_m", "doubt"),
    [
        (1_900, None, 8.4, ""),
        (2_100, None, 8.4, "far"),
        (9_000, None, None, "far"),
        (2_100, 2_500, 8.4, ""),
        (2_600, 2_500, 8.4, "far"),
        (300, None, 100, ""),
        (300, None, 101, "coarse"),
    ],
)
def test_words_from_far_away_or_from_a_coarse_fix_wait_for_review(
    metres: float, radius_m: float | None, accuracy_m: float | None, doubt: str
) -> None:
    """Kept and told why, and no search knows them before a supervisor accepted them."""
    place = Place(words=personal("kos biru Pak RT"), point=SIMPANG_LIMA, radius_m=radius_m)
    world = _on_the_way().run(c.LocateIncident(incident=INCIDENT, place=place))
    there = Point(SIMPANG_LIMA.lat + metres * NORTH_M, SIMPANG_LIMA.lon)
    fix = structs.replace(THERE, point=there, accuracy_m=accuracy_m)
    event = _correction(world, structs.replace(CORRECT, fix=fix))
    assert (event.doubt, world.incident().corrections[0].doubt) == (doubt, doubt)
    assert _follow(world, event) == ["alias.added"]
    (row,) = _aliases(world)
    assert (row.state, row.doubt, row.is_in_effect) == ("new", doubt, not doubt)
    assert alias_of(row, {}).ended == bool(doubt)
    world.do(c.ReviewAlias(alias=row.key, accepted=True), SARI)
    (row,) = _aliases(world)
    assert row.is_in_effect
    assert not alias_of(row, {}).ended


@pytest.mark.parametrize(
    ("words", "phrases", "doubt"),
    [
        ("kos biru belakang masjid", 1, ""),
        ("Masjid Al Falah", 1, ""),
        ("depan masjid", 1, "vague"),
        ("saya tidak tahu", 1, "vague"),
        ("Purwosari", 1, "vague"),
        ("Purwosari, Mijen", 1, "vague"),
        ("Jl. Pandanaran", 1, "vague"),
        ("di sini", 0, ""),
        ("rumah saya", 0, ""),
        ("RT 3 RW 5", 0, ""),
    ],
)
def test_words_that_many_places_are_called_by_wait_for_review(
    words: str, phrases: int, doubt: str
) -> None:
    """The next caller who says "saya tidak tahu" is not sent to the last one's door."""
    place = Place(words=personal(words), point=SIMPANG_LIMA)
    world = _on_the_way().run(c.LocateIncident(incident=INCIDENT, place=place))
    event = _correction(world, structs.replace(CORRECT, fix=THERE))
    assert (len(event.phrases), event.doubt) == (phrases, doubt)


def test_the_callers_own_words_are_the_name_whatever_the_label_says() -> None:
    """A street's label beside them makes them no vaguer."""
    words = personal("kos biru belakang warung bu Tini")
    place = Place(words=words, label=personal("Jalan Pemuda, Sekayu"), point=SIMPANG_LIMA)
    world = _on_the_way().run(c.LocateIncident(incident=INCIDENT, place=place))
    event = _correction(world, structs.replace(CORRECT, fix=THERE))
    assert (event.phrases, event.doubt) == ((words,), "")


def test_what_waits_may_be_refused_and_nobody_but_the_system_doubts() -> None:
    """Refused it never was in effect; a desk's own word is its own."""
    doubted = structs.replace(ADD, doubt="far")
    world = World().run(doubted, who=SYSTEM)
    assert tags(world.do(c.ReviewAlias(alias=WARUNG, accepted=False), SARI)) == ["alias.reviewed"]
    assert (alias_row(world).state, alias_row(world).ended_at) == ("refused", world.now)
    undone = World().run(doubted, who=SYSTEM)
    assert tags(undone.do(c.UndoAlias(alias=WARUNG), SARI)) == ["alias.undone"]
    assert alias_row(World().run(doubted, who=RINA)).is_in_effect


@pytest.mark.parametrize(("accuracy_m", "kept_m"), [(None, 30), (0.0, 30), (1e9, 5_000)])
def test_an_alias_has_an_accuracy_whatever_the_receiver_says(
    accuracy_m: float | None, kept_m: int
) -> None:
    """Nothing, nothing believable, and far too much."""
    world = _on_the_way()
    fix = structs.replace(THERE, accuracy_m=accuracy_m)
    event = _correction(world, structs.replace(CORRECT, fix=fix))
    meta = world.history["incident:i1"][-1][1]
    (reaction,) = reactions(event, meta, world.state("incident:i1"), PLANS)
    world.do(reaction.command, SYSTEM)
    (row,) = (row for row in world.rows() if isinstance(row, AliasRow))
    assert row.accuracy_m == kept_m


def test_no_alias_of_a_sensitive_incident_or_of_a_place_without_words() -> None:
    """Where somebody was hurt at home does not turn up in a search."""
    sensitive = world()
    assert sensitive.incident().sensitive
    wordless = _on_the_way().run(
        c.LocateIncident(incident=INCIDENT, place=Place(point=SIMPANG_LIMA))
    )
    long_way = _on_the_way().run(
        c.LocateIncident(incident=INCIDENT, place=Place(words=personal("lurus " * 30)))
    )
    for there in (sensitive, wordless, long_way):
        event = _correction(there)
        assert event.phrases == ()
        meta = there.history["incident:i1"][-1][1]
        assert reactions(event, meta, there.state("incident:i1"), PLANS) == ()
        assert not there.incident().corrections[0].has_alias


def _follow(world: World, event: AnyEvent) -> list[str]:
    """Let the system do what follows from the incident's latest event; the aliases' events."""
    meta = world.history["incident:i1"][-1][1]
    done: list[str] = []
    for reaction in reactions(event, meta, world.state("incident:i1"), PLANS):
        if isinstance(reaction.command, c.AddAlias | c.UndoAlias):
            done += tags(world.do(reaction.command, SYSTEM))
    return done


def _aliases(world: World) -> list[AliasRow]:
    return [row for row in world.rows() if isinstance(row, AliasRow)]


def _classified(world: World, nature: str) -> list[str]:
    """Classify it; what becomes of the aliases."""
    (event,) = world.do(c.ClassifyIncident(incident=INCIDENT, nature=NatureCode(nature)))
    assert world.incident().sensitive == (nature == SENSITIVE)
    return _follow(world, event)


@pytest.mark.parametrize("is_reviewed", [False, True])
def test_an_incident_that_becomes_sensitive_takes_its_words_back(*, is_reviewed: bool) -> None:
    """Whoever was hurt at home is not found by the crew's words any more; when it was a mistake
    the words are back, and nobody has reviewed them."""
    world = _on_the_way()
    assert _follow(world, _correction(world)) == ["alias.added"]
    (before,) = _aliases(world)
    if is_reviewed:
        world.do(c.ReviewAlias(alias=before.key, accepted=True), SARI)
    assert _classified(world, SENSITIVE) == ["alias.undone"]
    (undone,) = _aliases(world)
    assert (undone.state, undone.is_in_effect, undone.sensitive) == ("undone", False, True)
    assert undone.undone_by == SYSTEM.name
    assert _classified(world, "PUB-01") == ["alias.added"]
    (back,) = _aliases(world)
    assert (back.state, back.sensitive, back.reviewed_by) == ("new", False, "")
    assert (back.phrases, back.label, back.point) == (before.phrases, before.label, before.point)
    assert (back.added_by, back.unit) == (before.added_by, before.unit)
    assert _classified(world, SENSITIVE) == ["alias.undone"]
    assert world.refold(f"alias:{back.key}") == world.state(f"alias:{back.key}")


def test_what_people_ended_does_not_come_back() -> None:
    """Taken back by a supervisor before the incident became sensitive, or nobody's mistake at all:
    classifying it again changes nothing. And nobody but the system takes one back so."""
    world = _on_the_way()
    _follow(world, _correction(world))
    (alias,) = _aliases(world)
    assert _classified(world, "PUB-02") == []
    world.do(c.UndoAlias(alias=alias.key, sensitive=True), SARI)
    assert not _aliases(world)[0].sensitive
    for nature in (SENSITIVE, "PUB-01", SENSITIVE, "PUB-02"):
        assert _classified(world, nature) == []
    assert _aliases(world)[0].undone_by == "Sari"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"unit": AMB_2}, "unit_not_assigned"),
        ({"fix": Fix(point=Point(0.0, 0.0), at=START)}, "place_unreadable"),
        ({"fix": Fix(point=Point(-6.2, 106.8), at=START)}, "fix_outside_city"),
    ],
)
def test_a_point_that_cannot_be_it_is_refused(fields: dict[str, object], reason: str) -> None:
    """Another unit's, no fix at all, another city."""
    assert refusal(_on_the_way(), structs.replace(CORRECT, **fields)) == reason


def test_corrections_have_an_end() -> None:
    """A phone that sends each second fills no record."""
    world = _on_the_way()
    for n in range(20):
        fix = structs.replace(THERE, point=Point(-6.98 - n / 10_000, 110.41))
        _correction(world, structs.replace(CORRECT, fix=fix))
    assert refusal(world, CORRECT) == "too_many_corrections"
