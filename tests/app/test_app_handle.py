"""The door: idempotent, atomic, and a refusal says who has what."""

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from app_scene import BAYU, DEWI, NOW, ONE, OTHER, Send, assign, open_and_send

from kentongan.app.handle import AGE_MAX_S, RETRIES_MAX, Busy, handle
from kentongan.app.ports import Store, Transaction, Unavailable
from kentongan.core.commands import (
    AnyCommand,
    AssignUnit,
    CloseIncident,
    EndUnitDuty,
    Envelope,
    LinkReport,
    MergeIncident,
    OpenIncident,
    OpenReport,
    ProgressUnit,
    ReleaseUnit,
    ReopenIncident,
    ReturnUnitToService,
    StartDuty,
    StartUnitDuty,
    TakeUnitOutOfService,
)
from kentongan.core.commands.undo import RestoreUnit
from kentongan.core.events import IncidentOpened
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow
from kentongan.core.words import (
    AgencyKey,
    CommandId,
    DeskKey,
    IncidentId,
    Outcome,
    Progress,
    Refused,
    ReportId,
    UnitId,
)
from kentongan.sim.fate import FatedStore, Moment


def test_app_repeated_command_leads_to_nothing_new(send: Send, store: Store) -> None:
    """The same id gives the same events, marked as repeated, and the journal stays as it was."""
    first = send(OpenIncident(incident=ONE), command_id="a")
    position = store.last_position()
    again = send(OpenIncident(incident=ONE), command_id="a")
    assert again.events == first.events
    assert again.repeated
    assert not first.repeated
    assert store.last_position() == position


def test_app_command_without_events_is_remembered(send: Send, ambulance: UnitId) -> None:
    """What meant nothing when it came means nothing when it comes again, whatever is so by then."""
    assert send(StartUnitDuty(unit=ambulance), command_id="late").events == ()
    send(EndUnitDuty(unit=ambulance))
    again = send(StartUnitDuty(unit=ambulance), command_id="late")
    assert again.repeated
    assert again.events == ()


def test_app_refused_command_may_be_sent_again(send: Send, ambulance: UnitId) -> None:
    """A refusal is not remembered: the same id succeeds when the reason is gone."""
    open_and_send(send, ONE)
    send(TakeUnitOutOfService(unit=ambulance, reason="ban"))
    with pytest.raises(Refused, match="unit_not_available"):
        send(assign(ONE, ambulance), command_id="x")
    send(ReturnUnitToService(unit=ambulance))
    assert send(assign(ONE, ambulance), command_id="x").events


def test_app_second_incident_is_told_who_has_the_unit(send: Send, ambulance: UnitId) -> None:
    """A unit at work elsewhere is refused with the incident's number and the dispatcher's name."""
    open_and_send(send, ONE)
    open_and_send(send, OTHER)
    send(assign(ONE, ambulance), agent=DEWI)
    with pytest.raises(Refused) as caught:
        send(assign(OTHER, ambulance), agent=BAYU)
    assert caught.value.reason == "unit_taken"
    assert caught.value.details == {"unit": ambulance, "incident_number": "1", "by": "Dewi"}


def test_app_unit_out_of_service_says_why(send: Send, ambulance: UnitId) -> None:
    """The refusal names the state and the reason chosen; typed words stay with the unit's row."""
    open_and_send(send, ONE)
    for reason, why in (("flat_tyre", {"why": "flat_tyre"}), ("ban bocor, awak sakit", {})):
        send(TakeUnitOutOfService(unit=ambulance, reason=reason))
        with pytest.raises(Refused) as caught:
            send(assign(ONE, ambulance))
        details = {"unit": ambulance, "state": "out_of_service", **why}
        assert caught.value.details == details


def test_app_working_unit_cannot_end_its_duty(send: Send, ambulance: UnitId) -> None:
    """The unit's own stream is refused by the same claim."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    with pytest.raises(Refused, match="unit_taken"):
        send(EndUnitDuty(unit=ambulance))


def test_app_report_and_agent_belong_to_one(send: Send) -> None:
    """A linked report and an agent on duty are claimed too, and the refusals say where."""
    report = ReportId("r")
    send(OpenReport(report=report))
    send(OpenIncident(incident=ONE, report=report))
    send(OpenIncident(incident=OTHER))
    with pytest.raises(Refused) as linked:
        send(LinkReport(incident=OTHER, report=report))
    assert linked.value.reason == "report_linked_elsewhere"
    assert linked.value.details == {"report": "r", "incident_number": "1"}

    send(StartDuty(desk=DeskKey("desk_1")))
    with pytest.raises(Refused) as seated:
        send(StartDuty(desk=DeskKey("desk_2")))
    assert seated.value.reason == "agent_at_other_desk"
    assert seated.value.details == {"desk": "desk_1", "by": "Dewi"}


def test_app_engagement_row_appears_and_goes(send: Send, ambulance: UnitId, store: Store) -> None:
    """Rows are written with the events, and a row the stream no longer has is gone."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    found = store.find_row("engagement", ambulance)
    assert found is not None
    assert found.stream == "incident:one"
    send(ProgressUnit(incident=ONE, unit=ambulance, progress=Progress.CLEAR))
    assert store.find_row("engagement", ambulance) is None


@pytest.mark.parametrize(
    ("age_s", "seconds_ago", "clamped"),
    [
        (0.0, 0.0, False),
        (90.5, 90.5, False),
        (AGE_MAX_S, AGE_MAX_S, False),
        (AGE_MAX_S + 1, AGE_MAX_S, True),
        (-5.0, 0.0, True),
        (math.inf, AGE_MAX_S, True),
        (math.nan, 0.0, True),
    ],
)
def test_app_age_is_bounded(send: Send, age_s: float, seconds_ago: float, clamped: bool) -> None:
    """`at` is the asker's time within a day, `recorded_at` the server's; nonsense is marked."""
    outcome = send(OpenIncident(incident=ONE), age_s=age_s)
    meta = outcome.events[0].meta
    assert meta.recorded_at == NOW
    assert meta.at == NOW - timedelta(seconds=seconds_ago)
    assert outcome.age_clamped is clamped


def test_app_a_taking_back_is_as_old_as_the_centre_sees_it(
    send: Send, ambulance: UnitId, store: Store
) -> None:
    """No device says that its undo of two hours ago was in time."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    send(ReleaseUnit(incident=ONE, unit=ambulance, reason="swapped"))
    late = NOW + timedelta(hours=2)
    with pytest.raises(Refused, match="too_late_to_undo"):
        send(RestoreUnit(incident=ONE, unit=ambulance), age_s=7_190, now=late)
    assert store.find_row("engagement", ambulance) is None


def test_app_numbers_count_from_one_each_local_day(send: Send) -> None:
    """The short number is of the city's own day: 23:30 UTC is already tomorrow in Semarang. What is
    in hand since yesterday keeps its own: nobody sends a unit to the other "number 2".
    """

    def opened(name: str, hour: int) -> tuple[int, str]:
        now = NOW.replace(hour=hour, minute=30)
        event = send(OpenIncident(incident=IncidentId(name)), now=now).events[0].event
        assert isinstance(event, IncidentOpened)
        return event.number, event.long_id

    assert opened("a", 16) == (1, "SMG-20261123-0001")
    assert opened("b", 16) == (2, "SMG-20261123-0002")
    send(CloseIncident(incident=IncidentId("a"), outcome=Outcome.RESOLVED))
    assert opened("c", 17) == (1, "SMG-20261124-0001")
    assert opened("d", 17) == (3, "SMG-20261124-0003")
    send(ReopenIncident(incident=IncidentId("a"), reason="mistake"))  # whoever has its number now


def test_app_opening_twice_takes_no_number(send: Send) -> None:
    """A second opening of the same incident leaves no gap in the day's numbers."""
    send(OpenIncident(incident=ONE))
    assert send(OpenIncident(incident=ONE)).events == ()
    event = send(OpenIncident(incident=OTHER)).events[0].event
    assert isinstance(event, IncidentOpened)
    assert event.number == 2


@pytest.mark.parametrize("command_id", ["", "x" * 201, "incident:one#3/task"])
def test_app_ids_of_reactions_are_not_for_people(send: Send, command_id: str) -> None:
    """Nobody may use up the id of a reaction before it, and an id is an index key."""
    with pytest.raises(Refused, match="command_id_invalid"):
        send(OpenIncident(incident=ONE), command_id=command_id)


def test_app_id_of_another_is_refused(send: Send) -> None:
    """An id that led to something for one person, or for one stream, is no use to another."""
    send(OpenIncident(incident=ONE), agent=DEWI, command_id="a")
    with pytest.raises(Refused, match="command_id_used"):
        send(OpenIncident(incident=ONE), agent=BAYU, command_id="a")
    with pytest.raises(Refused, match="command_id_used"):
        send(OpenIncident(incident=OTHER), agent=DEWI, command_id="a")


def envelope(command: AnyCommand, command_id: str) -> Envelope:
    """Dewi's command."""
    return Envelope(id=CommandId(command_id), agent=DEWI, command=command)


def overtaken(store: Store, times: int, meanwhile: Callable[[int], None]) -> Store:
    """A store in which others act between reading and the first write."""
    left = times

    def fate(moment: Moment) -> None:
        nonlocal left
        if moment is Moment.WRITE and left > 0:
            left -= 1
            meanwhile(left)

    return FatedStore(store, fate)


def test_app_overtaken_command_is_decided_anew(
    send: Send, store: Store, plans: Plans, ambulance: UnitId
) -> None:
    """When another wins the unit between our reading and writing, we are told who, and not both."""
    open_and_send(send, ONE)
    open_and_send(send, OTHER)
    contested = overtaken(store, 1, lambda _: send(assign(OTHER, ambulance), agent=BAYU) and None)
    with pytest.raises(Refused) as caught:
        handle(contested, plans, envelope(assign(ONE, ambulance), "mine"), NOW)
    assert caught.value.details["by"] == "Bayu"
    row = store.find_row("incident", "one")
    assert row is not None
    assert isinstance(row.row, IncidentRow)
    assert row.row.assignments == ()


@pytest.mark.parametrize("times", [RETRIES_MAX, RETRIES_MAX + 1])
def test_app_gives_up_after_retries(send: Send, store: Store, plans: Plans, times: int) -> None:
    """Five conflicts are sat out; the sixth is `Busy`, and nothing was written."""
    send(OpenIncident(incident=ONE))
    rival = overtaken(
        store,
        times,
        lambda left: send(LinkReport(incident=ONE, report=ReportId(f"r{left}"))) and None,
    )
    mine = envelope(LinkReport(incident=ONE, report=ReportId("mine")), "mine")
    if times > RETRIES_MAX:
        with pytest.raises(Busy):
            handle(rival, plans, mine, NOW)
    else:
        assert len(handle(rival, plans, mine, NOW).events) == 1
    links = [recorded for recorded in store.load("incident:one") if recorded.command == "mine"]
    assert len(links) == (0 if times > RETRIES_MAX else 1)


@pytest.mark.parametrize("moment", list(Moment))
def test_app_store_away_at_any_moment(store: Store, plans: Plans, moment: Moment) -> None:
    """Wherever the store goes away, the same id sent again leads to the event exactly once."""

    def fate(now: Moment) -> None:
        if now is moment:
            raise Unavailable("store")

    mine = envelope(OpenIncident(incident=ONE), "mine")
    with pytest.raises(Unavailable):
        handle(FatedStore(store, fate), plans, mine, NOW)
    assert len(store.load("incident:one")) == (1 if moment is Moment.COMMITTED else 0)
    assert len(handle(store, plans, mine, NOW).events) == 1
    assert len(store.load("incident:one")) == 1


def test_app_failed_row_keeps_no_event(
    store: Store, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events, claims and rows are one transaction: a crash while writing rows leaves nothing."""

    class Broken(FatedStore):
        @contextmanager
        def transaction(self) -> Generator[Transaction]:
            with super().transaction() as transaction:
                monkeypatch.setattr(type(transaction), "put_rows", fail)
                yield transaction

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full of bugs")

    with pytest.raises(RuntimeError, match="bugs"):
        handle(Broken(store, lambda _: None), plans, envelope(OpenIncident(incident=ONE), "m"), NOW)
    assert store.load("incident:one") == ()
    assert store.last_position() == 0


def test_app_unit_nobody_has(send: Send, ambulance: UnitId) -> None:
    """A unit that was never registered, or another agency's, is refused before it is waited for."""
    open_and_send(send, ONE)
    with pytest.raises(Refused, match="unknown_unit"):
        send(assign(ONE, UnitId("AMB99")))
    with pytest.raises(Refused) as caught:
        send(AssignUnit(incident=ONE, unit=ambulance, agency=AgencyKey("damkar")))
    assert caught.value.reason == "unit_of_other_agency"
    assert caught.value.details == {"unit": ambulance, "agency": "dinkes"}


def test_app_merge_into_nothing(send: Send) -> None:
    """An incident is merged only into one that exists and was not merged itself."""
    for name in ("one", "other", "third"):
        send(OpenIncident(incident=IncidentId(name)))
    with pytest.raises(Refused, match="unknown_incident"):
        send(MergeIncident(incident=ONE, into=IncidentId("nowhere")))
    send(MergeIncident(incident=OTHER, into=IncidentId("third")))
    with pytest.raises(Refused) as caught:
        send(MergeIncident(incident=ONE, into=OTHER))
    assert caught.value.reason == "incident_merged"
    assert caught.value.details == {"into": "third"}
