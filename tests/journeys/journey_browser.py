"""Chromium as a room's people use it: sign in, begin duty, press keys, listen, look.

One browser, one context for each person. The microphone of every page is a file with a pure tone,
so that a test can find the operator's voice at the other end of a call by its frequency.
"""

import contextlib
import os
import re
import secrets
import signal
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np
from journey_centre import PASSWORD, Centre
from journey_ears import level_in
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, Playwright, expect
from playwright.sync_api import Error as PlaywrightError

SHELL = "/usr/bin/chromium-headless-shell"
WHOLE = "/usr/bin/chromium"
CHROMIUM = SHELL if Path(SHELL).exists() else WHOLE
"""The same browser; without the window around the page it takes a fifth less of the processor. What
is said and heard in the whole browser, the tests of `media` and `voice` prove."""

PICTURES = Path(__file__).parent.parent / "pictures"
FLAGS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--no-sandbox",
)
NOT_DRAWING = ("--disable-gpu", "--disable-3d-apis")
"""No WebGL, so no map: drawing it on the processor is half of what the browsers would cost."""

DRAWING = (
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
DESK_TONE_HZ = 1_000.0
PATIENCE_MS = 20_000
"""How long a page may take on a busy machine; how fast it is, the benchmarks say."""

PICTURE_MS = 120_000
"""How long a picture may take: the processor draws the map, of everybody who has one."""

READ_LIMIT = 12_000
"""Characters of a failed journey's screen that its report shows."""

expect.set_options(timeout=PATIENCE_MS)
CALLER_TONE_HZ = 440.0

_EAR_SCRIPT = """
(() => {
  const Real = window.RTCPeerConnection;
  if (Real === undefined) return;
  window.RTCPeerConnection = class extends Real {
    constructor(...how) {
      super(...how);
      window.journeyConnection = this;
    }
  };
})();
"""
_LISTEN_SCRIPT = """
async () => {
  const { track } = window.journeyConnection.getReceivers()[0];
  const context = new AudioContext();
  const ear = context.createAnalyser();
  ear.fftSize = 32768;
  context.createMediaStreamSource(new MediaStream([track])).connect(ear);
  await new Promise((resume) => setTimeout(resume, 1100));
  const samples = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(samples);
  const rate = context.sampleRate;
  await context.close();
  return { rate, samples: Array.from(samples) };
}
"""
_WATCH_SCRIPT = """
(frequency) => {
  const context = new AudioContext();
  const ear = context.createAnalyser();
  ear.fftSize = 2048;
  const drain = new GainNode(context, { gain: 0 });
  ear.connect(drain).connect(context.destination);  // else it keeps its last sound for ever
  const samples = new Float32Array(ear.fftSize);
  const watch = { heard_at: performance.now(), looked_at: performance.now(), gap: 0, lag: 0 };
  let track = null, source = null;
  const look = () => {
    const now = performance.now();
    watch.lag = Math.max(watch.lag, now - watch.looked_at - 20);
    watch.looked_at = now;
    const found = window.journeyConnection.getReceivers()[0]?.track ?? null;
    if (found !== null && found !== track) {
      source?.disconnect();
      track = found;
      source = context.createMediaStreamSource(new MediaStream([track]));
      source.connect(ear);
    }
    ear.getFloatTimeDomainData(samples);
    let real = 0, imaginary = 0;
    const turn = 2 * Math.PI * frequency / context.sampleRate;
    samples.forEach((sample, at) => {
      real += sample * Math.cos(turn * at);
      imaginary += sample * Math.sin(turn * at);
    });
    if (2 * Math.hypot(real, imaginary) / samples.length < 0.05) return;
    watch.gap = Math.max(watch.gap, now - watch.heard_at);
    watch.heard_at = now;
  };
  watch.stop = () => { clearInterval(timer); void context.close(); };
  const timer = setInterval(look, 20);
  window.journeyWatch = watch;
}
"""
_WATCHED_SCRIPT = """
() => {
  const { gap, lag, stop } = window.journeyWatch;
  stop();
  return { gap, lag };
}
"""
_MAP_IS_DRAWN = """
() => document.querySelector('[data-map]:not([data-map=idle])') === null
"""
_ASK_SCRIPT = """
async ({ method, path, body }) => {
  const pair = document.cookie.split("; ").find((one) => one.startsWith("kentongan_csrf="));
  const headers = { "X-Kentongan-Csrf": decodeURIComponent(pair?.split("=")[1] ?? "") };
  if (body !== null) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, body: body === null ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}
"""


_NOT_AHEAD_SCRIPT = """
(() => {
  const real = window.fetch;
  window.fetch = (what, ...how) => what === "/manifest.json"
    ? Promise.reject(new TypeError("nothing is fetched ahead"))
    : real(what, ...how);
})();
"""


def launch(playwright: Playwright, folder: Path, *, draws: bool = False) -> Browser:
    """Chromium whose microphone says a tone for ever; `draws` gives it WebGL, by the processor."""
    return _launch(playwright.chromium, folder, draws=draws)


def launch_beside(browser: Browser, folder: Path) -> Browser:
    """Another one with processes of its own: a desk whose power may be cut."""
    return _launch(browser.browser_type, folder, draws=False)


def cut_power(browser: Browser) -> None:
    """kill -9 to all of that browser: no page says goodbye, nothing is written any more."""
    told = cast("Any", browser.new_browser_cdp_session()).send("SystemInfo.getProcessInfo")
    running = cast("list[dict[str, Any]]", told["processInfo"])
    running.sort(key=lambda one: str(one["type"]) != "browser")  # the others end with it
    for one in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(one["id"]), signal.SIGKILL)


def _launch(chromium: BrowserType, folder: Path, *, draws: bool) -> Browser:
    microphone = folder / "microphone.wav"
    places = np.arange(80_000) * (2 * np.pi * DESK_TONE_HZ / 8_000)
    with wave.open(str(microphone), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes((np.sin(places) * 8_000).astype("<i2").tobytes())
    return chromium.launch(
        executable_path=CHROMIUM,
        chromium_sandbox=False,
        args=[
            *FLAGS,
            *(DRAWING if draws else NOT_DRAWING),
            f"--use-file-for-fake-audio-capture={microphone}",
        ],
    )


class Person:
    """Somebody at a screen. `errors` are what the page wrongly told its console, `asked` where its
    requests went: host and port. Without `ahead` the console gets its parts when they are opened,
    and not all of them beforehand."""

    def __init__(
        self,
        browser: Browser,
        centre: Centre,
        name: str,
        *,
        wide: bool = True,
        ahead: bool = True,
        **how: object,
    ) -> None:
        self.name = name
        self.centre = centre
        self.errors: list[str] = []
        self.asked: set[str] = set()
        options: dict[str, object] = {
            "viewport": {"width": 1920, "height": 1080} if wide else {"width": 412, "height": 915},
            "permissions": ["microphone"],
            "base_url": centre.address,
            "locale": "id-ID",
            **how,
        }
        self.context: BrowserContext = browser.new_context(**options)  # type: ignore[arg-type]
        self.context.add_init_script(_EAR_SCRIPT)
        if not ahead:
            self.context.add_init_script(_NOT_AHEAD_SCRIPT)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", lambda asked: self.asked.add(urlsplit(asked.url).netloc))
        self.page: Page = self.context.new_page()
        self._watch(self.page)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", lambda opened: self.asked.add(urlsplit(opened.url).netloc))

    def sign_in(self) -> None:
        """Through the sign-in page, with the keyboard."""
        self.page.goto("/")
        self.page.get_by_label("Nama pengguna").wait_for()
        self.page.keyboard.type(self.name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile("/(konsol|lapangan)"))

    def begin_duty(self, path: str = "") -> None:
        """Sign in and pass "Mulai dinas" with Enter; `path` is the screen to begin with.

        A window that this person closed a moment ago, or in a call, is asked about: it is taken
        over.
        """
        self.sign_in()
        self.page.goto(f"/konsol?tone=1{f'#/{path}' if path else ''}")
        start = self.page.get_by_role("button", name=re.compile("Mulai dinas|Ambil alih ke sini"))
        expect(start).to_be_enabled()
        self.page.keyboard.press("Enter")
        begun = self.page.get_by_role("navigation").first
        asks = self.page.get_by_role("dialog", name="Ambil alih ke sini")
        expect(begun.or_(asks).first).to_be_visible()
        if asks.is_visible():
            self.page.keyboard.press("Enter")
        expect(begun).to_be_visible()

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def read_aloud(self) -> str:
        """The page as a screen reader has it, cut to `READ_LIMIT` characters, and its errors."""
        try:
            said = self.page.locator("body").aria_snapshot(timeout=5_000)
        except PlaywrightError as error:
            said = f"nothing to read: {error}"
        return "\n".join([self.page.url, *self.errors, said[:READ_LIMIT]])

    def type(self, text: str) -> None:
        """Type as a person does."""
        self.page.keyboard.type(text, delay=5)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """A request as the page itself would make it: status and text of the answer."""
        wanted = {"method": method, "path": path, "body": body}
        answer = self.page.evaluate(_ASK_SCRIPT, wanted)
        return int(answer["status"]), str(answer["text"])

    def command(self, kind: str, **fields: object) -> None:
        """Send a command that must be accepted."""
        body = {"id": secrets.token_hex(8), "command": {"type": kind, **fields}, "age_s": 0}
        status, text = self.ask("POST", "/api/commands", body)
        assert status == 200, text

    def picture(self, name: str) -> None:
        """Keep a picture of the screen to be looked at, with PICTURES=1 in the environment."""
        if not os.environ.get("PICTURES"):
            return
        PICTURES.mkdir(exist_ok=True)
        with contextlib.suppress(PlaywrightError):  # a map on which things move is never done
            self.page.wait_for_function(_MAP_IS_DRAWN)
        self.page.screenshot(path=PICTURES / f"{name}.png", timeout=PICTURE_MS)

    def hears(self, frequency_hz: float) -> float:
        """How loud a frequency is in the call at this desk, full scale 32,767."""
        heard = self.page.evaluate(_LISTEN_SCRIPT)
        return level_in(np.array(heard["samples"]) * 32_768, frequency_hz, heard["rate"])

    def hears_speech(self) -> float:
        """The loudest sample of the last half second at this desk, full scale 32,767."""
        heard = self.page.evaluate(_LISTEN_SCRIPT)
        return float(np.max(np.abs(heard["samples"])) * 32_768)

    def watch(self, frequency_hz: float) -> None:
        """Look all the while, from now on, whether that tone is heard."""
        self.page.evaluate(_WATCH_SCRIPT, frequency_hz)

    def watched(self) -> tuple[float, float]:
        """Seconds of its longest gap, and of the page's own longest standstill; the end of it."""
        found = self.page.evaluate(_WATCHED_SCRIPT)
        return found["gap"] / 1_000, found["lag"] / 1_000

    def close(self) -> None:
        """Leave, and fail when the page broke."""
        self.context.close()
        assert self.errors == [], f"{self.name}'s page: {self.errors}"


Enter = Callable[..., Person]
"""Lets somebody in by name; further arguments are those of `Person`."""
