"""The process that has the roads and names: answers on a Unix socket until it is told to stop.

The event loop only reads and writes lines. Three threads work: one on what somebody waits for
(journeys, ways, names), one on what a list of units weighs (coverage without shapes), one on what
is only drawn (coverage with shapes, a second of work), so that a map never delays either.
It holds no truth: closures and aliases come from those who follow the record, and everything else
is on disk. Whatever comes in, the line is answered or closed and the process goes on.
"""

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.cities.pack import CityPack
from kentongan.core.references import CLOSURES_MAX
from kentongan.edge.geo.network.profiles import Profile, SirenRules
from kentongan.edge.geo.served import protocol
from kentongan.edge.geo.served.answering import Refusal, answer, checked
from kentongan.edge.geo.served.keeper import CityKeeper
from kentongan.edge.geo.served.line import Line
from kentongan.edge.geo.served.protocol import (
    AliasesTold,
    Answered,
    CityTold,
    ClosuresTold,
    CoverageWanted,
    Failed,
    JourneysAsked,
    Question,
    Said,
)
from kentongan.edge.geo.served.told import Tellers
from kentongan.geography import Start

Work = Callable[[], Answered | None]

LEAVE_S: Final = 1.0
"""How long the end waits for whoever does not read before its line is cut, seconds."""

_log = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(Said).decode


class _Numbered(Struct):
    n: int = 0


class GeographyServer:
    """Answers about one city pack. `data` has the cities, `offset` is the city's clock from UTC,
    `rules` what a siren may do there, `prepare` the command that makes what is missing."""

    def __init__(
        self,
        pack: CityPack,
        offset: timedelta,
        data: Path,
        rules: Mapping[Profile, SirenRules],
        prepare: tuple[str, ...] = (),
    ) -> None:
        """Raises `ImportRefused` for a pack whose key names no folder."""
        self._tellers = Tellers()
        self._keeper = CityKeeper(data, pack, offset, rules, self._tellers, prepare, self._changed)
        self._quick = ThreadPoolExecutor(max_workers=1, thread_name_prefix="quick")
        self._weighed = ThreadPoolExecutor(max_workers=1, thread_name_prefix="weighed")
        self._drawn = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawn")
        self._free = list(range(protocol.LINES_MAX))
        self._lines: set[Line] = set()
        self._serving: set[asyncio.Task[object]] = set()
        self._waiting = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, path: Path) -> None:
        """Answer there until SIGTERM or SIGINT. Raises `OSError` when nobody can listen there."""
        self._loop = asyncio.get_running_loop()
        stopping = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(sign, stopping.set)
        server = await asyncio.start_unix_server(
            self._serve, sock=_listening(path), limit=protocol.LINE_BYTES_MAX
        )
        self._keeper.start()
        _log.info("the geography answers at %s", path)
        await stopping.wait()
        server.close()
        self._keeper.stop()
        await self._close_lines()
        for pool in (self._quick, self._weighed, self._drawn):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _close_lines(self) -> None:
        """Each line's task ends by itself: one that is cancelled leaves a trace in the log."""
        for end in (Line.close, Line.cut):
            for line in list(self._lines):
                end(line)
            if self._serving:
                await asyncio.wait(self._serving, timeout=LEAVE_S)

    # --- lines -------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._free:
            Line(-1, writer).say(Failed(n=0, why="too_many", text="too many lines are open"))
            writer.close()
            return
        line = Line(self._free.pop(), writer)
        self._lines.add(line)
        if (task := asyncio.current_task()) is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        try:
            self._say_city(line)
            await self._listen(line, reader)
        except OSError:  # it went away in the middle of a word
            pass
        finally:
            self._leave(line)

    async def _listen(self, line: Line, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                said = await reader.readline()
            except ValueError:  # longer than any line may be: where the next begins nobody knows
                line.say(Failed(n=0, why="bad_line", text=f"over {protocol.LINE_BYTES_MAX} bytes"))
                return
            if not said or line.is_closed:
                return
            try:
                self._take(line, _decode(said))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                line.say(Failed(n=_number(said), why="bad_line", text=str(error)[:200]))
                line.bad += 1
                if line.bad >= protocol.BAD_LINES_MAX:
                    return

    def _leave(self, line: Line) -> None:
        self._lines.discard(line)
        self._tellers.closed(line.key)
        line.close()

        def forgotten(_done: object) -> None:
            self._free.append(line.number)

        with contextlib.suppress(RuntimeError):  # all of it ends
            self._work(self._quick, lambda: self._forget(line)).add_done_callback(forgotten)

    def _forget(self, line: Line) -> None:
        city = self._keeper.city
        if city is not None and city.driving is not None:
            for asker in line.askers:
                city.driving.forget(asker)

    def _changed(self) -> None:
        """The keeper's thread says that the city changed."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._say_city_to_all)

    def _say_city_to_all(self) -> None:
        for line in list(self._lines):
            self._say_city(line)

    def _say_city(self, line: Line) -> None:
        shown = self._keeper.shown()
        if shown is not None:
            line.say(CityTold(city=shown[0], tiles=shown[1]))

    # --- what is said ------------------------------------------------------------------------

    def _take(self, line: Line, said: Said) -> None:
        if isinstance(said, ClosuresTold):
            if len(said.closures) > CLOSURES_MAX:
                line.say(Failed(n=0, why="too_many", text=f"{len(said.closures)} closures"))
                return
            self._tellers.closures(line.key, said.closures)
        elif isinstance(said, AliasesTold):
            if len(said.aliases) > protocol.ALIASES_MAX:
                line.say(Failed(n=0, why="too_many", text=f"{len(said.aliases)} aliases"))
                return
            self._tellers.aliases(line.key, said.aliases)
        else:
            self._ask(line, said)

    def _ask(self, line: Line, question: Question) -> None:
        try:
            checked(question)
            starts = line.starts_of(question) if isinstance(question, JourneysAsked) else ()
            if self._waiting >= protocol.WAITING_MAX:
                raise Refusal("busy", f"{self._waiting} questions wait")
        except Refusal as refusal:
            line.say(refusal.to(question))
            return
        self._waiting += 1
        asked_at = time.monotonic()
        future = self._work(
            self._pool_for(question), lambda: self._answer(line, question, starts, asked_at)
        )
        future.add_done_callback(lambda done: self._answered(line, done))

    def _pool_for(self, question: Question) -> ThreadPoolExecutor:
        if not isinstance(question, CoverageWanted):
            return self._quick
        return self._drawn if question.asked.with_shapes else self._weighed

    def _work(self, pool: ThreadPoolExecutor, work: Work) -> "asyncio.Future[Answered | None]":
        return asyncio.get_running_loop().run_in_executor(pool, work)

    def _answered(self, line: Line, done: "asyncio.Future[Answered | None]") -> None:
        self._waiting -= 1
        if not done.cancelled() and (found := done.result()) is not None:
            line.say(found)

    def _answer(
        self, line: Line, question: Question, starts: tuple[Start, ...], asked_at: float
    ) -> Answered | None:
        """On a working thread; whatever goes wrong is an answer, too."""
        if line.is_closed:
            return None
        try:
            if time.monotonic() - asked_at > protocol.LATE_S:
                raise Refusal("late", "it waited too long")
            city = self._keeper.city
            if city is None:
                raise Refusal("loading", "no names are loaded yet")
            return answer(question, starts, city, self._tellers.now, line.askers)
        except Refusal as refusal:
            return refusal.to(question)
        except Exception as error:  # noqa: BLE001 - outermost of the thread: told, then on
            _log.exception("a question could not be answered: %s", type(question).__name__)
            return Failed(n=question.n, why="broken", text=type(error).__name__)


def _listening(path: Path) -> socket.socket:
    """A socket at that path for us alone; what a killed process left there is taken away."""
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    path.chmod(0o600)
    return made


def _number(said: bytes) -> int:
    """The number of a question that could not be read, so that nobody waits for it; 0 if none."""
    try:
        return max(0, msgspec.json.decode(said, type=_Numbered).n)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0
