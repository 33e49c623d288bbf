"""Small pictures of words: the bits of a descriptor, the colours of a patch; PNG in an address."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

SIDE = 16  # bits: 256 of them are a square
CELLS = 3  # a colour patch is so many cells wide
GRAY, RGB = 0, 2  # colour types of PNG
SIGNATURE = b"\x89PNG\r\n\x1a\n"
WHITE = (0.9505, 1.0, 1.089)  # D65


def bits(centre: bytes) -> str:
    """A descriptor's 256 bits as a square: a one is black. The address of a picture."""
    rows = [bytes([*(b ^ 0xFF for b in centre[2 * i : 2 * i + 2])]) for i in range(SIDE)]
    return _address(rows, SIDE, depth=1, kind=GRAY)


def colours(centre: bytes) -> str:
    """A colour patch's cells, 3 bytes of OpenCV's 8-bit Lab each. The address of a picture."""
    cells = [rgb(*centre[3 * i : 3 * i + 3]) for i in range(CELLS * CELLS)]
    rows = [b"".join(map(bytes, cells[i * CELLS : (i + 1) * CELLS])) for i in range(CELLS)]
    return _address(rows, CELLS, depth=8, kind=RGB)


def rgb(lightness: int, a: int, b: int) -> tuple[int, int, int]:
    """sRGB of 8-bit Lab as OpenCV packs it (L * 255 / 100, a + 128, b + 128); CIE 1976, D65."""
    y = (lightness * 100 / 255 + 16) / 116
    xyz = [
        white * (t**3 if t > 6 / 29 else 3 * (6 / 29) ** 2 * (t - 4 / 29))
        for white, t in zip(WHITE, (y + (a - 128) / 500, y, y - (b - 128) / 200), strict=True)
    ]
    return (
        _byte(3.2406 * xyz[0] - 1.5372 * xyz[1] - 0.4986 * xyz[2]),
        _byte(-0.9689 * xyz[0] + 1.8758 * xyz[1] + 0.0415 * xyz[2]),
        _byte(0.0557 * xyz[0] - 0.2040 * xyz[1] + 1.0570 * xyz[2]),
    )


def _byte(linear: float) -> int:
    share = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * min(1.0, max(0.0, share)))


def _address(rows: Sequence[bytes], side: int, depth: int, kind: int) -> str:
    """https://www.w3.org/TR/png-3/"""
    header = struct.pack(">IIBBBBB", side, side, depth, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return png(SIGNATURE + chunks)


def png(content: bytes) -> str:
    """The address of a picture that is its file itself."""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def _chunk(name: bytes, content: bytes) -> bytes:
    checked = name + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))
