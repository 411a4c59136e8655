"""Words from the room to a unit at work on an incident, or to an agency that was asked.

They stand on the crew's page and the agency's screen, and in the incident's timeline. Whoever they
are not for does not get them (`core.redaction`). Pure.
"""

from typing import Final

from kentongan.core.assignment import find_assignment
from kentongan.core.checks import cut_label, cut_text
from kentongan.core.commands.incident import SendMessage
from kentongan.core.events.incident import MessageSent
from kentongan.core.rows import IncidentRow, Message
from kentongan.core.tasking import find_task
from kentongan.core.words import Meta, Personal, Refused

MESSAGES_MAX: Final = 200
"""Messages of one incident; a long flood night has about fifty."""


def decide(command: SendMessage, row: IncidentRow) -> tuple[MessageSent, ...]:
    """What the command leads to. Refuses with `addressee_missing`, `message_empty`,
    `unit_not_assigned`, `agency_not_asked` and `too_many_messages`.
    """
    if (command.unit is None) == (command.agency is None):
        raise Refused("addressee_missing")
    text, is_cut = worded(command.text)
    if command.unit is not None:
        assignment = find_assignment(row.assignments, command.unit)
        if assignment is None or not assignment.open:
            raise Refused("unit_not_assigned", unit=command.unit)
    if command.agency is not None and find_task(row.tasks, command.agency) is None:
        raise Refused("agency_not_asked", agency=command.agency)
    if len(row.messages) >= MESSAGES_MAX:
        raise Refused("too_many_messages", messages_max=str(MESSAGES_MAX))
    return (MessageSent(text=text, unit=command.unit, agency=command.agency, cut=is_cut),)


def worded(text: Personal) -> tuple[Personal, bool]:
    """The words, cut to what is kept, and whether they were; refuses `message_empty`."""
    if not (text.text or "").strip():
        raise Refused("message_empty")
    return cut_text(text)


def messaged(row: IncidentRow, event: MessageSent, meta: Meta) -> tuple[Message, ...]:
    """The incident's messages after the event."""
    message = Message(
        text=event.text,
        at=meta.at,
        agent_name=cut_label(meta.agent_name),
        unit=event.unit,
        agency=event.agency,
    )
    return (*row.messages, message)
