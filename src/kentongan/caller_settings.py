"""Settings of what callers' telephones send by themselves: AML, and the page behind a link."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

WORD_CHARACTERS_MIN: Final = 20
"""Shortest word of an operator's server, and key of a signature: whoever guesses it says where a
caller is. `openssl rand -hex 16` writes 32."""


class CallerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`public_url` is where callers reach this centre's pages, `https://112.example.go.id`; without
    it a link names the address that the console itself was opened with.

    AML messages of the operators' server are taken when `aml_secret_file` names a file: its first
    line is the word they prove themselves by. `aml_hmac_file`: the key of the signature in
    Android's messages; without one no signature is looked at.
    """

    public_url: str = ""
    aml_secret_file: str = ""
    aml_hmac_file: str = ""

    def aml_secret(self) -> str:
        """The word; empty without a file. Raises `OSError`."""
        return _first_line(self.aml_secret_file)

    def aml_hmac_key(self) -> str:
        """The key; empty without a file. Raises `OSError`."""
        return _first_line(self.aml_hmac_file)


def faults_of_caller(settings: CallerSettings) -> Iterator[str]:
    """What cannot be, one sentence each."""
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        if parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
            yield "caller.public_url must be like https://112.example.go.id"
    for name in ("aml_secret_file", "aml_hmac_file"):
        file: str = getattr(settings, name)
        with suppress(OSError, UnicodeDecodeError):  # whoever has no right to it does not need it
            if file and len(_first_line(file)) < WORD_CHARACTERS_MIN:
                yield (
                    f"caller.{name}: the first line of {file} has less than"
                    f" {WORD_CHARACTERS_MIN} characters"
                )


def _first_line(file: str) -> str:
    if not file:
        return ""
    lines = Path(file).read_text("utf-8").splitlines()
    return lines[0].strip() if lines else ""
