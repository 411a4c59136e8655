"""Begins the rungs of the ladder as they come due, and ends them when somebody answers.

It reads the board for who is waited for and the ledger for what was done, decides by
`core.ladder`, and writes letters into the ledger. It keeps nothing: killed, it goes on from the
board and the ledger. The lanes carry the letters away.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from kentongan.cities.facts import AgencyMode
from kentongan.core.direction import unsteered
from kentongan.core.ladder import Ask, Climbed, Way, asks_of, next_rung
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow
from kentongan.core.words import AgentId, IncidentId
from kentongan.edge.notify import ledger
from kentongan.edge.notify.called_off import CalledOff
from kentongan.edge.notify.letters import Said, Words, names_place
from kentongan.edge.notify.people import People, Told
from kentongan.notify_settings import NotifySettings
from kentongan.store.accounts import Access
from kentongan.store.deliveries import Delivery, Kept
from kentongan.store.whole import WholeStore

LOOK_AGAIN_S: Final = 1.0
"""How soon a climb is looked at again for a rung that failed, seconds."""

CALL_EVERY: Final = timedelta(seconds=25)
"""How much later the next person of a rung is telephoned: as long as the one before is rung."""

GATHERED: Final = timedelta(seconds=5)
"""Who would come to the supervisors' rung of the same incident so soon stands in one letter."""

IN_ONE_LETTER: Final = "in_one_letter"
"""Why a letter was not sent on its own: another one names this agency or unit, too."""

READER: Final = AgentId("kentongan")

_log = logging.getLogger(__name__)


class Climbing:
    """Used by one thread."""

    def __init__(
        self, store: WholeStore, plans: Plans, settings: NotifySettings, ways: Collection[Way]
    ) -> None:
        self._store = store
        self._plans = plans
        self._settings = settings
        self._ways = ways
        self._people = People(store)
        self._words = Words(settings.words)
        self._called_off = CalledOff(store, self._people, settings, ways)
        self._silent = {
            key for key, mode in plans.agency_modes.items() if mode == AgencyMode.TICKETS.value
        }
        self._position = 0
        self._rows: dict[IncidentId, IncidentRow] = {}
        self._asks: dict[str, Ask] = {}
        self._look_at: dict[str, datetime] = {}

    def step(self, now: datetime) -> bool:
        """Look at what changed and at what is due; whether anything was begun."""
        self._read_board(now)
        due = [key for key, at in self._look_at.items() if at <= now]
        begun = [self._climb(self._asks[key], now) for key in due]
        return any(begun)

    def is_wanted(self, delivery: Delivery) -> bool:
        """Whether its answer is still waited for; answers and tests always are."""
        return not delivery.ask or delivery.ask in self._asks

    def _read_board(self, now: datetime) -> None:
        for found in self._store.rows("incident", after=self._position):
            self._position = max(self._position, found.position)
            row = found.row
            key = IncidentId(found.key)
            if isinstance(row, IncidentRow):
                self._called_off.tell(row, now)
            asks = asks_of(row, self._silent) if isinstance(row, IncidentRow) else ()
            if isinstance(row, IncidentRow) and asks:
                self._rows[key] = row
            else:
                self._rows.pop(key, None)
            self._replace(key, asks, now)

    def _replace(self, incident: IncidentId, asks: Sequence[Ask], now: datetime) -> None:
        new = {ask.key: ask for ask in asks}
        for key in [k for k, ask in self._asks.items() if ask.incident == incident]:
            if key not in new:
                del self._asks[key]
                self._look_at.pop(key, None)
                self._cancel(key, now)
        for key, ask in new.items():
            if key not in self._asks:
                self._asks[key] = ask
                self._look_at[key] = now

    def _cancel(self, ask: str, now: datetime) -> None:
        """Somebody answered: what waits is not sent."""
        for kept in self._store.deliveries.of_ask(ask):
            if kept.delivery.state != "waiting":
                continue
            heir = self._heir(kept.delivery)
            if heir is None:
                after = ledger.ended(kept.delivery, "cancelled", "answered", now)
            else:
                after = structs.replace(kept.delivery, ask=heir)
            self._store.deliveries.change(after, kept.revision)

    def _heir(self, letter: Delivery) -> str | None:
        """Whose silence the letter still tells when the first that it names has answered."""
        for key, ask in self._asks.items():
            if ask.incident != letter.incident:
                continue
            for kept in self._store.deliveries.of_ask(key):
                one = kept.delivery
                same = (one.why, one.step, one.way, one.contact)
                if same == (IN_ONE_LETTER, letter.step, letter.way, letter.contact):
                    return key
        return None

    def _climb(self, ask: Ask, now: datetime) -> bool:
        ladder = self._settings.ladder
        climbed = _climbed(self._store.deliveries.of_ask(ask.key), len(ladder))
        climb = next_rung(ladder, ask.asked_at, climbed, now, self._settings.useful_s)
        if climb.begin is None:
            if climb.next_at is None:
                self._look_at.pop(ask.key, None)
            else:
                again_at = now + timedelta(seconds=LOOK_AGAIN_S)
                self._look_at[ask.key] = min(climb.next_at, again_at)
            return False
        self._begin(ask, climb.begin, now)
        return True

    def _begin(self, ask: Ask, step: int, now: datetime) -> None:
        rung = self._settings.ladder[step]
        row = self._rows[ask.incident]
        told = self._people.told(ask, rung, self._ways)
        beside = self._beside(ask, step, now) if rung.to == "supervisor" else []
        age_s = (now - ask.asked_at).total_seconds()
        place = self._place(row, now) if told and names_place(ask, rung, row) else ""
        said = self._words.about((ask, *beside), rung, row, place, self._plans, age_s)
        expires_at = now + timedelta(seconds=self._settings.expires_s)
        calls = 0
        for one in told:
            letter = _letter(ask, step, one, said, now, expires_at)
            if one.way == "call":  # one after the other: the first who lifts is enough
                due_at = min(now + calls * CALL_EVERY, expires_at)
                letter, calls = structs.replace(letter, due_at=due_at), calls + 1
            self._store.deliveries.add(letter)
            for other in beside:
                also = _letter(other, step, one, said, now, expires_at)
                self._store.deliveries.add(ledger.ended(also, "cancelled", IN_ONE_LETTER, now))
        if not told:
            for one in (ask, *beside):
                self._store.deliveries.add(_nobody(one, step, rung.ways[0], now))
            _log.info("%s: rung %d reaches nobody", ask.key, step)

    def _beside(self, ask: Ask, step: int, now: datetime) -> list[Ask]:
        """Others of that incident for whom the same rung is due, or is in a moment."""
        found: list[Ask] = []
        ladder, soon = self._settings.ladder, now + GATHERED
        for other in self._asks.values():
            if other.key == ask.key or (other.incident, other.about) != (ask.incident, ask.about):
                continue
            climbed = _climbed(self._store.deliveries.of_ask(other.key), len(ladder))
            climb = next_rung(ladder, other.asked_at, climbed, soon, self._settings.useful_s)
            if climb.begin == step:
                found.append(other)
        return found

    def _place(self, row: IncidentRow, now: datetime) -> str:
        """The place as the dispatcher accepted it; reading it is written down."""
        place = row.place
        if place is None:
            return ""
        refs = [text.ref for text in (place.label, place.landmark) if text and text.ref]
        texts = self._store.open_texts(refs)
        if texts:
            accesses = [Access(viewer=READER, what=ref, reason="notify", at=now) for ref in texts]
            self._store.accounts.log_access(accesses)
        return ", ".join(unsteered(texts[ref]) for ref in refs if texts.get(ref))


def _letter(
    ask: Ask, step: int, told: Told, said: Said, now: datetime, expires_at: datetime
) -> Delivery:
    """`unit` is set only where it is that unit's crew that is told."""
    return Delivery(
        id=f"{ask.key}/{step}/{told.way}/{told.key}",
        way=told.way,
        contact=told.contact.id,
        label=told.contact.label,
        to=told.to,
        text=said.text,
        title=said.title,
        made_at=now,
        expires_at=expires_at,
        due_at=now,
        state="waiting",
        about=ask.about,
        ask=ask.key,
        step=step,
        incident=ask.incident,
        agency=ask.agency,
        unit=ask.unit if told.contact.unit == ask.unit else None,
    )


def _climbed(kept: Sequence[Kept], rungs: int) -> list[Climbed]:
    """The rungs that were begun, from the lowest without a gap."""
    found: list[Climbed] = []
    for step in range(rungs):
        letters = [one.delivery for one in kept if one.delivery.step == step]
        if not letters:
            break
        found.append(_state_of(letters))
    return found


def _state_of(letters: Sequence[Delivery]) -> Climbed:
    begun_at = min(one.made_at for one in letters)
    if all(one.why == "nobody" for one in letters):
        return Climbed("nobody", begun_at)
    if all(one.state in ("failed", "expired") for one in letters):
        return Climbed("failed", max(one.ended_at or one.made_at for one in letters))
    return Climbed("going", begun_at)


def _nobody(ask: Ask, step: int, way: Way, now: datetime) -> Delivery:
    """The ledger says that this rung had nobody to tell."""
    return Delivery(
        id=f"{ask.key}/{step}/-",
        way=way,
        contact="",
        label="",
        to="",
        text="",
        made_at=now,
        expires_at=now,
        state="cancelled",
        why="nobody",
        ended_at=now,
        about=ask.about,
        ask=ask.key,
        step=step,
        incident=ask.incident,
        agency=ask.agency,
        unit=ask.unit,
    )
