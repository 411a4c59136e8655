"""Citizens in a real Chromium at `/112`, served by a real `web` beside the room of the walk.

Their microphone is a file with a tone. What a page heard is read out of its receiver at 8 kHz, four
seconds at most at a time and joined where they overlap, whenever somebody is about to judge it.
"""

import asyncio
import base64
import shutil
import urllib.error
import urllib.request
import wave
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
from media_ears import Sound, tone
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from switch_room import Process, free_port
from test_media_browser import CHROMIUM, FLAGS
from voice_centre import Way, waiting_call
from voice_walk import CALLER, Walk

from kentongan.media.codec import CodecName
from kentongan.serve.run import static_directory
from kentongan.settings import HttpSettings, Settings

CODECS = (CodecName.OPUS, CodecName.PCMA, CodecName.PCMU, CodecName.G722)

CITIZEN_HZ = 540.0
"""One file is the microphone of all pages of a Chromium; no other voice of a walk is near it."""

HEARD_MAX = 480_000
"""Samples kept of a page: a minute."""

TRANSITION_S = 1.5
"""After a command: a browser's own way from the packet to this ear has several buffers, which grow
on a busy machine (1.25 s were seen at a load of 20 on two cores) and are not ours. All other ears
are judged from 0.3 s on."""

SEAM, SLACK = 256, 1_024
"""Samples that must be alike where two readings are joined, and how far the clock may be wrong."""

START_LIMIT_S = 40.0
PATIENCE_MS = 20_000

EAR_SCRIPT = """
(() => {
  const only = "%s";
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...how) {
      super(...how);
      window.walkConnection = this;
    }
    addTransceiver(...how) {
      const made = super.addTransceiver(...how);
      const spoken = RTCRtpReceiver.getCapabilities("audio").codecs;
      made.setCodecPreferences(spoken.filter(({ mimeType }) => mimeType.toLowerCase() === only));
      return made;
    }
  };
})();
"""
LISTEN_SCRIPT = """
async () => {
  const { track } = window.walkConnection.getReceivers()[0];
  const context = new AudioContext({ sampleRate: 8000 });
  const ear = context.createAnalyser();
  ear.fftSize = 32768;
  context.createMediaStreamSource(new MediaStream([track])).connect(ear);
  await context.resume();
  window.walkHeard = () => {
    const samples = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(samples);
    const bytes = new Uint8Array(Int16Array.from(samples, (one) => one * 32767).buffer);
    return [context.currentTime, btoa(String.fromCharCode(...bytes))];
  };
}
"""
LAG_SCRIPT = """
async () => {
  const buffered = async () => {
    const report = [...(await window.walkConnection.getStats()).values()];
    const { jitterBufferDelay, jitterBufferEmittedCount } =
      report.find(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
    return [jitterBufferDelay, jitterBufferEmittedCount];
  };
  const asked = performance.now();
  const before = await buffered();
  await new Promise((resume) => setTimeout(resume, 100));
  const after = await buffered();
  const late = (performance.now() - asked) / 1000 - 0.1;
  return late + (after[0] - before[0]) / Math.max(1, after[1] - before[1]);
}
"""
"""Seconds that its sound waits in its own buffer now, and that its page was late meanwhile."""

CODEC_SCRIPT = """
async () => {
  const report = [...(await window.walkConnection.getStats()).values()];
  const used = report.filter(({ type }) => type === "inbound-rtp" || type === "outbound-rtp");
  return used.map(({ codecId }) => report.find(({ id }) => id === codecId).mimeType.toLowerCase());
}
"""


def missing() -> str:
    """Why there can be no such citizens; empty if there can."""
    if shutil.which(CHROMIUM) is None:
        return f"no Chromium at {CHROMIUM}"
    if not (static_directory() / "warga.html").exists():
        return "the screens are not built: make web"
    return ""


def joined(before: Sound, newest: Sound, count: int) -> Sound:
    """Both, without what is in both; `count` samples are new, as the clock says, about."""
    if len(before) < SEAM:
        return newest[-SEAM:] if not len(before) else newest
    seam = before[-SEAM:]
    near = range(
        max(SEAM, len(newest) - count - SLACK), min(len(newest), len(newest) - count + SLACK)
    )
    found = [end for end in near if np.array_equal(newest[end - SEAM : end], seam)]
    end = min(found, key=lambda one: abs(one - (len(newest) - count)), default=len(newest) - count)
    return np.concatenate([before, newest[end:]])


class CitizensPage:
    """One caller: an open page, and what it hears, as far as it was read."""

    hz = CITIZEN_HZ

    def __init__(self, page: Page) -> None:
        self.page = page
        self._heard = np.zeros(0)
        self._heard_until = 0.0
        self.arrived = 0
        self._reading = asyncio.Lock()

    def heard(self, seconds: float | None = None) -> Sound:
        """The last seconds before `refresh` was called."""
        return self._heard if seconds is None else self._heard[-round(seconds * 8_000) :]

    async def ring(self, address: str, number: str) -> None:
        """Tap "Panggil lewat internet"; it waits in the queue."""
        await self.page.goto(f"{address}/112?tone=1")
        await self.page.get_by_label("Nomor HP").fill(number)
        await self.page.get_by_role("button", name="Panggil lewat internet").click()
        await expect(self.page.locator("#saying")).to_contain_text(
            "Jangan ditutup", timeout=PATIENCE_MS
        )

    async def listen(self) -> None:
        """Begin to hear what comes in."""
        await self.page.evaluate(LISTEN_SCRIPT)
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(1.0)

    async def refresh(self) -> None:
        """Read what it hears now."""
        async with self._reading:
            await self._read_once()

    async def _read_once(self) -> None:
        until, told = await self.page.evaluate("window.walkHeard()")
        newest = np.frombuffer(base64.b64decode(told), "<i2").astype(float)
        had = len(self._heard)
        count = round((until - self._heard_until) * 8_000)
        if count > len(newest) and len(self._heard):  # read too late, by a machine that stood still
            self._heard = np.concatenate([self._heard, np.zeros(count - len(newest))])
            count = len(newest)
        whole = joined(self._heard, newest, count)
        self.arrived += len(whole) - had
        self._heard = whole[-HEARD_MAX:]
        self._heard_until = until

    async def catch_up(self) -> None:
        """Wait for as long as a sound takes through this browser now, as it measures itself."""
        await asyncio.sleep(await self.page.evaluate(LAG_SCRIPT))

    async def codecs(self) -> set[str]:
        """What is spoken, both ways."""
        return set(await self.page.evaluate(CODEC_SCRIPT))

    async def hang_up(self) -> None:
        """Akhiri, and yes."""
        self._reader.cancel()
        await self.page.get_by_role("button", name="Akhiri").click()
        await self.page.get_by_role("button", name="Ya, akhiri").click()
        await expect(self.page.locator("#saying")).to_contain_text(
            "Panggilan Anda akhiri", timeout=PATIENCE_MS
        )


class Citizens:
    """`async with Citizens(folder) as citizens:` a `web` and a Chromium for the room in it."""

    def __init__(self, room: Path) -> None:
        self._room = room
        self._port = free_port()
        self._contexts: list[BrowserContext] = []

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._room.mkdir(parents=True, exist_ok=True)
        settings = Settings(
            state_dir=str(self._room),
            store=f"sqlite:{self._room / 'store.db'}",
            http=HttpSettings(port=self._port),
        )
        file = self._room / "web.json"
        file.write_bytes(msgspec.json.encode(settings))
        self._web = Process(
            self._room / "web.log", "-m", "kentongan.main", "--settings", str(file), "web"
        )
        self._web.start()
        self._playwright = await async_playwright().start()
        self._browser = await self._launch()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._browser.close()
        await self._playwright.stop()
        self._web.stop()

    async def walk(self, walk: Walk, codec: CodecName) -> None:
        """A citizen's call through everything; it ends with their hanging up."""
        number = f"0822000{walk.index}"
        walk.tones[CALLER] = CITIZEN_HZ
        citizen = await self._somebody(codec)
        await self._answers()
        await citizen.ring(self.address, number)
        call = await waiting_call(walk.room, number)
        await citizen.listen()
        walk.levels.refresh = citizen.refresh
        in_step = walk.levels.pace

        async def pace() -> None:
            await in_step()
            await citizen.catch_up()

        walk.levels.pace, walk.levels.transition_s = pace, TRANSITION_S
        await walk.go(citizen, call)
        assert await citizen.codecs() == {f"audio/{codec.value}"}
        await citizen.hang_up()
        await walk.has_ended()

    def ways(self) -> list[Way]:
        """Every codec of a page."""
        return [(f"chromium {codec.value}", self.walk, codec) for codec in CODECS]

    async def _somebody(self, codec: CodecName) -> CitizensPage:
        context = await self._browser.new_context(
            locale="id-ID", permissions=["microphone", "geolocation"]
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        await context.add_init_script(EAR_SCRIPT % f"audio/{codec.value}")
        return CitizensPage(await context.new_page())

    async def _launch(self) -> Browser:
        microphone = self._room / "microphone.wav"
        with wave.open(str(microphone), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8_000)
            file.writeframes(tone(CITIZEN_HZ, 0, 80_000).astype("<i2").tobytes())
        return await self._playwright.chromium.launch(
            executable_path=CHROMIUM,
            chromium_sandbox=False,
            args=[*FLAGS, "--disable-gpu", f"--use-file-for-fake-audio-capture={microphone}"],
        )

    async def _answers(self) -> None:
        def asked() -> bool:
            try:
                urllib.request.urlopen(f"{self.address}/112", timeout=5).close()  # noqa: S310
            except urllib.error.HTTPError:
                return True
            except OSError:
                return False
            return True

        async with asyncio.timeout(START_LIMIT_S):
            while not await asyncio.to_thread(asked):
                await asyncio.sleep(0.1)
