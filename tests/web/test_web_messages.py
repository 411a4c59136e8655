"""Every no has words: all reasons of the rules, of the door and of this process."""

import re
from pathlib import Path
from string import Formatter
from typing import cast

import msgspec
import pytest

from kentongan.core.intake import missing_to_send
from kentongan.core.words import Progress, TaskState
from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.bodies import CommandRequest
from kentongan.edge.web.messages import MESSAGES, TABLES, message
from kentongan.edge.web.problems import on_unreadable
from kentongan.edge.web.terms import FAULTS, MISSING, TERMS, in_words

FAILED = re.compile(r"RequestFailed\([\"']([a-z_]+)[\"']\)")
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


def test_no_reason_stands_in_two_tables() -> None:
    """Who gives blanks as the reason for hearing a recording is not told of floods and trees."""
    keys = [reason for table in TABLES for reason in table]
    assert sorted(keys) == sorted(MESSAGES)
    assert message("reason_missing", {}).en == "A reason is required."


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


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("state", [*TaskState, "available", "off_duty", "out_of_service"]),
        ("now", list(Progress)),
    ],
)
def test_states_and_steps_have_words(name: str, keys: list[str]) -> None:
    """Every key that can stand in a refusal: no underscore reaches a sentence."""
    assert set(TERMS[name]) == set(keys)
    for key in keys:
        for words in in_words(name, key):
            assert words
            assert "_" not in words


def test_what_is_missing_has_words() -> None:
    """Everything an incident lacks when nothing is known of it, as the rules name it."""
    missing = missing_to_send(None)
    assert set(missing) == set(MISSING)
    told = message("not_enough_to_send", {"missing": ",".join(missing)})
    assert "lokasi" in told.id
    assert "place" not in told.id


def test_faults_of_the_switch_have_words() -> None:
    """Known ones are named, an unknown one is a technical fault; none is a bare key."""
    for path in (SOURCE / "edge" / "switch").rglob("*.py"):
        for key in FAILED.findall(path.read_text(encoding="utf-8")):
            assert key in FAULTS or key == "not_a_call_command"
    assert "basis data" in message("switch_failed", {"why": "unavailable"}).id
    assert "gangguan teknis" in message("switch_failed", {"why": "media: no_such_leg"}).id


def test_the_decoders_english_is_not_in_the_sentence() -> None:
    """The field is named in both languages; what the decoder says is for programmers."""
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(b'{"id": 7}', type=CommandRequest)
    body = msgspec.json.decode(on_unreadable(cast("AnyRequest", None), caught.value).content)
    assert body["details"]["where"] == "id"
    assert "Expected" in body["details"]["fault"]
    for words in body["message"].values():
        assert "id" in words
        assert "Expected" not in words


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
