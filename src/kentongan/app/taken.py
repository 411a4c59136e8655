"""Who has what one wanted: a taken claim becomes a refusal that a person can act on.

"AMB03 is taken" helps nobody at night; "AMB03 has been on incident 67 since Dewi sent it" does. It
looks at the board and the holder's stream after the fact and changes nothing.
"""

from kentongan.app.ports import ClaimTaken, Store
from kentongan.core.context import Claim
from kentongan.core.events import UnitAssigned
from kentongan.core.rows import DeskRow, IncidentRow, UnitRow
from kentongan.core.words import Refused


def refusal_for(store: Store, taken: ClaimTaken) -> Refused:
    """The refusal for a claim another stream holds, naming the incident, the person or the desk.

    A detail that cannot be found any more (the holder let go meanwhile) is left out.
    """
    claim, holder = taken.claim, taken.holder
    noun, _, key = holder.partition(":")
    match claim.kind, noun:
        case "unit", "unit":
            return _not_in_service(store, claim)
        case "unit", _:
            return Refused(
                "unit_taken",
                unit=claim.key,
                **_number(store, key),
                **_assigner(store, holder, claim),
            )
        case "report", _:
            return Refused("report_linked_elsewhere", report=claim.key, **_number(store, key))
        case "agent", _:
            return Refused("agent_at_other_desk", **_desk(store, key))
        case _:
            return Refused("taken", kind=claim.kind, key=claim.key, holder=holder)


def _not_in_service(store: Store, claim: Claim) -> Refused:
    """Its own stream holds it: no crew on board, or out of service for a reason.

    Typed words are personal text: they are read on the unit's row, where reading is logged.
    """
    row = _row(store, "unit", claim.key)
    if not isinstance(row, UnitRow):
        return Refused("unit_not_available", unit=claim.key)
    reason = {"why": row.reason} if row.reason and row.reason_text is None else {}
    return Refused("unit_not_available", unit=claim.key, state=row.state, **reason)


def _number(store: Store, incident: str) -> dict[str, str]:
    row = _row(store, "incident", incident)
    return {"incident_number": str(row.number)} if isinstance(row, IncidentRow) else {}


def _assigner(store: Store, stream: str, claim: Claim) -> dict[str, str]:
    """Who gave the unit to that incident last."""
    for recorded in reversed(store.load(stream)):
        event = recorded.event
        if isinstance(event, UnitAssigned) and event.unit == claim.key:
            return {"by": recorded.meta.agent_name}
    return {}


def _desk(store: Store, desk: str) -> dict[str, str]:
    row = _row(store, "desk", desk)
    name = row.agent_name if isinstance(row, DeskRow) else None
    return {"desk": desk, "by": name} if name else {"desk": desk}


def _row(store: Store, kind: str, key: str):
    found = store.find_row(kind, key)
    return found.row if found else None
