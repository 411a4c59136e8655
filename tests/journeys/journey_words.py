"""Words from outside that are none: markup, signs that turn a line, and how they may be shown."""

import json
from typing import Any

from journey_browser import Person
from playwright.sync_api import Locator, expect

HOSTILE = '<img src=x onerror="window.hacked=1">'
SAID = "Sri \u202eمحمد 🚑 <img src=x onerror=window.hacked=1>"
"""A caller's name: an override that is never closed, Arabic letters, an emoji and markup."""

_PASTE_SCRIPT = """
async ([plain, rich]) => {
  const of = (text, type) => new Blob([text], { type });
  const both = { "text/plain": of(plain, "text/plain"), "text/html": of(rich, "text/html") };
  await navigator.clipboard.write([new ClipboardItem(both)]);
}
"""
_EXECUTED_SCRIPT = """
() => [
  window.hacked ?? null,
  document.querySelectorAll('[onerror], img[src="x"]').length,
]
"""
_PLACES_SCRIPT = """
(element, wanted) => {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const from = node.data.indexOf(wanted);
    if (from < 0) continue;
    return Array.from(wanted, (_, at) => {
      const range = document.createRange();
      range.setStart(node, from + at);
      range.setEnd(node, from + at + 1);
      const { top, left } = range.getBoundingClientRect();
      return [Math.round(top), left];
    });
  }
  return [];
}
"""

LONG = "y" * 300
"""One word that is longer than any line: a link, or a key held down."""

_RUNS_OUT_SCRIPT = """
(wanted) => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const around = node.parentElement;
    if (!node.data.includes(wanted) || !around.checkVisibility()) continue;
    if (getComputedStyle(around).textOverflow === "ellipsis") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const panel = around.closest("dialog, [data-panel], main, body").getBoundingClientRect();
    const edge = Math.min(panel.right, innerWidth) + 1;
    const right = Math.max(...Array.from(range.getClientRects(), (one) => one.right));
    if (right > edge) found.push(`${around.className} ends at ${right}, not at ${edge}`);
  }
  for (const one of document.querySelectorAll("main, [data-panel]")) {
    if (one.scrollWidth > one.clientWidth + 1) found.push(`${one.className} runs out`);
  }
  return found;
}
"""


def paste(person: Person, plain: str, rich: str) -> None:
    """Ctrl+V with what a word processor or a web page puts on the clipboard."""
    person.page.evaluate(_PASTE_SCRIPT, [plain, rich])
    person.press("Control+v")


def shows_words_only(person: Person) -> None:
    """No element and no script came out of a text on that page."""
    assert person.page.evaluate(_EXECUTED_SCRIPT) == [None, 0], person.name


def keeps_long_words_in(person: Person) -> None:
    """No text with a long word leaves its panel, in the smallest console, and nothing its place."""
    before = person.page.viewport_size
    assert before is not None
    if before["width"] > 1366:
        person.page.set_viewport_size({"width": 1366, "height": 768})
    assert person.page.evaluate(_RUNS_OUT_SCRIPT, LONG[:9]) == [], person.name
    person.page.set_viewport_size(before)


def keeps_sending_in_sight(person: Person) -> None:
    """However many strips and facts stand above: both ways to send are whole on the smallest
    console, and what is typed in is not behind them."""
    before = person.page.viewport_size
    person.page.set_viewport_size({"width": 1366, "height": 768})
    typed_in = person.page.get_by_label("Patokan")
    person.picture("send-in-sight")
    for name in ("Kirim sekarang", "Lengkap & kirim"):
        button = person.page.get_by_role("button", name=name)
        expect(button).to_be_in_viewport(ratio=1)
    typed_in.blur()
    typed_in.focus()
    field, foot = typed_in.bounding_box(), button.bounding_box()
    assert field is not None
    assert foot is not None
    assert field["y"] + field["height"] <= foot["y"], "the field is not behind the buttons"
    person.page.set_viewport_size(before or {"width": 1920, "height": 1080})


def draws_in_order(line: Locator, wanted: str) -> None:
    """Those signs stand from left to right in that line, whatever stands before them."""
    places: list[list[float]] = line.evaluate(_PLACES_SCRIPT, wanted)
    assert len(places) == len(wanted), line.inner_text()
    assert places == sorted(places), places


def renames(admin: Person, unit: str, label: str) -> None:
    """That unit's label in the city pack, in use at once."""
    shown: Any = _answer(admin.ask("GET", "/api/pack/tables/units.yaml/units"))
    row = next(one for one in shown["rows"] if one["path"] == f"units[{unit}]")
    edit = {"file": "units.yaml", "path": row["path"], "yaml": row["yaml"], "is_new": False}
    base = _answer(admin.ask("GET", "/api/pack"))["active"]
    edits = [{**edit, "row": {**row["row"], "label": {"id": label, "en": label}}}]
    trial = _answer(admin.ask("POST", "/api/pack/trial", {"base": base, "edits": edits}))
    assert trial["problems"] == []
    files, reason = trial["files"], "nama baru"
    admin.command("pack.propose", pack="city", base=base, files=files, reason=reason)
    admin.command("pack.activate", pack="city", number=base + 1)


def _answer(asked: tuple[int, str]) -> Any:
    status, text = asked
    assert status == 200, text
    return json.loads(text)
