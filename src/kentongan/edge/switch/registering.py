"""Trunks at which we register: REGISTER sent when it is due, its answers, and how it stands.

The rules are in `sip.registration`; here is the way to the registrar and the account of each trunk.
We never take a registration back: a switch that restarts is registered all the while, and calls in
that minute still reach the node beside it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from kentongan.edge.switch.credentials import SecretError, credentials_of, of_realm
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.names import Names
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.trunks import Trunk, is_address
from kentongan.sip import events
from kentongan.sip.address import Address, Transport, bracketed
from kentongan.sip.errors import ParseError
from kentongan.sip.message import Field, Headers, Response
from kentongan.sip.outside import Outside
from kentongan.sip.parse import parse_message
from kentongan.sip.registration import Account, Register, Registration

READ_AGAIN_S = 30.0
"""Between two looks at a password that could not be read; doubled with each that was refused."""
READ_AGAIN_S_MAX = 900.0
"""The longest wait: exchanges shut out whoever tries a wrong password too often."""

_CHALLENGES = {"www-authenticate": False, "proxy-authenticate": True}


class Sends(Protocol):
    """What is needed of the SIP stack."""

    def send(
        self, wanted: Outside, *, now: float, peer: Address, transport: Transport = Transport.UDP
    ) -> str:
        """Send a request outside dialogs; the key of its answers."""
        ...


class RegistrationHealth(Struct, frozen=True, kw_only=True):
    """One registration, for people. `fault` is empty while all is well; see `sip.registration`."""

    trunk: str
    phase: str
    is_registered: bool
    fault: str = ""
    until: datetime | None = None


class _Account(Struct, kw_only=True):
    trunk: Trunk
    machine: Registration | None = None
    fault: str = ""
    look_at: float = 0.0
    choice: int = 0  # which of the registrar's addresses is asked
    refusals: int = 0  # of the password, in a row


class Registrations:
    """All trunks with an account. No clock of its own: `look` each second, `take` each event."""

    def __init__(
        self,
        trunks: tuple[Trunk, ...],
        names: Names,
        sends: Sends,
        notices: Notices,
        *,
        contact_of: Callable[[Trunk, str], str],
        token: Callable[[], str],
    ) -> None:
        """`contact_of` says at which URI a trunk at that address reaches us."""
        self._names = names
        self._sends = sends
        self._notices = notices
        self._contact_of = contact_of
        self._token = token
        self._accounts = [_Account(trunk=trunk) for trunk in trunks if trunk.register]
        self._asked: dict[str, _Account] = {}

    def look(self, moment: Moment) -> None:
        """Send every REGISTER that is due."""
        for account in self._accounts:
            machine = account.machine or self._begin(account, moment)
            if machine is None:
                continue
            due = machine.due(moment.now)
            if due is not None:
                self._send(account, machine, due, moment)

    def take(self, event: events.Event, moment: Moment) -> bool:
        """Whether an event was an answer to one of our REGISTERs; it is acted on then."""
        if not isinstance(event, (events.Response, events.Timeout)):
            return False
        account = self._asked.get(event.call)
        machine = None if account is None else account.machine
        if account is None or machine is None:
            return account is not None
        if isinstance(event, events.Timeout):
            del self._asked[event.call]
            account.choice += 1
            machine.failed(moment.now)
        elif event.status >= 200:
            del self._asked[event.call]
            answer = _answer_in(event.raw, account.trunk)
            if answer is not None:
                machine.answered(answer, moment.now)
        self._tell(account, machine, moment)
        return True

    def health(self, moment: Moment) -> tuple[RegistrationHealth, ...]:
        """How each stands."""
        return tuple(_shown(account, moment) for account in self._accounts)

    def _begin(self, account: _Account, moment: Moment) -> Registration | None:
        """The account's machine, once its password and its registrar's address are known."""
        if moment.now < account.look_at:
            return None
        account.look_at = moment.now + READ_AGAIN_S
        trunk, register = account.trunk, account.trunk.register
        address = self._where(account)
        if register is None or address is None:
            account.fault = "name_unresolved"
            return None
        try:
            credentials = credentials_of(register)
        except SecretError as error:
            account.fault = "password_unreadable"
            self._notices.say("password_unreadable", f"trunk {trunk.key}", str(error))
            return None
        account.fault = ""
        account.machine = Registration(
            Account(
                registrar=_uri("", trunk),
                address_of_record=_uri(register.user, trunk),
                contact=self._contact_of(trunk, address.host),
                credentials=credentials,
                expires_s=register.expires_s,
            ),
            self._token,
            moment.now,
        )
        return account.machine

    def _where(self, account: _Account) -> Address | None:
        trunk = account.trunk
        host = (trunk.register.registrar if trunk.register else "") or trunk.host
        found = self._names.addresses(host)
        return Address(found[account.choice % len(found)], trunk.sip_port) if found else None

    def _send(
        self, account: _Account, machine: Registration, due: Register, moment: Moment
    ) -> None:
        address = self._where(account)
        if address is None:
            machine.failed(moment.now)
            return
        wanted = Outside(
            method="REGISTER",
            target=due.uri,
            from_uri=due.address_of_record,
            to_uri=due.address_of_record,
            headers=due.headers,
            call_id=due.call_id,
            cseq=due.cseq,
        )
        transport = Transport(account.trunk.transport)
        call = self._sends.send(wanted, now=moment.now, peer=address, transport=transport)
        self._asked[call] = account

    def _tell(self, account: _Account, machine: Registration, moment: Moment) -> None:
        """One line a cause; a refused password is read again before the next try."""
        if not machine.fault:
            account.refusals *= not machine.is_registered(moment.now)
            return
        status = f" ({machine.fault_status})" if machine.fault_status else ""
        key = account.trunk.key
        self._notices.say(f"register_{machine.fault}", f"trunk {key}", f"not registered{status}")
        if machine.fault == "credentials_refused":
            account.fault, account.machine = machine.fault, None
            account.refusals += 1
            wait_s = READ_AGAIN_S * 2.0 ** min(account.refusals - 1, 10)
            account.look_at = moment.now + min(wait_s, READ_AGAIN_S_MAX)


def own_contact(trunk: Trunk, hosts: tuple[str, ...], ports: tuple[int, int], peer: str) -> str:
    """Where a trunk at that address reaches us; `hosts` are announced, `ports` plain and TLS."""
    same = (host for host in hosts if is_address(host) and (":" in host) == (":" in peer))
    host = bracketed(next(same, hosts[0]))
    port = ports[1] if trunk.transport == "tls" else ports[0]
    user = trunk.register.user if trunk.register else "112"
    return f"sip:{user}@{host}:{port}{_transport(trunk)}"


def _uri(user: str, trunk: Trunk) -> str:
    """An address at the registrar; without a user, the registrar itself."""
    registrar = trunk.register.registrar if trunk.register else ""
    domain = bracketed(trunk.domain or registrar or trunk.host)
    return f"sip:{user}@{domain}" if user else f"sip:{domain}"


def _transport(trunk: Trunk) -> str:
    return "" if trunk.transport == "udp" else f";transport={trunk.transport}"


def _answer_in(raw: bytes, trunk: Trunk) -> Response | None:
    """The answer, with challenges of the account's realm only."""
    try:
        message = parse_message(raw)
    except ParseError:  # longer than what an event carries
        return None
    if not isinstance(message, Response):
        return None
    realm = trunk.register.realm if trunk.register else ""
    kept: list[Field] = []
    for field in message.headers.fields:
        is_proxy = _CHALLENGES.get(field.name.lower())
        if is_proxy is None or of_realm((field.value,), realm, is_proxy=is_proxy):
            kept.append(field)
    return Response(message.status, message.reason, Headers(tuple(kept)), message.body)


def _shown(account: _Account, moment: Moment) -> RegistrationHealth:
    machine = account.machine
    if machine is None:
        return RegistrationHealth(
            trunk=account.trunk.key, phase="waiting", is_registered=False, fault=account.fault
        )
    left_s = (machine.registered_until or moment.now) - moment.now
    return RegistrationHealth(
        trunk=account.trunk.key,
        phase=machine.phase.value,
        is_registered=machine.is_registered(moment.now),
        fault=machine.fault,
        until=moment.at + timedelta(seconds=left_s) if left_s > 0 else None,
    )
