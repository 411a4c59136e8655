"""The media process: sockets, clock and recorder put together, until it is told to stop.

`run` is what `kentongan serve` starts; `python -m kentongan.media.daemon --settings JSON` runs it
alone. It holds no state that outlives it: the switch knows every call and builds it again on the
same ports.
"""

import argparse
import asyncio
import datetime as dt
import gc
import logging
import secrets
import signal
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from kentongan.media.bridge import Bridge
from kentongan.media.bridges import Bridges, Surroundings
from kentongan.media.clock import TickClock
from kentongan.media.control import AlreadyRunningError, ControlSocket
from kentongan.media.dtls import RETRANSMIT_S, Identity
from kentongan.media.events import EventLog
from kentongan.media.phase import SLOTS
from kentongan.media.priority import go_before_others
from kentongan.media.protocol import AnyEvent
from kentongan.media.record import Recorder
from kentongan.media.settings import MediaSettings
from kentongan.media.web_port import WebPort

SECOND_TICKS: Final = 50
RETRANSMIT_TICKS: Final = round(RETRANSMIT_S * SECOND_TICKS)
_log: Final = logging.getLogger(__name__)


def run(settings: MediaSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `OSError` or `AlreadyRunningError` at the start."""
    if settings.goes_first:
        go_before_others()
    uvloop.run(_until_signalled(settings))


def load() -> None:
    """What a start would import late, for whoever starts processes out of this one (a guard)."""
    Identity(dt.datetime.now(dt.UTC))  # used by nobody: each process makes its own


class MediaDaemon:
    """One process's audio; `start`, then `stop`."""

    def __init__(self, settings: MediaSettings) -> None:
        self._loop = asyncio.get_running_loop()
        self._events = EventLog(secrets.token_hex(8))
        self._clock = TickClock()
        self._recorder = Recorder(self._emit_from_thread)
        self._web_port = WebPort(settings.bind_host, settings.web_port)
        self._bridges = Bridges(
            Surroundings(
                settings=settings,
                recorder=self._recorder,
                web_port=self._web_port,
                identity=Identity(dt.datetime.now(dt.UTC)),
                clock=self._clock,
                events=self._events,
                emit=self._emit,
            )
        )
        self._control = ControlSocket(Path(settings.control_socket), self._bridges.handle)
        self._retransmit_at = 0  # a step of the clock
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the control socket and let the clock run."""
        await self._control.open()
        self._web_port.listen(self._loop)
        self._ticking = asyncio.create_task(self._clock.run(self._step))

    async def stop(self) -> None:
        """End every call's audio, finish the recordings, tell their digests, and close."""
        if self._ticking is not None:
            self._ticking.cancel()
        for bridge in self._bridges:
            self._bridges.destroy(bridge.name)
        if not await asyncio.to_thread(self._recorder.close):
            _log.error("the disk did not take the last seconds of the recordings")
        await asyncio.sleep(0)  # the recorder's last events
        await self._control.close()
        self._web_port.close()

    def _step(self, now: float, number: int) -> int:
        """Mix the calls that are due; the step at which the next ones are."""
        measures = self._control.is_watched
        self._web_port.poll(now)
        following = number - number % SLOTS + SLOTS  # new calls begin there
        for place, bridge in enumerate(self._bridges):
            if bridge.due_step <= number:
                step = bridge.due_step or number
                bridge.due_step = step + SLOTS
                try:
                    bridge.tick(now, measures=measures)
                    if (step // SLOTS + place) % SECOND_TICKS == 0:  # not all in the same tick
                        self._look(bridge, now, now - self._clock.due(step), measures=measures)
                except Exception:  # noqa: BLE001  outermost: one call's fault is not the others'
                    self._clock.fault(f"bridge {bridge.name}")
            following = min(following, bridge.due_step)
        if number >= self._retransmit_at:
            self._retransmit_at = number + RETRANSMIT_TICKS * SLOTS
            self._web_port.retransmit()
        return following

    def _look(self, bridge: Bridge, now: float, behind_s: float, *, measures: bool) -> None:
        bridge.look(now)
        bridge.due_step += bridge.steps_to_move(now, behind_s=behind_s)
        if measures:
            self._control.publish(bridge.levels())

    def _emit(self, event: AnyEvent) -> None:
        self._control.publish(self._events.add(event))

    def _emit_from_thread(self, event: AnyEvent) -> None:
        self._loop.call_soon_threadsafe(self._emit, event)


async def _until_signalled(settings: MediaSettings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    daemon = MediaDaemon(settings)
    await daemon.start()
    gc.collect()
    gc.freeze()  # what the start made stays; the collector need not walk it during calls
    _log.info("media on %s, web port %d", settings.control_socket, settings.web_port)
    await stopped.wait()
    await daemon.stop()


def main() -> None:
    """Read the settings from the command line and serve."""
    parser = argparse.ArgumentParser(description="Run one media process.")
    parser.add_argument("--settings", required=True, help="MediaSettings as JSON")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = msgspec.json.decode(arguments.settings, type=MediaSettings)
    except msgspec.DecodeError as error:
        parser.error(str(error))
    try:
        run(settings)
    except (OSError, AlreadyRunningError) as error:
        raise SystemExit(f"media could not start: {error}") from error


if __name__ == "__main__":
    main()
