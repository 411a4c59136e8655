"""A short night at the centre, as events: what the rebuild and the backup are tried on.

`record` does with events what the door does after its decision: fold, append, rows, claims.
"""

from store_drafts import NOON, draft, offered

from kentongan.app.ports import Store
from kentongan.cities.facts import Point
from kentongan.core.events import (
    AgencyRegistered,
    AnyEvent,
    CallAnswered,
    CallEnded,
    CallQueued,
    ComplaintTaken,
    DutyEnded,
    DutyStarted,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    IncidentSent,
    NoteAdded,
    ReportLinked,
    ReportOpened,
    UnitAssigned,
    UnitDutyStarted,
    UnitProgressed,
    UnitRegistered,
)
from kentongan.core.streams import claims_of, evolve, fold, kind_of, rows_of
from kentongan.core.words import (
    AgencyKey,
    Channel,
    DeskKey,
    Meta,
    Outcome,
    Personal,
    Place,
    Progress,
    ReportId,
    UnitId,
)

AMB03 = UnitId("AMB03")
DINKES = AgencyKey("dinkes")


def record(store: Store, stream: str, command: str, *events: AnyEvent) -> None:
    """Append events to a stream and write what follows from them."""
    with store.transaction() as transaction:
        history = transaction.load(stream)
        before = fold(stream, [(recorded.event, recorded.meta) for recorded in history])
        foreseen = before
        for event in events:
            foreseen = evolve(foreseen, event, _foreseen_meta(stream))
        held, wanted = claims_of(before), claims_of(foreseen)
        appended = transaction.append(
            draft(
                stream,
                command,
                *events,
                version=len(history),
                take=tuple(sorted(wanted - held)),
                release=tuple(sorted(held - wanted)),
            )
        )
        after = before
        for recorded in appended:
            after = evolve(after, recorded.event, recorded.meta)
        rows = rows_of(after)
        there = {(kind_of(row), row.key) for row in rows}
        gone = [(kind_of(row), row.key) for row in rows_of(before)]
        transaction.put_rows(stream, rows, [place for place in gone if place not in there])


def _foreseen_meta(stream: str) -> Meta:
    return Meta(
        event_id=f"{stream}#0",  # type: ignore[arg-type]
        stream=stream,
        version=0,
        position=0,
        at=NOON,
        recorded_at=NOON,
        agent="switch",  # type: ignore[arg-type]
    )


def tell_a_night(store: Store, night: int = 1) -> None:
    """A call, its report, two incidents one after the other for the same ambulance, a desk."""
    n = f"n{night}"
    if night == 1:
        record(store, "agency:dinkes", "register dinkes", _agency())
        record(store, "unit:AMB03", "register AMB03", _unit())
        record(store, "unit:AMB03", "AMB03 on duty", UnitDutyStarted())
    record(store, "desk:desk_1", f"{n} duty", _duty())
    record(store, f"call:{n}", f"{n} ring", offered("081303131148"), CallQueued())
    record(store, f"call:{n}", f"{n} answer", _answered())
    record(store, f"report:{n}", f"{n} report", ReportOpened(channel=Channel.CALL))
    complaint = Personal(text="Bapak saya pingsan di depan rumah")
    record(store, f"report:{n}", f"{n} complaint", ComplaintTaken(words=complaint))
    for number, key in enumerate((f"{n}a", f"{n}b"), start=2 * night):
        _tell_an_incident(store, key, number, ReportId(n))
    record(store, f"call:{n}", f"{n} end", CallEnded(by="caller"))
    record(store, "desk:desk_1", f"{n} off duty", DutyEnded())


def _tell_an_incident(store: Store, key: str, number: int, report: ReportId) -> None:
    stream = f"incident:{key}"
    long_id = f"SMG-20261123-{number:04}"
    opened = IncidentOpened(number=number, long_id=long_id, code=f"S-{number:04}")
    record(store, stream, f"{key} open", opened, ReportLinked(report=ReportId(f"{report}{key}")))
    place = Place(words=Personal(text="Jl. Pandanaran 12"), point=Point(-6.985, 110.412))
    record(store, stream, f"{key} locate", IncidentLocated(place=place, usable=True))
    record(store, stream, f"{key} send", IncidentSent(complete=True))
    record(store, stream, f"{key} assign", UnitAssigned(unit=AMB03, agency=DINKES))
    record(store, stream, f"{key} note", NoteAdded(text=Personal(text="Pintu pagar hijau")))
    for step in (Progress.DEPARTED, Progress.ON_SCENE, Progress.CLEAR):
        record(store, stream, f"{key} {step}", UnitProgressed(unit=AMB03, progress=step))
    record(store, stream, f"{key} close", IncidentClosed(outcome=Outcome.RESOLVED))


def _agency() -> AgencyRegistered:
    return AgencyRegistered(name="Dinas Kesehatan", short="Dinkes", kind="ems", mode="portal")


def _unit() -> UnitRegistered:
    return UnitRegistered(
        agency=DINKES,
        kind="ambulance",
        label="Ambulans 03",
        capabilities=("bls",),
        post="Puskesmas Pandanaran",
        home=Point(-6.985, 110.412),
    )


def _duty() -> DutyStarted:
    return DutyStarted(agent="dewi", agent_name="Dewi", roles=("call_taker",))


def _answered() -> CallAnswered:
    return CallAnswered(desk=DeskKey("desk_1"), agent="dewi", agent_name="Dewi")
