"""A month of open data is given away once: a second version beside the first points at people."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from measure_month import months, write

from kentongan.serve.opened import OpenedError, newest_month, remember
from kentongan.serve.opening import run_export_open
from kentongan.settings import Settings
from kentongan.store.open import open_store

ZONE = ZoneInfo("Asia/Jakarta")
SETTLED = datetime(2026, 12, 1, 17, tzinfo=UTC)
"""31 days after October's last midnight at Semarang."""


def test_a_month_is_told_once_with_the_same_rows_and_the_same_k(tmp_path: Path) -> None:
    """The same files may be made again; nothing else, and not where nobody knows what was told."""
    path = tmp_path / "opened.json"
    remember(path, "2026-10", 5, "one")
    remember(path, "2026-10", 5, "one")
    remember(path, "2026-11", 5, "other")
    with pytest.raises(OpenedError, match="other rows"):
        remember(path, "2026-10", 5, "one and one more")
    with pytest.raises(OpenedError, match="k = 5"):
        remember(path, "2026-10", 3, "one")
    path.write_text("[")
    with pytest.raises(OpenedError, match="not known"):
        remember(path, "2026-10", 5, "one")


def _centre(folder: Path) -> Settings:
    """A record of October, forty incidents of a kind."""
    settings = Settings(state_dir=str(folder))
    store = open_store(settings.store_url)
    write(store, months("2026-10-05", 10, 6.0))
    store.close()
    return settings


def test_a_month_without_a_row_is_not_given_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record may be the wrong one, or a training room's: nothing is written or remembered, so
    that the right one can still be told."""
    settings = _centre(tmp_path)
    assert run_export_open(settings, "2026-09", tmp_path / "out", 5, SETTLED) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "opened.json").exists()


def test_a_month_that_may_still_change_is_not_given_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last second before and the first after the 31 days; a refusal leaves no file."""
    settings = _centre(tmp_path)
    early = SETTLED.replace(hour=16, minute=59)
    assert newest_month(early, ZONE) == "2026-09"
    assert newest_month(SETTLED, ZONE) == "2026-10"
    assert run_export_open(settings, "2026-10", tmp_path / "out", 5, early) == 2
    assert "2026-12-02" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert run_export_open(settings, None, tmp_path / "out", 5, SETTLED) == 0
    assert (tmp_path / "out" / "responses-2026-10.csv").is_file()
    assert run_export_open(settings, "2026-10", tmp_path / "again", 5, SETTLED) == 0
    assert run_export_open(settings, "2026-10", tmp_path / "other", 4, SETTLED) == 2
    assert not (tmp_path / "other").exists()
