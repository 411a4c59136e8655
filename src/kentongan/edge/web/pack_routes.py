"""The city pack in the browser: read its tables, try a change, read what a version changes, export.

Changing anything is a command like every other (`pack.propose` and its kin), which the record has
with who, when and why. What the rules need to know of a proposal's files is filled in here, by the
same trial that its author saw.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from litestar import MediaType, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import structs

from kentongan.app.pack_in_use import digest_of, edition_of, known_pack, restoring
from kentongan.app.pack_trial import Trial, prepared, try_files
from kentongan.cities.files import NO_OVERLAY
from kentongan.cities.pack import PackError, read_checked
from kentongan.cities.safeguards import safeguards
from kentongan.cities.tables import tables
from kentongan.core.access import may
from kentongan.core.commands import AnyCommand, Envelope, ProposePack
from kentongan.core.pack import ON_DISK, Pack
from kentongan.core.words import Refused
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.pack_bodies import (
    Conflict,
    PackShown,
    PackTried,
    ProtocolStanding,
    TableShown,
    TrialShown,
    decode_trial,
)
from kentongan.edge.web.pack_conflicts import conflicts, rows_shown
from kentongan.edge.web.pack_library import PackLibrary
from kentongan.edge.web.pack_touched import touched
from kentongan.edge.web.pack_trials import export, named, shown, try_it
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of

TRIAL_BYTES_MAX: Final = 2_000_000
"""A whole pack has 250,000 octets."""

DIGITS_MAX: Final = 6
"""Of a version's number: a city with a version a day has four in thirty years."""

VERSION: Final = "/api/pack/versions/{number:str}"


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses."""
    directory, library = parts.given.pack_directory, parts.pack_library

    @get("/api/pack")
    async def pack(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/pack")
        known = await _known(parts)
        return as_json(await asyncio.to_thread(_shown, parts, known))

    @get("/api/pack/tables/{file:str}/{table:str}")
    async def table(
        request: AnyRequest, file: FromPath[str], table: FromPath[str]
    ) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/pack/tables/{file}/{table}")
        known = await _known(parts)
        number = _number(request, known)
        found = await asyncio.to_thread(_table, parts, known, number, file, table)
        return as_json(found)

    @post("/api/pack/trial", request_max_body_size=TRIAL_BYTES_MAX, status_code=200)
    async def trial(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "POST /api/pack/trial")
        asked = decode_trial(await request.body())
        known = await _known(parts)
        base = _overlay(known, asked.base)
        if differs := await asyncio.to_thread(_conflicts, library, known, asked):
            return as_json(TrialShown(base=asked.base, conflicts=differs))
        tried = await asyncio.to_thread(_tried, library, directory, base, asked)
        concerns, more = touched(parts.live.held, tried.changes)
        return as_json(structs.replace(tried, touched=concerns, touched_more=more))

    @get(f"{VERSION}/changes")
    async def changes(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/pack/versions/{number}/changes")
        known = await _known(parts)
        version = known.versions.get(_whole(number))
        if version is None:
            raise Problem(404, "not_found")
        base, files = _overlay(known, version.base), known.overlays[version.number]
        found = await asyncio.to_thread(_changed, library, directory, version.base, base, files)
        tried = shown(version.base, found, files, directory, base)
        concerns, more = touched(parts.live.held, found.changes)
        answer = structs.replace(tried, files={}, touched=concerns, touched_more=more)
        return as_json(answer)

    @get(f"{VERSION}/export")
    async def exported(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/pack/versions/{number}/export")
        known = await _known(parts)
        text = await asyncio.to_thread(export, directory, _overlay(known, _whole(number)))
        name = f"{parts.city.pack.city.key}-{_whole(number)}.yaml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text.encode(), media_type=MediaType.TEXT, headers=headers)

    return [pack, table, trial, changes, exported]


def _conflicts(library: PackLibrary, known: Pack, asked: PackTried) -> tuple[Conflict, ...]:
    return conflicts(known, asked, lambda number: library.files(number, _overlay(known, number)))


def _tried(
    library: PackLibrary, directory: Path, base: Mapping[str, str], asked: PackTried
) -> TrialShown:
    try:
        known = library.files(asked.base, base)
    except PackError:
        known = None  # the trial says so
    return try_it(directory, base, asked, known)


def _changed(
    library: PackLibrary,
    directory: Path,
    number: int,
    base: Mapping[str, str],
    files: Mapping[str, str],
) -> Trial:
    try:
        return try_files(directory, base, files, library.files(number, base))
    except PackError as error:  # the software under it is another one by now
        return Trial(problems=tuple(error.problems))


async def with_trial(parts: Parts, envelope: Envelope) -> AnyCommand:
    """A proposal with what its files change; other commands as they are. Raises `Refused`."""
    command = envelope.command
    if not isinstance(command, ProposePack):
        return command
    may(envelope.agent, command, parts.live.held.find)  # before anything costly is tried
    known = await _known(parts)
    if command.base != _active(known):
        return command  # refused at the door: it is no change of what is in use
    if command.restores is not None:
        command = structs.replace(command, files=_restored(parts, known, command.restores))
    directory, base = parts.given.pack_directory, edition_of(known).files
    read = await asyncio.to_thread(parts.pack_library.files, command.base, base)
    return await asyncio.to_thread(prepared, command, directory, base, read)


def _restored(parts: Parts, known: Pack, number: int) -> dict[str, str]:
    try:
        return restoring(parts.given.pack_directory, known, number)
    except KeyError:
        raise Refused("unknown_pack_version", number=str(number)[:20]) from None


async def _known(parts: Parts) -> Pack:
    return await parts.lanes.reading.run(known_pack)


def _active(known: Pack) -> int:
    return ON_DISK if known.row is None else known.row.active


def _overlay(known: Pack, number: int) -> dict[str, str]:
    """The files of that version over those on disk; 404 for one that never was."""
    if number != ON_DISK and number not in known.overlays:
        raise Problem(404, "not_found")
    return dict(known.overlays.get(number, NO_OVERLAY))


def _number(request: AnyRequest, known: Pack) -> int:
    asked = request.query_params.get("version")
    return _active(known) if asked is None else _whole(asked)


def _whole(text: str) -> int:
    """The number of a version; what can be none is the number of none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else -1


def _shown(parts: Parts, known: Pack) -> PackShown:
    directory, active = parts.given.pack_directory, _active(known)
    try:
        files, problems = parts.pack_library.files(active, _overlay(known, active)), ()
    except PackError as error:
        files = read_checked(directory)
        problems = tuple(named(one, known.overlays[active], directory) for one in error.problems)
    return PackShown(
        active=active,
        tables=tables(files),
        safeguards=safeguards(),
        protocols=tuple(
            ProtocolStanding(
                protocol=one.code,
                name=one.name,
                version=one.version,
                digest=digest_of(one),
                authority=one.approval.authority,
                signed_by=None if one.is_draft else one.approval.signed_by,
            )
            for one in parts.city.pack.protocols
        ),
        problems=problems,
    )


def _table(parts: Parts, known: Pack, number: int, file: str, name: str) -> TableShown:
    """The rows; 404 for a table or a version that is not there or cannot be read any more."""
    try:
        files = parts.pack_library.files(number, _overlay(known, number))
    except PackError:
        raise Problem(404, "not_found") from None
    table = next((one for one in tables(files) if (one.file, one.name) == (file, name)), None)
    if table is None:
        raise Problem(404, "not_found")
    return TableShown(version=number, rows=tuple(rows_shown(files, table)))
