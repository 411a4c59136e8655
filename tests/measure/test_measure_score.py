"""A drill's score: what was done with each call against what the scenario knows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.register import register
from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.core.commands import (
    AnswerCall,
    AnswerTriage,
    AnyCommand,
    AssignUnit,
    ClassifyIncident,
    DisposeCall,
    EndCall,
    Envelope,
    IdentifyReporter,
    LinkReport,
    LocateIncident,
    OfferCall,
    OpenIncident,
    OpenReport,
    SendIncident,
    TakeComplaint,
)
from kentongan.core.rows import IncidentRow
from kentongan.core.triage import next_question
from kentongan.core.words import (
    AgencyKey,
    Agent,
    AgentId,
    CallId,
    CommandId,
    DeskKey,
    Disposition,
    IncidentId,
    NatureCode,
    Personal,
    Place,
    ReportId,
    Role,
    UnitId,
)
from kentongan.main import main
from kentongan.measure.score import Board, Mark, Sheet, score
from kentongan.measure.score_sheet import WORDS, to_html, to_text
from kentongan.serve.wiring import utc_now
from kentongan.store.open import open_store

PACK = load(packaged())
PLANS = plans_of(PACK)
SCENARIOS = {one.key: one for one in PACK.scenarios}
NOW = utc_now() - timedelta(minutes=30)
DESK = DeskKey("desk_1")
RINA = Agent(
    id=AgentId("rina"),
    name="Rina",
    roles=(Role.SYSTEM, Role.CALL_TAKER, Role.DISPATCHER),
    desk=DESK,
)


class Drill:
    """A training room whose clock a test moves."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(f"sqlite:{folder / 'kentongan.db'}")
        self.now = NOW
        register(self.store, PLANS, PACK, NOW)
        self._count = 0

    def do(self, *commands: AnyCommand, after_s: float = 0.0) -> None:
        """Commands through the door, so many seconds later."""
        self.now += timedelta(seconds=after_s)
        for command in commands:
            self._count += 1
            envelope = Envelope(id=CommandId(f"d{self._count}"), agent=RINA, command=command)
            handle(self.store, PLANS, envelope, self.now)

    def ring(self, name: str, number: str | None, *, answered_s: float | None = 4.0) -> None:
        """A call of the drill that is answered, or not."""
        sealed = None if number is None else Personal(text=number)
        call = CallId(name)
        self.do(
            OfferCall(call=call, line="112", dialled="112", trunk="t", number=sealed, training=True)
        )
        if answered_s is not None:
            self.do(AnswerCall(call=call, desk=DESK), after_s=answered_s)

    def take(self, name: str, nature: str, point: Point, *, words: str = "bapak semaput") -> None:
        """The interview of that call up to a draft that is located and classified."""
        report, incident = ReportId(f"r-{name}"), IncidentId(f"i-{name}")
        self.do(
            OpenReport(report=report, call=CallId(name), training=True),
            IdentifyReporter(
                report=report, name=Personal(text="Sri Wahyuni"), number=Personal(text="0813")
            ),
            TakeComplaint(report=report, words=Personal(text=words)),
            OpenIncident(incident=incident, report=report, training=True),
        )
        self.do(LocateIncident(incident=incident, place=Place(point=point)), after_s=20)
        self.do(ClassifyIncident(incident=incident, nature=NatureCode(nature)))

    def asks_everything(self, name: str) -> None:
        """Every question of the protocol is answered with no."""
        incident = IncidentId(f"i-{name}")
        for _ in range(30):
            row = self.store.find_row("incident", incident)
            assert row is not None
            assert isinstance(row.row, IncidentRow)
            asked = next_question(row.row.nature, row.row.triage, PLANS)
            if asked is None:
                return
            kind = asked.question.answer
            answer = asked.question.options[0].key if asked.question.options else "no"
            answer = "1" if kind == "number" else answer
            self.do(AnswerTriage(incident=incident, question=asked.question.key, answer=answer))
        raise AssertionError("the protocol has no end")

    def sheet(self, scenario: str) -> Sheet:
        """The score up to now."""
        rows = [one.row for one in self.store.rows() if one.row is not None]
        board = Board(rows, lambda ref: self.store.open_texts([ref]).get(ref, ""))
        until = self.now + timedelta(seconds=1)
        return score(SCENARIOS[scenario], PACK, PLANS, board, NOW, until)


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    """Nobody has called yet."""
    return Drill(tmp_path)


def marks(sheet: Sheet, call: int = 0) -> dict[str, Mark]:
    """The marks of a call by key."""
    return {mark.key: mark for mark in sheet.calls[call].marks}


def test_a_call_taken_well_meets_every_mark(drill: Drill) -> None:
    """Answered in 4 s, placed after 24, asked, sent, a unit, the promise read."""
    call = SCENARIOS["medical"].calls[0]
    drill.ring("c1", call.number)
    drill.take("c1", call.nature, call.place.point)
    drill.asks_everything("c1")
    incident = IncidentId("i-c1")
    drill.do(SendIncident(incident=incident), after_s=5)
    drill.do(
        AssignUnit(incident=incident, unit=UnitId("AMB01"), agency=AgencyKey("dinkes")), after_s=12
    )
    sheet = drill.sheet("medical")
    found = marks(sheet)
    assert {key for key, mark in found.items() if mark.is_met is not True} == {"told"}
    assert found["answered"].value == "4 s"
    assert found["place"].value == "0 m"
    assert found["place_in_time"].value == "20 s"
    assert found["sent"].value == "25 s"
    assert found["unit"].value == "12 s"
    assert (sheet.incidents_found, sheet.incidents_expected) == (1, 1)
    assert sheet.met == sheet.asked - 1
    assert sheet.calls[0].call_taker == "Rina"


def test_what_was_missed_is_named(drill: Drill) -> None:
    """Late, in the wrong place, of the wrong kind, without its questions, never sent."""
    call = SCENARIOS["medical"].calls[0]
    drill.ring("c1", call.number, answered_s=14)
    drill.take("c1", "MED-18", Point(-7.05, 110.44))
    found = marks(drill.sheet("medical"))
    missed = {key for key, mark in found.items() if mark.is_met is False}
    assert missed == {
        "answered",
        "place",
        "nature",
        "priority",
        "questions",
        "sent",
        "lead",
        "unit",
    }
    assert found["nature"].value == "MED-18"
    assert found["questions"].value  # the first question that was left out
    assert found["told"].is_met is None  # there was no promise to read


def test_a_prank_is_put_away_as_one(drill: Drill) -> None:
    """The right digit after F9, and no incident; the wrong one is named."""
    call = SCENARIOS["prank"].calls[0]
    drill.ring("c1", call.number)
    drill.do(EndCall(call=CallId("c1"), by="caller"))
    drill.do(DisposeCall(call=CallId("c1"), disposition=Disposition.TEST))
    assert marks(drill.sheet("prank"))["disposition"].is_met is False
    drill.ring("c2", call.number)
    drill.do(EndCall(call=CallId("c2"), by="caller"))
    drill.do(DisposeCall(call=CallId("c2"), disposition=Disposition.PRANK))
    again = drill.now
    rows = [one.row for one in drill.store.rows() if one.row is not None]
    board = Board(rows, lambda ref: drill.store.open_texts([ref]).get(ref, ""))
    later = score(
        SCENARIOS["prank"], PACK, PLANS, board, NOW + timedelta(seconds=1), again + timedelta(1)
    )
    assert marks(later)["disposition"].is_met is True
    assert (later.incidents_found, later.incidents_expected) == (0, 0)


def test_the_sheet_is_of_the_last_time_a_scenario_was_played(drill: Drill) -> None:
    """The first trainee's calls are not the second one's, nor stand in for one not yet rung; a call
    that the trainer lets ring once more counts as it went the last time."""
    calls = SCENARIOS["fire"].calls
    for at, call in enumerate(calls):
        drill.ring(f"first{at}", call.number, answered_s=14)
    drill.now += timedelta(minutes=10)
    begun = drill.now
    drill.ring("second0", calls[0].number)
    drill.ring("second1", calls[1].number, answered_s=14)
    drill.ring("again1", calls[1].number)
    sheet = drill.sheet("fire")
    assert sheet.begun_at == begun
    assert [one.call for one in sheet.calls] == ["second0", "again1", None]


def test_a_number_that_rings_four_times_begins_a_new_drill_with_the_fifth(drill: Drill) -> None:
    """Whoever is a prank three times is not so in two trainees' sheets."""
    calls = SCENARIOS["prank_series"].calls
    for name in ("first", "second"):
        for at, call in enumerate(calls):
            drill.ring(f"{name}{at}", call.number)
    found = [one.call for one in drill.sheet("prank_series").calls]
    assert found == [f"second{at}" for at in range(len(calls))]


def test_three_callers_are_one_incident(drill: Drill) -> None:
    """The second and the third are linked to the first one's incident, and judged by it."""
    calls = SCENARIOS["fire"].calls
    drill.ring("c1", calls[0].number)
    drill.take("c1", "KBK-01", calls[0].place.point, words="kebakaran")
    drill.do(SendIncident(incident=IncidentId("i-c1")))
    for at, call in enumerate(calls[1:], start=2):
        drill.ring(f"c{at}", call.number)
        report = ReportId(f"r-c{at}")
        drill.do(
            OpenReport(report=report, call=CallId(f"c{at}"), training=True),
            TakeComplaint(report=report, words=Personal(text="ada anak di lantai dua")),
            LinkReport(incident=IncidentId("i-c1"), report=report),
        )
    sheet = drill.sheet("fire")
    assert (sheet.incidents_found, sheet.incidents_expected) == (1, 1)
    assert marks(sheet, 2)["place"].is_met is True
    assert marks(sheet, 2)["complaint"].is_met is True


def test_a_call_that_never_came_and_one_nobody_answered(drill: Drill) -> None:
    """Both are on the sheet: the one is not on record, the other was not rung back."""
    calls = SCENARIOS["fire"].calls
    drill.ring("c1", calls[0].number, answered_s=None)
    drill.do(EndCall(call=CallId("c1"), by="caller"), after_s=30)
    sheet = drill.sheet("fire")
    assert [mark.key for mark in sheet.calls[0].marks] == ["rung_back"]
    assert [(mark.key, mark.is_met) for mark in sheet.calls[1].marks] == [("on_record", False)]
    assert sheet.calls[0].call_taker == ""


def test_the_sheet_is_read_and_printed(drill: Drill) -> None:
    """In both languages; what came from a name is words, not markup."""
    call = SCENARIOS["medical"].calls[0]
    drill.ring("c1", call.number)
    sheet = drill.sheet("medical")
    text = to_text(sheet, SCENARIOS["medical"], PACK, "id")
    assert "Panggilan 1: MED-01" in text
    assert "menjadi insiden" in text
    assert "TIDAK" in text
    hostile = msgspec.structs.replace(sheet.calls[0], call_taker="<script>alert(1)</script>")
    sheet = msgspec.structs.replace(sheet, calls=(hostile,))
    page = to_html(sheet, SCENARIOS["medical"], PACK, "en", timedelta(hours=7))
    assert "Training score sheet: Medical" in page
    assert "<script" not in page
    assert WORDS["id"].keys() == WORDS["en"].keys()


def test_the_command_scores_the_record(
    drill: Drill,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """JSON and a page; duty is not scored; an unknown scenario is named with the known ones."""
    drill.ring("c1", SCENARIOS["medical"].calls[0].number)
    drill.do(
        OfferCall(
            call=CallId("duty"),
            line="112",
            dialled="112",
            trunk="t",
            number=Personal(text="081100002001"),
        )
    )
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("KENTONGAN_TRAINING", "true")
    page = tmp_path / "sheet.html"
    kept = tmp_path / "nilai.pdf"
    asked = ["score", "medical", "--json", "--html", str(page), "--pdf", str(kept)]
    assert main(asked) == 0
    assert kept.read_bytes().startswith(b"%PDF-")
    told = msgspec.json.decode(capsys.readouterr().out, type=Sheet)
    assert told.calls[0].call == "c1"
    assert page.read_text().startswith("<!doctype html>")
    assert main(["score", "fire"]) == 1  # that call was on duty
    assert "no drill of 'fire'" in capsys.readouterr().err
    assert main(["score", "nothing"]) == 2
    assert "medical, fire, silent" in capsys.readouterr().err
    assert main(["score", "fire", "--minutes", "0"]) == 2


def test_the_clock_of_the_drill_is_real() -> None:
    """The command looks back from now, so the drill above began within its three hours."""
    assert timedelta() < datetime.now(UTC) - NOW < timedelta(minutes=180)
