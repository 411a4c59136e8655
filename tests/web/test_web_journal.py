"""The audit trail: who did what, found, paged and taken out, without a word that anybody said."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from web_room import Person, Room

from kentongan.edge.web import journal_search
from kentongan.edge.web.journal_routes import as_csv
from kentongan.edge.web.journal_search import Asked, search

SECRET = "bapak saya semaput di kamar"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room with an incident that somebody told about in words."""
    room = Room(tmp_path_factory.mktemp("journal"))
    room.start()
    rina = room.person("rina")
    room.incident(rina, "satu", "MED-01", complaint=SECRET, name="Suparman", number="081303131148")
    room.incident(rina, "dua", "MED-01")
    rina.done("incident.add_note", incident="i-dua", text={"text": SECRET})
    yield room
    room.close()


@pytest.fixture(scope="module")
def adi(town: Room) -> Person:
    return town.person("admin")


def found(person: Person, **asked: Any) -> list[dict[str, Any]]:
    answer = person.get("/api/journal", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


def test_the_newest_comes_first_with_who_and_what(adi: Person) -> None:
    """In the order of the journal."""
    entries = found(adi)
    positions = [one["position"] for one in entries]
    assert positions == sorted(positions, reverse=True)
    opened = next(one for one in entries if one["kind"] == "incident.opened")
    assert (opened["agent_name"], opened["stream"]) == ("Rina", "incident:i-dua")


def test_no_word_that_anybody_said_and_nothing_an_incident_is_about(adi: Person) -> None:
    """Neither personal text nor kind, place or priority."""
    text = adi.get("/api/journal").text + adi.get("/api/journal", incident="i-satu").text
    for hidden in (SECRET, "Suparman", "1303131148", "MED-01", "Jalan satu", "110.42"):
        assert hidden not in text


def test_it_is_filtered_by_person_incident_kind_and_time(town: Room, adi: Person) -> None:
    """And a filter that nobody can read is refused."""
    rinas = found(adi, agent="agent-rina")
    assert rinas
    assert {one["agent"] for one in rinas} == {"agent-rina"}
    of_one = found(adi, incident="i-satu")
    assert {one["stream"] for one in of_one} == {"incident:i-satu"}
    row = town.store.find_row("incident", "i-satu")
    assert row is not None
    number = getattr(row.row, "number", 0)
    assert found(adi, incident=f"#{number}") == of_one
    assert {one["kind"] for one in found(adi, kind="incident.opened")} == {"incident.opened"}
    assert {one["stream"].split(":")[0] for one in found(adi, noun="report")} == {"report"}
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert found(adi, since=later) == []
    assert found(adi, until=later) == found(adi)
    assert adi.get("/api/journal", incident="99999").status_code == 404
    assert adi.get("/api/journal", since="kemarin").status_code == 400


def test_pages_join_without_gap_or_double(town: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """In steps and limits of any size, the whole journal comes by once."""
    monkeypatch.setattr(journal_search, "STEP", 3)
    whole = list(range(town.store.last_position(), 0, -1))
    for limit, scanned_max in ((1, 100), (4, 100), (100, 5)):
        positions: list[int] = []
        before: int | None = None
        while True:
            page = search(town.store, Asked(before=before), limit=limit, scanned_max=scanned_max)
            positions += [one.position for one in page.entries]
            before = page.before
            if before is None:
                break
        assert positions == whole, (limit, scanned_max)


def test_times_are_found_by_halving(town: Room) -> None:
    """Everything written before a moment, and nothing after it, wherever it lies."""
    written = [one.meta for one in town.store.tail(0, 10_000)]
    for meta in written[:: max(1, len(written) // 6)]:
        page = search(town.store, Asked(until=meta.recorded_at), limit=10_000, scanned_max=10_000)
        expected = [one.position for one in written if one.recorded_at < meta.recorded_at]
        assert [one.position for one in page.entries] == expected[::-1]


def test_looking_is_on_record_with_what_was_looked_for(town: Room, adi: Person) -> None:
    """Whoever watches is watched."""
    found(adi, agent="agent-budi")
    newest = town.store.accounts.accesses(what="journal", limit=1)[0]
    assert (newest.viewer, newest.reason) == ("agent-admin", "agent=agent-budi")
    readings = adi.get("/api/accesses", agent="agent-admin").json()
    assert readings[0]["what"] == "journal"
    assert readings[0]["viewer_name"] == "Admin"
    assert {one["viewer"] for one in readings} == {"agent-admin"}


def test_a_file_needs_a_reason_and_a_span_and_is_on_record(town: Room, adi: Person) -> None:
    """It holds every event of its span."""
    now = datetime.now(UTC)
    span = {
        "since": (now - timedelta(days=1)).isoformat(),
        "until": (now + timedelta(hours=1)).isoformat(),
    }
    assert adi.get("/api/journal.csv", **span).json()["reason"] == "export_reason_missing"
    no_span = adi.get("/api/journal.csv", reason="audit")
    assert no_span.json()["reason"] == "bad_span"
    answer = adi.get("/api/journal.csv", reason="audit tahunan", **span)
    lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert lines[0][0] == "position"
    assert len(lines) - 1 == town.store.last_position()
    assert answer.headers["x-more"] == "0"
    assert SECRET not in answer.text
    newest = town.store.accounts.accesses(what="journal_file", limit=1)[0]
    assert newest.reason.startswith("audit tahunan")


def test_what_a_spreadsheet_takes_for_a_formula_is_made_harmless(adi: Person) -> None:
    """A name on a screen may have been typed by anybody."""
    from zoneinfo import ZoneInfo

    now = datetime.now(UTC)
    entry = journal_search.JournalEntry(
        position=1, at=now, recorded_at=now, agent="a", agent_name="=cmd|'/c calc'!A1",
        stream="s", kind="k", facts={},
    )  # fmt: skip
    page = journal_search.JournalPage(entries=(entry,), before=None, looked_at=1)
    assert "'=cmd" in as_csv(page, ZoneInfo("Asia/Jakarta"))


@pytest.mark.parametrize("name", ["rina", "sari", "eva", "direktur", "dinkes"])
def test_nobody_else_reads_it(town: Room, name: str) -> None:
    """It is the administrator's."""
    person = town.person(name)
    for path in ("/api/journal", "/api/journal.csv", "/api/accesses", "/api/backups"):
        assert person.get(path).status_code == 403
