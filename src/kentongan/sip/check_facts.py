"""What a message says, as plain values for people, tests and other programs.

One flat mapping with the names that published torture tests use (`via_count`,
`request_uri_user_unescaped` ...). A field that is absent has no fact; one that cannot be read is
None. URIs stay as they were written; user parts and parameters are unescaped exactly once. Raises
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from kentongan.sip.address import unbracketed
from kentongan.sip.body import parts_of
from kentongan.sip.errors import ParseError
from kentongan.sip.facts import sdp_of
from kentongan.sip.fields import read_address, read_cseq, read_via
from kentongan.sip.grammar import find_param, number
from kentongan.sip.location import locations_of
from kentongan.sip.message import Headers, Message, Request, canonical
from kentongan.sip.sdp import read_audio
from kentongan.sip.uri import read_uri

Fact = str | int | float | bool | None | Sequence["Fact"] | Mapping[str, "Fact"]
NUMBER_MAX = 10**18
"""The largest number stated as one; a larger one is None, its text is in the message."""

_KNOWN = """
accept accept-contact accept-encoding accept-language accept-resource-priority alert-info allow
allow-events answer-mode authentication-info authorization call-id call-info contact content-
disposition content-encoding content-id content-language content-length content-type cseq date
diversion encryption error-info event expires feature-caps flow-timer from geolocation
geolocation-error geolocation-routing hide history-info identity identity-info in-reply-to info-
package join max-breadth max-forwards mime-version min-expires min-se organization p-access-
network-info p-answer-state p-asserted-identity p-asserted-service p-associated-uri p-called-
party-id p-charging-function-addresses p-charging-vector p-early-media p-media-authorization
p-preferred-identity p-preferred-service p-served-user p-visited-network-id path permission-
missing priority privacy proxy-authenticate proxy-authorization proxy-require rack reason record-
route recv-info refer-sub refer-to referred-by reject-contact replaces reply-to request-
disposition require resource-priority response-key retry-after route rseq security-client
security-server security-verify server service-route session-expires session-id sip-etag sip-if-
match subject subscription-state supported target-dialog timestamp to trigger-consent unsupported
user-agent user-to-user via warning www-authenticate
"""
_KNOWN_FIELDS = frozenset(_KNOWN.split())
_COUNTED = {"route": "route", "record-route": "record_route", "call-info": "call_info"}
_TEXTS = {
    "call-id": "call_id",
    "subject": "subject",
    "content-type": "content_type",
    "user-agent": "user_agent",
    "server": "server",
    "date": "date",
    "priority": "priority",
    "event": "event",
    "refer-to": "refer_to",
    "replaces": "replaces",
    "privacy": "privacy",
    "geolocation-routing": "geolocation_routing",
}
_LISTS = {
    "require": "require",
    "supported": "supported",
    "proxy-require": "proxy_require",
    "allow": "allow",
    "p-asserted-identity": "p_asserted_identity",
    "geolocation": "geolocation",
}

_T = TypeVar("_T")


def facts_of(message: Message) -> dict[str, Fact]:
    """Everything about a message that was parsed."""
    facts: dict[str, Fact] = {"messages": 1}
    if isinstance(message, Request):
        facts |= _start_facts(message.method, message.uri)
    else:
        facts |= {"status": message.status, "reason": text_of(message.reason)}
        facts["reason_utf8"] = _is_utf8_beyond_ascii(message.reason)
    return facts | _header_facts(message.headers) | _body_facts(message)


def facts_of_headers(headers: Headers, *, method: str | None, uri: str | None) -> dict[str, Fact]:
    """What can be said of a message that was refused."""
    start = {} if method is None else _start_facts(method, uri or "")
    return {"messages": 1, **start, **_header_facts(headers)}


def text_of(wire: str) -> str:
    """Wire text as text, controls kept, octets that are no UTF-8 replaced."""
    return wire.encode("latin-1", "replace").decode("utf-8", "replace")


def _is_utf8_beyond_ascii(wire: str) -> bool:
    try:
        wire.encode("latin-1").decode("utf-8")
    except ValueError:
        return False
    return not wire.isascii()


def _tried(read: Callable[[], _T]) -> _T | None:
    """What a reader says; None for what it cannot read."""
    try:
        return read()
    except ParseError:
        return None


def _start_facts(method: str, uri: str) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"method": method, "request_uri": text_of(uri)}
    return facts | _uri_facts("request_uri", uri)


def _uri_facts(prefix: str, text: str) -> dict[str, Fact]:
    uri = _tried(lambda: read_uri(text))
    if uri is None:
        return {}
    facts: dict[str, Fact] = {f"{prefix}_scheme": uri.scheme}
    if uri.scheme in {"sip", "sips", "tel"}:
        name = prefix.removesuffix("_uri") if prefix != "request_uri" else prefix
        facts[f"{name}_user_unescaped"] = text_of(uri.user)
        facts[f"{prefix}_host"] = uri.host
        facts[f"{prefix}_port"] = uri.port
    return facts


def _header_facts(headers: Headers) -> dict[str, Fact]:
    return {
        **_address_facts("from", headers),
        **_address_facts("to", headers),
        **_number_facts(headers),
        **_via_facts(headers),
        **_contact_facts(headers),
        **{
            fact: text_of(value)
            for name, fact in _TEXTS.items()
            if (value := headers.find(name)) is not None
        },
        **{
            fact: [text_of(item) for item in _elements(headers, name)]
            for name, fact in _LISTS.items()
            if headers.list(name)
        },
        **{f"{fact}_count": _count(headers, name) for name, fact in _COUNTED.items()},
        **_unknown_facts(headers),
    }


def _elements(headers: Headers, name: str) -> tuple[str, ...]:
    """The elements of a list field; its lines as they are where it cannot be split."""
    return _tried(lambda: headers.items(name)) or headers.list(name)


def _count(headers: Headers, name: str) -> int:
    return len(_elements(headers, name))


def _address_facts(name: str, headers: Headers) -> dict[str, Fact]:
    value = headers.find(name)
    address = None if value is None else _tried(lambda: read_address(value))
    if address is None:
        return {} if value is None else {f"{name}_uri": None}
    return {
        f"{name}_display": text_of(address.display),
        f"{name}_uri": text_of(address.uri),
        f"{name}_tag": text_of(address.tag) or None,
        **_uri_facts(f"{name}_uri", address.uri),
    }


def _number_facts(headers: Headers) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "max_forwards": _number(headers, "max-forwards"),
        "content_length": _number(headers, "content-length"),
    }
    if headers.find("expires") is not None:
        facts["expires"] = _number(headers, "expires")
    value = headers.find("cseq")
    if value is not None:
        cseq = _tried(lambda: read_cseq(value))
        facts["cseq"] = None if cseq is None else cseq.number
        method = value.replace("\t", " ").rpartition(" ")[2] if cseq is None else cseq.method
        facts["cseq_method"] = text_of(method)
    return facts


def _number(headers: Headers, name: str) -> int | None:
    value = headers.find(name)
    return None if value is None else _tried(lambda: number(value, NUMBER_MAX, name))


def _via_facts(headers: Headers) -> dict[str, Fact]:
    items = _elements(headers, "via")
    vias = [via for item in items if (via := _tried(lambda item=item: read_via(item))) is not None]
    facts: dict[str, Fact] = {
        "via_count": len(items),
        "via_transports": [via.transport for via in vias],
        "via_sent_by": [via.sent_by for via in vias],
    }
    if vias:
        facts["via_branch"] = text_of(vias[0].branch) or None
        received = find_param(vias[0].params, "received")
        if received is not None:
            facts["via_received"] = unbracketed(received)
    return facts


def _contact_facts(headers: Headers) -> dict[str, Fact]:
    items = _elements(headers, "contact")
    read = [_tried(lambda item=item: read_address(item)) for item in items]
    uris = [
        text_of(item if address is None else address.uri)
        for item, address in zip(items, read, strict=True)
    ]
    facts: dict[str, Fact] = {"contact_count": len(items), "contacts": uris}
    first = read[0] if read else None
    uri = None if first is None else _tried(lambda: read_uri(first.uri))
    if uri is not None and uri.params:
        param = next((param for param in uri.params if param.value is not None), uri.params[0])
        facts["contact_uri_param"] = {
            "name_key_unescaped": text_of(param.name),
            "value_unescaped_once": None if param.value is None else text_of(param.value),
        }
        facts["contact_uri_params"] = {
            text_of(p.name): None if p.value is None else text_of(p.value) for p in uri.params
        }
    return facts


def _unknown_facts(headers: Headers) -> dict[str, Fact]:
    unknown = {
        text_of(field.name): text_of(field.value)
        for field in headers.fields
        if canonical(field.name) not in _KNOWN_FIELDS
    }
    if not unknown:
        return {}
    return {"unknown_header": unknown, "unknown_header_name": next(iter(unknown))}


def _body_facts(message: Message) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"body_length": len(message.body)}
    if message.body:
        facts["body_parts"] = [text_of(part.content_type) for part in parts_of(message)]
    sdp = sdp_of(message)
    if sdp is not None:
        facts["audio"] = _audio_facts(sdp)
    if isinstance(message, Request):
        found = locations_of(message)
        if found:
            facts["locations"] = [str(location.outcome) for location in found]
    return facts


def _audio_facts(sdp: bytes) -> Fact:
    audio = _tried(lambda: read_audio(sdp))
    if audio is None:
        return None
    return {
        "address": audio.address,
        "port": audio.port,
        "payload_types": list(audio.payload_types),
        "direction": str(audio.direction),
    }
