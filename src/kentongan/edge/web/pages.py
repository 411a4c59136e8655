"""The built front end as files: pages, hashed assets for ever, everything else for a minute.

When nothing has been built the pages say how to do it; the API works without them.
"""

import asyncio
import mimetypes
from pathlib import Path
from typing import Final

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.edge.web.problems import Problem

FOR_EVER: Final = "public, max-age=31536000, immutable"
"""An asset's name changes with its content."""

FOR_NOW: Final = "no-cache"
"""Asked again each time; the answer is short."""

NOT_BUILT: Final = """<!doctype html><html lang="id"><meta charset="utf-8"><title>Kentongan</title>
<h1>Kentongan</h1>
<p>Layar belum dibangun: jalankan <code>make web</code>. API dan telepon tetap berjalan.</p>
<p lang="en">The screens are not built: run <code>make web</code>. API and telephone work.</p>
</html>"""


def routes(folder: Path) -> list[HTTPRouteHandler]:
    """The pages and their files."""
    root = folder.resolve()

    @get("/")
    async def index() -> Response[bytes]:
        return await asyncio.to_thread(_page, root, "index.html")

    @get("/konsol")
    async def console() -> Response[bytes]:
        return await asyncio.to_thread(_page, root, "konsol.html")

    @get("/konsol/peta")
    async def console_map() -> Response[bytes]:
        return await asyncio.to_thread(_page, root, "peta.html")

    @get("/lapangan")
    async def crew() -> Response[bytes]:
        return await asyncio.to_thread(_page, root, "lapangan.html")

    @get("/112")
    async def citizen() -> Response[bytes]:
        return await asyncio.to_thread(_page, root, "warga.html")

    @get("/112/lokasi")
    async def location() -> Response[bytes]:
        return await asyncio.to_thread(_page, root, "lokasi.html")

    @get("/lacak")
    async def follow() -> Response[bytes]:
        return await asyncio.to_thread(_page, root, "lacak.html")

    @get("/lacak/{typed:str}")
    async def follow_typed(typed: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - asked for anew
        return Response(b"", status_code=303, headers={"Location": "/lacak"})

    @get("/112/lokasi/{typed:str}")
    async def mistyped(typed: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - asked for anew
        return Response(b"", status_code=303, headers={"Location": "/112/lokasi"})

    @get("/{name:path}")
    async def file(name: FromPath[str]) -> Response[bytes]:
        return await asyncio.to_thread(_file, root, name.lstrip("/"))

    pages = [index, console, console_map, crew, citizen, location, mistyped, follow, follow_typed]
    return [*pages, file]


def _page(root: Path, name: str) -> Response[bytes]:
    path = root / name
    if not path.is_file():
        return Response(NOT_BUILT.encode(), media_type=MediaType.HTML, status_code=503)
    return Response(
        path.read_bytes(), media_type=MediaType.HTML, headers={"Cache-Control": FOR_NOW}
    )


def _file(root: Path, name: str) -> Response[bytes]:
    if "\0" in name:
        raise Problem(404, "not_found")
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise Problem(404, "not_found")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    cache = FOR_EVER if name.startswith("assets/") else FOR_NOW
    return Response(path.read_bytes(), media_type=kind, headers={"Cache-Control": cache})
