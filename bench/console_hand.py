"""A hand at the keyboard and a look into the page for `bench_console.py`; the storm beside it."""

import gzip
import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, cast

from benched import HurtCentre, command_line, percentile, tell

# isort: split
# What follows is found by the path that `benched` sets.
from journey_browser import Person

from kentongan.serve.run import static_directory

KEY_S: Final = 1 / 7
"""Between two keys: 80 words a minute, a practised typist."""

FRAME_MS: Final = 16.0
"""A key whose paint came within a frame is not reported by the browser: it counts as a frame."""

SCRIPT_MS: Final = 1.0
"""Script for one event at most, without a map; these bars are those of the console's budgets."""

BUSY_SHARE: Final = 15.0
"""Of the main thread at most, %, without a map."""

PAINT_MS: Final = 60.0
"""From a key to its paint at most, at the 95th percentile."""

SHARES: Final = {"main_thread": "TaskDuration", "script": "ScriptDuration"}
PAINTED: Final = {
    "layout": "LayoutDuration",
    "style": "RecalcStyleDuration",
}

_KEYS = """
() => {
  window.benchKeys = [];
  new PerformanceObserver((list) => {
    const keys = list.getEntries().filter((one) => one.name === 'keydown');
    window.benchKeys.push(...keys.map((one) => one.duration));
  }).observe({ type: 'event', durationThreshold: 16 });
}
"""
_WHEN = """
([selector, words]) => {
  window.benchWhen = new Promise((done) => {
    const look = () => {
      const found = document.querySelector(selector);
      if (words === null ? found : !found?.textContent.includes(words)) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(Date.now())));
    };
    const observer = new MutationObserver(look);
    const everything = { childList: true, subtree: true, characterData: true, attributes: true };
    observer.observe(document.body, everything);
    look();
  });
}
"""
_FOCUS = """
() => {
  window.benchFocus = new Promise((done) => {
    let pressed = 0;
    addEventListener('keydown', () => { pressed = Date.now(); }, { capture: true, once: true });
    addEventListener('focusin', (event) => {
      if (event.target.labels?.[0]?.textContent.includes('Nama lengkap'))
        requestAnimationFrame(() => setTimeout(() => done(Date.now() - pressed)));
    });
  });
}
"""


class Hand:
    """Presses keys and counts them; asks the page when something was painted (the clock's ms)."""

    def __init__(self, person: Person, centre: HurtCentre) -> None:
        self._page = person.page
        self._centre = centre
        self._cdp = person.context.new_cdp_session(person.page)
        self._send("Performance.enable", {"timeDomain": "threadTicks"})
        self.begin()

    def begin(self) -> None:
        """Count from here."""
        self.commands = self.letters = 0
        self.began_ms = self.now()

    @staticmethod
    def now() -> float:
        """The machine's clock, which is the page's too."""
        return time.time() * 1_000

    def keys(self, *keys: str) -> None:
        """Keys that are no letters of a text."""
        for key in keys:
            time.sleep(KEY_S)
            self._page.keyboard.press(key)
            self.commands += 1

    def type(self, text: str) -> None:
        """A text, letter by letter."""
        self._page.keyboard.type(text, delay=KEY_S * 1_000)
        self.letters += len(text)

    def spend(self, screen: str, seconds: float, *, has_map: bool = False) -> None:
        """What the page's thread does in that time; the bars are for a screen without a map."""
        script_most, busy_most = (None, None) if has_map else (SCRIPT_MS, BUSY_SHARE)
        before, first, began = self._metrics(), self._centre.store.last_position(), time.monotonic()
        self._page.wait_for_timeout(seconds * 1_000)
        after, last = self._metrics(), self._centre.store.last_position()
        took, events = time.monotonic() - began, last - first
        tell(f"console_{screen}_events", events / took, "1/s")
        for name, key in SHARES.items():
            share = 100 * (after[key] - before[key]) / took
            bar = busy_most if name == "main_thread" else None
            tell(f"console_{screen}_{name}", share, "%", bar=bar)
        for name, key in PAINTED.items():
            tell(f"console_{screen}_{name}", 100 * (after[key] - before[key]) / took, "%")
        script_ms = 1_000 * (after["ScriptDuration"] - before["ScriptDuration"])
        tell(f"console_{screen}_script_per_event", script_ms / events, "ms", bar=script_most)
        tell(f"console_{screen}_heap", after["JSHeapUsedSize"] / 1e6, "MB")

    def press_many(self, name: str, keys: list[str]) -> None:
        """From each key to the paint that shows it, and what it costs the page's own thread (with
        what else happens meanwhile): the second does not depend on the machine's other work."""
        self._page.evaluate(_KEYS)
        before = self._metrics()
        for key in keys:
            time.sleep(KEY_S)
            self._page.keyboard.press(key)
        self._page.wait_for_timeout(1_000)
        spent_ms = 1_000 * (self._metrics()["TaskDuration"] - before["TaskDuration"])
        found = cast("list[float]", self._page.evaluate("window.benchKeys"))
        found += [FRAME_MS] * (len(keys) - len(found))
        for share in (50, 95):
            bar = PAINT_MS if share == 95 else None
            tell(f"console_key_{name}_p{share}", percentile(found, share / 100), "ms", bar=bar)
        tell(f"console_key_{name}_worst", max(found), "ms")
        tell(f"console_key_{name}_thread", spent_ms / len(keys), "ms of its thread per key")

    def wait_for_ring(self, digits: str) -> None:
        """From now on look for a caller whose number has them."""
        self._page.evaluate(_WHEN, ['[aria-label="Antrean"]', digits])

    def rang(self) -> float:
        """When it stood there."""
        return float(self._page.evaluate("window.benchWhen"))

    def answer(self) -> float:
        """F2; how long until the cursor stands in the first field."""
        self._page.evaluate(_FOCUS)
        self._page.keyboard.press("F2")
        return float(self._page.evaluate("window.benchFocus"))

    def wait_for_thaw(self) -> None:
        """From now on look whether the screen is the room's again."""
        self._page.evaluate(_WHEN, [".frame.frozen", None])

    def thawed(self) -> float:
        """When it was."""
        return float(self._page.evaluate("window.benchWhen"))

    def _metrics(self) -> dict[str, float]:
        told = self._send("Performance.getMetrics")
        return {str(one["name"]): float(one["value"]) for one in told["metrics"]}

    def _send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        return cast("dict[str, Any]", cast("Any", self._cdp).send(method, params or {}))


class Storming:
    """The storm's process, from ready to what it tells at the end."""

    def __init__(
        self, centre: HurtCentre, screens: int, rate: float, names: tuple[str, ...]
    ) -> None:
        line = command_line("console_storm.py", centre.address, str(screens), str(rate), *names)
        self._process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> None:
        """Wait until all its screens are open."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, and say what it did: a storm that fell behind measures nothing."""
        out, _ = self._process.communicate(timeout=30)
        told = cast("dict[str, Any]", json.loads(out))
        tell("console_storm_sent", told["sent"], "commands")
        tell("console_storm_refused", told["refused"], "commands")
        tell("console_storm_late_worst", told["late_s"], "s")
        if told["broken"] != "[]":
            print(told["broken"], file=sys.stderr)


def sizes() -> dict[str, int]:
    """Compressed code of each page with one screen, before anything is fetched on demand."""
    static = static_directory()
    pages = {
        "panggilan": ["konsol.html", "console/calls/Screen.svelte"],
        "armada": ["konsol.html", "console/fleet/Screen.svelte"],
        "lapangan": ["lapangan.html", "unit/Screen.svelte"],
        "warga": ["warga.html"],
    }
    return {name: _size_of(static, entries) for name, entries in pages.items()}


def _size_of(static: Path, entries: list[str]) -> int:
    manifest = json.loads((static / "manifest.json").read_text(encoding="utf-8"))
    waiting, found = list(entries), set[str]()
    while waiting:
        part = manifest[waiting.pop()]
        if part["file"] not in found:
            found.add(part["file"])
            waiting += part.get("imports", [])
    files = [static / name for name in found if name.endswith(".js")]
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
