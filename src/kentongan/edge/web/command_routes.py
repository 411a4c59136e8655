"""Commands in: decode, give to the door or to the switch, encode what they led to. No rules.

Commands to a call go to the switch, the single writer of call streams, also while the store is
away. Everything else goes through the door on the writing thread.
"""

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct, structs

from kentongan.app.handle import Outcome, handle
from kentongan.app.ports import Unavailable
from kentongan.core.access import may
from kentongan.core.callbacks import check_voice
from kentongan.core.commands import AccountCommand, CallBack, CallCommand, Envelope
from kentongan.core.events import AnyEvent, IncidentOpened, LateRecorded
from kentongan.core.words import Agent, CommandId, Personal, Role
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import (
    CommandRequest,
    Done,
    PositionsTaken,
    decode_command,
    decode_positions,
)
from kentongan.edge.web.breaks import must_leave_somebody
from kentongan.edge.web.fixes import on_server_time
from kentongan.edge.web.pack_routes import with_trial
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.quiet_numbers import must_not_be_quiet
from kentongan.edge.web.training import rightly_marked
from kentongan.edge.web.unread import unread
from kentongan.edge.web.viewer import must_be_own, viewer_of
from kentongan.edge.web.voice_routes import with_number
from kentongan.edge.web.windows import taking_what_is_left
from kentongan.store.whole import WholeStore

COMMAND_BYTES_MAX = 2_000_000
"""A complaint of 1 MB is taken, so that the core can keep its beginning and mark it as cut."""

CALL_COMMAND_BYTES_MAX = 200_000
"""Longest command for the switch, whose lines are short."""

BODY_BYTES_MAX = 64_000
"""Every other body."""

POSITIONS_BYTES_MAX = 500_000
"""Positions of a whole fleet in one request."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses that change something."""

    @post("/api/commands", request_max_body_size=COMMAND_BYTES_MAX, status_code=200)
    async def command(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/commands")
        body = await request.body()
        asked = decode_command(body)
        must_be_own(agent, asked.agent)
        if has_foreign_text(asked.command):
            raise Problem(400, "body_invalid", where="ref")
        if isinstance(asked.command, AccountCommand):
            raise Problem(400, "body_invalid", where="command")  # POST /api/accounts
        unknown = unread(body, asked)
        parts.unread.note(str(type(asked.command).__struct_config__.tag), unknown)
        if isinstance(asked.command, CallCommand):
            if len(body) > CALL_COMMAND_BYTES_MAX:
                raise Problem(413, "body_too_large")
            named = await with_number(parts, agent, asked.command)
            done = await through_switch(parts, agent, structs.replace(asked, command=named))
        else:
            done = await _through_door(parts, agent, asked)
        return as_json(structs.replace(done, unread=unknown))

    @post("/api/positions", request_max_body_size=POSITIONS_BYTES_MAX, status_code=200)
    async def positions(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/positions")
        asked = decode_positions(await request.body())
        for one in asked.fixes:
            if one.unit != agent.unit and not agent.has(Role.SYSTEM):
                raise Problem(403, "not_permitted")
        known = [fix for fix in asked.fixes if parts.live.held.find("unit", fix.unit) is not None]
        placed = on_server_time(known, asked.sent_at, parts.given.clock())
        if agent.has(Role.SYSTEM):
            parts.intake.take(placed)
            return as_json(PositionsTaken(taken=len(placed)))
        outcome = parts.intake.judge(placed)
        return as_json(
            PositionsTaken(
                taken=outcome.drawn,
                kept_aside=sum(outcome.aside.values()),
                why={str(verdict): count for verdict, count in outcome.aside.items()},
            )
        )

    @post(
        "/api/demo/scenarios/{scenario:str}",
        request_max_body_size=BODY_BYTES_MAX,
        status_code=200,
    )
    async def scenario(request: AnyRequest, scenario: FromPath[str]) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "POST /api/demo/scenarios/{scenario}")
        start = parts.given.start_scenario
        if start is None or scenario not in parts.city.pack.scenario_by_key:
            raise Problem(404, "not_found")
        await start(scenario)
        return as_json({"outcome": "done"})

    return [command, positions, scenario]


def has_foreign_text(value: object) -> bool:
    """Whether a text comes by reference: a person brings words, never another's sealed text."""
    if isinstance(value, Personal):
        return value.ref is not None or value.digest is not None
    if isinstance(value, Struct):
        return any(has_foreign_text(getattr(value, field)) for field in value.__struct_fields__)
    return False


async def through_switch(parts: Parts, agent: Agent, asked: CommandRequest) -> Done:
    """A command to a call, as the agent's; raises `Refused`."""
    if not parts.live.ready.is_set():  # who sits where is not known yet
        raise Unavailable("store")
    envelope = _envelope(parts, agent, asked)
    may(envelope.agent, asked.command, parts.live.held.find)
    if isinstance(asked.command, CallBack):
        check_voice(asked.command, parts.live.held.find)
    await must_not_be_quiet(parts, agent, asked.command)
    answer = await parts.switch.command(envelope)
    events = tuple(str(tag) for tag in answer.get("events", ()))
    return Done(outcome="done", events=events, repeated=bool(answer.get("repeated", False)))


async def _through_door(parts: Parts, agent: Agent, asked: CommandRequest) -> Done:
    given, envelope = parts.given, _envelope(parts, agent, asked)
    await must_leave_somebody(parts, asked.command)
    envelope = structs.replace(envelope, command=await with_trial(parts, envelope))
    taking = await taking_what_is_left(parts, agent, envelope.command)
    envelope = structs.replace(envelope, command=taking)
    now = given.clock()

    def work(store: WholeStore) -> Outcome:
        command = rightly_marked(envelope.command, store, is_all_training=given.training)
        return handle(
            store, parts.city.plans_for(command), structs.replace(envelope, command=command), now
        )

    outcome = await parts.lanes.door.run(work)
    recorded = outcome.events
    numbers = [
        one.event.number for one in recorded if isinstance(one.event, IncidentOpened | LateRecorded)
    ]
    return Done(
        outcome="done",
        events=tuple(tag_of(one.event) for one in recorded),
        repeated=outcome.repeated,
        position=recorded[-1].meta.position if recorded else None,
        number=numbers[0] if numbers else None,
    )


def _envelope(parts: Parts, agent: Agent, asked: CommandRequest) -> Envelope:
    return Envelope(
        id=CommandId(asked.id),
        agent=parts.live.at_desk(agent),
        command=asked.command,
        age_s=asked.age_s,
    )


def tag_of(event: AnyEvent) -> str:
    """The event's tag as it stands in the journal."""
    return str(type(event).__struct_config__.tag)
