"""The processes of a centre: each function runs one of them until it is told to stop.

This is the wiring: settings become the settings of each part, and each part gets its neighbours.
What a process does not need it does not load: a killed media process is missed until it is back.
"""

import asyncio
import importlib
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from kentongan import __version__
from kentongan.media.priority import go_before_others, start_before_others
from kentongan.serve.guard import Guard
from kentongan.serve.process import Watched
from kentongan.serve.settings_notes import say_notes
from kentongan.serve.supervise import programs, supervise
from kentongan.settings import Settings

if TYPE_CHECKING:
    from kentongan.app.pack_in_use import PackInUse
    from kentongan.cities.pack import CityPack
    from kentongan.edge.switch.settings import SwitchSettings
    from kentongan.edge.web.backups import Backups
    from kentongan.edge.web.bodies import DemoAccount
    from kentongan.edge.web.ports import (
        Insight,
        MonthlyPdf,
        PushOffer,
        RunBeside,
        ScorePdf,
        SendText,
    )

    Accounts = tuple[DemoAccount, ...]

LOOPBACK = ("127.0.0.0/8", "::1/128")
"""Where a training call of the demo comes from; in production nobody's header makes one."""

BESIDE_MAX_S = 1_800.0
"""How long a plan or a file of another centre may be worked on, seconds; a city's first what-if
waits for the driving times between all its places."""

KEEPER_END_S = 5.0
"""How long the end of the work process waits for a recording being erased, seconds."""

HIGHEST_RTP_STEP = 2
"""RTP uses even ports (RFC 3550 §11): the last one of a range of N lies N - 2 above its first."""


def serve(settings: Settings, file: Path | None) -> int:
    """Start and watch all processes of this machine."""
    settings.state_path.mkdir(parents=True, exist_ok=True)

    def ready(watched: list[Watched]) -> None:
        names = ", ".join(one.program.name for one in watched)
        print(f"112: http://{settings.http.host}:{settings.http.port}/  ({names})", flush=True)

    saying = threading.Thread(target=say_notes, args=(settings,), daemon=True)
    saying.start()  # it asks the store for the pack, and may wait for one that is away

    asyncio.run(supervise(settings, programs(settings, file), ready))
    return 0


def run_media(settings: Settings, index: int) -> int:
    """One media process, and its guard."""
    start_before_others()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's own threads: none to be forked
    from kentongan.media.daemon import load, run
    from kentongan.media.settings import MediaSettings

    if not 0 <= index < settings.media.processes:
        print(f"--index: 0 to {settings.media.processes - 1}", file=sys.stderr)
        return 2
    _prepare(settings)
    media = settings.media
    first = media.rtp_port_first + index * media.rtp_ports_each
    told = MediaSettings(
        control_socket=str(settings.media_socket(index)),
        recordings_dir=str(settings.recordings_dir),
        bind_host=media.host,
        announced_host=media.announced_host or "",
        bind_host_v6=media.host_v6,
        announced_host_v6=media.announced_host_v6,
        web_port=media.web_port_first + index,
        rtp_port_first=first,
        rtp_port_last=first + media.rtp_ports_each - HIGHEST_RTP_STEP,
        trunk_networks=settings.sip.sound_networks,
        bridges_max=media.calls_each,
    )
    load()
    if told.goes_first:
        go_before_others()  # the next process is born in the place of the one that died
    return Guard(f"media-{index}", settings.run_dir).stand(lambda: run(told))


def run_switch(settings: Settings) -> int:
    """The switch, and its guard."""
    start_before_others()
    from kentongan.edge.switch.process import run
    from kentongan.edge.switch.wiring import city_of, door_to
    from kentongan.serve.wiring import load_pack, pack_directory
    from kentongan.store.open import open_store

    _prepare(settings)
    wall = settings.sip.wall_telephones
    city = city_of(load_pack(settings), pack_directory(settings), wall=wall)
    door = door_to(lambda: open_store(settings.store_url), city.plans)
    told = switch_settings(settings)
    _load_engine(settings.store_url)
    return Guard("switch", settings.run_dir).stand(lambda: run(told, city, door))


def _load_engine(store_url: str) -> None:
    """What opening the store would import, in the guard instead of in each new switch."""
    engine = "sqlite" if store_url.startswith("sqlite:") else "postgres"
    for module in ("sql", engine):
        importlib.import_module(f"kentongan.store.{module}")


def switch_settings(settings: Settings) -> "SwitchSettings":
    """What the switch is told; calls may call themselves training only where a room trains."""
    from kentongan.core.words import DeskKey
    from kentongan.edge.switch.settings import SwitchSettings

    return SwitchSettings(
        control_socket=str(settings.switch_socket),
        control_listen=settings.switch.listen,
        control_secret_file=settings.switch.secret_file,
        control_tls=settings.switch.tls,
        spool_path=str(settings.state_path / "spool.db"),
        recordings_dir=str(settings.recordings_dir),
        recording_key_file=str(settings.recording_key),
        media_sockets=tuple(
            str(settings.media_socket(index)) for index in range(settings.media.processes)
        ),
        media_host=settings.media.host,
        media_host_v6=settings.media.host_v6,
        sip_hosts=settings.sip.listen_hosts,
        sip_port=settings.sip.port,
        tls_port=settings.sip.tls_port,
        tls=settings.sip.tls,
        announced_hosts=settings.sip.announced,
        trunks=settings.sip.all_trunks(training=settings.training),
        calls_max=settings.sip.calls_max,
        location_servers=settings.sip.location_servers,
        training_networks=LOOPBACK if settings.training or settings.demo else (),
        ladder=settings.queue.ladder,
        wall_telephones={DeskKey(name): to for name, to in settings.sip.wall_telephones.items()},
    )


def run_work(settings: Settings, file: Path | None) -> int:
    """Reactions, effects and timers; registers the pack's agencies and units first."""
    from kentongan.app.register import register
    from kentongan.app.worker import Worker
    from kentongan.edge.notify.inbox import InboxNotifier
    from kentongan.media.archive import Archive
    from kentongan.serve.follow_pack import follow_pack
    from kentongan.serve.paper import PaperMaker, keep_paper
    from kentongan.serve.retention import Keeper
    from kentongan.serve.screens_in_use import screens_in_use
    from kentongan.serve.track_retention import keep_tracks
    from kentongan.serve.watch import watching
    from kentongan.serve.wiring import pack_in_use, utc_now
    from kentongan.store.open import open_store

    _prepare(settings)
    in_use = pack_in_use(settings)
    pack, plans = in_use.pack, in_use.plans
    store = open_store(settings.store_url)
    stop = threading.Event()

    def stopping(sign: int, frame: FrameType | None) -> None:
        del sign, frame
        stop.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stopping)
    register(store, plans, pack, utc_now())
    follow_pack(settings, in_use.number)
    archive = Archive(settings.recordings_dir, settings.recording_key)
    keeper = Keeper(store, plans, archive, settings.recordings)
    keeping = threading.Thread(target=keeper.run, args=(utc_now, stop), daemon=True)
    keeping.start()
    tracks = (open_store(settings.store_url), settings.avl, utc_now, stop)
    threading.Thread(target=keep_tracks, args=tracks, daemon=True).start()
    _start_children(settings, file, in_use, stop)
    if settings.paper.every_s:
        own = open_store(settings.store_url)
        maker = PaperMaker(own, pack, plans.time_zone_offset, settings.paper)
        printing = (maker, settings.paper_dir, settings.paper.every_s, utc_now, stop)
        training = {"training": settings.training}
        threading.Thread(target=keep_paper, args=printing, kwargs=training, daemon=True).start()
    watch = watching(settings, store, stop)
    here = screens_in_use(store)
    told = InboxNotifier(store)
    worker = Worker(store, plans, told, watch.troubles, here, is_all_training=settings.training)
    worker.run(utc_now, stop)
    keeping.join(KEEPER_END_S)
    store.close()
    return 0


def _start_children(
    settings: Settings, file: Path | None, in_use: "PackInUse", stop: threading.Event
) -> None:
    """What is worked out again and again by processes of the lowest priority."""
    from kentongan.serve.geo_nightly import keep_calibrated
    from kentongan.serve.insight_renewal import keep_day_files, renewal_command
    from kentongan.serve.nightly import keep_nightly
    from kentongan.serve.wiring import utc_now

    chosen = ("--settings", str(file)) if file else ()
    child = (sys.executable, "-m", "kentongan.main", *chosen, "geo-calibrate")
    cities = settings.geo_path / "cities" / in_use.pack.city.key
    offset = in_use.plans.time_zone_offset
    learning = (child, cities, offset, utc_now, stop)
    threading.Thread(target=keep_calibrated, args=learning, daemon=True).start()
    if not settings.training:
        night = (*child[:-1], "nightly")
        counting = (night, settings.published_file, offset, utc_now, stop)
        threading.Thread(target=keep_nightly, args=counting, daemon=True).start()
    renewing = (renewal_command(file), stop)
    threading.Thread(target=keep_day_files, args=renewing, daemon=True).start()


def run_web(settings: Settings, file: Path | None, demo_accounts: "Accounts" = ()) -> int:
    """Screens and API; in a demo the sign-in page shows its accounts."""
    from kentongan.edge.geo.served.client import GeographyClient
    from kentongan.edge.web.ports import WebDependencies
    from kentongan.edge.web.server import Address, run
    from kentongan.serve.evaluation import alarm_months_of, figures_of
    from kentongan.serve.scenarios import scenario_starter, trainer_of
    from kentongan.serve.wiring import loader_of, pack_directory, told_pack, utc_now
    from kentongan.store.open import open_store

    _prepare(settings)
    in_use = told_pack(settings)
    pack = in_use.pack
    run(
        WebDependencies(
            open_store=lambda: open_store(settings.store_url),
            plans=in_use.plans,
            pack=pack,
            pack_number=in_use.number,
            pack_signed_at=in_use.signed_at,
            pack_directory=pack_directory(settings),
            load_pack=loader_of(settings),
            figures_for=lambda new: (figures_of(new), alarm_months_of(new)),
            clock=utc_now,
            switch_socket=settings.switch_socket,
            other_switches=settings.switch.other_switches(),
            recordings_dir=settings.recordings_dir,
            recording_key=settings.recording_key,
            disk_state=settings.recordings.disk_state,
            paper_file=_paper_file(settings),
            backups=_backups(settings, file),
            turn_urls=settings.turn.urls,
            turn_secret=settings.turn.secret(),
            static_dir=static_directory(),
            avl_socket=settings.avl_socket,  # also of an `avl` that somebody runs beside it
            bounds=settings.avl.bounds,
            geography=GeographyClient(pack, in_use.plans.time_zone_offset, settings.geo_socket),
            evaluate=figures_of(pack),
            alarm_month=alarm_months_of(pack),
            insight=_insight(settings, pack, file),
            start_scenario=scenario_starter(settings) if settings.training else None,
            train=trainer_of(settings) if settings.training else None,
            score_pdf=_score_pdf() if settings.training else None,
            monthly_pdf=_monthly_pdf(file),
            run_beside=_run_beside(file),
            uploads_dir=settings.state_path / "imports",
            published_file=settings.published_file,
            demo_accounts=demo_accounts,
            origins=settings.http.origins,
            secure_cookies=settings.http.secure_cookies,
            training=settings.training,
            version=__version__,
            public_url=settings.caller.public_url,
            aml_secret=settings.caller.aml_secret(),
            aml_hmac_key=settings.caller.aml_hmac_key(),
            push=_push(settings),
            text_out=_text_out(settings),
        ),
        Address(host=settings.http.host, port=settings.http.port, proxies=settings.http.proxies),
    )
    return 0


def _monthly_pdf(file: Path | None) -> "MonthlyPdf":
    """The monthly report, made by a child."""
    from kentongan.serve.reporting import ReportMaker

    return ReportMaker(file)


def _run_beside(file: Path | None) -> "RunBeside":
    """Plans and files of other centres, worked out by a child."""
    from kentongan.serve.beside import Beside

    return Beside(file, BESIDE_MAX_S)


def _push(settings: Settings) -> "PushOffer | None":
    """Notifications of browsers, where they are set up."""
    from kentongan.serve.notify_push import push_of

    return push_of(settings.notify)


def _text_out(settings: Settings) -> "SendText | None":
    """Messages to callers, where a gateway takes them."""
    from kentongan.serve.notify_callers import text_out_of
    from kentongan.serve.wiring import utc_now
    from kentongan.store.open import open_store

    return text_out_of(settings.notify, lambda: open_store(settings.store_url), utc_now)


def _backups(settings: Settings, file: Path | None) -> "Backups":
    """The folder of backups that the administrator's screen shows."""
    from kentongan.serve.backups import backup_folder
    from kentongan.serve.wiring import utc_now

    return backup_folder(settings.state_path, file, utc_now)


def _paper_file(settings: Settings) -> Path | None:
    """The newest paper pack, where one is made."""
    from kentongan.serve.paper import LATEST

    return settings.paper_dir / LATEST if settings.paper.every_s else None


def _insight(settings: Settings, pack: "CityPack", file: Path | None) -> "Insight":
    """The figures of *Evaluasi*."""
    from kentongan.serve.insight import insight_of

    return insight_of(settings, pack, file)


def _score_pdf() -> "ScorePdf":
    """What sets a score sheet; loaded in training rooms alone."""
    from kentongan.serve.score import sheet_pdf

    return sheet_pdf


def static_directory() -> Path:
    """The built front end inside the package."""
    import kentongan.edge.web

    return Path(str(kentongan.edge.web.__file__)).parent / "static"


def _prepare(settings: Settings) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings.recordings_dir.mkdir(parents=True, exist_ok=True)
