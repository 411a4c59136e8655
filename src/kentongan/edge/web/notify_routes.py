"""Telling people beyond their screens: browsers say that they take push, the room reads the ledger.

A subscription belongs to the account that made it: a crew's is its unit's, an officer's their
agency's, a supervisor's the room's. A browser belongs to who subscribed last, until they sign out.
"""

from datetime import datetime
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import structs

from kentongan.core.reach import masked
from kentongan.core.words import Agent, Role
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import reader
from kentongan.edge.web.browsers import contact_of
from kentongan.edge.web.notify_bodies import (
    AttemptShown,
    DeliveryShown,
    PushEnded,
    PushKey,
    PushTaken,
)
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import signed_in, viewer_of
from kentongan.edge.web.visible import get_incident
from kentongan.store.deliveries import Contact, Delivery, Subscription
from kentongan.store.whole import WholeStore

BROWSERS_MAX: Final = 5
"""Browsers of one account that are told; the one that subscribed first gives way."""

decode_taken = reader(PushTaken)
decode_ended = reader(PushEnded)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses."""

    @get("/api/push")
    async def key(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/push")
        offer = parts.given.push
        return as_json(PushKey(key=offer.key if offer is not None else ""))

    @post("/api/push", status_code=204)
    async def take(request: AnyRequest) -> None:
        agent = await viewer_of(request, parts.sessions, "POST /api/push")
        asked = decode_taken(await request.body())
        offer = parts.given.push
        if offer is None:
            raise Problem(404, "not_found")
        if not offer.is_good(asked.endpoint, asked.p256dh, asked.auth):
            raise Problem(400, "bad_subscription")
        now, session = parts.given.clock(), (await signed_in(request, parts.sessions)).session
        taken = Subscription(
            endpoint=asked.endpoint, p256dh=asked.p256dh, auth=asked.auth, session=session.key
        )
        await parts.lanes.door.run(lambda store: _take(store, agent, taken, now))

    @post("/api/push/end", status_code=204)
    async def end(request: AnyRequest) -> None:
        await viewer_of(request, parts.sessions, "POST /api/push/end")
        asked = decode_ended(await request.body())
        await parts.lanes.door.run(lambda store: _end(store, asked.endpoint, ""))

    @get("/api/incidents/{incident:str}/deliveries")
    async def deliveries(request: AnyRequest, incident: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/incidents/{incident}/deliveries")
        row = get_incident(parts, agent, incident)
        found = await parts.lanes.reading.run(lambda store: store.deliveries.of_incident(row.key))
        return as_json([_shown(kept.delivery) for kept in found])

    return [key, take, end, deliveries]


def _take(store: WholeStore, agent: Agent, taken: Subscription, now: datetime) -> None:
    """The browser is this account's alone."""
    key = contact_of(agent.id)
    _end(store, taken.endpoint, key)
    known = store.deliveries.find_contact(key)
    before = known.subscriptions if known is not None and known.revoked_at is None else ()
    rest = tuple(one for one in before if one.endpoint != taken.endpoint)
    is_crew = agent.has(Role.CREW)
    is_officer = agent.has(Role.AGENCY_OFFICER) and not is_crew
    store.deliveries.put_contact(
        Contact(
            id=key,
            label=agent.name,
            account=agent.id,
            unit=agent.unit if is_crew else None,
            agency=agent.agency if is_officer else None,
            supervisor=agent.has(Role.SUPERVISOR),
            subscriptions=(*rest, taken)[-BROWSERS_MAX:],
            created_at=now,
            created_by=agent.id,
        )
    )


def _end(store: WholeStore, endpoint: str, but: str) -> None:
    """Nobody but that contact is told by this browser."""
    for one in store.deliveries.contacts():
        rest = tuple(x for x in one.subscriptions if x.endpoint != endpoint)
        if one.id != but and rest != one.subscriptions:
            store.deliveries.put_contact(structs.replace(one, subscriptions=rest))


def _shown(delivery: Delivery) -> DeliveryShown:
    return DeliveryShown(
        way=delivery.way,
        about=delivery.about,
        label=delivery.label,
        to=masked(delivery.to) if delivery.to else "",
        at=delivery.made_at,
        state=delivery.state,
        step=delivery.step,
        why=delivery.why,
        may_be_twice=delivery.may_be_twice,
        attempts=tuple(
            AttemptShown(
                gateway=one.gateway,
                at=one.at,
                outcome=one.outcome,
                outcome_at=one.outcome_at,
                why=one.why,
                said=one.said,
                cost=one.cost,
            )
            for one in delivery.attempts
        ),
    )
