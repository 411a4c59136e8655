"""The words of a no about recordings: why it cannot be heard, and what to do."""

from collections.abc import Mapping
from typing import Final

RECORDING: Final[Mapping[str, tuple[str, str]]] = {
    "recording_missing": (
        "Berkas rekaman {segment} tidak ada di penyimpanan. Minta admin memeriksa cadangan.",
        "The file of the recording {segment} is not on the disk. Ask the admin to look at backups.",
    ),
    "recording_without_key": (
        "Kunci rekaman {segment} belum sampai di basis data. Coba lagi sebentar.",
        "The key of the recording {segment} is not in the database yet. Try again shortly.",
    ),
    "recording_locked": (
        "Rekaman {segment} tidak dapat dibuka: kunci pusat tidak cocok. Hubungi admin.",
        "The recording {segment} cannot be opened: the centre's key does not fit. Tell the admin.",
    ),
    "recording_damaged": (
        "Rekaman {segment} rusak atau diubah sejak awal. Hubungi admin.",
        "The recording {segment} is damaged or was changed from its start. Tell the admin.",
    ),
    "recording_running": (
        "Panggilan ini masih berjalan; rekamannya hanya untuk yang menangani dan supervisor.",
        "This call still goes on; its recording is for whoever has it and for supervisors only.",
    ),
    "ticket_over": (
        "Izin mendengar ini sudah terpakai atau habis. Minta lagi dengan alasannya.",
        "This permission to listen is used up or over. Ask again and say why.",
    ),
}
