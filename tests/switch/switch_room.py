"""A switch in tests: the real process, with a real media process and a real store beside it.

`Room` is also the other end of the control socket: what `web` would ask and be told.
"""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self

import msgspec
import switch_nursery
from media_peers import WebPeer

from kentongan.app.city import plans_of
from kentongan.app.ports import Recorded
from kentongan.cities.pack import load, packaged
from kentongan.core.commands import AnswerCall, AnyCommand, Envelope
from kentongan.core.events import RecordingKept
from kentongan.core.plans import Plans
from kentongan.core.words import Agent, AgentId, CallId, CommandId, DeskKey, Role
from kentongan.edge.caller.phone import Phone
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.media.archive import Archive
from kentongan.media.seal_read import Reading
from kentongan.sip.address import Address, Transport
from kentongan.store.open import open_store

DEWI = Agent(id=AgentId("dewi"), name="Dewi", roles=(Role.CALL_TAKER,), desk=DeskKey("desk_1"))
BUDI = Agent(id=AgentId("budi"), name="Budi", roles=(Role.CALL_TAKER,), desk=DeskKey("desk_2"))
SUTI = Agent(id=AgentId("suti"), name="Suti", roles=(Role.SUPERVISOR,))
PATIENCE_S = 15.0
START_PATIENCE_S = 60.0
"""Processes start late on a machine with much other work."""
QUALITY = "call.quality_kept"


def free_port() -> int:
    """A port that neither UDP nor TCP uses now."""
    for _ in range(50):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        ):
            datagrams.bind(("127.0.0.1", 0))
            port = int(datagrams.getsockname()[1])
            try:
                stream.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


async def until(condition: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """Wait until it holds; what it gave."""
    async with asyncio.timeout(within_s):
        while not (found := condition()):
            await asyncio.sleep(0.02)
    return found


class Control:
    """One client of the control socket. Reconnects as `web` does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._n = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._held: bytearray | None = None  # what is written together
        self._task: asyncio.Task[None] | None = None
        self.pushed: list[dict[str, Any]] = []
        self.patience_s = 10.0  # for one answer

    async def connect(self) -> None:
        """Be connected, however long the switch needs to start."""
        async with asyncio.timeout(START_PATIENCE_S):
            while True:
                try:
                    reader, self._writer = await asyncio.open_unix_connection(
                        str(self._path), limit=1 << 22
                    )
                except OSError:
                    await asyncio.sleep(0.02)
                    continue
                self._task = asyncio.create_task(self._read(reader))
                return

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """One question."""
        assert self._writer is not None
        self._n += 1
        future = self._waiting[self._n] = asyncio.get_running_loop().create_future()
        line = msgspec.json.encode({"n": self._n, "do": do, **fields}) + b"\n"
        if self._held is None:
            self._writer.write(line)
        else:
            self._held += line
        async with asyncio.timeout(self.patience_s):
            return await future

    async def at_once(self, *asked: Coroutine[Any, Any, dict[str, Any]]) -> list[dict[str, Any]]:
        """Several questions in one write: the switch reads them together."""
        assert self._writer is not None
        self._held = bytearray()
        tasks = [asyncio.ensure_future(one) for one in asked]
        await asyncio.sleep(0)
        held, self._held = self._held, None
        self._writer.write(held)
        return list(await asyncio.gather(*tasks))

    async def command(
        self, command: AnyCommand, agent: Agent = DEWI, command_id: str = ""
    ) -> dict[str, Any]:
        """One command of an agent."""
        envelope = Envelope(
            id=CommandId(command_id or secrets.token_hex(6)), agent=agent, command=command
        )
        return await self.ask("command", envelope=envelope)

    async def calls(self) -> list[dict[str, Any]]:
        """The rows of all calls in hand and just over, as they rang."""
        rows: dict[str, dict[str, Any]] = {}
        after: str | None = ""
        while after is not None:
            page = await self.ask("list", after=after)
            rows |= {row["key"]: row for row in page["calls"]}
            after = page["next"] or None
        return sorted(rows.values(), key=lambda row: datetime.fromisoformat(row["ring_at"]))

    def close(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            value: dict[str, Any] = msgspec.json.decode(line)
            number = value.pop("n", None)
            if number is None:
                self.pushed.append(value)
            elif number in self._waiting:
                answer = self._waiting.pop(number)
                if not answer.done():  # else it came too late for whoever asked
                    answer.set_result(value)


class Asked(Protocol):
    """What a page needs of who carries its questions."""

    async def command(
        self, command: AnyCommand, agent: Agent = DEWI, command_id: str = ""
    ) -> dict[str, Any]: ...

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]: ...


class Page:
    """A desk's page: answers a call and talks through WebRTC."""

    def __init__(self, control: Asked, agent: Agent, hz: float = 0.0) -> None:
        self._control = control
        self.agent = agent
        self.hz = hz
        self.peer = WebPeer(hz)

    async def answer(self, call: str) -> None:
        """F2: take the call, then the audio."""
        assert self.agent.desk is not None
        taken = await self._control.command(
            AnswerCall(call=CallId(call), desk=self.agent.desk), self.agent
        )
        assert taken["events"] == ["call.answered"], taken
        await self.join(call)

    async def join(self, call: str) -> None:
        """Offer audio, or offer it again."""
        self.peer = await WebPeer(self.hz).open()
        reply = await self._control.ask(
            "media",
            call=call,
            desk=self.agent.desk,
            agent=self.agent.id,
            sdp=self.peer.offer(),
        )
        await self.peer.connect(reply["sdp"])


class Process:
    """A program that tests start, kill and start again. Its output goes to a file."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | switch_nursery.Child | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        how, module, *words = self._arguments
        if how == "-m" and module in switch_nursery.LOADED:
            self._process = switch_nursery.started(module, words, self.log)
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments], stdout=log, stderr=log
            )

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, as at a shutdown."""
        self._end(signal.SIGTERM)

    def cpu_s(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def waited_s(self) -> float:
        """How long its first thread stood ready so far while nothing gave it a processor."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9

    def _end(self, sign: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(sign)
            self._process.wait(timeout=20)


class Room:
    """Everything of one centre that carries a call, in a folder."""

    def __init__(
        self,
        folder: Path,
        *,
        media: int = 1,
        bridges_max: int = 80,
        store: str = "",
        host: str = "127.0.0.1",
        city: Path | None = None,
        **overrides: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.recordings = folder / "recordings"
        self.recordings.mkdir(exist_ok=True)
        self._host = host
        self.store_address = store or f"sqlite:{folder / 'store.db'}"
        self.settings = msgspec.convert(
            {
                "control_socket": str(folder / "switch.sock"),
                "spool_path": str(folder / "spool.db"),
                "recordings_dir": str(self.recordings),
                "media_sockets": [str(folder / f"media-{index}.sock") for index in range(media)],
                "sip_hosts": [host],
                "sip_port": free_port(),
                **overrides,
            },
            SwitchSettings,
        )
        self.media = [self._media(index, bridges_max) for index in range(media)]
        self.switch = Process(
            folder / "switch.log",
            "-m",
            "kentongan.edge.switch",
            "--settings",
            msgspec.json.encode(self.settings).decode(),
            "--store",
            self.store_address,
            *(() if city is None else ("--city", str(city))),
        )
        self.control = Control(folder / "switch.sock")
        self._phones: list[Phone] = []

    @property
    def centre(self) -> Address:
        """Where telephones reach us."""
        return Address(self._host, self.settings.sip_port)

    def _media(self, index: int, bridges_max: int) -> Process:
        first = 20_000 + 2_000 * index + 2 * secrets.randbelow(8_000)
        settings = {
            "control_socket": self.settings.media_sockets[index],
            "recordings_dir": str(self.recordings),
            "bind_host": self._host,
            "bind_host_v6": self.settings.media_host_v6,
            "web_port": free_port(),
            "rtp_port_first": first,
            "rtp_port_last": first + 1_998,
            "bridges_max": bridges_max,
        }
        return Process(
            self.folder / f"media-{index}.log",
            "-m",
            "kentongan.media.daemon",
            "--settings",
            msgspec.json.encode(settings).decode(),
        )

    async def __aenter__(self) -> Self:
        try:
            for process in (*self.media, self.switch):
                process.start()
            await self.control.connect()
        except BaseException:  # nobody leaves a room that was never entered
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for phone in self._phones:
            await phone.close()
        self.control.close()
        for process in (self.switch, *self.media):
            process.kill()

    async def phone(self, transport: Transport = Transport.UDP) -> Phone:
        """A telephone that calls this centre."""
        phone = Phone(self.centre, transport=transport)
        await phone.start()
        self._phones.append(phone)
        return phone

    async def call_in(self, *states: str, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """The newest call, once it is in one of these states."""
        async with asyncio.timeout(within_s):
            while True:
                rows = [row for row in await self.control.calls() if row["state"] in states]
                if rows:
                    return rows[-1]
                await asyncio.sleep(0.02)

    async def journal(self, *kinds: str, within_s: float = PATIENCE_S) -> list[Recorded]:
        """The journal without the legs' figures, once its last kinds are these.

        Figures come when legs leave, before or after the recording's end.
        """
        deadline = time.monotonic() + within_s
        while True:
            found = [one for one in self.read_journal() if kind_of(one) != QUALITY]
            if [kind_of(one) for one in found][-len(kinds) :] == list(kinds):
                return found
            assert time.monotonic() < deadline, [kind_of(one) for one in found]
            await asyncio.sleep(0.05)

    def check_recording(self, kept: RecordingKept) -> Reading:
        """A recording on record, read whole with the key that the store has."""
        store = open_store(self.store_address)
        try:
            line = store.recording_keys.find(kept.key)
        finally:
            store.close()
        assert line is not None
        assert line.sealed is not None
        archive = Archive(self.recordings, self.folder / "recording.key")
        with archive.open(kept.segment, line.id, line.sealed) as recording:
            return recording.check()

    def read_journal(self) -> list[Recorded]:
        """Everything in the journal now."""
        store = open_store(self.store_address)
        try:
            return list(store.tail(0, 100_000))
        finally:
            store.close()


def kind_of(recorded: Recorded) -> str:
    """The event's kind."""
    return str(type(recorded.event).__struct_config__.tag)


def plans() -> Plans:
    """Semarang's plans."""
    return plans_of(load(packaged()))
