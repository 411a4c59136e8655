"""One seed: a small city with everybody in it, bad luck first, then healing.

The first phase checks safety while messages are lost, processes die and the store is away. Then
everything is healed and the second phase checks liveness: within a bounded time every call was
answered or disposed of, every alert was delivered or escalated, nothing is left in any outbox and
every reader of the journal has caught up.
"""

from collections.abc import Callable
from random import Random

from msgspec import Struct

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Store, Unavailable
from kentongan.app.register import register
from kentongan.app.worker import Worker
from kentongan.core.commands import Envelope
from kentongan.core.policy import AnyEffect
from kentongan.core.words import AgencyKey, Agent, AgentId, CallId, DeskKey, Refused, Role, UnitId
from kentongan.sim import on_duty
from kentongan.sim.checks import Checks, Violation
from kentongan.sim.city import SmallCity
from kentongan.sim.clock import Clock
from kentongan.sim.fate import Fate, FatedStore, Killed, Moment
from kentongan.sim.liveness import unfinished
from kentongan.sim.people import call_taker, caller
from kentongan.sim.responders import crew, dispatcher, officer
from kentongan.sim.room import Happening, Room
from kentongan.sim.story import Stage
from kentongan.sim.switch import DRAIN_S, Switch
from kentongan.sim.telephony import ring, ring_outside, supervisor
from kentongan.sim.wire import Answer, Network, Wire

LUCK_S = 240.0
"""How long bad luck lasts, virtual seconds."""

HEALING_S_MAX = 1_800.0
"""Virtual seconds within which everything must be well again."""

LOOK_S = 20.0
"""How often it is asked whether everything is well again, virtual seconds."""

WORK_S = 0.5
"""How often the `work` process looks for work, virtual seconds."""

TAKERS = 2
"""Call-takers, and as many dispatchers."""

RING_S = 1.0
"""How often the queue is looked at, virtual seconds."""

WORK_IDLE_STEPS = 4
"""Without an event it looks only every so many times: for timers, and for messages to try again."""

DOWN_S = 2.0
"""How long a new process needs to start, virtual seconds."""

OVERTAKING = 0.7
"""Share of writes at which another command that is on its way gets in between."""

OVERTAKING_DEPTH_MAX = 2
"""How many commands may stand between reading and writing at once."""


class Luck(Struct):
    """How bad a seed is. All shares; `away` are (from, until) in virtual seconds."""

    network: Network
    killed: float
    commit_unknown: float
    notifier_down: float
    away: list[tuple[float, float]]
    human: float


class Counts(Struct):
    """What happened, in one seed or in all together."""

    steps: int = 0
    events: int = 0
    calls: int = 0
    contested: int = 0
    alarms_contested: int = 0
    overtaken: int = 0
    deaths: int = 0
    away: int = 0
    double_engagements: int = 0

    def add(self, other: "Counts") -> None:
        """Sum up."""
        for field in self.__struct_fields__:
            setattr(self, field, getattr(self, field) + getattr(other, field))


def draw_luck(random: Random) -> Luck:
    """Every seed is bad in its own way; a few are not bad at all."""

    def sometimes(share_max: float) -> float:
        return random.uniform(0.0, share_max) if random.random() < 0.6 else 0.0

    outages = random.choice((0, 0, 1, 2))
    begins = [random.uniform(20.0, LUCK_S - 60.0) for _ in range(outages)]
    return Luck(
        network=Network(
            lost=sometimes(0.25), doubled=sometimes(0.3), late=sometimes(0.1), late_s_max=30.0
        ),
        killed=sometimes(0.01),
        commit_unknown=sometimes(0.02),
        notifier_down=sometimes(0.7),
        away=[(begin, begin + random.uniform(5.0, 60.0)) for begin in begins],
        human=sometimes(1.5),
    )


class World:
    """Everything of one seed. `meddle` may put something between the processes and the store."""

    def __init__(
        self, seed: int, store: Store, meddle: Callable[[Store], Store] = lambda store: store
    ) -> None:
        self.random = Random(seed)
        self.clock = Clock()
        self.counts = Counts()
        self.store = store
        self._luck = draw_luck(self.random)
        self._city = SmallCity.draw(self.random)
        self._meddled = meddle(store)
        self._depth = 0
        self._web_down_until_s = 0.0
        self._worker: Worker | None = None
        self._rung = self._idle = 0
        self._committed = True
        self.healed = False
        self._officers = {
            key: _agent(f"officer_{key}", Role.AGENCY_OFFICER, agency=AgencyKey(key))
            for key in self._city.agencies
        }
        self._crews = {
            unit.call_sign: _agent(
                f"crew_{unit.call_sign}",
                Role.CREW,
                agency=AgencyKey(unit.agency),
                unit=UnitId(unit.call_sign),
            )
            for unit in self._city.pack.units
        }
        self.checks = Checks(store, self._officers, self._crews)
        plans = self._city.plans
        self.switch = Switch(self.clock, self._fated(self._fate), plans)
        self._web_store = self._fated(self._web_fate)
        network = self._luck.network
        self._to_web = Wire(self.clock, self.random, network, self)
        self._to_switch = Wire(self.clock, self.random, network, self.switch)
        self.stage = Stage(self.clock, self.checks, self._to_web, self._to_switch)
        told: dict[str, Happening | None] = {}
        self.room = Room(
            self.clock,
            self.random,
            self.checks.board,
            self.switch,
            told,
            self._unlucky,
            tuple(DeskKey(desk) for desk in self._city.desks[:TAKERS]),
        )
        self.switch.on_placed = lambda call: ring_outside(self.room, call)

    def run(self) -> None:
        """Both phases; raises `Violation` when a rule does not hold."""
        register(self.store, self._city.plans, self._city.pack, self.clock.now())
        self._begin()
        self.clock.run(LUCK_S, self._check)
        self._heal()
        left = ["not looked yet"]
        while left and self.clock.now_s < LUCK_S + HEALING_S_MAX:
            self.clock.run(self.clock.now_s + LOOK_S, self._check)
            left = unfinished(self.store, self.switch, self.clock.now())
            if self._to_web.unanswered or self._to_switch.unanswered:
                left.append("somebody waits for an answer")
        if left:
            raise Violation("everything is well again in bounded time", left)
        self.checks.whole()

    def _check(self) -> None:
        """After every step; what nobody committed needs no second look."""
        if self._committed:
            self._committed = False
            self.checks.step()

    # --- the web server, as a process that can die --------------------------------------------

    def receive(self, envelope: Envelope) -> Answer | None:
        """A command from a screen; no answer while the process is down or the store away."""
        if self.clock.now_s < self._web_down_until_s:
            return None
        try:
            return handle(self._web_store, self._city.plans, envelope, self.clock.now())
        except Refused as refused:
            return refused
        except (Busy, Unavailable):
            return None
        except Killed:
            self.counts.deaths += 1
            self._web_down_until_s = self.clock.now_s + DOWN_S
            return None

    def _web_fate(self, moment: Moment) -> None:
        self._fate(moment)
        if moment is Moment.WRITE and self._depth < OVERTAKING_DEPTH_MAX:
            self._let_overtake()

    def _let_overtake(self) -> None:
        """Between reading and writing, another web process handles a command."""
        message = self._to_web.take_next()
        if message is None or self.random.random() >= OVERTAKING:
            return
        self._depth += 1
        self.counts.overtaken += 1
        message.arrive()
        self._depth -= 1

    # --- bad luck ------------------------------------------------------------------------------

    def _fated(self, fate: Fate) -> Store:
        return FatedStore(self._meddled, fate)

    def _fate(self, moment: Moment) -> None:
        self._committed = self._committed or moment is Moment.COMMITTED
        if self.healed:
            return
        for start, end in self._luck.away:
            if start <= self.clock.now_s < end:
                self.counts.away += 1
                raise Unavailable("store")
        chance = self.random.random()
        if chance < self._luck.killed:
            raise Killed
        if moment is Moment.COMMITTED and chance > 1.0 - self._luck.commit_unknown:
            raise Unavailable("store")

    def _unlucky(self, share: float) -> bool:
        return not self.healed and self.random.random() < share * self._luck.human

    def deliver(self, effect: AnyEffect) -> str:
        """A notifier that is down now and then."""
        del effect
        if not self.healed and self.random.random() < self._luck.notifier_down:
            raise Unavailable("notifier")
        return "push"

    def _heal(self) -> None:
        self.healed = True
        self._luck.network.lost = self._luck.network.doubled = self._luck.network.late = 0.0

    # --- who is there ------------------------------------------------------------------------

    def _begin(self) -> None:
        for number in range(TAKERS):
            desk = DeskKey(self._city.desks[number])
            taker = _agent(f"taker_{number}", Role.CALL_TAKER, desk=desk)
            self.stage.play(taker, call_taker(self.room, desk))
            desk = DeskKey(self._city.desks[number + TAKERS])
            sender = _agent(f"dispatcher_{number}", Role.DISPATCHER, desk=desk)
            self.stage.play(sender, dispatcher(self.room, desk, number))
        desk = DeskKey(self._city.desks[2 * TAKERS])
        chief = _agent("supervisor", Role.SUPERVISOR, desk=desk)
        self.stage.play(chief, supervisor(self.room, desk))
        climber = _agent("notify", Role.SYSTEM, Role.DISPATCHER)
        self.stage.play(climber, on_duty.ladder(self.room))
        keys = tuple(AgencyKey(key) for key in self._city.agencies)
        for key, agent in self._officers.items():
            others = tuple(other for other in keys if other != key)
            self.stage.play(agent, officer(self.room, agent, AgencyKey(key), others))
        for key, agent in self._crews.items():
            self.stage.play(agent, crew(self.room, agent, UnitId(key)))
        self._let_callers_come()
        self._repeat(DRAIN_S, self.switch.drain)
        self._repeat(RING_S, lambda: ring(self.room))
        self._repeat(WORK_S, self._work)

    def _let_callers_come(self) -> None:
        """They come in bursts, as they do; a few tell of the same thing, a few of nothing."""
        happenings = [self._city.draw_happening(self.random) for _ in range(5)]
        bursts_s = [self.random.uniform(1.0, LUCK_S * 0.6) for _ in range(2)]
        self.counts.calls = self.random.randint(4, 8)
        somebody = _agent("caller", Role.SYSTEM)
        for number in range(self.counts.calls):
            call = CallId(f"c{number}")
            about = None if self.random.random() < 0.15 else self.random.choice(happenings)
            rings_s = self.random.choice(bursts_s) + self.random.uniform(0.0, 20.0)
            self.clock.after(rings_s, lambda c=call, a=about: self._ring(somebody, c, a))

    def _ring(self, somebody: Agent, call: CallId, about: Happening | None) -> None:
        self.stage.play(somebody, caller(self.room, call, about))

    def _work(self) -> None:
        """One step of the `work` process when its doorbell rings, or now and then; a dead one is
        started again at the next."""
        rung, self._rung = self._rung, self.store.last_position()
        self._idle = 0 if self._rung != rung else self._idle + 1
        if self._idle % WORK_IDLE_STEPS:
            return
        if self._worker is None:
            self._worker = Worker(self._fated(self._fate), self._city.plans, self)
        try:
            self._worker.step(self.clock.now())
        except Unavailable:
            return
        except Killed:
            self.counts.deaths += 1
            self._worker = None

    def _repeat(self, pause_s: float, action: Callable[[], None]) -> None:
        def again() -> None:
            action()
            self.clock.after(pause_s, again)

        self.clock.after(pause_s, again)

    def counted(self) -> Counts:
        """What happened, also when a rule was broken."""
        counts = self.counts
        counts.steps = self.clock.steps
        counts.events = self.checks.position
        counts.contested = self.stage.refusals.get("unit_taken", 0)
        counts.alarms_contested = self.stage.refusals.get("alarm_taken", 0)
        counts.deaths += self.switch.deaths
        counts.double_engagements = self.checks.double_engagements
        return counts


def _agent(
    key: str,
    *roles: Role,
    agency: AgencyKey | None = None,
    unit: UnitId | None = None,
    desk: DeskKey | None = None,
) -> Agent:
    return Agent(id=AgentId(key), name=key, roles=roles, agency=agency, unit=unit, desk=desk)
