"""Accounts: what one administrator may change alone, what two, and what nobody."""

from typing import Any

import pytest
from core_world import SYSTEM, World, agent, tags
from msgspec import structs

from kentongan.core.accounts import ACCOUNTS_MAX, Accounts, KeptAccount
from kentongan.core.commands import account as a
from kentongan.core.words import AgencyKey, AgentId, Refused, Role, UnitId

ADI, TINI = agent("Adi", Role.ADMIN), agent("Tini", Role.ADMIN)
RINA_ID = AgentId("agent-rina")


def known(name: str, *roles: Role, blocked: bool = False) -> a.KnownAccount:
    """As the store has it."""
    account = AgentId(name.lower())
    return a.KnownAccount(account=account, name=name, label=name, roles=roles, blocked=blocked)


def staffed() -> World:
    """Two administrators, whom the server made."""
    world = World()
    two = (known("Adi", Role.ADMIN), known("Tini", Role.ADMIN))
    world.do(a.RecordAccounts(accounts=two, reason="server"), SYSTEM)
    return world


def kept(world: World, account: str = RINA_ID) -> KeptAccount:
    state = world.state("accounts:city")
    assert isinstance(state, Accounts)
    return state.known[AgentId(account)]


def opening(*roles: Role, **changed: Any) -> a.OpenAccount:
    fields: dict[str, Any] = {
        "account": RINA_ID, "name": "rina", "label": "Rina", "roles": roles, "reason": "baru",
        **changed,
    }  # fmt: skip
    return a.OpenAccount(**fields)


def changing(world: World, *roles: Role, **changed: Any) -> a.ChangeAccount:
    before = kept(world)
    fields: dict[str, Any] = {
        "account": RINA_ID, "base": before.version, "label": before.label, "roles": roles,
        "reason": "pindah tugas", **changed,
    }  # fmt: skip
    return a.ChangeAccount(**fields)


def refused(world: World, command: Any, who: Any = ADI) -> str:
    with pytest.raises(Refused) as no:
        world.do(command, who)
    return no.value.reason


def test_an_account_is_opened_changed_blocked_and_unblocked_with_who_and_why() -> None:
    """The life of an ordinary account needs one administrator, and a reason each time."""
    world = staffed()
    assert tags(world.do(opening(Role.CALL_TAKER), ADI)) == ["account.opened"]
    assert (kept(world).changed_by, kept(world).reason) == ("Adi", "baru")
    assert tags(world.do(changing(world, Role.DISPATCHER), TINI)) == ["account.changed"]
    assert (kept(world).roles, kept(world).changed_by) == ((Role.DISPATCHER,), "Tini")
    block = a.BlockAccount(account=RINA_ID, base=kept(world).version, reason="cuti")
    assert tags(world.do(block, ADI)) == ["account.blocked"]
    assert refused(world, changing(world, Role.CALL_TAKER)) == "account_blocked"
    again = a.BlockAccount(account=RINA_ID, base=kept(world).version, reason="cuti")
    assert world.do(again, ADI) == ()
    back = a.UnblockAccount(account=RINA_ID, base=kept(world).version, reason="kembali")
    assert tags(world.do(back, ADI)) == ["account.unblocked"]
    assert not kept(world).blocked


@pytest.mark.parametrize("role", [Role.ADMIN, Role.APPROVER])
def test_a_guarded_role_is_given_by_two_people(role: Role) -> None:
    """Neither by who asked nor by whose account it is; the other roles are had at once."""
    world = staffed()
    events = world.do(opening(Role.CALL_TAKER, role), ADI)
    assert tags(events) == ["account.opened", "account.roles_asked"]
    assert kept(world).roles == (Role.CALL_TAKER,)
    agree = a.AgreeRoles(account=RINA_ID, base=kept(world).version)
    assert refused(world, agree, ADI) == "account_own_request"
    assert refused(world, agree, agent("agent-rina", Role.ADMIN)) == "account_own_request"
    assert tags(world.do(agree, TINI)) == ["account.roles_agreed"]
    assert kept(world).roles == (Role.CALL_TAKER, role)
    assert kept(world).asked is None


def test_what_was_asked_can_be_withdrawn_and_is_not_forgotten_by_another_change() -> None:
    """A request outlives a change of the label, and ends with its withdrawal."""
    world = staffed()
    world.do(opening(Role.CALL_TAKER), ADI)
    world.do(changing(world, Role.CALL_TAKER, Role.ADMIN), ADI)
    world.do(changing(world, Role.CALL_TAKER, label="Rina S."), TINI)
    assert kept(world).asked is not None
    no = a.WithdrawRoles(account=RINA_ID, base=kept(world).version, reason="tidak perlu")
    assert tags(world.do(no, TINI)) == ["account.roles_withdrawn"]
    agree = a.AgreeRoles(account=RINA_ID, base=kept(world).version)
    assert refused(world, agree, TINI) == "account_nothing_asked"


def test_unblocking_does_not_bring_a_guarded_role_back_alone() -> None:
    """Or one administrator could bring back somebody whom the others had sent away."""
    world = staffed()
    tini = kept(world, "tini")
    world.do(a.BlockAccount(account=tini.key, base=tini.version, reason="pindah"), ADI)
    back = a.UnblockAccount(account=tini.key, base=kept(world, "tini").version, reason="kembali")
    assert tags(world.do(back, ADI)) == ["account.unblocked", "account.roles_asked"]
    assert kept(world, "tini").roles == ()


def test_an_administrator_remains() -> None:
    """Nor can the last one be blocked, nor lose the role, nor anybody block themselves."""
    world = staffed()
    own = a.BlockAccount(account=AgentId("adi"), base=1, reason="salah")
    assert refused(world, own, ADI) == "account_own"
    tini = a.BlockAccount(account=AgentId("tini"), base=1, reason="pindah")
    world.do(tini, ADI)
    assert refused(world, own, TINI) == "account_last_admin"
    less = a.ChangeAccount(
        account=AgentId("adi"), base=1, label="Adi", roles=(Role.EVALUATOR,), reason="pindah"
    )
    assert refused(world, less, ADI) == "account_last_admin"


def test_nobody_overwrites_what_another_changed_meanwhile() -> None:
    """The second of two who looked at the same row is told who was first, and why."""
    world = staffed()
    world.do(opening(Role.CALL_TAKER), ADI)
    mine, theirs = changing(world, Role.DISPATCHER), changing(world, Role.SUPERVISOR)
    world.do(mine, ADI)
    with pytest.raises(Refused) as no:
        world.do(theirs, TINI)
    assert no.value.reason == "account_moved_on"
    assert (no.value.details["by"], no.value.details["said"]) == ("Adi", "pindah tugas")
    assert kept(world).roles == (Role.DISPATCHER,)


def test_an_administrator_cannot_become_two_by_anothers_password() -> None:
    """Whoever could make a second administrator's password anew could agree with themselves."""
    world = staffed()
    world.do(opening(Role.CALL_TAKER), ADI)
    reset = a.ResetPassword(account=AgentId("tini"), reason="lupa")
    assert refused(world, reset) == "account_password_on_server"
    assert tags(world.do(a.ResetPassword(account=RINA_ID, reason="lupa"), ADI)) == [
        "account.password_reset"
    ]
    world.do(changing(world, Role.CALL_TAKER, Role.ADMIN), ADI)
    own = a.ResetPassword(account=RINA_ID, reason="lupa")
    assert refused(world, own) == "account_password_on_server"


def test_nobody_gives_themselves_a_role() -> None:
    """An administrator keeps the software; what callers tell is the room's."""
    world = staffed()
    fields: dict[str, Any] = {"account": AgentId("adi"), "base": 1, "label": "Adi", "reason": "x"}
    more = a.ChangeAccount(**fields, roles=(Role.ADMIN, Role.SUPERVISOR))
    assert refused(world, more) == "account_own"
    assert tags(world.do(more, TINI)) == ["account.changed"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": " "}, "account_name_unreadable"),
        ({"name": "x" * 61}, "account_name_unreadable"),
        ({"name": "ri\nna"}, "account_name_unreadable"),
        ({"name": "ADI"}, "account_name_taken"),
        ({"account": AgentId("adi")}, "account_exists"),
        ({"reason": " "}, "account_reason_missing"),
        ({"reason": "x" * 301}, "text_too_long"),
        ({"label": "Sri \u202einuyhaW"}, "text_steers"),
        ({"roles": ()}, "account_without_role"),
        ({"roles": (Role.SYSTEM,)}, "account_role_system"),
        ({"roles": (Role.AGENCY_OFFICER,)}, "account_needs_agency"),
        ({"roles": (Role.CREW,), "agency": AgencyKey("dinkes")}, "account_needs_unit"),
        ({"roles": (Role.CREW,), "unit": UnitId("AMB01")}, "account_needs_unit"),
        ({"agency": AgencyKey("nowhere")}, "unknown_agency"),
    ],
)
def test_what_cannot_be_an_account_is_refused(changed: dict[str, Any], why: str) -> None:
    """Each with its own word, and nothing is on record."""
    world = staffed()
    assert refused(world, opening(Role.CALL_TAKER, **changed)) == why
    assert len(world.history["accounts:city"]) == 2


def test_there_is_a_most_of_accounts() -> None:
    """The fold of all stays small."""
    world = World()
    many = tuple(known(f"p{n}", Role.CREW) for n in range(ACCOUNTS_MAX))
    world.do(a.RecordAccounts(accounts=many, reason="server"), SYSTEM)
    assert refused(world, opening(Role.CALL_TAKER)) == "too_many_accounts"


def test_what_the_store_has_is_recorded_once() -> None:
    """And again only where it differs, so that asking costs nothing."""
    world = staffed()
    two = (known("Adi", Role.ADMIN), known("Tini", Role.ADMIN))
    assert world.do(a.RecordAccounts(accounts=two, reason="server"), SYSTEM) == ()
    changed = (known("Adi", Role.ADMIN), known("Tini", Role.ADMIN, blocked=True))
    events = world.do(a.RecordAccounts(accounts=changed, reason="server"), SYSTEM)
    assert [getattr(event, "account", "") for event in events] == ["tini"]


def test_no_two_on_record_have_the_same_name() -> None:
    """Not even where the server's keeper says so; one that has its name already keeps it."""
    world = staffed()
    twin = structs.replace(known(" ADI ", Role.CALL_TAKER), account=AgentId("twin"))
    with pytest.raises(Refused) as refused:
        world.do(a.RecordAccounts(accounts=(twin,), reason="server"), SYSTEM)
    assert refused.value.reason == "account_name_taken"
    blocked = known("Tini", Role.ADMIN, blocked=True)
    assert len(world.do(a.RecordAccounts(accounts=(blocked,), reason="server"), SYSTEM)) == 1


@pytest.mark.parametrize(
    "command",
    [
        a.SignOutAccount(account=AgentId("nobody"), reason="x"),
        a.ResetPassword(account=AgentId("nobody"), reason="x"),
        a.ChoosePassword(account=AgentId("nobody")),
        a.BlockAccount(account=AgentId("nobody"), base=0, reason="x"),
    ],
)
def test_an_account_that_never_was_is_refused(command: Any) -> None:
    """Whatever is asked of it."""
    assert refused(staffed(), command) == "unknown_account"
