"""From where a telephone's audio may come, and where ours goes: symmetric RTP with a guard.

The SDP names an address; behind NAT the truth is another (RFC 4961, RFC 7362). So the first valid
packet decides, but only one from the signalled address or from a network of the trunk: whoever
guesses our port from elsewhere is counted and dropped. Decided anew when the switch signals anew,
or when the source has fallen silent. Pure.
"""

import ipaddress
from typing import Final

Address = tuple[str, int]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SOURCES_JUDGED_MAX: Final = 64  # verdicts remembered per signalled address; a flood brings more


def written(remote: Address | None) -> str:
    """`192.0.2.7:4000` or `[2001:db8::7]:4000`; "" for none."""
    if remote is None:
        return ""
    host, port = remote
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Latch:
    """One leg's far end."""

    __slots__ = ("_is_named", "_networks", "_signalled", "_verdicts", "is_latched", "remote",
                 "strangers")  # fmt: skip

    def __init__(self, networks: tuple[Network, ...], *, is_named: bool = False) -> None:
        """`is_named`: the networks are those of this very trunk, not the process's."""
        self._networks = networks
        self._is_named = is_named
        self._signalled = ""
        self._verdicts: dict[str, bool] = {}
        self.is_latched = False
        self.remote: Address | None = None
        self.strangers = 0

    def allow(self, networks: tuple[Network, ...], *, is_named: bool) -> None:
        """Other networks from the next `point_at` on."""
        self._networks = networks
        self._is_named = is_named

    def point_at(self, remote: Address) -> None:
        """The switch says where the peer is; its real source is learnt anew.

        An address at which no peer of this trunk can be, such as our own loopback in an SDP from
        outside, is not sent to: the first packet from the trunk's networks tells the real one.
        """
        host = ipaddress.ip_address(remote[0])
        is_possible = self._is_possible(host)
        self._signalled = str(host) if is_possible else ""
        self.remote = (str(host), remote[1]) if is_possible else None
        self.is_latched = False
        self._verdicts.clear()

    def forget(self) -> None:
        """Nobody is known any more: our own address is another one now."""
        self._signalled, self.remote, self.is_latched = "", None, False
        self._verdicts.clear()

    def accepts(self, source: Address) -> bool:
        """Whether a packet of this source is heard; a stranger's is counted.

        Asks nothing of the packet: `learn` only once it has proved to be one.
        """
        is_known = source == self.remote if self.is_latched else self._may_speak(source[0])
        self.strangers += not is_known
        return is_known

    def learn(self, source: Address) -> None:
        """A valid packet came from there: audio goes there, until the next signal or silence."""
        self.remote, self.is_latched = source, True

    def release(self) -> None:
        """The source fell silent: another may be learnt."""
        self.is_latched = False

    def _may_speak(self, host: str) -> bool:
        verdict = self._verdicts.get(host)
        if verdict is None:
            address = ipaddress.ip_address(host)
            verdict = host == self._signalled or self._is_within(address)
            if len(self._verdicts) < _SOURCES_JUDGED_MAX:
                self._verdicts[host] = verdict
        return verdict

    def _is_within(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(address in network for network in self._networks)

    def _is_possible(self, host: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        if host.is_unspecified or host.is_multicast:
            return False
        if self._is_within(host):
            return True
        if host.is_loopback or host.is_link_local or host.is_reserved:
            return False
        return not (host.is_private and self._is_named)  # a private one behind the trunk's NAT
