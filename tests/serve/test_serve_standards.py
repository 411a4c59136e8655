"""A city's own standards: beside its pack, in a file of their own, and what in them is wrong."""

import json
import logging
import shutil
from pathlib import Path

import pytest

from kentongan.cities.pack import packaged
from kentongan.main import main
from kentongan.measure.standards import presets
from kentongan.serve.standards import standards_in_use, standards_of
from kentongan.settings import Settings, load_settings

OWN = """
[[standard]]
id = "kota-8"
name = {id = "Perwali: 8 menit", en = "City rule: 8 minutes"}
source = "Perwali"
status = "second_hand"
active = true
start = [{event = "ring"}]
stop = {event = "arrived"}
statistic = "share"
threshold_s = 480
target = 0.9
"""

FILE = "no,ring,arrived\n" + "".join(
    f"{n},2026-10-01 08:{n:02d}:00,2026-10-01 08:{n + (5 if n % 4 else 9):02d}:00\n"
    for n in range(40)
)

MAPPING = """
id = "own"
name = "own"
row = "incident"
timezone = "Asia/Jakarta"
precision_s = 1
[clocks]
ring = {column = "ring"}
arrived = {column = "arrived"}
"""


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the pack that the centre uses."""
    folder = tmp_path / "city"
    shutil.copytree(packaged(), folder)
    monkeypatch.setenv("KENTONGAN_CITY_PACK", str(folder))
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "records.csv").write_text(FILE)
    (tmp_path / "own.toml").write_text(MAPPING)
    return folder


def _settings() -> Settings:
    return load_settings(None)


def _evaluate(folder: Path, *more: str) -> int:
    path, mapping = str(folder / "records.csv"), str(folder / "own.toml")
    return main(["evaluate", path, "--map", mapping, "--json", *more])


def test_a_standard_of_the_pack_is_judged_by(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten of forty came after nine minutes: 75 % within eight, by its id and among the active."""
    (pack / "standards.toml").write_text(OWN)
    assert _evaluate(tmp_path, "--standard", "kota-8") == 0
    found = json.loads(capsys.readouterr().out)["standards"]
    assert [one["id"] for one in found] == ["kota-8"]
    assert found[0]["within"]["of_ended"]["value"] == pytest.approx(0.75)
    assert found[0]["within"]["of_all"]["value"] == pytest.approx(0.75)
    assert _evaluate(tmp_path, "--standard", "active") == 0
    active = [one["id"] for one in json.loads(capsys.readouterr().out)["standards"]]
    assert "kota-8" in active
    assert "id-semarang-10-ring" in active
    assert main(["city", "check", str(pack)]) == 0


def test_a_file_of_standards_comes_last_and_one_id_takes_anothers_place(
    pack: Path, tmp_path: Path
) -> None:
    """Preset, pack, file: the last that has the id counts, the others stay."""
    preset = presets()[0].id
    (pack / "standards.toml").write_text(OWN + OWN.replace("kota-8", preset))
    other = tmp_path / "other.toml"
    other.write_text(OWN.replace("480", "300"))
    found = {one.id: one for one in standards_of(_settings(), other)}
    assert found["kota-8"].threshold_s == 300
    assert found[preset].source == "Perwali"
    assert len(found) == len(presets()) + 1


def test_an_unknown_event_is_told_with_what_there_is(
    pack: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By the command, by the check of the pack, and in the log of a process that goes on."""
    (pack / "standards.toml").write_text(OWN.replace('"arrived"', '"landed"'))
    told = "standards.toml: 'kota-8': stop is the unknown event 'landed'; known are ring, "
    assert _evaluate(tmp_path, "--standard", "kota-8") == 2
    said = capsys.readouterr()
    assert told in said.err
    assert "arrived" in said.err
    assert said.out == ""
    assert main(["city", "check", str(pack)]) == 1
    assert told in capsys.readouterr().out
    with caplog.at_level(logging.CRITICAL):
        assert standards_in_use(_settings()) == presets()
    assert told in caplog.text
    (pack / "standards.toml").unlink()
    assert _evaluate(tmp_path, "--standard", "kota-9") == 2
    assert "no standard 'kota-9'; known are" in capsys.readouterr().err
    own = tmp_path / "more.toml"
    own.write_text(OWN.replace('"ring"', '"moon"'))
    assert _evaluate(tmp_path, "--standard", "kota-8", "--standards", str(own)) == 2
    assert "more.toml: 'kota-8': start is the unknown event 'moon'" in capsys.readouterr().err
    assert (
        _evaluate(tmp_path, "--standard", "active", "--standards", str(tmp_path / "no.toml")) == 1
    )
