"""Abandoned and dropped calls: the list that nothing leaves by itself, and who rings back."""

from datetime import timedelta
from itertools import pairwise

import pytest
from core_world import CALL, DESK, DESK_2, DEWI, PLANS, SARI, START, SYSTEM, World, tags
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core import duplicates
from kentongan.core.call.life import HANDED_ON, HUNG_UP, RANG_LONG_AFTER, RISKS
from kentongan.core.call.ringing_back import CLAIM_LAPSES_AFTER
from kentongan.core.callbacks import (
    OFFER_WITHIN,
    RING_BACK_WITHIN,
    Known,
    check_voice,
    choose_desk,
    forbids_voice,
    in_risk_order,
    offer,
    same_number,
)
from kentongan.core.rows import CallRow, DeskRow, IncidentRow, ReportRow
from kentongan.core.words import (
    CallId,
    Channel,
    DeskKey,
    Disposition,
    IncidentId,
    NatureCode,
    Personal,
    Refused,
    ReportId,
    personal,
)

OFFER = c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", number=personal("0811"))
ANSWER = c.AnswerCall(call=CALL, desk=DESK)
HANGS_UP = c.EndCall(call=CALL, by="caller")
CLAIM = c.ClaimCallback(call=CALL)
DISPOSE = c.DisposeCall(call=CALL, disposition=Disposition.CALLED_BACK)
DUE = START + timedelta(minutes=1)


def _row(world: World) -> CallRow:
    row = world.find("call", CALL)
    assert isinstance(row, CallRow)
    return row


def _refused(world: World, command: c.AnyCommand) -> str:
    with pytest.raises(Refused) as refused:
        world.do(command)
    return refused.value.reason


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        *(("caller", one) for one in ("lost", "no_ack", "dialog_lost", "session_expired")),
        *(("caller", one) for one in ("probe_failed", "line_broken", "a word of next year")),
        *(("switch", one) for one in ("no_media", "overload", "lost")),
    ],
)
def test_a_caller_whose_line_broke_while_we_spoke_stays_on_the_list(by: str, reason: str) -> None:
    """Every word that is not a goodbye, and our own fault as well: open until disposed of."""
    world = World().run(OFFER, ANSWER, c.EndCall(call=CALL, by=by, reason=reason))
    row = _row(world)
    assert (row.state, row.dropped, row.open, row.risk) == (
        "ended",
        True,
        True,
        ("cut_in_interview",),
    )
    world.do(DISPOSE)
    assert not _row(world).open


@pytest.mark.parametrize(
    ("by", "reason"),
    [("caller", one) for one in sorted(HUNG_UP)] + [("switch", one) for one in sorted(HANDED_ON)],
)
def test_a_goodbye_is_no_broken_line(by: str, reason: str) -> None:
    """Hung up on purpose, or speaking on with somebody else: nobody is owed a call."""
    world = World().run(OFFER, ANSWER, c.EndCall(call=CALL, by=by, reason=reason))
    assert (_row(world).dropped, _row(world).open) == (False, False)


@pytest.mark.parametrize("reason", ["full", "no_common_codec", "refused_482", "overload"])
def test_a_caller_whom_we_turned_away_is_owed_a_call(reason: str) -> None:
    """Whatever the reason was that nobody could speak with them."""
    row = _row(World().run(OFFER, c.EndCall(call=CALL, by="switch", reason=reason)))
    assert (row.state, row.dropped, row.open) == ("ended", True, True)


def test_nobody_says_what_a_caller_is_who_still_waits() -> None:
    """Nor does a desk that has no part in the call: the list is left by who heard the caller."""
    prank = c.DisposeCall(call=CALL, disposition=Disposition.PRANK)
    assert _refused(World().run(OFFER), prank) == "call_not_answered"
    talked = World().run(OFFER, ANSWER)
    with pytest.raises(Refused, match="call_taken"):
        talked.do(prank, DEWI)
    talked.run(prank, c.RequeueCall(call=CALL, reason="desk_lost"))
    assert _row(talked).disposition is None
    assert _refused(talked, prank) == "call_not_answered"
    talked.do(HANGS_UP)
    assert (_row(talked).state, _row(talked).open) == ("abandoned", True)


def test_why_an_abandoned_call_matters_is_kept_with_it() -> None:
    """What the switch heard, and that it rang long, in the order of weight, and no more."""
    world = World().run(OFFER).later(RANG_LONG_AFTER.total_seconds())
    world.do(structs.replace(HANGS_UP, risk=("silent", "breathing", "x")))
    assert _row(world).risk == ("breathing", "rang_long", "silent")
    short = World().run(OFFER).later(3).run(HANGS_UP)
    assert _row(short).risk == ()


def test_a_claim_is_ones_own_until_it_lapses() -> None:
    """Another is told who has it; a supervisor, or anybody after minutes, takes it."""
    world = World().run(OFFER)
    assert _refused(world, CLAIM) == "call_not_over"
    world.run(HANGS_UP, CLAIM)
    assert world.do(CLAIM) == ()
    with pytest.raises(Refused) as refused:
        world.do(CLAIM, DEWI)
    assert (refused.value.reason, refused.value.details) == ("callback_claimed", {"by": "Rina"})
    world.later(CLAIM_LAPSES_AFTER.total_seconds() - 1)
    world.do(c.NoteCallback(call=CALL, by=CallId("c2"), outcome="busy"))
    world.later(2)
    with pytest.raises(Refused, match="callback_claimed"):
        world.do(CLAIM, DEWI)
    assert tags(world.do(CLAIM, SARI)) == ["call.callback_claimed"]
    world.later(CLAIM_LAPSES_AFTER.total_seconds())
    assert tags(world.do(CLAIM, DEWI)) == ["call.callback_claimed"]
    assert _row(world).owner_name == "Dewi"
    world.do(DISPOSE)
    assert _refused(world, CLAIM) == "callback_settled"


def test_what_came_of_ringing_back_is_noted_once_per_call() -> None:
    """The same again is nothing, a better word replaces it, and nothing of it closes the call."""
    world = World().run(OFFER)
    note = c.NoteCallback(call=CALL, by=CallId("c2"), outcome="no_answer")
    assert _refused(world, note) == "call_not_over"
    world.run(HANGS_UP, note)
    assert world.do(note) == ()
    world.do(structs.replace(note, outcome="voicemail"))
    world.do(structs.replace(note, by=CallId("c3"), outcome="busy"))
    assert [(one.by, one.outcome) for one in _row(world).callbacks] == [
        ("c2", "voicemail"),
        ("c3", "busy"),
    ]
    assert _row(world).open


def test_an_offer_comes_once_and_what_is_not_for_the_voice_stays_so() -> None:
    """Too late, or once more, to whomever: nothing. Voice that was forbidden is never allowed
    again.
    """
    offered = c.OfferCallback(call=CALL, due_at=DUE, desk=DESK, risk=("open_incident",))
    world = World().run(OFFER)
    assert world.do(offered, SYSTEM) == ()
    world.do(HANGS_UP)
    assert tags(world.do(offered, SYSTEM)) == ["call.callback_offered"]
    for again in (
        offered,
        structs.replace(offered, desk=DESK_2),
        structs.replace(offered, desk=None, due_at=DUE + timedelta(minutes=1)),
        structs.replace(offered, risk=("repeat",)),
    ):
        assert world.do(again, SYSTEM) == ()
    assert (_row(world).callback_desk, _row(world).risk) == (DESK, ("open_incident",))
    silent = structs.replace(offered, voice=False)
    assert tags(world.do(silent, SYSTEM)) == ["call.callback_offered"]
    assert world.do(silent, SYSTEM) == world.do(offered, SYSTEM) == ()
    assert (_row(world).callback_desk, _row(world).silent_only) == (None, True)
    ring = c.CallBack(
        call=CallId("n"), of=CALL, number=Personal(text="1"), line="l", trunk="t", desk=DESK
    )
    with pytest.raises(Refused, match="no_voice_callback"):
        check_voice(ring, world.find)
    check_voice(structs.replace(ring, of=None), world.find)  # its number: `quiet_numbers` of web
    world.do(DISPOSE)
    assert world.do(structs.replace(offered, desk=DESK_2), SYSTEM) == ()


def test_a_call_that_is_everybodys_from_the_start_or_claimed_is_offered_once_too() -> None:
    """With nobody idle it is offered to all; a desk that becomes idle is no second offer."""
    to_all = c.OfferCallback(call=CALL, due_at=DUE)
    world = World().run(OFFER, HANGS_UP)
    assert tags(world.do(to_all, SYSTEM)) == ["call.callback_offered"]
    assert world.do(structs.replace(to_all, desk=DESK), SYSTEM) == ()
    world.do(CLAIM)
    assert world.do(to_all, SYSTEM) == ()


# --- the list ------------------------------------------------------------------------------------


def _listed(n: int, risk: tuple[str, ...], ended_s: int, state: str = "abandoned") -> CallRow:
    return CallRow(
        key=CallId(f"c{n}"),
        state=state,
        line="l",
        ring_at=START,
        ended_at=START + timedelta(seconds=ended_s),
        risk=risk,
    )


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(RISKS)), st.integers(0, 3)), max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_the_weightiest_reason_decides_the_order(calls: list[tuple[set[str], int]]) -> None:
    """Of two neighbours the one in front has the heavier reason, or waits longer for the same."""
    rows = [
        _listed(n, tuple(key for key in RISKS if key in risk), ended_s)
        for n, (risk, ended_s) in enumerate(calls)
    ]
    ordered = in_risk_order(rows)
    assert sorted(row.key for row in ordered) == sorted(row.key for row in rows)
    for first, second in pairwise(ordered):
        only = [key for key in RISKS if (key in first.risk) != (key in second.risk)]
        if only:
            assert only[0] in first.risk
        else:
            assert (first.ended_at or START) <= (second.ended_at or START)


def test_only_what_is_over_and_open_is_listed() -> None:
    """What still runs, and what was disposed of, is not rung back."""
    rows = [_listed(1, (), 0, "answered"), structs.replace(_listed(2, (), 0), open=False)]
    assert in_risk_order([*rows, _listed(3, (), 0)]) == [_listed(3, (), 0)]


# --- who rings, and who must not -----------------------------------------------------------------

NUMBER = Personal(text="+62 811-2345-678")
LOST_CALL = structs.replace(_listed(1, (), 0), number=NUMBER)


def _told(nature: str, state: str = "open", number: str = "08112345678") -> Known:
    incident = IncidentRow(
        key=IncidentId("i"), state=state, number=1, long_id="", code="", opened_at=START,
        nature=NatureCode(nature), flags=(),
    )  # fmt: skip
    report = ReportRow(
        key=ReportId("r"), channel=Channel.CALL, opened_at=START, incident=incident.key,
        number=Personal(text=number),
    )  # fmt: skip
    return Known(calls=[LOST_CALL], incidents=[incident], reports=[report])


@pytest.mark.parametrize("nature", ["KDR-01", "KRM-08"])
@pytest.mark.parametrize("state", ["open", "closed"])
def test_whoever_may_not_be_heard_is_never_rung(nature: str, state: str) -> None:
    """Violence at home: the same number, however written, in an incident of today, open or not."""
    known = _told(nature, state)
    assert forbids_voice(LOST_CALL, known, PLANS.natures)
    made = offer(LOST_CALL, known, PLANS.natures, START)
    assert (made.voice, made.desk) == (False, None)
    assert not forbids_voice(LOST_CALL, _told(nature, number="08119999999"), PLANS.natures)
    assert not forbids_voice(LOST_CALL, _told("MED-01"), PLANS.natures)


def test_the_offer_knows_an_open_incident_and_an_earlier_call_of_the_number() -> None:
    """Both weigh; a closed incident does not; it is due a minute after the caller was lost."""
    known = _told("MED-01")
    again = structs.replace(LOST_CALL, key=CallId("c9"))
    known = structs.replace(known, calls=[LOST_CALL, again])
    made = offer(LOST_CALL, known, PLANS.natures, START)
    assert made.risk == ("open_incident", "repeat")
    assert made.due_at == START + RING_BACK_WITHIN
    assert OFFER_WITHIN < RING_BACK_WITHIN
    assert offer(LOST_CALL, _told("MED-01", "closed"), PLANS.natures, START).risk == ()


def test_numbers_are_the_same_however_written_and_unknown_ones_never() -> None:
    """0811 and +62811 are one telephone; two callers without a number are two, and so are a
    landline of Semarang and a mobile that end alike."""
    assert same_number(personal("0811-2345-678"), NUMBER)
    assert not same_number(personal("(024) 831-1234"), personal("0812-4831-1234"))
    assert not same_number(None, None)
    assert not same_number(personal("anonymous"), personal("anonymous"))


@pytest.mark.parametrize(
    "number",
    ["(024) 831-1234", "+62 (0)24 831-1234", "+62 24 831-1234", "0062 (0) 24 8311234"],
)
def test_a_trunk_prefix_behind_the_country_is_not_counted(number: str) -> None:
    """As it stands on visiting cards: +62 (0)24 is (024)."""
    assert duplicates.plain_number(number) == "0248311234"


@pytest.mark.parametrize(
    "number", ["081303131148", "+62 813-0313-1148", "6281303131148", "0062 813 0313 1148"]
)
def test_a_number_is_the_same_however_its_country_is_written(number: str) -> None:
    """E.164: 0, +62, 62 and 0062; what is short, or none, is left as it is."""
    assert duplicates.same_number(number, "0813 0313 1148")
    assert duplicates.plain_number("6212345") == "6212345"
    assert not duplicates.same_number("anonymous", "")


def _desk(n: int, since_s: int, **changes: object) -> DeskRow:
    row = DeskRow(
        key=DeskKey(f"desk_{n}"), state="on_duty", agent=f"a{n}", roles=("call_taker",),
        since=START + timedelta(seconds=since_s),
    )  # fmt: skip
    return structs.replace(row, **changes)


def test_the_longest_idle_call_taker_is_asked() -> None:
    """Not who talks, pauses, is protected or dispatches; who was just asked comes later."""
    talking = CallRow(
        key=CallId("t"), state="answered", line="l", ring_at=START, desk=DeskKey("desk_1")
    )
    ended = structs.replace(_listed(8, (), 500), desk=DeskKey("desk_6"), open=False)
    desks = [
        _desk(1, 0),
        _desk(2, 1, protected=True),
        _desk(3, 2, state="paused"),
        _desk(4, 3, roles=("dispatcher",)),
        _desk(5, 90),
        _desk(6, 4),
    ]
    known = Known(calls=[talking, ended], desks=desks)
    assert choose_desk(known) == "desk_5"
    asked = structs.replace(
        _listed(9, (), 600),
        callback_desk=DeskKey("desk_5"),
        callback_due_at=START + timedelta(seconds=660),
    )
    assert choose_desk(structs.replace(known, calls=[talking, ended, asked])) == "desk_6"
    assert choose_desk(Known(desks=desks[1:4])) is None
