"""WhatsApp by Meta's Cloud API: a template out, statuses back by a signed webhook.

A business may write first with a template that Meta has approved only; ours has one variable, into
which the text goes. A variable may hold no line breaks, tabs or more than four spaces in a row.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, cast

from kentongan.edge.notify.channel import AnyIn, Letter, NotSent, ReceiptIn, Taken, TextIn, clipped
from kentongan.edge.notify.web_client import WebAnswer, check_status, pause_of, request
from kentongan.notify_settings import WhatsappSettings, secret_of

TEXT_CHARACTERS_MAX: Final = 1_000
"""Of a template's variable; the whole body may have 1,024."""

AT_ONCE: Final = 4

TOO_FAST: Final = frozenset({4, 80007, 130429, 131048, 131056})
"""Error codes of the Cloud API that mean: later."""

OURS: Final = frozenset({0, 3, 10, 190, 131005, 131031, 132001, 132007, 132015, 132016})
"""Codes about our account, token or template: every letter would fail with them."""

_OUTCOMES: Final[dict[str, Literal["accepted", "delivered", "read", "failed"]]] = {
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
}


class Whatsapp:
    """Implements `channel.Gateway`; what comes in comes to the hooks."""

    def __init__(self, settings: WhatsappSettings) -> None:
        self._settings = settings
        self._token = secret_of(settings.token_file)
        self._app_secret = secret_of(settings.app_secret_file)
        self.verify_word = secret_of(settings.verify_file)

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self._settings.name

    @property
    def at_once(self) -> int:
        """Requests at the same time."""
        return AT_ONCE

    def send(self, letter: Letter) -> Taken:
        """One template message; raises `NotSent`."""
        settings = self._settings
        text = " ".join(letter.text.encode("utf-8", "replace").decode().split())
        is_callers = letter.about == "caller" and settings.caller_template
        template = settings.caller_template if is_callers else settings.template
        parameter = {"type": "text", "text": text[:TEXT_CHARACTERS_MAX]}
        asked = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": letter.to.removeprefix("+"),
            "type": "template",
            "template": {
                "name": template,
                "language": {"code": settings.language},
                "components": [{"type": "body", "parameters": [parameter]}],
            },
            "biz_opaque_callback_data": letter.id[:512],
        }
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        url = f"{settings.url.rstrip('/')}/{settings.phone_id}/messages"
        answer = request("POST", url, headers, json.dumps(asked).encode())
        said = _object(answer.body)
        if "error" in said:
            raise _judged(_dict(said["error"]), answer)
        check_status(answer)
        names = [str(_dict(one).get("id", "")) for one in _list(said.get("messages"))]
        if not names or not names[0]:
            words = answer.body[:200].decode("utf-8", "replace")
            raise NotSent("odd_answer", words, is_unsure=True)
        return Taken(ids=(names[0][:200],))

    def gathered(self) -> Sequence[AnyIn]:
        """Nothing by itself."""
        return ()

    @property
    def trouble(self) -> NotSent | None:
        """Nothing is known without a letter."""
        return None

    def close(self) -> None:
        """Nothing is held."""

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Whether Meta wrote this: `X-Hub-Signature-256` over the body with the app's secret."""
        if not self._app_secret:
            return False
        proof = hmac.new(self._app_secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"sha256={proof}".encode(), signature.encode())

    def read(self, body: bytes) -> Iterator[AnyIn]:
        """What a webhook brings: statuses of ours, messages to us. Of another number: nothing."""
        for entry in _list(_object(body).get("entry")):
            for change in _list(_dict(entry).get("changes")):
                value = _dict(_dict(change).get("value"))
                named = _dict(value.get("metadata")).get("phone_number_id")
                if str(named) != self._settings.phone_id:
                    continue
                for status in _list(value.get("statuses")):
                    yield from self._status(_dict(status))
                for message in _list(value.get("messages")):
                    yield from self._message(_dict(message))

    def _status(self, status: Mapping[str, Any]) -> Iterator[ReceiptIn]:
        outcome = _OUTCOMES.get(str(status.get("status")))
        name = status.get("id")
        if outcome is None or not isinstance(name, str) or not name:
            return
        errors = [_dict(one) for one in _list(status.get("errors"))]
        price = _dict(status.get("pricing"))
        yield ReceiptIn(
            gateway=self.name,
            names=(name[:200],),
            outcome=outcome,
            why=f"whatsapp_{errors[0].get('code', '')}" if errors else "",
            said=clipped(str(errors[0].get("title", ""))) if errors else "",
            cost=clipped(str(price.get("category", ""))),
        )

    def _message(self, message: Mapping[str, Any]) -> Iterator[TextIn]:
        text = _dict(message.get("text")).get("body")
        if isinstance(text, str):
            yield TextIn(
                gateway=self.name,
                id=str(message.get("id", ""))[:150],
                source=str(message.get("from", "")),
                text=text,
            )


def _judged(error: Mapping[str, Any], answer: WebAnswer) -> NotSent:
    """What the API's error means; its code counts, not the status of the answer."""
    code = error.get("code")
    said = clipped(f"{code} {error.get('message', '')}")
    if code in TOO_FAST or answer.status == 429:
        return NotSent("throttled", said, pause_s=pause_of(answer) or 5.0)
    if code in OURS or answer.status in (401, 403):
        return NotSent("not_allowed", said)
    if code in (1, 2, 131000, 131016) or answer.status >= 500:
        return NotSent("gateway_failed", said)
    return NotSent("refused", said, is_lasting=True)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return _dict(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value)[:1_000] if isinstance(value, list) else []
