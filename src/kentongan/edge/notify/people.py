"""Who is on duty, and by which address each of them is reached.

Duty stands on the board: a crew by its unit, an officer by watching the agency's inbox, a
supervisor by sitting at a desk. A telephone that whoever is on duty carries is always on duty.
Nobody else is told: a person at home is woken by a person, not by a list.
"""

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct

from kentongan.core.agency import Agency
from kentongan.core.ladder import Ask, Rung, Way
from kentongan.core.rows import DeskRow, UnitRow
from kentongan.core.streams import fold
from kentongan.core.words import Role, UnitId
from kentongan.store.deliveries import Contact
from kentongan.store.whole import WholeStore

TOLD_MAX: Final = 50
"""People told by one rung; an agency that lists more needs a telephone on duty."""

PRESENT: Final = ("on_duty", "wrap_up", "paused")
"""States of a desk at which a supervisor is in the room."""


class Told(Struct, frozen=True):
    """Somebody to tell by one way. `key` tells the addresses of one person apart."""

    contact: Contact
    way: Way
    to: str
    key: str


class People:
    """The contacts, seen through the board's duty."""

    def __init__(self, store: WholeStore) -> None:
        self._store = store

    def told(self, ask: Ask, rung: Rung, ways: Collection[Way]) -> Sequence[Told]:
        """Whom this rung reaches, by the ways that have a gateway."""
        contacts = [one for one in self._store.deliveries.contacts() if self._may_be_told(one)]
        if rung.to == "supervisor":
            present = self._supervisors()
            chosen = [
                one for one in contacts if one.supervisor and (one.always or one.account in present)
            ]
        elif ask.unit is not None:
            chosen = self._crew(ask, contacts)
        else:
            chosen = self._officers(ask, contacts)
        found = [told for one in chosen for way in rung.ways for told in _addresses(one, way)]
        return [told for told in found if told.way in ways][:TOLD_MAX]

    def crew_of(self, unit: UnitId, ways: Collection[Way]) -> Sequence[Told]:
        """A unit's own crew by each of these ways, on duty or not: they may be on the road."""
        own = [
            one
            for one in self._store.deliveries.contacts()
            if one.unit == unit and self._may_be_told(one)
        ]
        found = [told for one in own for way in ways for told in _addresses(one, way)]
        return found[:TOLD_MAX]

    def _may_be_told(self, contact: Contact) -> bool:
        """Neither the contact was revoked nor its account disabled."""
        if contact.revoked_at is not None or contact.account is None:
            return contact.revoked_at is None
        account = self._store.accounts.find(contact.account)
        return account is not None and not account.disabled

    def _crew(self, ask: Ask, contacts: Sequence[Contact]) -> list[Contact]:
        found = self._store.find_row("unit", ask.unit or "")
        row = found.row if found else None
        if not isinstance(row, UnitRow) or row.state == "off_duty":
            return []
        return [one for one in contacts if one.unit == ask.unit]

    def _officers(self, ask: Ask, contacts: Sequence[Contact]) -> list[Contact]:
        stream = f"agency:{ask.agency}"
        history = [(one.event, one.meta) for one in self._store.load(stream)]
        state = fold(stream, history)
        watching = frozenset(state.watching) if isinstance(state, Agency) else frozenset[str]()
        return [
            one
            for one in contacts
            if one.agency == ask.agency
            and one.unit is None
            and (one.always or one.account in watching)
        ]

    def _supervisors(self) -> set[str]:
        rows = (found.row for found in self._store.rows("desk"))
        return {
            row.agent
            for row in rows
            if isinstance(row, DeskRow)
            and row.agent is not None
            and row.state in PRESENT
            and Role.SUPERVISOR.value in row.roles
        }


def _addresses(contact: Contact, way: Way) -> list[Told]:
    match way:
        case "app":
            return [
                Told(contact, way, one.endpoint, f"{contact.id}.{place}")
                for place, one in enumerate(contact.subscriptions)
            ]
        case "sms" | "call":
            to = contact.phone
        case "whatsapp":
            to = contact.phone if contact.whatsapp else ""
        case "mail":
            to = contact.mail
    return [Told(contact, way, to, contact.id)] if to else []
