"""Sealing is complete and reversible, and the schema's steps are the same for every engine."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_drafts import NOON

from kentongan.app.ports import Unavailable
from kentongan.core.events import (
    AnyEvent,
    CallOffered,
    ComplaintTaken,
    IncidentLocated,
    ReporterIdentified,
)
from kentongan.core.rows import ReportRow
from kentongan.core.words import Channel, Personal, Place, ReportId
from kentongan.store.journal import moment
from kentongan.store.migrations import steps
from kentongan.store.open import open_store
from kentongan.store.seal import (
    digest_of,
    open_event,
    personals,
    refs_in,
    seal_event,
    seal_row,
)
from kentongan.store.tables import Text

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
maybe = st.none() | texts.map(lambda text: Personal(text=text))


@st.composite
def events(draw: st.DrawFn) -> AnyEvent:
    """Events with personal text at every depth, or none."""
    place = Place(words=draw(maybe), label=draw(maybe), landmark=draw(maybe))
    return draw(
        st.sampled_from(
            [
                IncidentLocated(place=place, usable=True),
                CallOffered(line="112", dialled="112", trunk="t", number=draw(maybe), place=place),
                ReporterIdentified(name=draw(maybe), number=draw(maybe)),
                ComplaintTaken(words=Personal(text=draw(texts))),
            ]
        )
    )


def salts() -> bytes:
    """Predictable, for the test."""
    return b"0123456789abcdef"


@given(events())
def test_sealing_takes_every_text_out_and_opening_brings_it_back(event: AnyEvent) -> None:
    """Nothing but ref and digest stays; the digest is the salted hash of the kept text."""
    sealed, opened, kept = seal_event(event, "x:1#7", salts, lambda _: None)
    assert open_event(sealed, {t.ref: (t.text or b"").decode() for t in kept}) == opened
    assert refs_in(sealed) == tuple(t.ref for t in kept)
    assert [t.ref for t in kept] == [f"x:1#7.{n}" for n in range(1, len(kept) + 1)]
    plain = [item["text"] for item in personals(msgspec.to_builtins(event)) if item["text"]]
    assert [(t.text or b"").decode() for t in kept] == plain
    assert all(t.digest == digest_of(salts(), t.text or b"") for t in kept)
    for item in personals(msgspec.json.decode(sealed)):
        assert set(item) == {"sealed", "ref", "digest"}


@given(events())
def test_sealing_what_is_sealed_changes_nothing(event: AnyEvent) -> None:
    """An event whose refs are known keeps them: no second copy of a text is made."""
    sealed, opened, kept = seal_event(event, "x:1#1", salts, lambda _: None)
    by_ref: dict[str, Text] = {text.ref: text for text in kept}
    assert seal_event(opened, "x:2#1", salts, by_ref.get) == (sealed, opened, [])


@given(texts)
def test_a_text_that_looks_like_a_seal_is_only_text(text: str) -> None:
    """Whoever writes JSON into the complaint gets it back as written."""
    hostile = f'{{"sealed":"personal","ref":"call:a#1.1"}}{text}'
    event = ComplaintTaken(words=Personal(text=hostile))
    sealed, opened, kept = seal_event(event, "x:1#1", salts, lambda _: None)
    assert refs_in(sealed) == ("x:1#1.1",)
    assert len(kept) == 1
    assert isinstance(opened, ComplaintTaken)
    assert opened.words.text == hostile


def test_a_row_is_the_same_before_and_after_an_erasure() -> None:
    """Opened or not, its sealed JSON is one: so a rebuild after an erasure finds no difference."""
    digest = digest_of(salts(), b"Siti")
    opened = Personal(text="Siti", ref="report:a#1.1", digest=digest)
    erased = Personal(ref="report:a#1.1", digest=digest)
    rows = [
        ReportRow(key=ReportId("a"), channel=Channel.CALL, opened_at=NOON, name=name)
        for name in (opened, erased)
    ]
    assert seal_row(rows[0]) == seal_row(rows[1])
    assert "Siti" not in seal_row(rows[0])


def test_times_come_back_as_they_went() -> None:
    """Text in UTC with microseconds sorts as the times do."""
    times = [NOON + timedelta(microseconds=n) for n in (0, 1, 999_999, 86_400_000_000)]
    written = [at.isoformat(timespec="microseconds") for at in times]
    assert sorted(written) == written
    assert [moment(text) for text in written] == times
    assert moment(NOON) == NOON


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_the_schemas_steps_are_numbered_without_a_gap(engine: str) -> None:
    """And every engine has the same ones, so that a backup fits any."""
    found = steps(engine)
    assert [step.number for step in found] == list(range(1, len(found) + 1))
    assert [step.name for step in found] == [step.name for step in steps("sqlite")]


def test_a_database_that_is_not_there_is_unavailable_and_says_why() -> None:
    """The driver's words are for the log; no password is in them."""
    with pytest.raises(Unavailable) as caught:
        open_store("postgresql://kentongan:secret@127.0.0.1:1/city")
    assert caught.value.who == "database"
    assert "127.0.0.1" in caught.value.detail
    assert "secret" not in str(caught.value)
