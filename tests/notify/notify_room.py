"""A room whose clock the test turns: an incident, an ambulance, people with telephones."""

import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast

from notify_browser import Browser

from kentongan.app.city import plans_of
from kentongan.app.handle import Outcome, handle
from kentongan.app.register import register
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.core.commands import (
    AnyCommand,
    AssignUnit,
    ClassifyIncident,
    Envelope,
    LocateIncident,
    OpenIncident,
    SendIncident,
    StartUnitDuty,
    TaskAgency,
)
from kentongan.core.ladder import Way
from kentongan.core.rows import IncidentRow
from kentongan.core.words import (
    AgencyKey,
    Agent,
    AgentId,
    CommandId,
    IncidentId,
    NatureCode,
    Personal,
    Place,
    PlaceSource,
    Role,
    UnitId,
)
from kentongan.edge.notify.channel import AnyIn, Gateway, Letter, NotSent, Taken
from kentongan.edge.notify.gateways import Made
from kentongan.edge.notify.process import Notify, NotifyDependencies
from kentongan.notify_settings import NotifySettings
from kentongan.store.accounts import Account
from kentongan.store.deliveries import Contact, Delivery
from kentongan.store.whole import WholeStore

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ONE = IncidentId("one")
AMB03 = UnitId("AMB03")
DINKES, DAMKAR = AgencyKey("dinkes"), AgencyKey("damkar")
CREW_PHONE, PIKET_PHONE, BOSS_PHONE = "+6281303131148", "+6281200000001", "+6281200000002"

DEWI = Agent(id=AgentId("dewi"), name="Dewi", roles=(Role.CALL_TAKER, Role.DISPATCHER))


class Fake:
    """A gateway that answers as listed, and keeps what it was given."""

    def __init__(self, name: str, *answers: Taken | NotSent) -> None:
        self._name = name
        self.answers: list[Taken | NotSent] = list(answers)
        self.sent: list[Letter] = []
        self.came: list[AnyIn] = []
        self.trouble: NotSent | None = None
        self.hold: threading.Event | None = None
        self._ids = count(1)

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def at_once(self) -> int:
        """Enough for every test."""
        return 4

    def send(self, letter: Letter) -> Taken:
        """The next answer, else a name of its own."""
        self.sent.append(letter)
        if self.hold is not None:
            self.hold.wait(10)
        answer = (
            self.answers.pop(0) if self.answers else Taken(ids=(f"{self.name}{next(self._ids)}",))
        )
        if isinstance(answer, NotSent):
            raise answer
        return answer

    def gathered(self) -> Sequence[AnyIn]:
        """What the test put there."""
        found, self.came = self.came, []
        return found

    def close(self) -> None:
        """Nothing."""


class Room:
    """The store, the door, and the notify process in the test's hands."""

    def __init__(self, store: WholeStore, pack: CityPack) -> None:
        self.store = store
        self.plans = plans_of(pack)
        self.now = NOON
        self._ids = count(1)
        self._notify: Notify | None = None
        register(store, self.plans, pack, NOON)

    def clock(self) -> datetime:
        """What the test says."""
        return self.now

    def close(self) -> None:
        """End everything."""
        if self._notify is not None:
            for lane in self._notify.lanes:
                lane.close()
        self.store.close()

    def do(self, command: AnyCommand, agent: Agent = DEWI) -> Outcome:
        """Through the door."""
        envelope = Envelope(id=CommandId(f"t{next(self._ids)}"), agent=agent, command=command)
        return handle(self.store, self.plans, envelope, self.now)

    def send_incident(
        self,
        *,
        agency: AgencyKey | None = None,
        nature: str = "KBK-01",
        place: str = "Simpang Lima",
    ) -> None:
        """An incident that was sent, at Simpang Lima whatever that is called."""
        where = Place(
            label=Personal(text=place),
            point=Point(lat=-6.99, lon=110.42),
            source=PlaceSource.PIN,
        )
        for command in (
            OpenIncident(incident=ONE),
            LocateIncident(incident=ONE, place=where),
            ClassifyIncident(incident=ONE, nature=NatureCode(nature)),
            SendIncident(incident=ONE),
        ):
            self.do(command)
        if agency is not None:
            self.do(TaskAgency(incident=ONE, agency=agency, lead=True))

    def assign(self) -> None:
        """AMB03 to it."""
        self.do(StartUnitDuty(unit=AMB03), Agent(id=AgentId("s"), name="s", roles=(Role.SYSTEM,)))
        self.do(AssignUnit(incident=ONE, unit=AMB03, agency=DINKES))

    def contact(self, key: str, **fields: object) -> Contact:
        """Somebody who can be told."""
        given: dict[str, object] = {
            "id": key,
            "label": key.title(),
            "created_at": NOON,
            "created_by": "admin",
            **fields,
        }
        contact = Contact(**given)  # type: ignore[arg-type]
        self.store.deliveries.put_contact(contact)
        return contact

    def account(self, key: str, *, disabled: bool = False) -> None:
        """Somebody who may sign in."""
        account = Account(id=AgentId(key), name=key, password_hash="-", roles=(), disabled=disabled)
        self.store.accounts.put(account)

    def crew(self, browser: Browser | None = None) -> Contact:
        """The telephone in AMB03."""
        subscriptions = (browser.subscription,) if browser else ()
        return self.contact(
            "hp-amb03", unit=AMB03, always=True, phone=CREW_PHONE, subscriptions=subscriptions
        )

    def notify(
        self, settings: NotifySettings | None = None, **gateways: Iterable[Gateway]
    ) -> Notify:
        """The process, with these fakes for the ways named."""
        given = NotifyDependencies(
            open_store=lambda: self.store,
            plans=self.plans,
            settings=settings or NotifySettings(),
            clock=self.clock,
        )
        fakes = [
            Made(gateway=fake, way=cast("Way", way), a_minute=6_000.0)
            for way, some in gateways.items()
            for fake in some
        ]
        made = Notify(given, fakes)
        self._notify = made
        return made

    def turn(self, seconds: float = 0.0) -> None:
        """So much later, everything that is due is done."""
        self.now += timedelta(seconds=seconds)
        assert self._notify is not None
        for _ in range(200):
            did = self._notify.turn()
            while any(lane.is_flying for lane in self._notify.lanes):
                time.sleep(0.001)
            if not did:
                return

    def letters(self) -> list[Delivery]:
        """The ledger, oldest first."""
        found = [kept.delivery for kept in self.store.deliveries.latest(1_000)]
        return sorted(found, key=lambda one: (one.made_at, one.step, one.id))

    def incident(self) -> IncidentRow:
        """As the board shows it."""
        found = self.store.find_row("incident", ONE)
        assert found is not None
        assert isinstance(found.row, IncidentRow)
        return found.row
