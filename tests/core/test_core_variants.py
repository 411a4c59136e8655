"""Two people write in one field at the same time: neither writes over the other."""

from datetime import datetime

import pytest
from core_world import (
    BUDI,
    DEWI,
    DINKES,
    HERE,
    INCIDENT,
    REPORT,
    RINA,
    SARI,
    SIMPANG_LIMA,
    World,
    tags,
)
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.commands.variant import SettleReportVariant, SettleVariant
from kentongan.core.redaction import redact
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.variants import merged_place
from kentongan.core.words import (
    Agent,
    NatureCode,
    Place,
    PlaceSource,
    Priority,
    Refused,
    Role,
    personal,
)

FIRE, FALL, WASPS = NatureCode("KBK-01"), NatureCode("MED-05"), NatureCode("HWN-03")


def opened() -> World:
    """An incident with a report, nothing said of it yet."""
    open_report = c.OpenReport(report=REPORT, call=None)
    return World().run(open_report, c.OpenIncident(incident=INCIDENT, report=REPORT))


def seen(world: World, stream: str = f"incident:{INCIDENT}") -> int:
    """The position that a screen has of this row now."""
    return len(world.history[stream])


def of_report(world: World) -> ReportRow:
    """The report's row."""
    row = world.find("report", REPORT)
    assert isinstance(row, ReportRow)
    return row


def urge(priority: Priority, at: int | None = None) -> c.SetPriority:
    """How urgent it is, by who saw the row at this position."""
    return c.SetPriority(incident=INCIDENT, priority=priority, seen=at)


def kind(nature: NatureCode, at: int | None = None) -> c.ClassifyIncident:
    """What kind it is, by who saw the row at this position."""
    return c.ClassifyIncident(incident=INCIDENT, nature=nature, seen=at)


def meant(world: World) -> list[tuple[str, str, str]]:
    """Field, author and value of each variant of the incident."""
    return [
        (one.field, one.by_name, one.nature or one.priority or "place")
        for one in world.incident().variants
    ]


# --- kind and urgency ----------------------------------------------------------------------------


def test_different_fields_are_merged_and_nobody_is_asked() -> None:
    """Rina takes the place while Budi sets the kind: both stand."""
    world = opened()
    at = seen(world)
    world.do(kind(FIRE, at), BUDI)
    world.do(c.LocateIncident(incident=INCIDENT, place=HERE, seen=at), RINA)
    row = world.incident()
    assert (row.nature, row.place, row.variants) == (FIRE, HERE, ())


def test_a_kind_that_somebody_else_chose_meanwhile_is_not_written_over() -> None:
    """The first one stands, the second is kept beside it with who and when, and can be taken."""
    world = opened().run(kind(FIRE), who=RINA)
    at = seen(world)
    world.do(kind(FALL, at), BUDI)
    before = world.incident()
    world.later(8)
    assert tags(world.do(kind(WASPS, at), DEWI)) == ["incident.variant_kept"]
    row = world.incident()
    assert (row.nature, row.priority) == (before.nature, before.priority)
    assert [(one.by_name, one.nature, one.at) for one in row.variants] == [
        ("Dewi", WASPS, world.now)
    ]
    assert [(one.field, one.by_name) for one in row.edited if one.field == "nature"] == [
        ("nature", "Budi")
    ]
    take = SettleVariant(incident=INCIDENT, field="nature", by=DEWI.id, take=True)
    assert tags(world.do(take, BUDI)) == ["incident.classified", "incident.variant_settled"]
    assert (world.incident().nature, world.incident().variants) == (WASPS, ())
    assert world.do(take, BUDI) == ()


def test_taking_a_kind_lowers_no_urgency() -> None:
    """Dewi's nest of wasps is what it is; that Budi raised it to P1 meanwhile is still so."""
    world = opened().run(kind(FIRE), who=RINA)
    at = seen(world)
    world.run(kind(FALL, at), who=BUDI).do(kind(WASPS, at), DEWI)
    world.do(urge(Priority.P1, seen(world)), SARI)
    world.do(SettleVariant(incident=INCIDENT, field="nature", by=DEWI.id, take=True), BUDI)
    assert (world.incident().nature, world.incident().priority) == (WASPS, Priority.P1)


def test_a_kind_is_kept_with_the_urgency_said_of_it() -> None:
    """Dewi said P2 with the kind; after P4 for what stood, hers comes with P2 and not as P4."""
    world = opened().run(kind(FIRE), who=RINA)
    at = seen(world)
    world.do(kind(FALL, at), BUDI)
    wasps = c.ClassifyIncident(incident=INCIDENT, nature=WASPS, priority=Priority.P2, seen=at)
    world.run(urge(Priority.P1, seen(world)), who=BUDI).do(wasps, DEWI)
    assert [one.priority for one in world.incident().variants] == [Priority.P2]
    world.do(urge(Priority.P4, seen(world)), BUDI)
    world.do(SettleVariant(incident=INCIDENT, field="nature", by=DEWI.id, take=True), BUDI)
    assert (world.incident().nature, world.incident().priority) == (WASPS, Priority.P2)


def test_the_more_urgent_kind_stands_until_somebody_has_chosen() -> None:
    """Help must not wait for a question: a fire against a nest of wasps, whoever came first."""
    world = opened()
    at = seen(world)
    world.run(kind(WASPS, at), who=BUDI).do(kind(FIRE, at), RINA)
    assert world.incident().nature == FIRE
    assert meant(world) == [("nature", "Budi", WASPS)]


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [(Priority.P3, Priority.P1, Priority.P1), (Priority.P1, Priority.P3, Priority.P1)],
)
def test_of_two_urgencies_the_greater_one_stands(
    first: Priority, second: Priority, stands: Priority
) -> None:
    """The other is kept beside it as its author's."""
    world = opened().run(kind(FALL), who=RINA).run(urge(Priority.P4), who=SARI)
    at = seen(world)
    world.run(urge(first, at), who=BUDI).do(urge(second, at), DEWI)
    loser = ("Budi", first) if stands == second else ("Dewi", second)
    assert world.incident().priority == stands
    assert meant(world) == [("priority", *loser)]


def test_a_new_kind_leaves_the_urgency_that_somebody_set_meanwhile() -> None:
    """Dewi never saw Budi's word; the kind is hers, the urgency his, if it is the greater one."""
    world = opened().run(kind(FIRE), who=RINA)
    at = seen(world)
    world.run(urge(Priority.P2, at), who=BUDI).do(kind(WASPS, at), DEWI)
    row = world.incident()
    assert (row.nature, row.priority) == (WASPS, Priority.P2)
    assert meant(world) == [("priority", "Dewi", Priority.P4)]


def test_who_has_seen_it_and_who_says_nothing_of_it_replace_as_ever() -> None:
    """A field is shared, not owned: what one knows of may be changed."""
    world = opened().run(urge(Priority.P2), who=BUDI)
    world.do(urge(Priority.P3, seen(world)), DEWI)
    assert (world.incident().priority, world.incident().variants) == (Priority.P3, ())
    world.do(urge(Priority.P1), BUDI)
    world.do(urge(Priority.P4, 1), BUDI)  # one's own newer word is no other's
    assert (world.incident().priority, world.incident().variants) == (Priority.P4, ())


def test_the_same_again_is_nothing_and_a_left_variant_is_gone() -> None:
    """A repeated order adds no second variant; what was right stays."""
    world = opened()
    at = seen(world)
    world.run(urge(Priority.P1, at), who=BUDI)
    assert tags(world.do(urge(Priority.P3, at), DEWI)) == ["incident.variant_kept"]
    assert world.do(urge(Priority.P3, at), DEWI) == ()
    leave = SettleVariant(incident=INCIDENT, field="priority", by=DEWI.id, take=False)
    assert tags(world.do(leave, BUDI)) == ["incident.variant_settled"]
    assert (world.incident().priority, world.incident().variants) == (Priority.P1, ())


@pytest.mark.parametrize("take", [True, False])
def test_only_what_was_on_the_screen_is_settled(*, take: bool) -> None:
    """A place moved a second earlier, or a newer variant of the same person, waits for another
    look; with what is shown now it is settled."""
    world = opened().run(c.LocateIncident(incident=INCIDENT, place=HERE), who=RINA)
    at = seen(world)
    first, second, third, fourth = (Place(point=Point(-6.98, 110.4 + n / 100)) for n in range(4))
    world.do(c.LocateIncident(incident=INCIDENT, place=first, seen=at), BUDI)
    world.do(c.LocateIncident(incident=INCIDENT, place=second, seen=at), DEWI)

    def choose(shown: datetime, looked: int) -> SettleVariant:
        return SettleVariant(
            incident=INCIDENT, field="place", by=DEWI.id, take=take, at=shown, seen=looked
        )

    shown, looked = world.incident().variants[0].at, seen(world)
    world.later(1)
    world.do(c.LocateIncident(incident=INCIDENT, place=third, seen=looked), BUDI)
    with pytest.raises(Refused, match="changed_meanwhile") as refused:
        world.do(choose(shown, looked), SARI)
    assert refused.value.details == {"field": "place", "by": "Budi"}
    looked = seen(world)
    world.do(c.LocateIncident(incident=INCIDENT, place=fourth, seen=at), DEWI)
    with pytest.raises(Refused, match="changed_meanwhile") as refused:
        world.do(choose(shown, seen(world)), SARI)
    assert refused.value.details == {"field": "place", "by": "Dewi"}
    world.do(choose(world.incident().variants[0].at, seen(world)), SARI)
    row = world.incident()
    stands = row.place and row.place.point
    assert (stands, row.variants) == ((fourth if take else third).point, ())


def test_who_writes_anew_has_settled_their_own_variant() -> None:
    """Dewi looks, and sets what she means: nothing of hers is left open."""
    world = opened()
    at = seen(world)
    world.run(urge(Priority.P1, at), who=BUDI).do(urge(Priority.P3, at), DEWI)
    world.do(urge(Priority.P2, seen(world)), DEWI)
    assert (world.incident().priority, world.incident().variants) == (Priority.P2, ())


# --- place ---------------------------------------------------------------------------------------


def test_a_landmark_and_a_corrected_point_are_merged() -> None:
    """The call-taker types where the gate is while the dispatcher moves the pin."""
    world = opened().run(c.LocateIncident(incident=INCIDENT, place=HERE), who=RINA)
    at, moved = seen(world), Point(-6.9911, 110.4231)
    pinned = Place(words=HERE.words, point=moved, source=PlaceSource.PIN)
    told = Place(words=HERE.words, point=SIMPANG_LIMA, landmark=personal("pagar hijau"))
    world.do(c.LocateIncident(incident=INCIDENT, place=pinned, seen=at), BUDI)
    world.do(c.LocateIncident(incident=INCIDENT, place=told, seen=at), RINA)
    place = world.incident().place
    assert place is not None
    assert (place.point, place.landmark) == (moved, personal("pagar hijau"))
    assert world.incident().variants == ()


def test_two_points_ask() -> None:
    """Two people move the pin to different places: the first stands, the other is offered."""
    world = opened().run(c.LocateIncident(incident=INCIDENT, place=HERE), who=RINA)
    at = seen(world)
    one, other = (Place(point=Point(-6.98, 110.4 + n / 100)) for n in (1, 2))
    world.do(c.LocateIncident(incident=INCIDENT, place=one, seen=at), BUDI)
    world.do(c.LocateIncident(incident=INCIDENT, place=other, seen=at), DEWI)
    row = world.incident()
    assert row.place is not None
    assert row.place.point == one.point
    assert [(kept.by_name, kept.place and kept.place.point) for kept in row.variants] == [
        ("Dewi", other.point)
    ]


_texts = st.sampled_from([None, "a", "b", "c"])
_points = st.sampled_from([None, Point(-6.98, 110.41), Point(-6.99, 110.42)])


def _place(words: str | None, landmark: str | None, point: Point | None) -> Place:
    return Place(words=personal(words), landmark=personal(landmark), point=point)


_places = st.builds(_place, _texts, _texts, _points)


@given(mine=_places, base=_places, now=_places)
def test_a_merge_never_loses_what_only_one_changed(mine: Place, base: Place, now: Place) -> None:
    """Each part is one of the two people's; a part that one left alone is the other's."""
    merged = merged_place(mine, base, now)
    for part in ("words", "landmark", "point"):
        values = [getattr(place, part) for place in (merged.place, mine, base, now)]
        result, own, before, other = values
        assert result == (own if other == before else other)
        assert merged.is_contested or own in (before, other) or other == before
    assert merged_place(base, base, now).place == now


# --- report --------------------------------------------------------------------------------------


def test_both_complaints_are_kept_and_joined_on_demand() -> None:
    """The supervisor writes into the report whose call-taker is still typing."""
    world = opened()
    stream = f"report:{REPORT}"
    first = c.TakeComplaint(report=REPORT, words=personal("asap") or pytest.fail("words"))
    world.do(first, RINA)
    at = seen(world, stream)
    for text, who in (("asap tebal", SARI), ("asap di gudang", RINA), ("asap di gudang cat", RINA)):
        words = personal(text) or pytest.fail("words")
        world.do(c.TakeComplaint(report=REPORT, words=words, seen=at), who)
    row = of_report(world)
    assert row.complaint == personal("asap tebal")
    assert [(one.by_name, one.words) for one in row.variants] == [
        ("Rina", personal("asap di gudang cat"))
    ]
    world.do(SettleReportVariant(report=REPORT, field="complaint", by=RINA.id, take=True), SARI)
    row = of_report(world)
    assert (row.complaint, row.variants) == (personal("asap tebal\nasap di gudang cat"), ())


def test_what_one_did_not_change_is_not_written_back() -> None:
    """A name that stood when the asker looked is nobody's new word."""
    world = opened().run(c.IdentifyReporter(report=REPORT, name=personal("Sri")), who=RINA)
    at = seen(world, f"report:{REPORT}")
    world.do(c.IdentifyReporter(report=REPORT, name=personal("Sri Wahyuni"), seen=at), SARI)
    again = c.IdentifyReporter(
        report=REPORT, name=personal("Sri"), number=personal("08131"), seen=at
    )
    world.do(again, RINA)
    row = of_report(world)
    assert (row.name, row.number) == (personal("Sri Wahyuni"), personal("08131"))
    assert row.variants == ()


def test_two_names_and_two_numbers_wait_for_a_person() -> None:
    """Each is kept with its author; one is taken, the other left; a doubt confirms no number."""
    world = opened()
    at = seen(world, f"report:{REPORT}")
    told = (("Sri", "08131", SARI), ("Sari", "08139", RINA))
    for name, number, who in told:
        command = c.IdentifyReporter(
            report=REPORT,
            name=personal(name),
            number=personal(number),
            number_confirmed=who is RINA,
            seen=at,
        )
        world.do(command, who)
    assert not of_report(world).number_confirmed
    for field, take in (("name", True), ("number", False)):
        settle = SettleReportVariant(report=REPORT, field=field, by=RINA.id, take=take)
        world.do(settle, SARI)
    row = of_report(world)
    assert (row.name, row.number, row.variants) == (personal("Sari"), personal("08131"), ())


def test_the_name_that_was_not_on_the_screen_is_not_settled() -> None:
    """Nor what stands, nor the variant; a complaint loses nothing and is joined as it is now."""
    world = opened()
    stream = f"report:{REPORT}"
    at = seen(world, stream)

    def say(who: Agent, name: str, seen_at: int) -> None:
        words = personal(name) or pytest.fail("words")
        world.do(c.IdentifyReporter(report=REPORT, name=words, seen=seen_at), who)
        world.do(c.TakeComplaint(report=REPORT, words=words, seen=seen_at), who)

    say(SARI, "Sri", at)
    say(RINA, "Sari", at)
    shown, looked = of_report(world).variants[0].at, seen(world, stream)
    world.later(1)
    say(SARI, "Sri Wahyuni", looked)
    taking = SettleReportVariant(report=REPORT, field="name", by=RINA.id, take=True, seen=looked)
    with pytest.raises(Refused, match="changed_meanwhile") as refused:
        world.do(taking, BUDI)
    assert refused.value.details == {"field": "name", "by": "Sari"}
    joined = structs.replace(taking, field="complaint", at=shown)
    world.do(joined, BUDI)
    assert of_report(world).complaint == personal("Sri Wahyuni\nSari")
    world.do(structs.replace(taking, seen=seen(world, stream), at=shown), BUDI)
    assert of_report(world).name == personal("Sari")


# --- whom it concerns ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.EVALUATOR, Role.AGENCY_OFFICER])
def test_what_the_room_has_not_agreed_on_stays_in_the_room(role: Role) -> None:
    """Neither variants nor who wrote what leaves it."""
    world = opened().run(kind(FALL), c.LocateIncident(incident=INCIDENT, place=HERE), who=RINA)
    at = seen(world)
    world.run(urge(Priority.P2, at), who=BUDI).do(urge(Priority.P3, at), DEWI)
    world.run(c.SendIncident(incident=INCIDENT), c.TaskAgency(incident=INCIDENT, agency=DINKES))
    viewer = Agent(id=DEWI.id, name="x", roles=(role,), agency=DINKES)
    shown = redact(world.incident(), viewer, world.find, world.now)
    assert isinstance(shown, IncidentRow)
    assert (shown.variants, shown.edited) == ((), ())
    assert len(world.incident().variants) == 1


def test_it_is_folded_the_same_from_the_journal() -> None:
    """What is remembered is a function of the events alone."""
    world = opened()
    at = seen(world)
    world.run(urge(Priority.P1, at), kind(FIRE, at), who=BUDI).do(urge(Priority.P3, at), DEWI)
    stream = f"incident:{INCIDENT}"
    assert world.refold(stream) == world.state(stream)
