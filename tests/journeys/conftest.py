"""Journeys: a centre, citizens with telephones, and people at screens."""

import os
import shutil
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from journey_browser import CHROMIUM, Enter, Person, launch
from journey_caller import Callers
from journey_centre import Centre, running
from journey_hand import HANDS, By, Hand
from journey_look import Look
from playwright.sync_api import Browser, sync_playwright

from kentongan.serve.run import static_directory

PEOPLE = pytest.StashKey[list[Person]]()
"""Who is at a screen in this test."""

_NOBODY: list[Person] = []

OUR_OWN = "127.0.0.1:"
"""Where every centre of these tests is."""

for _folder in (
    "media",
    "switch",
    "voice",
    "geo",
    "notify",
):  # telephones behind a trunk are those of the voice tests, towns those of the map, and gateways
    sys.path.insert(0, str(Path(__file__).parents[1] / _folder))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed journey's report says what stood on each person's screen."""
    report = yield
    if report.when == "call" and report.failed:
        for person in item.stash.get(PEOPLE, _NOBODY):
            report.sections.append((f"screen of {person.name}", person.read_aloud()))
    return report


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, for the tests of one file."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no Chromium at {CHROMIUM}")
    if not (static_directory() / "konsol.html").exists():
        pytest.skip("the screens are not built: make web")
    with sync_playwright() as playwright:
        is_shown = bool(os.environ.get("PICTURES"))  # the map is part of the picture
        browser = launch(playwright, tmp_path_factory.mktemp("microphone"), draws=is_shown)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def centre(browser: Browser) -> Iterator[Centre]:
    """A centre on SQLite, for the tests of one file."""
    centre = Centre()
    with running(centre):
        yield centre


@pytest.fixture
def callers(centre: Centre) -> Iterator[Callers]:
    """Citizens; all of them hang up in the end."""
    callers = Callers(centre.settings.sip.port)
    yield callers
    callers.close()


@pytest.fixture
def enter(browser: Browser, centre: Centre, request: pytest.FixtureRequest) -> Iterator[Enter]:
    """Lets people in; everybody leaves in the end. No page of theirs asked another machine for
    anything, whatever city it showed.

    A hundred and fifty files fetched ahead cost each of them a second of the processor: only who
    will lose the link fetches them (`ahead=True`).
    """
    people: list[Person] = []
    request.node.stash[PEOPLE] = people

    def let_in(name: str, **how: Any) -> Person:
        person = Person(browser, centre, name, **{"ahead": False, **how})
        people.append(person)
        return person

    yield let_in
    for person in people:
        person.close()
    asked = set[str]().union(*(person.asked for person in people)) - {""}
    assert all(host.startswith(OUR_OWN) for host in asked), asked


@pytest.fixture(params=HANDS, ids=lambda kind: kind.__name__.lower())
def by(request: pytest.FixtureRequest, enter: Enter) -> Iterator[By]:
    """Lets people in who use the keyboard alone, and in a second run the mouse alone."""
    hands: list[Hand] = []

    def let_in(name: str, **how: Any) -> Hand:
        hand: Hand = request.param(enter(name, **how))
        hands.append(hand)
        return hand

    yield let_in
    for hand in hands:
        assert hand.strays == [], f"{hand.person.name} also used {hand.strays}"


@pytest.fixture
def look() -> Iterator[Look]:
    """The list of what is wrong, checked in the end."""
    look = Look()
    yield look
    look.check()
