"""Messages to the outside: delivered, tried again, given up, never sent for nothing."""

from itertools import pairwise

import pytest
from app_scene import NOW, ONE, Post, Send, after, assign, count, exhaust, incident, open_and_send

from kentongan.app.effects import CURSOR, PENDING_MAX, RETRY_S, Effects
from kentongan.app.ports import Store
from kentongan.app.react import Reactions
from kentongan.app.worker import Worker
from kentongan.core.commands import CloseIncident, DeliverAlert, ProgressUnit, ReleaseUnit
from kentongan.core.events import AlertDelivered, AlertEscalated, TaskEscalated
from kentongan.core.plans import Plans
from kentongan.core.policy import AlertCrewEffect, NotifyAgencyEffect
from kentongan.core.words import IncidentId, Outcome, Progress, UnitId
from kentongan.edge.notify.inbox import InboxNotifier


def test_app_delivery_is_a_fact(send: Send, store: Store, plans: Plans, ambulance: UnitId) -> None:
    """What was delivered is in the journal with its channel, and is not delivered again."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    post = Post()
    exhaust(Worker(store, plans, post), NOW)
    again = Post()
    exhaust(Worker(store, plans, again), NOW)
    delivered = [r.event for r in store.tail(0, 100) if isinstance(r.event, AlertDelivered)]
    assert delivered == [AlertDelivered(unit=ambulance, channel="post")]
    assert all(task.notified_at == NOW for task in incident(store).tasks)
    assert len(post.delivered) == 1 + len(incident(store).tasks)
    assert again.tried == []


def test_app_an_alert_is_delivered_when_the_crews_page_says_so(
    send: Send, store: Store, plans: Plans, ambulance: UnitId
) -> None:
    """The inbox tells agencies; a crew nobody hears from escalates, its page's word stops that."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    exhaust(Worker(store, plans, InboxNotifier(store)), NOW)
    assert all(task.notified_at == NOW for task in incident(store).tasks)
    assert count(store, AlertDelivered) == 0
    assert store.cursor(CURSOR) == store.last_position()
    send(DeliverAlert(incident=ONE, unit=ambulance, channel="screen"))
    assert incident(store).assignments[0].alert_delivered_at is not None
    exhaust(Worker(store, plans, InboxNotifier(store)), after(5_000))
    assert count(store, AlertEscalated) == 1  # shown, but not accepted


def test_app_one_channel_away_holds_up_its_own_only(
    send: Send, store: Store, plans: Plans, ambulance: UnitId
) -> None:
    """While crews cannot be reached, agencies are; the cursor waits for the crew's message."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    post = Post(away=lambda effect: isinstance(effect, AlertCrewEffect))
    worker = Worker(store, plans, post)
    exhaust(worker, NOW)
    assert all(task.notified_at for task in incident(store).tasks)
    alert = next(r for r in store.tail(0, 100) if r.meta.event_id == "incident:one#6")
    assert store.cursor(CURSOR) == alert.meta.position - 1

    post.away = lambda _: False
    exhaust(Worker(store, plans, post), after(1))
    assert count(store, AlertDelivered) == 1
    assert store.cursor(CURSOR) == store.last_position()


def test_app_failed_delivery_becomes_visible(send: Send, store: Store, plans: Plans) -> None:
    """Tries are spaced and limited; after the last the dispatcher is told, once, for ever."""
    open_and_send(send, ONE)
    post = Post(away=lambda _: True)
    reactions, effects = Reactions(store, plans), Effects(store, plans, post)
    while reactions.step(NOW):
        pass
    tried_at: list[float] = []
    for second in range(200):
        before = len(post.tried)
        effects.step(after(second))
        tried_at += [second] * (len(post.tried) > before)
    gaps = [later - earlier for earlier, later in pairwise(tried_at)]
    assert gaps == list(RETRY_S)
    assert effects.failed == len(incident(store).tasks) == count(store, TaskEscalated)
    assert store.cursor(CURSOR) == store.last_position()

    again = Post()
    Effects(store, plans, again).step(after(300))
    assert again.tried == []


@pytest.mark.parametrize("how", ["released", "accepted", "closed"])
def test_app_nobody_is_woken_for_what_is_over(
    send: Send, store: Store, plans: Plans, ambulance: UnitId, how: str
) -> None:
    """A process that starts late alerts nobody whose reason is gone."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    if how == "accepted":
        send(ProgressUnit(incident=ONE, unit=ambulance, progress=Progress.ACCEPTED))
    else:
        send(ReleaseUnit(incident=ONE, unit=ambulance, reason="stand down"))
    if how == "closed":
        send(CloseIncident(incident=ONE, outcome=Outcome.RESOLVED))
    post = Post()
    exhaust(Worker(store, plans, post), NOW)
    crews = [effect for effect in post.tried if isinstance(effect, AlertCrewEffect)]
    agencies = [effect for effect in post.tried if isinstance(effect, NotifyAgencyEffect)]
    assert crews == []
    assert bool(agencies) is (how != "closed")


def test_app_pending_messages_are_limited(
    send: Send, store: Store, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With everything away the reader stops at its limit and goes on when messages settle."""
    assert PENDING_MAX >= 100
    monkeypatch.setattr("kentongan.app.effects.PENDING_MAX", 2)
    monkeypatch.setattr("kentongan.app.effects.BATCH_MAX", 2)
    for name in "abc":
        open_and_send(send, IncidentId(name))
    reactions = Reactions(store, plans)
    while reactions.step(NOW):
        pass
    post = Post(away=lambda _: True)
    effects = Effects(store, plans, post)
    for _ in range(50):
        effects.step(NOW)
    assert len({repr(effect) for effect in post.tried}) == 2
    post.away = lambda _: False
    for second in range(50):
        effects.step(after(second))
    assert store.cursor(CURSOR) == store.tail(0, 1_000)[-1].meta.position
    assert len(post.delivered) == sum(len(incident(store, IncidentId(n)).tasks) for n in "abc")
