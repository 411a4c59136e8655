"""A JPEG picture taken apart and put together again with nothing but the picture in it.

Whatever is no table, frame or scan of ITU-T T.81 is left out: where and when it was taken, with
which telephone, thumbnails, comments, and everything behind its end. A program that calls itself a
picture has no frame and is refused; one that hides in a picture does not come out of here.
"""

import struct
from typing import Final, NamedTuple

BYTES_MAX: Final = 3_000_000
"""A picture that is taken in; 1,600 pixels of a telephone's camera have about 500,000 octets."""

SIDE_MAX: Final = 8_192
"""Pixels of its longer side."""

PIXELS_MAX: Final = 40_000_000
"""Pixels in all: a small file may not unfold into a screen's whole memory."""

_SOI, _EOI, _SOS, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE
_FRAMES: Final = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive: what browsers draw
_TABLES: Final = (0xC4, 0xDB, 0xDD)  # Huffman, quantisation, restart interval
_JFIF: Final = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_ADOBE_SIZE: Final = 12  # the colour transform, without which some pictures are green


class NotAPictureError(Exception):
    """It is no JPEG picture, or a damaged one; the text says what is wrong, for the log."""


class Picture(NamedTuple):
    """The picture alone, and its size in pixels."""

    content: bytes
    width: int
    height: int


def clean(content: bytes) -> Picture:
    """The picture without anything else; raises `NotAPictureError`."""
    if content[:2] != bytes((0xFF, _SOI)):
        raise NotAPictureError("no start of image")
    kept = bytearray((0xFF, _SOI)) + _JFIF
    size: tuple[int, int] | None = None
    has_scan = False
    at = 2
    while True:
        marker, at = _marker(content, at)
        if marker == _EOI:
            break
        segment, at = _segment(content, at)
        if marker in _FRAMES:
            if size is not None:
                raise NotAPictureError("two frames")
            size = _size(segment)
        if marker == _SOS and size is None:
            raise NotAPictureError("a scan before its frame")
        if _is_kept(marker, segment):
            kept += struct.pack(">BBH", 0xFF, marker, len(segment) + 2) + segment
        if marker == _SOS:
            has_scan = True
            end = _end_of_scan(content, at)
            kept += content[at:end]
            at = end
    if size is None or not has_scan:
        raise NotAPictureError("no picture in it")
    return Picture(bytes(kept) + bytes((0xFF, _EOI)), *size)


def _is_kept(marker: int, segment: bytes) -> bool:
    if marker == _APP14:
        return segment[:5] == b"Adobe" and len(segment) == _ADOBE_SIZE
    return marker in (*_FRAMES, *_TABLES, _SOS)


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """The next marker and where its content begins; fill octets may stand before it."""
    if at >= len(content) or content[at] != 0xFF:
        raise NotAPictureError(f"no marker at {at}")
    while at < len(content) and content[at] == 0xFF:
        at += 1
    if at >= len(content):
        raise NotAPictureError("it ends in a marker")
    marker = content[at]
    if marker in (0x00, 0x01, _SOI) or 0xD0 <= marker <= 0xD7:
        raise NotAPictureError(f"marker {marker:02X} in the wrong place")
    return marker, at + 1


def _segment(content: bytes, at: int) -> tuple[bytes, int]:
    if at + 2 > len(content):
        raise NotAPictureError("it ends in a segment")
    (length,) = struct.unpack_from(">H", content, at)
    if length < 2 or at + length > len(content):
        raise NotAPictureError("a segment longer than the file")
    return content[at + 2 : at + length], at + length


def _size(frame: bytes) -> tuple[int, int]:
    if len(frame) < 6:
        raise NotAPictureError("a short frame")
    height, width = struct.unpack_from(">HH", frame, 1)
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX and width * height <= PIXELS_MAX):
        raise NotAPictureError(f"{width} x {height} pixels")
    return width, height


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next marker stands that is neither a stuffed octet nor a restart."""
    while True:
        found = content.find(b"\xff", at)
        if found < 0 or found + 1 >= len(content):
            raise NotAPictureError("a scan without an end")
        after = content[found + 1]
        if after != 0x00 and not 0xD0 <= after <= 0xD7 and after != 0xFF:
            return found
        at = found + (1 if after == 0xFF else 2)
