"""How a page looks: what axe finds, and what is cut off, in a window of any size.

A page is opened once; themes, languages and windows change while it stands there.
"""

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any, Final

from journey_axe import WITHOUT_COLOURS, Rule, colours_turned, violations
from journey_browser import Person
from playwright.sync_api import expect

PICTURED = bool(os.environ.get("PICTURES"))
"""To be looked at: the streets are on the map, and a backup is there."""

LOOKS = (("gelap", "id"), ("terang", "en"))
"""Both languages, each in a theme of its own. The colours of the other theme are tried in each, so
that all four pairs are; nothing but colours knows the theme."""

Shown = tuple[str, str]
"""A theme and a language."""

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

SPILLED_SCRIPT = """
() => {
  const found = [];
  const words = (text) => `"${text.replace(/\\s+/g, " ").trim().slice(0, 50)}"`;
  const wanted = `button, a, label, legend, h1, h2, h3, dt, dd, th, td, summary, [role=option],
    [role=tab]`;
  const at = (box, edge, by, room) => box.right > edge.right + by || box.left < edge.left - by
    || box.bottom > edge.bottom + room || box.top < edge.top - room;
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = all.nextNode(); node; node = all.nextNode()) {
    if (!node.data.trim()) continue;
    const own = node.parentElement;
    if (!own.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (own.closest(".unseen, [hidden], svg, select, script, style")) continue;
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 1);
    const holder = own.closest(wanted);
    let across = true;
    let down = true;
    for (let outer = own; outer && boxes.length; outer = outer.parentElement) {
      const style = getComputedStyle(outer);
      if (/auto|scroll/.test(style.overflowX) || style.textOverflow === "ellipsis") across = false;
      if (/auto|scroll/.test(style.overflowY) || style.webkitLineClamp !== "none") down = false;
      if (style.display === "inline") continue;
      const edge = outer.getBoundingClientRect();
      const cuts = /hidden|clip/.test(style.overflow) || /paint|strict|content/.test(style.contain);
      if (!cuts && outer !== holder) continue;
      const by = across ? 1 : Infinity;
      if (boxes.some((box) => at(box, edge, by, down ? box.height * 0.3 : Infinity))) {
        const where = `${outer.tagName} ${outer.className}`;
        found.push(`${words(node.data)} of ${own.tagName} leaves ${where}`);
        break;
      }
    }
    if (across && boxes.some((box) => box.right > innerWidth + 1)) {
      found.push(`${words(node.data)} is beyond the edge`);
    }
  }
  const pen = document.createElement("canvas").getContext("2d");
  for (const field of document.querySelectorAll("input, select")) {
    if (!field.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const shown = field.tagName === "SELECT"
      ? (field.selectedOptions[0]?.label ?? "") : (field.value ? "" : field.placeholder);
    const style = getComputedStyle(field);
    pen.font = style.font;
    const arrow = field.tagName === "SELECT" && style.appearance !== "none" ? 16 : 0;
    const room = field.clientWidth - parseFloat(style.paddingLeft)
      - parseFloat(style.paddingRight) - arrow;
    if (shown && pen.measureText(shown).width > room + 2) {
      found.push(`${words(shown)} is longer than its ${field.tagName}`);
    }
  }
  return [...new Set(found)];
}
"""
"""Words that leave what holds them, or are longer than their field."""

DRAWN_SCRIPT = """
() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
"""


class Look:
    """Collects what is wrong with each screen, so that one run tells everything."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def is_accessible(self, person: Person, name: str) -> None:
        """Axe finds nothing, nor in the colours of the other theme."""
        self._add(name, violations(person.page))
        self._add(f"{name} in the other theme", colours_turned(person.page))

    def _add(self, name: str, rules: list[Rule]) -> None:
        for rule in rules:
            nodes = "; ".join(str(node["html"])[:160] for node in rule["nodes"][:3])
            self.wrong.append(f"{name}: {rule['id']} ({rule['help']}): {nodes}")

    def is_whole(self, person: Person, name: str) -> None:
        """Nothing a person needs is cut off."""
        self.wrong += [f"{name}: {one}" for one in person.page.evaluate(CUT_SCRIPT)]

    def is_fine(
        self, person: Person, name: str, sizes: tuple[tuple[int, int], ...] = SIZES
    ) -> None:
        """Accessible as it is and where it has least room, and whole in each of these windows; then
        as it was."""
        self.is_accessible(person, name)
        before = person.page.viewport_size
        assert before is not None
        for width, height in sizes:
            person.page.set_viewport_size({"width": width, "height": height})
            person.page.evaluate(DRAWN_SCRIPT)
            shown = f"{name} {width}×{height}"
            self.is_whole(person, shown)
            for script in (DOTS_SCRIPT, SPILLED_SCRIPT):
                self.wrong += [f"{shown}: {one}" for one in person.page.evaluate(script)]
        self._add(f"{name} at its smallest", violations(person.page, WITHOUT_COLOURS))
        person.page.set_viewport_size(before)
        person.page.evaluate(DRAWN_SCRIPT)

    def check(self) -> None:
        """Fail with everything that was found."""
        assert not self.wrong, "\n".join(self.wrong)


def console_looks(person: Person, looks: Sequence[Shown] = LOOKS) -> Iterator[str]:
    """By the console's menu: each theme with its language, and a name of both."""
    menu = person.page.locator("header [popover]")
    for theme, language in looks:
        person.page.locator("header button.who").click()
        fieldsets = menu.locator("fieldset")
        fieldsets.nth(0).get_by_role("radio").nth(("gelap", "terang").index(theme)).check()
        fieldsets.nth(1).get_by_role("radio").nth(("id", "en").index(language)).check()
        person.press("Escape")
        expect(menu).to_be_hidden()
        person.page.mouse.move(0, 0)
        person.page.evaluate("document.activeElement?.blur()")
        yield _looks_so(person, theme, language)


def citizen_looks(person: Person, looks: Sequence[Shown] = LOOKS) -> Iterator[str]:
    """On a citizen's page, whose theme is that of the telephone when it is opened."""
    schemes: dict[str, Any] = {"gelap": "dark", "terang": "light"}
    for theme, language in looks:
        person.page.emulate_media(color_scheme=schemes[theme])
        person.page.evaluate("(it) => { document.documentElement.dataset.theme = it; }", theme)
        choice = person.page.locator(f"[data-language={language}]")
        if choice.count():
            choice.click()
            expect(person.page.locator("html")).to_have_attribute("lang", language)
        yield f"{theme}-{language}"


def kept_looks(
    person: Person, looks: Sequence[Shown] = LOOKS, *, by_hour: bool = False
) -> Iterator[str]:
    """Where no menu is: by what a workstation keeps, and a reload.

    The crew's page follows the hour (`by_hour`); it is shown in either theme all the same.
    """
    for theme, language in looks:
        kept = json.dumps({"theme": theme, "language": language})
        person.page.evaluate("(kept) => localStorage.setItem('kentongan.workstation', kept)", kept)
        person.page.reload()
        expect(person.page.locator("main").first).to_be_visible()
        if by_hour:
            expect(person.page.locator("button.main")).to_be_visible()
            expect(person.page.locator("html")).to_have_attribute("lang", language)
            person.page.wait_for_timeout(1_000)  # the city's hour has come with its plans
            person.page.evaluate("(it) => { document.documentElement.dataset.theme = it; }", theme)
        yield _looks_so(person, theme, language)


def _looks_so(person: Person, theme: str, language: str) -> str:
    """Wait for it; its name."""
    expect(person.page.locator("html")).to_have_attribute("data-theme", theme)
    expect(person.page.locator("html")).to_have_attribute("lang", language)
    return f"{theme}-{language}"
