"""Units ranked with reasons, the sentence for the caller, likely duplicates, the interview."""

from datetime import UTC, datetime, timedelta

import pytest
from core_world import (
    ARREST,
    HERE,
    INCIDENT,
    PLANS,
    REPORT,
    SIMPANG_LIMA,
    START,
    World,
)
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.cities.taxonomy import InterviewStep
from kentongan.core import commands as c
from kentongan.core import duplicates, intake
from kentongan.core.arrival_words import promise_sentence, sentence
from kentongan.core.recommend import (
    Candidate,
    Departures,
    Ranked,
    Recommendation,
    Travel,
    Wish,
    recommend,
)
from kentongan.core.rows import EngagementRow, IncidentRow, ReportRow, UnitRow
from kentongan.core.scene_rows import Mass
from kentongan.core.words import (
    AgencyKey,
    Fix,
    IncidentId,
    NatureCode,
    Personal,
    Place,
    Progress,
    Promise,
    UnitId,
    personal,
)

NOON = datetime(2026, 11, 23, 7, 5, 20, tzinfo=UTC)  # 14.05.20 in Semarang
WIB = timedelta(hours=7)
MED, FIRE = PLANS.natures["MED-01"], PLANS.natures["KBK-01"]


def candidate(
    key: str,
    *,
    agency: str = "dinkes",
    can: tuple[str, ...] = ("als", "bls"),
    state: str = "available",
    low: float | None = 300,
    age_s: float | None = 3,
    engaged: bool = False,
    kind: str = "ambulance_als",
    emergency: bool = False,
    demo: bool = False,
) -> Candidate:
    """A unit as it stands."""
    row = UnitRow(
        key=UnitId(key),
        state=state,
        agency=AgencyKey(agency),
        unit_kind=kind,
        label=f"Unit {key}",
        capabilities=can,
        post="p",
        home=SIMPANG_LIMA,
        since=START,
        demo=demo,
        emergency_at=START if emergency else None,
    )
    engagement = EngagementRow(
        key=row.key, incident=INCIDENT, number=60, progress=Progress.ON_SCENE, since=START
    )
    fix = None if age_s is None else Fix(point=SIMPANG_LIMA, at=NOON - timedelta(seconds=age_s))
    travel = (
        None
        if low is None
        else Travel(seconds_low=low, seconds_high=low * 1.5, distance_m=low * 8, source="line")
    )
    return Candidate(
        unit=row,
        engagement=engagement if engaged else None,
        fix=fix,
        travel=travel,
        turnout_s=60,
    )


def offered(found: Recommendation) -> list[str]:
    """Their names, best first."""
    return [one.unit for one in found.offered]


def keys(one: Ranked) -> set[str]:
    """Keys of its reasons and warnings."""
    return {reason.key for reason in (*one.reasons, *one.warnings)}


def test_full_help_before_part_own_before_mutual_aid_then_the_nearer() -> None:
    """The one sentence that explains the order, where mutual aid counts as later by enough."""
    found = recommend(
        Wish(nature=MED, own_first_s=1_800),
        [
            candidate("DMK1", agency="damkar", can=("pump",), low=30),
            candidate("PMI1", agency="pmi", can=("bls",), low=60),
            candidate("AMB9", can=("bls",), low=90),
            candidate("RS1", agency="pmi", can=("als",), low=60),
            candidate("AMB2", low=900),
            candidate("AMB1", low=600),
        ],
        NOON,
    )
    assert offered(found) == ["AMB1", "AMB2", "RS1", "AMB9", "PMI1", "DMK1"]
    assert [one.rank for one in found.offered] == [1, 2, 3, 4, 5, 6]
    assert [one.fits for one in found.offered] == [True, True, True, False, False, False]
    first, *_, basic, _, support = found.offered
    assert keys(first) == {"leads", "can_do_all", "arrives"}
    assert {"can_do_part", "lacks"} <= keys(basic)
    assert "supporting" in keys(support)


@pytest.mark.parametrize(
    ("one", "key"),
    [
        (candidate("A", state="off_duty"), "off_duty"),
        (candidate("A", state="out_of_service"), "out_of_service"),
        (candidate("A", engaged=True), "engaged"),
        (candidate("A", emergency=True), "crew_emergency"),
        (candidate("A", can=("pump",)), "lacks_capability"),
        (candidate("A", low=99_999), "too_far"),
    ],
)
def test_who_is_not_offered_says_why(one: Candidate, key: str) -> None:
    """The closest unit is never missing without a word."""
    found = recommend(Wish(nature=MED), [one], NOON)
    assert found.offered == ()
    (reason,) = found.not_offered[0].reasons
    assert reason.key == key
    if key == "engaged":
        assert reason.params == {"incident_number": "60", "progress": "on_scene"}


def test_without_needs_only_agencies_that_were_asked_are_offered() -> None:
    """Somebody else's free team is not sent to what is not theirs."""
    nature = structs.replace(FIRE, needs=(), support=(), lead="pln")
    lead = candidate("PLN1", agency="pln", can=())
    stranger = candidate("AMB1")
    found = recommend(Wish(nature=nature), [stranger, lead], NOON)
    assert offered(found) == ["PLN1"]
    assert found.not_offered[0].reasons[0].key == "other_agency"
    asked = recommend(Wish(nature=nature, asked=("dinkes",)), [stranger, lead], NOON)
    assert offered(asked) == ["PLN1", "AMB1"]


@pytest.mark.parametrize(
    ("age_s", "key"), [(120, None), (121, "position_old"), (None, "position_unknown")]
)
def test_an_old_position_is_warned_about_and_hides_nobody(
    age_s: float | None, key: str | None
) -> None:
    """120 s is the limit of A-10."""
    (one,) = recommend(Wish(nature=MED), [candidate("A", age_s=age_s)], NOON).offered
    warned = {warning.key for warning in one.warnings}
    assert warned == (set() if key is None else {key})
    assert one.position_age_s == age_s


def test_without_a_travel_time_there_is_no_promise_and_it_comes_last() -> None:
    """Better no time than an invented one."""
    found = recommend(
        Wish(nature=MED), [candidate("A", low=None, demo=True), candidate("B", low=900)], NOON
    )
    assert offered(found) == ["B", "A"]
    last = found.offered[-1]
    assert (last.promise, last.eta_s_low) == (None, None)
    assert {"travel_unknown", "demo"} <= keys(last)
    assert sentence(last, "id", WIB) == (
        "Unit A berangkat paling lambat 14.11, waktu tiba belum diketahui."
    )
    assert sentence(last, "en", WIB) == "Unit A departs by 14:11; its arrival is not known yet."


def test_the_sentence_has_two_verbs_and_a_range() -> None:
    """Departs within the city's 300 s, arrives turnout + travel later; rounded outwards."""
    (one,) = recommend(Wish(nature=MED), [candidate("A", low=600)], NOON).offered
    assert one.depart_by_s == 300
    assert (one.eta_s_low, one.eta_s_high) == (660, 960)
    assert sentence(one, "id", WIB) == (
        "Unit A berangkat paling lambat 14.11, tiba antara 14.16 dan 14.22."
    )
    assert (
        sentence(one, "en", WIB) == "Unit A departs by 14:11 and arrives between 14:16 and 14:22."
    )


def test_nobody_arrives_before_departing() -> None:
    """A unit round the corner: the latest departure is never after the earliest arrival."""
    (one,) = recommend(Wish(nature=MED), [candidate("A", low=30)], NOON).offered
    assert one.promise is not None
    assert one.promise.depart_by <= one.promise.arrive_from


def test_other_units_depart_within_their_own_limit() -> None:
    """90 s unless the city's targets say otherwise."""
    engine = candidate("D", agency="damkar", can=("pump", "water"), kind="fire_engine", low=600)
    assert recommend(Wish(nature=FIRE), [engine], NOON).offered[0].depart_by_s == 90
    strict = Departures(other_s=60)
    assert (
        recommend(Wish(nature=FIRE, departures=strict), [engine], NOON).offered[0].depart_by_s == 60
    )


# --- duplicates ----------------------------------------------------------------------------------


def known(
    key: str = "i1",
    *,
    nature: str = "KBK-01",
    point: Point | None = SIMPANG_LIMA,
    state: str = "open",
    minutes: float = 4,
    numbers: tuple[str, ...] = (),
    complaint: str = "asap dari gudang",
    flags: tuple[str, ...] = (),
) -> duplicates.Known:
    """An incident opened some minutes ago."""
    row = IncidentRow(
        key=IncidentId(key),
        state=state,
        number=61,
        long_id="x",
        code="x",
        opened_at=NOON - timedelta(minutes=minutes),
        nature=NatureCode(nature),
        flags=flags,
        place=Place(point=point, kelurahan="33.74.01.1001"),
    )
    return duplicates.Known(row=row, numbers=numbers, complaint=complaint)


NEARBY = Point(SIMPANG_LIMA.lat + 0.0016, SIMPANG_LIMA.lon)  # about 180 m
TOLD = duplicates.Told(at=NOON, point=NEARBY, nature="KBK-06", words="gudang terbakar, asap tebal")


def test_near_recent_and_alike_comes_first_with_its_parts() -> None:
    """180 m, four minutes, both fire, words shared; a fight at the same place comes after."""
    found = duplicates.rank(
        TOLD, [known("fight", nature="KTB-01", complaint="ribut"), known()], PLANS
    )
    assert [one.incident for one in found] == ["i1", "fight"]
    best = found[0]
    assert (best.same_category, best.shared_words) == (True, ("asap", "gudang"))
    assert best.distance_m is not None
    assert 170 < best.distance_m < 190
    assert 0 < found[1].score < best.score <= 1


@pytest.mark.parametrize(
    "one",
    [
        known(state="closed"),
        known(minutes=61),
        known(point=Point(-7.05, 110.42)),
        known(point=None, nature="ZZZ-99", complaint="", minutes=59),
    ],
)
def test_closed_old_and_far_ones_are_not_proposed(one: duplicates.Known) -> None:
    """Nor what shares nothing at all."""
    assert duplicates.rank(TOLD, [one], PLANS) == ()


def test_the_same_number_is_recognised_wherever_it_is_and_however_written() -> None:
    """ "Mana ambulansnya?": +62 and 0 are the same telephone."""
    told = duplicates.Told(at=NOON, number="+62 813-0313-1148")
    far = known(point=Point(-7.05, 110.42), numbers=("081303131148",))
    (found,) = duplicates.rank(told, [far], PLANS)
    assert found.same_number
    nobody = known(point=Point(-7.05, 110.42), numbers=("",))
    assert duplicates.rank(duplicates.Told(at=NOON, number=None), [nobody], PLANS) == ()


def test_a_mass_event_reaches_further_and_longer() -> None:
    """A flood two kilometres wide, five hours old."""
    away = Point(SIMPANG_LIMA.lat + 0.013, SIMPANG_LIMA.lon)  # about 1.4 km
    told = duplicates.Told(at=NOON, point=away, nature="BNC-01", words="banjir sepinggang")
    flood = known(nature="BNC-02", flags=("MULTI",), minutes=60, complaint="banjir sepinggang")
    assert len(duplicates.rank(told, [flood], PLANS)) == 1
    small = known(nature="BNC-02", minutes=50, complaint="banjir sepinggang")
    for mass, proposed in ((None, 0), (Mass(since=NOON), 1), (Mass(since=NOON, ended_at=NOON), 0)):
        row = structs.replace(small.row, mass=mass)
        assert len(duplicates.rank(told, [structs.replace(small, row=row)], PLANS)) == proposed


def test_without_points_the_kelurahan_decides() -> None:
    """Words alone: same kelurahan, same kind."""
    told = duplicates.Told(at=NOON, kelurahan="33.74.01.1001", nature="KBK-06", words="gudang asap")
    assert len(duplicates.rank(told, [known(point=None)], PLANS)) == 1
    elsewhere = duplicates.Told(at=NOON, kelurahan="33.74.02.1001", nature="KBK-06")
    assert duplicates.rank(elsewhere, [known(point=None)], PLANS) == ()


def test_the_list_is_short() -> None:
    """Nobody reads more than twenty."""
    many = [known(f"i{n}") for n in range(50)]
    assert len(duplicates.rank(TOLD, many, PLANS)) == duplicates.DUPLICATES_MAX


# --- the interview -------------------------------------------------------------------------------


def _rows(*commands: c.AnyCommand) -> tuple[ReportRow, IncidentRow]:
    world = World().run(
        c.OpenReport(report=REPORT), c.OpenIncident(incident=INCIDENT, report=REPORT), *commands
    )
    report = world.find("report", REPORT)
    assert isinstance(report, ReportRow)
    return report, world.incident()


def test_the_citys_order_asks_the_name_first_and_the_fast_lane_the_place() -> None:
    """Both orders come from the pack; what is known is not asked."""
    report, incident = _rows()
    steps = intake.missing(report, incident, PLANS)
    assert steps[0] is InterviewStep.NAME
    assert set(steps) == set(PLANS.interview.city)
    fast, incident = _rows(c.EnterFastLane(report=REPORT, word="semaput"))
    assert intake.missing(fast, incident, PLANS)[0] is InterviewStep.PLACE
    assert intake.missing(None, None, PLANS) == PLANS.interview.city


def test_every_order_of_answers_ends_with_nothing_missing_but_reassurance() -> None:
    """Backwards: place, nature, triage, complaint, number, name."""
    triage: list[c.AnyCommand] = [
        c.AnswerTriage(
            incident=INCIDENT, question=question.key, answer=_quiet(question.answer.value)
        )
        for question in PLANS.protocols["T02"].questions
    ]
    report, incident = _rows(
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=ARREST),
        *triage,
        c.TakeComplaint(report=REPORT, words=Personal(text="semaput")),
        c.IdentifyReporter(report=REPORT, number=personal("0811")),
        c.IdentifyReporter(report=REPORT, name=personal("Hendi")),
    )
    assert set(intake.missing(report, incident, PLANS)) <= {InterviewStep.REASSURE}
    assert intake.enough_to_send(incident)


def _quiet(kind: str) -> str:
    return {"yes_no": "yes", "number": "40"}.get(kind, "x")


def test_enough_to_send_is_a_nature_and_a_place_one_can_drive_to() -> None:
    """A point, or an uncertain kelurahan; words alone are not enough."""
    assert intake.missing_to_send(None) == ("nature", "place")
    assert not intake.is_usable(None)
    assert intake.is_usable(Place(point=SIMPANG_LIMA))
    assert intake.is_usable(Place(kelurahan="33.74.01.1001", uncertain=True))
    assert not intake.is_usable(Place(kelurahan="33.74.01.1001"))
    assert not intake.is_usable(Place(uncertain=True))


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Pak, bapak saya SEMAPUT!", "semaput"),
        ("napasnya megap-megap", "megap-megap"),
        ("tidak sadar, napas ngorok", "napas ngorok"),
        ("mau tanya jadwal", None),
        ("semaputnya kemarin", None),
        ("", None),
    ],
)
def test_a_danger_word_opens_the_fast_lane(said: str, word: str | None) -> None:
    """Whole words in Indonesian and Javanese; the longest one is named."""
    assert intake.danger_word(said, PLANS) == word


def test_a_departure_is_never_told_after_the_arrival() -> None:
    """Rounded up to the minute, a departure in the arrival's own minute is told as that minute."""
    at = datetime(2026, 11, 25, 18, 4, 26, tzinfo=UTC)
    promise = Promise(
        depart_by=at,
        arrive_from=at + timedelta(seconds=10),
        arrive_to=at + timedelta(seconds=100),
        travel_source="straight_line",
    )
    told = promise_sentence("AMB01", promise, "id", timedelta(hours=7))
    assert told == "AMB01 berangkat paling lambat 01.04, tiba antara 01.04 dan 01.07."
