"""Many calls at few desks, through the real switch, media and store; and what became of each.

Callers ring at random moments; some are known for pranks, some ring again about an open P1
incident, some give up, some say nothing: half of these knock twice when they are asked to. Desks
take whoever is in front and let them go after a while; whoever is silent is prompted first, and is
a ghost call unless they knock. Afterwards the list of those nobody spoke with is worked off. The
journal is the judge. What callers hear is measured elsewhere.
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from math import inf
from typing import Any

from msgspec.structs import replace
from switch_room import DEWI, Room, kind_of
from voice_flood_lines import QUIET, VOICES, DeskPage, FloodLine, chorus, spoken
from voice_flood_turns import Turns
from voice_telephone import Telephone

from kentongan.app.ports import Recorded
from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import (
    AnswerCall,
    AnyCommand,
    ClaimCallback,
    DisposeCall,
    EndCall,
    PromptCaller,
)
from kentongan.core.queue import Standing
from kentongan.core.words import Agent, AgentId, CallId, DeskKey, Disposition

PRESENT_S = 2.0
ANSWER_S = 60.0
"""A desk waits so long for an answer: on a busy machine this program itself stands still for longer
than a page would wait. How late the answers came, and how late this program was, is told apart."""
FEEL_S = 0.1
WORK_OFF_S = 60.0
KNOCKS_AGAIN_S = 2.0
DESKS = (
    "desk_1", "desk_2", "desk_3", "desk_4", "desk_5", "dispatch_1", "dispatch_2", "supervisor",
)  # fmt: skip
"""The desks of the city pack; in a flood everybody answers."""

ENDS = ("call.ended", "call.abandoned")

LINES = ("112", "112", "112", "112", "112", "1500132")
"""What callers dial, in turn: the ambulances' old number comes after 112."""


@dataclass(frozen=True)
class Plan:
    """How much, how fast, and who."""

    calls: int
    within_s: float
    desks: int
    talk_s: float
    prank_talk_s: float
    patience_s: tuple[float, float]  # of those who give up
    longest_s: float  # nobody waits longer than this, whoever they are
    prank_share: float = 0.4
    silent_share: float = 0.0
    prompt_s: float = 20.5  # so long a desk listens for knocks: a silent test, and a breath
    silent_hangs_up_s: float = inf  # after the prompt, of those who do not knock
    speaks: bool = False  # whether those who are not silent send a voice; all others send nothing
    abandon_share: float = 0.3
    repeat_share: float = 0.05
    seed: int = 112


@dataclass
class Caller:
    """One who rings: what the room knows of the number, and when they give up, if they do."""

    number: str
    line: str
    at_s: float
    standing: Standing
    gives_up_s: float
    is_silent: bool = False
    knocks: bool = False


@dataclass
class Flood:
    """One run."""

    room: Room
    plan: Plan
    rows: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    order: list[str] = field(default_factory=list[str])
    longest_queue: int = 0
    refused: int = 0
    refused_repeats: int = 0  # of an open P1
    refusals: Counter[str] = field(default_factory=Counter[str])
    gone: set[str] = field(default_factory=set[str])  # silent, answered, over before it was asked
    answers_s: list[float] = field(default_factory=list[float])  # until a desk had its answer
    late_s: list[float] = field(default_factory=list[float])  # this program, each `FEEL_S`
    standings: dict[str, Standing] = field(default_factory=dict[str, Standing])
    _taken: set[str] = field(default_factory=set[str])
    _seen: int = 0
    _is_over: bool = False
    by_number: dict[str, Caller] = field(default_factory=dict[str, Caller])
    _row_of: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    _since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.turns = Turns(self.rows, self.standings)

    async def run(self) -> None:
        """All calls ring, are taken or given up; then the list is worked off."""
        callers = self._callers()
        self.by_number = {caller.number: caller for caller in callers}
        async with Telephone(line_kind=FloodLine) as telephone:
            helpers = self._begun()
            voices = asyncio.create_task(chorus(telephone.lines))
            desks = [asyncio.create_task(self._desk(agent)) for agent in self._agents()]
            rings = [asyncio.create_task(self._ring(telephone, caller)) for caller in callers]
            ringing = asyncio.gather(*rings)
            ringing.add_done_callback(lambda _: setattr(self, "_is_over", True))
            try:  # a desk that fails would leave its callers waiting to the end
                everybody = (*rings, *helpers, *desks)
                await asyncio.wait(everybody, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                self._is_over = True
                ringing.cancel()
                voices.cancel()
                await asyncio.gather(*helpers, *desks)
            await ringing
        await self._work_off()
        self._read()  # the last desks spoke when nobody watched any more

    def _begun(self) -> list[asyncio.Task[None]]:
        """What a web process does all the while."""
        self.room.control.patience_s = ANSWER_S
        return [
            asyncio.create_task(each) for each in (self._watch(), self._present(), self._feel())
        ]

    async def _feel(self) -> None:
        """How late this program is."""
        loop = asyncio.get_running_loop()
        while not self._is_over:
            due = loop.time() + FEEL_S
            await asyncio.sleep(FEEL_S)
            self.late_s.append(loop.time() - due)

    async def _ask(self, command: AnyCommand, agent: Agent) -> dict[str, Any]:
        """A desk's command, and how long its answer took."""
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        answer = await self.room.control.command(command, agent)
        self.answers_s.append(loop.time() - began_at)
        return answer

    def _callers(self) -> list[Caller]:
        chance, plan = random.Random(self.plan.seed), self.plan
        callers: list[Caller] = []
        for index in range(plan.calls):
            is_repeat = chance.random() < plan.repeat_share
            kind = 1.0 if is_repeat else chance.random()
            is_prank = kind < plan.prank_share
            is_silent = plan.prank_share <= kind < plan.prank_share + plan.silent_share
            gives_up = not is_repeat and chance.random() < plan.abandon_share
            patience = chance.uniform(*plan.patience_s) if gives_up else plan.longest_s
            standing = Standing(repeat_of_p1=is_repeat, nuisance=is_prank)
            at_s = chance.uniform(0, plan.within_s)
            knocks = is_silent and index % 2 == 0
            number, line = f"08{index:08d}", LINES[index % len(LINES)]
            callers.append(Caller(number, line, at_s, standing, patience, is_silent, knocks))
        return callers

    def _agents(self) -> list[Agent]:
        return [
            replace(DEWI, id=AgentId(f"dewi-{key}"), desk=DeskKey(key))
            for key in DESKS[: self.plan.desks]
        ]

    async def _ring(self, telephone: Telephone, caller: Caller) -> None:
        await asyncio.sleep(caller.at_s)
        line = await telephone.dial(self.room.centre, caller.line, caller.number)
        assert isinstance(line, FloodLine)
        if caller.is_silent:
            line.say((QUIET,))
        elif self.plan.speaks:
            line.say(spoken(VOICES[int(caller.number) % len(VOICES)]))
        await line.reach("talking", "over", within_s=60)
        if line.state == "over":
            self.refused += 1
            self.refused_repeats += caller.standing.repeat_of_p1
            return
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + caller.gives_up_s
        knocks_at, asked_at = loop.time(), inf
        while line.state != "over":
            row = self._row_of.get(caller.number)
            is_asked = row is not None and row["prompt"] is not None
            if caller.knocks and is_asked and loop.time() > knocks_at:
                line.knock()
                knocks_at = loop.time() + KNOCKS_AGAIN_S
            if is_asked and not caller.knocks:
                asked_at = min(asked_at, loop.time())
                if loop.time() > asked_at + self.plan.silent_hangs_up_s:
                    telephone.hang_up(line)
            is_waiting = row is None or row["state"] in ("offered", "queued")
            if is_waiting and loop.time() > ends_at:
                telephone.hang_up(line)
            await asyncio.sleep(0.2)

    async def _watch(self) -> None:
        """Read what the switch pushes, in its order."""
        while not self._is_over:
            self._read()
            await asyncio.sleep(0.01)

    def _read(self) -> None:
        pushed = self.room.control.pushed
        while self._seen < len(pushed):
            self._take(pushed[self._seen])
            self._seen += 1

    def _take(self, push: dict[str, Any]) -> None:
        if push["event"] == "queue":
            self.order = push["order"]
            self.longest_queue = max(self.longest_queue, len(self.order))
            self.turns.show(self.order, self._seen)
        elif push["event"] == "call":
            row, call = push["row"], push["call"]
            before = self.rows.get(call)
            if before is not None and row["requeued"] > before["requeued"]:
                self._taken.discard(call)  # its desk was too slow: whoever is free takes it
                self.turns.known[call] = self._seen
            self.rows[call] = row
            number = row["number"]["text"]
            self._row_of[number] = row
            if number in self.by_number:
                self.standings.setdefault(call, self.by_number[number].standing)

    async def _present(self) -> None:
        """What a web process says: who is there, and what is known of those who wait."""
        said: set[str] = set()
        due = 0.0
        loop = asyncio.get_running_loop()
        while not self._is_over:
            if set(self.standings) - said or loop.time() >= due:
                said, due = set(self.standings), loop.time() + PRESENT_S
                waiting = {c: s for c, s in self.standings.items() if self._is_waiting(c)}
                await self.room.control.ask(
                    "present",
                    speaker="web",
                    desks=[self._desk_row(agent) for agent in self._agents()],
                    pages=[agent.desk for agent in self._agents()],
                    standings=waiting,
                    awaited=self._awaited(),
                )
                for call in waiting:
                    self.turns.known.setdefault(call, len(self.room.control.pushed))
            await asyncio.sleep(0.05)

    def _awaited(self) -> list[str]:
        """The numbers of an open P1: its first call is on record before the flood begins."""
        callers = self.by_number.values()
        return [caller.number for caller in callers if caller.standing.repeat_of_p1]

    def _is_waiting(self, call: str) -> bool:
        return self.rows[call]["state"] in ("offered", "queued")

    def _desk_row(self, agent: Agent) -> DeskRow:
        assert agent.desk is not None
        return DeskRow(
            key=agent.desk,
            state="on_duty",
            agent=agent.id,
            agent_name=agent.name,
            roles=("call_taker",),
            since=self._since,
        )

    async def _desk(self, agent: Agent) -> None:
        """Take whoever is in front, speak, let go, say what it was; again and again."""
        assert agent.desk is not None
        while not self._is_over:
            taken = await self._take_next(agent, agent.desk)
            if not taken:
                await asyncio.sleep(0.05)
                continue
            page = DeskPage(self.room.control, agent, partial(self._is_ended, taken))
            try:
                await page.join(taken, ANSWER_S)
                was = await self._talk(taken, agent)
                await self._let_go(taken, was, agent)
            finally:
                await page.leave()

    def _is_ended(self, call: str) -> bool:
        return self.rows[call]["state"] == "ended"

    async def _let_go(self, call: str, was: Disposition, agent: Agent) -> None:
        await self._ask(EndCall(call=CallId(call), by="desk"), agent)
        await self._ask(DisposeCall(call=CallId(call), disposition=was), agent)

    async def _talk(self, call: str, agent: Agent) -> Disposition:
        """What the desk makes of it. Whoever says nothing is asked to knock."""
        caller = self.caller_of(call)
        if caller.is_silent and not await self._has_knocked(call, agent):
            return Disposition.GHOST
        is_prank = caller.standing.nuisance
        await asyncio.sleep(self.plan.prank_talk_s if is_prank else self.plan.talk_s)
        return Disposition.PRANK if is_prank else Disposition.INCIDENT

    async def _has_knocked(self, call: str, agent: Agent) -> bool:
        answer = await self._ask(PromptCaller(call=CallId(call)), agent)
        if "events" not in answer:  # gave up in the moment in which the desk answered
            assert answer["refused"] == "call_over", answer
            self.gone.add(call)
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.plan.prompt_s):
                while not (self.rows[call]["keys"] or self._is_ended(call)):
                    await asyncio.sleep(0.05)
        return bool(self.rows[call]["keys"])

    def caller_of(self, call: str) -> Caller:
        """Who rang."""
        return self.by_number[self.rows[call]["number"]["text"]]

    async def _take_next(self, agent: Agent, desk: DeskKey) -> str:
        call = next((call for call in self.order if call not in self._taken), "")
        if not call:
            return ""
        served = self.turns.take(call, self._taken)
        self._taken.add(call)
        answer = await self._ask(AnswerCall(call=CallId(call), desk=desk), agent)
        if "events" in answer:
            self.turns.served.append(served)
            return call
        self.refusals[str(answer.get("refused", answer))] += 1
        return ""

    async def _work_off(self) -> None:
        """Claim and settle everything that is still open."""
        agent = self._agents()[0]
        async with asyncio.timeout(WORK_OFF_S):
            while (await self.room.control.ask("health"))["outbox"]:
                await asyncio.sleep(0.2)
        for call, row in story(self.room.read_journal()).items():
            if "call.disposed" in row:
                continue
            if "call.answered" not in row:
                await self.room.control.command(ClaimCallback(call=CallId(call)), agent)
            settled = DisposeCall(call=CallId(call), disposition=Disposition.CALLED_BACK)
            answer = await self.room.control.command(settled, agent)
            assert "events" in answer, (call, list(row), answer)
        async with asyncio.timeout(WORK_OFF_S):
            while (await self.room.control.ask("health"))["outbox"]:
                await asyncio.sleep(0.2)


def spread(values: Iterable[float]) -> str:
    """Median, 99th percentile and longest, in milliseconds."""
    found = sorted(1000 * value for value in values)
    if not found:
        return "none"
    return (
        f"{found[len(found) // 2]:.0f} / {found[len(found) * 99 // 100]:.0f} / {found[-1]:.0f} ms"
    )


def story(journal: Iterable[Recorded]) -> dict[str, dict[str, datetime]]:
    """Each call's kinds of fact, with the time of the first of each."""
    calls: dict[str, dict[str, datetime]] = {}
    for one in journal:
        kind = kind_of(one)
        if kind.startswith("call."):
            calls.setdefault(one.meta.stream.removeprefix("call:"), {}).setdefault(
                kind, one.meta.at
            )
    return calls
