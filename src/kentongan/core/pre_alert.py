"""What a unit is told before it is sent: to get ready, or a few words while it has no incident.

A pre-alert claims nothing: another incident may take the unit, and then, or after `LASTS`, it is
over. A unit that is off duty or out of service cannot get ready. Whether it is at work already, and
whether the incident is there, is looked up before (`core.references`). Pure.
"""

from datetime import timedelta
from typing import Final, assert_never

from msgspec import structs

from kentongan.core.checks import cut_label, split_reason
from kentongan.core.commands.unit import LiftPreAlert, MessageUnit, PreAlertUnit
from kentongan.core.context import Context
from kentongan.core.events.unit import PreAlertLifted, UnitMessaged, UnitPreAlerted
from kentongan.core.messages import worded
from kentongan.core.rows import Message, PreAlert, UnitRow
from kentongan.core.words import Meta, Refused, Role

LASTS: Final = timedelta(minutes=15)
"""How long a crew stands ready unless told again; longer than that nobody sits in the vehicle."""

MESSAGES_KEPT: Final = 5
"""Messages on the page of a crew without an incident, the newest; the others are in the journal."""

EXPIRED: Final = "expired"
"""Why the timer lifts it."""

ASSIGNED: Final = "assigned"
"""Why the assignment lifts it."""


def decide(
    command: PreAlertUnit | LiftPreAlert | MessageUnit, row: UnitRow, context: Context
) -> tuple[UnitPreAlerted | PreAlertLifted | UnitMessaged, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    match command:
        case PreAlertUnit(incident=incident, number=number):
            if row.state != "available":
                raise Refused("unit_not_available", unit=row.key, state=row.state)
            known = row.pre_alert
            if known is not None and known.incident == incident and known.at == context.at:
                return ()
            until = context.at + LASTS
            return (UnitPreAlerted(incident=incident, number=number, until=until),)
        case LiftPreAlert(reason=reason):
            if row.pre_alert is None or _is_early(command, row.pre_alert, context):
                return ()
            key, words = split_reason(reason)
            return (PreAlertLifted(reason=key, reason_text=words),)
        case MessageUnit(text=text):
            words, is_cut = worded(text)
            return (UnitMessaged(text=words, cut=is_cut),)
        case _:
            assert_never(command)


def _is_early(command: LiftPreAlert, known: PreAlert, context: Context) -> bool:
    """The timer of an earlier pre-alert does not lift the one that stands now."""
    is_timer = command.reason == EXPIRED and context.agent.has(Role.SYSTEM)
    return is_timer and context.at < known.until


def told(
    row: UnitRow, event: UnitPreAlerted | PreAlertLifted | UnitMessaged, meta: Meta
) -> UnitRow:
    """The unit's row after the event."""
    by = cut_label(meta.agent_name)
    match event:
        case UnitPreAlerted(incident=incident, number=number, until=until):
            ready = PreAlert(incident=incident, number=number, at=meta.at, until=until, by=by)
            return structs.replace(row, pre_alert=ready)
        case PreAlertLifted():
            return structs.replace(row, pre_alert=None)
        case UnitMessaged(text=text):
            message = Message(text=text, at=meta.at, agent_name=by, unit=row.key)
            return structs.replace(row, messages=(*row.messages, message)[-MESSAGES_KEPT:])
        case _:
            assert_never(event)
