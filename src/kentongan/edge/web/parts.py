"""The running parts of the web process, started and stopped together."""

import asyncio
import logging
from typing import Any, Final

from argon2 import PasswordHasher

from kentongan.app.ports import Unavailable
from kentongan.core.rows import CallRow
from kentongan.edge.web.aml_calls import AmlCalls
from kentongan.edge.web.arrivals import ArrivalWatch
from kentongan.edge.web.avl_feed import AvlFeed
from kentongan.edge.web.awaited import Awaited
from kentongan.edge.web.calls import SwitchCalls
from kentongan.edge.web.city_in_use import CityInUse
from kentongan.edge.web.disk import DiskWatch
from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.frames import Typing
from kentongan.edge.web.geography_feed import GeographyFeed
from kentongan.edge.web.intake import Intake
from kentongan.edge.web.jobs import Jobs
from kentongan.edge.web.lag import LagMeter
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.edge.web.letters import frame_of, hears
from kentongan.edge.web.live import Live
from kentongan.edge.web.losses import Losses
from kentongan.edge.web.pack_library import PackLibrary
from kentongan.edge.web.ports import WebDependencies
from kentongan.edge.web.presence import Presence
from kentongan.edge.web.promise_watch import PromiseWatch
from kentongan.edge.web.reads import Reads
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.edge.web.sessions import Sessions
from kentongan.edge.web.stillness import Stillness
from kentongan.edge.web.switch_calls import OVER
from kentongan.edge.web.switches import Switches, ways_to
from kentongan.edge.web.texts import Texts
from kentongan.edge.web.tickets import Tickets
from kentongan.edge.web.unread import UnreadFields
from kentongan.edge.web.unrecorded import Unrecorded
from kentongan.edge.web.uploads import Uploads
from kentongan.media.archive import Archive

LOOK_EVERY_S: Final = 1.0
"""Between two looks at the sessions of open screens and at the store, seconds."""

_log = logging.getLogger(__name__)


class Parts:
    """Everything a route may need."""

    def __init__(self, given: WebDependencies, hasher: PasswordHasher | None = None) -> None:
        self.given = given
        self.lanes = Lanes(given.open_store)
        self.sessions = Sessions(self.lanes, given.clock, hasher)
        self.texts = Texts(given.clock)
        self.reads = Reads(self.lanes, given.clock)
        self.fixes = Fixes()
        self.live = Live(given.open_store, given.clock, self.reads, self.fixes, self.texts)
        self.city = CityInUse(given, self.lanes, self.live)
        self.pack_library = PackLibrary(given.pack_directory)
        self.intake = Intake(self.lanes, self.fixes, given.clock, given.bounds)
        self.avl = AvlFeed(given.avl_socket, self.fixes)
        self.arrivals = ArrivalWatch(self.live, self.fixes, self.city, given.clock)
        ways = ways_to(given.other_switches)
        self.switch = Switches(given.switch_socket, ways, self._pushed, self._is_open)
        self.unrecorded = Unrecorded(self.live, given.clock)
        self.stillness = Stillness(self.live, self.lanes, given.clock)
        self.calls = SwitchCalls(self.live, self.unrecorded, given.clock)
        self.aml = AmlCalls(self.lanes, self.live, self.texts, self.switch)
        self.feed = GeographyFeed(
            self.live.held, given.geography, self.lanes, self.texts, given.clock
        )
        self.live.followers.append(self.feed.changed)
        awaited = Awaited(self.live, self.calls, self.lanes, self.texts)
        self.presence = Presence(
            self.live, self.switch, self.lanes, self.texts, awaited, given.clock
        )
        self.archive = Archive(given.recordings_dir, given.recording_key)
        self.tickets = Tickets(given.clock)
        self.unread = UnreadFields()
        self.disk = DiskWatch(self.archive, given.disk_state)
        self.lag = LagMeter()
        names = {one.code: one.name for one in given.pack.kelurahan}
        self.roads = RoadTurns(self.live.held)
        self.live.followers.append(self.roads.changed)
        self.losses = Losses(given.geography, names, self.roads)
        self.promises = PromiseWatch(
            self.live, self.fixes, self.lanes, self.city, given.geography, self.roads, given.clock
        )
        self.jobs = Jobs(given.run_beside, given.clock)
        self.uploads = Uploads(given.uploads_dir, given.clock)
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start everything; the first rows may still be on their way."""
        self.lag.start()
        self.disk.start()
        self.live.start()
        self.reads.start()
        self.intake.start()
        self.avl.start()
        self.switch.start()
        self.given.geography.start()
        self.feed.start()
        self.presence.start()
        self.promises.start()
        self._watch = asyncio.create_task(self._look(), name="look")

    async def stop(self) -> None:
        """Stop everything in an order that loses nothing."""
        if self._watch is not None:
            self._watch.cancel()
        self.lag.stop()
        if self.given.backups is not None:
            self.given.backups.stop()
        self.losses.stop()
        self.promises.stop()
        self.jobs.stop()
        self.uploads.stop()
        self.disk.stop()
        await self.presence.stop()
        await self.live.stop()
        await self.switch.stop()
        await self.feed.stop()
        await self.given.geography.stop()
        await self.avl.stop()
        await self.intake.stop()
        await self.reads.stop()
        self.sessions.close()
        await asyncio.to_thread(self.lanes.close)

    def _is_open(self, call: str) -> bool | None:
        """Whether the record has that call as one that goes on; None when it has not got it."""
        row = self.live.held.find("call", call)
        return row.state not in OVER if isinstance(row, CallRow) else None

    def _pushed(self, line: dict[str, Any]) -> None:
        if line.get("event") == "call":
            self.calls.take(line.get("row") or {})
        elif line.get("event") == "redo":
            self.live.redo(str(line.get("call", "")), str(line.get("desk", "")))
        elif line.get("event") == "unrecorded":
            self.unrecorded.hear(is_behind=bool(line.get("is_behind")))
            self.calls.tick()
        elif line.get("event") == "typing":
            self._typed(frame_of(line))
        elif line.get("event") == "queue":
            self.live.set_queue(order=tuple(map(str, line.get("order") or ())))

    def _typed(self, frame: Typing) -> None:
        """An unfinished line, for who hears the call."""
        row = self.calls.find(frame.call) or self.live.held.find("call", frame.call)
        if isinstance(row, CallRow):
            self.live.tell(frame, lambda agent: hears(row, agent))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                self.uploads.forget()
                self.jobs.forget()
                self.unrecorded.tick()
                self.calls.tick()
                await self.stillness.look()
                await self.city.look()
                await self.aml.look(self.given.clock())
                self.arrivals.look()
                self.feed.look()
                self.live.set_city(self.given.geography.city())
                await self.check_screens()
            except (Unavailable, Overfull):
                continue
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("looking after the open screens failed")

    async def check_screens(self) -> None:
        """End the screens whose session is over or whose agent got other rights.

        An open screen keeps its session from idling.
        """
        for digest in self.live.sessions():
            found = await self.sessions.find_digest(digest)
            if found is None:
                self.live.end_session(digest)
            else:
                self.live.end_others(digest, found.agent)
