"""A citizen at `/112` on a small telephone, a browser whose microphone is theirs, and a relay."""

import re
import shutil
import socket
import subprocess
import wave
from pathlib import Path

import numpy as np
from journey_axe import colours_turned, violations
from journey_browser import CALLER_TONE_HZ, FLAGS, NOT_DRAWING, WHOLE, Person
from journey_look import CUT_SCRIPT, SPILLED_SCRIPT
from playwright.sync_api import Browser, Locator, expect

from kentongan.settings import TurnSettings


def launch_telephone(browser: Browser, folder: Path) -> Browser:
    """A whole Chromium, whose microphone says the caller's tone and is asked for."""
    microphone = folder / "microphone.wav"
    places = np.arange(80_000) * (2 * np.pi * CALLER_TONE_HZ / 8_000)
    with wave.open(str(microphone), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes((np.sin(places) * 8_000).astype("<i2").tobytes())
    flags = [flag for flag in FLAGS if flag != "--use-fake-ui-for-media-stream"]
    return browser.browser_type.launch(
        executable_path=WHOLE,
        chromium_sandbox=False,
        args=[*flags, *NOT_DRAWING, f"--use-file-for-fake-audio-capture={microphone}"],
    )


class Relay:
    """A coturn on the loopback with the credentials of `docs/operate/turn.md`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._port = _free_port()
        secret = folder / "secret"
        secret.write_text("8f2b6d1c0a\n")
        url = f"turn:127.0.0.1:{self._port}?transport=tcp"
        self.settings = TurnSettings(urls=(url,), secret_file=str(secret))

    def start(self) -> None:
        """Start it, where it is installed; nobody waits for it."""
        if shutil.which("turnserver") is None:
            return
        options = {
            "listening-ip": "127.0.0.1",
            "relay-ip": "127.0.0.1",
            "listening-port": self._port,
            "static-auth-secret": self.settings.secret(),
            "realm": "kentongan",
            "userdb": self._folder / "turndb",
            "pidfile": self._folder / "turn.pid",
            "log-file": self._folder / "turn.log",
        }
        flags = ("--use-auth-secret", "--no-tls", "--no-dtls", "--no-cli", "--allow-loopback-peers")
        self._server = subprocess.Popen(
            ["turnserver", *flags, *(f"--{name}={value}" for name, value in options.items())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Stop it."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)


class Citizen(Person):
    """Somebody who opens `/112` on a small telephone."""

    def open(self, query: str = "") -> None:
        """The first screen."""
        self.page.goto(f"/112?tone=1{query}")
        expect(self.button("Panggil lewat internet")).to_be_enabled()

    @property
    def telephone(self) -> Locator:
        """The large way to the ordinary telephone, where the internet did not do its work."""
        return self.page.get_by_role("link", name="Telepon 112 sekarang")

    def button(self, name: str) -> Locator:
        """A button by the beginning of its words."""
        return self.page.get_by_role("button", name=re.compile(f"^{name}"))

    def sees(self, words: str) -> None:
        """How the call stands, in large letters."""
        expect(self.page.locator("#saying")).to_contain_text(words)

    def is_told(self, words: str) -> None:
        """What else stands below."""
        expect(self.page.locator("#hints")).to_contain_text(words)

    def write(self, text: str) -> None:
        """Send a line."""
        self.page.get_by_label("Tulis pesan").fill(text)
        self.page.keyboard.press("Enter")

    def hang_up(self) -> None:
        """End the call, if there is one: the centre has heard of it, so that no next call waits
        behind it."""
        if self.page.locator("#end").is_visible():
            self.page.locator("#end").click()
            with self.page.expect_response("**/api/citizen/calls/*/end") as answered:
                self.page.locator("#end_yes").click()
            assert answered.value.ok
            expect(self.page.locator("#status")).to_have_attribute("data-stage", "over")

    def is_in_order(self) -> None:
        """Axe finds nothing, nor in the colours of the other theme; and nothing is cut."""
        rules = violations(self.page) + colours_turned(self.page)
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in rules] == []
        for script in (CUT_SCRIPT, SPILLED_SCRIPT):
            assert self.page.evaluate(script) == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
