"""Values as HTTP answers."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response

AnyRequest = Request[Any, Any, Any]

_encode = msgspec.json.Encoder().encode


def as_json(
    value: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """The value as JSON."""
    return Response(_encode(value), status_code=status, media_type=MediaType.JSON, headers=headers)
