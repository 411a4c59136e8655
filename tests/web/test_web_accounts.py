"""Accounts through the browser: opened, signed in to, changed by two, blocked, and on record."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from msgspec import structs
from web_people import PASSWORD
from web_room import Person, Room

from kentongan.app.accounts import account_record
from kentongan.app.ports import Unavailable
from kentongan.core.words import AgentId, Role
from kentongan.edge.web import account_keeping

NEW = "sebuah kata sandi baru"
_numbers = count(1)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Room]:
    """A room with two administrators."""
    room = Room(tmp_path)
    room.start()
    yield room
    room.close()


def asked(person: Person, type_: str, **fields: Any) -> Any:
    body = {"id": f"account-test-{next(_numbers)}", "command": {"type": type_, **fields}}
    return person.post("/api/accounts", body)


def done(person: Person, type_: str, **fields: Any) -> dict[str, Any]:
    answer = asked(person, type_, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(person: Person, type_: str, **fields: Any) -> dict[str, Any]:
    answer = asked(person, type_, **fields)
    assert answer.status_code == 409, answer.text
    return answer.json()


def opened(person: Person, name: str, *roles: str, **more: Any) -> dict[str, Any]:
    fields = {"account": f"agent-{name}", "name": name, "label": name.title(), "roles": roles}
    return done(person, "account.open", **fields, reason="pegawai baru", **more)


def shown(person: Person, account: str) -> dict[str, Any]:
    return person.get(f"/api/accounts/{account}").json()["account"]


def sign_in(room: Room, name: str, password: str, new: str | None = None) -> Any:
    body = {"name": name, "password": password} | ({"new_password": new} if new else {})
    return room.browser().client.post("/api/session", json=body, headers={"Origin": room.url})


def test_a_new_person_signs_in_with_a_password_for_a_single_use(town: Room) -> None:
    """And chooses another, or does not get in; the old one is worth nothing then."""
    password = opened(town.person("admin"), "wati", "call_taker")["password"]
    assert len(password.replace("-", "")) == 16
    first = sign_in(town, "wati", password)
    assert (first.status_code, first.json()["reason"]) == (403, "password_must_change")
    short = sign_in(town, "wati", password, "pendek")
    assert (short.status_code, short.json()["reason"]) == (400, "password_too_short")
    same = sign_in(town, "wati", password, password)
    assert same.json()["reason"] == "password_same"
    assert sign_in(town, "wati", password, NEW).status_code == 200
    assert sign_in(town, "wati", password).status_code == 401
    assert sign_in(town, "wati", NEW).status_code == 200
    kinds = [
        one["kind"]
        for one in town.person("admin").get("/api/accounts/agent-wati").json()["history"]
    ]
    assert kinds == ["account.password_chosen", "account.opened"]


def test_a_password_for_a_single_use_does_not_wait_for_ever(town: Room) -> None:
    """After three days it lets nobody in."""
    password = opened(town.person("admin"), "wati", "call_taker")["password"]
    town.clock.ahead += timedelta(hours=73)
    late = sign_in(town, "wati", password, NEW)
    assert (late.status_code, late.json()["reason"]) == (401, "password_expired")


def test_the_administrators_role_waits_for_a_second_one(town: Room) -> None:
    """Until then the person signs in without it."""
    adi, tini = town.person("admin"), town.person("adminti")
    answer = opened(adi, "wati", "call_taker", "admin")
    assert sign_in(town, "wati", answer["password"], NEW).json()["agent"]["roles"] == ["call_taker"]
    account, base = "agent-wati", shown(adi, "agent-wati")["version"]
    own = refused(adi, "account.agree", account=account, base=base)
    assert own["reason"] == "account_own_request"
    done(tini, "account.agree", account=account, base=base, note="setuju")
    assert sign_in(town, "wati", NEW).json()["agent"]["roles"] == ["call_taker", "admin"]


def test_the_second_of_two_is_told_who_changed_the_row_and_overwrites_nothing(town: Room) -> None:
    """With who was first, and why."""
    adi, tini = town.person("admin"), town.person("adminti")
    base = opened(adi, "wati", "call_taker")["account"]["version"]
    row = {"account": "agent-wati", "base": base, "label": "Wati"}
    done(adi, "account.change", **row, roles=["dispatcher"], reason="naik tugas")
    no = refused(tini, "account.change", **row, roles=["evaluator"], reason="pindah")
    assert no["reason"] == "account_moved_on"
    assert no["details"]["by"] == "Admin"
    assert "naik tugas" in no["message"]["id"]
    assert shown(tini, "agent-wati")["roles"] == ["dispatcher"]


def test_a_blocked_person_is_signed_out_leaves_the_desk_and_cannot_come_back(town: Room) -> None:
    """Until somebody unblocks the account."""
    adi, rina = town.person("admin"), town.person("rina")
    rina.sit("desk_1")
    assert rina.get("/api/plans").status_code == 200
    base = shown(adi, "agent-rina")["version"]
    assert shown(adi, "agent-rina")["desk"] == "desk_1"
    done(adi, "account.block", account="agent-rina", base=base, reason="pindah dinas")
    assert rina.get("/api/plans").status_code == 401
    assert sign_in(town, "rina", PASSWORD).status_code == 401
    found = town.store.find_row("desk", "desk_1")
    assert found is not None
    assert getattr(found.row, "agent", None) is None
    base = shown(adi, "agent-rina")["version"]
    done(adi, "account.unblock", account="agent-rina", base=base, reason="kembali")
    assert sign_in(town, "rina", PASSWORD).status_code == 200


def test_signing_somebody_out_ends_every_session_and_no_more(town: Room) -> None:
    """The password stays good."""
    adi, here, there = town.person("admin"), town.person("rina"), town.person("rina")
    done(adi, "account.sign_out", account="agent-rina", reason="HP hilang")
    assert [one.get("/api/plans").status_code for one in (here, there)] == [401, 401]
    assert sign_in(town, "rina", PASSWORD).status_code == 200


def test_a_forgotten_password_is_made_anew_but_not_an_administrators(town: Room) -> None:
    """The old one is worth nothing, and the sessions end."""
    adi, rina = town.person("admin"), town.person("rina")
    password = done(adi, "account.reset_password", account="agent-rina", reason="lupa")["password"]
    assert rina.get("/api/plans").status_code == 401
    assert sign_in(town, "rina", PASSWORD).status_code == 401
    assert sign_in(town, "rina", password, NEW).status_code == 200
    no = refused(adi, "account.reset_password", account="agent-adminti", reason="lupa")
    assert no["reason"] == "account_password_on_server"
    assert sign_in(town, "adminti", PASSWORD).status_code == 200


def test_an_id_that_was_used_changes_no_other_account_and_gives_no_second_password(
    town: Room,
) -> None:
    """All accounts are one stream: an id of one would else be a key to any other."""
    adi = town.person("admin")
    command = {"type": "account.reset_password", "account": "agent-rina", "reason": "lupa"}
    first = adi.post("/api/accounts", {"id": "account-once", "command": command})
    again = adi.post("/api/accounts", {"id": "account-once", "command": command})
    assert (again.status_code, again.json().get("password")) == (200, None)
    for kind in ("account.reset_password", "account.sign_out"):
        other = {"type": kind, "account": "agent-adminti", "reason": "lupa"}
        no = adi.post("/api/accounts", {"id": "account-once", "command": other})
        assert (no.status_code, no.json()["reason"]) == (409, "command_id_used")
    assert sign_in(town, "adminti", PASSWORD).status_code == 200
    assert sign_in(town, "rina", first.json()["password"], NEW).status_code == 200


def test_a_role_that_is_taken_away_ends_the_duty_that_it_carried(town: Room) -> None:
    """Or calls would ring at a desk that may not answer them."""
    adi, rina = town.person("admin"), town.person("rina")
    rina.sit("desk_1")
    row = {"account": "agent-rina", "base": shown(adi, "agent-rina")["version"], "label": "Rina"}
    done(adi, "account.change", **row, roles=["evaluator"], reason="pindah tugas")
    found = town.store.find_row("desk", "desk_1")
    assert found is not None
    assert getattr(found.row, "agent", None) is None


def test_a_crew_needs_a_unit_that_is_there(town: Room) -> None:
    """A slip of the keyboard would leave a crew without its page."""
    adi = town.person("admin")
    fields = {"account": "agent-awak", "name": "awak", "label": "Awak", "roles": ["crew"]}
    no = refused(adi, "account.open", **fields, agency="dinkes", unit="XYZ99", reason="baru")
    assert no["reason"] == "unknown_unit"


def test_accounts_are_found_by_words_role_and_state_in_pages(town: Room) -> None:
    """Also with an address that nobody typed rightly."""
    adi = town.person("admin")
    everybody = adi.get("/api/accounts").json()
    names = [one["name"] for one in everybody["accounts"]]
    assert names == sorted(names)
    assert everybody["total"] == len(names) == len(town.store.accounts.list())
    assert everybody["administrators"] == 2
    page = adi.get("/api/accounts", first="1", limit="2").json()
    assert [one["name"] for one in page["accounts"]] == names[1:3]
    assert page["total"] == len(names)
    found = adi.get("/api/accounts", q="RIN").json()["accounts"]
    assert [one["name"] for one in found] == ["rina"]
    admins = adi.get("/api/accounts", role="admin").json()["accounts"]
    assert {one["name"] for one in admins} == {"admin", "adminti"}
    assert adi.get("/api/accounts", state="blocked").json()["total"] == 0
    assert adi.get("/api/accounts", first="x", limit="99999999").json()["total"] == len(names)


@pytest.mark.parametrize("name", ["rina", "sari", "budi"])
def test_nobody_else_sees_or_changes_an_account(town: Room, name: str) -> None:
    """Nor a supervisor."""
    person = town.person(name)
    assert person.get("/api/accounts").status_code == 403
    assert person.get("/api/accounts/agent-rina").status_code == 403
    answer = asked(person, "account.sign_out", account="agent-budi", reason="iseng")
    assert answer.status_code == 403


def test_an_account_is_never_changed_past_its_own_address(town: Room) -> None:
    """The general one would leave the store behind the record."""
    answer = town.person("admin").command("account.sign_out", account="agent-rina", reason="x")
    assert answer.status_code == 400
    body: dict[str, Any] = {
        "id": "account-test-x",
        "command": {"type": "account.record", "accounts": [], "reason": "x"},
    }
    assert town.person("admin").post("/api/accounts", body).status_code == 400


def test_what_a_crash_left_between_record_and_store_is_put_right(town: Room) -> None:
    """The store is as before the command: the next look lets nobody in who was blocked."""
    adi = town.person("admin")
    before = town.store.accounts.find(AgentId("agent-rina"))
    assert before is not None
    base = shown(adi, "agent-rina")["version"]
    done(adi, "account.block", account="agent-rina", base=base, reason="pindah")
    town.store.accounts.put(before)
    assert adi.get("/api/accounts").status_code == 200
    after = town.store.accounts.find(AgentId("agent-rina"))
    assert after is not None
    assert after.disabled
    assert after.password_hash == before.password_hash
    kept = account_record(town.store).accounts.known[AgentId("agent-rina")]
    assert (kept.blocked, kept.roles) == (True, (Role.CALL_TAKER,))


def test_looking_at_an_account_is_on_record(town: Room) -> None:
    """And no hash of a password comes with it."""
    adi = town.person("admin")
    shown(adi, "agent-rina")
    (read,) = town.store.accounts.accesses(what="account:agent-rina")
    assert read.viewer == "agent-admin"
    assert "password" not in str(adi.get("/api/accounts/agent-rina").json())


def change(person: Person, old: str, new: str) -> tuple[int, str]:
    answer = person.post("/api/session/password", {"password": old, "new_password": new})
    return answer.status_code, answer.json().get("reason", "")


def test_everybody_changes_the_own_password_with_the_old_one(town: Room) -> None:
    """That browser stays signed in, every other of theirs does not, nobody else is touched."""
    here, there, budi = town.person("rina"), town.person("rina"), town.person("budi")
    assert change(here, "bukan yang lama", NEW) == (403, "wrong_old_password")
    assert change(here, PASSWORD, "pendek") == (400, "password_too_short")
    assert change(here, PASSWORD, PASSWORD) == (400, "password_same")
    assert there.get("/api/session").status_code == 200
    assert change(here, PASSWORD, NEW) == (200, "")
    assert here.get("/api/session").status_code == 200
    town.clock.ahead += timedelta(seconds=3)
    assert there.get("/api/session").status_code == 401
    assert budi.get("/api/session").status_code == 200
    assert sign_in(town, "rina", PASSWORD).status_code == 401
    assert sign_in(town, "rina", NEW).status_code == 200
    history = town.person("admin").get("/api/accounts/agent-rina").json()["history"]
    assert history[0]["kind"] == "account.password_chosen"


def test_the_old_password_is_not_guessed_through_a_page_left_open(town: Room) -> None:
    """Wrong ones count as wrong sign-ins, and a stranger cannot ask at all."""
    rina = town.person("rina")
    answers = [change(rina, f"tebakan nomor {number}", NEW) for number in range(12)]
    assert answers[0] == (403, "wrong_old_password")
    assert answers[-1] == (429, "too_many_attempts")
    stranger = town.browser()
    body = {"password": PASSWORD, "new_password": NEW}
    assert stranger.client.post(
        "/api/session/password", json=body, headers={"Origin": town.url}
    ).status_code in (401, 403)


@pytest.mark.parametrize("how", ["account.block", "account.reset_password"])
def test_who_is_sent_away_while_the_password_is_hashed_does_not_get_in(
    town: Room, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Neither with a session nor with a password of their own choice."""
    admin, sessions = town.person("admin"), town.parts.sessions
    verify = sessions._hasher.verify  # pyright: ignore[reportPrivateUsage]
    held, let_go = threading.Event(), threading.Event()

    class Slow:
        """A machine with much to do."""

        def verify(self, hashed: str, said: str) -> bool:
            right = verify(hashed, said)
            held.set()
            assert let_go.wait(20)
            return right

        def hash(self, said: str) -> str:
            return PasswordHasher().hash(said)

    monkeypatch.setattr(sessions, "_hasher", Slow())
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(sign_in, town, "rina", PASSWORD)
        assert held.wait(20)
        monkeypatch.setattr(sessions, "hashed", sessions_hashed_elsewhere)
        version = shown(admin, "agent-rina")["version"]
        done(admin, how, account="agent-rina", reason="telepon hilang", base=version)
        let_go.set()
        assert answer.result().status_code == 401
    assert town.store.accounts.end_sessions_of(AgentId("agent-rina")) == 0


async def sessions_hashed_elsewhere(password: str) -> str:
    """Past the one thread that is busy."""
    return PasswordHasher().hash(password)


def test_a_password_that_cannot_be_put_on_record_is_not_changed(
    town: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told of a failure and has another password all the same."""
    rina = town.person("rina")

    def fail(*_: object) -> None:
        raise Unavailable("store")

    monkeypatch.setattr(account_keeping, "_system", fail)
    status, _ = change(rina, PASSWORD, NEW)
    assert status == 503
    monkeypatch.undo()
    assert sign_in(town, "rina", NEW).status_code == 401
    assert sign_in(town, "rina", PASSWORD).status_code == 200


def test_one_account_whose_name_is_taken_keeps_nobody_from_the_others(town: Room) -> None:
    """It is shown as it is on record, and the store's other one goes on signing in."""
    admin = town.person("admin")
    opened(admin, "wati", "call_taker")
    wati = town.store.accounts.find(AgentId("agent-wati"))
    assert wati is not None
    town.store.accounts.put(structs.replace(wati, name="wati-lama"))
    town.store.accounts.put(structs.replace(wati, id=AgentId("agent-lain"), name="Wati"))
    names = [one["name"] for one in admin.get("/api/accounts").json()["accounts"]]
    assert "wati" in names
    opened(admin, "tono", "call_taker")
