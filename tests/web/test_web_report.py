"""The monthly report by one click, and the page on which the record is published."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from web_room import Room

from kentongan.edge.web.public_page import page_of
from kentongan.published import DayChain, MonthFigure, Published, write_published
from kentongan.serve.reporting import ReportError, ReportMaker

SAID = Published(
    city="semarang",
    name="Kota <Semarang>",
    timezone="Asia/Jakarta",
    days=(DayChain(day="2026-11-05", position=812, events=31, chain="ab" * 32),),
    months=(
        MonthFigure(
            month="2026-10", position=700, interval="citizen_response", start="ring", end="arrived",
            n=90, all=95, p50_s=401.0, p90_s=564.5, p90_low_s=530.0, p90_high_s=None, limit_s=600.0,
            within_of_ended=0.9, within_of_all=0.86, days=6,
        ),
    ),
)  # fmt: skip


def test_an_officer_gets_the_own_agencys_report_and_no_other(hall: Room) -> None:
    """Whatever else is asked is not there; a supervisor gets any; who asked is on record."""
    officer, supervisor = hall.person("dinkes"), hall.person("sari")
    hall.reports.clear()
    answer = officer.get("/api/reports/2026-10")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('"laporan-2026-10-dinkes-id.pdf"')
    assert answer.content.startswith(b"%PDF-")
    assert officer.get("/api/reports/2026-10", agency="damkar").status_code == 404
    assert supervisor.get("/api/reports/2026-10", language="en").status_code == 200
    assert supervisor.get("/api/reports/2026-10", agency="damkar").status_code == 200
    assert supervisor.get("/api/reports/2026-10", agency="nasa").status_code == 404
    assert supervisor.get("/api/reports/2026-10", public="1").status_code == 200
    assert supervisor.get("/api/reports/2026-10", public="1", agency="damkar").status_code == 404
    assert officer.get("/api/reports/2026-10", public="1").status_code == 404
    assert hall.reports == [
        ("2026-10", "id", "dinkes"), ("2026-10", "en", ""), ("2026-10", "id", "damkar"),
        ("2026-10", "id", "public"),
    ]  # fmt: skip
    assert hall.person("rina").get("/api/reports/2026-10").status_code == 403


def test_a_month_that_is_none_or_cannot_be_made_is_said(hall: Room) -> None:
    """400 for no month, 503 with words when the making failed."""
    supervisor = hall.person("sari")
    for month in ("2026-13", "october", "..%2f2026-10"):
        assert supervisor.get(f"/api/reports/{month}").status_code in {400, 404}
    failed = supervisor.get("/api/reports/2026-01")
    assert (failed.status_code, failed.json()["reason"]) == (503, "report_failed")
    assert "no memory" not in failed.text


def test_what_is_published_is_for_everybody(hall: Room) -> None:
    """Without a session, as a page and as JSON; cached; words from the file are words."""
    hall.published_file.unlink(missing_ok=True)
    anybody = hall.browser()
    assert "Belum ada hari" in anybody.client.get("/publik/rekaman").text
    nothing = anybody.client.get("/publik/rekaman.json")  # not yet, which is no wrong address
    assert (nothing.status_code, nothing.json()["days"], nothing.json()["months"]) == (200, [], [])
    write_published(SAID, hall.published_file)
    page = anybody.client.get("/publik/rekaman")
    assert page.headers["cache-control"] == "public, max-age=300"
    for words in (
        "ab" * 32,
        "9:24 (8:50…–)",
        "86,0 %",
        "6/31 ▲",
        "Kota &lt;Semarang&gt;",
        "kentongan verify",
    ):
        assert words in page.text
    assert "<script" not in page.text
    assert anybody.client.get("/publik/rekaman.css").headers["content-type"].startswith("text/css")
    read = anybody.client.get("/publik/rekaman.json").json()
    assert read["days"][0]["chain"] == "ab" * 32
    hall.published_file.write_text("{}")
    assert anybody.client.get("/publik/rekaman.json").status_code == 404


def test_a_training_room_says_that_it_publishes_nothing() -> None:
    """In both languages, loudly; on duty there is no such word."""
    page = page_of(structs.replace(SAID, days=(), months=()), training=True)
    assert "LATIHAN" in page
    assert "publishes nothing" in page
    assert "LATIHAN" not in page_of(SAID)


def test_who_asks_without_end_is_told_to_wait(hall: Room) -> None:
    """Sixty in a minute are more than a person reads; a minute later it goes on."""
    anybody = hall.browser()
    codes = {anybody.client.get("/publik/rekaman").status_code for _ in range(70)}
    assert codes == {200, 429}
    hall.clock.ahead += timedelta(seconds=61)
    assert anybody.client.get("/publik/rekaman").status_code == 200


async def _made(maker: ReportMaker, month: str) -> bytes:
    return await maker(month, "id", "", public=False, training=False)


def test_a_child_makes_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a centre without any record: one page that says so. A month that is none: what it said."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    pages = asyncio.run(_made(ReportMaker(None), "2026-10"))
    assert pages.startswith(b"%PDF-")
    with pytest.raises(ReportError, match="not a month"):
        asyncio.run(_made(ReportMaker(None), "2026-99"))
