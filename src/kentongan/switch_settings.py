"""The `[switch]` part of the settings: lines between this node and the switches of other nodes.

Values and their checks. Nothing set is one node alone, whose `web` and switch speak through the
unix socket. It opens no file: a secret or certificate that cannot be read is an alarm in the log
and in health, not a reason why a centre does not start.
"""

from collections.abc import Iterator

from msgspec import Struct, field

from kentongan.switch_line import LineAddress, LineError, LineTls, OtherSwitch, address_of

OTHERS_MAX = 7
"""Other switches: eight nodes carry a thousand calls."""


class SwitchLineSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`listen`: where this node's switch can be asked by the `web` of other nodes, IP and port.

    `others`: where the switches of the other nodes listen. The first line of `secret_file` is the
    secret that all of them share. With `tls.certificate_file` and `key_file` our switch speaks
    TLS there; with `tls.ca_file` our `web` wants TLS of the others. Without them both ends must
    have loopback or private addresses.
    """

    listen: str = ""
    others: tuple[str, ...] = ()
    secret_file: str = ""
    tls: LineTls = field(default_factory=LineTls)

    def other_switches(self) -> tuple[OtherSwitch, ...]:
        """The others, for `web`. Raises `LineError`."""
        return tuple(
            OtherSwitch(
                address=address_of(text),
                secret_file=self.secret_file,
                ca_file=self.tls.ca_file,
            )
            for text in self.others
        )


def faults_of_lines(lines: SwitchLineSettings) -> Iterator[str]:
    """Every setting that cannot be, as "switch.NAME: what is wrong"."""
    if len(lines.others) > OTHERS_MAX:
        yield f"switch.others: up to {OTHERS_MAX}"
    if len(set(lines.others)) < len(lines.others):
        yield "switch.others: one of them stands there twice"
    if lines.listen and lines.listen in lines.others:
        yield "switch.others: the switch of this node is asked through its own socket"
    if (lines.listen or lines.others) and not lines.secret_file:
        yield "switch.secret_file: needed with switch.listen and switch.others"
    if bool(lines.tls.certificate_file) != bool(lines.tls.key_file):
        yield "switch.tls: certificate_file and key_file go together"
    if lines.listen:
        yield from _faults_of("listen", lines.listen, "certificate_file", lines.tls)
    for other in lines.others:
        yield from _faults_of("others", other, "ca_file", lines.tls)


def _faults_of(name: str, text: str, needed: str, tls: LineTls) -> Iterator[str]:
    try:
        address: LineAddress = address_of(text)
    except LineError as error:
        yield f"switch.{name}: {error}"
        return
    if not address.is_private and not getattr(tls, needed):
        yield f"switch.{name}: {text} is no private address, so it needs switch.tls.{needed}"
