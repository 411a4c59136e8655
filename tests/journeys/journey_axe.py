"""What axe finds on a page: brought there once, and asked for what is wrong alone. What passes is
nine tenths of its answer and is read by nobody."""

from typing import Any, Final, cast

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

Rule = dict[str, Any]
"""A rule that is broken: `id`, `help`, and the `nodes` that break it."""

ALL_RULES: Final[Rule] = {"resultTypes": ["violations"]}
WITHOUT_COLOURS: Final[Rule] = {**ALL_RULES, "rules": {"color-contrast": {"enabled": False}}}
"""The costly one is asked for once: a smaller window has the same colours."""

_COLOURS_ALONE: Final[Rule] = {
    **ALL_RULES,
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
}
_TURN_SCRIPT = """
() => {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === "terang" ? "gelap" : "terang";
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}
"""
_IS_THERE = "() => 'axe' in window"
_RUN_SCRIPT = "async (options) => (await axe.run(options)).violations"


def violations(page: Page, options: Rule = ALL_RULES) -> list[Rule]:
    """Every rule that this page breaks as it stands now."""
    if not page.evaluate(_IS_THERE):
        page.evaluate(AXE_SCRIPT)
    return cast("list[Rule]", page.evaluate(_RUN_SCRIPT, options))


def colours_turned(page: Page) -> list[Rule]:
    """What axe finds in the colours of the other theme, put on the open page and taken off again.

    A theme is colours alone (`test_tidy_screens`), and one rule looks at them: with it, a page that
    was tried in one theme has been tried in both.
    """
    page.evaluate(_TURN_SCRIPT)
    try:
        return violations(page, _COLOURS_ALONE)
    finally:
        page.evaluate(_TURN_SCRIPT)
