"""The paper pack: everything that is open, in words, whole or not at all, for the room alone."""

import re
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.ports import Unavailable
from kentongan.app.register import register
from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.core.commands import (
    AnyCommand,
    AssignUnit,
    ClassifyIncident,
    CloseRoads,
    EndCall,
    Envelope,
    IdentifyReporter,
    LocateIncident,
    OfferCall,
    OpenIncident,
    OpenReport,
    ProgressUnit,
    SendIncident,
    TakeComplaint,
)
from kentongan.core.shapes import LineShape
from kentongan.core.words import (
    AgencyKey,
    Agent,
    AgentId,
    CallId,
    ClosureId,
    CommandId,
    IncidentId,
    NatureCode,
    Personal,
    Place,
    Progress,
    ReportId,
    Role,
    UnitId,
)
from kentongan.edge.paper import situation as bounds
from kentongan.edge.paper.words import WORDS
from kentongan.main import main
from kentongan.paper_settings import PaperSettings, faults_of_paper
from kentongan.serve import paper
from kentongan.serve.paper import LATEST, REASON, VIEWER, PaperMaker, keep_paper
from kentongan.store.open import open_store
from kentongan.store.tables import ACCESS_LOG, AccessLine
from kentongan.store.whole import WholeStore

PACK = load(packaged())
PLANS = plans_of(PACK)
NOW = datetime(2026, 11, 26, 7, 5, tzinfo=UTC)  # 14.05 in Semarang
EVERYBODY = Agent(
    id=AgentId("budi"),
    name="Budi",
    roles=(Role.SYSTEM, Role.CALL_TAKER, Role.DISPATCHER),
)
HOSTILE = 'api <img src=x onerror="alert(1)"> di gudang'


class Board:
    """A store with whatever a test puts on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "paper"
        self.store: WholeStore = open_store(f"sqlite:{folder / 'kentongan.db'}")
        register(self.store, PLANS, PACK, NOW)
        self._count = 0

    def do(self, *commands: AnyCommand) -> None:
        """Commands through the door."""
        for command in commands:
            self._count += 1
            envelope = Envelope(id=CommandId(f"t{self._count}"), agent=EVERYBODY, command=command)
            handle(self.store, PLANS, envelope, NOW)

    def incident(self, name: str, nature: str, complaint: str, *, point: Point | None) -> None:
        """An open incident with one reporter; without a point it is uncertain in Sekayu."""
        incident, report = IncidentId(name), ReportId(f"r-{name}")
        place = Place(
            words=Personal(text="dekat Balai Kota"),
            label=Personal(text="Jalan Pemuda 148"),
            landmark=Personal(text="seberang Lawang Sewu"),
            point=point,
            kelurahan="33.74.01.1006",
            uncertain=point is None,
        )
        self.do(
            OpenReport(report=report),
            IdentifyReporter(
                report=report,
                name=Personal(text="Sri Wahyuni"),
                number=Personal(text="081303131148"),
            ),
            TakeComplaint(report=report, words=Personal(text=complaint)),
            OpenIncident(incident=incident, report=report),
            LocateIncident(incident=incident, place=place),
            ClassifyIncident(incident=incident, nature=NatureCode(nature)),
            SendIncident(incident=incident),
        )

    def maker(self, kept: int = 12) -> PaperMaker:
        """Who makes packs of it."""
        settings = PaperSettings(kept=kept)
        return PaperMaker(self.store, PACK, PLANS.time_zone_offset, settings)

    def accesses(self) -> list[AccessLine]:
        """The access log."""
        with self.store.tables() as tables:
            lines = tables.page(ACCESS_LOG, None)
        return [line for line in lines if isinstance(line, AccessLine)]

    def page(self) -> str:
        """The pack now."""
        return self.maker().page(NOW, training=False)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """A city with its agencies and units and nothing going on."""
    return Board(tmp_path)


def test_everything_open_is_on_it(board: Board) -> None:
    """Who, what, where, which agencies and units, who is to be rung back, which roads are shut."""
    board.incident("fire", "KBK-01", HOSTILE, point=Point(-6.9822, 110.4092))
    board.incident("faint", "MED-01", "bapak semaput", point=None)
    board.do(
        AssignUnit(incident=IncidentId("fire"), unit=UnitId("DMK01"), agency=AgencyKey("damkar"))
    )
    call = CallId("gone")
    board.do(
        OfferCall(
            call=call, line="112", dialled="112", trunk="t", number=Personal(text="0878111122")
        ),
        EndCall(call=call, by="caller"),
        CloseRoads(
            closure=ClosureId("rob"),
            geometry=LineShape(((110.44, -6.96), (110.45, -6.95))),
            reason="flood",
            depth_cm=40,
            label=Personal(text="Kaligawe"),
        ),
    )
    page = board.page()
    assert "Dibuat 26-11-2026 14.05.00" in page
    for words in (
        "KBK-01", "MED-01", "bapak semaput", "Sri Wahyuni", "0813-0313-1148", "Jalan Pemuda 148",
        "dekat Balai Kota", "seberang Lawang Sewu", "-6.98220, 110.40920", "0878-1111-22",
        "Kaligawe", "40 cm", "DMK01", "ditugaskan", "titik belum diketahui", "lokasi belum pasti",
    ):  # fmt: skip
        assert words in page, words
    waiting, worked_on = page.index("bapak semaput"), page.index("di gudang")
    assert waiting < worked_on  # nobody goes there yet
    assert "menunggu unit" in page[:worked_on]


def test_what_people_typed_is_words_and_nothing_else(board: Board) -> None:
    """No element, script or address comes out of a complaint; the page asks for nothing."""
    board.incident("fire", "KBK-01", HOSTILE, point=Point(-6.9822, 110.4092))
    board.do(IdentifyReporter(report=ReportId("r-fire"), name=Personal(text="محمد \u202e")))
    page = board.page()
    assert "&lt;img src=x onerror=" in page
    assert "<img" not in page
    assert "<script" not in page
    assert "\u2068محمد \u2069" in page
    assert "\u202e" not in page, "no text turns the rest of its line"
    without_names = page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\(|@import", without_names)


def test_a_code_leads_to_the_point_and_no_point_has_none(board: Board) -> None:
    """One code for the incident with a point; the other has no code."""
    board.incident("fire", "KBK-01", "api", point=Point(-6.9822, 110.4092))
    board.incident("faint", "MED-01", "semaput", point=None)
    assert board.page().count("<svg") == 1


def test_forms_have_numbers_of_their_own(board: Board) -> None:
    """Twelve forms that no other pack has: their numbers tell the day and the minute."""
    numbers = re.findall(r"K-\d{6}-\d{4}-\d\d", board.page())
    assert numbers[0] == "K-261126-1405-01"
    assert len(set(numbers)) == len(numbers) == 12


def test_a_pack_is_bounded_and_says_what_it_left_out(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that waits stays; the other is counted."""
    monkeypatch.setattr(bounds, "INCIDENTS_MAX", 1)
    board.incident("fire", "KBK-01", "api besar", point=Point(-6.9822, 110.4092))
    board.incident("cat", "HWN-03", "kucing di pohon", point=Point(-6.98, 110.41))
    page = board.page()
    assert "api besar" in page
    assert "kucing di pohon" not in page
    assert "1 lagi tidak dimuat." in page


def test_each_text_is_written_down_once_in_the_access_log(board: Board) -> None:
    """Who looks at personal text is on record: the pack, once for each text."""
    board.incident("fire", "KBK-01", "api", point=None)
    maker = board.maker()
    maker.page(NOW, training=False)
    first = board.accesses()
    maker.page(NOW + timedelta(minutes=5), training=False)
    again = board.accesses()
    assert {(line.viewer, line.reason) for line in first} == {(VIEWER, REASON)}
    assert len(first) == 6  # name, number, complaint, three words of the place
    assert again == first


def test_files_are_whole_ours_and_few(board: Board) -> None:
    """Readable by the owner alone; the newest has a fixed name; the oldest go."""
    maker = board.maker(kept=2)
    files = [
        maker.keep(board.folder, NOW + timedelta(minutes=5 * n), training=True) for n in range(3)
    ]
    left = sorted(file.name for file in board.folder.iterdir())
    assert left == sorted([LATEST, files[1].name, files[2].name])
    assert (board.folder / LATEST).read_text() == files[2].read_text()
    assert "LATIHAN" in files[2].read_text()
    assert stat.S_IMODE(files[2].stat().st_mode) == 0o600
    assert stat.S_IMODE(board.folder.stat().st_mode) == 0o700


def test_a_store_or_a_disk_that_is_away_is_waited_for(
    board: Board, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two failures are told, and the third pack is made."""
    stop, maker = threading.Event(), board.maker()
    faults: list[Exception] = [Unavailable("store"), OSError("disk full")]
    keep = PaperMaker.keep

    def faulty(self: PaperMaker, folder: Path, now: datetime, *, training: bool) -> Path:
        if faults:
            raise faults.pop(0)
        stop.set()
        return keep(self, folder, now, training=training)

    monkeypatch.setattr(paper.PaperMaker, "keep", faulty)
    with caplog.at_level("INFO"):
        keep_paper(maker, board.folder, 0.001, lambda: NOW, stop, training=False)
    assert (board.folder / LATEST).is_file()
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"]


def test_the_command_makes_one_now(
    board: Board,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Into a file that is asked for; in English where the settings say so."""
    board.incident("fire", "KBK-01", "api", point=None)
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("KENTONGAN_PAPER__LANGUAGE", "en")
    out = tmp_path / "pack.html"
    assert main(["paper", "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert "112 Semarang City paper pack" in out.read_text()
    assert "waiting for a unit" in out.read_text()
    assert main(["paper", "--out", str(tmp_path / "nowhere" / "pack.html")]) == 2
    assert "no pack was made" in capsys.readouterr().err


def test_both_languages_have_every_word() -> None:
    """A word that one of them lacks would come out as its key."""
    assert WORDS["id"].keys() == WORDS["en"].keys()


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (PaperSettings(), ""),
        (PaperSettings(every_s=0), ""),
        (PaperSettings(every_s=5), "paper.every_s"),
        (PaperSettings(every_s=float("nan")), "paper.every_s"),
        (PaperSettings(kept=0), "paper.kept"),
        (PaperSettings(language="jv"), "paper.language"),
    ],
)
def test_settings_that_cannot_be(settings: PaperSettings, fault: str) -> None:
    """Named by their key."""
    found = list(faults_of_paper(settings))
    assert len(found) == bool(fault)
    assert all(one.startswith(fault) for one in found)


def test_what_is_served_is_to_be_closed_and_waits_for_no_unit(board: Board) -> None:
    """As the screens and alarm A-03 say it."""
    fire = IncidentId("fire")
    board.incident("fire", "KBK-01", HOSTILE, point=Point(-6.9822, 110.4092))
    board.do(AssignUnit(incident=fire, unit=UnitId("DMK01"), agency=AgencyKey("damkar")))
    for step in (Progress.ON_SCENE, Progress.CLEAR):
        board.do(ProgressUnit(incident=fire, unit=UnitId("DMK01"), progress=step))
    page = board.page()
    assert "semua unit sudah selesai" in page
    assert "menunggu unit" not in page
