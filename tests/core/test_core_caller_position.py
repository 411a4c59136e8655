"""Where the caller may be: what is believed first, what is kept, what is written down."""

from datetime import UTC, datetime, timedelta

import pytest
from core_world import CALL, DESK, INCIDENT, REPORT, World, agent
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.call.locating import LEARNT_CHARACTERS_MAX, LEARNT_FACTS_MAX, LINKS_MAX
from kentongan.core.call.state import Call
from kentongan.core.call_rows import CallerPosition
from kentongan.core.caller_position import (
    AGAIN,
    ASSUMED_DEVICE_M,
    MOVES_M_S,
    TOLD_MAX,
    doubt_m,
    is_news,
    kept,
    ranked,
)
from kentongan.core.rows import CallRow
from kentongan.core.words import (
    Personal,
    Place,
    PlaceSource,
    RawFact,
    RawKind,
    Refused,
    Role,
    Sector,
)

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HERE = Point(-6.9903, 110.4229)
AWAY = Point(-6.9950, 110.4300)

SOURCES = st.sampled_from(
    [
        PlaceSource.NETWORK,
        PlaceSource.CELL,
        PlaceSource.DEVICE,
        PlaceSource.AML,
        PlaceSource.LINK,
    ]
)


def position(
    source: PlaceSource, radius_m: float | None, age_s: float = 0, point: Point = HERE
) -> CallerPosition:
    """A position measured so long before noon."""
    at = NOON - timedelta(seconds=age_s)
    return CallerPosition(source=source, point=point, at=at, heard_at=at, radius_m=radius_m)


POSITIONS = st.builds(
    position,
    SOURCES,
    st.none() | st.floats(0, 50_000),
    st.integers(0, 7_200).map(float),
    st.sampled_from([HERE, AWAY]),
)


@given(st.lists(POSITIONS, min_size=1, max_size=30), POSITIONS)
def test_a_newer_coarser_one_never_hides_an_older_finer_one(
    told: list[CallerPosition], new: CallerPosition
) -> None:
    """Whatever comes, what was believed first stays first unless the new one is in less doubt."""
    before = kept(told)
    after = kept([*before, new])
    if doubt_m(new, NOON) > doubt_m(before[0], NOON):
        assert after[0] == before[0]
    assert doubt_m(after[0], NOON) == min(doubt_m(one, NOON) for one in [*told, new])


@given(st.lists(POSITIONS, min_size=1, max_size=30))
def test_the_order_is_the_same_at_every_moment_and_whatever_came_first(
    told: list[CallerPosition],
) -> None:
    """All doubts grow alike, so a row may keep the order and a rebuild finds the same."""
    for later_s in (0, 60, 86_400):
        doubts = [doubt_m(one, NOON + timedelta(seconds=later_s)) for one in ranked(told)]
        assert doubts == pytest.approx(sorted(doubts))
    assert ranked(told) == ranked(list(reversed(ranked(told))))


@given(st.lists(POSITIONS, max_size=60))
def test_of_each_source_the_best_and_the_newest_are_kept(told: list[CallerPosition]) -> None:
    """Never more than two of a source, however many came; keeping one after another is the same."""
    found = kept(told)
    for source in PlaceSource:
        own = [one for one in told if one.source is source]
        mine = [one for one in found if one.source is source]
        assert len(mine) <= 2
        if own:
            assert max(one.at for one in mine) == max(one.at for one in own)
            assert doubt_m(mine[0], NOON) == min(doubt_m(one, NOON) for one in own)


def test_a_fine_position_is_not_believed_for_ever() -> None:
    """Twelve metres two minutes ago still beat a new cell; an hour ago they do not."""
    cell = position(PlaceSource.CELL, 1_500)
    assert ranked([cell, position(PlaceSource.DEVICE, 12, 120)])[0].source is PlaceSource.DEVICE
    assert ranked([cell, position(PlaceSource.DEVICE, 12, 3_600)])[0] == cell
    assert doubt_m(position(PlaceSource.DEVICE, 12, 100), NOON) == 12 + 100 * MOVES_M_S


def test_a_position_at_the_other_end_of_the_world_is_not_believed() -> None:
    """Five metres in London beside twelve in the city are a lie, whichever came first; just beyond
    the border, or by car on the way out of the city, it is as good as any, and alone it is all."""
    london, beyond = Point(51.5, 0.1), Point(-6.9903, 110.4500)
    home = position(PlaceSource.LINK, 12, 30)
    for age_s in (0, 31, 3_600):
        far = structs.replace(
            position(PlaceSource.LINK, 5, age_s, london), cautions=("outside_city",)
        )
        assert kept([far, home])[0] == kept([home, far])[0] == home
        assert kept([far]) == (far,)
    cell = position(PlaceSource.CELL, 3_000)
    near = structs.replace(position(PlaceSource.AML, 10, 0, beyond), cautions=("outside_city",))
    assert ranked([cell, near])[0] == near
    left = position(PlaceSource.AML, 12, 120)
    assert ranked([left, near])[0] == near


def test_without_a_radius_the_source_is_taken_for_what_it_is() -> None:
    """The network's word is a cell; a telephone's own is nearer."""
    network, device = position(PlaceSource.NETWORK, None), position(PlaceSource.DEVICE, None)
    assert ranked([network, device]) == (device, network)
    assert doubt_m(device, NOON) == ASSUMED_DEVICE_M


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (position(PlaceSource.LINK, 30, -5), False),
        (position(PlaceSource.LINK, 20, -5), True),
        (position(PlaceSource.LINK, 30, -5, AWAY), True),
        (position(PlaceSource.LINK, 30, -AGAIN.total_seconds()), True),
        (position(PlaceSource.AML, 30, -5), True),
        (position(PlaceSource.LINK, 30), False),
    ],
)
def test_who_says_the_same_again_at_once_is_not_written_down(
    new: CallerPosition, expected: bool
) -> None:
    """Finer, elsewhere, another source, or a quarter of a minute later is news."""
    assert is_news([position(PlaceSource.LINK, 30)], new) is expected


# --- on the call ---------------------------------------------------------------------------------


def place(source: PlaceSource, radius_m: float | None, point: Point = HERE) -> Place:
    """A place as a source says it."""
    return Place(source=source, point=point, radius_m=radius_m)


def world(first: Place | None = None) -> World:
    """A call that rings, with what its INVITE said."""
    return World().run(
        c.OfferCall(call=CALL, line="l112", dialled="112", trunk="telkom", place=first)
    )


def call(found: World) -> CallRow:
    """The row of the call."""
    row = found.find("call", CALL)
    assert isinstance(row, CallRow)
    return row


def test_positions_gather_on_the_call_and_the_best_is_its_place() -> None:
    """Cell in the INVITE, then the telephone by AML, then the network again: nothing is lost."""
    found = world(place(PlaceSource.CELL, 1_500, AWAY))
    assert [one.source for one in call(found).positions] == [PlaceSource.CELL]
    found = found.run(c.LocateCall(call=CALL, place=place(PlaceSource.AML, 14)))
    found = found.run(c.LocateCall(call=CALL, place=place(PlaceSource.NETWORK, 2_000, AWAY)))
    row = call(found)
    assert [one.source for one in row.positions] == ["aml", "cell", "network"]
    assert row.place is not None
    assert (row.place.source, row.place.radius_m) == (PlaceSource.AML, 14)


SECTOR = Sector(inner_m=200, outer_m=1_500, start_deg=330, opening_deg=120)


def test_a_cells_sector_stays_with_its_position_and_another_sector_is_news() -> None:
    """A newer, coarser sector hides neither the telephone's own word nor the sector before it."""
    told = structs.replace(place(PlaceSource.CELL, 1_500, AWAY), sector=SECTOR)
    found = world(told).run(c.LocateCall(call=CALL, place=place(PlaceSource.AML, 14)))
    found = found.run(c.LocateCall(call=CALL, place=told))
    assert [one.sector for one in call(found).positions] == [None, SECTOR], "said already"
    other = structs.replace(SECTOR, start_deg=90.0, outer_m=3_000.0)
    found = found.later(5).run(
        c.LocateCall(call=CALL, place=structs.replace(told, radius_m=3_000, sector=other))
    )
    row = call(found)
    assert [one.sector for one in row.positions] == [None, SECTOR, other]
    assert row.place is not None
    assert row.place.source is PlaceSource.AML


def test_when_it_was_measured_is_believed_within_reason() -> None:
    """Two minutes ago is; tomorrow and last week are taken for now."""
    found = world()
    now = call(found).ring_at
    ages = {"aml": 120, "device": -3_600, "link": 700_000}
    for source, age_s in ages.items():
        measured_at = now - timedelta(seconds=age_s)
        found = found.run(
            c.LocateCall(call=CALL, place=place(PlaceSource(source), 20), measured_at=measured_at)
        )
    told = {one.source: one for one in call(found).positions}
    assert told[PlaceSource.AML].at == now - timedelta(seconds=120)
    assert told[PlaceSource.DEVICE].at == told[PlaceSource.DEVICE].heard_at
    assert told[PlaceSource.LINK].at == told[PlaceSource.LINK].heard_at


@pytest.mark.parametrize(
    "bad",
    [
        place(PlaceSource.AML, 5, Point(95.0, 110.0)),
        place(PlaceSource.AML, float("nan")),
        place(PlaceSource.AML, -1),
        Place(source=PlaceSource.AML),
        structs.replace(
            place(PlaceSource.CELL, 900),
            sector=Sector(inner_m=900, outer_m=200, start_deg=0, opening_deg=120),
        ),
        structs.replace(
            place(PlaceSource.CELL, 900),
            sector=Sector(inner_m=0, outer_m=float("inf"), start_deg=0, opening_deg=120),
        ),
        structs.replace(
            place(PlaceSource.CELL, 900),
            sector=Sector(inner_m=0, outer_m=900, start_deg=float("nan"), opening_deg=120),
        ),
    ],
)
def test_what_no_map_can_show_is_left_out_without_a_word(bad: Place) -> None:
    """Neither refused nor kept."""
    found = world(place(PlaceSource.CELL, 1_500))
    before = call(found)
    assert call(found.run(c.LocateCall(call=CALL, place=bad))) == before


def test_a_telephone_that_says_it_again_and_again_fills_no_journal() -> None:
    """The same within seconds leads to nothing."""
    found = world().run(c.LocateCall(call=CALL, place=place(PlaceSource.LINK, 20)))
    assert found.later(5).do(c.LocateCall(call=CALL, place=place(PlaceSource.LINK, 20))) == ()
    assert TOLD_MAX >= 900, "an hour, one every four seconds"


def test_each_source_has_a_limit_of_its_own() -> None:
    """A page that runs wild costs the operator's position nothing, in points or in words."""
    found = world()
    before = found.state(f"call:{CALL}")
    assert isinstance(before, Call)
    full = structs.replace(before, positions_told={PlaceSource.LINK: TOLD_MAX})
    found.states[f"call:{CALL}"] = full
    for told in (place(PlaceSource.LINK, 20), Place(source=PlaceSource.LINK)):
        assert found.do(c.LocateCall(call=CALL, place=told)) == ()
    after = found.run(c.LocateCall(call=CALL, place=place(PlaceSource.AML, 20)))
    assert [one.source for one in call(after).positions] == [PlaceSource.AML]


def test_after_the_call_nothing_is_told() -> None:
    """Where the caller is after hanging up is nobody's business."""
    over = world().run(c.EndCall(call=CALL, by="caller"))
    after = over.run(c.LocateCall(call=CALL, place=place(PlaceSource.LINK, 20)))
    assert call(after).positions == ()


def fact(label: str, text: str = "lis.telco.example: HTTP 503") -> c.KeepRawFact:
    """Why a reference led nowhere."""
    told = RawFact(kind=RawKind.LOCATION_REFERENCE, label=label, content=Personal(text=text))
    return c.KeepRawFact(call=CALL, fact=told)


def test_why_a_reference_led_nowhere_stands_once_for_each_cause() -> None:
    """In a sentence, within a limit, and only while the call runs."""
    found = world().run(fact("no_answer", "x" * 5_000))
    assert found.do(fact("no_answer", "again")) == ()
    assert found.do(fact("refused", "")) == ()
    (kept_one,) = call(found).raw_facts
    assert kept_one.content.text == "x" * LEARNT_CHARACTERS_MAX
    for number in range(2 * LEARNT_FACTS_MAX):
        found = found.run(fact(f"cause_{number}"))
    assert len(call(found).raw_facts) == LEARNT_FACTS_MAX
    over = world().run(c.EndCall(call=CALL, by="caller"))
    assert over.do(fact("no_answer")) == ()


def test_answers_of_servers_are_kept_as_long_as_any_raw_fact_and_two_of_them() -> None:
    """As they came; a third one, and the same server's again, say nothing more."""
    found = world()
    for label in ("lis.example", "lis.example", "lis.example (2)", "other.example"):
        told = fact(label, "<presence/>" * 400).fact
        answer = structs.replace(told, kind=RawKind.LOCATION_ANSWER)
        found = found.run(c.KeepRawFact(call=CALL, fact=answer))
    kept = call(found).raw_facts
    assert [one.label for one in kept] == ["lis.example", "lis.example (2)"]
    assert [(len(one.content.text or ""), one.cut) for one in kept] == [(4_096, True)] * 2


def test_nothing_of_it_is_taken_as_the_incidents_place() -> None:
    """The operator says where it is; a call's positions stay with the call."""
    found = world(place(PlaceSource.DEVICE, 5)).run(
        c.AnswerCall(call=CALL, desk=DESK),
        c.OpenReport(report=REPORT, call=CALL),
        c.OpenIncident(incident=INCIDENT, report=REPORT),
    )
    assert found.incident().place is None


# --- the link ------------------------------------------------------------------------------------


def link(number: int, valid_s: int = 600) -> c.LinkCall:
    """A link with that secret's digest."""
    return c.LinkCall(call=CALL, digest=f"{number:064x}", valid_s=valid_s)


def test_a_link_is_kept_by_its_digest_until_it_expires() -> None:
    """Made again it is the same; the newest three are good; hours are the most."""
    found = world().run(c.AnswerCall(call=CALL, desk=DESK), link(1), link(1), link(2, 999_999))
    links = call(found).location_links
    assert [one.digest for one in links] == [f"{n:064x}" for n in (1, 2)]
    assert [(one.expires_at - one.made_at).total_seconds() for one in links] == [600, 7_200]
    many = found.run(*(link(n) for n in range(3, 9)))
    assert len(call(many).location_links) == LINKS_MAX


def test_a_secret_itself_is_refused_as_a_digest() -> None:
    """Only what cannot be read backwards is written down."""
    found = world().run(c.AnswerCall(call=CALL, desk=DESK))
    with pytest.raises(Refused, match="location_link_unreadable"):
        found.run(c.LinkCall(call=CALL, digest="KENTONGAN"))


def test_only_who_takes_part_may_ask_the_caller() -> None:
    """Another call-taker may not; a dispatcher may; nobody after the call."""
    found = world().run(c.AnswerCall(call=CALL, desk=DESK))
    with pytest.raises(Refused):
        found.run(link(1), who=agent("Tono", Role.CALL_TAKER))
    found = found.run(link(1), who=agent("Budi", Role.DISPATCHER))
    assert len(call(found).location_links) == 1
    with pytest.raises(Refused, match="call_over"):
        found.run(c.EndCall(call=CALL, by="caller"), link(2))
