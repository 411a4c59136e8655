"""Every no has words: all reasons of the rules, of the door and of this process."""

import re
from pathlib import Path
from string import Formatter

import pytest

from kentongan.edge.web.messages import MESSAGES, message

SOURCE = Path(__file__).parents[2] / "src" / "kentongan"
SAID = re.compile(r"(?:Refused|Problem)\(\s*(?:\d+,\s*)?[\"']([a-z_]+)[\"']")
GIVEN = re.compile(r"\brefusal\(\s*\d+,\s*[\"']([a-z_]+)[\"']")


def reasons() -> set[str]:
    """Reasons as they stand in the source."""
    found: set[str] = set()
    for folder in ("core", "app", "store", "edge/switch", "edge/web"):
        for path in (SOURCE / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            found.update(SAID.findall(text))
            found.update(GIVEN.findall(text))
    return found


def test_every_reason_has_words() -> None:
    """Nobody is told a bare key."""
    assert len(reasons()) > 40
    assert reasons() - set(MESSAGES) == set()


@pytest.mark.parametrize("reason", sorted(MESSAGES))
def test_both_languages_say_the_same_things(reason: str) -> None:
    """The same details stand in both, both are sentences, and they differ."""
    indonesian, english = MESSAGES[reason]
    assert _names(indonesian) == _names(english)
    assert indonesian != english
    for text in (indonesian, english):
        assert text.endswith(".")
        assert "!" not in text


def test_missing_details_leave_a_dash_and_unknown_reasons_are_told() -> None:
    """A gap in the words never hides the refusal itself."""
    assert "–" in message("unit_taken", {"unit": "AMB01"}).id
    assert "new_reason" in message("new_reason", {}).en


def test_details_from_outside_cannot_break_the_words() -> None:
    """Braces in a detail are text."""
    assert "{0.__class__}" in message("unknown_unit", {"unit": "{0.__class__}"}).en


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
