"""The command line over a real store and real sockets: contacts, a test message, the ledger."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from notify_browser import Browser
from notify_centre import Centre
from notify_web import Says, Web

from kentongan.app.city import plans_of
from kentongan.app.register import register
from kentongan.cities.pack import CityPack
from kentongan.core.words import AgentId, Role
from kentongan.edge.notify.process import Notify
from kentongan.main import main
from kentongan.notify_settings import NotifySettings, PushSettings
from kentongan.serve.notify import dependencies
from kentongan.serve.notify_push import push_of
from kentongan.serve.notify_watch import of_gateways
from kentongan.serve.supervise import programs
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings, SettingsError, describe, load_settings
from kentongan.store.accounts import Account
from kentongan.store.deliveries import GatewayState
from kentongan.store.open import open_store


@pytest.fixture
def gateway(web: Callable[..., Web]) -> Web:
    """A provider of SMS."""
    return web(Says(200, b'{"status":"ok","id":"m1"}'))


@pytest.fixture
def centre_of_smpp(centre: Callable[..., Centre]) -> Centre:
    """A message centre."""
    return centre()


@pytest.fixture
def file(
    tmp_path: Path, gateway: Web, centre_of_smpp: Centre, secret_file: str, pack: CityPack
) -> Path:
    """Settings of a centre with both, and a store that knows the city's units."""
    made = tmp_path / "centre.toml"
    made.write_text(
        f"""
state_dir = "{tmp_path / "state"}"

[[notify.ladder]]
ways = ["sms"]
wait_s = 20

[[notify.sms_http]]
name = "penyedia"
url = "{gateway.url}/send"
body = "to={{digits}}&text={{text}}"
ok_field = "status"
ok_values = ["ok"]
id_field = "id"

[[notify.smpp]]
name = "operator"
host = "127.0.0.1"
port = {centre_of_smpp.port}
system_id = "k112"
password_file = "{secret_file}"
""",
        encoding="utf-8",
    )
    (tmp_path / "state").mkdir()
    store = open_store(load_settings(made, {}).store_url)
    register(store, plans_of(pack), pack, utc_now())
    store.close()
    return made


def ran(file: Path, *arguments: str) -> int:
    """A command with these settings."""
    return main(["--settings", str(file), *arguments])


def test_notify_contacts_are_entered_strictly(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be told is refused with a reason; addresses are shown masked."""
    add = ("notify", "contact", "add")
    assert ran(file, *add, "hp-amb03", "HP", "--unit", "AMB03", "--phone", "+62 813-0313-1148") == 0
    shown = capsys.readouterr().out
    assert "hp-amb03: AMB03 (HP), while the unit is on duty, +•••148" in shown
    assert "1303" not in shown
    for wrong, reason in (
        (("x", "X", "--unit", "AMB03", "--phone", "081303131148"), "needs its country"),
        (("x", "X", "--unit", "AMB04", "--phone", "+6281303131148"), "telephone of AMB03 already"),
        (("x", "X", "--unit", "AMB99"), "no unit 'AMB99'"),
        (("x", "X", "--phone", "+6281303131148"), "exactly one of"),
        (("x", "X", "--agency", "damkar"), "either --account"),
        (("x", "X", "--agency", "damkar", "--account", "nobody"), "nobody signs in as"),
        (("x", "X", "--agency", "damkar", "--always", "--mail", "a@b"), "no e-mail address"),
        (("x y", "X", "--supervisor", "--always"), "is no id"),
    ):
        assert ran(file, *add, *wrong) == 2
        assert reason in capsys.readouterr().err
    store = open_store(load_settings(file, {}).store_url)
    store.accounts.put(
        Account(id=AgentId("agent-1"), name="rina", password_hash="-", roles=(Role.SUPERVISOR,))
    )
    rina = ("rina", "Rina", "--supervisor", "--account", "Rina", "--mail", "rina@example.go.id")
    assert ran(file, *add, *rina) == 0
    kept = store.deliveries.find_contact("rina")
    assert kept is not None
    assert (kept.account, kept.supervisor) == ("agent-1", True)
    store.close()
    assert ran(file, "notify", "contact", "revoke", "hp-amb03") == 0
    assert "revoked" in capsys.readouterr().out
    assert ran(file, "notify", "contact", "revoke", "nobody") == 2
    assert ran(file, "notify", "contact", "list") == 0
    assert "no address, revoked" in capsys.readouterr().out


def test_notify_a_test_message_goes_by_each_gateway(
    file: Path, gateway: Web, centre_of_smpp: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a running process it is sent from the command line; the ledger has it, masked."""
    assert ran(file, "notify", "test", "penyedia", "+6281303131148") == 0
    assert b"uji%20coba%20penyedia" in gateway.asked[0].body
    assert ran(file, "notify", "test", "operator", "+6281303131148") == 0
    assert centre_of_smpp.submitted[0].to == "6281303131148"
    capsys.readouterr()
    gateway.answers = [Says(200, b'{"status":"no credit"}')]
    assert ran(file, "notify", "test", "penyedia", "+6281303131148") == 1
    assert "penyedia: failed (refused" in capsys.readouterr().out
    assert ran(file, "notify", "test", "nobody", "+6281303131148") == 2
    assert ran(file, "notify", "test", "operator", "0813") == 2
    capsys.readouterr()
    assert ran(file, "notify", "list") == 0
    masked = capsys.readouterr().out
    assert masked.count("test by sms") == 3
    assert "+•••148" in masked
    assert "1303131" not in masked
    assert ran(file, "notify", "list", "--addresses") == 0
    assert "+6281303131148" in capsys.readouterr().out
    store = open_store(load_settings(file, {}).store_url)
    assert [one.what for one in store.accounts.accesses()] == ["deliveries:latest"]
    store.close()


def test_notify_a_running_process_sends_the_test_and_hears_the_receipt(
    file: Path, pack: CityPack, centre_of_smpp: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over the line it holds; what the message centre says is in the ledger and in the status."""
    settings, stop = load_settings(file, {}), threading.Event()
    notify = Notify(dependencies(settings, plans_of(pack)))
    running = threading.Thread(target=notify.run, args=(stop,))
    running.start()
    centre_of_smpp.plan.early_receipt = True
    try:
        for _ in range(500):
            if ran(file, "notify", "status") == 0:
                break
            time.sleep(0.02)
        said = capsys.readouterr().out.splitlines()[-2:]
        assert [one.partition(" since ")[0] for one in said] == [
            "penyedia: untried",
            "operator: untried",
        ]
        assert ran(file, "notify", "test", "operator", "+6281303131148") == 0
        assert "operator: delivered" in capsys.readouterr().out
        assert len(centre_of_smpp.binds) == 1
    finally:
        stop.set()
        running.join(10)
    assert not running.is_alive()


def test_notify_settings_that_cannot_be_are_named(file: Path) -> None:
    """By gateway and reason; and the process is watched where there is something to send by."""
    text = file.read_text(encoding="utf-8")
    for was, becomes, reason in (
        ('name = "operator"', 'name = "penyedia"', "two gateways are called"),
        ('name = "operator"', 'name = "O P"', "no name for a gateway"),
        ("http://127.0.0.1", "http://sms.example", "url must be https"),
        ("{text}", "{pesan}", "{pesan} is not one of"),
        ("&text={text}", "", "nothing says"),
        ("wait_s = 20", "wait_s = -1", "times of 0 to 3600"),
        ('ways = ["sms"]', 'ways = ["pigeon"]', "pigeon"),
        ('ok_values = ["ok"]', "", "ok_field needs ok_values"),
    ):
        file.write_text(text.replace(was, becomes), encoding="utf-8")
        with pytest.raises(SettingsError, match=reason.replace("{", r"\{")):
            load_settings(file, {})
    file.write_text(text, encoding="utf-8")
    settings = load_settings(file, {})
    assert "rahasia" not in describe(settings)
    assert "notify" in [one.name for one in programs(settings, file)]
    assert "notify" not in [one.name for one in programs(Settings(), None)]


def test_notify_what_the_process_cannot_use_is_said(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No gateway at all, or a file that is not there: exit 2 and a reason."""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('word"', 'nowhere"'), encoding="utf-8")
    assert ran(file, "notify", "run") == 2
    assert "nowhere" in capsys.readouterr().err
    file.write_text(f'{text}\n[notify.words]\nalarm = "x"\n', encoding="utf-8")
    assert ran(file, "notify", "run") == 2
    assert "there is no text 'alarm'" in capsys.readouterr().err
    file.write_text(text.partition("[[notify")[0], encoding="utf-8")
    assert ran(file, "notify", "run") == 2
    assert "names no gateway" in capsys.readouterr().err


def test_notify_the_push_key_is_made_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Readable by its owner alone; asked again, the same public half."""
    key = tmp_path / "vapid.pem"
    assert main(["notify", "push-key", str(key)]) == 0
    first = capsys.readouterr().out
    assert main(["notify", "push-key", str(key)]) == 0
    assert capsys.readouterr().out == first
    assert key.stat().st_mode & 0o777 == 0o600
    offer = push_of(
        NotifySettings(push=(PushSettings(key_file=str(key), subject="mailto:a@b.example"),))
    )
    assert offer is not None
    assert offer.key == first.strip()
    told = Browser("https://fcm.googleapis.com/fcm/send/x").subscription
    assert offer.is_good(told.endpoint, told.p256dh, told.auth)
    assert not offer.is_good("https://10.0.0.1/x", told.p256dh, told.auth)
    assert not offer.is_good(told.endpoint, told.p256dh[:-4], told.auth)
    assert not offer.is_good(told.endpoint, told.p256dh, "AAAA")
    assert push_of(NotifySettings()) is None
    key.write_text("no key")
    assert main(["notify", "push-key", str(key)]) == 2


def test_notify_a_gateway_that_fails_is_an_alarm(file: Path) -> None:
    """A-11: medium while another of its way works, else high; once without the process."""
    settings, now = load_settings(file, {}).notify, utc_now()

    def state(name: str, said: str, age_s: float = 0) -> GatewayState:
        """How a gateway said it does."""
        seen_at = now - timedelta(seconds=age_s)
        return GatewayState(
            name=name,
            way="sms",
            state="failing" if said else "ok",
            since=now,
            seen_at=seen_at,
            why="throttled" if said else "",
            said=said,
        )

    def found(*states: GatewayState) -> list[tuple[str, str, str]]:
        """What the watch says."""
        return [(one.node, one.grade, one.detail) for one in of_gateways(settings, states, now)]

    assert found(state("penyedia", ""), state("operator", "")) == []
    assert found(state("penyedia", ""), state("operator", "x")) == [
        ("operator", "medium", "throttled x")
    ]
    both = found(state("penyedia", "y"), state("operator", "x"))
    assert [(node, grade) for node, grade, _ in both] == [
        ("penyedia", "high"),
        ("operator", "high"),
    ]
    assert found(state("penyedia", "", 60)) == [("", "high", "notify")]
    assert found() == [("", "high", "notify")]
    assert list(of_gateways(NotifySettings(), [], now)) == []
    assert found(state("penyedia", ""), state("gone", "x")) == []
