"""What is open now, kept in memory and given to every screen as it changes.

A thread follows the board by position, redacts and encodes each changed row once per class of
viewers, and hands finished frames to the event loop, which only queues them. Positions go out
once a second as the heartbeat. If the store is away the screens keep what they have and the
heartbeat goes on; when it is back the thread continues at its position, so nothing is skipped.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from msgspec import structs

from kentongan.app.ports import BoardRow, Unavailable
from kentongan.core.rows import AnyRow, DeskRow
from kentongan.core.words import Agent, AgentId, DeskKey
from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.frames import (
    Bye,
    City,
    Queue,
    Redo,
    Typing,
    resume_text,
    rows_text,
    snapshot_text,
    text_of,
)
from kentongan.edge.web.heartbeat import Audience, Heartbeat
from kentongan.edge.web.held import Held, Key
from kentongan.edge.web.listener import Listener
from kentongan.edge.web.reads import Reads
from kentongan.edge.web.texts import Texts
from kentongan.edge.web.view import Changes, Classes, ShareClass, View, share_class
from kentongan.edge.web.viewer import ROOM
from kentongan.geography import CityShown
from kentongan.store.whole import WholeStore

WAIT_S: Final = 1.0
"""Longest wait for the doorbell, seconds; then positions of other processes are looked at."""

AWAY_PAUSE_S: Final = 1.0
"""Pause before the store is tried again, seconds."""

BATCH_PAUSE_S: Final = 0.03
"""Pause between batches, seconds: a burst of events becomes a few frames instead of hundreds."""

SWEEP_S: Final = 60.0
"""Between two looks for what has been over for long, seconds."""

UNUSED_S: Final = 300.0
"""A view nobody has looked at for so long, seconds, is dropped."""

LISTENERS_MAX: Final = 1_000
"""Screens at one process."""

_log = logging.getLogger(__name__)


class Live:
    """The room's live picture."""

    def __init__(
        self,
        open_store: Callable[[], WholeStore],
        clock: Callable[[], datetime],
        reads: Reads,
        fixes: Fixes,
        texts: Texts,
    ) -> None:
        self._open_store = open_store
        self._clock = clock
        self._reads = reads
        self._fixes = fixes
        self._texts = texts
        self._lock = threading.Lock()  # over held rows and views; never taken on the event loop
        self._stopping = threading.Event()
        self._joining = ThreadPoolExecutor(max_workers=1, thread_name_prefix="joining")
        self._listeners: dict[ShareClass, set[Listener]] = {}
        self._views: dict[ShareClass, View] = {}
        self._classes = Classes()
        self._store: WholeStore | None = None
        self._journal = 0
        self._fix_sequence = 0
        self._swept: set[Key] = set()
        self._thread: threading.Thread | None = None
        self._heart = Heartbeat(fixes, clock, self._heard, lambda: self.seq)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queue = Queue()
        self._city: City | None = None
        self.followers: list[Callable[[frozenset[Key]], None]] = []
        self.newcomers: list[Callable[[Listener], None]] = []
        self.held = Held()
        self.seq = 0
        self.ready = asyncio.Event()
        self.store_away_since: datetime | None = None

    @property
    def listening(self) -> int:
        """How many screens are connected."""
        return sum(len(group) for group in self._listeners.values())

    def start(self) -> None:
        """Begin to follow the board. Call on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._follow, name="tail", daemon=True)
        self._thread.start()
        self._heart.start()

    async def stop(self) -> None:
        """Stop following; the server itself closes the screens (1012, service restart)."""
        self._stopping.set()
        self._heart.stop()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, WAIT_S + 5.0)
        self._joining.shutdown(wait=True)

    async def join(self, listener: Listener, since: int | None) -> bool:
        """Give a screen what it needs to begin, and every change after that.

        False when there are too many screens, or when the board has not been read yet.
        """
        if self.listening >= LISTENERS_MAX or not self.ready.is_set():
            return False
        loop = asyncio.get_running_loop()
        refs = await loop.run_in_executor(self._joining, self._begin, listener, since)
        self._reads.note(listener.agent.id, refs, "live")
        return True

    def leave(self, listener: Listener) -> None:
        """The screen is gone."""
        group = share_class(listener.agent)
        listeners = self._listeners.get(group)
        if listeners is not None:
            listeners.discard(listener)

    def end_session(self, session: str, reason: str = "session_ended") -> None:
        """Say goodbye to the screens of a session."""
        for listener in self._everybody():
            if listener.session == session:
                listener.end(text_of(Bye(reason=reason)))

    def end_others(self, session: str, agent: Agent) -> None:
        """Say goodbye to the screens of a session that show what other rights allowed."""
        group = share_class(agent)
        for listener in self._everybody():
            if listener.session == session and share_class(listener.agent) != group:
                listener.end(text_of(Bye(reason="session_ended")))

    def end_agent(self, agent: AgentId) -> None:
        """Say goodbye to all screens of an agent."""
        for listener in self._everybody():
            if listener.agent.id == agent:
                listener.end(text_of(Bye(reason="session_ended")))

    def agents(self) -> dict[AgentId, Agent]:
        """Agents with an open screen at this process."""
        return {listener.agent.id: listener.agent for listener in self._everybody()}

    def windows(self) -> frozenset[str]:
        """The names of the windows that are connected to this process."""
        return frozenset(listener.page for listener in self._everybody() if listener.page)

    def desk_of(self, agent: AgentId) -> DeskKey | None:
        """The desk where the agent is on duty."""
        for held in self.held.of_kind("desk"):
            if isinstance(held.row, DeskRow) and held.row.agent == agent:
                return held.row.key
        return None

    def at_desk(self, agent: Agent) -> Agent:
        """The agent with the desk where they are on duty, whatever they say themselves."""
        return structs.replace(agent, desk=self.desk_of(agent.id))

    def audiences(self) -> list[tuple[Agent, set[Listener]]]:
        """The screens by what they may see; the agent stands for its class."""
        groups = ((self._views.get(group), all_) for group, all_ in self._listeners.items())
        return [(view.viewer, listeners) for view, listeners in groups if view and listeners]

    def sessions(self) -> set[str]:
        """Digests of the sessions with an open screen."""
        return {listener.session for listener in self._everybody()}

    def redo(self, call: str, desk: str) -> None:
        """Ask the page of whoever sits at the desk to offer its audio again."""
        row = self.held.find("desk", desk)
        if not isinstance(row, DeskRow) or row.agent is None:
            return
        frame = text_of(Redo(call=call))
        for listener in self._everybody():
            if listener.agent.id == row.agent:
                listener.put(frame)

    def tell(self, frame: Typing, keep: Callable[[Agent], bool]) -> None:
        """A frame that may be lost, to some."""
        text = text_of(frame)
        for listener in self._everybody():
            if keep(listener.agent):
                listener.put(text)

    def set_queue(
        self,
        *,
        order: tuple[str, ...] | None = None,
        nuisance: tuple[str, ...] | None = None,
        repeat: tuple[str, ...] | None = None,
    ) -> None:
        """Tell the room's screens who waits in which order; what is None stays as it was."""
        before = self._queue
        self._queue = Queue(
            order=before.order if order is None else order,
            nuisance=before.nuisance if nuisance is None else nuisance,
            repeat=before.repeat if repeat is None else repeat,
        )
        if self._queue == before:
            return
        frame = text_of(self._queue)
        for listener in self._everybody():
            if listener.agent.has(*ROOM):
                listener.put(frame)

    def set_city(self, city: CityShown) -> None:
        """Tell every screen which map is in use, when that is news."""
        if self._city is not None and self._city.city == city:
            return
        self._city = City(city=city)
        frame = text_of(self._city)
        for listener in self._everybody():
            listener.put(frame)

    # --- on the tail thread -------------------------------------------------------------------

    def _follow(self) -> None:
        """Outermost loop of the thread: whatever happens, it goes on."""
        swept_at = self._clock()
        while not self._stopping.is_set():
            try:
                self._step()
                now = self._clock()
                if (now - swept_at).total_seconds() >= SWEEP_S:
                    swept_at = now
                    self._sweep(now)
                self.store_away_since = None
            except Unavailable:
                self._away()
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("following the board failed; trying again")
                self._away()

    def _away(self) -> None:
        if self.store_away_since is None:
            self.store_away_since = self._clock()
        self._stopping.wait(AWAY_PAUSE_S)

    def _step(self) -> None:
        """Wait for the doorbell, then publish what changed."""
        store = self._opened()
        if self.ready.is_set():
            store.wait(self._journal, WAIT_S)
        last = store.last_position()
        if last > self._journal or not self.ready.is_set():
            changed = store.rows(after=self.held.position)
            self._take(changed, last)
            self._journal = max(last, self.held.position)
            self._stopping.wait(BATCH_PAUSE_S)
        self._read_fixes(store)

    def _opened(self) -> WholeStore:
        if self._store is None:
            self._store = self._open_store()
        return self._store

    def _take(self, changed: Iterable[BoardRow], last: int) -> None:
        now = self._clock()
        with self._lock:
            previous = self.seq
            affected = self.held.put(changed, now) | self._swept
            self._swept = set()
            self.seq = max(last, self.held.position, previous)
            self.held.position = self.seq
            frames = {
                group: view.update(affected, self.seq, now) for group, view in self._views.items()
            }
            self._on_loop(self._tell_followers, frozenset(affected))
            self._on_loop(self._publish, frames, self.seq, previous, now)

    def _read_fixes(self, store: WholeStore) -> None:
        found = store.fixes(self._fix_sequence)
        if found:
            self._fix_sequence = max(fix.sequence for fix in found)
            self._on_loop(self._fixes.take, found)

    def _sweep(self, now: datetime) -> None:
        """What time alone hides, and what was erased, goes out with the next batch."""
        with self._lock:
            refs = frozenset[str]().union(*(view.refs for view in self._views.values()))
        erased = self._texts.erased(self._opened(), refs)
        with self._lock:
            self._swept |= self.held.sweep(now)
            for group, view in self._views.items():
                self._swept.update(view.without(erased))
                if group.unit is not None:
                    self._swept.update(view.aging())
            self._drop_unused()

    def _drop_unused(self) -> None:
        """Views nobody looks at cost work with every event."""
        now = self._clock()
        for group, view in list(self._views.items()):
            unused_s = (now - view.used_at).total_seconds()
            if not self._listeners.get(group) and unused_s > UNUSED_S:
                del self._views[group]

    def _on_loop(self, run: Callable[..., object], *arguments: object) -> None:
        if self._loop is not None and not self._stopping.is_set():
            self._loop.call_soon_threadsafe(run, *arguments)

    # --- on the joining thread ----------------------------------------------------------------

    def _begin(self, listener: Listener, since: int | None) -> frozenset[str]:
        """Queue the first frame and enlist the screen, with no batch in between."""
        now = self._clock()
        group = share_class(listener.agent)
        with self._lock:
            view = self._views.get(group)
            if view is None:
                view = View(listener.agent, self.held, self._encode, now)
                view.fill(now)
                self._views[group] = view
            view.used_at = now
            since = -1 if since is None else since
            resumes = self._classes.can_resume(listener.session, group, since, self.seq)
            missed = view.rows_since(since) if resumes else None
            if missed is not None:
                frame = resume_text(self.seq, now, missed)
            else:
                frame = snapshot_text(self.seq, now, listener.agent, view.all_rows())
            self._on_loop(self._enlist, group, listener, frame)
            return view.refs

    def _encode(self, row: AnyRow, position: int, masks: bool) -> tuple[str, frozenset[str]]:
        return self._texts.row_json(self._opened(), row, position, masks=masks)

    # --- on the event loop --------------------------------------------------------------------

    def _enlist(self, group: ShareClass, listener: Listener, frame: str) -> None:
        listener.begin(frame)
        if self._queue.order and listener.agent.has(*ROOM):
            listener.put(text_of(self._queue))
        if self._city is not None:
            listener.put(text_of(self._city))
        for greet in self.newcomers:
            greet(listener)
        self._listeners.setdefault(group, set()).add(listener)

    def _publish(
        self, changes: dict[ShareClass, Changes], seq: int, previous: int, now: datetime
    ) -> None:
        empty = rows_text(seq, previous, now, ())
        for group, listeners in self._listeners.items():
            change = changes.get(group)
            rows = change.rows if change is not None else ()
            frame = rows_text(seq, previous, now, rows) if rows else empty
            for listener in listeners:
                listener.put(frame)
                if change is not None and change.refs:
                    self._reads.note(listener.agent.id, change.refs, "live")
        self.ready.set()

    def _tell_followers(self, affected: frozenset[Key]) -> None:
        for follow in self.followers:
            follow(affected)

    def _heard(self) -> Iterable[Audience]:
        """The screens with a view, and the units whose positions they may know."""
        for group, listeners in self._listeners.items():
            view = self._views.get(group)
            if listeners and view is not None:
                yield listeners, view.units

    def _everybody(self) -> list[Listener]:
        return [listener for group in self._listeners.values() for listener in group]
