"""Everything about trunks that is no call, in one place for the process: asked, registered, shown.

Puts together the sockets, whether trunks answer, our registrations there, proofs of who we are,
addresses of their hosts and our certificate. The process calls `look` each second, `take` for each
event of the stack before calls see it, and `health` when somebody asks.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from msgspec import to_builtins

from kentongan.edge.switch.connection import Receive
from kentongan.edge.switch.credentials import Proofs
from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.keepalive import Keepalive, TrunkHealth
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.names import Names
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.registering import RegistrationHealth, Registrations, own_contact
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.sockets import SipSockets
from kentongan.edge.switch.tls import Certificates, CertificateState
from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.stack import Stack


class TrunkSide:
    """The trunks of one switch, and the wire to them. `reach` says where outgoing calls go."""

    def __init__(
        self,
        settings: SwitchSettings,
        gate: Gate,
        stack: Stack,
        *,
        notices: Notices,
        receive: Receive,
        turn_away: Receive,
        token: Callable[[], str],
        clock: Callable[[], Moment],
    ) -> None:
        """`receive` takes what trunks send, `turn_away` what strangers do."""
        ports = (settings.sip_port, settings.tls_port)
        self._clock = clock
        self._notices = notices
        self._certificates = Certificates(settings.tls, notices)
        self.sockets = SipSockets(
            gate,
            self._certificates,
            notices,
            receive=receive,
            turn_away=turn_away,
            is_concerned=lambda host: stack.concerns(host) or stack.remembers(host),
            awaits=stack.awaits,
        )
        self.sockets.connections.when_failed = self._connection_failed
        self._names = Names(gate, notices)
        self.reach = Keepalive(gate, self._names, stack)
        self._registrations = Registrations(
            settings.trunks,
            self._names,
            stack,
            notices,
            contact_of=lambda trunk, peer: own_contact(trunk, settings.hosts, ports, peer),
            token=token,
        )
        self._proofs = Proofs(gate, stack, token)

    async def run(self) -> None:
        """Keep the addresses of hosts up to date, until cancelled."""
        await self._names.run()

    def look(self, moment: Moment) -> None:
        """A second has passed: files, questions and registrations that are due."""
        self._certificates.look()
        self.reach.look(moment)
        self._registrations.look(moment)

    def take(self, event: events.Event, moment: Moment) -> bool:
        """Whether it was about a trunk and no call, or sent a call's request again with a proof."""
        return (
            self.reach.take(event, moment)
            or self._registrations.take(event, moment)
            or self._proofs.take(event, moment.now)
        )

    def health(self) -> Mapping[str, object]:
        """Trunks, registrations, connections and certificates, and what could not be served."""
        connections = self.sockets.connections
        trunks = self.reach.health()
        registrations = self._registrations.health(self._clock())
        certificate = self._certificates.state(datetime.now(UTC))
        return {
            "trunk_alarms": alarms_of(trunks, registrations, certificate),
            "trunks": to_builtins(trunks),
            "registrations": to_builtins(registrations),
            "transports": {
                "tcp": connections.count(Transport.TCP),
                "tls": connections.count(Transport.TLS),
                "certificate": to_builtins(certificate),
                "peer_certificates": {
                    key: shown.not_after for key, shown in connections.peer_certificates.items()
                },
                "causes": dict(self._notices.counts),
            },
        }

    def _connection_failed(self, address: Address, transport: Transport, cause: str) -> None:
        self.reach.connection_failed(address, transport, cause, self._clock())


def alarms_of(
    trunks: Iterable[TrunkHealth],
    registrations: Iterable[RegistrationHealth],
    certificate: CertificateState,
) -> list[dict[str, str]]:
    """What somebody has to do something about: a key, the trunk it is about or "", and why."""
    found: list[dict[str, str]] = []
    if certificate.state not in {"none", "well"}:
        until = "" if certificate.not_after is None else f"{certificate.not_after:%Y-%m-%d}"
        why = certificate.reason or until
        found.append({"alarm": f"certificate_{certificate.state}", "trunk": "", "why": why})
    found += [
        {"alarm": "trunk_down", "trunk": trunk.key, "why": trunk.reason}
        for trunk in trunks
        if trunk.state == "down"
    ]
    found += [
        {"alarm": "not_registered", "trunk": one.trunk, "why": one.fault}
        for one in registrations
        if one.fault and not one.is_registered
    ]
    return found
