"""The calls in hand: what each one's facts say, and what a command adds to them.

The rules are `core`'s; here they run on facts that this process alone writes, so they can go on
while the store is away. Everything that changed is collected for one commit to the spool, and
nothing may be said to anybody before that commit. No clock and no network.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final, cast

from msgspec import Struct
from msgspec.structs import replace

from kentongan.core import streams
from kentongan.core.commands import Envelope
from kentongan.core.context import Context
from kentongan.core.events import CallEvent
from kentongan.core.plans import Plans
from kentongan.core.rows import AnyRow, CallRow
from kentongan.core.words import Agent, AgentId, CallId, EventId, Meta, Role
from kentongan.edge.switch.record import Fact, SealedSegment, SpooledCall
from kentongan.edge.switch.spool import Change, SavedDialog
from kentongan.store.tables import KeyLine

OVER_MAX: Final = 1_000
"""Calls kept here that are over, for who still asks about them; of more the spool alone knows. A
minute of a disaster has so many, and a trunk gone mad any number."""

SWITCH = Agent(id=AgentId("switch"), name="Switch", roles=(Role.SYSTEM,))
"""Who acts when a telephone does something."""


class Moment(Struct, frozen=True):
    """Now: `now` in seconds on a clock that never goes back, `at` for people (UTC)."""

    now: float
    at: datetime


class Ledger:
    """Calls by id, with their state. Not safe for threads."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans
        self._calls: dict[CallId, SpooledCall] = {}
        self._states: dict[CallId, streams.AnyState] = {}
        self._in_hand: dict[CallId, None] = {}  # those that are not over
        self._changed: dict[CallId, None] = {}
        self._dialogs: dict[str, SavedDialog] = {}
        self._posts: list[tuple[datetime, CallId, Envelope]] = []
        self._keys: list[KeyLine] = []

    def adopt(self, calls: Iterable[SpooledCall]) -> None:
        """Take over what the spool remembers. Facts that no rule allows raise as the rules do."""
        for call in calls:
            stream = f"call:{call.id}"
            state = streams.fold(stream, [(fact.event, fact.meta) for fact in call.facts])
            if not call.facts:
                raise ValueError("a call without facts")
            self._states[call.id] = state
            self._remember(call)

    def __iter__(self) -> Iterator[SpooledCall]:
        return iter(list(self._calls.values()))

    def get(self, call: CallId) -> SpooledCall:
        """That call; `KeyError` when it is not in hand."""
        return self._calls[call]

    def find(self, call: CallId) -> SpooledCall | None:
        """That call, or None when it is not in hand."""
        return self._calls.get(call)

    def row(self, call: CallId) -> CallRow:
        """The call as a screen shows it."""
        return cast(CallRow, streams.rows_of(self._states[call])[0])

    def find_row(self, kind: str, key: str) -> AnyRow | None:
        """The row of a call in hand; the switch knows no other kind."""
        call = CallId(key)
        return self.row(call) if kind == "call" and call in self._calls else None

    def open(self, call: SpooledCall) -> None:
        """A new call; it has no facts yet."""
        self._states[call.id] = streams.initial(f"call:{call.id}")
        self.put(call)

    def put(self, call: SpooledCall) -> None:
        """What the switch knows of a call beside its facts has changed."""
        self._remember(call)
        self._changed[call.id] = None

    def at_rest(self) -> tuple[CallId, ...]:
        """Calls that are over, more than are kept here, oldest first: their spool has them whole.

        One that changed since the last commit, or whose recording is still awaited, stays.
        """
        over = [call for call in self._calls.values() if call.is_over]
        surplus = max(0, len(over) - OVER_MAX)
        settled = (c.id for c in over if c.has_all_recordings and c.id not in self._changed)
        return tuple(islice(settled, surplus))

    def in_hand(self) -> Iterator[SpooledCall]:
        """Calls that are not over."""
        return iter([self._calls[call] for call in self._in_hand])

    def count_in_hand(self) -> int:
        """How many are not over."""
        return len(self._in_hand)

    def _remember(self, call: SpooledCall) -> None:
        self._calls[call.id] = call
        if call.is_over:
            self._in_hand.pop(call.id, None)
        else:
            self._in_hand[call.id] = None

    def add_segment(self, call: CallId, segment: SealedSegment) -> None:
        """A segment is about to be recorded: its key goes to the spool, and on to the store."""
        known = self._calls[call]
        self.put(
            replace(
                known,
                recordings=(*known.recordings, segment.name),
                keys=(*known.keys, segment),
            )
        )
        self._keys.append(
            KeyLine(segment.key_id, call, segment.name, segment.made_at, segment.sealed)
        )

    def keep_dialog(self, dialog: SavedDialog) -> None:
        """A SIP dialog changed or is over."""
        self._dialogs[dialog.key] = dialog

    def act(self, call: CallId, envelope: Envelope, at: datetime) -> tuple[CallEvent, ...]:
        """What a command leads to. Raises `Refused`; the same command id leads to it only once."""
        known = self._calls[call]
        repeated = [fact.event for fact in known.facts if fact.command == envelope.id]
        if repeated:
            return tuple(repeated)
        context = Context(agent=envelope.agent, at=at, plans=self._plans)
        state = self._states[call]
        events = cast(tuple[CallEvent, ...], streams.decide(envelope.command, state, context))
        facts = list(known.facts)
        for event in events:
            fact = _fact(event, envelope, version=len(facts) + 1, call=call, at=at)
            facts.append(fact)
            state = streams.evolve(state, event, fact.meta)
        if events:
            self._states[call] = state
            self.put(replace(known, facts=tuple(facts)))
            self._posts.append((at, call, envelope))
        return events

    def take_change(self) -> Change | None:
        """What changed since the last time, for the spool; None for nothing."""
        if not (self._changed or self._dialogs or self._posts or self._keys):
            return None
        change = Change(
            calls=tuple(self._calls[call] for call in self._changed if call in self._calls),
            dialogs=tuple(self._dialogs.values()),
            posts=tuple(self._posts),
            keys=tuple(self._keys),
        )
        self._changed, self._dialogs, self._posts, self._keys = {}, {}, [], []
        return change

    def put_back(self, change: Change) -> None:
        """The spool could not take it: it will be part of the next change."""
        for call in change.calls:
            self._changed[call.id] = None
        self._dialogs = {dialog.key: dialog for dialog in change.dialogs} | self._dialogs
        self._posts = [*change.posts, *self._posts]
        self._keys = [*change.keys, *self._keys]

    def forget(self, call: CallId) -> None:
        """The call is over and everything about it was delivered."""
        self._calls.pop(call, None)
        self._in_hand.pop(call, None)
        self._states.pop(call, None)
        self._changed.pop(call, None)


def _fact(
    event: CallEvent, envelope: Envelope, *, version: int, call: CallId, at: datetime
) -> Fact:
    stream = f"call:{call}"
    meta = Meta(
        event_id=EventId(f"{stream}#{version}"),
        stream=stream,
        version=version,
        position=0,  # the journal's; the switch needs none
        at=at,
        recorded_at=at,
        agent=envelope.agent.id,
        agent_name=envelope.agent.name,
        because=envelope.because,
    )
    return Fact(event=event, meta=meta, command=envelope.id)
