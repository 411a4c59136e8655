"""The wizard for another centre's records: a file is taken, looked at, and read by a mapping.

Supervisors and evaluators. The file is not of this city: nothing of it enters the record.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Final

from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File
from msgspec import Meta, Struct, json

from kentongan.core.words import Agent
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import reader
from kentongan.edge.web.jobs import JobBegun
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.uploads import BYTES_MAX, Upload
from kentongan.edge.web.viewer import viewer_of

MAPPING_BYTES_MAX: Final = 200_000

NAME: Final = re.compile(r"[^\x00-\x1f/\\]{1,120}")


class MappingAsked(Struct, frozen=True, kw_only=True):
    """What the columns mean: as the form has it, or (where not empty) as TOML."""

    mapping: dict[str, Any] = {}
    toml: Annotated[str, Meta(max_length=MAPPING_BYTES_MAX)] = ""


decode_mapping = reader(MappingAsked)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Files, and the jobs that are done with them."""

    @post("/api/evaluation/imports", request_max_body_size=BYTES_MAX, status_code=200)
    async def take(request: AnyRequest) -> Response[bytes]:
        agent = await _asker(parts, request, "POST /api/evaluation/imports")
        name = request.query_params.get("name", "")
        if not NAME.fullmatch(name):
            raise Problem(400, "bad_request")
        upload = await parts.uploads.take(agent.id, name, _bounded(request))
        job = parts.jobs.begin(agent.id, "import", _command(upload, None))
        return as_json(JobBegun(job=job.id, upload=upload.id))

    @post(
        "/api/evaluation/imports/{upload:str}",
        request_max_body_size=2 * MAPPING_BYTES_MAX,
        status_code=200,
    )
    async def read(request: AnyRequest, upload: FromPath[str]) -> Response[bytes]:
        agent = await _asker(parts, request, "POST /api/evaluation/imports/{upload}")
        found = parts.uploads.find(agent.id, upload)
        asked = decode_mapping(await request.body())
        path = await asyncio.to_thread(_written, found, asked)
        job = parts.jobs.begin(agent.id, "import", _command(found, path))
        return as_json(JobBegun(job=job.id, upload=found.id))

    @get("/api/evaluation/imports/{upload:str}/defects.csv")
    async def defects(request: AnyRequest, upload: FromPath[str]) -> File:
        address = "GET /api/evaluation/imports/{upload}/defects.csv"
        agent = await _asker(parts, request, address)
        found = parts.uploads.find(agent.id, upload)
        path = _defects(found)
        if not path.is_file():
            raise Problem(404, "upload_gone")
        return File(path, filename="import-defects.csv", media_type="text/csv; charset=utf-8")

    @delete("/api/evaluation/imports/{upload:str}", status_code=204)
    async def drop(request: AnyRequest, upload: FromPath[str]) -> None:
        agent = await _asker(parts, request, "DELETE /api/evaluation/imports/{upload}")
        parts.uploads.drop(parts.uploads.find(agent.id, upload))

    @get("/api/evaluation/jobs/{job:str}")
    async def show(request: AnyRequest, job: FromPath[str]) -> Response[bytes]:
        agent = await _asker(parts, request, "GET /api/evaluation/jobs/{job}")
        found = parts.jobs.find(agent.id, job)
        if found is None:
            raise Problem(404, "job_gone")
        return as_json(found.shown)

    @delete("/api/evaluation/jobs/{job:str}", status_code=204)
    async def end(request: AnyRequest, job: FromPath[str]) -> None:
        agent = await _asker(parts, request, "DELETE /api/evaluation/jobs/{job}")
        found = parts.jobs.find(agent.id, job)
        if found is not None:
            parts.jobs.end(found)

    return [take, read, defects, drop, show, end]


async def _asker(parts: Parts, request: AnyRequest, address: str) -> Agent:
    agent = await viewer_of(request, parts.sessions, address)
    if not parts.jobs.are_there:
        raise Problem(404, "not_found")
    return agent


async def _bounded(request: AnyRequest) -> AsyncIterator[bytes]:
    """The body as it comes; 413 once there is too much of it, whatever its header said."""
    octets = 0
    async for piece in request.stream():
        octets += len(piece)
        if octets > BYTES_MAX:
            raise Problem(413, "body_too_large")
        yield piece


def _written(upload: Upload, asked: MappingAsked) -> Path:
    """The mapping beside the file, where the child finds it."""
    path = upload.path.with_name("mapping.toml" if asked.toml else "mapping.json")
    content = asked.toml.encode() if asked.toml else json.encode(asked.mapping)
    path.write_bytes(content)
    return path


def _defects(upload: Upload) -> Path:
    """Where every row that was dropped or doubted is written."""
    return upload.path.with_name("defects.csv")


def _command(upload: Upload, mapping: Path | None) -> tuple[str, ...]:
    chosen = () if mapping is None else (f"--map={mapping}", f"--defects={_defects(upload)}")
    return ("evaluation-import", f"--name={upload.name}", *chosen, str(upload.path))
