"""What a crew puts right serves the next search, with a trail, a review and a way back."""

from datetime import UTC, datetime, timedelta

import pytest
from geo_gazetteer_city import city, pack
from hypothesis import given
from hypothesis import strategies as st

from kentongan.cities.facts import Confidence, Point
from kentongan.cities.gazetteer import Caution
from kentongan.edge.geo.gazetteer.aliases import (
    ALIASES_MAX,
    PHRASES_MAX,
    AliasAdded,
    AliasBook,
    AliasRefused,
    AliasReviewed,
    AliasState,
    AliasStep,
    AliasUndone,
)
from kentongan.edge.geo.gazetteer.normaliser import normalise
from kentongan.edge.geo.gazetteer.search import CitySearch

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
TINI = Point(-6.9901, 110.4055)
HALL = Point(-6.98150, 110.41330)


def tini(number: str = "a1", **changed: object) -> AliasAdded:
    """A warung that stands on no map."""
    fields: dict[str, object] = {
        "id": number, "phrases": ("warung bu Tini", "bu tini randusari"), "label": "Warung Bu Tini",
        "point": TINI, "by": "AMB03", "at": AT, "incident": "SMG-2026-001207",
    }  # fmt: skip
    return AliasAdded(**(fields | changed))  # type: ignore[arg-type]


def corrected_hall(number: str = "c1") -> AliasAdded:
    """The point of city hall as a crew found it."""
    return tini(number, phrases=(), label="Balai Kota Semarang", point=HALL,
                document="balai_kota_semarang")  # fmt: skip


def fresh() -> CitySearch:
    """A search with a book of its own."""
    return CitySearch(city(), pack(), AliasBook())


@pytest.mark.parametrize(
    "said",
    [
        "warung bu tini",
        "depan warung bu Tini",
        "di warung bu tinni dekat masjid",
        "bu tini randusari",
    ],
)
def test_an_alias_beats_the_map_at_once(said: str) -> None:
    """The very next search has it first, with its source, its giver and its caution."""
    search = fresh()
    assert search.search(said)[0].label != "Warung Bu Tini" if search.search(said) else True
    search.aliases.apply(tini())
    first = search.search(said)[0]
    assert (first.label, first.point, first.source) == ("Warung Bu Tini", TINI, ("alias",))
    assert first.cautions == (Caution.NOT_REVIEWED,)
    assert "AMB03" in first.detail
    assert "SMG-2026-001207" in first.detail


def test_a_number_in_an_alias_must_be_said() -> None:
    """ "RT 5 Krobokan" is not all of Krobokan."""
    search = fresh()
    search.aliases.apply(tini(phrases=("krobokan rt 5",)))
    assert search.search("krobokan")[0].label == "Krobokan, Semarang Barat"
    assert search.search("krobokan rt 4")[0].label == "Krobokan, Semarang Barat"
    assert search.search("krobokan rt 05")[0].label == "Warung Bu Tini"


def test_an_alias_is_found_while_it_is_typed() -> None:
    """From the second word on, letter by letter."""
    search = fresh()
    search.aliases.apply(tini())
    for typed in ("warung bu", "warung bu t", "warung bu ti", "warung bu tin"):
        assert "Warung Bu Tini" in [one.label for one in search.search(typed)], typed


def test_a_document_with_the_wrong_point_is_shown_where_it_is() -> None:
    """Every name of it leads to the crew's point; the other facts stay."""
    search = fresh()
    before = search.search("balaikota")[0]
    search.aliases.apply(corrected_hall())
    for said in ("balaikota", "Jl. Pemuda 148", "kantor wali kota semarang"):
        found = search.search(said, near=HALL)[0]
        assert (found.key, found.label, found.point) == (before.key, before.label, HALL)
        assert found.distance_m == 0
        assert Caution.LOW_CONFIDENCE not in found.cautions
        assert Caution.NOT_REVIEWED in found.cautions


def test_the_newest_correction_holds_and_undoing_it_gives_the_one_before() -> None:
    """Two crews, two points: the later one; taken back, the earlier one again, then the map's."""
    search = fresh()
    original = search.search("balaikota")[0].point
    search.aliases.apply(corrected_hall("c1"))
    later = Point(-6.9818, 110.4136)
    search.aliases.apply(tini("c2", phrases=(), point=later, document="balai_kota_semarang"))
    points = [search.search("balaikota")[0].point]
    for number in ("c2", "c1"):
        search.aliases.apply(AliasUndone(id=number, by="spv", at=AT))
        points.append(search.search("balaikota")[0].point)
    assert points == [later, HALL, original]


def test_review_takes_the_caution_away() -> None:
    """A reviewed alias is as good as the map; a refused one is gone."""
    search = fresh()
    search.aliases.apply(tini())
    search.aliases.apply(AliasReviewed(id="a1", by="spv", at=AT, accepted=True))
    first = search.search("warung bu tini")[0]
    assert (first.cautions, first.confidence) == ((), Confidence.HIGH)
    search.aliases.apply(AliasReviewed(id="a1", by="spv", at=AT, accepted=False, note="pindah"))
    assert search.aliases.get("a1").state is AliasState.REFUSED
    assert all(one.label != "Warung Bu Tini" for one in search.search("warung bu tini"))


def test_short_texts_do_not_remember_an_undone_alias() -> None:
    """Answers to one to three letters are kept, but not over a step of the book."""
    search = fresh()
    search.aliases.apply(tini(phrases=("zkx",)))
    assert search.search("zkx")[0].label == "Warung Bu Tini"
    search.aliases.apply(AliasUndone(id="a1", by="spv", at=AT))
    assert search.search("zkx") == []
    search.aliases.apply(corrected_hall())
    assert search.search("bal")[0].key != "balai_kota_semarang" or (
        search.search("bal")[0].point == HALL
    )


def test_the_trail_keeps_every_step() -> None:
    """Who, when, from which incident, reviewed by whom, undone by whom and why."""
    steps: list[AliasStep] = [
        tini(),
        AliasReviewed(id="a1", by="spv", at=AT + timedelta(minutes=3), accepted=True),
        AliasUndone(id="a1", by="spv2", at=AT + timedelta(days=1), reason="tutup"),
    ]
    book = AliasBook(steps)
    assert book.steps == tuple(steps)
    alias = book.get("a1")
    assert (alias.added, alias.review, alias.undone) == tuple(steps)
    assert alias.state is AliasState.UNDONE
    assert book.list_all() == [alias]
    assert book.in_effect() == []


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (tini(), "already"),
        (tini("a2", phrases=()), "neither"),
        (tini("a2", phrases=("???",)), "neither"),
        (tini("a2", phrases=("warung", "jalan")), "neither"),
        (tini("a2", phrases=("x",) * (PHRASES_MAX + 1)), "at most"),
        (tini("a2", point=Point(110.4, -6.9)), "no point"),
        (AliasUndone(id="nobody", by="spv", at=AT), "no such"),
        (AliasReviewed(id="gone", by="spv", at=AT, accepted=True), "no longer"),
        (AliasUndone(id="gone", by="spv", at=AT), "no longer"),
    ],
)
def test_a_step_that_cannot_be_taken_changes_nothing(step: AliasStep, reason: str) -> None:
    """Each is refused with its reason, and the book is as it was."""
    book = AliasBook([tini(), tini("gone"), AliasUndone(id="gone", by="spv", at=AT)])
    before = (book.steps, book.in_effect())
    with pytest.raises(AliasRefused, match=reason):
        book.apply(step)
    assert (book.steps, book.in_effect()) == before


def test_the_book_has_an_end() -> None:
    """A full book refuses and says what to do; undoing one makes room."""
    book = AliasBook(tini(f"n{n}", phrases=(f"warung nama{n}x",)) for n in range(ALIASES_MAX))
    with pytest.raises(AliasRefused, match="undo some"):
        book.apply(tini("one more"))
    book.apply(AliasUndone(id="n7", by="spv", at=AT))
    assert len(book) == ALIASES_MAX - 1
    book.apply(tini("one more"))
    assert book.find(normalise("warung bu tini "))[0].alias.added.id == "one more"


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["add", "correct", "accept", "refuse", "undo"]), st.sampled_from("abcd")
    ),
    max_size=20,
)


@given(moves=MOVES)
def test_replaying_the_steps_gives_the_same_book(moves: list[tuple[str, str]]) -> None:
    """Whatever was tried, the accepted steps alone give the same aliases and the same answers."""
    book = AliasBook()
    for move, number in moves:
        step: AliasStep
        match move:
            case "add":
                step = tini(number, phrases=(f"warung {number * 4}",))
            case "correct":
                step = corrected_hall(number)
            case "undo":
                step = AliasUndone(id=number, by="spv", at=AT)
            case _:
                step = AliasReviewed(id=number, by="spv", at=AT, accepted=move == "accept")
        try:
            book.apply(step)
        except AliasRefused:
            continue
    again = AliasBook(book.steps)
    assert again.list_all() == book.list_all()
    assert again.in_effect() == book.in_effect()
    assert again.correction_of("balai_kota_semarang") == book.correction_of("balai_kota_semarang")
    for number in "abcd":
        said = normalise(f"warung {number * 4} ")
        assert again.find(said) == book.find(said)
        assert all(one.alias.is_in_effect for one in book.find(said))


@pytest.mark.parametrize("said", ["jalan pemuda", "simpang lima", "masjid baiturrahman"])
def test_what_the_map_knows_stays_first_until_somebody_has_reviewed(said: str) -> None:
    """A correction with an ordinary name is the second proposal, and the first one afterwards."""
    search = fresh()
    plain = search.search(said)[0].key
    search.aliases.apply(tini(phrases=(said,)))
    assert [one.key for one in search.search(said)[:2]] == [plain, "alias:a1"]
    search.aliases.apply(AliasReviewed(id="a1", by="sari", at=AT, accepted=True))
    assert search.search(said)[0].key == "alias:a1"


def test_one_word_of_many_is_not_the_place() -> None:
    """A warung "dekat sungai" is no answer to a street by a river."""
    search = fresh()
    search.aliases.apply(tini(phrases=("dekat sungai",)))
    assert search.search("banjir jalan pemuda dekat sungai")[0].key != "alias:a1"
