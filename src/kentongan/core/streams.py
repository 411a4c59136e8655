"""The registry of nouns: which stream a command goes to, and the functions of each noun.

The door, the switch and every reader of the journal use only this. A stream's id is
`"<noun>:<key>"`, for example `incident:01HX…` or `desk:desk_1`; one command goes to one stream.
`evolve` is one dictionary look-up, because a rebuild folds the whole journal through it.
"""

from collections.abc import Callable, Iterable
from typing import Final, assert_never

from msgspec import Struct

from kentongan.core import (
    accounts,
    agency,
    alarm,
    alias,
    call,
    closure,
    desk,
    hospital,
    incident,
    pack,
    past_change,
    report,
    unit,
)
from kentongan.core.accounts import Accounts
from kentongan.core.agency import Agency
from kentongan.core.alarm import Alarm
from kentongan.core.alias import Alias
from kentongan.core.call import Call
from kentongan.core.closure import Closure
from kentongan.core.commands import (
    AccountCommand,
    AgencyCommand,
    AlarmCommand,
    AliasCommand,
    AnyCommand,
    CallCommand,
    ChangeCommand,
    ClosureCommand,
    DeskCommand,
    HospitalCommand,
    IncidentCommand,
    PackCommand,
    ReportCommand,
    UnitCommand,
)
from kentongan.core.context import Claim, Context
from kentongan.core.desk import Desk
from kentongan.core.events import AnyEvent
from kentongan.core.hospital import Hospital
from kentongan.core.incident import Incident
from kentongan.core.pack import Pack
from kentongan.core.past_change import PastChange
from kentongan.core.report import Report
from kentongan.core.rows import AnyRow
from kentongan.core.unit import Unit
from kentongan.core.words import (
    AgencyKey,
    AlarmKey,
    AliasId,
    CallId,
    ChangeId,
    ClosureId,
    DeskKey,
    IncidentId,
    Meta,
    PackKey,
    Refused,
    ReportId,
    UnitId,
)

AnyState = (
    Call
    | Desk
    | Report
    | Incident
    | Unit
    | Agency
    | Closure
    | Alias
    | Alarm
    | Hospital
    | Pack
    | PastChange
    | Accounts
)

ALL_ACCOUNTS: Final = "city"
"""The key of the one stream of accounts: one city is one database."""

KEY_CHARACTERS_MAX: Final = 200
"""Longest key of a stream; ours are ids of 26 characters, call signs and keys of the city pack."""


def stream_of(command: AnyCommand) -> str:
    """The stream the command goes to; `Refused("key_unreadable")` when its key cannot be one."""
    noun, key = _address(command)
    if not key.isprintable() or not 0 < len(key) <= KEY_CHARACTERS_MAX or " " in key:
        raise Refused("key_unreadable")
    return f"{noun}:{key}"


def _address(command: AnyCommand) -> tuple[str, str]:
    if isinstance(command, CallCommand):
        return "call", command.call
    if isinstance(command, DeskCommand):
        return "desk", command.desk
    if isinstance(command, ReportCommand):
        return "report", command.report
    if isinstance(command, IncidentCommand):
        return "incident", command.incident
    if isinstance(command, UnitCommand):
        return "unit", command.unit
    if isinstance(command, AgencyCommand):
        return "agency", command.agency
    if isinstance(command, ClosureCommand | AliasCommand | ChangeCommand):
        return _address_about_city(command)
    if isinstance(command, HospitalCommand):
        return "hospital", command.hospital
    if isinstance(command, PackCommand):
        return "pack", command.pack
    if isinstance(command, AccountCommand):
        return "accounts", ALL_ACCOUNTS
    return "alarm", command.alarm


def _address_about_city(command: ClosureCommand | AliasCommand | ChangeCommand) -> tuple[str, str]:
    if isinstance(command, ClosureCommand):
        return "closure", command.closure
    if isinstance(command, AliasCommand):
        return "alias", command.alias
    return "change", command.change


_BEGINS: Final[dict[str, Callable[[str], AnyState]]] = {
    "call": lambda key: Call(key=CallId(key)),
    "desk": lambda key: Desk(key=DeskKey(key)),
    "report": lambda key: Report(key=ReportId(key)),
    "incident": lambda key: Incident(key=IncidentId(key)),
    "unit": lambda key: Unit(key=UnitId(key)),
    "agency": lambda key: Agency(key=AgencyKey(key)),
    "closure": lambda key: Closure(key=ClosureId(key)),
    "alias": lambda key: Alias(key=AliasId(key)),
    "change": lambda key: PastChange(key=ChangeId(key)),
    "alarm": lambda key: Alarm(key=AlarmKey(key)),
    "hospital": lambda key: Hospital(key=key),
    "pack": lambda key: Pack(key=PackKey(key)),
    "accounts": lambda _: Accounts(),
}


def initial(stream: str) -> AnyState:
    """What a stream is before its first event. Raises `ValueError` for an unknown noun."""
    noun, _, key = stream.partition(":")
    begins = _BEGINS.get(noun)
    if begins is None:
        raise ValueError(f"no such stream: {stream!r}")
    return begins(key)


def decide(command: AnyCommand, state: AnyState, context: Context) -> tuple[AnyEvent, ...]:
    """What the command leads to: events, nothing when it repeats what is so, or `Refused`."""
    match state:
        case Call() if isinstance(command, CallCommand):
            return call.decide(command, state, context)
        case Desk() if isinstance(command, DeskCommand):
            return desk.decide(command, state, context)
        case Report() if isinstance(command, ReportCommand):
            return report.decide(command, state, context)
        case Incident() if isinstance(command, IncidentCommand):
            return incident.decide(command, state, context)
        case Unit() if isinstance(command, UnitCommand):
            return unit.decide(command, state, context)
        case Agency() if isinstance(command, AgencyCommand):
            return agency.decide(command, state, context)
        case Closure() | Alias() | PastChange():
            return _decide_about_city(command, state, context)
        case Alarm() if isinstance(command, AlarmCommand):
            return alarm.decide(command, state, context)
        case Hospital() if isinstance(command, HospitalCommand):
            return hospital.decide(command, state, context)
        case Pack() if isinstance(command, PackCommand):
            return pack.decide(command, state, context)
        case Accounts() if isinstance(command, AccountCommand):
            return accounts.decide(command, state, context)
        case _:
            raise _misdirected(command, state)


def _decide_about_city(
    command: AnyCommand, state: Closure | Alias | PastChange, context: Context
) -> tuple[AnyEvent, ...]:
    match state:
        case Closure() if isinstance(command, ClosureCommand):
            return closure.decide(command, state, context)
        case Alias() if isinstance(command, AliasCommand):
            return alias.decide(command, state, context)
        case PastChange() if isinstance(command, ChangeCommand):
            return past_change.decide(command, state, context)
        case _:
            raise _misdirected(command, state)


def _misdirected(command: AnyCommand, state: AnyState) -> TypeError:
    return TypeError(f"{type(command).__name__} does not go to {type(state).__name__}")


_EVOLVE: Final[dict[type[Struct], Callable[..., AnyState]]] = {
    **call.EVOLVE,
    **desk.EVOLVE,
    **report.EVOLVE,
    **incident.EVOLVE,
    **unit.EVOLVE,
    **agency.EVOLVE,
    **closure.EVOLVE,
    **alias.EVOLVE,
    **alarm.EVOLVE,
    **pack.EVOLVE,
    **hospital.EVOLVE,
    **past_change.EVOLVE,
    **accounts.EVOLVE,
}


def evolve(state: AnyState, event: AnyEvent, meta: Meta) -> AnyState:
    """The state after the event. An event of another noun's stream is a bug, not a refusal."""
    return _EVOLVE[type(event)](state, event, meta)


def fold(stream: str, history: Iterable[tuple[AnyEvent, Meta]]) -> AnyState:
    """The stream's state after its events in order."""
    state = initial(stream)
    for event, meta in history:
        state = _EVOLVE[type(event)](state, event, meta)
    return state


def rows_of(state: AnyState) -> tuple[AnyRow, ...]:
    """The board's rows of the stream, a pure function of its state."""
    match state:
        case Call():
            return call.rows(state)
        case Desk():
            return desk.rows(state)
        case Report():
            return report.rows(state)
        case Incident():
            return incident.rows(state)
        case Unit():
            return unit.rows(state)
        case Agency():
            return agency.rows(state)
        case Closure() | Alias() | PastChange():
            return _rows_about_city(state)
        case Alarm():
            return alarm.rows(state)
        case Hospital():
            return hospital.rows(state)
        case Pack():
            return pack.rows(state)
        case Accounts():
            return ()
        case _:
            assert_never(state)


def _rows_about_city(state: Closure | Alias | PastChange) -> tuple[AnyRow, ...]:
    match state:
        case Closure():
            return closure.rows(state)
        case Alias():
            return alias.rows(state)
        case PastChange():
            return past_change.rows(state)
        case _:
            assert_never(state)


def claims_of(state: AnyState) -> frozenset[Claim]:
    """What the stream holds alone, a pure function of its state."""
    match state:
        case Desk():
            return desk.claims(state)
        case Incident():
            return incident.claims(state)
        case Unit():
            return unit.claims(state)
        case Call() | Report() | Agency() | Closure() | Alias() | Alarm() | Pack() | Hospital():
            return frozenset()
        case Accounts() | PastChange():
            return frozenset()
        case _:
            assert_never(state)


def kind_of(row: AnyRow) -> str:
    """The row's kind: its tag on the wire."""
    return str(type(row).__struct_config__.tag)
