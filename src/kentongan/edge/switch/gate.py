"""Who may call in: which trunk a source belongs to, by its address or by its certificate.

A datagram and a TCP connection are known by address; a TLS connection by address, certificate, or
both, as its trunk says. Addresses of a trunk's host name are told here once they are resolved.
Where several fit, the one counts that names the address most exactly (narrowest network, own host
or certificate); among equals who shows a certificate, then TLS over TLS, then the settings' order.
Nothing is refused here.
"""

from collections.abc import Iterable

from kentongan.edge.switch.trunks import EXACT, Trunk, is_address, is_within
from kentongan.sip.address import Address, Transport


class Gate:
    """The trunks of one switch, and the TLS connections that are open."""

    def __init__(self, trunks: Iterable[Trunk]) -> None:
        self._trunks = tuple(trunks)
        self._admitted: dict[Address, Trunk] = {}  # open TLS connections
        self._resolved: dict[str, frozenset[str]] = {}  # addresses of hosts, by trunk

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """All of them, in the order of the settings."""
        return self._trunks

    def find(self, source: Address, transport: Transport) -> Trunk | None:
        """The trunk a message from there belongs to."""
        if transport is Transport.TLS and source in self._admitted:
            return self._admitted[source]
        return self._first(source.host, transport, None)

    def get(self, key: str) -> Trunk | None:
        """The trunk of that key, None where the settings no longer name it."""
        return next((trunk for trunk in self._trunks if trunk.key == key), None)

    def may_try(self, host: str, transport: Transport) -> bool:
        """Whether a connection from there may become a trunk's; for TLS, once it is shown who."""
        if transport is not Transport.TLS:
            return self._first(host, transport, None) is not None
        return any(
            self._is_from(trunk, host) or (trunk.certificate_names and not trunk.networks)
            for trunk in self._trunks
        )

    def is_at_trunk(self, host: str) -> bool:
        """Whether a trunk calls in from that address, whatever it has to show besides."""
        return any(self._is_from(trunk, host) for trunk in self._trunks)

    def asks_certificate(self, host: str) -> bool:
        """Whether a TLS connection from there should be asked for its certificate.

        Where no trunk of that address needs one, a bad one must not keep its calls away.
        """
        return any(
            trunk.needs_certificate and (not trunk.networks or self._is_from(trunk, host))
            for trunk in self._trunks
        )

    def admit(self, source: Address, names: tuple[str, ...] | None) -> Trunk | None:
        """A TLS connection is open: whose it is, None for nobody's.

        `names` are those of the peer's verified certificate, None where it showed none.
        """
        trunk = self._first(source.host, Transport.TLS, names)
        if trunk is not None:
            self._admitted[source] = trunk
        return trunk

    def admit_as(self, source: Address, trunk: Trunk) -> None:
        """A TLS connection that we opened to a trunk, its certificate looked at."""
        self._admitted[source] = trunk

    def leave(self, source: Address) -> None:
        """That TLS connection is closed."""
        self._admitted.pop(source, None)

    def resolved(self, trunk: str, hosts: Iterable[str]) -> None:
        """These are the addresses of that trunk's host now."""
        self._resolved[trunk] = frozenset(hosts)

    def trunk_at(self, host: str) -> Trunk | None:
        """The trunk that an address we call belongs to: by its host, else by its networks."""
        by_host = (
            trunk
            for trunk in self._trunks
            if host in trunk.own_hosts or host in self._resolved.get(trunk.key, ())
        )
        at_host = [trunk for trunk in self._trunks if is_within(host, trunk.networks)]
        by_network = max(at_host, key=lambda trunk: trunk.closeness(host), default=None)
        return next(by_host, None) or by_network

    def owners_of(self, source: Address, transport: Transport) -> tuple[str, ...]:
        """The keys of all trunks that are at that address: by connection, host or networks."""
        found = self.find(source, transport)
        at_host = {
            trunk.key
            for trunk in self._trunks
            if trunk.takes(transport)
            and (
                source.host in trunk.own_hosts
                or source.host in self._resolved.get(trunk.key, ())
                or is_within(source.host, trunk.networks)
            )
        }
        return tuple(sorted(at_host | ({found.key} if found else set())))

    def is_direct(self, peer: Address, transport: Transport) -> bool:
        """Whether a private address in that peer's Contact can be reached from here."""
        trunk = self.find(peer, transport) or self.trunk_at(peer.host)
        return trunk is not None and trunk.contact_reachable

    def _first(
        self, host: str, transport: Transport, names: tuple[str, ...] | None
    ) -> Trunk | None:
        fitting = [
            trunk
            for trunk in self._trunks
            if trunk.takes(transport) and self._fits(trunk, host, names)
        ]

        def exactness(trunk: Trunk) -> tuple[int, bool, bool]:
            named = trunk.closeness(host) if trunk.networks else EXACT
            return named, trunk.needs_certificate, trunk.transport == "tls"

        return max(fitting, key=exactness, default=None)

    def _fits(self, trunk: Trunk, host: str, names: tuple[str, ...] | None) -> bool:
        if trunk.needs_certificate and names is None:
            return False
        wanted = {name.lower() for name in trunk.certificate_names}
        if wanted and wanted.isdisjoint(names or ()):
            return False
        return (bool(wanted) and not trunk.networks) or self._is_from(trunk, host)

    def _is_from(self, trunk: Trunk, host: str) -> bool:
        if trunk.reaches_from(host):
            return True
        may_resolve = not trunk.networks and is_address(host)
        return may_resolve and host in self._resolved.get(trunk.key, ())
