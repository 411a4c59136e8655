"""What no longer counts, told to whoever was told of it: a crew taken off or put back, an agency
that is not asked any more.

A letter's id is made of what it is about and when that was, so the ledger takes each one once,
however often the board is read. Nobody is telephoned: who lifts is told by the room's own voice.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from msgspec import structs

from kentongan.core.assignment import BREAKDOWNS
from kentongan.core.ladder import Way, key_of_task
from kentongan.core.rows import Assignment, IncidentRow, Task
from kentongan.core.tasking import is_active
from kentongan.core.words import TaskState
from kentongan.edge.notify import ledger
from kentongan.edge.notify.letters import Said, Words
from kentongan.edge.notify.people import People
from kentongan.notify_settings import NotifySettings
from kentongan.store.deliveries import Delivery, DeliveryState
from kentongan.store.whole import WholeStore

BY: Final[tuple[Way, ...]] = ("app", "sms")
"""Ways by which a crew hears that it need not go on, or that it must after all."""

_GONE_OUT: Final[tuple[DeliveryState, ...]] = ("sending", "accepted", "delivered", "read")
"""States of a letter that somebody may have read."""

OVERTAKEN: Final = "overtaken"
"""Why a letter was not sent: what it says was taken back before it went out."""

About = Literal["released", "restored", "withdrawn"]


class Address(NamedTuple):
    """Somebody to tell by one way; `key` tells the addresses of one letter apart."""

    way: Way
    contact: str
    label: str
    to: str
    key: str


class CalledOff:
    """Used by one thread."""

    def __init__(
        self, store: WholeStore, people: People, settings: NotifySettings, ways: Collection[Way]
    ) -> None:
        self._store = store
        self._people = people
        self._settings = settings
        self._words = Words(settings.words)
        self._ways: list[Way] = [way for way in BY if way in ways]

    def tell(self, row: IncidentRow, now: datetime) -> None:
        """Write the letters about this incident that are not written yet."""
        if row.training:
            return
        self._cancel_overtaken(row, now)
        for one in row.assignments:
            self._tell_crew(row, one, now)
        for task in row.tasks:
            if task.state is TaskState.WITHDRAWN and self._is_young(task.ended_at, now):
                self._tell_agency(row, task, now)

    def _cancel_overtaken(self, row: IncidentRow, now: datetime) -> None:
        """A letter that still waits for another try and is not so any more: the last word that a
        crew or an agency reads must be the one that holds."""
        at_work = {one.unit for one in row.assignments if one.open}
        asked = {task.agency for task in row.tasks if is_active(task)}
        has_any = any(one.released or one.restored_at for one in row.assignments)
        if not has_any and all(task.state is not TaskState.WITHDRAWN for task in row.tasks):
            return
        for kept in self._store.deliveries.of_incident(row.key):
            letter = kept.delivery
            is_overtaken = {
                "released": letter.unit in at_work,
                "restored": letter.unit not in at_work,
                "withdrawn": letter.agency in asked,
            }.get(letter.about, False)
            if is_overtaken and letter.state == "waiting":
                after = ledger.ended(letter, "cancelled", OVERTAKEN, now)
                self._store.deliveries.change(after, kept.revision)

    def _is_young(self, at: datetime | None, now: datetime) -> bool:
        return at is not None and (now - at).total_seconds() <= self._settings.useful_s

    def _tell_crew(self, row: IncidentRow, one: Assignment, now: datetime) -> None:
        """A crew may be on the road already. Its own word (a breakdown) is not told back."""
        if one.released and one.ended_at and one.release_reason not in BREAKDOWNS:
            said = self._words.released(row, one.unit, one.release_reason)
            self._write_to_crew("released", one.ended_at, row, one, said, now)
        elif one.open and one.restored_at:
            said = self._words.called_off("restored", row, one.unit)
            self._write_to_crew("restored", one.restored_at, row, one, said, now)

    def _write_to_crew(
        self,
        about: About,
        at: datetime,
        row: IncidentRow,
        one: Assignment,
        said: Said,
        now: datetime,
    ) -> None:
        if not self._is_young(at, now):
            return
        key = f"{about}/{row.key}/{one.unit}/{round(at.timestamp() * 1000)}"
        for told in self._people.crew_of(one.unit, self._ways):
            to = Address(told.way, told.contact.id, told.contact.label, told.to, told.key)
            letter = self._letter(key, to, about, said, now)
            own = structs.replace(letter, incident=row.key, unit=one.unit, agency=one.agency)
            self._store.deliveries.add(own)

    def _tell_agency(self, row: IncidentRow, task: Task, now: datetime) -> None:
        """Those who were told that it is asked, by the way they were told, except by telephone."""
        said = self._words.called_off("withdrawn", row, task.agency.upper())
        ask = key_of_task(row.key, task)
        told = [one.delivery for one in self._store.deliveries.of_ask(ask)]
        for one in told:
            if one.way == "call" or one.state not in _GONE_OUT:
                continue
            to = Address(one.way, one.contact, one.label, one.to, one.id.removeprefix(f"{ask}/"))
            letter = self._letter(f"withdrawn/{ask}", to, "withdrawn", said, now)
            own = structs.replace(letter, incident=row.key, agency=task.agency)
            self._store.deliveries.add(own)

    def _letter(self, key: str, to: Address, about: About, said: Said, now: datetime) -> Delivery:
        return Delivery(
            id=f"{key}/{to.way}/{to.key}",
            way=to.way,
            contact=to.contact,
            label=to.label,
            to=to.to,
            text=said.text,
            title=said.title,
            made_at=now,
            expires_at=now + timedelta(seconds=self._settings.expires_s),
            due_at=now,
            state="waiting",
            about=about,
        )
