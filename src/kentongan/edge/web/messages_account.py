"""The words of every no about accounts, passwords, the record's search and backups."""

from collections.abc import Mapping
from typing import Final

ACCOUNT: Final[Mapping[str, tuple[str, str]]] = {
    "account_reason_missing": (
        "Tulis alasannya. Alasan tercatat di jejak audit.",
        "Say why. The reason goes on record.",
    ),
    "account_name_unreadable": (
        "Nama masuk perlu 1 sampai {characters_max} huruf yang dapat dicetak.",
        "A name for signing in needs 1 to {characters_max} printable characters.",
    ),
    "account_name_taken": (
        "Nama {name} sudah dipakai akun lain.",
        "Another account has the name {name} already.",
    ),
    "account_exists": ("Akun itu sudah ada.", "That account exists already."),
    "unknown_account": ("Akun itu tidak ada.", "There is no such account."),
    "too_many_accounts": (
        "Sudah ada {most} akun, yang diblokir ikut dihitung.",
        "There are {most} accounts already, blocked ones included.",
    ),
    "account_without_role": (
        "Pilih paling sedikit satu peran.",
        "Choose one role at least.",
    ),
    "account_role_system": (
        "Peran sistem hanya milik perangkat lunak.",
        "The role system belongs to the software alone.",
    ),
    "account_needs_agency": (
        "Petugas instansi perlu instansi.",
        "An agency officer needs an agency.",
    ),
    "account_needs_unit": (
        "Awak perlu instansi dan unit.",
        "A crew needs an agency and a unit.",
    ),
    "account_moved_on": (
        "{by} mengubah akun {name} lebih dulu ({said}). Lihat yang baru, lalu pilih.",
        "{by} changed the account {name} first ({said}). Look at the new one, then choose.",
    ),
    "account_blocked": (
        "Akun {name} diblokir. Buka blokirnya dulu.",
        "The account {name} is blocked. Unblock it first.",
    ),
    "account_nothing_asked": (
        "Tidak ada peran yang menunggu persetujuan.",
        "No role waits for agreement.",
    ),
    "account_own_request": (
        "Yang meminta, dan pemilik akun, tidak bisa menyetujui. Minta admin lain.",
        "Neither who asked nor whose account it is can agree. Ask another administrator.",
    ),
    "account_own": (
        "Anda tidak bisa memblokir akun sendiri. Minta admin lain.",
        "You cannot block your own account. Ask another administrator.",
    ),
    "account_last_admin": (
        "Ini admin terakhir. Angkat admin lain dulu.",
        "This is the last administrator. Appoint another one first.",
    ),
    "account_password_on_server": (
        (
            "Kata sandi {name} dibuat ulang di server saja (kentongan account), "
            "bukan oleh admin lain."
        ),
        (
            "The password of {name} is made anew on the server only (kentongan account), "
            "not by another administrator."
        ),
    ),
    "password_must_change": (
        "Kata sandi ini sekali pakai. Pilih kata sandi Anda sendiri.",
        "This password is for a single use. Choose one of your own.",
    ),
    "password_expired": (
        "Kata sandi sekali pakai ini kedaluwarsa. Minta yang baru pada admin.",
        "This password for a single use has expired. Ask an administrator for another.",
    ),
    "password_too_short": (
        "Kata sandi perlu paling sedikit {characters_min} huruf.",
        "A password needs {characters_min} characters at least.",
    ),
    "wrong_old_password": (
        "Kata sandi lama salah. Kata sandi tidak diubah.",
        "The old password is wrong. The password has not been changed.",
    ),
    "password_same": (
        "Pilih kata sandi yang lain dari yang lama.",
        "Choose another password than the old one.",
    ),
    "export_reason_missing": (
        "Tulis untuk apa ekspor ini. Alasan tercatat.",
        "Say what this export is for. The reason goes on record.",
    ),
    "backup_running": (
        "Satu pencadangan sedang berjalan. Tunggu selesai.",
        "A backup is being made or checked. Wait until it is done.",
    ),
    "backup_no_room": (
        "Sisa ruang {free_mb} MB, perlu {needed_mb} MB. Kosongkan dulu.",
        "{free_mb} MB are free, {needed_mb} MB are needed. Make room first.",
    ),
}
