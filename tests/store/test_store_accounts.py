"""Accounts, sessions, sign-in attempts and the access log, on every store."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from store_drafts import NOON

from kentongan.core.words import AgencyKey, AgentId, Role, UnitId
from kentongan.serve.screens_in_use import screens_in_use
from kentongan.store.accounts import (
    FAILURES_MAX,
    SESSION_MAX,
    Access,
    Account,
    NameTaken,
    Session,
)
from kentongan.store.whole import WholeStore

DEWI = Account(
    id=AgentId("dewi"),
    name="Dewi",
    label="Dewi Lestari",
    password_hash="$argon2id$1",
    roles=(Role.CALL_TAKER, Role.DISPATCHER),
)
CREW = Account(
    id=AgentId("crew"),
    name="amb03",
    password_hash="$argon2id$2",
    roles=(Role.CREW,),
    agency=AgencyKey("dinkes"),
    unit=UnitId("AMB03"),
)


def session(key: str, hours: int, account: str = "dewi") -> Session:
    """A session from noon on."""
    return Session(
        key=key,
        account=AgentId(account),
        csrf=f"csrf {key}",
        created_at=NOON,
        expires_at=NOON + timedelta(hours=hours),
    )


def test_an_account_is_found_by_id_and_by_name(store: WholeStore) -> None:
    """Whatever the case of the name, and blanks around it."""
    store.accounts.put(DEWI)
    store.accounts.put(CREW)
    assert store.accounts.find(DEWI.id) == DEWI
    assert store.accounts.find_by_name(" DEWI ") == DEWI
    assert store.accounts.find_by_name("AMB03") == CREW
    assert list(store.accounts.list()) == [CREW, DEWI]


@pytest.mark.parametrize(
    "name", ["", "nobody", "dewi\0", "'; DROP TABLE accounts; --", "x" * 9_999]
)
def test_a_strange_name_finds_nobody(store: WholeStore, name: str) -> None:
    """What is typed at sign-in never breaks the sign-in."""
    store.accounts.put(DEWI)
    assert store.accounts.find_by_name(name) is None
    assert store.accounts.find(AgentId(name)) is None
    assert store.accounts.find_session(name, NOON) is None
    store.accounts.note_failure(name, NOON)
    assert list(store.accounts.failures(name, NOON)) == [NOON]


def test_an_account_is_replaced_by_id_and_names_stay_unique(store: WholeStore) -> None:
    """A refused change changes nothing."""
    store.accounts.put(DEWI)
    store.accounts.put(CREW)
    disabled = Account(
        id=DEWI.id, name="dewi l", password_hash="x", roles=DEWI.roles, disabled=True
    )
    store.accounts.put(disabled)
    assert store.accounts.find(DEWI.id) == disabled
    assert store.accounts.find_by_name("Dewi") is None
    with pytest.raises(NameTaken):
        store.accounts.put(Account(id=CREW.id, name="DEWI L", password_hash="x", roles=()))
    assert store.accounts.find(CREW.id) == CREW


def test_a_session_ends_by_time_by_hand_and_everywhere(store: WholeStore) -> None:
    """And can be extended while it runs."""
    for key, hours in (("a", 1), ("b", 2), ("c", 3)):
        store.accounts.start_session(session(key, hours))
    store.accounts.start_session(session("d", 3, "crew"))
    assert store.accounts.find_session("a", NOON) == session("a", 1)
    assert store.accounts.find_session("a", NOON + timedelta(hours=1)) is None
    store.accounts.extend_session("a", NOON + timedelta(hours=5))
    store.accounts.extend_session("never", NOON + timedelta(hours=5))
    assert store.accounts.find_session("a", NOON + timedelta(hours=4)) is not None
    store.accounts.end_session("b")
    assert store.accounts.find_session("b", NOON) is None
    assert store.accounts.end_sessions_of(AgentId("dewi")) == 2
    assert store.accounts.find_session("c", NOON) is None
    assert store.accounts.find_session("d", NOON) is not None


def test_a_session_whose_screens_are_closed_is_not_in_use(store: WholeStore) -> None:
    """An open screen moves its end each minute; at its longest nothing moves, and it counts."""
    store.accounts.start_session(session("a", 2))
    store.accounts.start_session(session("other", 2, "crew"))

    def is_here(minutes: int) -> bool:
        return screens_in_use(store)(AgentId("dewi"), NOON + timedelta(minutes=minutes))

    assert is_here(0)
    assert is_here(3)
    assert not is_here(4)
    store.accounts.extend_session("a", NOON + timedelta(hours=2, minutes=4))
    assert is_here(5)
    store.accounts.extend_session("a", NOON + SESSION_MAX)
    assert is_here(13 * 60)
    store.accounts.end_session("a")
    assert not is_here(5)


def test_sessions_that_are_over_are_forgotten(store: WholeStore) -> None:
    """At the next sign-in; they do not pile up."""
    store.accounts.start_session(session("old", -1))
    store.accounts.start_session(session("new", 1))
    assert store.accounts.end_sessions_of(AgentId("dewi")) == 1


def test_failed_attempts_are_counted_per_name_within_a_window(store: WholeStore) -> None:
    """And never more than the limit, however hard somebody tries."""
    for second in range(FAILURES_MAX + 20):
        store.accounts.note_failure("dewi", NOON + timedelta(seconds=second))
    store.accounts.note_failure("crew", NOON)
    counted = store.accounts.failures("dewi", NOON)
    assert len(counted) == FAILURES_MAX
    assert counted[-1] == NOON + timedelta(seconds=FAILURES_MAX + 19)
    assert len(store.accounts.failures("dewi", NOON + timedelta(seconds=FAILURES_MAX + 15))) == 5
    store.accounts.forget_failures("dewi")
    assert list(store.accounts.failures("dewi", NOON)) == []
    assert list(store.accounts.failures("crew", NOON)) == [NOON]


def test_the_access_log_keeps_every_reading_in_order(store: WholeStore) -> None:
    """From many threads at once; newest first, of one thing or of all."""

    def read(number: int) -> None:
        what = f"call:{number % 2}"
        access = Access(viewer=DEWI.id, what=what, reason=str(number), at=NOON)
        store.accounts.log_access([access, access])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(20)))
    everything = store.accounts.accesses(limit=100)
    assert len(everything) == 40
    assert sorted(int(access.reason) for access in everything) == sorted([*range(20)] * 2)
    assert {access.what for access in store.accounts.accesses(what="call:1")} == {"call:1"}
    read(99)
    assert store.accounts.accesses(limit=1)[0].reason == "99"
