"""How a page looks: what axe finds, and what is cut off, in a window of any size.

Both themes and both languages are shown by what a workstation keeps, and a reload.
"""

import json
import os
from typing import Any, Final, cast

from axe_playwright_python.sync_playwright import Axe
from journey_browser import Person
from playwright.sync_api import expect

PICTURED = bool(os.environ.get("PICTURES"))
"""To be looked at: the streets are on the map, and a backup is there."""

LOOKS = (("gelap", "id"), ("terang", "en"))
"""Both themes and both languages. Colours do not know the language, nor words the theme."""

ZOOMED = {"viewport": {"width": 960, "height": 540}, "device_scale_factor": 2}
"""What 200 % zoom leaves of a 1920×1080 screen."""

SIZES: Final = ((1366, 768), (960, 540))
"""The smallest console, and what 200 % zoom leaves of a 1920×1080 screen."""

PHONES: Final = ((412, 915), (320, 568))
"""A crew's telephone, and the narrowest that WCAG 1.4.10 asks for."""

CUT_SCRIPT = """
() => {
  const wanted = "button, input, select, textarea, a, h1, h2, h3, dt, dd, label, th, td";
  const found = [];
  const name = (element) => `${element.tagName} ${element.className} "${(element.textContent
    || element.getAttribute("aria-label") || "").trim().slice(0, 40)}"`;
  for (const element of document.querySelectorAll(wanted)) {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest(".unseen, [hidden]")) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    let across = true;
    let down = true;
    for (let outer = element.parentElement; outer; outer = outer.parentElement) {
      const style = getComputedStyle(outer);
      const edge = outer.getBoundingClientRect();
      if (across && /auto|scroll/.test(style.overflowX)) across = false;
      if (down && /auto|scroll/.test(style.overflowY)) down = false;
      if (style.textOverflow === "ellipsis") across = false;
      const cut = (across && /hidden|clip/.test(style.overflowX)
          && (box.right > edge.right + 1 || box.left < edge.left - 1))
        || (down && /hidden|clip/.test(style.overflowY)
          && (box.bottom > edge.bottom + 1 || box.top < edge.top - 1));
      if (cut) {
        found.push(`${name(element)} is cut by ${name(outer).slice(0, 60)}`);
        break;
      }
    }
    if (across && box.right > innerWidth + 1) found.push(`${name(element)} is beyond the edge`);
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push("it scrolls sideways");
  return [...new Set(found)];
}
"""

DOTS_SCRIPT = """
() => {
  const found = [];
  const name = (element) => `${element.tagName} "${element.textContent.trim().slice(0, 40)}"`;
  const plain = (text) => (text ?? "").replace(/\\s+/g, " ").trim();
  for (const element of document.querySelectorAll("body *")) {
    if (element.clientWidth === 0 || element.scrollWidth <= element.clientWidth + 1) continue;
    const style = getComputedStyle(element);
    if (style.textOverflow !== "ellipsis" || style.overflowX === "visible") continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest(".unseen, [hidden]")) continue;
    const around = [element, ...element.querySelectorAll("[title]"), element.parentElement];
    const told = plain(around.map((one) => `${one.title} ${one.ariaLabel ?? ""}`).join(" "));
    const said = plain(element.textContent).replace(/[▲●] |…/g, "");
    if (!told.includes(said.slice(0, 60))) found.push(`${name(element)} ends in dots`);
  }
  for (const element of document.querySelectorAll("svg text")) {
    const drawing = element.ownerSVGElement;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (getComputedStyle(drawing).overflowX === "visible") continue;
    const [box, edge] = [element.getBoundingClientRect(), drawing.getBoundingClientRect()];
    if (box.width > 1 && (box.left < edge.left - 1 || box.right > edge.right + 1
        || box.top < edge.top - 2 || box.bottom > edge.bottom + 2)) {
      found.push(`${name(element)} is cut by its drawing`);
    }
  }
  return [...new Set(found)];
}
"""
"""What ends in dots without the whole of it at hand, and words that a drawing cuts."""

DRAWN_SCRIPT = """
() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
"""


class Look:
    """Collects what is wrong with each screen, so that one run tells everything."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def is_accessible(self, person: Person, name: str) -> None:
        """Axe finds nothing."""
        axe: Any = Axe()
        answer: Any = axe.run(person.page)
        found = cast("list[dict[str, Any]]", answer.response["violations"])
        for rule in found:
            nodes = "; ".join(str(node["html"])[:160] for node in rule["nodes"][:3])
            self.wrong.append(f"{name}: {rule['id']} ({rule['help']}): {nodes}")

    def is_whole(self, person: Person, name: str) -> None:
        """Nothing a person needs is cut off."""
        self.wrong += [f"{name}: {one}" for one in person.page.evaluate(CUT_SCRIPT)]

    def is_fine(
        self, person: Person, name: str, sizes: tuple[tuple[int, int], ...] = SIZES
    ) -> None:
        """Accessible as it is, and whole in each of these windows, too; then as it was."""
        self.is_accessible(person, name)
        before = person.page.viewport_size
        assert before is not None
        for width, height in sizes:
            person.page.set_viewport_size({"width": width, "height": height})
            person.page.evaluate(DRAWN_SCRIPT)
            shown = f"{name} {width}×{height}"
            self.is_whole(person, shown)
            self.wrong += [f"{shown}: {one}" for one in person.page.evaluate(DOTS_SCRIPT)]
        person.page.set_viewport_size(before)

    def check(self) -> None:
        """Fail with everything that was found."""
        assert not self.wrong, "\n".join(self.wrong)


def show_look(
    person: Person, theme: str, language: str, *, begins: bool = False, by_hour: bool = False
) -> None:
    """Reload in this theme and language, and begin duty again where that is asked.

    The crew's page follows the hour (`by_hour`); it is shown in either theme all the same.
    """
    kept = json.dumps({"theme": theme, "language": language})
    person.page.evaluate("(kept) => localStorage.setItem('kentongan.workstation', kept)", kept)
    person.page.reload()
    if by_hour:
        expect(person.page.locator("button.main")).to_be_visible()
        person.page.wait_for_timeout(1_000)  # the city's hour has come with its plans
        person.page.evaluate(
            "(theme) => { document.documentElement.dataset.theme = theme; }", theme
        )
    expect(person.page.locator("html")).to_have_attribute("data-theme", theme)
    expect(person.page.locator("main").first).to_be_visible()
    if begins:
        expect(person.page.locator("[data-main]")).to_be_enabled()
        person.press("Enter")
        expect(person.page.get_by_role("navigation").first).to_be_visible()
        person.page.wait_for_timeout(700)
