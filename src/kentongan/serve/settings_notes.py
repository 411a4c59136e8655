"""Settings that can be read and yet cannot do what they say: named where somebody looks at them.

A centre starts with them, because calls that ring are worth more than a neighbour that does not;
`settings`, `trunk test` and `serve` say so, and the running switch raises an alarm.
"""

import errno
import socket
import sys
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path

from kentongan.edge.switch.families import family_of, version_of
from kentongan.edge.switch.trunks import Trunk
from kentongan.settings import Settings


def notes_of(settings: Settings) -> Iterator[str]:
    """Each as "table.setting: what is wrong". Reads the city pack only where it is asked for."""
    neighbour, sip = settings.queue.overflow_to, settings.sip
    if neighbour or sip.wall_telephones or any(trunk.host for trunk in sip.trunks):
        yield from _of_the_pack(settings)
    if sip.wall_telephones and not any(trunk.host for trunk in sip.all_trunks(training=False)):
        names = ", ".join(sip.wall_telephones)
        yield f"sip.wall_telephones: {names}: no trunk leads out (none has a host): never rung"
    yield from _deaf_families(settings)
    yield from _places_of_sound(settings)
    for name in ("certificate_file", "key_file", "ca_file"):
        file = getattr(sip.tls, name)
        if file and not Path(file).is_file():
            yield f"sip.tls.{name}: {file} is not there, or cannot be seen: no calls by TLS"
    yield from _shared_networks(sip.trunks)


def _of_the_pack(settings: Settings) -> Iterator[str]:
    """Whom we ring is somebody, and not ourselves: the pack knows which numbers are our lines."""
    from kentongan.edge.switch.own_lines import is_own_line, own_numbers
    from kentongan.edge.switch.wiring import directory_by_key
    from kentongan.serve.wiring import load_pack

    pack = load_pack(settings)
    directory, ours = directory_by_key(pack), own_numbers(pack.lines)
    hosts = {*settings.sip.listen_hosts, *settings.sip.announced}
    neighbour = settings.queue.overflow_to
    if neighbour and not directory.get(neighbour):
        yield (
            f"queue.overflow_to: {neighbour!r} has no number in the directory: nothing overflows"
        )
    for name, whom in settings.sip.wall_telephones.items():
        if is_own_line(whom, ours):
            yield f"sip.wall_telephones.{name}: {whom!r} is our own line: never rung"
    for key, number in directory.items():
        if is_own_line(number, ours, hosts=hosts):
            named = "queue.overflow_to: " if key == neighbour else "city pack, directory: "
            yield f"{named}{key!r} has {number!r}, which is our own line: never rung"


def _deaf_families(settings: Settings) -> Iterator[str]:
    """SIP on an IP version that sound has no address of: such calls could not be heard."""
    media = settings.media
    bound = ", ".join(host for host in (media.host, media.host_v6) if host)
    ours = {version_of(media.host), *({6} if media.host_v6 else ())}
    for host in settings.sip.listen_hosts:
        spoken = version_of(host)
        if spoken not in ours:
            yield (
                f"sip.hosts: {host}: media.host ({bound}) has no address of IPv{spoken}: calls "
                f"whose sound is IPv{spoken} are refused (488){_remedy(spoken)}"
            )
    for trunk in settings.sip.trunks:
        there = family_of(trunk.host)
        if there is not None and there not in ours:
            yield (
                f"[[sip.trunks]] trunk {trunk.key}: host: {trunk.host}: media.host has no address "
                f"of IPv{there}: nobody is rung by this trunk{_remedy(there)}"
            )


def _places_of_sound(settings: Settings) -> Iterator[str]:
    """An address that this machine has not; one that no telephone can send to."""
    media = settings.media
    for name, host in (("host", media.host), ("host_v6", media.host_v6)):
        if host and not _is_here(host):
            yield f"media.{name}: {host} is no address of this machine: no telephone is heard there"
    if media.host_v6 and not media.announced_host_v6 and ip_address(media.host_v6).is_unspecified:
        yield (
            f"media.host_v6: {media.host_v6} is no address to send to, and telephones are told it; "
            "set media.announced_host_v6"
        )


def _is_here(host: str) -> bool:
    family = socket.AF_INET6 if version_of(host) == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return True


def _remedy(family: int) -> str:
    return "; set media.host_v6" if family == 6 else ""


def _shared_networks(trunks: Iterable[Trunk]) -> Iterator[str]:
    """Networks that two trunks name alike, with nothing besides to tell them apart."""
    first: dict[tuple[str, bool], str] = {}
    for trunk in trunks:
        if trunk.certificate_names:
            continue
        for network in trunk.networks:
            known = first.setdefault((network, trunk.transport == "tls"), trunk.key)
            if known != trunk.key:
                yield (
                    f"[[sip.trunks]] trunk {trunk.key}: networks: {network} is trunk {known}'s "
                    f"too: whoever calls from there belongs to {known}"
                )


def say_notes(settings: Settings) -> bool:
    """Print them for people; whether there was any."""
    notes = tuple(notes_of(settings))
    for note in notes:
        print(note, file=sys.stderr, flush=True)
    return bool(notes)
