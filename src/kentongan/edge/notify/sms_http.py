"""SMS by a gateway with an HTTP interface: every provider's is different, so it is a template.

A 200 says that the web server works, not that a message was taken: providers answer "insufficient
credit" with it. So what counts is a field of the answer, where the settings name one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import quote

from kentongan.edge.notify.channel import AnyIn, Letter, NotSent, Taken, clipped
from kentongan.edge.notify.web_client import check_status, request
from kentongan.notify_settings import HttpSmsSettings, secret_of

TEXT_CHARACTERS_MAX: Final = 900
"""About six parts; a longer text is cut before the gateway sends it as twenty."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class HttpSms:
    """Implements `channel.Gateway`."""

    def __init__(self, settings: HttpSmsSettings) -> None:
        self._settings = settings
        self._secret = secret_of(settings.secret_file)

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self._settings.name

    @property
    def at_once(self) -> int:
        """Requests at the same time."""
        return self._settings.at_once

    def send(self, letter: Letter) -> Taken:
        """One request; raises `NotSent`."""
        settings = self._settings
        text = letter.text
        if len(text) > TEXT_CHARACTERS_MAX:
            text = f"{text[: TEXT_CHARACTERS_MAX - 3]}..."
        values = {
            "to": letter.to,
            "digits": letter.to.removeprefix("+"),
            "text": text,
            "id": letter.id,
            "sender": settings.sender,
            "secret": self._secret,
        }
        is_json = "json" in settings.content_type
        body = filled(settings.body, values, as_json if is_json else as_url)
        headers = {
            "Accept": "application/json",
            "User-Agent": "kentongan",
            **{name: filled(one, values, as_header) for name, one in settings.headers.items()},
        }
        if settings.method == "POST":
            headers["Content-Type"] = f"{settings.content_type}; charset=utf-8"
        url = filled(settings.url, values, as_url)
        answer = request(settings.method, url, headers, body.encode())
        check_status(answer)
        return self._judged(answer.body)

    def _judged(self, body: bytes) -> Taken:
        settings = self._settings
        if not settings.ok_field and not settings.id_field:
            return Taken(said=clipped(body.decode("utf-8", "replace")))
        try:
            said = json.loads(body)
        except (ValueError, RecursionError) as error:
            words = body.decode("utf-8", "replace")
            raise NotSent("odd_answer", words, is_unsure=True) from error
        words = value_at(said, settings.said_field) or clipped(body.decode("utf-8", "replace"))
        if settings.ok_field:
            state = value_at(said, settings.ok_field)
            if state in settings.later_values:
                raise NotSent("gateway_failed", words)
            if state not in settings.ok_values:
                raise NotSent("refused", words, is_lasting=True)
        part = value_at(said, settings.id_field)
        return Taken(
            ids=(part[:200],) if part else (),
            said=clipped(words),
            cost=clipped(value_at(said, settings.cost_field)),
        )

    def gathered(self) -> Sequence[AnyIn]:
        """Nothing: what comes in comes to the hooks."""
        return ()

    @property
    def trouble(self) -> NotSent | None:
        """Nothing is known without a letter."""
        return None

    def close(self) -> None:
        """Nothing is held."""


def filled(template: str, values: Mapping[str, str], escape: Any) -> str:
    """The template with its values, each escaped; what is no placeholder stays."""
    return _PLACEHOLDER.sub(
        lambda match: escape(values[match[1]]) if match[1] in values else match[0], template
    )


def as_url(value: str) -> str:
    """For an address or a form."""
    return quote(value.encode("utf-8", "replace"), safe="")


def as_json(value: str) -> str:
    """For the inside of a JSON string."""
    return json.dumps(value.encode("utf-8", "replace").decode())[1:-1]


def as_header(value: str) -> str:
    """For a header: one line, no more."""
    return (
        "".join(sign for sign in value if sign.isprintable())
        .encode("latin-1", "replace")
        .decode("latin-1")
    )


def value_at(said: Any, path: str) -> str:
    """The value at a path like `messages.0.status` as text; empty where there is none."""
    if not path:
        return ""
    for step in path.split("."):
        if isinstance(said, dict):
            said = cast("dict[str, Any]", said).get(step)
        elif isinstance(said, list) and step.isdigit() and int(step) < len(cast("list[Any]", said)):
            said = cast("list[Any]", said)[int(step)]
        else:
            return ""
    if isinstance(said, bool):
        return "true" if said else "false"
    return str(said) if isinstance(said, str | int | float) else ""
