"""How soon a device's report stands on the map of a console.

    python bench/bench_drawn.py [SECONDS] [UNITS] [saving]

A real centre with a small imported town; a fleet (`fleet.py`) reports once a second for each unit,
each over its own connection, and drives through the view of Armada in Chromium, whose graphics are
the processor's (SwiftShader). The delay is from the moment a device writes to the moment MapLibre's
source holds that very position (its worker has answered), and to the first frame after the tiles
that show it are back. A position that is overtaken by the next of its unit is not drawn and not
counted. On such a machine the map saves work and is brought up to date every five seconds, which is
measured with `saving`; without it the page is told of a graphics card, as a console's has, and
draws as often as there. Where `KENTONGAN_GEO_DIR` is set, code compiled there is used.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import structs

from bench_avl import equip
from bench_positions import register
from benched import HurtCentre, command_line, free_port, percentile, running, tell

# isort: split
# What follows is found by the path that `benched` sets, and the next line.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "geo"))

from journey_browser import Person, launch
from osm_files import SIDE, write_town
from osm_files import STEP as STREET
from playwright.sync_api import Page, sync_playwright

from fleet import LAT, LON, STEP, Times
from kentongan.avl_settings import AvlSettings

MAP_MS = 1_000.0
"""From a device to the map's source at the 99th percentile, at most. A map that saves work has no
bar, and no frame has one that a processor draws."""

FIRST_PICTURE_MS = 240_000
SETTLE_MS = 10_000
BESIDE = 2e-5
"""From one unit of the fleet to the next, degrees north."""

CARD = """
(() => {
  const real = WebGL2RenderingContext.prototype.getParameter;
  WebGL2RenderingContext.prototype.getParameter = function (name) {
    return name === 0x9246 ? "a graphics card" : real.call(this, name);
  };
})();
"""
"""0x9246 is UNMASKED_RENDERER_WEBGL, by which the page knows a processor that draws."""

WATCHED = """
(() => {
  window.benchDrawn = [];
  const asked = new Map();
  let held = [], tiles = 0;
  const now = () => performance.timeOrigin + performance.now();
  const placesOf = (data) => {
    const { add = [], update = [] } = data.dataDiff ?? {};
    return [...add.map((one) => one.geometry), ...update.map((one) => one.newGeometry)]
      .flatMap((one) => one ? [one.coordinates] : []);
  };
  const back = (id, is_answer) => {
    const one = asked.get(id);
    if (!one) return;
    asked.delete(id);
    if (one.places && is_answer) {
      const at = now();
      held.push(...one.places.map((place) => ({ place, at, is_asked: false })));
    } else if (one.is_tile && --tiles === 0) {
      const shown = held.filter((each) => each.is_asked);
      held = held.filter((each) => !each.is_asked);
      requestAnimationFrame(() => setTimeout(() => {
        const drawn = now();
        window.benchDrawn.push(...shown.map(({ place, at }) => [...place, at, drawn]));
      }));
    }
  };
  window.Worker = class extends Worker {
    constructor(...how) {
      super(...how);
      this.addEventListener("message", ({ data }) => {  // before the library's own
        if (data?.type === "<response>") back(data.id, !data.error);
      });
    }
  };
  const real = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (said, ...more) {
    if (said?.type === "<cancel>") back(said.id, false);
    if (said?.data?.source === "units" && said.type === "LD")
      asked.set(said.id, { places: placesOf(said.data) });
    if (said?.data?.source === "units" && ["LT", "RT"].includes(said.type)) {
      asked.set(said.id, { is_tile: true });
      tiles += 1;
      for (const one of held) one.is_asked = true;
    }
    return real.call(this, said, ...more);
  };
})();
"""
"""MapLibre's messages to its workers: LD brings a source up to date, LT and RT have a tile made."""


def measure(page: Page, centre: HurtCentre, seconds: int, count: int, *, is_saving: bool) -> None:
    """Drive, and compare what stood on the map with when it was sent."""
    file = centre.folder / "times"
    times = Times.make(file, count, seconds + 1)
    avl = centre.settings.avl
    line = command_line(
        "fleet.py", str(avl.http_port), str(avl.nmea_port), str(count), str(seconds + 1), str(file)
    )
    fleet = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert fleet.stdin is not None
    assert fleet.stdout is not None
    assert fleet.stdout.readline() == "ready\n"
    page.wait_for_timeout(SETTLE_MS)
    page.evaluate("window.benchDrawn.length = 0")
    fleet.stdin.write("go\n")
    fleet.stdin.flush()
    page.wait_for_timeout((seconds + 2) * 1_000)
    wall_ns = time.time_ns() - time.monotonic_ns()
    drawn = cast("list[list[float]]", page.evaluate("window.benchDrawn"))
    said = cast("dict[str, Any]", msgspec.json.decode(fleet.communicate(timeout=60)[0]))
    held_ms: list[float] = []
    shown_ms: list[float] = []
    for lon, lat, held_at, drawn_at in drawn:
        unit, lap = round((lat - LAT) / BESIDE), round((lon - LON) / STEP)
        sent_ns = times.of(unit, lap) if 0 <= unit < count and lap > 0 else 0
        if sent_ns:
            sent_ms = (sent_ns + wall_ns) / 1e6
            held_ms.append(held_at - sent_ms)
            shown_ms.append(drawn_at - sent_ms)
    name = "map_saving" if is_saving else "map"
    tell(f"{name}_positions_sent", count, "1/s")
    tell(f"{name}_positions_drawn", len(held_ms) / seconds, "1/s")
    for what, found in (("source", held_ms), ("frame", shown_ms)):
        tell(f"{name}_device_to_{what}_p50", percentile(found, 0.5), "ms")
        bar = MAP_MS if what == "source" and not is_saving else None
        tell(f"{name}_device_to_{what}_p99", percentile(found, 0.99), "ms", bar=bar)
        tell(f"{name}_device_to_{what}_worst", max(found), "ms")
    tell(f"{name}_fleet_behind_worst", said["behind_s"], "s")


def bring_town(centre: HurtCentre) -> None:
    """A town around the fleet's road, so that the map is there without the whole city's."""
    path = write_town(
        centre.folder / "town.osm.pbf",
        south=LAT - STREET * SIDE / 4,
        west=LON - STREET * SIDE / 4,
    )
    done = centre.run("city", "import", str(path), "--partial")
    assert done.returncode == 0, done.stderr


def main() -> None:
    """Run it."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    is_saving = "saving" in sys.argv[3:]
    compiled = os.environ.get("KENTONGAN_GEO_DIR")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if compiled is not None:
            (folder / "geo").mkdir()
            (folder / "geo" / "compiled").symlink_to(Path(compiled).resolve() / "compiled")
            os.environ["KENTONGAN_GEO_DIR"] = str(folder / "geo")
        centre = HurtCentre()
        ports = AvlSettings(http_port=free_port(), nmea_port=free_port())
        centre.settings = structs.replace(centre.settings, avl=ports)
        centre.file.write_bytes(msgspec.json.encode(centre.settings))
        bring_town(centre)
        stack.enter_context(running(centre))
        equip(centre, register(centre, count))
        browser = launch(stack.enter_context(sync_playwright()), folder, draws=True)
        stack.callback(browser.close)
        budi = Person(browser, centre, "budi")
        budi.context.add_init_script(WATCHED)
        if not is_saving:
            budi.context.add_init_script(CARD)
        budi.begin_duty("armada")
        budi.page.locator("[data-map=idle]").wait_for(timeout=FIRST_PICTURE_MS)
        tell("map_first_picture", budi.page.evaluate("performance.now()"), "ms after loading")
        measure(budi.page, centre, seconds, count, is_saving=is_saving)


if __name__ == "__main__":
    main()
