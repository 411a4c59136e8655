"""E-mail by SMTP (RFC 5321), by default after STARTTLS: for who reads it at a desk."""

import smtplib
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from kentongan.edge.notify.addresses import BadAddress, mail
from kentongan.edge.notify.channel import AnyIn, Letter, NotSent, Taken, clipped
from kentongan.notify_settings import MailSettings, secret_of

WAIT_S: Final = 10.0
"""Longest wait for each answer of the server, seconds."""

TITLE_CHARACTERS_MAX: Final = 120


class Mail:
    """Implements `channel.Gateway`."""

    def __init__(self, settings: MailSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._password = secret_of(settings.password_file)
        self._clock = clock

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self._settings.name

    @property
    def at_once(self) -> int:
        """Sessions at the same time."""
        return 2

    def send(self, letter: Letter) -> Taken:
        """One session, one message; raises `NotSent`.

        Until the end of the message has gone out the server has taken nothing (section 4.1.1.4);
        after that, without its answer, nobody knows.
        """
        message = self._message(letter)
        line, has_data = None, False
        try:
            line = self._opened()
            has_data = True
            line.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            raise _judged(code, words) from refused
        except smtplib.SMTPResponseException as refused:
            raise _judged(refused.smtp_code, refused.smtp_error) from refused
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSent("unreachable", str(error), is_unsure=has_data) from error
        finally:
            if line is not None:
                line.close()
        return Taken(said="250")

    def _opened(self) -> smtplib.SMTP:
        settings = self._settings
        trust = ssl.create_default_context(cafile=settings.ca_file or None)
        if settings.security == "tls":
            line = smtplib.SMTP_SSL(settings.host, settings.port, timeout=WAIT_S, context=trust)
        else:
            line = smtplib.SMTP(settings.host, settings.port, timeout=WAIT_S)
        try:
            if settings.security == "starttls":
                line.starttls(context=trust)
            if settings.user:
                line.login(settings.user, self._password)
        except BaseException:
            line.close()
            raise
        return line

    def _message(self, letter: Letter) -> EmailMessage:
        settings = self._settings
        message = EmailMessage()
        title = letter.title or letter.text
        message["Subject"] = " ".join(_clean(title).split())[:TITLE_CHARACTERS_MAX]
        message["From"] = settings.sender
        try:
            message["To"] = mail(letter.to)
        except BadAddress as bad:
            raise NotSent("refused", str(bad), is_lasting=True) from bad
        message["Date"] = format_datetime(self._clock())
        domain = settings.sender.rpartition("@")[2].strip("> ") or "kentongan"
        message["Message-ID"] = f"<{sha256(letter.id.encode()).hexdigest()[:32]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Priority"] = "1"
        message.set_content(_clean(letter.text))
        return message

    def gathered(self) -> Sequence[AnyIn]:
        """Nothing: bounces go to the sender's mailbox."""
        return ()

    @property
    def trouble(self) -> NotSent | None:
        """Nothing is known without a letter."""
        return None

    def close(self) -> None:
        """Nothing is held."""


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _judged(code: int, words: bytes | str) -> NotSent:
    """5xx is for ever, 4xx for now; what the sign-in says is about the server, not the letter."""
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    said = clipped(f"{code} {said}")
    if code in (530, 534, 535, 538):
        return NotSent("not_allowed", said)
    if 500 <= code < 600:
        return NotSent("refused", said, is_lasting=True)
    return NotSent("gateway_failed", said)
