"""States for a reader of the journal: each event with its stream as it was right after it.

A reader sees every stream's events in order, so the state it needs next is nearly always the one
it has plus one event. It is a memory of what was read, not a source of truth: forgotten at the
limit and at every start, and folded anew from the store when it does not fit the event.
"""

from collections import OrderedDict

from kentongan.app.ports import Recorded, Store
from kentongan.core.streams import AnyState, evolve, fold

STATES_MAX = 2_000
"""Streams remembered at once: more than are open in a city on its worst day, about 20 MB."""


class States:
    """The latest states of the streams a reader has met."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, tuple[int, AnyState]] = OrderedDict()

    def after(self, recorded: Recorded) -> AnyState:
        """The state of the event's stream, folded up to and including the event."""
        stream, version = recorded.meta.stream, recorded.meta.version
        known = self._known.get(stream)
        if known is not None and known[0] == version:
            return known[1]
        if known is not None and known[0] == version - 1:
            state = evolve(known[1], recorded.event, recorded.meta)
        else:
            state = self._folded(stream, version)
        self._remember(stream, version, state)
        return state

    def _folded(self, stream: str, version: int) -> AnyState:
        history = self._store.load(stream)[:version]
        return fold(stream, [(recorded.event, recorded.meta) for recorded in history])

    def _remember(self, stream: str, version: int, state: AnyState) -> None:
        self._known[stream] = (version, state)
        self._known.move_to_end(stream)
        if len(self._known) > STATES_MAX:
            self._known.popitem(last=False)
