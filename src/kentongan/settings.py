"""Settings: one frozen value from a TOML (or JSON) file and the environment, checked at start.

Plans, protocols, targets and areas are not settings: they are the city pack, or change through
commands, so that the record shows who changed them. `describe` prints the settings without
secrets. An unknown key, a wrong type or an impossible value is a `SettingsError` that names it.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct, field

from kentongan.avl_settings import AvlSettings, faults_of_avl
from kentongan.caller_settings import CallerSettings, faults_of_caller
from kentongan.edge.switch.trunks import network_fault
from kentongan.geo_settings import GeoSettings, faults_of_geo
from kentongan.media.settings import BRIDGES_MAX
from kentongan.notify_settings import NotifySettings, faults_of_notify
from kentongan.paper_settings import PaperSettings, faults_of_paper
from kentongan.published import NAME as PUBLISHED
from kentongan.queue_settings import QueueSettings, faults_of_queue
from kentongan.recording_settings import RecordingSettings, problems_of
from kentongan.settings_words import with_choices
from kentongan.sip_settings import SipSettings, faults_of, named
from kentongan.switch_settings import SwitchLineSettings, faults_of_lines
from kentongan.watch_settings import WatchSettings, faults_of_watch

ENVIRONMENT_PREFIX = "KENTONGAN_"
"""KENTONGAN_HTTP__PORT=8080 sets `port` in `[http]`; KENTONGAN_STATE_DIR sets `state_dir`."""

LISTS = frozenset(
    {"origins", "proxies", "hosts", "announced_hosts", "trunk_networks", "others", "parts"}
)
"""Settings that stand in the environment with commas between their parts."""

RTP_PORTS_A_CALL = 2
"""UDP ports that a telephone needs at least: one for its sound, one for reports about it."""

_PORT_MAX = 65_535
_MEDIA_PROCESSES_MAX = 16  # about 60 calls each: enough for 960 calls on one machine


class SettingsError(Exception):
    """Settings that cannot be used; the text says which and why."""


class HttpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The web server. `origins` are further origins that browsers may come from.

    `proxies` are addresses or networks whose X-Forwarded-For is believed: without the TLS proxy's
    own, all who come through it share one limit of sign-in attempts. Empty, the default, believes
    nobody: any program on a host that is named here can claim any address, and so has no limit.
    """

    host: str = "127.0.0.1"
    port: int = 8112
    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    secure_cookies: bool = False


class MediaSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Audio: processes, addresses and UDP ports. Each process has one port for browsers.

    `calls_each`: calls that one process carries at once. Together they are the centre's lines.
    `host_v6`: where telephones of IPv6 are heard beside an IPv4 `host`; browsers use `host` alone.
    """

    processes: int = 1
    calls_each: int = BRIDGES_MAX
    host: str = "127.0.0.1"
    announced_host: str | None = None
    host_v6: str = ""
    announced_host_v6: str = ""
    web_port_first: int = 41_000
    rtp_port_first: int = 42_000
    rtp_ports_each: int = 1_000


class TurnSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The TURN server for citizens behind networks that let no UDP through (docs/operate/turn.md).

    `urls` are what pages are told, `turns:turn.example:443?transport=tcp`; the secret shared with
    the server is the first line of `secret_file`. Without both no relay is offered.
    """

    urls: tuple[str, ...] = ()
    secret_file: str = ""

    def secret(self) -> str:
        """The secret; empty without a file. Raises `OSError`."""
        if not self.secret_file:
            return ""
        lines = Path(self.secret_file).read_text("utf-8").splitlines()
        return lines[0].strip() if lines else ""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a centre sets.

    `store` is `sqlite:` and a path, `postgresql://…`, or empty for SQLite in `state_dir`.
    `training` marks every call and screen as training; `demo` besides offers scenarios. `geo_dir`
    holds what is made of maps: imported cities, the synthetic one, compiled code; `state_dir`
    unless it is given.
    """

    state_dir: str = "var"
    geo_dir: str = ""
    city_pack: str | None = None
    store: str = ""
    training: bool = False
    demo: bool = False
    http: HttpSettings = field(default_factory=HttpSettings)
    sip: SipSettings = field(default_factory=SipSettings)
    switch: SwitchLineSettings = field(default_factory=SwitchLineSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    recordings: RecordingSettings = field(default_factory=RecordingSettings)
    turn: TurnSettings = field(default_factory=TurnSettings)
    avl: AvlSettings = field(default_factory=AvlSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    caller: CallerSettings = field(default_factory=CallerSettings)
    paper: PaperSettings = field(default_factory=PaperSettings)
    geo: GeoSettings = field(default_factory=GeoSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)

    @property
    def state_path(self) -> Path:
        """The folder of everything that must survive, absolute."""
        return Path(self.state_dir).resolve()

    @property
    def training_store(self) -> str:
        """Where the journal of the training room beside this centre is; its own if it is one."""
        return self.store_url if self.training else f"sqlite:{self.training_path / 'kentongan.db'}"

    @property
    def training_path(self) -> Path:
        """The folder of the training room."""
        return self.state_path if self.training else self.state_path / "training"

    @property
    def run_dir(self) -> Path:
        """Pid files and logs of the processes of this machine."""
        return self.state_path / "run"

    @property
    def store_url(self) -> str:
        """Where the journal is."""
        return self.store or f"sqlite:{self.state_path / 'kentongan.db'}"

    @property
    def switch_socket(self) -> Path:
        """The switch's control socket."""
        return self.state_path / "switch.sock"

    @property
    def avl_socket(self) -> Path:
        """Where positions of devices are told to the screens' processes."""
        return self.state_path / "avl.sock"

    @property
    def geo_path(self) -> Path:
        """The folder of cities and of compiled code, absolute."""
        return Path(self.geo_dir).resolve() if self.geo_dir else self.state_path

    @property
    def geo_socket(self) -> Path:
        """Where the geography answers."""
        return self.state_path / "geo.sock"

    @property
    def paper_dir(self) -> Path:
        """Where the paper packs are kept."""
        folder = self.paper.folder
        return Path(folder).resolve() if folder else self.state_path / "paper"

    @property
    def published_file(self) -> Path:
        """What is published of the record; written at night, shown at `/publik/rekaman`."""
        return self.state_path / PUBLISHED

    @property
    def figures_dir(self) -> Path:
        """Histograms of response times by month; derived, and can be made anew."""
        return self.state_path / "figures"

    @property
    def compiled_dir(self) -> Path:
        """Where compiled code of the road search is kept."""
        return self.geo_path / "compiled"

    def media_socket(self, index: int) -> Path:
        """The control socket of that media process."""
        return self.state_path / f"media-{index}.sock"

    @property
    def world_socket(self) -> Path:
        """The control socket of the simulated city, in demo mode."""
        return self.state_path / "world.sock"

    @property
    def recordings_dir(self) -> Path:
        """Where recordings are written."""
        return self.state_path / "recordings"

    @property
    def recording_key(self) -> Path:
        """The centre's key, without which no recording can be opened."""
        return self.state_path / "recording.key"


def load_settings(file: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from an optional file, overridden by the environment."""
    values = _read(file) if file else {}
    for name, text in environment.items():
        if name.startswith(ENVIRONMENT_PREFIX):
            _set(values, name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), text)
    where = str(file or "settings")
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        said = with_choices(str(error), Settings)
        raise SettingsError(f"{where}: {_in_table(named(said, values))}") from None
    check_settings(settings, where)
    return settings


def describe(settings: Settings) -> str:
    """The settings as JSON, without secrets."""
    shown = re.sub(r"//([^:/@]+):[^@]+@", r"//\1:…@", settings.store_url)
    return msgspec.json.format(
        msgspec.json.encode(msgspec.structs.replace(settings, store=shown))
    ).decode()


def check_settings(settings: Settings, where: str = "settings") -> None:
    """Raise `SettingsError` for the first setting that cannot be; `where` they were read."""
    media = settings.media
    last = media.rtp_port_first + media.processes * media.rtp_ports_each
    checks = (
        (0 < settings.http.port <= _PORT_MAX, "http.port must be 1 to 65535"),
        (
            1 <= media.processes <= _MEDIA_PROCESSES_MAX,
            f"media.processes must be 1 to {_MEDIA_PROCESSES_MAX}",
        ),
        (
            1 <= media.calls_each <= media.rtp_ports_each // RTP_PORTS_A_CALL,
            f"media.calls_each must be 1 to rtp_ports_each / {RTP_PORTS_A_CALL}",
        ),
        (media.rtp_port_first % 2 == 0, "media.rtp_port_first must be even (RFC 3550 §11)"),
        (media.rtp_port_first >= 1024 and last <= _PORT_MAX, "media ports must lie below 65536"),
        (
            0 < media.web_port_first <= _PORT_MAX + 1 - media.processes,
            "media.web_port_first: with processes it must lie within 1 to 65535",
        ),
        *_checks_of_udp_ports(settings),
        *_checks_of_tcp_ports(settings),
        (
            not settings.demo or _is_loopback(settings.http.host),
            "http.host: the demo's passwords are public, so it listens on loopback only",
        ),
        (
            len(os.fsencode(settings.state_path)) <= 90,
            "state_dir: its absolute path is too long for a unix socket in it (90 bytes)",
        ),
    )
    faults = [message for holds, message in checks if not holds]
    faults += _faults_of_sound(media)
    faults += _faults_of_proxies("http.proxies", settings.http.proxies)
    faults += _faults_of_proxies("avl.proxies", settings.avl.proxies)
    faults += [*faults_of(settings.sip), *faults_of_lines(settings.switch)]
    faults += [*faults_of_queue(settings.queue), *problems_of(settings.recordings)]
    faults += [*faults_of_avl(settings.avl), *faults_of_caller(settings.caller)]
    faults += faults_of_notify(settings.notify)
    faults += [*faults_of_geo(settings.geo), *faults_of_paper(settings.paper)]
    faults += faults_of_watch(settings.watch)
    if faults:
        raise SettingsError(f"{where}: {_in_table(faults[0])}")


def _faults_of_sound(media: MediaSettings) -> Iterator[str]:
    """The second address of sound is IPv6, beside one that is not."""
    for name in ("host_v6", "announced_host_v6"):
        host = getattr(media, name)
        if host and _version(host) != 6:
            yield f"media.{name}: {host!r} is not an IPv6 address"
    if media.host_v6 and _version(media.host) != 4:
        yield "media.host_v6: media.host must be an IPv4 address beside it"
    if media.announced_host_v6 and not media.host_v6:
        yield "media.announced_host_v6: needs media.host_v6"


def _checks_of_udp_ports(settings: Settings) -> Iterator[tuple[bool, str]]:
    """A port that two parts want is nobody's: the one that starts second does not start, or a
    browser's sound meets a telephone's."""
    media = settings.media
    rtp = range(media.rtp_port_first, media.rtp_port_first + media.processes * media.rtp_ports_each)
    web = range(media.web_port_first, media.web_port_first + media.processes)
    yield (
        web.stop <= rtp.start or rtp.stop <= web.start,
        (
            f"media.web_port_first: {web.start} to {web.stop - 1} lies within the ports of "
            f"telephones, {rtp.start} to {rtp.stop - 1}"
        ),
    )
    for name, ports in (("rtp_port_first", rtp), ("web_port_first", web)):
        yield (
            settings.sip.port not in ports,
            (
                f"media.{name}: sip.port {settings.sip.port} lies within {ports.start} to "
                f"{ports.stop - 1}"
            ),
        )


def _checks_of_tcp_ports(settings: Settings) -> Iterator[tuple[bool, str]]:
    """SIP and the screens on one port: one of them would end at each start, again and again."""
    http, sip = settings.http, settings.sip
    wanted = {"port": sip.port, **({"tls_port": sip.tls_port} if sip.tls.certificate_file else {})}
    shared = [host for host in sip.listen_hosts if _meet(host, http.host)]
    for name, port in wanted.items():
        yield (
            port != http.port or not shared,
            f"sip.{name}: {port} is http.port, on the same address: {', '.join(shared)}",
        )


def _meet(host: str, other: str) -> bool:
    """Whether a port of one is a port of the other."""
    return host == other or not {host, other}.isdisjoint({"0.0.0.0", "::"})  # noqa: S104


def _in_table(fault: str) -> str:
    """What is said of a trunk, with the table of the file that it stands in."""
    return f"[[sip.trunks]] {fault}" if fault.startswith("trunk ") else fault


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            return msgspec.json.decode(text, type=dict[str, Any])
        return tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from None


def _set(values: dict[str, Any], path: list[str], text: str) -> None:
    table = values
    for part in path[:-1]:
        inner: object = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{part} is not a table")
        table = cast("dict[str, Any]", inner)
    is_list = path[-1] in LISTS
    table[path[-1]] = [part.strip() for part in text.split(",") if part] if is_list else text


def _faults_of_proxies(name: str, proxies: tuple[str, ...]) -> Iterator[str]:
    faults = ((proxy, network_fault(proxy)) for proxy in proxies)
    return (f"{name}: {proxy!r} {fault}" for proxy, fault in faults if fault)


def _version(host: str) -> int | None:
    """4 or 6; None for what is no address."""
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
