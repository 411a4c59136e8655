"""Text messages of crews: through the one door with the crew's rights, and answered in words.

Who speaks is known by the telephone alone, as registered for a unit; so a crew may say by text what
it may say on its page, and nothing more. The same message, however often a gateway brings it, is
one command. Strangers get one answer an hour, and everybody a bounded number: a number that sends
without end costs us no money.
"""

import logging
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from kentongan.app.handle import Busy, handle
from kentongan.core.commands import AnyCommand, Envelope, ProgressUnit
from kentongan.core.crew_words import VERBS, CrewWord, command_of, understood
from kentongan.core.plans import Plans
from kentongan.core.reach import masked
from kentongan.core.rows import EngagementRow, IncidentRow, UnitRow
from kentongan.core.words import Agent, AgentId, CommandId, Refused, Role, UnitId
from kentongan.edge.notify.addresses import phone_of_gateway
from kentongan.edge.notify.channel import TextIn
from kentongan.edge.notify.letters import Words
from kentongan.store.deliveries import Contact, Delivery
from kentongan.store.whole import WholeStore

SENDERS_MAX: Final = 10_000
"""Telephones whose messages of the last hour are counted; the oldest is forgotten."""

TEXTS_A_MINUTE_MAX: Final = 30
"""Messages of one telephone that are read at all in a minute."""

STRANGER_PAUSE: Final = timedelta(hours=1)
"""Between two answers to a telephone that is not registered."""

STRANGERS_A_MINUTE_MAX: Final = 20
"""Answers to all strangers together in a minute."""

MINUTE: Final = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class CrewTexts:
    """Used by one thread. Without a gateway for SMS (`answers`) nobody gets an answer."""

    def __init__(
        self,
        store: WholeStore,
        plans: Plans,
        words: Words,
        *,
        reply_a_minute: int,
        expires_s: float,
        answers: bool = True,
    ) -> None:
        self._store = store
        self._answers = answers
        self._plans = plans
        self._words = words
        self._reply_a_minute = reply_a_minute
        self._expires = timedelta(seconds=expires_s)
        self._heard: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._answered: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._strangers: deque[datetime] = deque(maxlen=STRANGERS_A_MINUTE_MAX)
        self._told: OrderedDict[str, datetime] = OrderedDict()
        self.ignored = 0

    def take(self, text: TextIn, now: datetime) -> None:
        """Do what a crew says, and answer. Raises `Unavailable` when the store is away."""
        source = phone_of_gateway(text.source)
        if not source or not _has_room(self._heard, source, TEXTS_A_MINUTE_MAX, now):
            self.ignored += 1
            _log.warning("%s: a message that is not read", text.gateway)
            return
        contact = self._contact(source)
        if contact is None or contact.unit is None:
            self._answer_stranger(text, source, now)
            return
        said = self._done(text, contact, contact.unit, now)
        if _has_room(self._answered, source, self._reply_a_minute, now):
            self._answer(text, source, contact, said, now)

    def _contact(self, source: str) -> Contact | None:
        found = [
            one
            for one in self._store.deliveries.contacts()
            if one.phone == source and one.unit is not None and one.revoked_at is None
        ]
        return found[0] if len(found) == 1 else None

    def _done(self, text: TextIn, contact: Contact, unit: UnitId, now: datetime) -> str:
        """Do it; what to answer."""
        word = understood(text.text, unit)
        if word == "not_understood":
            return self._words.of("not_understood", verbs=", ".join(VERBS))
        if word == "other_unit":
            return self._words.of("other_unit", unit=unit)
        engaged = self._store.find_row("engagement", unit)
        row = engaged.row if engaged else None
        incident = row.incident if isinstance(row, EngagementRow) else None
        command = command_of(word, unit, incident)
        if command is None:
            return self._words.of("no_incident", unit=unit, verb=word.verb)
        note = ""
        if isinstance(command, ProgressUnit) and command.destination is not None:
            command, note = self._with_hospital(command)
        return self._asked(text, contact, unit, word, command, now) + note

    def _with_hospital(self, command: ProgressUnit) -> tuple[ProgressUnit, str]:
        """The hospital whose key has the words; without one the step still counts."""
        said = command.destination or ""
        parts = said.split("_")
        found = [key for key in self._plans.hospitals if set(parts) <= set(key.split("_"))]
        if len(found) == 1:
            return structs.replace(command, destination=found[0]), ""
        note = self._words.of("hospital_unknown", hospital=said.replace("_", " ").upper())
        return structs.replace(command, destination=None), note

    def _asked(
        self,
        text: TextIn,
        contact: Contact,
        unit: UnitId,
        word: CrewWord,
        command: AnyCommand,
        now: datetime,
    ) -> str:
        found = self._store.find_row("unit", unit)
        row = found.row if found else None
        agent = Agent(
            id=contact.account or AgentId(f"sms:{contact.id}"),
            name=f"{contact.label} (SMS)",
            roles=(Role.CREW,),
            agency=row.agency if isinstance(row, UnitRow) else None,
            unit=unit,
        )
        age_s = (now - text.sent_at).total_seconds() if text.sent_at else 0.0
        envelope = Envelope(
            id=CommandId(f"sms/{text.gateway}/{text.id}"[:200].replace("#", "_")),
            agent=agent,
            command=command,
            age_s=max(0.0, age_s),
        )
        values = {"unit": unit, "verb": word.verb}
        try:
            handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            return self._words.of("refused", **values, reason=self._words.because(refused.reason))
        except Busy:
            return self._words.of("later", **values)
        return self._words.of("done", **values, incident=self._number(command))

    def _number(self, command: AnyCommand) -> str:
        if not isinstance(command, ProgressUnit):
            return ""
        found = self._store.find_row("incident", command.incident)
        row = found.row if found else None
        return f" (insiden {row.number})" if isinstance(row, IncidentRow) else ""

    def _answer_stranger(self, text: TextIn, source: str, now: datetime) -> None:
        """In words, but seldom."""
        told_at = self._told.get(source)
        while self._strangers and now - self._strangers[0] >= MINUTE:
            self._strangers.popleft()
        if told_at is not None and now - told_at < STRANGER_PAUSE:
            self.ignored += 1
            return
        if len(self._strangers) >= STRANGERS_A_MINUTE_MAX:
            self.ignored += 1
            return
        _log.warning("%s: %s is registered for no unit", text.gateway, masked(source))
        self._strangers.append(now)
        self._told[source] = now
        while len(self._told) > SENDERS_MAX:
            self._told.popitem(last=False)
        self._answer(text, source, None, self._words.of("not_registered"), now)

    def _answer(
        self, text: TextIn, source: str, contact: Contact | None, said: str, now: datetime
    ) -> None:
        """A letter of its own in the ledger; the same message again gets no second one."""
        if not self._answers:
            return
        self._store.deliveries.add(
            Delivery(
                id=f"reply/{text.gateway}/{text.id}"[:200],
                way="sms",
                contact=contact.id if contact else "",
                label=contact.label if contact else "",
                to=source,
                text=said,
                made_at=now,
                expires_at=now + self._expires,
                due_at=now,
                state="waiting",
                about="reply",
                unit=contact.unit if contact else None,
            )
        )


def _has_room(
    counted: OrderedDict[str, deque[datetime]], source: str, most: int, now: datetime
) -> bool:
    """Whether that telephone had fewer than so many in the last minute; counts this one."""
    times = counted.setdefault(source, deque(maxlen=most))
    counted.move_to_end(source)
    while len(counted) > SENDERS_MAX:
        counted.popitem(last=False)
    while times and now - times[0] >= MINUTE:
        times.popleft()
    if len(times) >= most:
        return False
    times.append(now)
    return True
