"""The simulated city as a process: crews and officers by the clock, callers on request, and whoever
picks up when the room rings an agency, a hospital or a caller who was cut off.

In a demo it starts the first call by itself when somebody begins duty at a desk for the first time,
so that a newcomer hears the telephone ring within seconds; in a training room nothing rings before
the trainer says so. Its socket takes one JSON line a request:
`{"do": "scenario", "key": "medical"}` → `{"outcome": "started"}` or `{"outcome": "unknown"}`.
"""

import asyncio
import contextlib
import logging
import signal
from datetime import datetime

import msgspec

from kentongan.app.city import plans_of
from kentongan.app.ports import Unavailable
from kentongan.cities.pack import CityPack
from kentongan.core.rows import DeskRow
from kentongan.demo.answerers import Answerers
from kentongan.demo.callers import Callers
from kentongan.demo.crews import Crews
from kentongan.demo.officers import Officers
from kentongan.demo.trainer import Trainer
from kentongan.serve.wiring import load_pack, pack_directory, utc_now
from kentongan.settings import Settings
from kentongan.sip.address import Address
from kentongan.store.open import open_store

STEP_S = 0.5
"""How often crews and officers look at the board; positions go out as often."""

FIRST_SCENARIO = "medical"
"""What rings first for a newcomer."""

FIRST_LINE_BYTES_MAX = 4_096
"""Longest request on the socket."""

_log = logging.getLogger(__name__)


class People:
    """Crews and officers, stepped on a thread of their own so that telephones never wait."""

    def __init__(
        self, settings: Settings, pack: CityPack, callers: Callers, speed_up: float
    ) -> None:
        self._store = open_store(settings.store_url)
        plans = plans_of(pack)
        self._crews = Crews(self._store, plans, pack, speed_up)
        self._officers = Officers(self._store, plans)
        self.trainer = Trainer(self._store, plans, callers, self._crews)
        self._has_greeted = self._anybody_on_duty()

    def step(self, now: datetime) -> bool:
        """One look at the board; True once, when the first desk has begun duty."""
        try:
            self._crews.step(now, is_held=self.trainer.is_held)
            if not self.trainer.is_held:
                self._officers.step(now)
            if not self._has_greeted and self._anybody_on_duty():
                self._has_greeted = True
                return True
        except Unavailable as away:
            _log.warning("%s is away", away.who)
        return False

    def _anybody_on_duty(self) -> bool:
        return any(
            isinstance(found.row, DeskRow) and found.row.state == "on_duty"
            for found in self._store.rows("desk")
        )


def run_world(settings: Settings, speed_up: float) -> int:
    """Simulate until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(_run(settings, speed_up))
    return 0


async def _run(settings: Settings, speed_up: float) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopping.set)
    pack = load_pack(settings)
    centre = Address(settings.sip.listen_hosts[0], settings.sip.port)
    callers = Callers(pack, pack_directory(settings), centre.host, centre.port)
    answerers = Answerers(pack, pack_directory(settings), centre)
    await callers.open()
    await answerers.open(settings.sip.all_trunks(training=True)[0].sip_port)
    people = People(settings, pack, callers, speed_up)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, msgspec.DecodeError):
            request = msgspec.json.decode(await reader.readline(), type=dict[str, str])
            answer = people.trainer.order(request, utc_now())
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
        writer.close()

    settings.world_socket.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(
        serve, str(settings.world_socket), limit=FIRST_LINE_BYTES_MAX
    )
    async with server:
        while not stopping.is_set():
            if await asyncio.to_thread(people.step, utc_now()) and settings.demo:
                callers.start(FIRST_SCENARIO)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), STEP_S)
    await callers.close()
    await answerers.close()
