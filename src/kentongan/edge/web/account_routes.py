"""Users and roles: who may sign in, found, opened, changed, blocked. An administrator's alone.

Everything that changes is a command with a reason, decided like every other and on record. Besides,
a password for a single use comes back with the answer, once: neither the record nor the store can
tell it again. Looking at one person's account is on record, too.
"""

from datetime import datetime
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.app.accounts import AccountRecord
from kentongan.app.ports import Recorded
from kentongan.core.access import may
from kentongan.core.accounts import KeptAccount, folded
from kentongan.core.words import AgentId, Role
from kentongan.edge.web.account_bodies import (
    AccountDone,
    AccountFact,
    AccountHistory,
    AccountShown,
    AccountsShown,
    decode_account,
)
from kentongan.edge.web.account_keeping import (
    ONE_TIME,
    OneTime,
    asked_by,
    current_record,
    give,
    gives_password,
    new_password,
)
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.command_routes import BODY_BYTES_MAX, tag_of
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of
from kentongan.store.whole import WholeStore

PAGE_MAX: Final = 100
"""Accounts in one answer."""

HISTORY_MAX: Final = 100
"""What happened to one account, the newest."""

WORDS_MAX: Final = 80
"""Characters that are looked for."""

DIGITS_MAX: Final = 5
"""Of a place in the list."""

OneTimes = dict[AgentId, datetime]


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Three addresses."""

    @get("/api/accounts")
    async def accounts(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/accounts")
        record, one_times = await _read(parts)
        return as_json(_page(parts, request, record, one_times))

    @get("/api/accounts/{account:str}")
    async def account(request: AnyRequest, account: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/accounts/{account}")
        record, one_times = await _read(parts)
        kept = record.accounts.known.get(AgentId(account))
        if kept is None:
            raise Problem(404, "not_found")
        await parts.reads.log(agent.id, [f"account:{kept.key}"], "account")
        history = tuple(_fact(one) for one in record.of(kept.key, HISTORY_MAX))
        return as_json(AccountHistory(account=_shown(parts, kept, one_times), history=history))

    @post("/api/accounts", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def change(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/accounts")
        asked = decode_account(await request.body())
        envelope = asked_by(parts, agent, asked.id, asked.command)
        may(envelope.agent, asked.command, parts.live.held.find)  # before a password is made
        now, plans = parts.given.clock(), parts.city.plans
        one_time = None
        if gives_password(asked.command):
            password = new_password()
            hashed = await parts.sessions.hashed(password)
            one_time = OneTime(password=password, hashed=hashed, until=now + ONE_TIME)
        given = await parts.lanes.door.run(
            lambda store: give(store, plans, envelope, one_time, now)
        )
        if given.outcome.repeated:
            one_time = None  # the first answer had the password; this one is not in force
        parts.sessions.forget(given.account.key)
        await parts.check_screens()
        one_times = {} if one_time is None else {given.account.key: one_time.until}
        answer = AccountDone(
            outcome="done",
            events=tuple(tag_of(one.event) for one in given.outcome.events),
            account=_shown(parts, given.account, one_times),
            password=None if one_time is None else one_time.password,
        )
        return as_json(answer)

    return [accounts, account, change]


async def _read(parts: Parts) -> tuple[AccountRecord, OneTimes]:
    now, plans = parts.given.clock(), parts.city.plans

    def work(store: WholeStore) -> tuple[AccountRecord, OneTimes]:
        record = current_record(store, plans, now)
        stored = store.accounts.list()
        return record, {one.id: one.one_time_until for one in stored if one.one_time_until}

    return await parts.lanes.door.run(work)


def _page(
    parts: Parts, request: AnyRequest, record: AccountRecord, one_times: OneTimes
) -> AccountsShown:
    asked = request.query_params
    words = folded(asked.get("q", "")[:WORDS_MAX])
    role, state = asked.get("role", ""), asked.get("state", "")
    everybody = sorted(record.accounts.known.values(), key=lambda one: folded(one.name))
    found = [one for one in everybody if _fits(one, words, role, state)]
    first = _whole(asked.get("first", "0"))
    limit = min(PAGE_MAX, _whole(asked.get("limit", str(PAGE_MAX))) or PAGE_MAX)
    in_office = [one for one in everybody if Role.ADMIN in one.roles and not one.blocked]
    return AccountsShown(
        accounts=tuple(_shown(parts, one, one_times) for one in found[first : first + limit]),
        total=len(found),
        waiting=sum(one.asked is not None for one in everybody),
        administrators=len(in_office),
    )


def _fits(kept: KeptAccount, words: str, role: str, state: str) -> bool:
    """Whether the account is one of those asked for; `state` open, blocked or waiting."""
    fields = (kept.name, kept.label, kept.agency or "", kept.unit or "")
    return (
        (not words or any(words in folded(field) for field in fields))
        and (not role or role in kept.roles)
        and (state != "open" or not kept.blocked)
        and (state != "blocked" or kept.blocked)
        and (state != "waiting" or kept.asked is not None)
    )


def _whole(text: str) -> int:
    """A place in the list; what can be none is the beginning."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else 0


def _shown(parts: Parts, kept: KeptAccount, one_times: OneTimes) -> AccountShown:
    return AccountShown(
        key=kept.key,
        name=kept.name,
        label=kept.label,
        roles=kept.roles,
        agency=kept.agency,
        unit=kept.unit,
        blocked=kept.blocked,
        asked=kept.asked,
        version=kept.version,
        changed_by=kept.changed_by,
        changed_at=kept.changed_at,
        reason=kept.reason,
        desk=parts.live.desk_of(kept.key),
        has_page=kept.key in parts.live.agents(),
        one_time_until=one_times.get(kept.key),
    )


def _fact(recorded: Recorded) -> AccountFact:
    facts = msgspec.to_builtins(recorded.event)
    return AccountFact(
        at=recorded.meta.at,
        by=recorded.meta.agent_name,
        kind=tag_of(recorded.event),
        facts={name: value for name, value in facts.items() if name not in ("type", "account")},
    )
