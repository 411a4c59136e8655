"""The command line: what each command does to a real record, and how it ends."""

import io
import json
import sqlite3
from pathlib import Path

import pytest

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.register import register
from kentongan.cities.pack import load, packaged
from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import Envelope, StartDuty
from kentongan.core.commands.account import OpenAccount
from kentongan.core.words import Agent, AgentId, CommandId, DeskKey, Role
from kentongan.main import main
from kentongan.serve import accounts
from kentongan.serve.wiring import utc_now
from kentongan.store.accounts import Account
from kentongan.store.open import open_store


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with the Semarang pack's agencies and units on record."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    pack = load(packaged())
    store = open_store(f"sqlite:{tmp_path / 'kentongan.db'}")
    register(store, plans_of(pack), pack, utc_now())
    store.close()
    return tmp_path


def _last_json(text: str) -> dict[str, object]:
    return json.loads(text.strip().splitlines()[-1])


def test_verify_and_rebuild_find_a_good_record_good(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 and one JSON line that says how much was looked at."""
    assert main(["verify"]) == 0
    assert _last_json(capsys.readouterr().out)["events"] != 0
    assert main(["rebuild", "--check"]) == 0
    assert _last_json(capsys.readouterr().out)["differences"] == []


def test_verify_finds_a_changed_line(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody edits the file behind our back: exit code 1, and the position is named."""
    with sqlite3.connect(state / "kentongan.db") as database:
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        changed = database.execute(
            "UPDATE journal SET data = replace(data, 'Dinkes', 'Dinkas') WHERE data LIKE '%Dinkes%'"
        )
        assert changed.rowcount > 0
    assert main(["verify"]) == 1
    assert "chain" in capsys.readouterr().err


def test_backup_and_restore_into_an_empty_place(
    state: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The copy verifies with the same chain; a store that holds something is refused."""
    file = state / "copy.zip"
    assert main(["backup", str(file)]) == 0
    assert main(["verify"]) == 0
    chain = _last_json(capsys.readouterr().out)["chain"]
    assert main(["restore", str(file)]) == 1
    assert "empty" in capsys.readouterr().err.lower()
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path_factory.mktemp("other")))
    assert main(["restore", str(file)]) == 0
    assert main(["verify"]) == 0
    assert _last_json(capsys.readouterr().out)["chain"] == chain
    assert main(["rebuild", "--check"]) == 0


def test_evaluate_without_calls_says_so(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No figure is invented: n is 0 and there is no percentile."""
    assert main(["evaluate", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["calls"] == 0
    assert all(figure["n"] == 0 and figure["p50_s"] is None for figure in found["intervals"])
    assert main(["evaluate", "--from", "kemarin"]) == 2
    assert "kemarin" in capsys.readouterr().err


def test_an_account_is_added_changed_and_disabled(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The password comes by standard input; a weak one and an unknown role are refused."""

    def run(password: str, *arguments: str) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        return main(["account", *arguments])

    assert run("panjang-sekali", "wati", "--role", "call_taker", "--label", "Wati") == 0
    assert run("pendek", "wati", "--role", "call_taker") == 2
    assert run("panjang-sekali", "wati", "--role", "raja") == 2
    assert run("panjang-sekali", "baru") == 2
    assert run("panjang-sekali", "wati", "--disable") == 0
    capsys.readouterr()
    account = open_store(f"sqlite:{state / 'kentongan.db'}").accounts.find_by_name("WATI")
    assert account is not None
    assert account.disabled
    assert account.roles == (Role.CALL_TAKER,)
    assert "panjang" not in account.password_hash


def test_an_account_whose_name_is_on_record_already_changes_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Made in the browser a moment ago: the keeper is told, and neither record nor store moves."""
    store = open_store(f"sqlite:{state / 'kentongan.db'}")
    opened = OpenAccount(
        account=AgentId("agent-wati"),
        name="wati",
        label="Wati",
        roles=(Role.CALL_TAKER,),
        reason="pegawai baru",
    )
    admin = Agent(id=AgentId("agent-admin"), name="Adi", roles=(Role.ADMIN,))

    def typed() -> str:
        envelope = Envelope(id=CommandId("open"), agent=admin, command=opened)
        handle(store, plans_of(load(packaged())), envelope, utc_now())
        store.accounts.put(
            Account(id=opened.account, name="wati lama", password_hash="!", roles=())
        )
        return "panjang-sekali"

    def nobody_else(*_: object) -> None: ...

    monkeypatch.setattr(accounts, "_read_password", typed)
    monkeypatch.setattr(accounts, "current_record", nobody_else)
    assert main(["account", "WATI", "--role", "dispatcher"]) == 1
    assert "account_name_taken" in capsys.readouterr().err
    assert store.accounts.find_by_name("WATI") is None


def test_a_closed_account_is_on_duty_nowhere(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its duty ends, and the desk says who was there, so that the switch takes the caller back."""

    def run(*arguments: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("panjang-sekali\n"))
        assert main(["account", "wati", *arguments]) == 0

    run("--role", "call_taker")
    store = open_store(f"sqlite:{state / 'kentongan.db'}")
    account = store.accounts.find_by_name("wati")
    assert account is not None
    desk = DeskKey("desk_1")
    envelope = Envelope(
        id=CommandId("duty"),
        agent=Agent(id=account.id, name="Wati", roles=account.roles, desk=desk),
        command=StartDuty(desk=desk, headset_checked=True),
    )
    handle(store, plans_of(load(packaged())), envelope, utc_now())
    run("--disable")
    found = store.find_row("desk", desk)
    assert found is not None
    assert isinstance(found.row, DeskRow)
    assert (found.row.agent, found.row.forced_out) == (None, account.id)


def test_city_check_names_file_line_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is no pack ends with 1 and every mistake; the shipped pack ends with 0."""
    assert main(["city", "check", str(packaged())]) == 0
    assert main(["city", "check", str(tmp_path)]) == 1
    assert "city.yaml" in capsys.readouterr().out


def test_settings_errors_end_with_2_and_no_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong settings file is named, in one line."""
    file = tmp_path / "centre.toml"
    file.write_text("[http]\nprot = 1\n")
    assert main(["--settings", str(file), "settings"]) == 2
    error = capsys.readouterr().err
    assert "prot" in error
    assert "Traceback" not in error
