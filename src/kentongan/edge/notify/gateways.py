"""Settings become gateways: the one place that knows all of them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs

from kentongan.core.ladder import Way
from kentongan.edge.notify.channel import Gateway
from kentongan.edge.notify.mail import Mail
from kentongan.edge.notify.modem import Modem
from kentongan.edge.notify.push import Push
from kentongan.edge.notify.smpp import Smpp
from kentongan.edge.notify.sms_http import HttpSms
from kentongan.edge.notify.switch_client import ask
from kentongan.edge.notify.telephone import Telephone
from kentongan.edge.notify.whatsapp import Whatsapp
from kentongan.notify_settings import NotifySettings
from kentongan.store.deliveries import Contact, Subscription
from kentongan.store.whole import WholeStore


class Made(Struct, frozen=True, kw_only=True):
    """A gateway with its way and its rate. `tend` keeps its line open, where it has one."""

    gateway: Gateway
    way: Way
    a_minute: float
    tend: Callable[[], None] | None = None


def gateways_of(
    settings: NotifySettings, store: WholeStore, clock: Callable[[], datetime], switch: Path
) -> Sequence[Made]:
    """All gateways, each way's in the order of the settings. `switch`: its control socket.

    Raises `OSError` for a file that cannot be read, and `ValueError` for a key that is none.
    """
    return (*_made(settings, store, clock), *_telephones(settings, store, switch))


def _made(
    settings: NotifySettings, store: WholeStore, clock: Callable[[], datetime]
) -> Iterator[Made]:
    for one in settings.sms_http:
        yield Made(gateway=HttpSms(one), way="sms", a_minute=one.a_minute)
    for one in settings.smpp:
        smpp = Smpp(one)
        yield Made(gateway=smpp, way="sms", a_minute=one.a_minute, tend=smpp.tend)
    for one in settings.modem:
        modem = Modem(one)
        yield Made(gateway=modem, way="sms", a_minute=one.a_minute, tend=modem.tend)
    for one in settings.push:
        push = Push(one, _finder(store), _remover(store), clock)
        yield Made(gateway=push, way="app", a_minute=one.a_minute)
    for one in settings.mail:
        yield Made(gateway=Mail(one, clock), way="mail", a_minute=one.a_minute)
    for one in settings.whatsapp:
        yield Made(gateway=Whatsapp(one), way="whatsapp", a_minute=one.a_minute)


def _telephones(settings: NotifySettings, store: WholeStore, switch: Path) -> Iterator[Made]:
    for one in settings.telephone:
        telephone = Telephone(one.name, store, lambda envelope: ask(switch, envelope))
        yield Made(gateway=telephone, way="call", a_minute=one.a_minute, tend=telephone.tend)


def _living(store: WholeStore) -> Sequence[Contact]:
    return [one for one in store.deliveries.contacts() if one.revoked_at is None]


def _finder(store: WholeStore) -> Callable[[str], Subscription | None]:
    def find(endpoint: str) -> Subscription | None:
        for contact in _living(store):
            for one in contact.subscriptions:
                if one.endpoint == endpoint:
                    return one
        return None

    return find


def _remover(store: WholeStore) -> Callable[[str], None]:
    """A browser that is gone is told nothing any more."""

    def gone(endpoint: str) -> None:
        for contact in _living(store):
            rest = tuple(one for one in contact.subscriptions if one.endpoint != endpoint)
            if rest != contact.subscriptions:
                store.deliveries.put_contact(structs.replace(contact, subscriptions=rest))

    return gone
