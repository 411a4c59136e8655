"""Old events live for ever: one stored example of every kind still decodes and still means it.

`tests/examples/<tag>.json` holds a stream, the events before, the event and the board rows after
it. A new kind of event needs a new file; an existing file is never changed.
"""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from core_world import START
from msgspec import Struct

from kentongan.core import streams
from kentongan.core.events import AnyEvent
from kentongan.core.rows import AnyRow
from kentongan.core.words import AgentId, EventId, Meta

EXAMPLES = Path(__file__).parent.parent / "examples"
TAGS = sorted(str(kind.__struct_config__.tag) for kind in get_args(AnyEvent))


class Example(Struct, frozen=True, kw_only=True):
    """A file of `tests/examples`."""

    stream: str
    before: tuple[AnyEvent, ...]
    event: AnyEvent
    rows: tuple[AnyRow, ...]


def _example(tag: str) -> Example:
    return msgspec.json.decode((EXAMPLES / f"{tag}.json").read_bytes(), type=Example)


def _meta(stream: str, version: int) -> Meta:
    """One event a minute, by Rina."""
    at = START + timedelta(minutes=version)
    return Meta(
        event_id=EventId(f"{stream}#{version}"),
        stream=stream,
        version=version,
        position=version,
        at=at,
        recorded_at=at,
        agent=AgentId("rina"),
        agent_name="Rina",
    )


def _rows(example: Example) -> tuple[AnyRow, ...]:
    events = (*example.before, example.event)
    history = [(event, _meta(example.stream, n)) for n, event in enumerate(events, start=1)]
    return streams.rows_of(streams.fold(example.stream, history))


@pytest.mark.parametrize("tag", TAGS)
def test_every_kind_of_event_has_an_example_that_still_means_the_same(tag: str) -> None:
    """Decode, fold, compare with the stored rows; a field added since has its default."""
    assert (EXAMPLES / f"{tag}.json").exists(), f"write tests/examples/{tag}.json by hand"
    example = _example(tag)
    assert example.event.__struct_config__.tag == tag
    assert _rows(example) == example.rows


def test_no_example_is_of_a_kind_that_is_gone() -> None:
    """A kind that was released once can never be taken out of the union."""
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(TAGS)


def test_an_event_survives_its_own_writing() -> None:
    """Decoding what was encoded gives the same event, for every kind."""
    for tag in TAGS:
        event = _example(tag).event
        assert msgspec.json.decode(msgspec.json.encode(event), type=AnyEvent) == event


def test_fields_from_the_future_are_passed_over() -> None:
    """An older reader ignores what a newer writer added."""
    text = b'{"type":"call.held","tomorrow":[1,2]}'
    assert msgspec.json.encode(msgspec.json.decode(text, type=AnyEvent)) == b'{"type":"call.held"}'
