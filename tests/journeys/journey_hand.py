"""One pair of hands that works a screen with the keyboard alone, or with the mouse alone.

A journey is written once: `use` a control, `write` into a field, `pick` from a list; which of the
two does it is the test's parameter. With the keyboard a control is reached by its key, or with Tab
from wherever the cursor is, and so is found out what no key and no Tab reaches. Words are typed
either way. What a page was given besides is counted by the page itself.

The list that a browser opens below a `select` is its own, and not drawn without a window: the mouse
is given its choice.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

from journey_browser import Person
from journey_centre import PASSWORD
from playwright.sync_api import Locator, Page, expect

TABS_MAX = 250
"""Tabs to any control of a screen; a person would take F6 first."""

_WHERE_SCRIPT = """
(wanted) => {
  const at = document.activeElement;
  if (wanted === at) return 0;
  if (at === null || at === document.body) return 1;
  return wanted.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}
"""
_STRAY_SCRIPT = """
(() => {
  const is_key = (event) => event.key.length > 1 || event.ctrlKey || event.altKey || event.metaKey;
  const tell = (event) => {
    if (event.isTrusted && (event.type !== "keydown" || is_key(event))) {
      window.journeyStray(event.key ?? event.type);
    }
  };
  addEventListener("%s", tell, true);
})();
"""


class Hand(ABC):
    """Somebody's hands. `strays`: what the page was given by the other means."""

    kind = ""
    WATCHED = ""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page: Page = person.page
        self.strays: list[str] = []

        def keep(source: object, what: str) -> None:
            del source
            self.strays.append(what)

        cast("Any", person.context).expose_binding("journeyStray", keep)
        person.context.add_init_script(_STRAY_SCRIPT % self.WATCHED)

    def sign_in(self) -> None:
        """Through the sign-in page."""
        page = self.page
        page.goto("/")
        self.write(page.get_by_label("Nama pengguna"), self.person.name)
        self.write(page.get_by_label("Kata sandi"), PASSWORD)
        self.use(page.locator("form").get_by_role("button", name="Masuk"), "Enter")
        page.wait_for_url("**/konsol**")

    def begin_duty(self, path: str = "") -> None:
        """Sign in and pass "Mulai dinas"; `path` is the screen to begin with."""
        self.sign_in()
        self.page.goto(f"/konsol?tone=1{f'#/{path}' if path else ''}")
        self.start()
        begun = self.page.get_by_role("navigation").first
        asks = self.page.get_by_role("dialog", name="Ambil alih ke sini")
        expect(begun.or_(asks).first).to_be_visible()
        if asks.is_visible():  # a window that was closed a moment ago, or in a call
            self.use(asks.get_by_role("button", name="Ambil alih ke sini"), "Enter")
        expect(begun).to_be_visible()

    def start(self) -> None:
        """Past the gate."""
        name = re.compile("Mulai dinas|Ambil alih ke sini")
        self.use(self.page.get_by_role("button", name=name), "Enter")

    def go(self, key: str, screen: str) -> None:
        """To a screen: by its key, or by its name in the header."""
        self.use(self.page.get_by_role("link", name=screen), key)

    @contextmanager
    def aside(self) -> Generator[Person]:
        """What the test does there for itself (pictures, languages) is none of the journey."""
        kept = list(self.strays)
        yield self.person
        self.page.evaluate("1")  # what the page told until now is here
        self.strays[:] = kept

    @abstractmethod
    def use(self, control: Locator, *keys: str) -> None:
        """Press it: with its keys, where it has some."""

    @abstractmethod
    def write(self, field: Locator, text: str, *keys: str) -> None:
        """Put the cursor into a field, with its keys where it has some, and type."""

    @abstractmethod
    def pick(self, choice: Locator, label: str) -> None:
        """Choose one of a `select` by its words."""

    @abstractmethod
    def press(self, *keys: str, by_mouse: Callable[[], object]) -> None:
        """A key whose button is not in sight; the mouse goes to it first."""

    @abstractmethod
    def tell(self, line: str, by_mouse: Callable[[], object]) -> None:
        """Type this into the command line; the mouse does what it means."""


class Keys(Hand):
    """The mouse lies still."""

    kind = "keys"
    WATCHED = "pointerdown"

    def use(self, control: Locator, *keys: str) -> None:
        """Its keys, once it may be used; without any, Tab and Enter."""
        expect(control).to_be_visible()
        expect(control).to_be_enabled()
        if not keys:
            self._reach(control)
        self.person.press(*(keys or ("Enter",)))

    def write(self, field: Locator, text: str, *keys: str) -> None:
        """Its keys, or Tab; what stood there is written over."""
        expect(field).to_be_visible()
        if keys:
            self.person.press(*keys)
            expect(field).to_be_focused()
        else:
            self._reach(field)
        self.person.press("Control+a")
        self.person.type(text)

    def pick(self, choice: Locator, label: str) -> None:
        """Tab, then its first letters, as a browser takes them."""
        self._reach(choice)
        self.person.type(label)
        expect(choice.locator("option:checked")).to_have_text(label)

    def press(self, *keys: str, by_mouse: Callable[[], object]) -> None:
        """The keys."""
        del by_mouse
        self.person.press(*keys)

    def tell(self, line: str, by_mouse: Callable[[], object]) -> None:
        """F10."""
        del by_mouse
        self.person.press("F10")
        expect(self.page.locator("footer input")).to_be_focused()
        self.person.type(line)
        self.person.press("Enter")

    def _reach(self, control: Locator) -> None:
        expect(control).to_be_visible()
        for _ in range(TABS_MAX):
            where = int(control.evaluate(_WHERE_SCRIPT))
            if where == 0:
                return
            self.person.press("Tab" if where > 0 else "Shift+Tab")
        raise AssertionError(f"no Tab reaches {control}")


class Mouse(Hand):
    """The keyboard is for words only."""

    kind = "mouse"
    WATCHED = "keydown"

    def use(self, control: Locator, *keys: str) -> None:
        """A click."""
        del keys
        control.click()

    def write(self, field: Locator, text: str, *keys: str) -> None:
        """Three clicks mark what stood there."""
        del keys
        field.click(click_count=3)
        self.person.type(text)

    def pick(self, choice: Locator, label: str) -> None:
        """A choice."""
        choice.select_option(label=label)

    def press(self, *keys: str, by_mouse: Callable[[], object]) -> None:
        """Without the keys."""
        del keys
        by_mouse()

    def tell(self, line: str, by_mouse: Callable[[], object]) -> None:
        """Without the command line."""
        del line
        by_mouse()


By = Callable[..., Hand]
"""Lets somebody in by name, as `Enter` does, with hands that use one means alone."""

HANDS: tuple[Any, ...] = (Keys, Mouse)
