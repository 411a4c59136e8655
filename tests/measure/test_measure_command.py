"""`kentongan evaluate` at a terminal: this centre's record, files of others, and what is wrong."""

import json
from pathlib import Path

import pytest
from measure_story import founding_call, journal

from kentongan.app.ports import Draft, Store
from kentongan.core.words import CommandId
from kentongan.main import main
from kentongan.measure.table import clock_of_seconds
from kentongan.store.open import open_store

CSV = """received,dispatched,enroute,on_scene,cleared,agency,unit,incident_id
""" + "\n".join(
    f"2026-10-{1 + i // 20:02d} {8 + i % 10:02d}:{i % 60:02d}:03,"
    f"2026-10-{1 + i // 20:02d} {8 + i % 10:02d}:{i % 60:02d}:50,"
    f"2026-10-{1 + i // 20:02d} {8 + i % 10:02d}:{i % 60:02d}:59,"
    f"2026-10-{1 + i // 20:02d} {8 + (i + 7) // 60 + i % 10:02d}:{(i + 7) % 60:02d}:13,,"
    f"{'damkar' if i % 2 else 'dinkes'},U{i % 4},{i}"
    for i in range(160)
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A small export of another centre."""
    path = tmp_path / "cad.csv"
    path.write_text(CSV)
    return path


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["evaluate", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_file_is_recognised_and_split(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By agency and against standards; the table says n, percentiles and both shares."""
    code, out, err = _run(
        capsys, str(export), "--by", "agency", "--interval", "travel,ring..arrived",
        "--standard", "id-semarang-10-ring,de-agbf-fire", "--limit", "420", "--map", "generic-cad",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "160 of 160 rows kept" in out
    assert "damkar" in out
    assert "of all" in out
    assert "ring..arrived: ring to arrived, per work" in out
    code, out, _ = _run(
        capsys, str(export), "--interval", "travel", "--json", "--map", "generic-cad"
    )
    found = json.loads(out)
    group = found["intervals"][0]["groups"][0]
    assert (group["n"], group["all"]) == (160, 160)
    assert group["p90"]["low"] <= group["p90"]["value"] <= group["p90"]["high"]


def test_the_import_report_is_by_row(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was dropped, what was marked; the same as JSON."""
    with export.open("a") as file:
        file.write("\n2026-10-01 08:00:03,soon,,,,x,U1,999\n1,2\n")
    code, out, _ = _run(capsys, "import", str(export), "--map", "generic-cad")
    assert code == 0
    assert "dropped: 1 columns — row 163" in out
    assert "1 unreadable (assigned) — row 162 soon" in out
    every = export.with_name("every row.csv")
    given = ("--map", "generic-cad", "--defects", str(every))
    assert _run(capsys, "import", str(export), *given)[1] == out
    assert every.read_text().startswith("row,fate,reason,column,value\n")
    code, _, told = _run(capsys, "import", str(export), "--defects", str(export))
    assert (code, "is the file itself" in told) == (2, True)
    code, _, told = _run(capsys, str(export), "--defects", str(every))
    assert (code, "only with import" in told) == (2, True)
    code, out, _ = _run(capsys, "import", str(export), "--map", "generic-cad", "--json")
    assert json.loads(out)["kept"] == 161


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("gone.csv",), 2, "no such file"),
        (("{file}", "--interval", "moon"), 2, "no interval 'moon'"),
        (("{file}", "--by", "colour", "--interval", "travel"), 2, "cannot split travel by colour"),
        (("{file}", "--limit", "-5", "--interval", "travel"), 2, "--limit: seconds, more than 0"),
        (("{file}", "--standard", "moon"), 2, "no standard 'moon'"),
        (("{file}", "--map", "moon"), 2, "no preset 'moon'"),
        (("{file}", "{file}"), 2, "one store or one file, not 2"),
        (("--by", "agency", "--from", "soon"), 2, "--from: 'soon' is not a day"),
        (("--by", "agency", "--days", "0"), 2, "--days: 1 to 3660"),
    ],
)
def test_what_cannot_be_meant_is_said(
    arguments: tuple[str, ...], code: int, told: str, export: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """One sentence, exit code 2, never a trace."""
    monkeypatch.setenv("KENTONGAN_STORE", f"sqlite:{tmp_path}/own.db")
    asked = [one.format(file=export) for one in arguments]
    mapped = [] if "--map" in asked or "{file}" not in arguments[0] else ["--map", "generic-cad"]
    found, _, err = _run(capsys, *asked, *mapped)
    assert found == code
    assert told in err


def test_the_centres_own_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A store by its path: intervals of calls and units, the ledger, and what was left out."""
    path = tmp_path / "own.db"
    store = open_store(f"sqlite:{path}")
    _write(store)
    code, out, err = _run(
        capsys, str(path), "--interval", "citizen_response,answer", "--ledger", "--json",
        "--standard", "active",
    )  # fmt: skip
    assert (code, err) == (0, "")
    found = json.loads(out)
    counts = {one["interval"]: one["groups"][0]["n"] for one in found["intervals"]}
    assert counts == {"citizen_response": 1, "answer": 1}
    depart = next(one for one in found["standards"] if one["id"] == "id-semarang-depart-5")
    assert (depart["n"], depart["verdict"]) == (1, "too_few")
    assert found["promises"]["n"] == 0
    code, out, _ = _run(capsys, str(path), "--interval", "answer")
    assert "belum cukup data" in out


def test_a_month_with_no_data_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing began then: no figure, no verdict, no error, whatever it is to be split by."""
    path = tmp_path / "own.db"
    _write(open_store(f"sqlite:{path}"))
    month = (str(path), "--from", "2020-02-01", "--days", "29")
    asked = ("--interval", "citizen_response,answer", "--by", "agency", "--ledger")
    code, out, err = _run(capsys, *month, *asked, "--standard", "id-semarang-10-ring")
    assert (code, err) == (0, "")
    assert out.count("nothing to measure") == 2
    assert "belum cukup data" in out
    assert "do not say" not in out
    code, out, _ = _run(capsys, *month, *asked, "--json", "--standard", "id-semarang-10-ring")
    found = json.loads(out)
    assert [one["groups"] for one in found["intervals"]] == [[], []]
    assert (found["standards"][0]["n"], found["standards"][0]["verdict"]) == (0, "too_few")
    assert "no incident is on record in this span" in _run(capsys, *month, "--by", "agency")[1]
    code, out, err = _run(capsys, *month, "--chart", "--funnel", "kecamatan")
    assert (code, err) == (0, "")
    assert "citizen_response, 0 began" in out
    assert "no week with a case" in out
    assert "nobody to compare" in out
    code, _, err = _run(capsys, *month, "--interval", "answer", "--by", "colour")
    assert (code, "cannot split answer by colour" in err) == (2, True)


def _write(store: Store) -> None:
    """The founding call, appended event by event."""
    versions: dict[str, int] = {}
    with store.transaction() as transaction:
        for event, meta in journal(founding_call()):
            transaction.append(
                Draft(
                    stream=meta.stream,
                    expected_version=versions.get(meta.stream, 0),
                    events=(event,),
                    command=CommandId(str(meta.event_id)),
                    agent="a",
                    agent_name="A",
                    at=meta.at,
                    recorded_at=meta.recorded_at,
                    because=None,
                )
            )
            versions[meta.stream] = versions.get(meta.stream, 0) + 1


def test_a_standard_that_these_records_cannot_answer_says_why(
    export: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No column for its clock, or no row of its kind: a reason and no figure, never 0 %; counts by
    the hour answer no question about single calls."""
    asked = ("--standard", "de-agbf-fire,nena-020-15,nfpa-1225-process", "--map", "generic-cad")
    code, out, _ = _run(capsys, str(export), *asked, "--json", "--interval", "travel")
    assert code == 0
    judged = {one["id"]: one for one in json.loads(out)["standards"]}
    assert set(judged) == {"de-agbf-fire", "nena-020-15", "nfpa-1225-process"}
    assert judged["nena-020-15"]["reason"]["key"] == "other_subject"
    assert all(one["value"] is None for one in judged.values())
    counts = tmp_path / "hours.csv"
    columns = "911_10,911_15,911_20,911_40,911_60,911_120,911_121,911_AB,911_T"
    columns += "," + columns.replace("911_", "ADM_")
    counts.write_text(f"{columns}\n{','.join(['1'] * 18)}\n")
    code, _, told = _run(capsys, str(counts), "--standard", "active", "--map", "alexandria-phone")
    assert (code, "--standard: this file counts calls by the hour" in told) == (2, True)


def test_a_file_of_units_says_why_no_seconds_are_lost(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A question is answered or refused; days are not counted in minutes."""
    _, out, _ = _run(capsys, str(export), "--ledger", "--map", "generic-cad")
    assert "lost seconds: they need one row an incident" in out
    assert clock_of_seconds(41_766 * 60 + 40) == "29d 00:06:40"
    assert clock_of_seconds(5_999) == "99:59"
