"""`kentongan train`: the training room, a whole centre of its own beside the one on duty.

It has its own folder, store, recordings and accounts, every call and screen is marked as training,
and its only trunk leads to the simulated people on this machine: a drill can neither change what
is on duty nor ring anybody outside. Unlike the demo it keeps its record, and trainees may sit at
other machines, with accounts that somebody gave them.
"""

import sys
import time

import msgspec

from kentongan.demo.start import (
    is_answering,
    left_over_of,
    may_start,
    run_beside_world,
    world_trunk,
    write_settings,
)
from kentongan.settings import Settings
from kentongan.sip_settings import SipSettings
from kentongan.store.open import open_store


def train(settings: Settings, *, speed_up: float) -> int:
    """Run the training room until Ctrl+C; returns the exit status."""
    settings = training_settings(settings)
    began = time.monotonic()
    if not may_start(settings, has_ports=bool(left_over_of(settings))):
        return 2
    file = write_settings(settings)
    if not _has_people(settings):
        print(
            "Nobody may sign in yet. For each person, and at least one trainer (supervisor):\n"
            "  kentongan account --training-room NAME --role call_taker --role supervisor",
            file=sys.stderr,
        )
        return 2
    run_beside_world(settings, file, speed_up, lambda: _announce(settings, began))
    return 0


def training_settings(settings: Settings) -> Settings:
    """The settings of the training room: city, pages, telephones' and sound's addresses, queue.

    Everything else begins anew, so that no gateway, neighbour, carrier, store or other node of duty
    is in them. Its cities lie where those of duty lie: they are only read.
    """
    sip = settings.sip
    return Settings(
        state_dir=str(settings.training_path),
        geo_dir=str(settings.geo_path),
        city_pack=settings.city_pack,
        training=True,
        http=settings.http,
        media=settings.media,
        queue=msgspec.structs.replace(settings.queue, overflow_to=""),
        sip=SipSettings(
            host=sip.host,
            hosts=sip.hosts,
            port=sip.port,
            calls_max=sip.calls_max,
            answer="at_desk",
            trunks=(world_trunk(sip),),
        ),
    )


def _has_people(settings: Settings) -> bool:
    store = open_store(settings.store_url)
    try:
        return bool(store.accounts.list())
    finally:
        store.close()


def _announce(settings: Settings, began: float) -> None:
    address = f"http://{settings.http.host}:{settings.http.port}/"
    if not is_answering(address):
        print("The web process does not answer; see its log in the state folder", flush=True)
        return
    print(
        f"""
  Ruang latihan Kentongan 112 (LATIHAN)          siap dalam {time.monotonic() - began:.1f} dtk

  Peserta      {address}konsol      masuk dengan akun latihan, lalu "Mulai dinas"
  Pelatih      {address}konsol#/pantau      pilih skenario di panel "Latihan"
  Nilai        kentongan score SKENARIO

  Ctrl+C berhenti; catatan latihan tetap ada.
""",
        flush=True,
    )
